import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addDays, daysIn, instantAt, isoParis, startOfDay, type Day } from '../../../src/calendar/paris';
import { changesIn, PERIODS, REGULATED_PLANS, snapshotRows } from '../../../src/tariff/price-snapshot';
import { pricesIn } from '../../../src/tariff/prices';
import {
  areOutdated,
  nextPriceLook,
  parseRegulatedPrices,
  priceRetryAt,
  regulatedRows,
  type RegulatedRow,
} from '../../../src/tariff/regulated-prices';
import { officialFile, PRICES_OF_2026 } from '../../support/stand-in/tariffs';

const BASE = 'DATE_DEBUT;DATE_FIN;P_SOUSCRITE;PART_FIXE_HT;PART_FIXE_TTC;PART_VARIABLE_HT;PART_VARIABLE_TTC';

describe('an official file of regulated prices', () => {
  it('is read for each plan', () => {
    assert.deepEqual(REGULATED_PLANS.map((plan) => parseRegulatedPrices(plan, officialFile(plan, PRICES_OF_2026[plan]))), [
      {
        rejected: 0,
        rows: [
          { from: '2026-02-01', to: '2026-08-01', power: 6, subscription: 187.8, prices: { base: 0.194 } },
          { from: '2026-08-01', power: 6, subscription: 190.32, prices: { base: 0.2001 } },
        ],
      },
      {
        rejected: 0,
        rows: [
          { from: '2026-02-01', to: '2026-08-01', power: 6, subscription: 187.8, prices: { peak: 0.2065, offPeak: 0.1579 } },
          { from: '2026-08-01', power: 6, subscription: 190.32, prices: { peak: 0.2142, offPeak: 0.1589 } },
        ],
      },
      {
        rejected: 0,
        rows: [
          {
            from: '2026-08-01',
            power: 6,
            subscription: 189.6,
            prices: {
              bluePeak: 0.1654,
              blueOffPeak: 0.1356,
              whitePeak: 0.1921,
              whiteOffPeak: 0.1536,
              redPeak: 0.7295,
              redOffPeak: 0.1615,
            },
          },
        ],
      },
    ]); // prettier-ignore
  });

  const row = { from: '2026-08-01', power: 6, subscription: 190.32, prices: { base: 0.2001 } };
  const placeholder = { from: '2026-08-01', power: 6, prices: {} };
  const table: [string, string, RegulatedRow[], number][] = [
    ['a plain row', '01/08/2026;;6;158,6;190,32;0,1667;0,2001', [row], 0],
    ['a last day', '01/08/2026;31/01/2027;6;;190,32;;0,2001', [{ ...row, to: '2027-02-01' }], 0],
    ['decimal points', '01/08/2026;;6;;190.32;;0.2001', [row], 0],
    ['blanks around', ' 01/08/2026 ; ; 6 ; ; 190,32 ; ; 0,2001 ', [row], 0],
    ['no price', '01/08/2026;;6;;190,32;;', [{ ...row, prices: {} }], 0],
    ['neither price nor subscription', '01/08/2026;;6;;;;', [placeholder], 0],
    ['a short row', '01/08/2026;;6;;190,32', [{ ...row, prices: {} }], 0],
    ['rows of semicolons', ';;;;\n;;;;;;\n\n;', [], 0],
    ['a day that does not exist', '31/04/2026;;6;;190,32;;0,2001', [], 1],
    ['a day in another order', '2026-08-01;;6;;190,32;;0,2001', [], 1],
    ['no first day', ';;6;;190,32;;0,2001', [], 1],
    ['no power', '01/08/2026;;;;190,32;;0,2001', [], 1],
    ['an impossible power', '01/08/2026;;250;;190,32;;0,2001', [], 1],
    // Its day is known: what was before has ended.
    ['a last day that does not exist', '01/08/2026;30/02/2027;6;;190,32;;0,2001', [placeholder], 1],
    ['a last day before the first', '01/08/2026;31/07/2026;6;;190,32;;0,2001', [placeholder], 1],
    ['a negative price', '01/08/2026;;6;;190,32;;-0,2001', [placeholder], 1],
    ['a price of nothing', '01/08/2026;;6;;190,32;;0', [placeholder], 1],
    ['cents for euros', '01/08/2026;;6;;190,32;;20,01', [placeholder], 1],
    ['an absurd subscription', '01/08/2026;;6;;5000,01;;0,2001', [placeholder], 1],
    ['words', '01/08/2026;;6;;190,32;;nc', [placeholder], 1],
  ];
  for (const [name, line, rows, rejected] of table) {
    it(`with ${name}`, () => {
      const last = '01/02/2024;;9;;1;;1';
      const parsed = parseRegulatedPrices('base', `\uFEFF${BASE}\r\n${line}\r\n${last}\r\n`);
      assert.deepEqual(parsed?.rows.slice(0, -1), rows);
      assert.equal(parsed.rejected, rejected);
    });
  }

  it('has its columns in any order, with others between them', () => {
    const csv =
      'part_variable_ttc;X;P_SOUSCRITE;DATE_FIN;PART_FIXE_TTC;DATE_DEBUT\n0,2001;x;6;;190,32;01/08/2026';
    assert.deepEqual(parseRegulatedPrices('base', csv), { rows: [row], rejected: 0 });
  });

  const files: [string, string][] = [
    ['nothing', ''],
    ['another plan', officialFile('hphc', PRICES_OF_2026.hphc)],
    ['a page', '<!DOCTYPE html>\n<html lang="fr"><body>\n<p>Maintenance</p></body></html>'],
    ['JSON', '{"error":"not found"}'],
    ['a quote that does not end', `${BASE}\n"01/08/2026;;6;;190,32;;0,2001`],
    ['a column that is missing', officialFile('base', PRICES_OF_2026.base).replaceAll('PART_FIXE', 'FIXE')],
  ];
  for (const [name, csv] of files) {
    it(`that is ${name} is refused`, () => {
      assert.equal(parseRegulatedPrices('base', csv), undefined);
    });
  }
});

describe('the packaged prices', () => {
  it('are those of the price sheets', () => {
    const on = (plan: 'base' | 'hphc' | 'tempo', power: number, day: Day) => {
      const row = pricesIn(snapshotRows(plan, power))(day);
      return row && [row.subscription, ...PERIODS[plan].map((period) => row.prices[period])];
    };
    assert.deepEqual(on('base', 6, '2026-11-26'), [190.32, 0.2001]);
    assert.deepEqual(on('base', 6, '2026-07-31'), [187.8, 0.194]);
    assert.deepEqual(on('base', 9, '2026-07-31'), [234.72, 0.1927]);
    assert.deepEqual(on('hphc', 6, '2026-08-01'), [190.32, 0.2142, 0.1589]);
    assert.deepEqual(on('tempo', 6, '2026-08-01'), [189.6, 0.1654, 0.1356, 0.1921, 0.1536, 0.7295, 0.1615]);
    assert.deepEqual(on('tempo', 36, '2025-02-01'), [581.4, 0.1552, 0.1288, 0.1792, 0.1447, 0.6586, 0.1518]);
    assert.equal(on('base', 6, '2023-07-31'), undefined);
  });

  it('of a power end where the plan’s prices changed, also where the new ones are not known', () => {
    for (const plan of REGULATED_PLANS) {
      for (const power of [9, 12, 36]) {
        const prices = pricesIn(snapshotRows(plan, power));
        assert.ok(prices('2026-07-31'));
        assert.equal(prices('2026-08-01'), undefined);
      }
    }
  });
});

describe('regulated prices on a day', () => {
  const on = (official: RegulatedRow[], day: Day, power = 6) =>
    pricesIn(regulatedRows('base', power, official))(day)?.prices['base'];
  const official = (
    from: Day,
    last: Day | undefined,
    price: number | undefined,
    power = 6,
  ): RegulatedRow => ({
    from,
    ...(last && { to: addDays(last, 1) }),
    power,
    ...(price !== undefined && { subscription: 100 }),
    prices: price === undefined ? {} : { base: price },
  });
  const table: [string, RegulatedRow[], Day, number | undefined, number?][] = [
    ['no file', [], '2026-11-26', 0.2001],
    ['the official ones', [official('2026-08-01', undefined, 0.3)], '2026-11-26', 0.3],
    ['before an official row', [official('2026-08-01', undefined, 0.3)], '2026-07-31', 0.194],
    ['another power’s', [official('2026-08-01', undefined, 0.3, 9)], '2026-11-26', 0.2001],
    ['a power the package lacks', [official('2026-08-01', undefined, 0.3, 9)], '2026-11-26', 0.3, 9],
    ['a change that is known of another power', [official('2027-02-01', undefined, 0.3, 9)], '2027-02-01', undefined],
    ['published early, the day before', [official('2027-02-01', undefined, 0.3)], '2027-01-31', 0.2001],
    ['published early, its first day', [official('2027-02-01', undefined, 0.3)], '2027-02-01', 0.3],
    ['an empty row, the package knows', [official('2026-08-01', undefined, undefined)], '2026-11-26', 0.2001],
    ['an empty row, newer than the package', [official('2027-02-01', undefined, undefined)], '2027-02-01', undefined],
    ['a row that has ended, with nothing after it', [official('2026-08-01', '2027-01-31', 0.3)], '2027-02-01', undefined],
    ['a row that has ended, the package goes on', [official('2026-02-01', '2026-07-31', 0.3)], '2026-08-01', 0.2001],
    ['a file that is late: its newest row is open', [official('2026-02-01', undefined, 0.3)], '2026-07-31', 0.3],
    ['a file that is late: the change is packaged', [official('2026-02-01', undefined, 0.3)], '2026-08-01', 0.2001],
    ['a file that is late, a power the package lacks', [official('2026-02-01', undefined, 0.3, 9)], '2026-08-01', undefined, 9],
    ['a file that names the last day itself', [official('2026-02-01', '2026-12-31', 0.3)], '2026-11-26', 0.3],
    ['rows that overlap: the newer one', [official('2026-02-01', '2026-12-31', 0.3), official('2026-11-01', '2026-11-30', 0.4)], '2026-11-26', 0.4],
    ['rows in any order', [official('2026-11-01', undefined, 0.4), official('2026-08-01', '2026-10-31', 0.3)], '2026-11-26', 0.4],
  ]; // prettier-ignore
  for (const [name, rows, day, expected, power] of table) {
    it(`with ${name}: ${String(expected)}`, () => {
      assert.equal(on(rows, day, power), expected);
    });
  }

  it('have a missing subscription or price of an official row filled in', () => {
    const row = { from: '2026-08-01', power: 6, subscription: 191, prices: { offPeak: 0.16 } };
    assert.deepEqual(regulatedRows('hphc', 6, [row]).at(-1), {
      from: '2026-08-01',
      subscription: 191,
      prices: { peak: 0.2142, offPeak: 0.16 },
    });
  });

  const day = fc.integer({ min: -100, max: 1300 }).map((days) => addDays('2023-08-01', days));
  const row = fc
    .record({
      from: fc.oneof(day, fc.constantFrom(...changesIn('hphc'))),
      length: fc.option(fc.integer({ min: 1, max: 700 }), { nil: undefined }),
      power: fc.constantFrom(6, 6, 9),
      subscription: fc.option(fc.constantFrom(100, 200), { nil: undefined }),
      peak: fc.option(fc.constantFrom(0.3, 0.4), { nil: undefined }),
      offPeak: fc.option(fc.constantFrom(0.1, 0.2), { nil: undefined }),
    })
    .map(({ from, length, power, subscription, peak, offPeak }): RegulatedRow => ({
      from,
      ...(length !== undefined && { to: addDays(from, length) }),
      power,
      ...(subscription !== undefined && { subscription }),
      prices: { ...(peak !== undefined && { peak }), ...(offPeak !== undefined && { offPeak }) },
    }));

  it('are the official ones, else the packaged ones, never those of another time, whatever a file says', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), fc.constantFrom(6, 9), (all, power) => {
        const rows = regulatedRows('hphc', power, all);
        for (const [i, { from, to }] of rows.entries()) {
          assert.ok(to === undefined || to > from);
          const next = rows[i + 1];
          assert.ok(!next || (to !== undefined && to <= next.from), 'rows overlap');
        }
        const own = all.filter((each) => each.power === power);
        const edges = [...own.flatMap(({ from, to = from }) => [from, to]), ...all.map(({ from }) => from)];
        const resultOn = pricesIn(rows);
        const officialOn = pricesIn(own);
        const packagedOn = pricesIn(snapshotRows('hphc', power));
        for (const each of daysIn('2023-07-01', '2027-04-01')) {
          const published = officialOn(each);
          const isLate =
            published &&
            published.to === undefined &&
            [...changesIn('hphc'), ...all.map(({ from }) => from)].some(
              (change) => published.from < change && change <= each,
            );
          const current = isLate ? undefined : published;
          const kept = packagedOn(each);
          const isOld = kept && edges.some((edge) => kept.from < edge && edge <= each);
          const fallback = isOld ? undefined : kept;
          const found = resultOn(each);
          for (const period of PERIODS.hphc) {
            assert.equal(found?.prices[period], current?.prices[period] ?? fallback?.prices[period], each);
          }
          assert.equal(found?.subscription, current?.subscription ?? fallback?.subscription, each);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('say when they began: an official row is not cut into pieces', () => {
    const rows = [official('2024-05-01', '2027-01-31', 0.3)];
    assert.deepEqual(
      regulatedRows('base', 6, rows).map(({ from, to }) => [from, to]),
      [
        ['2024-02-01', '2024-05-01'],
        ['2024-05-01', '2027-02-01'],
      ],
    );
  });
});

describe('regulated prices are outdated', () => {
  const rows = [{ from: '2026-02-01', to: '2026-08-01', prices: {} }, { from: '2026-08-01', prices: {} }]; // prettier-ignore
  const at = (day: Day): number => startOfDay(day);
  const table: [string, Day, number | undefined, boolean][] = [
    ['on the day of the change', '2026-08-01', undefined, false],
    ['before the next usual change', '2027-01-31', undefined, false],
    ['on the next usual change', '2027-02-01', undefined, true],
    ['while the file was read before it only', '2027-06-01', at('2027-01-31'), true],
    ['while the file could be late', '2027-06-01', at('2027-03-17'), true],
    ['no more once the file was read late enough', '2027-06-01', at('2027-03-18'), false],
    ['again at the change after that', '2027-08-01', at('2027-07-31'), true],
    ['where no row has begun', '2026-01-31', undefined, false],
  ];
  for (const [name, today, checkedAt, expected] of table) {
    it(`${name}: ${String(expected)}`, () => {
      assert.equal(areOutdated(rows, today, checkedAt), expected);
    });
  }

  it('where all rows have ended, whenever the file was read', () => {
    assert.equal(areOutdated(snapshotRows('base', 9), '2026-08-01', undefined), true);
    assert.equal(areOutdated(snapshotRows('base', 9), '2026-11-26', at('2026-11-26')), true);
    assert.equal(areOutdated([], '2026-11-26', undefined), false);
  });
});

describe('an official file is read again', () => {
  const look = (checked: string): string =>
    isoParis(nextPriceLook(at(checked), at(checked), 0))
      .slice(0, 16)
      .replace('T', ' ');
  const at = (text: string): number =>
    instantAt(text.slice(0, 10), Number(text.slice(11, 13)) * 60 + Number(text.slice(14, 16)));
  const table: [string, string][] = [
    ['2026-11-26 14:37', '2026-12-03 14:37'],
    ['2026-01-17 14:37', '2026-01-24 14:37'],
    ['2026-01-18 14:37', '2026-01-25 14:37'],
    ['2026-01-20 14:37', '2026-01-25 14:37'],
    ['2026-01-25 14:37', '2026-01-26 14:37'],
    ['2026-02-19 14:37', '2026-02-20 14:37'],
    ['2026-02-20 14:37', '2026-02-27 14:37'],
    ['2026-07-24 00:00', '2026-07-25 00:00'],
    ['2026-08-19 23:59', '2026-08-20 23:59'],
    // The same time by the clock.
    ['2026-10-22 14:37', '2026-10-29 14:37'],
    ['2026-03-27 14:37', '2026-04-03 14:37'],
  ];
  for (const [checked, next] of table) {
    it(`read ${checked}: ${next}`, () => {
      assert.equal(look(checked), next);
    });
  }

  const now = at('2026-11-26 14:37');
  it('at once where it never was, or by a clock that was wrong', () => {
    assert.equal(nextPriceLook(undefined, now, 5), now);
    assert.equal(nextPriceLook(now + 1, now, 5), now);
  });

  it('later by the jitter', () => {
    assert.equal(nextPriceLook(now, now, 5000) - nextPriceLook(now, now, 0), 5000);
  });

  it('after failures later and later', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5, 100].map((failures) => (priceRetryAt(failures, now, 7) - now - 7) / 3_600_000),
      [1 / 12, 1, 3, 12, 24, 24, 24],
    );
  });
});
