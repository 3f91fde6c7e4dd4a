import type { Day } from '../calendar/paris';
import type { Statements } from './database';
import { Reader } from './reader';

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
  /** @param ids see `Reader` */
  constructor(
    private readonly database: Statements,
    private readonly ids: Map<string, number>,
  ) {}

  /**
   * Publishes what is new. No other process publishes the same meanwhile; a crash before it is over repeats it.
   * @param publish told the digest of each day's cost that was published (of what is no day too, under its name), and
   * what to read with; it returns those that it has published
   */
  async publish(
    { consumer, usagePoint }: PublishedKey,
    publish: (published: ReadonlyMap<Day, string>, reader: Reader) => Promise<ReadonlyMap<Day, string>>,
  ): Promise<void> {
    await this.database.transaction(`costs ${consumer} ${usagePoint}`, async (database) => {
      const rows = await database.query<{ day: Day; digest: string }>(
        'SELECT day, digest FROM published_cost WHERE consumer = ? AND usage_point = ?',
        consumer,
        usagePoint,
      );
      const published = new Map(rows.map(({ day, digest }) => [day, digest]));
      const sent = await publish(published, new Reader(database, this.ids));
      await database.insert(
        `INSERT INTO published_cost (consumer, usage_point, day, digest) VALUES (?, ?, ?, ?)
         ON CONFLICT (consumer, usage_point, day) DO UPDATE SET digest = excluded.digest`,
        [...sent].map(([day, digest]) => [consumer, usagePoint, day, digest]),
      );
    });
  }
}
