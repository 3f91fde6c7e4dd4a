import assert from 'node:assert/strict';
import { daysIn, instantAt, isoParis } from '../../../src/calendar/paris';
import type { ReadingSeries } from '../../../src/metering/metrics';
import { costRangeOf, costResultOf, neededForCost, neededLoadCurve } from '../../../src/query/cost-result';
import { formatted, type InfluxPoint, type ResultValue } from '../../../src/query/formats';
import { isOfValues, parseQuery, type QueryInput, type ValuesQuery } from '../../../src/query/query';
import { SqliteDatabase } from '../../../src/store/sqlite';
import { Store, type Recorded } from '../../../src/store/store';
import { tariffOf, type TariffInput } from '../../../src/tariff/config';
import type { Tariff } from '../../../src/tariff/cost';
import type { TariffName } from '../../../src/tariff/open-tariff';
import { pricesIn } from '../../../src/tariff/prices';
import type { ColourOf } from '../../../src/tariff/plan';
import type { Colour } from '../../../src/tariff/tempo';
import { halfHours, rangeOf, wholeDay } from '../../support/readings';

const PDL = '12345678901234';
const TODAY = '2026-11-25';
const NOW = instantAt(TODAY, 9 * 60);

const tariff = (input: TariffInput): Tariff & TariffName => {
  const read = tariffOf({ prices: 'own', ...input });
  assert.ok('config' in read && read.config.prices !== 'regulated');
  const { plan, prices } = read.config;
  return { name: 'Heures creuses', key: 'hphc', plan, pricesOf: pricesIn(prices), colourOf: () => undefined };
};
/** 1 € a day and 0.10 € per kWh, 0.20 € from 16 November 2026 on. */
const BASE = tariff({
  plan: 'base',
  ownPrices: [
    { subscription: 365, base: 0.1 },
    { from: '2026-11-16', subscription: 365, base: 0.2 },
  ],
});
const HPHC = tariff({
  plan: 'hphc',
  offPeak: [{ ranges: ['22:00-06:00'] }],
  ownPrices: [{ subscription: 365, peak: 0.2, offPeak: 0.1 }],
});

describe('the result of a cost query', () => {
  let store: Store;
  beforeEach(() => {
    store = new Store(new SqliteDatabase(':memory:'));
  });
  afterEach(() => {
    store.close();
  });

  const keep = (name: ReadingSeries, range: string, value: number): Promise<Recorded> => {
    const days = rangeOf(range);
    const readings = daysIn(days.start, days.end).flatMap((day) =>
      name.endsWith('-daily') ? [wholeDay(day, value)] : halfHours(day, () => value),
    );
    return store.record(
      { usagePoint: PDL, name },
      { range: days, requestedAt: NOW, isPlanned: true },
      readings,
    );
  };
  const queryOf = (input: QueryInput): ValuesQuery => {
    const query = parseQuery({ direction: 'consumption', metric: 'cost', step: 'native', format: 'readings', ...input }, NOW); // prettier-ignore
    assert.ok(!('field' in query) && isOfValues(query), JSON.stringify(query));
    return query;
  };
  const ask = async (input: QueryInput, by = BASE): Promise<ResultValue[]> => {
    const query = queryOf(input);
    const [payload] = formatted(await costResultOf(store, PDL, query, NOW, by), query, PDL);
    return payload as ResultValue[];
  };
  const shown = (values: readonly ResultValue[]): string[] =>
    values.map(({ start, value, missing, previous }) =>
      [
        `${start.slice(0, 10)} ${value}`,
        missing && JSON.stringify(missing),
        previous && `before ${previous.value}`,
      ]
        .filter((part) => part)
        .join(', '),
    );

  it('is that of days, with all that a cost tells', async () => {
    await keep('consumption-daily', '2026-11-15 2026-11-17', 10_000);
    const [first, second] = await ask({ start: '2026-11-15', end: '2026-11-17' });
    assert.deepEqual(first, {
      start: '2026-11-15T00:00:00.000+01:00',
      end: '2026-11-16T00:00:00.000+01:00',
      value: 2,
      subscription: 1,
      periods: [{ name: 'base', energy: 10, cost: 1 }],
      source: 'daily',
    });
    assert.equal(second?.value, 3);
  });

  it('is that of weeks, months and years, of which the running one ends with the newest day', async () => {
    await keep('consumption-daily', '2026-10-01 2026-11-25', 10_000);
    // October: 31 × 2 €; November: 15 × 2 € and 9 × 3 €.
    assert.deepEqual(shown(await ask({ start: '2026-10-01', step: 'month' })), [
      '2026-10-01 62',
      '2026-11-01 57',
    ]);
    assert.deepEqual(shown(await ask({ start: '2026-11-16', step: 'week' })), [
      '2026-11-16 21',
      '2026-11-23 6',
    ]);
    assert.deepEqual(shown(await ask({ start: '2026-11-20', step: 'year' })), [
      '2026-01-01 119, {"days":273}',
    ]);
  });

  it('stands beside the same dates of the year before, at the prices of then', async () => {
    await keep('consumption-daily', '2025-11-01 2025-12-01', 20_000);
    await keep('consumption-daily', '2026-11-01 2026-11-25', 10_000);
    const values = await ask({ start: '2026-11-01', step: 'month', compare: true });
    assert.deepEqual(shown(values), ['2026-11-01 57, before 72']);
  });

  it('leaves out what is not known, and says how much', async () => {
    await keep('consumption-daily', '2026-11-20 2026-11-25', 10_000);
    await keep('consumption-load-curve', '2026-11-22 2026-11-24', 2000);
    const query = queryOf({ start: '2026-11-20', step: 'day' });
    const result = await costResultOf(store, PDL, query, NOW, HPHC);
    const [payload] = formatted(result, query, PDL);
    assert.deepEqual(shown(payload as ResultValue[]), ['2026-11-22 9', '2026-11-23 9']);
    assert.deepEqual(
      result.missing.map(({ start, end, reason }) => `${start.slice(0, 10)} ${end.slice(0, 10)} ${reason}`),
      ['2026-11-20 2026-11-22 awaited', '2026-11-24 2026-11-25 awaited'],
    );
  });

  it('is asked of Enedis as registers and daily values first, then as the half hours that they leave', async () => {
    await keep('consumption-load-curve', '2026-11-22 2026-11-24', 2000);
    const query = queryOf({ start: '2026-11-20', step: 'month' });
    const range = await costRangeOf(store, PDL, query, NOW);
    assert.equal(isoParis(range.start).slice(0, 10), '2026-11-01');
    const days = { start: '2026-11-01', end: TODAY };
    assert.deepEqual(neededForCost(query, range, HPHC), [
      { series: 'consumption-daily', ...days },
      { series: 'consumption-registers', ...days },
    ]);
    assert.deepEqual(neededForCost(query, range, BASE), [{ series: 'consumption-daily', ...days }]);
    const series = 'consumption-load-curve';
    assert.deepEqual(await neededLoadCurve(store, PDL, query, range, HPHC), [
      { series, start: '2026-11-24', end: TODAY },
      { series, start: '2026-11-01', end: '2026-11-22' },
    ]);
    assert.deepEqual(await neededLoadCurve(store, PDL, query, range, BASE), []);
  });

  it('has no hours', () => {
    const parsed = parseQuery(
      { direction: 'consumption', metric: 'cost', step: 'hour', format: 'readings' },
      NOW,
    );
    assert.deepEqual(parsed, { field: 'step-too-fine', value: 'hour' });
  });

  it('is written as CSV with its subscription and periods, and as points of a chart', async () => {
    await keep('consumption-load-curve', '2026-11-23', 2000);
    const input = { start: '2026-11-23', end: '2026-11-24' };
    const write = async (format: string): Promise<unknown> => {
      const query = queryOf({ ...input, format });
      const payloads = formatted(await costResultOf(store, PDL, query, NOW, HPHC), query, PDL);
      assert.equal(payloads.length, 1);
      return payloads[0];
    };
    assert.equal(
      await write('csv'),
      [
        'start,end,value,unit,incomplete,subscription,peak_kWh,peak_EUR,offPeak_kWh,offPeak_EUR',
        '2026-11-23T00:00:00.000+01:00,2026-11-24T00:00:00.000+01:00,9,EUR,,1,32,6.4,16,1.6',
        '',
      ].join('\r\n'),
    );
    const x = instantAt('2026-11-23', 0);
    assert.deepEqual(await write('chart'), [{ series: 'Heures creuses', x, label: '2026-11-23', y: 9 }]);
    const tags = { usage_point: PDL, direction: 'consumption', metric: 'cost', tariff: 'hphc' };
    const common = { measurement: 'linky', timestamp: new Date(x) };
    assert.deepEqual(await write('influxdb'), [
      { ...common, tags, fields: { value: 9, incomplete: false, subscription: 1 } },
      { ...common, tags: { ...tags, period: 'peak' }, fields: { cost: 6.4, energy: 32 } },
      { ...common, tags: { ...tags, period: 'offPeak' }, fields: { cost: 1.6, energy: 16 } },
    ]);
  });

  describe('in InfluxDB', () => {
    const PRICES = { bluePeak: 0.2, blueOffPeak: 0.1, whitePeak: 0.4, whiteOffPeak: 0.3, redPeak: 0.8, redOffPeak: 0.5 }; // prettier-ignore
    const tempo = (colourOf: ColourOf) => ({
      ...tariff({ plan: 'tempo', ownPrices: [{ subscription: 365, ...PRICES }] }),
      ...{ key: 'tempo', colourOf },
    });
    /** What it has: a point is written over that of the same tags and time, field by field; the query takes no other. */
    const written = new Map<string, InfluxPoint>();
    const write = async (by: typeof BASE, input: QueryInput = {}): Promise<InfluxPoint[]> => {
      const query = queryOf({ start: '2026-11-23', end: '2026-11-24', format: 'influxdb', ...input });
      const points = formatted(await costResultOf(store, PDL, query, NOW, by), query, PDL).flat() as InfluxPoint[]; // prettier-ignore
      for (const point of points) {
        const { tags, timestamp, fields } = point;
        const series = `${JSON.stringify(Object.entries(tags).sort())} ${timestamp.toISOString()}`;
        written.set(series, { ...point, fields: { ...written.get(series)?.fields, ...fields } });
      }
      return points;
    };
    const sumOf = (field: 'value' | 'cost' | 'energy' | 'subscription'): number =>
      [...written.values()].reduce((sum, { fields }) => {
        const own: Readonly<Record<string, number | boolean>> = fields;
        return sum + Number(own[field] ?? 0);
      }, 0);
    const near = (actual: number, expected: number): void => {
      assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} instead of ${expected}`);
    };
    beforeEach(async () => {
      written.clear();
      await keep('consumption-load-curve', '2026-11-23', 2000);
    });

    it('a colour that is corrected leaves nothing of the other one', async () => {
      const periods = (points: readonly InfluxPoint[]) => points.flatMap(({ tags: { period } }) => period ?? []); // prettier-ignore
      const of = (colour: Colour) => tempo((day) => (day === '2026-11-23' ? colour : 'blue'));
      assert.deepEqual(periods(await write(of('white'))), [
        ...['bluePeak', 'blueOffPeak', 'whitePeak', 'whiteOffPeak', 'redPeak', 'redOffPeak'],
      ]);
      // 12 kWh of the night before, 32 kWh by day, 4 kWh after 22:00.
      near(sumOf('cost'), 1.2 + 32 * 0.4 + 4 * 0.3);
      await write(of('red'));
      near(sumOf('energy'), 48);
      near(sumOf('cost'), 1.2 + 32 * 0.8 + 4 * 0.5);
    });

    it('the sum of all values is what it costs, and that of the periods and the subscription too', async () => {
      await keep('consumption-load-curve', '2026-11-20 2026-11-23', 1000);
      await write(HPHC, { start: '2026-11-20' });
      const result = await ask({ start: '2026-11-20', end: '2026-11-24', step: 'day' }, HPHC);
      const cost = result.reduce((sum, { value }) => sum + value, 0);
      assert.equal(result.length, 4);
      near(cost, 3 * (1 + 16 * 0.2 + 8 * 0.1) + 9);
      near(sumOf('value'), cost);
      near(sumOf('cost') + sumOf('subscription'), cost);
    });
  });
});
