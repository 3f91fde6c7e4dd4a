import type { Series } from '../metering/metrics';
import { addDays, dayOf, daysBetween, type Day } from '../calendar/paris';
import { longestRange } from '../providers/limits';
import type { ReadingLog } from '../store/log';
import {
  historyDays,
  neededDays,
  questionDays,
  rangesOf,
  wantedSince,
  type Known,
  type Range,
  type Schedule,
} from './planner';

/** Days of a series that somebody asked about; `end` is not included. */
export interface DaysOf {
  series: Series;
  start: Day;
  end: Day;
}

/**
 * What a meter's log lacks, in ranges to ask for, newest first. It remembers what it read of the log, so that a
 * backfill of hundreds of calls does not read it whole before each: `asked` tells it what changed.
 */
export class Lacks {
  private readonly remembered = new Map<Series, { today: Day; known: Known; history: Range[] }>();

  constructor(
    private readonly log: ReadingLog,
    private readonly logName: string,
    private readonly schedule: Schedule,
  ) {}

  /** These days were asked: they are looked at again, the rest stands. */
  asked({ series, start, end }: DaysOf): void {
    const before = this.remembered.get(series);
    this.remembered.delete(series);
    const stream = this.log.stream(this.logName, series);
    // Near the end of the history all is seen anew.
    if (!before || this.log.nothingUntil(stream) !== undefined) return;
    const { known, history } = before;
    const lacking = [
      ...known.lacking.filter(({ day }) => day < start),
      ...this.log.lacking(stream, start < known.since ? known.since : start, end),
      ...known.lacking.filter(({ day }) => day >= end),
    ];
    const seen = { ...known, lacking };
    const left = history.filter((range) => range.end <= start || range.start >= end);
    // Mostly it was a range of the history, whole; one that failed is not asked again by the same run.
    const isRange = history.some((range) => range.start === start && range.end === end);
    const still = isRange ? left : rangesOf(historyDays(seen), seen);
    this.remembered.set(series, { ...before, known: seen, history: still });
  }

  /** @param since see `neededDays` */
  needed(series: Series, now: number, since: number): Range[] {
    const { known } = this.look(series, now);
    return rangesOf(neededDays(known, this.schedule, now, since), known);
  }

  history(series: Series, now: number): Range[] {
    return this.look(series, now).history;
  }

  /** The fewest requests that bring all that is wanted of a series. */
  wholeHistory(series: Series, now: number): number {
    const { today, known } = this.look(series, now);
    return Math.ceil(daysBetween(known.since, today) / longestRange(series));
  }

  question({ series, start, end }: DaysOf, now: number): Range[] {
    const stream = this.log.stream(this.logName, series);
    const nothingUntil = this.log.nothingUntil(stream);
    const today = dayOf(now);
    const lacking = this.log.lacking(stream, start, end < today ? end : today);
    const known = { series, nothingUntil, since: start, lacking };
    return rangesOf(questionDays(known, this.schedule, now), known);
  }

  yesterday(series: Series, now: number): boolean {
    const today = dayOf(now);
    const yesterday = addDays(today, -1);
    const asked = this.log.asked(this.log.stream(this.logName, series), yesterday, today);
    return asked.get(yesterday)?.state !== 'complete';
  }

  private look(series: Series, now: number): { today: Day; known: Known; history: Range[] } {
    const today = dayOf(now);
    const before = this.remembered.get(series);
    if (before?.today === today) return before;
    const { log, schedule } = this;
    const stream = log.stream(this.logName, series);
    const nothingUntil = log.nothingUntil(stream);
    const since = wantedSince(series, today, schedule, nothingUntil, log.firstAsked(stream));
    const known = { series, nothingUntil, since, lacking: log.lacking(stream, since, today) };
    const looked = { today, known, history: rangesOf(historyDays(known), known) };
    this.remembered.set(series, looked);
    return looked;
  }
}
