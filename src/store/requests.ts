import type {
  LedgerTurn,
  Noted,
  RateLimiter,
  RequestLedger,
  SentRequest,
  Suspension,
} from '../providers/budget';
import type { ErrorKey } from '../providers/errors';
import type { Database, Transaction } from './database';

/** Every so many requests, those that no longer count are deleted. */
const REQUESTS_PER_CLEANING = 50;

/** Remembers the requests of every budget over restarts, for all processes with the same database. */
export class RequestTable implements RequestLedger {
  /** How many requests this process has noted, or tried to, by budget. */
  private readonly noted = new Map<string, number>();

  constructor(private readonly database: Database) {}

  async turn<T>(budget: string, work: (turn: LedgerTurn) => Promise<T>): Promise<T> {
    return this.database.transaction(`requests ${budget}`, (database) =>
      work(new BudgetTurn(database, budget, this.noted)),
    );
  }

  async suspend(budget: string, { until, key, code }: Suspension): Promise<void> {
    await this.database.run(
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
    private readonly database: Transaction,
    private readonly budget: string,
    private readonly notedHere: Map<string, number>,
  ) {}

  async look(id: number, at: number): Promise<Noted> {
    const [now, rows] = await Promise.all([
      this.database.now(),
      this.database.query<NotedRow>(
        `SELECT id, at, backfill, NULL AS error_key, NULL AS code FROM request
           WHERE budget = ? AND id > ? AND at > ?
         UNION ALL SELECT NULL, until, NULL, error_key, code FROM suspension WHERE budget = ?
         ORDER BY id`,
        this.budget,
        id,
        Math.floor(at),
        this.budget,
      ),
    ]);
    const noted: Noted = { now, sent: [] };
    for (const row of rows) {
      if (row.id === null) noted.suspension = { until: row.at, key: row.error_key, code: row.code };
      else noted.sent.push({ id: row.id, at: row.at, backfill: row.backfill === 1 });
    }
    return noted;
  }

  async note({ at, backfill }: SentRequest, before: number): Promise<void> {
    const noted = this.notedHere.get(this.budget) ?? 0;
    this.notedHere.set(this.budget, noted + 1);
    if (noted % REQUESTS_PER_CLEANING === 0) {
      const cleaning = 'DELETE FROM request WHERE budget = ? AND at <= ?';
      await this.database.run(cleaning, this.budget, Math.floor(before));
    }
    await this.database.run(
      'INSERT INTO request (budget, at, backfill) VALUES (?, ?, ?)',
      this.budget,
      Math.floor(at),
      backfill ? 1 : 0,
    );
  }

  async correct(now: number): Promise<void> {
    const at = Math.floor(now);
    await this.database.run('UPDATE request SET at = ? WHERE budget = ? AND at > ?', at, this.budget, at);
  }
}
