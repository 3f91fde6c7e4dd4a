import type { LinkyError } from '../providers/errors';
import type { ParsedReadings, ParsedRegisters } from '../providers/parser';
import { ALL_SERIES, isRegisters, type Series } from '../metering/metrics';
import { addDays, dayOf, instantAt, type Day } from '../calendar/paris';
import { logError } from '../store/log-error';
import { agenda } from './scheduler';
import { call } from './request';
import { clock } from '../calendar/clock';
import { endingSoon } from './consent';
import { Lacks, type DaysOf } from './lacks';
import { inLine } from './queue';
import type { Consumer, Meter, State } from './meter';
import { firstAttemptTomorrow, nextAttempt, slotBefore, withinHours } from './planner';
import { Questions } from './questions';
import { Run, type Choice, type Progress, type RunOptions } from './run';
import { Troubles } from './troubles';

type Answer = ParsedReadings & ParsedRegisters;

/** Collects one meter: carries out what the planner decides, into the log. */
export class Collector {
  private readonly consumers = new Set<Consumer>();
  private readonly questions = new Questions();
  private readonly troubles = new Troubles();
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private run: Run | undefined;
  private lastAttempt = -Infinity;
  /** How many attempts in a row failed wholly. */
  private failedAttempts = 0;
  /** Series whose last request met an outage: until one is answered, they are tried without retries. */
  private readonly unanswered = new Set<Series>();
  /** What the last run left undone because the budget was used. */
  private waiting: { needed: boolean; history: boolean } = { needed: false, history: false };
  /** An attempt that the budget cut short: it goes on where it was, with what it knows of failures. */
  private interrupted: Run | undefined;
  private backfill: Progress | undefined;
  /** Requests of a backfill that was told to have begun; undefined while there is none. */
  private backfillRequests: number | undefined;

  constructor(private readonly meter: Meter) {}

  /** Takes part from now on; what it lacks is requested at once, unless this was done since the last slot. */
  register(consumer: Consumer): void {
    this.consumers.add(consumer);
    const now = clock.now();
    const slot = slotBefore(this.meter.schedule, now);
    if (this.isSomethingNeeded(slot)) {
      void this.start({ since: slot, until: Infinity });
      consumer.onState();
    } else {
      this.lastAttempt = Math.max(this.lastAttempt, slot);
      this.plan();
    }
  }

  deregister(consumer: Consumer): void {
    this.consumers.delete(consumer);
    if (this.consumers.size === 0) {
      agenda.delete(this);
      this.meter.provider.budget?.expect(this, undefined);
    }
  }

  /** Ends all calls and plans. Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.consumers.clear();
    agenda.delete(this);
    this.meter.provider.budget?.expect(this, undefined);
    this.stopping.abort();
    await this.running;
  }

  /**
   * Asks now for what is missing, within the hours or not. What was put off until tomorrow is tried again: the user
   * may have just mended it.
   */
  collect(): Promise<void> {
    this.troubles.retryNow();
    return this.start({ until: Infinity, byUser: true });
  }

  /**
   * Asks for the days of a series that the log lacks and Enedis can have, whoever wants that series or not; after
   * what the schedule needs, before history, and not with the calls that are kept back for yesterday's data.
   * @param end not included
   * @returns what keeps the series from being asked, where something does; resolves when no more days will come now
   */
  async fetch(series: Series, start: Day, end: Day): Promise<LinkyError | undefined> {
    try {
      const days = { series, start, end };
      const now = clock.now();
      const stopped = this.stopping.signal.aborted || this.troubles.stop(series, now);
      if (!stopped && this.lacks().question(days, now).length > 0) {
        const answered = this.questions.add(days);
        void this.start({ until: Infinity, questionsOnly: true });
        await answered;
        const { budget } = this.meter.provider;
        if (budget?.isUsed('user') && this.lacks().question(days, now).length > 0) {
          return this.troubles.of(series) ?? budget.usedError('user');
        }
      }
    } catch (error) {
      return logError(error);
    }
    return this.troubles.of(series);
  }

  /** How things stand for a consumer. */
  stateFor(consumer: Consumer): State {
    if (this.running) {
      const history = this.run?.progress;
      return { kind: 'collecting', ...(history && { history }) };
    }
    const now = clock.now();
    for (const series of consumer.wants) {
      const error = this.troubles.of(series);
      if (error) return { kind: 'error', error };
    }
    let whole: boolean;
    try {
      const lacks = this.lacks();
      const { series: delivered } = this.meter.provider;
      whole = !consumer.wants.some((series) => delivered.includes(series) && lacks.yesterday(series, now));
    } catch (error) {
      return { kind: 'error', error: logError(error) };
    }
    const consentEnds = endingSoon(this.meter.provider.consentEnds, now);
    const common = {
      day: addDays(dayOf(now), -1),
      next: this.nextDue(now),
      ...(consentEnds && { consentEnds }),
    };
    if (!whole) return { kind: 'waiting', ...common };
    const history = this.waiting.history ? this.backfill : undefined;
    return { kind: 'up-to-date', ...common, ...(history && { history }) };
  }

  private lacks(): Lacks {
    return new Lacks(this.meter.log, this.meter.logName, this.meter.schedule);
  }

  private wanted(): Series[] {
    const { series: delivered } = this.meter.provider;
    return ALL_SERIES.filter(
      (series) =>
        delivered.includes(series) && [...this.consumers].some(({ wants }) => wants.includes(series)),
    );
  }

  /** The wanted series that no trouble stops today. */
  private open(now: number): Series[] {
    return this.wanted().filter((series) => !this.troubles.stop(series, now));
  }

  /**
   * Whether an attempt would have something to request, of all series that are not stopped.
   * @param since days requested at this instant or later are done, epoch ms
   */
  private isSomethingNeeded(since = Infinity): boolean {
    const now = clock.now();
    try {
      const lacks = this.lacks();
      return this.open(now).some(
        (series) =>
          lacks.needed(series, now, since).length > 0 ||
          (!this.waiting.history && lacks.history(series, now).length > 0),
      );
    } catch {
      // A log that cannot be read: the attempt that follows meets the same, and tells it.
      return true;
    }
  }

  /** When the next attempt is due, not before the provider bears requests again: epoch ms. */
  private nextSlot(now: number): number {
    const { schedule, provider } = this.meter;
    const { budget } = provider;
    if (this.waiting.needed && budget) return withinHours(schedule, budget.nextAt('schedule'));
    const from = Math.max(now, budget?.suspension()?.until ?? now);
    return nextAttempt(schedule, from, this.lastAttempt, this.failedAttempts);
  }

  /** When a backfill that the budget stopped goes on, epoch ms. */
  private nextBackfill(): number {
    return this.waiting.history ? (this.meter.provider.budget?.nextAt('backfill') ?? Infinity) : Infinity;
  }

  private nextDue(now: number): number {
    const slot = this.isSomethingNeeded()
      ? this.nextSlot(now)
      : firstAttemptTomorrow(this.meter.schedule, now);
    return Math.min(slot, this.nextBackfill());
  }

  private plan(): void {
    if (this.consumers.size === 0 || this.stopping.signal.aborted) return;
    this.tellBudget();
    agenda.set(this, this.nextDue(clock.now()), () => {
      const now = clock.now();
      const until = instantAt(dayOf(now), this.meter.schedule.to);
      if (this.isSomethingNeeded() && this.nextSlot(now) <= now) {
        // What was cut short goes on: what it requested is done.
        const { needed } = this.waiting;
        void this.start({ until, goesOn: needed, ...(needed && { since: this.lastAttempt }) });
      } else if (this.nextBackfill() <= now) {
        void this.start({ since: this.lastAttempt, until: Infinity, goesOn: true });
      } else this.plan();
    });
    this.tellState();
  }

  /** What this meter's schedule needs: the backfill of all meters leaves so much. */
  private tellBudget(): void {
    const { budget } = this.meter.provider;
    if (!budget) return;
    const now = clock.now();
    const open = this.open(now);
    try {
      const lacks = this.lacks();
      budget.expect(this, {
        series: open.length,
        missing: open.filter((series) => lacks.yesterday(series, now)).length,
      });
    } catch {
      // A log that cannot be read: the attempt that follows tells it.
    }
  }

  private tellState(): void {
    for (const consumer of this.consumers) consumer.onState();
  }

  private tellReadings(series: Series): void {
    for (const consumer of this.consumers) if (consumer.wants.includes(series)) consumer.onReadings(series);
  }

  /** One run at a time: whoever asks meanwhile gets the one under way. */
  private start(options: Partial<RunOptions> & { until: number; goesOn?: boolean }): Promise<void> {
    if (this.stopping.signal.aborted) return Promise.resolve();
    const { until, questionsOnly = false, byUser = false, goesOn = false } = options;
    if (!questionsOnly && this.run?.questionsOnly) {
      this.lastAttempt = clock.now();
      this.run.attemptAnew(this.lastAttempt, until);
    }
    if (!this.running) {
      const now = clock.now();
      const goingOn = goesOn && this.interrupted && dayOf(this.interrupted.since) === dayOf(now);
      const run =
        (goingOn && this.interrupted) || this.newRun({ ...options, until, questionsOnly, byUser, goesOn });
      this.interrupted = undefined;
      this.run = run;
      this.running = inLine(this.meter.provider, this.lastAttempt, () => this.carryOut(run, goesOn))
        .catch((error: unknown) => {
          if (!this.stopping.signal.aborted) this.trouble(this.affected(), logError(error));
        })
        .finally(() => {
          this.running = undefined;
          this.run = undefined;
          this.noteEnd(run, questionsOnly || byUser);
          this.questions.end(({ seen }) => seen || this.stopping.signal.aborted);
          this.plan();
          // Asked in the moment the run ended.
          if (this.questions.size > 0) void this.start({ until: Infinity, questionsOnly: true });
        });
      this.tellState();
    }
    return this.running;
  }

  private newRun(options: Partial<RunOptions> & { until: number; goesOn: boolean }): Run {
    return new Run(this.lacks(), this.meter.provider.budget, {
      since: clock.now(),
      questionsOnly: false,
      byUser: false,
      historyOnly: options.goesOn && !this.waiting.needed,
      ...options,
    });
  }

  /** @param byHand it says nothing of the schedule's attempts */
  private noteEnd(run: Run, byHand: boolean): void {
    if (run.neededWaits && !byHand) this.interrupted = run;
    else if (run.wasAnswered) this.failedAttempts = 0;
    else if (run.failedWholly && !byHand) this.failedAttempts += 1;
    if (run.questionsOnly) return;
    const { budget } = this.meter.provider;
    if (byHand && run.neededWaits && budget) this.trouble(this.wanted(), budget.usedError('user'));
    this.waiting = { needed: run.neededWaits, history: run.historyWaits };
    this.backfill = run.progress;
  }

  private affected(): Series[] {
    return [...new Set([...this.wanted(), ...this.questions.all.map(({ series }) => series)])];
  }

  private async carryOut(run: Run, goesOn: boolean): Promise<void> {
    const began = clock.now();
    // The hours may be over once the meters before it are done.
    if (this.stopping.signal.aborted || began > run.until) {
      run.leave();
      return;
    }
    if (!run.questionsOnly && !goesOn) this.lastAttempt = began;
    // Lets every node of a deploy register before the first request.
    await Promise.resolve();
    this.tellConsentEnd(began);
    this.tellBudget();
    for (;;) {
      const choice = this.choose(run);
      if (!choice) return;
      if (await this.ask(choice, run)) run.note(choice);
      if (choice.kind === 'needed') this.tellBudget();
    }
  }

  private tellConsentEnd(now: number): void {
    const ending = endingSoon(this.meter.provider.consentEnds, now);
    if (ending !== undefined && this.troubles.isNews('consent', now)) this.meter.onConsentEnding(ending);
  }

  private choose(run: Run): Choice | undefined {
    const now = clock.now();
    if (run.hasHistory && this.nextSlot(now) <= now) {
      // A long backfill meets the hour of an attempt: yesterday goes first, once.
      this.lastAttempt = now;
      run.attemptAnew(now, Math.max(run.until, instantAt(dayOf(now), this.meter.schedule.to)));
    }
    const questions = this.questions.look().filter(({ series }) => !this.troubles.stop(series, now));
    const choice = run.next({ now, wanted: this.open(now), questions });
    this.questions.end((question) => !questions.includes(question) || run.isDone(question, now));
    this.followHistory(run, choice);
    return choice;
  }

  /** Tells how the backfill goes on, and where it ends. */
  private followHistory(run: Run, choice: Choice | undefined): void {
    if (choice?.kind === 'history' && run.progress) {
      const { done, total } = run.progress;
      if (this.backfillRequests === undefined) this.meter.onBackfill?.('begins', total - done);
      this.backfillRequests = (this.backfillRequests ?? 0) + 1;
      this.tellState();
    } else if (!choice && this.backfillRequests !== undefined && run.isWhole) {
      this.meter.onBackfill?.('ends', this.backfillRequests);
      this.backfillRequests = undefined;
    }
  }

  /** @returns whether it was requested: a retry may find that the budget is used */
  private async ask({ series, start, end, kind, purpose }: Choice, run: Run): Promise<boolean> {
    const { provider, usagePoint } = this.meter;
    const begins = kind !== 'question';
    const days = { series, start, end };
    try {
      const { signal } = this.stopping;
      const retries = this.unanswered.has(series) ? 0 : run.retries;
      const answer = await call(
        provider,
        { usagePoint, ...days },
        purpose,
        { until: run.until, retries },
        signal,
      );
      this.noteAnswer(series, run);
      if (answer.rejected.length > 0) this.meter.onRejected(series, answer.rejected);
      this.keep(days, answer, begins);
    } catch (error) {
      if (this.stopping.signal.aborted) throw error;
      const linkyError = logError(error);
      const { remedy, key } = linkyError;
      if (remedy === 'nothing-yet') {
        this.noteAnswer(series, run);
        this.keep(days, {}, begins);
      } else if (remedy === 'nothing-older') {
        this.noteAnswer(series, run);
        this.keepFloor(series, start);
      } else if (key === 'budget-used' && purpose !== 'user') {
        // It goes on by itself: the run sees that nothing is left.
        return false;
      } else {
        const affected = linkyError.wholeMeter ? this.affected() : [series];
        if (linkyError.isOutage) this.unanswered.add(series);
        run.fail(affected, linkyError);
        this.trouble(affected, linkyError);
      }
    }
    return true;
  }

  private noteAnswer(series: Series, run: Run): void {
    this.unanswered.delete(series);
    run.noteAnswer();
  }

  /** Keeps what came of days that were requested. @param begins see `ReadingLog.record` */
  private keep({ series, start, end }: DaysOf, answer: Partial<Answer>, begins: boolean): void {
    const { log, logName } = this.meter;
    const stream = log.stream(logName, series);
    const now = clock.now();
    const news = isRegisters(series)
      ? log.recordRegisters(stream, start, end, answer.days ?? [], now)
      : log.record(stream, series, start, end, answer.readings ?? [], now, begins);
    this.overcome(series, news);
  }

  /** Enedis has nothing of this day nor of any before it. */
  private keepFloor(series: Series, day: Day): void {
    const { log, logName } = this.meter;
    this.overcome(series, log.noteNothingUntil(log.stream(logName, series), day));
  }

  private overcome(series: Series, news: boolean): void {
    this.troubles.overcome(series);
    if (news) this.tellReadings(series);
  }

  private trouble(affected: readonly Series[], error: LinkyError): void {
    if (!this.troubles.note(affected, error, clock.now())) return;
    for (const consumer of this.consumers) {
      if (consumer.wants.some((series) => affected.includes(series))) consumer.onError(error);
    }
  }
}
