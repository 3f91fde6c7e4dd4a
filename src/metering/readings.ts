import { addDays, startOfDay, type Day } from '../calendar/paris';
import { isLoadCurve, type Series } from './metrics';

/** One value as Enedis measured it: of an interval of the load curve, or of a whole Paris day. */
export interface Reading {
  /** Start of what the value covers, epoch ms. */
  start: number;
  /** End of it, epoch ms. */
  end: number;
  /** In Enedis' unit (W, Wh, VA): an integer, never rounded. */
  value: number;
  /** Max power only: the instant of the peak, where Enedis told it. */
  at?: number;
}

/**
 * How much of a day is there: `partial` where a load curve has gaps, or where registers are the total alone, as export
 * files have it.
 */
export type DayState = 'complete' | 'partial' | 'missing';

/** How often and when a day was requested, and what is there of it: all that planning needs. */
export interface DayStatus {
  day: Day;
  state: DayState;
  /** When it was requested last, epoch ms; `NEVER_REQUESTED` where all there is of it came from a file. */
  requestedAt: number;
  /** How often it was requested since it is old, without becoming complete: see `OLD_DAYS`. */
  attempts: number;
}

/** One day of one series, with what was measured. */
export interface MeasuredDay extends DayStatus {
  /** Oldest first, without overlaps. */
  readings: Reading[];
}

/** The same, with how it came. */
export interface DayRecord extends MeasuredDay {
  /** Grows with every answer that changes the series; 0 while nothing came of this day. */
  revision: number;
  /** What of the readings came with the last change, where that was not the first one. */
  changed?: {
    /** The revision of the day before that change. */
    after: number;
    readings: Reading[];
  };
}

/** `DayStatus.requestedAt` of a day that only export files know. */
export const NEVER_REQUESTED = 0;

/** From this age on, in days, Enedis rarely completes a day that it did not complete before. */
export const OLD_DAYS = 14;

/**
 * How complete a day is.
 * @param readings those of that day, oldest first, without overlaps
 */
export function dayState(series: Series, day: Day, readings: readonly Reading[]): DayState {
  if (readings.length === 0) return 'missing';
  if (!isLoadCurve(series)) return 'complete';
  let covered = startOfDay(day);
  for (const reading of readings) {
    if (reading.start !== covered) return 'partial';
    covered = reading.end;
  }
  return covered === startOfDay(addDays(day, 1)) ? 'complete' : 'partial';
}

/** Energy of one load-curve reading in Wh: mean power times its length. */
export const energyOf = (reading: Reading): number =>
  (reading.value * (reading.end - reading.start)) / 3_600_000;

/** The readings of a day after an answer. */
export interface Merged {
  /** Oldest first, without overlaps. */
  readings: Reading[];
  /** Those of them that are new or different. */
  changed: Reading[];
}

/**
 * The readings of a day after an answer. What came newer wins; what it does not cover is kept.
 * @param kept oldest first, without overlaps
 * @param came oldest first, without overlaps
 * @returns undefined where nothing changes, so that a repeated answer is news to nobody
 */
export function mergeReadings(kept: readonly Reading[], came: readonly Reading[]): Merged | undefined {
  const before = new Map(kept.map((reading) => [reading.start, reading]));
  const changed = came.filter((reading) => !isSameReading(reading, before.get(reading.start)));
  if (changed.length === 0) return undefined;
  const rest = kept.filter((old) => !came.some(({ start, end }) => start < old.end && old.start < end));
  return { readings: [...rest, ...came].sort((a, b) => a.start - b.start), changed };
}

const isSameReading = (one: Reading, other: Reading | undefined): boolean =>
  one.start === other?.start && one.end === other.end && one.value === other.value && one.at === other.at;
