import { daysBetween, startOfYear, type Day } from '../../calendar/paris';
import { chance, driftingChance, seedOf } from './chance';

/** The weather of a day at one usage point, as in the middle of France. */
export interface Weather {
  /** Mean temperature of the day, °C: about 4 in January, 20 in July. */
  temperature: number;
  /** The share of a clear day's light that passes the clouds, 0.1 to 1. */
  clearness: number;
}

/** How long a spell of weather lasts. */
const SPELL_DAYS = 4;

/** The position in the year, in radians: 0 on 1 January. */
export const seasonOf = (day: Day): number => (daysBetween(startOfYear(day), day) / 365.25) * 2 * Math.PI;

export function weatherOf(usagePoint: string, day: Day): Weather {
  const number = daysBetween('2000-01-01', day);
  const winter = Math.cos(seasonOf(day) - 0.33);
  const mild = driftingChance(seedOf(usagePoint, 'temperature'), number / SPELL_DAYS) - 0.5;
  const clear = driftingChance(seedOf(usagePoint, 'clouds'), number / SPELL_DAYS);
  const ofTheDay = seedOf(usagePoint, 'weather', day);
  return {
    temperature: 12 - 8 * winter + 8 * mild + 3 * (chance(ofTheDay, 0) - 0.5),
    clearness: Math.min(1, 0.15 + 0.7 * clear + 0.5 * chance(ofTheDay, 1) - 0.12 * winter),
  };
}
