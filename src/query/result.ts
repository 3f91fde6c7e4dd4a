import {
  addDays,
  dayOf,
  daysBetween,
  daysIn,
  isoParis,
  startOfDay,
  startOfYear,
  type Day,
} from '../calendar/paris';
import type { DayRange, TimeRange } from '../calendar/ranges';
import { isLoadCurve, seriesOf, type Series } from '../metering/metrics';
import {
  energyOf,
  NEVER_REQUESTED,
  OLD_DAYS,
  type DayStatus,
  type MeasuredDay,
  type Reading,
} from '../metering/readings';
import { valueOf, type Value } from '../metering/values';
import { BEFORE_LINKY, oldestDay } from '../providers/limits';
import type { TariffName } from '../tariff/open-tariff';
import { meterFirstDay, type Extent, type SeriesFacts } from '../store/reader';
import type { Store } from '../store/store';
import { bucketsOf, daysOf, isGreatest, rangeBefore, widened, yearBefore } from './buckets';
import type { MeasuredQuery } from './query';

/** The value of a bucket, and that of the same dates one year before; there may be one, both, or neither. */
export interface Pair {
  /** What the value covers. */
  range: TimeRange;
  value?: Value;
  previous?: Value;
}

/**
 * Why days are not in a result: Enedis has none so old; it may still bring them; it never brought them, or not
 * whole; they could not be requested.
 */
export type MissingReason = 'too-old' | 'awaited' | 'gap' | 'not-requested';

/** Days in a row that are not complete, in ISO 8601 with the offset of Paris; `end` is not included. */
export interface Missing {
  start: string;
  end: string;
  reason: MissingReason;
}

export interface Result {
  /** What was queried and can be there: up to yesterday. */
  range: TimeRange;
  pairs: Pair[];
  missing: Missing[];
  /** Of costs: what they are by. */
  tariff?: TariffName & {
    /** As in `periodsOf`. */
    periods: readonly string[];
  };
}

/** Days of a series that a query needs. */
export interface NeededDays extends DayRange {
  series: Series;
}

/** All that is known of the series that a query is about, in days. */
interface SeriesData {
  facts: SeriesFacts;
  extent: Extent | undefined;
  days: MeasuredDay[];
}

/**
 * What a query is about, as far as it can have been measured: whole days, weeks, months or years, but for the load
 * curve's hours.
 */
export async function rangeOf(
  store: Store,
  storedAs: string,
  query: MeasuredQuery,
  now: number,
): Promise<TimeRange> {
  const { direction, metric, bucket } = query;
  const key = { usagePoint: storedAs, name: seriesOf(direction, metric) };
  const today = dayOf(now);
  const midnight = startOfDay(today);
  let start = Math.min(query.range.start, midnight);
  let end = Math.min(query.range.end, midnight);
  if (start === -Infinity) {
    const { floor } = await store.facts(key);
    const extent = await store.extent(key);
    const deepest = oldestDay(key.name, today);
    const first = floor && floor.day >= deepest ? addDays(floor.day, 1) : deepest;
    start = startOfDay(extent && extent.oldest < first ? extent.oldest : first);
  }
  // No query reaches further back.
  start = Math.max(start, startOfDay(BEFORE_LINKY));
  end = Math.max(end, startOfDay(BEFORE_LINKY));
  if (metric !== 'load-curve') {
    start = startOfDay(addDays(dayOf(start - 1), 1));
    end = startOfDay(addDays(dayOf(end - 1), 1));
  }
  if (start >= end) return { start: end, end };
  const whole = widened(bucket, { start, end });
  return { start: whole.start, end: Math.min(whole.end, midnight) };
}

/** The days a query needs, of its range and of the one a year before; the newest first. */
export function neededDays({ direction, metric, compare }: MeasuredQuery, range: TimeRange): NeededDays[] {
  const series = seriesOf(direction, metric);
  const needed = (part: TimeRange): NeededDays[] =>
    part.start < part.end ? [{ series, ...daysOf(part) }] : [];
  if (!compare) return needed(range);
  const before = rangeBefore(range);
  // Two years beside the two before them are three: the one in the middle is needed once.
  if (before.end >= range.start) return needed({ start: before.start, end: range.end });
  return [...needed(range), ...needed(before)];
}

/** Answers a query from the store. */
export async function resultOf(
  store: Store,
  storedAs: string,
  query: MeasuredQuery,
  now: number,
): Promise<Result> {
  const range = await rangeOf(store, storedAs, query, now);
  const name = seriesOf(query.direction, query.metric);
  const key = { usagePoint: storedAs, name };
  const needed = neededDays(query, range).toReversed();
  // At once: with PostgreSQL each of them waits for the network.
  const [facts, extent, parts] = await Promise.all([
    store.facts(key),
    store.extent(key),
    Promise.all(needed.map((part) => store.days(key, part))),
  ]);
  const days = parts.flat();
  return {
    range,
    pairs: pairsOf(query, range, { facts, extent, days }),
    missing: needed.flatMap((part) => missingOf(part, days, facts, now)),
  };
}

function pairsOf(
  { bucket, compare, metric, direction }: MeasuredQuery,
  range: TimeRange,
  data: SeriesData,
): Pair[] {
  const { facts, extent, days } = data;
  if (!extent) return [];
  // No value lies before the year of the oldest one, nor after the newest.
  const covered = {
    start: Math.max(range.start, widened(bucket, yearOf(extent.oldest)).start),
    end: Math.min(range.end, startOfDay(addDays(extent.newest, 1))),
  };
  const readings: Reading[] = [];
  for (const day of days) readings.push(...day.readings);
  if (bucket === 'reading') return readingPairs(readings, covered, compare);
  const firstDay = meterFirstDay(facts);
  const values = new BucketValues(readings, {
    isPower: isLoadCurve(seriesOf(direction, metric)),
    isGreatest: isGreatest(metric),
    exists: firstDay === undefined ? -Infinity : startOfDay(firstDay),
  });
  const pairs: Pair[] = [];
  for (const each of bucketsOf(bucket, covered)) {
    const before = compare ? yearBefore(bucket, each) : undefined;
    addPair(pairs, each, values.of(each), before && values.of(before));
  }
  return pairs;
}

const yearOf = (day: Day): TimeRange => {
  const start = startOfDay(startOfYear(day));
  return { start, end: start + 1 };
};

function readingPairs(readings: readonly Reading[], covered: TimeRange, compare: boolean): Pair[] {
  const byStart = compare ? new Map(readings.map((reading) => [reading.start, reading])) : undefined;
  const pairs: Pair[] = [];
  for (const reading of readings) {
    const { start, end } = reading;
    if (start < covered.start || start >= covered.end) continue;
    const before = byStart && yearBefore('hour', reading);
    const previous = before && byStart.get(before.start);
    addPair(pairs, { start, end }, valueOf(reading), previous && valueOf(previous));
  }
  return pairs;
}

/** Adds a pair, where it has a value. Results have tens of thousands of them: nothing is copied. */
function addPair(
  pairs: Pair[],
  range: TimeRange,
  value: Value | undefined,
  previous: Value | undefined,
): void {
  if (!value && !previous) return;
  const pair: Pair = { range };
  if (value) pair.value = value;
  if (previous) pair.previous = previous;
  pairs.push(pair);
}

/** The values of buckets, of the readings that start in them. */
class BucketValues {
  /** Where the last bucket ended. */
  private last = 0;

  constructor(
    /** Oldest first. */
    private readonly readings: readonly Reading[],
    private readonly how: {
      /** Readings are mean power, their bucket's value is energy. */
      isPower: boolean;
      isGreatest: boolean;
      /** The meter measured nothing before, epoch ms. */
      exists: number;
    },
  ) {}

  of({ start, end }: TimeRange): Value | undefined {
    const { readings, how } = this;
    let covered = 0;
    let sum = 0;
    let greatest: Reading | undefined;
    let i = this.firstFrom(start);
    for (let reading = readings[i]; reading && reading.start < end; reading = readings[++i]) {
      covered += reading.end - reading.start;
      sum += how.isPower ? energyOf(reading) : reading.value;
      if (!greatest || reading.value > greatest.value) greatest = reading;
    }
    this.last = i;
    if (!greatest) return undefined;
    const value: Value = { start, end, value: (how.isGreatest ? greatest.value : sum) / 1000 };
    // Of a mean the interval's start is told, of a measured peak its instant.
    const at = how.isPower ? greatest.start : greatest.at;
    if (how.isGreatest && at !== undefined) value.at = at;
    if (covered < end - Math.max(start, Math.min(how.exists, end))) value.incomplete = true;
    return value;
  }

  /** The position of the first reading that starts at an instant or later. */
  private firstFrom(instant: number): number {
    const { readings, last } = this;
    // Buckets are asked for in order: it is mostly where the one before ended.
    if ((readings[last - 1]?.start ?? Infinity) < instant && (readings[last]?.start ?? Infinity) >= instant) {
      return last;
    }
    let [low, high] = [0, readings.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((readings[middle]?.start ?? Infinity) < instant) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The days of a range that are not complete, in runs, with their reason. */
export function missingOf(
  { series, start: first, end: last }: NeededDays,
  days: readonly DayStatus[],
  { floor }: SeriesFacts,
  now: number,
): Missing[] {
  const complete = days.filter(({ day, state }) => state === 'complete' && day >= first && day < last);
  if (complete.length === daysBetween(first, last)) return [];
  const statuses = new Map(days.map((status) => [status.day, status]));
  const today = dayOf(now);
  const oldest = oldestDay(series, today);
  const runs: { start: Day; end: Day; reason: MissingReason }[] = [];
  for (const day of daysIn(first, last)) {
    const status = statuses.get(day);
    if (status?.state === 'complete') continue;
    let reason: MissingReason = 'not-requested';
    const isRequested = status !== undefined && status.requestedAt !== NEVER_REQUESTED;
    if ((floor && day <= floor.day) || (!isRequested && day < oldest)) reason = 'too-old';
    else if (isRequested) reason = daysBetween(day, today) <= OLD_DAYS ? 'awaited' : 'gap';
    const run = runs.at(-1);
    if (run?.end === day && run.reason === reason) run.end = addDays(day, 1);
    else runs.push({ start: day, end: addDays(day, 1), reason });
  }
  return runs.map(({ start, end, reason }) => ({
    start: isoParis(startOfDay(start)),
    end: isoParis(startOfDay(end)),
    reason,
  }));
}
