import { directionOf, isLoadCurve, isRegisters, type Series } from '../metering/metrics';
import type { Purpose, RequestBudget } from '../providers/budget';
import type { LinkyError } from '../providers/errors';
import type { DaysOf, Lacks } from './lacks';
import { RETRIES, type Range } from './planner';

/** The next request of a run, and what it is for. */
export interface Choice extends DaysOf {
  kind: 'needed' | 'question' | 'history';
  purpose: Purpose;
}

/** What a run chooses from, as it stands before a request. */
export interface Standing {
  now: number;
  /** The series that some consumer wants and no trouble stops. */
  wanted: readonly Series[];
  /** What was asked about, of series that no trouble stops. */
  questions: readonly DaysOf[];
}

/** How far the history is: requests that are done, and with those that are left. */
export interface Progress {
  done: number;
  total: number;
}

export interface RunOptions {
  /** Days requested at this instant or later are done, epoch ms. */
  since: number;
  /** No retry after this: the hours are over, epoch ms. */
  until: number;
  /** An answer is wanted outside the schedule. */
  questionsOnly: boolean;
  /** What is needed was asked for by hand. */
  byUser: boolean;
  /** The attempt is over; only its history goes on. */
  historyOnly: boolean;
}

/** One run of requests: what it has behind it, and what comes next. */
export class Run {
  progress: Progress | undefined;
  /** Yesterday's data wait for the budget. */
  neededWaits = false;
  /** The history waits for the budget. */
  historyWaits = false;
  /** When last looked, no history was left, and nothing had failed. */
  isWhole = false;
  since: number;
  until: number;
  questionsOnly: boolean;
  private readonly byUser: boolean;
  private historyOnly: boolean;
  private readonly failed = new Set<Series>();
  /** Ranges that were requested: whatever comes of one, no run requests it twice. */
  private readonly tried = new Set<string>();
  private answered = 0;
  private outages = 0;
  hasHistory = false;

  constructor(
    private readonly lacks: Lacks,
    private readonly budget: RequestBudget | undefined,
    { since, until, questionsOnly, byUser, historyOnly }: RunOptions,
  ) {
    this.since = since;
    this.until = until;
    this.questionsOnly = questionsOnly;
    this.byUser = byUser;
    this.historyOnly = historyOnly;
  }

  /** Once one request has met an outage, the other series are tried once each. */
  get retries(): number {
    return this.outages > 0 ? 0 : RETRIES;
  }

  /** Whether Enedis answered at all, with data or with a reason why there are none. */
  get wasAnswered(): boolean {
    return this.answered > 0;
  }

  /** Whether it made requests and every one of them met an outage. */
  get failedWholly(): boolean {
    return this.outages > 0 && this.answered === 0;
  }

  /** It ends before it began: nothing of it waits. */
  leave(): void {
    this.neededWaits = false;
    this.historyWaits = false;
  }

  /** Yesterday goes first again: the hour of an attempt has come, or somebody wants it. */
  attemptAnew(now: number, until: number): void {
    this.since = now;
    this.until = until;
    this.questionsOnly = false;
    this.historyOnly = false;
    this.tried.clear();
  }

  /** What is needed first, then what was asked about, then history: daily series first, newest first. */
  next({ now, wanted, questions }: Standing): Choice | undefined {
    const open = wanted.filter((series) => !this.failed.has(series) && !this.isTooEarly(series, wanted, now));
    this.leave();
    if (!this.questionsOnly && !this.historyOnly) {
      const purpose = this.byUser ? 'user' : 'schedule';
      for (const series of open) {
        const [range] = this.untried(series, this.lacks.needed(series, now, this.since));
        if (!range) continue;
        this.neededWaits = this.isUsed(purpose);
        if (this.neededWaits) return undefined;
        return { kind: 'needed', purpose, series, ...range };
      }
    }
    for (const question of questions) {
      const [range] = this.openRanges(question, now);
      if (range && !this.isUsed('user')) {
        return { kind: 'question', purpose: 'user', series: question.series, ...range };
      }
    }
    if (this.questionsOnly) return undefined;
    const next = this.nextOfHistory(open, now);
    this.isWhole = !next && this.failed.size === 0;
    this.historyWaits = next !== undefined && this.isUsed('backfill');
    return this.historyWaits ? undefined : next;
  }

  /** Registers come out with the daily values: asked after those, they cost one request a day. */
  private isTooEarly(series: Series, wanted: readonly Series[], now: number): boolean {
    const daily: Series = `${directionOf(series)}-daily`;
    return isRegisters(series) && wanted.includes(daily) && this.lacks.yesterday(daily, now);
  }

  private nextOfHistory(open: readonly Series[], now: number): Choice | undefined {
    let [left, total] = [0, 0];
    let first: Choice | undefined;
    for (const series of open) {
      const ranges = this.untried(series, this.lacks.history(series, now));
      left += ranges.length;
      total += this.lacks.wholeHistory(series, now);
      const [range] = ranges;
      const choice = range && ({ kind: 'history', purpose: 'backfill', series, ...range } as const);
      if (choice && (!first || isBefore(choice, first))) first = choice;
    }
    if (first) this.progress = { done: Math.max(0, total - left), total: Math.max(total, left) };
    return first;
  }

  /** Whether nothing more can be requested for a question in this run. */
  isDone(question: DaysOf, now: number): boolean {
    return this.isUsed('user') || this.openRanges(question, now).length === 0;
  }

  /** That this was requested, whatever came of it. */
  note({ kind, series, start, end }: Choice): void {
    this.lacks.asked({ series, start, end });
    this.tried.add(triedKey(series, { start, end }));
    if (kind === 'history') this.hasHistory = true;
  }

  noteAnswer(): void {
    this.answered += 1;
  }

  fail(affected: readonly Series[], error: LinkyError): void {
    for (const series of affected) this.failed.add(series);
    if (error.isOutage) this.outages += 1;
    else this.answered += 1;
  }

  private isUsed(purpose: Purpose): boolean {
    return this.budget?.isUsed(purpose) ?? false;
  }

  private openRanges(question: DaysOf, now: number): Range[] {
    if (this.failed.has(question.series)) return [];
    return this.untried(question.series, this.lacks.question(question, now));
  }

  private untried(series: Series, ranges: readonly Range[]): Range[] {
    return ranges.filter((range) => !this.tried.has(triedKey(series, range)));
  }
}

const triedKey = (series: Series, { start, end }: Range): string => `${series} ${start} ${end}`;

/** Daily series first: a few requests bring years. Then newest first; of two that end with the same day, the longer. */
function isBefore(one: DaysOf, other: DaysOf): boolean {
  const [oneIsCurve, otherIsCurve] = [isLoadCurve(one.series), isLoadCurve(other.series)];
  if (oneIsCurve !== otherIsCurve) return otherIsCurve;
  return one.end === other.end ? one.start < other.start : one.end > other.end;
}
