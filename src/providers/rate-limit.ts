import PQueue from 'p-queue';

/** So many requests a second. */
interface RatePerSecond {
  limit: number;
}

/** What the free gateways bear: Conso API allows 5 a second to all its users together. */
export const GATEWAY_RATE: RatePerSecond = { limit: 2 };
/** What Enedis allows an application of Data Connect. */
export const DATA_CONNECT_RATE: RatePerSecond = { limit: 5 };

const queues = new Map<string, PQueue>();

/** Requests a second, for the whole process: all meters of a gateway or an application stand in one queue. */
export const rateLimit = {
  /**
   * Resolves when it is the caller's turn.
   * @param who the gateway's address, or the application
   * @throws the signal's reason; the turn goes to the next then
   */
  async turn(who: string, { limit }: RatePerSecond, signal: AbortSignal): Promise<void> {
    let queue = queues.get(who);
    if (!queue) {
      queue = new PQueue({ intervalCap: limit, interval: 1000, strict: true });
      queues.set(who, queue);
    }
    await queue.add(() => undefined, { signal });
  },
};
