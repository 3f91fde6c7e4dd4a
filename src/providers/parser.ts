import { isLoadCurve } from '../metering/metrics';
import { addDays, dayOf, instantAt, instantsAt, isDay, startOfDay, type Day } from '../metering/paris';
import type { Reading } from '../metering/readings';
import type { Request } from './provider';
import { LinkyError } from './errors';

/** Why a value was not taken; also the key of its sentence in the locales (`linky-meter.warn.reason.<reason>`). */
export type Refused =
  | 'not-an-object'
  | 'not-a-number'
  | 'no-such-date'
  | 'bad-interval'
  | 'outside-range'
  | 'overlap'
  | 'foreign-usage-point';

/** Values of an answer that were left out: how many, of which day (where it could be read), and why. */
export interface Refusal {
  day: Day | undefined;
  reason: Refused;
  count: number;
}

/** What an answer says: readings oldest first, without overlaps, all within the range that was asked. */
export interface Answer {
  readings: Reading[];
  refusals: Refusal[];
}

const MINUTE = 60_000;
const INTERVALS: ReadonlyMap<unknown, number> = new Map(
  [5, 10, 15, 30, 60].map((minutes) => [`PT${minutes}M`, minutes * MINUTE]),
);
const LENGTHS = [...INTERVALS.values()];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Enedis sends numbers as text. Only whole, non-negative ones are taken: nothing is rounded. */
function numberOf(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^\d{1,12}$/.test(text)) return undefined;
  return Number(text);
}

/**
 * Reads the content of Enedis' `meter_reading`. What is right in it is kept, what is not is refused and told.
 * Labels of load curves are the local time of Paris at the END of the interval.
 * @throws LinkyError `bad-answer` when it is no answer at all, `foreign-usage-point` when it is another meter's
 */
export function readAnswer(content: unknown, request: Request): Answer {
  if (!isObject(content) || !Array.isArray(content['interval_reading'])) {
    throw new LinkyError('bad-answer', { key: 'bad-answer', remedy: 'soon' });
  }
  const of = content['usage_point_id'];
  if (of !== undefined && of !== request.usagePoint) {
    throw new LinkyError('foreign-usage-point', { key: 'foreign-usage-point', remedy: 'next-attempt' });
  }
  const refusals = new RefusalCount();
  const entries = content['interval_reading'].filter((entry: unknown) => {
    if (isObject(entry)) return true;
    refusals.add(undefined, 'not-an-object');
    return false;
  }) as Record<string, unknown>[];
  const read = isLoadCurve(request.series) ? readLoadCurve : readDays;
  const readings = withoutOverlaps(read(entries, request, refusals), refusals);
  return { readings, refusals: refusals.list() };
}

class RefusalCount {
  private readonly counts = new Map<string, Refusal>();

  add(day: Day | undefined, reason: Refused): void {
    const key = `${day ?? ''} ${reason}`;
    const known = this.counts.get(key);
    if (known) known.count += 1;
    else this.counts.set(key, { day, reason, count: 1 });
  }

  list(): Refusal[] {
    return [...this.counts.values()];
  }
}

const inRange = (day: Day, { start, end }: Request): boolean => day >= start && day < end;

/** Daily energy (`yyyy-mm-dd`) and max power (`yyyy-mm-dd hh:mm:ss`, the instant of the peak). */
function readDays(entries: Record<string, unknown>[], request: Request, refusals: RefusalCount): Reading[] {
  const readings: Reading[] = [];
  for (const entry of entries) {
    const label = labelOf(entry['date']);
    if (!label) {
      refusals.add(undefined, 'no-such-date');
      continue;
    }
    const { day, seconds } = label;
    const value = numberOf(entry['value']);
    const [at] = seconds === undefined ? [] : instantsAt(day, Math.floor(seconds / 60));
    if (seconds !== undefined && at === undefined) refusals.add(day, 'no-such-date');
    else if (value === undefined) refusals.add(day, 'not-a-number');
    else if (!inRange(day, request)) refusals.add(day, 'outside-range');
    else {
      const reading: Reading = { start: startOfDay(day), end: startOfDay(addDays(day, 1)), value };
      if (at !== undefined && request.series === 'consumption-max-power') {
        reading.at = at + ((seconds ?? 0) % 60) * 1000;
      }
      readings.push(reading);
    }
  }
  return readings;
}

interface Label {
  day: Day;
  /** Since midnight by the clock; absent where the label is a date alone. */
  seconds: number | undefined;
}

const LABEL = /^\d{4}-\d\d-\d\d(?: (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)?$/;

/** @param known a date that exists: labels come in thousands, days in dozens */
function labelOf(text: unknown, known?: Day): Label | undefined {
  if (typeof text !== 'string' || !LABEL.test(text)) return undefined;
  const day = known !== undefined && text.startsWith(known) ? known : text.slice(0, 10);
  if (day !== known && !isDay(day)) return undefined;
  if (text.length === day.length) return { day, seconds: undefined };
  return { day, seconds: digits(text, 11) * 3600 + digits(text, 14) * 60 + digits(text, 17) };
}

/** The two digits that stand at a place of a text, as a number. */
const digits = (text: string, at: number): number =>
  (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;

/** A value of a load curve, before all that the answer tells of interval lengths is known. */
interface Ended {
  end: number;
  /** Undefined where the answer did not tell it. */
  length: number | undefined;
  value: number;
}

function readLoadCurve(
  entries: Record<string, unknown>[],
  request: Request,
  refusals: RefusalCount,
): Reading[] {
  const ends = new EndOfLabel();
  const first = startOfDay(request.start);
  const last = startOfDay(request.end);
  const ended: Ended[] = [];
  let label: Label | undefined;
  for (const entry of inOrder(entries)) {
    label = labelOf(entry['date'], label?.day);
    const end = label && ends.next(label);
    if (end === undefined) {
      refusals.add(label?.day, 'no-such-date');
      continue;
    }
    const value = numberOf(entry['value']);
    const told = entry['interval_length'];
    const length = INTERVALS.get(told);
    const absent = told === undefined || told === null;
    if (value === undefined) refusals.add(dayOf(end - 1), 'not-a-number');
    else if (end <= first || end > last) refusals.add(dayOf(end - 1), 'outside-range');
    else if (length === undefined && !absent) refusals.add(dayOf(end - 1), 'bad-interval');
    else ended.push({ end, length, value });
  }
  ended.sort((a, b) => a.end - b.end);
  return withStarts(ended, refusals);
}

/** @param ended oldest first */
function withStarts(ended: readonly Ended[], refusals: RefusalCount): Reading[] {
  const shortest = ended.some(({ length }) => length === undefined) ? shortestGaps(ended) : undefined;
  const readings: Reading[] = [];
  let [day, midnight, nextMidnight] = ['', 0, 0];
  for (const { end, length, value } of ended) {
    if (end > nextMidnight) {
      day = dayOf(end - 1);
      midnight = startOfDay(day);
      nextMidnight = startOfDay(addDays(day, 1));
    }
    const start = end - (length ?? shortest?.get(day) ?? 30 * MINUTE);
    if (start < midnight) refusals.add(day, 'bad-interval');
    else readings.push({ start, end, value });
  }
  return readings;
}

/** Oldest first: in October the order of two equal labels is all that tells the first hour from the second. */
function inOrder(entries: Record<string, unknown>[]): Record<string, unknown>[] {
  const first = entries[0]?.['date'];
  const last = entries.at(-1)?.['date'];
  const descending = typeof first === 'string' && typeof last === 'string' && first > last;
  return descending ? entries.toReversed() : entries;
}

/** From an interval's end label to its instant. */
class EndOfLabel {
  private known = { day: '', start: 0, ordinary: false };
  private readonly timesSeen = new Map<string, number>();

  /** @returns undefined where no interval ends at such a time */
  next({ day, seconds }: Label): number | undefined {
    if (seconds === undefined || seconds % 60 !== 0) return undefined;
    const minutes = seconds / 60;
    if (day !== this.known.day) this.known = this.look(day);
    if (this.known.ordinary) return this.known.start + minutes * MINUTE;
    const instants = instantsAt(day, minutes);
    if (instants.length > 1) {
      const key = `${day} ${minutes}`;
      const times = this.timesSeen.get(key) ?? 0;
      this.timesSeen.set(key, times + 1);
      return instants[times % instants.length];
    }
    // The interval that ends at the jump in March may be called 02:00 as well as 03:00.
    const endsAtJump = instants.length === 0 && instantsAt(day, minutes - 1).length > 0;
    return endsAtJump ? instantAt(day, minutes) : instants[0];
  }

  private look(day: Day): { day: Day; start: number; ordinary: boolean } {
    const start = startOfDay(day);
    return { day, start, ordinary: startOfDay(addDays(day, 1)) - start === 24 * 60 * MINUTE };
  }
}

/** Per day the shortest distance between two ends, where it is an interval's length: stands in for a missing one. */
function shortestGaps(ended: readonly Ended[]): Map<Day, number> {
  const gaps = new Map<Day, number>();
  let before: number | undefined;
  for (const { end } of ended) {
    const day = dayOf(end - 1);
    const gap = end - Math.max(before ?? 0, startOfDay(day));
    if (LENGTHS.includes(gap)) gaps.set(day, Math.min(gap, gaps.get(day) ?? gap));
    before = end;
  }
  return gaps;
}

/** The first of what covers the same time stays; the same again is nothing new. */
function withoutOverlaps(readings: Reading[], refusals: RefusalCount): Reading[] {
  readings.sort((a, b) => a.start - b.start);
  const kept: Reading[] = [];
  for (const reading of readings) {
    const last = kept.at(-1);
    if (!last || reading.start >= last.end) kept.push(reading);
    else if (reading.start !== last.start || reading.end !== last.end || reading.value !== last.value) {
      refusals.add(dayOf(reading.start), 'overlap');
    }
  }
  return kept;
}
