import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addDays, daysIn, startOfDay, type Day } from '../../../src/calendar/paris';
import { dayState, type Reading } from '../../../src/metering/readings';
import type { RegisterDay } from '../../../src/metering/registers';
import { tariffOf, type TariffInput } from '../../../src/tariff/config';
import { costOfDay, totalCost, type Cost, type Tariff } from '../../../src/tariff/cost';
import { timesOf, type MeteredDay } from '../../../src/tariff/energy';
import { tilesOf } from '../../../src/tariff/plan';
import { pricesIn } from '../../../src/tariff/prices';
import type { Colour } from '../../../src/tariff/tempo';
import { halfHours } from '../../support/readings';

/** Every half hour of a day at 2000 W is 1 kWh: an ordinary day has 48. */
const steady = (day: Day): MeteredDay =>
  loadCurve(
    day,
    halfHours(day, () => 2000),
  );

function loadCurve(day: Day, readings: Reading[]): MeteredDay {
  return { day, loadCurve: { state: dayState('consumption-load-curve', day, readings), readings } };
}

/** @param colours a letter a day, from a day on: `2026-01-10 BWR?` */
function tariff(input: TariffInput, colours = ''): Tariff {
  const result = tariffOf({ prices: 'own', ...input });
  assert.ok('config' in result, JSON.stringify(result));
  const { plan, prices } = result.config;
  assert.ok(prices !== 'regulated');
  const [first = '', letters = ''] = colours.split(' ');
  const names: Record<string, Colour> = { B: 'blue', W: 'white', R: 'red' };
  const known = new Map(Array.from(letters, (letter, i) => [addDays(first, i), names[letter]]));
  return { plan, pricesOf: pricesIn(prices), colourOf: (day) => known.get(day) };
}

const all = (ranges: string[]): object[] => [{ ranges }];
const HPHC = { plan: 'hphc', ownPrices: [{ subscription: 0, peak: 0.2, offPeak: 0.1 }] };
const BASE = { plan: 'base', ownPrices: [{ subscription: 0, base: 0.25 }] };
const TEMPO = {
  plan: 'tempo',
  ownPrices: [
    {
      ...{ subscription: 0, bluePeak: 0.2, blueOffPeak: 0.1 },
      ...{ whitePeak: 0.4, whiteOffPeak: 0.3, redPeak: 0.8, redOffPeak: 0.5 },
    },
  ],
};

/** `offPeak 16 = 1.60, peak 32 = 6.40`: kWh and €, then what is missing. */
function shown({ periods, missing }: Pick<Cost, 'periods' | 'missing'>): string {
  const parts = periods.map(
    ({ name, energy, cost }) => `${name} ${Number(energy.toFixed(6))} = ${cost.toFixed(2)}`,
  );
  const left = Object.entries(missing).flatMap(([what, count]) => (count > 0 ? [`${what} ${count}`] : []));
  return [parts.join(', '), ...left].join('; ');
}

describe('what a day costs', () => {
  const table: [what: string, Tariff, MeteredDay, expected: string][] = [
    ['base', tariff(BASE), steady('2026-11-22'), 'base 48 = 12.00'],
    ['base, the short day', tariff(BASE), steady('2026-03-29'), 'base 46 = 11.50'],
    ['base, the long day', tariff(BASE), steady('2026-10-25'), 'base 50 = 12.50'],
    // 8 hours of off-peak are 16 half hours.
    ['off-peak 22:30-06:30', tariff({ ...HPHC, offPeak: all(['22:30-06:30']) }), steady('2026-11-22'), 'peak 32 = 6.40, offPeak 16 = 1.60'], // prettier-ignore
    // An hour of the night is missing in March, and comes twice in October.
    ['off-peak 22:30-06:30, the short day', tariff({ ...HPHC, offPeak: all(['22:30-06:30']) }), steady('2026-03-29'), 'peak 32 = 6.40, offPeak 14 = 1.40'], // prettier-ignore
    ['off-peak 22:30-06:30, the long day', tariff({ ...HPHC, offPeak: all(['22:30-06:30']) }), steady('2026-10-25'), 'peak 32 = 6.40, offPeak 18 = 1.80'], // prettier-ignore
    // 01:28-06:58 is 5.5 hours, 11 kWh: 2 minutes of one half hour and 28 of another beside 10 whole ones.
    ['off-peak 01:28-06:58', tariff({ ...HPHC, offPeak: all(['1h28-6h58']) }), steady('2026-11-22'), 'peak 37 = 7.40, offPeak 11 = 1.10'], // prettier-ignore
    ['off-peak 01:28-06:58, the short day', tariff({ ...HPHC, offPeak: all(['1h28-6h58']) }), steady('2026-03-29'), 'peak 37 = 7.40, offPeak 9 = 0.90'], // prettier-ignore
    ['off-peak 01:28-06:58, the long day', tariff({ ...HPHC, offPeak: all(['1h28-6h58']) }), steady('2026-10-25'), 'peak 37 = 7.40, offPeak 13 = 1.30'], // prettier-ignore
    // The clock shows 00:00-02:30 and, an hour later, 02:00-02:30 once more.
    ['off-peak until 02:30, the long day', tariff({ ...HPHC, offPeak: all(['0:00-2:30']) }), steady('2026-10-25'), 'peak 44 = 8.80, offPeak 6 = 0.60'], // prettier-ignore
    // It is never 02:30 on that day: the off-peak hours end with the jump.
    ['off-peak until 02:30, the short day', tariff({ ...HPHC, offPeak: all(['0:00-2:30']) }), steady('2026-03-29'), 'peak 42 = 8.40, offPeak 4 = 0.40'], // prettier-ignore
    // 16 off-peak hours of blue, but the night until 06:00 is that of the day before.
    ['tempo, blue after blue', tariff(TEMPO, '2026-01-10 BB'), steady('2026-01-11'), 'bluePeak 32 = 6.40, blueOffPeak 16 = 1.60'], // prettier-ignore
    ['tempo, red after white', tariff(TEMPO, '2026-01-12 WR'), steady('2026-01-13'), 'whiteOffPeak 12 = 3.60, redPeak 32 = 25.60, redOffPeak 4 = 2.00'], // prettier-ignore
    ['tempo, the day after red: its night', tariff(TEMPO, '2026-01-13 RB'), steady('2026-01-14'), 'bluePeak 32 = 6.40, blueOffPeak 4 = 0.40, redOffPeak 12 = 6.00'], // prettier-ignore
    ['tempo, unknown colour', tariff(TEMPO, '2026-01-13 R?'), steady('2026-01-14'), 'redOffPeak 12 = 6.00; colours 1'], // prettier-ignore
    ['tempo, unknown colour of the day before', tariff(TEMPO, '2026-01-13 ?B'), steady('2026-01-14'), 'bluePeak 32 = 6.40, blueOffPeak 4 = 0.40; colours 1'], // prettier-ignore
    // 12 of the 48 half hours are at 3000 W: 1.5 kWh.
    ['a meal at noon', tariff({ ...HPHC, offPeak: all(['22:00-06:00']) }), loadCurve('2026-11-22', halfHours('2026-11-22', (i) => (i >= 22 && i < 34 ? 3000 : 2000))), 'peak 38 = 7.60, offPeak 16 = 1.60'], // prettier-ignore
    ['a missing half hour', tariff({ ...HPHC, offPeak: all(['22:00-06:00']) }), loadCurve('2026-11-22', halfHours('2026-11-22', () => 2000).filter((_, i) => i !== 3)), 'peak 32 = 6.40, offPeak 15 = 1.50; halfHours 1'], // prettier-ignore
    ['three missing half hours, base', tariff(BASE), loadCurve('2026-11-22', halfHours('2026-11-22', () => 2000).slice(3)), 'base 45 = 11.25; halfHours 3'], // prettier-ignore
    ['base, a daily value beside a load curve with gaps', tariff(BASE), { ...loadCurve('2026-11-22', halfHours('2026-11-22', () => 2000).slice(3)), daily: 48_123 }, 'base 48.123 = 12.03'], // prettier-ignore
    ['base, a daily value alone', tariff(BASE), { day: '2026-11-22', daily: 12_345 }, 'base 12.345 = 3.09'],
    ['before any price', tariff({ ...BASE, ownPrices: [{ from: '2026-12-01', subscription: 0, base: 1 }] }), steady('2026-11-22'), '; prices 1'], // prettier-ignore
    ['before any off-peak hours', tariff({ ...HPHC, offPeak: [{ from: '2026-12-01', ranges: ['22:00-06:00'] }] }), steady('2026-11-22'), '; offPeakHours 1'], // prettier-ignore
  ];
  for (const [what, of, metered, expected] of table) {
    it(`${what}: ${expected}`, () => {
      const cost = costOfDay(metered, of);
      assert.ok(cost);
      assert.equal(shown(cost), expected);
      const parts = cost.periods.reduce((sum, { cost: part }) => sum + part, cost.subscription);
      assert.ok(Math.abs(cost.cost - parts) < 1e-9);
    });
  }

  it('costs nothing that is known where no energy is known', () => {
    assert.equal(costOfDay({ day: '2026-11-22' }, tariff(BASE)), undefined);
    const { offPeak, ...daily } = { offPeak: all(['22:00-06:00']), day: '2026-11-22', daily: 12_345 };
    assert.equal(costOfDay(daily, tariff({ ...HPHC, offPeak })), undefined);
    assert.equal(costOfDay(loadCurve('2026-11-22', []), tariff(BASE)), undefined);
  });
});

describe('seasons, weekdays and dates', () => {
  const seasonal = {
    ...HPHC,
    offPeak: [
      { ranges: ['22:00-06:00'] },
      { from: '2026-12-01', season: 'winter', ranges: ['21:00-05:00'] },
      { from: '2026-12-01', season: 'summer', ranges: ['00:00-05:00', '11:00-14:00'] },
    ],
  };
  const weekend = {
    plan: 'custom',
    periods: [
      { name: 'weekend', days: [6, 7], ranges: ['00:00-24:00'] },
      { name: 'night', ranges: ['22:00-06:00'] },
    ],
    defaultPeriod: 'day',
    ownPrices: [{ subscription: 0, weekend: 0.15, night: 0.1, day: 0.3 }],
  };
  /** One kWh alone, in the half hour from a time on. */
  const oneHalfHour = (day: Day, hour: number): MeteredDay => {
    const start = startOfDay(day) + hour * 3_600_000;
    return loadCurve(day, [{ start, end: start + 1_800_000, value: 2000 }]);
  };
  const table: [string, TariffInput, Day, hour: number, period: string][] = [
    ['before the reform', seasonal, '2026-11-30', 21, 'peak'],
    ['winter, from its first day on', seasonal, '2026-12-01', 21, 'offPeak'],
    ['winter, at noon', seasonal, '2026-12-01', 12, 'peak'],
    ['the last day of winter', seasonal, '2027-03-31', 12, 'peak'],
    ['the first day of summer', seasonal, '2027-04-01', 12, 'offPeak'],
    ['summer, at 21:00', seasonal, '2027-04-01', 21, 'peak'],
    ['the last day of summer', seasonal, '2027-10-31', 12.5, 'offPeak'],
    ['the first day of winter', seasonal, '2027-11-01', 12.5, 'peak'],
    ['a Friday at 23:00', weekend, '2026-11-20', 23, 'night'],
    ['a Saturday at 00:00', weekend, '2026-11-21', 0, 'weekend'],
    ['a Sunday at 23:30', weekend, '2026-11-22', 23.5, 'weekend'],
    ['a Monday at 00:00', weekend, '2026-11-23', 0, 'night'],
    ['a Monday at noon', weekend, '2026-11-23', 12, 'day'],
  ];
  for (const [what, input, day, hour, period] of table) {
    it(`${what}: ${period}`, () => {
      const cost = costOfDay(oneHalfHour(day, hour), tariff(input));
      assert.deepEqual(cost?.periods.filter(({ energy }) => energy > 0).map(({ name, energy }) => [name, energy]), [[period, 1]]); // prettier-ignore
    });
  }
});

describe('what a month and a year cost', () => {
  const priced = { ...BASE, ownPrices: [{ subscription: 365, base: 0.2 }, { from: '2026-02-15', subscription: 730, base: 0.3 }] }; // prettier-ignore
  const total = (of: Tariff, start: Day, end: Day, missing: readonly Day[] = []): Cost => {
    const days = daysIn(start, end).filter((day) => !missing.includes(day));
    return totalCost(of.plan, days.flatMap((day) => costOfDay(steady(day), of) ?? []), { start, end }); // prettier-ignore
  };
  const table: [string, Tariff, start: Day, end: Day, subscription: string, cost: string][] = [
    // 31 × 1 € and 31 × 48 × 0.20 €.
    ['January', tariff(priced), '2026-01-01', '2026-02-01', '31.00', '328.60'],
    // 14 days at 1 € and 9.60 €, 14 days at 2 € and 14.40 €.
    ['a price change in the middle', tariff(priced), '2026-02-01', '2026-03-01', '42.00', '378.00'],
    // 30 days of 48 kWh and one of 46: 1486 × 0.30, and 31 × 2 €.
    ['March', tariff(priced), '2026-03-01', '2026-04-01', '62.00', '507.80'],
    // 30 × 48 + 50 = 1490.
    ['October', tariff(priced), '2026-10-01', '2026-11-01', '62.00', '509.00'],
    // 366 € a year are 1 € a day; 366 × 48 kWh at 0.10 €: the short day and the long one make up for each other.
    ['a leap year', tariff({ ...BASE, ownPrices: [{ subscription: 366, base: 0.1 }] }), '2024-01-01', '2025-01-01', '366.00', '2122.80'], // prettier-ignore
    // 29 of 366 days.
    ['February of a leap year', tariff({ ...BASE, ownPrices: [{ subscription: 366, base: 0 }] }), '2024-02-01', '2024-03-01', '29.00', '29.00'], // prettier-ignore
    ['February', tariff({ ...BASE, ownPrices: [{ subscription: 365, base: 0 }] }), '2026-02-01', '2026-03-01', '28.00', '28.00'], // prettier-ignore
  ];
  for (const [what, of, start, end, subscription, cost] of table) {
    it(`${what}: ${cost} €, of which ${subscription} € subscription`, () => {
      const sum = total(of, start, end);
      assert.equal(sum.subscription.toFixed(2), subscription);
      assert.equal(sum.cost.toFixed(2), cost);
    });
  }

  it('counts the days without a value, and charges nothing for them', () => {
    const sum = total(tariff(priced), '2026-01-01', '2026-02-01', ['2026-01-10', '2026-01-11']);
    assert.equal(shown(sum), 'base 1392 = 278.40; days 2');
    assert.equal(sum.subscription.toFixed(2), '29.00');
  });

  it('adds up what is missing of its days', () => {
    const of = tariff(TEMPO, '2026-01-10 BB??R');
    const days = ['2026-01-11', '2026-01-12', '2026-01-13', '2026-01-14'];
    const costs = days.flatMap((day) => costOfDay(steady(day), of) ?? []);
    const sum = totalCost(of.plan, costs, { start: '2026-01-11', end: '2026-01-15' });
    assert.deepEqual(sum.missing, { halfHours: 0, days: 0, colours: 3, offPeakHours: 0, prices: 0 });
  });
});

describe('registers', () => {
  const registers = (day: Day, id: string, values: Record<string, number>): RegisterDay => ({
    day,
    total: Object.values(values).reduce((sum, value) => sum + value, 0),
    calendars: [{ id, name: '', registers: values }],
  });
  const between = (
    before: Record<string, number>,
    after: Record<string, number>,
    id = 'FC1',
  ): MeteredDay => ({
    ...steady('2026-11-22'),
    registers: { before: registers('2026-11-22', 'FC1', before), after: registers('2026-11-23', id, after) },
  });
  const hphc = tariff({ ...HPHC, offPeak: all(['22:00-06:00']) });
  const LOAD_CURVE = 'peak 32 = 6.40, offPeak 16 = 1.60';
  const tempoRegisters = (HPJR: number, HCJR: number) => ({ HCJB: 1, HPJB: 2, HCJW: 3, HPJW: 4, HCJR, HPJR });
  const table: [string, Tariff, MeteredDay, source: string, expected: string][] = [
    ['that fit the plan', hphc, between({ HP: 1000, HC: 5000 }, { HP: 31_000, HC: 20_000 }), 'registers', 'peak 30 = 6.00, offPeak 15 = 1.50'], // prettier-ignore
    ['of a replaced meter', hphc, between({ HP: 910_000, HC: 500_000 }, { HP: 12_000, HC: 9000 }), 'load-curve', LOAD_CURVE], // prettier-ignore
    ['of a replaced meter that counted more', hphc, between({ HP: 0, HC: 0 }, { HP: 90_000_000, HC: 9000 }), 'load-curve', LOAD_CURVE], // prettier-ignore
    ['of another calendar the day after', hphc, between({ HP: 0, HC: 0 }, { HP: 1, HC: 1 }, 'FC2'), 'load-curve', LOAD_CURVE], // prettier-ignore
    ['of another plan', hphc, between({ BASE: 0 }, { BASE: 40_000 }), 'load-curve', LOAD_CURVE],
    ['of Tempo, whatever is known of colours', tariff(TEMPO), between(tempoRegisters(0, 0), tempoRegisters(20_000, 9000)), 'registers', 'redPeak 20 = 16.00, redOffPeak 9 = 4.50'], // prettier-ignore
    ['of a calendar that stands still', hphc, { ...between({ HP: 0, HC: 0 }, { HP: 0, HC: 0 }), registers: { before: { ...registers('2026-11-22', 'FC1', { HP: 0, HC: 0 }), total: 0 }, after: { ...registers('2026-11-23', 'FC1', { HP: 0, HC: 0 }), total: 48_000 } } }, 'load-curve', LOAD_CURVE], // prettier-ignore
    ['of a replaced meter that counted a little more', hphc, { ...between({ HP: 0, HC: 0 }, { HP: 300_000, HC: 9000 }), daily: 48_000 }, 'load-curve', LOAD_CURVE], // prettier-ignore
    ['of all hours', tariff(BASE), between({ HP: 1000, HC: 5000 }, { HP: 31_000, HC: 20_000 }), 'registers', 'base 45 = 11.25'], // prettier-ignore
  ];
  for (const [what, of, metered, source, expected] of table) {
    it(`${what}: ${expected}`, () => {
      const cost = costOfDay(metered, of);
      assert.equal(cost?.source, source);
      assert.equal(shown(cost), expected);
    });
  }
});

describe('for whatever plan and load curve', () => {
  const minute = fc.integer({ min: 0, max: 1439 });
  const clock = (minutes: number): string =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const range = fc.tuple(minute, minute).filter(([from, to]) => from !== to).map(([from, to]) => `${clock(from)}-${clock(to)}`); // prettier-ignore
  const hours = fc.record({
    season: fc.constantFrom('all', 'summer', 'winter'),
    days: fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 }),
    ranges: range.map((one) => [one]),
  });
  const price = fc.integer({ min: 0, max: 9999 }).map((n) => n / 10_000);
  const inputs = fc.oneof(
    price.map((base) => ({ plan: 'base', ownPrices: [{ subscription: 0, base }] })),
    fc.tuple(range, price, price).map(([one, peak, offPeak]) => ({
      plan: 'hphc',
      offPeak: [{ ranges: [one] }],
      ownPrices: [{ subscription: 0, peak, offPeak }],
    })),
    fc.tuple(fc.array(hours, { minLength: 1, maxLength: 4 }), price).map(([rows, one]) => ({
      plan: 'custom',
      periods: rows.map((row, i) => ({ ...row, name: `p${i}` })),
      defaultPeriod: 'rest',
      ownPrices: [
        { subscription: 0, rest: one, ...Object.fromEntries(rows.map((_, i) => [`p${i}`, one / (i + 2)])) },
      ],
    })),
    fc.constant(TEMPO),
  );
  const someDay = fc.integer({ min: 0, max: 7670 }).map((n) => addDays('2015-01-01', n));
  const watts = fc.array(fc.integer({ min: 0, max: 12_000 }), { minLength: 50, maxLength: 50 });
  const red = (of: Tariff): Tariff => ({ ...of, colourOf: () => 'red' });

  it('its periods tile every day of 2015 to 2035', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { plan, colourOf } = red(tariff(input));
        for (let day = '2015-01-01'; day < '2036-01-01'; day = addDays(day, 1)) {
          const times = timesOf(day, tilesOf(plan, day, addDays(day, -1), colourOf));
          const edges = [...times.map(({ start }) => start), startOfDay(addDays(day, 1))];
          assert.equal(edges[0], startOfDay(day));
          assert.deepEqual(times.map(({ end }) => end), edges.slice(1)); // prettier-ignore
          assert.ok(times.every(({ start, end, period }) => start < end && period));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('the energies of its periods sum to that of the day, and the cost is never negative', () => {
    fc.assert(
      fc.property(inputs, someDay, watts, (input, day, values) => {
        const readings = halfHours(day, (i) => values[i] ?? 0);
        const cost = costOfDay(loadCurve(day, readings), red(tariff(input)));
        const energy = cost?.periods.reduce((sum, period) => sum + period.energy, 0) ?? NaN;
        const expected = readings.reduce((sum, { value }) => sum + value / 2000, 0);
        assert.ok(Math.abs(energy - expected) < 1e-9);
        assert.ok(cost && cost.cost >= 0);
        assert.equal(shown({ periods: [], missing: cost.missing }), '');
      }),
    );
  });

  it('twice the energy costs twice as much', () => {
    fc.assert(
      fc.property(inputs, someDay, watts, (input, day, values) => {
        const of = red(tariff(input));
        const [once, twice] = [1, 2].map((factor) => costOfDay(loadCurve(day, halfHours(day, (i) => factor * (values[i] ?? 0))), of)?.cost ?? NaN); // prettier-ignore
        assert.ok(Math.abs(2 * (once ?? NaN) - (twice ?? NaN)) < 1e-9);
      }),
    );
  });
});

it('a total of no days costs nothing', () => {
  const { cost, missing } = totalCost({ kind: 'base' }, [], { start: '2026-01-01', end: '2026-01-03' });
  assert.deepEqual([cost, missing.days], [0, 2]);
});
