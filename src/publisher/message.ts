import { seriesOf, unitOf, type Direction, type Metric } from '../metering/metrics';
import { longestRange } from '../providers/limits';
import {
  addDays,
  addMonths,
  dayOf,
  isoParis,
  startOfDay,
  startOfMonth,
  startOfYear,
  type Day,
} from '../calendar/paris';
import type { Reading } from '../metering/readings';
import { isTotal, periodAround, totalOf, valuesOf, type Extent, type Value } from '../metering/values';
import type { ReadingLog } from '../store/log';
import type { Period } from '../calendar/instants';

/** A value as flows get it: times in ISO 8601 with the offset of Paris. */
export interface MessageValue {
  start: string;
  end: string;
  value: number;
  at?: string;
  incomplete?: true;
}

/** What a source node sends; `design` fixes these names, flows in the field depend on them. */
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
  /** New since this output's last message, oldest first. */
  readings: MessageValue[];
  /** The recent window, ready to draw. */
  series: MessageValue[];
  replay?: true;
}

/** Whose messages are made: one source node on one meter. */
export interface Source {
  /** The source node's id: its place in the log. */
  consumer: string;
  direction: Direction;
  usagePoint: string;
  /** What the log calls the usage point. */
  logName: string;
  /** The meter's name. */
  meter: string;
}

/**
 * What a source has not told yet of a metric, at most one range's worth.
 * @param now epoch ms
 * @returns the message, and how to note that it was sent; undefined when all is told
 */
export function freshMessage(
  log: ReadingLog,
  source: Source,
  metric: Metric,
  now: number,
): { message: SourceMessage; noteSent: () => void } | undefined {
  const series = seriesOf(source.direction, metric);
  const stream = log.stream(source.logName, series);
  const place = log.place(source.consumer, metric, stream);
  const fresh = log.after(stream, place, longestRange(series));
  const last = fresh.at(-1);
  if (!last) return undefined;
  const readings = touched(log, source, metric, fresh);
  const message = compose(log, source, metric, readings, now);
  if (!message) return undefined;
  return {
    message,
    noteSent: () => {
      log.movePlace(source.consumer, metric, stream, last.revision);
    },
  };
}

/** The last known values again, for dashboards after a start; undefined while nothing is known. */
export function lastMessage(
  log: ReadingLog,
  source: Source,
  metric: Metric,
  now: number,
): SourceMessage | undefined {
  const message = compose(log, source, metric, [], now);
  return message && { ...message, replay: true };
}

/**
 * The whole kept history again, in messages of at most one range each, oldest first.
 * @param period only values that start within it
 */
export function* keptMessages(
  log: ReadingLog,
  source: Source,
  metric: Metric,
  now: number,
  { from, to }: Period,
): Generator<SourceMessage> {
  const series = seriesOf(source.direction, metric);
  const stream = log.stream(source.logName, series);
  const oldest = log.oldest(stream);
  const newest = log.newest(stream);
  if (!oldest || !newest) return;
  const end = dayOf(Math.min(to - 1, newest.start));
  let day = periodAround(metric, dayOf(Math.max(from, oldest.start))).start;
  while (day <= end) {
    // Whole months and years: a total cut in two would be told as two wrong ones.
    const next =
      metric === 'monthly' || metric === 'yearly'
        ? periodAround('yearly', day).end
        : addDays(day, longestRange(series));
    const values = valuesBetween(log, source, metric, day, next).filter(
      ({ start }) => start >= from && start < to,
    );
    const message = values.length > 0 && compose(log, source, metric, values, now);
    if (message) yield { ...message, replay: true };
    day = next;
  }
}

/** The values of a metric over whole days, months or years. */
function valuesBetween(log: ReadingLog, source: Source, metric: Metric, start: Day, end: Day): Value[] {
  const stream = log.stream(source.logName, seriesOf(source.direction, metric));
  if (!isTotal(metric)) {
    return valuesOf(source.direction, metric, log.between(stream, startOfDay(start), startOfDay(end)));
  }
  const extent = extentOf(log, stream);
  const values: Value[] = [];
  for (let period = periodAround(metric, start); period.start < end;) {
    const days = log.sumOf(stream, startOfDay(period.start), startOfDay(period.end));
    if (days.count > 0) values.push(totalOf(metric, period.start, days, extent));
    period = periodAround(metric, period.end);
  }
  return values;
}

function extentOf(log: ReadingLog, stream: number): Extent {
  const newest = log.newest(stream);
  return { nothingUntil: log.nothingUntil(stream), newest: newest ? dayOf(newest.start) : '' };
}

/** The values that these readings are, or belong to: a new day changes the totals of its month and year. */
function touched(log: ReadingLog, source: Source, metric: Metric, fresh: readonly Reading[]): Value[] {
  const { direction } = source;
  // Totals change with one of their days, and production's max power with one of its intervals.
  const isOfMany = isTotal(metric) || (metric === 'max-power' && unitOf(direction, metric) === 'kW');
  if (!isOfMany) {
    return valuesOf(
      direction,
      metric,
      fresh.toSorted((a, b) => a.start - b.start),
    );
  }
  const periods = new Set(fresh.map(({ start }) => periodAround(metric, dayOf(start)).start));
  return [...periods]
    .sort()
    .flatMap((day) => valuesBetween(log, source, metric, day, periodAround(metric, day).end));
}

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

function compose(
  log: ReadingLog,
  source: Source,
  metric: Metric,
  readings: readonly Value[],
  now: number,
): SourceMessage | undefined {
  const { direction, usagePoint, meter } = source;
  const series = seriesOf(direction, metric);
  const stream = log.stream(source.logName, series);
  const newest = log.newest(stream);
  if (!newest) return undefined;
  const newestDay = dayOf(newest.start);
  const window = valuesBetween(log, source, metric, windowStart(metric, newestDay), addDays(newestDay, 1));
  const headline = window.at(-1);
  if (!headline) return undefined;
  const yesterday = addDays(dayOf(now), -1);
  const { value, start, end } = messageValue(headline);
  return {
    topic: `${direction}/${metric}`,
    payload: value,
    unit: unitOf(direction, metric),
    direction,
    metric,
    usagePoint,
    meter,
    start,
    end,
    upToDate: log.asked(stream, yesterday, addDays(yesterday, 1)).get(yesterday)?.state === 'complete',
    readings: readings.map(messageValue),
    series: window.map(messageValue),
  };
}

/** A value as flows get it. */
export function messageValue({ start, end, value, at, incomplete }: Value): MessageValue {
  return {
    start: isoParis(start),
    end: isoParis(end),
    value,
    ...(at === undefined ? {} : { at: isoParis(at) }),
    ...(incomplete ? { incomplete } : {}),
  };
}
