import type { RateLimiter } from '../providers/budget';
import type { LinkyError } from '../providers/errors';

/** A value of a column. */
export type SqlValue = string | number | null;

/** What the store asks of a database, within a transaction or outside of one. Its SQL is the same for all of them. */
export interface Statements {
  /**
   * The rows that a statement answers. Within a transaction, those that are called one after the other without waiting
   * in between (`Promise.all`) go to a server in one message.
   * @param values one for each `?`
   */
  query<Row>(sql: string, ...values: SqlValue[]): Promise<Row[]>;

  /**
   * A statement whose answer nobody needs. Within a transaction it may be sent only with the next query or the end, which
   * then fails where it fails.
   */
  run(sql: string, ...values: SqlValue[]): Promise<void>;

  /**
   * As `run`: an `INSERT INTO … VALUES (?, …)` for each list of values, all or none.
   * @param lists without two rows of the same key
   */
  insert(sql: string, lists: readonly SqlValue[][]): Promise<void>;

  /**
   * All of it or nothing, and nobody sees it before it is done.
   * @param subject from the first statement on, transactions about the same run one after the other, those of other
   * processes too
   */
  transaction<T>(subject: string, work: Work<T>): Promise<T>;

  /** Tells the other processes; within a transaction once that is done. At most 7,000 bytes of JSON. */
  tell(notice: object): Promise<void>;
}

/** The statements within a transaction. Where one of them fails, the work has to fail too: PostgreSQL keeps nothing then. */
export interface Transaction extends Statements {
  /** By the clock that all processes with this database share, epoch ms. It is sent as `query` is. */
  now(): Promise<number>;
}

/** What a transaction does. */
export type Work<T> = (database: Transaction) => Promise<T>;

/** A database that the store lies in. */
export interface Database extends Statements {
  /**
   * Takes a lock that one holder at a time has, over all processes. It ends with the process, and with its connection.
   * @returns undefined while somebody else has it
   */
  tryLock(name: string): Promise<Lock | undefined>;

  /** See `RequestLedger.limiter`. */
  limiter(interval: number): Promise<RateLimiter>;

  /**
   * Hears what other processes told; undefined after a time without a connection: anything may have happened.
   * @returns what ends it
   */
  hear(listener: (notice: object | undefined) => void): () => void;

  /**
   * Hears that the database cannot be reached, though nobody asks anything; undefined: it can be again.
   * @returns what ends it
   */
  watch(listener: (error: LinkyError | undefined) => void): () => void;

  /** Nothing can be asked any more; what is not answered yet may fail. */
  close(): void;
}

/** A lock that is held. */
export interface Lock {
  /** Aborted once it is lost: another process may have it from then on. */
  lost: AbortSignal;
  /** Resolves when others can have it; never rejects. */
  release(): Promise<void>;
}
