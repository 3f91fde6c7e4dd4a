import writeExcelFile, { type Cell, type Row } from 'write-excel-file/node';
import type { Direction } from '../stand-in/truth';
import { frenchDay, inUnit, wallTime, type ExportRow } from './rows';

/** Enedis' export files as Excel. */

/** How a sheet has its times, all of them without offset: as text, as dates, or as the numbers that dates are. */
export type ExcelTimes = 'french' | 'iso' | 'date' | 'number';

export interface ExcelSheet {
  usagePoint: string;
  direction: Direction;
  type: 'load-curve' | 'daily';
  unit: string;
  times: ExcelTimes;
  rows: readonly ExportRow[];
}

const SHEET_NAMES: Record<ExcelSheet['type'], Record<Direction, string>> = {
  'load-curve': { consumption: 'Consommation Horaire', production: 'Production Horaire' },
  daily: { consumption: 'Export Consommation Quotidienne', production: 'Export Production Quotidienne' },
};

export const sheetName = ({ type, direction }: Pick<ExcelSheet, 'type' | 'direction'>): string =>
  SHEET_NAMES[type][direction];

const DAY = 86_400_000;
/** What Excel counts from: the day 0, in days before 1970. */
const EXCEL_EPOCH_DAYS = 25_569;

function timeCell(instant: number, times: ExcelTimes, isDay: boolean): Cell {
  const wall = wallTime(instant);
  // Excel has no zones: its dates are what a clock shows.
  const shown = Date.parse(`${wall}Z`);
  switch (times) {
    case 'french':
      return isDay ? frenchDay(instant) : `${frenchDay(instant)} ${wall.slice(11)}`;
    case 'iso':
      return isDay ? wall.slice(0, 10) : wall;
    case 'date':
      return { type: Date, value: new Date(shown), format: isDay ? 'dd/mm/yyyy' : 'dd/mm/yyyy hh:mm:ss' };
    case 'number':
      return shown / DAY + EXCEL_EPOCH_DAYS;
  }
}

function cellsOf(row: ExportRow, { type, unit, times }: ExcelSheet): Row {
  const isDaily = type === 'daily';
  const value = row.valueText ?? inUnit(row, unit, !isDaily);
  const start = row.timeText ?? timeCell(row.start, times, isDaily);
  return isDaily ? [start, value] : [start, timeCell(row.end, times, false), value];
}

/** Of the table's first row of values within its sheet. */
export const FIRST_TABLE_ROW = 7;

function sheetOf(sheet: ExcelSheet): { sheet: string; data: Row[] } {
  const { usagePoint, direction, type, unit, rows } = sheet;
  const value = `Valeur (en ${unit})`;
  return {
    sheet: sheetName(sheet),
    data: [
      ['Export de vos données'],
      [],
      ['Point Référence Mesure (PRM) :', usagePoint],
      ['Type de comptage :', direction === 'consumption' ? 'Consommation' : 'Production'],
      [],
      type === 'daily' ? ['Date', value] : ['Début', 'Fin', value],
      ...rows.map((row) => cellsOf(row, sheet)),
    ],
  };
}

export const excelOf = (sheets: readonly ExcelSheet[]): Promise<Buffer> =>
  writeExcelFile([
    { sheet: "Page d'accueil", data: [['Mon compte Enedis'], ['Export des données de comptage']] },
    ...sheets.map(sheetOf),
  ]).toBuffer();

/** A file of a spreadsheet that has nothing to do with electricity. */
export const otherExcel = (): Promise<Buffer> =>
  writeExcelFile([
    {
      sheet: 'Courses',
      data: [
        ['Article', 'Prix'],
        ['Pain', 1.2],
      ],
    },
  ]).toBuffer();
