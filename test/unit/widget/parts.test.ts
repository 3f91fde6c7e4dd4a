import assert from 'node:assert/strict';
import type { Period, Point } from '../../../src/widget/kept';
import { costParts, energyParts, legendOf } from '../../../src/widget/parts';

/** `peak 8 1.6`: the energy and the cost of a period. */
const periodOf = (text: string): Period => {
  const [name = '', energy, cost] = text.split(' ');
  return { name, energy: Number(energy), cost: Number(cost) };
};
const point = (value: number, periods: string[], subscription?: number): Point => ({
  start: 0,
  end: 1,
  value,
  periods: periods.map(periodOf),
  ...(subscription === undefined ? {} : { subscription }),
});
const textOf = (parts: readonly { name: string; value: number }[]): string =>
  parts.map(({ name, value }) => `${name || 'subscription'} ${value}`).join(', ');

describe('the parts of a bar', () => {
  const energies: [what: string, bar: number, periods: string[] | undefined, parts: string][] = [
    ['all of it', 12, ['offPeak 4 0.6', 'peak 8 1.6'], 'offPeak 4, peak 8'],
    ['a part of it', 20, ['offPeak 4 0.6', 'peak 8 1.6'], 'offPeak 4, peak 8'],
    [
      'a little more: registers and load curve differ',
      11.9,
      ['offPeak 4 0.6', 'peak 8 1.6'],
      'offPeak 4, peak 8',
    ],
    ['more: they are of something else', 11, ['offPeak 4 0.6', 'peak 8 1.6'], ''],
    ['nothing in one of them', 8, ['offPeak 0 0', 'peak 8 1.6'], 'peak 8'],
    ['a negative price, which energy has not', 12, ['offPeak 4 -0.6', 'peak 8 1.6'], 'offPeak 4, peak 8'],
    ['no cost', 12, undefined, ''],
    ['no period', 12, [], ''],
  ];
  for (const [what, bar, periods, parts] of energies) {
    it(`of energy: ${what}`, () => {
      assert.equal(textOf(energyParts(point(bar, []), periods && point(0, periods))), parts);
    });
  }

  const costs: [what: string, cost: Point, parts: string][] = [
    [
      'with its subscription',
      point(2.72, ['offPeak 4 0.6', 'peak 8 1.6'], 0.52),
      'subscription 0.52, offPeak 0.6, peak 1.6',
    ],
    ['without one', point(0.04, ['feedIn 1 0.04']), 'feedIn 0.04'],
    [
      'a negative price, which has no place in a stack',
      point(1.52, ['offPeak 4 -0.6', 'peak 8 1.6'], 0.52),
      '',
    ],
    ['more than the whole', point(1, ['peak 8 1.6']), ''],
  ];
  for (const [what, cost, parts] of costs) {
    it(`of a cost: ${what}`, () => {
      assert.equal(textOf(costParts(cost)), parts);
    });
  }
});

describe('the legend of a graph', () => {
  const table: [bars: string[][], fr: string[], en?: string[]][] = [
    [
      [['peak', 'offPeak']],
      ['heures creuses lines', 'heures pleines solid'],
      ['off-peak lines', 'peak solid'],
    ],
    [
      [['redPeak', 'redOffPeak'], [], ['bluePeak', 'blueOffPeak'], ['whitePeak', 'whiteOffPeak']],
      [
        'bleu HC dots',
        'bleu HP lines',
        'blanc HC slants',
        'blanc HP checks',
        'rouge HC grid',
        'rouge HP solid',
      ],
    ],
    [
      [
        ['', 'base'],
        ['', 'base'],
      ],
      ['énergie solid', 'abonnement empty'],
      ['energy solid', 'subscription empty'],
    ],
    [
      [
        ['Nuit', 'Jour'],
        ['Jour', 'toString'],
      ],
      ['Nuit solid', 'Jour lines', 'toString dots'],
    ],
    [[['peak', 'Nuit', '']], ['heures pleines solid', 'Nuit lines', 'abonnement empty']],
    [
      ['abcdefghijkl'.split('')],
      ['a solid', 'b lines', 'c dots', 'd slants', 'e checks', 'f grid', 'g holes'],
    ],
    // One part is the whole.
    [[['base'], ['base']], []],
    [[['peak'], []], []],
    [[], []],
  ];
  for (const [bars, fr, en] of table) {
    it(`is ‘${fr.join(', ')}’ of ${JSON.stringify(bars)}`, () => {
      const parts = bars.map((names) => names.map((name) => ({ name, value: 1 })));
      const written = (language: 'fr' | 'en') =>
        legendOf(parts, language).map(({ label, pattern }) => `${label} ${pattern}`);
      assert.deepEqual(written('fr'), fr);
      if (en) assert.deepEqual(written('en'), en);
    });
  }
});
