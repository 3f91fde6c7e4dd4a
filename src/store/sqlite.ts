import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Database, SqlValue } from './database';
import { SCHEMA } from './schema';

/** How long an old process may take to let go of the file, ms. */
const BUSY_TIMEOUT = 2000;
/** A file up to this size is checked for damage when it is opened: 5 ms a MB, a few times that on a Raspberry Pi. */
const CHECKED_BYTES = 16 * 1024 * 1024;
/** Of `SCHEMA`, written into the file: a file of another one is not touched. */
const SCHEMA_VERSION = 3;

/**
 * SQLite in a file, which belongs to this process until it is closed, or the process ends. One statement or
 * transaction runs after the other, in the order they were asked for.
 */
export class SqliteDatabase implements Database {
  private readonly connection: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();
  private last: Promise<unknown> = Promise.resolve();
  /** What runs within a transaction has its turn already. */
  private readonly inside: Database = {
    query: <Row>(sql: string, ...values: SqlValue[]) =>
      Promise.resolve(this.prepared(sql).all(...values) as Row[]),
    each: (sql, lists) => {
      const statement = this.prepared(sql);
      for (const values of lists) statement.run(...values);
      return Promise.resolve();
    },
    transaction: (work) => work(this.inside),
    close: () => {
      this.close();
    },
  };

  /** @throws what SQLite throws where the file cannot be opened or written, is damaged, or is another process's */
  constructor(file: string) {
    this.connection = open(file);
  }

  query<Row>(sql: string, ...values: SqlValue[]): Promise<Row[]> {
    return this.inTurn(() => this.inside.query<Row>(sql, ...values));
  }

  each(sql: string, lists: readonly SqlValue[][]): Promise<void> {
    return this.transaction((database) => database.each(sql, lists));
  }

  transaction<T>(work: (database: Database) => Promise<T>): Promise<T> {
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
  if (version === SCHEMA_VERSION) return;
  if (version !== 0)
    throw new Error(`readings.db was written by another version of this package (${version})`);
  connection.exec(`BEGIN IMMEDIATE; ${SCHEMA}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
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
