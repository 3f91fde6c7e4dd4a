import { setImmediate as turn } from 'node:timers/promises';

/** Knows which requests of a test are under way: time must not pass before they are answered. */
export class RequestsUnderWay {
  private readonly pending = new Set<Promise<unknown>>();

  /** Follows a request until its end. */
  follow<T>(request: Promise<T>): Promise<T> {
    this.pending.add(request);
    const end = (): void => {
      this.pending.delete(request);
    };
    request.then(end, end);
    return request;
  }

  /** Resolves when none is under way, and what they set going is done. */
  settled = async (): Promise<void> => {
    do {
      await Promise.allSettled(this.pending);
      // All that a request leads to happens in microtasks, and the scheduler's calls a turn apart.
      for (let turns = 0; turns < 3; turns += 1) await turn();
    } while (this.pending.size > 0);
  };
}
