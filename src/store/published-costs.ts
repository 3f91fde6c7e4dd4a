import type { Day } from '../calendar/paris';
import type { Database } from './database';

/** What a cost node has published of a usage point. */
export interface PublishedKey {
  /** The cost node's id. */
  consumer: string;
  /** As the store names it. */
  usagePoint: string;
}

/**
 * Remembers which costs were published over restarts, each as a digest: costs change with readings, prices and colours,
 * so that no revision of one of them could tell what is new.
 */
export class PublishedCosts {
  constructor(private readonly database: Database) {}

  /** The digest of each day's cost that was published; of what is no day too, under its name. */
  async digests({ consumer, usagePoint }: PublishedKey): Promise<Map<Day, string>> {
    const rows = await this.database.query<{ day: Day; digest: string }>(
      'SELECT day, digest FROM published_cost WHERE consumer = ? AND usage_point = ?',
      consumer,
      usagePoint,
    );
    return new Map(rows.map(({ day, digest }) => [day, digest]));
  }

  async keep({ consumer, usagePoint }: PublishedKey, digests: ReadonlyMap<Day, string>): Promise<void> {
    await this.database.each(
      `INSERT INTO published_cost (consumer, usage_point, day, digest) VALUES (?, ?, ?, ?)
       ON CONFLICT (consumer, usage_point, day) DO UPDATE SET digest = excluded.digest`,
      [...digests].map(([day, digest]) => [consumer, usagePoint, day, digest]),
    );
  }
}
