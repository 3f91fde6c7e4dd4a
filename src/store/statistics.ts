import type { Day } from '../calendar/paris';
import type { Statements } from './database';
import type { PublishedKey } from './published-costs';

/** A day of a statistic as it was answered last. */
export interface StatisticDay {
  /** Of the day's hours; empty where they are not there any more. */
  digest: string;
  /** When a query noticed that they are others than before, epoch ms. */
  changedAt: number;
}

/** A statistic as a consumer knows it. */
export interface StatisticState {
  /** When it was answered last, epoch ms. */
  answeredAt: number;
  days: Map<Day, StatisticDay>;
}

/** What an answer changes: of each of its statistics, by their ids. */
export interface StatisticUpdate {
  answeredAt: number;
  /** The days that are others, since now. */
  changed: ReadonlyMap<Day, StatisticDay>;
}

/**
 * Remembers what Home Assistant's statistics were, each day as a digest, and since when: they change with readings,
 * prices, colours and the tariff's settings, so that no revision of one of them could tell what is new. Each history
 * node has its own: what one was answered, another one's flow has not sent.
 */
export class Statistics {
  constructor(private readonly database: Statements) {}

  /**
   * Looks at statistics and changes them, without another query in between.
   * @param decide given those of `ids` that were answered before, says what they become
   * @returns what it says
   */
  async update<T extends { updates: ReadonlyMap<string, StatisticUpdate> }>(
    { consumer, usagePoint }: PublishedKey,
    ids: readonly string[],
    decide: (before: ReadonlyMap<string, StatisticState>) => T,
  ): Promise<T> {
    return this.database.transaction(`statistics ${consumer} ${usagePoint}`, async (database) => {
      const before = new Map<string, StatisticState>();
      for (const id of ids) {
        const [row] = await database.query<{ answered_at: number; days: string }>(
          'SELECT answered_at, days FROM statistic WHERE consumer = ? AND usage_point = ? AND statistic = ?',
          consumer,
          usagePoint,
          id,
        );
        if (row) before.set(id, { answeredAt: row.answered_at, days: daysIn(row.days) });
      }
      const decision = decide(before);
      await database.insert(
        `INSERT INTO statistic (consumer, usage_point, statistic, answered_at, days) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (consumer, usage_point, statistic)
         DO UPDATE SET answered_at = excluded.answered_at, days = excluded.days`,
        [...decision.updates].map(([id, { answeredAt, changed }]) => {
          const days = new Map([...(before.get(id)?.days ?? []), ...changed]);
          return [consumer, usagePoint, id, answeredAt, daysText(days)];
        }),
      );
      return decision;
    });
  }
}

/** A statistic of three years has a thousand days: a row for each of them would take longer than all the rest. */
type DayEntry = [day: Day, digest: string, changedAt: number];

const daysText = (days: ReadonlyMap<Day, StatisticDay>): string =>
  JSON.stringify([...days].map(([day, { digest, changedAt }]): DayEntry => [day, digest, changedAt]));

const daysIn = (text: string): Map<Day, StatisticDay> =>
  new Map((JSON.parse(text) as DayEntry[]).map(([day, digest, changedAt]) => [day, { digest, changedAt }]));
