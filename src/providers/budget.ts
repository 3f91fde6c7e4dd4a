import { addDays, dayOf, instantAt, startOfDay, type Day } from '../calendar/paris';
import { LinkyError, type ErrorKey } from './errors';

/**
 * What a request is for:
 * - `schedule`: yesterday and recent gaps, by the schedule
 * - `user`: what somebody asked by hand: a button, a message, a query, a test of the connection
 * - `backfill`: the history
 */
export type Purpose = 'schedule' | 'user' | 'backfill';

/** How many requests a server bears, and what is kept back of them. */
export interface BudgetLimits {
  /** At most so many requests within any `interval` (ms). */
  limit: number;
  interval: number;
  /** What the schedule and the backfill leave to the user. */
  keptForUser: number;
  /** What the backfill leaves to the schedule: so many attempts of every series. */
  attemptsKept: number;
  /** Whether a request waits for its turn when the budget is used, instead of failing. */
  waits: boolean;
}

export const HOUR = 3_600_000;

/**
 * Conso API blocks an address that makes 100 requests in a day. A morning of hourly attempts costs five of each
 * series; the sixth is for a day that comes late.
 */
export const CONSO_BUDGET: BudgetLimits = {
  limit: 80,
  interval: 24 * HOUR,
  keptForUser: 5,
  attemptsKept: 6,
  waits: false,
};
/** MyElectricalData allows an account 50 requests a day. */
export const MYELECTRICALDATA_BUDGET: BudgetLimits = {
  limit: 50,
  interval: 24 * HOUR,
  keptForUser: 5,
  attemptsKept: 5,
  waits: false,
};
/** Enedis allows an application 1,000 requests an hour to each of its interfaces. */
export const DATA_CONNECT_BUDGET: BudgetLimits = {
  limit: 1000,
  interval: HOUR,
  keptForUser: 0,
  attemptsKept: 0,
  waits: true,
};

/** A request that was sent. */
export interface SentRequest {
  /** Epoch ms. */
  at: number;
  backfill: boolean;
}

/** What the schedules of all meters on a budget need. */
export interface Demand {
  /** The series they request every day. */
  series: number;
  /** Of these, the ones of which yesterday is not complete yet. */
  missing: number;
}

/** When the hourly attempts begin, minutes of the day. */
const MORNING = 5 * 60;
/** The last attempts of a day must find something left: by then yesterday is published on most days. */
const AFTERNOON = 13 * 60;
/** The part of a budget that the backfill has at least, however many meters there are. */
const LEAST_BACKFILL = 1 / 8;

/**
 * How many requests may be sent now.
 * @param sent oldest first; older ones than the interval do not matter
 * @param now epoch ms
 */
export function requestsLeft(
  purpose: Purpose,
  limits: BudgetLimits,
  sent: readonly SentRequest[],
  demand: Demand,
  now: number,
): number {
  const { limit, interval, keptForUser } = limits;
  const usedAt = (instant: number): number => sent.filter(({ at }) => at > instant - interval).length;
  const left = limit - usedAt(now);
  if (purpose === 'user' || keptForUser === 0) return left;
  if (purpose === 'schedule') {
    const afternoon = instantAt(dayOf(now), AFTERNOON);
    const forAfternoon = limit - keptForUser - usedAt(afternoon) - demand.missing;
    return now < afternoon ? Math.min(left - keptForUser, forAfternoon) : left - keptForUser;
  }
  // A request of the backfill counts until the schedule has had its next morning: by each of its attempts enough must be left.
  const needs = morningNeeds(limits, demand, now);
  const most = needs.map(({ at }) => {
    const needed = needs.filter((need) => need.at <= at && need.at > at - interval);
    return usedAt(at) + needed.reduce((sum, { count }) => sum + count, 0);
  });
  const usedForBackfill = sent.filter(({ at, backfill }) => backfill && at > now - interval).length;
  const least = Math.floor(limit * LEAST_BACKFILL) - usedForBackfill;
  return Math.min(left - keptForUser, Math.max(limit - keptForUser - Math.max(0, ...most), least));
}

/** What the schedule's attempts need within the next interval: requests, each by an instant (epoch ms). */
function morningNeeds(
  { attemptsKept, interval }: BudgetLimits,
  demand: Demand,
  now: number,
): { at: number; count: number }[] {
  const today = dayOf(now);
  const attempts = (day: Day, count: number): { at: number; count: number }[] =>
    Array.from({ length: attemptsKept }, (_, i) => ({ at: instantAt(day, MORNING + (i + 1) * 60), count }));
  return [...attempts(today, demand.missing), ...attempts(addDays(today, 1), demand.series)].filter(
    ({ at }) => at > now && at < now + interval,
  );
}

/**
 * When a request may be sent, if none is sent before.
 * @returns epoch ms, `now` or later
 */
export function nextRequestAt(
  purpose: Purpose,
  limits: BudgetLimits,
  sent: readonly SentRequest[],
  demand: Demand,
  now: number,
): number {
  const releases = sent.map(({ at }) => at + limits.interval).filter((at) => at > now);
  const times = [now, ...releases, instantAt(dayOf(now), AFTERNOON)].filter((at) => at >= now);
  times.sort((a, b) => a - b);
  return times.find((at) => requestsLeft(purpose, limits, sent, demand, at) > 0) ?? now + limits.interval;
}

/** The server asked for no more requests until then. */
export interface Suspension {
  /** Epoch ms. */
  until: number;
  key: ErrorKey;
  code: string;
}

/** Where requests are remembered over restarts. */
export interface RequestLedger {
  /** The requests sent after an instant (epoch ms), oldest first. */
  sentAfter(budget: string, after: number): SentRequest[];
  /** Notes a request, and forgets those sent at `before` (epoch ms) or earlier. */
  note(budget: string, request: SentRequest, before: number): void;
  /** Those of the future were sent at `now` (epoch ms). */
  correct(budget: string, now: number): void;
  suspension(budget: string): Suspension | undefined;
  suspend(budget: string, suspension: Suspension): void;
}

/** Time, as the budget needs it. */
export interface BudgetTime {
  /** Epoch ms. */
  now(): number;
  /** @throws the signal's reason */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** The requests of one account, application or address: what was sent, and what may be. Every request takes from it. */
export class RequestBudget {
  private sent: SentRequest[];
  private suspended: Suspension | undefined;
  private readonly demands = new Map<object, Demand>();

  /** @param name of the account or address in the ledger; it holds no secret */
  constructor(
    private readonly name: string,
    private readonly limits: BudgetLimits,
    private readonly time: BudgetTime,
    private readonly ledger: RequestLedger,
  ) {
    this.sent = ledger.sentAfter(name, time.now() - limits.interval);
    this.suspended = ledger.suspension(name);
  }

  /** Tells what the schedule of a meter needs, or that it needs nothing any more. */
  expect(meter: object, demand: Demand | undefined): void {
    if (demand) this.demands.set(meter, demand);
    else this.demands.delete(meter);
  }

  /** How many requests may be sent now. */
  left(purpose: Purpose): number {
    if (this.suspension()) return 0;
    return requestsLeft(purpose, this.limits, this.recent(), this.demand(), this.time.now());
  }

  /**
   * Whether there is no use in a request now: nothing is left, and it would not wait for its turn. While the server
   * asked for a pause there is: the request fails at once and says why.
   */
  isUsed(purpose: Purpose): boolean {
    return !this.limits.waits && !this.suspension() && this.left(purpose) <= 0;
  }

  /** When a request may be sent, epoch ms: now, or later. A budget in which requests wait for their turn is always open. */
  nextAt(purpose: Purpose): number {
    const now = this.time.now();
    const from = Math.max(now, this.suspension()?.until ?? now);
    if (this.limits.waits) return from;
    return nextRequestAt(purpose, this.limits, this.recent(), this.demand(), from);
  }

  /** What the server asked for, while it holds. */
  suspension(): Suspension | undefined {
    const now = this.time.now();
    // One of another day was made by a clock that was wrong.
    if (this.suspended && (this.suspended.until <= now || this.suspended.until > endOfDay(now))) {
      this.suspended = undefined;
    }
    return this.suspended;
  }

  /**
   * No more requests for so long, at the most for the rest of the day.
   * @param wait ms
   */
  suspend(wait: number, { key, code }: LinkyError): void {
    const now = this.time.now();
    this.suspended = { until: Math.min(now + wait, endOfDay(now)), key, code };
    this.ledger.suspend(this.name, this.suspended);
  }

  /**
   * Takes a request, which is then sent at once.
   * @throws LinkyError `budget-used`, or why the server asked to wait; the signal's reason
   */
  async take(purpose: Purpose, signal: AbortSignal): Promise<void> {
    for (;;) {
      const now = this.time.now();
      const suspension = this.suspension();
      if (suspension) throw suspensionError(suspension, now);
      if (this.left(purpose) > 0) {
        const request = { at: now, backfill: purpose === 'backfill' };
        this.sent.push(request);
        this.ledger.note(this.name, request, now - this.limits.interval);
        return;
      }
      if (!this.limits.waits) throw this.usedError(purpose);
      await this.time.wait(nextRequestAt(purpose, this.limits, this.sent, this.demand(), now) - now, signal);
    }
  }

  /** That nothing is left, and for how long. */
  usedError(purpose: Purpose): LinkyError {
    const retryAfter = this.nextAt(purpose) - this.time.now();
    return new LinkyError('budget-used', { key: 'budget-used', remedy: 'next-attempt', retryAfter });
  }

  private recent(): readonly SentRequest[] {
    const now = this.time.now();
    const first = this.sent.findIndex(({ at }) => at > now - this.limits.interval);
    if (first !== 0) this.sent = first < 0 ? [] : this.sent.slice(first);
    if ((this.sent.at(-1)?.at ?? 0) > now) {
      // The clock was set back: when they were sent is unknown, but it was before now.
      this.sent = this.sent.map(({ at, backfill }) => ({ at: Math.min(at, now), backfill }));
      this.ledger.correct(this.name, now);
    }
    return this.sent;
  }

  private demand(): Demand {
    const all = [...this.demands.values()];
    const sum = (of: keyof Demand): number => all.reduce((total, demand) => total + demand[of], 0);
    return { series: sum('series'), missing: sum('missing') };
  }
}

const endOfDay = (now: number): number => startOfDay(addDays(dayOf(now), 1));

function suspensionError({ until, key, code }: Suspension, now: number): LinkyError {
  const remedy = key === 'address-blocked' ? 'tomorrow' : 'next-attempt';
  return new LinkyError(code, { key, remedy, wholeMeter: true, retryAfter: until - now });
}

const budgets = new WeakMap<RequestLedger, Map<string, RequestBudget>>();

/** The budget of an account or address, one for all meters on it. */
export function budgetOf(
  name: string,
  limits: BudgetLimits,
  time: BudgetTime,
  ledger: RequestLedger,
): RequestBudget {
  const known = budgets.get(ledger) ?? new Map<string, RequestBudget>();
  budgets.set(ledger, known);
  const budget = known.get(name) ?? new RequestBudget(name, limits, time, ledger);
  known.set(name, budget);
  return budget;
}
