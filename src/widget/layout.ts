/** How a wide display sets its lines: in cells, of which a load curve's day takes one more. */
export interface Layout {
  columns: number;
  rows: number;
  /** Cells of the first line: it fills what would stay empty. */
  first: number;
  /** Rows of the line with a day, which fills two cells that would stay empty. */
  tall: number;
}

/**
 * @param lines how many
 * @param sparks how many of them draw a day
 * @param most columns, where they do not fill better in others
 */
export function layoutOf(lines: number, sparks: number, most: number): Layout {
  const cells = lines + sparks;
  // Four cells in three columns would leave two empty, three in two one.
  const columns = cells === 4 ? 2 : cells === 3 ? 3 : Math.max(1, Math.min(most, cells));
  const rows = Math.ceil(cells / columns);
  const spare = rows * columns - cells;
  return spare === 2 && sparks === 1
    ? { columns, rows, first: 1, tall: 2 }
    : { columns, rows, first: 1 + spare, tall: 1 };
}
