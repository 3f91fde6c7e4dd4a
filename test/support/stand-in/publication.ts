import { addDays, instantOf, instantOn, type Day, type Instant } from './calendar';
import { measureOf, type Measure, type Series } from './wire';

/** `never`, or from an instant on. */
export type When = Instant;

/**
 * What goes wrong with a day's data:
 * - they come then, not at the usual hour
 * - only the first intervals of the load curve come at the usual hour; the rest `until` then
 */
export type Gap = When | { first: number; until: When };

export type Gaps =
  | Partial<Record<Series, Record<Day, Gap>>>
  | ((series: Series, day: Day, usagePoint: string) => Gap | undefined);

/** The local time (`HH:mm`) of the following day at which a day's data come out; registers come with the daily. */
export type Published = Record<Exclude<Measure, 'registers'>, string>;

export const USUAL_HOURS: Published = { daily: '08:10', 'max-power': '09:00', 'load-curve': '10:30' };

export function holeOf(gaps: Gaps, series: Series, day: Day, usagePoint: string): Gap | undefined {
  return typeof gaps === 'function' ? gaps(series, day, usagePoint) : gaps[series]?.[day];
}

/** How many values of a day can be had at `now`: none, the first so many, or all (Infinity). */
export function availableCount(
  series: Series,
  day: Day,
  gap: Gap | undefined,
  published: Published,
  now: number,
): number {
  const measure = measureOf(series);
  const usual = instantOn(addDays(day, 1), published[measure === 'registers' ? 'daily' : measure]);
  if (gap === undefined) return now >= usual ? Infinity : 0;
  if (typeof gap !== 'object') return isPast(gap, now) ? Infinity : 0;
  if (isPast(gap.until, now)) return Infinity;
  return now >= usual ? gap.first : 0;
}

const isPast = (when: When, now: number): boolean => when !== 'never' && now >= instantOf(when);
