import type {
  LedgerTurn,
  Noted,
  NotedRequest,
  RateLimiter,
  RequestLedger,
  SentRequest,
  Suspension,
} from '../providers/budget';
import type { ErrorKey } from '../providers/errors';
import type { Database, Statements } from './database';

/** Every so many requests, those that no longer count are deleted. */
const REQUESTS_PER_CLEANING = 50;

/** Remembers the requests of every budget over restarts, for all processes with the same database. */
export class RequestTable implements RequestLedger {
  constructor(private readonly database: Database) {}

  async turn<T>(budget: string, work: (turn: LedgerTurn) => Promise<T>): Promise<T> {
    return this.database.transaction(`requests ${budget}`, (database, began) =>
      work(new BudgetTurn(database, budget, began)),
    );
  }

  async suspend(budget: string, { until, key, code }: Suspension): Promise<void> {
    await this.database.query(
      `INSERT INTO suspension (budget, until, error_key, code) VALUES (?, ?, ?, ?)
       ON CONFLICT (budget) DO UPDATE SET until = excluded.until, error_key = excluded.error_key, code = excluded.code
       -- The longest holds; one that ends more than a day later was made by a clock that was wrong.
       WHERE suspension.until < excluded.until OR suspension.until > excluded.until + 86400000`,
      budget,
      Math.floor(until),
      key,
      code,
    );
  }

  limiter(interval: number): Promise<RateLimiter> {
    return this.database.limiter(interval);
  }
}

/** A request, or a suspension, which has its end instead of `at`. */
type NotedRow = { at: number } & (
  { id: number; backfill: number } | { id: null; error_key: ErrorKey; code: string }
);

class BudgetTurn implements LedgerTurn {
  constructor(
    private readonly database: Statements,
    private readonly budget: string,
    readonly now: number,
  ) {}

  async look(id: number, at: number): Promise<Noted> {
    const rows = await this.database.query<NotedRow>(
      `SELECT id, at, backfill, NULL AS error_key, NULL AS code FROM request
         WHERE budget = ? AND id > ? AND at > ?
       UNION ALL SELECT NULL, until, NULL, error_key, code FROM suspension WHERE budget = ?
       ORDER BY id`,
      this.budget,
      id,
      Math.floor(at),
      this.budget,
    );
    const noted: Noted = { sent: [] };
    for (const row of rows) {
      if (row.id === null) noted.suspension = { until: row.at, key: row.error_key, code: row.code };
      else noted.sent.push({ id: row.id, at: row.at, backfill: row.backfill === 1 });
    }
    return noted;
  }

  async note({ at, backfill }: SentRequest, before: number): Promise<NotedRequest> {
    const [row] = await this.database.query<{ id: number }>(
      'INSERT INTO request (budget, at, backfill) VALUES (?, ?, ?) RETURNING id',
      this.budget,
      Math.floor(at),
      backfill ? 1 : 0,
    );
    const id = row?.id ?? 0;
    if (id % REQUESTS_PER_CLEANING === 0) {
      await this.database.query(
        'DELETE FROM request WHERE budget = ? AND at <= ?',
        this.budget,
        Math.floor(before),
      );
    }
    return { id, at: Math.floor(at), backfill };
  }

  async correct(now: number): Promise<void> {
    const at = Math.floor(now);
    await this.database.query('UPDATE request SET at = ? WHERE budget = ? AND at > ?', at, this.budget, at);
  }
}
