import { dayOf, daysBetween, daysIn, startOfWeek, type Day } from '../../../src/calendar/paris';
import type { Direction } from '../../../src/metering/metrics';
import type { Colour, Period } from '../../../src/widget/kept';
import { chance, energyOf, HOUSE, messageOf, seedOf, type House, type Message, type Value } from './messages';

/** Messages as `linky-cost` sends them, of the house of `messages.ts`. */

export const TARIFFS = ['base', 'hphc', 'tempo', 'feedIn'] as const;
export type Tariff = (typeof TARIFFS)[number];

/** A value's cost, EUR, with what it is made of. */
export interface CostValue extends Value {
  subscription: number;
  periods: Period[];
  source: string;
  colour?: Colour;
}
export interface CostMessage extends Message {
  tariff: string;
  series: CostValue[];
}

/** EUR a kWh. */
const PRICES: Record<string, number> = {
  base: 0.194,
  peak: 0.2065,
  offPeak: 0.1579,
  bluePeak: 0.1612,
  blueOffPeak: 0.1325,
  whitePeak: 0.1871,
  whiteOffPeak: 0.1499,
  redPeak: 0.706,
  redOffPeak: 0.1575,
  feedIn: 0.04,
};
/** EUR a day. */
const SUBSCRIPTION = 0.52;

const isWinter = (day: Day): boolean => ['11', '12', '01', '02', '03'].includes(day.slice(5, 7));

/** No red or white day on a Sunday, no red one in summer. */
function colourOf(day: Day): Colour {
  const [draw, weekday] = [chance(seedOf(day) + 5), 1 + daysBetween(startOfWeek(day), day)];
  if (weekday === 7) return 'blue';
  if (isWinter(day) && weekday < 6 && draw < 0.22) return 'red';
  return draw < (isWinter(day) ? 0.5 : 0.08) ? 'white' : 'blue';
}

/** The periods of a day with their share of its energy. */
function sharesOf(tariff: Tariff, day: Day): [name: string, share: number][] {
  const offPeak = 0.3 + 0.15 * chance(seedOf(day) + 3);
  if (tariff === 'hphc') {
    return [
      ['offPeak', offPeak],
      ['peak', 1 - offPeak],
    ];
  }
  if (tariff !== 'tempo') return [[tariff, 1]];
  const colour = colourOf(day);
  return [
    [`${colour}OffPeak`, offPeak],
    [`${colour}Peak`, 1 - offPeak],
  ];
}

function costOf(
  tariff: Tariff,
  direction: Direction,
  { scale }: House,
  value: Value,
  isDay: boolean,
): CostValue {
  const days = daysIn(dayOf(Date.parse(value.start)), dayOf(Date.parse(value.end)));
  const energies = new Map<string, number>();
  for (const day of days) {
    for (const [name, share] of sharesOf(tariff, day)) {
      energies.set(name, (energies.get(name) ?? 0) + share * energyOf(direction, day, scale));
    }
  }
  const periods = [...energies].map(([name, energy]) => ({
    name,
    energy,
    cost: energy * (PRICES[name] ?? 0),
  }));
  const subscription = tariff === 'feedIn' ? 0 : SUBSCRIPTION * days.length;
  const [first] = days;
  return {
    start: value.start,
    end: value.end,
    value: periods.reduce((sum, { cost }) => sum + cost, subscription),
    subscription,
    periods,
    source: 'registers',
    ...(tariff === 'tempo' && isDay && first ? { colour: colourOf(first) } : {}),
  };
}

/** One metric's cost; of production, what `feedIn` earned. */
export function costMessageOf(
  tariff: Tariff,
  metric: 'daily' | 'monthly' | 'yearly',
  house: House = HOUSE,
  last?: Day,
): CostMessage {
  const direction = tariff === 'feedIn' ? 'production' : 'consumption';
  const message = messageOf(direction, metric, house, last);
  const series = message.series.map((value) => costOf(tariff, direction, house, value, metric === 'daily'));
  return {
    ...message,
    topic: `cost/${metric}`,
    unit: 'EUR',
    tariff,
    payload: series.at(-1)?.value ?? 0,
    readings: series.slice(-1),
    series,
  };
}
