import assert from 'node:assert/strict';
import { pixelsOf, TILE, type Pattern } from '../../../src/widget/patterns';

describe('a pattern of the display', () => {
  const table: [pattern: Pattern, rows: string[]][] = [
    ['solid', ['####', '####', '####', '####']],
    ['lines', ['....', '####', '####', '....']],
    ['dots', ['#...', '....', '..#.', '....']],
    ['slants', ['#...', '.#..', '..#.', '...#']],
    ['checks', ['##..', '##..', '..##', '..##']],
    ['grid', ['####', '#...', '#...', '#...']],
    ['holes', ['####', '##.#', '####', '.###']],
    ['empty', ['....', '....', '....', '....']],
  ];
  for (const [pattern, rows] of table) {
    it(`of ${pattern} has its ink`, () => {
      const ink = pixelsOf(pattern, 4, 4);
      const drawn = [3, 2, 1, 0].map((y) =>
        [0, 1, 2, 3].map((x) => (ink.some((pixel) => pixel.x === x && pixel.y === y) ? '#' : '.')).join(''),
      );
      assert.deepEqual(drawn, rows);
    });

    it(`of ${pattern} repeats in a tile`, () => {
      const wide = pixelsOf(pattern, 2 * TILE, 2 * TILE);
      const shifted = pixelsOf(pattern, TILE, TILE).map(({ x, y }) => ({ x: x + TILE, y: y + TILE }));
      assert.deepEqual(
        wide.filter(({ x, y }) => x >= TILE && y >= TILE),
        shifted,
      );
    });
  }
});
