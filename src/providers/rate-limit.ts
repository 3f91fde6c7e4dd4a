import PQueue from 'p-queue';

/** The most requests within a second. */
interface RatePerSecond {
  limit: number;
}

/** For the free gateways: Conso API allows 5 requests a second for all its users together. */
export const GATEWAY_RATE: RatePerSecond = { limit: 2 };
/** Enedis' limit for an application of Data Connect. */
export const DATA_CONNECT_RATE: RatePerSecond = { limit: 5 };

const queues = new Map<string, PQueue>();

/** Rate limits of the process: all meters that use a gateway or an application share one queue. */
export const rateLimit = {
  /**
   * Resolves when the caller may send a request.
   * @param who the gateway's address, or the application
   * @throws the signal's reason; its place in the queue is free then
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
