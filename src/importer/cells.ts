import { isDay, type Day } from '../calendar/paris';

/** A cell of a table: text of a CSV file; of Excel also a number, or a date whose UTC fields are those of the cell. */
export type Cell = string | number | Date | boolean | null;

/** A time as a cell tells it. */
export type CellTime =
  /** With its offset: epoch ms. */
  | { instant: number; day?: undefined; seconds?: undefined }
  /** As the clocks of Paris show it; without `seconds` a date alone. */
  | { day: Day; seconds: number | undefined; instant?: undefined };

const SECOND = 1000;
const DAY_SECONDS = 24 * 3600;
/** Excel counts days since 1899-12-30; the numbers of dates are those of 1954 to 2119. */
const EXCEL_EPOCH = 25_569;
const EXCEL_DATES = { from: 20_000, to: 80_000 };

const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/;
const FRENCH = /^(\d\d)\/(\d\d)\/(\d{4})(?: (\d\d):(\d\d)(?::(\d\d))?)?$/;

/** Text without spaces and quotation marks around it. */
export const textOf = (cell: Cell | undefined): string =>
  typeof cell === 'string'
    ? cell
        .trim()
        .replace(/^"(.*)"$/, '$1')
        .trim()
    : cell instanceof Date
      ? cell.toISOString()
      : String(cell ?? '');

/** Text as headers are compared: lower case, without accents, one space between words. */
export const plainOf = (cell: Cell | undefined): string =>
  textOf(cell)
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[\s\u00a0\u202f]+/g, ' ')
    .toLowerCase();

/**
 * The time in a cell: ISO 8601, with its offset or without, `dd/mm/yyyy hh:mm:ss`, a date of Excel, or its number.
 * @returns undefined where there is none
 */
export function timeOf(cell: Cell | undefined): CellTime | undefined {
  if (cell instanceof Date) return clockTimeAt(cell.getTime());
  if (typeof cell === 'number') {
    const isDate = cell >= EXCEL_DATES.from && cell <= EXCEL_DATES.to;
    return isDate ? clockTimeAt((cell - EXCEL_EPOCH) * DAY_SECONDS * SECOND) : undefined;
  }
  const text = textOf(cell);
  const [, date = '', hours, minutes, seconds, offset] = ISO.exec(text) ?? [];
  if (date) {
    const time = checked(date, hours, minutes, seconds);
    if (!time || offset === undefined) return time;
    const local = Date.parse(date) + (time.seconds ?? 0) * SECOND;
    return { instant: local - offsetOf(offset) };
  }
  const [, day, month, year, ...clock] = FRENCH.exec(text) ?? [];
  return day ? checked(`${year}-${month}-${day}`, ...clock) : undefined;
}

/** A date of Excel is a number of days: its seconds are not exact. */
function clockTimeAt(ms: number): CellTime | undefined {
  if (!Number.isFinite(ms)) return undefined;
  const iso = new Date(Math.round(ms / SECOND) * SECOND).toISOString();
  return checked(iso.slice(0, 10), iso.slice(11, 13), iso.slice(14, 16), iso.slice(17, 19));
}

/** Of thousands of times, 48 in a row have the same date. */
let lastDay: Day = '';

function checked(
  day: Day,
  hours?: string,
  minutes?: string,
  seconds = '0',
): { day: Day; seconds: number | undefined } | undefined {
  if (day !== lastDay) {
    if (!isDay(day)) return undefined;
    lastDay = day;
  }
  if (hours === undefined || minutes === undefined) return { day, seconds: undefined };
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds)];
  return h < 24 && m < 60 && s < 60 ? { day, seconds: h * 3600 + m * 60 + s } : undefined;
}

/** Of `+01:00`, `+0100` or `Z`, ms. */
function offsetOf(text: string): number {
  if (text === 'Z') return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
  return (text.startsWith('-') ? -minutes : minutes) * 60 * SECOND;
}

const EMPTY_WORDS: ReadonlySet<string> = new Set(['', 'na', 'n/a', 'null', '-']);

/** Whether a cell says that there is no value: none is not nought. */
export const isEmpty = (cell: Cell | undefined): boolean => EMPTY_WORDS.has(textOf(cell).toLowerCase());

/**
 * The number in a cell, with either decimal sign.
 * @returns undefined where there is none
 */
export function numberOf(cell: Cell | undefined): number | undefined {
  if (typeof cell === 'number') return Number.isFinite(cell) ? cell : undefined;
  const text = textOf(cell);
  return /^-?\d{1,12}(?:[.,]\d{1,9})?$/.test(text) ? Number(text.replace(',', '.')) : undefined;
}
