import type { Series } from '../metering/metrics';
import { LinkyError, type ErrorScope, type ErrorKey, type Retry } from '../providers/errors';
import type { Store } from '../store/store';
import type { IdleState, Meter } from './meter';
import type { Slot } from './slot';

/** So long a collector in another process, which had the last turn, comes first, ms. */
export const PRECEDENCE = 20_000;
/** After so long it is looked whether another process still has its turn, ms: twice as long each time. */
const SHORTEST_LOOK = 2000;
const LONGEST_LOOK = 30_000;

/** How a turn left the usage point: other processes need not look by themselves. */
export interface Turn {
  slot: Pick<Slot, 'at' | 'until' | 'purpose'>;
  idle: IdleState;
  /** What keeps yesterday's values of a series away. */
  errors: readonly (readonly [Series, LinkyError])[];
}

/** As it is told: a `Turn` in JSON, and for whom it holds. */
interface TurnNotice {
  kind: 'turn';
  /** With another account or schedule something else may be due. */
  terms: string;
  wanted: Series[];
  slot: Turn['slot'];
  idle: Omit<IdleState, 'missing'> & { missing: Series[] };
  errors: [Series, { code: string; key: ErrorKey; retry: Retry; scope: ErrorScope; about: string }][];
}

/** A turn goes on in a while; somebody in another process may have it now. */
interface PauseNotice {
  kind: 'pause';
}

/** Somebody waits for the turn of another process to end. */
interface WaitNotice {
  kind: 'wait';
}

type Notice = TurnNotice | PauseNotice | WaitNotice;

/** What a collector does when it hears from the others. */
export interface Reactions {
  /** A turn of theirs is over, and all that this process wants was looked after. */
  follow(turn: Turn): void;
  /** A turn of theirs is over, or pauses: it may be this process' turn now. */
  look(): void;
}

/**
 * The collectors of a usage point in other processes with the same database. One at a time has its turn, by a lock
 * which ends with its process; the others follow what it tells at the end.
 */
export class Others {
  /** How often in a row the lock was refused: one of them has its turn. */
  private refusals = 0;
  /** One of them had the last turn: it comes first the next time. */
  comeFirst = false;
  /** This process had it: the others wait for what it tells. */
  private isFirst = false;
  /** One of them waits for its turn. */
  areWaiting = false;
  private readonly store: Store;
  private readonly usagePoint: string;
  private readonly terms: string;
  private stopHearing: (() => void) | undefined;

  constructor({ store, storedAs, provider, schedule }: Meter) {
    this.store = store;
    this.usagePoint = storedAs;
    this.terms = JSON.stringify([provider.identity, schedule]);
  }

  /** One of them has its turn. */
  get areAtWork(): boolean {
    return this.refusals > 0;
  }

  /** How long to wait until it is looked again whether they still are, ms. */
  get patience(): number {
    return Math.min(LONGEST_LOOK, SHORTEST_LOOK * 2 ** (this.refusals - 1));
  }

  /** @param wanted the series that this process wants, when it is asked */
  hear(wanted: () => readonly Series[], reactions: Reactions): void {
    this.stopHearing ??= this.store.hear(this.usagePoint, (message) => {
      if (message) this.note(message as Notice, wanted(), reactions);
    });
  }

  stop(): void {
    this.stopHearing?.();
    this.stopHearing = undefined;
  }

  /**
   * Does the work while no other process works on the usage point.
   * @param work told when that cannot be guaranteed any more
   * @returns what it returns; undefined where another one is at it: it was not done
   */
  async exclude<T>(work: (lost: AbortSignal) => Promise<T>): Promise<T | undefined> {
    let outcome: T | undefined;
    // Where the database cannot tell, nobody is known to be at work.
    let isMine = true;
    try {
      isMine = await this.store.withLock(`collect ${this.usagePoint}`, async (lost) => {
        this.areWaiting = false;
        outcome = await work(lost);
      });
    } finally {
      this.refusals = isMine ? 0 : this.refusals + 1;
    }
    return outcome;
  }

  /** What they told is enough until something is due again: they are not looked for, whoever has the lock meanwhile. */
  rest(): void {
    this.refusals = 0;
  }

  /**
   * Tells the others how a turn left the usage point, where it was one for all of them: with requests, or of the process
   * that comes first.
   */
  async tellTurn(requests: number, wanted: readonly Series[], { slot, idle, errors }: Turn): Promise<void> {
    if (requests === 0 && !this.isFirst) return;
    this.isFirst = true;
    this.comeFirst = false;
    const { at, until, purpose } = slot;
    await this.store.tell(this.usagePoint, {
      kind: 'turn',
      terms: this.terms,
      wanted: [...wanted],
      slot: { at, until, purpose },
      idle: { ...idle, missing: [...idle.missing] },
      errors: errors.map(([series, { code, key, retry, scope, about }]) => {
        return [series, { code, key, retry, scope, about }];
      }),
    } satisfies TurnNotice);
  }

  /** Tells the others that one of them may have the turn. */
  async tellPause(): Promise<void> {
    await this.store.tell(this.usagePoint, { kind: 'pause' } satisfies PauseNotice);
  }

  /** Tells the others that somebody waits here. */
  async tellWait(): Promise<void> {
    await this.store.tell(this.usagePoint, { kind: 'wait' } satisfies WaitNotice);
  }

  private note(notice: Notice, wanted: readonly Series[], reactions: Reactions): void {
    if (notice.kind === 'wait') {
      this.areWaiting = true;
      return;
    }
    this.refusals = 0;
    if (notice.kind === 'turn') {
      this.comeFirst = true;
      this.isFirst = false;
      if (notice.terms === this.terms && wanted.every((series) => notice.wanted.includes(series))) {
        const errors = notice.errors.map(
          ([series, error]) => [series, new LinkyError(error.code, error)] as const,
        );
        reactions.follow({
          slot: notice.slot,
          idle: { ...notice.idle, missing: new Set(notice.idle.missing) },
          errors,
        });
      }
    }
    reactions.look();
  }
}
