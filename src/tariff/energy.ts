import { clockPartsOf, type Day } from '../calendar/paris';
import type { TimeRange } from '../calendar/ranges';
import type { DayState, Reading } from '../metering/readings';
import type { RegisterDay } from '../metering/registers';
import type { Tile } from './hours';
import type { Plan } from './plan';

/** What the energy of a day was taken from. */
export type EnergySource = 'registers' | 'load-curve' | 'daily';

/** All that is known of the energy of one day. */
export interface MeteredDay {
  day: Day;
  /** Readings of the load curve, W, oldest first. */
  loadCurve?: { state: DayState; readings: readonly Reading[] };
  /** The daily value, Wh. */
  daily?: number;
  /** The registers at the midnights that begin and end the day. */
  registers?: { before: RegisterDay; after: RegisterDay };
}

/** The energy of a day by tariff period. */
export interface DayEnergy {
  source: EnergySource;
  /**
   * In W·ms, a power times a time: integers, so that no sum depends on where a half hour is split. Energy whose period
   * is not known is under `undefined`.
   */
  energies: Map<string | undefined, number>;
  /** Time without a value, ms. */
  uncovered: number;
}

const MINUTE = 60_000;
/** W·ms in a Wh, and in a kWh. */
export const WH = 3_600_000;
export const KWH = 1000 * WH;

/** Enedis' names of the registers of each plan. */
const REGISTERS: Partial<Record<Plan['kind'], Readonly<Record<string, string>>>> = {
  hphc: { HP: 'peak', HC: 'offPeak' },
  tempo: {
    HPJB: 'bluePeak',
    HCJB: 'blueOffPeak',
    HPJW: 'whitePeak',
    HCJW: 'whiteOffPeak',
    HPJR: 'redPeak',
    HCJR: 'redOffPeak',
  },
};

/** The most that the largest connection (36 kVA) delivers in a day of 25 hours, Wh. */
const MOST_OF_DAY = 900_000;
/** What the registers of a calendar may differ from the meter's total by, Wh: each is cut to whole ones. */
const ROUNDING = 10;
/** From this on, Wh, registers that are far from the daily value are another meter's. */
const FAR = 2000;

/**
 * The energy of a day from the best source: registers, which are what is billed; else a whole load curve; else, for
 * one price at all hours, the daily value; else what there is of a load curve.
 * @returns undefined where nothing is known
 */
export function energyOfDay(metered: MeteredDay, plan: Plan, tiles: readonly Tile[]): DayEnergy | undefined {
  const { registers, loadCurve } = metered;
  const counted = registers && countedBetween(registers.before, registers.after, plan);
  if (counted && !isOfAnotherMeter(counted, metered.daily))
    return { source: 'registers', energies: counted, uncovered: 0 };
  if (loadCurve?.state === 'complete') return energyOfLoadCurve(metered.day, loadCurve.readings, tiles);
  const period = plan.kind === 'base' || plan.kind === 'feed-in' ? tiles[0]?.period : undefined;
  if (period !== undefined && metered.daily !== undefined) {
    return { source: 'daily', energies: new Map([[period, metered.daily * WH]]), uncovered: 0 };
  }
  if (!loadCurve || loadCurve.readings.length === 0) return undefined;
  return energyOfLoadCurve(metered.day, loadCurve.readings, tiles);
}

/** After a replacement the new registers may show more than the old ones: a day of it is no consumption. */
function isOfAnotherMeter(counted: ReadonlyMap<string, number>, daily: number | undefined): boolean {
  const sum = sumOf(counted) / WH;
  if (sum > MOST_OF_DAY) return true;
  return daily !== undefined && Math.abs(sum - daily) > Math.max(FAR, daily / 2);
}

const sumOf = (energies: ReadonlyMap<string, number>): number =>
  [...energies.values()].reduce((sum, energy) => sum + energy, 0);

/** Time of one tariff period; undefined where that is not known. */
export interface PeriodTime extends TimeRange {
  period: string | undefined;
}

/** The periods of a day in time; on the day of a jump the clock decides, so that one can come twice or not at all. */
export function timesOf(day: Day, tiles: readonly Tile[]): PeriodTime[] {
  const times: PeriodTime[] = [];
  for (const part of clockPartsOf(day)) {
    for (const { from, to, period } of tiles) {
      const start = Math.max(part.start, part.midnight + from * MINUTE);
      const end = Math.min(part.end, part.midnight + to * MINUTE);
      if (start < end) times.push({ start, end, period });
    }
  }
  return times;
}

/** What a load curve has within a time. */
export interface TimeEnergy<T extends TimeRange> {
  time: T;
  /** W·ms. */
  energy: number;
  /** How much of the time has readings, ms. */
  covered: number;
}

/**
 * A load curve cut at the edges of times: a half hour that has an edge in it is split by minutes.
 * @param times of the readings' day, from its start on, oldest first and without gaps
 */
export function energiesWithin<T extends TimeRange>(
  readings: readonly Reading[],
  times: readonly T[],
): TimeEnergy<T>[] {
  let next = 0;
  return times.map((time) => {
    const { start, end } = time;
    let energy = 0;
    let covered = 0;
    for (let reading = readings[next]; reading && reading.start < end; reading = readings[next]) {
      const shared = Math.min(reading.end, end) - Math.max(reading.start, start);
      energy += reading.value * shared;
      covered += shared;
      // One that goes on has its rest in the next time.
      if (reading.end > end) break;
      next += 1;
    }
    return { time, energy, covered };
  });
}

function energyOfLoadCurve(day: Day, readings: readonly Reading[], tiles: readonly Tile[]): DayEnergy {
  const energies = new Map<string | undefined, number>();
  let uncovered = 0;
  for (const { time, energy, covered } of energiesWithin(readings, timesOf(day, tiles))) {
    uncovered += time.end - time.start - covered;
    energies.set(time.period, (energies.get(time.period) ?? 0) + energy);
  }
  return { source: 'load-curve', energies, uncovered };
}

/**
 * What registers counted within a day, where they are those of the plan.
 * @returns undefined where they are not, where the supplier's calendar changed, or where the meter was replaced
 */
function countedBetween(
  before: RegisterDay,
  after: RegisterDay,
  plan: Plan,
): Map<string, number> | undefined {
  if (plan.kind === 'base' || plan.kind === 'feed-in') {
    if (before.total === undefined || after.total === undefined) return undefined;
    return differences(
      { all: before.total },
      { all: after.total },
      { all: plan.kind === 'base' ? 'base' : 'feedIn' },
    );
  }
  const names = REGISTERS[plan.kind];
  if (!names) return undefined;
  const total = (after.total ?? NaN) - (before.total ?? NaN);
  for (const { id, registers } of before.calendars) {
    const same = after.calendars.find((calendar) => calendar.id === id);
    const counted = same && differences(registers, same.registers, names);
    // A calendar that is not in use stands still, or counts only a part.
    const isWhole = counted && !(Math.abs(sumOf(counted) / WH - total) > ROUNDING);
    if (isWhole) return counted;
  }
  return undefined;
}

function differences(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
  names: Readonly<Record<string, string>>,
): Map<string, number> | undefined {
  const registers = Object.keys(names);
  if (!isSame(Object.keys(before), registers) || !isSame(Object.keys(after), registers)) return undefined;
  const counted = new Map<string, number>();
  for (const register of registers) {
    const energy = (after[register] ?? NaN) - (before[register] ?? NaN);
    if (!(energy >= 0)) return undefined;
    counted.set(names[register] ?? '', energy * WH);
  }
  return counted;
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((name) => other.includes(name));
