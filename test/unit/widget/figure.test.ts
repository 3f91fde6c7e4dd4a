import assert from 'node:assert/strict';
import {
  figureOf,
  figuresOf,
  shortNumber,
  spoken,
  writtenNumber,
  type Amount,
} from '../../../src/widget/figure';

const kWh = (value: number): Amount => ({ value, unit: 'kWh' });
const euros = (value: number): Amount => ({ value, unit: 'EUR' });

describe('a figure on the display', () => {
  const table: [value: number, lit: string][] = [
    [18.442, '!18.442'],
    [0.564, '!!0.564'],
    [0, '!!0.000'],
    [6.19, '!!6.190'],
    [412.87, '412.870'],
    [999.9994, '999.999'],
    [999.9996, '1000.00'],
    [4821.345, '4821.35'],
    [12345.678, '12345.7'],
    [123456.7, '123457'],
    [1234567.8, '1234568'],
  ];
  for (const [value, lit] of table) {
    it(`${value} is ${lit}`, () => {
      assert.equal(figureOf(kWh(value)).lit, lit);
    });
  }

  const columns: [values: number[], lit: string[]][] = [
    [
      [412.87, 18.442, 0.564],
      ['412.870', '!18.442', '!!0.564'],
    ],
    [
      [4821.345, 412.87, 0.564],
      ['4821.35', '!412.87', '!!!0.56'],
    ],
    [
      [12345.678, 999.96, 0],
      ['12345.7', '!1000.0', '!!!!0.0'],
    ],
    [
      [123456.7, 0.4],
      ['123457', '!!!!!0'],
    ],
    [
      [1234567.8, 0.6],
      ['1234568', '!!!!!!1'],
    ],
    [[], []],
  ];
  for (const [values, lit] of columns) {
    it(`${values.join(', ')} have their points in line: ${lit.join(', ')}`, () => {
      assert.deepEqual(
        figuresOf(values.map(kWh)).map((figure) => figure.lit),
        lit,
      );
    });
  }

  describe('of money', () => {
    const table: [value: number, lit: string][] = [
      [3.2145678, '!!!3.21'],
      [0, '!!!0.00'],
      [1234.5, '1234.50'],
      [12345.678, '12345.68'],
      [-0.4, '!!-0.40'],
    ];
    for (const [value, lit] of table) {
      it(`has cents: ${value} is ${lit}`, () => {
        assert.equal(figureOf(euros(value)).lit, lit);
      });
    }

    const columns: [energies: number[], cost: number, lit: string[]][] = [
      [[412.87, 0.564], 76.1, ['!412.87', '!!!0.56', '!!76.10']],
      [[4821.345, 412.87], 76.1, ['4821.35', '!412.87', '!!76.10']],
      [[12345.678, 999.96], 176.1, ['12345.7', '!1000.0', '!176.10']],
      [[412.87], 12345.67, ['!!412.87', '12345.67']],
      [[], 76.1, ['!!76.10']],
    ];
    for (const [energies, cost, lit] of columns) {
      it(`keeps them beside ${energies.join(' and ') || 'nothing'}: ${lit.join(', ')}`, () => {
        assert.deepEqual(
          figuresOf([...energies.map(kWh), euros(cost)]).map((figure) => figure.lit),
          lit,
        );
      });
    }
  });

  it('has as many unlit digits as lit ones', () => {
    for (const [value] of table) {
      const { lit, unlit } = figureOf(kWh(value));
      assert.equal(unlit.replaceAll('.', '').length, lit.replace('.', '').length);
    }
  });

  it('is read with the comma of the language', () => {
    const table: [amount: Amount, fr: string, en: string][] = [
      [kWh(18.442), '18,442 kWh', '18.442 kWh'],
      [euros(18.4), '18,40\u00a0€', '€18.40'],
      [euros(-0.5), '-0,50\u00a0€', '-€0.50'],
    ];
    for (const [amount, fr, en] of table) {
      assert.deepEqual([spoken(amount, 'fr'), spoken(amount, 'en')], [fr, en]);
    }
  });

  it('is written without its unit, and shorter in a legend', () => {
    const table: [amount: Amount, written: string, short: string][] = [
      [kWh(8.0974), '8.097', '8.10'],
      [kWh(8), '8', '8.00'],
      [kWh(1719.0844), '1,719.084', '1,719'],
      [euros(8), '8.00', '8.00'],
      [euros(1719.0844), '1,719.08', '1,719.08'],
    ];
    for (const [amount, written, short] of table) {
      assert.deepEqual([writtenNumber(amount, 'en'), shortNumber(amount, 'en')], [written, short]);
    }
  });
});
