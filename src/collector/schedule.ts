import { addDays, dayOf, instantAt, startOfDay, type Day } from '../calendar/paris';

/** When a usage point's data are requested, and how far back they are wanted. */
export interface Schedule {
  /** Slots lie between these local times of Paris, both included, in minutes since midnight. */
  from: number;
  to: number;
  /** Minute past each hour, 0 to 59. */
  minute: number;
  /** Years of daily values; 0: since 1 January of the year yesterday lies in. */
  history: number;
  /** Days of load curve. */
  loadCurveHistory: number;
  /** How many days beyond 24 or 36 months the provider reaches back. */
  extraDays: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A timer may fire late: a slot at the very end of the hours still counts. */
const TOLERANCE = MINUTE;

/** Minutes since midnight of a time of day, `05:00`. */
export const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

/** The instants of a day's slots; one at `from` where the hours are so few that none fits. */
export function slotsOf({ from, to, minute }: Schedule, day: Day): number[] {
  const slots: number[] = [];
  const [first, last] = [instantAt(day, from), instantAt(day, to)];
  for (let minutes = minute; minutes <= to; minutes += 60) {
    // In March, 02:37 is 03:37: it may lie after the hours, or they begin after 03:00.
    const slot = instantAt(day, minutes);
    if (minutes >= from && slot >= first && slot <= last) slots.push(slot);
  }
  return slots.length > 0 ? slots : [first];
}

/** The last instant of the hours of the day that `now` lies in, epoch ms. */
export const endOfHours = (schedule: Schedule, now: number): number =>
  instantAt(dayOf(now), schedule.to) + TOLERANCE;

/** The newest slot of today, or today's midnight where there was none yet; whether the hours are over or not. */
export function slotBefore(schedule: Schedule, now: number): number {
  const today = dayOf(now);
  return slotsOf(schedule, today).findLast((slot) => slot <= now) ?? startOfDay(today);
}

/** The slot that can be taken now, epoch ms: the newest one of today while the hours last. */
export function currentSlot(schedule: Schedule, now: number): number | undefined {
  if (now > endOfHours(schedule, now)) return undefined;
  return slotsOf(schedule, dayOf(now)).findLast((slot) => slot <= now);
}

/** The slots that are left of a day after an instant, epoch ms. */
export const slotsAfter = (schedule: Schedule, instant: number): number[] =>
  slotsOf(schedule, dayOf(instant)).filter((slot) => slot > instant);

/** The next slot after an instant, epoch ms. */
export function slotAfter(schedule: Schedule, instant: number): number {
  const day = dayOf(instant);
  const slots = [day, addDays(day, 1)].flatMap((each) => slotsOf(schedule, each));
  return slots.find((slot) => slot > instant) ?? Infinity;
}

/** The first slot of the day after the one that `now` lies in, epoch ms. */
export const firstSlotTomorrow = (schedule: Schedule, now: number): number =>
  slotsOf(schedule, addDays(dayOf(now), 1))[0] ?? Infinity;

/** An instant if it lies within the hours of its day, else the next slot after it; epoch ms. */
export function withinHours(schedule: Schedule, instant: number): number {
  const isWithin =
    instant >= instantAt(dayOf(instant), schedule.from) && instant <= endOfHours(schedule, instant);
  return isWithin ? instant : slotAfter(schedule, instant);
}

/** The longest way between two slots of a day that are taken, hours. */
const LONGEST_BACKOFF = 6;

/**
 * Whether a slot is taken: after two that failed wholly, the next ones come after 2, 4 and 6 hours, but the first
 * of a day always.
 * @param last the slot taken last, epoch ms; -Infinity: none
 * @param failed how many slots in a row failed wholly
 */
export function isSlotTaken(slot: number, last: number, failed: number): boolean {
  if (failed < 2 || last === -Infinity || dayOf(slot) !== dayOf(last)) return true;
  const hours = Math.min(2 ** (failed - 1), LONGEST_BACKOFF);
  return slot >= last + (hours - 0.5) * HOUR;
}

/** How often a request is tried again before its slot gives up. */
export const RETRIES = 3;

/**
 * How long to wait before the n-th retry of a request, ms: about 4, 16, 64 seconds, never in step with other meters.
 * @param n from 1
 * @param random 0 (included) to 1
 */
export const retryDelay = (n: number, random: number): number => 4 ** n * 1000 * (0.5 + random);
