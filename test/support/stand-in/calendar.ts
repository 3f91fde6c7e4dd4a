import { DateTime } from 'luxon';

// The product has its own Paris dates; here they come from luxon alone, so that one can contradict the other.

/** `yyyy-mm-dd`, a day in Paris. */
export type Day = string;

/** Epoch ms, or ISO text that is read as Paris time where it names no offset. */
export type Instant = number | string;

const ZONE = 'Europe/Paris';

const at = (instant: number): DateTime => DateTime.fromMillis(instant, { zone: ZONE });
const of = (day: Day): DateTime => DateTime.fromISO(day, { zone: ZONE });

/** The same function, worked out once for each argument: a run of years asks about the same days again and again. */
function remembered<A extends number | string, R>(work: (argument: A) => R): (argument: A) => R {
  const known = new Map<A, R>();
  return (argument) => {
    let result = known.get(argument);
    if (result === undefined) {
      result = work(argument);
      known.set(argument, result);
    }
    return result;
  };
}

export const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && of(text).isValid;

export const dayAt = remembered((instant: number): Day => at(instant).toFormat('yyyy-MM-dd'));

export const startOfDay = remembered((day: Day): number => of(day).startOf('day').toMillis());

const next = remembered((day: Day): Day => of(day).plus({ days: 1 }).toFormat('yyyy-MM-dd'));

export const addDays = (day: Day, days: number): Day =>
  days === 1 ? next(day) : of(day).plus({ days }).toFormat('yyyy-MM-dd');

/** `months` and 15 days before a day: how far back Enedis keeps data. */
export const historyDeadline = (today: Day, months: number): Day =>
  of(today).minus({ months }).minus({ days: 15 }).toFormat('yyyy-MM-dd');

export function daysFrom(start: Day, end: Day): Day[] {
  const days: Day[] = [];
  for (let day = start; day < end; day = addDays(day, 1)) days.push(day);
  return days;
}

/** @param clock `HH:mm` */
export const instantOn = (day: Day, clock: string): number => instantNamed(`${day}T${clock}`);
const instantNamed = remembered((text: string): number => of(text).toMillis());

export function instantOf(instant: Instant): number {
  const millis = typeof instant === 'number' ? instant : of(instant).toMillis();
  if (Number.isNaN(millis)) throw new Error(`not an instant: ${String(instant)}`);
  return millis;
}

export const dayOfYear = remembered((day: Day): number => of(day).ordinal);

/** `yyyy-mm-dd hh:mm:ss` by the clock on a Paris wall: how Enedis writes an instant. */
export const label = remembered((instant: number): string => at(instant).toFormat('yyyy-MM-dd HH:mm:ss'));

/** A label so many minutes earlier by plain subtraction, as if clocks never changed; `undefined`: not a label. */
export function minutesBefore(text: string, minutes: number): string | undefined {
  const moment = DateTime.fromFormat(text, 'yyyy-MM-dd HH:mm:ss', { zone: 'utc' });
  return moment.isValid ? moment.minus({ minutes }).toFormat('yyyy-MM-dd HH:mm:ss') : undefined;
}

export const yearsBefore = (day: Day, years: number): Day => of(day).minus({ years }).toFormat('yyyy-MM-dd');

/** Minutes since 00:00 by the clock on a Paris wall. */
export const minuteOfDay = remembered(
  (instant: number): number => at(instant).hour * 60 + at(instant).minute,
);

export const utcDayAt = (instant: number): Day => at(instant).toUTC().toFormat('yyyy-MM-dd');

/** The midnight a day begins with, as Enedis writes it in a contract: `2026-02-11T00:00:00+0100`. */
export const contractMidnight = (day: Day): string => of(day).toFormat("yyyy-MM-dd'T'HH:mm:ssZZZ");

/** An instant as Enedis' API manager writes it: `2026-Jul-17 05:00:00+0000 UTC`. */
export const managerTime = (instant: number): string =>
  DateTime.fromMillis(instant, { zone: 'utc', locale: 'en' }).toFormat("yyyy-LLL-dd HH:mm:ss'+0000 UTC'");

export const nextHour = (instant: number): number => (Math.floor(instant / 3_600_000) + 1) * 3_600_000;
