/** Queries of a store on disk that holds all of a meter's history, and what such a store weighs. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resultOf } from '../src/query/result';
import { formatted } from '../src/query/formats';
import { isMeasured, isOfValues, parseQuery, type QueryInput } from '../src/query/query';
import { SERIES } from '../src/metering/metrics';
import { SqliteDatabase } from '../src/store/sqlite';
import { Store } from '../src/store/store';
import { fill } from './history';
import { USAGE_POINT } from './meter';
import { atMost, written, type Row } from './table';
import { median, RUNS, timed } from './timing';

export const MONTHS: QueryInput = {
  direction: 'consumption',
  metric: 'monthly',
  start: '-35 months',
  end: '0 days',
  step: 'native',
};
const LOAD_CURVE: QueryInput = { ...MONTHS, metric: 'load-curve', start: '-729 days' };
/** Name, query, how many values answer it at least. */
const QUERIES: [string, QueryInput, number][] = [
  ['three years by month', MONTHS, 35],
  ['the same, beside the years before', { ...MONTHS, compare: true }, 35],
  ['two years of load curve by day', { ...LOAD_CURVE, step: 'day' }, 729],
  ['two years of load curve by hour', { ...LOAD_CURVE, step: 'hour' }, 17_000],
  ['two years of load curve as measured', LOAD_CURVE, 34_900],
];
/** ms */
type Goals = Partial<Record<string, number>>;
const GOALS: Goals = {
  'three years by month': 2,
  'two years of load curve by hour': 15,
  'two years of load curve as measured': 30,
};

/** From the fields of a message to what goes into its payload. */
export async function ask(
  store: Store,
  input: QueryInput,
  usagePoint: string = USAGE_POINT,
): Promise<unknown[]> {
  const now = Date.now();
  const query = parseQuery({ ...input, format: 'readings' }, now);
  if ('field' in query || !isMeasured(query) || !isOfValues(query))
    throw new Error('not a query of readings');
  const [payload] = formatted(await resultOf(store, usagePoint, query, now), query, usagePoint);
  return payload as unknown[];
}

async function queryRow(
  store: Store,
  [name, input, values]: (typeof QUERIES)[number],
  goal: number | undefined,
  reference: Store | undefined,
): Promise<Row> {
  const found = (await ask(store, input)).length;
  assert.ok(found >= values, `${name}: ${found}`);
  const [times, others]: [number[], number[]] = [[], []];
  for (let i = 0; i < RUNS; i++) {
    if (reference) others.push(await timed(() => ask(reference, input)));
    times.push(await timed(() => ask(store, input)));
  }
  const took = median(times);
  const ours = written(took, 'ms');
  return {
    name: `query: ${name}`,
    ours,
    ...(reference && { reference: written(median(others), 'ms') }),
    ...(goal === undefined ? { figure: ours } : atMost(goal, took, 'ms')),
  };
}

/**
 * @param store filled by `fill`
 * @param reference another one, asked the same in turn
 */
export async function queryRows(store: Store, goals: Goals, reference?: Store): Promise<Row[]> {
  const rows: Row[] = [];
  for (const query of QUERIES) rows.push(await queryRow(store, query, goals[query[0]], reference));
  return rows;
}

/** What a year of a meter that consumes and produces takes, both load curves included. */
async function sizeRow(store: Store, bytes: number): Promise<Row> {
  let readings = 0;
  for (const name of SERIES) {
    const days = await store.days(
      { usagePoint: USAGE_POINT, name },
      { start: '2000-01-01', end: '2100-01-01' },
    );
    readings += days.reduce((sum, day) => sum + day.readings.length, 0);
  }
  const year = 365 * (2 * 48 + 3);
  return {
    name: `store of ${readings} readings; a meter's year with both load curves`,
    ours: written(bytes / 1e6, 'MB'),
    ...atMost(0.35, ((bytes / readings) * year) / 1e6, 'MB'),
  };
}

export default async function query(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'linky-question-'));
  const file = join(folder, 'readings.db');
  const filled = new Store(new SqliteDatabase(file));
  await fill(filled);
  filled.close();
  const { size } = statSync(file);
  const store = new Store(new SqliteDatabase(file));
  try {
    return [...(await queryRows(store, GOALS)), await sizeRow(store, size)];
  } finally {
    store.close();
    rmSync(folder, { recursive: true });
  }
}
