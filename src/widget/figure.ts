import type { Language } from './texts';

/** Digits of the display. */
export const CELLS = 6;

/** A figure on a display of seven segments, its point in the cell of the digit before it. */
export interface Figure {
  /** Padded on the left to `CELLS` with `!`, the font's digit without a lit segment. */
  lit: string;
  /** All segments there are, to be seen faintly behind. */
  unlit: string;
}

/** @returns up to three decimals, fewer where the display has not the digits for them */
export function figureOf(value: number): Figure {
  let decimals = 3;
  let text = value.toFixed(decimals);
  while (decimals > 0 && cellsOf(text) > CELLS) text = value.toFixed(--decimals);
  const cells = Math.max(CELLS, cellsOf(text));
  return { lit: '!'.repeat(cells - cellsOf(text)) + text, unlit: '8.'.repeat(cells) };
}

/** Shown while nothing has come. */
export const NO_FIGURE: Figure = { lit: '-'.repeat(CELLS), unlit: '8.'.repeat(CELLS) };

const cellsOf = (text: string): number => text.replace('.', '').length;

/** A value as one writes it in a sentence. */
export const writtenNumber = (value: number, language: Language): string =>
  new Intl.NumberFormat(language, { maximumFractionDigits: 3 }).format(value);

export const spoken = (value: number, unit: string, language: Language): string =>
  `${writtenNumber(value, language)} ${unit}`;
