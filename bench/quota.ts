/** How a fleet fared with what Data Connect allows. */
const HOUR = 3_600_000;
const CALLS_AN_HOUR = 1000;
const CALLS_A_SECOND = 5;

/** When, and about whom; a call for a bearer is about nobody. */
export interface Call {
  /** By the collection's clock, epoch ms. */
  at: number;
  usagePoint: string | undefined;
}

/** From the first call to the last meter that had all it wants. */
export interface Phase {
  calls: number;
  /** Meters that had all they want in the end. */
  complete: number;
  hours: number;
  /** What the quota would have allowed these calls in at the least. */
  leastHours: number;
  /** The longest that a meter waited between two of its calls, or for its first, hours. */
  longestWait: number;
}

/** What came of a fleet's day. */
export interface Fleet {
  /** New meters' first collection, and the next day's. */
  first: Phase;
  second: Phase;
  /** Both days, up to the end. */
  whole: Phase;
  /** Delay of the event loop, ms. */
  p99: number;
  longest: number;
  /** MB at the most. */
  rss: number;
  /** ms */
  cpu: number;
  messages: number;
}

/** @param complete when each meter had all it wants, epoch ms, in that order */
export function phaseOf(
  calls: readonly Call[],
  complete: readonly number[],
  meters: number,
  from: number,
  until: number,
): Phase {
  const done = complete.filter((at) => at >= from && at < until);
  const last = (done.length < meters ? undefined : done.at(-1)) ?? Infinity;
  const made = calls.filter(({ at }) => at >= from && at < until && at <= last);
  const first = made[0]?.at ?? NaN;
  const lastTurn = new Map<string, number>();
  let longestWait = 0;
  for (const { at, usagePoint } of made) {
    if (usagePoint === undefined) continue;
    longestWait = Math.max(longestWait, at - (lastTurn.get(usagePoint) ?? first));
    lastTurn.set(usagePoint, at);
  }
  return {
    calls: made.length,
    complete: done.length,
    hours: ((made.at(-1)?.at ?? NaN) - first) / HOUR,
    leastHours: leastHours(made.length),
    longestWait: longestWait / HOUR,
  };
}

/** From the first call to the last: an hour's calls may all be made in its first 33 minutes. */
function leastHours(calls: number): number {
  const before = calls - 1;
  const inLastHour = before % CALLS_AN_HOUR;
  return (before - inLastHour) / CALLS_AN_HOUR + Math.floor(inLastHour / CALLS_A_SECOND) / 3600;
}
