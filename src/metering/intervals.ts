import { dayOf, startOfDay, type Day } from '../calendar/paris';

const MINUTE = 60_000;

/** How long an interval of the load curve can be. */
export const INTERVAL_MINUTES = [5, 10, 15, 30, 60];
/** In ms. */
export const INTERVAL_LENGTHS: readonly number[] = INTERVAL_MINUTES.map((minutes) => minutes * MINUTE);
/** In ms. */
export const USUAL_INTERVAL = 30 * MINUTE;

/** An interval of the load curve whose length may still be unknown. */
export interface IntervalEnd {
  /** Epoch ms. */
  end: number;
  /** In ms; undefined where it is not told. */
  length: number | undefined;
}

/**
 * Per day the shortest distance between two ends that is an interval length: it replaces a missing length.
 * @param ended oldest first
 */
export function shortestGaps(ended: readonly IntervalEnd[]): Map<Day, number> {
  const gaps = new Map<Day, number>();
  let before: number | undefined;
  for (const { end } of ended) {
    const day = dayOf(end - 1);
    const gap = end - Math.max(before ?? 0, startOfDay(day));
    if (INTERVAL_LENGTHS.includes(gap)) gaps.set(day, Math.min(gap, gaps.get(day) ?? gap));
    before = end;
  }
  return gaps;
}
