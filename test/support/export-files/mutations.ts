import { wallTime, type ExportRow } from './rows';

/** Export files with something wrong in them: what becomes of their rows, or of their text. */

export type RowMutation = (rows: readonly ExportRow[]) => ExportRow[];

/** @param change absent values of it stay */
const at =
  (places: readonly number[], change: Partial<ExportRow>): RowMutation =>
  (rows) =>
    rows.map((row, place) => (places.includes(place) ? { ...row, ...change } : row));

/** @param places of the rows that are spoilt, from 0 */
export const withValue = (valueText: string, ...places: number[]): RowMutation => at(places, { valueText });
export const withTime = (timeText: string, ...places: number[]): RowMutation => at(places, { timeText });

export const without =
  (...places: number[]): RowMutation =>
  (rows) =>
    rows.filter((_, place) => !places.includes(place));

/** All of it once more, after the last. */
export const repeated: RowMutation = (rows) => [...rows, ...rows];

/** Each row twice, one after the other. */
export const doubled: RowMutation = (rows) => rows.flatMap((row) => [row, row]);

/** After the row at a place comes one of the same time with another value. */
export const contradicted =
  (place: number, value: number): RowMutation =>
  (rows) =>
    rows.flatMap((row, each) => (each === place ? [row, { ...row, value }] : [row]));

export const newestFirst: RowMutation = (rows) => rows.toReversed();

/**
 * An October day of 48 half hours: the hour after the change is missing, and the row that ends when the clocks change
 * is labelled 03:00, as clocks show it that were not changed.
 */
export const octoberHourOnce: RowMutation = (rows) => {
  const twice = rows.filter((row) => wallTime(row.start) > wallTime(row.end));
  const change = twice[0]?.end ?? NaN;
  return rows
    .filter(({ start }) => start < change || start >= change + 3_600_000)
    .map((row) => (row.end === change ? { ...row, timeText: wallTime(change).replace('T02', 'T03') } : row));
};

/** In March the row that ends when the clocks change is labelled 02:00, a time that the day skips, instead of 03:00. */
export const marchAtTwo: RowMutation = (rows) =>
  rows.map((row) => {
    const [start, end] = [wallTime(row.start), wallTime(row.end)];
    const isJump = start.slice(11) < '02' && end.slice(11) === '03:00:00';
    return isJump ? { ...row, timeText: end.replace('T03', 'T02') } : row;
  });

/** The file as it is after a download that broke off: up to the `characters` before its end. */
export const cut = (text: string, characters: number): string => text.slice(0, -characters);
