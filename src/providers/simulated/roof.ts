import { addDays, startOfDay, type Day } from '../../calendar/paris';
import { chance, seedOf } from './chance';
import { HALF_HOUR } from './house';
import { seasonOf, weatherOf } from './weather';

const PEAK_WATTS = 3000;
/** Inverter, cables, dust, warm panels. */
const YIELD = 0.82;
/** Less light than this does not wake the inverter, W. */
const WAKING_WATTS = 15;

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const LATITUDE = radians(47);
/** How far the panels, which look south, are tilted. */
const TILT = radians(30);
/** Degrees east: the sun is this early. */
const LONGITUDE = 2.5;

/**
 * What 3 kWp of panels on a roof in the middle of France feed in: mean power of each half hour of a Paris day (46,
 * 48 or 50), W, not rounded; 0 from sunset to sunrise. All of it is sold, nothing is used in the house.
 */
export function producedWatts(usagePoint: string, day: Day): number[] {
  const start = startOfDay(day);
  const halfHours = (startOfDay(addDays(day, 1)) - start) / HALF_HOUR;
  const ofTheDay = seedOf(usagePoint, 'production', day);
  const { clearness } = weatherOf(usagePoint, day);
  const declination = radians(23.44) * Math.sin(seasonOf(day) - 1.39);
  return Array.from({ length: halfHours }, (_, i) => {
    const light = clearSky(start + (i + 0.5) * HALF_HOUR, declination);
    // Passing clouds: many on a middling day, few on a clear or a grey one.
    const passing = 1 - chance(ofTheDay, i) * 2.4 * clearness * (1 - clearness);
    const watts = PEAK_WATTS * YIELD * light * clearness * passing;
    return watts < WAKING_WATTS ? 0 : watts;
  });
}

/**
 * The light on the panels under a clear sky, 1 where they give their peak.
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
  // The lower the sun, the more air its light has to cross.
  const direct = 1.35 * 0.7 ** ((1 / (height + 0.03)) ** 0.678);
  return direct * Math.max(0, towards(TILT)) + 0.1 * height;
}
