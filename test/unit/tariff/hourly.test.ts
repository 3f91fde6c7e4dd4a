import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addDays, type Day } from '../../../src/calendar/paris';
import { dayState, type Reading } from '../../../src/metering/readings';
import { tariffOf, type TariffInput } from '../../../src/tariff/config';
import { costOfDay, type Tariff } from '../../../src/tariff/cost';
import { KWH, type MeteredDay } from '../../../src/tariff/energy';
import { hourlyCosts, hourlyEnergies, type HourCost } from '../../../src/tariff/hourly';
import { pricesIn } from '../../../src/tariff/prices';
import type { Colour } from '../../../src/tariff/tempo';
import { curve, halfHours } from '../../support/readings';

const DAY = '2026-11-22';
const WH = KWH / 1000;

function loadCurve(day: Day, readings: Reading[]): MeteredDay {
  return { day, loadCurve: { state: dayState('consumption-load-curve', day, readings), readings } };
}

/** 1 kWh in each half hour. */
const steady = (day: Day): MeteredDay =>
  loadCurve(
    day,
    halfHours(day, () => 2000),
  );

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

const hphc = (...ranges: string[]): TariffInput => ({
  plan: 'hphc',
  offPeak: [{ ranges }],
  ownPrices: [{ subscription: 365, peak: 0.2, offPeak: 0.1 }],
});
const TEMPO: TariffInput = {
  plan: 'tempo',
  ownPrices: [
    {
      ...{ subscription: 0, bluePeak: 0.2, blueOffPeak: 0.1 },
      ...{ whitePeak: 0.4, whiteOffPeak: 0.3, redPeak: 0.8, redOffPeak: 0.5 },
    },
  ],
};
/** The price of the evening changes within a half hour. */
const CUSTOM: TariffInput = {
  plan: 'custom',
  periods: [
    { name: 'weekend', days: [6, 7], ranges: ['00:00-24:00'] },
    { name: 'evening', ranges: ['17:10-21:50'] },
  ],
  defaultPeriod: 'day',
  ownPrices: [{ subscription: 120, weekend: 0.15, evening: 0.35, day: 0.22 }],
};

/** Registers whose total counted so many Wh on the day. */
const counted = (total: number): Required<MeteredDay>['registers'] => ({
  before: { day: DAY, total: 1000, calendars: [] },
  after: { day: addDays(DAY, 1), total: 1000 + total, calendars: [] },
});

const wattHours = (metered: MeteredDay): number[] | undefined =>
  hourlyEnergies(metered)?.map((energy) => energy / WH);

describe('the energy of a day’s hours', () => {
  for (const [day, count] of [
    [DAY, 24],
    ['2026-03-29', 23],
    ['2026-10-25', 25],
  ] as const) {
    for (const minutes of [5, 10, 15, 30, 60]) {
      it(`${day}, measured every ${minutes} minutes, is that of ${count} hours`, () => {
        const perHour = 60 / minutes;
        // The mean of an hour's values, which grow by 12 from one to the next.
        const expected = Array.from({ length: count }, (_, i) => 12 * (i * perHour + (perHour - 1) / 2));
        assert.deepEqual(
          wattHours(
            loadCurve(
              day,
              curve(day, minutes, (i) => 12 * i),
            ),
          ),
          expected,
        );
      });
    }
  }

  it('is that of a day on which the interval changes', () => {
    const readings = [...halfHours(DAY, () => 1000).slice(0, 27), ...curve(DAY, 10, () => 600).slice(81)];
    assert.deepEqual(wattHours(loadCurve(DAY, readings)), [
      ...Array.from({ length: 13 }, () => 1000),
      // Half an hour of each.
      800,
      ...Array.from({ length: 10 }, () => 600),
    ]);
  });

  const table: [string, MeteredDay, number[] | undefined][] = [
    ['nothing', { day: DAY }, undefined],
    ['an empty load curve', loadCurve(DAY, []), undefined],
    ['a daily value alone: its first hour has it', { day: DAY, daily: 12_345 }, [12_345]],
    ['a daily value alone, on the long day', { day: '2026-10-25', daily: 12_345 }, [12_345]],
    ['a daily value of nought', { day: DAY, daily: 0 }, [0]],
    ['the total register alone', { day: DAY, registers: counted(12_345) }, [12_345]],
    ['the total register beside a daily value, which stands for it', { day: DAY, daily: 12_000, registers: counted(12_345) }, [12_000]], // prettier-ignore
    ['the total register beside a load curve with gaps', { ...loadCurve(DAY, halfHours(DAY).slice(5)), registers: counted(12_345) }, [12_345, ...Array.from({ length: 23 }, () => 0)]], // prettier-ignore
    ['the total register of another meter', { day: DAY, registers: counted(5_000_000) }, undefined],
    ['a whole load curve beside a daily value', { ...steady(DAY), daily: 12_345 }, Array.from({ length: 24 }, () => 2000)], // prettier-ignore
    ['a load curve with gaps beside a daily value', { ...loadCurve(DAY, halfHours(DAY).slice(5)), daily: 12_345 }, [12_345, ...Array.from({ length: 23 }, () => 0)]], // prettier-ignore
    ['a load curve with gaps beside a daily value, on the short day', { ...loadCurve('2026-03-29', halfHours('2026-03-29').slice(5)), daily: 7 }, [7, ...Array.from({ length: 22 }, () => 0)]], // prettier-ignore
    ['a load curve that ends early', loadCurve(DAY, halfHours(DAY, () => 1000).slice(0, 5)), [1000, 1000, 500]], // prettier-ignore
    ['a load curve that begins late and has a hole', loadCurve(DAY, halfHours(DAY, () => 1000).filter((_, i) => i > 3 && i !== 6 && i < 9)), [0, 0, 1000, 500, 500]], // prettier-ignore
    ['a load curve whose last reading ends after midnight', loadCurve(DAY, [...halfHours(DAY, () => 1000).slice(0, 2), { start: Date.UTC(2026, 10, 22, 22, 30), end: Date.UTC(2026, 10, 22, 23, 30), value: 1000 }]), [1000, ...Array.from({ length: 22 }, () => 0), 500]], // prettier-ignore
  ];
  for (const [what, metered, expected] of table) {
    it(`of ${what}`, () => {
      assert.deepEqual(wattHours(metered), expected);
    });
  }
});

/** `0 offPeak 2 = 0.20, 1 peak 0.933 = …`: the hour, kWh and €. */
const shown = (hours: readonly HourCost[] | undefined, from: number, to: number): string[] =>
  (hours ?? []).slice(from, to).map(({ periods }, i) => {
    const parts = periods.map(
      ({ name, energy, cost }) => `${name} ${Number((energy / KWH).toFixed(3))} = ${cost.toFixed(3)}`,
    );
    return `${from + i}: ${parts.join(', ')}`;
  });

describe('what a day’s hours cost', () => {
  const table: [string, Tariff, MeteredDay, from: number, to: number, expected: string[]][] = [
    // 28 minutes are peak, 32 off-peak.
    ['a half hour that is split by the minute', tariff(hphc('1h28-6h58')), steady(DAY), 0, 3, ['0: peak 2 = 0.400', '1: peak 0.933 = 0.187, offPeak 1.067 = 0.107', '2: offPeak 2 = 0.200']], // prettier-ignore
    ['a period that comes twice in an hour', tariff(hphc('1:20-1:40')), steady(DAY), 1, 2, ['1: peak 1.333 = 0.267, offPeak 0.667 = 0.067']], // prettier-ignore
    // Of a Monday: 17:10 and 21:50 lie within a half hour and, of the curve of hours, within an hour.
    ['a custom plan, of half hours', tariff(CUSTOM), steady('2026-11-23'), 16, 19, ['16: day 2 = 0.440', '17: day 0.333 = 0.073, evening 1.667 = 0.583', '18: evening 2 = 0.700']], // prettier-ignore
    ['a custom plan, of hours', tariff(CUSTOM), loadCurve('2026-11-23', curve('2026-11-23', 60, () => 2000)), 21, 22, ['21: evening 1.667 = 0.583, day 0.333 = 0.073']], // prettier-ignore
    // The clock never shows 02:30 on that day: the off-peak hours end with the jump, after two hours.
    ['the short day', tariff(hphc('0:00-2:30')), steady('2026-03-29'), 1, 3, ['1: offPeak 2 = 0.200', '2: peak 2 = 0.400']], // prettier-ignore
    // It shows 02:00 to 02:30 twice, in the third and in the fourth hour.
    ['the long day', tariff(hphc('0:00-2:30')), steady('2026-10-25'), 1, 5, ['1: offPeak 2 = 0.200', '2: offPeak 1 = 0.100, peak 1 = 0.200', '3: offPeak 1 = 0.100, peak 1 = 0.200', '4: peak 2 = 0.400']], // prettier-ignore
    ['an unknown colour, which leaves the night of the day before', tariff(TEMPO, '2026-01-13 R?'), steady('2026-01-14'), 5, 7, ['5: redOffPeak 2 = 1.000', '6: ']], // prettier-ignore
    ['unknown off-peak hours', tariff({ ...hphc(), offPeak: [{ from: '2026-12-01', ranges: ['22:00-06:00'] }] }), steady(DAY), 0, 1, ['0: ']], // prettier-ignore
    ['an unknown price: the energy alone', tariff({ plan: 'base', ownPrices: [{ from: '2026-12-01', subscription: 365, base: 1 }] }), steady(DAY), 0, 1, ['0: base 2 = 0.000']], // prettier-ignore
    ['the price of before a change', tariff({ plan: 'base', ownPrices: [{ subscription: 0, base: 0.1 }, { from: '2026-11-23', subscription: 0, base: 0.2 }] }), steady(DAY), 23, 24, ['23: base 2 = 0.200']], // prettier-ignore
    ['the price of after a change', tariff({ plan: 'base', ownPrices: [{ subscription: 0, base: 0.1 }, { from: '2026-11-23', subscription: 0, base: 0.2 }] }), steady('2026-11-23'), 0, 1, ['0: base 2 = 0.400']], // prettier-ignore
  ];
  for (const [what, by, metered, from, to, expected] of table) {
    it(what, () => {
      assert.deepEqual(shown(hourlyCosts(metered, by), from, to), expected);
    });
  }

  const near = (actual: number | undefined, expected: number | undefined): void => {
    assert.ok(Math.abs((actual ?? NaN) - (expected ?? NaN)) < 1e-9, `${actual} instead of ${expected}`);
  };

  it('has a part of the day’s subscription in each hour', () => {
    // 1 € a day over 24 hours; of a day that ends early over those that it has.
    near(hourlyCosts(steady(DAY), tariff(hphc('22:00-6:00')))?.[0]?.cost, 0.2 + 1 / 24);
    const short = loadCurve(DAY, halfHours(DAY, () => 2000).slice(0, 4));
    const hours = hourlyCosts(short, tariff(hphc('22:00-6:00')));
    assert.equal(hours?.length, 2);
    near(hours[1]?.cost, 0.2 + 1 / 2);
    // What is fed in has none.
    const feedIn: Tariff = { ...tariff(TEMPO), plan: { kind: 'feed-in' }, pricesOf: pricesIn([{ from: '', prices: { feedIn: 0.1 } }]) }; // prettier-ignore
    near(hourlyCosts(steady(DAY), feedIn)?.[0]?.cost, 0.2);
  });

  it('is the day’s cost in its first hour where the day is one', () => {
    const calendars = (HC: number, HP: number) => [{ id: 'x', name: 'x', registers: { HC, HP } }];
    const registers = {
      before: { day: DAY, total: 0, calendars: calendars(0, 0) },
      after: { day: addDays(DAY, 1), total: 12_345, calendars: calendars(2345, 10_000) },
    };
    const base = tariff({ plan: 'base', ownPrices: [{ subscription: 365, base: 0.25 }] });
    const offPeak = tariff(hphc('22:00-6:00'));
    const gaps = loadCurve(DAY, halfHours(DAY).slice(5));
    for (const [metered, by] of [
      [{ day: DAY, daily: 12_345 }, base],
      [{ ...gaps, daily: 12_345 }, base],
      [{ day: DAY, daily: 12_345, registers }, offPeak],
      [{ ...gaps, daily: 12_345, registers }, offPeak],
      // Without registers, of a load curve with gaps what there is.
      [{ ...gaps, daily: 12_345 }, offPeak],
    ] as const) {
      const [first, ...others] = hourlyCosts(metered, by) ?? [];
      const cost = costOfDay(metered, by);
      near(first?.cost, cost?.cost);
      assert.deepEqual(
        first?.periods.map(({ name }) => name).sort(),
        cost?.periods.map(({ name }) => name).sort(),
      );
      assert.deepEqual(others, 'loadCurve' in metered ? others.map(() => ({ cost: 0, periods: [] })) : []);
    }
    // A daily value says nothing about periods: not even the subscription is on a day of which nothing is known.
    assert.deepEqual(hourlyCosts({ day: DAY, daily: 1 }, offPeak), [{ cost: 0, periods: [] }]);
    assert.equal(hourlyCosts({ day: DAY }, base), undefined);
  });

  it('adds up to the energy and the cost of the day’s load curve, whatever that is like', () => {
    const tariffs = [
      tariff({ plan: 'base', ownPrices: [{ subscription: 190, base: 0.2 }] }),
      tariff(hphc('22:00-06:00')),
      tariff(hphc('1h28-6h58', '13h58-16h28')),
      tariff(TEMPO, '2026-03-27 BWR?WB'),
      tariff(TEMPO, '2026-10-24 R?WRB'),
      tariff(CUSTOM),
    ];
    const day = fc.constantFrom(DAY, '2026-03-28', '2026-03-29', '2026-03-30', '2026-10-25', '2026-10-26');
    const values = fc.array(fc.option(fc.nat(9000), { nil: undefined, freq: 8 }), { minLength: 1, maxLength: 60 }); // prettier-ignore
    let seen = 0;
    fc.assert(
      fc.property(
        day,
        fc.constantFrom(5, 10, 15, 30, 60),
        values,
        fc.constantFrom(...tariffs),
        fc.boolean(),
        (date, minutes, watts, by, whole) => {
          // prettier-ignore
          const readings = curve(date, minutes, (i) => watts[i % watts.length] ?? 0).filter(
          (_, i) => whole || watts[i % watts.length] !== undefined,
        );
          const metered = loadCurve(date, readings);
          const energies = hourlyEnergies(metered);
          const costs = hourlyCosts(metered, by);
          if (readings.length === 0) {
            assert.deepEqual([energies, costs], [undefined, undefined]);
            return;
          }
          seen += 1;
          assert.ok(energies);
          assert.equal(energies.length, costs?.length);
          const measured = readings.reduce((sum, { start, end, value }) => sum + value * (end - start), 0);
          assert.equal(
            energies.reduce((sum, energy) => sum + energy, 0),
            measured,
          );
          const cost = costOfDay(metered, by);
          near(
            costs?.reduce((sum, hour) => sum + hour.cost, 0),
            cost?.cost,
          );
          for (const [i, hour] of (costs ?? []).entries()) {
            const sum = hour.periods.reduce((all, { energy }) => all + energy, 0);
            const isKnown = cost?.missing.colours === 0 && cost.missing.offPeakHours === 0;
            // What is in no period is in no hour of one.
            assert.ok(isKnown ? sum === energies[i] : sum <= (energies[i] ?? NaN), `hour ${i}`);
          }
          for (const { name, energy } of cost?.periods ?? []) {
            const ofHours = (costs ?? []).flatMap(({ periods }) =>
              periods.filter((each) => each.name === name),
            );
            near(ofHours.reduce((sum, each) => sum + each.energy, 0) / KWH, energy); // prettier-ignore
          }
        },
      ),
      { numRuns: 300 },
    );
    assert.ok(seen > 200);
  });
});
