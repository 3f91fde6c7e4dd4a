import PQueue from 'p-queue';
import type { Provider } from '../providers/provider';

/** Enough to keep every pace busy, few enough that what they know of their meters fits into a small machine. */
const AT_ONCE = 32;

const lines = new WeakMap<Provider, PQueue>();

/**
 * Does the work when its turn comes: so many meters of a provider collect at once, those that had their turn longest
 * ago first.
 * @param lastTurn epoch ms, -Infinity for never
 */
export function inLine(provider: Provider, lastTurn: number, work: () => Promise<void>): Promise<void> {
  let line = lines.get(provider);
  if (!line) {
    line = new PQueue({ concurrency: AT_ONCE });
    lines.set(provider, line);
  }
  return line.add(work, { priority: -lastTurn });
}
