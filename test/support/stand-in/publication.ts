import { addDays, instantOf, instantOn, type Day, type Instant } from './calendar';
import { measureOf, type Measure, type Series } from './wire';

/** `never`, or from an instant on. */
export type When = Instant;

/**
 * What goes wrong with a day's data:
 * - they come then, not at the usual hour
 * - only the first intervals of the load curve come at the usual hour; the rest `until` then
 */
export type Hole = When | { first: number; until: When };

export type Holes =
  | Partial<Record<Series, Record<Day, Hole>>>
  | ((series: Series, day: Day, usagePoint: string) => Hole | undefined);

/** The local time (`HH:mm`) of the following day at which a day's data come out; registers come with the daily. */
export type Published = Record<Exclude<Measure, 'registers'>, string>;

export const USUAL_HOURS: Published = { daily: '08:10', 'max-power': '09:00', 'load-curve': '10:30' };

export function holeOf(holes: Holes, series: Series, day: Day, usagePoint: string): Hole | undefined {
  return typeof holes === 'function' ? holes(series, day, usagePoint) : holes[series]?.[day];
}

/** How many values of a day can be had at `now`: none, the first so many, or all (Infinity). */
export function availableCount(
  series: Series,
  day: Day,
  hole: Hole | undefined,
  published: Published,
  now: number,
): number {
  const measure = measureOf(series);
  const usual = instantOn(addDays(day, 1), published[measure === 'registers' ? 'daily' : measure]);
  if (hole === undefined) return now >= usual ? Infinity : 0;
  if (typeof hole !== 'object') return isPast(hole, now) ? Infinity : 0;
  if (isPast(hole.until, now)) return Infinity;
  return now >= usual ? hole.first : 0;
}

const isPast = (when: When, now: number): boolean => when !== 'never' && now >= instantOf(when);
