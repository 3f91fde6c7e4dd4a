import { label, type Day } from './calendar';
import type { Direction, Interval, MaxPower } from './truth';

export const SERIES = [
  'consumption-load-curve',
  'consumption-daily',
  'consumption-max-power',
  'production-load-curve',
  'production-daily',
] as const;
export type Series = (typeof SERIES)[number];
export type Measure = 'load-curve' | 'daily' | 'max-power';

export const directionOf = (series: Series): Direction =>
  series.startsWith('production') ? 'production' : 'consumption';

export const measureOf = (series: Series): Measure =>
  series.endsWith('-daily') ? 'daily' : series.endsWith('-max-power') ? 'max-power' : 'load-curve';

/** One entry as Enedis writes it: numbers are text. */
export interface Entry {
  value: string;
  date: string;
  interval_length?: string;
  measure_type?: string;
}

export interface MeterReading {
  usage_point_id: string;
  start: Day;
  end: Day;
  quality: string;
  reading_type: Record<string, string>;
  interval_reading: Entry[];
}

const READING_TYPES: Record<Measure, Record<string, string>> = {
  'load-curve': { unit: 'W', measurement_kind: 'power', aggregate: 'average' },
  daily: { unit: 'Wh', measurement_kind: 'energy', aggregate: 'sum', measuring_period: 'P1D' },
  'max-power': { unit: 'VA', measurement_kind: 'power', aggregate: 'maximum', measuring_period: 'P1D' },
};

export function meterReading(
  series: Series,
  usagePoint: string,
  start: Day,
  end: Day,
  entries: Entry[],
): MeterReading {
  return {
    usage_point_id: usagePoint,
    start,
    end,
    quality: 'BRUT',
    reading_type: READING_TYPES[measureOf(series)],
    interval_reading: entries,
  };
}

/**
 * The label is the END of the interval by the clock: so the last of a day carries the next day's date, in October
 * two intervals carry the same, and the one that ends at the jump in March is called 03:00.
 */
export const loadCurveEntry = ({ start, end, value }: Interval): Entry => ({
  value: String(value),
  date: label(end),
  interval_length: `PT${(end - start) / 60_000}M`,
  measure_type: 'B',
});

export const dailyEntry = (day: Day, value: number): Entry => ({ value: String(value), date: day });

export const maxPowerEntry = ({ at, value }: MaxPower): Entry => ({ value: String(value), date: label(at) });
