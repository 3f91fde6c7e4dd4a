import type { Day } from '../calendar/paris';
import { TEMPO_PERIODS } from './plan';
import type { PriceRow } from './prices';

/** The plans that have regulated prices (*Tarif Bleu*). */
export const REGULATED_PLANS = ['base', 'hphc', 'tempo'] as const;
export type RegulatedPlan = (typeof REGULATED_PLANS)[number];

/** The periods of a plan, in the order of their prices. */
export const PERIODS: Record<RegulatedPlan, readonly string[]> = {
  base: ['base'],
  hphc: ['peak', 'offPeak'],
  tempo: TEMPO_PERIODS,
};

/** Prices that began on one day, for some powers. */
interface Published {
  from: Day;
  /** € incl. tax per kWh, in the order of `PERIODS`. */
  prices: readonly number[];
  /** € incl. tax a year, by kVA: twelve times the printed monthly amount. */
  subscriptions: Readonly<Record<number, number>>;
}

/**
 * The regulated prices as printed price sheets had them when this package was published: what is used until the
 * official file was read, and where it lacks something. From August 2026 only 6 kVA was known.
 */
const SNAPSHOT: Record<RegulatedPlan, readonly Published[]> = {
  base: [
    {
      from: '2024-02-01',
      prices: [0.2516],
      subscriptions: {
        3: 115.56,
        6: 151.2,
        9: 189.48,
        12: 228.48,
        15: 264.84,
        18: 301.08,
        24: 381.12,
        30: 449.28,
        36: 537.84,
      },
    },
    {
      from: '2025-02-01',
      prices: [0.2016],
      subscriptions: {
        3: 124.92,
        6: 164.64,
        9: 207.24,
        12: 250.32,
        15: 290.4,
        18: 328.68,
        24: 416.16,
        30: 503.88,
        36: 580.68,
      },
    },
    {
      from: '2025-08-01',
      prices: [0.1952],
      subscriptions: {
        3: 140.76,
        6: 185.64,
        9: 232.68,
        12: 279.84,
        15: 324.72,
        18: 369.12,
        24: 465.48,
        30: 557.28,
        36: 651.48,
      },
    },
    {
      from: '2026-02-01',
      prices: [0.1927],
      subscriptions: { 9: 234.72, 12: 279.84, 15: 322.08, 18: 365.88, 24: 458.88, 30: 544.44, 36: 630.48 },
    },
    { from: '2026-02-01', prices: [0.194], subscriptions: { 3: 144.36, 6: 187.8 } },
    { from: '2026-08-01', prices: [0.2001], subscriptions: { 6: 190.32 } },
  ],
  hphc: [
    {
      from: '2025-02-01',
      prices: [0.2146, 0.1696],
      subscriptions: {
        6: 168.48,
        9: 216.12,
        12: 260.28,
        15: 301.92,
        18: 344.88,
        24: 434.76,
        30: 503.52,
        36: 584.64,
      },
    },
    {
      from: '2025-08-01',
      prices: [0.2081, 0.1635],
      subscriptions: {
        6: 188.88,
        9: 237.72,
        12: 285.12,
        15: 329.88,
        18: 376.08,
        24: 473.64,
        30: 564.24,
        36: 655.32,
      },
    },
    {
      from: '2026-02-01',
      prices: [0.2065, 0.1579],
      subscriptions: {
        6: 187.8,
        9: 234.72,
        12: 279.84,
        15: 322.08,
        18: 365.88,
        24: 458.88,
        30: 544.44,
        36: 630.48,
      },
    },
    { from: '2026-08-01', prices: [0.2142, 0.1589], subscriptions: { 6: 190.32 } },
  ],
  tempo: [
    {
      from: '2025-02-01',
      prices: [0.1552, 0.1288, 0.1792, 0.1447, 0.6586, 0.1518],
      subscriptions: { 6: 167.64, 9: 209.4, 12: 251.52, 15: 290.76, 18: 330, 30: 495.24, 36: 581.4 },
    },
    {
      from: '2025-08-01',
      prices: [0.1494, 0.1232, 0.173, 0.1391, 0.6468, 0.146],
      subscriptions: { 6: 186, 9: 233.88, 12: 280.56, 15: 324.12, 18: 369.48, 30: 555.72, 36: 653.16 },
    },
    {
      from: '2026-02-01',
      prices: [0.1612, 0.1325, 0.1871, 0.1499, 0.706, 0.1575],
      subscriptions: { 6: 187.08, 9: 232.56, 12: 276.84, 15: 317.64, 18: 360.48, 30: 536.76, 36: 629.04 },
    },
    {
      from: '2026-08-01',
      prices: [0.1654, 0.1356, 0.1921, 0.1536, 0.7295, 0.1615],
      subscriptions: { 6: 189.6 },
    },
  ],
};

/** The days on which prices of a plan are known to have changed, oldest first. */
export const changesIn = (plan: RegulatedPlan): Day[] =>
  [...new Set(SNAPSHOT[plan].map(({ from }) => from))].sort();

/**
 * The packaged prices of a plan and a power. Each row ends where the plan's prices changed next, whether the new ones
 * of this power are known or not: a price that has changed is not used any more.
 */
export function snapshotRows(plan: RegulatedPlan, power: number): PriceRow[] {
  const changes = changesIn(plan);
  return SNAPSHOT[plan].flatMap(({ from, prices, subscriptions }) => {
    const subscription = subscriptions[power];
    if (subscription === undefined) return [];
    const to = changes.find((change) => change > from);
    const named = PERIODS[plan].map((period, i) => [period, prices[i] ?? NaN] as const);
    return [{ from, ...(to !== undefined && { to }), subscription, prices: Object.fromEntries(named) }];
  });
}
