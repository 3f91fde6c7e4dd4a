import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RequestLedger, SentRequest, Suspension } from '../providers/budget';

/** Remembers the requests of every budget over restarts. */
export class RequestTable implements RequestLedger {
  private readonly insertion: StatementSync;
  private readonly deletion: StatementSync;

  constructor(private readonly db: DatabaseSync) {
    this.insertion = db.prepare('INSERT INTO request (budget, at, backfill) VALUES (?, ?, ?)');
    this.deletion = db.prepare('DELETE FROM request WHERE budget = ? AND at <= ?');
  }

  sentAfter(budget: string, after: number): SentRequest[] {
    const rows = this.db
      .prepare('SELECT at, backfill FROM request WHERE budget = ? AND at > ? ORDER BY at')
      .all(budget, after) as { at: number; backfill: number }[];
    return rows.map(({ at, backfill }) => ({ at, backfill: backfill === 1 }));
  }

  note(budget: string, { at, backfill }: SentRequest, before: number): void {
    this.insertion.run(budget, Math.floor(at), backfill ? 1 : 0);
    this.deletion.run(budget, Math.floor(before));
  }

  correct(budget: string, now: number): void {
    this.db.prepare('UPDATE request SET at = ?2 WHERE budget = ?1 AND at > ?2').run(budget, Math.floor(now));
  }

  suspension(budget: string): Suspension | undefined {
    const row = this.db.prepare('SELECT until, key, code FROM suspension WHERE budget = ?').get(budget);
    return row as Suspension | undefined;
  }

  suspend(budget: string, { until, key, code }: Suspension): void {
    this.db
      .prepare('INSERT OR REPLACE INTO suspension (budget, until, key, code) VALUES (?, ?, ?, ?)')
      .run(budget, Math.floor(until), key, code);
  }
}
