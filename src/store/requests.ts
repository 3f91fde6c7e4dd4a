import type {
  LedgerTurn,
  NotedRequest,
  RateLimiter,
  RequestLedger,
  SentRequest,
  Suspension,
} from '../providers/budget';
import type { ErrorKey } from '../providers/errors';
import type { Database, Statements } from './database';

/** Remembers the requests of every budget over restarts, for all processes with the same database. */
export class RequestTable implements RequestLedger {
  constructor(private readonly database: Database) {}

  async turn<T>(budget: string, work: (turn: LedgerTurn) => Promise<T>): Promise<T> {
    return this.database.transaction(`requests ${budget}`, async (database) =>
      work(new BudgetTurn(database, budget, await database.now())),
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

class BudgetTurn implements LedgerTurn {
  constructor(
    private readonly database: Statements,
    private readonly budget: string,
    readonly now: number,
  ) {}

  async sentAfter(id: number, at: number): Promise<NotedRequest[]> {
    const rows = await this.database.query<{ id: number; at: number; backfill: number }>(
      'SELECT id, at, backfill FROM request WHERE budget = ? AND id > ? AND at > ? ORDER BY id',
      this.budget,
      id,
      Math.floor(at),
    );
    return rows.map((row) => ({ ...row, backfill: row.backfill === 1 }));
  }

  async note({ at, backfill }: SentRequest, before: number): Promise<NotedRequest> {
    const [row] = await this.database.query<{ id: number }>(
      'INSERT INTO request (budget, at, backfill) VALUES (?, ?, ?) RETURNING id',
      this.budget,
      Math.floor(at),
      backfill ? 1 : 0,
    );
    await this.database.query(
      'DELETE FROM request WHERE budget = ? AND at <= ?',
      this.budget,
      Math.floor(before),
    );
    return { id: row?.id ?? 0, at: Math.floor(at), backfill };
  }

  async correct(now: number): Promise<void> {
    const at = Math.floor(now);
    await this.database.query('UPDATE request SET at = ? WHERE budget = ? AND at > ?', at, this.budget, at);
  }

  async suspension(): Promise<Suspension | undefined> {
    const [row] = await this.database.query<{ until: number; error_key: ErrorKey; code: string }>(
      'SELECT until, error_key, code FROM suspension WHERE budget = ?',
      this.budget,
    );
    return row && { until: row.until, key: row.error_key, code: row.code };
  }
}
