import { addDays, addMonths, dayOf, startOfMonth, startOfYear, type Day } from '../calendar/paris';
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
  type Value,
} from '../metering/values';
import { longestRange } from '../providers/limits';
import { meterFirstDay, type Extent, type SeriesKey, type Store } from '../store/store';

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
  /** The recent window, ready to draw. */
  series: PublishedValue[];
  replay?: true;
}

/** The newest value of a message, and what it covers. */
export type Headline = Pick<SourceMessage, 'payload' | 'start' | 'end'>;

/** More days than a series can have. */
const ALL_DAYS = 100_000;

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

/**
 * What a source has not published yet of a metric, at most one range's worth.
 * @param now epoch ms
 * @param previous what the message before on this output said, where it is known
 * @returns the message, and the revision to move the cursor to once it is sent; undefined when all is published
 */
export async function nextMessage(
  store: Store,
  source: Source,
  metric: Metric,
  now: number,
  previous?: Headline,
): Promise<{ message: SourceMessage; revision: number } | undefined> {
  const key = keyOf(source, metric);
  const cursor = await store.cursor(source.consumer, metric, key);
  // Totals are made of all that the store has: one message says what several answers changed.
  const most = isTotal(metric) ? ALL_DAYS : longestRange(key.name);
  const changed = await store.changedAfter(key, cursor, most);
  const revision = changed.at(-1)?.revision;
  if (revision === undefined) return undefined;
  const days = changed.toSorted((a, b) => (a.day < b.day ? -1 : 1));
  const bounds = await boundsOf(store, key);
  if (!bounds) return undefined;
  const message = await compose(
    store,
    source,
    metric,
    bounds,
    now,
    await changedValues(store, source, metric, bounds, days, cursor),
  );
  if (!message) return undefined;
  const isOlder = previous
    ? isSamePayload(previous, message)
    : cursor > 0 && !(await hasNewPayload(store, key, metric, bounds, cursor));
  return { message: { ...message, ...(isOlder && { backfill: true }) }, revision };
}

const isSamePayload = (one: Headline, other: Headline): boolean =>
  one.payload === other.payload && one.start === other.start && one.end === other.end;

/** Whether something of what the payload is made of changed after a revision. */
async function hasNewPayload(
  store: Store,
  key: SeriesKey,
  metric: Metric,
  { newest }: Bounds,
  revision: number,
): Promise<boolean> {
  const days = await store.days(key, periodAround(metric, newest));
  if (metric !== 'load-curve') return days.some((day) => day.revision > revision);
  const last = days.at(-1);
  const payload = last?.readings.at(-1);
  if (!last || !payload || last.revision <= revision) return false;
  return unpublishedPart(last, revision).readings.some(({ start }) => start === payload.start);
}

/** The last known values again, for dashboards after a start; undefined while nothing is known. */
export async function lastMessage(
  store: Store,
  source: Source,
  metric: Metric,
  now: number,
): Promise<SourceMessage | undefined> {
  const bounds = await boundsOf(store, keyOf(source, metric));
  const message = bounds && (await compose(store, source, metric, bounds, now, []));
  return message && { ...message, replay: true };
}

/**
 * The whole kept history again, in messages of at most one range each, oldest first.
 * @param period only values that start within it
 */
export async function* keptMessages(
  store: Store,
  source: Source,
  metric: Metric,
  now: number,
  { start: from, end: to }: TimeRange,
): AsyncGenerator<SourceMessage> {
  const key = keyOf(source, metric);
  const bounds = await boundsOf(store, key);
  if (!bounds) return;
  const { oldest, newest } = bounds;
  const last = to === Infinity || dayOf(to - 1) > newest ? newest : dayOf(to - 1);
  const first = from === -Infinity || dayOf(from) < oldest ? oldest : dayOf(from);
  for (let day = periodAround(metric, first).start; day <= last;) {
    // Whole months and years: a total cut in two would be published as two wrong ones.
    const end = isTotal(metric) ? periodAround('yearly', day).end : addDays(day, longestRange(key.name));
    const all = await valuesBetween(store, source, metric, bounds, { start: day, end });
    const values = all.filter(({ start }) => start >= from && start < to);
    const message = values.length > 0 && (await compose(store, source, metric, bounds, now, values));
    if (message) yield { ...message, replay: true };
    day = end;
  }
}

async function boundsOf(store: Store, key: SeriesKey): Promise<(Bounds & Extent) | undefined> {
  const extent = await store.extent(key);
  return extent && { ...extent, firstDay: meterFirstDay(await store.facts(key)) };
}

/** The values of a metric over whole days, months or years. */
async function valuesBetween(
  store: Store,
  source: Source,
  metric: Metric,
  bounds: Bounds,
  range: DayRange,
): Promise<Value[]> {
  const days = await store.days(keyOf(source, metric), range);
  return isTotal(metric) ? totalsOf(metric, days, bounds) : valuesOf(source.direction, metric, days);
}

/** The values that changed days are, or belong to: a new day changes the totals of its month and year. */
async function changedValues(
  store: Store,
  source: Source,
  metric: Metric,
  bounds: Bounds,
  days: readonly DayRecord[],
  cursor: number,
): Promise<Value[]> {
  if (!isTotal(metric)) {
    // Production's max power is made of the whole day.
    const isOfDay = metric === 'max-power' && unitOf(source.direction, metric) === 'kW';
    return valuesOf(
      source.direction,
      metric,
      isOfDay ? days : days.map((day) => unpublishedPart(day, cursor)),
    );
  }
  const starts = days.map(({ day }) => startOfPeriod(metric, day));
  const [first, last] = [starts[0], starts.at(-1)];
  if (first === undefined || last === undefined) return [];
  const range = { start: first, end: periodAround(metric, last).end };
  const changed = new Set(starts);
  const values = await valuesBetween(store, source, metric, bounds, range);
  return values.filter(({ start }) => changed.has(dayOf(start)));
}

/** A day with those of its readings alone that are not published yet: a load curve may come in parts. */
const unpublishedPart = (day: DayRecord, cursor: number): DayRecord =>
  day.changed && cursor >= day.changed.after ? { ...day, readings: day.changed.readings } : day;

/** The recent window of a metric up to its newest day: 7 days, 31 days, 24 months, 5 years, 31 days. */
function windowStart(metric: Metric, newest: Day): Day {
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

async function compose(
  store: Store,
  source: Source,
  metric: Metric,
  bounds: Bounds,
  now: number,
  readings: readonly Value[],
): Promise<SourceMessage | undefined> {
  const { direction, usagePoint, meter } = source;
  const { newest } = bounds;
  const range = { start: windowStart(metric, newest), end: addDays(newest, 1) };
  const window = (await valuesBetween(store, source, metric, bounds, range)).map(publishedValue);
  const headline = window.at(-1);
  if (!headline) return undefined;
  const today = dayOf(now);
  const yesterday = { start: addDays(today, -1), end: today };
  const [status] = await store.statuses(keyOf(source, metric), yesterday);
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
    upToDate: status?.state === 'complete',
    readings: readings.map(publishedValue),
    series: window,
  };
}
