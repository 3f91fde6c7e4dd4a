/** Questions to a log on disk that holds all of a meter's history, and what such a log weighs. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerTo } from '../src/query/result';
import { written as inFormat } from '../src/query/formats';
import { questionOf, type Wording } from '../src/query/query';
import { SERIES } from '../src/metering/metrics';
import { ReadingLog } from '../src/store/log';
import { fill } from './history';
import { USAGE_POINT } from './meter';
import { atMost, written, type Row } from './table';
import { median, RUNS, timed } from './timing';

const MONTHS: Wording = {
  direction: 'consumption',
  metric: 'monthly',
  start: '-35 months',
  end: '0 days',
  step: 'native',
};
const LOAD_CURVE: Wording = { ...MONTHS, metric: 'load-curve', start: '-729 days' };
/** Name, question, how many values answer it at least, goal in ms. */
const QUESTIONS: [string, Wording, number, number?][] = [
  ['three years by month', MONTHS, 35, 5],
  ['the same, beside the years before', { ...MONTHS, compare: true }, 35],
  ['two years of load curve by day', { ...LOAD_CURVE, step: 'day' }, 729],
  ['two years of load curve by hour', { ...LOAD_CURVE, step: 'hour' }, 17_000],
  ['two years of load curve as measured', LOAD_CURVE, 34_900],
];

/** From the words of a message to what goes into its payload. */
function ask(log: ReadingLog, wording: Wording): unknown[] {
  const now = Date.now();
  const question = questionOf({ ...wording, format: 'readings' }, now);
  if ('field' in question) throw new Error(question.field);
  return inFormat(answerTo(log, USAGE_POINT, question, now), question, USAGE_POINT) as unknown[];
}

async function questionRow(
  log: ReadingLog,
  [name, wording, values, goal]: (typeof QUESTIONS)[number],
): Promise<Row> {
  const found = ask(log, wording).length;
  assert.ok(found >= values, `${name}: ${found}`);
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) times.push(await timed(() => ask(log, wording)));
  const took = median(times);
  const ours = written(took, 'ms');
  return {
    name: `question: ${name}`,
    ours,
    ...(goal === undefined ? { figure: ours } : atMost(goal, took, 'ms')),
  };
}

/** What a year of a meter that consumes and produces takes, both load curves included. */
function sizeRow(log: ReadingLog, bytes: number): Row {
  const readings = SERIES.map((series) => {
    return log.between(log.stream(USAGE_POINT, series), 0, Date.now()).length;
  }).reduce((a, b) => a + b);
  const year = 365 * (2 * 48 + 3);
  return {
    name: `log of ${readings} readings; a meter's year with both load curves`,
    ours: written(bytes / 1e6, 'MB'),
    figure: written(((bytes / readings) * year) / 1e6, 'MB'),
  };
}

export default async function question(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'linky-question-'));
  const file = join(folder, 'readings.db');
  await fill(file);
  const { size } = statSync(file);
  const log = new ReadingLog(file);
  try {
    const rows: Row[] = [];
    for (const each of QUESTIONS) rows.push(await questionRow(log, each));
    return [...rows, sizeRow(log, size)];
  } finally {
    log.close();
    rmSync(folder, { recursive: true });
  }
}
