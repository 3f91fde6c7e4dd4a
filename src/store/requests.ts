import type { RequestLedger, SentRequest, Suspension } from '../providers/budget';
import type { ErrorKey } from '../providers/errors';
import type { Database } from './database';

/** Remembers the requests of every budget over restarts. */
export class RequestTable implements RequestLedger {
  constructor(private readonly database: Database) {}

  async sentAfter(budget: string, after: number): Promise<SentRequest[]> {
    const rows = await this.database.query<{ at: number; backfill: number }>(
      'SELECT at, backfill FROM request WHERE budget = ? AND at > ? ORDER BY at',
      budget,
      after,
    );
    return rows.map(({ at, backfill }) => ({ at, backfill: backfill === 1 }));
  }

  async note(budget: string, { at, backfill }: SentRequest, before: number): Promise<void> {
    await this.database.transaction(async (database) => {
      const values = [budget, Math.floor(at), backfill ? 1 : 0];
      await database.query('INSERT INTO request (budget, at, backfill) VALUES (?, ?, ?)', ...values);
      await database.query('DELETE FROM request WHERE budget = ? AND at <= ?', budget, Math.floor(before));
    });
  }

  async correct(budget: string, now: number): Promise<void> {
    const at = Math.floor(now);
    await this.database.query('UPDATE request SET at = ? WHERE budget = ? AND at > ?', at, budget, at);
  }

  async suspension(budget: string): Promise<Suspension | undefined> {
    const [row] = await this.database.query<{ until: number; error_key: ErrorKey; code: string }>(
      'SELECT until, error_key, code FROM suspension WHERE budget = ?',
      budget,
    );
    return row && { until: row.until, key: row.error_key, code: row.code };
  }

  async suspend(budget: string, { until, key, code }: Suspension): Promise<void> {
    await this.database.query(
      `INSERT INTO suspension (budget, until, error_key, code) VALUES (?, ?, ?, ?)
       ON CONFLICT (budget) DO UPDATE SET until = excluded.until, error_key = excluded.error_key, code = excluded.code`,
      budget,
      Math.floor(until),
      key,
      code,
    );
  }
}
