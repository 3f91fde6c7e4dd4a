import { DateTime } from 'luxon';

// The product has its own Paris dates; here they come from luxon alone, so that one can contradict the other.

/** `yyyy-mm-dd`, a day in Paris. */
export type Day = string;

/** Epoch ms, or ISO text that is read as Paris time where it names no offset. */
export type Instant = number | string;

const ZONE = 'Europe/Paris';

const at = (instant: number): DateTime => DateTime.fromMillis(instant, { zone: ZONE });
const of = (day: Day): DateTime => DateTime.fromISO(day, { zone: ZONE });

export const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && of(text).isValid;

export const dayAt = (instant: number): Day => at(instant).toFormat('yyyy-MM-dd');

export const startOfDay = (day: Day): number => of(day).startOf('day').toMillis();

export const addDays = (day: Day, days: number): Day => of(day).plus({ days }).toFormat('yyyy-MM-dd');

/** `months` and 15 days before a day: how far back Enedis keeps data. */
export const historyDeadline = (today: Day, months: number): Day =>
  of(today).minus({ months }).minus({ days: 15 }).toFormat('yyyy-MM-dd');

export function daysFrom(start: Day, end: Day): Day[] {
  const days: Day[] = [];
  for (let day = start; day < end; day = addDays(day, 1)) days.push(day);
  return days;
}

/** @param clock `HH:mm` */
export const instantOn = (day: Day, clock: string): number => of(`${day}T${clock}`).toMillis();

export function instantOf(instant: Instant): number {
  const millis = typeof instant === 'number' ? instant : of(instant).toMillis();
  if (Number.isNaN(millis)) throw new Error(`not an instant: ${String(instant)}`);
  return millis;
}

export const dayOfYear = (day: Day): number => of(day).ordinal;

/** `yyyy-mm-dd hh:mm:ss` by the clock on a Paris wall: how Enedis writes an instant. */
export const label = (instant: number): string => at(instant).toFormat('yyyy-MM-dd HH:mm:ss');

/** ISO by the clock on a Paris wall, without offset: how MyElectricalData writes an instant. */
export const wallIso = (instant: number): string => at(instant).toFormat("yyyy-MM-dd'T'HH:mm:ss.SSS");

/** The next full hour as Enedis' API manager writes it: `2026-Jul-17 05:00:00+0000 UTC`. */
export const nextHourUtc = (instant: number): string =>
  DateTime.fromMillis(instant, { zone: 'utc', locale: 'en' })
    .startOf('hour')
    .plus({ hours: 1 })
    .toFormat("yyyy-LLL-dd HH:mm:ss'+0000 UTC'");
