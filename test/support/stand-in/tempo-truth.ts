import { addDays, daysIn, type Day } from '../../../src/calendar/paris';
import { seasonAround, type Colour } from '../../../src/tariff/tempo';

/** Of each season. */
const RED_DAYS = 22;
const WHITE_DAYS = 43;
/** The most red days in a row. */
const RED_IN_A_ROW = 5;

/** The same number for the same day, always: 0 to 1. */
function lot(day: Day, salt: number): number {
  let hash = salt;
  for (const character of day) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
  return ((hash ^ (hash >>> 12)) >>> 0) / 2 ** 32;
}

const weekday = (day: Day): number => new Date(day).getUTCDay() || 7;
const isRedSeason = (day: Day): boolean => day.slice(5) >= '11-01' || day.slice(5) <= '03-31';

/** The colours of a season as its rules allow them: red from November to March on weekdays, white not on Sundays. */
function seasonOf(start: Day, end: Day): Map<Day, Colour> {
  const colours = new Map<Day, Colour>(daysIn(start, end).map((day) => [day, 'blue']));
  const by = (salt: number) => (one: Day, other: Day) => lot(one, salt) - lot(other, salt);
  const redBeside = (day: Day, step: 1 | -1, n = 1): number =>
    colours.get(addDays(day, step * n)) === 'red' ? redBeside(day, step, n + 1) : n - 1;
  let left = RED_DAYS;
  for (const day of daysIn(start, end).sort(by(1))) {
    const row = redBeside(day, 1) + redBeside(day, -1) + 1;
    if (left === 0 || !isRedSeason(day) || weekday(day) > 5 || row > RED_IN_A_ROW) continue;
    colours.set(day, 'red');
    left -= 1;
  }
  const white = daysIn(start, end)
    .filter((day) => colours.get(day) === 'blue' && weekday(day) !== 7)
    .sort((one, other) => Number(isRedSeason(other)) - Number(isRedSeason(one)) || by(2)(one, other));
  for (const day of white.slice(0, WHITE_DAYS)) colours.set(day, 'white');
  return colours;
}

const seasons = new Map<Day, Map<Day, Colour>>();

/** The true colour of any day. */
export function trueColour(day: Day): Colour {
  const { start, end } = seasonAround(day);
  const season = seasons.get(start) ?? seasonOf(start, end);
  seasons.set(start, season);
  return season.get(day) ?? 'blue';
}
