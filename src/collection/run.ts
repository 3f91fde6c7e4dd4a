import type { Series } from '../metering/metrics';
import type { DaysOf, Lacks } from './lacks';
import { keptBack, type Range, type Schedule } from './planner';

/** The next call of a run, and what for. */
export interface Choice extends DaysOf {
  purpose: 'needed' | 'question' | 'history';
}

/** What a run chooses from, as it stands before a call. */
export interface Standing {
  now: number;
  /** The series that some consumer wants and no trouble stops. */
  wanted: readonly Series[];
  /** What was asked about, of series that no trouble stops. */
  questions: readonly DaysOf[];
}

/** How far the history is: calls done in this run, and with those that are left. */
export interface Progress {
  done: number;
  total: number;
}

/** One run of calls: what it has behind it, and what comes next. */
export class Run {
  progress: Progress | undefined;
  /** What the provider's daily quota leaves, where it has one. */
  callsLeft = Infinity;
  /** History and questions wait for tomorrow's quota. */
  paused = false;
  /** When last looked, no history was left, and nothing had failed. */
  isWhole = false;
  private readonly failed = new Set<Series>();
  /** Ranges that were asked: whatever comes of one, no run asks it twice. */
  private readonly tried = new Set<string>();
  private historyDone = 0;

  /**
   * @param since days asked at this instant or later are done, epoch ms
   * @param until no retry after this: the hours are over, epoch ms
   * @param questionsOnly an answer is wanted outside the schedule
   */
  constructor(
    private readonly lacks: Lacks,
    private readonly schedule: Schedule,
    public since: number,
    public until: number,
    public questionsOnly: boolean,
  ) {}

  /** Yesterday goes first again: the hour of an attempt has come, or somebody wants it. */
  attemptAnew(now: number, until: number): void {
    this.since = now;
    this.until = until;
    this.questionsOnly = false;
    this.tried.clear();
  }

  /** What is needed first, then what was asked about, then history, newest first over all series. */
  next({ now, wanted, questions }: Standing): Choice | undefined {
    const open = wanted.filter((series) => !this.failed.has(series));
    if (!this.questionsOnly) {
      for (const series of open) {
        const [range] = this.untried(series, this.lacks.needed(series, now, this.since));
        if (range) return { purpose: 'needed', series, ...range };
      }
    }
    this.paused = Number.isFinite(this.callsLeft) && this.callsLeft <= this.keptBack(open, now);
    if (this.paused) return undefined;
    for (const question of questions) {
      const [range] = this.openRanges(question, now);
      if (range) return { purpose: 'question', series: question.series, ...range };
    }
    if (this.questionsOnly) return undefined;
    const next = this.nextOfHistory(open, now);
    this.isWhole = !next && this.failed.size === 0;
    return next;
  }

  private keptBack(open: readonly Series[], now: number): number {
    const lacking = open.filter((series) => this.lacks.yesterday(series, now)).length;
    return keptBack(this.schedule, now, lacking);
  }

  private nextOfHistory(open: readonly Series[], now: number): Choice | undefined {
    let left = 0;
    let newest: Choice | undefined;
    for (const series of open) {
      const ranges = this.untried(series, this.lacks.history(series, now));
      left += ranges.length;
      const [range] = ranges;
      if (range && (!newest || isNewer(range, newest))) newest = { purpose: 'history', series, ...range };
    }
    if (newest) {
      this.progress = { done: this.historyDone, total: this.historyDone + left };
      this.historyDone += 1;
    }
    return newest;
  }

  /** Whether nothing more can be asked for a question in this run. */
  isDone(question: DaysOf, now: number): boolean {
    return this.paused || this.openRanges(question, now).length === 0;
  }

  get hasHistory(): boolean {
    return this.historyDone > 0;
  }

  /** That this was asked, whatever came of it. */
  note({ series, start, end }: Choice): void {
    this.lacks.asked({ series, start, end });
    this.tried.add(triedKey(series, { start, end }));
    this.callsLeft -= 1;
  }

  fail(affected: readonly Series[]): void {
    for (const series of affected) this.failed.add(series);
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

/** Newest first; of two that end with the same day, the one that brings more. */
const isNewer = (one: Range, other: Range): boolean =>
  one.end === other.end ? one.start < other.start : one.end > other.end;
