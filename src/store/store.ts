import type { DayRange, TimeRange } from '../calendar/ranges';
import { clock } from '../calendar/clock';
import { daysIn, daysBetween, dayOf, startOfDay, addDays, type Day } from '../calendar/paris';
import type { Metric, Series } from '../metering/metrics';
import { mergeImport, stillImported, type MergedImport } from '../metering/imported';
import {
  dayState,
  mergeReadings,
  NEVER_REQUESTED,
  OLD_DAYS,
  type DayState,
  type DayStatus,
  type Reading,
} from '../metering/readings';
import type { RegisterDay } from '../metering/registers';
import type { LinkyError } from '../providers/errors';
import { compact, expand } from './compact';
import type { Database, SqlValue, Statements } from './database';
import { PublishedCosts } from './published-costs';
import {
  DAY_COLUMNS,
  keptDays,
  nameOf,
  Reader,
  statusOf,
  type DayRow,
  type Floor,
  type Revisions,
  type SeriesKey,
} from './reader';
import { RequestTable } from './requests';
import { Statistics } from './statistics';
import { TariffTable } from './tariffs';

/** An answer about days that were requested. */
export interface Answer {
  range: DayRange;
  /** Epoch ms. */
  requestedAt: number;
  /** Whether the collector planned the request by itself; not where a query wanted these days. */
  isPlanned: boolean;
}

/** What a day becomes by an answer or a file; without `content` what it has stays. */
interface DayUpdate {
  day: Day;
  state: DayState;
  content?: string;
  /** What of it came with this answer; absent: all. */
  changed?: string;
  /** As the column of that name. */
  imported: string | null;
  requestedAt: number;
  attempts: number;
}

/** What became of an answer. */
export interface Recorded {
  /** Whether readings or registers changed. */
  hasChanged: boolean;
  /** How the days of its range stand now. */
  statuses: DayStatus[];
}

/** A part of an export file: the readings of one day. */
export interface ImportedDay {
  day: Day;
  /** Oldest first, without overlaps. */
  readings: Reading[];
  /** An earlier part of the same file had values of this day: they stay. */
  isSameFile: boolean;
}

/** What days would have become, had files been kept: the store fills it. */
export type Trial = Map<Day, DayRow>;

/** What became of a day of an export file. */
export type ImportedOutcome = Pick<
  MergedImport,
  'taken' | 'replaced' | 'known' | 'contradicting' | 'repeated'
> & { day: Day };

/** @param isImported it came from an export file, not from a request */
type Listener = (series: Series, isImported: boolean) => void;

/** Hears what another process told; undefined: something may have been missed. */
type MessageListener = (message: object | undefined) => void;

/** What processes with the same database tell each other: that a series has news, or a message to those of a topic. */
type Notice =
  | { kind: 'news'; usagePoint: string; series: Series; revision: number; isImported: boolean }
  | { kind: 'message'; topic: string; message: object };

/**
 * So long after another process had news it is told here, ms: that process publishes them first, and here is nothing
 * left to do.
 */
const REMOTE_DELAY = 2000;
/** So long after the store could not be looked through it is tried again, ms. */
const LOOK_DELAY = 10_000;

/**
 * All that ever came from Enedis, by day, and how far it was published. Safe against a crash at any instant: every
 * answer is one transaction. Every function throws what the database throws.
 */
export class Store extends Reader {
  declare protected readonly database: Database;
  /** The requests that were sent, for the request budgets. */
  readonly requests: RequestTable;
  /** Prices, Tempo colours, and the requests for them. */
  readonly tariffs: TariffTable;
  /** The costs that were published. */
  readonly publishedCosts: PublishedCosts;
  /** What Home Assistant's statistics were. */
  readonly statistics: Statistics;
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly messageListeners = new Map<string, Set<MessageListener>>();
  /** Of each series the newest revision that was told here: what a look finds beyond it is told then. */
  private readonly told = new Map<string, number>();
  private readonly stopHearing: () => void;
  private isClosed = false;

  constructor(database: Database) {
    super(database, new Map());
    this.requests = new RequestTable(database);
    this.tariffs = new TariffTable(database);
    this.publishedCosts = new PublishedCosts(database, this.ids);
    this.statistics = new Statistics(database);
    this.stopHearing = database.hear((notice) => {
      if (notice) this.noteNotice(notice as Notice);
      else void this.lookUntilDone();
    });
  }

  close(): void {
    this.isClosed = true;
    this.stopHearing();
    this.database.close();
  }

  /**
   * Does work that no other process with this database does at the same time.
   * @param work told when that cannot be guaranteed any more
   * @returns false where another one is at it: it was not done
   */
  async withLock(name: string, work: (lost: AbortSignal) => Promise<void>): Promise<boolean> {
    const lock = await this.database.tryLock(name);
    if (!lock) return false;
    try {
      await work(lock.lost);
    } finally {
      await lock.release();
    }
    return true;
  }

  /** See `Database.watch`. */
  watch(listener: (error: LinkyError | undefined) => void): () => void {
    return this.database.watch(listener);
  }

  /** Tells those in other processes who hear of a topic: a usage point, or a source. */
  tell(topic: string, message: object): Promise<void> {
    return this.database.tell({ kind: 'message', topic, message } satisfies Notice);
  }

  /** Hears what other processes tell of a topic. @returns what ends it */
  hear(topic: string, listener: MessageListener): () => void {
    return added(this.messageListeners, topic, listener);
  }

  /**
   * Calls back when a series of a usage point has news: readings, or a floor that makes totals whole.
   * @returns what ends it
   */
  listen(usagePoint: string, listener: Listener): () => void {
    return added(this.listeners, usagePoint, listener);
  }

  /**
   * Keeps an answer in one piece: its readings, and that these days were requested.
   * @param readings oldest first, all within the range
   */
  async record(key: SeriesKey, answer: Answer, readings: readonly Reading[]): Promise<Recorded> {
    let next = 0;
    return this.keepAnswer(key, answer, (day, kept) => {
      const first = next;
      const midnight = startOfDay(addDays(day, 1));
      while ((readings[next]?.start ?? midnight) < midnight) next += 1;
      const before = kept?.readings ? expand(kept.readings) : [];
      const came = readings.slice(first, next);
      const merged = mergeReadings(before, came);
      const after = merged?.readings ?? before;
      return {
        state: dayState(key.name, day, after),
        ...(merged && { content: compact(merged.readings) }),
        ...(merged && before.length > 0 && { changed: compact(merged.changed) }),
        imported: kept?.imported ? timesText(stillImported(after, timesIn(kept.imported), came)) : null,
      };
    });
  }

  /**
   * Keeps an answer about registers in one piece, and that these days were requested.
   * @param days those that came, all within the range
   */
  async recordRegisters(key: SeriesKey, answer: Answer, days: readonly RegisterDay[]): Promise<Recorded> {
    const came = new Map(days.map((day) => [day.day, JSON.stringify(day)]));
    return this.keepAnswer(key, answer, (day, kept) => {
      const content = came.get(day);
      const isThere = content !== undefined || kept?.readings;
      return {
        state: isThere ? 'complete' : 'missing',
        ...(content !== undefined && content !== kept?.readings && { content }),
        imported: content === undefined ? (kept?.imported ?? null) : null,
      };
    });
  }

  /**
   * Keeps what an export file has of a series, in one piece. These days do not count as requested.
   * @param days oldest first
   * @param trial where it is given nothing is kept: only what would become of them is told
   */
  async importReadings(
    key: SeriesKey,
    days: readonly ImportedDay[],
    trial?: Trial,
  ): Promise<ImportedOutcome[]> {
    return this.importDays(key, days, trial, ({ day, readings, isSameFile }, kept) => {
      const before = kept?.readings ? expand(kept.readings) : [];
      const times = kept?.imported ? timesIn(kept.imported) : [];
      const merged = mergeImport(before, times, readings, isSameFile);
      const { taken, replaced, known, repeated, contradicting } = merged;
      const hasChanged = merged.changed.length > 0;
      return {
        outcome: { day, taken, replaced, known, repeated, contradicting },
        update: hasChanged && {
          state: dayState(key.name, day, merged.readings),
          content: compact(merged.readings),
          ...(before.length > 0 && { changed: compact(merged.changed) }),
          imported: timesText(merged.imported),
        },
      };
    });
  }

  /**
   * Keeps what an export file has of registers: the total alone, so that their tariff periods can still be requested.
   * @param days oldest first
   * @param trial where it is given nothing is kept: only what would become of them is told
   */
  async importRegisters(
    key: SeriesKey,
    days: readonly { day: Day; total: number; isSameFile: boolean }[],
    trial?: Trial,
  ): Promise<ImportedOutcome[]> {
    return this.importDays(key, days, trial, ({ day, total, isSameFile }, kept) => {
      const before = kept?.readings ? (JSON.parse(kept.readings) as RegisterDay) : undefined;
      const at = startOfDay(day);
      const none = { day, taken: 0, replaced: 0, known: 0, repeated: 0, contradicting: [] };
      if (before?.total === total) return { outcome: { ...none, known: isSameFile ? 0 : 1 }, update: false };
      if (before?.total === undefined && before && kept?.imported === null) {
        // What the interface delivered has the tariff periods alone.
        const update = { state: kept.state, content: JSON.stringify({ ...before, total }), imported: null };
        return { outcome: { ...none, taken: 1 }, update };
      }
      if (before?.total !== undefined && kept?.imported === null) {
        const contradicting = [{ start: at, end: at, value: total, kept: before.total }];
        return { outcome: { ...none, contradicting }, update: false };
      }
      if (before && isSameFile) return { outcome: { ...none, repeated: 1 }, update: false };
      const content: RegisterDay = { day, total, calendars: [] };
      return {
        outcome: { ...none, taken: Number(!before), replaced: Number(before !== undefined) },
        update: {
          state: 'partial',
          content: JSON.stringify(content),
          imported: timesText([{ start: at, end: at }]),
        },
      };
    });
  }

  private async importDays<T extends { day: Day }>(
    key: SeriesKey,
    days: readonly T[],
    trial: Trial | undefined,
    merge: (
      came: T,
      kept: DayRow | undefined,
    ) => {
      outcome: ImportedOutcome;
      update: Omit<DayUpdate, 'day' | 'requestedAt' | 'attempts'> | false;
    },
  ): Promise<ImportedOutcome[]> {
    const [oldest, newest] = [days[0]?.day, days.at(-1)?.day];
    if (oldest === undefined || newest === undefined) return [];
    const range = { start: oldest, end: addDays(newest, 1) };
    const outcomes: ImportedOutcome[] = [];
    const updatesOf = (kept: ReadonlyMap<Day, DayRow>): DayUpdate[] =>
      days.flatMap((came) => {
        const before = kept.get(came.day);
        const { outcome, update } = merge(came, before);
        outcomes.push(outcome);
        if (!update) return [];
        const requestedAt = before?.requested_at ?? NEVER_REQUESTED;
        return [{ day: came.day, requestedAt, attempts: before?.attempts ?? 0, ...update }];
      });
    const id = await this.idOf(key);
    if (trial) await this.tryUpdate(id, range, updatesOf, trial);
    else {
      const { hasChanged } = await this.update(key, id, range, updatesOf, { isImported: true });
      if (hasChanged) this.notify(key, true);
    }
    return outcomes;
  }

  private async tryUpdate(
    id: number,
    range: DayRange,
    updatesOf: (kept: ReadonlyMap<Day, DayRow>) => DayUpdate[],
    trial: Trial,
  ): Promise<void> {
    const kept = await keptDays(this.database, id, range);
    for (const { day, state, content, imported, requestedAt, attempts } of updatesOf(
      new Map([...kept, ...trial]),
    )) {
      const common = { day, state, imported, attempts, requested_at: requestedAt, readings: content ?? null };
      trial.set(day, { ...common, revision: 0, revision_before: 0, changed: null });
    }
  }

  private async keepAnswer(
    key: SeriesKey,
    { range, requestedAt, isPlanned }: Answer,
    merge: (day: Day, kept: DayRow | undefined) => Omit<DayUpdate, 'day' | 'requestedAt' | 'attempts'>,
  ): Promise<Recorded> {
    const id = await this.idOf(key);
    const requestDay = dayOf(requestedAt);
    const updatesOf = (kept: ReadonlyMap<Day, DayRow>): DayUpdate[] => {
      const now = clock.now();
      return daysIn(range.start, range.end).flatMap((day) => {
        const before = kept.get(day);
        const update = merge(day, before);
        // The answer had to wait, and another process has got a newer one; one of the future is a wrong clock's.
        if (before && before.requested_at > requestedAt && before.requested_at <= now) return [];
        const isOld = daysBetween(day, requestDay) >= OLD_DAYS;
        const attempts = isOld && update.state !== 'complete' ? (before?.attempts ?? 0) + 1 : 0;
        return [{ day, requestedAt: Math.floor(requestedAt), attempts, ...update }];
      });
    };
    const recorded = await this.update(key, id, range, updatesOf, { isPlanned });
    if (recorded.hasChanged) this.notify(key, false);
    return recorded;
  }

  /**
   * Writes what days become in one transaction.
   * @param updatesOf told what is kept of the range; oldest first
   * @param isPlanned the collector requested the range by itself
   */
  private async update(
    { usagePoint, name }: SeriesKey,
    id: number,
    range: DayRange,
    updatesOf: (kept: ReadonlyMap<Day, DayRow>) => DayUpdate[],
    { isPlanned = false, isImported = false },
  ): Promise<Recorded> {
    const statuses = new Map<Day, DayStatus>();
    const changed = await this.database.transaction(subjectOf(id), async (database) => {
      const [kept, before] = await Promise.all([keptDays(database, id, range), seriesState(database, id)]);
      const updates = updatesOf(kept);
      const changedDays = updates.filter(({ content }) => content !== undefined).map(({ day }) => day);
      const revision = changedDays.length > 0 ? before.revision + 1 : 0;
      if (revision > 0) await noteChange(database, id, revision, changedDays);
      if (isPlanned && (before.collectedSince ?? range.end) > range.start) {
        await database.run('UPDATE series SET collected_since = ? WHERE id = ?', range.start, id);
      }
      await database.insert(
        KEEP_DAYS,
        updates.toReversed().map((update): SqlValue[] => {
          const { day, state, content, changed, imported, requestedAt, attempts } = update;
          const before = kept.get(day);
          return [
            id,
            day,
            state,
            content ?? before?.readings ?? null,
            ...(content === undefined
              ? [before?.revision ?? 0, before?.revision_before ?? 0, before?.changed ?? null]
              : [revision, before?.revision ?? 0, changed ?? null]),
            imported,
            requestedAt,
            attempts,
          ];
        }),
      );
      if (revision > 0) await tellNews(database, { usagePoint, series: name, revision, isImported });
      for (const [day, row] of kept) statuses.set(day, statusOf(row));
      for (const { day, state, requestedAt, attempts } of updates) {
        statuses.set(day, { day, state, requestedAt, attempts });
      }
      return revision;
    });
    if (changed > 0) this.told.set(nameOf({ usagePoint, name }), changed);
    return { hasChanged: changed > 0, statuses: [...statuses.values()] };
  }

  /**
   * Keeps a history floor. Where the first reading turns out to be the meter's first, the totals it belongs to are
   * whole from now on: it gets a new revision, so that they are published again.
   */
  async setFloor(key: SeriesKey, { day, reason, probedAt, provider }: Floor): Promise<void> {
    const id = await this.idOf(key);
    const before = (await this.facts(key)).floor;
    const isKnown = before?.day === day && before.reason === reason;
    const hasNews = await this.database.transaction(subjectOf(id), async (database) => {
      await database.run(
        'UPDATE series SET floor = ?, floor_reason = ?, floor_probed_at = ?, floor_provider = ? WHERE id = ?',
        day,
        reason,
        Math.floor(probedAt),
        provider,
        id,
      );
      return reason === 'no-meter' && !isKnown && reviseFirst(database, key, id, day);
    });
    if (hasNews) this.notify(key, false);
  }

  /** Enedis has older days after all. */
  async removeFloor(key: SeriesKey): Promise<void> {
    await this.withoutFloor(this.database, await this.idOf(key));
  }

  /**
   * A file has older days, though Enedis said that there was no meter. The totals that the first reading belongs to are
   * not whole any more: it gets a new revision, so that they are published again.
   */
  async refuteFloor(key: SeriesKey, { day }: Pick<Floor, 'day'>): Promise<void> {
    const id = await this.idOf(key);
    const hasNews = await this.database.transaction(subjectOf(id), async (database) => {
      await this.withoutFloor(database, id);
      return reviseFirst(database, key, id, day);
    });
    if (hasNews) this.notify(key, false);
  }

  private async withoutFloor(database: Statements, id: number): Promise<void> {
    await database.run(
      'UPDATE series SET floor = NULL, floor_reason = NULL, floor_probed_at = NULL, floor_provider = NULL WHERE id = ?',
      id,
    );
  }

  /**
   * Publishes what a consumer has not published of metrics of a series, if anything is new. No other process publishes
   * the same meanwhile; a crash before it is over repeats it.
   * @param publish told the revision up to which each was published (absent: nothing was), and what to read with; it
   * returns the new ones (absent: there is nothing more to publish)
   * @returns those metrics of which more is left
   */
  async publish(
    consumer: string,
    metrics: readonly Metric[],
    key: SeriesKey,
    publish: (published: Revisions, reader: Reader) => Promise<Revisions>,
  ): Promise<Metric[]> {
    const id = await this.idOf(key);
    const before = await this.cursors(consumer, key);
    if (metrics.every((metric) => (before.published.get(metric) ?? 0) >= before.newest)) return [];
    return this.database.transaction(`publish ${consumer} ${id}`, async (database) => {
      const reader = new Reader(database, this.ids);
      // Listeners are told of what comes meanwhile: it is not looked for again at the end.
      const { newest, published } = await reader.cursors(consumer, key);
      const revisions = await publish(published, reader);
      await database.insert(
        `INSERT INTO cursor (consumer, metric, series, revision) VALUES (?, ?, ?, ?)
         ON CONFLICT (consumer, metric, series) DO UPDATE SET revision = excluded.revision`,
        [...revisions].map(([metric, revision]) => [consumer, metric, id, revision]),
      );
      return metrics.filter((metric) => (revisions.get(metric) ?? newest) < newest);
    });
  }

  private notify({ usagePoint, name }: SeriesKey, isImported: boolean): void {
    for (const listener of this.listeners.get(usagePoint) ?? []) listener(name, isImported);
  }

  private noteNotice(notice: Notice): void {
    if (notice.kind === 'message') {
      for (const listener of this.messageListeners.get(notice.topic) ?? []) listener(notice.message);
      return;
    }
    const { usagePoint, series: name, revision, isImported } = notice;
    this.told.set(nameOf({ usagePoint, name }), revision);
    if (!this.listeners.has(usagePoint)) return;
    clock.after(isImported ? 0 : REMOTE_DELAY, () => {
      this.notify({ usagePoint, name }, isImported);
    });
  }

  private async lookUntilDone(): Promise<void> {
    try {
      await this.look();
    } catch {
      // What was missed would stay so: nobody tells it again.
      if (!this.isClosed) clock.after(LOOK_DELAY, () => void this.lookUntilDone());
    }
  }

  /** Tells of all that other processes may have changed while this one heard nothing. */
  private async look(): Promise<void> {
    for (const listeners of this.messageListeners.values()) {
      for (const listener of listeners) listener(undefined);
    }
    const isFirst = this.told.size === 0;
    const rows = await this.database.query<{ usage_point: string; name: Series; revision: number }>(
      'SELECT usage_point, name, revision FROM series',
    );
    for (const { usage_point: usagePoint, name, revision } of rows) {
      const series = nameOf({ usagePoint, name });
      if (this.told.get(series) === revision) continue;
      this.told.set(series, revision);
      // A file may have come too.
      this.notify({ usagePoint, name }, !isFirst);
    }
  }
}

/** Keeps days as they are now: the series, and the columns of `DAY_COLUMNS`. */
export const KEEP_DAYS = `INSERT INTO day (series, ${DAY_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
   ON CONFLICT (series, day) DO UPDATE SET state = excluded.state, readings = excluded.readings,
     revision = excluded.revision, revision_before = excluded.revision_before,
     changed = excluded.changed, imported = excluded.imported,
     requested_at = excluded.requested_at, attempts = excluded.attempts`;

/** What transactions about a series run one after the other by. */
export const subjectOf = (id: number): string => `series ${id}`;

/** Tells the other processes that a series has news. */
export const tellNews = (
  database: Statements,
  news: Omit<Notice & { kind: 'news' }, 'kind'>,
): Promise<void> => database.tell({ kind: 'news', ...news } satisfies Notice);

/** Adds a listener of a topic. @returns what ends it */
function added<T>(all: Map<string, Set<T>>, topic: string, listener: T): () => void {
  const listeners = all.get(topic) ?? new Set();
  all.set(topic, listeners);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) all.delete(topic);
  };
}

const timesText = (times: readonly TimeRange[]): string | null =>
  times.length > 0 ? JSON.stringify(times.map(({ start, end }) => [start / 1000, end / 1000])) : null;

const timesIn = (text: string): TimeRange[] =>
  (JSON.parse(text) as [number, number][]).map(([start, end]) => ({ start: start * 1000, end: end * 1000 }));

/** The columns of a series that a change of its days goes on from. */
async function seriesState(
  database: Statements,
  id: number,
): Promise<{ revision: number; collectedSince: Day | null }> {
  const [row] = await database.query<{ revision: number; collected_since: Day | null }>(
    'SELECT revision, collected_since FROM series WHERE id = ?',
    id,
  );
  return { revision: row?.revision ?? 0, collectedSince: row?.collected_since ?? null };
}

/** Keeps which days of a series a revision changes. @param days oldest first, at least one */
async function noteChange(
  database: Statements,
  id: number,
  revision: number,
  days: readonly Day[],
): Promise<void> {
  await database.run('UPDATE series SET revision = ? WHERE id = ?', revision, id);
  await database.run(
    'INSERT INTO change (series, revision, oldest, newest) VALUES (?, ?, ?, ?)',
    id,
    revision,
    days[0] ?? null,
    days.at(-1) ?? null,
  );
}

/**
 * Gives the day after a floor a new revision, where it is one that totals are made of, and something is there.
 * @returns whether it is
 */
async function reviseFirst(
  database: Statements,
  { usagePoint, name }: SeriesKey,
  id: number,
  floor: Day,
): Promise<boolean> {
  // Totals are made of daily values alone.
  if (!name.endsWith('-daily')) return false;
  const first = addDays(floor, 1);
  const [row] = await database.query<{ revision: number }>(
    'SELECT revision FROM day WHERE series = ? AND day = ? AND revision > 0',
    id,
    first,
  );
  if (!row) return false;
  const revision = (await seriesState(database, id)).revision + 1;
  await noteChange(database, id, revision, [first]);
  await database.run(
    `UPDATE day SET revision_before = revision, revision = ?, changed = '[]' WHERE series = ? AND day = ?`,
    revision,
    id,
    first,
  );
  await tellNews(database, { usagePoint, series: name, revision, isImported: false });
  return true;
}
