import { addDays, daysBetween, type Day } from '../calendar/paris';
import type { DayRange } from '../calendar/ranges';
import { energyOfDay, KWH, type DayEnergy, type EnergySource, type MeteredDay } from './energy';
import type { Tile } from './hours';
import { periodsOf, tilesOf, type ColourOf, type Plan } from './plan';
import type { PricesOf } from './prices';
import type { Colour } from './tempo';

/** A plan with all that is known of its prices and colours. */
export interface Tariff {
  plan: Plan;
  pricesOf: PricesOf;
  /** Tempo only. */
  colourOf: ColourOf;
}

/** What one tariff period took, and what that costs. */
export interface PeriodCost {
  /** As in `periodsOf`. */
  name: string;
  /** kWh. */
  energy: number;
  /** €. */
  cost: number;
}

/** What is left out of a cost, because it is not known. */
export interface Missing {
  /** Half hours without a value, of days that have some. */
  halfHours: number;
  /** Days without a value. */
  days: number;
  /** Days on which the colour of some hours is not known. */
  colours: number;
  /** Days whose off-peak hours are not known. */
  offPeakHours: number;
  /** Days without a price for what was consumed, or for the subscription. */
  prices: number;
}

/** What a day, a month or a year costs: what is known of it. */
export interface Cost {
  /** €, with the subscription. */
  cost: number;
  /** €; for every day of which something is known. */
  subscription: number;
  /** In the order of the plan; those that took nothing are absent. */
  periods: PeriodCost[];
  /** Of a total, the last of `SOURCES` among its days. */
  source: EnergySource;
  missing: Missing;
}

export interface DayCost extends Cost {
  day: Day;
  /** Tempo, where it is known. */
  colour?: Colour;
}

const HALF_HOUR = 30 * 60_000;

export const isIncomplete = ({ halfHours, days, colours, offPeakHours, prices }: Missing): boolean =>
  halfHours + days + colours + offPeakHours + prices > 0;

/** Whether anything of a cost is known: nought euros because no price is known is no cost. */
export const isKnown = ({ periods, missing }: Cost): boolean => periods.length > 0 || !isIncomplete(missing);

/**
 * What a day costs.
 * @returns undefined where nothing of its energy is known
 */
export function costOfDay(metered: MeteredDay, tariff: Tariff): DayCost | undefined {
  const { plan, colourOf } = tariff;
  const { day } = metered;
  const tiles = tilesOf(plan, day, addDays(day, -1), colourOf);
  const energy = energyOfDay(metered, plan, tiles);
  return energy && costOfEnergy(day, energy, tiles, tariff);
}

/** What the energy of a day costs. */
function costOfEnergy(
  day: Day,
  { source, energies, uncovered }: DayEnergy,
  tiles: readonly Tile[],
  tariff: Tariff,
): DayCost {
  const { plan, pricesOf, colourOf } = tariff;
  const row = pricesOf(day);
  const subscription = subscriptionOf(day, tariff);
  const periods: PeriodCost[] = [];
  let cost = 0;
  let isPriced = subscription !== undefined;
  for (const name of periodsOf(plan)) {
    const energy = (energies.get(name) ?? 0) / KWH;
    if (energy === 0) continue;
    const price = row?.prices[name];
    if (price === undefined) {
      isPriced = false;
      continue;
    }
    periods.push({ name, energy, cost: energy * price });
    cost += energy * price;
  }
  // Registers know their periods, whatever is known of the day's.
  const hasUnknown = source === 'load-curve' && tiles.some(({ period }) => period === undefined);
  const colour = plan.kind === 'tempo' ? colourOf(day) : undefined;
  return {
    day,
    cost: cost + (subscription ?? 0),
    subscription: subscription ?? 0,
    periods,
    source,
    missing: {
      halfHours: Math.ceil(uncovered / HALF_HOUR),
      days: 0,
      colours: hasUnknown && plan.kind === 'tempo' ? 1 : 0,
      offPeakHours: hasUnknown && plan.kind !== 'tempo' ? 1 : 0,
      prices: isPriced ? 0 : 1,
    },
    ...(colour && { colour }),
  };
}

/** A day of the subscription, €; nothing for what is fed in. @returns undefined where it is not known */
export function subscriptionOf(day: Day, { plan, pricesOf }: Tariff): number | undefined {
  const perYear = plan.kind === 'feed-in' ? 0 : pricesOf(day)?.subscription;
  return perYear === undefined ? undefined : perYear / daysOfYear(day);
}

/** 365 or 366. */
function daysOfYear(day: Day): number {
  const year = Number(day.slice(0, 4));
  return daysBetween(`${year}-01-01`, `${year + 1}-01-01`);
}

/** In the order in which a day's energy is looked for. */
const SOURCES: readonly EnergySource[] = ['registers', 'load-curve', 'daily'];

/**
 * What the days of a range cost together; each day without a cost is missing.
 * @param days those of the range, each once
 */
export function totalCost(plan: Plan, days: readonly DayCost[], { start, end }: DayRange): Cost {
  const missing: Missing = {
    halfHours: 0,
    days: daysBetween(start, end) - days.length,
    colours: 0,
    offPeakHours: 0,
    prices: 0,
  };
  const byName = new Map<string, PeriodCost>();
  let [cost, subscription, source] = [0, 0, 0];
  for (const day of days) {
    cost += day.cost;
    subscription += day.subscription;
    source = Math.max(source, SOURCES.indexOf(day.source));
    missing.halfHours += day.missing.halfHours;
    missing.colours += day.missing.colours;
    missing.offPeakHours += day.missing.offPeakHours;
    missing.prices += day.missing.prices;
    for (const { name, energy, cost: part } of day.periods) {
      const sum = byName.get(name) ?? { name, energy: 0, cost: 0 };
      sum.energy += energy;
      sum.cost += part;
      byName.set(name, sum);
    }
  }
  const periods = periodsOf(plan).flatMap((name) => byName.get(name) ?? []);
  return { cost, subscription, periods, source: SOURCES[source] ?? 'daily', missing };
}
