import type { Direction } from '../stand-in/truth';
import { frenchDay, inUnit, offsetTime, wallTime, type ExportRow } from './rows';

/** Enedis' export files as CSV. */

/** What differs from one export of the same data to another. */
export interface CsvStyle {
  hasBom: boolean;
  lineEnd: '\n' | '\r\n';
  decimalSign: ',' | '.';
  /** Between what is said of the values and the values. */
  hasEmptyLine: boolean;
  /** Whether times have their offset, or are only what clocks in Paris show. */
  hasOffset: boolean;
}

export const CSV_STYLE: CsvStyle = {
  hasBom: true,
  lineEnd: '\r\n',
  decimalSign: ',',
  hasEmptyLine: false,
  hasOffset: true,
};

/** Values of one kind, with what is said of them above. */
export interface CsvBlock {
  usagePoint: string;
  direction: Direction;
  type: 'load-curve' | 'max-power' | 'total' | 'registers';
  unit: string;
  /** What is said of the intervals of a load curve; absent: nothing. */
  minutes?: number;
  rows: readonly ExportRow[];
}

const HEAD = [
  'Identifiant PRM',
  'Type de donnees',
  'Date de debut',
  'Date de fin',
  'Grandeur physique',
  'Grandeur metier',
  'Etape metier',
  'Unite',
];

const TYPES: Record<CsvBlock['type'], [type: string, quantity: string]> = {
  'load-curve': ['Courbe de charge', 'Energie active'],
  'max-power': ['Puissance maximale quotidienne', 'Puissance maximale atteinte'],
  total: ['Index', 'Energie active'],
  registers: ['Index', 'Energie active'],
};

const WORDS: Record<Direction, string> = { consumption: 'Consommation', production: 'Production' };

/** Enedis' names of the registers: the supplier's, the distributor's, the total. */
const registerNames = (direction: Direction): string[] => {
  const prefix = direction === 'consumption' ? 'EAS' : 'EAI';
  const numbered = (letter: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${prefix} ${letter}${i + 1}`);
  return [...numbered('F', 10), ...numbered('D', 4), `${prefix} T`];
};

const decimal = (value: number, { decimalSign }: CsvStyle): string => String(value).replace('.', decimalSign);

const valueCell = (row: ExportRow, { unit, type }: CsvBlock, style: CsvStyle): string =>
  row.valueText ?? decimal(inUnit(row, unit, type === 'load-curve'), style);

function timeCell(row: ExportRow, { type }: CsvBlock, { hasOffset }: CsvStyle): string {
  if (row.timeText !== undefined) return row.timeText;
  const instant = type === 'load-curve' ? row.end : (row.at ?? row.start);
  return hasOffset ? offsetTime(instant) : wallTime(instant);
}

/** The registers that a meter does not use stay empty. */
function registerCells(row: ExportRow, names: readonly string[], value: string): string[] {
  const { supplier = {}, distributor = {} } = row.registers ?? {};
  const cells = new Map<string | undefined, string>([[names.at(-1), value]]);
  Object.values(supplier).forEach((wh, i) => cells.set(names[i], String(wh)));
  Object.values(distributor).forEach((wh, i) => cells.set(names[10 + i], String(wh)));
  return names.map((name) => cells.get(name) ?? '');
}

function blockLines(block: CsvBlock, style: CsvStyle): string[] {
  const { usagePoint, direction, type, unit, minutes, rows } = block;
  const names = registerNames(direction);
  const days = [rows[0]?.start ?? 0, rows.at(-1)?.start ?? 0].sort((a, b) => a - b).map(frenchDay);
  const facts = [usagePoint, TYPES[type][0], ...days, TYPES[type][1], WORDS[direction], 'Comptage Brut', unit]; // prettier-ignore
  const table = rows.map((row) => {
    const value = valueCell(row, block, style);
    const cells = type === 'registers' ? ['Arrêté quotidien', ...registerCells(row, names, value)] : [value];
    return [timeCell(row, block, style), ...cells];
  });
  const lines = [
    [...HEAD, ...(minutes === undefined ? [] : ['Pas en minutes'])],
    [...facts, ...(minutes === undefined ? [] : [String(minutes)])],
    ...(style.hasEmptyLine ? [[]] : []),
    type === 'registers' ? ['Horodate', 'Type de releve', ...names] : ['Horodate', 'Valeur'],
    ...table,
  ];
  return lines.map((cells) => cells.join(';'));
}

const textOf = (lines: readonly string[], { hasBom, lineEnd }: CsvStyle): string =>
  (hasBom ? '\uFEFF' : '') + lines.map((line) => line + lineEnd).join('');

/** The export of measures: load curve, max power, registers; one block after the other. */
export const csvOf = (blocks: readonly CsvBlock[], style: Partial<CsvStyle> = {}): string => {
  const whole = { ...CSV_STYLE, ...style };
  return textOf(
    blocks.flatMap((block) => blockLines(block, whole)),
    whole,
  );
};

/** The export of the page of daily values, which names neither meter nor direction. */
export function dailyCsvOf(
  rows: readonly ExportRow[],
  { unit, dates }: { unit: 'kWh' | 'Wh'; dates: 'french' | 'iso' },
  style: Partial<CsvStyle> = {},
): string {
  const whole = { ...CSV_STYLE, ...style };
  const lines = rows.map((row) => {
    const day = dates === 'french' ? frenchDay(row.start) : wallTime(row.start).slice(0, 10);
    return `${row.timeText ?? day};${row.valueText ?? decimal(inUnit(row, unit, false), whole)}`;
  });
  return textOf([`Date;Valeur (en ${unit})`, ...lines], whole);
}
