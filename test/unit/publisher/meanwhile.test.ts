import assert from 'node:assert/strict';
import sinon from 'sinon';
import { clock } from '../../../src/calendar/clock';
import { daysIn, instantAt, isoParis, startOfDay } from '../../../src/calendar/paris';
import type { Collector } from '../../../src/collector/collector';
import type { Metric } from '../../../src/metering/metrics';
import type { Source, SourceMessage } from '../../../src/publisher/message';
import { Publisher } from '../../../src/publisher/publisher';
import type { Work } from '../../../src/store/database';
import { PostgresDatabase } from '../../../src/store/postgres';
import { Store } from '../../../src/store/store';
import { postgresDatabase } from '../../support/postgres';
import { rangeOf, wholeDay } from '../../support/readings';

const TODAY = '2026-11-23';
const NOW = instantAt(TODAY, 9 * 60);

/** A database in which something happens just before a statement of what publishes. */
class MeanwhileDatabase extends PostgresDatabase {
  /** Told which statement it is, from 0. */
  meanwhile: (statement: number) => Promise<void> = () => Promise.resolve();

  override transaction<T>(subject: string, work: Work<T>): Promise<T> {
    if (!subject.startsWith('publish')) return super.transaction(subject, work);
    return super.transaction(subject, (inside) => {
      let statement = 0;
      const query: typeof inside.query = async (...args) => {
        await this.meanwhile(statement++);
        return inside.query(...args);
      };
      return work({ ...inside, query });
    });
  }
}

const COLLECTOR = { register: () => undefined, deregister: () => undefined } as unknown as Collector;

describe('while a publisher publishes from PostgreSQL', () => {
  let database: MeanwhileDatabase;
  let store: Store;
  let remove: () => Promise<void>;
  before(async () => {
    const place = await postgresDatabase();
    remove = () => place.remove();
    database = new MeanwhileDatabase(place.url);
    store = new Store(database);
  });
  beforeEach(() => sinon.stub(clock, 'now').returns(NOW));
  afterEach(() => {
    sinon.restore();
  });
  after(async () => {
    store.close();
    await database.settled();
    await remove();
  });

  const record = (usagePoint: string, range: string): Promise<unknown> => {
    const { start, end } = rangeOf(range);
    const readings = daysIn(start, end).map((day) => wholeDay(day, 1000));
    const answer = { range: { start, end }, requestedAt: NOW, isPlanned: true };
    return store.record({ usagePoint, name: 'consumption-daily' }, answer, readings);
  };
  /** @returns the last message on each output */
  const publishAll = async (usagePoint: string): Promise<Map<Metric, SourceMessage>> => {
    const last = new Map<Metric, SourceMessage>();
    const source: Source = { consumer: 'node', direction: 'consumption', usagePoint, storedAs: usagePoint, meter: '' }; // prettier-ignore
    const publisher = new Publisher(COLLECTOR, store, source, false, {
      message: (metric, message) => last.set(metric, message),
      error: (error) => assert.fail(error),
      state: () => undefined,
    });
    await publisher.begin(false);
    while (publisher['publishing']) await publisher['publishing'];
    await publisher.end();
    return last;
  };

  it('a new day comes: each total and the newest value have it in the end, up to date', async () => {
    let statement = 0;
    for (; ; statement++) {
      const usagePoint = String(10_000_000_000_000 + statement);
      const came: number[] = [];
      await record(usagePoint, '2026-10-30 2026-11-22');
      database.meanwhile = async (n) => {
        if (n !== statement || came.length > 0) return;
        came.push(n);
        await record(usagePoint, '2026-11-22');
      };
      const last = await publishAll(usagePoint);
      if (came.length === 0) break;
      const said = [...last].map(([metric, { payload, end, upToDate }]) => [metric, payload, end, upToDate]);
      const midnight = isoParis(startOfDay(TODAY));
      assert.deepEqual(
        said,
        [
          ['daily', 1, midnight, true],
          ['monthly', 22, midnight, true],
          ['yearly', 24, midnight, true],
        ],
        `before statement ${statement}`,
      );
    }
    assert.ok(statement > 8, String(statement));
  });
});
