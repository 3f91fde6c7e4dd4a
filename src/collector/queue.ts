import PQueue from 'p-queue';
import type { Provider } from '../providers/provider';
import type { Store } from '../store/store';

/** So many meters of a provider collect at once: enough to use its rate, few enough for a small machine's memory. */
const AT_ONCE = 32;

const queues = new WeakMap<Provider, PQueue>();
/** The works on each usage point of a store, that under way first. */
const usagePoints = new WeakMap<Store, Map<string, Promise<void>[]>>();

/**
 * Does the work when the provider's queue comes to it; those that waited longest since their last turn come first.
 * @param lastTurn epoch ms, -Infinity for never
 */
export function queued(provider: Provider, lastTurn: number, work: () => Promise<void>): Promise<void> {
  let queue = queues.get(provider);
  if (!queue) {
    queue = new PQueue({ concurrency: AT_ONCE });
    queues.set(provider, queue);
  }
  return queue.add(work, { priority: -lastTurn });
}

/** Whether meters wait for their turn at a provider. */
export const isBusy = (provider: Provider): boolean => (queues.get(provider)?.size ?? 0) > 0;

/**
 * Does the work when nobody else works on the same usage point: two meter nodes may have the same one, and what one
 * of them fetched the other need not request.
 */
export async function exclusively(
  store: Store,
  usagePoint: string,
  work: () => Promise<void>,
): Promise<void> {
  const works = usagePoints.get(store) ?? new Map<string, Promise<void>[]>();
  usagePoints.set(store, works);
  const queue = works.get(usagePoint) ?? [];
  works.set(usagePoint, queue);
  const mine = (queue.at(-1) ?? Promise.resolve()).then(work, work);
  queue.push(mine);
  try {
    await mine;
  } finally {
    void queue.shift();
    if (queue.length === 0) works.delete(usagePoint);
  }
}

/** Whether somebody waits to work on a usage point. */
export const isAwaited = (store: Store, usagePoint: string): boolean =>
  (usagePoints.get(store)?.get(usagePoint)?.length ?? 0) > 1;
