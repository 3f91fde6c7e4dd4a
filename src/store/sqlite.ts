import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { clock } from '../calendar/clock';
import type { RateLimiter } from '../providers/budget';
import { memoryLimiters } from '../providers/rate-limit';
import type { Database, Lock, SqlValue, Transaction, Work } from './database';
import { migrationsFor } from './schema';
import { NEWER_VERSION } from './store-error';

/** How long an old process may take to let go of the file, ms. */
const BUSY_TIMEOUT = 2000;
/** A file up to this size is checked for damage when it is opened: 5 ms a MB, a few times that on a Raspberry Pi. */
const CHECKED_BYTES = 16 * 1024 * 1024;

const MIGRATIONS = migrationsFor({
  key: 'INTEGER',
  newestFirst: ' DESC',
  ordered: ' WITHOUT ROWID',
  own: `CREATE VIEW reading AS       -- a row per reading, for people who look with SQL or Grafana
    SELECT
      series.usage_point,
      series.name AS series,
      day.day,
      json_extract(segment.value, '$[0]') + number.key * json_extract(segment.value, '$[1]') AS start,
      json_extract(segment.value, '$[1]') AS length,
      number.value,
      json_extract(segment.value, '$[3][' || number.key || ']') AS at
    FROM day
      JOIN series ON series.id = day.series
      JOIN json_each(CASE WHEN series.name LIKE '%-registers' THEN '[]' ELSE day.readings END) AS segment
      JOIN json_each(segment.value, '$[2]') AS number
    WHERE number.value IS NOT NULL`,
});

/** The file is this process' own: nobody else has a lock, or anything to tell. */
const LOCK: Lock = { lost: new AbortController().signal, release: () => Promise.resolve() };

/**
 * SQLite in a file, which belongs to this process until it is closed, or the process ends. One statement or
 * transaction runs after the other, in the order they were asked for.
 */
export class SqliteDatabase implements Database {
  private readonly connection: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();
  private last: Promise<unknown> = Promise.resolve();
  /** What runs within a transaction has its turn already. */
  private readonly inside: Transaction = {
    query: <Row>(sql: string, ...values: SqlValue[]) =>
      Promise.resolve(this.prepared(sql).all(...values) as Row[]),
    run: (sql, ...values) => {
      this.prepared(sql).run(...values);
      return Promise.resolve();
    },
    insert: (sql, lists) => {
      const statement = this.prepared(sql);
      for (const values of lists) statement.run(...values);
      return Promise.resolve();
    },
    transaction: (_subject, work) => work(this.inside),
    now: () => Promise.resolve(clock.now()),
    tell: () => this.tell(),
  };

  /** @throws what SQLite throws where the file cannot be opened or written, is damaged, or is another process's */
  constructor(file: string) {
    this.connection = open(file);
  }

  query<Row>(sql: string, ...values: SqlValue[]): Promise<Row[]> {
    return this.inTurn(() => this.inside.query<Row>(sql, ...values));
  }

  run(sql: string, ...values: SqlValue[]): Promise<void> {
    return this.inTurn(() => this.inside.run(sql, ...values));
  }

  insert(sql: string, lists: readonly SqlValue[][]): Promise<void> {
    return this.transaction('', (database) => database.insert(sql, lists));
  }

  transaction<T>(_subject: string, work: Work<T>): Promise<T> {
    return this.inTurn(async () => {
      this.connection.exec('BEGIN IMMEDIATE');
      try {
        const result = await work(this.inside);
        this.connection.exec('COMMIT');
        return result;
      } catch (error) {
        this.rollBack();
        throw error;
      }
    });
  }

  tryLock(): Promise<Lock> {
    return Promise.resolve(LOCK);
  }

  limiter(interval: number): Promise<RateLimiter> {
    return memoryLimiters.limiter(interval);
  }

  tell(): Promise<void> {
    return Promise.resolve();
  }

  hear(): () => void {
    return () => undefined;
  }

  watch(): () => void {
    return () => undefined;
  }

  close(): void {
    this.statements.clear();
    this.connection.close();
  }

  private rollBack(): void {
    try {
      this.connection.exec('ROLLBACK');
    } catch {
      // A full disk has ended the transaction already.
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private prepared(sql: string): StatementSync {
    let statement = this.statements.get(sql);
    if (!statement) {
      statement = this.connection.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }
}

/**
 * Whether a file is a store, of any version. It stays as it is, and nobody else may have it open.
 * @throws what SQLite throws where it cannot be read, is no database, or is another process's
 */
export function isStore(file: string): boolean {
  const connection = new DatabaseSync(file, { timeout: BUSY_TIMEOUT });
  try {
    connection.exec('PRAGMA locking_mode = EXCLUSIVE');
    const { known } = connection
      .prepare("SELECT count(*) AS known FROM sqlite_master WHERE name IN ('series', 'day', 'reading')")
      .get() as { known: number };
    return known === 3;
  } finally {
    connection.close();
  }
}

function open(file: string): DatabaseSync {
  // Half hours tell when a house is empty: they are for their owner's eyes.
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const connection = new DatabaseSync(file, { timeout: BUSY_TIMEOUT });
  try {
    connection.exec(
      'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL',
    );
    createTables(connection);
    checkWhole(connection);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function createTables(connection: DatabaseSync): void {
  const { user_version: version } = connection.prepare('PRAGMA user_version').get() as {
    user_version: number;
  };
  if (version > MIGRATIONS.length) {
    const message = `readings.db was written by another version of this package (${version})`;
    throw Object.assign(new Error(message), { code: NEWER_VERSION });
  }
  for (const [i, migration] of MIGRATIONS.entries()) {
    if (i < version) continue;
    connection.exec(`BEGIN IMMEDIATE; ${migration}; PRAGMA user_version = ${i + 1}; COMMIT`);
  }
}

function checkWhole(connection: DatabaseSync): void {
  const { bytes } = connection
    .prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size')
    .get() as { bytes: number };
  if (bytes > CHECKED_BYTES) return;
  const { quick_check: result } = connection.prepare('PRAGMA quick_check(1)').get() as {
    quick_check: string;
  };
  if (result !== 'ok') throw Object.assign(new Error('damaged'), { errcode: 11 });
}
