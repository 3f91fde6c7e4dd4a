import { addDays, dayOf, minutesOfDay, startOfDay } from '../calendar/paris';
import type { Kept, Point } from './kept';

/** Levels of a column above the one of no power, as pixels of the display. */
export const SPARK_ROWS = 8;
/** One column per half hour: the step of most load curves. */
export const SPARK_COLUMNS = 48;
const MINUTES = 24 * 60;

/** A day's load curve in the pixels of the display. */
export interface Spark {
  /** The day's greatest value, the first where there are several. */
  peak: Point;
  /** Lit pixels from midnight to midnight, 0 to `SPARK_ROWS`; undefined where nothing is known. */
  columns: (number | undefined)[];
}

/**
 * The load curve of the last day that has one. Each column is a time of the clock: on a day of 23 hours those that were
 * skipped stay empty, on one of 25 those that came twice have the greater value.
 * @returns undefined without a series
 */
export function sparkOf({ series }: Kept, count = SPARK_COLUMNS): Spark | undefined {
  const last = series.at(-1);
  if (!last) return undefined;
  const day = dayOf(last.start);
  const [from, to] = [startOfDay(day), startOfDay(addDays(day, 1))];
  const points = series.filter(({ start }) => start >= from && start < to);
  const peak = points.reduce((greatest, point) => (point.value > greatest.value ? point : greatest));
  const values = Array.from<number | undefined>({ length: count });
  const width = MINUTES / count;
  for (const { start, end, value } of points) {
    const minute = minutesOfDay(start);
    const after = Math.min(MINUTES, minute + (end - start) / 60_000);
    for (let column = Math.floor(minute / width); column * width < after; column++) {
      values[column] = Math.max(values[column] ?? 0, value);
    }
  }
  return {
    peak,
    columns: values.map((value) => (value === undefined ? undefined : levelOf(value, peak.value))),
  };
}

/** The least power lights a pixel: none means none. */
const levelOf = (value: number, peak: number): number =>
  value > 0 ? Math.max(1, Math.round((value / peak) * SPARK_ROWS)) : 0;
