import { clock } from '../calendar/clock';
import { scheduler } from '../collector/scheduler';
import { storeError } from '../store/store-error';

/** How long to wait after work that failed, and while the database cannot be reached, ms. */
const PAUSE = 3_600_000;
const DATABASE_DELAY = 60_000;

/** While another process is at work it is looked again after so long, ms. */
export const OTHERS_TURN = 60_000;

/** Does a piece of work each time it is due, never twice at once, from the first call until it is stopped. */
export class DueWork {
  /** Of the work under way. */
  private abort: AbortController | undefined;
  /** Somebody has called meanwhile: the work is done once more. */
  private isWanted = false;
  private running: Promise<void> = Promise.resolve();

  /**
   * @param work resolves with the instant at which it is due again, epoch ms
   * @param onFailure hears what the work threw
   */
  constructor(
    private readonly work: (signal: AbortSignal) => Promise<number>,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** There may be something to do now. */
  wake(): void {
    this.isWanted = true;
    if (this.abort) return;
    scheduler.delete(this);
    this.abort = new AbortController();
    this.running = this.run(this.abort.signal);
  }

  /** Resolves when the work under way is done, well or not. */
  settled(): Promise<void> {
    return this.running;
  }

  /** Ends the work under way and all plans; `wake` begins anew. */
  stop(): void {
    scheduler.delete(this);
    this.abort?.abort();
    this.abort = undefined;
  }

  private async run(signal: AbortSignal): Promise<void> {
    let next = Infinity;
    while (this.isWanted) {
      this.isWanted = false;
      try {
        next = await this.work(signal);
      } catch (error) {
        const isAway = storeError(error).key === 'database-unreachable';
        next = clock.now() + (isAway ? DATABASE_DELAY : PAUSE);
        if (!signal.aborted) this.onFailure(error);
      }
      // Another run may have begun since.
      if (signal.aborted) return;
    }
    this.abort = undefined;
    scheduler.set(this, next, () => {
      this.wake();
    });
  }
}
