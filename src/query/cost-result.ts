import { addDays, daysIn, startOfDay, type Day } from '../calendar/paris';
import type { DayRange, TimeRange } from '../calendar/ranges';
import type { DayStatus } from '../metering/readings';
import type { Value } from '../metering/values';
import { meterFirstDay } from '../store/reader';
import type { Store } from '../store/store';
import {
  costOfDay,
  isIncomplete,
  isKnown,
  totalCost,
  type Cost,
  type DayCost,
  type Tariff,
} from '../tariff/cost';
import { meteredDays, neededSeries } from '../tariff/metered';
import type { TariffName } from '../tariff/open-tariff';
import { periodsOf } from '../tariff/plan';
import { rounded } from '../tariff/published-cost';
import { bucketsOf, daysOf, yearBefore, type Bucket } from './buckets';
import type { Query } from './query';
import { missingOf, neededDays, rangeOf, type NeededDays, type Pair, type Result } from './result';

/** The value of a bucket with what it is made of. */
export interface CostValue extends Value {
  cost: Cost;
}

/** A query of costs, as one of the daily values of the same dates. */
const asDaily = (query: Query) => ({ ...query, metric: 'daily' as const });

/** What a cost query is about: whole days, weeks, months or years. */
export const costRangeOf = (store: Store, storedAs: string, query: Query, now: number): Promise<TimeRange> =>
  rangeOf(store, storedAs, asDaily(query), now);

/** The days whose daily values and registers a cost query needs; the load curve is asked for what they leave. */
export function neededForCost(query: Query, range: TimeRange, { plan }: Tariff): NeededDays[] {
  const series = neededSeries(query.direction, [plan]).filter((name) => !name.endsWith('-load-curve'));
  return neededDays(asDaily(query), range).flatMap(({ start, end }) =>
    series.map((name) => ({ series: name, start, end })),
  );
}

/** The days that have no whole cost yet and would have one by their load curve; the newest first. */
export async function neededLoadCurve(
  store: Store,
  storedAs: string,
  query: Query,
  range: TimeRange,
  tariff: Tariff,
): Promise<NeededDays[]> {
  const series = neededSeries(query.direction, [tariff.plan]).find((name) => name.endsWith('-load-curve'));
  if (!series) return [];
  const needed: NeededDays[] = [];
  for (const { start, end } of neededDays(asDaily(query), range)) {
    const costs = await costsOfDays(store, storedAs, query, { start, end }, tariff);
    const runs: NeededDays[] = [];
    for (const day of daysIn(start, end)) {
      const cost = costs.get(day);
      // What is missing of registers, a price or a colour is in no load curve.
      if (cost && cost.missing.halfHours === 0) continue;
      const last = runs.at(-1);
      if (last?.end === day) last.end = addDays(day, 1);
      else runs.push({ series, start: day, end: addDays(day, 1) });
    }
    needed.push(...runs.toReversed());
  }
  return needed;
}

async function costsOfDays(
  store: Store,
  storedAs: string,
  { direction }: Query,
  range: DayRange,
  tariff: Tariff,
): Promise<Map<Day, DayCost>> {
  const metered = await meteredDays(store, storedAs, direction, range);
  return new Map(
    metered.flatMap((day) => {
      const cost = costOfDay(day, tariff);
      return cost ? [[day.day, cost] as const] : [];
    }),
  );
}

/** Answers a cost query from the store. */
export async function costResultOf(
  store: Store,
  storedAs: string,
  query: Query,
  now: number,
  tariff: Tariff & TariffName,
): Promise<Result> {
  const range = await costRangeOf(store, storedAs, query, now);
  const key = { usagePoint: storedAs, name: `${query.direction}-daily` as const };
  const facts = await store.facts(key);
  const needed = neededDays(asDaily(query), range).toReversed();
  const costs = new Map<Day, DayCost>();
  const missing: Result['missing'] = [];
  for (const part of needed) {
    const days = await costsOfDays(store, storedAs, query, part, tariff);
    for (const [day, cost] of days) costs.set(day, cost);
    const statuses = await store.statuses(key, part);
    missing.push(...missingOf(part, statuses.map((status) => statusOf(status, days)), facts, now)); // prettier-ignore
  }
  const firstDay = meterFirstDay(facts);
  const pairs: Pair[] = [];
  const bucket = query.bucket as Exclude<Bucket, 'hour'>;
  // As in any result, a month that still runs ends with the newest day that came.
  const newest = [...costs.values()]
    .filter((cost) => isKnown(cost) && startOfDay(cost.day) < range.end)
    .map(({ day }) => day)
    .reduce((one, other) => (one > other ? one : other), '');
  const covered = newest
    ? { start: range.start, end: Math.min(range.end, startOfDay(addDays(newest, 1))) }
    : range;
  for (const each of bucketsOf(bucket, covered)) {
    const before = query.compare ? yearBefore(bucket, each) : undefined;
    const value = valueOf(tariff, costs, each, firstDay);
    const previous = before && valueOf(tariff, costs, before, firstDay);
    if (value || previous)
      pairs.push({ range: each, ...(value && { value }), ...(previous && { previous }) });
  }
  const { name, key: called, plan } = tariff;
  return { range, pairs, missing, tariff: { name, key: called, periods: periodsOf(plan) } };
}

/** A day is complete where its cost is. */
function statusOf(status: DayStatus, costs: ReadonlyMap<Day, DayCost>): DayStatus {
  const cost = costs.get(status.day);
  return { ...status, state: cost && !isIncomplete(cost.missing) ? 'complete' : 'partial' };
}

function valueOf(
  { plan }: Tariff,
  costs: ReadonlyMap<Day, DayCost>,
  time: TimeRange,
  firstDay: Day | undefined,
): CostValue | undefined {
  const { start, end } = daysOf(time);
  const first = firstDay !== undefined && firstDay > start ? firstDay : start;
  if (first >= end) return undefined;
  const days = daysIn(first, end).flatMap((day) => costs.get(day) ?? []);
  const cost = totalCost(plan, days, { start: first, end });
  if (!days.some(isKnown)) return undefined;
  return {
    ...time,
    value: rounded(cost.cost),
    ...(isIncomplete(cost.missing) && { incomplete: true }),
    cost,
  };
}
