import { isoParis } from '../calendar/paris';
import type { TimeRange } from '../calendar/ranges';
import { isIncomplete, type Cost, type Missing } from './cost';
import type { EnergySource } from './energy';
import type { Colour } from './tempo';

/** A cost as flows get it. */
export interface PublishedCost {
  /** ISO 8601 with the offset of Paris. */
  start: string;
  end: string;
  /** €, with the subscription. */
  value: number;
  /** €. */
  subscription: number;
  /** kWh and € by tariff period. */
  periods: { name: string; energy: number; cost: number }[];
  source: EnergySource;
  /** Something is not known, and left out: `missing` tells how much. */
  incomplete?: true;
  missing?: Partial<Missing>;
  /** Of a day of Tempo. */
  colour?: Colour;
}

/** Euros and kWh are sums of products: digits beyond these are noise of binary fractions. */
const DIGITS = 9;
export const rounded = (value: number): number => Number(value.toFixed(DIGITS));

export function publishedCost(range: TimeRange, cost: Cost, colour?: Colour): PublishedCost {
  const { subscription, source, missing } = cost;
  const left = Object.fromEntries(Object.entries(missing).filter(([, count]) => count > 0));
  return {
    start: isoParis(range.start),
    end: isoParis(range.end),
    value: rounded(cost.cost),
    subscription: rounded(subscription),
    periods: cost.periods.map(({ name, energy, cost: part }) => ({
      name,
      energy: rounded(energy),
      cost: rounded(part),
    })),
    source,
    ...(isIncomplete(missing) && { incomplete: true as const, missing: left }),
    ...(colour && { colour }),
  };
}
