import PQueue from 'p-queue';
import { clock } from '../calendar/clock';
import type { RateLimiter, RequestLedger } from './budget';
import { sharedIn } from './shared-in';

/** How much time there is at least between two requests, ms. */
interface Rate {
  interval: number;
}

/** For the free gateways: Conso API allows 5 requests a second for all its users together. */
export const GATEWAY_RATE: Rate = { interval: 500 };
/** Enedis' limit for an application of Data Connect: 5 a second. */
export const DATA_CONNECT_RATE: Rate = { interval: 200 };

type Limiters = Pick<RequestLedger, 'limiter'>;

/** For requests of this process alone. */
export const memoryLimiters: Limiters = {
  async limiter(interval) {
    // It takes a while to load.
    const { RateLimiterMemory } = await import('rate-limiter-flexible');
    return new RateLimiterMemory({ points: 1, duration: interval / 1000 });
  },
};

/** Those who wait for a turn, by server, in the order they came. */
const queues = new WeakMap<Limiters, Map<string, PQueue>>();
/** The last turn here of each server, epoch ms. */
const lastTurns = new WeakMap<Limiters, Map<string, { at: number }>>();
const limiters = new WeakMap<Limiters, Map<number, Promise<RateLimiter>>>();

/** Rate limits over all processes that share a ledger. */
export const rateLimit = {
  /**
   * Resolves when the caller may send a request.
   * @param who the gateway's address, or the application
   * @param shared by whom it is limited together
   * @throws the signal's reason, and its place in the queue is free then; what the ledger throws
   */
  async turn(
    who: string,
    { interval }: Rate,
    signal: AbortSignal,
    shared: Limiters = memoryLimiters,
  ): Promise<void> {
    const queue = sharedIn(queues, shared, who, () => new PQueue({ concurrency: 1 }));
    await queue.add(
      async () => {
        const limiter = await sharedIn(limiters, shared, interval, () => shared.limiter(interval));
        const last = sharedIn(lastTurns, shared, who, () => ({ at: -Infinity }));
        // Before that the limiter need not be asked: it would only say how long it is still. Its clock may have been set.
        const left = last.at + interval - clock.now();
        if (left > 0 && left <= interval) await clock.wait(left, signal);
        for (;;) {
          const wait = await waitOf(limiter, who);
          if (wait === undefined) break;
          await clock.wait(wait, signal);
        }
        last.at = clock.now();
      },
      { signal },
    );
  },
};

/** @returns how long until it is `who`'s turn, ms; undefined where it is */
async function waitOf(limiter: RateLimiter, who: string): Promise<number | undefined> {
  try {
    await limiter.consume(who);
    return undefined;
  } catch (error) {
    if (error instanceof Error) throw error;
    return Math.max(1, (error as { msBeforeNext: number }).msBeforeNext);
  }
}
