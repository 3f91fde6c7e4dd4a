import { METRICS, unitOf, type Direction, type Metric } from '../metering/metrics';
import {
  addDays,
  addMonths,
  dayOf,
  instantAt,
  minutesOfDay,
  startOfDay,
  startOfMonth,
  startOfWeek,
  startOfYear,
  type Day,
} from '../calendar/paris';
import type { DayRange, TimeRange } from '../calendar/ranges';

/** What a query is about: something measured, or what it costs. */
export const QUERY_METRICS = [...METRICS, 'cost'] as const;
export type QueryMetric = Metric | 'cost';

/** What the values of a result cover; `native`: what those of the metric itself do. Weeks are ISO weeks. */
export const STEPS = ['native', 'hour', 'day', 'week', 'month', 'year'] as const;
export type Step = (typeof STEPS)[number];
export type Bucket = Exclude<Step, 'native'>;

const HOUR = 3_600_000;
const NATIVE: Record<Exclude<QueryMetric, 'load-curve'>, Bucket> = {
  daily: 'day',
  monthly: 'month',
  yearly: 'year',
  'max-power': 'day',
  cost: 'day',
};

/**
 * What the values of a result cover.
 * @returns `reading`: each interval of the load curve, as it was measured; undefined where the metric is too coarse for the step
 */
export function bucketOf(metric: QueryMetric, step: Step): Bucket | 'reading' | undefined {
  if (metric === 'load-curve') return step === 'native' ? 'reading' : step;
  if (step === 'hour') return undefined;
  return step === 'native' ? NATIVE[metric] : step;
}

/** Whether a bucket's value is the greatest of its readings; else it is all their energy. */
export const isGreatest = (metric: QueryMetric): boolean => metric === 'max-power';

/** The unit of a result's values: a load curve in buckets is energy. */
export function unitOfStep(
  direction: Direction,
  metric: QueryMetric,
  step: Step,
): 'kW' | 'kWh' | 'kVA' | 'EUR' {
  if (metric === 'cost') return 'EUR';
  return metric === 'load-curve' && step !== 'native' ? 'kWh' : unitOf(direction, metric);
}

function startOf(bucket: Exclude<Bucket, 'hour'>, day: Day): Day {
  if (bucket === 'week') return startOfWeek(day);
  if (bucket === 'month') return startOfMonth(day);
  return bucket === 'year' ? startOfYear(day) : day;
}

function nextOf(bucket: Exclude<Bucket, 'hour'>, day: Day): Day {
  if (bucket === 'week') return addDays(day, 7);
  if (bucket === 'month') return addMonths(day, 1);
  return bucket === 'year' ? addMonths(day, 12) : addDays(day, 1);
}

/** The hours, days, weeks, months or years of a range, oldest first; the first and the last are cut to it. */
export function bucketsOf(bucket: Bucket, { start, end }: TimeRange): TimeRange[] {
  const buckets: TimeRange[] = [];
  const add = (from: number, to: number): void => {
    buckets.push({ start: Math.max(from, start), end: Math.min(to, end) });
  };
  if (start >= end) return buckets;
  if (bucket === 'hour') {
    // Paris is whole hours ahead of UTC, so that its hours are those of UTC, on the days of change too.
    for (let at = Math.floor(start / HOUR) * HOUR; at < end; at += HOUR) add(at, at + HOUR);
  } else {
    for (let day = startOf(bucket, dayOf(start)); startOfDay(day) < end;) {
      const next = nextOf(bucket, day);
      add(startOfDay(day), startOfDay(next));
      day = next;
    }
  }
  return buckets;
}

/**
 * The same dates one year before.
 * @param bucket what the range is: a day or an hour of 29 February has no counterpart
 */
export function yearBefore(bucket: Bucket, { start, end }: TimeRange): TimeRange | undefined {
  const day = dayOf(start);
  const before = addMonths(day, -12);
  if (bucket === 'hour' || bucket === 'day') {
    if (before.slice(5) !== day.slice(5)) return undefined;
    if (bucket === 'day') return { start: startOfDay(before), end: startOfDay(addDays(before, 1)) };
    const at = instantAt(before, minutesOfDay(start));
    return { start: at, end: at + end - start };
  }
  const last = dayOf(end - 1);
  // Up to the end of a month means so in both years, however long their Februaries are.
  const endsMonth = bucket !== 'week' && addDays(last, 1) === startOfMonth(addDays(last, 1));
  const endBefore = endsMonth ? addMonths(addDays(last, 1), -12) : addDays(addMonths(last, -12), 1);
  return { start: startOfDay(before), end: startOfDay(endBefore) };
}

/** The same dates one year before, of any range. */
export const rangeBefore = (range: TimeRange): TimeRange =>
  (range.start < range.end && yearBefore('year', range)) || { start: range.start, end: range.start };

/** The days that readings from `start` to `end` belong to; `end` is not included. */
export const daysOf = ({ start, end }: TimeRange): DayRange => ({
  start: dayOf(start),
  end: addDays(dayOf(end - 1), 1),
});

/** A range widened to the edges of its days, weeks, months or years: each of them is whole. */
export function widened(bucket: Bucket | 'reading', { start, end }: TimeRange): TimeRange {
  if (bucket === 'hour' || bucket === 'reading') return { start, end };
  const first = startOf(bucket, dayOf(start));
  const last = startOf(bucket, dayOf(end - 1));
  return { start: startOfDay(first), end: startOfDay(nextOf(bucket, last)) };
}
