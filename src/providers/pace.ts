import PQueue from 'p-queue';

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

const queues = new Map<string, PQueue[]>();

/** Pace of calls, once for the process: all meters of a gateway or an application stand in one queue. */
export const pace = {
  /**
   * Resolves when it is the caller's turn.
   * @param who the gateway's address, or the application
   * @throws the signal's reason; the turn goes to the next then
   */
  async turn(who: string, limits: readonly Limit[], signal: AbortSignal): Promise<void> {
    let waits = queues.get(who);
    if (!waits) {
      waits = limits.map(({ limit, interval }) => new PQueue({ intervalCap: limit, interval, strict: true }));
      queues.set(who, waits);
    }
    for (const queue of waits) await queue.add(() => undefined, { signal });
  },
};
