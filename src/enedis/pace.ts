import pThrottle from 'p-throttle';
import { orAborted } from './abort';

/** So many calls in so many ms. */
export interface Limit {
  limit: number;
  interval: number;
}

/** What the free gateways bear. */
export const GATEWAY_PACE: readonly Limit[] = [{ limit: 2, interval: 1000 }];
/** What Enedis allows an application of Data Connect. */
export const DATA_CONNECT_PACE: readonly Limit[] = [
  { limit: 5, interval: 1000 },
  { limit: 10_000, interval: 3_600_000 },
];

const queues = new Map<string, () => Promise<void>>();

/** Pace of calls, once for the process: all meters of a gateway or an application stand in one queue. */
export const pace = {
  /**
   * Resolves when it is the caller's turn.
   * @param who the gateway's address, or the application
   * @throws the signal's reason; the turn is lost then
   */
  turn(who: string, limits: readonly Limit[], signal: AbortSignal): Promise<void> {
    let queue = queues.get(who);
    if (!queue) {
      queue = limits.reduce<() => Promise<void>>(
        (before, { limit, interval }) => pThrottle({ limit, interval, strict: true })(before),
        () => Promise.resolve(),
      );
      queues.set(who, queue);
    }
    return signal.aborted ? Promise.reject(signal.reason as Error) : orAborted(queue(), signal);
  },
};
