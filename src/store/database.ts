/** A value of a column. */
export type SqlValue = string | number | null;

/** What the store needs of a database; its SQL is the same for all of them. */
export interface Database {
  /**
   * The rows that a statement answers.
   * @param values one for each `?`
   */
  query<Row>(sql: string, ...values: SqlValue[]): Promise<Row[]>;

  /** The same statement for each list of values. */
  each(sql: string, lists: readonly SqlValue[][]): Promise<void>;

  /**
   * All of it or nothing, and nobody sees it before it is done.
   * @param work uses the database that it is handed, not this one
   */
  transaction<T>(work: (database: Database) => Promise<T>): Promise<T>;

  close(): void;
}
