import type { Language } from './texts';

/** Digits of the display. */
export const CELLS = 6;
const MOST_DECIMALS = 3;

/** A figure on a display of seven segments, its point in the cell of the digit before it. */
export interface Figure {
  /** Padded on the left to `CELLS` with `!`, the font's digit without a lit segment. */
  lit: string;
  /** All segments there are, to be seen faintly behind. */
  unlit: string;
}

/** @returns up to three decimals, fewer where the display has not the digits for them */
export const figureOf = (value: number): Figure => figureWith(value, decimalsOf(value), CELLS);

/** Figures of one column: all have the decimals that fit the longest, so that their points stand in line. */
export function figuresOf(values: readonly number[]): Figure[] {
  const decimals = Math.min(...values.map(decimalsOf));
  const cells = Math.max(CELLS, ...values.map((value) => cellsOf(value.toFixed(decimals))));
  return values.map((value) => figureWith(value, decimals, cells));
}

function decimalsOf(value: number): number {
  let decimals = MOST_DECIMALS;
  while (decimals > 0 && cellsOf(value.toFixed(decimals)) > CELLS) decimals--;
  return decimals;
}

function figureWith(value: number, decimals: number, least: number): Figure {
  const text = value.toFixed(decimals);
  const cells = Math.max(least, cellsOf(text));
  return { lit: '!'.repeat(cells - cellsOf(text)) + text, unlit: '8.'.repeat(cells) };
}

/** Shown where there is no value. */
export const NO_FIGURE: Figure = { lit: '-'.repeat(CELLS), unlit: '8.'.repeat(CELLS) };

const cellsOf = (text: string): number => text.replace('.', '').length;

/** A value as one writes it in a sentence. */
export const writtenNumber = (value: number, language: Language): string =>
  new Intl.NumberFormat(language, { maximumFractionDigits: 3 }).format(value);

export const spoken = (value: number, unit: string, language: Language): string =>
  `${writtenNumber(value, language)} ${unit}`;
