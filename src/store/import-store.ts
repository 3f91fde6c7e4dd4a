import type { Day } from '../calendar/paris';
import { isRegisters, type Series } from '../metering/metrics';
import type { RegisterDay } from '../metering/registers';
import type { Statements, SqlValue } from './database';
import { DAY_COLUMNS, type DayRow, type SeriesKey } from './reader';
import { KEEP_DAYS, subjectOf, tellNews } from './store';

/**
 * What became of a series:
 * - `imported`: the target has it now
 * - `present`: the target had all of it already
 * - `other`: the target has days that are not those of the source; nothing of it was changed
 */
type Outcome = 'imported' | 'present' | 'other';

/** What is compared at the end. */
export type Measure = 'days' | 'readings' | 'sum' | 'revision' | 'cursors';

/** A series of the source, and what became of it. */
export interface ImportedSeries extends SeriesKey {
  outcome: Outcome;
  /** Of the row in the target. */
  id: number;
  days: number;
  readings: number;
  /** Of all values, in Enedis' unit; of registers Wh. */
  sum: number;
  /** What the target has otherwise at the end; where `other`, this is not compared. */
  differing: readonly Measure[];
}

/** What is kept beside the series. */
export interface ImportedTable {
  name: string;
  /** In the source. */
  rows: number;
  /** How many fewer the target has at the end. */
  missing: number;
}

export interface ImportReport {
  series: ImportedSeries[];
  tables: ImportedTable[];
}

interface SeriesFactsRow {
  revision: number;
  collected_since: Day | null;
  floor: Day | null;
  floor_reason: string | null;
  floor_probed_at: number | null;
  floor_provider: string | null;
}

interface ChangeRow {
  revision: number;
  oldest: Day;
  newest: Day;
}

interface CursorRow {
  consumer: string;
  metric: string;
  revision: number;
}

/** All that a store keeps of a series. */
interface Content {
  facts: SeriesFactsRow;
  /** Newest first. */
  days: DayRow[];
  changes: ChangeRow[];
  cursors: CursorRow[];
}

interface SeriesRow {
  id: number;
  usage_point: string;
  name: Series;
}

/** A table whose rows have a key of their own. */
interface KeyedTable {
  name: string;
  key: readonly string[];
  values: readonly string[];
  /** The columns by whose values it is read in parts: not all of it is held at once. */
  parts: readonly string[];
  /** What the source's row does to one of the same key; absent: nothing. */
  conflict?: string;
}

const TABLES: readonly KeyedTable[] = [
  {
    name: 'suspension',
    key: ['budget'],
    values: ['until', 'error_key', 'code'],
    parts: [],
    // Whichever is longer: neither server may be asked before.
    conflict: `UPDATE SET until = excluded.until, error_key = excluded.error_key, code = excluded.code
      WHERE suspension.until < excluded.until`,
  },
  { name: 'tariff_request', key: ['source'], values: ['at', 'failures', 'retry_at'], parts: [] },
  { name: 'tempo_colour', key: ['source', 'day'], values: ['colour', 'confirmed_at'], parts: ['source'] },
  { name: 'price_file', key: ['source', 'plan'], values: ['rows', 'checked_at'], parts: ['source', 'plan'] },
  {
    name: 'published_cost',
    key: ['consumer', 'usage_point', 'day'],
    values: ['digest'],
    parts: ['consumer', 'usage_point'],
  },
  {
    name: 'statistic',
    key: ['consumer', 'usage_point', 'statistic'],
    values: ['answered_at', 'days'],
    parts: ['consumer', 'usage_point'],
  },
];

/**
 * Takes a store into another database, where other processes may use it meanwhile. A series is one transaction: after a
 * crash at any instant, the same again brings what is missing. Throws what the databases throw.
 * @param source nobody else changes it
 * @param onSeries called after each series; there are `total`
 */
export async function importStore(
  source: Statements,
  target: Statements,
  onSeries: (done: number, total: number) => void,
): Promise<ImportReport> {
  // Budgets first: whoever collects into a target that has only a part must not ask more than is allowed.
  const requests = await importRequests(source, target);
  for (const table of TABLES) await importTable(source, target, table);
  const rows = await source.query<SeriesRow>(
    'SELECT id, usage_point, name FROM series ORDER BY usage_point, name',
  );
  const outcomes: { row: SeriesRow; id: number; outcome: Outcome }[] = [];
  for (const row of rows) {
    outcomes.push({ row, ...(await importSeries(source, target, row)) });
    onSeries(outcomes.length, rows.length);
  }
  const series: ImportedSeries[] = [];
  for (const { row, id, outcome } of outcomes) {
    const key = { usagePoint: row.usage_point, name: row.name };
    const totals = await totalsOf(source, row.id, key);
    const differing = outcome === 'other' ? [] : await compare(source, row.id, totals, target, id, key);
    const { days, readings, sum } = totals;
    series.push({ ...key, outcome, id, days, readings, sum, differing });
  }
  const tables: ImportedTable[] = [{ name: 'request', rows: requests, missing: 0 }];
  for (const { name } of TABLES) {
    const rowsOf = await countOf(source, name);
    tables.push({ name, rows: rowsOf, missing: Math.max(0, rowsOf - (await countOf(target, name))) });
  }
  return { series, tables };
}

/**
 * Adds the requests that the target does not know yet: a second time it adds none, and no budget grows.
 * @returns how many the source has
 */
async function importRequests(source: Statements, target: Statements): Promise<number> {
  const sent = await source.query<{ budget: string; at: number; backfill: number }>(
    'SELECT budget, at, backfill FROM request ORDER BY id',
  );
  for (const [budget, requests] of Map.groupBy(sent, (request) => request.budget)) {
    await target.transaction(`requests ${budget}`, async (database) => {
      const known = await database.query<{ at: number; backfill: number }>(
        'SELECT at, backfill FROM request WHERE budget = ?',
        budget,
      );
      const left = new Map<string, number>();
      for (const request of known) left.set(requestName(request), (left.get(requestName(request)) ?? 0) + 1);
      const missing = requests.filter((request) => {
        const name = requestName(request);
        const count = left.get(name) ?? 0;
        left.set(name, count - 1);
        return count <= 0;
      });
      await database.insert(
        'INSERT INTO request (budget, at, backfill) VALUES (?, ?, ?)',
        missing.map(({ at, backfill }) => [budget, at, backfill]),
      );
    });
  }
  return sent.length;
}

const requestName = ({ at, backfill }: { at: number; backfill: number }): string => `${at} ${backfill}`;

async function importTable(
  source: Statements,
  target: Statements,
  { name, key, values, parts, conflict = 'NOTHING' }: KeyedTable,
): Promise<void> {
  const columns = [...key, ...values];
  const insert = `INSERT INTO ${name} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
    ON CONFLICT (${key.join(', ')}) DO ${conflict}`;
  const where = parts.length > 0 ? ` WHERE ${parts.map((part) => `${part} = ?`).join(' AND ')}` : '';
  const wanted =
    parts.length > 0
      ? await source.query<Record<string, SqlValue>>(`SELECT DISTINCT ${parts.join(', ')} FROM ${name}`)
      : [{}];
  for (const part of wanted) {
    const rows = await source.query<Record<string, SqlValue>>(
      `SELECT ${columns.join(', ')} FROM ${name}${where}`,
      ...parts.map((column) => part[column] ?? null),
    );
    const lists = rows.map((row) => columns.map((column) => row[column] ?? null));
    await target.insert(insert, lists);
  }
}

const countOf = async (database: Statements, table: string): Promise<number> =>
  (await database.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))[0]?.n ?? 0;

async function importSeries(
  source: Statements,
  target: Statements,
  { id: sourceId, usage_point: usagePoint, name }: SeriesRow,
): Promise<{ id: number; outcome: Outcome }> {
  await target.run(
    'INSERT INTO series (usage_point, name) VALUES (?, ?) ON CONFLICT (usage_point, name) DO NOTHING',
    usagePoint,
    name,
  );
  const [row] = await target.query<{ id: number }>(
    'SELECT id FROM series WHERE usage_point = ? AND name = ?',
    usagePoint,
    name,
  );
  if (!row) throw new Error('a series that was just inserted is not there');
  const { id } = row;
  const content = await contentOf(source, sourceId);
  const outcome = await target.transaction(subjectOf(id), async (database): Promise<Outcome> => {
    const there = await contentOf(database, id);
    const isPresent = contains(there, content);
    // One that is empty, or an older copy of the source, becomes as the source is.
    if (!isPresent && !contains(content, there)) return 'other';
    if (!isPresent) await write(database, id, content);
    // What a consumer has published it does not publish again. Where a cursor is further on, it stays.
    await database.insert(
      `INSERT INTO cursor (consumer, metric, series, revision) VALUES (?, ?, ?, ?)
       ON CONFLICT (consumer, metric, series) DO UPDATE SET revision = excluded.revision
         WHERE cursor.revision < excluded.revision`,
      content.cursors.map(({ consumer, metric, revision }) => [consumer, metric, id, revision]),
    );
    if (isPresent) return 'present';
    const { revision } = content.facts;
    if (revision > 0) await tellNews(database, { usagePoint, series: name, revision, isImported: true });
    return 'imported';
  });
  return { id, outcome };
}

async function contentOf(database: Statements, id: number): Promise<Content> {
  const [facts] = await database.query<SeriesFactsRow>(
    `SELECT revision, collected_since, floor, floor_reason, floor_probed_at, floor_provider
     FROM series WHERE id = ?`,
    id,
  );
  if (!facts) throw new Error('a series is gone');
  return {
    facts,
    days: await database.query<DayRow>(
      `SELECT ${DAY_COLUMNS} FROM day WHERE series = ? ORDER BY day DESC`,
      id,
    ),
    changes: await database.query<ChangeRow>(
      'SELECT revision, oldest, newest FROM change WHERE series = ?',
      id,
    ),
    cursors: await database.query<CursorRow>(
      'SELECT consumer, metric, revision FROM cursor WHERE series = ?',
      id,
    ),
  };
}

/**
 * Whether one is what the other was, or became later: the same changes up to the other's revision, and each of its days
 * with the same readings, or changed since. Requests in which nothing new came do not make a day another one.
 */
function contains(whole: Content, part: Content): boolean {
  const changes = new Map(whole.changes.map((change) => [change.revision, change]));
  const days = new Map(whole.days.map((day) => [day.day, day]));
  return (
    part.changes.every(({ revision, oldest, newest }) => {
      const change = changes.get(revision);
      return change?.oldest === oldest && change.newest === newest;
    }) &&
    part.days.every(({ day, readings }) => {
      const own = days.get(day);
      return own !== undefined && (own.readings === readings || own.revision > part.facts.revision);
    })
  );
}

/** @param content its days are those that the target has, and more */
async function write(database: Statements, id: number, { facts, days, changes }: Content): Promise<void> {
  await database.run(
    `UPDATE series SET revision = ?, collected_since = ?, floor = ?, floor_reason = ?, floor_probed_at = ?,
       floor_provider = ? WHERE id = ?`,
    facts.revision,
    facts.collected_since,
    facts.floor,
    facts.floor_reason,
    facts.floor_probed_at,
    facts.floor_provider,
    id,
  );
  await database.insert(
    KEEP_DAYS,
    days.map((day) => [
      id,
      day.day,
      day.state,
      day.readings,
      day.revision,
      day.revision_before,
      day.changed,
      day.imported,
      day.requested_at,
      day.attempts,
    ]),
  );
  await database.insert(
    `INSERT INTO change (series, revision, oldest, newest) VALUES (?, ?, ?, ?)
     ON CONFLICT (series, revision) DO NOTHING`,
    changes.map(({ revision, oldest, newest }) => [id, revision, oldest, newest]),
  );
}

interface Totals {
  days: number;
  readings: number;
  sum: number;
  revision: number;
  /** By consumer and metric. */
  cursors: Map<string, number>;
}

/** By the view that people look with, so that its answers are compared too. */
async function totalsOf(database: Statements, id: number, key: SeriesKey): Promise<Totals> {
  const [row] = await database.query<{ revision: number; days: number }>(
    `SELECT revision, (SELECT count(*) FROM day WHERE day.series = series.id) AS days
     FROM series WHERE id = ?`,
    id,
  );
  const cursors = await database.query<CursorRow>(
    'SELECT consumer, metric, revision FROM cursor WHERE series = ?',
    id,
  );
  return {
    days: row?.days ?? 0,
    revision: row?.revision ?? 0,
    ...(isRegisters(key.name) ? await registerTotals(database, id) : await readingTotals(database, key)),
    cursors: new Map(cursors.map(({ consumer, metric, revision }) => [`${consumer} ${metric}`, revision])),
  };
}

async function readingTotals(
  database: Statements,
  { usagePoint, name }: SeriesKey,
): Promise<Pick<Totals, 'readings' | 'sum'>> {
  const [row] = await database.query<{ readings: number; sum: number | null }>(
    'SELECT count(*) AS readings, sum(value) AS sum FROM reading WHERE usage_point = ? AND series = ?',
    usagePoint,
    name,
  );
  return { readings: row?.readings ?? 0, sum: row?.sum ?? 0 };
}

/** The view has nothing of registers: the days are read. */
async function registerTotals(database: Statements, id: number): Promise<Pick<Totals, 'readings' | 'sum'>> {
  const rows = await database.query<{ readings: string }>(
    'SELECT readings FROM day WHERE series = ? AND readings IS NOT NULL ORDER BY day',
    id,
  );
  let sum = 0;
  for (const { readings } of rows) {
    const { total = 0, calendars } = JSON.parse(readings) as RegisterDay;
    sum += total;
    for (const { registers } of calendars) for (const value of Object.values(registers)) sum += value;
  }
  return { readings: rows.length, sum };
}

/** @returns what the target has otherwise, but for what came into it since it has all of the source */
async function compare(
  source: Statements,
  sourceId: number,
  before: Totals,
  target: Statements,
  targetId: number,
  key: SeriesKey,
): Promise<Measure[]> {
  const after = await totalsOf(target, targetId, key);
  const differing: Measure[] = [];
  if (after.days !== before.days) differing.push('days');
  if (after.readings !== before.readings) differing.push('readings');
  if (!isNearly(after.sum, before.sum)) differing.push('sum');
  if (after.revision !== before.revision) differing.push('revision');
  const isBehind = [...before.cursors].some(([name, revision]) => (after.cursors.get(name) ?? -1) < revision);
  if (isBehind) return [...differing, 'cursors'];
  const hasGoneOn = after.revision > before.revision || after.days > before.days;
  if (hasGoneOn && contains(await contentOf(target, targetId), await contentOf(source, sourceId))) return [];
  return differing;
}

/** Databases add up in an order of their own: fractions may be rounded otherwise. */
const isNearly = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b));
