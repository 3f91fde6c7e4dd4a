/** Patterns in the one ink of the display, as tiles: `#` is a pixel with ink. */
const TILES = {
  solid: ['#'],
  lines: ['#', '#', '.'],
  dots: ['#...', '....', '..#.', '....'],
  slants: ['#...', '.#..', '..#.', '...#'],
  checks: ['##..', '##..', '..##', '..##'],
  grid: ['####', '#...', '#...', '#...'],
  holes: ['####', '##.#', '####', '.###'],
  empty: ['.'],
} as const satisfies Record<string, readonly string[]>;

export type Pattern = keyof typeof TILES;

/** The pixels with ink of an area that a pattern fills, from its lower left corner, `y` upwards. */
export function pixelsOf(pattern: Pattern, width: number, height: number): { x: number; y: number }[] {
  const tile: readonly string[] = TILES[pattern];
  return Array.from({ length: height }, (_row, y) => y).flatMap((y) => {
    const row = tile.at(-1 - (y % tile.length)) ?? '';
    return Array.from({ length: width }, (_column, x) => ({ x, y })).filter(
      ({ x }) => row[x % row.length] === '#',
    );
  });
}

/** Pixels of a side in which every tile repeats. */
export const TILE = 12;
