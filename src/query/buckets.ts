import { unitOf, type Direction, type Metric } from '../metering/metrics';
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

/** How long a value of an answer is; `native`: as the metric itself is. Weeks are ISO weeks. */
export const STEPS = ['native', 'hour', 'day', 'week', 'month', 'year'] as const;
export type Step = (typeof STEPS)[number];
export type Length = Exclude<Step, 'native'>;

/** A piece of time, epoch ms; `end` is not included. */
export interface Span {
  start: number;
  end: number;
}

const HOUR = 3_600_000;
const NATIVE: Record<Exclude<Metric, 'load-curve'>, Length> = {
  daily: 'day',
  monthly: 'month',
  yearly: 'year',
  'max-power': 'day',
};

/**
 * How long the values of an answer are.
 * @returns `reading`: the load curve as it was measured; undefined where the metric is too coarse for the step
 */
export function lengthOf(metric: Metric, step: Step): Length | 'reading' | undefined {
  if (metric === 'load-curve') return step === 'native' ? 'reading' : step;
  if (step === 'hour') return undefined;
  return step === 'native' ? NATIVE[metric] : step;
}

/** What a step's value is made of its readings: all their energy, or the greatest of them. */
export const isGreatest = (metric: Metric): boolean => metric === 'max-power';

/** The unit of an answer's values: a load curve in steps is energy. */
export function unitOfStep(direction: Direction, metric: Metric, step: Step): 'kW' | 'kWh' | 'kVA' {
  return metric === 'load-curve' && step !== 'native' ? 'kWh' : unitOf(direction, metric);
}

function startOf(length: Exclude<Length, 'hour'>, day: Day): Day {
  if (length === 'week') return startOfWeek(day);
  if (length === 'month') return startOfMonth(day);
  return length === 'year' ? startOfYear(day) : day;
}

function nextOf(length: Exclude<Length, 'hour'>, day: Day): Day {
  if (length === 'week') return addDays(day, 7);
  if (length === 'month') return addMonths(day, 1);
  return length === 'year' ? addMonths(day, 12) : addDays(day, 1);
}

/** The hours, days, weeks, months or years of a period, oldest first; the first and the last are cut to it. */
export function spansOf(length: Length, { start, end }: Span): Span[] {
  const spans: Span[] = [];
  if (start >= end) return spans;
  if (length === 'hour') {
    // Paris is whole hours ahead of UTC, so that its hours are those of UTC, on the days of change too.
    for (let at = Math.floor(start / HOUR) * HOUR; at < end; at += HOUR)
      spans.push({ start: at, end: at + HOUR });
  } else {
    for (let day = startOf(length, dayOf(start)); startOfDay(day) < end;) {
      const next = nextOf(length, day);
      spans.push({ start: startOfDay(day), end: startOfDay(next) });
      day = next;
    }
  }
  return spans.map((span) => ({ start: Math.max(span.start, start), end: Math.min(span.end, end) }));
}

/**
 * The same dates one year before.
 * @param length of the span's step: a day or an hour of 29 February has no counterpart
 */
export function yearBefore(length: Length, { start, end }: Span): Span | undefined {
  const day = dayOf(start);
  const before = addMonths(day, -12);
  if (length === 'hour' || length === 'day') {
    if (before.slice(5) !== day.slice(5)) return undefined;
    if (length === 'day') return { start: startOfDay(before), end: startOfDay(addDays(before, 1)) };
    const at = instantAt(before, minutesOfDay(start));
    return { start: at, end: at + end - start };
  }
  const last = dayOf(end - 1);
  // Up to the end of a month means so in both years, however long their Februaries are.
  const endsMonth = addDays(last, 1) === startOfMonth(addDays(last, 1));
  const endBefore = endsMonth ? addMonths(addDays(last, 1), -12) : addDays(addMonths(last, -12), 1);
  return { start: startOfDay(before), end: startOfDay(endBefore) };
}

/** The same dates one year before, of a whole period. */
export const periodBefore = ({ start, end }: Span): Span =>
  yearBefore('year', { start, end }) ?? { start, end: start };

/** The days that readings from `start` to `end` belong to; `end` is not included. */
export const daysOf = ({ start, end }: Span): { start: Day; end: Day } => ({
  start: dayOf(start),
  end: addDays(dayOf(end - 1), 1),
});
