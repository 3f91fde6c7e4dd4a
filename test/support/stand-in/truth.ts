import { addDays, dayOfYear, instantOn, minuteOfDay, startOfDay, type Day } from './calendar';

export type Direction = 'consumption' | 'production';

/** Mean active power between two instants (epoch ms), W. */
export interface Interval {
  start: number;
  end: number;
  value: number;
}

/** Highest apparent power of a day, VA, and the instant it was reached (epoch ms, a whole second). */
export interface MaxPower {
  day: Day;
  at: number;
  value: number;
}

/** From a time of the day (`HH:mm`) on, intervals are so long. */
export interface Step {
  from: string;
  minutes: number;
}

/** How long a meter's load-curve intervals are, minutes: always, or per day, or even within a day. */
export type IntervalMinutes = number | ((day: Day, usagePoint: string) => number | readonly Step[]);

/** From one time of the day (`HH:mm`) to another, which may lie after midnight. */
export interface OffPeakRange {
  from: string;
  to: string;
}

/** When it is off-peak: always the same, or per day. To change it, hand over another one. */
export type OffPeak = readonly OffPeakRange[] | ((day: Day) => readonly OffPeakRange[]);

export const USUAL_OFF_PEAK: OffPeak = [{ from: '22:00', to: '06:00' }];

/** What a meter's registers show at the midnight a day begins with, Wh. */
export interface Registers {
  /** Per class of the supplier's calendar: `HC` and `HP`; for production `BASE`. */
  supplier: Record<string, number>;
  /** Per class of the distributor's calendar: `HCB`, `HCH`, `HPB`, `HPH`; for production none. */
  distributor: Record<string, number>;
  /** The sum of each calendar's classes. */
  total: number;
}

/** What the meters really measured: the same for the same usage point and day, whoever asks, and whenever. */
export interface Truth {
  loadCurve(usagePoint: string, direction: Direction, day: Day): Interval[];
  /** Wh */
  daily(usagePoint: string, direction: Direction, day: Day): number;
  maxPower(usagePoint: string, day: Day): MaxPower;
  /** Two days' totals differ by exactly the first day's `daily`. */
  registers(usagePoint: string, direction: Direction, day: Day): Registers;
}

/** The day the meters were installed: every register was 0. */
const ORIGIN: Day = '2020-01-01';

const MINUTE = 60_000;
const SLOT = 5 * MINUTE;
const SLOTS_PER_HOUR = 12;

export function createTruth(
  intervalMinutes: () => IntervalMinutes,
  offPeak: () => OffPeak = () => USUAL_OFF_PEAK,
): Truth {
  return {
    registers: (usagePoint, direction, day) => registersAt(usagePoint, direction, day, offPeak()),
    loadCurve(usagePoint, direction, day) {
      const watts = wattsOf(usagePoint, direction, day);
      const midnight = startOfDay(day);
      return edgesOf(day, stepsOf(intervalMinutes(), day, usagePoint)).map(([start, end]) => {
        const slots = watts.slice((start - midnight) / SLOT, (end - midnight) / SLOT);
        return { start, end, value: Math.round(sum(slots) / slots.length) };
      });
    },
    daily(usagePoint, direction, day) {
      return dailyOf(usagePoint, day, wattsOf(usagePoint, direction, day));
    },
    maxPower(usagePoint, day) {
      const watts = wattsOf(usagePoint, 'consumption', day);
      // Never between 01:00 and 04:00: in October a label there would not tell which of two hours is meant.
      const open = watts.map((value, slot) =>
        slot >= SLOTS_PER_HOUR && slot < 4 * SLOTS_PER_HOUR ? -1 : value,
      );
      const highest = Math.max(...open);
      const seed = seedOf(usagePoint, 'max-power', day);
      return {
        day,
        at: startOfDay(day) + open.indexOf(highest) * SLOT + Math.floor(noise(seed, 1) * 300) * 1000,
        value: Math.round(highest * (1.08 + noise(seed, 2) / 2)) + 60,
      };
    },
  };
}

/** Wh. As at Enedis the day comes from the meter's index, not from the intervals: a few Wh apart. */
function dailyOf(usagePoint: string, day: Day, watts: readonly number[]): number {
  const energy = sum(watts) / SLOTS_PER_HOUR;
  return energy === 0 ? 0 : Math.floor(energy) + 1 + (seedOf(usagePoint, 'index', day) % 7);
}

/** What a meter's registers showed, from the origin to the last day that was asked for. */
interface Shown {
  days: Map<Day, Registers>;
  last: Day;
}

// Years of days are worked out one after the other: once for all stand-ins of a process.
const shownByOffPeak = new WeakMap<object, Map<string, Shown>>();

function registersAt(usagePoint: string, direction: Direction, day: Day, offPeak: OffPeak): Registers {
  const meters = shownByOffPeak.get(offPeak) ?? new Map<string, Shown>();
  shownByOffPeak.set(offPeak, meters);
  const key = `${direction} ${usagePoint}`;
  const shown = meters.get(key) ?? { days: new Map([[ORIGIN, atOrigin(direction)]]), last: ORIGIN };
  meters.set(key, shown);
  while (shown.last < day) {
    const before = shown.days.get(shown.last) ?? atOrigin(direction);
    const after =
      direction === 'production'
        ? produce(before, usagePoint, shown.last)
        : consume(
            before,
            usagePoint,
            shown.last,
            typeof offPeak === 'function' ? offPeak(shown.last) : offPeak,
          );
    shown.last = addDays(shown.last, 1);
    shown.days.set(shown.last, after);
  }
  const found = shown.days.get(day);
  if (!found) throw new Error(`no registers before ${ORIGIN}: ${day}`);
  return structuredClone(found);
}

const atOrigin = (direction: Direction): Registers =>
  direction === 'production'
    ? { supplier: { BASE: 0 }, distributor: {}, total: 0 }
    : { supplier: { HC: 0, HP: 0 }, distributor: { HCB: 0, HCH: 0, HPB: 0, HPH: 0 }, total: 0 };

function produce({ total }: Registers, usagePoint: string, day: Day): Registers {
  const after = total + dailyOf(usagePoint, day, wattsOf(usagePoint, 'production', day));
  return { supplier: { BASE: after }, distributor: {}, total: after };
}

function consume(
  { supplier, distributor, total }: Registers,
  usagePoint: string,
  day: Day,
  offPeak: readonly OffPeakRange[],
): Registers {
  const watts = wattsOf(usagePoint, 'consumption', day);
  const minutes = minutesOf(day, watts.length);
  const energy = dailyOf(usagePoint, day, watts);
  const isOffPeak = (minute: number): boolean => offPeak.some((range) => holds(range, minute));
  const low = Math.floor(sum(watts.filter((_, slot) => isOffPeak(minutes[slot] ?? 0))) / SLOTS_PER_HOUR);
  const plus = (shown: Record<string, number>, lowClass: string, highClass: string) => ({
    ...shown,
    [lowClass]: (shown[lowClass] ?? 0) + low,
    [highClass]: (shown[highClass] ?? 0) + energy - low,
  });
  // The high season is November to March.
  const season = day.slice(5) >= '11' || day.slice(5) < '04' ? 'H' : 'B';
  return {
    supplier: plus(supplier, 'HC', 'HP'),
    distributor: plus(distributor, `HC${season}`, `HP${season}`),
    total: total + energy,
  };
}

/** When each five minutes of a day begin by the clock, minutes since 00:00. */
function minutesOf(day: Day, slots: number): number[] {
  const midnight = startOfDay(day);
  const changes = slots !== 24 * SLOTS_PER_HOUR;
  return Array.from({ length: slots }, (_, slot) =>
    changes ? minuteOfDay(midnight + slot * SLOT) : slot * 5,
  );
}

function holds({ from, to }: OffPeakRange, minute: number): boolean {
  const [start, end] = [from, to].map((clock) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3)));
  if (start === undefined || end === undefined) return false;
  return start < end ? minute >= start && minute < end : minute >= start || minute < end;
}

function stepsOf(minutes: IntervalMinutes, day: Day, usagePoint: string): readonly Step[] {
  const steps = typeof minutes === 'number' ? minutes : minutes(day, usagePoint);
  return typeof steps === 'number' ? [{ from: '00:00', minutes: steps }] : steps;
}

function edgesOf(day: Day, steps: readonly Step[]): [start: number, end: number][] {
  const edges: [number, number][] = [];
  steps.forEach(({ from, minutes }, index) => {
    const next = steps[index + 1];
    const until = next ? instantOn(day, next.from) : startOfDay(addDays(day, 1));
    for (let start = instantOn(day, from); start < until; start += minutes * MINUTE) {
      edges.push([start, Math.min(start + minutes * MINUTE, until)]);
    }
  });
  return edges;
}

/** Mean power of each five minutes of a day, W. */
function wattsOf(usagePoint: string, direction: Direction, day: Day): number[] {
  const seed = seedOf(usagePoint, direction, day);
  const slots = (startOfDay(addDays(day, 1)) - startOfDay(day)) / SLOT;
  const winter = (1 + Math.cos(((dayOfYear(day) - 15) / 365.25) * 2 * Math.PI)) / 2;
  const power = direction === 'consumption' ? consumed : produced;
  return Array.from({ length: slots }, (_, slot) =>
    Math.round(power(slot / SLOTS_PER_HOUR, winter, seed, noise(seed, slot + 10))),
  );
}

/** @param winter 0 in July, 1 in January */
function consumed(hour: number, winter: number, seed: number, chance: number): number {
  // On some nights nothing runs at all: 0 is a value like another.
  if (noise(seed, 1) < 0.1 && hour >= 3 && hour < 5) return 0;
  const waterHeater = hour < 0.75 || hour >= 23.25 ? 1900 : 0;
  const meal = bump(hour, 7.5, 1) * 700 + bump(hour, 12.5, 0.8) * 500 + bump(hour, 19.5, 1.5) * 1600;
  const oven = chance > 0.97 && hour > 8 ? 2600 : 0;
  const mood = 0.7 + noise(seed, 2) * 0.6;
  return 90 + (winter * 1100 + meal) * mood + waterHeater + oven + chance * 180;
}

function produced(hour: number, winter: number, seed: number, chance: number): number {
  const noon = 13.2 - winter / 2;
  const halfDay = 7.6 - winter * 3.4;
  const height = Math.cos((((hour - noon) / halfDay) * Math.PI) / 2);
  if (Math.abs(hour - noon) >= halfDay) return 0;
  // Snow on the roof: a whole winter's day at 0.
  if (winter > 0.8 && noise(seed, 1) < 0.08) return 0;
  const sky = 0.15 + noise(seed, 2) * 0.85;
  return 2900 * (1 - winter * 0.45) * height * sky * (0.8 + chance * 0.2);
}

const bump = (hour: number, middle: number, width: number): number =>
  Math.exp(-(((hour - middle) / width) ** 2));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** FNV-1a. */
function seedOf(...parts: string[]): number {
  let hash = 0x811c9dc5;
  for (const char of parts.join(' ')) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}

/** From 0 to 1, the same for the same seed and place (the finish of MurmurHash3). */
function noise(seed: number, place: number): number {
  let hash = seed ^ Math.imul(place, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
