import { unitOf, type Direction, type Metric } from './metrics';
import {
  addDays,
  addMonths,
  dayOf,
  daysBetween,
  startOfDay,
  startOfMonth,
  startOfYear,
  type Day,
} from '../calendar/paris';
import { dayState, type Reading } from './readings';

/** One value of a metric in its message unit (kW, kWh, kVA). */
export interface Value {
  /** Start and end of what the value covers, epoch ms. */
  start: number;
  end: number;
  value: number;
  /** Max power: the instant of the peak, epoch ms. */
  at?: number;
  /** A hole touches it: the true value is other. */
  incomplete?: true;
}

/** Wire units are thousandths of message units. */
const toUnit = (value: number): number => value / 1000;

const valueOf = ({ start, end, value, at }: Reading): Value => ({
  start,
  end,
  value: toUnit(value),
  ...(at === undefined ? {} : { at }),
});

/** The days a metric's value around `day` is made of: the day itself, its month or its year. */
export function periodAround(metric: Metric, day: Day): { start: Day; end: Day } {
  if (metric === 'monthly') return { start: startOfMonth(day), end: addMonths(startOfMonth(day), 1) };
  if (metric === 'yearly') return { start: startOfYear(day), end: addMonths(startOfYear(day), 12) };
  return { start: day, end: addDays(day, 1) };
}

/** From where to where a missing day is a hole: Enedis has nothing before, and nothing is due after. */
export interface Extent {
  /** Up to this day Enedis has nothing, where that is known. */
  nothingUntil: Day | undefined;
  /** The newest day that came. */
  newest: Day;
}

/**
 * The values of a metric from its series' readings, one by one or by day; months and years are totals of them.
 * @param readings oldest first
 * @returns oldest first
 */
export function valuesOf(
  direction: Direction,
  metric: Exclude<Metric, TotalMetric>,
  readings: readonly Reading[],
): Value[] {
  if (metric === 'max-power' && unitOf(direction, metric) === 'kW') return greatestMeans(readings);
  return readings.map(valueOf);
}

export type TotalMetric = 'monthly' | 'yearly';
export const isTotal = (metric: Metric): metric is TotalMetric => metric === 'monthly' || metric === 'yearly';

/** What the daily values of a month or a year come to, Wh. */
export interface Days {
  count: number;
  values: number;
}

/**
 * The total of a month or a year; the running one ends with its newest day.
 * @param start its first day
 * @param extent of the whole series
 */
export function totalOf(
  metric: TotalMetric,
  start: Day,
  { count, values }: Days,
  { nothingUntil, newest }: Extent,
): Value {
  const whole = periodAround(metric, start).end;
  const running = addDays(newest, 1);
  const end = whole < running ? whole : running;
  const exists = nothingUntil !== undefined && nothingUntil >= start ? addDays(nothingUntil, 1) : start;
  return {
    start: startOfDay(start),
    end: startOfDay(end),
    value: toUnit(values),
    ...(count < daysBetween(exists, end) ? { incomplete: true as const } : {}),
  };
}

/** Production's max power: Enedis measures none, so it is the greatest mean of a load-curve interval of the day. */
function greatestMeans(readings: readonly Reading[]): Value[] {
  const days = Map.groupBy(readings, ({ start }) => dayOf(start));
  return [...days].map(([day, intervals]) => {
    const greatest = intervals.reduce((max, interval) => (interval.value > max.value ? interval : max));
    return {
      start: startOfDay(day),
      end: startOfDay(addDays(day, 1)),
      value: toUnit(greatest.value),
      at: greatest.start,
      ...(dayState('production-load-curve', day, intervals) === 'complete'
        ? {}
        : { incomplete: true as const }),
    };
  });
}
