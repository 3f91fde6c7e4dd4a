import assert from 'node:assert/strict';
import fc from 'fast-check';
import { timeRangeOf } from '../../../src/calendar/instants';
import { addDays, daysIn, instantAt, isoParis, startOfDay, type Day } from '../../../src/calendar/paris';
import { METRICS, seriesOf, type Direction, type Metric, type Series } from '../../../src/metering/metrics';
import type { Reading } from '../../../src/metering/readings';
import {
  changesAfter,
  keptMessages,
  keyOf,
  lastMessage,
  messageOf,
  overviewOf,
  type Source,
  type SourceMessage,
} from '../../../src/publisher/message';
import { SqliteDatabase } from '../../../src/store/sqlite';
import type { FloorReason } from '../../../src/providers/errors';
import { Store, type Recorded } from '../../../src/store/store';
import { publishMetric } from '../../support/publishing';
import { halfHours, rangeOf, wholeDay } from '../../support/readings';

const PDL = '12345678901234';
const NOW = instantAt('2026-11-23', 9 * 60);
const SOURCE: Source = {
  consumer: 'node1',
  direction: 'consumption',
  usagePoint: PDL,
  storedAs: PDL,
  meter: 'House',
};

describe('messages', () => {
  let store: Store;
  beforeEach(() => {
    store = new Store(new SqliteDatabase(':memory:'));
  });
  afterEach(() => {
    store.close();
  });

  const record = (name: Series, range: string, readings: Reading[], requestedAt = NOW): Promise<Recorded> =>
    store.record(
      { usagePoint: PDL, name },
      { range: rangeOf(range), requestedAt, isPlanned: true },
      readings,
    );
  /** The days of a range come, with 1 kWh, 1 kW or 1 kVA each. */
  const come = (name: Series, range: string, wh = 1000): Promise<Recorded> => {
    const { start, end } = rangeOf(range);
    const days = daysIn(start, end).flatMap((day) =>
      name.endsWith('load-curve') ? halfHours(day, () => wh) : [wholeDay(day, wh)],
    );
    return record(name, range, days);
  };
  const setFloor = (name: Series, day: Day, reason: FloorReason): Promise<void> =>
    store.setFloor({ usagePoint: PDL, name }, { day, reason, probedAt: NOW, provider: 'conso' });
  /** Publishes the next message of a metric. @returns whether there was one */
  const publishNext = (
    from: Store,
    source: Source,
    metric: Metric,
    onMessage: (message: SourceMessage) => void,
  ): Promise<boolean> =>
    publishMetric(from, source.consumer, metric, keyOf(source, metric), async (published, reader) => {
      const changes = await changesAfter(reader, source, metric, published);
      const overview = await overviewOf(reader, keyOf(source, metric), NOW);
      const message = changes && overview && (await messageOf(reader, source, changes, overview));
      if (message) onMessage(message);
      return message && changes.revision;
    });
  /** All that a source node publishes of a metric now. */
  const publish = async (metric: Metric, source = SOURCE): Promise<SourceMessage[]> => {
    const messages: SourceMessage[] = [];
    while (await publishNext(store, source, metric, (message) => messages.push(message)));
    return messages;
  };
  const values = (readings: readonly { value: number }[] = []): number[] =>
    readings.map(({ value }) => value);

  it('say what the design promises', async () => {
    await record('consumption-daily', '2026-11-21 2026-11-23', [
      wholeDay('2026-11-21', 11_000),
      wholeDay('2026-11-22', 12_345),
    ]);
    const days = [
      { start: '2026-11-21T00:00:00.000+01:00', end: '2026-11-22T00:00:00.000+01:00', value: 11 },
      { start: '2026-11-22T00:00:00.000+01:00', end: '2026-11-23T00:00:00.000+01:00', value: 12.345 },
    ];
    assert.deepEqual(await publish('daily'), [
      {
        topic: 'consumption/daily',
        payload: 12.345,
        unit: 'kWh',
        direction: 'consumption',
        metric: 'daily',
        usagePoint: PDL,
        meter: 'House',
        start: '2026-11-22T00:00:00.000+01:00',
        end: '2026-11-23T00:00:00.000+01:00',
        upToDate: true,
        readings: days,
        series: days,
      },
    ]);
    assert.deepEqual(await publish('daily'), []);
  });

  it('are none while nothing came', async () => {
    await record('consumption-daily', '2026-11-21 2026-11-23', []);
    for (const metric of METRICS) {
      assert.deepEqual(await publish(metric), []);
      assert.equal(await lastMessage(store, SOURCE, metric, NOW), undefined);
    }
  });

  it('are those of each source node, of each direction, of each usage point', async () => {
    await come('consumption-daily', '2026-11-22');
    assert.equal((await publish('daily')).length, 1);
    assert.equal((await publish('daily', { ...SOURCE, consumer: 'node2' })).length, 1);
    assert.equal((await publish('daily', { ...SOURCE, direction: 'production' })).length, 0);
    assert.equal((await publish('daily', { ...SOURCE, storedAs: 'simulated-1' })).length, 0);
    assert.equal((await publish('daily')).length, 0);
  });

  it('total month and year, and publish only those that a new day touched', async () => {
    await come('consumption-daily', '2026-01-01 2026-11-22');
    assert.equal((await publish('monthly'))[0]?.readings.length, 11);
    assert.equal((await publish('yearly'))[0]?.payload, 325);
    await come('consumption-daily', '2026-11-22', 2000);
    const [month] = await publish('monthly');
    assert.deepEqual(month?.readings, [
      { start: '2026-11-01T00:00:00.000+01:00', end: '2026-11-23T00:00:00.000+01:00', value: 23 },
    ]);
    const [year] = await publish('yearly');
    assert.deepEqual([year?.payload, year?.readings.length], [327, 1]);
  });

  it('publish a corrected day again, and the totals it belongs to', async () => {
    await come('consumption-daily', '2026-09-01 2026-11-23');
    for (const metric of ['daily', 'monthly', 'yearly'] as const) await publish(metric);
    await come('consumption-daily', '2026-09-15', 4000);
    const shown = async (metric: Metric): Promise<[string, number][][]> =>
      (await publish(metric)).map(({ readings }) =>
        readings.map(({ start, value }) => [start.slice(0, 10), value]),
      );
    assert.deepEqual(await shown('daily'), [[['2026-09-15', 4]]]);
    assert.deepEqual(await shown('monthly'), [[['2026-09-01', 33]]]);
    assert.deepEqual(await shown('yearly'), [[['2026-01-01', 86]]]);
  });

  it('of the load curve are kW, of a week at most each', async () => {
    for (const day of daysIn('2026-11-09', '2026-11-23').reverse()) {
      await record('consumption-load-curve', day, halfHours(day, (i) => 100 + i)); // prettier-ignore
    }
    const messages = await publish('load-curve');
    assert.deepEqual(
      messages.map(({ readings }) => readings.length),
      [336, 336],
    );
    assert.deepEqual([messages[0]?.unit, messages[0]?.payload], ['kW', 0.147]);
    for (const { readings, series } of messages) {
      assert.equal(series.length, 336);
      const starts = readings.map(({ start }) => start);
      assert.deepEqual(starts, starts.toSorted());
    }
    assert.deepEqual(
      messages.map(({ readings }) => readings[0]?.start.slice(0, 10)),
      ['2026-11-16', '2026-11-09'],
    );
  });

  it('of a load curve that comes in parts bring each of them once', async () => {
    const whole = halfHours('2026-11-22', (i) => 1000 * i);
    const late = { ...SOURCE, consumer: 'node2' };
    const solar = { ...SOURCE, direction: 'production' } as const;
    const shown = async (metric: Metric, source = SOURCE): Promise<string[]> =>
      (await publish(metric, source)).map(({ readings, payload }) =>
        [readings.length, values(readings)[0], values(readings).at(-1), payload].join(' '),
      );
    const recordBoth = async (readings: Reading[]): Promise<void> => {
      for (const name of ['consumption-load-curve', 'production-load-curve'] as const)
        await record(name, '2026-11-22', readings);
    };
    await recordBoth(whole.slice(0, 20));
    assert.deepEqual(await shown('load-curve'), ['20 0 19 19']);
    assert.deepEqual(await shown('max-power', solar), ['1 19 19 19']);
    await recordBoth(whole);
    assert.deepEqual(await shown('load-curve'), ['28 20 47 47']);
    // The day's greatest mean is one value: it is published again.
    assert.deepEqual(await shown('max-power', solar), ['1 47 47 47']);
    await recordBoth([{ ...whole[5], value: 99_000 } as Reading]);
    assert.deepEqual(await shown('load-curve'), ['1 99 99 47']);
    await recordBoth(whole.slice(5, 6));
    await recordBoth(whole.slice(0, 1).map((reading) => ({ ...reading, value: 500 })));
    // It has missed one of two changes: then it gets the whole day.
    assert.deepEqual(await shown('load-curve'), ['48 0.5 47 47']);
    assert.deepEqual(await shown('load-curve', late), ['48 0.5 47 47']);
    assert.deepEqual(await shown('load-curve'), []);
  });

  it('bring a node that is added later all of a day that came in two parts', async () => {
    const whole = halfHours('2026-11-08');
    await record('consumption-load-curve', '2026-11-08', whole.slice(0, 20));
    for (const day of daysIn('2026-11-09', '2026-11-16')) await come('consumption-load-curve', day);
    await record('consumption-load-curve', '2026-11-08', whole);
    const messages = await publish('load-curve');
    const starts = messages.flatMap(({ readings }) => readings.map(({ start }) => start));
    assert.equal(new Set(starts).size, 8 * 48);
  });

  it('lose nothing whenever they are published, and bring nothing twice to who is up to date', async () => {
    const days = daysIn('2026-11-01', '2026-11-13');
    const SIX_HOURS = 6 * 3_600_000;
    const first = startOfDay('2026-11-01');
    const count = days.length * 4;
    const step = fc.record({
      from: fc.nat(days.length - 1),
      length: fc.integer({ min: 1, max: 7 }),
      /** What comes of each quarter of a day: nothing for 3. */
      values: fc.array(fc.nat(3), { minLength: count, maxLength: count }),
      /** How many messages the other node publishes after it. */
      published: fc.nat(2),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 10 }), async (steps) => {
        const own = new Store(new SqliteDatabase(':memory:'));
        const kept = new Map<string, number>();
        const follow = async (source: Source, most: number, seen: Map<string, number>): Promise<void> => {
          const onMessage = ({ readings }: SourceMessage): void => {
            for (const { start, value } of readings) {
              if (most === Infinity) assert.notEqual(seen.get(start), value, 'twice');
              seen.set(start, value);
            }
          };
          for (let i = 0; i < most; i++)
            if (!(await publishNext(own, source, 'load-curve', onMessage))) return;
        };
        const late = { ...SOURCE, consumer: 'late' };
        const [seen, seenLate] = [new Map<string, number>(), new Map<string, number>()];
        for (const { from, length, values: came, published } of steps) {
          const start = days[from] ?? '';
          const range = { start, end: addDays(start, length) };
          const readings = came.flatMap((value, i): Reading[] => {
            const at = first + i * SIX_HOURS;
            const isWithin = at >= startOfDay(range.start) && at < startOfDay(range.end);
            return value < 3 && isWithin ? [{ start: at, end: at + SIX_HOURS, value: 1000 * value }] : [];
          });
          for (const reading of readings) kept.set(isoParis(reading.start), reading.value / 1000);
          await own.record(
            keyOf(SOURCE, 'load-curve'),
            { range, requestedAt: NOW, isPlanned: true },
            readings,
          );
          await follow(SOURCE, Infinity, seen);
          assert.deepEqual(seen, kept);
          await follow(late, published, seenLate);
        }
        await follow(late, 100, seenLate);
        assert.deepEqual(seenLate, kept);
        own.close();
      }),
      { numRuns: 50 },
    );
  });

  it('of production’s max power come from the load curve, in kW', async () => {
    const curve = halfHours('2026-11-22', (i) => (i === 25 ? 1870 : i));
    await record('production-load-curve', '2026-11-22', curve);
    const [message] = await publish('max-power', { ...SOURCE, direction: 'production' });
    assert.deepEqual([message?.topic, message?.unit, message?.payload], ['production/max-power', 'kW', 1.87]);
    assert.equal(message?.readings[0]?.at, '2026-11-22T12:30:00.000+01:00');
  });

  it('of consumption’s max power carry the instant of the peak, in kVA', async () => {
    const peak = instantAt('2026-11-22', 19 * 60 + 4) + 31_000;
    await record('consumption-max-power', '2026-11-22', [wholeDay('2026-11-22', 6190, peak)]);
    const [message] = await publish('max-power');
    assert.deepEqual([message?.unit, message?.payload], ['kVA', 6.19]);
    assert.equal(message?.series[0]?.at, '2026-11-22T19:04:31.000+01:00');
  });

  describe('draw a window that ends with the newest day:', () => {
    const table: [Direction, Metric, count: number, first: string][] = [
      ['consumption', 'load-curve', 7 * 48, '2026-11-16T00:00'],
      ['consumption', 'daily', 31, '2026-10-23T00:00'],
      ['consumption', 'monthly', 24, '2024-12-01T00:00'],
      ['consumption', 'yearly', 5, '2022-01-01T00:00'],
      ['consumption', 'max-power', 31, '2026-10-23T00:00'],
      ['production', 'max-power', 31, '2026-10-23T00:00'],
    ];
    for (const [direction, metric, count, first] of table) {
      it(`${direction}’s ${metric} ${count} values`, async () => {
        const series = seriesOf(direction, metric);
        await come(series, series.endsWith('load-curve') ? '2026-10-01 2026-11-23' : '2022-01-01 2026-11-23');
        const last = await lastMessage(store, { ...SOURCE, direction }, metric, NOW);
        assert.equal(last?.series.length, count);
        assert.equal(last.series[0]?.start.slice(0, 16), first);
        assert.equal(last.series.at(-1)?.end, '2026-11-23T00:00:00.000+01:00');
        assert.equal(last.series.at(-1)?.value, last.payload);
      });
    }
  });

  describe('are backfill where the payload is that of the message before:', () => {
    /** For each message: the days, months or years it brings, and whether it is backfill. */
    const shown = async (metric: Metric, source = SOURCE): Promise<string[]> =>
      (await publish(metric, source)).map((message) => {
        const { readings, backfill } = message;
        assert.ok(backfill === true || !('backfill' in message));
        const [first, last] = [readings[0], readings.at(-1)].map((value) => value?.start.slice(0, 10) ?? '');
        return `${first} ${last}${backfill ? ' backfill' : ''}`;
      });

    it('the first deploy has one message without it on each output', async () => {
      // In the order in which a collector requests them.
      const ranges = ['2025-11-23 2026-11-23', '2024-11-23 2025-11-23', '2023-11-08 2024-11-23'];
      for (const range of ranges) {
        await come('consumption-daily', range);
        await come('consumption-max-power', range);
      }
      for (const range of ['2026-11-16 2026-11-23', '2026-11-09 2026-11-16', '2026-11-02 2026-11-09'])
        await come('consumption-load-curve', range);
      const expected: Record<Metric, string[]> = {
        daily: ['2025-11-23 2026-11-22', '2024-11-23 2025-11-22 backfill', '2023-11-08 2024-11-22 backfill'],
        // Three answers had come: no total is published twice with the same value.
        monthly: ['2023-11-01 2026-11-01'],
        yearly: ['2023-01-01 2026-01-01'],
        'max-power': [
          '2025-11-23 2026-11-22',
          '2024-11-23 2025-11-22 backfill',
          '2023-11-08 2024-11-22 backfill',
        ],
        'load-curve': [
          '2026-11-16 2026-11-22',
          '2026-11-09 2026-11-15 backfill',
          '2026-11-02 2026-11-08 backfill',
        ],
      };
      for (const metric of METRICS) assert.deepEqual(await shown(metric), expected[metric], metric);
    });

    it('so has that of a solar roof, whose max power comes from the load curve', async () => {
      for (const range of ['2026-11-16 2026-11-23', '2026-11-09 2026-11-16'])
        await come('production-load-curve', range);
      assert.deepEqual(await shown('max-power', { ...SOURCE, direction: 'production' }), [
        '2026-11-16 2026-11-22',
        '2026-11-09 2026-11-15 backfill',
      ]);
    });

    it('early hours of the newest day are, its last half hour is not', async () => {
      const day = halfHours('2026-11-22');
      await record('consumption-load-curve', '2026-11-22', day.slice(40, 47));
      await shown('load-curve');
      await record('consumption-load-curve', '2026-11-22', day.slice(0, 40));
      assert.deepEqual(await shown('load-curve'), ['2026-11-22 2026-11-22 backfill']);
      await record('consumption-load-curve', '2026-11-22', day.slice(47));
      assert.deepEqual(await shown('load-curve'), ['2026-11-22 2026-11-22']);
    });

    const cases: [name: string, range: string, Record<'daily' | 'monthly' | 'yearly', string>][] = [
      [
        'a new day',
        '2026-11-22',
        {
          daily: '2026-11-22 2026-11-22',
          monthly: '2026-11-01 2026-11-01',
          yearly: '2026-01-01 2026-01-01',
        },
      ],
      [
        'a correction of the newest day',
        '2026-11-21',
        {
          daily: '2026-11-21 2026-11-21',
          monthly: '2026-11-01 2026-11-01',
          yearly: '2026-01-01 2026-01-01',
        },
      ],
      [
        'a correction within the running month',
        '2026-11-03',
        {
          daily: '2026-11-03 2026-11-03 backfill',
          monthly: '2026-11-01 2026-11-01',
          yearly: '2026-01-01 2026-01-01',
        },
      ],
      [
        'a correction of an older month',
        '2026-08-15',
        {
          daily: '2026-08-15 2026-08-15 backfill',
          monthly: '2026-08-01 2026-08-01 backfill',
          yearly: '2026-01-01 2026-01-01',
        },
      ],
      [
        'a correction of an older year',
        '2025-12-31',
        {
          daily: '2025-12-31 2025-12-31 backfill',
          monthly: '2025-12-01 2025-12-01 backfill',
          yearly: '2025-01-01 2025-01-01 backfill',
        },
      ],
      [
        'days around the turn of a month, the newest among them',
        '2026-10-30 2026-11-23',
        {
          daily: '2026-10-30 2026-11-22',
          monthly: '2026-10-01 2026-11-01',
          yearly: '2026-01-01 2026-01-01',
        },
      ],
    ];
    for (const [name, range, expected] of cases) {
      it(name, async () => {
        await come('consumption-daily', '2025-01-01 2026-11-22');
        const metrics = ['daily', 'monthly', 'yearly'] as const;
        for (const metric of metrics) await publish(metric);
        const before = await Promise.all(metrics.map((metric) => lastMessage(store, SOURCE, metric, NOW)));
        await come('consumption-daily', range, 5000);
        for (const [i, metric] of metrics.entries()) {
          const [message, ...others] = await shown(metric);
          assert.deepEqual([message, others], [expected[metric], []], metric);
          const after = await lastMessage(store, SOURCE, metric, NOW);
          assert.equal(after?.payload === before[i]?.payload, expected[metric].endsWith('backfill'), metric);
        }
      });
    }

    it('a correction of an old load curve, and one of the newest', async () => {
      await come('consumption-load-curve', '2026-11-16 2026-11-23');
      await publish('load-curve');
      await come('consumption-load-curve', '2026-11-18', 7);
      assert.deepEqual(await shown('load-curve'), ['2026-11-18 2026-11-18 backfill']);
      await come('consumption-load-curve', '2026-11-22', 7);
      assert.deepEqual(await shown('load-curve'), ['2026-11-22 2026-11-22']);
    });
  });

  describe('have totals', () => {
    /** `2026-06-01 21` or `2026-06-01 21 incomplete`, of a meter whose values begin on 10 June 2026. */
    const totals = async (metric: Metric): Promise<string[]> =>
      ((await lastMessage(store, SOURCE, metric, NOW))?.series ?? []).map(({ start, value, incomplete }) =>
        [start.slice(0, 10), value, ...(incomplete ? ['incomplete'] : [])].join(' '),
      );
    const rest = ['2026-07-01 31', '2026-08-01 31', '2026-09-01 30', '2026-10-01 31', '2026-11-01 22'];
    beforeEach(() => come('consumption-daily', '2026-06-10 2026-11-23'));

    const table: [name: string, FloorReason | undefined, isWhole: boolean][] = [
      ['whole where the meter is no older', 'no-meter', true],
      ['incomplete where older days are not available', 'not-available', false],
      ['incomplete where nothing is known of older days', undefined, false],
    ];
    for (const [name, reason, isWhole] of table) {
      it(name, async () => {
        if (reason) await setFloor('consumption-daily', '2026-06-09', reason);
        const mark = isWhole ? '' : ' incomplete';
        assert.deepEqual(await totals('monthly'), [`2026-06-01 21${mark}`, ...rest]);
        assert.deepEqual(await totals('yearly'), [`2026-01-01 166${mark}`]);
      });
    }

    it('that are published again when they turn out to be whole', async () => {
      for (const metric of ['daily', 'monthly', 'yearly'] as const) await publish(metric);
      await setFloor('consumption-daily', '2026-06-09', 'not-available');
      assert.deepEqual(await publish('monthly'), []);
      await setFloor('consumption-daily', '2026-06-09', 'no-meter');
      const [month, ...months] = await publish('monthly');
      assert.deepEqual(month?.readings, [
        { start: '2026-06-01T00:00:00.000+02:00', end: '2026-07-01T00:00:00.000+02:00', value: 21 },
      ]);
      assert.deepEqual([month.backfill, months], [true, []]);
      const [year] = await publish('yearly');
      assert.deepEqual([year?.payload, year?.readings.length, year?.readings[0]?.incomplete], [166, 1, undefined]); // prettier-ignore
    });

    it('that are incomplete where a floor is gone, and where a gap touches them', async () => {
      await setFloor('consumption-daily', '2026-06-09', 'no-meter');
      await store.removeFloor({ usagePoint: PDL, name: 'consumption-daily' });
      assert.deepEqual((await totals('monthly'))[0], '2026-06-01 21 incomplete');
      await setFloor('consumption-daily', '2026-06-07', 'no-meter');
      await record('consumption-daily', '2026-06-08 2026-06-10', [wholeDay('2026-06-08', 1000)]);
      assert.deepEqual(await totals('monthly'), ['2026-06-01 22 incomplete', ...rest]);
      await come('consumption-daily', '2026-06-09');
      assert.deepEqual(await totals('monthly'), ['2026-06-01 23', ...rest]);
    });

    it('that do not lack days which are not due yet', async () => {
      await record('consumption-daily', '2026-11-23 2026-11-24', []);
      assert.deepEqual((await totals('monthly')).at(-1), '2026-11-01 22');
    });
  });

  describe('have beside a running total that of the same dates of the year before', () => {
    const table: [name: string, metric: 'monthly' | 'yearly', days: string[], expected: string | undefined][] = [
      ['a month', 'monthly', ['2025-01-01 2026-01-01', '2026-11-01 2026-11-23'], '2025-11-01 2025-11-23 22'],
      ['a year', 'yearly', ['2025-01-01 2026-01-01', '2026-01-01 2026-11-23'], '2025-01-01 2025-11-23 326'],
      ['a year up to 29 February', 'yearly', ['2023-01-01 2024-01-01', '2024-01-01 2024-03-01'], '2023-01-01 2023-03-01 59'],
      ['a gap in it', 'monthly', ['2025-11-01 2025-11-10', '2025-11-11 2026-01-01', '2026-11-01 2026-11-23'], '2025-11-01 2025-11-23 21 incomplete'],
      ['a gap after its dates', 'monthly', ['2025-11-01 2025-11-23', '2026-11-01 2026-11-23'], '2025-11-01 2025-11-23 22'],
      ['nothing a year before', 'monthly', ['2025-12-01 2026-11-23'], undefined],
      ['a month that is over', 'monthly', ['2025-01-01 2026-11-01'], undefined],
      ['a year that is over', 'yearly', ['2024-01-01 2026-01-01'], undefined],
    ]; // prettier-ignore
    for (const [name, metric, ranges, expected] of table) {
      it(`${name}: ${expected ?? 'none'}`, async () => {
        for (const range of ranges) await come('consumption-daily', range);
        const series = (await publish(metric)).at(-1)?.series ?? [];
        const shown = series.map(({ previous }) => {
          if (!previous) return undefined;
          const { start, end, value, incomplete } = previous;
          return [start.slice(0, 10), end.slice(0, 10), value, ...(incomplete ? ['incomplete'] : [])].join(
            ' ',
          );
        });
        assert.equal(shown.pop(), expected);
        assert.ok(shown.every((each) => each === undefined));
      });
    }
  });

  describe('say whether yesterday is there', () => {
    const half = halfHours('2026-11-22');
    const table: [name: string, Metric, Series, range: string, Reading[], upToDate: boolean][] = [
      ['it came', 'daily', 'consumption-daily', '2026-11-22', [wholeDay('2026-11-22', 1)], true],
      ['the month up to it', 'monthly', 'consumption-daily', '2026-11-22', [wholeDay('2026-11-22', 1)], true],
      ['only the day before came', 'daily', 'consumption-daily', '2026-11-21 2026-11-23', [wholeDay('2026-11-21', 1)], false], // prettier-ignore
      [
        'it was not requested',
        'yearly',
        'consumption-daily',
        '2026-11-21',
        [wholeDay('2026-11-21', 1)],
        false,
      ],
      ['its load curve is whole', 'load-curve', 'consumption-load-curve', '2026-11-22', half, true],
      ['its load curve has a gap', 'load-curve', 'consumption-load-curve', '2026-11-22', half.slice(0, 40), false], // prettier-ignore
    ];
    for (const [name, metric, series, range, readings, upToDate] of table) {
      it(`${metric}: ${name}`, async () => {
        await record(series, range, readings);
        const [message] = await publish(metric);
        assert.equal(message?.upToDate, upToDate);
      });
    }
  });

  it('are repeated after a start without readings', async () => {
    await record('consumption-daily', '2026-11-22', [wholeDay('2026-11-22', 5000)]);
    const last = await lastMessage(store, SOURCE, 'daily', NOW);
    assert.deepEqual([last?.payload, last?.readings, last?.replay], [5, [], true]);
    assert.equal(last?.series.length, 1);
    // That publishes nothing: the news is still to come.
    assert.equal((await publish('daily')).length, 1);
  });

  describe('repeat what is kept', () => {
    beforeEach(() => come('consumption-daily', '2025-01-01 2026-11-23'));
    const kept = async (metric: Metric, start?: unknown, end?: unknown): Promise<SourceMessage[]> => {
      const range = timeRangeOf({ start, end });
      assert.ok(range);
      const messages: SourceMessage[] = [];
      for await (const message of keptMessages(store, SOURCE, metric, NOW, range)) messages.push(message);
      return messages;
    };

    it('in messages of one range, or of one year of totals, oldest first', async () => {
      const shown = async (metric: Metric): Promise<string[]> =>
        (await kept(metric)).map(({ readings, payload, replay, backfill }) => {
          assert.deepEqual([replay, backfill], [true, undefined]);
          const [first, last] = [readings[0], readings.at(-1)].map((value) => value?.start.slice(0, 10));
          return `${first ?? ''} ${last ?? ''}: ${payload}`;
        });
      assert.deepEqual(await shown('daily'), ['2025-01-01 2025-12-31: 1', '2026-01-01 2026-11-22: 1']);
      assert.deepEqual(await shown('monthly'), ['2025-01-01 2025-12-01: 22', '2026-01-01 2026-11-01: 22']);
      assert.deepEqual(await shown('yearly'), ['2025-01-01 2025-01-01: 326', '2026-01-01 2026-01-01: 326']);
      assert.deepEqual(await shown('load-curve'), []);
    });

    const table: [Metric, start: unknown, end: unknown, expected: number[]][] = [
      ['daily', '2026-02-01', '2026-02-04', [1, 1, 1]],
      ['daily', '2026-11-22T00:00:00+01:00', undefined, [1]],
      ['daily', '2026-11-22T00:00:01+01:00', undefined, []],
      ['daily', undefined, '2025-01-03', [1, 1]],
      ['daily', '2030-01-01', undefined, []],
      ['daily', undefined, '2020-01-01', []],
      ['daily', '2026-02-04', '2026-02-01', []],
      ['monthly', '2026-02-01', '2026-03-01', [28]],
      ['monthly', '2026-02-02', '2026-04-01', [31]],
      ['yearly', undefined, undefined, [365, 326]],
      ['yearly', '2025-06-01', undefined, [326]],
    ];
    for (const [metric, start, end, expected] of table) {
      it(`${metric} from ${String(start)} to ${String(end)}: ${expected.join(', ') || 'nothing'}`, async () => {
        const messages = await kept(metric, start, end);
        assert.deepEqual(
          messages.flatMap(({ readings }) => values(readings)),
          expected,
        );
      });
    }

    it('and leave the cursor where it is', async () => {
      await publish('daily');
      await kept('daily');
      assert.deepEqual(await publish('daily'), []);
      await come('consumption-daily', '2026-11-22', 7000);
      await kept('daily');
      assert.deepEqual((await publish('daily')).map(({ payload }) => payload), [7]); // prettier-ignore
    });
  });

  it('of several answers after an interruption are one for each, none of them with the headline from before', async () => {
    await come('consumption-load-curve', '2026-10-01 2026-10-08');
    await publish('load-curve');
    for (let day = '2026-10-29'; day < '2026-11-19'; day = addDays(day, 7))
      await come('consumption-load-curve', `${day} ${addDays(day, 7)}`, 2000);
    const messages = await publish('load-curve');
    assert.deepEqual(
      messages.map(({ readings, payload, backfill }) => [readings.length, payload, backfill]),
      [
        [336, 2, undefined],
        [336, 2, undefined],
        [336, 2, undefined],
      ],
    );
  });
});
