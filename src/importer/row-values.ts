import { addDays, dayOf, instantsAt, startOfDay, type Day } from '../calendar/paris';
import { INTERVAL_LENGTHS } from '../metering/intervals';
import type { Direction, Series } from '../metering/metrics';
import type { CellTime } from './cells';
import { dayOfEnd } from './days';
import type { Table } from './tables';

/** What a row of a table says, by what the table is about. */

export const isMidnight = (time: CellTime): boolean =>
  time.instant === undefined ? time.seconds === 0 : time.instant === startOfDay(dayOf(time.instant));

/** How long an interval is, ms; undefined where the file does not say it. */
export function lengthOf(
  { interval }: Table,
  start: CellTime | undefined,
  end: CellTime,
): number | undefined {
  if (interval !== undefined) return interval * MINUTE;
  if (!start) return undefined;
  const length = clockOf(end) - clockOf(start);
  if (start.instant !== undefined || INTERVAL_LENGTHS.includes(length)) return length;
  // By the clock an interval over the change is an hour longer in March, an hour shorter in October.
  const day = dayOfEnd(end);
  return length + startOfDay(addDays(day, 1)) - startOfDay(day) - DAY;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** By the clock, or the instant, ms. */
const clockOf = (time: CellTime): number => time.instant ?? Date.parse(time.day) + (time.seconds ?? 0) * 1000;

/** @returns undefined for what Enedis does not measure */
export function seriesOfTable(direction: Direction, kind: Table['kind']): Series | undefined {
  if (kind === 'other') return undefined;
  if (kind === 'max-power') return direction === 'consumption' ? 'consumption-max-power' : undefined;
  return `${direction}-${kind}`;
}

/** A unit of a file. */
export interface Unit {
  /** How many W, Wh or VA it is. */
  factor: number;
  isEnergy: boolean;
}

const UNITS = {
  w: { factor: 1, of: 'power' },
  kw: { factor: 1000, of: 'power' },
  wh: { factor: 1, of: 'energy' },
  kwh: { factor: 1000, of: 'energy' },
  va: { factor: 1, of: 'apparent' },
  kva: { factor: 1000, of: 'apparent' },
} as const;

/** @returns undefined where the file names none, or one that does not fit */
export function unitOfTable({ kind, unit }: Table): Unit | undefined {
  const found = UNITS[unit.toLowerCase() as keyof typeof UNITS] as
    (typeof UNITS)[keyof typeof UNITS] | undefined;
  if (!found) return undefined;
  const isEnergy = found.of === 'energy';
  const fits =
    kind === 'load-curve'
      ? found.of !== 'apparent'
      : kind === 'max-power'
        ? found.of === 'apparent'
        : isEnergy;
  return fits ? { factor: found.factor, isEnergy } : undefined;
}

/** Where a value that is no interval's belongs. */
export function placeOfTime(kind: Table['kind'], time: CellTime): { day: Day; at?: number } | undefined {
  const { instant } = time;
  if (kind === 'max-power') {
    if (instant !== undefined) return { day: dayOf(instant), at: instant };
    if (time.seconds === undefined) return { day: time.day };
    const [at] = instantsAt(time.day, Math.floor(time.seconds / 60));
    // A peak with a time that the March day skips is kept, without its time.
    return { day: time.day, ...(at !== undefined && { at: at + (time.seconds % 60) * 1000 }) };
  }
  if (instant === undefined) return time.seconds ? undefined : { day: time.day };
  const day = dayOf(instant);
  return instant === startOfDay(day) ? { day } : undefined;
}
