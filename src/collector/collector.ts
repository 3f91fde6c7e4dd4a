import { addDays, dayOf, endOfDay, type Day } from '../calendar/paris';
import { clock } from '../calendar/clock';
import type { DayRange } from '../calendar/ranges';
import { ALL_SERIES, directionOf, isRegisters, type Series } from '../metering/metrics';
import type { Purpose } from '../providers/budget';
import type { FloorReason, LinkyError } from '../providers/errors';
import { BEFORE_LINKY } from '../providers/limits';
import type { ParsedReadings, ParsedRegisters } from '../providers/parser';
import { storeError } from '../store/store-error';
import { endingSoon } from './consent';
import { Known } from './known';
import type { Consumer, Meter, State } from './meter';
import {
  isYesterdayMissing,
  nowOf,
  planOf,
  planOfWish,
  progressOf,
  stillRefused,
  type KnownSeries,
  type PlannedRequest,
  type Progress,
  type Restrictions,
  type Wish,
} from './planner';
import { alone, queued } from './queue';
import { requestWithRetries } from './request';
import { scheduler } from './scheduler';
import {
  currentSlot,
  endOfHours,
  firstSlotTomorrow,
  isSlotTaken,
  RETRIES,
  slotAfter,
  slotBefore,
  slotsAfter,
  withinHours,
} from './schedule';
import { Suspensions } from './suspensions';

type Content = ParsedReadings & ParsedRegisters;

/** The slot under way: what is due in it, and what became of its requests. */
interface Slot {
  /** Epoch ms: days requested since then are done until the next slot. */
  at: number;
  /** The hours are over then, epoch ms. */
  until: number;
  /** Taken by the schedule, or by the user who wants the data now. */
  purpose: 'schedule' | 'user';
  answers: number;
  outages: number;
}

/** Days that a query waits for. */
interface OpenWish extends Wish {
  error?: LinkyError;
  done: (error: LinkyError | undefined) => void;
}

/** How things stood when the collector last had nothing to do. */
interface Outlook {
  /** The series of which yesterday is not complete. */
  missing: ReadonlySet<Series>;
  /** When it has something to do again, epoch ms. */
  next: number;
  /** Of a backfill that waits for the request budget. */
  history: Progress | undefined;
}

/** So many requests of a backfill in a row may fail: then Enedis is out of order, or refuses everything. */
const MOST_OUTAGES = 2;
const MOST_REFUSALS = 10;
/** So long queries make no request after an outage, ms. */
const QUERY_PAUSE = 600_000;

/**
 * Collects one usage point into the store. It is one loop, which asks before each request: is a slot due, what is
 * next, is there budget. It is idle, and only an entry of the scheduler, while there is nothing to request.
 */
export class Collector {
  private readonly consumers = new Set<Consumer>();
  private readonly suspensions = new Suspensions();
  private readonly stopping = new AbortController();
  private working: Promise<void> | undefined;
  /** Its turn has come. */
  private isAtWork = false;
  /** Somebody has come meanwhile: the loop looks once more. */
  private wokenAgain = false;
  private slot: Slot = { at: -Infinity, until: -Infinity, purpose: 'schedule', answers: 0, outages: 0 };
  /** How many slots of the schedule before the one under way failed wholly, in a row. */
  private failedSlots = 0;
  private wishes: OpenWish[] = [];
  /** Who waits until all but the backfill is requested. */
  private waiting: (() => void)[] = [];
  private outlook: Outlook = { missing: new Set(), next: Infinity, history: undefined };
  private progress: Progress | undefined;

  /** What keeps yesterday's values of a series away; of the whole usage point: each of its series. */
  private readonly errors = new Map<Series, LinkyError>();
  private readonly toldOn = new Map<string, Day>();
  /** Series whose last request met an outage: they are requested without retries until one is answered. */
  private readonly unanswered = new Set<Series>();
  /** Days that failed, alone or together with yesterday: until they are answered, yesterday is requested alone. */
  private failing: { series: Series; range: DayRange; slot: number }[] = [];
  private readonly refused = new Map<Series, DayRange[]>();
  /** Queries of these series met an outage: for a while they are answered without a request. */
  private readonly queryPauses = new Map<Series, { until: number; error: LinkyError }>();
  private backfillOutages = 0;
  private backfillRefusals = 0;
  /** No backfill before the next slot, or before this instant (epoch ms). */
  private backfillPause: number | 'slot' = -Infinity;
  /** Requests of a backfill that was told to have begun; undefined while there is none. */
  private backfillRequests: number | undefined;
  /** What the request budget has no room for at the moment. */
  private exhausted = { schedule: false, backfill: false };

  private readonly startedAt = clock.now();

  constructor(private readonly meter: Meter) {}

  /** Takes part from now on; what it lacks is requested at once, unless this was done since the last slot. */
  register(consumer: Consumer): void {
    this.consumers.add(consumer);
    const now = clock.now();
    const slot = slotBefore(this.meter.schedule, now);
    if (slot > this.slot.at) this.beginSlot(slot, endOfDay(now), 'schedule');
    // Also outside the hours: what somebody else wanted in this slot was requested.
    this.slot.until = endOfDay(now);
    this.wake();
  }

  deregister(consumer: Consumer): void {
    this.consumers.delete(consumer);
    if (this.consumers.size === 0) this.rest();
  }

  /** Ends all requests and plans. Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.consumers.clear();
    this.rest();
    this.stopping.abort();
    this.endWishes(() => true);
    this.endWaiting();
    // One that still waits for its turn finds that it is stopped.
    if (this.isAtWork) await this.working;
  }

  /**
   * Requests now what is missing, within the hours or not. What waits for tomorrow is tried again: the user may have
   * just mended it. Resolves when only a backfill is left to do.
   */
  collect(): Promise<void> {
    if (this.stopping.signal.aborted) return Promise.resolve();
    this.suspensions.retryNow();
    this.backfillPause = -Infinity;
    this.backfillRefusals = 0;
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
    if (this.stopping.signal.aborted) return undefined;
    const answered = new Promise<LinkyError | undefined>((done) => {
      this.wishes.push({ series, ...range, done });
    });
    this.wake();
    return answered;
  }

  /** How things stand for a consumer. */
  stateFor(consumer: Consumer): State {
    if (this.working) {
      return { kind: 'collecting', ...(this.progress && { history: this.progress }) };
    }
    const now = clock.now();
    const { missing, next, history } = this.outlook;
    for (const series of consumer.wants) {
      const error = this.errors.get(series);
      if (error) return { kind: 'error', error };
    }
    const consentEnds = endingSoon(this.meter.provider.consentEnds, now);
    const common = { day: nowOf(now).yesterday, next, ...(consentEnds && { consentEnds }) };
    if (consumer.wants.some((series) => missing.has(series))) return { kind: 'waiting', ...common };
    return { kind: 'up-to-date', ...common, ...(history && { history }) };
  }

  /** Works until there is nothing to request now. */
  private wake(): void {
    if (this.stopping.signal.aborted) return;
    this.wokenAgain = this.working !== undefined;
    if (this.working) return;
    const { provider, store, storedAs } = this.meter;
    this.working = alone(store, storedAs, () => queued(provider, this.slot.at, () => this.work()))
      .catch((error: unknown) => {
        this.giveUp(storeError(error));
      })
      .finally(() => {
        this.working = undefined;
        this.progress = undefined;
        if (this.wokenAgain && !this.stopping.signal.aborted) this.wake();
        else {
          this.endWaiting();
          this.schedule();
        }
      });
    this.tellState();
  }

  private async work(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    this.isAtWork = true;
    try {
      await this.loop();
    } finally {
      this.isAtWork = false;
    }
  }

  private async loop(): Promise<void> {
    const { provider, store, storedAs, schedule } = this.meter;
    // Lets every node of a deploy register before the first request.
    await Promise.resolve();
    await provider.budget?.ready();
    const known = new Known(store, storedAs, schedule);
    this.tellConsentEnd();
    do {
      for (;;) {
        this.takeSlot();
        const request = await this.nextRequest(known);
        if (!request || this.stopping.signal.aborted) break;
        await this.carryOut(request, known);
      }
    } while (this.takeWake());
  }

  private takeWake(): boolean {
    const { wokenAgain } = this;
    this.wokenAgain = false;
    return wokenAgain;
  }

  /** Stopped, or the store cannot be used. */
  private giveUp(error: LinkyError): void {
    const isStopped = this.stopping.signal.aborted;
    this.endWishes(() => true, isStopped ? undefined : error);
    if (isStopped) return;
    this.fail(this.wanted(), error);
    this.outlook = { ...this.outlook, next: slotAfter(this.meter.schedule, clock.now()) };
  }

  private wanted(): Series[] {
    const { series: delivered } = this.meter.provider;
    return ALL_SERIES.filter(
      (series) =>
        delivered.includes(series) && [...this.consumers].some(({ wants }) => wants.includes(series)),
    );
  }

  private beginSlot(at: number, until: number, purpose: Slot['purpose']): void {
    this.failedSlots = this.failedWholly();
    // Nothing was answered: that says nothing of these days.
    if (this.slot.answers === 0) this.failing = this.failing.filter(({ slot }) => slot !== this.slot.at);
    this.slot = { at, until, purpose, answers: 0, outages: 0 };
    this.suspensions.beginSlot(clock.now());
    this.backfillOutages = 0;
    if (this.backfillPause === 'slot') this.backfillPause = -Infinity;
    if (this.backfillPause <= at) this.backfillRefusals = 0;
  }

  /** How many slots of the schedule failed wholly, in a row, with the one under way. */
  private failedWholly(): number {
    const { answers, outages, purpose } = this.slot;
    if (answers > 0) return 0;
    return outages > 0 && purpose === 'schedule' ? this.failedSlots + 1 : this.failedSlots;
  }

  /** Begins the slot that is due, if one is. */
  private takeSlot(): void {
    const { schedule } = this.meter;
    const now = clock.now();
    // A slot of the future was taken by a clock that was wrong.
    if (this.slot.at > now) Object.assign(this.slot, { at: -Infinity, until: -Infinity });
    const slot = currentSlot(schedule, now);
    const last = this.slot.at;
    if (slot === undefined || slot <= last || !isSlotTaken(slot, last, this.failedWholly())) return;
    this.beginSlot(slot, endOfHours(schedule, now), 'schedule');
  }

  private restrictions(now: number): Restrictions {
    return {
      isSuspended: (series, day) => this.suspensions.isSuspended(series, day, now),
      refused: (series) => this.refused.get(series) ?? [],
      yesterdayAlone: new Set(this.failing.map(({ series }) => series)),
    };
  }

  /** What to request now; undefined when there is nothing, or no budget for it. */
  private async nextRequest(known: Known): Promise<PlannedRequest | undefined> {
    const now = clock.now();
    const { identity } = this.meter.provider;
    const restrictions = this.restrictions(now);
    const wanted = (await Promise.all(this.wanted().map((series) => known.of(series, now)))).map((each) =>
      this.withOwnFloor(each),
    );
    const plan = planOf(wanted, this.slot.at, now, identity, restrictions);
    this.reserveBudget(wanted);
    this.progress = progressOf(wanted, plan);
    this.exhausted = { schedule: false, backfill: false };
    const request =
      this.first(plan, 'yesterday', now) ??
      (await this.nextOfWishes(known, now, restrictions)) ??
      this.first(plan, 'recent', now) ??
      this.first(plan, 'backfill', now);
    if (!request || request.reason === 'backfill') this.endWaiting();
    this.followBackfill(request, plan);
    if (!request) this.outlook = this.look(wanted, now);
    return request;
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
    const { until, outages, answers } = this.slot;
    // Enedis is out of order: what is less urgent than yesterday can wait.
    if (reason !== 'yesterday' && outages > 0 && answers === 0) return undefined;
    if (reason === 'backfill' ? this.isBackfillPaused(now) : now > until) return undefined;
    const purpose = this.purposeOf(request);
    const { budget } = this.meter.provider;
    if (!budget?.isExhausted(purpose)) return request;
    if (purpose === 'user') {
      const affected = plan.filter((each) => each.reason === reason).map(({ series }) => series);
      this.fail(affected, budget.exhaustedError('user'));
    } else this.exhausted[purpose] = true;
    return undefined;
  }

  private purposeOf({ reason }: PlannedRequest): Purpose {
    if (reason === 'query') return 'user';
    return reason === 'backfill' ? 'backfill' : this.slot.purpose;
  }

  private isBackfillPaused(now: number): boolean {
    const pause = this.backfillPause;
    return pause === 'slot' || (pause > now && dayOf(pause - 1) === dayOf(now));
  }

  /** The next request that somebody's query needs; queries that need none any more are answered. */
  private async nextOfWishes(
    known: Known,
    now: number,
    restrictions: Restrictions,
  ): Promise<PlannedRequest | undefined> {
    const { budget } = this.meter.provider;
    for (const wish of [...this.wishes]) {
      const suspended = this.suspensions.ofSeries(wish.series, now);
      const pause = this.queryPauses.get(wish.series);
      if (pause && pause.until > now && pause.until <= now + QUERY_PAUSE) wish.error ??= pause.error;
      const [request] = planOfWish(await known.ofWish(wish, now), now, restrictions);
      if (request && !suspended && !wish.error && !budget?.isExhausted('user')) return request;
      const error = wish.error ?? suspended;
      this.endWishes((each) => each === wish, error ?? (request && budget?.exhaustedError('user')));
    }
    return undefined;
  }

  private endWishes(which: (wish: OpenWish) => boolean, error?: LinkyError): void {
    const ended = this.wishes.filter(which);
    this.wishes = this.wishes.filter((wish) => !ended.includes(wish));
    for (const wish of ended) wish.done(error);
  }

  private endWaiting(): void {
    for (const done of this.waiting.splice(0)) done();
  }

  /** What the schedule needs of this meter: the backfill of all meters leaves so much. */
  private reserveBudget(wanted: readonly KnownSeries[]): void {
    const now = clock.now();
    const open = wanted.filter(({ series }) => !this.suspensions.ofSeries(series, now));
    this.meter.provider.budget?.reserve(this, {
      series: open.length,
      missing: open.filter(isYesterdayMissing).length,
    });
  }

  /** Tells how the backfill goes on, and where it ends. */
  private followBackfill(request: PlannedRequest | undefined, plan: readonly PlannedRequest[]): void {
    if (request?.reason === 'backfill' && this.progress) {
      const { done, total } = this.progress;
      if (this.backfillRequests === undefined) this.meter.onBackfill?.('begins', total - done);
      this.backfillRequests = (this.backfillRequests ?? 0) + 1;
      this.tellState();
    } else if (this.backfillRequests !== undefined && !plan.some(({ reason }) => reason === 'backfill')) {
      const isSuspended = this.wanted().some((series) => this.suspensions.ofSeries(series, clock.now()));
      if (isSuspended) return;
      this.meter.onBackfill?.('ends', this.backfillRequests);
      this.backfillRequests = undefined;
    }
  }

  private async carryOut(request: PlannedRequest, known: Known): Promise<void> {
    const { provider, usagePoint } = this.meter;
    const { series, start, end } = request;
    const { signal } = this.stopping;
    const hasFailed = this.unanswered.has(series) || this.failing.some((each) => each.series === series);
    const retries = this.slot.outages > 0 || hasFailed ? 0 : RETRIES;
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
      await this.keep(request, answer, known);
    } catch (error) {
      if (signal.aborted) throw error;
      await this.handle(storeError(error), request, known);
    }
  }

  /** Keeps what came of days that were requested. */
  private async keep(request: PlannedRequest, answer: Partial<Content>, known: Known): Promise<void> {
    await this.record(request, answer, known);
    const { series, start } = request;
    const { floor } = await known.of(series, clock.now());
    const hasCome = (answer.readings ?? answer.days ?? []).length > 0;
    if (floor && start <= floor.day) {
      if (hasCome) {
        // What was below the floor is there after all.
        await this.meter.store.removeFloor({ usagePoint: this.meter.storedAs, name: series });
        known.forget(series);
      } else await this.keepFloor(series, floor.day, floor.reason, known);
    }
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
      begins: reason !== 'query' && start >= BEFORE_LINKY,
    };
    if (isRegisters(series)) await store.recordRegisters(key, kept, answer.days ?? []);
    else await store.record(key, kept, answer.readings ?? []);
    await known.refresh(series, { start, end });
  }

  private noteAnswer({ series, start, end, reason }: PlannedRequest): void {
    this.slot.answers += 1;
    this.unanswered.delete(series);
    if (reason === 'backfill') {
      this.backfillOutages = 0;
      this.backfillRefusals = 0;
    }
    this.refused.set(series, stillRefused(this.refused.get(series) ?? [], { start, end }));
    // What concerned all series is over; what concerned yesterday's values, once they were requested.
    for (const [each, error] of this.errors) {
      if (error.scope === 'usage-point') this.errors.delete(each);
    }
    const { yesterday } = nowOf(clock.now());
    if (end > yesterday) this.errors.delete(series);
    this.failing = this.failing.filter(({ series: of, range }) => {
      return of !== series || range.end <= start || end <= range.start;
    });
  }

  /** Decides what an error suspends, for how long, and what is requested instead. */
  private async handle(error: LinkyError, request: PlannedRequest, known: Known): Promise<void> {
    const { series, start, end, reason } = request;
    // The loop finds that the budget is used, and goes on when there is some again.
    if (error.key === 'budget-used' && reason !== 'query') return;
    if (error.isEmpty) {
      await this.keep(request, {}, known);
      return;
    }
    const now = clock.now();
    const isOutage = error.isOutage && !isPartOnly(error);
    if (isOutage) this.noteOutage(request);
    else this.slot.answers += 1;
    const hasYesterday = end > nowOf(now).yesterday;
    const isOneDay = addDays(start, 1) === end;
    const isWhole = error.scope === 'usage-point' || error.retry === 'after-change';
    if (hasYesterday) {
      const range = { start, end: isOneDay || isWhole ? end : nowOf(now).yesterday };
      this.failing.push({ series, range, slot: this.slot.at });
    }
    if (isWhole) {
      this.suspendWhole(error, series, now);
      return;
    }
    if (isOutage) {
      await this.keepOutage(error, request, known);
      return;
    }
    const floorReason = await this.floorReasonOf(error, request, known);
    if (floorReason && !(hasYesterday && error.key === 'hourly-not-activated')) {
      await this.keepFloor(series, start, floorReason, known);
    } else if (hasYesterday && isOneDay) this.suspendWhole(error, series, now);
    // Together with older days yesterday was refused: alone it may be there.
    else if (!hasYesterday) await this.keepRefusal(error, request, known);
  }

  /** Why an error says that there is nothing older, if it does. */
  private async floorReasonOf(
    error: LinkyError,
    { series, start, reason }: PlannedRequest,
    known: Known,
  ): Promise<FloorReason | undefined> {
    const extent = await this.meter.store.extent({ usagePoint: this.meter.storedAs, name: series });
    // It is wrong: older days are there.
    if (extent && extent.oldest <= start) return undefined;
    if (error.floorReason || reason === 'query') return error.floorReason;
    if (error.scope !== 'series' || error.retry !== 'tomorrow') return undefined;
    // A refusal of older days alone: the consent, or the customer's contract, began later.
    return isYesterdayMissing(await known.of(series, clock.now())) ? undefined : 'not-available';
  }

  private noteOutage({ series, reason }: PlannedRequest): void {
    this.slot.outages += 1;
    this.unanswered.add(series);
    if (reason !== 'backfill') return;
    this.backfillOutages += 1;
    if (this.backfillOutages >= MOST_OUTAGES) this.backfillPause = 'slot';
  }

  /** Nothing of the series, or of the usage point, is requested for the time being. */
  private suspendWhole(error: LinkyError, series: Series, now: number): void {
    const isAll = error.scope === 'usage-point';
    this.suspensions.add({ ...(!isAll && { series }), until: this.suspendedUntil(error, now), error });
    if (isAll) this.failWishes(() => true, error);
    this.fail(isAll ? this.wanted() : [series], error);
  }

  private suspendedUntil({ retry }: LinkyError, now: number): number | 'slot' {
    if (retry === 'after-change') return Infinity;
    if (retry === 'tomorrow') return endOfDay(now);
    return this.meter.provider.budget?.suspension()?.until ?? 'slot';
  }

  /** Queries end with an error; each keeps the first that it met. */
  private failWishes(which: (wish: OpenWish) => boolean, error: LinkyError): void {
    for (const wish of this.wishes.filter(which)) wish.error ??= error;
  }

  /** An outage: the range waits, for the next slot where it is recent, else for tomorrow. */
  private async keepOutage(error: LinkyError, request: PlannedRequest, known: Known): Promise<void> {
    const { series, start, end, reason } = request;
    const now = clock.now();
    if (reason === 'query') {
      this.queryPauses.set(series, { until: now + QUERY_PAUSE, error });
      this.failWishes((wish) => wish.series === series, error);
      return;
    }
    const until = reason === 'backfill' ? endOfDay(now) : 'slot';
    this.suspensions.add({ series, range: { start, end }, until, error });
    if (reason === 'yesterday') this.fail([series], error);
    else this.tell([series], error);
    // Others are answered: it is this range that fails, and a part of it may not.
    if (reason === 'backfill' && this.slot.answers > 0) await this.halve(request, known);
  }

  /** Enedis has nothing of this day nor of any before it. */
  private async keepFloor(series: Series, day: Day, reason: FloorReason, known: Known): Promise<void> {
    const { store, storedAs, provider } = this.meter;
    const floor = { day, reason, probedAt: clock.now(), provider: provider.identity };
    await store.setFloor({ usagePoint: storedAs, name: series }, floor);
    known.forget(series);
  }

  /** A range of older days was refused whole: it is requested by halves until the day that is refused is found. */
  private async keepRefusal(error: LinkyError, request: PlannedRequest, known: Known): Promise<void> {
    const { series, start, end, reason } = request;
    const now = clock.now();
    if (reason === 'query' && error.scope === 'series') {
      this.failWishes((wish) => wish.series === series, error);
      return;
    }
    this.backfillRefusals += 1;
    if (this.backfillRefusals >= MOST_REFUSALS) this.backfillPause = endOfDay(now);
    if (addDays(start, 1) === end) this.tell([series], error);
    await this.halve(request, known);
  }

  private async halve(request: PlannedRequest, known: Known): Promise<void> {
    const { series, start, end } = request;
    if (addDays(start, 1) < end) {
      this.refused.set(series, [...(this.refused.get(series) ?? []), { start, end }]);
      return;
    }
    // What was refused for this day says nothing of the others.
    this.refused.delete(series);
    const { floor } = await known.of(series, clock.now());
    if (floor?.day === start) await this.keepFloor(series, start, floor.reason, known);
    // From now on the table of planning says when the day is requested again.
    else await this.record(request, {}, known);
  }

  private fail(affected: readonly Series[], error: LinkyError): void {
    for (const series of affected) this.errors.set(series, error);
    this.tell(affected, error);
  }

  /** Tells an error, once a day. */
  private tell(affected: readonly Series[], error: LinkyError): void {
    // What befalls one series of a direction mostly befalls the others too: one sentence says it.
    const directions = [...new Set(affected.map(directionOf))];
    const news = directions.filter((direction) => this.isNews(`${error.code} ${direction}`));
    const toldOf = affected.filter((series) => news.includes(directionOf(series)));
    for (const consumer of this.consumers) {
      if (consumer.wants.some((series) => toldOf.includes(series))) consumer.onError(error);
    }
  }

  private isNews(what: string): boolean {
    const today = dayOf(clock.now());
    if (this.toldOn.get(what) === today) return false;
    this.toldOn.set(what, today);
    return true;
  }

  private tellConsentEnd(): void {
    const ending = endingSoon(this.meter.provider.consentEnds, clock.now());
    if (ending !== undefined && this.isNews('consent')) this.meter.onConsentEnding(ending);
  }

  private tellState(): void {
    for (const consumer of this.consumers) consumer.onState();
  }

  /** How things stand when nothing is left to request now. */
  private look(wanted: readonly KnownSeries[], now: number): Outlook {
    const missing = new Set(wanted.filter(isYesterdayMissing).map(({ series }) => series));
    for (const [series, { scope }] of this.errors) {
      // Another meter node on the same usage point may have had more luck.
      if (scope === 'range' && !missing.has(series)) this.errors.delete(series);
    }
    const history = this.exhausted.backfill ? this.progress : undefined;
    return { missing, next: this.nextDue(wanted, now), history };
  }

  /** When there is something to request again, epoch ms: a slot, or when the budget or the server allows it. */
  private nextDue(wanted: readonly KnownSeries[], now: number): number {
    const { schedule, provider } = this.meter;
    const { budget } = provider;
    const slots = slotsAfter(schedule, now).filter((slot) =>
      isSlotTaken(slot, this.slot.at, this.failedWholly()),
    );
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
    const restrictions = {
      ...this.restrictions(slot),
      isSuspended: (series: Series, day: Day) => this.suspensions.isSuspended(series, day, slot, true),
    };
    const pause = this.backfillPause;
    const isBackfillOpen = !this.exhausted.backfill && (pause === 'slot' || pause <= slot);
    const plan = planOf(wanted, slot, slot, this.meter.provider.identity, restrictions);
    return plan.some(({ reason }) => (reason === 'backfill' ? isBackfillOpen : !this.exhausted.schedule));
  }

  private schedule(): void {
    if (this.consumers.size === 0 || this.stopping.signal.aborted) this.rest();
    else {
      scheduler.set(this, this.outlook.next, () => {
        this.wake();
      });
    }
    this.tellState();
  }

  private rest(): void {
    scheduler.delete(this);
    this.meter.provider.budget?.reserve(this, undefined);
  }
}

/** Enedis has a part of the range: that is no outage, but a range to be requested by halves. */
const isPartOnly = ({ key, retry }: LinkyError): boolean => key === 'bad-answer' && retry === 'next-slot';
