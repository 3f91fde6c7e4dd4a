/** Many meters' histories without collecting each: one is collected, the others are its copies. */
import { DatabaseSync } from 'node:sqlite';
import { SERIES } from '../src/metering/metrics';
import { USAGE_POINT } from './meter';

/** 14 digits, for the n-th meter; the 0th is the one that is copied. */
export const usagePointOf = (n: number): string => String(Number(USAGE_POINT) + n);

/** @param file a store of one meter; has the 0th to the `count`-th afterwards */
export function copyMeter(file: string, count: number): void {
  const db = new DatabaseSync(file);
  db.exec('PRAGMA synchronous = OFF; BEGIN');
  const copies = `WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < ${count})`;
  const every = SERIES.length;
  db.exec(`${copies} INSERT INTO series (id, usage_point, name, revision, collected_since)
    SELECT id + n * ${every}, CAST(usage_point + n AS TEXT), name, revision, collected_since
    FROM copy CROSS JOIN series WHERE id <= ${every}`);
  const columns = 'day, state, readings, revision, revision_before, changed, requested_at, attempts';
  db.exec(`${copies} INSERT INTO day (series, ${columns})
    SELECT series + n * ${every}, ${columns} FROM copy CROSS JOIN day WHERE series <= ${every}`);
  db.exec(`${copies} INSERT INTO change (series, revision, oldest, newest)
    SELECT series + n * ${every}, revision, oldest, newest
    FROM copy CROSS JOIN change WHERE series <= ${every}`);
  db.exec(`${copies} INSERT INTO cursor (consumer, metric, series, revision)
    SELECT consumer, metric, series + n * ${every}, revision FROM copy CROSS JOIN cursor WHERE series <= ${every}`);
  db.exec('COMMIT');
  db.close();
}
