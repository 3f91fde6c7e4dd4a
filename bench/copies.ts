/** Many meters' histories without collecting each: one is collected, the others are its copies. */
import { DatabaseSync } from 'node:sqlite';
import { SERIES } from '../src/metering/metrics';
import { USAGE_POINT } from './meter';

/** 14 digits, for the n-th meter; the 0th is the one that is copied. */
export const usagePointOf = (n: number): string => String(Number(USAGE_POINT) + n);

const TABLES = {
  reading: 'start, length, value, at, revision',
  answer: 'revision, first, last',
  asked: 'day, state, at',
};

/** @param file a log of one meter; has the 0th to the `count`-th afterwards */
export function copyMeter(file: string, count: number): void {
  const db = new DatabaseSync(file);
  db.exec('PRAGMA synchronous = OFF; BEGIN');
  const copies = `WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < ${count})`;
  const every = SERIES.length;
  db.exec(`${copies} INSERT INTO stream (id, usage_point, series, revision, nothing_until, begun)
    SELECT id + n * ${every}, CAST(usage_point + n AS TEXT), series, revision, nothing_until, begun
    FROM copy CROSS JOIN stream WHERE id <= ${every}`);
  for (const [table, columns] of Object.entries(TABLES)) {
    db.exec(`${copies} INSERT INTO ${table} (stream, ${columns})
      SELECT stream + n * ${every}, ${columns} FROM copy CROSS JOIN ${table} WHERE stream <= ${every}`);
  }
  db.exec(`${copies} INSERT INTO place (consumer, metric, stream, revision)
    SELECT consumer, metric, stream + n * ${every}, revision FROM copy CROSS JOIN place WHERE stream <= ${every}`);
  db.exec('COMMIT');
  db.close();
}
