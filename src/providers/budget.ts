import PQueue from 'p-queue';
import { addDays, dayOf, endOfDay, instantAt, type Day } from '../calendar/paris';
import { LinkyError, type ErrorKey } from './errors';
import { sharedIn } from './shared-in';

/**
 * What a request is for:
 * - `schedule`: yesterday and recent gaps, by the schedule
 * - `user`: what somebody asked by hand: a button, a message, a query, a test of the connection
 * - `backfill`: the history
 */
export type Purpose = 'schedule' | 'user' | 'backfill';

/** How many requests a server allows, and how many of them are reserved. */
export interface BudgetLimits {
  /** The most requests within any `interval` (ms). */
  limit: number;
  interval: number;
  /** Requests that the schedule and the backfill leave to the user. */
  reservedForUser: number;
  /** Slots of the next morning for which the backfill leaves one request per series to the schedule. */
  slotsReserved: number;
  /** Whether a request waits when the budget is exhausted, instead of failing. */
  queues: boolean;
}

export const HOUR = 3_600_000;

/**
 * Conso API blocks an address that makes 100 requests in a day. Hourly slots from 5 to 9 o'clock cost five requests
 * per series; the sixth slot is reserved for a day that is published late.
 */
export const CONSO_BUDGET: BudgetLimits = {
  limit: 80,
  interval: 24 * HOUR,
  reservedForUser: 5,
  slotsReserved: 6,
  queues: false,
};
/** MyElectricalData allows an account 50 requests a day. */
export const MYELECTRICALDATA_BUDGET: BudgetLimits = {
  limit: 50,
  interval: 24 * HOUR,
  reservedForUser: 5,
  slotsReserved: 5,
  queues: false,
};
/** Enedis allows an application 1,000 requests an hour to each of its interfaces. */
export const DATA_CONNECT_BUDGET: BudgetLimits = {
  limit: 1000,
  interval: HOUR,
  reservedForUser: 0,
  slotsReserved: 0,
  queues: true,
};

/** A request that was sent. */
export interface SentRequest {
  /** Epoch ms. */
  at: number;
  backfill: boolean;
}

/** What the schedules that share a budget need. */
export interface Need {
  /** How many series are requested every day. */
  series: number;
  /** For how many of them yesterday is not complete yet. */
  missing: number;
}

/** When the hourly slots begin, minutes of the day. */
const MORNING = 5 * 60;
/** Until then the schedule leaves one request per missing series for later: by then Enedis has mostly published. */
const AFTERNOON = 13 * 60;
/** The share of a budget that the backfill always has, however many meters there are. */
const LEAST_BACKFILL = 1 / 8;

/**
 * How many requests may be sent now.
 * @param sent oldest first; requests older than the interval do not count
 * @param now epoch ms
 */
export function requestsLeft(
  purpose: Purpose,
  limits: BudgetLimits,
  sent: readonly SentRequest[],
  need: Need,
  now: number,
): number {
  const { limit, interval, reservedForUser } = limits;
  const usedAt = (instant: number): number =>
    sent.reduce((count, { at }) => (at > instant - interval ? count + 1 : count), 0);
  const left = limit - usedAt(now);
  if (purpose === 'user' || reservedForUser === 0) return left;
  if (purpose === 'schedule') {
    const afternoon = instantAt(dayOf(now), AFTERNOON);
    const forAfternoon = limit - reservedForUser - usedAt(afternoon) - need.missing;
    return now < afternoon ? Math.min(left - reservedForUser, forAfternoon) : left - reservedForUser;
  }
  // A request of the backfill still counts during the next morning: enough must be left for each of its slots.
  const slots = reservedSlots(limits, need, now);
  const usedBySlot = slots.map(({ at }) => {
    const within = slots.filter((slot) => slot.at <= at && slot.at > at - interval);
    return usedAt(at) + within.reduce((sum, { count }) => sum + count, 0);
  });
  const usedForBackfill = sent.filter(({ at, backfill }) => backfill && at > now - interval).length;
  const least = Math.floor(limit * LEAST_BACKFILL) - usedForBackfill;
  return Math.min(
    left - reservedForUser,
    Math.max(limit - reservedForUser - Math.max(0, ...usedBySlot), least),
  );
}

/** The slots within the next interval (epoch ms), and how many requests the schedule needs in each. */
function reservedSlots(
  { slotsReserved, interval }: BudgetLimits,
  need: Need,
  now: number,
): { at: number; count: number }[] {
  const today = dayOf(now);
  const slotsOf = (day: Day, count: number): { at: number; count: number }[] =>
    Array.from({ length: slotsReserved }, (_, i) => ({ at: instantAt(day, MORNING + (i + 1) * 60), count }));
  return [...slotsOf(today, need.missing), ...slotsOf(addDays(today, 1), need.series)].filter(
    ({ at }) => at > now && at < now + interval,
  );
}

/**
 * When the next request may be sent, if no other is sent before.
 * @param sent oldest first
 * @returns epoch ms, `now` or later
 */
export function nextRequestAt(
  purpose: Purpose,
  limits: BudgetLimits,
  sent: readonly SentRequest[],
  need: Need,
  now: number,
): number {
  const { interval } = limits;
  const hasRoom = (at: number): boolean => at >= now && requestsLeft(purpose, limits, sent, need, at) > 0;
  if (hasRoom(now)) return now;
  // When a request no longer counts.
  const released = sent.find(({ at }) => at + interval > now && hasRoom(at + interval));
  const afternoon = instantAt(dayOf(now), AFTERNOON);
  return Math.min((released?.at ?? now) + interval, hasRoom(afternoon) ? afternoon : Infinity);
}

const DAY = 24 * HOUR;
/** Where two clocks differ by so much more or less than before (ms), one of them was set: they drift by less. */
const CLOCK_WAS_SET = 1000;

/**
 * On how many days, today included, so many requests of the backfill are sent.
 * @param sent oldest first
 * @param now epoch ms
 */
export function backfillDays(
  requests: number,
  limits: BudgetLimits,
  sent: readonly SentRequest[],
  need: Need,
  now: number,
): number {
  if (requests <= 0) return 0;
  const intervals = DAY / limits.interval;
  const today = Math.max(0, requestsLeft('backfill', limits, sent, need, now)) * intervals;
  const perDay = requestsLeft('backfill', limits, [], { ...need, missing: 0 }, now) * intervals;
  return requests <= today ? 1 : 1 + Math.ceil((requests - today) / perDay);
}

/** No requests until then: the server asked for a pause, or blocks them. */
export interface Suspension {
  /** Epoch ms. */
  until: number;
  /** Of the error that caused it. */
  key: ErrorKey;
  code: string;
}

/** A request as the ledger keeps it: later ones have higher numbers. */
export type NotedRequest = SentRequest & { id: number };

/** A part of what the ledger has of a budget. */
export interface Noted {
  /** By the clock of all who share the ledger, epoch ms. */
  now: number;
  /** The requests with higher numbers than one, which were sent after an instant, in the order of their numbers. */
  sent: NotedRequest[];
  /** The last one, whether it is over or not. */
  suspension?: Suspension;
}

/**
 * Where requests and suspensions are kept over restarts, and shared by all processes that use it. All its methods reject
 * when they cannot read or write.
 */
export interface RequestLedger {
  /** Looks at a budget and notes a request, all or nothing, with no other process in between. */
  turn<T>(budget: string, work: (turn: LedgerTurn) => Promise<T>): Promise<T>;
  suspend(budget: string, suspension: Suspension): Promise<void>;
  /** What gives turns to requests so that there is so much time (ms) between two of a server, over all processes. */
  limiter(interval: number): Promise<RateLimiter>;
}

/** One budget in the ledger, while nobody else changes it. */
export interface LedgerTurn {
  /**
   * @param id of the newest request that is known already
   * @param at epoch ms; older requests do not matter
   */
  look(id: number, at: number): Promise<Noted>;
  /** Adds a request; now and then it also deletes those sent at `before` (epoch ms) or earlier. */
  note(request: SentRequest, before: number): Promise<void>;
  /** Sets requests dated later than `now` (epoch ms) to `now`. */
  correct(now: number): Promise<void>;
}

/** As `rate-limiter-flexible` has it. */
export interface RateLimiter {
  /** @throws what is no `Error`, with the time until the next turn (ms), where it is not `key`'s turn yet */
  consume(key: string): Promise<unknown>;
}

/** The clock that a budget uses. */
export interface BudgetTime {
  /** Epoch ms. */
  now(): number;
  /** @throws the signal's reason */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/**
 * The request budget of one account, application or address, over all processes that share the ledger. Every request
 * is taken from it before it is sent. Everything else answers from memory: before `ready` has read the ledger it does
 * not know the requests from before a restart, and what other processes have sent since the last `take` it does not
 * know either.
 */
export class RequestBudget {
  /** Oldest first. The one that was taken here last has no number: the next look at the ledger tells it. */
  private sent: (SentRequest & Partial<NotedRequest>)[] = [];
  private suspended: Suspension | undefined;
  private readonly needs = new Map<object, Need>();
  /** Of all of them: thousands of meters may share a budget. */
  private need: Need = { series: 0, missing: 0 };
  private loaded: Promise<void> | undefined;
  /** What is added to this process' clock to get the ledger's, ms. */
  private offset = 0;
  /** The clock was set back: the ledger holds requests of the future, which the next look at it corrects. */
  private hasFutureRequests = false;
  /** One at a time takes a request: the others would only wait for it at the ledger. */
  private readonly takers = new PQueue({ concurrency: 1 });
  /** One at a time looks at the ledger and learns what is new: who waits for room keeps nobody from that. */
  private readonly lookers = new PQueue({ concurrency: 1 });

  /** @param name of the account or address in the ledger; it holds no secret */
  constructor(
    private readonly name: string,
    readonly limits: BudgetLimits,
    private readonly time: BudgetTime,
    readonly ledger: RequestLedger,
  ) {}

  /**
   * Reads the ledger, once.
   * @throws what the ledger throws; the next call reads it again then
   */
  ready(): Promise<void> {
    this.loaded ??= this.lookers
      .add(() => this.ledger.turn(this.name, (turn) => this.read(turn)))
      .catch((error: unknown) => {
        this.loaded = undefined;
        throw error;
      });
    return this.loaded;
  }

  /**
   * Reserves requests for a schedule.
   * @param owner of the schedule: one need each
   * @param need undefined when the owner needs nothing any more
   */
  reserve(owner: object, need: Need | undefined): void {
    const before = this.needs.get(owner);
    if (need) this.needs.set(owner, need);
    else this.needs.delete(owner);
    const changeOf = (of: keyof Need): number => (need?.[of] ?? 0) - (before?.[of] ?? 0);
    this.need = {
      series: this.need.series + changeOf('series'),
      missing: this.need.missing + changeOf('missing'),
    };
  }

  /** How many requests may be sent now. */
  left(purpose: Purpose): number {
    if (this.suspension()) return 0;
    return requestsLeft(purpose, this.limits, this.recent(), this.need, this.now());
  }

  /** On how many days, today included, so many requests of the backfill are sent. */
  daysOfBackfill(requests: number): number {
    return backfillDays(requests, this.limits, this.recent(), this.need, this.now());
  }

  /**
   * Whether a request would fail now because no requests are left. False where requests queue, and false during a
   * suspension: a request then fails with the reason of the suspension.
   */
  isExhausted(purpose: Purpose): boolean {
    return !this.limits.queues && !this.suspension() && this.left(purpose) <= 0;
  }

  /**
   * When the next request may be sent, epoch ms of this process' clock: now or later. Where requests queue, only a
   * suspension delays it.
   */
  nextAt(purpose: Purpose): number {
    const now = this.now();
    const from = Math.max(now, this.suspension()?.until ?? now);
    if (this.limits.queues) return from - this.offset;
    return nextRequestAt(purpose, this.limits, this.recent(), this.need, from) - this.offset;
  }

  /** The suspension in force. */
  suspension(): Suspension | undefined {
    const now = this.now();
    // A suspension never exceeds the end of its day: a later one was made while the clock was wrong.
    if (this.suspended && (this.suspended.until <= now || this.suspended.until > endOfDay(now))) {
      this.suspended = undefined;
    }
    return this.suspended;
  }

  /**
   * Suspends all requests, at most until the end of the day. It holds at once, even where the ledger cannot keep it.
   * @param wait ms
   * @throws what the ledger throws
   */
  async suspend(wait: number, { key, code }: LinkyError): Promise<void> {
    const now = this.now();
    const suspension = { until: Math.min(now + wait, endOfDay(now)), key, code };
    this.suspended = suspension;
    await this.ledger.suspend(this.name, suspension);
  }

  /**
   * Takes a request, to be sent at once. It is in the ledger when this resolves, so that a crash does not lose it.
   * @throws LinkyError `budget-used`, or the reason of a suspension; the signal's reason; what the ledger throws
   */
  async take(purpose: Purpose, signal: AbortSignal): Promise<void> {
    await this.takers.add(() => this.takeInTurn(purpose, signal), { signal });
  }

  /** The error of a request when none is left, with the time until the next one. */
  exhaustedError(purpose: Purpose): LinkyError {
    const retryAfter = this.nextAt(purpose) - this.time.now();
    return new LinkyError('budget-used', { key: 'budget-used', retry: 'next-slot', retryAfter });
  }

  private async takeInTurn(purpose: Purpose, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      // The ledger need not be read for that: other processes can only have sent more.
      const wait = this.queueWait(purpose);
      if (wait > 0) {
        await this.time.wait(wait, signal);
        continue;
      }
      const taken = await this.lookers.add(() => this.takeNow(purpose));
      if (taken instanceof LinkyError) throw taken;
      if (taken) return;
    }
  }

  /** @returns as `tryTake`; the request is counted here once the ledger has kept it */
  private async takeNow(purpose: Purpose): Promise<SentRequest | LinkyError | undefined> {
    const taken = await this.ledger.turn(this.name, (turn) => this.tryTake(purpose, turn));
    if (taken && !(taken instanceof LinkyError)) this.sent.push(taken);
    return taken;
  }

  /**
   * @returns the request; why there is none; undefined where requests queue, and there is no room now. It does not throw
   * what it finds: what `read` has corrected stays.
   */
  private async tryTake(purpose: Purpose, turn: LedgerTurn): Promise<SentRequest | LinkyError | undefined> {
    await this.read(turn);
    const now = this.now();
    const suspension = this.suspension();
    if (suspension) return suspensionError(suspension, now);
    if (this.left(purpose) <= 0) return this.limits.queues ? undefined : this.exhaustedError(purpose);
    const request = { at: Math.floor(now), backfill: purpose === 'backfill' };
    await turn.note(request, now - this.limits.interval);
    return request;
  }

  /** How long a request waits in the queue for room in the budget, by what is known here, ms. */
  private queueWait(purpose: Purpose): number {
    if (!this.limits.queues || this.suspension()) return 0;
    const now = this.now();
    return nextRequestAt(purpose, this.limits, this.recent(), this.need, now) - now;
  }

  /** Learns what is new in the ledger, whoever has noted it. */
  private async read(turn: LedgerTurn): Promise<void> {
    const known = this.sent.filter(({ id }) => id !== undefined);
    // By the clocks as they were at the last look. They drift: a second earlier, so that no request is missed.
    const since = this.now() - this.limits.interval - CLOCK_WAS_SET;
    let noted = await turn.look(known.at(-1)?.id ?? 0, since);
    const offset = noted.now - this.time.now();
    const wasSet = Math.abs(offset - this.offset) > CLOCK_WAS_SET;
    this.offset = offset;
    // One of the clocks was set: what is known may be dated wrongly, and requests may be missing.
    if (wasSet) noted = await turn.look(0, noted.now - this.limits.interval);
    this.sent = wasSet ? [...noted.sent] : [...known, ...noted.sent];
    const { suspension } = noted;
    // One of this process holds even where the ledger could not keep it.
    if (suspension && suspension.until > (this.suspended?.until ?? 0)) this.suspended = suspension;
    this.recent();
    // Also where none is left: else they would come again as new ones, until their time.
    if (this.hasFutureRequests) await turn.correct(this.now());
    this.hasFutureRequests = false;
  }

  /** By the ledger's clock. */
  private now(): number {
    return this.time.now() + this.offset;
  }

  private recent(): readonly SentRequest[] {
    const now = this.now();
    const first = this.sent.findIndex(({ at }) => at > now - this.limits.interval);
    if (first !== 0) this.sent = first < 0 ? [] : this.sent.slice(first);
    if ((this.sent.at(-1)?.at ?? 0) > now) {
      // The clock was set back. When these requests were sent is unknown, but it was before now.
      for (const request of this.sent) request.at = Math.min(request.at, now);
      this.hasFutureRequests = true;
    }
    return this.sent;
  }
}

function suspensionError({ until, key, code }: Suspension, now: number): LinkyError {
  const retry = key === 'address-blocked' ? 'tomorrow' : 'next-slot';
  return new LinkyError(code, { key, retry, scope: 'usage-point', retryAfter: until - now });
}

const budgets = new WeakMap<RequestLedger, Map<string, RequestBudget>>();

/** The budget of an account or address: one for all meters that share it. */
export function budgetOf(
  name: string,
  limits: BudgetLimits,
  time: BudgetTime,
  ledger: RequestLedger,
): RequestBudget {
  return sharedIn(budgets, ledger, name, () => new RequestBudget(name, limits, time, ledger));
}
