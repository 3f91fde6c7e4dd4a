import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DateTime } from 'luxon';
import { WebSocketServer, type WebSocket } from 'ws';
import { dayAt, type Day } from './calendar';

/** One row of Home Assistant's table of hourly statistics. */
export interface StatisticRow {
  /** Epoch ms. */
  start: number;
  state: number;
  sum: number;
}

/** What an import said of its statistic. */
export interface StatisticMetadata {
  source: string;
  statistic_id: string;
  name: string;
  unit_of_measurement: string;
  unit_class: string | null;
}

/** One import that was taken. */
export interface ImportCall {
  id: string;
  /** Of its first row, as it was written. */
  start: string;
  count: number;
}

/** What Home Assistant answers a command that it refuses. */
export interface CommandError {
  code: string;
  message: string;
}

/** What a test can wait for. */
interface News {
  imported: [ImportCall];
  refused: [CommandError];
  connected: [];
  disconnected: [];
}

export interface HomeAssistant {
  /** `http://127.0.0.1:<port>`, the same when it has been away. */
  url: string;
  token: string;
  /** Every import that was taken, in order. Set `length` to 0 to forget them. */
  calls: ImportCall[];
  /** Every command that was refused, on purpose too. */
  refused: CommandError[];
  metadata: ReadonlyMap<string, StatisticMetadata>;
  news: EventEmitter<News>;
  /** The rows of a statistic, oldest first; none where it is not known. */
  rows(id: string): StatisticRow[];
  /** What the energy dashboard shows for each day of Paris: by how much the sum grew. */
  perDay(id: string): Map<Day, number>;
  /** What is wrong with the rows, in words: sums that go down. */
  problems(): string[];
  /** Resolves when as many imports have been taken since `calls` was emptied. */
  imported(count: number): Promise<void>;
  /** Takes so many more imports and refuses all others, until `accept`. */
  refuseAfter(count: number): void;
  /** Takes so many more imports and, until `accept`, closes the connection when another comes, without an answer. */
  hangUpAfter(count: number): void;
  accept(): void;
  /** Home Assistant is stopped: no connection stays, and none is taken. */
  leave(): Promise<void>;
  come(): Promise<void>;
  close(): Promise<void>;
}

const TOKEN = 'home-assistant-token';
const VERSION = '2026.11.0';
/** Of one message that comes in, as in Home Assistant's web server. */
const LARGEST_MESSAGE = 4 * 1024 * 1024;
/** This package's own: more rows in one command would hold up the recorder of a small machine. */
const MOST_ROWS = 1000;

/** As `VALID_STATISTIC_ID` of Home Assistant's recorder. */
const STATISTIC_ID = /^(?!.+__)(?!_)[\da-z_]+(?<!_):(?!_)[\da-z_]+(?<!_)$/;
const COMMAND_KEYS = ['id', 'type', 'metadata', 'stats'];
const METADATA_KEYS = [
  ...['source', 'statistic_id', 'name', 'unit_of_measurement', 'unit_class', 'has_sum', 'mean_type'],
];
/** Optional up to 2026.10, and ignored since. */
const OLD_METADATA_KEYS = ['has_mean'];
const STATISTIC_KEYS = ['start', 'state', 'sum'];
/** Units that Home Assistant converts, by class. */
const UNITS_OF_CLASS: Record<string, readonly string[]> = { energy: ['kWh', 'Wh'] };

/** Answers of the commands that a client sends after it has connected; the result of each. */
const RESULTS: Record<string, unknown> = {
  supported_features: null,
  ping: null,
  'auth/current_user': { id: 'user', name: 'Test', is_owner: true, is_admin: true, credentials: [] },
  get_config: {
    version: VERSION,
    state: 'RUNNING',
    components: ['recorder', 'energy'],
    time_zone: 'Europe/Paris',
  },
  get_states: [],
  get_services: { homeassistant: { restart: { name: 'Restart', description: '', fields: {} } } },
  subscribe_events: null,
  unsubscribe_events: null,
  subscribe_entities: null,
  'config/area_registry/list': [],
  'config/device_registry/list': [],
  'config/entity_registry/list': [],
  'config/floor_registry/list': [],
  'config/label_registry/list': [],
};

/** What `subscribe_entities` sends first: one entity, for a client waits until it knows some. */
const ENTITIES = { a: { 'sun.sun': { s: 'above_horizon', a: {}, c: 'context', lc: 1_790_000_000 } } };

interface Command extends Record<string, unknown> {
  id: number;
  type: string;
}

/** As much of Home Assistant as importing statistics needs. @param isThere false: it can only be reached after `come` */
export async function startHomeAssistant(isThere = true): Promise<HomeAssistant> {
  const statistics = new Map<string, Map<number, StatisticRow>>();
  const metadata = new Map<string, StatisticMetadata>();
  const calls: ImportCall[] = [];
  const refused: CommandError[] = [];
  const news = new EventEmitter<News>();
  /** What becomes of an import when no more are to be taken. */
  let otherwise: 'refuse' | 'hang-up' = 'refuse';
  let left = Infinity;

  /** @returns what is wrong; undefined where the rows were taken */
  const takeImport = (command: Command): CommandError | undefined => {
    const error = importError(command);
    if (error) return error;
    if (left === 0) return refusal('Refused on purpose');
    left -= 1;
    const meta = command['metadata'] as StatisticMetadata;
    const stats = command['stats'] as { start: string; state: number; sum: number }[];
    const id = meta.statistic_id;
    metadata.set(id, meta);
    const rows = statistics.get(id) ?? new Map<number, StatisticRow>();
    statistics.set(id, rows);
    for (const { start, state, sum } of stats) {
      const at = Date.parse(start);
      rows.set(at, { start: at, state, sum });
    }
    const call = { id, start: stats[0]?.start ?? '', count: stats.length };
    calls.push(call);
    news.emit('imported', call);
    return undefined;
  };

  const serve = (socket: WebSocket): void => {
    let isAuthenticated = false;
    let lastId = 0;
    const send = (message: object): void => {
      socket.send(JSON.stringify(message));
    };
    const refuse = (id: number, error: CommandError): void => {
      refused.push(error);
      send({ id, type: 'result', success: false, error });
      news.emit('refused', error);
    };
    const authenticate = (message: Record<string, unknown>): void => {
      isAuthenticated = message['type'] === 'auth' && message['access_token'] === TOKEN;
      if (isAuthenticated) {
        send({ type: 'auth_ok', ha_version: VERSION });
        news.emit('connected');
      } else {
        send({ type: 'auth_invalid', message: 'Invalid access token or password' });
        socket.close();
      }
    };
    const answer = (command: Command): void => {
      const { id, type } = command;
      if (id <= lastId) {
        refuse(id, { code: 'id_reuse', message: 'Identifier values have to increase.' });
        return;
      }
      lastId = id;
      if (type === 'recorder/import_statistics') {
        if (left === 0 && otherwise === 'hang-up') {
          socket.terminate();
          return;
        }
        const error = takeImport(command);
        if (error) refuse(id, error);
        else send({ id, type: 'result', success: true, result: null });
      } else if (type === 'ping') {
        send({ id, type: 'pong' });
      } else if (type in RESULTS) {
        send({ id, type: 'result', success: true, result: RESULTS[type] });
        if (type === 'subscribe_entities') send({ id, type: 'event', event: ENTITIES });
      } else {
        refuse(id, { code: 'unknown_command', message: `Unknown command: ${type}` });
      }
    };
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as Command;
      if (isAuthenticated) answer(message);
      else authenticate(message);
    });
    socket.on('close', () => news.emit('disconnected'));
    send({ type: 'auth_required', ha_version: VERSION });
  };

  const server = createServer((_request, response) => {
    response.writeHead(404).end();
  });
  const sockets = new WebSocketServer({ server, path: '/api/websocket', maxPayload: LARGEST_MESSAGE });
  sockets.on('connection', serve);
  const listen = (port: number): Promise<void> =>
    new Promise((done) => {
      server.listen(port, '127.0.0.1', done);
    });
  const leave = (): Promise<void> =>
    new Promise((done) => {
      server.close(() => {
        done();
      });
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  if (!isThere) await leave();

  const rowsOf = (id: string): StatisticRow[] =>
    [...(statistics.get(id)?.values() ?? [])].sort((a, b) => a.start - b.start);
  return {
    url: `http://127.0.0.1:${port}`,
    token: TOKEN,
    calls,
    refused,
    metadata,
    news,
    rows: rowsOf,
    perDay: (id) => growthPerDay(rowsOf(id)),
    problems: () => [...statistics.keys()].flatMap((id) => fallingSums(id, rowsOf(id))),
    imported: (count) =>
      new Promise((done) => {
        const look = (): void => {
          if (calls.length < count) return;
          news.off('imported', look);
          done();
        };
        news.on('imported', look);
        look();
      }),
    refuseAfter: (count) => {
      [otherwise, left] = ['refuse', count];
    },
    hangUpAfter: (count) => {
      [otherwise, left] = ['hang-up', count];
    },
    accept: () => {
      left = Infinity;
    },
    leave,
    come: () => listen(port),
    close: async () => {
      if (server.listening) await leave();
      sockets.close();
    },
  };
}

/** What Home Assistant 2026.11 says of an import, and of more rows than this package may send. */
export function importError(command: Record<string, unknown>): CommandError | undefined {
  const extra = Object.keys(command).find((key) => !COMMAND_KEYS.includes(key));
  if (extra !== undefined) return invalidFormat(`extra keys not allowed @ data['${extra}']`);
  return metadataError(command['metadata']) ?? statsError(command['stats']);
}

const invalidFormat = (message: string): CommandError => ({ code: 'invalid_format', message });
const refusal = (message: string): CommandError => ({ code: 'home_assistant_error', message });
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';

function metadataError(metadata: unknown): CommandError | undefined {
  if (!isRecord(metadata))
    return invalidFormat("expected a dictionary for dictionary value @ data['metadata']");
  const at = (key: string): string => `@ data['metadata']['${key}']`;
  const lacking = METADATA_KEYS.find((key) => !(key in metadata));
  if (lacking !== undefined) return invalidFormat(`required key not provided ${at(lacking)}`);
  const extra = Object.keys(metadata).find((key) => ![...METADATA_KEYS, ...OLD_METADATA_KEYS].includes(key));
  if (extra !== undefined) return invalidFormat(`extra keys not allowed ${at(extra)}`);
  const { source, statistic_id: id, name, unit_of_measurement: unit, unit_class: unitClass } = metadata;
  if (metadata['has_sum'] !== true) return invalidFormat(`expected true ${at('has_sum')}`);
  if (metadata['mean_type'] !== 0) return invalidFormat(`expected 0, no mean ${at('mean_type')}`);
  if (!isTextOrNull(name)) return invalidFormat(`expected str ${at('name')}`);
  if (typeof source !== 'string') return invalidFormat(`expected str ${at('source')}`);
  if (typeof id !== 'string' || !STATISTIC_ID.test(id)) return refusal('Invalid statistic_id');
  if (source !== id.split(':')[0]) return refusal('Invalid source');
  if (!isTextOrNull(unitClass)) return invalidFormat(`expected str ${at('unit_class')}`);
  if (typeof unit !== 'string') return invalidFormat(`expected str ${at('unit_of_measurement')}`);
  const converted = Object.entries(UNITS_OF_CLASS).find(([, units]) => units.includes(unit))?.[0] ?? null;
  if (unitClass !== converted) return refusal(`Unsupported unit ${unit} for unit_class ${String(unitClass)}`);
  return undefined;
}

function statsError(stats: unknown): CommandError | undefined {
  if (!Array.isArray(stats) || stats.length === 0) return invalidFormat("expected rows @ data['stats']");
  if (stats.length > MOST_ROWS) return invalidFormat(`more than ${MOST_ROWS} rows @ data['stats']`);
  return stats.map(rowError).find((error) => error !== undefined);
}

function rowError(row: unknown, i: number): CommandError | undefined {
  const at = (key: string): string => `@ data['stats'][${i}]['${key}']`;
  if (!isRecord(row)) return invalidFormat(`expected a dictionary @ data['stats'][${i}]`);
  const lacking = STATISTIC_KEYS.find((key) => !(key in row));
  if (lacking !== undefined) return invalidFormat(`required key not provided ${at(lacking)}`);
  const extra = Object.keys(row).find((key) => !STATISTIC_KEYS.includes(key));
  if (extra !== undefined) return invalidFormat(`extra keys not allowed ${at(extra)}`);
  const { start } = row;
  const time = DateTime.fromISO(typeof start === 'string' ? start : '', { setZone: true });
  if (typeof start !== 'string' || !time.isValid) return invalidFormat(`invalid datetime ${at('start')}`);
  if (!/(Z|[+-]\d\d:\d\d)$/.test(start)) {
    return refusal('Naive timestamp: no or invalid timezone info provided');
  }
  if (time.minute !== 0 || time.second !== 0 || time.millisecond !== 0) {
    return refusal(
      'Invalid timestamp: timestamps must be from the top of the hour (minutes and seconds = 0)',
    );
  }
  const notANumber = ['state', 'sum'].find((key) => !Number.isFinite(row[key]));
  return notANumber === undefined ? undefined : invalidFormat(`expected float ${at(notANumber)}`);
}

function growthPerDay(rows: readonly StatisticRow[]): Map<Day, number> {
  const days = new Map<Day, number>();
  let before = 0;
  for (const { start, sum } of rows) {
    const day = dayAt(start);
    days.set(day, (days.get(day) ?? 0) + sum - before);
    before = sum;
  }
  return days;
}

const fallingSums = (id: string, rows: readonly StatisticRow[]): string[] =>
  rows.flatMap((row, i) => {
    const before = rows[i - 1];
    return before && row.sum < before.sum
      ? [`${id}: the sum falls from ${before.sum} to ${row.sum} at ${new Date(row.start).toISOString()}`]
      : [];
  });
