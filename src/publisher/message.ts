import {
  addDays,
  addMonths,
  dayOf,
  startOfDay,
  startOfMonth,
  startOfYear,
  type Day,
} from '../calendar/paris';
import type { DayRange, TimeRange } from '../calendar/ranges';
import { seriesOf, unitOf, type Direction, type Metric } from '../metering/metrics';
import type { DayRecord } from '../metering/readings';
import {
  isTotal,
  periodAround,
  startOfPeriod,
  publishedValue,
  totalsOf,
  valuesOf,
  type Bounds,
  type PublishedValue,
  type TotalMetric,
  type Value,
} from '../metering/values';
import { longestRange } from '../providers/limits';
import type { SeriesKey, Reader } from '../store/reader';

/** What a source node sends; the names are fixed: flows in the field depend on them. */
export interface SourceMessage {
  topic: string;
  payload: number;
  unit: string;
  direction: Direction;
  metric: Metric;
  usagePoint: string;
  meter: string;
  start: string;
  end: string;
  /** Yesterday is complete for this metric. */
  upToDate: boolean;
  /** The payload is that of the message before: older readings came. */
  backfill?: true;
  /** New since this output's last message, oldest first. */
  readings: PublishedValue[];
  /** The recent window, ready to draw; a month or year that is not over has the same dates of the year before. */
  series: (PublishedValue & { previous?: PublishedValue })[];
  replay?: true;
}

/** The newest value of a message, and what it covers. */
export interface Headline {
  payload: number;
  /** Epoch ms: thousands of meters remember five each, and a number takes a fifth of a text's memory. */
  start: number;
  end: number;
}

export const headlineOf = ({ payload, start, end }: SourceMessage): Headline => ({
  payload,
  start: Date.parse(start),
  end: Date.parse(end),
});

/** Whose messages are made: one source node on one usage point. */
export interface Source {
  /** The source node's id: its cursors' name. */
  consumer: string;
  direction: Direction;
  usagePoint: string;
  /** What the store calls the usage point. */
  storedAs: string;
  /** The meter's name. */
  meter: string;
}

export const keyOf = ({ storedAs, direction }: Source, metric: Metric): SeriesKey => ({
  usagePoint: storedAs,
  name: seriesOf(direction, metric),
});

/** What has changed of a metric. */
export interface Changes {
  metric: Metric;
  /** The revision after which it has. */
  after: number;
  /** The newest of them. */
  revision: number;
  /** @param overview read later: it knows the days that have changed */
  content(overview: Overview): Promise<Content>;
}

/**
 * What a source has not published yet of a metric, at most one range's worth.
 * @param published the revision up to which it was published; 0: nothing was
 * @returns undefined when all is published
 */
export async function changesAfter(
  store: Reader,
  source: Source,
  metric: Metric,
  published: number,
): Promise<Changes | undefined> {
  return isTotal(metric)
    ? changedTotals(store, source, metric, published)
    : changedValues(store, source, metric, published);
}

/**
 * @param overview of the series, read after the changes
 * @param previous what the message before on this output said, where it is known
 * @returns undefined while there is nothing to say
 */
export async function messageOf(
  store: Reader,
  source: Source,
  changes: Changes,
  overview: Overview,
  previous?: Headline,
): Promise<SourceMessage | undefined> {
  const { metric, after } = changes;
  const message = await compose(store, source, metric, overview, await changes.content(overview));
  if (!message) return undefined;
  const isOlder = previous
    ? isSamePayload(previous, headlineOf(message))
    : after > 0 && !(await hasNewPayload(store, keyOf(source, metric), metric, overview, after));
  return { ...message, ...(isOlder && { backfill: true }) };
}

/** What a message is made of: its readings and its window. */
interface Content {
  readings: readonly Value[];
  window: readonly Value[];
}

const isSamePayload = (one: Headline, other: Headline): boolean =>
  one.payload === other.payload && one.start === other.start && one.end === other.end;

/** Whether something of what the payload is made of changed after a revision. */
async function hasNewPayload(
  store: Reader,
  key: SeriesKey,
  metric: Metric,
  { newest }: Bounds,
  revision: number,
): Promise<boolean> {
  const days = await store.records(key, periodAround(metric, newest));
  if (metric !== 'load-curve') return days.some((day) => day.revision > revision);
  const last = days.at(-1);
  const payload = last?.readings.at(-1);
  if (!last || !payload || last.revision <= revision) return false;
  return unpublishedPart(last, revision).readings.some(({ start }) => start === payload.start);
}

/** The last known values again, for dashboards after a start; undefined while nothing is known. */
export async function lastMessage(
  store: Reader,
  source: Source,
  metric: Metric,
  now: number,
): Promise<SourceMessage | undefined> {
  const overview = await overviewOf(store, keyOf(source, metric), now);
  if (!overview) return undefined;
  const window = await windowOf(store, source, metric, overview);
  const message = await compose(store, source, metric, overview, { readings: [], window });
  return message && { ...message, replay: true };
}

/**
 * The whole kept history again, in messages of at most one range each, oldest first.
 * @param period only values that start within it
 */
export async function* keptMessages(
  store: Reader,
  source: Source,
  metric: Metric,
  now: number,
  { start: from, end: to }: TimeRange,
): AsyncGenerator<SourceMessage> {
  const key = keyOf(source, metric);
  const overview = await overviewOf(store, key, now);
  if (!overview) return;
  const { oldest, newest } = overview;
  const last = to === Infinity || dayOf(to - 1) > newest ? newest : dayOf(to - 1);
  const first = from === -Infinity || dayOf(from) < oldest ? oldest : dayOf(from);
  const window = await windowOf(store, source, metric, overview);
  for (let day = periodAround(metric, first).start; day <= last;) {
    // Whole months and years: a total cut in two would be published as two wrong ones.
    const end = isTotal(metric) ? periodAround('yearly', day).end : addDays(day, longestRange(key.name));
    const all = await valuesBetween(store, source, metric, overview, { start: day, end });
    const readings = all.filter(({ start }) => start >= from && start < to);
    const message =
      readings.length > 0 && (await compose(store, source, metric, overview, { readings, window }));
    if (message) yield { ...message, replay: true };
    day = end;
  }
}

/** What all messages about a series say of it. */
export interface Overview extends Bounds {
  /** The first day of which something is there. */
  oldest: Day;
  /** Yesterday is complete. */
  upToDate: boolean;
}

/**
 * @param now epoch ms
 * @returns undefined while nothing came
 */
export async function overviewOf(store: Reader, key: SeriesKey, now: number): Promise<Overview | undefined> {
  const extent = await store.extent(key);
  if (!extent) return undefined;
  const today = dayOf(now);
  const [status] = await store.statuses(key, { start: addDays(today, -1), end: today });
  return { ...extent, firstDay: extent.firstDay, upToDate: status?.state === 'complete' };
}

/** The values of a metric over whole days, months or years. */
async function valuesBetween(
  store: Reader,
  source: Source,
  metric: Metric,
  bounds: Bounds,
  range: DayRange,
): Promise<Value[]> {
  const days = await store.days(keyOf(source, metric), range);
  return isTotal(metric) ? totalsOf(metric, days, bounds) : valuesOf(source.direction, metric, days);
}

/** The values of the days that changed after a revision, at most one range's worth. */
async function changedValues(
  store: Reader,
  source: Source,
  metric: Exclude<Metric, TotalMetric>,
  after: number,
): Promise<Changes | undefined> {
  const key = keyOf(source, metric);
  const changed = await store.changedAfter(key, after, longestRange(key.name));
  const revision = changed.at(-1)?.revision;
  if (revision === undefined) return undefined;
  const days = changed.toSorted((a, b) => (a.day < b.day ? -1 : 1));
  // Production's max power is made of the whole day.
  const isOfDay = metric === 'max-power' && unitOf(source.direction, metric) === 'kW';
  const newOnes = isOfDay ? days : days.map((day) => unpublishedPart(day, after));
  const readings = valuesOf(source.direction, metric, newOnes);
  const content: Changes['content'] = async (overview) => ({
    readings,
    window: await windowOf(store, source, metric, overview),
  });
  return { metric, after, revision, content };
}

/** The months or years that changed after a revision: all at once, so that none comes twice with the same value. */
async function changedTotals(
  store: Reader,
  source: Source,
  metric: TotalMetric,
  after: number,
): Promise<Changes | undefined> {
  const { days, revision } = await store.changedDays(keyOf(source, metric), after);
  const [oldest] = days;
  if (oldest === undefined) return undefined;
  const changed = new Set(days.map((day) => startOfDay(startOfPeriod(metric, day))));
  const first = startOfPeriod(metric, oldest);
  const content: Changes['content'] = async (overview) => {
    const windowStart = windowStartOf(metric, overview.newest);
    const start = first < windowStart ? first : windowStart;
    const end = addDays(overview.newest, 1);
    const values = await valuesBetween(store, source, metric, overview, { start, end });
    return {
      readings: values.filter((value) => changed.has(value.start)),
      window: values.filter((value) => value.start >= startOfDay(windowStart)),
    };
  };
  return { metric, after, revision, content };
}

/** A day with those of its readings alone that are not published yet: a load curve may come in parts. */
const unpublishedPart = (day: DayRecord, cursor: number): DayRecord =>
  day.changed && cursor >= day.changed.after ? { ...day, readings: day.changed.readings } : day;

/** The recent window of a metric up to its newest day: 7 days, 31 days, 24 months, 5 years, 31 days. */
function windowStartOf(metric: Metric, newest: Day): Day {
  switch (metric) {
    case 'load-curve':
      return addDays(newest, -6);
    case 'monthly':
      return addMonths(startOfMonth(newest), -23);
    case 'yearly':
      return addMonths(startOfYear(newest), -48);
    default:
      return addDays(newest, -30);
  }
}

async function windowOf(store: Reader, source: Source, metric: Metric, bounds: Bounds): Promise<Value[]> {
  const { newest } = bounds;
  const range = { start: windowStartOf(metric, newest), end: addDays(newest, 1) };
  return valuesBetween(store, source, metric, bounds, range);
}

/** Of a month or year that is not over: the total of the same dates one year before. */
async function previousOf(
  store: Reader,
  source: Source,
  metric: TotalMetric,
  { start, end }: Value,
): Promise<Value | undefined> {
  if (periodAround(metric, dayOf(start)).end === dayOf(end)) return undefined;
  // The last day is shifted, not the one after it: from a leap year's February that would lose a day.
  const newest = addMonths(addDays(dayOf(end), -1), -12);
  const days = await store.days(keyOf(source, metric), {
    start: addMonths(dayOf(start), -12),
    end: addDays(newest, 1),
  });
  // Days before the meter's first one are missing here: the two totals are not of the same length.
  const [total] = totalsOf(metric, days, { firstDay: undefined, newest });
  return total;
}

async function compose(
  store: Reader,
  source: Source,
  metric: Metric,
  { upToDate }: Overview,
  { readings, window }: Content,
): Promise<SourceMessage | undefined> {
  const { direction, usagePoint, meter } = source;
  const series: SourceMessage['series'] = window.map(publishedValue);
  const headline = series.at(-1);
  const last = window.at(-1);
  if (!headline || !last) return undefined;
  const previous = isTotal(metric) && (await previousOf(store, source, metric, last));
  if (previous) headline.previous = publishedValue(previous);
  return {
    topic: `${direction}/${metric}`,
    payload: headline.value,
    unit: unitOf(direction, metric),
    direction,
    metric,
    usagePoint,
    meter,
    start: headline.start,
    end: headline.end,
    upToDate,
    readings: readings.map(publishedValue),
    series,
  };
}
