import { addDays, daysBetween, type Day } from '../calendar/paris';
import type { DayRange } from '../calendar/ranges';
import { costOfDay, isIncomplete, totalCost, type Cost, type DayCost, type Tariff } from './cost';
import type { EnergySource, MeteredDay } from './energy';
import { tilesOf } from './plan';

/** What the same days cost by several tariffs. */
export interface Comparison {
  /** Of each tariff, in their order: of the days that could be compared. */
  costs: Cost[];
  /** How many days could be compared. */
  days: number;
  /** The part of the range's days that could, 0 to 1. */
  share: number;
}

const SOURCES: readonly EnergySource[] = ['registers', 'load-curve', 'daily'];

/**
 * Compares tariffs over the same full days, with the same energy: of each day from the first source that has all of it
 * for each of the tariffs. A day that one of them cannot price whole is left out of all.
 */
export function compareTariffs(
  metered: readonly MeteredDay[],
  tariffs: readonly Tariff[],
  range: DayRange,
): Comparison {
  const costs: DayCost[][] = tariffs.map(() => []);
  for (const day of metered) {
    comparedDay(day, tariffs)?.forEach((cost, i) => costs[i]?.push(cost));
  }
  const days = costs[0]?.length ?? 0;
  return {
    costs: tariffs.map(({ plan }, i) => {
      const total = totalCost(plan, costs[i] ?? [], range);
      return { ...total, missing: { ...total.missing, days: 0 } };
    }),
    days,
    share: days / daysBetween(range.start, range.end),
  };
}

function comparedDay(metered: MeteredDay, tariffs: readonly Tariff[]): DayCost[] | undefined {
  for (const source of SOURCES) {
    if (source === 'registers' && haveOtherHours(metered.day, tariffs)) continue;
    const only = withSource(metered, source);
    const costs: DayCost[] = [];
    for (const tariff of tariffs) {
      const cost = only && costOfDay(only, tariff);
      if (cost?.source !== source || isIncomplete(cost.missing)) break;
      costs.push(cost);
    }
    if (costs.length === tariffs.length) return costs;
  }
  return undefined;
}

/** Whether off-peak hours are compared with others: registers know those that the meter was set to, and no others. */
function haveOtherHours(day: Day, tariffs: readonly Tariff[]): boolean {
  const hours = tariffs
    .filter(({ plan }) => plan.kind === 'hphc')
    .map(({ plan, colourOf }) => JSON.stringify(tilesOf(plan, day, addDays(day, -1), colourOf)));
  return new Set(hours).size > 1;
}

function withSource(
  { day, registers, loadCurve, daily }: MeteredDay,
  source: EnergySource,
): MeteredDay | undefined {
  if (source === 'registers') return registers && { day, registers };
  if (source === 'load-curve') return loadCurve && { day, loadCurve };
  return daily === undefined ? undefined : { day, daily };
}
