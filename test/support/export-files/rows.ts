import { dayAt, daysFrom, startOfDay, addDays, label, type Day } from '../stand-in/calendar';
import type { Direction, Registers, Truth } from '../stand-in/truth';

/** One row of an export file. */
export interface ExportRow {
  /** What the value covers, epoch ms; of registers both are the midnight. */
  start: number;
  end: number;
  /** In Enedis' unit: W, Wh, VA. */
  value: number;
  /** Max power: the instant of the peak, epoch ms. */
  at?: number;
  /** Registers: those whose total is the value. */
  registers?: Registers;
  /** What the file has in place of the time. */
  timeText?: string;
  /** What the file has in place of the value. */
  valueText?: string;
}

const rowsPerDay =
  (rowsOf: (day: Day) => ExportRow[]) =>
  (start: Day, end: Day): ExportRow[] =>
    daysFrom(start, end).flatMap(rowsOf);

const wholeDay = (day: Day): { start: number; end: number } => ({
  start: startOfDay(day),
  end: startOfDay(addDays(day, 1)),
});

/** What a meter measured, as rows from one day (included) to another (not included). */
export const rowsOfTruth = (truth: Truth, usagePoint: string, direction: Direction) => ({
  loadCurve: rowsPerDay((day) => truth.loadCurve(usagePoint, direction, day)),
  daily: rowsPerDay((day) => [{ ...wholeDay(day), value: truth.daily(usagePoint, direction, day) }]),
  maxPower: rowsPerDay((day) => {
    const { at, value } = truth.maxPower(usagePoint, day);
    return [{ ...wholeDay(day), at, value }];
  }),
  registers: rowsPerDay((day) => {
    const registers = truth.registers(usagePoint, direction, day);
    return [{ start: startOfDay(day), end: startOfDay(day), value: registers.total, registers }];
  }),
});

/** `yyyy-mm-ddThh:mm:ss` by the clock on a Paris wall. */
export const wallTime = (instant: number): string => label(instant).replace(' ', 'T');

/** The same with the offset: `2018-12-07T00:30:00+01:00`. */
export function offsetTime(instant: number): string {
  const wall = wallTime(instant);
  return `${wall}+0${(Date.parse(`${wall}Z`) - instant) / 3_600_000}:00`;
}

/** `dd/mm/yyyy` of an instant. */
export const frenchDay = (instant: number): string => dayAt(instant).split('-').reverse().join('/');

/**
 * A value in the unit of a file. In `Wh` and `kWh` that of a load curve is the energy of its interval.
 * @param unit as the file has it; one that is no unit of the value leaves it as it is
 */
export function inUnit({ start, end, value }: ExportRow, unit: string, isLoadCurve: boolean): number {
  const hours = isLoadCurve && unit.endsWith('Wh') ? (end - start) / 3_600_000 : 1;
  // A binary fraction may be a trace above or below.
  return Number(((value * hours) / (unit.startsWith('k') ? 1000 : 1)).toFixed(6));
}
