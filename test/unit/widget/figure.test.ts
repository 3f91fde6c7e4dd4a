import assert from 'node:assert/strict';
import { figureOf, figuresOf, spoken } from '../../../src/widget/figure';

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
      assert.equal(figureOf(value).lit, lit);
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
        figuresOf(values).map((figure) => figure.lit),
        lit,
      );
    });
  }

  it('has as many unlit digits as lit ones', () => {
    for (const [value] of table) {
      const { lit, unlit } = figureOf(value);
      assert.equal(unlit.replaceAll('.', '').length, lit.replace('.', '').length);
    }
  });

  it('is read with the comma of the language', () => {
    assert.equal(spoken(18.442, 'kWh', 'fr'), '18,442 kWh');
    assert.equal(spoken(18.442, 'kWh', 'en'), '18.442 kWh');
  });
});
