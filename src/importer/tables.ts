import type { Direction } from '../metering/metrics';
import { plainOf, textOf } from './cells';
import type { Cell, Row } from './rows';

/** What a table of an export file is about; what the file does not say is undefined. */
export interface Table {
  /** 14 digits. */
  usagePoint: string | undefined;
  direction: Direction | undefined;
  /** `other`: something that is not kept, such as a voltage. */
  kind: 'load-curve' | 'daily' | 'max-power' | 'registers' | 'other';
  /** As the file writes it. */
  unit: string;
  /** Of a load curve, where the file says it for the whole table: minutes. */
  interval: number | undefined;
  /** Where the cells of a row are. */
  columns: { time: number; start?: number; value: number };
}

/** A row of a table; `undefined`: of something that has no header which is understood. */
export interface TableRow {
  table: Table | undefined;
  row: Row;
}

/** What the lines above a table say. */
interface Facts {
  usagePoint: string | undefined;
  direction: Direction | undefined;
  type: string;
  unit: string;
  interval: number | undefined;
}

const NOTHING: Facts = {
  usagePoint: undefined,
  direction: undefined,
  type: '',
  unit: '',
  interval: undefined,
};

/**
 * Finds the tables of an export file in its rows: blocks that begin with `Identifiant PRM`, and tables below lines such
 * as `Type de comptage :`.
 */
export class TableFinder {
  /** Whether a table was found. */
  hasFound = false;
  private facts = NOTHING;
  /** What a sheet without a table says: it holds for the sheets after it. */
  private cover = NOTHING;
  /** The names of a block's facts, whose values are in the next row. */
  private names: readonly Cell[] | undefined;
  private isInBlock = false;
  private table: Table | undefined;
  private sheet: string | undefined;

  /** @returns the row where it is one of a table */
  next(row: Row): TableRow | undefined {
    const { cells, sheet } = row;
    if (sheet !== this.sheet) this.beginSheet(sheet);
    // Most rows by far: what follows reads words.
    if (this.table && beginsAsTime(cells[this.table.columns.time])) return { table: this.table, row };
    if (cells.every((cell) => plainOf(cell) === '')) return undefined;
    if (plainOf(cells[0]) === 'identifiant prm') {
      this.names = cells;
      this.isInBlock = true;
      this.table = undefined;
      this.facts = NOTHING;
      return undefined;
    }
    const columns = columnsOf(cells);
    if (columns) {
      this.names = undefined;
      this.table = tableOf(columns, this.facts);
      this.hasFound = true;
      return undefined;
    }
    if (this.names) {
      this.facts = blockFacts(this.names, cells);
      this.names = undefined;
      return undefined;
    }
    if (this.table || this.isInBlock) return { table: this.table, row };
    this.readLine(cells);
    return undefined;
  }

  private beginSheet(sheet: string | undefined): void {
    this.sheet = sheet;
    if (!this.table) this.cover = this.facts;
    this.facts = { ...this.cover, direction: directionIn(sheet ?? '') ?? this.cover.direction };
    this.table = undefined;
    this.isInBlock = false;
    this.names = undefined;
  }

  /** `Point Référence Mesure (PRM) :` and `Type de comptage :`, with their values beside them or after the colon. */
  private readLine(cells: readonly Cell[]): void {
    const line = cells.map(textOf).join(' ');
    const plain = plainOf(line);
    if (plain.includes('prm') || plain.includes('point reference mesure')) {
      const usagePoint = usagePointIn(cells);
      if (usagePoint) this.facts = { ...this.facts, usagePoint };
    }
    const [, type = ''] = /type de comptage(.*)/.exec(plain) ?? [];
    const direction = directionIn(type);
    if (direction) this.facts = { ...this.facts, direction };
  }
}

const beginsAsTime = (cell: Cell | undefined): boolean =>
  typeof cell === 'string' ? /^\d/.test(cell) : typeof cell === 'number' || cell instanceof Date;

/** Excel may hold the number as one, which loses the zeros it begins with. */
function usagePointIn(cells: readonly Cell[]): string | undefined {
  for (const cell of cells) {
    const text = typeof cell === 'number' ? String(cell).padStart(14, '0') : textOf(cell);
    const [found] = /(?<!\d)\d{14}(?!\d)/.exec(text) ?? [];
    if (found) return found;
  }
  return undefined;
}

/** Whether a text names consumption or production; undefined for neither and for both. */
export function directionIn(text: string): Direction | undefined {
  const plain = plainOf(text);
  const isConsumption = /conso|soutir/.test(plain);
  const isProduction = /produc|inject/.test(plain);
  if (isConsumption === isProduction) return undefined;
  return isConsumption ? 'consumption' : 'production';
}

function blockFacts(names: readonly Cell[], values: readonly Cell[]): Facts {
  const plain = names.map(plainOf);
  const value = (name: string): string => textOf(values[plain.indexOf(name)]);
  const [usagePoint] = /^\d{14}$/.exec(value('identifiant prm')) ?? [];
  const interval = Number(value('pas en minutes'));
  return {
    // What is no PDL must not pass for a file that names none.
    usagePoint: usagePoint ?? value('identifiant prm'),
    direction: directionIn(value('grandeur metier')),
    type: plainOf(value('type de donnees')),
    unit: value('unite'),
    interval: interval > 0 ? interval : undefined,
  };
}

/** The columns of a table's header. */
interface Header {
  time: number;
  start?: number;
  value: number;
  /** `day`: a date; `interval`: its start and its end; `label`: one time. */
  has: 'day' | 'interval' | 'label';
  /** Of `Valeur (en kW)`: `kW`. */
  unit: string;
  /** The meter's total register. */
  isTotal: boolean;
}

const TOTAL: ReadonlySet<string> = new Set(['eas t', 'eai t']);

function columnsOf(cells: readonly Cell[]): Header | undefined {
  const plain = cells.map(plainOf);
  const total = plain.findIndex((name) => TOTAL.has(name));
  const value = total >= 0 ? total : plain.findIndex((name) => /^valeur\b/.test(name));
  if (value < 0) return undefined;
  const [, unit = ''] = /\(\s*(?:en\s+)?([^)]+?)\s*\)/.exec(textOf(cells[value])) ?? [];
  const common = { value, unit, isTotal: total >= 0 };
  const [label, start, end, day] = ['horodate', 'debut', 'fin', 'date'].map((name) => plain.indexOf(name));
  if (label !== undefined && label >= 0) return { ...common, time: label, has: 'label' };
  if (start !== undefined && end !== undefined && start >= 0 && end >= 0) {
    return { ...common, time: end, start, has: 'interval' };
  }
  return day !== undefined && day >= 0 ? { ...common, time: day, has: 'day' } : undefined;
}

function tableOf(header: Header, facts: Facts): Table {
  const { time, start, value } = header;
  const unit = header.unit || facts.unit;
  return {
    usagePoint: facts.usagePoint,
    direction: facts.direction,
    kind: kindOf(header, facts.type, unit),
    unit,
    interval: facts.interval,
    columns: { time, value, ...(start !== undefined && { start }) },
  };
}

function kindOf({ has, isTotal }: Header, type: string, unit: string): Table['kind'] {
  const isApparent = /va$/i.test(unit);
  if (type.startsWith('index') || isTotal) return 'registers';
  if (type.startsWith('puissance max')) return 'max-power';
  if (type !== '' && !type.startsWith('courbe de charge')) return 'other';
  if (has === 'day') return isApparent ? 'max-power' : 'daily';
  return type === '' && isApparent ? 'max-power' : 'load-curve';
}
