import assert from 'node:assert/strict';
import {
  periodNamesOf,
  picturesOf,
  tariffOf,
  type Problem,
  type TariffInput,
} from '../../../src/tariff/config';
import { clockText, tidyRange } from '../../../src/tariff/hours';

const ALL_DAYS = [1, 2, 3, 4, 5, 6, 7];
const WEEK = [1, 2, 3, 4, 5];
const WEEKEND = [6, 7];

const hphc = (...offPeak: object[]): TariffInput => ({ plan: 'hphc', offPeak });
const custom = (more: object): TariffInput => ({
  plan: 'custom',
  prices: 'own',
  defaultPeriod: 'day',
  periods: [{ name: 'night', ranges: ['22h-6h'] }],
  ownPrices: [{ subscription: 190, night: 0.1, day: 0.2 }],
  ...more,
});
const own = (...ownPrices: object[]): TariffInput => ({ prices: 'own', ownPrices });

const problemsOf = (input: TariffInput): Problem[] => {
  const tariff = tariffOf(input);
  return 'problems' in tariff ? tariff.problems : [];
};

describe('a tariff that is valid', () => {
  it('has its properties read, with commas, spaces, and what is missing by default', () => {
    assert.deepEqual(tariffOf({}), {
      config: { plan: { kind: 'base' }, power: 6, prices: 'regulated', feedIn: [] },
    });
    assert.deepEqual(tariffOf({ ...own({ from: '2026-08-01', subscription: '190,32', base: ' 0,2001 ' }) }), {
      config: {
        plan: { kind: 'base' },
        power: 6,
        prices: [{ from: '2026-08-01', subscription: 190.32, prices: { base: 0.2001 } }],
        feedIn: [],
      },
    });
    assert.deepEqual(tariffOf({ power: '9', feedIn: [{ from: '2025-01-01', price: 0.1269 }] }), {
      config: {
        plan: { kind: 'base' },
        power: 9,
        prices: 'regulated',
        feedIn: [{ from: '2025-01-01', prices: { feedIn: 0.1269 } }],
      },
    });
  });

  it('has its hours cut at midnight', () => {
    assert.deepEqual(tariffOf(hphc({ ranges: ['22h-6h', '12:30 - 14:30'] })), {
      config: {
        plan: {
          kind: 'hphc',
          offPeak: [
            {
              from: '',
              season: 'all',
              days: ALL_DAYS,
              ranges: [
                { from: 0, to: 360 },
                { from: 750, to: 870 },
                { from: 1320, to: 1440 },
              ],
            },
          ],
        },
        power: 6,
        prices: 'regulated',
        feedIn: [],
      },
    });
  });

  const valid: [what: string, input: TariffInput][] = [
    [
      'rows of different dates may apply on the same days',
      hphc({ ranges: ['22h-6h'] }, { from: '2026-11-01', ranges: ['1h28-6h58'] }),
    ],
    [
      'seasons share a year',
      hphc({ season: 'summer', ranges: ['12h-16h'] }, { season: 'winter', ranges: ['22h-6h'] }),
    ],
    ['days share a week', hphc({ days: WEEK, ranges: ['22h-6h'] }, { days: WEEKEND, ranges: ['0h-24h'] })],
    [
      'periods of a custom plan may overlap',
      custom({
        periods: [
          { name: 'night', ranges: ['22h-6h'] },
          { name: 'day', ranges: ['5h-7h'] },
        ],
      }),
    ],
    ['a custom plan without rows', custom({ periods: [], ownPrices: [{ subscription: 0, day: 0.2 }] })],
    ['any power with own prices', { ...own({ subscription: 1, base: 0 }), power: 7 }],
    ['rows that the plan does not need', { plan: 'tempo', offPeak: 'nonsense', periods: [{}], ownPrices: 7 }],
  ];
  for (const [what, input] of valid) {
    it(what, () => {
      assert.deepEqual(problemsOf(input), []);
    });
  }
});

describe('a tariff that is not valid says why', () => {
  const table: [what: string, input: TariffInput, ...problems: Problem[]][] = [
    ['an unknown plan', { plan: 'ejp' }, { key: 'plan-unknown', field: 'plan' }],
    [
      'a power that the plan does not have',
      { plan: 'tempo', power: 24 },
      { key: 'power-not-offered', field: 'power', params: { powers: '6, 9, 12, 15, 18, 30, 36' } },
    ],
    [
      'a power that is none',
      { power: 'much' },
      { key: 'power-not-offered', field: 'power', params: { powers: '3, 6, 9, 12, 15, 18, 24, 30, 36' } },
    ],
    ['unknown prices', { prices: 'market' }, { key: 'prices-unknown', field: 'prices' }],
    [
      'a custom plan with regulated prices',
      custom({ prices: 'regulated' }),
      { key: 'custom-needs-own-prices', field: 'prices' },
    ],
    ['no off-peak hours', hphc(), { key: 'list-empty', field: 'offPeak' }],
    ['no prices', own(), { key: 'list-empty', field: 'ownPrices' }],
    [
      'dates that do not exist',
      hphc({ ranges: ['22h-6h'] }, { from: '2026-02-30', days: [1], ranges: ['22h-6h'] }),
      { key: 'from-invalid', field: 'offPeak', row: 2, params: { from: '2026-02-30' } },
      { key: 'rows-overlap', field: 'offPeak', row: 2, params: { other: '1' } },
    ],
    [
      'two prices from one date',
      own({ subscription: 1, base: 0.2 }, { subscription: 2, base: 0.3 }),
      { key: 'from-twice', field: 'ownPrices', row: 2, params: { from: '' } },
    ],
    [
      'an unknown season',
      hphc({ season: 'spring', ranges: ['22h-6h'] }),
      { key: 'season-unknown', field: 'offPeak', row: 1 },
    ],
    [
      'no day',
      hphc({ ranges: ['22h-6h'] }, { days: [], ranges: ['22h-6h'] }),
      { key: 'days-none', field: 'offPeak', row: 2 },
    ],
    [
      'days that are none, as Sunday is 7',
      hphc({ ranges: ['22h-6h'] }, { from: '2026-12-01', days: [0, 6], ranges: ['22h-6h'] }),
      { key: 'days-invalid', field: 'offPeak', row: 2 },
    ],
    [
      'a reserved name for the other hours',
      {
        plan: 'custom',
        prices: 'own',
        defaultPeriod: 'subscription',
        ownPrices: [{ subscription: 1 }],
      },
      { key: 'default-name-reserved', field: 'defaultPeriod', params: { name: 'subscription' } },
    ],
    ['no hours', hphc({ ranges: [' '] }), { key: 'ranges-none', field: 'offPeak', row: 1 }],
    [
      'hours that are none',
      hphc({ ranges: ['22:00-06:00', '25:00-26:00'] }),
      { key: 'range-invalid', field: 'offPeak', row: 1, params: { range: '25:00-26:00' } },
    ],
    [
      'hours that overlap, as they were written',
      hphc({ ranges: ['22:00-06:00', '05:00-07:00'] }),
      {
        key: 'ranges-overlap',
        field: 'offPeak',
        row: 1,
        params: { one: '22:00-06:00', other: '05:00-07:00' },
      },
    ],
    [
      'rows that apply on the same days',
      hphc({ days: WEEK, ranges: ['22h-6h'] }, { days: [5, 6, 7], ranges: ['0h-8h'] }),
      { key: 'rows-overlap', field: 'offPeak', row: 2, params: { other: '1' } },
    ],
    [
      'a day without hours',
      hphc(
        { days: ALL_DAYS, season: 'summer', ranges: ['22h-6h'] },
        { days: WEEK, season: 'winter', ranges: ['22h-6h'] },
      ),
      { key: 'hours-hole', field: 'offPeak', params: { season: 'winter', day: '6' } },
    ],
    [
      'a period without a name',
      custom({ periods: [{ ranges: ['22h-6h'] }], ownPrices: [{ subscription: 1, day: 0.2, '': 0.1 }] }),
      { key: 'name-missing', field: 'periods', row: 1 },
    ],
    [
      'a period with the name of something else',
      custom({ periods: [{ name: 'from', ranges: ['22h-6h'] }], prices: 'own' }),
      { key: 'name-reserved', field: 'periods', row: 1, params: { name: 'from' } },
      { key: 'price-missing', field: 'ownPrices', row: 1, params: { period: 'from' } },
    ],
    [
      'no name for the other hours',
      custom({ defaultPeriod: ' ', ownPrices: [{ subscription: 1, night: 0.1, '': 0.2 }] }),
      { key: 'default-period-missing', field: 'defaultPeriod' },
    ],
    [
      'prices that are missing',
      { plan: 'hphc', offPeak: [{ ranges: ['22h-6h'] }], ...own({ peak: 0.2 }) },
      { key: 'price-missing', field: 'ownPrices', row: 1, params: { period: 'subscription' } },
      { key: 'price-missing', field: 'ownPrices', row: 1, params: { period: 'offPeak' } },
    ],
    [
      'prices that are none',
      own({ subscription: -1, base: '19,52' }),
      { key: 'price-invalid', field: 'ownPrices', row: 1, params: { period: 'subscription', value: '-1' } },
      { key: 'price-invalid', field: 'ownPrices', row: 1, params: { period: 'base', value: '19,52' } },
    ],
    [
      'a feed-in price that is missing',
      { feedIn: [{ from: '2025-01-01' }] },
      { key: 'price-missing', field: 'feedIn', row: 1, params: { period: 'price' } },
    ],
    [
      'nonsense instead of rows',
      hphc(7 as unknown as object),
      { key: 'ranges-none', field: 'offPeak', row: 1 },
    ],
  ];
  for (const [what, input, ...problems] of table) {
    it(what, () => {
      assert.deepEqual(problemsOf(input), problems);
    });
  }
});

describe('the periods that have a price', () => {
  const table: [what: string, input: TariffInput, names: string[]][] = [
    ['base', {}, ['base']],
    ['an unknown plan', { plan: 'ejp' }, ['base']],
    ['off-peak hours that are not valid', hphc({ ranges: ['x'] }), ['peak', 'offPeak']],
    [
      'tempo',
      { plan: 'tempo' },
      ['bluePeak', 'blueOffPeak', 'whitePeak', 'whiteOffPeak', 'redPeak', 'redOffPeak'],
    ],
    [
      'a custom plan, each name once',
      custom({ periods: [{ name: 'a' }, { name: 'b' }, { name: 'a' }] }),
      ['a', 'b', 'day'],
    ],
    ['a custom plan without names yet', custom({ periods: [{}], defaultPeriod: '' }), []],
  ];
  for (const [what, input, names] of table) {
    it(what, () => {
      assert.deepEqual(periodNamesOf(input), names);
    });
  }
});

describe('the pictures of the days', () => {
  /** `from season days: 00:00 period, …`: where each period begins. */
  const shown = (input: TariffInput): string[] =>
    picturesOf(input).map(({ from, season, days, tiles }) => {
      const parts = tiles.map((tile) => `${clockText(tile.from)} ${tile.period ?? '?'}`);
      return `${from || '-'} ${season} ${days.join('')}: ${parts.join(', ')}`;
    });

  const table: [what: string, input: TariffInput, ...pictures: string[]][] = [
    ['base', {}, '- all 1234567: 00:00 base'],
    ['an unknown plan', { plan: 'ejp' }, '- all 1234567: 00:00 base'],
    ['tempo', { plan: 'tempo' }, '- all 1234567: 00:00 offPeak, 06:00 peak, 22:00 offPeak'],
    ['no hours yet', hphc()],
    ['hours that are none yet', hphc({ ranges: ['22:'] }), '- all 1234567: 00:00 peak'],
    [
      'minutes, and two ranges',
      hphc({ ranges: ['1h28-6h58', '13h58-16h28'] }),
      '- all 1234567: 00:00 peak, 01:28 offPeak, 06:58 peak, 13:58 offPeak, 16:28 peak',
    ],
    [
      'ranges that overlap',
      hphc({ ranges: ['1h-6h', '2h-3h', '5h-7h'] }),
      '- all 1234567: 00:00 peak, 01:00 offPeak, 06:00 offPeak, 07:00 peak',
    ],
    [
      'seasons',
      hphc({ season: 'summer', ranges: ['12h-16h'] }, { season: 'winter', ranges: ['0h-4h'] }),
      '- summer 1234567: 00:00 peak, 12:00 offPeak, 16:00 peak',
      '- winter 1234567: 00:00 offPeak, 04:00 peak',
    ],
    [
      'days',
      hphc({ days: WEEK, ranges: ['0h-6h'] }, { days: WEEKEND, ranges: ['0h-24h'] }),
      '- all 12345: 00:00 offPeak, 06:00 peak',
      '- all 67: 00:00 offPeak',
    ],
    [
      'a later date, for which the earlier row still holds in winter',
      hphc({ ranges: ['0h-6h'] }, { from: '2026-11-01', season: 'summer', ranges: ['12h-16h'] }),
      '- all 1234567: 00:00 offPeak, 06:00 peak',
      '2026-11-01 summer 1234567: 00:00 peak, 12:00 offPeak, 16:00 peak',
      '2026-11-01 winter 1234567: 00:00 offPeak, 06:00 peak',
    ],
    [
      'a custom plan: the first row that fits counts',
      custom({
        periods: [
          { name: 'weekend', days: WEEKEND, ranges: ['0h-24h'] },
          { name: 'night', ranges: ['22h-6h'] },
        ],
      }),
      '- all 12345: 00:00 night, 06:00 day, 22:00 night',
      '- all 67: 00:00 weekend',
    ],
    [
      'a custom plan whose other hours have no name yet',
      custom({ defaultPeriod: '' }),
      '- all 1234567: 00:00 night, 06:00 ?, 22:00 night',
    ],
    ['a custom plan without rows', custom({ periods: [] }), '- all 1234567: 00:00 day'],
  ];
  for (const [what, input, ...pictures] of table) {
    it(what, () => {
      assert.deepEqual(shown(input), pictures);
    });
  }
});

describe('a range as it is tidied', () => {
  const table = [
    ['22h-6h', '22:00-06:00'],
    [' 1H28 – 6h58 ', '01:28-06:58'],
    ['12:30-14:30', '12:30-14:30'],
    ['22:00-0:00', '22:00-24:00'],
    ['0h-24h', '00:00-24:00'],
    ['22:00-22:00', '22:00-22:00'],
    [' at night ', 'at night'],
  ] as const;
  for (const [text, tidy] of table) {
    it(`${text} is ${tidy}`, () => {
      assert.equal(tidyRange(text), tidy);
    });
  }
});
