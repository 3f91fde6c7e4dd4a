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
} from './paris';
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
 * The values of a metric from its series' readings.
 * @param readings oldest first; whole months or years of them where those are totalled
 * @param extent of the whole series, which can reach further than these readings
 * @returns oldest first; the running month and year end with their newest day
 */
export function valuesOf(
  direction: Direction,
  metric: Metric,
  readings: readonly Reading[],
  extent: Extent,
): Value[] {
  if (metric === 'monthly' || metric === 'yearly') return totals(metric, readings, extent);
  if (metric === 'max-power' && unitOf(direction, metric) === 'kW') return greatestMeans(readings);
  return readings.map(valueOf);
}

function totals(
  metric: 'monthly' | 'yearly',
  readings: readonly Reading[],
  { nothingUntil, newest }: Extent,
): Value[] {
  const running = addDays(newest, 1);
  const periods = Map.groupBy(readings, ({ start }) => periodAround(metric, dayOf(start)).start);
  return [...periods].map(([start, days]) => {
    const whole = periodAround(metric, start).end;
    const end = whole < running ? whole : running;
    const exists = nothingUntil !== undefined && nothingUntil >= start ? addDays(nothingUntil, 1) : start;
    return {
      start: startOfDay(start),
      end: startOfDay(end),
      value: toUnit(days.reduce((sum, { value }) => sum + value, 0)),
      ...(days.length < daysBetween(exists, end) ? { incomplete: true as const } : {}),
    };
  });
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
