import type { Day } from '../calendar/paris';
import type { Database } from './database';

/** A day of a statistic as the last query found it. */
export interface StatisticDay {
  /** Of the day's hours; empty where they are not there any more. */
  digest: string;
  /** When a query noticed that they are others than before, epoch ms. */
  changedAt: number;
}

/** Days of a statistic that are others than before, by their new digest. */
export interface ChangedDays {
  /** Home Assistant's id. */
  statistic: string;
  digests: ReadonlyMap<Day, string>;
}

/**
 * Remembers what Home Assistant's statistics were, each day as a digest, and since when: they change with readings,
 * prices, colours and the tariff's settings, so that no revision of one of them could tell what is new.
 */
export class StatisticDays {
  constructor(private readonly database: Database) {}

  /** @param usagePoint as the store names it */
  async days(usagePoint: string, statistic: string): Promise<Map<Day, StatisticDay>> {
    const rows = await this.database.query<{ day: Day; digest: string; changed_at: number }>(
      'SELECT day, digest, changed_at FROM statistic_day WHERE usage_point = ? AND statistic = ?',
      usagePoint,
      statistic,
    );
    return new Map(rows.map(({ day, digest, changed_at }) => [day, { digest, changedAt: changed_at }]));
  }

  async keep(usagePoint: string, changed: readonly ChangedDays[], changedAt: number): Promise<void> {
    await this.database.each(
      `INSERT INTO statistic_day (usage_point, statistic, day, digest, changed_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (usage_point, statistic, day)
       DO UPDATE SET digest = excluded.digest, changed_at = excluded.changed_at`,
      changed.flatMap(({ statistic, digests }) =>
        [...digests].map(([day, digest]) => [usagePoint, statistic, day, digest, changedAt]),
      ),
    );
  }
}
