import { DateTime, FixedOffsetZone, IANAZone } from 'luxon';

/**
 * Paris time, on luxon. Instants are epoch ms (UTC); days are calendar dates of Paris. Nothing here reads the host's
 * zone or language, or a clock.
 *
 * Luxon takes 5 to 20 µs for an instant in a zone, and a query has tens of thousands of them. The functions that are
 * called per reading therefore look up a table of Paris' offsets, which is taken from luxon's zone.
 */

/** A calendar date of Paris, `yyyy-mm-dd`. Compares as text, up to the year 9999. */
export type Day = string;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Dates are counted in UTC, where every day has 24 hours. The locale is fixed, because luxon would ask Intl for the
 * host's.
 */
const UTC = { zone: FixedOffsetZone.utcInstance, locale: 'en-US' };

/** Fifty years of dates: more than this would be somebody's nonsense. */
const MOST_DATES = 20_000;

/** Remembers what it computed: planning and queries ask for the same few thousand dates again and again. */
function remembered<Key, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) {
      value = compute(key);
      if (known.size >= MOST_DATES) known.clear();
      known.set(key, value);
    }
    return value;
  };
}

/** The midnight of a date in UTC, epoch ms: for arithmetic on dates, not an instant of Paris. */
const utcMidnight = remembered((day: Day): number => Date.parse(day));

/**
 * The date of a midnight in UTC. By Date, because luxon takes three times as long.
 * @throws RangeError where it is none that a Date can hold
 */
const dayAt = remembered((midnight: number): Day =>
  new Date(midnight).toISOString().slice(0, 'yyyy-mm-dd'.length),
);

/** @param ms a midnight in UTC */
const dateAt = (ms: number): DateTime => DateTime.fromMillis(ms, UTC);

const exists = remembered((date: string): boolean => DateTime.fromISO(date, UTC).toISODate() === date);

/** Whether a text is a date that exists, written `yyyy-mm-dd`. */
export const isDay = (text: string): boolean => text.length === 'yyyy-mm-dd'.length && exists(text);

/**
 * The date `days` later. Adds milliseconds, because luxon's `plus` takes 3 µs.
 * @throws RangeError where `day` does not exist
 */
export const addDays = (day: Day, days: number): Day => dayAt(utcMidnight(day) + days * DAY);

/** How many days `to` lies after `from`. Subtracts, because luxon's `diff` takes 7 µs. */
export const daysBetween = (from: Day, to: Day): number => (utcMidnight(to) - utcMidnight(from)) / DAY;

/** The days from `start` (included) to `end` (excluded). */
export const daysIn = (start: Day, end: Day): Day[] => {
  const days: Day[] = [];
  for (let at = utcMidnight(start); at < utcMidnight(end); at += DAY) days.push(dayAt(at));
  return days;
};

/**
 * The same date `months` later; the last day of the month where that date does not exist.
 * @throws RangeError where `day` does not exist
 */
export const addMonths = (day: Day, months: number): Day =>
  dayAt(dateAt(utcMidnight(day)).plus({ months }).toMillis());

export const startOfMonth = (day: Day): Day => `${day.slice(0, -2)}01`;
export const startOfYear = (day: Day): Day => `${day.slice(0, -5)}01-01`;

/**
 * The Monday of the ISO week.
 * @throws RangeError where `day` does not exist
 */
export const startOfWeek = (day: Day): Day => dayAt(dateAt(utcMidnight(day)).startOf('week').toMillis());

/**
 * The ISO week: `2026-W47`. Around New Year its year can be another than the day's.
 * @throws RangeError where `day` does not exist
 */
export function isoWeekOf(day: Day): string {
  const weekDate = dateAt(utcMidnight(day)).toISOWeekDate();
  if (weekDate === null) throw new RangeError('Not a date');
  return weekDate.slice(0, 'yyyy-Www'.length);
}

/** Time in which Paris has one offset, from `start` (included) to `end` (excluded), epoch ms. */
interface OffsetPeriod {
  start: number;
  end: number;
  /** How far Paris is ahead of UTC, ms. */
  offset: number;
  /** The same in ISO 8601: `+01:00`. */
  text: string;
}

/** By year of UTC. Filled when first asked: the first use of Intl would delay the start of Node-RED by 15 to 30 ms. */
const offsetsByYear = new Map<number, OffsetPeriod[]>();
/** Of the last instant: the next one is mostly in the same period. */
let lastOffset: OffsetPeriod | undefined;

function offsetPeriodAt(instant: number): OffsetPeriod {
  if (lastOffset && instant >= lastOffset.start && instant < lastOffset.end) return lastOffset;
  const year = new Date(instant).getUTCFullYear();
  if (Number.isNaN(year)) throw new RangeError('Not an instant');
  let periods = offsetsByYear.get(year);
  if (!periods) {
    periods = offsetsOf(year);
    offsetsByYear.set(year, periods);
  }
  lastOffset = periods.find(({ end }) => instant < end);
  if (!lastOffset) throw new RangeError(`No offset is known at ${instant}`);
  return lastOffset;
}

/** The offsets of a year of UTC, oldest first; the first and the last are cut to the year. */
function offsetsOf(year: number): OffsetPeriod[] {
  const zone = IANAZone.create('Europe/Paris');
  if (!zone.isValid) throw new Error("The host's time zone data does not know Europe/Paris");
  const newYear = DateTime.fromObject({ year }, UTC);
  // Paris has never had an offset for less than three months.
  const quarter = (n: number): number => newYear.plus({ quarters: n }).toMillis();
  const changes = [0, 1, 2, 3].flatMap((n) => offsetChange(zone, quarter(n), quarter(n + 1)));
  const starts = [quarter(0), ...changes];
  const ends = [...changes, quarter(4)];
  return starts.map((start, i) => ({
    start,
    end: ends[i] ?? start,
    // Luxon's minutes have fractions before 1911.
    offset: Math.round(zone.offset(start) * MINUTE),
    text: zone.formatOffset(start, 'short'),
  }));
}

/** The instant, to the second, from which the zone has the offset it has at `end`; none where it is that of `start`. */
function offsetChange(zone: IANAZone, start: number, end: number): number[] {
  const after = zone.offset(end);
  if (zone.offset(start) === after) return [];
  let [before, change] = [start, end];
  while (change - before > SECOND) {
    const middle = before + Math.floor((change - before) / 2 / SECOND) * SECOND;
    if (zone.offset(middle) === after) change = middle;
    else before = middle;
  }
  return [change];
}

/**
 * How far Paris is ahead of UTC at an instant, ms.
 * @throws RangeError where it is no instant that a Date can hold; so does every function below
 */
export const offsetAt = (instant: number): number => offsetPeriodAt(instant).offset;

/**
 * A day of Paris, from `start` (included) to `end` (excluded), epoch ms. A day on which the offset changes has two
 * parts, each with one offset.
 */
interface DayPart {
  start: number;
  end: number;
  day: Day;
  /** The instant at which clocks with this offset show 00:00, epoch ms: on the second part, not the day's start. */
  midnight: number;
  /** The offset in ISO 8601: `+01:00`. */
  offset: string;
}

/** Of the last instant: readings come in order, so that the next one is mostly in the same part. */
let lastPart: DayPart | undefined;

function dayPartAt(instant: number): DayPart {
  if (lastPart && instant >= lastPart.start && instant < lastPart.end) return lastPart;
  const { start, end, offset, text } = offsetPeriodAt(instant);
  const localMidnight = Math.floor((instant + offset) / DAY) * DAY;
  const midnight = localMidnight - offset;
  const day = dayAt(localMidnight);
  lastPart = {
    start: Math.max(start, midnight),
    end: Math.min(end, midnight + DAY),
    day,
    midnight,
    offset: text,
  };
  return lastPart;
}

/** The Paris day an instant lies in. */
export const dayOf = (instant: number): Day => dayPartAt(instant).day;

/** Time of one day in which the clocks of Paris run on without a jump, from `start` to `end`, epoch ms. */
export interface ClockPart {
  start: number;
  end: number;
  /** The instant at which these clocks show 00:00, epoch ms: after a jump, not the day's start. */
  midnight: number;
}

/** The parts of a day: one, or two where the clocks jump. */
export const clockPartsOf = remembered((day: Day): readonly ClockPart[] => {
  const parts: ClockPart[] = [];
  const end = startOfDay(addDays(day, 1));
  for (let at = startOfDay(day); at < end; at = parts.at(-1)?.end ?? end) parts.push(dayPartAt(at));
  return parts;
});

/** Minutes shown by the clocks of Paris since midnight. */
export const minutesOfDay = (instant: number): number =>
  Math.floor((instant - dayPartAt(instant).midnight) / MINUTE);

const TWO_DIGITS = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
const twoDigits = (n: number): string => TWO_DIGITS[n] ?? '';

/** ISO 8601 with the offset Paris has at that instant: `2026-11-22T00:00:00.000+01:00`. */
export function isoParis(instant: number): string {
  const { midnight, day, offset } = dayPartAt(instant);
  const minutes = Math.floor((instant - midnight) / MINUTE);
  const ms = instant - midnight - minutes * MINUTE;
  const clock = `T${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
  // Readings start and end at whole minutes.
  if (ms === 0) return `${day}${clock}:00.000${offset}`;
  const thousandths = String(Math.floor(ms % SECOND)).padStart(3, '0');
  return `${day}${clock}:${twoDigits(Math.floor(ms / SECOND))}.${thousandths}${offset}`;
}

/**
 * The instants at which the clocks of Paris show this time: one, none (skipped in March) or two (repeated in
 * October, earlier first).
 * @param minutes since midnight by the clock, 0 to 1440 (24:00)
 */
export function instantsAt(day: Day, minutes: number): number[] {
  const local = utcMidnight(day) + minutes * MINUTE;
  const before = offsetAt(local - 12 * HOUR);
  const after = offsetAt(local + 12 * HOUR);
  if (before === after) return [local - before];
  return [local - before, local - after].filter((instant) => instant + offsetAt(instant) === local);
}

/** The instant at which clocks show this time; a time skipped in March counts on from before the jump. */
export function instantAt(day: Day, minutes: number): number {
  const [instant] = instantsAt(day, minutes);
  if (instant !== undefined) return instant;
  const local = utcMidnight(day) + minutes * MINUTE;
  return local - offsetAt(local - 12 * HOUR);
}

/** The first instant of a Paris day. */
export const startOfDay = remembered((day: Day): number => instantAt(day, 0));

/** The midnight that ends the Paris day an instant lies in, epoch ms. */
export const endOfDay = (instant: number): number => startOfDay(addDays(dayOf(instant), 1));
