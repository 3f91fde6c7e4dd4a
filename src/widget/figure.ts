import { EURO } from './face-metrics';
import type { Language } from './texts';

/** Digits of the display. */
export const CELLS = 6;
const MOST_DECIMALS = 3;

/** Of money, no more and no less. */
const CENTS = 2;

/** A value in the unit of its message. */
export interface Amount {
  value: number;
  unit: string;
}

/** A figure on a display of seven segments, its point in the cell of the digit before it. */
export interface Figure {
  /** Padded on the left to `CELLS` with `!`, the font's digit without a lit segment. */
  lit: string;
  /** All segments there are, to be seen faintly behind. */
  unlit: string;
}

/** @returns up to three decimals, fewer where the display has not the digits for them */
export const figureOf = (amount: Amount): Figure =>
  figureWith(amount.value.toFixed(isMoney(amount) ? CENTS : decimalsOf(amount)), CELLS);

/**
 * Figures of one column: all have the decimals that fit the longest, so that their points stand in line. Beside money
 * they have no more than it; where they have less, money keeps its cents.
 */
export function figuresOf(amounts: readonly Amount[]): Figure[] {
  const decimals = Math.min(...amounts.map((amount) => (isMoney(amount) ? CENTS : decimalsOf(amount))));
  const texts = amounts.map((amount) => amount.value.toFixed(isMoney(amount) ? CENTS : decimals));
  const cells = Math.max(CELLS, ...texts.map(cellsOf));
  return texts.map((text) => figureWith(text, cells));
}

const isMoney = ({ unit }: Amount): boolean => unit === EURO;

function decimalsOf({ value }: Amount): number {
  let decimals = MOST_DECIMALS;
  while (decimals > 0 && cellsOf(value.toFixed(decimals)) > CELLS) decimals--;
  return decimals;
}

function figureWith(text: string, least: number): Figure {
  const cells = Math.max(least, cellsOf(text));
  return { lit: '!'.repeat(cells - cellsOf(text)) + text, unlit: '8.'.repeat(cells) };
}

/** Shown where there is no value. */
export const NO_FIGURE: Figure = { lit: '-'.repeat(CELLS), unlit: '8.'.repeat(CELLS) };

const cellsOf = (text: string): number => text.replace('.', '').length;

/** A value as one writes it in a sentence that names its unit elsewhere. */
export const writtenNumber = (amount: Amount, language: Language): string =>
  isMoney(amount)
    ? withHundredths(amount.value, language)
    : new Intl.NumberFormat(language, { maximumFractionDigits: MOST_DECIMALS }).format(amount.value);

/** A value in the narrow column of a legend: with hundredths, thousands of kWh without. */
export function shortNumber(amount: Amount, language: Language): string {
  return isMoney(amount) || amount.value < 1000
    ? withHundredths(amount.value, language)
    : new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(amount.value);
}

const withHundredths = (value: number, language: Language): string =>
  new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value);

export const spoken = (amount: Amount, language: Language): string =>
  isMoney(amount)
    ? new Intl.NumberFormat(language, { style: 'currency', currency: EURO }).format(amount.value)
    : `${writtenNumber(amount, language)} ${amount.unit}`;

/** A unit as the display writes it. */
export const writtenUnit = (unit: string): string => (unit === EURO ? '€' : unit);
