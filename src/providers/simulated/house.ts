import {
  addDays,
  daysBetween,
  instantAt,
  minutesOfDay,
  startOfDay,
  startOfWeek,
  type Day,
} from '../../calendar/paris';
import { chance, seedOf } from './chance';
import { weatherOf } from './weather';

/** The simulated meter measures half hours, as a Linky does unless asked otherwise. */
export const HALF_HOUR = 30 * 60_000;

/** Off-peak hours, by the clock. */
export const OFF_PEAK = { from: '00:30', to: '08:30' };
/** The water heater begins with them: minutes after midnight. */
const WATER_HEATER_STARTS = 30;
const WATER_HEATER_WATTS = 2200;
const HEATING_WATTS_PER_DEGREE = 54;

/**
 * What an all-electric house in France draws: mean power of each half hour of a Paris day (46, 48 or 50), W, not
 * rounded. About 25 kWh on a winter's day, 8 on a summer's.
 */
export function consumedWatts(usagePoint: string, day: Day): number[] {
  const start = startOfDay(day);
  const halfHours = (startOfDay(addDays(day, 1)) - start) / HALF_HOUR;
  const size = 0.9 + 0.2 * chance(seedOf(usagePoint, 'house'), 0);
  const ofTheDay = seedOf(usagePoint, 'consumption', day);
  const { temperature } = weatherOf(usagePoint, day);
  const weekend = daysBetween(startOfWeek(day), day) >= 5;

  // Colder water in winter, and more of it when all are at home.
  const heaterStart = instantAt(day, WATER_HEATER_STARTS);
  const heaterHours = (2.2 - temperature * 0.04 + (weekend ? 0.3 : 0)) * (0.6 + 0.4 * chance(ofTheDay, 0));
  const heaterEnd = heaterStart + heaterHours * 3_600_000;

  // A washing machine or a dishwasher: an hour, on some days.
  const washing = chance(ofTheDay, 1) < (weekend ? 0.7 : 0.3);
  const washingStart = Math.floor((weekend ? 20 : 36) + 6 * chance(ofTheDay, 2));

  return Array.from({ length: halfHours }, (_, i) => {
    const from = start + i * HALF_HOUR;
    const heaterShare =
      Math.max(0, Math.min(heaterEnd, from + HALF_HOUR) - Math.max(heaterStart, from)) / HALF_HOUR;
    const hour = minutesOfDay(from) / 60 + 0.25;
    const mood = chance(ofTheDay, 10 + i);
    const watts =
      standby(mood) +
      heating(hour, temperature, weekend) * (0.85 + 0.3 * mood) +
      people(hour, weekend) * (0.5 + chance(ofTheDay, 100 + i)) +
      (washing && (i === washingStart || i === washingStart + 1) ? 900 : 0);
    return watts * size + heaterShare * WATER_HEATER_WATTS;
  });
}

/** Fridge, internet box, and what else never sleeps. */
const standby = (mood: number): number => 70 + 50 * mood;

/** Radiators: less at night and while nobody is at home. */
function heating(hour: number, meanTemperature: number, weekend: boolean): number {
  const outside = meanTemperature + 3 * Math.cos(((hour - 15) / 12) * Math.PI);
  const away = !weekend && hour > 8.5 && hour < 17;
  const asleep = hour < 5.5 || hour > 22.5;
  const wanted = asleep ? 15 : away ? 15.5 : 17;
  return Math.max(0, wanted - outside) * HEATING_WATTS_PER_DEGREE;
}

/** Light, cooking, screens: a short morning and a long evening; on weekends a late morning and a real lunch. */
const people = (hour: number, weekend: boolean): number =>
  weekend
    ? peak(hour, 9.3, 1.2, 350) + peak(hour, 12.6, 0.9, 700) + peak(hour, 19.8, 1.8, 600)
    : peak(hour, 7.3, 0.7, 450) + peak(hour, 12.6, 0.6, 120) + peak(hour, 19.6, 1.6, 700);

const peak = (hour: number, middle: number, width: number, height: number): number =>
  height * Math.exp(-(((hour - middle) / width) ** 2));
