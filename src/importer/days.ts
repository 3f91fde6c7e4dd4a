import { ClockLabels, labelledInstants } from '../calendar/clock-labels';
import { addDays, dayOf, startOfDay, type Day } from '../calendar/paris';
import { INTERVAL_LENGTHS, shortestGaps, USUAL_INTERVAL } from '../metering/intervals';
import type { Reading } from '../metering/readings';
import type { CellTime } from './cells';
import type { Row } from './rows';
import type { Table } from './tables';

/** Why a row was left out; also the key of its words in the locales (`linky-meter.import.reason.<reason>`). */
export type ImportRejection =
  | 'no-such-date'
  | 'not-a-number'
  | 'negative'
  | 'not-whole'
  | 'bad-interval'
  | 'overlap'
  | 'wrong-unit'
  | 'unknown-layout'
  | 'foreign-usage-point'
  | 'no-direction'
  | 'future'
  | 'cut-off';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export type Reject = (reason: ImportRejection, row: Row, day?: Day) => void;

/** A row of a load curve. */
export interface IntervalRow {
  row: Row;
  table: Table;
  /** Where the file tells it. */
  start?: CellTime;
  /** Of a time by the clock, only the order of the rows may tell which instant it is. */
  end: CellTime;
  /** In ms; undefined where the file does not say it. */
  length: number | undefined;
  /** Mean power in W, or the interval's energy in Wh; undefined where there is none: it still counts in the order. */
  value: number | undefined;
  isEnergy: boolean;
}

/** A row with the value of a whole day, or of a midnight. */
export interface DayRow {
  row: Row;
  /** Wh, VA. */
  value: number;
  /** Max power: the instant of the peak, epoch ms. */
  at?: number;
}

/** An interval of a row, by its instants. */
interface Ended {
  row: IntervalRow;
  end: number;
  length: number | undefined;
}

/**
 * The readings of one day of a load curve.
 * @param rows in the order of the file, which may be descending
 * @param usual how long the intervals of each table were on the days before, ms; those of this day are added
 * @returns oldest first, without overlaps
 */
export function loadCurveOf(
  day: Day,
  rows: readonly IntervalRow[],
  usual: Map<Table, number>,
  reject: Reject,
): Reading[] {
  const ended = endsOf(day, rows, reject);
  for (const table of new Set(rows.map((row) => row.table))) {
    const gap = shortestGaps(ended.filter(({ row }) => row.table === table)).get(day);
    if (gap !== undefined) usual.set(table, gap);
  }
  const midnight = startOfDay(day);
  const readings: Reading[] = [];
  for (const { row, end, length = usual.get(row.table) ?? USUAL_INTERVAL } of ended) {
    if (row.value === undefined) continue;
    const start = end - length;
    const last = readings.at(-1);
    const isInterval = INTERVAL_LENGTHS.includes(length) && start >= midnight && beginsAt(row, start);
    // Mean power, as the interface delivers it.
    const value = wholeOf(row.isEnergy ? (row.value * HOUR) / length : row.value);
    if (!isInterval) reject('bad-interval', row.row, day);
    else if (value === undefined) reject('not-whole', row.row, day);
    else if (!last || start >= last.end) readings.push({ start, end, value });
    else if (start !== last.start || end !== last.end || value !== last.value)
      reject('overlap', row.row, day);
  }
  return readings;
}

/** @returns oldest first */
function endsOf(day: Day, rows: readonly IntervalRow[], reject: Reject): Ended[] {
  const labels = new ClockLabels(true);
  const ended: Ended[] = [];
  let before: IntervalRow | undefined;
  for (const row of inOrder(rows)) {
    // The order tells equal times in October apart, so that a row that comes twice must not count in it.
    const isRepeated = before !== undefined && isSameTime(before.end, row.end) && !isHourly(row, rows);
    if (isRepeated && before?.value !== row.value) reject('overlap', row.row, day);
    if (isRepeated) continue;
    before = row;
    const end = endOf(row, labels);
    if (end === undefined) reject('no-such-date', row.row, day);
    else ended.push({ row, end, length: row.length });
  }
  return ended.sort((one, other) => one.end - other.end);
}

function endOf(row: IntervalRow, labels: ClockLabels): number | undefined {
  const { end, length } = row;
  if (end.instant !== undefined) return end.instant % MINUTE === 0 ? end.instant : undefined;
  const { day, seconds } = end;
  if (seconds === undefined || seconds % 60 !== 0) return undefined;
  return labels.next(day, seconds / 60, (instant) => length === undefined || beginsAt(row, instant - length));
}

/** Whether an interval that begins at an instant is one that the row tells: by the clock it may have two starts. */
function beginsAt({ start }: IntervalRow, instant: number): boolean {
  if (start === undefined) return true;
  if (start.instant !== undefined) return start.instant === instant;
  return labelledInstants(start.day, (start.seconds ?? 0) / 60).includes(instant);
}

/**
 * The value of a day: of several that differ the first.
 * @param rows in the order of the file; one at least
 */
export function valueOfDay(day: Day, rows: readonly DayRow[], reject: Reject): DayRow | undefined {
  let kept: DayRow | undefined;
  for (const each of rows) {
    const value = wholeOf(each.value);
    if (value === undefined) reject('not-whole', each.row, day);
    else if (!kept) kept = { ...each, value };
    else if (kept.value !== value || kept.at !== each.at) reject('overlap', each.row, day);
  }
  return kept;
}

/** The reading of a value that covers a whole day. */
export const readingOf = (day: Day, { value, at }: DayRow): Reading => ({
  start: startOfDay(day),
  end: startOfDay(addDays(day, 1)),
  value,
  ...(at !== undefined && { at }),
});

/** The day that an interval with this end lies in: one that ends at midnight belongs to the day before. */
export function dayOfEnd(end: CellTime): Day {
  if (end.instant !== undefined) return dayOf(end.instant - 1);
  return end.seconds === 0 || end.seconds === undefined ? addDays(end.day, -1) : end.day;
}

const isSameTime = (one: CellTime, other: CellTime): boolean =>
  one.instant === other.instant && one.day === other.day && one.seconds === other.seconds;

/** Of hours, in October two in a row may have the same time. */
const isHourly = ({ length }: IntervalRow, rows: readonly IntervalRow[]): boolean =>
  length === undefined ? rows.length <= MOST_HOURS : length === HOUR;
/** Of a day, with one that comes twice. */
const MOST_HOURS = 26;

/** Oldest first: on the October day only the order of equal times tells them apart. */
function inOrder(rows: readonly IntervalRow[]): readonly IntervalRow[] {
  const [first, last] = [rows[0], rows.at(-1)];
  return first && last && minutesOf(first) > minutesOf(last) ? rows.toReversed() : rows;
}

/** By the clock, since the midnight of the day that the interval lies in. */
const minutesOf = ({ end }: IntervalRow): number =>
  end.instant === undefined ? (end.seconds || DAY_SECONDS) / 60 : end.instant / MINUTE;
const DAY_SECONDS = 24 * 3600;

/** Values of decimal fractions are not exact in binary ones. */
const TOLERANCE = 1e-6;

/** A whole number of W, Wh or VA, in which the store keeps them; undefined where it is finer: nothing is rounded. */
function wholeOf(value: number): number | undefined {
  const whole = Math.round(value);
  return Math.abs(value - whole) <= TOLERANCE * Math.max(1, whole) ? whole : undefined;
}
