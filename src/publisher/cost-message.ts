import {
  addDays,
  addMonths,
  isoParis,
  startOfDay,
  startOfMonth,
  startOfYear,
  type Day,
} from '../calendar/paris';
import type { DayRange, TimeRange } from '../calendar/ranges';
import type { Direction } from '../metering/metrics';
import { periodAround, type Bounds } from '../metering/values';
import type { Comparison } from '../tariff/comparison';
import { isIncomplete, isKnown, totalCost, type DayCost } from '../tariff/cost';
import type { Plan } from '../tariff/plan';
import { publishedCost, rounded, type PublishedCost } from '../tariff/published-cost';

/** In the order of the outputs of a cost node; the last one compares tariffs. */
export const COST_METRICS = ['daily', 'monthly', 'yearly'] as const;
export type CostMetric = (typeof COST_METRICS)[number];

/** What a cost node sends; the names are fixed: flows in the field depend on them. */
export interface CostMessage extends Omit<PublishedCost, 'value'> {
  topic: string;
  payload: number;
  unit: 'EUR';
  direction: Direction;
  metric: CostMetric;
  usagePoint: string;
  meter: string;
  /** The tariff's name. */
  tariff: string;
  /** The cost of yesterday is complete; without a load curve that of the day before, whose registers are known. */
  upToDate: boolean;
  /** The payload is that of the message before: older costs came. */
  backfill?: true;
  /** New since this output's last message, oldest first. */
  readings: PublishedCost[];
  /** The recent window: 31 days, 24 months, 5 years. */
  series: PublishedCost[];
  /** Regulated prices have probably changed since the newest ones that are known. */
  pricesOutdated?: true;
  replay?: true;
}

/** What the same days cost by one tariff. */
export interface ComparedTariff extends Pick<PublishedCost, 'subscription' | 'periods'> {
  /** Its name. */
  tariff: string;
  /** €, with the subscription. */
  cost: number;
}

export interface ComparisonMessage {
  topic: 'cost/comparison';
  /** The best first. */
  payload: ComparedTariff[];
  unit: 'EUR';
  direction: Direction;
  metric: 'comparison';
  usagePoint: string;
  meter: string;
  /** The name of the tariff that the others are compared with. */
  tariff: string;
  start: string;
  end: string;
  /** How many days could be compared, and which part of all of them. */
  days: number;
  share: number;
  pricesOutdated?: true;
  replay?: true;
}

/** Whose messages are made. */
export interface CostSource {
  /** The cost node's id. */
  consumer: string;
  direction: Direction;
  usagePoint: string;
  /** What the store calls the usage point. */
  storedAs: string;
  /** The meter's name. */
  meter: string;
}

/** All costs of a usage point by one tariff. */
export interface Costs {
  tariff: string;
  plan: Plan;
  /** Oldest first, up to the newest of which something is known; those without energy are absent. */
  days: readonly DayCost[];
  bounds: Bounds;
  /** The newest day that can have a cost by now. */
  expected: Day;
  arePricesOutdated: boolean;
}

const timeOf = ({ start, end }: DayRange): TimeRange => ({ start: startOfDay(start), end: startOfDay(end) });

const publishedDay = (cost: DayCost): PublishedCost =>
  publishedCost(timeOf(periodAround('daily', cost.day)), cost, cost.colour);

/** The costs of days, months or years, oldest first. */
function valuesOf(metric: CostMetric, { plan, days, bounds }: Costs, since: Day): PublishedCost[] {
  const { firstDay, newest } = bounds;
  const values: PublishedCost[] = [];
  const first = days.findIndex(({ day }) => day >= since);
  for (let i = first < 0 ? days.length : first; i < days.length;) {
    const around = periodAround(metric, days[i]?.day ?? '');
    const from = i;
    while (i < days.length && (days[i]?.day ?? '') < around.end) i += 1;
    const inside = days.slice(from, i);
    if (metric === 'daily') {
      values.push(...inside.filter(isKnown).map(publishedDay));
      continue;
    }
    const range = {
      start: firstDay !== undefined && firstDay > around.start ? firstDay : around.start,
      end: around.end <= newest ? around.end : addDays(newest, 1),
    };
    const counted = inside.filter(({ day }) => day >= range.start);
    const time = { start: startOfDay(around.start), end: startOfDay(range.end) };
    if (counted.some(isKnown)) values.push(publishedCost(time, totalCost(plan, counted, range)));
  }
  return values;
}

function windowStartOf(metric: CostMetric, newest: Day): Day {
  if (metric === 'monthly') return addMonths(startOfMonth(newest), -23);
  return metric === 'yearly' ? addMonths(startOfYear(newest), -48) : addDays(newest, -30);
}

/**
 * A message about the costs of some days.
 * @param changed the days that are new or different; none: the last values again
 * @returns undefined where nothing is known yet
 */
export function costMessage(
  source: CostSource,
  metric: CostMetric,
  costs: Costs,
  changed: readonly Day[],
): CostMessage | undefined {
  const { newest } = costs.bounds;
  const series = valuesOf(metric, costs, windowStartOf(metric, newest));
  const headline = series.at(-1);
  if (!headline) return undefined;
  const starts = new Set(changed.map((day) => isoParis(startOfDay(periodAround(metric, day).start))));
  const [oldest = newest] = changed.toSorted();
  const readings = valuesOf(metric, costs, periodAround(metric, oldest).start).filter(({ start }) =>
    starts.has(start),
  );
  const { direction, usagePoint, meter } = source;
  const { value: payload, ...rest } = headline;
  return {
    topic: `cost/${metric}`,
    payload,
    unit: 'EUR',
    direction,
    metric,
    usagePoint,
    meter,
    tariff: costs.tariff,
    ...rest,
    upToDate: isUpToDate(costs.days, costs.expected),
    ...(changed.length > 0 && !starts.has(headline.start) && { backfill: true as const }),
    readings,
    series,
    ...(costs.arePricesOutdated && { pricesOutdated: true as const }),
  };
}

/**
 * Whether the cost of the newest day that can be there is complete.
 * @param expected that day
 */
export function isUpToDate(days: readonly DayCost[], expected: Day): boolean {
  const last = days.at(-1);
  return last !== undefined && last.day >= expected && !isIncomplete(last.missing);
}

/** All costs of a period again, in messages of a year each, oldest first. */
export function* replayedCosts(
  source: CostSource,
  metric: CostMetric,
  costs: Costs,
  period: TimeRange,
): Generator<CostMessage> {
  const last = costMessage(source, metric, costs, []);
  const [oldest] = costs.days;
  if (!last || !oldest) return;
  const values = valuesOf(metric, costs, periodAround('yearly', oldest.day).start).filter(({ start }) => {
    const at = Date.parse(start);
    return at >= period.start && at < period.end;
  });
  for (const readings of Map.groupBy(values, ({ start }) => start.slice(0, 4)).values()) {
    yield { ...last, readings, replay: true };
  }
}

export function comparisonMessage(
  { direction, usagePoint, meter }: CostSource,
  /** Of the tariffs, that of the costs first. */
  names: readonly string[],
  { costs, days, share }: Comparison,
  range: DayRange,
  arePricesOutdated: boolean,
): ComparisonMessage {
  const time = timeOf(range);
  const compared = costs.map((cost, i) => {
    const { value, subscription, periods } = publishedCost(time, cost);
    return { tariff: names[i] ?? '', cost: value, subscription, periods };
  });
  const sign = direction === 'production' ? -1 : 1;
  return {
    topic: 'cost/comparison',
    payload: compared.sort((one, other) => sign * (one.cost - other.cost)),
    unit: 'EUR',
    direction,
    metric: 'comparison',
    usagePoint,
    meter,
    tariff: names[0] ?? '',
    start: isoParis(time.start),
    end: isoParis(time.end),
    days,
    share: rounded(share),
    ...(arePricesOutdated && { pricesOutdated: true as const }),
  };
}
