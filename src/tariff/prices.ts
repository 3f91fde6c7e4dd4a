import type { Day } from '../calendar/paris';

/** Prices of one tariff from a day on. */
export interface PriceRow {
  /** The first day. */
  from: Day;
  /** The day after the last one; absent: until the next row begins. */
  to?: Day;
  /** € incl. tax a year; absent where it is not known. */
  subscription?: number;
  /** € incl. tax per kWh, by period; one that is not known is absent. */
  prices: Readonly<Record<string, number>>;
}

/** The prices of a day; undefined where none are known. */
export type PricesOf = (day: Day) => PriceRow | undefined;

/**
 * Looks prices up by their day, never by their place in a list.
 * @param rows in any order; of two that begin on one day the last counts
 */
export function pricesIn(rows: readonly PriceRow[]): PricesOf {
  const newestFirst = rows
    .map((row, index) => ({ row, index }))
    .sort((a, b) => (a.row.from < b.row.from ? 1 : a.row.from > b.row.from ? -1 : b.index - a.index))
    .map(({ row }) => row);
  return (day) => {
    const row = newestFirst.find(({ from }) => from <= day);
    return row && (row.to === undefined || day < row.to) ? row : undefined;
  };
}
