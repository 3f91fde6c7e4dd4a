/** How a fleet fared with what Data Connect allows. */
const HOUR = 3_600_000;
const CALLS_AN_HOUR = 10_000;
const CALLS_A_SECOND = 5;

/** From the first call to the last meter that had all it wants. */
export interface Phase {
  calls: number;
  /** Meters that had all they want in the end. */
  complete: number;
  hours: number;
  /** What the quota would have allowed these calls in at the least. */
  leastHours: number;
}

/** What came of a fleet's day. */
export interface Fleet {
  /** New meters' first collection, and the next day's. */
  first: Phase;
  second: Phase;
  /** Delay of the event loop, ms. */
  p99: number;
  longest: number;
  /** MB at the most. */
  rss: number;
  /** ms */
  cpu: number;
  messages: number;
}

/** @param calls when each was made, epoch ms; `complete` likewise */
export function phaseOf(
  calls: readonly number[],
  complete: readonly number[],
  meters: number,
  from: number,
  until: number,
): Phase {
  const within = (times: readonly number[]): number[] => times.filter((at) => at >= from && at < until);
  const done = within(complete);
  const last = done.length < meters ? Infinity : Math.max(...done.slice(-1));
  const made = within(calls).filter((at) => at <= last);
  const [first = 0] = made;
  return {
    calls: made.length,
    complete: done.length,
    hours: (Math.min(last, made.at(-1) ?? 0) - first) / HOUR,
    leastHours: leastHours(made.length),
  };
}

/** Whole hours' worth first: the hour's calls fit into its first 33 minutes. */
function leastHours(calls: number): number {
  const rest = calls % CALLS_AN_HOUR;
  return (calls - rest) / CALLS_AN_HOUR + rest / CALLS_A_SECOND / 3600;
}
