import assert from 'node:assert/strict';
import { METRICS, type Direction, type Metric } from '../../../src/metering/metrics';
import { faceOf, shownOf, viewsOf } from '../../../src/widget/face';
import { keptOf, type Kept } from '../../../src/widget/kept';
import type { Collecting } from '../../../src/widget/messages';
import { languageOf } from '../../../src/widget/texts';
import { costMessageOf, type Tariff } from '../../support/widget/costs';
import { BARN, HOUSE, messageOf, type House } from '../../support/widget/messages';

function kept(direction: Direction, metric: Metric, last: string, house: House = HOUSE): Kept {
  const one = keptOf({ ...messageOf(direction, metric, house, last), upToDate: true });
  assert.ok(one);
  return one;
}
function costOf(tariff: Tariff, metric: 'daily' | 'monthly' | 'yearly', last = '2026-11-22'): Kept {
  const one = keptOf({ ...costMessageOf(tariff, metric, HOUSE, last), upToDate: true });
  assert.ok(one);
  return one;
}
const HOUSE_VIEW = { usagePoint: HOUSE.usagePoint, direction: 'consumption' } as const;
const NOON = Date.parse('2026-11-23T12:00:00+01:00');

describe('the face', () => {
  it('has a line per metric, from the longest period to the shortest', () => {
    const all = METRICS.map((metric) => kept('consumption', metric, '2026-11-22'));
    const face = faceOf(all, HOUSE_VIEW, NOON, 'fr');
    assert.equal(face.title, 'Consommation');
    assert.equal(face.meter, 'Maison');
    assert.deepEqual(
      face.lines.map(({ label, period, unit }) => [label, period.replace(/\d\d:(\d\d)$/, 'hh:$1'), unit]),
      [
        ['Année', '2026', 'kWh'],
        ['Mois', 'novembre', 'kWh'],
        ['Jour', 'dim. 22 nov.', 'kWh'],
        ['Puissance', '22 nov. hh:30', 'kW'],
        ['P max', '22 nov. hh:04', 'kVA'],
      ],
    );
  });

  it('gives all figures the decimals that fit the longest', () => {
    const all = METRICS.map((metric) => kept('consumption', metric, '2026-11-22'));
    const decimals = faceOf(all, HOUSE_VIEW, NOON, 'fr').lines.map(({ figure }) => figure.lit.split('.')[1]);
    assert.deepEqual(
      decimals.map((digits) => digits?.length),
      [2, 2, 2, 2, 2],
    );
  });

  it('tells the greatest power of the last day, whatever the night’s', () => {
    const curve = kept('production', 'load-curve', '2026-11-22');
    assert.equal(curve.value, 0);
    const [line] = faceOf([curve], { ...HOUSE_VIEW, direction: 'production' }, NOON, 'fr').lines;
    const day = curve.series.filter(({ start }) => start >= Date.parse('2026-11-22T00:00:00+01:00'));
    const peak = Math.max(...day.map(({ value }) => value));
    assert.equal(Number(line?.figure.lit.replaceAll('!', '')), peak);
    assert.match(line?.period ?? '', /^22 nov\. 1[0-6]:[03]0$/);
    assert.equal(line?.spark?.columns.length, 48);
  });

  it('tells the message’s power where it has no series', () => {
    const curve = { ...kept('consumption', 'load-curve', '2026-11-22'), value: 1.5, series: [] };
    const [line] = faceOf([curve], HOUSE_VIEW, NOON, 'fr').lines;
    assert.deepEqual([line?.figure.lit, line?.period, line?.spark], ['!!1.500', '22 nov. 23:30', undefined]);
  });

  describe('with a cost', () => {
    const monthly = costOf('hphc', 'monthly');

    it('has one line of it, below the month’s energy', () => {
      const all = [
        ...METRICS.map((metric) => kept('consumption', metric, '2026-11-22')),
        ...(['daily', 'monthly', 'yearly'] as const).map((metric) => costOf('hphc', metric)),
      ];
      const { lines, lastDays } = faceOf(all, HOUSE_VIEW, NOON, 'fr');
      assert.deepEqual(
        lines.map(({ metric }) => metric),
        ['yearly', 'monthly', 'cost-monthly', 'daily', 'load-curve', 'max-power'],
      );
      const { label, period, unit, figure, atLeast, hasGraph } = lines[2] ?? {};
      assert.deepEqual([label, period, unit, atLeast, hasGraph], ['Coût', 'novembre', '€', false, true]);
      assert.equal(figure?.lit.replaceAll('!', ''), monthly.value.toFixed(2));
      assert.deepEqual(lastDays[2], { label: 'Coût', text: 'jusqu’au dim. 22 nov.' });
    });

    const words: [tariff: Tariff, incomplete: boolean, fr: string[], en: string[]][] = [
      ['hphc', false, ['Coût', '76,10\u00a0€'], ['Cost', '€76.10']],
      ['hphc', true, ['Coût', 'au moins 76,10\u00a0€'], ['Cost', 'at least €76.10']],
      ['feedIn', false, ['Gain', '76,10\u00a0€'], ['Earned', '€76.10']],
    ];
    for (const [tariff, incomplete, fr, en] of words) {
      it(`tells ‘${en.join(' ')}’`, () => {
        const one: Kept = { ...costOf(tariff, 'monthly'), value: 76.1, ...(incomplete && { incomplete }) };
        for (const [language, expected] of [
          ['fr', fr],
          ['en', en],
        ] as const) {
          const [line] = faceOf([one], one, NOON, language).lines;
          assert.deepEqual([line?.label, line?.spoken, line?.atLeast], [...expected, incomplete]);
        }
      });
    }

    it('is no less exact where energy is incomplete', () => {
      const one: Kept = { ...kept('consumption', 'monthly', '2026-11-22'), incomplete: true };
      assert.equal(faceOf([one], HOUSE_VIEW, NOON, 'fr').lines[0]?.atLeast, false);
    });

    it('has an amber light while the cost is late', () => {
      const all = [kept('consumption', 'monthly', '2026-11-22'), costOf('hphc', 'monthly', '2026-11-21')];
      assert.equal(faceOf(all, HOUSE_VIEW, NOON, 'fr').light, 'amber');
      // These have no line.
      const others = [costOf('hphc', 'daily', '2026-11-21'), costOf('hphc', 'yearly', '2026-11-21')];
      assert.equal(faceOf([...all.slice(0, 1), ...others], HOUSE_VIEW, NOON, 'fr').light, 'green');
    });
  });

  const named: [meter: string, name: string, isNamed: boolean][] = [
    ['Maison', 'Maison', true],
    [HOUSE.usagePoint, 'PDL …1234', false],
    ['', 'PDL …1234', false],
  ];
  for (const [meter, name, isNamed] of named) {
    it(`goes by ${name} where its meter is called ‘${meter}’`, () => {
      const one = { ...kept('consumption', 'daily', '2026-11-22'), meter };
      const face = faceOf([one], HOUSE_VIEW, NOON, 'en');
      assert.deepEqual([face.meter, face.named, face.usagePoint], [name, isNamed, 'PDL …1234']);
    });
  }

  it('draws no line for a metric that never came', () => {
    const all = [kept('consumption', 'daily', '2026-11-22'), kept('production', 'yearly', '2026-11-22')];
    assert.deepEqual(
      faceOf(all, HOUSE_VIEW, NOON, 'en').lines.map(({ label }) => label),
      ['Day'],
    );
  });

  it('waits when nothing came', () => {
    const face = faceOf([], undefined, NOON, 'en');
    assert.deepEqual([face.title, face.light, face.lines], ['Waiting', 'off', []]);
  });

  it('offers each direction of each meter that came', () => {
    const all = [
      kept('production', 'daily', '2026-11-22'),
      kept('consumption', 'daily', '2026-11-22', HOUSE),
      kept('consumption', 'daily', '2026-11-22', BARN),
    ];
    assert.deepEqual(viewsOf(all), [
      { usagePoint: BARN.usagePoint, direction: 'consumption' },
      { usagePoint: HOUSE.usagePoint, direction: 'consumption' },
      { usagePoint: HOUSE.usagePoint, direction: 'production' },
    ]);
  });

  describe('while the history comes', () => {
    const collecting = (done: number, total: number, days: number): Collecting => ({
      ...HOUSE_VIEW,
      done,
      total,
      days,
    });
    const table: [done: number, total: number, days: number, fr: string, en: string, part?: number][] = [
      [34, 222, 3, '34 sur 222, encore 3 jours', '34 of 222, 3 more days', 34 / 222],
      [34, 222, 1, '34 sur 222, encore 1 jour', '34 of 222, 1 more day', 34 / 222],
      [0, 222, 0, '0 sur 222, aujourd’hui', '0 of 222, today', 0],
      [0, 0, 0, 'Collecte en cours', 'Collecting'],
    ];
    for (const [done, total, days, fr, en, part] of table) {
      it(`tells ‘${en}’`, () => {
        for (const [language, words] of [
          ['fr', fr],
          ['en', en],
        ] as const) {
          const face = faceOf([], HOUSE_VIEW, NOON, language, [collecting(done, total, days)]);
          assert.deepEqual(face.progress, { words, part });
        }
      });
    }

    it('steps aside for the first line, and when all has come', () => {
      const daily = kept('consumption', 'daily', '2026-11-22');
      assert.equal(faceOf([daily], HOUSE_VIEW, NOON, 'fr', [collecting(34, 222, 3)]).progress, undefined);
      assert.equal(faceOf([], HOUSE_VIEW, NOON, 'fr', [collecting(222, 222, 0)]).progress, undefined);
    });

    it('is a view of its own, which is not looked at before one that has something to show', () => {
      const production = { ...HOUSE_VIEW, direction: 'production' } as const;
      const all = [kept('production', 'daily', '2026-11-22')];
      const views = viewsOf(all, [collecting(34, 222, 3)]);
      assert.deepEqual(views, [HOUSE_VIEW, production]);
      assert.deepEqual(shownOf(views, undefined, all), production);
      assert.deepEqual(shownOf(views, HOUSE_VIEW, all), HOUSE_VIEW);
      assert.deepEqual(shownOf(views, { ...HOUSE_VIEW, usagePoint: 'gone' }, all), production);
      assert.deepEqual(shownOf([HOUSE_VIEW], undefined, []), HOUSE_VIEW);
      assert.equal(shownOf([], HOUSE_VIEW, []), undefined);
    });
  });

  describe('its light', () => {
    const table: [what: string, lastDays: string[], now: string, light: string][] = [
      ['all have yesterday', ['2026-11-22', '2026-11-22'], '2026-11-23T08:00:00+01:00', 'green'],
      ['until midnight of Paris', ['2026-11-22', '2026-11-22'], '2026-11-23T23:59:59+01:00', 'green'],
      ['from midnight of Paris on', ['2026-11-22', '2026-11-22'], '2026-11-24T00:00:00+01:00', 'red'],
      ['one lacks yesterday', ['2026-11-22', '2026-11-21'], '2026-11-23T08:00:00+01:00', 'amber'],
      ['all lack yesterday', ['2026-11-21', '2026-11-20'], '2026-11-23T08:00:00+01:00', 'red'],
      ['a day of 25 hours', ['2026-10-25', '2026-10-25'], '2026-10-26T23:30:00+01:00', 'green'],
      ['the day after it', ['2026-10-25', '2026-10-25'], '2026-10-27T00:00:00+01:00', 'red'],
      ['a day of 23 hours', ['2026-03-29', '2026-03-29'], '2026-03-30T23:30:00+02:00', 'green'],
    ];
    for (const [what, [daily, curve], now, light] of table) {
      it(`is ${light}: ${what}`, () => {
        const all = [
          kept('consumption', 'daily', daily ?? ''),
          kept('consumption', 'load-curve', curve ?? ''),
        ];
        assert.equal(faceOf(all, HOUSE_VIEW, Date.parse(now), 'fr').light, light);
      });
    }

    it('believes a source that says yesterday has gaps', () => {
      const holed = { ...kept('consumption', 'load-curve', '2026-11-22'), upToDate: false };
      assert.equal(faceOf([holed], HOUSE_VIEW, NOON, 'fr').light, 'red');
    });

    it('tells the last day of each line', () => {
      const all = [
        kept('consumption', 'monthly', '2026-11-22'),
        kept('consumption', 'load-curve', '2026-11-21'),
      ];
      assert.deepEqual(faceOf(all, HOUSE_VIEW, NOON, 'en').lastDays, [
        { label: 'Month', text: 'up to Sun 22 Nov' },
        { label: 'Power', text: 'up to Sat 21 Nov' },
      ]);
    });
  });

  describe('its LED', () => {
    const table: [power: number, seconds: number][] = [
      [0.5, 7.2],
      [1, 3.6],
      [3, 1.2],
      [36, 0.5],
      [0.01, 30],
      [0, 30],
    ];
    for (const [power, seconds] of table) {
      it(`blinks every ${seconds} s at ${power} kW`, () => {
        const curve = { ...kept('consumption', 'load-curve', '2026-11-22'), value: power };
        assert.ok(Math.abs((faceOf([curve], HOUSE_VIEW, NOON, 'fr').blink ?? 0) - seconds) < 1e-9);
      });
    }
    it('stays dark without a load curve', () => {
      assert.equal(
        faceOf([kept('consumption', 'daily', '2026-11-22')], HOUSE_VIEW, NOON, 'fr').blink,
        undefined,
      );
    });
  });
});

describe('the language', () => {
  const table: [wanted: string[], language: string][] = [
    [['fr-FR', 'en'], 'fr'],
    [['fr'], 'fr'],
    [['en-US', 'fr'], 'en'],
    [['de-DE', 'fr-CH'], 'fr'],
    [['de'], 'en'],
    [[], 'en'],
  ];
  for (const [wanted, language] of table) {
    it(`is ${language} for ${wanted.join(', ') || 'no wish'}`, () => {
      assert.equal(languageOf(wanted), language);
    });
  }
});
