import {
  addDays,
  addMonths,
  daysBetween,
  isoParis,
  startOfDay,
  startOfMonth,
  startOfYear,
  type Day,
} from '../calendar/paris';
import type { DayRange } from '../calendar/ranges';
import { unitOf, type Direction, type Metric } from './metrics';
import type { MeasuredDay, Reading } from './readings';

/** One value of a metric in its message unit (kW, kWh, kVA). */
export interface Value {
  /** Start and end of what the value covers, epoch ms. */
  start: number;
  end: number;
  value: number;
  /** Max power: the instant of the peak, epoch ms. */
  at?: number;
  /** A gap touches it: the true value is another. */
  incomplete?: true;
}

/** A value as flows get it: times in ISO 8601 with the offset of Paris. */
export interface PublishedValue {
  start: string;
  end: string;
  value: number;
  at?: string;
  incomplete?: true;
}

export function publishedValue({ start, end, value, at, incomplete }: Value): PublishedValue {
  const published: PublishedValue = { start: isoParis(start), end: isoParis(end), value };
  if (at !== undefined) published.at = isoParis(at);
  if (incomplete) published.incomplete = incomplete;
  return published;
}

/** Enedis' units are thousandths of message units. */
const toUnit = (value: number): number => value / 1000;

/** A reading in its message unit. */
export function valueOf({ start, end, value, at }: Reading): Value {
  const converted: Value = { start, end, value: toUnit(value) };
  if (at !== undefined) converted.at = at;
  return converted;
}

/** The first day of what a metric's value around `day` is made of. */
export function startOfPeriod(metric: Metric, day: Day): Day {
  if (metric === 'monthly') return startOfMonth(day);
  return metric === 'yearly' ? startOfYear(day) : day;
}

/** The days that a metric's value around `day` is made of: the day itself, its month or its year. */
export function periodAround(metric: Metric, day: Day): DayRange {
  const start = startOfPeriod(metric, day);
  if (metric === 'monthly') return { start, end: addMonths(start, 1) };
  return { start, end: metric === 'yearly' ? addMonths(start, 12) : addDays(start, 1) };
}

export type TotalMetric = 'monthly' | 'yearly';
export const isTotal = (metric: Metric): metric is TotalMetric => metric === 'monthly' || metric === 'yearly';

/**
 * The values of a metric that is no total, from its series' days.
 * @param days oldest first
 * @returns oldest first
 */
export function valuesOf(
  direction: Direction,
  metric: Exclude<Metric, TotalMetric>,
  days: readonly MeasuredDay[],
): Value[] {
  if (metric === 'max-power' && unitOf(direction, metric) === 'kW') return days.flatMap(greatestMean);
  return days.flatMap(({ readings }) => readings.map(valueOf));
}

/** Production's max power: Enedis measures none, so it is the greatest mean of a load-curve interval of the day. */
function greatestMean({ day, state, readings }: MeasuredDay): Value[] {
  const [first, ...others] = readings;
  if (!first) return [];
  const greatest = others.reduce((max, reading) => (reading.value > max.value ? reading : max), first);
  return [
    {
      start: startOfDay(day),
      end: startOfDay(addDays(day, 1)),
      value: toUnit(greatest.value),
      at: greatest.start,
      ...(state !== 'complete' && { incomplete: true }),
    },
  ];
}

/** Where a day without a value is no gap. */
export interface Bounds {
  /** The meter's first day, where that is known: it measured nothing before. */
  firstDay: Day | undefined;
  /** The newest day that came: those after it are not due yet. */
  newest: Day;
}

/**
 * The totals of months or years, of daily values; the running one ends with the newest day.
 * @param days oldest first; all of a month or year that any of them lies in
 * @returns oldest first
 */
export function totalsOf(
  metric: TotalMetric,
  days: readonly MeasuredDay[],
  { firstDay, newest }: Bounds,
): Value[] {
  const totals: Value[] = [];
  const withValues = days.filter(({ readings }) => readings.length > 0);
  for (let i = 0; i < withValues.length;) {
    const { start, end } = periodAround(metric, withValues[i]?.day ?? '');
    const first = i;
    let sum = 0;
    for (let record = withValues[i]; record && record.day < end; record = withValues[++i]) {
      for (const { value } of record.readings) sum += value;
    }
    const ends = end <= newest ? end : addDays(newest, 1);
    const firstExpected = firstDay !== undefined && firstDay > start ? firstDay : start;
    const isWhole = i - first >= daysBetween(firstExpected, ends);
    totals.push({
      start: startOfDay(start),
      end: startOfDay(ends),
      value: toUnit(sum),
      ...(!isWhole && { incomplete: true }),
    });
  }
  return totals;
}
