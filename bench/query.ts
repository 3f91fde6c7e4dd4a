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

const MONTHS: QueryInput = {
  direction: 'consumption',
  metric: 'monthly',
  start: '-35 months',
  end: '0 days',
  step: 'native',
};
const LOAD_CURVE: QueryInput = { ...MONTHS, metric: 'load-curve', start: '-729 days' };
/** Name, query, how many values answer it at least, goal in ms. */
const QUERIES: [string, QueryInput, number, number?][] = [
  ['three years by month', MONTHS, 35, 2],
  ['the same, beside the years before', { ...MONTHS, compare: true }, 35],
  ['two years of load curve by day', { ...LOAD_CURVE, step: 'day' }, 729],
  ['two years of load curve by hour', { ...LOAD_CURVE, step: 'hour' }, 17_000, 15],
  ['two years of load curve as measured', LOAD_CURVE, 34_900, 30],
];

/** From the fields of a message to what goes into its payload. */
async function ask(store: Store, input: QueryInput): Promise<unknown[]> {
  const now = Date.now();
  const query = parseQuery({ ...input, format: 'readings' }, now);
  if ('field' in query || !isMeasured(query) || !isOfValues(query))
    throw new Error('not a query of readings');
  const [payload] = formatted(await resultOf(store, USAGE_POINT, query, now), query, USAGE_POINT);
  return payload as unknown[];
}

async function queryRow(store: Store, [name, input, values, goal]: (typeof QUERIES)[number]): Promise<Row> {
  const found = (await ask(store, input)).length;
  assert.ok(found >= values, `${name}: ${found}`);
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) times.push(await timed(() => ask(store, input)));
  const took = median(times);
  const ours = written(took, 'ms');
  return {
    name: `query: ${name}`,
    ours,
    ...(goal === undefined ? { figure: ours } : atMost(goal, took, 'ms')),
  };
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
  await fill(file);
  const { size } = statSync(file);
  const store = new Store(new SqliteDatabase(file));
  try {
    const rows: Row[] = [];
    for (const each of QUERIES) rows.push(await queryRow(store, each));
    return [...rows, await sizeRow(store, size)];
  } finally {
    store.close();
    rmSync(folder, { recursive: true });
  }
}
