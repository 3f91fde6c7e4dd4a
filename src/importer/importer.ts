import { clock } from '../calendar/clock';
import { addDays, dayOf, type Day } from '../calendar/paris';
import type { Contradiction } from '../metering/imported';
import { isRegisters, type Direction, type Series } from '../metering/metrics';
import { BEFORE_LINKY } from '../providers/limits';
import type { SeriesKey } from '../store/reader';
import type { ImportedDay, ImportedOutcome, Store, Trial } from '../store/store';
import { cannotImport } from './cannot-import';
import { isEmpty, numberOf, timeOf } from './cells';
import {
  dayOfEnd,
  loadCurveOf,
  readingOf,
  valueOfDay,
  type DayRow,
  type ImportRejection,
  type IntervalRow,
} from './days';
import { isMidnight, lengthOf, placeOfTime, seriesOfTable, unitOfTable, type Unit } from './row-values';
import { rowsOf, type Content, type Row } from './rows';
import { directionIn, TableFinder, type Table, type TableRow } from './tables';
import { ValueShapes } from './value-shapes';
import { waitingFor, type Waiting } from './waiting';

/** A file that Enedis made for its customer. */
export interface ExportFile {
  content: Content;
  /** Its name, where it has one: Enedis writes the PDL and the direction in it. */
  name?: string;
}

export interface ImportOptions {
  /** The meter's, 14 digits. */
  usagePoint: string;
  /** As the store names it. */
  storedAs: string;
  /** What the user says, for a file whose tables do not say it. */
  direction?: Direction | undefined;
  /** The meter has a node for production: a file whose tables, name and user say nothing may be of either direction. */
  hasProduction?: boolean;
  /** Nothing is kept: the result says what would be. */
  isDryRun?: boolean;
  /** Ends the import; what was kept stays. */
  signal?: AbortSignal;
}

/** What came of one series. The counts are of values. */
export interface ImportedSeries {
  series: Series;
  /** The days that the file has values of; `end` is not included. */
  start: Day;
  end: Day;
  /** The store did not have them. */
  taken: number;
  /** Others stood there, of an earlier file. */
  replaced: number;
  /** They were there alike. */
  known: number;
  /** They lost against what Enedis' interface delivered. */
  contradicting: number;
}

/** Rows that were left out for the same reason. */
export interface RejectedRows {
  reason: ImportRejection;
  /** The number of the first of them in the file, or in its sheet. */
  row: number;
  sheet?: string;
  /** The first one's, where it could be read. */
  day?: Day;
  count: number;
}

export interface ImportResult {
  /** In the order in which they came. */
  series: ImportedSeries[];
  rejected: RejectedRows[];
  /** The first hundred. */
  contradictions: (Contradiction & { series: Series })[];
  /** Rows without a value. */
  empty: number;
}

/** So many rows are collected before their days are kept: two years of half hours are kept at once. */
const ROWS_AT_ONCE = 50_000;
const CONTRADICTIONS_TOLD = 100;
/** As in the interface's answers: twelve digits. */
const GREATEST = 999_999_999_999;
/** Enedis writes some ten lines above a table: what has more of them is no export. */
const MOST_LINES_ABOVE = 1000;

/**
 * Takes an export file of Enedis into the store. It reads the file as it comes and keeps it in parts: one that breaks
 * off has brought what it had so far, and the same file again does no harm.
 * @throws LinkyError `import-unknown` where it is no export of Enedis, `import-damaged`, `import-too-large`,
 *   `import-foreign` where all of it is another usage point's, `import-direction` where nobody says whether it is
 *   consumption or production; and what the content or the store throws
 */
export async function importFile(
  store: Store,
  file: ExportFile,
  options: ImportOptions,
): Promise<ImportResult> {
  const finder = new TableFinder();
  const work = new Import(store, options, await factsOf(store, file, options));
  let rows = 0;
  for await (const row of rowsOf(file.content, options.signal)) {
    const found = finder.next(row);
    rows += 1;
    if (!finder.hasFound && rows > MOST_LINES_ABOVE) break;
    if (found) work.add(found);
    if (work.isFull) await work.keep(true);
    options.signal?.throwIfAborted();
  }
  await work.keep(false);
  if (!finder.hasFound) throw cannotImport('import-unknown');
  return work.result();
}

/** What a file's name and its user say, where its tables do not. */
interface FileFacts {
  usagePoint: string | undefined;
  direction: Direction | undefined;
}

async function factsOf(
  store: Store,
  { name = '' }: ExportFile,
  { storedAs, direction, hasProduction }: ImportOptions,
): Promise<FileFacts> {
  const likely = hasProduction ? undefined : await onlyDirection(store, storedAs);
  return { usagePoint: usagePointOfName(name), direction: direction ?? directionIn(name) ?? likely };
}

/** `20261126101500`: the date and time of a download, which has as many digits as a PDL. */
const TIMESTAMP = /^20\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])([01]\d|2[0-3])[0-5]\d[0-5]\d$/;

/** Enedis begins or ends a name with the PDL. */
function usagePointOfName(name: string): string | undefined {
  const found = new Set(name.match(/(?<!\d)\d{14}(?!\d)/g)?.filter((digits) => !TIMESTAMP.test(digits)));
  return found.size === 1 ? [...found][0] : undefined;
}

/** A home that never produced anything has no export of it. */
async function onlyDirection(store: Store, usagePoint: string): Promise<Direction | undefined> {
  for (const name of ['production-daily', 'production-load-curve', 'production-registers'] as const) {
    if (await store.extent({ usagePoint, name })) return undefined;
  }
  return 'consumption';
}

/** A file on its way into the store. */
class Import {
  private readonly intervals = new Map<Series, Waiting<IntervalRow>>();
  private readonly values = new Map<Series, Waiting<DayRow>>();
  private rows = 0;
  private empty = 0;
  private readonly series = new Map<Series, ImportedSeries>();
  private readonly rejected = new Map<string, RejectedRows>();
  private readonly contradictions: ImportResult['contradictions'] = [];
  private readonly today = dayOf(clock.now());
  private readonly usualLengths = new Map<Table, number>();
  private readonly shapes = new ValueShapes();
  private readonly trials = new Map<Series, Trial>();

  constructor(
    private readonly store: Store,
    private readonly options: ImportOptions,
    private readonly file: FileFacts,
  ) {}

  get isFull(): boolean {
    return this.rows >= ROWS_AT_ONCE;
  }

  add({ table, row }: TableRow): void {
    if (!table || table.kind === 'other') {
      this.reject('unknown-layout', row);
      return;
    }
    const usagePoint = table.usagePoint ?? this.file.usagePoint;
    if (usagePoint !== undefined && usagePoint !== this.options.usagePoint) {
      this.reject('foreign-usage-point', row);
      return;
    }
    const direction = table.direction ?? this.file.direction;
    if (!direction) {
      this.reject('no-direction', row);
      return;
    }
    const series = seriesOfTable(direction, table.kind);
    const unit = unitOfTable(table);
    if (!series) this.reject('unknown-layout', row);
    else if (!unit) this.reject('wrong-unit', row);
    else this.addValue(table, series, unit, row);
  }

  private addValue(table: Table, series: Series, unit: Unit, row: Row): void {
    const { columns, kind } = table;
    const time = timeOf(row.cells[columns.time]);
    const place = time && (kind === 'load-curve' ? { day: dayOfEnd(time) } : placeOfTime(kind, time));
    if (!time || !place || place.day < BEFORE_LINKY) {
      this.reject('no-such-date', row, place?.day);
      return;
    }
    const { day, at } = place;
    const isLast = kind !== 'load-curve' || isMidnight(time);
    const value = this.valueOf(table, row, unit, { day, isLast });
    if (day >= this.endOf(series)) {
      if (value !== undefined) this.reject('future', row, day);
    } else if (kind === 'load-curve') {
      const start = columns.start === undefined ? undefined : timeOf(row.cells[columns.start]);
      const length = lengthOf(table, start, time);
      const { isEnergy } = unit;
      const item = { row, table, end: time, length, value, isEnergy, ...(start && { start }) };
      waitingFor(this.intervals, series).add(day, item);
      this.rows += 1;
    } else if (value !== undefined) {
      waitingFor(this.values, series).add(day, { row, value, ...(at !== undefined && { at }) });
      this.rows += 1;
    }
  }

  /** The first day that no value can be of: what a register shows at today's midnight is of yesterday. */
  private endOf(series: Series): Day {
    return isRegisters(series) ? addDays(this.today, 1) : this.today;
  }

  /**
   * The value of a row, W, Wh or VA; undefined where there is none.
   * @param isLast a file may end with such a row
   */
  private valueOf(
    table: Table,
    row: Row,
    { factor }: Unit,
    { day, isLast }: { day: Day; isLast: boolean },
  ): number | undefined {
    const cell = row.cells[table.columns.value];
    const number = numberOf(cell);
    const isShort = this.shapes.isShort(table, cell);
    if (isEmpty(cell)) this.empty += 1;
    else if (row.isOpen && (!isLast || isShort)) this.reject('cut-off', row, day);
    else if (number === undefined || number * factor > GREATEST) this.reject('not-a-number', row, day);
    else if (number < 0) this.reject('negative', row, day);
    else return number * factor;
    return undefined;
  }

  /**
   * Keeps what waits.
   * @param moreComes the day of each series' newest row waits for the rest of it
   */
  async keep(moreComes: boolean): Promise<void> {
    const reject = this.reject.bind(this);
    this.rows = 0;
    for (const [series, waiting] of this.intervals) {
      const days = waiting.take(moreComes);
      const came = days.map(({ day, items, isSameFile }) => {
        return { day, readings: loadCurveOf(day, items, this.usualLengths, reject), isSameFile };
      });
      await this.keepReadings(series, came, rowsOfDays(days));
    }
    for (const [series, waiting] of this.values) {
      const days = waiting.take(moreComes);
      const came = days.flatMap(({ day, items, isSameFile }) => {
        const value = valueOfDay(day, items, reject);
        return value ? [{ day, value, isSameFile }] : [];
      });
      if (isRegisters(series)) {
        const totals = came.map(({ value, ...day }) => ({ ...day, total: value.value }));
        const key = { usagePoint: this.options.storedAs, name: series };
        await this.refuteFloor(key, totals);
        const outcomes = await this.store.importRegisters(key, totals, this.trialOf(series));
        this.count(series, outcomes, rowsOfDays(days));
      } else {
        const readings = came.map(({ value, ...day }) => ({ ...day, readings: [readingOf(day.day, value)] }));
        await this.keepReadings(series, readings, rowsOfDays(days));
      }
    }
  }

  private async keepReadings(series: Series, days: readonly ImportedDay[], rows: RowsOfDays): Promise<void> {
    const key = { usagePoint: this.options.storedAs, name: series };
    const came = days.filter(({ readings }) => readings.length > 0);
    await this.refuteFloor(key, came);
    this.count(series, await this.store.importReadings(key, came, this.trialOf(series)), rows);
  }

  /** Of a dry run: what would have been kept of a series so far. */
  private trialOf(series: Series): Trial | undefined {
    if (!this.options.isDryRun) return undefined;
    const trial = this.trials.get(series) ?? (new Map() as Trial);
    this.trials.set(series, trial);
    return trial;
  }

  /** Enedis said that there was no meter yet, and there was. First, so that a crash leaves no values before it. */
  private async refuteFloor(key: SeriesKey, [oldest]: readonly { day: Day }[]): Promise<void> {
    if (!oldest || this.options.isDryRun) return;
    const { floor } = await this.store.facts(key);
    if (floor?.reason === 'no-meter' && oldest.day <= floor.day) await this.store.refuteFloor(key, floor);
  }

  private count(series: Series, outcomes: readonly ImportedOutcome[], rows: RowsOfDays): void {
    for (const { day, taken, replaced, known, contradicting, repeated } of outcomes) {
      const none = { taken: 0, replaced: 0, known: 0, contradicting: 0 };
      const end = addDays(day, 1);
      const counts = this.series.get(series) ?? { series, start: day, end, ...none };
      this.series.set(series, {
        series,
        start: day < counts.start ? day : counts.start,
        end: end > counts.end ? end : counts.end,
        taken: counts.taken + taken,
        replaced: counts.replaced + replaced,
        known: counts.known + known,
        contradicting: counts.contradicting + contradicting.length,
      });
      const room = CONTRADICTIONS_TOLD - this.contradictions.length;
      for (const each of contradicting.slice(0, room)) this.contradictions.push({ series, ...each });
      const row = rows.get(day);
      if (repeated > 0 && row) this.reject('overlap', row, day, repeated);
    }
  }

  private reject(reason: ImportRejection, { number, sheet }: Row, day?: Day, count = 1): void {
    const key = `${reason} ${sheet ?? ''}`;
    const known = this.rejected.get(key);
    if (known) {
      known.count += count;
      // Days are looked at in the order of time, whatever that of the file is.
      if (number < known.row) Object.assign(known, { row: number, ...(day && { day }) });
    } else this.rejected.set(key, { reason, row: number, ...(sheet !== undefined && { sheet }), ...(day && { day }), count }); // prettier-ignore
  }

  /** @throws LinkyError where nothing of it could be looked at */
  result(): ImportResult {
    const series = [...this.series.values()];
    const rejected = [...this.rejected.values()];
    const reasons = new Set(rejected.map(({ reason }) => reason));
    if (series.length === 0 && this.empty === 0) {
      for (const [reason, key] of REFUSALS) {
        if (reasons.has(reason)) throw cannotImport(key);
      }
    }
    return { series, rejected, contradictions: this.contradictions, empty: this.empty };
  }
}

/** Why rows are left out, where nothing else is left of a file. */
const REFUSALS = [
  ['foreign-usage-point', 'import-foreign'],
  ['no-direction', 'import-direction'],
] as const;

/** The first row of each day. */
type RowsOfDays = ReadonlyMap<Day, Row>;

const rowsOfDays = (days: readonly { day: Day; items: readonly { row: Row }[] }[]): RowsOfDays =>
  new Map(days.flatMap(({ day, items }) => (items[0] ? [[day, items[0].row] as const] : [])));
