import type { Direction } from '../metering/metrics';
import { plainOf, textOf, type Cell } from './cells';
import type { Row } from './rows';

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
  /** Such as `energie active`. */
  quantity: string;
  unit: string;
  interval: number | undefined;
}

const NO_FACTS: Facts = {
  usagePoint: undefined,
  direction: undefined,
  type: '',
  quantity: '',
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
  private facts = NO_FACTS;
  /** What a sheet without a table says: it holds for the sheets after it. */
  private cover = NO_FACTS;
  /** The names of a block's facts, whose values are in the next row. */
  private names: readonly Cell[] | undefined;
  private isInBlock = false;
  private table: Table | undefined;
  private sheet: string | undefined;
  /** The line before was the label of a usage point. */
  private awaitsUsagePoint = false;

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
      this.facts = NO_FACTS;
      return undefined;
    }
    const header = headerOf(cells);
    if (header) {
      this.names = undefined;
      this.table = header === 'other' ? undefined : tableOf(header, this.facts);
      this.isInBlock ||= header === 'other';
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

  /** `Point Référence Mesure (PRM) :` and `Type de comptage :`, with their values after, beside or below them. */
  private readLine(cells: readonly Cell[]): void {
    const plain = plainOf(cells.map(textOf).join(' '));
    const isLabel = /\b(prm|pdl)\b|point (de )?reference|point de livraison/.test(plain);
    if (isLabel || this.awaitsUsagePoint) {
      const usagePoint = usagePointIn(cells);
      if (usagePoint) this.facts = { ...this.facts, usagePoint };
      this.awaitsUsagePoint = !usagePoint;
    }
    const [, type = ''] = /type de comptage(.*)/.exec(plain) ?? [];
    const direction = directionIn(type);
    if (direction) this.facts = { ...this.facts, direction };
  }
}

const beginsAsTime = (cell: Cell | undefined): boolean =>
  typeof cell === 'string' ? /^\d/.test(cell) : typeof cell === 'number' || cell instanceof Date;

/** From so many digits on, a number beside the label of a usage point is meant to be one. */
const ALMOST_USAGE_POINT = 10;

/**
 * The usage point that cells name, with spaces in it or not; digits that are none stand for another meter's, so that
 * they do not pass for a file that names none.
 */
function usagePointIn(cells: readonly Cell[]): string | undefined {
  for (const cell of cells) {
    const text = textOf(cell);
    const [digits = ''] = /(?<!\d)\d{14}(?!\d)/.exec(text) ?? /\d[\d\s.-]*\d/.exec(text) ?? [];
    const found = digits.replace(/\D/g, '');
    if (found.length >= ALMOST_USAGE_POINT) return withZeros(found);
  }
  return undefined;
}

/** Excel takes a PDL for a number, and the zero that it may begin with away. */
const withZeros = (digits: string): string => (digits.length === 13 ? `0${digits}` : digits);

/** Whether a text names consumption or production; undefined for neither and for both. */
export function directionIn(text: string): Direction | undefined {
  const plain = plainOf(text);
  const isConsumption = /(?<![a-z])(conso(mmations?)?|soutirages?|soutire)(?![a-z])/.test(plain);
  const isProduction = /(?<![a-z])(productions?|injections?|injecte)(?![a-z])/.test(plain);
  if (isConsumption === isProduction) return undefined;
  return isConsumption ? 'consumption' : 'production';
}

function blockFacts(names: readonly Cell[], values: readonly Cell[]): Facts {
  const plain = names.map(plainOf);
  const value = (name: string): string => textOf(values[plain.findIndex((each) => each.startsWith(name))]);
  const usagePoint = value('identifiant prm');
  const interval = Number(value('pas'));
  return {
    usagePoint: usagePointIn([usagePoint]) ?? usagePoint,
    direction: directionIn(value('grandeur metier')),
    type: plainOf(value('type de donnees')),
    quantity: plainOf(value('grandeur physique')),
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

/** @returns `other` where it is a header, but of no table that is understood */
function headerOf(cells: readonly Cell[]): Header | 'other' | undefined {
  const plain = cells.map(plainOf);
  const total = plain.findIndex((name) => TOTAL.has(name));
  const values = plain.filter((name) => /^valeur\b/.test(name));
  const times = ['horodate', 'debut', 'fin', 'date', 'heure'];
  const [label = -1, start = -1, end = -1, day = -1, clock = -1] = times.map((name) => plain.indexOf(name));
  if (Math.max(label, start, end, day) < 0 || (total < 0 && values.length === 0)) return undefined;
  // Several values of one time, or a day's in several rows: which of them is meant?
  if ((total < 0 && values.length > 1) || clock >= 0) return 'other';
  const value = total >= 0 ? total : plain.indexOf(values[0] ?? '');
  const [, unit = ''] = /(?:\(\s*(?:en\s+)?|\ben\s+)([a-z]+)\s*\)?\s*$/i.exec(textOf(cells[value])) ?? [];
  const common = { value, unit, isTotal: total >= 0 };
  if (label >= 0) return { ...common, time: label, has: 'label' };
  if (start >= 0 && end >= 0) return { ...common, time: end, start, has: 'interval' };
  return day >= 0 ? { ...common, time: day, has: 'day' } : 'other';
}

function tableOf(header: Header, above: Facts): Table {
  const { time, start, value } = header;
  // A block is of labels: what other table follows is another one, of the same meter.
  const facts =
    above.type !== '' && header.has !== 'label' ? { ...NO_FACTS, usagePoint: above.usagePoint } : above;
  const unit = header.unit || facts.unit;
  return {
    usagePoint: facts.usagePoint,
    direction: facts.direction,
    kind: OTHER_QUANTITY.test(facts.quantity) ? 'other' : kindOf(header, facts.type, unit),
    unit,
    interval: facts.interval,
    columns: { time, value, ...(start !== undefined && { start }) },
  };
}

/** Quantities that Enedis exports too. */
const OTHER_QUANTITY = /reactive|inductive|capacitive|tension/;

function kindOf({ has, isTotal }: Header, type: string, unit: string): Table['kind'] {
  const isApparent = /va$/i.test(unit);
  if (type.startsWith('index') || isTotal) return 'registers';
  if (type.startsWith('puissance max')) return 'max-power';
  if (type !== '' && !type.startsWith('courbe de charge')) return 'other';
  if (has === 'day') return isApparent ? 'max-power' : 'daily';
  return type === '' && isApparent ? 'max-power' : 'load-curve';
}
