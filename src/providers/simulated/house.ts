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

/** The interval of the load curve, ms: a Linky's default. */
export const HALF_HOUR = 30 * 60_000;

/** Off-peak hours, local time of Paris. */
export const OFF_PEAK = { from: '00:30', to: '08:30' };
/** The water heater starts with the off-peak hours: minutes after midnight. */
const WATER_HEATER_STARTS = 30;
const WATER_HEATER_WATTS = 2200;
const HEATING_WATTS_PER_DEGREE = 54;

/**
 * The consumption of an all-electric house in France: mean power of each half hour of a Paris day (46, 48 or 50), W,
 * not rounded. About 25 kWh on a winter day, 8 kWh on a summer day.
 */
export function consumedWatts(usagePoint: string, day: Day): number[] {
  const start = startOfDay(day);
  const halfHours = (startOfDay(addDays(day, 1)) - start) / HALF_HOUR;
  const size = 0.9 + 0.2 * chance(seedOf(usagePoint, 'house'), 0);
  const ofTheDay = seedOf(usagePoint, 'consumption', day);
  const { temperature } = weatherOf(usagePoint, day);
  const weekend = daysBetween(startOfWeek(day), day) >= 5;

  // The water is colder in winter, and more of it is used on weekends.
  const heaterStart = instantAt(day, WATER_HEATER_STARTS);
  const heaterHours = (2.2 - temperature * 0.04 + (weekend ? 0.3 : 0)) * (0.6 + 0.4 * chance(ofTheDay, 0));
  const heaterEnd = heaterStart + heaterHours * 3_600_000;

  // A washing machine or a dishwasher runs for an hour on some days.
  const washing = chance(ofTheDay, 1) < (weekend ? 0.7 : 0.3);
  const washingStart = Math.floor((weekend ? 20 : 36) + 6 * chance(ofTheDay, 2));

  return Array.from({ length: halfHours }, (_, i) => {
    const from = start + i * HALF_HOUR;
    const heaterShare =
      Math.max(0, Math.min(heaterEnd, from + HALF_HOUR) - Math.max(heaterStart, from)) / HALF_HOUR;
    const hour = minutesOfDay(from) / 60 + 0.25;
    const variation = chance(ofTheDay, 10 + i);
    const watts =
      standby(variation) +
      heating(hour, temperature, weekend) * (0.85 + 0.3 * variation) +
      people(hour, weekend) * (0.5 + chance(ofTheDay, 100 + i)) +
      (washing && (i === washingStart || i === washingStart + 1) ? 900 : 0);
    return watts * size + heaterShare * WATER_HEATER_WATTS;
  });
}

/** Fridge, internet box, and other devices that always run. */
const standby = (variation: number): number => 70 + 50 * variation;

/** Radiators: less at night and while nobody is at home. */
function heating(hour: number, meanTemperature: number, weekend: boolean): number {
  const outside = meanTemperature + 3 * Math.cos(((hour - 15) / 12) * Math.PI);
  const away = !weekend && hour > 8.5 && hour < 17;
  const asleep = hour < 5.5 || hour > 22.5;
  const wanted = asleep ? 15 : away ? 15.5 : 17;
  return Math.max(0, wanted - outside) * HEATING_WATTS_PER_DEGREE;
}

/** Light, cooking, screens: a short peak in the morning, a long one in the evening; on weekends also at lunch. */
const people = (hour: number, weekend: boolean): number =>
  weekend
    ? peak(hour, 9.3, 1.2, 350) + peak(hour, 12.6, 0.9, 700) + peak(hour, 19.8, 1.8, 600)
    : peak(hour, 7.3, 0.7, 450) + peak(hour, 12.6, 0.6, 120) + peak(hour, 19.6, 1.6, 700);

const peak = (hour: number, middle: number, width: number, height: number): number =>
  height * Math.exp(-(((hour - middle) / width) ** 2));
