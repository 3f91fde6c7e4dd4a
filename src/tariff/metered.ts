import { addDays, type Day } from '../calendar/paris';
import type { DayRange } from '../calendar/ranges';
import type { Direction, Series } from '../metering/metrics';
import type { Reader } from '../store/reader';
import type { MeteredDay } from './energy';
import type { Plan } from './plan';

/**
 * What a cost of these plans needs to have collected. Daily values price all hours alike; for periods registers are
 * what is billed and cost one request a day, and the load curve says the rest.
 * @param loadCurve there is one: without hourly collection there is not
 */
export function neededSeries(
  direction: Direction,
  plans: readonly Pick<Plan, 'kind'>[],
  loadCurve = true,
): Series[] {
  const kinds = new Set(plans.map(({ kind }) => kind));
  const needed: Series[] = [`${direction}-daily`];
  if (kinds.has('hphc') || kinds.has('tempo')) needed.push(`${direction}-registers`);
  const hasPeriods = kinds.has('hphc') || kinds.has('tempo') || kinds.has('custom');
  if (loadCurve && hasPeriods) needed.push(`${direction}-load-curve`);
  return needed;
}

/** The series that a cost is made of, whichever of them is collected. */
export const costSeries = (direction: Direction): Series[] => [
  `${direction}-daily`,
  `${direction}-registers`,
  `${direction}-load-curve`,
];

/** All that the store has of the energy of a range's days, oldest first; days without any are absent. */
export async function meteredDays(
  store: Reader,
  usagePoint: string,
  direction: Direction,
  { start, end }: DayRange,
): Promise<MeteredDay[]> {
  const days = new Map<Day, MeteredDay>();
  const at = (day: Day): MeteredDay => {
    let metered = days.get(day);
    if (!metered) days.set(day, (metered = { day }));
    return metered;
  };
  const key = (name: Series) => ({ usagePoint, name });
  for (const { day, state, readings } of await store.days(key(`${direction}-load-curve`), { start, end })) {
    if (readings.length > 0) at(day).loadCurve = { state, readings };
  }
  for (const { day, readings } of await store.days(key(`${direction}-daily`), { start, end })) {
    if (readings[0]) at(day).daily = readings[0].value;
  }
  // The registers that end the last day are those of the next one.
  const registers = await store.registers(key(`${direction}-registers`), { start, end: addDays(end, 1) });
  for (const [i, before] of registers.entries()) {
    const after = registers[i + 1];
    if (after?.day === addDays(before.day, 1)) at(before.day).registers = { before, after };
  }
  return [...days.values()].sort((one, other) => (one.day < other.day ? -1 : 1));
}
