import { HOLE_DAYS } from '../collector/planner';
import { oldestDay } from '../providers/limits';
import { isLoadCurve, seriesOf, type Series } from '../metering/metrics';
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
import { daysOf, isGreatest, periodBefore, spansOf, yearBefore, type Span } from './buckets';
import type { Value } from '../metering/values';
import type { ReadingLog } from '../store/log';
import type { Question } from './query';

/** The value of a step, and that of the same dates one year before; the log may have one, both, or neither. */
export interface Pair {
  /** What the value covers, epoch ms. */
  span: Span;
  value?: Value;
  previous?: Value;
}

/**
 * Why days are not in an answer: Enedis has none so old; it may still bring them; it never brought them, or not
 * whole; they could not be asked.
 */
export type Reason = 'too-old' | 'awaited' | 'hole' | 'not-asked';

/** Days in a row that the log has not whole, in ISO 8601 with the offset of Paris; `end` is not included. */
export interface Missing {
  start: string;
  end: string;
  reason: Reason;
}

export interface Answer {
  /** What was asked about and can be there: up to yesterday. Epoch ms. */
  period: Span;
  pairs: Pair[];
  missing: Missing[];
}

/** Days of a series that a question is about; `end` is not included. */
export interface Wanted {
  series: Series;
  start: Day;
  end: Day;
}

/** No question reaches further back: there was no Linky. */
const BEFORE_LINKY = '2010-01-01';

/** What a question is about, as far as it can have been measured: whole days, but for the load curve's hours. */
export function periodAsked(log: ReadingLog, logName: string, question: Question, now: number): Span {
  const series = seriesOf(question.direction, question.metric);
  const today = dayOf(now);
  const midnight = startOfDay(today);
  let start = Math.min(question.period.start, midnight);
  let end = Math.min(question.period.end, midnight);
  if (start === -Infinity) {
    const stream = log.stream(logName, series);
    const nothingUntil = log.nothingUntil(stream) ?? '';
    const there = oldestDay(series, today);
    const first = nothingUntil >= there ? addDays(nothingUntil, 1) : there;
    start = Math.min(startOfDay(first), log.oldest(stream)?.start ?? Infinity);
  }
  start = Math.max(start, startOfDay(BEFORE_LINKY));
  end = Math.max(end, startOfDay(BEFORE_LINKY));
  if (question.metric !== 'load-curve') {
    start = startOfDay(addDays(dayOf(start - 1), 1));
    end = startOfDay(addDays(dayOf(end - 1), 1));
  }
  return { start: Math.min(start, end), end };
}

/** The days a question needs, of the period and of the one a year before; the newest first. */
export function wantedDays(question: Question, period: Span): Wanted[] {
  const series = seriesOf(question.direction, question.metric);
  const wanted = (span: Span): Wanted[] => (span.start < span.end ? [{ series, ...daysOf(span) }] : []);
  if (!question.compare) return wanted(period);
  const before = periodBefore(period);
  // Two years beside the two before them are three: the one in the middle is wanted once.
  if (before.end >= period.start) return wanted({ start: before.start, end: period.end });
  return [...wanted(period), ...wanted(before)];
}

/** Answers a question from the log. */
export function answerTo(log: ReadingLog, logName: string, question: Question, now: number): Answer {
  const period = periodAsked(log, logName, question, now);
  const from = new Source(log, logName, question);
  return {
    period,
    pairs: from.pairs(period),
    missing: wantedDays(question, period)
      .toReversed()
      .flatMap((wanted) => missingDays(log, logName, wanted, now)),
  };
}

/** A series in the log, read as a question wants it. */
class Source {
  private readonly series: Series;
  private readonly stream: number;
  /** The first instant of which Enedis can have something, and the end of the newest day that came. */
  private readonly exists: number;
  private readonly ends: number;
  /** No value lies before: the year of the oldest reading begins. */
  private readonly begins: number;

  constructor(
    private readonly log: ReadingLog,
    logName: string,
    private readonly question: Question,
  ) {
    this.series = seriesOf(question.direction, question.metric);
    this.stream = log.stream(logName, this.series);
    const nothingUntil = log.nothingUntil(this.stream);
    this.exists = nothingUntil === undefined ? -Infinity : startOfDay(addDays(nothingUntil, 1));
    const newest = log.newest(this.stream);
    const oldest = log.oldest(this.stream);
    this.begins = oldest ? startOfDay(startOfYear(dayOf(oldest.start))) : Infinity;
    this.ends = newest ? startOfDay(addDays(dayOf(newest.start), 1)) : -Infinity;
  }

  pairs({ start, end }: Span): Pair[] {
    const { length, compare } = this.question;
    const period = { start: Math.max(start, this.begins), end: Math.min(end, this.ends) };
    if (length === 'reading') return this.readingPairs(period);
    return spansOf(length, period).flatMap((span) => {
      const before = compare ? yearBefore(length, span) : undefined;
      return pairOf(span, this.valueOf(span), before && this.valueOf(before));
    });
  }

  private readingPairs(period: Span): Pair[] {
    const before = this.question.compare ? this.readings(periodBefore(period)) : [];
    const previous = new Map(before.map((value) => [value.start, value]));
    return this.readings(period).flatMap((value) => {
      const counterpart = yearBefore('hour', value);
      return pairOf(
        { start: value.start, end: value.end },
        value,
        counterpart && previous.get(counterpart.start),
      );
    });
  }

  private readings({ start, end }: Span): Value[] {
    return this.log
      .between(this.stream, start, end)
      .map((reading) => ({ start: reading.start, end: reading.end, value: reading.value / 1000 }));
  }

  private valueOf(span: Span): Value | undefined {
    const { start, end } = span;
    const { count, covered, values, energy } = this.log.sumOf(this.stream, start, end);
    if (count === 0) return undefined;
    const whole = covered >= end - Math.max(start, Math.min(this.exists, end));
    const incomplete = whole ? {} : { incomplete: true as const };
    if (!isGreatest(this.question.metric)) {
      return { start, end, value: (isLoadCurve(this.series) ? energy : values) / 1000, ...incomplete };
    }
    const greatest = this.log.greatestOf(this.stream, start, end);
    if (!greatest) return undefined;
    // Of a mean the interval's start is told, of a measured peak its instant.
    const at = isLoadCurve(this.series) ? greatest.start : greatest.at;
    return { start, end, value: greatest.value / 1000, ...(at === undefined ? {} : { at }), ...incomplete };
  }
}

function pairOf(span: Span, value: Value | undefined, previous: Value | undefined): Pair[] {
  return value || previous ? [{ span, ...(value && { value }), ...(previous && { previous }) }] : [];
}

function missingDays(
  log: ReadingLog,
  logName: string,
  { series, start, end }: Wanted,
  now: number,
): Missing[] {
  const stream = log.stream(logName, series);
  const asked = log.asked(stream, start, end);
  const nothingUntil = log.nothingUntil(stream) ?? '';
  const today = dayOf(now);
  const oldest = oldestDay(series, today);
  const runs: { start: Day; end: Day; reason: Reason }[] = [];
  for (const day of daysIn(start, end)) {
    const known = asked.get(day);
    if (known?.state === 'complete') continue;
    let reason: Reason = 'not-asked';
    if (day <= nothingUntil || (!known && day < oldest)) reason = 'too-old';
    else if (known) reason = daysBetween(day, today) <= HOLE_DAYS ? 'awaited' : 'hole';
    const last = runs.at(-1);
    if (last?.end === day && last.reason === reason) last.end = addDays(day, 1);
    else runs.push({ start: day, end: addDays(day, 1), reason });
  }
  return runs.map(({ start: first, end: next, reason }) => ({
    start: isoParis(startOfDay(first)),
    end: isoParis(startOfDay(next)),
    reason,
  }));
}
