import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import fc from 'fast-check';
import { startOfDay, type Day } from '../../../src/calendar/paris';
import type { ReadingSeries } from '../../../src/metering/metrics';
import type { Reading } from '../../../src/metering/readings';
import type { Database, SqlValue, Statements, Transaction, Work } from '../../../src/store/database';
import { importStore, type ImportReport } from '../../../src/store/import-store';
import { PostgresDatabase } from '../../../src/store/postgres';
import type { SeriesKey } from '../../../src/store/reader';
import { SqliteDatabase } from '../../../src/store/sqlite';
import { Store, type Recorded } from '../../../src/store/store';
import { postgresDatabase } from '../../support/postgres';
import { cursorOf, publishMetric } from '../../support/publishing';
import { halfHours, rangeOf, wholeDay } from '../../support/readings';

const PDL = '12345678901234';
const OTHER_PDL = '22222222222222';
const NOW = startOfDay('2026-11-23') + 8.6 * 3_600_000;
const TABLES = ['cursor', 'change', 'day', 'series', 'published_cost', 'statistic', 'request', 'suspension', 'tempo_colour', 'price_file', 'tariff_request']; // prettier-ignore

const keyOf = (name: SeriesKey['name'], usagePoint = PDL): SeriesKey => ({ usagePoint, name });
const DAILY = keyOf('consumption-daily');
const CURVE = keyOf('consumption-load-curve');

const record = (store: Store, key: SeriesKey, range: string, readings: Reading[]): Promise<Recorded> =>
  store.record(key, { range: rangeOf(range), requestedAt: NOW, isPlanned: true }, readings);
const publish = (store: Store, consumer: string, key: SeriesKey, revision: number): Promise<boolean> =>
  publishMetric(store, consumer, 'daily', key, () => Promise.resolve(revision));

/** @param digests by day */
const keepCosts = (database: Database, digests: Record<Day, string>): Promise<void> =>
  database.insert(
    'INSERT INTO published_cost (consumer, usage_point, day, digest) VALUES (?, ?, ?, ?)',
    Object.entries(digests).map(([day, digest]) => ['cost', PDL, day, digest]),
  );

/** One of everything that a store keeps. */
async function fill(store: Store, database: Database): Promise<void> {
  await record(store, DAILY, '2026-11-19 2026-11-23', [
    wholeDay('2026-11-19', 10_000),
    wholeDay('2026-11-20', 11_000),
    wholeDay('2026-11-22', 12_500.5),
  ]);
  // A correction, and a day that a file brings.
  await record(store, DAILY, '2026-11-20', [wholeDay('2026-11-20', 11_111)]);
  await store.importReadings(DAILY, [{ day: '2026-11-01', readings: [wholeDay('2026-11-01', 900)], isSameFile: false }]); // prettier-ignore
  await store.setFloor(DAILY, { day: '2026-10-31', reason: 'no-meter', probedAt: NOW, provider: 'conso' });
  await publish(store, 'source', DAILY, 2);
  await publish(store, 'later-source', DAILY, 1);
  const curve = halfHours('2026-11-22', (i) => 100 + i).filter((_, i) => i !== 3);
  await record(store, CURVE, '2026-11-21 2026-11-23', curve);
  await record(store, keyOf('consumption-max-power'), '2026-11-22', [
    wholeDay('2026-11-22', 6190, startOfDay('2026-11-22') + 3_600_000),
  ]);
  await store.recordRegisters(
    keyOf('consumption-registers'),
    { range: rangeOf('2026-11-22'), requestedAt: NOW, isPlanned: true },
    [{ day: '2026-11-22', total: 5000, calendars: [{ id: 'C', name: 'HP/HC', registers: { HC: 1000, HP: 4000 } }] }], // prettier-ignore
  );
  await record(store, keyOf('production-daily', OTHER_PDL), '2026-11-22', [wholeDay('2026-11-22', 42)]);
  // Nothing came.
  await record(store, keyOf('production-load-curve', OTHER_PDL), '2026-11-22', []);
  await keepCosts(database, { '2026-11-21': 'a', '2026-11-22': 'b' });
  await store.statistics.update({ consumer: 'history', usagePoint: PDL }, ['linky:x'], () => ({
    updates: new Map([['linky:x', { answeredAt: NOW, changed: new Map([['2026-11-22', { digest: 'd', changedAt: NOW }]]) }]]), // prettier-ignore
  }));
  for (const [budget, at, backfill] of [
    ['conso', NOW, false],
    ['conso', NOW, false],
    ['conso', NOW + 700, true],
    ['account', NOW + 900, false],
  ] as const) {
    await store.requests.turn(budget, (turn) => turn.note({ at, backfill }, 0));
  }
  await store.requests.suspend('conso', { until: NOW + 60_000, key: 'too-many-calls', code: '429' });
  await store.tariffs.keepColours(
    'rte',
    new Map([
      ['2026-11-22', { colour: 'blue', confirmedAt: NOW }],
      ['2026-11-23', { colour: undefined, confirmedAt: NOW }],
    ]),
  );
  await store.tariffs.keepPrices('data.gouv.fr', 'base', { rows: [{ price: 0.1952 }], checkedAt: NOW });
  await store.tariffs.noteRequest('rte colours', { at: NOW, failures: 1, retryAt: NOW + 1 });
}

/** All rows of a store, each as text, sorted; series by their names: their numbers are each database's own. */
async function contentOf(database: Database): Promise<string[]> {
  const series = await database.query<{ id: number; usage_point: string; name: string }>('SELECT * FROM series'); // prettier-ignore
  const names = new Map(series.map(({ id, usage_point, name }) => [id, `${usage_point} ${name}`]));
  const lines: string[] = [];
  for (const table of TABLES) {
    for (const row of await database.query<Record<string, SqlValue>>(`SELECT * FROM ${table}`)) {
      const columns = Object.entries(row)
        .filter(([column]) => column !== 'id')
        .map(([column, value]) => [column, column === 'series' ? names.get(Number(value)) : value]);
      lines.push(`${table} ${JSON.stringify(Object.fromEntries(columns.sort()))}`);
    }
  }
  return lines.sort();
}

/** Fails at the n-th statement, and at each after it, as a process that is not there any more. */
class DyingDatabase implements Statements {
  constructor(
    private readonly database: Statements,
    private readonly life: { left: number },
  ) {}
  query<Row>(sql: string, ...values: SqlValue[]): Promise<Row[]> {
    this.live();
    return this.database.query<Row>(sql, ...values);
  }
  run(sql: string, ...values: SqlValue[]): Promise<void> {
    this.live();
    return this.database.run(sql, ...values);
  }
  insert(sql: string, lists: readonly SqlValue[][]): Promise<void> {
    this.live();
    return this.database.insert(sql, lists);
  }
  transaction<T>(subject: string, work: Work<T>): Promise<T> {
    this.live();
    return this.database.transaction(subject, async (inside) => {
      const result = await work(within(inside, new DyingDatabase(inside, this.life)));
      // Before the transaction is committed.
      this.live();
      return result;
    });
  }
  tell(notice: object): Promise<void> {
    this.live();
    return this.database.tell(notice);
  }
  private live(): void {
    if (this.life.left <= 0) throw new Error('killed');
    this.life.left -= 1;
  }
}

/** The same, as a transaction has it. */
const within = (inside: Transaction, database: Statements): Transaction =>
  Object.assign(database, { now: () => inside.now() });

/** Keeps something else than it is told. */
class LossyDatabase extends DyingDatabase {
  constructor(
    private readonly lossy: Statements,
    private readonly lose: (sql: string, lists: readonly SqlValue[][]) => SqlValue[][],
  ) {
    super(lossy, { left: Infinity });
  }
  override insert(sql: string, lists: readonly SqlValue[][]): Promise<void> {
    return this.lossy.insert(sql, this.lose(sql, lists));
  }
  override transaction<T>(subject: string, work: Work<T>): Promise<T> {
    return this.lossy.transaction(subject, (inside) =>
      work(within(inside, new LossyDatabase(inside, this.lose))),
    );
  }
}

const ignore = (): void => undefined;
const outcomes = ({ series }: ImportReport): string[] => [...new Set(series.map(({ outcome }) => outcome))];
const outcomeOf = ({ series }: ImportReport, { usagePoint, name }: SeriesKey): string | undefined =>
  series.find((each) => each.usagePoint === usagePoint && each.name === name)?.outcome;

const ENGINES: Record<string, () => Promise<{ database: Database; remove: () => Promise<void> }>> = {
  SQLite: () => {
    const database = new SqliteDatabase(':memory:');
    const remove = (): Promise<void> => {
      database.close();
      return Promise.resolve();
    };
    return Promise.resolve({ database, remove });
  },
  PostgreSQL: async () => {
    const there = await postgresDatabase();
    const database = new PostgresDatabase(there.url);
    const remove = async (): Promise<void> => {
      database.close();
      await there.remove();
    };
    return { database, remove };
  },
};

for (const [engine, open] of Object.entries(ENGINES)) {
  describe(`importing a store into ${engine}`, () => {
    let source: SqliteDatabase;
    let sourceStore: Store;
    let target: Database;
    let targetStore: Store;
    let remove: () => Promise<void>;

    before(async () => {
      ({ database: target, remove } = await open());
    });
    after(() => remove());
    beforeEach(async () => {
      source = new SqliteDatabase(':memory:');
      sourceStore = new Store(source);
      // It remembers the numbers of series.
      targetStore = new Store({ ...boundTo(target), hear: () => ignore });
      await fill(sourceStore, source);
      await empty();
    });
    afterEach(() => {
      source.close();
    });

    const empty = async (): Promise<void> => {
      for (const table of TABLES) await target.query(`DELETE FROM ${table}`);
    };
    const run = (into: Statements = target): Promise<ImportReport> => importStore(source, into, ignore);

    it('brings all of it, and tells how much that is', async () => {
      const before = await contentOf(source);
      const steps: string[] = [];
      const report = await importStore(source, target, (done, total) => steps.push(`${done}/${total}`));
      assert.deepEqual(await contentOf(target), before);
      assert.deepEqual(await contentOf(source), before);
      assert.deepEqual(
        report.series.map(({ usagePoint, name, outcome, days, readings, sum, differing }) =>
          [usagePoint, name, outcome, days, readings, sum, ...differing].join(' '),
        ),
        [
          `${PDL} consumption-daily imported 5 4 34511.5`,
          // 48 half hours from 100 to 147 W, without that of 103.
          `${PDL} consumption-load-curve imported 2 47 5825`,
          `${PDL} consumption-max-power imported 1 1 6190`,
          `${PDL} consumption-registers imported 1 1 10000`,
          `${OTHER_PDL} production-daily imported 1 1 42`,
          `${OTHER_PDL} production-load-curve imported 1 0 0`,
        ],
      );
      assert.deepEqual(
        report.tables.map(({ name, rows, missing }) => `${name} ${rows} ${missing}`),
        ['request 4 0', 'suspension 1 0', 'tariff_request 1 0', 'tempo_colour 2 0', 'price_file 1 0', 'published_cost 2 0', 'statistic 1 0'], // prettier-ignore
      );
      assert.deepEqual(steps, ['1/6', '2/6', '3/6', '4/6', '5/6', '6/6']);
    });

    it('brings nothing a second time', async () => {
      await run();
      const report = await run();
      assert.deepEqual(await contentOf(target), await contentOf(source));
      assert.deepEqual(outcomes(report), ['present']);
      assert.ok(report.series.every(({ differing }) => differing.length === 0));
    });

    it('goes on after it was killed at any statement', async () => {
      const whole = await contentOf(source);
      const seen = new Set<string>();
      let kills = 0;
      for (;;) {
        await empty();
        let isKilled = false;
        try {
          await run(new DyingDatabase(target, { left: kills }));
        } catch (error) {
          // The database's own error hides what a transaction threw.
          isKilled = true;
          assert.ok(error instanceof Error);
        }
        if (!isKilled) break;
        kills += 1;
        const report = await run();
        for (const outcome of outcomes(report)) seen.add(outcome);
        assert.ok(report.series.every(({ differing }) => differing.length === 0));
        assert.deepEqual(await contentOf(target), whole, `killed at statement ${kills}`);
      }
      assert.deepEqual([...seen].sort(), ['imported', 'present']);
      assert.ok(kills > 60, String(kills));
    });

    it('a killed run leaves each series whole or empty', async () => {
      for (let left = 20; left < 80; left += 3) {
        await empty();
        await assert.rejects(run(new DyingDatabase(target, { left })));
        const days = await targetStore.days(DAILY, rangeOf('2026-11-01 2026-11-23'));
        const { floor } = await targetStore.facts(DAILY);
        const cursor = await cursorOf(targetStore, 'source', 'daily', DAILY);
        assert.ok(
          [`0 none 0`, `5 2026-10-31 2`].includes(`${days.length} ${floor?.day ?? 'none'} ${cursor}`),
        );
        targetStore = new Store({ ...boundTo(target), hear: () => ignore });
      }
    });

    it('leaves what the target has of other usage points', async () => {
      const third = keyOf('consumption-daily', '33333333333333');
      await record(targetStore, third, '2026-11-22', [wholeDay('2026-11-22', 7)]);
      const before = await contentOf(target);
      await run();
      assert.deepEqual(await contentOf(target), [...before, ...(await contentOf(source))].sort());
    });

    it('nothing that was published is published again, and the rest still is', async () => {
      await run();
      const asked: number[] = [];
      const ask = (published: number): Promise<undefined> => {
        asked.push(published);
        return Promise.resolve(undefined);
      };
      await publishMetric(targetStore, 'source', 'daily', DAILY, ask);
      await publishMetric(targetStore, 'later-source', 'daily', DAILY, ask);
      const all = (
        await target.query<{ revision: number }>('SELECT max(revision) AS revision FROM series')
      )[0];
      await publish(targetStore, 'source', DAILY, all?.revision ?? 0);
      assert.equal(await publishMetric(targetStore, 'source', 'daily', DAILY, ask), false);
      assert.deepEqual(asked, [2, 1]);
    });

    describe('where the target has something of the series', () => {
      const other: [name: string, before: (store: Store) => Promise<unknown>][] = [
        ['another day', (store) => record(store, DAILY, '2026-11-10', [wholeDay('2026-11-10', 1)])],
        [
          'the same days with another value',
          (store) =>
            record(store, DAILY, '2026-11-19 2026-11-23', [wholeDay('2026-11-19', 10_001), wholeDay('2026-11-20', 11_000), wholeDay('2026-11-22', 12_500.5)]), // prettier-ignore
        ],
        [
          'some of its days, that came in another order',
          (store) => record(store, DAILY, '2026-11-22', [wholeDay('2026-11-22', 12_500.5)]),
        ],
        ['a day that was requested in vain', (store) => record(store, DAILY, '2026-11-15', [])],
      ];
      for (const [name, collect] of other) {
        it(`leaves ${name}, and brings the other series`, async () => {
          await collect(targetStore);
          const ofSeries = (lines: string[]): string[] =>
            lines.filter((line) => line.includes(`${PDL} ${DAILY.name}"`));
          const before = ofSeries(await contentOf(target));
          const report = await run();
          assert.equal(outcomeOf(report, DAILY), 'other');
          assert.deepEqual(ofSeries(await contentOf(target)), before);
          assert.equal(outcomeOf(report, CURVE), 'imported');
          assert.equal(outcomes(report).length, 2);
          const { id } = report.series.find((each) => each.name === DAILY.name) ?? { id: 0 };
          for (const table of ['cursor', 'change', 'day'])
            await target.query(`DELETE FROM ${table} WHERE series = ?`, id);
          await target.query('DELETE FROM series WHERE id = ?', id);
          await run();
          assert.deepEqual(await contentOf(target), await contentOf(source));
        });
      }

      it('takes the source’s for nothing but a floor', async () => {
        await targetStore.setFloor(DAILY, { day: '2026-11-21', reason: 'not-available', probedAt: NOW, provider: 'x' }); // prettier-ignore
        assert.deepEqual(outcomes(await run()), ['imported']);
        assert.deepEqual(await contentOf(target), await contentOf(source));
      });

      it('leaves what has gone on since it was brought', async () => {
        await run();
        await record(targetStore, DAILY, '2026-11-22 2026-11-24', [
          wholeDay('2026-11-22', 12_600),
          wholeDay('2026-11-23', 13_000),
        ]);
        await record(targetStore, DAILY, '2026-11-22', [wholeDay('2026-11-22', 12_601)]);
        await record(targetStore, CURVE, '2026-11-21', []);
        await publish(targetStore, 'source', DAILY, 6);
        const before = await contentOf(target);
        const report = await run();
        assert.deepEqual(outcomes(report), ['present']);
        assert.ok(report.series.every(({ differing }) => differing.length === 0));
        assert.deepEqual(await contentOf(target), before);
      });

      it('brings what the source has collected since it was brought', async () => {
        await run();
        await record(sourceStore, DAILY, '2026-11-22 2026-11-24', [
          wholeDay('2026-11-22', 12_600),
          wholeDay('2026-11-23', 13_000),
        ]);
        await publish(sourceStore, 'source', DAILY, 4);
        const report = await run();
        assert.equal(outcomeOf(report, DAILY), 'imported');
        assert.equal(outcomeOf(report, CURVE), 'present');
        assert.deepEqual(await contentOf(target), await contentOf(source));
      });

      it('leaves it where both have gone on', async () => {
        await run();
        await record(sourceStore, DAILY, '2026-11-23', [wholeDay('2026-11-23', 13_000)]);
        await record(targetStore, DAILY, '2026-11-23', [wholeDay('2026-11-23', 13_001)]);
        assert.equal(outcomeOf(await run(), DAILY), 'other');
      });
    });

    describe('finds at the end that the target has lost', () => {
      const isOf = (sql: string, table: string): boolean => sql.includes(`INSERT INTO ${table} (`);
      const table: [
        what: string,
        lose: (sql: string, lists: readonly SqlValue[][]) => SqlValue[][],
        differing: string,
      ][] = [
        [
          'a day',
          (sql, lists) => (isOf(sql, 'day') ? lists.filter(([, day]) => day !== '2026-11-20') : [...lists]),
          'days readings sum',
        ],
        [
          'a reading',
          (sql, lists) =>
            isOf(sql, 'day')
              ? lists.map((list) => list.map((value) => (list[1] === '2026-11-19' && String(value).startsWith('[') ? '[]' : value))) // prettier-ignore
              : [...lists],
          'readings sum',
        ],
        [
          'a digit',
          (sql, lists) => lists.map((list) => list.map((value) => (isOf(sql, 'day') && typeof value === 'string' ? value.replace('[10000]', '[1000]') : value))), // prettier-ignore
          'sum',
        ],
        ['a cursor', (sql, lists) => (isOf(sql, 'cursor') ? lists.slice(1) : [...lists]), 'cursors'],
      ];
      for (const [what, lose, differing] of table) {
        it(what, async () => {
          const { series } = await run(new LossyDatabase(target, lose));
          const found = series.find(({ name, usagePoint }) => usagePoint === PDL && name === DAILY.name);
          assert.equal(found?.differing.join(' '), differing);
          assert.equal(found.outcome, 'imported');
        });
      }

      it('nothing, but that the view says otherwise', async () => {
        const other: Database = {
          ...boundTo(target),
          query: async <Row>(sql: string, ...values: SqlValue[]): Promise<Row[]> => {
            const rows = await target.query<Row>(sql, ...values);
            return sql.includes('FROM reading') ? rows.map((row) => ({ ...row, sum: 1 })) : rows;
          },
        };
        const found = (await run(other)).series.filter(({ sum }) => sum > 0);
        assert.deepEqual([...new Set(found.flatMap(({ differing }) => differing))], ['sum']);
      });

      it('a row beside the series', async () => {
        const lose = (sql: string, lists: readonly SqlValue[][]): SqlValue[][] =>
          isOf(sql, 'published_cost') ? lists.slice(1) : [...lists];
        const { tables } = await run(new LossyDatabase(target, lose));
        assert.deepEqual(tables.filter(({ missing }) => missing > 0), [
          { name: 'published_cost', rows: 2, missing: 1 },
        ]); // prettier-ignore
        assert.ok((await run()).tables.every(({ missing }) => missing === 0));
      });
    });

    describe('of what is kept beside the series', () => {
      it('no budget grows, however often', async () => {
        const request = fc.record({
          budget: fc.constantFrom('a', 'b'),
          at: fc.integer({ min: 0, max: 3 }).map((i) => NOW + i),
          backfill: fc.boolean(),
        });
        const counts = async (database: Database): Promise<Map<string, number>> => {
          const rows = await database.query<{ name: string; n: number }>(
            "SELECT budget || ' ' || at || ' ' || backfill AS name, count(*) AS n FROM request GROUP BY budget, at, backfill",
          );
          return new Map(rows.map(({ name, n }) => [name, n]));
        };
        await fc.assert(
          fc.asyncProperty(fc.array(request), fc.array(request), async (sent, sentThere) => {
            for (const [database, requests] of [
              [source, sent],
              [target, sentThere],
            ] as const) {
              await database.query('DELETE FROM request');
              await database.insert('INSERT INTO request (budget, at, backfill) VALUES (?, ?, ?)', requests.map(({ budget, at, backfill }) => [budget, at, Number(backfill)])); // prettier-ignore
            }
            const [ours, theirs] = [await counts(source), await counts(target)];
            for (let times = 0; times < 2; times++) {
              await run();
              const after = await counts(target);
              const names = new Set([...ours.keys(), ...theirs.keys()]);
              assert.deepEqual(new Set(after.keys()), names);
              for (const name of names) {
                assert.equal(after.get(name), Math.max(ours.get(name) ?? 0, theirs.get(name) ?? 0));
              }
            }
          }),
          { numRuns: 20 },
        );
      });

      it('the longer suspension holds', async () => {
        const suspension = { key: 'too-many-calls', code: '429' } as const;
        for (const [there, expected] of [
          [NOW + 1000, NOW + 60_000],
          [NOW + 90_000, NOW + 90_000],
        ] as const) {
          await targetStore.requests.suspend('conso', { ...suspension, until: there });
          await run();
          const found = await targetStore.requests.turn(
            'conso',
            async (turn) => (await turn.look(0, 0)).suspension,
          );
          assert.equal(found?.until, expected);
        }
      });

      it('what the target knows already stays', async () => {
        const colours = new Map<Day, { colour: string; confirmedAt: number }>([
          ['2026-11-22', { colour: 'red', confirmedAt: NOW + 1 }],
        ]);
        await targetStore.tariffs.keepColours('rte', colours);
        await keepCosts(target, { '2026-11-22': 'c' });
        await run();
        const known = await targetStore.tariffs.colours('rte');
        assert.deepEqual([...known].map(([day, { colour }]) => `${day} ${colour}`), ['2026-11-22 red', '2026-11-23 undefined']); // prettier-ignore
        const costs = await target.query<{ day: Day; digest: string }>('SELECT * FROM published_cost');
        assert.deepEqual(costs.map(({ day, digest }) => `${day} ${digest}`).sort(), [
          '2026-11-21 a',
          '2026-11-22 c',
        ]);
      });
    });
  });
}

describe('importing a store that others use', () => {
  it('tells them that its series have news', async () => {
    const there = await postgresDatabase();
    const [listening, target] = [new PostgresDatabase(there.url), new PostgresDatabase(there.url)];
    const source = new SqliteDatabase(':memory:');
    const store = new Store(source);
    const name: ReadingSeries = 'consumption-daily';
    await record(store, DAILY, '2026-11-22', [wholeDay('2026-11-22', 1)]);
    const heard: object[] = [];
    const comes = new EventEmitter();
    listening.hear((notice) => {
      if (notice) heard.push(notice);
      comes.emit(notice ? 'notice' : 'listens');
    });
    await once(comes, 'listens');
    const notice = once(comes, 'notice');
    await importStore(source, target, ignore);
    await notice;
    assert.deepEqual(heard, [{ kind: 'news', usagePoint: PDL, series: name, revision: 1, isImported: true }]);
    store.close();
    listening.close();
    target.close();
    await there.remove();
  });
});

/** A database's functions, to be spread. */
const boundTo = (database: Database): Database => ({
  query: (sql, ...values) => database.query(sql, ...values),
  run: (sql, ...values) => database.run(sql, ...values),
  insert: (sql, lists) => database.insert(sql, lists),
  transaction: (subject, work) => database.transaction(subject, work),
  tryLock: (name) => database.tryLock(name),
  limiter: (interval) => database.limiter(interval),
  tell: (notice) => database.tell(notice),
  hear: (listener) => database.hear(listener),
  watch: () => ignore,
  close: () => {
    database.close();
  },
});
