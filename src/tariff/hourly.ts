import { addDays, startOfDay, type Day } from '../calendar/paris';
import type { TimeRange } from '../calendar/ranges';
import { subscriptionOf, type Tariff } from './cost';
import { energiesWithin, energyOfDay, KWH, timesOf, WH, type MeteredDay } from './energy';
import { tilesOf } from './plan';

/** What one tariff period took in an hour, and what that costs. */
export interface PeriodHour {
  /** As in `periodsOf`. */
  name: string;
  /** W·ms. */
  energy: number;
  /** €; 0 where the price is not known. */
  cost: number;
}

/** What an hour costs: what is known of it. */
export interface HourCost {
  /** €, with its part of the day's subscription. */
  cost: number;
  /** Those that took something. */
  periods: PeriodHour[];
}

/** The hours that a day has, from its first one on. */
interface DayHours {
  count: number;
  /** Each has the energy of its own time; else the first one has that of the whole day, and the others have none. */
  isByTime: boolean;
}

const HOUR = 3_600_000;

/** The energy of a day as a whole, W·ms: the daily value, else what the total register counted. */
function wholeEnergyOf({ day, daily, registers }: MeteredDay): number | undefined {
  if (daily !== undefined) return daily * WH;
  const counted = registers && energyOfDay({ day, registers }, { kind: 'base' }, []);
  return counted?.energies.get('base');
}

/** @returns undefined where nothing is known of the day */
function hoursOf(metered: MeteredDay): DayHours | undefined {
  const { day, loadCurve } = metered;
  const whole = wholeEnergyOf(metered);
  const last = loadCurve?.readings.at(-1);
  if (!loadCurve || !last) return whole === undefined ? undefined : { count: 1, isByTime: false };
  const { start, end } = timeOf(day);
  const all = (end - start) / HOUR;
  if (loadCurve.state === 'complete') return { count: all, isByTime: true };
  // Home Assistant may have hours of this day from before, when it had no daily value, and an import cannot delete
  // them: each is written, with nothing where the first hour has the whole day.
  if (whole !== undefined) return { count: all, isByTime: false };
  // From the first one on, though it may have no reading: as long as there was a daily value alone, that was in it.
  return { count: Math.min(all, Math.ceil((last.end - start) / HOUR)), isByTime: true };
}

const timeOf = (day: Day): TimeRange => ({ start: startOfDay(day), end: startOfDay(addDays(day, 1)) });

/** Times cut at full hours: Paris is whole hours ahead of UTC, so that its hours are those of UTC. */
function cutAtHours<T extends TimeRange>(times: readonly T[]): T[] {
  return times.flatMap((time) => {
    const parts: T[] = [];
    for (let at = time.start; at < time.end;) {
      const end = Math.min(time.end, (Math.floor(at / HOUR) + 1) * HOUR);
      parts.push({ ...time, start: at, end });
      at = end;
    }
    return parts;
  });
}

/**
 * The energy of a day's hours, W·ms.
 * @returns undefined where nothing is known of it
 */
export function hourlyEnergies(metered: MeteredDay): number[] | undefined {
  const hours = hoursOf(metered);
  if (!hours) return undefined;
  const { day, loadCurve } = metered;
  if (!hours.isByTime) {
    const whole = wholeEnergyOf(metered) ?? 0;
    return Array.from({ length: hours.count }, (_, i) => (i === 0 ? whole : 0));
  }
  const times = cutAtHours([timeOf(day)]);
  return energiesWithin(loadCurve?.readings ?? [], times.slice(0, hours.count)).map(({ energy }) => energy);
}

/**
 * What a day's hours cost, the same hours as those of `hourlyEnergies`. The subscription lies on all of them alike; a
 * day in its first hour alone costs what `costOfDay` says. What is not known is left out.
 * @returns undefined where nothing is known of the energy
 */
export function hourlyCosts(metered: MeteredDay, tariff: Tariff): HourCost[] | undefined {
  const hours = hoursOf(metered);
  if (!hours) return undefined;
  const { day, loadCurve } = metered;
  const tiles = tilesOf(tariff.plan, day, addDays(day, -1), tariff.colourOf);
  const costs = Array.from({ length: hours.count }, (): HourCost => ({ cost: 0, periods: [] }));
  const subscription = subscriptionOf(day, tariff) ?? 0;
  const prices = tariff.pricesOf(day)?.prices ?? {};
  const add = (hour: HourCost | undefined, name: string | undefined, energy: number): void => {
    if (!hour || name === undefined || energy === 0) return;
    let period = hour.periods.find((each) => each.name === name);
    if (!period) hour.periods.push((period = { name, energy: 0, cost: 0 }));
    const cost = (energy / KWH) * (prices[name] ?? 0);
    period.energy += energy;
    period.cost += cost;
    hour.cost += cost;
  };
  if (hours.isByTime) {
    const { start } = timeOf(day);
    const times = cutAtHours(timesOf(day, tiles));
    for (const { time, energy } of energiesWithin(loadCurve?.readings ?? [], times)) {
      add(costs[Math.floor((time.start - start) / HOUR)], time.period, energy);
    }
    for (const hour of costs) hour.cost += subscription / hours.count;
  } else {
    const [first] = costs;
    const whole = energyOfDay(metered, tariff.plan, tiles);
    for (const [name, energy] of whole?.energies ?? []) add(first, name, energy);
    if (whole && first) first.cost += subscription;
  }
  return costs;
}
