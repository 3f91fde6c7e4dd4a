import { clock } from '../calendar/clock';
import { dayOf, daysIn, type Day } from '../calendar/paris';
import type { DayRange } from '../calendar/ranges';
import { LinkyError } from '../providers/errors';
import { sharedIn } from '../providers/shared-in';
import type { Store } from '../store/store';
import { storeError } from '../store/store-error';
import type { LastRequest } from '../store/tariffs';
import {
  colourRetryAt,
  isHistory,
  MOST_JITTER,
  nextColourRequest,
  type ColourKnowledge,
  type ColourRecord,
} from './colour-schedule';
import type { ColourSource } from './colour-sources';
import { DueWork, OTHERS_TURN } from './due-work';
import { failuresAt } from './failures';
import { isRefusedRange } from './source-error';
import { COLOURS, type Colour } from './tempo';

/** Who wants Tempo colours. Its functions must not throw. */
export interface ColourUser {
  /** The oldest day wanted. */
  since: Day;
  /** What is kept has been loaded, or a colour is new or has changed. */
  onNews(): void;
  /** Requests fail; undefined: no longer. */
  onError(error: LinkyError | undefined): void;
}

/** Days of the present season, and of those before it: what fails of one does not delay the other. */
type Part = 'present' | 'history';

/** No source knows colours of before. */
const FIRST_SEASON: Day = '2014-09-01';

/** Of this process, so that not everybody comes at once. */
const JITTER = Math.floor(Math.random() * MOST_JITTER);

const isColour = (text: string | undefined): text is Colour =>
  (COLOURS as readonly (string | undefined)[]).includes(text);

/** The Tempo colours of one source: what is kept of them, and their requests while somebody wants them. */
export class ColourBook {
  private readonly users = new Set<ColourUser>();
  private readonly work = new DueWork(
    (signal) => this.request(signal),
    (error) => {
      this.setError('store', storeError(error));
    },
  );
  private records = new Map<Day, ColourRecord>();
  private colours = new Map<Day, Colour>();
  private isLoaded = false;
  /** Another process may have kept something since it was loaded. */
  private isStale = false;
  private stopHearing: (() => void) | undefined;
  private last: Partial<Record<Part, LastRequest>> = {};
  private errors: Partial<Record<Part | 'store', LinkyError | undefined>> = {};

  /** @param jitter up to `MOST_JITTER`, ms */
  constructor(
    private readonly store: Store,
    private readonly source: ColourSource,
    private readonly jitter: number,
  ) {}

  /** Wants colours from now on. @returns what ends it; after the last user's end nothing is requested or written */
  use(user: ColourUser): () => void {
    this.users.add(user);
    this.stopHearing ??= this.store.hear(this.topic, () => {
      this.isStale = true;
      this.work.wake();
    });
    if (this.isLoaded) {
      queueMicrotask(() => {
        if (!this.users.has(user)) return;
        user.onNews();
        if (this.error) user.onError(this.error);
      });
    }
    this.work.wake();
    return () => {
      if (!this.users.delete(user) || this.users.size > 0) return;
      this.work.stop();
      this.stopHearing?.();
      this.stopHearing = undefined;
      this.forget();
    };
  }

  /** Resolves when nothing is requested any more, for the moment. */
  settled(): Promise<void> {
    return this.work.settled();
  }

  /** From memory; before the first `onNews` nothing is known. */
  colourOf(day: Day): Colour | undefined {
    return this.colours.get(day);
  }

  known(): ReadonlyMap<Day, Colour> {
    return this.colours;
  }

  /** Requests what is due. @returns when something is due again, epoch ms */
  private async request(signal: AbortSignal): Promise<number> {
    if (!this.isLoaded || this.isStale) await this.load(signal);
    for (;;) {
      const now = clock.now();
      const { at } = nextColourRequest(this.knowledgeAt(now), now);
      if (at > now) {
        this.setError('store', undefined);
        return at;
      }
      if (!(await this.sendDue(signal))) return now + OTHERS_TURN;
    }
  }

  /** Requests what is due, unless another process does. @returns whether it did not */
  private async sendDue(signal: AbortSignal): Promise<boolean> {
    return this.store.withLock(this.topic, async () => {
      // What others have asked since then need not be asked again.
      await this.load(signal);
      const now = clock.now();
      const { range, at } = nextColourRequest(this.knowledgeAt(now), now);
      if (at <= now) await this.send(range, signal);
    });
  }

  private knowledgeAt(now: number): ColourKnowledge {
    const wanted = [...this.users].map((user) => user.since).sort()[0] ?? dayOf(now);
    // Not even a clock that stood at 1970 asks for seasons that no source has.
    const since = wanted < FIRST_SEASON ? FIRST_SEASON : wanted;
    const { retryAt } = failuresAt(this.last.present, now);
    const { retryAt: historyRetryAt } = failuresAt(this.last.history, now);
    return { since, records: this.records, retryAt, historyRetryAt, jitter: this.jitter };
  }

  private async load(signal: AbortSignal): Promise<void> {
    const { tariffs } = this.store;
    this.isStale = false;
    const kept = await tariffs.colours(this.source.origin);
    const present = await tariffs.lastRequest(this.nameOf('present'));
    const history = await tariffs.lastRequest(this.nameOf('history'));
    signal.throwIfAborted();
    const taken = [...kept].map(([day, { colour, confirmedAt }]) =>
      this.take(day, isColour(colour) ? colour : undefined, confirmedAt),
    );
    this.last = { ...(present && { present }), ...(history && { history }) };
    const isFirst = !this.isLoaded;
    this.isLoaded = true;
    if (isFirst || taken.includes(true)) this.tell();
  }

  private async send(range: DayRange, signal: AbortSignal): Promise<void> {
    const part = isHistory(range.start, clock.now()) ? 'history' : 'present';
    const { failures } = failuresAt(this.last[part], clock.now());
    // Noted before it is sent: a process that ends and starts again and again must not ask each time.
    await this.note(part, failures + 1, colourRetryAt(failures, clock.now(), this.jitter));
    signal.throwIfAborted();
    try {
      const answer = await this.source.colours(range, signal);
      signal.throwIfAborted();
      await this.keep(part, range, answer, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof LinkyError)) throw error;
      // The present season was answered before: this one is older than all that the source has.
      if (part === 'history' && isRefusedRange(error)) {
        await this.keep(part, range, new Map(), signal);
        return;
      }
      this.setError(part, error);
      const retryAt = colourRetryAt(failures + 1, clock.now(), this.jitter, error);
      await this.note(part, failures + 1, retryAt);
    }
  }

  private async keep(
    part: Part,
    range: DayRange,
    answer: ReadonlyMap<Day, Colour>,
    signal: AbortSignal,
  ): Promise<void> {
    const confirmedAt = clock.now();
    const days = daysIn(range.start, range.end).map((day) => ({ day, colour: answer.get(day) }));
    const records = new Map(days.map(({ day, colour }) => [day, { colour, confirmedAt }]));
    await this.store.tariffs.keepColours(this.source.origin, records);
    signal.throwIfAborted();
    await this.note(part, 0, confirmedAt);
    signal.throwIfAborted();
    const changed = days.filter(({ day, colour }) => this.take(day, colour, confirmedAt));
    if (changed.length > 0) this.tell();
    this.setError(part, undefined);
    if (changed.length > 0) await this.store.tell(this.topic, {});
  }

  private async note(part: Part, failures: number, retryAt: number): Promise<void> {
    const last = { at: clock.now(), failures, retryAt };
    this.last[part] = last;
    await this.store.tariffs.noteRequest(this.nameOf(part), last);
  }

  /** A part of the source's days, as requests for them are noted. */
  private nameOf(part: Part): string {
    return `${this.source.identity} ${part}`;
  }

  /** @returns whether the colour is new or has changed */
  private take(day: Day, colour: Colour | undefined, confirmedAt: number): boolean {
    const known = this.colours.get(day);
    this.records.set(day, { colour: colour ?? known, confirmedAt });
    if (!colour || colour === known) return false;
    this.colours.set(day, colour);
    return true;
  }

  /** What processes tell each other of it under. */
  private get topic(): string {
    return `colours ${this.source.identity}`;
  }

  private tell(): void {
    for (const user of [...this.users]) user.onNews();
  }

  private get error(): LinkyError | undefined {
    return this.errors.store ?? this.errors.present ?? this.errors.history;
  }

  private setError(of: Part | 'store', error: LinkyError | undefined): void {
    if (this.errors[of] === error) return;
    this.errors[of] = error;
    for (const user of [...this.users]) user.onError(this.error);
  }

  private forget(): void {
    this.records = new Map();
    this.colours = new Map();
    this.isLoaded = false;
    this.isStale = false;
    this.last = {};
    this.errors = {};
  }
}

const books = new WeakMap<Store, Map<string, ColourBook>>();

/** The colours of a source, one book for all tariffs of the process that have the same store and source. */
export function colourBookOf(store: Store, source: ColourSource): ColourBook {
  return sharedIn(books, store, source.identity, () => new ColourBook(store, source, JITTER));
}
