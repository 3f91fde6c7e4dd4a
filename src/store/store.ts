import type { DayRange, TimeRange } from '../calendar/ranges';
import { daysIn, daysBetween, dayOf, startOfDay, addDays, type Day } from '../calendar/paris';
import type { Metric, Series } from '../metering/metrics';
import { mergeImport, stillImported, type MergedImport } from '../metering/imported';
import {
  dayState,
  mergeReadings,
  NEVER_REQUESTED,
  OLD_DAYS,
  type DayRecord,
  type DayState,
  type DayStatus,
  type Reading,
} from '../metering/readings';
import type { RegisterDay } from '../metering/registers';
import type { FloorReason } from '../providers/errors';
import { compact, expand } from './compact';
import type { Database, SqlValue } from './database';
import { PublishedCosts } from './published-costs';
import { RequestTable } from './requests';
import { Statistics } from './statistics';
import { TariffTable } from './tariffs';

/** One series of one usage point. */
export interface SeriesKey {
  /** As the store names it: the PDL, with a prefix for simulated meters. */
  usagePoint: string;
  name: Series;
}

/** The history floor of a series. */
export interface Floor {
  /** Enedis has nothing of this day nor of any before. */
  day: Day;
  reason: FloorReason;
  /** When a provider said so last, epoch ms. */
  probedAt: number;
  /** `Provider.identity` of that provider. */
  provider: string;
}

/** What is known of a series as a whole. */
export interface SeriesFacts {
  /** The oldest day that the collector requested by itself. */
  collectedSince?: Day;
  floor?: Floor;
}

/** The days between which something of a series came, both included. */
export interface Extent {
  oldest: Day;
  newest: Day;
}

/** An answer about days that were requested. */
export interface Answer {
  range: DayRange;
  /** Epoch ms. */
  requestedAt: number;
  /** Whether the collector planned the request by itself; not where a query wanted these days. */
  isPlanned: boolean;
}

interface SeriesRow {
  collected_since: Day | null;
  floor: Day | null;
  floor_reason: FloorReason | null;
  floor_probed_at: number | null;
  floor_provider: string | null;
}

interface StatusRow {
  day: Day;
  state: DayState;
  requested_at: number;
  attempts: number;
}

interface DayRow extends StatusRow {
  readings: string | null;
  imported: string | null;
  revision: number;
  revision_before: number;
  changed: string | null;
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

const DAY_COLUMNS =
  'day, state, readings, revision, revision_before, changed, imported, requested_at, attempts';

/**
 * All that ever came from Enedis, by day, and how far it was published. Safe against a crash at any instant: every
 * answer is one transaction. Every function throws what the database throws.
 */
export class Store {
  /** The requests that were sent, for the request budgets. */
  readonly requests: RequestTable;
  /** Prices, Tempo colours, and the requests for them. */
  readonly tariffs: TariffTable;
  /** The costs that were published. */
  readonly publishedCosts: PublishedCosts;
  /** What Home Assistant's statistics were. */
  readonly statistics: Statistics;
  private readonly ids = new Map<string, number>();
  private readonly listeners = new Map<string, Set<Listener>>();

  constructor(private readonly database: Database) {
    this.requests = new RequestTable(database);
    this.tariffs = new TariffTable(database);
    this.publishedCosts = new PublishedCosts(database);
    this.statistics = new Statistics(database);
  }

  close(): void {
    this.database.close();
  }

  /**
   * Calls back when a series of a usage point has news: readings, or a floor that makes totals whole.
   * @returns what ends it
   */
  listen(usagePoint: string, listener: Listener): () => void {
    const listeners = this.listeners.get(usagePoint) ?? new Set();
    this.listeners.set(usagePoint, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.listeners.delete(usagePoint);
    };
  }

  /**
   * Keeps an answer in one piece: its readings, and that these days were requested.
   * @param readings oldest first, all within the range
   * @returns whether readings changed
   */
  async record(key: SeriesKey, answer: Answer, readings: readonly Reading[]): Promise<boolean> {
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
   * @returns whether registers changed
   */
  async recordRegisters(key: SeriesKey, answer: Answer, days: readonly RegisterDay[]): Promise<boolean> {
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
    else if (await this.update(id, range, updatesOf)) this.notify(key, true);
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
  ): Promise<boolean> {
    const id = await this.idOf(key);
    const requestDay = dayOf(requestedAt);
    const updatesOf = (kept: ReadonlyMap<Day, DayRow>): DayUpdate[] =>
      daysIn(range.start, range.end).map((day) => {
        const before = kept.get(day);
        const update = merge(day, before);
        const isOld = daysBetween(day, requestDay) >= OLD_DAYS;
        const attempts = isOld && update.state !== 'complete' ? (before?.attempts ?? 0) + 1 : 0;
        return { day, requestedAt: Math.floor(requestedAt), attempts, ...update };
      });
    const changed = await this.update(id, range, updatesOf, isPlanned);
    if (changed) this.notify(key, false);
    return changed;
  }

  /**
   * Writes what days become in one transaction.
   * @param updatesOf told what is kept of the range; oldest first
   * @param isPlanned the collector requested the range by itself
   * @returns whether anything of them changed
   */
  private update(
    id: number,
    range: DayRange,
    updatesOf: (kept: ReadonlyMap<Day, DayRow>) => DayUpdate[],
    isPlanned = false,
  ): Promise<boolean> {
    return this.database.transaction(async (database) => {
      const kept = await keptDays(database, id, range);
      const updates = updatesOf(kept);
      const changedDays = updates.filter(({ content }) => content !== undefined).map(({ day }) => day);
      const revision = await nextRevision(database, id, changedDays);
      await database.each(
        `INSERT INTO day (series, ${DAY_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (series, day) DO UPDATE SET state = excluded.state, readings = excluded.readings,
           revision = excluded.revision, revision_before = excluded.revision_before,
           changed = excluded.changed, imported = excluded.imported,
           requested_at = excluded.requested_at, attempts = excluded.attempts`,
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
      if (isPlanned) {
        await database.query('UPDATE series SET collected_since = ? WHERE id = ? AND (collected_since IS NULL OR collected_since > ?)', range.start, id, range.start); // prettier-ignore
      }
      return changedDays.length > 0;
    });
  }

  /** The days that were ever requested or imported, oldest first, with their readings. */
  async days(key: SeriesKey, range: DayRange): Promise<DayRecord[]> {
    return (await rowsOf(this.database, await this.idOf(key), range)).map(recordOf);
  }

  /** The days that were ever requested or imported, oldest first, without their readings. */
  async statuses(key: SeriesKey, { start, end }: DayRange): Promise<DayStatus[]> {
    const rows = await this.database.query<StatusRow>(
      'SELECT day, state, requested_at, attempts FROM day WHERE series = ? AND day >= ? AND day < ? ORDER BY day',
      await this.idOf(key),
      start,
      end,
    );
    return rows.map(statusOf);
  }

  /** The oldest day of a range that is not complete, or the range's start where a day is not known at all. */
  async openSince(key: SeriesKey, { start, end }: DayRange): Promise<Day | undefined> {
    const [row] = await this.database.query<{ requested: number; oldest: Day | null }>(
      `SELECT count(*) AS requested, min(CASE WHEN state <> 'complete' THEN day END) AS oldest
       FROM day WHERE series = ? AND day >= ? AND day < ?`,
      await this.idOf(key),
      start,
      end,
    );
    if ((row?.requested ?? 0) < daysBetween(start, end)) return start;
    return row?.oldest ?? undefined;
  }

  /** What the registers showed, oldest first. */
  async registers(key: SeriesKey, range: DayRange): Promise<RegisterDay[]> {
    const rows = await rowsOf(this.database, await this.idOf(key), range);
    return rows.flatMap(({ readings }) => (readings ? [JSON.parse(readings) as RegisterDay] : []));
  }

  /**
   * The days that changed after a revision, in the order they changed: whole answers, as many as have at most `most`
   * days together, and at least one. The last one's revision is that of the newest of these answers.
   *
   * A day that has changed again since is in them too, whole: who goes on from that revision hears of its last change
   * only.
   */
  async changedAfter(key: SeriesKey, revision: number, most: number): Promise<DayRecord[]> {
    const id = await this.idOf(key);
    const select = `SELECT ${DAY_COLUMNS} FROM change CROSS JOIN day USING (series, revision)
      WHERE series = ? AND day BETWEEN oldest AND newest AND revision`;
    const rows = await this.database.query<DayRow>(
      `${select} > ? ORDER BY revision, day LIMIT ?`,
      id,
      revision,
      most + 1,
    );
    const over = rows[most];
    if (!over) return rows.map(recordOf);
    const earlier = rows.filter((row) => row.revision < over.revision);
    const whole =
      earlier.length > 0
        ? earlier
        : await this.database.query<DayRow>(`${select} = ? ORDER BY day`, id, over.revision);
    const last = whole.at(-1)?.revision ?? 0;
    const again = await this.database.query<DayRow>(
      `SELECT ${DAY_COLUMNS} FROM day
       WHERE series = ? AND revision > ? AND revision_before > ? AND revision_before <= ? ORDER BY day`,
      id,
      last,
      revision,
      last,
    );
    return [...again.map((row) => recordOf({ ...row, changed: null })), ...whole.map(recordOf)];
  }

  /** The days alone that changed after a revision, oldest first, and the revision of the newest change. */
  async changedDays(key: SeriesKey, after: number): Promise<{ days: Day[]; revision: number }> {
    const rows = await this.database.query<{ day: Day; revision: number }>(
      `SELECT day, revision FROM change CROSS JOIN day USING (series, revision)
       WHERE series = ? AND day BETWEEN oldest AND newest AND revision > ? ORDER BY day`,
      await this.idOf(key),
      after,
    );
    return {
      days: rows.map(({ day }) => day),
      revision: Math.max(after, ...rows.map((row) => row.revision)),
    };
  }

  /** Undefined while nothing came. */
  async extent(key: SeriesKey): Promise<Extent | undefined> {
    const edge = (order: string): string =>
      `SELECT day FROM day WHERE series = ? AND revision > 0 ORDER BY day ${order} LIMIT 1`;
    const id = await this.idOf(key);
    const [oldest] = await this.database.query<{ day: Day }>(edge('ASC'), id);
    const [newest] = await this.database.query<{ day: Day }>(edge('DESC'), id);
    return oldest && newest && { oldest: oldest.day, newest: newest.day };
  }

  async facts(key: SeriesKey): Promise<SeriesFacts> {
    const [row] = await this.database.query<SeriesRow>(
      'SELECT collected_since, floor, floor_reason, floor_probed_at, floor_provider FROM series WHERE id = ?',
      await this.idOf(key),
    );
    const { collected_since, floor, floor_reason, floor_probed_at, floor_provider } = row ?? {};
    return {
      ...(collected_since && { collectedSince: collected_since }),
      ...(floor && {
        floor: {
          day: floor,
          reason: floor_reason ?? 'not-available',
          probedAt: floor_probed_at ?? 0,
          provider: floor_provider ?? '',
        },
      }),
    };
  }

  /**
   * Keeps a history floor. Where the first reading turns out to be the meter's first, the totals it belongs to are
   * whole from now on: it gets a new revision, so that they are published again.
   */
  async setFloor(key: SeriesKey, { day, reason, probedAt, provider }: Floor): Promise<void> {
    const id = await this.idOf(key);
    const before = (await this.facts(key)).floor;
    const isKnown = before?.day === day && before.reason === reason;
    const hasNews = await this.database.transaction(async (database) => {
      await database.query(
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
    const hasNews = await this.database.transaction(async (database) => {
      await this.withoutFloor(database, id);
      return reviseFirst(database, key, id, day);
    });
    if (hasNews) this.notify(key, false);
  }

  private async withoutFloor(database: Database, id: number): Promise<void> {
    await database.query(
      'UPDATE series SET floor = NULL, floor_reason = NULL, floor_probed_at = NULL, floor_provider = NULL WHERE id = ?',
      id,
    );
  }

  /** The revision up to which a consumer has published a metric; 0 before its first message. */
  async cursor(consumer: string, metric: Metric, key: SeriesKey): Promise<number> {
    const [row] = await this.database.query<{ revision: number }>(
      'SELECT revision FROM cursor WHERE consumer = ? AND metric = ? AND series = ?',
      consumer,
      metric,
      await this.idOf(key),
    );
    return row?.revision ?? 0;
  }

  async moveCursor(consumer: string, metric: Metric, key: SeriesKey, revision: number): Promise<void> {
    await this.database.query(
      `INSERT INTO cursor (consumer, metric, series, revision) VALUES (?, ?, ?, ?)
       ON CONFLICT (consumer, metric, series) DO UPDATE SET revision = excluded.revision`,
      consumer,
      metric,
      await this.idOf(key),
      revision,
    );
  }

  private notify({ usagePoint, name }: SeriesKey, isImported: boolean): void {
    for (const listener of this.listeners.get(usagePoint) ?? []) listener(name, isImported);
  }

  private async idOf({ usagePoint, name }: SeriesKey): Promise<number> {
    const text = `${usagePoint} ${name}`;
    const known = this.ids.get(text);
    if (known !== undefined) return known;
    const id = await this.findId(usagePoint, name);
    this.ids.set(text, id);
    return id;
  }

  private async findId(usagePoint: string, name: Series): Promise<number> {
    await this.database.query(
      'INSERT INTO series (usage_point, name) VALUES (?, ?) ON CONFLICT (usage_point, name) DO NOTHING',
      usagePoint,
      name,
    );
    const [row] = await this.database.query<{ id: number }>(
      'SELECT id FROM series WHERE usage_point = ? AND name = ?',
      usagePoint,
      name,
    );
    if (!row) throw new Error('a series that was just inserted is not there');
    return row.id;
  }
}

const rowsOf = (database: Database, id: number, { start, end }: DayRange): Promise<DayRow[]> =>
  database.query<DayRow>(
    `SELECT ${DAY_COLUMNS} FROM day WHERE series = ? AND day >= ? AND day < ? ORDER BY day`,
    id,
    start,
    end,
  );

const keptDays = async (database: Database, id: number, range: DayRange): Promise<Map<Day, DayRow>> =>
  new Map((await rowsOf(database, id, range)).map((row) => [row.day, row]));

const timesText = (times: readonly TimeRange[]): string | null =>
  times.length > 0 ? JSON.stringify(times.map(({ start, end }) => [start / 1000, end / 1000])) : null;

const timesIn = (text: string): TimeRange[] =>
  (JSON.parse(text) as [number, number][]).map(([start, end]) => ({ start: start * 1000, end: end * 1000 }));

/**
 * The revision of a change.
 * @param days that change, oldest first
 * @returns 0 where none does
 */
async function nextRevision(database: Database, id: number, days: readonly Day[]): Promise<number> {
  const [oldest, newest] = [days[0], days.at(-1)];
  if (oldest === undefined || newest === undefined) return 0;
  const [row] = await database.query<{ revision: number }>(
    'UPDATE series SET revision = revision + 1 WHERE id = ? RETURNING revision',
    id,
  );
  const revision = row?.revision ?? 0;
  await database.query(
    'INSERT INTO change (series, revision, oldest, newest) VALUES (?, ?, ?, ?)',
    id,
    revision,
    oldest,
    newest,
  );
  return revision;
}

/**
 * Gives the day after a floor a new revision, where it is one that totals are made of, and something is there.
 * @returns whether it is
 */
async function reviseFirst(
  database: Database,
  { name }: SeriesKey,
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
  const revision = await nextRevision(database, id, [first]);
  await database.query(
    `UPDATE day SET revision_before = revision, revision = ?, changed = '[]' WHERE series = ? AND day = ?`,
    revision,
    id,
    first,
  );
  return true;
}

const statusOf = ({ day, state, requested_at, attempts }: StatusRow): DayStatus => ({
  day,
  state,
  requestedAt: requested_at,
  attempts,
});

/** A query reads a thousand of them: nothing is copied. */
function recordOf(row: DayRow): DayRecord {
  const record: DayRecord = {
    day: row.day,
    state: row.state,
    requestedAt: row.requested_at,
    attempts: row.attempts,
    readings: row.readings ? expand(row.readings) : [],
    revision: row.revision,
  };
  if (row.changed !== null) record.changed = { after: row.revision_before, readings: expand(row.changed) };
  return record;
}

/** The meter's first day, where that is known: it measured nothing before. */
export const meterFirstDay = ({ floor }: SeriesFacts): Day | undefined =>
  floor?.reason === 'no-meter' ? addDays(floor.day, 1) : undefined;
