import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  addDays,
  dayOf,
  daysIn,
  instantAt,
  isDay,
  isoParis,
  startOfDay,
  type Day,
} from '../../../src/calendar/paris';
import { PRICE_FILES } from '../../../src/tariff/price-source';
import { REGULATED_PLANS, type RegulatedPlan } from '../../../src/tariff/price-snapshot';
import { seasonAround, type Colour } from '../../../src/tariff/tempo';
import { trueColour } from './tempo-truth';

/** Prices of one power in an official file; days as `yyyy-mm-dd`. */
export interface OfficialRow {
  from: Day;
  /** The last day; absent: the present. */
  last?: Day;
  power: number;
  /** € a year; absent: the cell is empty, as those of absent prices are. */
  subscription?: number;
  /** €/kWh, in the order of the file: off-peak before peak. */
  prices?: readonly number[];
}

/** What goes wrong with every answer. */
export type Nonsense =
  /** An HTML page, as success. */
  | 'html'
  /** JSON or CSV that breaks off in the middle. */
  | 'truncated'
  /** A file whose columns have other names. */
  | 'wrong-header'
  /** A list of things that are no colours. */
  | 'garbage';

/** Live: a change holds from the next request on. */
export interface TariffSettings {
  /** Minutes since midnight of the day before at which a day's colour becomes known; usually 10:30. */
  publishedAt: (day: Day) => number;
  /** Days whose colour nobody ever knows: `codeJour: 0`, no `value`. */
  unknown: ReadonlySet<Day>;
  /** A colour that is shown until the day before at these minutes, and then is another one. */
  changed: ReadonlyMap<Day, { until: number; before: Colour }>;
  /** Answers 503 at these instants, epoch ms. */
  isDown: (at: number) => boolean;
  nonsense: Nonsense | undefined;
  /** What RTE and MyElectricalData accept. */
  clientId: string;
  clientSecret: string;
  /** Of RTE's bearer, seconds. */
  bearerLife: number;
  prices: Record<RegulatedPlan, readonly OfficialRow[]>;
  /** Rows of semicolons at the end of each file. */
  trailing: number;
}

export interface TariffCall {
  /** By the test's clock, epoch ms. */
  at: number;
  source:
    'api-couleur-tempo' | 'rte-token' | 'rte' | 'myelectricaldata' | 'data.gouv.fr' | 'cre.fr' | undefined;
  path: string;
  query: Record<string, string>;
  /** Whether it carried credentials. */
  hasCredentials: boolean;
  status: number;
}

export interface TariffStandIn {
  /** Of all sources of colours, `http://127.0.0.1:<port>`. */
  url: string;
  /** Of the files; redirects to another host. */
  pricesUrl: string;
  settings: TariffSettings;
  /** Every request, in the order of arrival. */
  calls: TariffCall[];
  news: EventEmitter<{ answered: [TariffCall] }>;
  /** What a source shows of a day now. */
  shown(day: Day): Colour | undefined;
  /** Makes RTE's bearers unknown. */
  revokeBearers(): void;
  close(): Promise<void>;
}

interface Answer {
  status: number;
  /** Text goes out as it is, anything else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
}

const HALF_PAST_TEN = 10 * 60 + 30;
const CODES: Record<Colour, number> = { blue: 1, white: 2, red: 3 };
const FRENCH: Record<Colour, string> = { blue: 'Bleu', white: 'Blanc', red: 'Rouge' };
const COLUMNS: Record<RegulatedPlan, readonly string[]> = {
  base: [''],
  hphc: ['_HC', '_HP'],
  tempo: ['_HCBleu', '_HPBleu', '_HCBlanc', '_HPBlanc', '_HCRouge', '_HPRouge'],
};

/** The prices of 2026 at 6 kVA. */
export const PRICES_OF_2026: Record<RegulatedPlan, readonly OfficialRow[]> = {
  base: [
    { from: '2026-02-01', last: '2026-07-31', power: 6, subscription: 187.8, prices: [0.194] },
    { from: '2026-08-01', power: 6, subscription: 190.32, prices: [0.2001] },
  ],
  hphc: [
    { from: '2026-02-01', last: '2026-07-31', power: 6, subscription: 187.8, prices: [0.1579, 0.2065] },
    { from: '2026-08-01', power: 6, subscription: 190.32, prices: [0.1589, 0.2142] },
  ],
  tempo: [
    {
      from: '2026-08-01',
      power: 6,
      subscription: 189.6,
      prices: [0.1356, 0.1654, 0.1536, 0.1921, 0.1615, 0.7295],
    },
  ],
};

/** An official file as data.gouv.fr has it. */
export function officialFile(plan: RegulatedPlan, rows: readonly OfficialRow[], trailing = 3): string {
  const date = (day: Day): string => day.split('-').reverse().join('/');
  const number = (value: number | undefined): string =>
    value === undefined ? '' : String(value).replace('.', ',');
  const net = (value: number | undefined): string => (value === undefined ? '' : number(Number((value / 1.2).toFixed(4)))); // prettier-ignore
  const columns = COLUMNS[plan].flatMap((name) => [`PART_VARIABLE${name}_HT`, `PART_VARIABLE${name}_TTC`]);
  const header = ['DATE_DEBUT', 'DATE_FIN', 'P_SOUSCRITE', 'PART_FIXE_HT', 'PART_FIXE_TTC', ...columns];
  const lines = rows.map(({ from, last, power, subscription, prices }) => [
    date(from),
    last === undefined ? '' : date(last),
    String(power),
    net(subscription),
    number(subscription),
    ...COLUMNS[plan].flatMap((_, i) => [net(prices?.[i]), number(prices?.[i])]),
  ]);
  const empty = Array.from({ length: trailing }, () => header.map(() => ''));
  return `\uFEFF${[header, ...lines, ...empty].map((cells) => cells.join(';')).join('\r\n')}\r\n`;
}

/**
 * A server that plays the sources of Tempo colours and of regulated prices.
 * @param now epoch ms: the test's clock
 */
export async function startTariffStandIn(
  now: () => number,
  settings: Partial<TariffSettings> = {},
): Promise<TariffStandIn> {
  const all: TariffSettings = {
    publishedAt: () => HALF_PAST_TEN,
    unknown: new Set(),
    changed: new Map(),
    isDown: () => false,
    nonsense: undefined,
    clientId: 'stand-in-client',
    clientSecret: 'stand-in-secret',
    bearerLife: 7200,
    prices: PRICES_OF_2026,
    trailing: 3,
    ...settings,
  };
  const calls: TariffCall[] = [];
  const news = new EventEmitter<{ answered: [TariffCall] }>();
  const bearers = new Map<string, number>();
  let bearerCount = 0;

  const shown = (day: Day): Colour | undefined => {
    if (all.unknown.has(day)) return undefined;
    const dayBefore = addDays(day, -1);
    if (now() < instantAt(dayBefore, all.publishedAt(day))) return undefined;
    const change = all.changed.get(day);
    return change && now() < instantAt(dayBefore, change.until) ? change.before : trueColour(day);
  };

  const dayEntry = (day: Day): object => {
    const colour = shown(day);
    const { start, end } = seasonAround(day);
    return {
      dateJour: day,
      codeJour: colour ? CODES[colour] : 0,
      periode: `${start.slice(0, 4)}-${end.slice(0, 4)}`,
      libCouleur: colour ? FRENCH[colour] : 'Inconnu',
    };
  };

  const apiCouleurTempo = (path: string, query: URLSearchParams): Answer => {
    const [, one] = /^\/api\/jourTempo\/(.+)$/.exec(path) ?? [];
    if (one !== undefined)
      return isDay(one) ? { status: 200, body: dayEntry(one) } : { status: 404, body: {} };
    const start = `${query.get('periode')?.slice(0, 4) ?? ''}-09-01`;
    if (!isDay(start)) return { status: 400, body: {} };
    // The list ends with tomorrow.
    const end = addDays(dayOf(now()), 2);
    const season = seasonAround(start);
    const days = daysIn(start, season.end < end ? season.end : end);
    return { status: 200, body: days.map(dayEntry) };
  };

  const rteToken = (authorization: string): Answer => {
    const expected = `Basic ${Buffer.from(`${all.clientId}:${all.clientSecret}`).toString('base64')}`;
    if (authorization !== expected) return { status: 401, body: { error: 'invalid_client' } };
    bearerCount += 1;
    const token = `bearer-${bearerCount}`;
    bearers.set(token, now() + all.bearerLife * 1000);
    return { status: 200, body: { access_token: token, token_type: 'Bearer', expires_in: all.bearerLife } };
  };

  const rte = (query: URLSearchParams, authorization: string): Answer => {
    if ((bearers.get(authorization.replace('Bearer ', '')) ?? 0) <= now()) return { status: 401, body: {} };
    const [start, end] = [query.get('start_date') ?? '', query.get('end_date') ?? ''].map(rteDay);
    if (start === undefined || end === undefined || end <= start || end > addDays(dayOf(now()), 2)) {
      return { status: 400, body: { error: 'TMPLIKSUPCON_TMPLIKCAL_F04' } };
    }
    if (daysIn(start, end).length > 366)
      return { status: 400, body: { error: 'TMPLIKSUPCON_TMPLIKCAL_F05' } };
    const values = daysIn(start, end).map((day) => ({
      start_date: isoParis(startOfDay(day)).replace('.000', ''),
      end_date: isoParis(startOfDay(addDays(day, 1))).replace('.000', ''),
      ...(shown(day) && { value: shown(day)?.toUpperCase() }),
      updated_date: isoParis(instantAt(addDays(day, -1), HALF_PAST_TEN)).replace('.000', ''),
    }));
    return { status: 200, body: { tempo_like_calendars: { values: values.reverse() } } };
  };

  const myElectricalData = (query: URLSearchParams, authorization: string | undefined): Answer => {
    if (authorization !== undefined && authorization !== `Bearer ${all.clientSecret}`) {
      return { status: 401, body: { detail: 'Not authenticated' } };
    }
    const [start, last] = [query.get('start_date') ?? '', query.get('end_date') ?? ''];
    if (!isDay(start) || !isDay(last)) {
      return { status: 200, body: { success: false, error: { code: 'INVALID_DATE' } } };
    }
    const data = daysIn(start, addDays(last, 1)).flatMap((date) => {
      const color = shown(date)?.toUpperCase();
      return color ? [{ date, color }] : [];
    });
    return { status: 200, body: { success: true, data } };
  };

  const spoilt = (answer: Answer): Answer => {
    const isFile = typeof answer.body === 'string';
    const text = isFile ? (answer.body as string) : JSON.stringify(answer.body);
    switch (all.nonsense) {
      case 'html':
        return { status: 200, body: '<!DOCTYPE html>\n<html><body>Maintenance</body></html>' };
      case 'truncated':
        return { status: 200, body: text.slice(0, isFile ? 20 : text.length / 2) };
      case 'wrong-header':
        return isFile ? { status: 200, body: text.replaceAll('_TTC', '_TVAC') } : answer;
      case 'garbage':
        return isFile ? answer : { status: 200, body: GARBAGE };
      case undefined:
        return answer;
    }
  };

  const files = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://stand-in');
    const plan = REGULATED_PLANS.find((each) => pathname === `/documents/${each}.csv`);
    const answer = plan
      ? spoilt({ status: 200, body: officialFile(plan, all.prices[plan], all.trailing) })
      : { status: 404, body: '' };
    const headers = { 'content-type': 'text/csv; charset=utf-8' };
    reply(
      request,
      response,
      'cre.fr',
      all.isDown(now()) ? { status: 503, body: '' } : { ...answer, headers },
    );
  });

  const main = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stand-in');
    const { authorization } = request.headers;
    const plan = REGULATED_PLANS.find((each) => pathname === `/fr/datasets/r/${PRICE_FILES[each]}`);
    if (plan) {
      const location = `${addressOf(files, 'localhost')}/documents/${plan}.csv`;
      reply(request, response, 'data.gouv.fr', { status: 302, body: '', headers: { location } });
      return;
    }
    const source = sourceOf(pathname);
    const answerOf = {
      'api-couleur-tempo': () => apiCouleurTempo(pathname, searchParams),
      'rte-token': () => rteToken(authorization ?? ''),
      rte: () => rte(searchParams, authorization ?? ''),
      myelectricaldata: () => myElectricalData(searchParams, authorization),
    };
    const isDown = all.isDown(now());
    const honest = source && !isDown ? answerOf[source]() : { status: isDown ? 503 : 404, body: {} };
    const isSpoilt = honest.status === 200 && source !== 'rte-token';
    reply(request, response, source, isSpoilt ? spoilt(honest) : honest);
  });

  function reply(
    request: IncomingMessage,
    response: ServerResponse,
    source: TariffCall['source'],
    { status, body, headers }: Answer,
  ): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stand-in');
    const call: TariffCall = {
      at: now(),
      source,
      path: pathname,
      query: Object.fromEntries(searchParams),
      hasCredentials: request.headers.authorization !== undefined,
      status,
    };
    calls.push(call);
    request.resume();
    response.on('finish', () => news.emit('answered', call));
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  await Promise.all([listen(main), listen(files, 'localhost')]);
  return {
    url: addressOf(main),
    pricesUrl: `${addressOf(main)}/fr/datasets/r`,
    settings: all,
    calls,
    news,
    shown,
    revokeBearers: () => {
      bearers.clear();
    },
    close: async () => {
      await Promise.all([main, files].map(shut));
    },
  };
}

const GARBAGE = [
  null,
  5,
  'red',
  {},
  { dateJour: '2026-02-30', codeJour: 3 },
  { dateJour: '2026-11-26', codeJour: '3' },
  { dateJour: '2026-11-26', codeJour: 4 },
  { dateJour: 20261126, codeJour: 1 },
];

function sourceOf(path: string): 'api-couleur-tempo' | 'rte-token' | 'rte' | 'myelectricaldata' | undefined {
  if (/^\/api\/jours?Tempo/.test(path)) return 'api-couleur-tempo';
  if (path === '/token/oauth') return 'rte-token';
  if (path === '/open_api/tempo_like_supply_contract/v1/tempo_like_calendars') return 'rte';
  return path === '/api/tempo/days' ? 'myelectricaldata' : undefined;
}

/** A midnight of Paris, as RTE wants it written. */
function rteDay(text: string): Day | undefined {
  const day = text.slice(0, 10);
  if (!/^\d{4}-\d\d-\d\dT00:00:00[+-]\d\d:\d\d$/.test(text) || !isDay(day)) return undefined;
  return Date.parse(text) === startOfDay(day) ? day : undefined;
}

const addressOf = (server: Server, host = '127.0.0.1'): string =>
  `http://${host}:${(server.address() as AddressInfo).port}`;

const listen = (server: Server, host = '127.0.0.1'): Promise<void> =>
  new Promise((resolve) => {
    server.listen(0, host, resolve);
  });

const shut = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
