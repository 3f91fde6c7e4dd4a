import type { Standing } from '../providers/provider';
import type { LinkyError } from '../providers/errors';
import { SERIES, type Series } from '../metering/metrics';
import { addDays, dayOf, instantAt, type Day } from '../metering/paris';
import { logError } from '../store/log-error';
import { agenda } from './agenda';
import { call } from './call';
import { clock } from './clock';
import { endingSoon } from './consent';
import { Lacks } from './lacks';
import { inLine } from './line';
import type { Consumer, Meter, State } from './meter';
import { firstAttemptTomorrow, nextAttempt } from './planner';
import { Questions } from './questions';
import { Run, type Choice } from './run';
import { Troubles } from './troubles';

/** Collects one meter: carries out what the planner decides, into the log. */
export class Collector {
  private readonly consumers = new Set<Consumer>();
  private readonly questions = new Questions();
  private readonly troubles = new Troubles();
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private run: Run | undefined;
  private lastAttempt = -Infinity;
  private consentEnds: number | undefined;
  /** The day on which history waits for tomorrow's quota. */
  private historyPausedOn: Day | undefined;
  /** Calls of a history that was told to have begun; undefined while there is none. */
  private historyCalls: number | undefined;

  constructor(private readonly meter: Meter) {}

  /** Takes part from now on; what it lacks is asked for at once. */
  register(consumer: Consumer): void {
    this.consumers.add(consumer);
    if (this.somethingNeeded()) {
      void this.collect();
      consumer.onState();
    } else this.plan();
  }

  deregister(consumer: Consumer): void {
    this.consumers.delete(consumer);
    if (this.consumers.size === 0) agenda.delete(this);
  }

  /** Ends all calls and plans. Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.consumers.clear();
    agenda.delete(this);
    this.stopping.abort();
    await this.running;
  }

  /**
   * Asks now for what is missing, within the hours or not. What was put off until tomorrow is tried again: the user
   * may have just mended it.
   */
  collect(): Promise<void> {
    this.troubles.retryNow();
    return this.start(Infinity);
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
        void this.start(Infinity, true);
        await answered;
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
      whole = !consumer.wants.some((series) => lacks.yesterday(series, now));
    } catch (error) {
      return { kind: 'error', error: logError(error) };
    }
    const consentEnds = endingSoon(this.consentEnds, now);
    return {
      kind: whole ? 'up-to-date' : 'waiting',
      day: addDays(dayOf(now), -1),
      next: this.nextDue(now),
      ...(consentEnds && { consentEnds }),
    };
  }

  private lacks(): Lacks {
    return new Lacks(this.meter.log, this.meter.logName, this.meter.schedule);
  }

  private wanted(): Series[] {
    return SERIES.filter((series) => [...this.consumers].some(({ wants }) => wants.includes(series)));
  }

  /** The wanted series that no trouble stops today. */
  private open(now: number): Series[] {
    return this.wanted().filter((series) => !this.troubles.stop(series, now));
  }

  /** Whether an attempt now would have something to ask, of all series that are not stopped. */
  private somethingNeeded(): boolean {
    const now = clock.now();
    const historyPaused = this.historyPausedOn === dayOf(now);
    try {
      const lacks = this.lacks();
      return this.open(now).some(
        (series) =>
          lacks.needed(series, now, Infinity).length > 0 ||
          (!historyPaused && lacks.history(series, now).length > 0),
      );
    } catch {
      // A log that cannot be read: the attempt that follows meets the same, and tells it.
      return true;
    }
  }

  private nextDue(now: number): number {
    return this.somethingNeeded()
      ? nextAttempt(this.meter.schedule, now, this.lastAttempt)
      : firstAttemptTomorrow(this.meter.schedule, now);
  }

  private plan(): void {
    if (this.consumers.size === 0 || this.stopping.signal.aborted) return;
    agenda.set(this, this.nextDue(clock.now()), () => {
      const now = clock.now();
      if (this.somethingNeeded() && nextAttempt(this.meter.schedule, now, this.lastAttempt) <= now) {
        void this.start(instantAt(dayOf(now), this.meter.schedule.to));
      } else this.plan();
    });
    this.tellState();
  }

  private tellState(): void {
    for (const consumer of this.consumers) consumer.onState();
  }

  private tellReadings(series: Series): void {
    for (const consumer of this.consumers) if (consumer.wants.includes(series)) consumer.onReadings(series);
  }

  /**
   * One run at a time: whoever asks meanwhile gets the one under way.
   * @param until no retry after this, epoch ms
   * @param questionsOnly the schedule is left as it is
   */
  private start(until: number, questionsOnly = false): Promise<void> {
    if (this.stopping.signal.aborted) return Promise.resolve();
    if (!questionsOnly && this.run?.questionsOnly) {
      this.lastAttempt = clock.now();
      this.run.attemptAnew(this.lastAttempt, until);
    }
    if (!this.running) {
      const run = new Run(this.lacks(), this.meter.schedule, clock.now(), until, questionsOnly);
      this.run = run;
      this.running = inLine(this.meter.provider, this.lastAttempt, () => this.carryOut(run))
        .catch((error: unknown) => {
          if (!this.stopping.signal.aborted) this.trouble(this.affected(), logError(error));
        })
        .finally(() => {
          this.running = undefined;
          this.run = undefined;
          if (run.paused) this.historyPausedOn = dayOf(clock.now());
          this.questions.end(({ seen }) => seen || this.stopping.signal.aborted);
          this.plan();
          // Asked in the moment the run ended.
          if (this.questions.size > 0) void this.start(Infinity, true);
        });
      this.tellState();
    }
    return this.running;
  }

  private affected(): Series[] {
    return [...new Set([...this.wanted(), ...this.questions.all.map(({ series }) => series)])];
  }

  private async carryOut(run: Run): Promise<void> {
    const began = clock.now();
    // Those before it in the line may have taken all the hours.
    if (this.stopping.signal.aborted || began > run.until) return;
    if (!run.questionsOnly) this.lastAttempt = began;
    // Lets every node of a deploy register before the first call.
    await Promise.resolve();
    run.callsLeft = await this.look(began);
    for (;;) {
      const choice = this.choose(run);
      if (!choice) return;
      await this.ask(choice, run);
      run.note(choice);
    }
  }

  /** How the provider stands. @returns how many calls are left today */
  private async look(now: number): Promise<number> {
    const { provider, usagePoint } = this.meter;
    if (!provider.standing || !(this.questions.size > 0 || this.somethingNeeded())) return Infinity;
    // What keeps the gateway from telling is told by the calls for data; of those, none that yesterday may need.
    const standing = await provider
      .standing(usagePoint, this.stopping.signal)
      .catch((): Standing => ({ callsLeft: 0 }));
    this.consentEnds = standing.consentEnds;
    const ending = endingSoon(this.consentEnds, now);
    if (ending !== undefined && this.troubles.isNews('consent', now)) this.meter.onConsentEnding(ending);
    return standing.callsLeft ?? Infinity;
  }

  private choose(run: Run): Choice | undefined {
    const now = clock.now();
    if (run.hasHistory && nextAttempt(this.meter.schedule, now, this.lastAttempt) <= now) {
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

  /** Tells how the history goes on, and where it ends. */
  private followHistory(run: Run, choice: Choice | undefined): void {
    if (choice?.purpose === 'history' && run.progress) {
      if (this.historyCalls === undefined) this.meter.onHistory?.(run.progress);
      this.historyCalls = (this.historyCalls ?? 0) + 1;
      this.tellState();
    } else if (!choice && this.historyCalls !== undefined && run.isWhole) {
      this.meter.onHistory?.({ done: this.historyCalls, total: this.historyCalls });
      this.historyCalls = undefined;
    }
  }

  private async ask(choice: Choice, run: Run): Promise<void> {
    const { provider, log, logName, usagePoint } = this.meter;
    const { series, start, end } = choice;
    const begins = choice.purpose !== 'question';
    const stream = log.stream(logName, series);
    try {
      const request = { usagePoint, series, start, end };
      const { readings, refusals } = await call(provider, request, run, this.stopping.signal, (until) => {
        this.lastAttempt = Math.max(this.lastAttempt, until);
      });
      if (refusals.length > 0) this.meter.onRefusals(series, refusals);
      const news = log.record(stream, series, start, end, readings, clock.now(), begins);
      this.troubles.overcome(series);
      if (news) this.tellReadings(series);
    } catch (error) {
      if (this.stopping.signal.aborted) throw error;
      const linkyError = logError(error);
      const { remedy } = linkyError;
      if (remedy === 'nothing-yet' || remedy === 'nothing-older') {
        const nothing = (): boolean => log.record(stream, series, start, end, [], clock.now(), begins);
        const news = remedy === 'nothing-yet' ? nothing() : log.noteNothingUntil(stream, start);
        this.troubles.overcome(series);
        if (news) this.tellReadings(series);
      } else {
        const affected = linkyError.wholeMeter ? this.affected() : [series];
        run.fail(affected);
        this.trouble(affected, linkyError);
      }
    }
  }

  private trouble(affected: readonly Series[], error: LinkyError): void {
    if (!this.troubles.note(affected, error, clock.now())) return;
    for (const consumer of this.consumers) {
      if (consumer.wants.some((series) => affected.includes(series))) consumer.onError(error);
    }
  }
}
