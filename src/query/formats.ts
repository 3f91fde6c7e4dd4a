import { stringify } from 'csv-stringify/sync';
import { dayOf, isoParis, isoWeekOf } from '../calendar/paris';
import type { TimeRange } from '../calendar/ranges';
import { unitOfStep } from './buckets';
import { publishedValue, type PublishedValue, type Value } from '../metering/values';
import type { CostValue } from './cost-result';
import { publishedCost, type PublishedCost } from '../tariff/published-cost';
import type { Pair, Result } from './result';
import type { Format, Query, ValuesQuery } from './query';

/** `readings`: as in the sources' messages. */
export interface ResultValue
  extends PublishedValue, Partial<Pick<PublishedCost, 'subscription' | 'periods' | 'source' | 'missing'>> {
  /** The same dates one year before. */
  previous?: Omit<ResultValue, 'previous'>;
}

const published = (value: Value | CostValue): PublishedValue | PublishedCost =>
  'cost' in value ? publishedCost(value, value.cost) : publishedValue(value);

/** `chart`: a point of Dashboard 2's ui-chart. */
export interface ChartPoint {
  /** Its line or its bars. */
  series: string;
  /** Epoch ms, for a time scale: the value's start; of the year before, the date it is compared with. */
  x: number;
  /** The same for a categorical scale: `2026-11-22 13:30`, `2026-11-22`, `2026-W47`, `2026-11`, `2026`. */
  label: string;
  y: number;
}

/** `influxdb`: a point of node-red-contrib-influxdb's batch node: a value, or one tariff period of a cost. */
export interface InfluxPoint {
  measurement: 'linky';
  tags: Record<string, string>;
  /** `subscription` (€) of a cost. A period has other fields than a value: who sums those must not count it twice. */
  fields:
    | { value: number; incomplete: boolean; subscription?: number }
    /** €, kWh. */
    | { cost: number; energy: number };
  /** The value's start. A Date, which is right whatever time precision the node is set to. */
  timestamp: Date;
}

/** The formats whose answers may be several messages: each says which one of how many it is. */
export const isInParts = (format: Format): boolean => format === 'influxdb' || format === 'home-assistant';

/** InfluxDB's own recommendation for one request. */
const MOST_POINTS = 5000;

/**
 * A result in the format of its query, as the payloads of one message or several.
 * @returns at least one; it is empty where there is no value
 */
export function formatted(
  result: Result,
  query: ValuesQuery,
  usagePoint: string,
): (ResultValue[] | ChartPoint[] | InfluxPoint[] | string)[] {
  switch (query.format) {
    case 'readings':
      return [readings(result.pairs)];
    case 'chart':
      return [chart(result, query)];
    case 'influxdb': {
      const points = influxdb(result, query, usagePoint);
      return points.length > 0 ? inBatches(points, MOST_POINTS) : [points];
    }
    case 'csv':
      return [csv(result.pairs, query)];
  }
}

/** A list in lists of at most so many. */
export function inBatches<T>(list: readonly T[], most: number): T[][] {
  const batches: T[][] = [];
  for (let i = 0; i < list.length; i += most) batches.push(list.slice(i, i + most));
  return batches;
}

function readings(pairs: readonly Pair[]): ResultValue[] {
  const values: ResultValue[] = [];
  for (const { value, previous } of pairs) {
    if (!value) continue;
    const result: ResultValue = published(value);
    if (previous) result.previous = published(previous);
    values.push(result);
  }
  return values;
}

function chart({ pairs, range, tariff }: Result, query: Query): ChartPoint[] {
  const [current, before] = query.compare ? yearsOf(range) : [tariff?.name ?? query.direction, ''];
  const points = (series: string, valueOf: (pair: Pair) => Value | undefined): ChartPoint[] =>
    pairs.flatMap((pair) => {
      const value = valueOf(pair);
      const { start } = pair.range;
      return value ? [{ series, x: start, label: labelOf(start, query), y: value.value }] : [];
    });
  return [...points(current, ({ value }) => value), ...points(before, ({ previous }) => previous)];
}

/** `2026` and `2025`, or `2025-2026` and `2024-2025`: what tells a range from the one before it. */
function yearsOf({ start, end }: TimeRange): [current: string, before: string] {
  const first = Number(dayOf(start).slice(0, 4));
  const last = Number(dayOf(Math.max(start, end - 1)).slice(0, 4));
  const named = (from: number, to: number): string => (from === to ? `${from}` : `${from}-${to}`);
  return [named(first, last), named(first - 1, last - 1)];
}

function labelOf(start: number, { bucket }: Query): string {
  const iso = isoParis(start);
  switch (bucket) {
    case 'year':
      return iso.slice(0, 4);
    case 'month':
      return iso.slice(0, 7);
    case 'week':
      return isoWeekOf(iso.slice(0, 10));
    case 'day':
      return iso.slice(0, 10);
    default:
      return iso.slice(0, 16).replace('T', ' ');
  }
}

function influxdb({ pairs, tariff }: Result, query: Query, usagePoint: string): InfluxPoint[] {
  const { direction, metric, step } = query;
  // A sum over steps must not lie on the metric's own values: the month's first day has the month's timestamp.
  const tags = {
    ...{ usage_point: usagePoint, direction, metric },
    ...(tariff && { tariff: tariff.key }),
    ...(step === 'native' ? {} : { step }),
  };
  const values: (Value | CostValue | undefined)[] = [
    ...pairs.map(({ previous }) => previous),
    ...pairs.map(({ value }) => value),
  ];
  return values.flatMap((value): InfluxPoint[] => {
    if (!value) return [];
    const common = { measurement: 'linky' as const, timestamp: new Date(value.start) };
    const fields = { value: value.value, incomplete: value.incomplete ?? false };
    if (!('cost' in value)) return [{ ...common, tags, fields }];
    const { subscription, periods } = publishedCost(value, value.cost);
    return [
      { ...common, tags, fields: { ...fields, subscription } },
      // Those that took nothing too: they may have, before a colour or the hours were corrected.
      ...(tariff?.periods ?? []).map((name) => {
        const { cost = 0, energy = 0 } = periods.find((each) => each.name === name) ?? {};
        return { ...common, tags: { ...tags, period: name }, fields: { cost, energy } };
      }),
    ];
  });
}

/** RFC 4180: a header, CRLF, times in ISO 8601 with the offset of Paris. */
function csv(pairs: readonly Pair[], query: Query): string {
  const { direction, metric, step, compare } = query;
  const unit = unitOfStep(direction, metric, step);
  const peaks = metric === 'max-power';
  const rows = pairs.map(({ range, value, previous }) => ({
    start: isoParis(range.start),
    end: isoParis(range.end),
    value: value?.value,
    unit,
    incomplete: flag(value),
    at: value?.at === undefined ? '' : isoParis(value.at),
    previous_start: previous && isoParis(previous.start),
    previous_end: previous && isoParis(previous.end),
    previous_value: previous?.value,
    previous_incomplete: flag(previous),
    ...costColumns(value),
  }));
  const columns = [
    ...['start', 'end', 'value', 'unit', 'incomplete'],
    ...(peaks ? ['at'] : []),
    ...new Set(pairs.flatMap(({ value }) => Object.keys(costColumns(value)))),
    ...(compare ? ['previous_start', 'previous_end', 'previous_value', 'previous_incomplete'] : []),
  ];
  return stringify(rows, { header: true, columns, record_delimiter: 'windows' });
}

/** Of a cost, what it is made of. */
function costColumns(value: Value | CostValue | undefined): Record<string, number> {
  if (!value || !('cost' in value)) return {};
  const { subscription, periods } = publishedCost(value, value.cost);
  return Object.assign(
    { subscription },
    ...periods.map(({ name, energy, cost }) => ({ [`${name}_kWh`]: energy, [`${name}_EUR`]: cost })),
  ) as Record<string, number>;
}

const flag = (value: Value | undefined): string => (value?.incomplete ? 'true' : '');
