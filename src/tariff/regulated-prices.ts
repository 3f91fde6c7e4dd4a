import { parse } from 'csv-parse/sync';
import { addDays, dayOf, instantAt, isDay, minutesOfDay, startOfDay, type Day } from '../calendar/paris';
import { changesIn, PERIODS, snapshotRows, type RegulatedPlan } from './price-snapshot';
import { pricesIn, type PriceRow } from './prices';

/** Regulated prices of one power. */
export interface RegulatedRow extends PriceRow {
  /** kVA. */
  power: number;
}

/** What an official file says. */
export interface ParsedPrices {
  rows: RegulatedRow[];
  /** Rows that say something impossible. */
  rejected: number;
}

/** The columns of the periods, incl. tax, in the order of `PERIODS`. */
const COLUMNS: Record<RegulatedPlan, readonly string[]> = {
  base: ['PART_VARIABLE_TTC'],
  hphc: ['PART_VARIABLE_HP_TTC', 'PART_VARIABLE_HC_TTC'],
  tempo: [
    'PART_VARIABLE_HPBLEU_TTC',
    'PART_VARIABLE_HCBLEU_TTC',
    'PART_VARIABLE_HPBLANC_TTC',
    'PART_VARIABLE_HCBLANC_TTC',
    'PART_VARIABLE_HPROUGE_TTC',
    'PART_VARIABLE_HCROUGE_TTC',
  ],
};
const [FROM, TO, POWER, SUBSCRIPTION] = ['DATE_DEBUT', 'DATE_FIN', 'P_SOUSCRITE', 'PART_FIXE_TTC'] as const;

/** €/kWh and € a year above which a value is an error. */
const MOST_PRICE = 5;
const MOST_SUBSCRIPTION = 5000;
/** kVA; above it prices are not regulated. */
const MOST_POWER = 36;

/** A row by the names of its columns; a short row lacks the last ones. */
type Cells = Readonly<Partial<Record<string, string>>>;

/**
 * Reads an official file of regulated prices. Where a row is rejected although its first day and its power can be
 * read, a row without prices stands in its place: the prices before it have ended.
 * @returns undefined where the file is not one of this plan
 */
export function parseRegulatedPrices(plan: RegulatedPlan, csv: string): ParsedPrices | undefined {
  const records = recordsIn(csv, [FROM, TO, POWER, SUBSCRIPTION, ...COLUMNS[plan]]);
  if (!records) return undefined;
  const rows: RegulatedRow[] = [];
  let rejected = 0;
  for (const cells of records) {
    const from = dayIn(cells[FROM]);
    const power = numberIn(cells[POWER], MOST_POWER);
    const isPlaced = typeof from === 'string' && typeof power === 'number';
    const row = isPlaced ? rowOf(plan, cells, from, power) : undefined;
    if (!row) rejected += 1;
    if (isPlaced) rows.push(row ?? { from, power, prices: {} });
  }
  return { rows, rejected };
}

/** The rows by the names of the columns; undefined where the text is no CSV, or lacks one of these columns. */
function recordsIn(csv: string, needed: readonly string[]): Cells[] | undefined {
  let names: string[] = [];
  try {
    const records = parse<Cells>(csv, {
      bom: true,
      delimiter: ';',
      trim: true,
      columns: (header: string[]) => (names = header.map((name) => name.toUpperCase())),
      relax_column_count: true,
      skip_empty_lines: true,
      // The files end in rows of semicolons.
      skip_records_with_empty_values: true,
    });
    return needed.every((name) => names.includes(name)) ? records : undefined;
  } catch {
    return undefined;
  }
}

function rowOf(plan: RegulatedPlan, cells: Cells, from: Day, power: number): RegulatedRow | undefined {
  const last = dayIn(cells[TO]);
  const subscription = numberIn(cells[SUBSCRIPTION], MOST_SUBSCRIPTION);
  if (last === null || subscription === null || (last !== undefined && last < from)) return undefined;
  const prices: Record<string, number> = {};
  for (const [i, period] of PERIODS[plan].entries()) {
    const price = numberIn(cells[COLUMNS[plan][i] ?? ''], MOST_PRICE);
    if (price === null) return undefined;
    if (price !== undefined) prices[period] = price;
  }
  return {
    from,
    ...(last !== undefined && { to: addDays(last, 1) }),
    power,
    ...(subscription !== undefined && { subscription }),
    prices,
  };
}

/** A date written `DD/MM/YYYY`; undefined where nothing is written, null where something else is. */
function dayIn(text = ''): Day | null | undefined {
  if (text === '') return undefined;
  const day = text.replace(/^(\d\d)\/(\d\d)\/(\d{4})$/, '$3-$2-$1');
  return isDay(day) && day !== text ? day : null;
}

/** A positive number with a decimal comma; undefined where nothing is written, null where something else is. */
function numberIn(text = '', most: number): number | null | undefined {
  if (text === '') return undefined;
  const value = /^\d+(?:[.,]\d+)?$/.test(text) ? Number(text.replace(',', '.')) : NaN;
  return value > 0 && value <= most ? value : null;
}

/** What applies from a day on. */
interface Applying {
  official: PriceRow | undefined;
  packaged: PriceRow | undefined;
}

/**
 * The regulated prices of one power: on each day those of the official row, and the packaged ones where it has none.
 * Neither is used after a change that the other knows of, unless an official row names its last day itself.
 * @param official those that were published last, of any power; future ones are among them
 * @returns rows that do not overlap, oldest first
 */
export function regulatedRows(
  plan: RegulatedPlan,
  power: number,
  official: readonly RegulatedRow[],
): PriceRow[] {
  const own = official.filter((row) => row.power === power);
  const packaged = snapshotRows(plan, power);
  const [officialOn, packagedOn] = [pricesIn(own), pricesIn(packaged)];
  // Prices of all powers change on the same day.
  const officialChanges = [...edgesOf(own), ...official.map(({ from }) => from)];
  const packagedChanges = changesIn(plan);
  /** Whether prices changed after a row began, up to a day. */
  const hasChanged = (row: PriceRow, day: Day, changes: readonly Day[]): boolean =>
    changes.some((change) => row.from < change && change <= day);
  const applyingOn = (day: Day): Applying => {
    const [published, fallback] = [officialOn(day), packagedOn(day)];
    const isOpen = published?.to === undefined;
    const isOver =
      published &&
      isOpen &&
      hasChanged(published, day, [...packagedChanges, ...official.map((row) => row.from)]);
    const current = isOver ? undefined : published;
    const isNeeded = fallback && !isComplete(current, plan) && !hasChanged(fallback, day, officialChanges);
    return { official: current, packaged: isNeeded ? fallback : undefined };
  };

  const edges = [...new Set([...officialChanges, ...edgesOf(packaged), ...packagedChanges])].sort();
  const rows: PriceRow[] = [];
  let before: Applying = { official: undefined, packaged: undefined };
  for (const [i, from] of edges.entries()) {
    const applying = applyingOn(from);
    const to = edges[i + 1];
    const last = rows.at(-1);
    if (last?.to === from && isSame(applying, before)) {
      rows.splice(-1, 1, withEnd(last, to));
    } else if (applying.official ?? applying.packaged) {
      rows.push(withEnd({ ...merged(applying), from }, to));
    }
    before = applying;
  }
  return rows;
}

const edgesOf = (rows: readonly PriceRow[]): Day[] =>
  rows.flatMap(({ from, to }) => (to === undefined ? [from] : [from, to]));

const isSame = (one: Applying, other: Applying): boolean =>
  one.official === other.official && one.packaged === other.packaged;

const isComplete = (row: PriceRow | undefined, plan: RegulatedPlan): boolean =>
  row?.subscription !== undefined && PERIODS[plan].every((period) => row.prices[period] !== undefined);

function merged({ official, packaged }: Applying): Omit<PriceRow, 'from' | 'to'> {
  const subscription = official?.subscription ?? packaged?.subscription;
  return {
    ...(subscription !== undefined && { subscription }),
    prices: { ...packaged?.prices, ...official?.prices },
  };
}

function withEnd({ from, subscription, prices }: PriceRow, to: Day | undefined): PriceRow {
  return {
    from,
    ...(to !== undefined && { to }),
    ...(subscription !== undefined && { subscription }),
    prices,
  };
}

/** Regulated prices usually change on these days of a year. */
const CHANGES = ['02-01', '08-01'];
/** So many days after such a day a file without a change says that there was none: files come weeks late. */
const LATEST_FILE = 45;

/**
 * Whether prices may have changed since the newest row that applies today began: it is older than the last usual
 * change, and the official file was not read long enough after it. Also where the prices of all rows have ended.
 * @param checkedAt when the official file was read last, epoch ms
 */
export function areOutdated(rows: readonly PriceRow[], today: Day, checkedAt: number | undefined): boolean {
  const row = pricesIn(rows)(today);
  if (!row) return rows.some(({ from }) => from <= today);
  const change = lastChange(today);
  const isConfirmed = checkedAt !== undefined && checkedAt >= startOfDay(addDays(change, LATEST_FILE));
  return row.from < change && !isConfirmed;
}

function lastChange(today: Day): Day {
  const year = Number(today.slice(0, 4));
  const changes = [year - 1, year].flatMap((each) => CHANGES.map((date) => `${each}-${date}`));
  return changes.findLast((change) => change <= today) ?? today;
}

const HOUR = 3_600_000;
/** Of each year, both included: around the changes the file is looked at daily, else weekly. */
const DAILY = [
  ['01-25', '02-20'],
  ['07-25', '08-20'],
] as const;
const WEEK = 7;
/** How long to wait after failures in a row. */
const RETRY_DELAYS = [HOUR, 3 * HOUR, 12 * HOUR, 24 * HOUR];
/** A request whose end nobody saw: the process may end again and again. */
const UNFINISHED_DELAY = 5 * 60_000;

/**
 * When to read an official file again that was read before, epoch ms: on a following day at about the same time, so
 * that not everybody comes at once.
 * @param checkedAt when it was read last, epoch ms; undefined: never
 * @param jitter so much later, ms
 */
export function nextPriceLook(checkedAt: number | undefined, now: number, jitter: number): number {
  // A time of the future was noted by a clock that was wrong.
  if (checkedAt === undefined || checkedAt > now) return now;
  const day = dayOf(checkedAt);
  let days = 1;
  while (days < WEEK && !isDaily(addDays(day, days))) days += 1;
  return instantAt(addDays(day, days), minutesOfDay(checkedAt)) + jitter;
}

const isDaily = (day: Day): boolean =>
  DAILY.some(([first, last]) => first <= day.slice(5) && day.slice(5) <= last);

/**
 * No request before this instant after some failed, epoch ms.
 * @param failures how many in a row; 0: the end of the first request was not seen
 * @param jitter so much later, ms
 */
export const priceRetryAt = (failures: number, now: number, jitter: number): number =>
  now + (failures === 0 ? UNFINISHED_DELAY : (RETRY_DELAYS[failures - 1] ?? 24 * HOUR)) + jitter;
