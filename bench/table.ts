/** One line of the table, all of it as text. */
export interface Row {
  name: string;
  ours: string;
  /** What it is compared with, where there is such a thing. */
  reference?: string;
  /** The figure the goal is about. */
  figure: string;
  goal?: string;
  met?: boolean;
}

/** A figure with as many digits as tell something. */
export function written(value: number, unit = ''): string {
  const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${unit && ` ${unit}`}`;
}

/** A row whose goal is a figure that must not be passed. */
export const atMost = (goal: number, figure: number, unit = ''): Pick<Row, 'figure' | 'goal' | 'met'> => ({
  figure: written(figure, unit),
  goal: `≤ ${goal}${unit && ` ${unit}`}`,
  met: figure <= goal,
});

const HEAD = ['name', 'ours', 'reference', 'figure', 'goal', 'met'];

/** The rows as a Markdown table. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map(({ name, ours, reference = '', figure, goal = '', met }) => [
    name,
    ours,
    reference,
    figure,
    goal,
    met === undefined ? '' : met ? 'yes' : 'NO',
  ]);
  const widths = HEAD.map((head, i) => Math.max(head.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(HEAD), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}
