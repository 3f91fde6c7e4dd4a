/**
 * Paris time: the one module that knows it. Instants are epoch milliseconds (UTC); days are calendar dates of
 * Paris. Nothing here reads the host's zone or a clock.
 */

/** A calendar date of Paris, `yyyy-mm-dd`. Compares as text. */
export type Day = string;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const pad = (n: number, width = 2): string => String(n).padStart(width, '0');

/** The midnight UTC that a date's digits would name: arithmetic on dates, not an instant of Paris. */
const utcOf = (day: Day): number => Date.UTC(+day.slice(0, 4), +day.slice(5, 7) - 1, +day.slice(8, 10));
// By hand: `toISOString` takes five times as long, and this is asked for every reading.
const TWO_DIGITS = Array.from({ length: 32 }, (_, n) => pad(n));
function dateOf(utc: number): Day {
  const date = new Date(utc);
  const month = TWO_DIGITS[date.getUTCMonth() + 1];
  const day = TWO_DIGITS[date.getUTCDate()];
  if (month === undefined || day === undefined) throw new RangeError('not an instant');
  return `${pad(date.getUTCFullYear(), 4)}-${month}-${day}`;
}

/** Whether a text is a date that exists, written `yyyy-mm-dd`. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && Number.isFinite(utcOf(text)) && dateOf(utcOf(text)) === text;
}

export const addDays = (day: Day, days: number): Day => dateOf(utcOf(day) + days * DAY);

/** How many days `to` lies after `from`. */
export const daysBetween = (from: Day, to: Day): number => Math.round((utcOf(to) - utcOf(from)) / DAY);

/** The days from `start` (included) to `end` (excluded). */
export function daysIn(start: Day, end: Day): Day[] {
  const first = utcOf(start);
  return Array.from({ length: Math.max(0, daysBetween(start, end)) }, (_, i) => dateOf(first + i * DAY));
}

/** The same date `months` later; the last day of the month where that date does not exist. */
export function addMonths(day: Day, months: number): Day {
  const year = +day.slice(0, 4);
  const month = +day.slice(5, 7) - 1 + months;
  const lastOfMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return dateOf(Date.UTC(year, month, Math.min(+day.slice(8, 10), lastOfMonth)));
}

export const startOfMonth = (day: Day): Day => `${day.slice(0, 7)}-01`;
export const startOfYear = (day: Day): Day => `${day.slice(0, 4)}-01-01`;

/** ISO day of the week, 1 (Monday) to 7 (Sunday). */
const weekday = (day: Day): number => ((new Date(utcOf(day)).getUTCDay() + 6) % 7) + 1;
/** The Monday of the ISO week. */
export const startOfWeek = (day: Day): Day => addDays(day, 1 - weekday(day));

// Offsets come from the host's time zone data, so that an end of summer time arrives with a Node update;
// per year only the instants of change are kept, because Intl is slow where thousands of labels are read.
let format: Intl.DateTimeFormat | undefined;

function askOffset(instant: number): number {
  // Made when first asked: with it Node-RED would start 15 to 30 ms later.
  format ??= new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Paris', timeZoneName: 'longOffset' });
  const name = format.formatToParts(instant).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const match = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name);
  if (!match) throw new Error(`The host's time zone data does not know Europe/Paris (${name})`);
  const minutes = +(match[2] ?? 0) * 60 + +(match[3] ?? 0);
  return (match[1] === '-' ? -minutes : minutes) * MINUTE;
}

interface Change {
  from: number;
  offset: number;
}
const changesByYear = new Map<number, Change[]>();
/** Where the last question about an offset fell: the next one mostly falls there too. */
let lastSpan = { from: Infinity, until: -Infinity, offset: 0 };

function changesOf(year: number): Change[] {
  const known = changesByYear.get(year);
  if (known) return known;
  let at = Date.UTC(year, 0, 1);
  const changes: Change[] = [{ from: at, offset: askOffset(at) }];
  while (at < Date.UTC(year + 1, 0, 1)) {
    const next = at + 7 * DAY;
    const before = askOffset(at);
    const after = askOffset(next);
    if (before !== after) {
      let [low, high] = [at, next];
      while (high - low > MINUTE) {
        const middle = low + Math.floor((high - low) / 2 / MINUTE) * MINUTE;
        if (askOffset(middle) === before) low = middle;
        else high = middle;
      }
      changes.push({ from: high, offset: after });
    }
    at = next;
  }
  changesByYear.set(year, changes);
  return changes;
}

/** How far Paris is ahead of UTC at an instant, in ms. */
export function offsetAt(instant: number): number {
  if (instant >= lastSpan.from && instant < lastSpan.until) return lastSpan.offset;
  const year = new Date(instant).getUTCFullYear();
  const changes = changesOf(year);
  const index = changes.findLastIndex(({ from }) => from <= instant);
  const { from, offset } = changes[index] ?? { from: instant, offset: 0 };
  lastSpan = { from, until: changes[index + 1]?.from ?? Date.UTC(year + 1, 0, 1), offset };
  return offset;
}

/** The Paris day an instant lies in. */
export const dayOf = (instant: number): Day => dateOf(instant + offsetAt(instant));

/**
 * The instants at which the clocks of Paris show this time: one, none (skipped in March) or two (repeated in
 * October, earlier first).
 * @param minutes since midnight by the clock, 0 to 1440 (24:00)
 */
export function instantsAt(day: Day, minutes: number): number[] {
  const local = utcOf(day) + minutes * MINUTE;
  const before = offsetAt(local - 12 * HOUR);
  const after = offsetAt(local + 12 * HOUR);
  if (before === after) return [local - before];
  return [before, after]
    .map((offset) => local - offset)
    .filter((instant) => instant + offsetAt(instant) === local)
    .sort((a, b) => a - b);
}

/** The instant at which clocks show this time; a time skipped in March counts on from before the jump. */
export function instantAt(day: Day, minutes: number): number {
  const [instant] = instantsAt(day, minutes);
  if (instant !== undefined) return instant;
  const local = utcOf(day) + minutes * MINUTE;
  return local - offsetAt(local - 12 * HOUR);
}

/** The first instant of a Paris day. */
export const startOfDay = (day: Day): number => instantAt(day, 0);

/** Minutes shown by the clocks of Paris since midnight. */
export function minutesOfDay(instant: number): number {
  return Math.floor(((instant + offsetAt(instant)) % DAY) / MINUTE);
}

/** ISO 8601 with the offset Paris has at that instant: `2026-11-22T00:00:00.000+01:00`. */
export function isoParis(instant: number): string {
  const offset = offsetAt(instant);
  const sign = offset < 0 ? '-' : '+';
  const minutes = Math.abs(offset) / MINUTE;
  return (
    new Date(instant + offset).toISOString().slice(0, -1) +
    `${sign}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`
  );
}
