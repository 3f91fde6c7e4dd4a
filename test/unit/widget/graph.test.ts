import assert from 'node:assert/strict';
import type { Metric } from '../../../src/metering/metrics';
import { graphOf, type Pick } from '../../../src/widget/graph';
import { keptOf, type Colour, type Kept, type Point } from '../../../src/widget/kept';
import { costMessageOf, type Tariff } from '../../support/widget/costs';
import { HOUSE, messageOf } from '../../support/widget/messages';

function kept(metric: Metric, last = '2026-11-22'): Kept {
  const one = keptOf(messageOf('consumption', metric, HOUSE, last));
  assert.ok(one);
  return one;
}
const graph = (metric: Metric, last?: string) => {
  const one = graphOf(kept(metric, last), 'fr');
  assert.ok(one);
  return one;
};

describe('a graph', () => {
  const table: [metric: Metric, kind: string, picks: number, ticks: string[]][] = [
    ['yearly', 'bars', 3, ['2024', '2025', '2026']],
    ['monthly', 'bars', 12, ['déc.', 'janv.', 'févr.']],
    ['daily', 'bars', 31, ['23', '24', '25']],
    ['max-power', 'bars', 31, ['23', '24', '25']],
    ['load-curve', 'area', 336, ['lun. 16', 'mar. 17', 'mer. 18']],
  ];
  for (const [metric, kind, picks, ticks] of table) {
    it(`of ${metric} has ${picks} ${kind}`, () => {
      const one = graph(metric);
      assert.deepEqual([one.kind, one.picks.length], [kind, picks]);
      assert.deepEqual(
        one.ticks.slice(0, 3).map(({ label }) => label),
        ticks,
      );
    });
  }

  describe('beside the year before', () => {
    const notesOf = (one: Kept, language: 'fr' | 'en', back = 1): string | undefined =>
      graphOf(one, language)?.picks.at(-back)?.notes.join(', ').replaceAll(/\s/g, ' ');
    /** A series without what its last point tells of the year before. */
    const bare = (one: Kept): Kept => {
      const series = structuredClone(one.series);
      delete series.at(-1)?.previous;
      return { ...one, series };
    };
    const told = (one: Kept, value: number, last: string, incomplete?: true): Kept => ({
      ...one,
      series: one.series.map((point, index) => ({
        ...point,
        ...(index === one.series.length - 1 && {
          previous: { value, end: Date.parse(last), ...(incomplete && { incomplete }) },
        }),
      })),
    });

    it('sets a whole month, as the series has it', () => {
      const { picks } = graph('monthly', '2026-11-30');
      const { series } = kept('monthly', '2026-11-30');
      assert.deepEqual(
        picks.map(({ before }) => before),
        series.slice(0, 12).map(({ value }) => ({ value, incomplete: false })),
      );
      assert.match(picks.at(-1)?.words ?? '', /^nov\. 2026, [\d,]+ kWh, un an avant\s: [\d,]+$/u);
    });

    it('sets the same dates beside a month that runs, and says so', () => {
      const one = told(kept('monthly', '2026-11-24'), 390, '2025-11-25T00:00:00+01:00');
      assert.deepEqual(graphOf(one, 'fr')?.picks.at(-1)?.before, { value: 390, incomplete: false });
      assert.equal(notesOf(one, 'fr'), '1er–24 nov. un an avant : 390');
      assert.equal(notesOf(one, 'en'), '1–24 Nov a year before: 390');
    });

    const dates: [metric: Metric, last: string, end: string, fr: string, en: string][] = [
      ['monthly', '2026-11-01', '2025-11-02', '1er nov. un an avant : 9', '1 Nov a year before: 9'],
      ['monthly', '2028-02-28', '2027-03-01', '1er–28 févr. un an avant : 9', '1–28 Feb a year before: 9'],
      [
        'yearly',
        '2026-11-24',
        '2025-11-25',
        '1er janv. – 24 nov. un an avant : 9',
        '1 Jan – 24 Nov a year before: 9',
      ],
      ['yearly', '2026-01-05', '2025-01-06', '1er–5 janv. un an avant : 9', '1–5 Jan a year before: 9'],
    ];
    for (const [metric, last, end, fr, en] of dates) {
      it(`tells ‘${en}’`, () => {
        const one = told(kept(metric, last), 9, `${end}T00:00:00+01:00`);
        assert.deepEqual([notesOf(one, 'fr'), notesOf(one, 'en')], [fr, en]);
      });
    }

    it('leaves it out where only the whole month or year is known', () => {
      for (const metric of ['monthly', 'yearly'] as const) {
        const pick = graphOf(bare(kept(metric, '2026-11-24')), 'fr')?.picks.at(-1);
        assert.deepEqual([pick?.before, pick?.notes], [undefined, []]);
      }
    });

    it('does not repeat the year that stands beside a whole one', () => {
      const picks = graphOf(bare(kept('yearly', '2026-12-31')), 'fr')?.picks;
      assert.deepEqual(
        picks?.map(({ before }) => before),
        [undefined, undefined, undefined],
      );
    });

    it('says where the year before is not whole', () => {
      const running = told(kept('monthly', '2026-11-24'), 390, '2025-11-25T00:00:00+01:00', true);
      assert.equal(notesOf(running, 'fr'), '1er–24 nov. un an avant : 390 (incomplet)');
      const one = kept('monthly', '2026-11-30');
      const holed = one.series.map((point, index) =>
        index === 11 ? { ...point, value: 556, incomplete: true as const } : point,
      );
      assert.equal(notesOf({ ...one, series: holed }, 'en'), 'a year before: 556 (incomplete)');
      const [last] = graphOf({ ...one, series: holed }, 'en')?.picks.slice(-1) ?? [];
      assert.deepEqual(last?.before, { value: 556, incomplete: true });
    });

    it('has none on 29 February', () => {
      const leap = kept('daily', '2028-02-29');
      const [last] = leap.series.slice(-1);
      assert.ok(last);
      const day = (date: string, end: string): Point => ({
        ...last,
        start: Date.parse(`${date}T00:00:00+01:00`),
        end: Date.parse(`${end}T00:00:00+01:00`),
      });
      const series = [day('2027-02-28', '2027-03-01'), day('2028-02-28', '2028-02-29'), last];
      const picks = graphOf({ ...leap, series }, 'fr')?.picks ?? [];
      assert.deepEqual(
        picks.slice(-2).map(({ before }) => before?.value),
        [last.value, undefined],
      );
    });
  });

  it('tells a value that a gap touches', () => {
    const one = kept('monthly');
    const [first] = one.series;
    assert.ok(first);
    const { picks } = graphOf({ ...one, series: [{ ...first, incomplete: true }] }, 'en') ?? {};
    assert.deepEqual(picks?.[0]?.notes, ['incomplete']);
  });

  describe('keeps the place of what is missing', () => {
    /** A graph of a series without some of its values, counted from the end. */
    const holed = (metric: Metric, last: string, missing: readonly number[], language: 'fr' | 'en') => {
      const one = kept(metric, last);
      const { length } = one.series;
      const holed = graphOf(
        { ...one, series: one.series.filter((_point, index) => !missing.includes(length - index)) },
        language,
      );
      assert.ok(holed);
      return holed;
    };
    const table: [metric: Metric, last: string, missing: number[], count: number, gaps: string[]][] = [
      ['daily', '2026-11-22', [12, 13], 31, ['mar. 10 nov.', 'mer. 11 nov.']],
      ['daily', '2026-10-27', [3], 31, ['dim. 25 oct.']],
      ['daily', '2026-03-31', [3], 31, ['dim. 29 mars']],
      ['max-power', '2026-11-22', [2], 31, ['sam. 21 nov.']],
      ['monthly', '2026-11-22', [2, 5], 12, ['juil. 2026', 'oct. 2026']],
      ['yearly', '2026-11-22', [2], 3, ['2025']],
      // Before the first value nothing is missed.
      ['yearly', '2026-11-22', [3], 2, []],
      ['load-curve', '2026-11-22', [5, 6], 335, ['22 nov. 21:00–22:00']],
      // The first of them is the last half hour of the day before.
      ['load-curve', '2026-11-22', [49, 48, 47], 334, ['21 nov. 23:30 – 22 nov. 01:00']],
    ];
    for (const [metric, last, missing, count, gaps] of table) {
      it(`at ${metric} up to ${last}, without ${missing.join(' and ')}`, () => {
        const { picks, xs } = holed(metric, last, missing, 'fr');
        assert.deepEqual([picks.length, xs.length], [count, count]);
        const found = picks.filter(({ value }) => value === undefined);
        assert.deepEqual(
          found.map(({ period, words }) => [period, words]),
          gaps.map((period) => [period, `${period}, aucune donnée`]),
        );
        assert.ok(found.every(({ notes }) => notes.join() === 'aucune donnée'));
      });
    }

    it('in English too', () => {
      const { picks } = holed('daily', '2026-11-22', [12], 'en');
      assert.equal(picks.at(-12)?.words, 'Wed 11 Nov, no data');
    });

    it('of a load curve as long as it is', () => {
      const { xs, picks } = holed('load-curve', '2026-11-22', [5, 6], 'fr');
      const gap = picks.findIndex(({ value }) => value === undefined);
      assert.equal((xs[gap + 1] ?? 0) - (xs[gap] ?? 0), 3600);
    });

    it('of a year of days at most', () => {
      const one = kept('daily');
      const [first] = one.series;
      assert.ok(first);
      const ancient = { ...first, start: Date.parse('1970-01-01'), end: Date.parse('1970-01-02') };
      assert.equal(graphOf({ ...one, series: [ancient, ...one.series] }, 'fr')?.picks.length, 366);
    });
  });

  it('of a load curve has a line at each midnight, on a day of 25 hours too', () => {
    const { lines } = graph('load-curve', '2026-10-27');
    const hours = lines.slice(1).map((at, index) => (at - (lines[index] ?? 0)) / 3600);
    assert.deepEqual(hours, [24, 24, 24, 24, 25, 24]);
  });

  it('is nothing without a series', () => {
    assert.equal(graphOf({ ...kept('daily'), series: [] }, 'fr'), undefined);
  });

  describe('with what its bars cost', () => {
    const costOf = (tariff: Tariff, metric: 'daily' | 'monthly' | 'yearly', changes: object = {}): Kept => {
      const one = keptOf({ ...costMessageOf(tariff, metric, HOUSE, '2026-11-22'), ...changes });
      assert.ok(one);
      return one;
    };
    const at = (start: string, value: number, more: object = {}): object => ({
      start: `${start}T00:00:00+01:00`,
      end: `${start.slice(0, -2)}30T00:00:00+01:00`,
      value,
      ...more,
    });
    const day = { start: '2026-11-22T00:00:00+01:00', end: '2026-11-23T00:00:00+01:00' };
    const periods = [
      { name: 'offPeak', energy: 4.2, cost: 0.66 },
      { name: 'peak', energy: 8.1, cost: 1.67 },
    ];
    /** A graph of one day of 12.3 kWh, beside a cost. */
    const dayOf = (cost: object, language: 'fr' | 'en' = 'fr') => {
      const energy: Kept = { ...kept('daily'), series: [{ ...pointOf(day), value: 12.3 }] };
      return graphOf(energy, language, costOf('hphc', 'daily', { series: [{ ...day, value: 3, ...cost }] }));
    };
    const pointOf = ({ start, end }: typeof day) => ({ start: Date.parse(start), end: Date.parse(end) });

    it('is stacked of the energy of each period, and tells them', () => {
      const one = dayOf({ periods });
      assert.ok(one);
      assert.deepEqual(
        one.legend.map(({ label }) => label),
        ['heures creuses', 'heures pleines'],
      );
      const [pick] = one.picks;
      assert.ok(pick);
      assert.deepEqual(pick.parts, [
        { value: 4.2, text: '4,20' },
        { value: 8.1, text: '8,10' },
      ]);
      assert.equal(pick.words, 'dim. 22 nov., 12,3 kWh, heures creuses 4,2 kWh, heures pleines 8,1 kWh');
    });

    const colours: [colour: Colour, letter: string, fr: string, en: string][] = [
      ['blue', 'B', 'jour bleu (B)', 'blue day (B)'],
      ['white', 'W', 'jour blanc (W)', 'white day (W)'],
      ['red', 'R', 'jour rouge (R)', 'red day (R)'],
    ];
    for (const [colour, letter, fr, en] of colours) {
      it(`has ${letter} at a ${colour} day`, () => {
        for (const [language, words] of [
          ['fr', fr],
          ['en', en],
        ] as const) {
          const [pick] = dayOf({ colour }, language)?.picks ?? [];
          assert.deepEqual([pick?.letter, pick?.notes], [letter, [words]]);
        }
      });
    }

    it('is plain where the periods are of something else', () => {
      const one = dayOf({ periods: periods.map((period) => ({ ...period, energy: 2 * period.energy })) });
      assert.deepEqual([one?.legend, one?.picks[0]?.parts], [[], []]);
    });

    it('is plain with one period, and without a cost', () => {
      for (const metric of ['daily', 'monthly', 'yearly'] as const) {
        for (const cost of [undefined, costOf('base', metric)]) {
          const one = graphOf(kept(metric), 'fr', cost);
          assert.deepEqual(one?.legend, []);
          assert.ok(one.picks.every(({ parts, letter }) => parts.length === 0 && letter === ''));
        }
      }
    });

    it('has no part at a gap, nor at a day without a cost', () => {
      const energy = kept('daily');
      const cost = costOf('tempo', 'daily');
      const holed = {
        ...energy,
        series: energy.series.filter((_point, index) => index !== 10),
      };
      const { picks = [], legend = [] } =
        graphOf(holed, 'fr', { ...cost, series: cost.series.filter((_point, index) => index !== 20) }) ?? {};
      assert.ok(legend.length > 2);
      for (const index of [10, 20]) {
        assert.ok(picks[index]?.parts.every(({ value, text }) => value === 0 && text === ''));
        assert.equal(picks[index]?.letter, '');
      }
      assert.ok(picks[11]?.parts.some(({ value }) => value > 0));
    });

    const months: [tariff: Tariff, title: string, legend: string[]][] = [
      ['base', 'Coût par mois', ['énergie', 'abonnement']],
      ['hphc', 'Coût par mois', ['heures creuses', 'heures pleines', 'abonnement']],
      ['feedIn', 'Gain par mois', []],
    ];
    for (const [tariff, title, legend] of months) {
      it(`of the cost of ${tariff} is stacked of ${legend.join(', ') || 'nothing'}`, () => {
        const one = graphOf(costOf(tariff, 'monthly'), 'fr');
        assert.ok(one);
        assert.deepEqual([one.title, one.unit, one.picks.length], [title, 'EUR', 12]);
        assert.deepEqual(
          one.legend.map(({ label }) => label),
          legend,
        );
        const { value: whole = NaN, parts = [] }: Partial<Pick> = one.picks[3] ?? {};
        const sum = parts.reduce((total, { value }) => total + value, 0);
        if (legend.length > 0) assert.ok(Math.abs(sum - whole) < 1e-9, `${sum} of ${whole}`);
      });
    }

    it('of the cost tells euros, the year before, and what is not whole', () => {
      const series = [
        at('2025-10-01', 60, { subscription: 12 }),
        at('2026-10-01', 70.5, { subscription: 12, periods, incomplete: true }),
      ];
      const words = (language: 'fr' | 'en') =>
        graphOf(costOf('hphc', 'monthly', { series }), language)
          ?.picks.at(-1)
          ?.words.replaceAll(/\s/g, ' ');
      assert.equal(
        words('fr'),
        'oct. 2026, 70,50 €, heures creuses 0,66 €, heures pleines 1,67 €, abonnement 12,00 €, incomplet',
      );
      assert.equal(
        words('en'),
        'Oct 2026, €70.50, off-peak €0.66, peak €1.67, subscription €12.00, incomplete',
      );
      const [whole] = graphOf(costOf('hphc', 'monthly'), 'en')?.picks.slice(-2, -1) ?? [];
      assert.match(whole?.notes.join() ?? '', /^a year before: \d+\.\d\d$/);
    });
  });
});
