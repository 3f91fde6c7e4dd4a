import { setTimeout as sleep } from 'node:timers/promises';

/** Time as the collection knows it. One object, so that tests replace it in one place. */
export const clock = {
  /** Epoch ms. */
  now: (): number => Date.now(),

  /** Calls back once, after `ms`. @returns what calls it off */
  after(ms: number, callback: () => void): () => void {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },

  /** @throws the signal's reason when it is aborted before `ms` have passed */
  wait: (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal }),
};
