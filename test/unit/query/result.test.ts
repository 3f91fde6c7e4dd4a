import assert from 'node:assert/strict';
import { addDays, daysIn, instantAt, isoParis, startOfDay, type Day } from '../../../src/calendar/paris';
import type { TimeRange } from '../../../src/calendar/ranges';
import { METRICS, type Metric, type ReadingSeries } from '../../../src/metering/metrics';
import type { Reading } from '../../../src/metering/readings';
import type { Value } from '../../../src/metering/values';
import { keptMessages } from '../../../src/publisher/message';
import { bucketOf, STEPS } from '../../../src/query/buckets';
import { formatted, type InfluxPoint } from '../../../src/query/formats';
import {
  isMeasured,
  isOfValues,
  parseQuery,
  type MeasuredQuery,
  type QueryInput,
  type ValuesQuery,
} from '../../../src/query/query';
import { neededDays, rangeOf as queriedRange, resultOf, type Result } from '../../../src/query/result';
import { SqliteDatabase } from '../../../src/store/sqlite';
import type { FloorReason } from '../../../src/providers/errors';
import { Store, type Recorded } from '../../../src/store/store';
import { halfHours, rangeOf, wholeDay } from '../../support/readings';

const PDL = '12345678901234';
/** A Monday. */
const NOW = instantAt('2026-11-23', 12 * 60 + 10);
const DAY = 86_400_000;

describe('the result of a query', () => {
  let store: Store;
  beforeEach(() => {
    store = new Store(new SqliteDatabase(':memory:'));
  });
  afterEach(() => {
    store.close();
  });

  const record = (name: ReadingSeries, range: string, readings: Reading[], requestedAt = NOW) =>
    store.record(
      { usagePoint: PDL, name },
      { range: rangeOf(range), requestedAt, isPlanned: true },
      readings,
    );
  /** 1 kWh a day, 1 kVA, or 1 kW all day long; nothing of some days. */
  const come = (name: ReadingSeries, range: string, ...except: Day[]): Promise<Recorded> => {
    const { start, end } = rangeOf(range);
    const days = daysIn(start, end).filter((day) => !except.includes(day));
    const readings = days.flatMap((day) =>
      name.endsWith('load-curve') ? halfHours(day, () => 1000) : [wholeDay(day, 1000)],
    );
    return record(name, range, readings);
  };
  const setFloor = (name: ReadingSeries, day: Day, reason: FloorReason): Promise<void> =>
    store.setFloor({ usagePoint: PDL, name }, { day, reason, probedAt: NOW, provider: 'conso' });

  const queryOf = (input: QueryInput, now = NOW): MeasuredQuery & ValuesQuery => {
    const defaults = { direction: 'consumption', metric: 'daily', step: 'native', format: 'readings' };
    const query = parseQuery({ ...defaults, ...input }, now);
    assert.ok(!('field' in query) && isMeasured(query) && isOfValues(query), JSON.stringify(query));
    return query;
  };
  const ask = (input: QueryInput, now = NOW): Promise<Result> =>
    resultOf(store, PDL, queryOf(input, now), now);
  /** `2026-11-22`, or with the time where it is not midnight: `2026-11-22T13:30`. */
  const at = (instant: number): string => isoParis(instant).slice(0, 16).replace('T00:00', '');
  const shownRange = ({ start, end }: TimeRange): string => `${at(start)} ${at(end)}`;
  /** `2026-10-01 2026-11-01: 31`, or `… incomplete`. */
  const shownValue = (value: Value): string =>
    `${shownRange(value)}: ${value.value}${value.incomplete ? ' incomplete' : ''}`;
  const values = ({ pairs }: Result): string[] => pairs.flatMap(({ value }) => (value ? [shownValue(value)] : [])); // prettier-ignore
  const previous = ({ pairs }: Result): string[] =>
    pairs.flatMap((pair) => (pair.previous ? [shownValue(pair.previous)] : []));
  const missing = (result: Result): string[] =>
    result.missing.map(({ start, end, reason }) => `${start.slice(0, 10)} ${end.slice(0, 10)} ${reason}`);

  describe('is about', () => {
    const table: [input: QueryInput, expected: string][] = [
      // As it was asked, up to yesterday.
      [{ start: '-30 days', end: '0 days' }, '2026-10-24 2026-11-23'],
      [{ start: '2026-11-20', end: '2027-01-01' }, '2026-11-20 2026-11-23'],
      [{ start: '2026-11-20' }, '2026-11-20 2026-11-23'],
      [{ start: '2026-11-20T12:00', end: '2026-11-22T12:00' }, '2026-11-21 2026-11-23'],
      [{ start: '0 days' }, '2026-11-23 2026-11-23'],
      [{ start: '2026-12-01', end: '2026-12-05' }, '2026-11-23 2026-11-23'],
      // Whole months.
      [{ start: '-90 days', end: '0 days', step: 'month' }, '2026-08-01 2026-11-23'],
      [{ start: '-90 days', end: '-60 days', step: 'month' }, '2026-08-01 2026-10-01'],
      [{ start: '-90 days', end: '0 days', metric: 'monthly' }, '2026-08-01 2026-11-23'],
      [{ start: '2026-10-12', end: '2026-10-13', metric: 'monthly' }, '2026-10-01 2026-11-01'],
      [{ start: '-3 months', end: '0 months', metric: 'monthly' }, '2026-08-01 2026-11-01'],
      [{ start: '-3 months', end: '0 days', metric: 'monthly' }, '2026-08-01 2026-11-23'],
      [{ start: '-30 days', metric: 'load-curve', step: 'month' }, '2026-10-01 2026-11-23'],
      // Whole years.
      [{ start: '-365 days', end: '0 days', metric: 'yearly' }, '2025-01-01 2026-11-23'],
      [{ start: '-365 days', end: '0 years', step: 'year' }, '2025-01-01 2026-01-01'],
      [{ start: '-13 months', end: '-12 months', step: 'year' }, '2025-01-01 2026-01-01'],
      // Whole weeks, from Monday to Monday.
      [{ start: '-10 days', end: '0 days', step: 'week' }, '2026-11-09 2026-11-23'],
      [{ start: '-10 days', end: '-3 days', step: 'week' }, '2026-11-09 2026-11-23'],
      [{ start: '2025-12-31', end: '2026-01-02', step: 'week' }, '2025-12-29 2026-01-05'],
      [{ start: '-10 days', metric: 'max-power', step: 'week' }, '2026-11-09 2026-11-23'],
      // The load curve to the hour.
      [{ start: '-2 hours', metric: 'load-curve' }, '2026-11-23 2026-11-23'],
      [{ start: '-36 hours', end: '-30 hours', metric: 'load-curve', step: 'hour' }, '2026-11-22 2026-11-22T06:00'], // prettier-ignore
      [{ start: '2026-11-20T12:30', end: '2026-11-20T14:00', metric: 'load-curve' }, '2026-11-20T12:30 2026-11-20T14:00'], // prettier-ignore
      // Since the oldest that Enedis keeps: 36 months and 15 days, 24 of the load curve.
      [{}, '2023-11-08 2026-11-23'],
      [{ metric: 'load-curve' }, '2024-11-08 2026-11-23'],
      [{ step: 'month' }, '2023-11-01 2026-11-23'],
      [{ step: 'year' }, '2023-01-01 2026-11-23'],
      [{ start: '-90 years', end: '2010-01-03' }, '2010-01-01 2010-01-03'],
    ];
    for (const [input, expected] of table) {
      it(`${JSON.stringify(input)}: ${expected}`, async () => {
        assert.equal(shownRange(await queriedRange(store, PDL, queryOf(input), NOW)), expected);
        assert.equal(shownRange((await ask(input)).range), expected);
      });
    }

    it('all that there is, where it has no start', async () => {
      const range = async (): Promise<string> => shownRange((await ask({})).range);
      await come('consumption-daily', '2024-06-10 2024-06-12');
      assert.equal(await range(), '2023-11-08 2026-11-23');
      await setFloor('consumption-daily', '2024-06-09', 'not-available');
      assert.equal(await range(), '2024-06-10 2026-11-23');
      await come('consumption-daily', '2021-01-01');
      assert.equal(await range(), '2021-01-01 2026-11-23');
      await setFloor('consumption-load-curve', '2020-01-01', 'no-meter');
      assert.equal(shownRange((await ask({ metric: 'load-curve' })).range), '2024-11-08 2026-11-23');
    });

    it('whole days of the load curve, or parts that are marked as such', async () => {
      await come('consumption-load-curve', '2026-11-18 2026-11-23');
      const asked = { start: '2026-11-20T12:00', end: '2026-11-22T12:00', metric: 'load-curve', step: 'day' };
      const { pairs } = await ask(asked);
      assert.ok(pairs.length >= 2);
      for (const { range, value } of pairs) assert.ok(range.end - range.start === DAY || value?.incomplete, shownRange(range)); // prettier-ignore
    });
  });

  describe('needs the days', () => {
    const table: [input: QueryInput, expected: string[]][] = [
      [{ start: '2026-11-20', end: '2026-11-22' }, ['2026-11-20 2026-11-22']],
      [{ start: '2026-10-12', end: '2026-10-13', step: 'month' }, ['2026-10-01 2026-11-01']],
      [{ start: '2026-11-20T23:30', end: '2026-11-21T00:30', metric: 'load-curve' }, ['2026-11-20 2026-11-22']], // prettier-ignore
      [{ start: '2026-11-20', end: '2026-11-22', compare: true }, ['2026-11-20 2026-11-22', '2025-11-20 2025-11-22']], // prettier-ignore
      [{ start: '-2 years', end: '0 years', compare: true }, ['2023-01-01 2026-01-01']],
      [{ start: '0 years', end: '0 days', compare: true }, ['2026-01-01 2026-11-23', '2025-01-01 2025-11-23']], // prettier-ignore
      [{ start: '0 days' }, []],
      [{ start: '0 days', compare: true }, []],
    ];
    for (const [input, expected] of table) {
      it(`${JSON.stringify(input)}: ${expected.join(', ') || 'none'}`, async () => {
        const query = queryOf(input);
        const range = await queriedRange(store, PDL, query, NOW);
        const needed = neededDays(query, range);
        assert.deepEqual(
          needed.map(({ start, end }) => `${start} ${end}`),
          expected,
        );
      });
    }

    it('none for a comparison of nothing, on 29 February too', async () => {
      const now = instantAt('2028-02-29', 12 * 60);
      const query = queryOf({ start: '0 days', compare: true }, now);
      assert.deepEqual(neededDays(query, await queriedRange(store, PDL, query, now)), []);
      assert.deepEqual((await ask({ start: '0 days', compare: true }, now)).missing, []);
    });
  });

  describe('of an empty store', () => {
    for (const metric of METRICS) {
      it(`is empty: ${metric}, with every step, with and without a comparison`, async () => {
        for (const step of STEPS.filter((each) => bucketOf(metric, each))) {
          for (const compare of [false, true]) {
            const { pairs, missing: runs, range } = await ask({ metric, step, compare, start: '-8 days' });
            assert.deepEqual(pairs, [], step);
            assert.equal(runs.at(-1)?.end, isoParis(range.end));
            assert.equal(runs.length, compare && range.end - range.start < 365 * DAY ? 2 : 1);
          }
        }
      });
    }
  });

  describe('has values that are incomplete', () => {
    const reasons: [name: string, FloorReason | undefined, mark: string][] = [
      ['not where the meter is no older', 'no-meter', ''],
      ['where older days are not available', 'not-available', ' incomplete'],
      ['where nothing is known of older days', undefined, ' incomplete'],
    ];
    const YEAR = { start: '2025-01-01', end: '2026-11-23' };
    for (const [name, reason, mark] of reasons) {
      describe(name, () => {
        beforeEach(async () => {
          await come('consumption-daily', '2025-06-10 2026-11-23');
          await come('consumption-load-curve', '2025-06-10 2026-11-23');
          for (const series of ['consumption-daily', 'consumption-load-curve'] as const)
            if (reason) await setFloor(series, '2025-06-09', reason);
        });

        const table: [name: string, QueryInput, first: string][] = [
          ['the month', { ...YEAR, metric: 'monthly' }, '2025-06-01 2025-07-01: 21'],
          ['the month as a step', { ...YEAR, step: 'month' }, '2025-06-01 2025-07-01: 21'],
          ['the year', { ...YEAR, metric: 'yearly' }, '2025-01-01 2026-01-01: 205'],
          ['the week', { ...YEAR, step: 'week' }, '2025-06-09 2025-06-16: 6'],
          ['the month of the load curve', { ...YEAR, metric: 'load-curve', step: 'month' }, '2025-06-01 2025-07-01: 504'], // prettier-ignore
        ];
        for (const [what, input, first] of table) {
          it(what, async () => {
            const result = await ask(input);
            assert.equal(values(result)[0], `${first}${mark}`);
            assert.equal(values(result).filter((text) => text.endsWith('incomplete')).length, mark ? 1 : 0);
          });
        }

        it('nor the year that it is compared with', async () => {
          const compared = await ask({ start: '0 years', end: '0 days', metric: 'yearly', compare: true });
          assert.deepEqual(values(compared), ['2026-01-01 2026-11-23: 326']);
          assert.deepEqual(previous(compared), [`2025-01-01 2025-11-23: 166${mark}`]);
          const months = await ask({ start: '2026-05-01', end: '2026-08-01', step: 'month', compare: true });
          assert.equal(values(months).length, 3);
          assert.deepEqual(previous(months), [`2025-06-01 2025-07-01: 21${mark}`, '2025-07-01 2025-08-01: 31']); // prettier-ignore
          const curve = { metric: 'load-curve', step: 'month', start: '2026-06-01', end: '2026-07-01' };
          assert.deepEqual(previous(await ask({ ...curve, compare: true })), [`2025-06-01 2025-07-01: 504${mark}`]); // prettier-ignore
        });
      });
    }

    it('where a gap touches them, whatever is known of older days', async () => {
      await come('consumption-daily', '2026-06-10 2026-08-01', '2026-06-20');
      await setFloor('consumption-daily', '2026-06-09', 'no-meter');
      assert.deepEqual(values(await ask({ start: '2026-06-01', end: '2026-08-01', step: 'month' })), [
        '2026-06-01 2026-07-01: 20 incomplete',
        '2026-07-01 2026-08-01: 31',
      ]);
    });

    it('where part of an hour is missing, and only there', async () => {
      const half = halfHours('2026-11-22', () => 1000);
      await record('consumption-load-curve', '2026-11-22', [...half.slice(0, 3), ...half.slice(6, 8)]);
      assert.deepEqual(values(await ask({ metric: 'load-curve', step: 'hour', start: '2026-11-22' })), [
        '2026-11-22 2026-11-22T01:00: 1',
        '2026-11-22T01:00 2026-11-22T02:00: 0.5 incomplete',
        '2026-11-22T03:00 2026-11-22T04:00: 1',
      ]);
    });
  });

  describe('has the running month', () => {
    const MONTHS = { start: '-40 days', end: '0 days', step: 'month' };
    it('up to yesterday, whole', async () => {
      await come('consumption-daily', '2026-09-15 2026-11-23');
      assert.deepEqual(values(await ask(MONTHS)), ['2026-10-01 2026-11-01: 31', '2026-11-01 2026-11-23: 22']);
    });
    it('up to the newest day, whole, while yesterday is awaited', async () => {
      await come('consumption-daily', '2026-09-15 2026-11-23', '2026-11-22');
      const result = await ask(MONTHS);
      assert.deepEqual(values(result), ['2026-10-01 2026-11-01: 31', '2026-11-01 2026-11-22: 21']);
      assert.deepEqual(missing(result), ['2026-11-22 2026-11-23 awaited']);
    });
    it('incomplete where a day within it is missing', async () => {
      await come('consumption-daily', '2026-09-15 2026-11-23', '2026-11-03');
      assert.deepEqual(values(await ask(MONTHS)), [
        '2026-10-01 2026-11-01: 31',
        '2026-11-01 2026-11-23: 21 incomplete',
      ]);
    });
    it('and the first one whole, however far back the range reaches into it', async () => {
      await come('consumption-daily', '2026-09-15 2026-11-23');
      for (const start of ['-53 days', '-40 days', '-23 days'])
        assert.equal(values(await ask({ ...MONTHS, start }))[0], '2026-10-01 2026-11-01: 31');
      assert.equal(values(await ask({ ...MONTHS, start: '-54 days' }))[0], '2026-09-01 2026-10-01: 16 incomplete'); // prettier-ignore
    });
    it('and weeks and years likewise', async () => {
      await come('consumption-daily', '2025-01-01 2026-11-22');
      assert.deepEqual(values(await ask({ start: '-10 days', step: 'week' })), [
        '2026-11-09 2026-11-16: 7',
        '2026-11-16 2026-11-22: 6',
      ]);
      assert.deepEqual(values(await ask({ start: '-365 days', metric: 'yearly' })), [
        '2025-01-01 2026-01-01: 365',
        '2026-01-01 2026-11-22: 325',
      ]);
    });
  });

  describe('for influxdb has the source’s own points, so that one overwrites the other:', () => {
    const source = {
      consumer: 'node1',
      direction: 'consumption',
      usagePoint: PDL,
      storedAs: PDL,
      meter: 'House',
    } as const;
    /** Of the same series, tags and timestamp a source's reading would be written to. */
    const published = async (metric: Metric): Promise<Map<number, [value: number, incomplete: boolean]>> => {
      const points = new Map<number, [number, boolean]>();
      const always = { start: -Infinity, end: Infinity };
      for await (const { readings } of keptMessages(store, source, metric, NOW, always))
        for (const { start, value, incomplete } of readings)
          points.set(Date.parse(start), [value, incomplete ?? false]);
      return points;
    };

    const stores: [name: string, fill: () => Promise<unknown>][] = [
      ['all of it there', () => come('consumption-daily', '2024-01-01 2026-11-23')],
      ['with gaps', () => come('consumption-daily', '2024-01-01 2026-11-23', '2025-12-31', '2026-11-03')],
      ['yesterday awaited', () => come('consumption-daily', '2024-01-01 2026-11-23', '2026-11-22')],
      [
        'a young meter',
        async () => {
          await come('consumption-daily', '2025-06-10 2026-11-23');
          await setFloor('consumption-daily', '2025-06-09', 'no-meter');
        },
      ],
      [
        'a young consent',
        async () => {
          await come('consumption-daily', '2025-06-10 2026-11-23');
          await setFloor('consumption-daily', '2025-06-09', 'not-available');
        },
      ],
    ];
    const ranges: QueryInput[] = [
      {},
      { start: '-90 days', end: '0 days' },
      { start: '-400 days', end: '-20 days' },
      { start: '-13 months', end: '0 months' },
      { start: '2025-06-15', end: '2026-11-10' },
    ];
    for (const [name, fill] of stores) {
      it(name, async () => {
        await fill();
        for (const metric of ['daily', 'monthly', 'yearly'] as const) {
          const own = await published(metric);
          assert.ok(own.size > 0);
          for (const range of ranges) {
            const query = queryOf({ ...range, metric, format: 'influxdb' });
            const payloads = formatted(await resultOf(store, PDL, query, NOW), query, PDL);
            const points = payloads.flat() as InfluxPoint[];
            assert.ok(points.length > 0);
            for (const { timestamp, fields, tags } of points) {
              assert.ok('value' in fields);
              assert.deepEqual([fields.value, fields.incomplete], own.get(timestamp.getTime()), `${metric} ${JSON.stringify(range)}`); // prettier-ignore
              assert.deepEqual(tags, { usage_point: PDL, direction: 'consumption', metric });
            }
            if (Object.keys(range).length === 0) assert.equal(points.length, own.size);
          }
        }
      });
    }
  });

  describe('of hours', () => {
    const table: [day: Day, hours: number, around: string[]][] = [
      ['2026-03-29', 23, ['01:00 03:00', '03:00 04:00']],
      ['2026-10-25', 25, ['01:00 02:00', '02:00 02:00', '02:00 03:00', '03:00 04:00']],
      ['2026-11-22', 24, ['01:00 02:00', '02:00 03:00', '03:00 04:00']],
    ];
    for (const [day, hours, around] of table) {
      it(`has ${hours} on ${day}, each of them whole`, async () => {
        await come('consumption-load-curve', `${addDays(day, -1)} ${addDays(day, 2)}`);
        const curve = { metric: 'load-curve', start: day, end: addDays(day, 1) };
        const { pairs } = await ask({ ...curve, step: 'hour' });
        assert.equal(pairs.length, hours);
        for (const { value } of pairs) assert.deepEqual([value?.value, value?.incomplete], [1, undefined]);
        assert.deepEqual(
          pairs.slice(1, 1 + around.length).map(({ range: { start, end } }) => [start, end].map((each) => isoParis(each).slice(11, 16)).join(' ')), // prettier-ignore
          around,
        );
        assert.deepEqual(values(await ask({ ...curve, step: 'day' })), [
          `${day} ${addDays(day, 1)}: ${hours}`,
        ]);
        assert.equal((await ask(curve)).pairs.length, 2 * hours);
      });
    }

    it('keeps the repeated hour of October apart', async () => {
      const readings = halfHours('2026-10-25', (i) => 100 * i);
      await record('consumption-load-curve', '2026-10-25', readings);
      const { pairs } = await ask({ metric: 'load-curve', step: 'hour', start: '2026-10-25', end: '2026-10-26' }); // prettier-ignore
      // 02:00 summer time is the third hour, 02:00 winter time the fourth.
      assert.deepEqual(
        pairs.slice(2, 4).map(({ range, value }) => [isoParis(range.start).slice(11), value?.value]),
        [
          ['02:00:00.000+02:00', 0.45],
          ['02:00:00.000+01:00', 0.65],
        ],
      );
    });
  });

  describe('beside the year before', () => {
    it('pairs the load curve by the clock', async () => {
      await record(
        'consumption-load-curve',
        '2026-11-22',
        halfHours('2026-11-22', (i) => i),
      );
      await record(
        'consumption-load-curve',
        '2025-11-22',
        halfHours('2025-11-22', (i) => 1000 + i),
      );
      const { pairs } = await ask({ metric: 'load-curve', start: '2026-11-22', compare: true });
      assert.equal(pairs.length, 48);
      assert.deepEqual(
        pairs.map(({ value, previous: before }) => [value?.value, before?.value]),
        Array.from({ length: 48 }, (_, i) => [i / 1000, (1000 + i) / 1000]),
      );
      const before = pairs[27]?.previous;
      assert.equal(before && shownRange(before), '2025-11-22T13:30 2025-11-22T14:00');
    });

    it('has one, the other, or neither', async () => {
      await come('consumption-daily', '2026-11-20 2026-11-22');
      await come('consumption-daily', '2025-11-21 2025-11-23');
      const { pairs } = await ask({ start: '2026-11-19', end: '2026-11-23', compare: true });
      assert.deepEqual(
        pairs.map(({ range, value, previous: before }) => [
          at(range.start),
          value && at(value.start),
          before && at(before.start),
        ]),
        [
          ['2026-11-20', '2026-11-20', undefined],
          ['2026-11-21', '2026-11-21', '2025-11-21'],
        ],
      );
    });

    it('has nothing of the load curve where only the year before came', async () => {
      await come('consumption-load-curve', '2025-11-22');
      assert.deepEqual((await ask({ metric: 'load-curve', start: '2026-11-22', compare: true })).pairs, []);
    });

    it('has no 29 February', async () => {
      await come('consumption-daily', '2023-02-26 2023-03-03');
      await come('consumption-daily', '2024-02-26 2024-03-03');
      const { pairs } = await ask({ start: '2024-02-28', end: '2024-03-02', compare: true });
      assert.deepEqual(
        pairs.map(({ previous: before }) => before && at(before.start)),
        ['2023-02-28', undefined, '2023-03-01'],
      );
    });
  });

  describe('of max power is the greatest', () => {
    it('measured peak, with its instant', async () => {
      const peak = instantAt('2026-11-17', 19 * 60 + 4);
      await record('consumption-max-power', '2026-11-16 2026-11-23', [
        wholeDay('2026-11-16', 3000, instantAt('2026-11-16', 600)),
        wholeDay('2026-11-17', 6190, peak),
        ...daysIn('2026-11-18', '2026-11-23').map((day) => wholeDay(day, 2000)),
      ]);
      const { pairs } = await ask({ metric: 'max-power', step: 'week', start: '2026-11-16' });
      assert.deepEqual(
        pairs.map(({ value }) => [value?.value, value?.at, value?.incomplete]),
        [[6.19, peak, undefined]],
      );
    });

    it('mean of a production’s interval, with its start', async () => {
      await record('production-load-curve', '2026-06-01', halfHours('2026-06-01', (i) => (i === 26 ? 2150 : 0))); // prettier-ignore
      const { pairs } = await ask({
        direction: 'production',
        metric: 'max-power',
        start: '2026-06-01',
        end: '2026-06-02',
      });
      assert.deepEqual(
        pairs.map(({ value }) => [value?.value, value?.at]),
        [[2.15, instantAt('2026-06-01', 13 * 60)]],
      );
    });
  });

  describe('says why days are missing:', () => {
    const half = halfHours('2026-11-20');
    const on = (day: Day): number => instantAt(day, 8 * 60);
    const table: [name: string, fill: () => Promise<unknown>, QueryInput, expected: string[]][] = [
      ['none is', () => come('consumption-daily', '2026-11-01 2026-11-23'), { start: '-5 days' }, []],
      [
        'not requested',
        () => come('consumption-daily', '2026-11-20 2026-11-22'),
        { start: '-5 days' },
        ['2026-11-18 2026-11-20 not-requested', '2026-11-22 2026-11-23 not-requested'],
      ],
      [
        'awaited until they are 14 days old, then a gap',
        () => record('consumption-daily', '2026-11-07 2026-11-12', []),
        { start: '2026-11-07', end: '2026-11-12' },
        ['2026-11-07 2026-11-09 gap', '2026-11-09 2026-11-12 awaited'],
      ],
      [
        'a gap though it was requested when it was young',
        () => record('consumption-daily', '2026-09-05', [], on('2026-09-06')),
        { start: '2026-09-05', end: '2026-09-06' },
        ['2026-09-05 2026-09-06 gap'],
      ],
      [
        'partial days, of the load curve',
        async () => {
          await record('consumption-load-curve', '2026-11-20', half.slice(5));
          await record('consumption-load-curve', '2026-10-20', halfHours('2026-10-20').slice(0, 20));
        },
        { metric: 'load-curve', step: 'day', start: '2026-10-20', end: '2026-11-21' },
        ['2026-10-20 2026-10-21 gap', '2026-10-21 2026-11-20 not-requested', '2026-11-20 2026-11-21 awaited'],
      ],
      [
        'too old for Enedis, 36 months and 15 days',
        () => come('consumption-daily', '2023-11-09 2023-11-10'),
        { start: '2023-11-01', end: '2023-11-10' },
        ['2023-11-01 2023-11-08 too-old', '2023-11-08 2023-11-09 not-requested'],
      ],
      [
        'too old for Enedis, 24 months and 15 days of the load curve',
        () => Promise.resolve(),
        { metric: 'load-curve', start: '2024-11-01', end: '2024-11-10' },
        ['2024-11-01 2024-11-08 too-old', '2024-11-08 2024-11-10 not-requested'],
      ],
      [
        'older than that, but kept: only the gap between them',
        () => come('consumption-daily', '2020-11-01 2020-11-05', '2020-11-03'),
        { start: '2020-11-01', end: '2020-11-05' },
        ['2020-11-03 2020-11-04 gap'],
      ],
      [
        'before the meter',
        async () => {
          await come('consumption-daily', '2026-06-10 2026-06-13');
          await setFloor('consumption-daily', '2026-06-09', 'no-meter');
        },
        { start: '2026-06-01', end: '2026-06-13' },
        ['2026-06-01 2026-06-10 too-old'],
      ],
      [
        'not available, though some were requested',
        async () => {
          await record('consumption-daily', '2026-11-15 2026-11-20', [wholeDay('2026-11-19', 1)]);
          await setFloor('consumption-daily', '2026-11-17', 'not-available');
        },
        { start: '2026-11-14', end: '2026-11-20' },
        ['2026-11-14 2026-11-18 too-old', '2026-11-18 2026-11-19 awaited'],
      ],
      [
        'those of the year before first',
        async () => {
          await come('consumption-daily', '2026-11-20 2026-11-23', '2026-11-22');
          await come('consumption-daily', '2025-11-20 2025-11-22', '2025-11-20');
        },
        { start: '2026-11-20', compare: true },
        ['2025-11-20 2025-11-21 gap', '2025-11-22 2025-11-23 not-requested', '2026-11-22 2026-11-23 awaited'],
      ],
      [
        'each once, where two years are compared with two',
        () => come('consumption-daily', '2024-01-01 2026-01-01'),
        { start: '2024-01-01', end: '2026-01-01', compare: true, step: 'year' },
        ['2023-01-01 2023-11-08 too-old', '2023-11-08 2024-01-01 not-requested'],
      ],
      [
        'of the whole month that a range reaches into',
        () => come('consumption-daily', '2026-10-10 2026-11-23'),
        { start: '-30 days', step: 'month' },
        ['2026-10-01 2026-10-10 not-requested'],
      ],
      ['of today never', () => come('consumption-daily', '2026-11-22'), { start: '-1 day', end: '5 days' }, []], // prettier-ignore
    ];
    for (const [name, fill, input, expected] of table) {
      it(name, async () => {
        await fill();
        assert.deepEqual(missing(await ask(input)), expected);
      });
    }

    it('from midnight to midnight of Paris', async () => {
      await record('consumption-daily', '2026-10-25', []);
      assert.deepEqual((await ask({ start: '2026-10-25', end: '2026-10-26' })).missing, [
        { start: '2026-10-25T00:00:00.000+02:00', end: '2026-10-26T00:00:00.000+01:00', reason: 'gap' },
      ]);
    });
  });

  it('is that of one usage point and one direction', async () => {
    await come('consumption-daily', '2026-11-22');
    const other = { usagePoint: 'simulated-1', name: 'consumption-daily' } as const;
    const answer = { range: rangeOf('2026-11-22'), requestedAt: NOW, isPlanned: true };
    await store.record(other, answer, [wholeDay('2026-11-22', 7000)]);
    const query = queryOf({ start: '-1 day' });
    assert.deepEqual(values(await resultOf(store, PDL, query, NOW)), ['2026-11-22 2026-11-23: 1']);
    assert.deepEqual(values(await resultOf(store, 'simulated-1', query, NOW)), ['2026-11-22 2026-11-23: 7']);
    assert.deepEqual((await ask({ start: '-1 day', direction: 'production' })).pairs, []);
    assert.equal(startOfDay('2026-11-23'), (await ask({ start: '-1 day' })).range.end);
  });
});
