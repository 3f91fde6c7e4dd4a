import { clock } from '../calendar/clock';
import { LinkyError } from '../providers/errors';
import { sharedIn } from '../providers/shared-in';
import type { Store } from '../store/store';
import { storeError } from '../store/store-error';
import type { LastRequest } from '../store/tariffs';
import { DueWork, OTHERS_TURN } from './due-work';
import { failuresAt } from './failures';
import type { RegulatedPlan } from './price-snapshot';
import type { PriceSource } from './price-source';
import { nextPriceLook, priceRetryAt, type RegulatedRow } from './regulated-prices';

/** Who wants regulated prices. Its functions must not throw. */
export interface PriceUser {
  plan: RegulatedPlan;
  /** What is kept of the plan has been loaded, or its file was read. */
  onNews(): void;
  /** Requests for the plan's file fail; undefined: no longer. */
  onError(error: LinkyError | undefined): void;
}

/** The official file of a plan. */
interface PriceFile {
  rows: readonly RegulatedRow[];
  /** Epoch ms; undefined: it was never read. */
  checkedAt: number | undefined;
  last: LastRequest | undefined;
}

/** Of this process, so that not everybody comes at once: up to this, ms. */
const MOST_JITTER = 10 * 60_000;
const JITTER = Math.floor(Math.random() * MOST_JITTER);

/** The official regulated prices of one source: what is kept of them, and their requests while somebody wants them. */
export class PriceBook {
  private readonly users = new Set<PriceUser>();
  private readonly work = new DueWork(
    (signal) => this.request(signal),
    (error) => {
      this.setError('store', storeError(error));
    },
  );
  /** Of the plans that were loaded. */
  private files = new Map<RegulatedPlan, PriceFile>();
  private loading = new Map<RegulatedPlan, Promise<PriceFile>>();
  /** Plans of which another process may have kept something since they were loaded. */
  private readonly stale = new Set<RegulatedPlan>();
  private stopHearing: (() => void) | undefined;
  /** Of requests for a plan's file, and of the store. */
  private errors = new Map<RegulatedPlan | 'store', LinkyError>();

  /** @param jitter ms */
  constructor(
    private readonly store: Store,
    private readonly source: PriceSource,
    private readonly jitter: number,
  ) {}

  /** Wants a plan's prices from now on. @returns what ends it; after the last one's end nothing is requested or written */
  use(user: PriceUser): () => void {
    this.users.add(user);
    this.stopHearing ??= this.store.hear(this.topic, () => {
      for (const plan of this.files.keys()) this.stale.add(plan);
      this.work.wake();
    });
    if (this.files.has(user.plan)) {
      queueMicrotask(() => {
        if (!this.users.has(user)) return;
        user.onNews();
        const error = this.errorOf(user.plan);
        if (error) user.onError(error);
      });
    } else {
      this.kept(user.plan).catch((error: unknown) => {
        if (this.users.has(user)) this.setError('store', storeError(error));
      });
    }
    this.work.wake();
    return () => {
      if (!this.users.delete(user) || this.users.size > 0) return;
      this.work.stop();
      this.stopHearing?.();
      this.stopHearing = undefined;
      this.stale.clear();
      this.files = new Map();
      this.loading = new Map();
      this.errors = new Map();
    };
  }

  /** Resolves when nothing is requested any more, for the moment. */
  settled(): Promise<void> {
    return this.work.settled();
  }

  /** The official rows of a plan, from memory; before the first `onNews` none are known. */
  rows(plan: RegulatedPlan): readonly RegulatedRow[] {
    return this.files.get(plan)?.rows ?? [];
  }

  /** When the official file was read last, epoch ms. */
  checkedAt(plan: RegulatedPlan): number | undefined {
    return this.files.get(plan)?.checkedAt;
  }

  /** Requests what is due. @returns when something is due again, epoch ms */
  private async request(signal: AbortSignal): Promise<number> {
    let next = Infinity;
    const plans = new Set([...this.users].map((user) => user.plan));
    for (const plan of plans) {
      const file = await this.kept(plan);
      signal.throwIfAborted();
      if (this.stale.has(plan)) await this.refresh(plan, file, signal);
      const now = clock.now();
      const isOthersTurn = this.dueAt(file) <= now && !(await this.sendDue(plan, file, signal));
      next = Math.min(next, isOthersTurn ? now + OTHERS_TURN : this.dueAt(file));
    }
    this.setError('store', undefined);
    return next;
  }

  /** Requests a plan's file if it is due, unless another process does. @returns whether it did not */
  private async sendDue(plan: RegulatedPlan, file: PriceFile, signal: AbortSignal): Promise<boolean> {
    return this.store.withLock(`prices ${this.nameOf(plan)}`, async () => {
      // What others have asked since then need not be asked again.
      await this.refresh(plan, file, signal);
      if (this.dueAt(file) <= clock.now()) await this.send(plan, file, signal);
    });
  }

  /** Learns what other processes have kept of a plan. */
  private async refresh(plan: RegulatedPlan, file: PriceFile, signal: AbortSignal): Promise<void> {
    this.stale.delete(plan);
    const kept = await this.read(plan);
    signal.throwIfAborted();
    const isNews = kept.checkedAt !== file.checkedAt;
    Object.assign(file, kept);
    if (isNews) this.tell(plan);
  }

  private dueAt({ checkedAt, last }: PriceFile): number {
    const now = clock.now();
    return Math.max(nextPriceLook(checkedAt, now, this.jitter), failuresAt(last, now).retryAt);
  }

  /** The file of a plan as it is kept, loaded once; not in turn with requests, of which one may take long. */
  private kept(plan: RegulatedPlan): Promise<PriceFile> {
    const { loading } = this;
    const before = loading.get(plan);
    if (before) return before;
    const file = this.load(plan, () => loading === this.loading);
    loading.set(plan, file);
    file.catch(() => loading.delete(plan));
    return file;
  }

  /** @param isWanted false once the last user has gone */
  private async load(plan: RegulatedPlan, isWanted: () => boolean): Promise<PriceFile> {
    const file = await this.read(plan);
    if (isWanted()) {
      this.files.set(plan, file);
      this.tell(plan);
    }
    return file;
  }

  private async read(plan: RegulatedPlan): Promise<PriceFile> {
    const { tariffs } = this.store;
    const kept = await tariffs.prices(this.source.origin, plan);
    const last = await tariffs.lastRequest(this.nameOf(plan));
    return { rows: (kept?.rows ?? []) as RegulatedRow[], checkedAt: kept?.checkedAt, last };
  }

  private async send(plan: RegulatedPlan, file: PriceFile, signal: AbortSignal): Promise<void> {
    const { failures } = failuresAt(file.last, clock.now());
    // Noted before it is sent: a process that ends and starts again and again must not ask each time.
    await this.note(plan, file, failures + 1, priceRetryAt(failures, clock.now(), this.jitter));
    signal.throwIfAborted();
    try {
      const rows = await this.source.rows(plan, signal);
      signal.throwIfAborted();
      await this.keep(plan, file, rows, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof LinkyError)) throw error;
      this.setError(plan, error);
      await this.note(plan, file, failures + 1, priceRetryAt(failures + 1, clock.now(), this.jitter));
    }
  }

  private async keep(
    plan: RegulatedPlan,
    file: PriceFile,
    rows: readonly RegulatedRow[],
    signal: AbortSignal,
  ): Promise<void> {
    const checkedAt = clock.now();
    await this.store.tariffs.keepPrices(this.source.origin, plan, { rows, checkedAt });
    signal.throwIfAborted();
    await this.note(plan, file, 0, checkedAt);
    signal.throwIfAborted();
    Object.assign(file, { rows, checkedAt });
    this.tell(plan);
    this.setError(plan, undefined);
    await this.store.tell(this.topic, {});
  }

  private async note(plan: RegulatedPlan, file: PriceFile, failures: number, retryAt: number): Promise<void> {
    file.last = { at: clock.now(), failures, retryAt };
    await this.store.tariffs.noteRequest(this.nameOf(plan), file.last);
  }

  private errorOf(plan: RegulatedPlan): LinkyError | undefined {
    return this.errors.get('store') ?? this.errors.get(plan);
  }

  private setError(of: RegulatedPlan | 'store', error: LinkyError | undefined): void {
    if (this.errors.get(of) === error) return;
    if (error) this.errors.set(of, error);
    else this.errors.delete(of);
    for (const user of [...this.users]) {
      if (of === 'store' || of === user.plan) user.onError(this.errorOf(user.plan));
    }
  }

  /** A plan's file, as requests for it are noted. */
  private nameOf(plan: RegulatedPlan): string {
    return `${this.source.origin} ${plan}`;
  }

  /** What processes tell each other of it under. */
  private get topic(): string {
    return `prices ${this.source.origin}`;
  }

  private tell(plan: RegulatedPlan): void {
    for (const user of [...this.users]) {
      if (user.plan === plan) user.onNews();
    }
  }
}

const books = new WeakMap<Store, Map<string, PriceBook>>();

/** The prices of a source, one book for all tariffs of the process that have the same store and source. */
export function priceBookOf(store: Store, source: PriceSource): PriceBook {
  return sharedIn(books, store, source.origin, () => new PriceBook(store, source, JITTER));
}
