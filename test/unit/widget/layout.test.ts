import assert from 'node:assert/strict';
import { layoutOf } from '../../../src/widget/layout';

describe('the cells of a wide display', () => {
  const table: [
    lines: number,
    sparks: number,
    most: number,
    columns: number,
    rows: number,
    first: number,
    tall?: number,
  ][] = [
    [6, 1, 4, 4, 2, 2],
    [6, 1, 3, 3, 3, 1, 2],
    [6, 1, 2, 2, 4, 2],
    [6, 0, 3, 3, 2, 1],
    [5, 1, 3, 3, 2, 1],
    [5, 1, 2, 2, 3, 1],
    [5, 0, 3, 3, 2, 2],
    [5, 0, 2, 2, 3, 2],
    [4, 1, 3, 3, 2, 2],
    [4, 1, 2, 2, 3, 2],
    [4, 0, 3, 2, 2, 1],
    [3, 0, 3, 3, 1, 1],
    [3, 0, 2, 3, 1, 1],
    [2, 1, 3, 3, 1, 1],
    [2, 1, 2, 3, 1, 1],
    [2, 0, 3, 2, 1, 1],
    [1, 1, 3, 2, 1, 1],
    [1, 0, 3, 1, 1, 1],
    [0, 0, 3, 1, 0, 1],
  ];
  for (const [lines, sparks, most, columns, rows, first, tall = 1] of table) {
    it(`are ${columns} × ${rows} for ${lines} lines, ${sparks} with a day, in at most ${most} columns`, () => {
      assert.deepEqual(layoutOf(lines, sparks, most), { columns, rows, first, tall });
    });
  }
});
