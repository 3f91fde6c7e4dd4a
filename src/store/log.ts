import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Metric, Series } from '../metering/metrics';
import { addDays, dayOf, daysBetween, daysIn, startOfDay, type Day } from '../calendar/paris';
import { changeOf, dayState, type DayState, type Reading } from '../metering/readings';
import type { RegisterDay } from '../metering/registers';
import { openDatabase } from './database';
import { RequestTable } from './requests';
import { AFTER, insertions, readingOf, READINGS, type LoggedReading, type ReadingRow } from './rows';

/** A day that Enedis was asked for: what the log has of it since, and when it was asked last (epoch ms). */
export interface Asked {
  state: DayState;
  at: number;
}

/** A day of which not all is there; one that was never asked has no `asked`. */
export interface LackingDay {
  day: Day;
  asked: Asked | undefined;
}

/** What a stretch of readings comes to. */
export interface Sum {
  count: number;
  /** The time they cover together, ms. */
  covered: number;
  /** Of their values. */
  values: number;
  /** Of a load curve in W: Wh. */
  energy: number;
}

interface AskedRow {
  day: Day;
  state: DayState;
  at: number;
}

/**
 * The log of readings: everything that ever came from Enedis, with a revision that grows, beside it which days
 * were asked, and how far each consumer has read. One SQLite file, safe against a crash at any instant.
 */
export class ReadingLog {
  private readonly db: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();
  /** The requests that were sent, for the request budgets. */
  readonly requests: RequestTable;

  /**
   * The file belongs to this process until it is closed, or the process ends.
   * @throws what SQLite throws where the file cannot be opened or written, is damaged, or is another process's
   */
  constructor(file: string) {
    this.db = openDatabase(file);
    this.requests = new RequestTable(this.db);
  }

  close(): void {
    this.statements.clear();
    this.db.close();
  }

  /**
   * The log's number of a usage point's series.
   * @param usagePoint as the log names it: the PDL, with a prefix for simulated meters
   */
  stream(usagePoint: string, series: Series): number {
    const known = this.prepared('SELECT id FROM stream WHERE usage_point = ? AND series = ?');
    const row = known.get(usagePoint, series) as { id: number } | undefined;
    if (row) return row.id;
    const insertion = this.prepared('INSERT INTO stream (usage_point, series) VALUES (?, ?)');
    return Number(insertion.run(usagePoint, series).lastInsertRowid);
  }

  /**
   * Writes down an answer in one piece: its readings, and that these days were asked.
   * @param readings oldest first, all within the days from `start` to `end` (excluded)
   * @param now epoch ms
   * @param begins whether the collection goes on from here: not where a single question was asked about these days
   * @returns whether there is something new to tell
   */
  record(
    stream: number,
    series: Series,
    start: Day,
    end: Day,
    readings: Reading[],
    now: number,
    begins = true,
  ): boolean {
    return this.inOnePiece(() => {
      const kept = this.between(stream, startOfDay(start), startOfDay(end));
      const change = changeOf(kept, readings);
      const changed = change.put.length > 0 || change.remove.length > 0;
      if (changed) this.put(stream, change.put, change.remove);
      const whole = kept.length === 0 ? readings : this.between(stream, startOfDay(start), startOfDay(end));
      this.noteDays(stream, series, start, end, whole, now);
      if (begins) this.noteBegun(stream, start);
      return changed;
    });
  }

  /**
   * Writes down an answer about registers in one piece, and that these days were requested.
   * @param days those that came, all from `start` to `end` (excluded)
   * @param now epoch ms
   * @returns whether there is something new to tell
   */
  recordRegisters(stream: number, start: Day, end: Day, days: readonly RegisterDay[], now: number): boolean {
    return this.inOnePiece(() => {
      const kept = new Map(this.registers(stream, start, end).map((day) => [day.day, JSON.stringify(day)]));
      const changed = days.filter((day) => kept.get(day.day) !== JSON.stringify(day));
      if (changed.length > 0) {
        const revision = this.nextRevision(stream);
        for (const { day, total, calendars } of changed) {
          this.prepared(
            'INSERT OR REPLACE INTO register_day (stream, day, total, calendars, revision) VALUES (?, ?, ?, ?, ?)',
          ).run(stream, day, total ?? null, JSON.stringify(calendars), revision);
        }
      }
      const there = new Set([...kept.keys(), ...days.map(({ day }) => day)]);
      for (const day of daysIn(start, end)) {
        this.noteDay(stream, day, there.has(day) ? 'complete' : 'missing', now);
      }
      this.noteBegun(stream, start);
      return changed.length > 0;
    });
  }

  /** The registers of the days from `start` (included) to `end` (excluded), oldest first. */
  registers(stream: number, start: Day, end: Day): RegisterDay[] {
    const rows = this.prepared(
      'SELECT day, total, calendars FROM register_day WHERE stream = ? AND day >= ? AND day < ? ORDER BY day',
    ).all(stream, start, end) as unknown as { day: Day; total: number | null; calendars: string }[];
    return rows.map(({ day, total, calendars }) => ({
      day,
      ...(total !== null && { total }),
      calendars: JSON.parse(calendars) as RegisterDay['calendars'],
    }));
  }

  private nextRevision(stream: number): number {
    const row = this.prepared(
      'UPDATE stream SET revision = revision + 1 WHERE id = ? RETURNING revision',
    ).get(stream);
    return (row as { revision: number }).revision;
  }

  private put(stream: number, readings: readonly Reading[], remove: readonly number[]): void {
    const revision = this.nextRevision(stream);
    const deletion = this.prepared('DELETE FROM reading WHERE stream = ? AND start = ?');
    for (const start of remove) deletion.run(stream, start / 1000);
    for (const { sql, values } of insertions(stream, revision, readings)) this.prepared(sql).run(...values);
    const [first] = readings;
    if (first) {
      this.prepared('INSERT INTO answer (stream, revision, first, last) VALUES (?, ?, ?, ?)').run(
        stream,
        revision,
        first.start / 1000,
        (readings.at(-1) ?? first).start / 1000,
      );
    }
  }

  /** @param readings all that the log has of these days, oldest first */
  private noteDays(
    stream: number,
    series: Series,
    start: Day,
    end: Day,
    readings: readonly Reading[],
    now: number,
  ): void {
    let next = 0;
    for (const day of daysIn(start, end)) {
      const first = next;
      const midnight = startOfDay(addDays(day, 1));
      while ((readings[next]?.start ?? midnight) < midnight) next += 1;
      this.noteDay(stream, day, dayState(series, day, readings.slice(first, next)), now);
    }
  }

  private noteDay(stream: number, day: Day, state: DayState, now: number): void {
    this.prepared('INSERT OR REPLACE INTO asked (stream, day, state, at) VALUES (?, ?, ?, ?)').run(
      stream,
      day,
      state,
      Math.floor(now),
    );
  }

  private noteBegun(stream: number, day: Day): void {
    this.prepared('UPDATE stream SET begun = ?2 WHERE id = ?1 AND (begun IS NULL OR begun > ?2)').run(
      stream,
      day,
    );
  }

  /**
   * Notes that Enedis has nothing of this day nor of any before it.
   * @returns whether there is something new to tell: the first reading is now known to be the first, so that the
   *   totals it belongs to are whole; it gets a new revision
   */
  noteNothingUntil(stream: number, day: Day): boolean {
    return this.inOnePiece(() => {
      this.prepared(
        `UPDATE stream SET nothing_until = ?2 WHERE id = ?1 AND (nothing_until IS NULL OR nothing_until < ?2)`,
      ).run(stream, day);
      const first = this.oldest(stream);
      if (!first || dayOf(first.start) !== addDays(day, 1)) return false;
      this.put(stream, [first], []);
      return true;
    });
  }

  /** The newest day of which, and of all before, Enedis has nothing; undefined while that is unknown. */
  nothingUntil(stream: number): Day | undefined {
    const row = this.prepared('SELECT nothing_until AS day FROM stream WHERE id = ?').get(stream);
    return (row as { day: Day | null } | undefined)?.day ?? undefined;
  }

  /** The days that were asked, from `start` (included) to `end` (excluded). */
  asked(stream: number, start: Day, end: Day): Map<Day, Asked> {
    const rows = this.prepared(
      'SELECT day, state, at FROM asked WHERE stream = ? AND day >= ? AND day < ?',
    ).all(stream, start, end) as unknown as AskedRow[];
    return new Map(rows.map(({ day, state, at }) => [day, { state, at }]));
  }

  /** The days from `start` (included) to `end` (excluded) of which not all is there, oldest first. */
  lacking(stream: number, start: Day, end: Day): LackingDay[] {
    const unfinished = this.prepared(
      `SELECT day, state, at FROM asked WHERE stream = ? AND day >= ? AND day < ? AND state <> 'complete'
       ORDER BY day`,
    ).all(stream, start, end) as unknown as AskedRow[];
    const { count } = this.prepared(
      'SELECT COUNT(*) AS count FROM asked WHERE stream = ? AND day >= ? AND day < ?',
    ).get(stream, start, end) as { count: number };
    // Mostly every day was asked, years of them: only where not, they are looked at one by one.
    if (count === Math.max(daysBetween(start, end), 0)) {
      return unfinished.map(({ day, state, at }) => ({ day, asked: { state, at } }));
    }
    const asked = this.asked(stream, start, end);
    return daysIn(start, end)
      .map((day) => ({ day, asked: asked.get(day) }))
      .filter((day) => day.asked?.state !== 'complete');
  }

  /** The oldest day that the collection ever asked; what a question asked about alone does not count. */
  firstAsked(stream: number): Day | undefined {
    const row = this.prepared('SELECT begun AS day FROM stream WHERE id = ?').get(stream);
    return (row as { day: Day | null } | undefined)?.day ?? undefined;
  }

  /** Readings that start from `start` (included) to `end` (excluded), epoch ms, oldest first. */
  between(stream: number, start: number, end: number): LoggedReading[] {
    const rows = this.prepared(`${READINGS} AND start >= ? AND start < ? ORDER BY start`).all(
      stream,
      start / 1000,
      end / 1000,
    );
    return (rows as unknown as ReadingRow[]).map(readingOf);
  }

  /** What the readings that start from `start` (included) to `end` (excluded), epoch ms, come to. */
  sumOf(stream: number, start: number, end: number): Sum {
    const row = this.prepared(
      `SELECT COUNT(*) AS count, TOTAL(length) AS seconds, TOTAL(value) AS values_, TOTAL(value * length) AS times
       FROM reading WHERE stream = ? AND start >= ? AND start < ?`,
    ).get(stream, start / 1000, end / 1000) as Record<'count' | 'seconds' | 'values_' | 'times', number>;
    return {
      count: row.count,
      covered: row.seconds * 1000,
      values: row.values_,
      energy: row.times / 3600,
    };
  }

  /** The first of the greatest readings that start from `start` (included) to `end` (excluded), epoch ms. */
  greatestOf(stream: number, start: number, end: number): LoggedReading | undefined {
    const row = this.prepared(
      `${READINGS} AND start >= ? AND start < ? ORDER BY value DESC, start LIMIT 1`,
    ).get(stream, start / 1000, end / 1000);
    return row && readingOf(row as unknown as ReadingRow);
  }

  /** The newest reading by its time. */
  newest(stream: number): LoggedReading | undefined {
    const row = this.prepared(`${READINGS} ORDER BY start DESC LIMIT 1`).get(stream);
    return row && readingOf(row as unknown as ReadingRow);
  }

  /** The oldest reading by its time. */
  oldest(stream: number): LoggedReading | undefined {
    const row = this.prepared(`${READINGS} ORDER BY start LIMIT 1`).get(stream);
    return row && readingOf(row as unknown as ReadingRow);
  }

  /**
   * What came after a revision, in the order it came: whole answers, as many as cover at most `days` days
   * together, and at least one.
   */
  after(stream: number, revision: number, days: number): LoggedReading[] {
    const taken: LoggedReading[] = [];
    const covered = new Set<Day>();
    let answer: LoggedReading[] = [];
    const rows = this.prepared(AFTER).iterate(stream, revision);
    for (const row of rows as Iterable<unknown>) {
      const reading = readingOf(row as ReadingRow);
      if (answer[0] && answer[0].revision !== reading.revision) {
        taken.push(...answer);
        answer = [];
      }
      covered.add(dayOf(reading.start));
      if (taken.length > 0 && covered.size > days) return taken;
      answer.push(reading);
    }
    return [...taken, ...answer];
  }

  /** The revision up to which a consumer has told a metric; 0 before its first message. */
  place(consumer: string, metric: Metric, stream: number): number {
    const row = this.prepared(
      'SELECT revision FROM place WHERE consumer = ? AND metric = ? AND stream = ?',
    ).get(consumer, metric, stream);
    return (row as { revision: number } | undefined)?.revision ?? 0;
  }

  movePlace(consumer: string, metric: Metric, stream: number, revision: number): void {
    this.prepared(
      'INSERT OR REPLACE INTO place (consumer, metric, stream, revision) VALUES (?, ?, ?, ?)',
    ).run(consumer, metric, stream, revision);
  }

  private prepared(sql: string): StatementSync {
    let statement = this.statements.get(sql);
    if (!statement) {
      statement = this.db.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }

  private inOnePiece<T>(work: () => T): T {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.db.exec('COMMIT');
      return result;
    } catch (error) {
      this.db.exec('ROLLBACK');
      throw error;
    }
  }
}
