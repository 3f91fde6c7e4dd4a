import type { Reading } from '../metering/readings';

/** A reading as the log has it. */
export interface LoggedReading extends Reading {
  /** Of the answer that brought it: grows over the whole stream. */
  revision: number;
}

/** Times in seconds. */
export interface ReadingRow {
  start: number;
  length: number;
  value: number;
  at: number | null;
  revision: number;
}

export function readingOf(row: ReadingRow): LoggedReading {
  const start = row.start * 1000;
  const reading: LoggedReading = {
    start,
    end: start + row.length * 1000,
    value: row.value,
    revision: row.revision,
  };
  if (row.at !== null) reading.at = row.at * 1000;
  return reading;
}

export const READINGS = 'SELECT start, length, value, at, revision FROM reading WHERE stream = ?';

/** CROSS keeps the order of the tables: the answers one by one, each with the readings that are still its own. */
export const AFTER = `
  SELECT start, length, value, at, revision
  FROM answer CROSS JOIN reading USING (stream, revision)
  WHERE stream = ? AND revision > ? AND start BETWEEN first AND last
  ORDER BY revision, start`;

/** So many readings go in with one statement: that takes half as long as one by one. */
const ROWS = 48;
const insertionOf = (rows: number): string =>
  `INSERT OR REPLACE INTO reading (stream, start, length, value, at, revision)
   VALUES ${Array.from({ length: rows }, () => '(?, ?, ?, ?, ?, ?)').join()}`;
const INSERT_ROW = insertionOf(1);
const INSERT_ROWS = insertionOf(ROWS);

/** The statements that put readings into the log. */
export function* insertions(
  stream: number,
  revision: number,
  readings: readonly Reading[],
): Generator<{ sql: string; values: (number | null)[] }> {
  for (let next = 0; next < readings.length;) {
    const rows = readings.length - next < ROWS ? 1 : ROWS;
    const values: (number | null)[] = [];
    for (const { start, end, value, at } of readings.slice(next, next + rows)) {
      values.push(
        stream,
        start / 1000,
        (end - start) / 1000,
        value,
        at === undefined ? null : at / 1000,
        revision,
      );
    }
    yield { sql: rows === ROWS ? INSERT_ROWS : INSERT_ROW, values };
    next += rows;
  }
}
