import { addDays, startOfDay, type Day } from '../../calendar/paris';
import { chance, seedOf } from './chance';
import { HALF_HOUR } from './house';
import { seasonOf, weatherOf } from './weather';

const PEAK_WATTS = 3000;
/** Losses in the inverter and cables, by dust and by heat. */
const YIELD = 0.82;
/** Below this power, W, the inverter feeds nothing in. */
const LEAST_WATTS = 15;

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const LATITUDE = radians(47);
/** Of the panels, which face south. */
const TILT = radians(30);
/** Degrees east: it shifts solar time against UTC. */
const LONGITUDE = 2.5;

/**
 * The production of 3 kWp of panels on a roof in the middle of France: mean power of each half hour of a Paris day
 * (46, 48 or 50), W, not rounded; 0 from sunset to sunrise. All of it is fed in.
 */
export function producedWatts(usagePoint: string, day: Day): number[] {
  const start = startOfDay(day);
  const halfHours = (startOfDay(addDays(day, 1)) - start) / HALF_HOUR;
  const ofTheDay = seedOf(usagePoint, 'production', day);
  const { clearness } = weatherOf(usagePoint, day);
  const declination = radians(23.44) * Math.sin(seasonOf(day) - 1.39);
  return Array.from({ length: halfHours }, (_, i) => {
    const light = clearSky(start + (i + 0.5) * HALF_HOUR, declination);
    // Passing clouds: many on a partly cloudy day, few on a clear or an overcast one.
    const passing = 1 - chance(ofTheDay, i) * 2.4 * clearness * (1 - clearness);
    const watts = PEAK_WATTS * YIELD * light * clearness * passing;
    return watts < LEAST_WATTS ? 0 : watts;
  });
}

/**
 * The light on the panels under a clear sky, relative to the light at peak power.
 * @param instant epoch ms
 */
function clearSky(instant: number, declination: number): number {
  const solarHour = (instant / 3_600_000 + LONGITUDE / 15) % 24;
  const angle = radians((solarHour - 12) * 15);
  const towards = (tilt: number): number =>
    Math.sin(declination) * Math.sin(LATITUDE - tilt) +
    Math.cos(declination) * Math.cos(LATITUDE - tilt) * Math.cos(angle);
  const height = towards(0);
  if (height <= 0) return 0;
  // The lower the sun, the longer the way of its light through the air.
  const direct = 1.35 * 0.7 ** ((1 / (height + 0.03)) ** 0.678);
  return direct * Math.max(0, towards(TILT)) + 0.1 * height;
}
