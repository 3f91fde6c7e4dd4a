import { addDays, startOfDay, type Day } from '../stand-in/calendar';
import { csvOf, dailyCsvOf } from './csv';
import type { ExportRow } from './rows';

/** Small export files of consumption, as Enedis' account writes them. */

const HALF_HOUR = 1_800_000;

/**
 * Half hours, in W, in the order of the values.
 * @param start the day that the first one begins
 * @param values one for each half hour; a text stands in the file as it is
 */
export function loadCurveCsv(usagePoint: string, start: Day, values: readonly (number | string)[]): string {
  const first = startOfDay(start);
  const rows = values.map((value, i): ExportRow => {
    const time = { start: first + i * HALF_HOUR, end: first + (i + 1) * HALF_HOUR };
    return typeof value === 'number' ? { ...time, value } : { ...time, value: 0, valueText: value };
  });
  return csvOf([{ usagePoint, direction: 'consumption', type: 'load-curve', unit: 'W', minutes: 30, rows }], {
    hasEmptyLine: true,
  });
}

/** The daily page's file: it names neither the PDL nor the direction. */
export function dailyCsv(start: Day, kilowattHours: readonly number[]): string {
  const rows = kilowattHours.map((value, i): ExportRow => {
    const day = addDays(start, i);
    return { start: startOfDay(day), end: startOfDay(addDays(day, 1)), value: Math.round(value * 1000) };
  });
  return dailyCsvOf(rows, { unit: 'kWh', dates: 'french' });
}
