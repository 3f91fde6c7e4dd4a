import { addDays, dayOf, daysBetween, instantAt, minutesOfDay, type Day } from '../calendar/paris';
import type { DayRange } from '../calendar/ranges';

/** A Tempo day is one of these, from 06:00 to 06:00. */
export const COLOURS = ['blue', 'white', 'red'] as const;
export type Colour = (typeof COLOURS)[number];

/** In a season, days of each colour but blue, which has the rest. */
const DAYS_OF = { white: 43, red: 22 };

const SIX = 6 * 60;
const TWENTY_TWO = 22 * 60;

/** The Tempo day that an instant lies in: until 06:00 it is the day before. */
export const tempoDayOf = (instant: number): Day =>
  minutesOfDay(instant) < SIX ? addDays(dayOf(instant), -1) : dayOf(instant);

/** The season that a day lies in: 1 September to 31 August. */
export function seasonAround(day: Day): DayRange {
  const year = Number(day.slice(0, 4)) - (day.slice(5) < '09-01' ? 1 : 0);
  return { start: `${year}-09-01`, end: `${year + 1}-09-01` };
}

/** The period that applies at an instant, and when it ends, epoch ms. */
export function periodAt(instant: number, colour: Colour): { name: string; end: number } {
  const minutes = minutesOfDay(instant);
  const day = dayOf(instant);
  if (minutes >= SIX && minutes < TWENTY_TWO)
    return { name: `${colour}Peak`, end: instantAt(day, TWENTY_TWO) };
  return { name: `${colour}OffPeak`, end: instantAt(minutes < SIX ? day : addDays(day, 1), SIX) };
}

/**
 * The days of each colour that are left of a season after the last day whose colour is known.
 * @param colours of the season's days by day
 * @param last the newest day whose colour is known
 * @returns undefined where the colour of a day before it is not known
 */
export function daysLeft(colours: ReadonlyMap<Day, Colour>, last: Day): Record<Colour, number> | undefined {
  const { start, end } = seasonAround(last);
  const left = { blue: daysBetween(start, end) - DAYS_OF.white - DAYS_OF.red, ...DAYS_OF };
  for (let day = start; day <= last; day = addDays(day, 1)) {
    const colour = colours.get(day);
    if (!colour) return undefined;
    // Never fewer than none, whatever a source says.
    left[colour] = Math.max(0, left[colour] - 1);
  }
  return left;
}
