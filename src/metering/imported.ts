import type { TimeRange } from '../calendar/ranges';
import { mergeReadings, type Reading } from './readings';

/**
 * Readings of export files beside those of Enedis' interface. What the interface delivered is never replaced by a file;
 * a later file replaces an earlier one.
 */

/** A value of a file that was not taken, because another one stands there. */
export interface Contradiction extends TimeRange {
  /** In Enedis' unit, as `Reading.value`. */
  value: number;
  /** What stands there: where its intervals are shorter, their mean. */
  kept: number;
}

/** A day after a file. */
export interface MergedImport {
  /** Oldest first, without overlaps. */
  readings: Reading[];
  /** Those of them that are new or different. */
  changed: Reading[];
  /** The time of those that came from files. */
  imported: TimeRange[];
  /** How many values were not there before. */
  taken: number;
  /** How many stood there otherwise, from an earlier file. */
  replaced: number;
  /** How many were there alike, before the file. */
  known: number;
  /** Those that Enedis' interface delivered otherwise. */
  contradicting: Contradiction[];
  /** How many say otherwise than an earlier row of the same file, or have only a part of a longer interval that is kept. */
  repeated: number;
}

/**
 * @param kept of the day, oldest first, without overlaps
 * @param imported the time of those of them that came from files
 * @param came of the day, of a file, oldest first, without overlaps
 * @param isSameFile an earlier part of the file had values of this day: they stay
 */
export function mergeImport(
  kept: readonly Reading[],
  imported: readonly TimeRange[],
  came: readonly Reading[],
  isSameFile: boolean,
): MergedImport {
  const counts = { taken: 0, replaced: 0, known: 0, repeated: 0 };
  const contradicting: Contradiction[] = [];
  const taken: Reading[] = [];
  let next = 0;
  for (const reading of came) {
    while ((kept[next]?.end ?? Infinity) <= reading.start) next += 1;
    const there: Reading[] = [];
    for (let i = next; (kept[i]?.start ?? Infinity) < reading.end; i++) there.push(kept[i] as Reading);
    if (there.length === 0) {
      counts.taken += 1;
      taken.push(reading);
    } else if (isSame(there, reading) || isPartOfSame(there, came)) counts.known += isSameFile ? 0 : 1;
    else if (!there.every((each) => isWithin(imported, each))) {
      const { start, end, value } = reading;
      contradicting.push({ start, end, value, kept: meanOf(there) });
    } else if (isSameFile || !there.every((each) => isCovered(each, came))) counts.repeated += 1;
    else {
      counts.replaced += 1;
      taken.push(reading);
    }
  }
  const merged = mergeReadings(kept, taken);
  const readings = merged?.readings ?? [...kept];
  const takenStarts = new Set(taken.map(({ start }) => start));
  return {
    ...counts,
    contradicting,
    readings,
    changed: merged?.changed ?? [],
    imported: timeOf(readings, (each) => takenStarts.has(each.start) || isWithin(imported, each)),
  };
}

/**
 * The time of readings that still are those of files after an answer of Enedis' interface.
 * @param readings of the day after the answer, oldest first
 * @param came with the answer, oldest first
 */
export const stillImported = (
  readings: readonly Reading[],
  imported: readonly TimeRange[],
  came: readonly Reading[],
): TimeRange[] => {
  const delivered = new Set(came.map(({ start }) => start));
  return timeOf(readings, (each) => !delivered.has(each.start) && isWithin(imported, each));
};

const isWithin = (times: readonly TimeRange[], { start, end }: TimeRange): boolean =>
  times.some((time) => time.start <= start && end <= time.end);

/** The time of some readings, in as few ranges as it takes. */
function timeOf(readings: readonly Reading[], isMeant: (reading: Reading) => boolean): TimeRange[] {
  const times: TimeRange[] = [];
  for (const { start, end } of readings.filter(isMeant)) {
    const last = times.at(-1);
    if (last?.end === start) last.end = end;
    else times.push({ start, end });
  }
  return times;
}

/** Enedis' files and its interface may round a mean of shorter intervals otherwise. */
const ROUNDING = 1;
const MINUTE = 60_000;

/** Whether readings say the same as another one: one that is equal, or shorter ones of all its time with its mean. */
function isSame(there: readonly Reading[], { start, end, value, at }: Reading): boolean {
  const [first] = there;
  if (there.length === 1 && first?.start === start && first.end === end) {
    // A file may have no time of the peak, or no seconds.
    const isSamePeak = at === undefined || Math.abs(at - (first.at ?? Infinity)) < MINUTE;
    return first.value === value && isSamePeak;
  }
  const covered = there.reduce((sum, each) => sum + each.end - each.start, 0);
  const isWhole = first?.start === start && there.at(-1)?.end === end && covered === end - start;
  return isWhole && Math.abs(meanOf(there) - value) < ROUNDING;
}

/** Whether readings of a file have all the time of a longer one that is kept, and its mean. */
function isPartOfSame([first, ...more]: readonly Reading[], came: readonly Reading[]): boolean {
  if (!first || more.length > 0) return false;
  const within = came.filter(({ start, end }) => first.start <= start && end <= first.end);
  return within.length > 1 && isCovered(first, within) && Math.abs(meanOf(within) - first.value) < ROUNDING;
}

/** Whether readings have all the time of another one. */
function isCovered({ start, end }: TimeRange, readings: readonly Reading[]): boolean {
  const covered = readings.reduce(
    (sum, each) => sum + Math.max(0, Math.min(end, each.end) - Math.max(start, each.start)),
    0,
  );
  return covered === end - start;
}

function meanOf(readings: readonly Reading[]): number {
  const [sum, time] = readings.reduce<[number, number]>(
    ([energy, length], { start, end, value }) => [energy + value * (end - start), length + end - start],
    [0, 0],
  );
  return time > 0 ? sum / time : 0;
}
