import { directionOf, isLoadCurve, type Series } from '../metering/metrics';
import { ClockLabels } from '../calendar/clock-labels';
import { addDays, dayOf, instantsAt, isDay, startOfDay, type Day } from '../calendar/paris';
import { INTERVAL_MINUTES, shortestGaps, USUAL_INTERVAL, type IntervalEnd } from '../metering/intervals';
import type { Reading } from '../metering/readings';
import type { RegisterCalendar, RegisterDay } from '../metering/registers';
import { badAnswer, LinkyError } from './errors';
import type { DataRequest, Provider } from './provider';

/** Why a value was rejected; also the key of its sentence in the locales (`linky-meter.warn.reason.<reason>`). */
export type RejectionReason =
  | 'not-an-object'
  | 'not-a-number'
  | 'no-such-date'
  | 'bad-interval'
  | 'outside-range'
  | 'overlap'
  | 'wrong-unit'
  | 'other-quantity';

/** Values of an answer that were left out: how many, of which day (where it could be read), and why. */
export interface Rejection {
  day: Day | undefined;
  reason: RejectionReason;
  count: number;
}

/** The readings of an answer: oldest first, without overlaps, all within the requested range. */
export interface ParsedReadings {
  readings: Reading[];
  rejected: Rejection[];
}

/** The registers of an answer: days oldest first, all within the requested range. */
export interface ParsedRegisters {
  days: RegisterDay[];
  rejected: Rejection[];
}

const MINUTE = 60_000;
/** Enedis writes `PT60M`; `PT1H` means the same. */
const INTERVALS: ReadonlyMap<unknown, number> = new Map([
  ...INTERVAL_MINUTES.map((minutes) => [`PT${minutes}M`, minutes * MINUTE] as const),
  ['PT1H', 60 * MINUTE],
]);

type Item = Record<string, unknown>;

const isObject = (value: unknown): value is Item =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const itemsIn = (value: unknown): Item[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** Enedis sends values as text, those of registers as numbers. Only integers from 0 are accepted: nothing is rounded. */
function numberOf(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^\d{1,12}$/.test(text)) return undefined;
  return Number(text);
}

/** Enedis' names for the quantity of a series: `grandeurPhysique` and `unite`. */
function quantityOf(series: Series): { physical: string; unit: string } {
  if (isLoadCurve(series)) return { physical: 'PA', unit: 'W' };
  return series === 'consumption-max-power'
    ? { physical: 'PMA', unit: 'VA' }
    : { physical: 'EA', unit: 'Wh' };
}

const isQuantity = (item: Item, series: Series): boolean =>
  item['grandeurMetier'] === (directionOf(series) === 'consumption' ? 'CONS' : 'PROD') &&
  item['grandeurPhysique'] === quantityOf(series).physical;

/**
 * Reads the readings of an answer of Enedis' interfaces of 2026. Valid values are kept, the others are listed as
 * rejected.
 * @param labels whether the timestamps of load-curve points, local time of Paris, are the end or the start of their
 *   interval; a point without an interval length always has the end
 * @throws LinkyError `bad-answer` where the content is no answer, `foreign-usage-point` where it is another usage
 *   point's
 */
export function parseReadings(
  content: unknown,
  request: DataRequest,
  labels: Provider['labels'],
): ParsedReadings {
  const measure = checked(content, request, 'grandeur');
  const rejections = new Rejections();
  const points = pointsIn(itemsIn(measure['grandeur']), request.series, rejections);
  const found = isLoadCurve(request.series)
    ? parseLoadCurve(points, request, labels, rejections)
    : parseDays(points, request, rejections);
  return { readings: withoutOverlaps(found, rejections), rejected: rejections.list() };
}

/**
 * Reads the registers of `index_consommation` and `index_production`, with the supplier's calendars.
 * @throws LinkyError as `parseReadings`
 */
export function parseRegisters(content: unknown, request: DataRequest): ParsedRegisters {
  const answer = checked(content, request, 'contexte');
  const rejections = new Rejections();
  const days = new Map<Day, RegisterDay>();
  const dayAt = (day: Day): RegisterDay => {
    const known = days.get(day) ?? { day, calendars: [] };
    days.set(day, known);
    return known;
  };
  const quantities = itemsIn(answer['contexte']).flatMap((context) => itemsIn(context['grandeur']));
  for (const quantity of quantities) {
    if (!isQuantity(quantity, request.series)) continue;
    if (quantity['unite'] !== 'Wh') {
      rejections.add(undefined, 'wrong-unit');
      continue;
    }
    const total = quantity['cadranTotalisateur'];
    for (const [day, value] of registerValues(total, request, rejections)) dayAt(day).total ??= value;
    for (const calendar of itemsIn(quantity['calendrier']).filter(isSuppliers)) {
      const id = textOf(calendar['idCalendrier']);
      const name = textOf(calendar['libelleCalendrier']);
      for (const period of itemsIn(calendar['classeTemporelle'])) {
        const values = registerValues(period, request, rejections);
        for (const [day, value] of values) {
          registersOf(dayAt(day), id, name)[textOf(period['idClasseTemporelle'])] ??= value;
        }
      }
    }
  }
  const sorted = [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
  return { days: sorted, rejected: rejections.list() };
}

/** The distributor's calendars, whose identifiers begin with D, are for the grid fees of the supplier. */
const isSuppliers = (calendar: Item): boolean => !textOf(calendar['idCalendrier']).startsWith('D');

const textOf = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 100) : '');

function registersOf({ calendars }: RegisterDay, id: string, name: string): RegisterCalendar['registers'] {
  const known = calendars.find((calendar) => calendar.id === id);
  if (known) return known.registers;
  const registers = {};
  calendars.push({ id, name, registers });
  return registers;
}

function registerValues(register: unknown, request: DataRequest, rejections: Rejections): [Day, number][] {
  const values: [Day, number][] = [];
  for (const item of itemsIn(isObject(register) ? register['valeur'] : [])) {
    const label = labelOf(item['d']);
    const value = numberOf(item['v']);
    if (!label || (label.seconds ?? 0) !== 0) rejections.add(label?.day, 'no-such-date');
    else if (item['v'] === null) continue;
    else if (value === undefined) rejections.add(label.day, 'not-a-number');
    else if (!inRange(label.day, request)) rejections.add(label.day, 'outside-range');
    else values.push([label.day, value]);
  }
  return values;
}

/** @param list the field that every answer has */
function checked(content: unknown, { usagePoint }: DataRequest, list: string): Item {
  if (!isObject(content) || !Array.isArray(content[list])) {
    throw badAnswer();
  }
  const answered = content['idPrm'];
  if (answered !== undefined && answered !== usagePoint) {
    throw new LinkyError('foreign-usage-point', { key: 'foreign-usage-point', retry: 'next-slot' });
  }
  return content;
}

/** The points of the requested quantity; an answer can contain several quantities. */
function pointsIn(quantities: Item[], series: Series, rejections: Rejections): Item[] {
  const own = quantities.filter((quantity) => isQuantity(quantity, series));
  if (own.length === 0 && quantities.length > 0) rejections.add(undefined, 'other-quantity');
  const inUnit = own.filter((quantity) => quantity['unite'] === quantityOf(series).unit);
  if (inUnit.length === 0 && own.length > 0) rejections.add(undefined, 'wrong-unit');
  const points = inUnit.flatMap(({ points: list }) => (Array.isArray(list) ? (list as unknown[]) : []));
  return points.filter((point): point is Item => {
    if (isObject(point)) return true;
    rejections.add(undefined, 'not-an-object');
    return false;
  });
}

class Rejections {
  private readonly counts = new Map<string, Rejection>();

  add(day: Day | undefined, reason: RejectionReason): void {
    const key = `${day ?? ''} ${reason}`;
    const known = this.counts.get(key);
    if (known) known.count += 1;
    else this.counts.set(key, { day, reason, count: 1 });
  }

  list(): Rejection[] {
    return [...this.counts.values()];
  }
}

const inRange = (day: Day, { start, end }: DataRequest): boolean => day >= start && day < end;

/** Daily energy (`yyyy-mm-dd`) and max power (`yyyy-mm-dd hh:mm:ss`, the instant of the peak). */
function parseDays(points: Item[], request: DataRequest, rejections: Rejections): Reading[] {
  const readings: Reading[] = [];
  for (const point of points) {
    const label = labelOf(point['d']);
    if (!label) {
      rejections.add(undefined, 'no-such-date');
      continue;
    }
    const { day, seconds } = label;
    const value = numberOf(point['v']);
    const [at] = seconds === undefined ? [] : instantsAt(day, Math.floor(seconds / 60));
    // A peak with a time that the March day skips is kept, without its time.
    const isTimed = seconds !== undefined && request.series !== 'consumption-max-power';
    if (isTimed && at === undefined) rejections.add(day, 'no-such-date');
    // No value: Enedis has not published the day (yet).
    else if (point['v'] === null) continue;
    else if (value === undefined) rejections.add(day, 'not-a-number');
    else if (!inRange(day, request)) rejections.add(day, 'outside-range');
    else {
      const reading: Reading = { start: startOfDay(day), end: startOfDay(addDays(day, 1)), value };
      if (at !== undefined && request.series === 'consumption-max-power') {
        reading.at = at + ((seconds ?? 0) % 60) * 1000;
      }
      readings.push(reading);
    }
  }
  return readings;
}

interface Label {
  day: Day;
  /** Local time, seconds after midnight; undefined where the label is only a date. */
  seconds: number | undefined;
}

const LABEL = /^\d{4}-\d\d-\d\d(?: (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)?$/;

/** @param known a date that exists, which need not be checked again: thousands of labels share few dates */
function labelOf(text: unknown, known?: Day): Label | undefined {
  if (typeof text !== 'string' || !LABEL.test(text)) return undefined;
  const day = known !== undefined && text.startsWith(known) ? known : text.slice(0, 10);
  if (day !== known && !isDay(day)) return undefined;
  if (text.length === day.length) return { day, seconds: undefined };
  return { day, seconds: digits(text, 11) * 3600 + digits(text, 14) * 60 + digits(text, 17) };
}

/** The number that the two digits at an index of a text form. */
const digits = (text: string, at: number): number =>
  (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;

interface EndedInterval extends IntervalEnd {
  /** Undefined where the answer contains `null`. */
  value: number | undefined;
}

function parseLoadCurve(
  points: Item[],
  request: DataRequest,
  labels: Provider['labels'],
  rejections: Rejections,
): Reading[] {
  const ends = new ClockLabels(false);
  const first = startOfDay(request.start);
  const last = startOfDay(request.end);
  const ended: EndedInterval[] = [];
  let label: Label | undefined;
  for (const point of inOrder(points)) {
    label = labelOf(point['d'], label?.day);
    const interval = point['p'];
    const length = INTERVALS.get(interval);
    const isLabelledAtStart = labels === 'start' && length !== undefined;
    const end = label && endOf(isLabelledAtStart ? endLabel(label, length) : label, ends);
    if (end === undefined) {
      rejections.add(label?.day, 'no-such-date');
      continue;
    }
    const hasLength = interval !== undefined && interval !== null;
    const value = numberOf(point['v']);
    if (value === undefined && point['v'] !== null) rejections.add(dayOf(end - 1), 'not-a-number');
    else if (end <= first || end > last) rejections.add(dayOf(end - 1), 'outside-range');
    else if (length === undefined && hasLength) rejections.add(dayOf(end - 1), 'bad-interval');
    else ended.push({ end, length, value });
  }
  ended.sort((a, b) => a.end - b.end);
  return withStarts(ended, rejections);
}

/** @returns undefined where no interval ends at such a time */
const endOf = ({ day, seconds }: Label, ends: ClockLabels): number | undefined =>
  seconds === undefined || seconds % 60 !== 0 ? undefined : ends.next(day, seconds / 60);

/** The label of an interval's end, from that of its start: the length is added to the digits, without clock changes. */
function endLabel({ day, seconds }: Label, length: number): Label {
  if (seconds === undefined) return { day, seconds };
  const sum = seconds + length / 1000;
  return sum < DAY_SECONDS ? { day, seconds: sum } : { day: addDays(day, 1), seconds: sum - DAY_SECONDS };
}
const DAY_SECONDS = 24 * 3600;

/** @param ended oldest first */
function withStarts(ended: readonly EndedInterval[], rejections: Rejections): Reading[] {
  const shortest = ended.some(({ length }) => length === undefined) ? shortestGaps(ended) : undefined;
  const readings: Reading[] = [];
  let [day, midnight, nextMidnight] = ['', 0, 0];
  for (const { end, length, value } of ended) {
    if (value === undefined) continue;
    if (end > nextMidnight) {
      day = dayOf(end - 1);
      midnight = startOfDay(day);
      nextMidnight = startOfDay(addDays(day, 1));
    }
    const start = end - (length ?? shortest?.get(day) ?? USUAL_INTERVAL);
    if (start < midnight) rejections.add(day, 'bad-interval');
    else readings.push({ start, end, value });
  }
  return readings;
}

/** Oldest first: on the October day only their order distinguishes two equal labels. */
function inOrder(points: Item[]): Item[] {
  const first = points[0]?.['d'];
  const last = points.at(-1)?.['d'];
  const descending = typeof first === 'string' && typeof last === 'string' && first > last;
  return descending ? points.toReversed() : points;
}

/** Of overlapping readings the first is kept. A repeated reading with the same value is not reported. */
function withoutOverlaps(readings: Reading[], rejections: Rejections): Reading[] {
  readings.sort((a, b) => a.start - b.start);
  const kept: Reading[] = [];
  for (const reading of readings) {
    const last = kept.at(-1);
    if (!last || reading.start >= last.end) kept.push(reading);
    else if (reading.start !== last.start || reading.end !== last.end || reading.value !== last.value) {
      rejections.add(dayOf(reading.start), 'overlap');
    }
  }
  return kept;
}
