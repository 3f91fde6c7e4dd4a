import { setImmediate as turn } from 'node:timers/promises';
import { clock } from '../calendar/clock';
import { endOfDay, type Day } from '../calendar/paris';
import type { DayRange } from '../calendar/ranges';
import { ALL_SERIES, isRegisters, type Series } from '../metering/metrics';
import type { Purpose } from '../providers/budget';
import type { FloorReason, LinkyError } from '../providers/errors';
import { BEFORE_LINKY } from '../providers/limits';
import type { ParsedReadings, ParsedRegisters } from '../providers/parser';
import { storeError } from '../store/store-error';
import { consequenceOf, isOneDay } from './consequence';
import { endingSoon } from './consent';
import { ErrorReports } from './error-reports';
import { Failures } from './failures';
import { Known } from './known';
import type { BackfillState, Consumer, IdleState, Meter, State, YesterdayState } from './meter';
import { OpenQueries } from './open-queries';
import { Others, PRECEDENCE, type Turn } from './others';
import {
  isYesterdayMissing,
  nowOf,
  planOf,
  planOfQuery,
  progressOf,
  type KnownSeries,
  type PlannedRequest,
  type Progress,
} from './planner';
import { exclusively, isAwaited, isBusy, queued } from './queue';
import { requestWithRetries } from './request';
import { scheduler } from './scheduler';
import { firstSlotTomorrow, RETRIES, slotAfter, slotBefore, slotsAfter, withinHours } from './schedule';
import { Slot } from './slot';

type Content = ParsedReadings & ParsedRegisters;

/** How long the database is left alone after it could not be reached, ms. */
const DATABASE_DELAY = 30_000;
/** While others wait for the provider, a turn with a backfill ends after so long, ms. */
const LONGEST_TURN = 10_000;
/** So long a turn that another process waits for pauses, ms. */
const PAUSE = 2000;

/**
 * Collects one usage point into the store. It is one loop, which asks before each request: is a slot due, what is
 * next, is there budget. It is idle, and only an entry of the scheduler, while there is nothing to request. What a
 * failed request leads to is decided in `consequence.ts` and kept in `failures.ts`.
 */
export class Collector {
  private readonly consumers = new Set<Consumer>();
  private readonly slot = new Slot();
  private readonly failures = new Failures(this.slot);
  private readonly reports = new ErrorReports(this.consumers);
  private readonly queries = new OpenQueries();
  /** Who waits until all but the backfill is requested. */
  private waiting: (() => void)[] = [];

  private isStopped = false;
  private working: Promise<void> | undefined;
  /** Ends the requests of the work under way. */
  private abort: AbortController | undefined;
  /** Its turn at the provider has come. */
  private isAtWork = false;
  /** No other process works on the usage point. */
  private hasTurn = false;
  /** Somebody has come meanwhile: the loop looks once more. */
  private wokenAgain = false;

  private idle: IdleState = { day: '', missing: new Set(), next: Infinity, history: undefined };
  private progress: Progress | undefined;
  /** Requests of a backfill that was reported to have begun; undefined while there is none. */
  private backfillRequests: number | undefined;
  /** What the request budget has no room for at the moment. */
  private exhausted = { schedule: false, backfill: false };

  private readonly others: Others;
  /** Another process had the last turn, and has seen to all that is wanted here. */
  private isFollowing = false;
  /** Of the work under way: requests that were made. */
  private requests = 0;
  /** The database cannot be reached: an answer waits to be kept. */
  private databaseError: LinkyError | undefined;

  private startedAt = clock.now();
  /** Of the work under way. */
  private known: Known | undefined;
  private stopListening: (() => void) | undefined;
  /** Why the database cannot be reached, whoever asks. */
  private absence: LinkyError | undefined;
  private stopWatching: (() => void) | undefined;

  constructor(private readonly meter: Meter) {
    this.others = new Others(meter);
  }

  /** Takes part from now on; what it lacks is requested at once, unless this was done since the last slot. */
  register(consumer: Consumer): void {
    this.consumers.add(consumer);
    const { store, storedAs } = this.meter;
    this.stopListening ??= store.listen(storedAs, (series, isImported) => {
      if (isImported) this.noteImport(series);
    });
    this.stopWatching ??= store.watch((error) => {
      this.noteDatabase(error);
    });
    this.others.hear(() => this.wanted(), {
      follow: (turn) => {
        this.follow(turn);
      },
      look: () => {
        if (this.isAsked) this.wake();
      },
    });
    // What was reported today was reported to the others.
    const error = consumer.wants.map((series) => this.reports.errorOf(series)).find((each) => each);
    if (error) consumer.onError(error);
    const now = clock.now();
    const slot = slotBefore(this.meter.schedule, now);
    if (slot > this.slot.at) this.beginSlot(slot, endOfDay(now), 'schedule');
    // Also outside the hours: what somebody else wanted in this slot was requested.
    this.slot.until = endOfDay(now);
    this.isFollowing = false;
    this.wake();
  }

  deregister(consumer: Consumer): void {
    this.consumers.delete(consumer);
    if (this.consumers.size > 0) return;
    // Its backfill is not complete, but nobody wants it any more.
    this.backfillRequests = undefined;
    this.endListening();
    this.unschedule();
  }

  /** Ends all requests and plans. Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.consumers.clear();
    this.endListening();
    this.unschedule();
    this.isStopped = true;
    this.abort?.abort();
    this.queries.endAll();
    this.endWaiting();
    // One that still waits for its turn finds that it is stopped.
    if (this.isAtWork) await this.working;
  }

  /** What an export file brought is not requested any more. */
  private noteImport(series: Series): void {
    this.known?.forget(series);
    this.isFollowing = false;
    this.wake();
  }

  /** Nobody may ask anything until tomorrow: the status says so all the same. */
  private noteDatabase(error: LinkyError | undefined): void {
    if (error === this.absence || this.isStopped) return;
    const isNews = this.absence === undefined;
    this.absence = error;
    if (error && isNews) this.reports.report(this.wanted(), error);
    this.reportState();
  }

  private endListening(): void {
    this.stopListening?.();
    this.stopListening = undefined;
    this.stopWatching?.();
    this.stopWatching = undefined;
    this.absence = undefined;
    this.others.stop();
  }

  /** Somebody here waits for an answer. */
  private get isAsked(): boolean {
    return this.waiting.length > 0 || this.queries.all().length > 0;
  }

  /** A collector in another process has looked after the usage point. */
  private follow({ slot, idle, errors }: Turn): void {
    if (this.hasTurn || this.isStopped) return;
    if (slot.at > this.slot.at) this.beginSlot(slot.at, slot.until, slot.purpose);
    this.idle = idle;
    this.reports.set(errors);
    this.isFollowing = true;
    if (!this.working) this.schedule();
  }

  /**
   * Requests now what is missing, within the hours or not. What waits for tomorrow is tried again: the user may have
   * just mended it. Resolves when only a backfill is left to do.
   */
  collect(): Promise<void> {
    if (this.isStopped) return Promise.resolve();
    this.failures.retryNow();
    const now = clock.now();
    this.beginSlot(now, endOfDay(now), 'user');
    const done = new Promise<void>((resolve) => this.waiting.push(resolve));
    this.wake();
    return done;
  }

  /**
   * Requests the days of a series that the store lacks and Enedis can have, whoever wants that series or not; after
   * yesterday's gaps, before the backfill.
   * @returns what kept days from being requested, where something did; resolves when no more of them will come now
   */
  async fetch(series: Series, range: DayRange): Promise<LinkyError | undefined> {
    if (this.isStopped || !this.meter.provider.series.includes(series)) return undefined;
    const answered = this.queries.add({ series, ...range });
    this.wake();
    return answered;
  }

  /** How what a consumer wants of yesterday stands, whether the backfill goes on or not. */
  async yesterdayFor({ wants }: Consumer): Promise<YesterdayState> {
    if (wants.some((series) => this.reports.errorOf(series))) return 'error';
    // The store is closed by now.
    if (this.isStopped) return 'waiting';
    const { store, storedAs } = this.meter;
    const { today, yesterday } = nowOf(clock.now());
    const statuses = await Promise.all(
      wants.map((name) => store.statuses({ usagePoint: storedAs, name }, { start: yesterday, end: today })),
    );
    return statuses.every(([status]) => status?.state === 'complete') ? 'up-to-date' : 'waiting';
  }

  /** How things stand for a consumer. */
  stateFor(consumer: Consumer): State {
    const failure = this.databaseError ?? this.absence;
    if (failure) return { kind: 'error', error: failure };
    if (this.working || this.others.areAtWork) {
      return { kind: 'collecting', ...(this.progress && { history: this.backfillState(this.progress) }) };
    }
    const { day, missing, next, history } = this.idle;
    for (const series of consumer.wants) {
      const error = this.reports.errorOf(series);
      if (error) return { kind: 'error', error };
    }
    const consentEnds = endingSoon(this.meter.provider.consentEnds, clock.now());
    const common = { day, next, ...(consentEnds && { consentEnds }) };
    if (consumer.wants.some((series) => missing.has(series))) return { kind: 'waiting', ...common };
    return { kind: 'up-to-date', ...common, ...(history && { history: this.backfillState(history) }) };
  }

  private backfillState(progress: Progress): BackfillState {
    const days = this.meter.provider.budget?.daysOfBackfill(progress.total - progress.done) ?? 1;
    return { ...progress, moreDays: Math.max(0, days - 1) };
  }

  /** Works until there is nothing to request now. */
  private wake(): void {
    if (this.isStopped) return;
    this.wokenAgain = this.working !== undefined;
    if (this.working) return;
    const { provider, store, storedAs } = this.meter;
    this.working = exclusively(store, storedAs, () => queued(provider, this.slot.at, () => this.work()))
      .catch((error: unknown) => {
        this.endWithError(storeError(error));
      })
      .finally(() => {
        this.working = undefined;
        this.known = undefined;
        this.abort = undefined;
        this.progress = undefined;
        this.databaseError = undefined;
        if (this.wokenAgain && !this.isStopped) this.wake();
        else {
          if (!this.others.areAtWork) this.endWaiting();
          this.schedule();
        }
      });
    this.reportState();
  }

  private async work(): Promise<void> {
    if (this.isStopped) return;
    if (this.isLookedAfter) {
      this.others.rest();
      return;
    }
    this.isAtWork = true;
    try {
      // Lets every source of a deploy publish what is stored, and register, before the first request.
      await turn();
      const outcome = await this.others.exclude((lost) => this.takeTurn(lost));
      if (outcome === undefined && this.isAsked) await this.others.tellWait();
      else if (outcome === 'pauses') await this.pause();
      else if (outcome === 'over' && this.others.areWaiting) await this.others.tellPause();
    } finally {
      this.isAtWork = false;
    }
  }

  /** While this process waited for its turn, another one had its own. */
  private get isLookedAfter(): boolean {
    return this.isFollowing && !this.isAsked && clock.now() < this.idle.next;
  }

  /** @returns `pauses` where something is left to do, in another turn; `none`: another process has seen to it */
  private async takeTurn(lost: AbortSignal): Promise<'over' | 'pauses' | 'none'> {
    if (this.isLookedAfter) return 'none';
    this.requests = 0;
    this.hasTurn = true;
    try {
      const isOver = await this.loop(lost);
      this.isFollowing = false;
      if (!isOver) return 'pauses';
      const { slot, idle, reports, requests } = this;
      // Before another process can have its turn: it would ask the same again.
      await this.others.tellTurn(requests, this.wanted(), { slot, idle, errors: reports.all() });
      return 'over';
    } finally {
      this.hasTurn = false;
    }
  }

  /** The turn goes on in a while: others may have it before. */
  private async pause(): Promise<void> {
    this.wokenAgain = true;
    if (!this.others.areWaiting) return;
    await this.others.tellPause();
    const { signal } = (this.abort ??= new AbortController());
    await clock.wait(PAUSE, signal);
  }

  /**
   * @param lost aborted once another process may work on the usage point
   * @returns whether there is nothing left to do; else the work goes on with another turn
   */
  private async loop(lost: AbortSignal): Promise<boolean> {
    const { provider, store, storedAs, schedule } = this.meter;
    await provider.budget?.ready();
    const known = (this.known = new Known(store, storedAs, schedule));
    this.reportConsentEnd();
    const begun = clock.now();
    do {
      for (;;) {
        this.takeSlot();
        const request = await this.nextRequest(known);
        // The store answers: what it failed with before is over.
        this.reports.clear((_, { isOfStore }) => isOfStore);
        if (!request || this.isStopped) break;
        if (lost.aborted) return false;
        this.requests += 1;
        await this.carryOut(request, known);
        if (request.reason === 'backfill' && this.givesWay(begun)) return false;
      }
    } while (this.takeWake());
    return true;
  }

  /** Whether what somebody else waits for may be more urgent than a backfill. */
  private givesWay(begun: number): boolean {
    const { store, storedAs, provider } = this.meter;
    if (isAwaited(store, storedAs) || this.others.areWaiting) return true;
    return clock.now() - begun >= LONGEST_TURN && isBusy(provider);
  }

  private takeWake(): boolean {
    const { wokenAgain } = this;
    this.wokenAgain = false;
    return wokenAgain;
  }

  /** Stopped, or the store cannot be used. */
  private endWithError(error: LinkyError): void {
    this.queries.endAll(this.isStopped ? undefined : error);
    if (this.isStopped) return;
    this.reports.fail(this.wanted(), error);
    const now = clock.now();
    const isAway = error.key === 'database-unreachable';
    this.idle = { ...this.idle, next: isAway ? now + DATABASE_DELAY : slotAfter(this.meter.schedule, now) };
  }

  private wanted(): Series[] {
    const { series: delivered } = this.meter.provider;
    return ALL_SERIES.filter(
      (series) =>
        delivered.includes(series) && [...this.consumers].some(({ wants }) => wants.includes(series)),
    );
  }

  private beginSlot(at: number, until: number, purpose: Slot['purpose']): void {
    this.failures.endSlot();
    this.slot.begin(at, until, purpose);
    this.failures.beginSlot(clock.now());
  }

  /** Begins the slot that is due, if one is. */
  private takeSlot(): void {
    const due = this.slot.due(this.meter.schedule, clock.now());
    if (due) this.beginSlot(due.at, due.until, 'schedule');
  }

  /** What to request now; undefined when there is nothing, or no budget for it. */
  private async nextRequest(known: Known): Promise<PlannedRequest | undefined> {
    const now = clock.now();
    const { identity } = this.meter.provider;
    // It was a clock that was ahead.
    this.startedAt = Math.min(this.startedAt, now);
    const wanted = (await Promise.all(this.wanted().map((series) => known.of(series, now)))).map((each) =>
      this.withOwnFloor(each),
    );
    const plan = planOf(wanted, this.slot.at, now, identity, this.failures.restrictions(now));
    this.reserveBudget(wanted);
    this.progress = this.progressOf(wanted, plan, now);
    this.exhausted = { schedule: false, backfill: false };
    const request =
      this.first(plan, 'yesterday', now) ??
      (await this.nextOfQueries(known, now)) ??
      this.first(plan, 'recent', now) ??
      this.first(plan, 'backfill', now);
    if (!request || request.reason === 'backfill') this.endWaiting();
    this.followBackfill(request);
    if (!request) this.idle = this.idleState(wanted, now);
    return request;
  }

  /** How far the backfill is: days that wait after a failure are left to do, series that are refused are not. */
  private progressOf(
    wanted: readonly KnownSeries[],
    plan: readonly PlannedRequest[],
    now: number,
  ): Progress | undefined {
    const { suspensions } = this.failures;
    if (suspensions.isEmpty) return progressOf(wanted, plan);
    const unsuspended = wanted.filter(({ series }) => !suspensions.ofSeries(series, now));
    const restrictions = { ...this.failures.restrictions(now), isSuspended: () => false };
    return progressOf(
      unsuspended,
      planOf(unsuspended, this.slot.at, now, this.meter.provider.identity, restrictions),
    );
  }

  /** Another meter node on the same usage point, with another account, may have probed a floor since this one began. */
  private withOwnFloor(known: KnownSeries): KnownSeries {
    const { floor } = known;
    if (!floor || floor.probedAt < this.startedAt) return known;
    return { ...known, floor: { ...floor, provider: this.meter.provider.identity } };
  }

  /** The first request of the plan for a reason, if it may be made now. */
  private first(
    plan: readonly PlannedRequest[],
    reason: PlannedRequest['reason'],
    now: number,
  ): PlannedRequest | undefined {
    const request = plan.find((each) => each.reason === reason);
    if (!request) return undefined;
    const { isDown, until } = this.slot;
    // What is less urgent than yesterday can wait.
    if (reason !== 'yesterday' && isDown) return undefined;
    if (reason === 'backfill' ? this.failures.isBackfillPaused(now) : now > until) return undefined;
    const purpose = this.purposeOf(request);
    const { budget } = this.meter.provider;
    if (!budget?.isExhausted(purpose)) return request;
    if (purpose === 'user') {
      const affected = plan.filter((each) => each.reason === reason).map(({ series }) => series);
      this.reports.fail(affected, budget.exhaustedError('user'));
    } else this.exhausted[purpose] = true;
    return undefined;
  }

  private purposeOf({ reason }: PlannedRequest): Purpose {
    if (reason === 'query') return 'user';
    return reason === 'backfill' ? 'backfill' : this.slot.purpose;
  }

  /** The next request that somebody's query needs; queries that need none any more are answered. */
  private async nextOfQueries(known: Known, now: number): Promise<PlannedRequest | undefined> {
    const { budget } = this.meter.provider;
    for (const query of this.queries.all()) {
      const { series } = query;
      const suspended = this.failures.suspensions.ofSeries(series, now);
      query.error ??= this.failures.queryError(series, now);
      const [request] = planOfQuery(await known.ofQuery(query, now), now, this.failures.restrictions(now));
      if (request && !suspended && !query.error && !budget?.isExhausted('user')) return request;
      const error = query.error ?? suspended;
      this.queries.end(query, error ?? (request && budget?.exhaustedError('user')));
    }
    return undefined;
  }

  private endWaiting(): void {
    for (const done of this.waiting.splice(0)) done();
  }

  /** What the schedule needs of this meter: the backfill of all meters leaves so much. */
  private reserveBudget(wanted: readonly KnownSeries[]): void {
    const now = clock.now();
    const unsuspended = wanted.filter(({ series }) => !this.failures.suspensions.ofSeries(series, now));
    this.meter.provider.budget?.reserve(this, {
      series: unsuspended.length,
      missing: unsuspended.filter(isYesterdayMissing).length,
    });
  }

  /** Reports how the backfill goes on, and where it ends. */
  private followBackfill(request: PlannedRequest | undefined): void {
    if (request?.reason === 'backfill' && this.progress) {
      const { done, total } = this.progress;
      if (this.backfillRequests === undefined) this.meter.onBackfill?.('begins', total - done);
      this.backfillRequests = (this.backfillRequests ?? 0) + 1;
      this.reportState();
    } else if (this.backfillRequests !== undefined && !this.progress) {
      const isSuspended = this.wanted().some((series) =>
        this.failures.suspensions.ofSeries(series, clock.now()),
      );
      if (isSuspended) return;
      this.meter.onBackfill?.('ends', this.backfillRequests);
      this.backfillRequests = undefined;
    }
  }

  private async carryOut(request: PlannedRequest, known: Known): Promise<void> {
    const { provider, usagePoint } = this.meter;
    const { series, start, end } = request;
    const { signal } = (this.abort ??= new AbortController());
    const retries = this.slot.outages > 0 || this.failures.hasFailed(series) ? 0 : RETRIES;
    const until = request.reason === 'backfill' ? Infinity : this.slot.until;
    try {
      const answer = await requestWithRetries(
        provider,
        { usagePoint, series, start, end },
        this.purposeOf(request),
        { retries, until },
        signal,
      );
      if (answer.rejected.length > 0) this.meter.onRejected(series, answer.rejected);
      await this.handleAnswer(request, answer, known);
    } catch (error) {
      if (signal.aborted || storeError(error).isOfStore) throw error;
      await this.handleFailure(storeError(error), request, known);
    }
  }

  /** What is known of a series, however long the database is away. */
  private knownOf(series: Series, known: Known): Promise<KnownSeries> {
    return this.persist(() => known.of(series, clock.now()));
  }

  /** Does something in the store, again and again while its database is away: no answer is lost. */
  private async persist<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const result = await work();
        if (this.databaseError) {
          this.databaseError = undefined;
          this.reportState();
        }
        return result;
      } catch (error) {
        const failure = storeError(error);
        if (failure.key !== 'database-unreachable' || !this.abort) throw failure;
        if (!this.databaseError) {
          this.databaseError = failure;
          this.reports.report(this.wanted(), failure);
          this.reportState();
        }
        await clock.wait(DATABASE_DELAY, this.abort.signal);
      }
    }
  }

  /** Keeps what came of days that were requested. */
  private async handleAnswer(request: PlannedRequest, answer: Partial<Content>, known: Known): Promise<void> {
    const { series, start } = request;
    const { floor } = await this.knownOf(series, known);
    const isProbe = floor !== undefined && start <= floor.day;
    const hasCome = (answer.readings ?? answer.days ?? []).length > 0;
    if (isProbe && hasCome) {
      // What was below the floor is there after all. First, so that a crash leaves no readings below a floor.
      const key = { usagePoint: this.meter.storedAs, name: series };
      await this.persist(() => this.meter.store.removeFloor(key));
      known.forget(series);
    }
    await this.record(request, answer, known);
    if (isProbe && !hasCome) await this.keepFloor(series, floor.day, floor.reason, known);
    this.noteAnswer(request);
  }

  private async record(request: PlannedRequest, answer: Partial<Content>, known: Known): Promise<void> {
    const { store, storedAs } = this.meter;
    const { series, start, end, reason } = request;
    const key = { usagePoint: storedAs, name: series };
    const kept = {
      range: { start, end },
      requestedAt: clock.now(),
      // One that begins before is that of a clock that was wrong.
      isPlanned: reason !== 'query' && start >= BEFORE_LINKY,
    };
    const { statuses } = await this.persist(() =>
      isRegisters(series)
        ? store.recordRegisters(key, kept, answer.days ?? [])
        : store.record(key, kept, answer.readings ?? []),
    );
    known.note(series, statuses);
  }

  private noteAnswer(request: PlannedRequest): void {
    this.failures.noteAnswer(request);
    // What concerned all series is over; what concerned yesterday's values, once they were requested.
    const hasYesterday = request.end > nowOf(clock.now()).yesterday;
    this.reports.clear((series, { scope }) => {
      return scope === 'usage-point' || (hasYesterday && series === request.series);
    });
  }

  /** Does what follows from a failed request. */
  private async handleFailure(error: LinkyError, request: PlannedRequest, known: Known): Promise<void> {
    const { series } = request;
    const now = clock.now();
    const { yesterday } = nowOf(now);
    const key = { usagePoint: this.meter.storedAs, name: series };
    const extent = await this.persist(() => this.meter.store.extent(key));
    const consequence = consequenceOf({
      error,
      request,
      yesterday,
      oldest: extent?.oldest,
      isYesterdayMissing: isYesterdayMissing(await this.knownOf(series, known)),
      isOtherAnswered: this.slot.answers > 0,
    });
    const { kind } = consequence;
    if (kind === 'none') return;
    if (kind === 'no-data') {
      await this.handleAnswer(request, {}, known);
      return;
    }
    this.failures.noteError(error, request, yesterday);
    switch (kind) {
      case 'suspend':
        this.suspend(consequence.scope, series, error);
        break;
      case 'postpone':
        await this.postpone(consequence.byHalves, request, error, known);
        break;
      case 'end-queries':
        if (consequence.pause) this.failures.pauseQueries(series, error, now);
        this.queries.fail((query) => query.series === series, error);
        break;
      case 'floor':
        await this.keepFloor(series, request.start, consequence.reason, known);
        break;
      case 'halve':
        this.failures.noteRefusal(now);
        if (isOneDay(request)) this.reports.report([series], error);
        await this.halve(request, known);
        break;
      case 'yesterday-alone':
        // `Failures` knows it: the next plan requests it so.
        break;
    }
  }

  private suspend(scope: 'usage-point' | 'series', series: Series, error: LinkyError): void {
    const isAll = scope === 'usage-point';
    const until = this.suspendedUntil(error, clock.now());
    this.failures.suspensions.add({ ...(!isAll && { series }), until, error });
    if (isAll) this.queries.fail(() => true, error);
    this.reports.fail(isAll ? this.wanted() : [series], error);
  }

  private suspendedUntil({ retry }: LinkyError, now: number): number | 'slot' {
    if (retry === 'after-change') return Infinity;
    if (retry === 'tomorrow') return endOfDay(now);
    return this.meter.provider.budget?.suspension()?.until ?? 'slot';
  }

  /** The range waits for the next slot where it is recent, else for tomorrow. */
  private async postpone(
    byHalves: boolean,
    request: PlannedRequest,
    error: LinkyError,
    known: Known,
  ): Promise<void> {
    const { series, start, end, reason } = request;
    const until = reason === 'backfill' ? endOfDay(clock.now()) : 'slot';
    this.failures.suspensions.add({ series, range: { start, end }, until, error });
    if (reason === 'yesterday') this.reports.fail([series], error);
    else this.reports.report([series], error);
    const { floor } = await this.knownOf(series, known);
    // A floor that was not answered for is not probed yet.
    if (byHalves && floor?.day !== start) await this.halve(request, known);
  }

  /** Enedis has nothing of this day nor of any before it. */
  private async keepFloor(series: Series, day: Day, reason: FloorReason, known: Known): Promise<void> {
    const { store, storedAs, provider } = this.meter;
    const { floor: before } = await this.knownOf(series, known);
    // Who has no access to that day does not know whether there was a meter.
    const reasonOfFloor = before?.day === day && before.reason === 'no-meter' ? before.reason : reason;
    const floor = { day, reason: reasonOfFloor, probedAt: clock.now(), provider: provider.identity };
    await this.persist(() => store.setFloor({ usagePoint: storedAs, name: series }, floor));
    known.forget(series);
  }

  private async halve(request: PlannedRequest, known: Known): Promise<void> {
    const { series, start } = request;
    if (!isOneDay(request)) {
      this.failures.halve(request);
      return;
    }
    this.failures.endHalving(series);
    const { floor } = await this.knownOf(series, known);
    if (floor?.day === start) await this.keepFloor(series, start, floor.reason, known);
    // From now on the table of planning says when the day is requested again.
    else await this.record(request, {}, known);
  }

  private reportConsentEnd(): void {
    const ending = endingSoon(this.meter.provider.consentEnds, clock.now());
    if (ending !== undefined && this.reports.isFirstToday('consent')) this.meter.onConsentEnding(ending);
  }

  private reportState(): void {
    for (const consumer of this.consumers) consumer.onState();
  }

  /** How things stand when nothing is left to request now. */
  private idleState(wanted: readonly KnownSeries[], now: number): IdleState {
    const missing = new Set(wanted.filter(isYesterdayMissing).map(({ series }) => series));
    // What a query met, or another meter node on the same usage point made good, keeps nothing away; what the user
    // must mend is still to be seen.
    this.reports.clear((series, error) => {
      return !missing.has(series) && (error.isOutage || !this.failures.suspensions.ofSeries(series, now));
    });
    const history = this.exhausted.backfill ? this.progress : undefined;
    // An error is looked at again at each slot, whether something is due or not.
    const isInError = wanted.some(({ series }) => this.reports.errorOf(series));
    const due = this.nextDue(wanted, now);
    const next = isInError ? Math.min(due, slotAfter(this.meter.schedule, now)) : due;
    return { day: nowOf(now).yesterday, missing, next, history };
  }

  /** When there is something to request again, epoch ms: a slot, or when the budget or the server allows it. */
  private nextDue(wanted: readonly KnownSeries[], now: number): number {
    const { schedule, provider } = this.meter;
    const { budget } = provider;
    const slots = slotsAfter(schedule, now).filter((slot) => this.slot.isTakenNext(slot));
    const isDue = (slot: number): boolean => this.isSomethingDue(wanted, slot);
    const last = slots.at(-1);
    const isDueToday = last !== undefined && isDue(last);
    const times = [(isDueToday && slots.find(isDue)) || firstSlotTomorrow(schedule, now)];
    if (budget && this.exhausted.schedule) times.push(withinHours(schedule, budget.nextAt('schedule')));
    if (budget && this.exhausted.backfill) times.push(budget.nextAt('backfill'));
    const asked = budget?.suspension()?.until;
    if (asked !== undefined && isDueToday) times.push(withinHours(schedule, asked));
    return Math.min(...times.filter((time) => time > now));
  }

  /** Whether a slot of today will have something to request, for which there may be budget. */
  private isSomethingDue(wanted: readonly KnownSeries[], slot: number): boolean {
    const isBackfillOpen = !this.exhausted.backfill && !this.failures.isBackfillPausedAt(slot);
    const restrictions = this.failures.restrictions(slot, true);
    const plan = planOf(wanted, slot, slot, this.meter.provider.identity, restrictions);
    return plan.some(({ reason }) => (reason === 'backfill' ? isBackfillOpen : !this.exhausted.schedule));
  }

  private schedule(): void {
    if (this.consumers.size === 0 || this.isStopped) this.unschedule();
    else {
      scheduler.set(this, this.nextTurn(), () => {
        this.wake();
      });
    }
    this.reportState();
  }

  /** When it looks again by itself, epoch ms. */
  private nextTurn(): number {
    if (this.others.areAtWork) return clock.now() + this.others.patience;
    return this.idle.next + (this.others.comeFirst ? PRECEDENCE : 0);
  }

  private unschedule(): void {
    scheduler.delete(this);
    this.meter.provider.budget?.reserve(this, undefined);
  }
}
