import assert from 'node:assert/strict';
import fc from 'fast-check';
import sinon from 'sinon';
import { clock } from '../../../src/calendar/clock';
import { addDays, daysIn, instantAt, startOfDay, type Day } from '../../../src/calendar/paris';
import type { DayRange } from '../../../src/calendar/ranges';
import type { Metric, ReadingSeries, Series } from '../../../src/metering/metrics';
import type { DayState, Reading } from '../../../src/metering/readings';
import type { RegisterDay } from '../../../src/metering/registers';
import type { Database } from '../../../src/store/database';
import { meterFirstDay, type Floor, type SeriesKey } from '../../../src/store/reader';
import { Store, type Recorded } from '../../../src/store/store';
import { describeOnBoth } from '../../support/engines';
import { cursorOf, publishMetric } from '../../support/publishing';
import { curve, halfHours, rangeOf, wholeDay } from '../../support/readings';

const PDL = '12345678901234';
const NOW = instantAt('2026-11-23', 8 * 60 + 37);
const keyOf = (name: Series, usagePoint = PDL): SeriesKey => ({ usagePoint, name });
const DAILY = keyOf('consumption-daily');
const CURVE = keyOf('consumption-load-curve');
const REGISTERS = keyOf('consumption-registers');
const ALWAYS = rangeOf('2000-01-01 2100-01-01');
/** 8:37 on a day. */
const on = (day: Day): number => instantAt(day, 8 * 60 + 37);
/** The daily values of a range. */
const daily = (range: string, value: number): Reading[] => {
  const { start, end } = rangeOf(range);
  return daysIn(start, end).map((day) => wholeDay(day, value));
};

/** Calls back when a transaction is done. */
function watched(database: Database, onCommit: () => void): Database {
  const transaction = database.transaction.bind(database);
  database.transaction = async (subject, work) => {
    const result = await transaction(subject, work);
    onCommit();
    return result;
  };
  return database;
}

describeOnBoth('the store', (engine) => {
  let store: Store;
  beforeEach(async () => {
    store = await engine.store();
  });
  afterEach(() => {
    store.close();
  });

  /** @returns whether something changed */
  const record = async (
    key: SeriesKey,
    range: string,
    readings: Reading[],
    requestedAt = NOW,
  ): Promise<boolean> =>
    (await store.record(key, { range: rangeOf(range), requestedAt, isPlanned: true }, readings)).hasChanged;
  /** @returns whether something changed */
  const registers = async (range: string, days: RegisterDay[], requestedAt = NOW): Promise<boolean> =>
    (await store.recordRegisters(REGISTERS, { range: rangeOf(range), requestedAt, isPlanned: true }, days))
      .hasChanged;
  /** `2026-11-20 complete 1`: the day, its state and its revision. */
  const states = async (key: SeriesKey, range = ALWAYS): Promise<string[]> =>
    (await store.records(key, range)).map(({ day, state, revision }) => `${day} ${state} ${revision}`);
  const readings = async (key: SeriesKey, range = ALWAYS): Promise<Reading[]> =>
    (await store.days(key, range)).flatMap((day) => day.readings);
  const valuesOf = async (key: SeriesKey): Promise<number[]> =>
    (await readings(key)).map(({ value }) => value);
  const changed = async (key: SeriesKey, revision: number, most = 365): Promise<string[]> =>
    (await store.changedAfter(key, revision, most)).map((day) => `${day.day} ${day.revision}`);

  /** A consumer publishes up to a revision. @returns whether more is left */
  const publish = (consumer: string, metric: Metric, key: SeriesKey, revision: number): Promise<boolean> =>
    publishMetric(store, consumer, metric, key, () => Promise.resolve(revision));

  describe('gives back what it was given:', () => {
    const half = halfHours('2026-11-22', (i) => 100 + i);
    const ten = curve('2026-11-22', 10, (i) => 500 + i);
    const peak = instantAt('2026-11-22', 19 * 60 + 4) + 31_000;
    const table: [name: string, ReadingSeries, range: string, Reading[], states: DayState[]][] = [
      [
        'daily values with a gap',
        'consumption-daily',
        '2026-11-20 2026-11-23',
        [wholeDay('2026-11-20', 1), wholeDay('2026-11-22', 0)],
        ['complete', 'missing', 'complete'],
      ],
      ['nothing', 'production-daily', '2026-11-20 2026-11-22', [], ['missing', 'missing']],
      ['a load curve', 'consumption-load-curve', '2026-11-22', half, ['complete']],
      [
        'a load curve with a gap in the night',
        'consumption-load-curve',
        '2026-11-22',
        half.filter((_, i) => i < 4 || i > 9),
        ['partial'],
      ],
      ['a morning', 'production-load-curve', '2026-11-22', half.slice(0, 20), ['partial']],
      [
        'half hours, and from noon on ten minutes',
        'consumption-load-curve',
        '2026-11-22',
        [...half.slice(0, 24), ...ten.slice(72)],
        ['complete'],
      ],
      [
        'ten minutes within half hours, with a gap between them',
        'consumption-load-curve',
        '2026-11-22',
        [...half.slice(0, 10), ...ten.slice(33, 36), ...half.slice(12)],
        ['partial'],
      ],
      [
        'a day of 23 hours between two others',
        'consumption-load-curve',
        '2026-03-28 2026-03-31',
        ['2026-03-28', '2026-03-29', '2026-03-30'].flatMap((day) => halfHours(day, (i) => i)),
        ['complete', 'complete', 'complete'],
      ],
      [
        'a day of 25 hours between two others',
        'production-load-curve',
        '2026-10-24 2026-10-27',
        ['2026-10-24', '2026-10-25', '2026-10-26'].flatMap((day) => halfHours(day, (i) => i)),
        ['complete', 'complete', 'complete'],
      ],
      [
        'daily values of 23 and 25 hours',
        'consumption-daily',
        '2026-10-24 2026-10-27',
        daily('2026-10-24 2026-10-27', 7),
        ['complete', 'complete', 'complete'],
      ],
      [
        'max power with and without the instant',
        'consumption-max-power',
        '2026-11-21 2026-11-23',
        [wholeDay('2026-11-21', 3000), wholeDay('2026-11-22', 6190, peak)],
        ['complete', 'complete'],
      ],
    ];
    for (const [name, series, range, came, expected] of table) {
      it(name, async () => {
        const key = keyOf(series);
        assert.equal(await record(key, range, came), came.length > 0);
        const days = await store.records(key, ALWAYS);
        const { start, end } = rangeOf(range);
        assert.deepEqual(
          days.map(({ day }) => day),
          daysIn(start, end),
        );
        assert.deepEqual(
          days.flatMap((day) => day.readings),
          came,
        );
        for (const [i, day] of days.entries()) {
          assert.equal(day.state, expected[i], day.day);
          assert.deepEqual([day.requestedAt, day.attempts], [NOW, 0]);
          assert.equal(day.revision, day.readings.length > 0 ? 1 : 0, day.day);
          // A reading belongs to the day in which it starts.
          const [first, last] = [startOfDay(day.day), startOfDay(addDays(day.day, 1))];
          for (const reading of day.readings) assert.ok(reading.start >= first && reading.start < last);
        }
        const statuses = days.map(({ day, state, requestedAt, attempts }) => ({ day, state, requestedAt, attempts })); // prettier-ignore
        assert.deepEqual(await store.statuses(key, ALWAYS), statuses);
      });
    }

    it('a part of it, where only some days are wanted', async () => {
      await record(DAILY, '2026-11-01 2026-11-23', daily('2026-11-01 2026-11-23', 1));
      assert.deepEqual(
        (await states(DAILY, rangeOf('2026-11-10 2026-11-12'))).map((text) => text.slice(0, 10)),
        ['2026-11-10', '2026-11-11'],
      );
      assert.deepEqual(
        (await store.statuses(DAILY, rangeOf('2026-11-22 2026-12-01'))).map(({ day }) => day),
        ['2026-11-22'],
      );
      assert.deepEqual(await states(DAILY, rangeOf('2025-11-01 2025-12-01')), []);
    });
  });

  it('keeps series and usage points apart', async () => {
    const keys = [DAILY, keyOf('production-daily'), keyOf('consumption-daily', '98765432109876')];
    for (const [i, key] of keys.entries()) await record(key, '2026-11-22', [wholeDay('2026-11-22', i + 1)]);
    for (const [i, key] of keys.entries()) {
      assert.deepEqual(await valuesOf(key), [i + 1]);
      assert.deepEqual(await states(key), ['2026-11-22 complete 1']);
    }
  });

  describe('takes an answer as', () => {
    it('no change when it is the same again, but as requested again', async () => {
      const curves = [...halfHours('2026-11-20'), ...halfHours('2026-11-21').slice(0, 30)];
      assert.equal(await record(CURVE, '2026-11-20 2026-11-23', curves, on('2026-11-23')), true);
      const before = await states(CURVE);
      assert.equal(await record(CURVE, '2026-11-20 2026-11-23', curves, on('2026-11-24')), false);
      assert.deepEqual(await states(CURVE), before);
      assert.deepEqual(before, ['2026-11-20 complete 1', '2026-11-21 partial 1', '2026-11-22 missing 0']);
      assert.deepEqual(
        (await store.statuses(CURVE, ALWAYS)).map(({ requestedAt }) => requestedAt),
        [on('2026-11-24'), on('2026-11-24'), on('2026-11-24')],
      );
    });

    it('a change of the days that it corrects, and of no others', async () => {
      await record(DAILY, '2026-11-20 2026-11-23', daily('2026-11-20 2026-11-23', 5));
      const corrected = [wholeDay('2026-11-20', 5), wholeDay('2026-11-21', 6), wholeDay('2026-11-22', 5)];
      assert.equal(await record(DAILY, '2026-11-20 2026-11-23', corrected), true);
      assert.deepEqual(await states(DAILY), [
        '2026-11-20 complete 1',
        '2026-11-21 complete 2',
        '2026-11-22 complete 1',
      ]);
      assert.deepEqual(await changed(DAILY, 1), ['2026-11-21 2']);
      assert.deepEqual(await valuesOf(DAILY), [5, 6, 5]);
      assert.equal(await record(DAILY, '2026-11-21', [wholeDay('2026-11-21', 5)]), true);
      assert.deepEqual(await changed(DAILY, 2), ['2026-11-21 3']);
    });

    it('a change when only the instant of a peak is another', async () => {
      const key = keyOf('consumption-max-power');
      await record(key, '2026-11-22', [wholeDay('2026-11-22', 6190)]);
      const peak = wholeDay('2026-11-22', 6190, on('2026-11-22'));
      assert.equal(await record(key, '2026-11-22', [peak]), true);
      assert.deepEqual(await readings(key), [peak]);
    });

    it('a part, and keeps what it does not cover', async () => {
      const before = halfHours('2026-11-22', (i) => i);
      await record(CURVE, '2026-11-22', before);
      const part = halfHours('2026-11-22', (i) => 1000 + i).slice(10, 12);
      assert.equal(await record(CURVE, '2026-11-22', part), true);
      assert.deepEqual(await readings(CURVE), [...before.slice(0, 10), ...part, ...before.slice(12)]);
      assert.deepEqual(await states(CURVE), ['2026-11-22 complete 2']);
    });

    it('no loss when it comes without a value that is kept', async () => {
      await record(DAILY, '2026-11-20 2026-11-22', daily('2026-11-20 2026-11-22', 1));
      assert.equal(await record(DAILY, '2026-11-20 2026-11-22', []), false);
      assert.deepEqual(await states(DAILY), ['2026-11-20 complete 1', '2026-11-21 complete 1']);
      await record(CURVE, '2026-11-22', halfHours('2026-11-22'));
      assert.equal(await record(CURVE, '2026-11-22', halfHours('2026-11-22').slice(0, 20)), false);
      assert.deepEqual(await states(CURVE), ['2026-11-22 complete 1']);
    });

    it('the rest of a partial day', async () => {
      const whole = halfHours('2026-11-22', (i) => i);
      await record(CURVE, '2026-11-22', whole.slice(0, 20));
      assert.deepEqual(await states(CURVE), ['2026-11-22 partial 1']);
      await record(CURVE, '2026-11-22', whole.slice(30));
      assert.deepEqual(await states(CURVE), ['2026-11-22 partial 2']);
      await record(CURVE, '2026-11-22', whole.slice(15, 35));
      assert.deepEqual(await states(CURVE), ['2026-11-22 complete 3']);
      assert.deepEqual(await readings(CURVE), whole);
    });

    it('shorter intervals instead of the hours that it kept', async () => {
      const hours = curve('2026-11-22', 60, (i) => i);
      const half = halfHours('2026-11-22', (i) => i);
      await record(CURVE, '2026-11-22', hours);
      await record(CURVE, '2026-11-22', half.slice(4, 6));
      assert.deepEqual(await readings(CURVE), [...hours.slice(0, 2), ...half.slice(4, 6), ...hours.slice(3)]);
      assert.deepEqual(await states(CURVE), ['2026-11-22 complete 2']);
    });

    it('one about no days: nothing happens', async () => {
      assert.equal(await record(DAILY, '2026-11-22 2026-11-22', []), false);
      assert.deepEqual(await states(DAILY), []);
    });
  });

  it('knows what of a day came with its last change', async () => {
    const whole = halfHours('2026-11-22', (i) => i);
    const corrected: Reading = { ...(whole[7] as Reading), value: 999 };
    const steps: [
      name: string,
      came: Reading[],
      revision: number,
      changed?: { after: number; readings: Reading[] },
    ][] = [
      ['nothing', [], 0],
      ['the first readings: all of them', whole.slice(0, 20), 1],
      ['those again', whole.slice(0, 20), 1],
      ['the rest', whole, 2, { after: 1, readings: whole.slice(20) }],
      ['nothing', [], 2, { after: 1, readings: whole.slice(20) }],
      ['a correction', [corrected], 3, { after: 2, readings: [corrected] }],
      ['the value before it', whole.slice(6, 9), 4, { after: 3, readings: whole.slice(7, 8) }],
    ];
    for (const [name, came, revision, expected] of steps) {
      await record(CURVE, '2026-11-22', came);
      const [day] = await store.records(CURVE, ALWAYS);
      assert.deepEqual([day?.revision, day?.changed], [revision, expected], name);
      if (revision > 0) assert.deepEqual(await store.changedAfter(CURVE, revision - 1, 7), [day], name);
    }
    // It has no totals that would be whole now.
    await store.setFloor(CURVE, { day: '2026-11-21', reason: 'no-meter', probedAt: NOW, provider: 'conso' });
    const [day] = await store.records(CURVE, ALWAYS);
    assert.equal(day?.revision, 4);
  });

  describe('counts the attempts at a day', () => {
    type Step = [requestedAt: number, came: Reading[], attempts: number];
    const day = '2026-11-01';
    const half = halfHours(day);
    const table: [name: string, SeriesKey, Step[]][] = [
      [
        'from its 14th day on',
        DAILY,
        [
          [on('2026-11-02'), [], 0],
          [on('2026-11-14'), [], 0],
          [instantAt('2026-11-14', 23 * 60 + 59), [], 0],
          [instantAt('2026-11-15', 0), [], 1],
          [on('2026-11-22'), [], 2],
          [on('2026-12-22'), [], 3],
        ],
      ],
      ['first requested when it is old', DAILY, [[on('2027-11-01'), [], 1]]],
      [
        'until it is complete',
        DAILY,
        [
          [on('2026-11-20'), [], 1],
          [on('2026-11-27'), [wholeDay(day, 1)], 0],
          [on('2026-12-27'), [], 0],
        ],
      ],
      ['that came late but whole', DAILY, [[on('2027-11-01'), [wholeDay(day, 1)], 0]]],
      [
        'that is partial, too',
        CURVE,
        [
          [on('2026-11-10'), half.slice(0, 10), 0],
          [on('2026-11-15'), half.slice(0, 20), 1],
          [on('2026-11-22'), half.slice(0, 20), 2],
          [on('2026-12-22'), half.slice(20), 0],
        ],
      ],
    ];
    for (const [name, key, steps] of table) {
      it(name, async () => {
        for (const [requestedAt, came, attempts] of steps) {
          await record(key, day, came, requestedAt);
          const [status] = await store.statuses(key, rangeOf(day));
          assert.deepEqual([status?.requestedAt, status?.attempts], [requestedAt, attempts]);
        }
      });
    }

    it('each by its own age', async () => {
      await record(DAILY, '2026-11-08 2026-11-11', [], on('2026-11-23'));
      assert.deepEqual(
        (await store.statuses(DAILY, ALWAYS)).map(({ day: each, attempts }) => [each, attempts]),
        [
          ['2026-11-08', 1],
          ['2026-11-09', 1],
          ['2026-11-10', 0],
        ],
      );
    });
  });

  describe('tells what changed', () => {
    const answers = async (...ranges: string[]): Promise<void> => {
      for (const range of ranges) await record(DAILY, range, daily(range, 1));
    };

    it('in the order of the answers, each by day', async () => {
      await answers('2026-11-20 2026-11-22', '2026-11-10 2026-11-12');
      assert.deepEqual(await changed(DAILY, 0), [
        '2026-11-20 1',
        '2026-11-21 1',
        '2026-11-10 2',
        '2026-11-11 2',
      ]);
      assert.deepEqual(await changed(DAILY, 1), ['2026-11-10 2', '2026-11-11 2']);
      assert.deepEqual(await changed(DAILY, 2), []);
    });

    it('once for a day that changed twice', async () => {
      await answers('2026-11-20 2026-11-22');
      await record(DAILY, '2026-11-20', [wholeDay('2026-11-20', 7)]);
      assert.deepEqual(await changed(DAILY, 0), ['2026-11-21 1', '2026-11-20 2']);
    });

    it('without days that are missing', async () => {
      await record(DAILY, '2026-11-20 2026-11-23', [wholeDay('2026-11-21', 1)]);
      assert.deepEqual(await changed(DAILY, 0), ['2026-11-21 1']);
    });

    const table: [name: string, ranges: string[], most: number, batches: number[]][] = [
      ['whole answers, as many as are few enough', ['11-01 11-04', '11-04 11-07', '11-07 11-10'], 7, [6, 3]],
      ['exactly as many as may be', ['11-01 11-04', '11-04 11-08', '11-08 11-09'], 7, [7, 1]],
      ['one answer that has too many, whole', ['01-01 11-01', '11-01 11-02'], 7, [304, 1]],
      ['a small one before one that has too many', ['11-01 11-02', '01-01 11-01'], 7, [1, 304]],
      ['days one by one, a week at a time', daysIn('2026-11-01', '2026-11-11').map((day) => day.slice(5)), 7, [7, 3]], // prettier-ignore
    ];
    for (const [name, ranges, most, expected] of table) {
      it(name, async () => {
        await answers(...ranges.map((range) => range.replace(/\b(?=\d\d-)/g, '2026-')));
        const batches: number[] = [];
        for (let revision = 0; ;) {
          const batch = await store.changedAfter(DAILY, revision, most);
          if (batch.length === 0) break;
          batches.push(batch.length);
          revision = batch.at(-1)?.revision ?? Infinity;
        }
        assert.deepEqual(batches, expected);
      });
    }
  });

  it('loses nothing for a consumer that follows its changes', async () => {
    const days = daysIn('2026-11-01', '2026-11-06');
    const SIX_HOURS = 6 * 3_600_000;
    const first = startOfDay('2026-11-01');
    const count = days.length * 4;
    const answer = fc.record({
      kind: fc.constant('answer' as const),
      from: fc.nat(days.length - 1),
      length: fc.integer({ min: 1, max: days.length }),
      /** What comes of each quarter of a day: nothing for 3. */
      values: fc.array(fc.nat(3), { minLength: count, maxLength: count }),
    });
    const read = fc.record({ kind: fc.constant('read' as const), most: fc.integer({ min: 1, max: 7 }) });
    const steps = fc.array(fc.oneof(answer, read), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const own = await engine.store();
        const kept = new Map<number, number>();
        const seen = new Map<number, number>();
        let cursor = 0;
        const follow = async (most: number): Promise<boolean> => {
          const batch = await own.changedAfter(CURVE, cursor, most);
          for (const { revision, readings: came } of batch) {
            assert.ok(revision > cursor);
            for (const { start, value } of came) seen.set(start, value);
          }
          cursor = batch.at(-1)?.revision ?? cursor;
          const answered = batch.filter(({ revision }) => revision <= cursor);
          const revisions = new Set(answered.map(({ revision }) => revision));
          assert.ok(answered.length <= most || revisions.size === 1);
          return batch.length > 0;
        };
        for (const step of all) {
          if (step.kind === 'read') {
            await follow(step.most);
            continue;
          }
          const start = days[step.from] ?? '';
          const range = { start, end: addDays(start, step.length) };
          const came = step.values.flatMap((value, i): Reading[] => {
            const at = first + i * SIX_HOURS;
            const isWithin = at >= startOfDay(range.start) && at < startOfDay(range.end);
            return value < 3 && isWithin ? [{ start: at, end: at + SIX_HOURS, value }] : [];
          });
          const isNews = came.some(({ start: at, value }) => kept.get(at) !== value);
          for (const { start: at, value } of came) kept.set(at, value);
          const { hasChanged } = await own.record(CURVE, { range, requestedAt: NOW, isPlanned: true }, came);
          assert.equal(hasChanged, isNews);
        }
        while (await follow(2));
        const there = (await own.days(CURVE, ALWAYS)).flatMap((day) => day.readings);
        const expected = [...kept].sort(([a], [b]) => a - b);
        assert.deepEqual(there.map(({ start, value }) => [start, value]), expected); // prettier-ignore
        assert.deepEqual([...seen].sort(([a], [b]) => a - b), expected); // prettier-ignore
        own.close();
      }),
      { numRuns: engine.name === 'SQLite' ? 100 : 20 },
    );
  });

  it('keeps a cursor for each output of each node and each series', async () => {
    const other = keyOf('consumption-daily', '98765432109876');
    const all: [string, Metric, SeriesKey][] = [
      ['a', 'daily', DAILY],
      ['a', 'monthly', DAILY],
      ['b', 'daily', DAILY],
      ['a', 'daily', other],
    ];
    const cursors = (): Promise<number[]> => Promise.all(all.map((each) => cursorOf(store, ...each)));
    assert.deepEqual(await cursors(), [0, 0, 0, 0]);
    for (const key of [DAILY, other]) await record(key, '2026-11-22', [wholeDay('2026-11-22', 1)]);
    await publish('a', 'daily', DAILY, 1);
    assert.deepEqual(await cursors(), [1, 0, 0, 0]);
    await record(DAILY, '2026-11-22', [wholeDay('2026-11-22', 2)]);
    for (const [i, each] of all.entries()) await publish(...each, 10 + i);
    assert.deepEqual(await cursors(), [10, 11, 12, 13]);
  });

  describe('lets a consumer publish', () => {
    const cursor = (): Promise<number> => cursorOf(store, 'a', 'daily', DAILY);
    const come = (value: number): Promise<boolean> =>
      record(DAILY, '2026-11-22', [wholeDay('2026-11-22', value)]);
    /** All that is new. @returns the revision up to which it was published before, and the values */
    const publishAll = async (): Promise<[published: number, ...values: number[]] | undefined> => {
      let seen: [number, ...number[]] | undefined;
      const isMoreLeft = await publishMetric(store, 'a', 'daily', DAILY, async (published, reader) => {
        const days = await reader.changedAfter(DAILY, published, 7);
        seen = [published, ...days.flatMap((day) => day.readings.map(({ value }) => value))];
        return days.at(-1)?.revision;
      });
      assert.equal(isMoreLeft, false);
      return seen;
    };

    it('what is new, and moves its cursor', async () => {
      await come(1);
      assert.deepEqual(await publishAll(), [0, 1]);
      assert.equal(await cursor(), 1);
      await come(2);
      await come(3);
      assert.deepEqual(await publishAll(), [1, 3]);
      assert.equal(await cursor(), 3);
    });

    it('a part of it: it is told that more is left', async () => {
      await come(1);
      await record(DAILY, '2026-11-21', [wholeDay('2026-11-21', 2)]);
      const publishTo = (revision: number): Promise<boolean> =>
        publishMetric(store, 'a', 'daily', DAILY, () => Promise.resolve(revision));
      assert.equal(await publishTo(1), true);
      assert.deepEqual(await publishAll(), [1, 2]);
      await come(3);
      assert.equal(await publishTo(3), false);
    });

    it('nothing where nothing is new: it is not even asked', async () => {
      assert.equal(await publishAll(), undefined);
      await come(1);
      await publishAll();
      assert.equal(await publishAll(), undefined);
      await come(1);
      assert.equal(await publishAll(), undefined);
      await record(CURVE, '2026-11-22', halfHours('2026-11-22'));
      assert.equal(await publishAll(), undefined);
    });

    it('nothing where it does not want to: its cursor stays', async () => {
      await come(1);
      assert.equal(await publishMetric(store, 'a', 'daily', DAILY, () => Promise.resolve(undefined)), false);
      assert.equal(await cursor(), 0);
      assert.deepEqual(await publishAll(), [0, 1]);
    });

    it('the same again where it failed', async () => {
      await come(1);
      const failing = publishMetric(store, 'a', 'daily', DAILY, () => Promise.reject(new Error('no')));
      await assert.rejects(failing, /no/);
      assert.equal(await cursor(), 0);
      assert.deepEqual(await publishAll(), [0, 1]);
    });

    it('once, of two that publish for it at the same time', async () => {
      await come(1);
      const log: string[] = [];
      const both = ['one', 'other'].map((name) =>
        publishMetric(store, 'a', 'daily', DAILY, async (published, reader) => {
          const days = await reader.changedAfter(DAILY, published, 7);
          log.push(`${name} after ${published}: ${days.length}`);
          return days.at(-1)?.revision;
        }),
      );
      assert.deepEqual(await Promise.all(both), [false, false]);
      // The second may find without a transaction that nothing is left.
      const [first = '', ...rest] = log;
      assert.match(first, /after 0: 1$/);
      assert.ok(
        rest.every((each) => each.endsWith('after 1: 0')),
        log.join(),
      );
      assert.equal(await cursor(), 1);
    });

    it('without what comes meanwhile, which is new afterwards', async () => {
      await come(1);
      let later: Promise<boolean> | undefined;
      const isMoreLeft = await publishMetric(store, 'a', 'daily', DAILY, async (published, reader) => {
        later = come(2);
        await Promise.resolve();
        return (await reader.changedAfter(DAILY, published, 7)).at(-1)?.revision;
      });
      // Listeners are told of it.
      assert.equal(isMoreLeft, false);
      assert.equal(await later, true);
      assert.equal(await cursor(), 1);
      assert.deepEqual(await publishAll(), [1, 2]);
    });
  });

  it('knows the oldest and the newest day of which something came', async () => {
    assert.equal(await store.extent(DAILY), undefined);
    await record(DAILY, '2026-11-01 2026-11-23', []);
    assert.equal(await store.extent(DAILY), undefined);
    await record(DAILY, '2026-11-20', [wholeDay('2026-11-20', 0)]);
    assert.deepEqual(await store.extent(DAILY), { oldest: '2026-11-20', newest: '2026-11-20' });
    await record(DAILY, '2024-02-28 2024-03-02', [wholeDay('2024-02-29', 1)]);
    assert.deepEqual(await store.extent(DAILY), { oldest: '2024-02-29', newest: '2026-11-20' });
    assert.equal(await store.extent(CURVE), undefined);
  });

  it('names the days that changed after a revision', async () => {
    await record(DAILY, '2026-11-20 2026-11-23', daily('2026-11-20 2026-11-23', 5));
    await record(DAILY, '2026-11-18 2026-11-20', daily('2026-11-18 2026-11-20', 5));
    await record(DAILY, '2026-11-21', [wholeDay('2026-11-21', 6)]);
    const days = async (after: number): Promise<unknown> => await store.changedDays(DAILY, after);
    assert.deepEqual(await days(0), {
      days: ['2026-11-18', '2026-11-19', '2026-11-20', '2026-11-21', '2026-11-22'],
      revision: 3,
    });
    assert.deepEqual(await days(2), { days: ['2026-11-21'], revision: 3 });
    assert.deepEqual(await days(3), { days: [], revision: 3 });
  });

  it('knows since when a range is not complete', async () => {
    const range = rangeOf('2026-11-01 2026-11-06');
    const openSince = (): Promise<Day | undefined> => store.openSince(CURVE, range);
    assert.equal(await openSince(), '2026-11-01');
    const days = daysIn(range.start, range.end);
    await record(
      CURVE,
      '2026-11-02 2026-11-06',
      days.slice(1).flatMap((day) => halfHours(day)),
    );
    assert.equal(await openSince(), '2026-11-01', 'the first was never requested');
    await record(CURVE, '2026-11-01', halfHours('2026-11-01'));
    assert.equal(await openSince(), undefined);
    await record(CURVE, '2026-11-06', halfHours('2026-11-06').slice(1));
    assert.equal(await openSince(), undefined, 'it lies after the range');
    assert.equal(await store.openSince(CURVE, rangeOf('2026-11-03 2026-11-07')), '2026-11-06');
  });

  it('tells how the days of an answer stand', async () => {
    const told = async (key: SeriesKey, range: DayRange, keep: Promise<Recorded>): Promise<string[]> => {
      const statuses = (await keep).statuses.toSorted((one, other) => (one.day < other.day ? -1 : 1));
      assert.deepEqual(statuses, await store.statuses(key, range));
      return statuses.map(({ day, state }) => `${day} ${state}`);
    };
    const ask = (key: SeriesKey, days: string, readings: Reading[], requestedAt = NOW): Promise<string[]> => {
      const range = rangeOf(days);
      return told(key, range, store.record(key, { range, requestedAt, isPlanned: true }, readings));
    };
    const complete = ['2026-11-20 complete', '2026-11-21 complete'];
    assert.deepEqual(await ask(DAILY, '2026-11-20 2026-11-23', daily('2026-11-20 2026-11-22', 1)), [
      ...complete,
      '2026-11-22 missing',
    ]);
    // An answer that had to wait says nothing of days that were requested after it.
    const late = await ask(DAILY, '2026-11-19 2026-11-22', [], on('2026-11-22'));
    assert.deepEqual(late, ['2026-11-19 missing', ...complete]);
    const part = halfHours('2026-11-22').slice(0, 20);
    assert.deepEqual(await ask(CURVE, '2026-11-22', part), ['2026-11-22 partial']);
    const range = rangeOf('2026-11-21 2026-11-22');
    const answer = { range, requestedAt: NOW, isPlanned: true };
    assert.deepEqual(await told(REGISTERS, range, store.recordRegisters(REGISTERS, answer, [])), [
      '2026-11-21 missing',
    ]);
  });

  it('keeps what was requested later, though an earlier answer has to wait for the store', async () => {
    const database = await engine.database();
    const own = new Store(database);
    const keep = (value: number, requestedAt: number): Promise<Recorded> =>
      own.record(DAILY, { range: rangeOf('2026-11-20'), requestedAt, isPlanned: true }, daily('2026-11-20', value)); // prettier-ignore
    const now = sinon.stub(clock, 'now').returns(NOW);
    const transaction = database.transaction.bind(database);
    database.transaction = async (subject, work) => {
      database.transaction = transaction;
      now.returns(NOW + 2000);
      await keep(2, NOW + 1000);
      return database.transaction(subject, work);
    };
    await keep(1, NOW - 1000);
    const [day] = await own.days(DAILY, ALWAYS);
    assert.deepEqual([day?.requestedAt, day?.readings.map(({ value }) => value)], [NOW + 1000, [2]]);
    now.restore();
    own.close();
  });

  it('knows the oldest day that the collector requested by itself', async () => {
    const ask = (range: string, isPlanned: boolean): Promise<Recorded> =>
      store.record(DAILY, { range: rangeOf(range), requestedAt: NOW, isPlanned }, []);
    const collectedSince = async (): Promise<Day | undefined> => (await store.facts(DAILY)).collectedSince;
    assert.deepEqual(await store.facts(DAILY), {});
    await ask('2020-01-01', false);
    assert.equal(await collectedSince(), undefined);
    await ask('2026-11-20 2026-11-23', true);
    assert.equal(await collectedSince(), '2026-11-20');
    await ask('2026-11-23', true);
    await ask('2024-01-01', false);
    assert.equal(await collectedSince(), '2026-11-20');
    await ask('2025-11-20 2026-11-20', true);
    assert.deepEqual(await store.facts(DAILY), { collectedSince: '2025-11-20' });
    assert.deepEqual(await store.facts(CURVE), {});
  });

  describe('keeps a history floor', () => {
    const floor = (reason: Floor['reason'], day = '2024-06-09'): Floor => ({
      day,
      reason,
      probedAt: NOW,
      provider: 'conso',
    });

    it('with its reason, and when and by whom it was found', async () => {
      await store.setFloor(DAILY, floor('not-available'));
      assert.deepEqual(await store.facts(DAILY), { floor: floor('not-available') });
      const later = { ...floor('no-meter', '2024-07-31'), probedAt: NOW + 1, provider: 'other' };
      await store.setFloor(DAILY, later);
      assert.deepEqual(await store.facts(DAILY), { floor: later });
      assert.deepEqual(await store.facts(CURVE), {});
      await record(DAILY, '2024-08-01', []);
      await store.removeFloor(DAILY);
      assert.deepEqual(await store.facts(DAILY), { collectedSince: '2024-08-01' });
    });

    it('which is the end of the time without a meter, or not', () => {
      assert.equal(meterFirstDay({}), undefined);
      assert.equal(meterFirstDay({ floor: floor('no-meter') }), '2024-06-10');
      assert.equal(meterFirstDay({ floor: floor('not-available') }), undefined);
    });

    const table: [name: string, Floor, changed: string[]][] = [
      ['no-meter: the meter’s first day comes again', floor('no-meter'), ['2024-06-10 2']],
      ['not-available: nothing comes again', floor('not-available'), []],
      ['no-meter, but the first day is missing: nothing comes again', floor('no-meter', '2024-06-10'), []],
      ['no-meter, but the first day was never requested: nothing', floor('no-meter', '2024-05-31'), []],
    ];
    for (const [name, each, expected] of table) {
      it(name, async () => {
        await record(DAILY, '2024-06-10 2024-06-13', [wholeDay('2024-06-10', 1), wholeDay('2024-06-12', 3)]);
        const told: Series[] = [];
        store.listen(PDL, (series) => told.push(series));
        await store.setFloor(DAILY, each);
        assert.deepEqual(await changed(DAILY, 1), expected);
        assert.deepEqual(
          told,
          expected.map(() => 'consumption-daily'),
        );
        assert.deepEqual(await valuesOf(DAILY), [1, 3]);
      });
    }

    it('which is found again: that is no news', async () => {
      await record(DAILY, '2024-06-10 2024-06-12', daily('2024-06-10 2024-06-12', 1));
      await store.setFloor(DAILY, floor('no-meter'));
      const told: Series[] = [];
      store.listen(PDL, (series) => told.push(series));
      // It is probed every 30 days.
      await store.setFloor(DAILY, { ...floor('no-meter'), probedAt: NOW + 30 * 86_400_000 });
      assert.deepEqual(await changed(DAILY, 2), []);
      assert.deepEqual(told, []);
    });

    it('which turns out to be the time without a meter: the first day comes again', async () => {
      await record(DAILY, '2024-06-10 2024-06-12', daily('2024-06-10 2024-06-12', 1));
      await store.setFloor(DAILY, floor('not-available'));
      await store.setFloor(DAILY, floor('no-meter'));
      assert.deepEqual(await changed(DAILY, 1), ['2024-06-10 2']);
    });
  });

  describe('tells who listens', () => {
    it('that a series of that usage point has news, once for each answer', async () => {
      const told: string[] = [];
      const ends = ['a', 'b'].map((name) => store.listen(PDL, (series) => told.push(`${name} ${series}`)));
      store.listen('98765432109876', (series) => told.push(`other ${series}`));
      const both = (series: Series): string[] => [`a ${series}`, `b ${series}`];
      const steps: [() => Promise<unknown>, string[]][] = [
        [() => record(DAILY, '2026-11-20 2026-11-22', daily('2026-11-20 2026-11-22', 1)), both(DAILY.name)],
        [() => record(DAILY, '2026-11-20 2026-11-22', daily('2026-11-20 2026-11-22', 1)), []],
        [() => record(CURVE, '2026-11-20 2026-11-22', []), []],
        [() => registers('2026-11-20', [{ day: '2026-11-20', calendars: [] }]), both(REGISTERS.name)],
        [() => registers('2026-11-20', [{ day: '2026-11-20', calendars: [] }]), []],
        [() => record(keyOf('production-daily', '98765432109876'), '2026-11-20', daily('2026-11-20', 1)), ['other production-daily']], // prettier-ignore
        [() => publish('a', 'daily', DAILY, 1), []],
        [() => store.removeFloor(DAILY), []],
      ];
      for (const [step, expected] of steps) {
        told.length = 0;
        await step();
        assert.deepEqual(told, expected);
      }
      ends[0]?.();
      told.length = 0;
      await record(CURVE, '2026-11-20', halfHours('2026-11-20'));
      assert.deepEqual(told, ['b consumption-load-curve']);
      ends[1]?.();
      ends[1]?.();
      told.length = 0;
      await record(CURVE, '2026-11-21', halfHours('2026-11-21'));
      assert.deepEqual(told, []);
    });

    it('after the commit, when the news can be read', async () => {
      const log: string[] = [];
      const database = watched(await engine.database(), () => log.push('committed'));
      const store = new Store(database);
      let seen: Promise<Reading[]> | undefined;
      store.listen(PDL, () => {
        log.push('told');
        seen = store.days(DAILY, ALWAYS).then((days) => days.flatMap((day) => day.readings));
      });
      const came = daily('2026-11-20 2026-11-22', 1);
      const answer = { range: rangeOf('2026-11-20 2026-11-22'), requestedAt: NOW, isPlanned: true };
      await store.record(DAILY, answer, came);
      assert.deepEqual(log, ['committed', 'told']);
      assert.deepEqual(await seen, came);
      await store.setFloor(DAILY, { day: '2026-11-19', reason: 'no-meter', probedAt: NOW, provider: '' });
      assert.deepEqual(log, ['committed', 'told', 'committed', 'told']);
      store.close();
    });

    it('and nobody where an answer could not be kept', async () => {
      const told: Series[] = [];
      store.listen(PDL, (series) => told.push(series));
      await assert.rejects(record(DAILY, '2026-11-20', daily('2026-11-20', 1), NaN));
      assert.deepEqual(told, []);
    });
  });

  describe('keeps registers', () => {
    const shown = (day: Day, total: number): RegisterDay => ({
      day,
      total,
      calendars: [
        { id: 'FC022500', name: 'Heures Creuses/Pleines', registers: { HC: total / 2, HP: total / 2 } },
      ],
    });

    it('as they came, with the days that lack them', async () => {
      const days = [shown('2026-11-20', 1000), { day: '2026-11-22', calendars: [] }];
      assert.equal(await registers('2026-11-20 2026-11-23', days), true);
      assert.deepEqual(await store.registers(REGISTERS, ALWAYS), days);
      assert.deepEqual(await store.registers(REGISTERS, rangeOf('2026-11-20')), [days[0]]);
      assert.deepEqual(
        (await store.statuses(REGISTERS, ALWAYS)).map(({ day, state }) => `${day} ${state}`),
        ['2026-11-20 complete', '2026-11-21 missing', '2026-11-22 complete'],
      );
      assert.deepEqual(await store.extent(REGISTERS), { oldest: '2026-11-20', newest: '2026-11-22' });
    });

    it('again only where they are others', async () => {
      await registers('2026-11-20 2026-11-22', [shown('2026-11-20', 1000), shown('2026-11-21', 1010)]);
      assert.equal(await registers('2026-11-20 2026-11-22', [shown('2026-11-20', 1000)]), false);
      const corrected = [shown('2026-11-20', 1001), shown('2026-11-21', 1010)];
      assert.equal(await registers('2026-11-20 2026-11-22', corrected), true);
      assert.deepEqual(await store.registers(REGISTERS, ALWAYS), corrected);
      assert.equal(await registers('2026-11-20 2026-11-22', []), false);
      assert.deepEqual(await store.registers(REGISTERS, ALWAYS), corrected);
      assert.deepEqual(
        (await store.statuses(REGISTERS, ALWAYS)).map(({ state }) => state),
        ['complete', 'complete'],
      );
    });
  });

  describe('does one thing after the other:', () => {
    // PostgreSQL does what is about different series at the same time, and reads meanwhile.
    const inOrder = engine.name === 'SQLite' ? it : (): void => undefined;
    inOrder('all in the order it was asked', async () => {
      // The first one is about to be written when the second is read.
      const at = [on('2026-11-23'), on('2026-11-24')] as const;
      const all = await Promise.all([
        record(DAILY, '2026-11-20 2026-11-23', daily('2026-11-20 2026-11-23', 1), at[0]),
        record(DAILY, '2026-11-21 2026-11-24', daily('2026-11-21 2026-11-24', 2), at[1]),
        states(DAILY),
        record(DAILY, '2026-11-22', daily('2026-11-22', 2), at[1]),
        record(CURVE, '2026-11-22', halfHours('2026-11-22')),
        states(DAILY),
      ]);
      const after = [
        '2026-11-20 complete 1',
        '2026-11-21 complete 2',
        '2026-11-22 complete 2',
        '2026-11-23 complete 2',
      ];
      assert.deepEqual(all, [true, true, after, false, true, after]);
      assert.deepEqual(await valuesOf(DAILY), [1, 2, 2, 2]);
      assert.deepEqual(await states(CURVE), ['2026-11-22 complete 1']);
    });

    it('answers that come at once do not mix', async () => {
      const values = [1, 2, 3, 4, 5, 6];
      const range = '2026-11-18 2026-11-23';
      const came = values.map((value) => record(DAILY, range, daily(range, value)));
      assert.deepEqual(
        await Promise.all(came),
        values.map(() => true),
      );
      const last = (await valuesOf(DAILY))[0] ?? NaN;
      assert.deepEqual(await valuesOf(DAILY), [last, last, last, last, last]);
      assert.deepEqual(
        (await store.changedAfter(DAILY, 5, 365)).map(({ revision, changed: change }) => [
          revision,
          change?.after,
        ]),
        Array.from({ length: 5 }, () => [6, 5]),
      );
    });

    it('an answer that cannot be kept leaves nothing, and the next one is', async () => {
      await record(DAILY, '2026-11-20', daily('2026-11-20', 1));
      const [failed, next] = await Promise.allSettled([
        record(DAILY, '2026-11-20 2026-11-23', daily('2026-11-20 2026-11-23', 9), NaN),
        record(DAILY, '2026-11-22', daily('2026-11-22', 2)),
      ]);
      assert.deepEqual([failed.status, next.status], ['rejected', 'fulfilled']);
      assert.deepEqual(await states(DAILY), ['2026-11-20 complete 1', '2026-11-22 complete 2']);
      assert.deepEqual(await valuesOf(DAILY), [1, 2]);
    });
  });
});
