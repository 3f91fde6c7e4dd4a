import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import sinon from 'sinon';
import { clock } from '../../../src/calendar/clock';
import { daysIn, instantAt, startOfDay, type Day } from '../../../src/calendar/paris';
import type { Collector } from '../../../src/collector/collector';
import type { Consumer, State, YesterdayState } from '../../../src/collector/meter';
import type { Direction, Metric, Series } from '../../../src/metering/metrics';
import { LinkyError } from '../../../src/providers/errors';
import type { Source, SourceMessage } from '../../../src/publisher/message';
import { Publisher, type Outlet } from '../../../src/publisher/publisher';
import type { Work } from '../../../src/store/database';
import { Reader } from '../../../src/store/reader';
import { SqliteDatabase } from '../../../src/store/sqlite';
import { Store, type Recorded } from '../../../src/store/store';
import { halfHours, rangeOf, wholeDay } from '../../support/readings';

const PDL = '12345678901234';
const NOW = instantAt('2026-11-23', 9 * 60);
const ALWAYS = { start: -Infinity, end: Infinity };

/** What a publisher needs of a collector. */
class StubCollector implements Pick<
  Collector,
  'register' | 'deregister' | 'collect' | 'yesterdayFor' | 'stateFor'
> {
  readonly registered = new Set<Consumer>();
  state: State = { kind: 'collecting' };
  collected = 0;
  constructor(private readonly log: string[]) {}
  register(consumer: Consumer): void {
    this.registered.add(consumer);
    this.log.push('registered');
  }
  deregister(consumer: Consumer): void {
    this.registered.delete(consumer);
  }
  collect(): Promise<void> {
    this.collected += 1;
    return Promise.resolve();
  }
  yesterdayFor(): Promise<YesterdayState> {
    return Promise.resolve(this.state.kind === 'waiting' ? 'waiting' : 'up-to-date');
  }
  stateFor(): State {
    return this.state;
  }
}

/** A database in which a test has cursors move, or not. */
class CursorDatabase extends SqliteDatabase {
  /** The cursors of these metrics move as soon as this resolves. */
  beforeMove: (metrics: string[]) => Promise<void> = () => Promise.resolve();

  override transaction<T>(subject: string, work: Work<T>): Promise<T> {
    return super.transaction(subject, (inside) =>
      work({
        ...inside,
        insert: async (sql, lists) => {
          if (sql.startsWith('INSERT INTO cursor')) {
            await this.beforeMove(lists.map(([, metric]) => String(metric)));
          }
          return inside.insert(sql, lists);
        },
      }),
    );
  }
}

/** A publisher with all that it sends. */
interface Node {
  publisher: Publisher;
  collector: StubCollector;
  messages: SourceMessage[];
  errors: LinkyError[];
  states: [before: State | undefined, after: State][];
  /** `daily 2026-11-22`: the metric and the days of the message; `registered`. */
  log: string[];
}

describe('a publisher', () => {
  let database: CursorDatabase;
  let store: Store;
  /** @param file of the database */
  const open = (file = ':memory:'): void => {
    database = new CursorDatabase(file);
    store = new Store(database);
  };
  beforeEach(() => {
    sinon.stub(clock, 'now').returns(NOW);
    open();
  });
  afterEach(() => {
    store.close();
    sinon.restore();
  });

  const record = (name: Series, range: string, value = 1000): Promise<Recorded> => {
    const { start, end } = rangeOf(range);
    const readings = daysIn(start, end).flatMap((day) =>
      name.endsWith('load-curve') ? halfHours(day, () => value) : [wholeDay(day, value)],
    );
    const answer = { range: { start, end }, requestedAt: NOW, isPlanned: true };
    return store.record({ usagePoint: PDL, name }, answer, readings);
  };
  /** Everything of a week. */
  const recordAll = async (range = '2026-11-16 2026-11-23'): Promise<void> => {
    for (const name of ['consumption-daily', 'consumption-max-power', 'consumption-load-curve'] as const)
      await record(name, range);
  };
  const daysOf = ({ readings }: SourceMessage): string => {
    const days = [...new Set(readings.map(({ start }): Day => start.slice(0, 10)))];
    return days.length > 1 ? `${days[0] ?? ''} ${days.at(-1) ?? ''}` : (days[0] ?? '-');
  };
  const nodeOf = (
    options: { consumer?: string; direction?: Direction; loadCurve?: boolean } = {},
    onMessage: (metric: Metric, message: SourceMessage) => void = () => undefined,
  ): Node => {
    const { consumer = 'node1', direction = 'consumption', loadCurve = true } = options;
    const source: Source = { consumer, direction, usagePoint: PDL, storedAs: PDL, meter: 'House' };
    const log: string[] = [];
    const collector = new StubCollector(log);
    const node = { collector, messages: [], errors: [], states: [], log } as Omit<Node, 'publisher'>;
    const outlet: Outlet = {
      message: (metric, message) => {
        node.messages.push(message);
        log.push(`${metric} ${daysOf(message)}${message.replay ? ' replay' : ''}`);
        onMessage(metric, message);
      },
      error: (error, from) => {
        assert.equal(from, source);
        node.errors.push(error);
      },
      state: (before, after) => node.states.push([before, after]),
    };
    const publisher = new Publisher(collector as unknown as Collector, store, source, loadCurve, outlet);
    return { ...node, publisher };
  };
  const begun = async (node: Node, replay = false): Promise<Node> => {
    await node.publisher.begin(replay);
    return node;
  };
  /** The database answers within the same turn of the event loop, and every few messages take one: it is done after these. */
  const settled = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await turn();
  };

  const WEEK = '2026-11-16 2026-11-22';
  const ALL = [
    `load-curve ${WEEK}`,
    `daily ${WEEK}`,
    'monthly 2026-11-01',
    'yearly 2026-01-01',
    `max-power ${WEEK}`,
  ];

  describe('publishes', () => {
    const table: [Direction, loadCurve: boolean, wants: Series[], metrics: Metric[]][] = [
      [
        'consumption',
        true,
        ['consumption-daily', 'consumption-max-power', 'consumption-load-curve'],
        ['load-curve', 'daily', 'monthly', 'yearly', 'max-power'],
      ],
      [
        'consumption',
        false,
        ['consumption-daily', 'consumption-max-power'],
        ['daily', 'monthly', 'yearly', 'max-power'],
      ],
      [
        'production',
        true,
        ['production-daily', 'production-load-curve'],
        ['load-curve', 'daily', 'monthly', 'yearly', 'max-power'],
      ],
      ['production', false, ['production-daily'], ['daily', 'monthly', 'yearly']],
    ];
    for (const [direction, loadCurve, wants, metrics] of table) {
      it(`${metrics.join(', ')} of ${direction}${loadCurve ? '' : ' without the load curve'}`, async () => {
        const before = nodeOf({ direction, loadCurve });
        assert.deepEqual(before.publisher.wants, wants);
        const listening = await begun(nodeOf({ consumer: 'node2', direction, loadCurve }));
        await recordAll();
        for (const name of ['production-daily', 'production-load-curve'] as const)
          await record(name, '2026-11-16 2026-11-23');
        await settled();
        await begun(before);
        const topics = metrics.map((metric) => `${direction}/${metric}`);
        for (const { messages } of [before, listening])
          assert.deepEqual(messages.map(({ topic }) => topic).toSorted(), topics.toSorted());
      });
    }
  });

  describe('at its start', () => {
    it('publishes what was not published, then takes part in the collection', async () => {
      await recordAll();
      const { log, collector, publisher } = await begun(nodeOf());
      assert.deepEqual(log, [...ALL, 'registered']);
      assert.deepEqual([...collector.registered], [publisher]);
    });

    it('moves its cursors when the next nodes have the messages, which Node-RED gives them in the next turn', async () => {
      await recordAll();
      const had: Metric[] = [];
      const moved: string[] = [];
      database.beforeMove = (metrics) => {
        for (const metric of metrics) assert.ok(had.includes(metric as Metric), metric);
        moved.push(...metrics);
        return Promise.resolve();
      };
      await begun(nodeOf({}, (metric) => setImmediate(() => had.push(metric))));
      assert.deepEqual(moved.toSorted(), had.toSorted());
      assert.equal(moved.length, 5);
    });

    it('publishes nothing where nothing is kept', async () => {
      assert.deepEqual((await begun(nodeOf())).log, ['registered']);
      assert.deepEqual((await begun(nodeOf(), true)).log, ['registered']);
    });

    it('repeats the last values of what has nothing new, if that is wanted', async () => {
      await recordAll();
      await (await begun(nodeOf())).publisher.end();
      await (await begun(nodeOf())).publisher.end();
      await record('consumption-daily', '2026-11-22', 2000);
      assert.deepEqual((await begun(nodeOf({ consumer: 'node2' }), true)).log, [...ALL, 'registered']);
      const { log, messages } = await begun(nodeOf(), true);
      assert.deepEqual(log, [
        'daily 2026-11-22',
        'monthly 2026-11-01',
        'yearly 2026-01-01',
        'load-curve - replay',
        'max-power - replay',
        'registered',
      ]);
      assert.deepEqual(
        messages.map(({ series }) => series.length),
        [7, 1, 1, 7 * 48, 7],
      );
      assert.deepEqual((await begun(nodeOf())).log, ['registered']);
    });
  });

  describe('after its start', () => {
    it('publishes what the collector records, as it comes', async () => {
      const { log } = await begun(nodeOf());
      log.length = 0;
      const steps: [Series, range: string, published: string[]][] = [
        ['consumption-load-curve', '2026-11-22', ['load-curve 2026-11-22']],
        ['consumption-max-power', '2026-11-22', ['max-power 2026-11-22']],
        [
          'consumption-daily',
          '2026-10-31 2026-11-23',
          ['daily 2026-10-31 2026-11-22', 'monthly 2026-10-01 2026-11-01', 'yearly 2026-01-01'],
        ],
        ['consumption-daily', '2026-10-31 2026-11-23', []],
        ['production-daily', '2026-11-22', []],
      ];
      for (const [series, range, published] of steps) {
        await record(series, range);
        await settled();
        assert.deepEqual(log, published);
        log.length = 0;
      }
    });

    it('publishes what another collector of the same usage point records, as the other publisher does', async () => {
      const nodes = [await begun(nodeOf()), await begun(nodeOf({ consumer: 'node2' }))];
      await recordAll();
      await settled();
      for (const { log, errors } of nodes) {
        assert.deepEqual(log.slice(1).toSorted(), ALL.toSorted());
        assert.deepEqual(errors, []);
      }
      await record('consumption-daily', '2026-11-22', 5000);
      await settled();
      for (const { messages } of nodes)
        assert.deepEqual(
          messages.slice(5).map(({ payload }) => payload),
          [5, 11, 11],
        );
    });

    it('publishes what another publisher of the same node does not, and nothing twice', async () => {
      const nodes = [await begun(nodeOf()), await begun(nodeOf())];
      for (const { log } of nodes) log.length = 0;
      await recordAll();
      await settled();
      assert.deepEqual(nodes.flatMap(({ log }) => log).toSorted(), ALL.toSorted());
      for (const { errors } of nodes) assert.deepEqual(errors, []);
    });

    it('publishes a month that turns out to be whole', async () => {
      await record('consumption-daily', '2026-10-20 2026-11-23');
      const { messages } = await begun(nodeOf({ loadCurve: false }));
      assert.equal(messages[1]?.readings[0]?.incomplete, true);
      messages.length = 0;
      const floor = { day: '2026-10-19', probedAt: NOW, provider: 'conso' };
      const key = { usagePoint: PDL, name: 'consumption-daily' } as const;
      await store.setFloor(key, { ...floor, reason: 'not-available' });
      await settled();
      assert.equal(messages.length, 0);
      await store.setFloor(key, { ...floor, reason: 'no-meter' });
      await settled();
      const month = messages.find(({ metric }) => metric === 'monthly');
      assert.deepEqual(
        month?.readings.map(({ start, value, incomplete }) => [start.slice(0, 10), value, incomplete]),
        [['2026-10-01', 12, undefined]],
      );
    });
  });

  describe('loses no news', () => {
    it('that come while it publishes others', async () => {
      let isFirst = true;
      const recorded: Promise<unknown>[] = [];
      const { log } = await begun(
        nodeOf({}, () => {
          if (!isFirst) return;
          isFirst = false;
          recorded.push(record('consumption-daily', '2026-11-20 2026-11-22'));
          recorded.push(record('consumption-load-curve', '2026-11-20'));
          recorded.push(record('consumption-daily', '2026-11-22'));
        }),
      );
      log.length = 0;
      await record('consumption-load-curve', '2026-11-22');
      await settled();
      await Promise.all(recorded);
      await settled();
      const isAbout = (metric: Metric): string[] => log.filter((text) => text.startsWith(metric));
      assert.deepEqual(isAbout('load-curve'), ['load-curve 2026-11-22', 'load-curve 2026-11-20']);
      // Together or one after the other.
      const daily = isAbout('daily').join(' ');
      for (const day of ['2026-11-20', '2026-11-22']) assert.ok(daily.includes(day), daily);
      assert.ok(isAbout('monthly').length > 0);
      assert.equal((await begun(nodeOf())).log.join(), 'registered');
    });

    it('at whatever moment they come', async () => {
      const seen = new Set<string>();
      for (let moment = 0; moment < 150; moment++) {
        const shared = store;
        store = new Store(new SqliteDatabase(':memory:'));
        const { log, errors } = await begun(nodeOf());
        await record('consumption-max-power', '2026-11-22');
        for (let i = 0; i < moment; i++) await Promise.resolve();
        await record('consumption-max-power', '2026-11-20 2026-11-22');
        await settled();
        assert.deepEqual(errors, []);
        const published = log.slice(1).join(', ');
        seen.add(published);
        assert.match(published, /^max-power 2026-11-2(0 2026-11-22|2, max-power 2026-11-20 2026-11-21)$/);
        store.close();
        store = shared;
      }
      assert.equal(seen.size, 2, 'together, and one after the other');
    });

    it('by a crash: a message is sent before its cursor moves, and comes again', async () => {
      const log: string[] = [];
      database.beforeMove = (metrics) => {
        log.push(`${metrics.join(', ')} moved`);
        return Promise.resolve();
      };
      await recordAll();
      await record('consumption-load-curve', '2026-11-09 2026-11-16');
      await begun(nodeOf({}, (metric) => log.push(metric)));
      assert.deepEqual(log, [
        'load-curve',
        'load-curve moved',
        'load-curve',
        'load-curve moved',
        // Those of one series together.
        'daily',
        'monthly',
        'yearly',
        'daily, monthly, yearly moved',
        'max-power',
        'max-power moved',
      ]);
    });

    for (const [i, [series, kept, sent]] of (
      [
        ['load curve’s first message', 0, 1],
        ['load curve’s second message', 1, 2],
        ['daily values’ messages', 2, 5],
        ['max power’s message', 5, 6],
      ] as const
    ).entries()) {
      it(`by a crash after the ${series}: they come again, and then the rest`, async () => {
        const folder = mkdtempSync(join(tmpdir(), 'linky-crash-'));
        store.close();
        open(join(folder, 'readings.db'));
        await recordAll();
        await record('consumption-load-curve', '2026-11-09 2026-11-16');
        const all = (await begun(nodeOf({ consumer: 'node2' }))).log.slice(0, -1);
        // The process ends while the cursor is about to move.
        let moved = 0;
        database.beforeMove = () => (moved++ < i ? Promise.resolve() : new Promise(() => undefined));
        const crashed = nodeOf();
        void crashed.publisher.begin(false);
        await settled();
        assert.deepEqual(crashed.log, all.slice(0, sent));
        store.close();
        open(join(folder, 'readings.db'));
        assert.deepEqual((await begun(nodeOf())).log, [...all.slice(kept), 'registered']);
        rmSync(folder, { recursive: true });
      });
    }
  });

  describe('tells an error', () => {
    const full = (): Error => Object.assign(new Error('disk I/O'), { errcode: 13 });
    const reading = ['cursors', 'changedAfter', 'extent', 'days', 'statuses'] as const;
    const failures: [name: string, failOnce: () => void][] = [
      ...reading.map((method): [string, () => void] => [
        method,
        () => sinon.stub(Reader.prototype, method).callThrough().onFirstCall().rejects(full()),
      ]),
      [
        'move of the cursor',
        () => {
          const { beforeMove } = database;
          database.beforeMove = () => {
            database.beforeMove = beforeMove;
            return Promise.reject(full());
          };
        },
      ],
    ];
    for (const [name, failOnce] of failures) {
      it(`of the store’s ${name}, and publishes all of it with the next news`, async () => {
        const { log, messages, errors } = await begun(nodeOf());
        log.length = 0;
        failOnce();
        await record('consumption-load-curve', '2026-11-16 2026-11-23');
        await settled();
        assert.deepEqual(
          errors.map(({ code, key }) => [code, key]),
          [['SQLITE_FULL', 'store-unusable']],
        );
        // Sent, but its cursor is where it was: this process does not send it again.
        const isSent = name === 'move of the cursor';
        assert.deepEqual(log, isSent ? [`load-curve ${WEEK}`] : []);
        log.length = 0;
        await record('consumption-max-power', '2026-11-16 2026-11-23');
        await settled();
        assert.deepEqual(log, [...(isSent ? [] : [`load-curve ${WEEK}`]), `max-power ${WEEK}`]);
        assert.ok(messages.every(({ payload }) => payload === 1));
        assert.equal(errors.length, 1);
      });
    }

    it('of the store at its start, once, and publishes all of it with the next news', async () => {
      await recordAll();
      sinon.stub(Reader.prototype, 'changedAfter').callThrough().onFirstCall().rejects(full());
      const { log, errors, collector } = await begun(nodeOf());
      assert.equal(errors.length, 1);
      // The collection goes on: what it brings is the next news.
      assert.equal(collector.registered.size, 1);
      await record('consumption-daily', '2026-11-22', 5000);
      await settled();
      assert.deepEqual(log, ['registered', ...ALL]);
      assert.equal(errors.length, 1);
    });

    it('of a store that fails throughout once for each start, replay or not', async () => {
      await recordAll();
      for (const method of ['cursors', 'extent'] as const)
        sinon.stub(Reader.prototype, method).rejects(full());
      assert.equal((await begun(nodeOf(), false)).errors.length, 1);
      assert.equal((await begun(nodeOf(), true)).errors.length, 1);
    });

    it('that the collector has', () => {
      const { publisher, errors } = nodeOf();
      const error = new LinkyError('ADAM-DC-0008', { key: 'consent', retry: 'tomorrow', scope: 'series' });
      publisher.onError(error);
      assert.deepEqual(errors, [error]);
    });
  });

  describe('after its end', () => {
    it('publishes nothing, and takes no part in the collection', async () => {
      const node = await begun(nodeOf());
      await node.publisher.end();
      assert.equal(node.collector.registered.size, 0);
      await recordAll();
      await settled();
      assert.deepEqual(node.log, ['registered']);
      // What it did not publish is there for the next one.
      assert.deepEqual((await begun(nodeOf())).log, [...ALL, 'registered']);
    });

    it('within a message: sends no other, and moves the cursor of this one', async () => {
      await recordAll();
      let ended: Promise<void> | undefined;
      const node = nodeOf({}, () => {
        ended = node.publisher.end();
      });
      await begun(node, true);
      await ended;
      assert.deepEqual(node.log, ALL.slice(0, 1));
      assert.equal(node.collector.registered.size, 0);
      assert.deepEqual((await begun(nodeOf())).log, [...ALL.slice(1), 'registered']);
    });

    it('waits for what is being published', async () => {
      await recordAll();
      let release: () => void = () => undefined;
      database.beforeMove = () => new Promise((resolve) => (release = resolve));
      const { publisher, log } = nodeOf();
      const begins = publisher.begin(true);
      await settled();
      let hasEnded = false;
      const ends = publisher.end().then(() => {
        hasEnded = true;
      });
      await settled();
      assert.equal(hasEnded, false);
      release();
      await ends;
      await begins;
      assert.deepEqual(log, ALL.slice(0, 1));
    });

    it('tells no error of the store', async () => {
      await recordAll();
      let fail: () => void = () => undefined;
      const failing = new Promise<never>((_, reject) => {
        fail = () => {
          reject(new Error('closed'));
        };
      });
      const cursor = sinon.stub(Reader.prototype, 'cursors').returns(failing);
      const { publisher, errors, log } = nodeOf();
      const begins = publisher.begin(true);
      await settled();
      assert.ok(cursor.called);
      const ends = publisher.end();
      fail();
      await begins;
      await ends;
      assert.deepEqual([errors, log], [[], []]);
    });
  });

  describe('replays', () => {
    const replayed = async (node: Node, range = ALWAYS): Promise<string[]> => {
      const log: string[] = [];
      await node.publisher.replay(range, (metric, message) => {
        assert.equal(message.replay, true);
        log.push(`${metric} ${daysOf(message)}`);
      });
      return log;
    };

    it('all that is kept to who asked for it, and to nobody else', async () => {
      await recordAll();
      const node = await begun(nodeOf());
      node.log.length = 0;
      assert.deepEqual(await replayed(node), ALL);
      const range = { start: startOfDay('2026-11-17'), end: startOfDay('2026-11-18') };
      assert.deepEqual(await replayed(node, range), [
        'load-curve 2026-11-17',
        'daily 2026-11-17',
        'max-power 2026-11-17',
      ]);
      assert.deepEqual(node.log, []);
    });

    it('nothing more after its end', async () => {
      await recordAll();
      await record('consumption-load-curve', '2026-11-09 2026-11-16');
      const node = await begun(nodeOf());
      const log: string[] = [];
      await node.publisher.replay(ALWAYS, (metric) => {
        log.push(metric);
        void node.publisher.end();
      });
      assert.deepEqual(log, ['load-curve']);
    });

    it('or says why it cannot', async () => {
      const { publisher } = await begun(nodeOf());
      sinon.stub(store, 'extent').rejects(Object.assign(new Error('disk I/O'), { errcode: 10 }));
      await assert.rejects(
        publisher.replay(ALWAYS, () => undefined),
        (error) => error instanceof LinkyError && error.code === 'SQLITE_IOERR',
      );
    });
  });

  it('tells how its collection stands, and how it stood before', () => {
    const { publisher, collector, states } = nodeOf();
    const waiting: State = { kind: 'waiting', day: '2026-11-22', next: NOW };
    publisher.onState();
    collector.state = waiting;
    publisher.onState();
    assert.deepEqual(states, [
      [undefined, { kind: 'collecting' }],
      [{ kind: 'collecting' }, waiting],
    ]);
  });

  it('collects when it is told to', async () => {
    const { publisher, collector } = nodeOf();
    collector.state = { kind: 'waiting', day: '2026-11-22', next: NOW };
    assert.equal(await publisher.collect(), 'waiting');
    assert.equal(collector.collected, 1);
  });
});
