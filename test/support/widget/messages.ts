import { unitOf, type Direction, type Metric } from '../../../src/metering/metrics';
import {
  addDays,
  addMonths,
  dayOf,
  daysIn,
  isoParis,
  startOfDay,
  startOfMonth,
  startOfYear,
  type Day,
} from '../../../src/calendar/paris';
import { now } from '../host-clock';

/** Messages as the source nodes send them, of a house that follows a simple rule. */

export interface House {
  usagePoint: string;
  meter: string;
  /** Times the usual consumption. */
  scale: number;
}

export const HOUSE: House = { usagePoint: '12345678901234', meter: 'Maison', scale: 1 };
export const BARN: House = { usagePoint: '98765432109876', meter: 'Grange', scale: 3 };

export interface Value {
  start: string;
  end: string;
  value: number;
  at?: string;
  /** Of a month or year that still runs: the same dates one year earlier. */
  previous?: Value;
}
export interface Message {
  topic: string;
  payload: number;
  unit: string;
  direction: Direction;
  metric: Metric;
  usagePoint: string;
  meter: string;
  start: string;
  end: string;
  upToDate: boolean;
  readings: Value[];
  series: Value[];
}

/** A number from 0 to 1 that a day, or a day and a time, always has. */
export const chance = (seed: number): number => {
  const x = Math.sin(seed * 12.9898) * 43758.5453;
  return x - Math.floor(x);
};
export const seedOf = (day: Day): number => Number(day.replaceAll('-', '')) % 100_003;
const round = (value: number): number => Math.round(value * 1000) / 1000;

/** kWh of a day: more in winter from the grid, more in summer from the roof. */
export function energyOf(direction: Direction, day: Day, scale: number): number {
  const summer = (1 - Math.cos((2 * Math.PI * (+day.slice(5, 7) - 1 + +day.slice(8) / 31)) / 12)) / 2;
  const spread = 0.75 + 0.5 * chance(seedOf(day));
  return round((direction === 'consumption' ? 22 - 14 * summer : 3 + 17 * summer) * spread * scale);
}

/** kW at a time of day, 0 to 24. */
function powerOf(direction: Direction, day: Day, hour: number, scale: number): number {
  const wobble = 0.7 + 0.6 * chance(seedOf(day) + hour * 7);
  const hump = (at: number, width: number): number => Math.exp(-(((hour - at) / width) ** 2));
  if (direction === 'production')
    return hour < 7 || hour > 19 ? 0 : round(2.6 * hump(13, 2.6) * wobble * scale);
  return round((0.28 + 0.9 * hump(7.5, 1.2) + 1.6 * hump(19.5, 1.8) + 0.4 * hump(13, 1)) * wobble * scale);
}

function valueBetween(start: Day, end: Day, value: number): Value {
  return { start: isoParis(startOfDay(start)), end: isoParis(startOfDay(end)), value: round(value) };
}

function seriesOf(direction: Direction, metric: Metric, { scale }: House, last: Day): Value[] {
  const after = addDays(last, 1);
  const total = (start: Day, end: Day): Value =>
    valueBetween(
      start,
      end < after ? end : after,
      daysIn(start, end < after ? end : after).reduce((sum, day) => sum + energyOf(direction, day, scale), 0),
    );
  const totalAndBefore = (start: Day, end: Day): Value => {
    const value = total(start, end);
    if (end <= after) return value;
    return { ...value, previous: total(addMonths(start, -12), addMonths(after, -12)) };
  };
  const days = (count: number): Day[] => daysIn(addDays(after, -count), after);
  switch (metric) {
    case 'daily':
      return days(31).map((day) => valueBetween(day, addDays(day, 1), energyOf(direction, day, scale)));
    case 'monthly':
      return Array.from({ length: 24 }, (_, i) => addMonths(startOfMonth(last), i - 23)).map((month) =>
        totalAndBefore(month, addMonths(month, 1)),
      );
    case 'yearly':
      return Array.from({ length: 3 }, (_, i) => addMonths(startOfYear(last), 12 * (i - 2))).map((year) =>
        totalAndBefore(year, addMonths(year, 12)),
      );
    case 'max-power':
      return days(31).map((day) => {
        const value =
          direction === 'consumption' ? 3.5 + 3 * chance(seedOf(day) + 1) : 2 + chance(seedOf(day) + 2);
        const at = isoParis(startOfDay(day) + Math.floor(18 + 3 * chance(seedOf(day))) * 3_600_000 + 240_000);
        return { ...valueBetween(day, addDays(day, 1), value * scale), at };
      });
    case 'load-curve':
      return days(7).flatMap((day) => {
        const start = startOfDay(day);
        const count = (startOfDay(addDays(day, 1)) - start) / 1_800_000;
        return Array.from({ length: count }, (_, i) => ({
          start: isoParis(start + i * 1_800_000),
          end: isoParis(start + (i + 1) * 1_800_000),
          value: powerOf(direction, day, i / 2, scale),
        }));
      });
  }
}

/**
 * One metric's message.
 * @param last the newest day it reaches, by default yesterday
 */
export function messageOf(
  direction: Direction,
  metric: Metric,
  house: House = HOUSE,
  last: Day = addDays(dayOf(now()), -1),
): Message {
  const series = seriesOf(direction, metric, house, last);
  const newest = series.at(-1);
  if (!newest) throw new Error('An empty series');
  return {
    topic: `${direction}/${metric}`,
    payload: newest.value,
    unit: unitOf(direction, metric),
    direction,
    metric,
    usagePoint: house.usagePoint,
    meter: house.meter,
    start: newest.start,
    end: newest.end,
    upToDate: last === addDays(dayOf(now()), -1),
    readings: [newest],
    series,
  };
}
