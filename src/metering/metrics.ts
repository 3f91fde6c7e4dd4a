/** What a Linky measures, and the names flows know it by. */

export const DIRECTIONS = ['consumption', 'production'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** In the order of a source node's outputs. */
export const METRICS = ['load-curve', 'daily', 'monthly', 'yearly', 'max-power'] as const;
export type Metric = (typeof METRICS)[number];

/**
 * What Enedis delivers as readings, in its own unit: load curves in W (mean active power), daily in Wh (energy),
 * max power in VA (highest apparent power). There is no production max power at Enedis.
 */
export const SERIES = [
  'consumption-load-curve',
  'consumption-daily',
  'consumption-max-power',
  'production-load-curve',
  'production-daily',
] as const;
export type ReadingSeries = (typeof SERIES)[number];

/** What the meter itself counted, at the midnight of each day: its registers, in Wh. */
export const REGISTER_SERIES = ['consumption-registers', 'production-registers'] as const;
export type RegisterSeries = (typeof REGISTER_SERIES)[number];

/** All that Enedis delivers of a usage point, and the store keeps. */
export const ALL_SERIES = [...SERIES, ...REGISTER_SERIES] as const;
export type Series = ReadingSeries | RegisterSeries;

export const isRegisters = (series: Series): series is RegisterSeries => series.endsWith('-registers');

export const isLoadCurve = (series: Series): boolean => series.endsWith('-load-curve');

export const directionOf = (series: Series): Direction =>
  series.startsWith('consumption') ? 'consumption' : 'production';

/** The series a metric is made of. */
export function seriesOf(direction: Direction, metric: Metric): Series {
  switch (metric) {
    case 'load-curve':
      return `${direction}-load-curve`;
    case 'max-power':
      return direction === 'consumption' ? 'consumption-max-power' : 'production-load-curve';
    default:
      return `${direction}-daily`;
  }
}

/** The unit of a metric's values in messages. */
export function unitOf(direction: Direction, metric: Metric): 'kW' | 'kWh' | 'kVA' {
  if (metric === 'load-curve') return 'kW';
  if (metric === 'max-power') return direction === 'consumption' ? 'kVA' : 'kW';
  return 'kWh';
}

/** The series a source of this direction asks Enedis for; without hourly collection there is no load curve. */
export function wantedSeries(direction: Direction, loadCurve: boolean): Series[] {
  const wanted: Series[] = [`${direction}-daily`];
  if (direction === 'consumption') wanted.push('consumption-max-power');
  if (loadCurve) wanted.push(`${direction}-load-curve`);
  return wanted;
}

/** The metrics that a source publishes. */
export function wantedMetrics(direction: Direction, loadCurve: boolean): Metric[] {
  const wanted = wantedSeries(direction, loadCurve);
  return METRICS.filter((metric) => wanted.includes(seriesOf(direction, metric)));
}
