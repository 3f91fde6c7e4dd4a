import type { Direction } from '../../metering/metrics';
import { addDays, daysBetween, minutesOfDay, startOfDay, type Day } from '../../calendar/paris';
import { consumedWatts, HALF_HOUR, OFF_PEAK } from './house';
import { producedWatts } from './roof';

/** The simulated meter's registers at the midnight that begins a day, Wh. */
export interface Registers {
  total: number;
  /** By the supplier's tariff period: `HP` and `HC` for the house, `BASE` for the roof. */
  periods: Record<string, number>;
}

/** The day the meter was installed, with its registers at 0. */
const ORIGIN: Day = '2020-01-01';

// A register is the sum of all days before: each sum is computed once, up to the latest requested day.
const counted = new Map<string, { day: Day; registers: Registers }[]>();

export function registersOf(usagePoint: string, direction: Direction, day: Day): Registers {
  const key = `${usagePoint} ${direction}`;
  const days = counted.get(key) ?? [{ day: ORIGIN, registers: startRegisters(direction) }];
  counted.set(key, days);
  for (let last = days.at(-1); last && last.day < day; last = days.at(-1)) {
    days.push({
      day: addDays(last.day, 1),
      registers: sum(last.registers, energyOf(usagePoint, direction, last.day)),
    });
  }
  return days[daysBetween(ORIGIN, day)]?.registers ?? startRegisters(direction);
}

const startRegisters = (direction: Direction): Registers => ({
  total: 0,
  periods: direction === 'consumption' ? { HC: 0, HP: 0 } : { BASE: 0 },
});

const sum = (a: Registers, b: Registers): Registers => ({
  total: a.total + b.total,
  periods: Object.fromEntries(
    Object.entries(a.periods).map(([period, value]) => [period, value + (b.periods[period] ?? 0)]),
  ),
});

/** The energy of a day by tariff period; the total is the daily value. */
function energyOf(usagePoint: string, direction: Direction, day: Day): Registers {
  const watts = (direction === 'consumption' ? consumedWatts : producedWatts)(usagePoint, day);
  const total = Math.round(watts.reduce((energy, mean) => energy + mean / 2, 0));
  if (direction === 'production') return { total, periods: { BASE: total } };
  const midnight = startOfDay(day);
  const offPeak = watts.reduce(
    (energy, mean, i) => (isOffPeak(midnight + i * HALF_HOUR) ? energy + mean / 2 : energy),
    0,
  );
  const HC = Math.round(offPeak);
  return { total, periods: { HC, HP: total - HC } };
}

/** @param start of a half hour, epoch ms */
function isOffPeak(start: number): boolean {
  const minutes = minutesOfDay(start);
  const clock = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  return clock >= OFF_PEAK.from && clock < OFF_PEAK.to;
}
