import { directionOf, isLoadCurve, type Series } from '../metering/metrics';
import { addDays, dayOf, instantsAt, isDay, startOfDay, type Day } from '../calendar/paris';
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

/** What an answer says: readings oldest first, without overlaps, all within the requested range. */
export interface ParsedReadings {
  readings: Reading[];
  rejected: Rejection[];
}

/** The same for registers: days oldest first. */
export interface ParsedRegisters {
  days: RegisterDay[];
  rejected: Rejection[];
}

const MINUTE = 60_000;
/** Enedis writes `PT60M`; `PT1H` means the same. */
const INTERVALS: ReadonlyMap<unknown, number> = new Map([
  ...[5, 10, 15, 30, 60].map((minutes) => [`PT${minutes}M`, minutes * MINUTE] as const),
  ['PT1H', 60 * MINUTE],
]);
const LENGTHS = [...INTERVALS.values()];

type Item = Record<string, unknown>;

const isObject = (value: unknown): value is Item =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const itemsIn = (value: unknown): Item[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** Enedis sends numbers as text, registers as numbers. Only whole, non-negative ones are taken: nothing is rounded. */
function numberOf(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^\d{1,12}$/.test(text)) return undefined;
  return Number(text);
}

/** What Enedis calls a series: `grandeurPhysique` and `unite`. */
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
 * Reads a measure of Enedis' interfaces of 2026. What is right in it is kept, what is not is rejected and told.
 * @param labels whether load-curve points that tell their length are labelled, by the clocks of Paris, at the end of
 *   their interval or at its start; points without a length are labelled at the end
 * @throws LinkyError `bad-answer` when it is no answer at all, `foreign-usage-point` when it is another meter's
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
 * Reads the registers of Enedis' `index_consommation` and `index_production`, with the supplier's calendars.
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

/** The distributor's calendars say how the grid is billed to the supplier; their identifiers begin with D. */
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

/** @param list the field without which it is no answer */
function checked(content: unknown, { usagePoint }: DataRequest, list: string): Item {
  if (!isObject(content) || !Array.isArray(content[list])) {
    throw badAnswer();
  }
  const of = content['idPrm'];
  if (of !== undefined && of !== usagePoint) {
    throw new LinkyError('foreign-usage-point', { key: 'foreign-usage-point', remedy: 'next-attempt' });
  }
  return content;
}

/** The points of the quantity that was requested, among several. */
function pointsIn(quantities: Item[], series: Series, rejections: Rejections): Item[] {
  const own = quantities.filter((quantity) => isQuantity(quantity, series));
  if (own.length === 0 && quantities.length > 0) rejections.add(undefined, 'other-quantity');
  const right = own.filter((quantity) => quantity['unite'] === quantityOf(series).unit);
  if (right.length === 0 && own.length > 0) rejections.add(undefined, 'wrong-unit');
  const points = right.flatMap(({ points: list }) => (Array.isArray(list) ? (list as unknown[]) : []));
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
    // A peak whose time the March day does not have is a peak all the same.
    const isTimed = seconds !== undefined && request.series !== 'consumption-max-power';
    if (isTimed && at === undefined) rejections.add(day, 'no-such-date');
    // No value: the day is not there (yet).
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
  /** Since midnight by the clock; absent where the label is a date alone. */
  seconds: number | undefined;
}

const LABEL = /^\d{4}-\d\d-\d\d(?: (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)?$/;

/** @param known a date that exists: labels come in thousands, days in dozens */
function labelOf(text: unknown, known?: Day): Label | undefined {
  if (typeof text !== 'string' || !LABEL.test(text)) return undefined;
  const day = known !== undefined && text.startsWith(known) ? known : text.slice(0, 10);
  if (day !== known && !isDay(day)) return undefined;
  if (text.length === day.length) return { day, seconds: undefined };
  return { day, seconds: digits(text, 11) * 3600 + digits(text, 14) * 60 + digits(text, 17) };
}

/** The two digits that stand at a place of a text, as a number. */
const digits = (text: string, at: number): number =>
  (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;

/** A point of a load curve, before all that the answer tells of interval lengths is known. */
interface Ended {
  end: number;
  /** Undefined where the answer did not tell it. */
  length: number | undefined;
  /** Undefined where there is none. */
  value: number | undefined;
}

function parseLoadCurve(
  points: Item[],
  request: DataRequest,
  labels: Provider['labels'],
  rejections: Rejections,
): Reading[] {
  const ends = new IntervalEnds();
  const first = startOfDay(request.start);
  const last = startOfDay(request.end);
  const ended: Ended[] = [];
  let label: Label | undefined;
  for (const point of inOrder(points)) {
    label = labelOf(point['d'], label?.day);
    const told = point['p'];
    const length = INTERVALS.get(told);
    const isLabelledAtStart = labels === 'start' && length !== undefined;
    const end = label && ends.next(isLabelledAtStart ? later(label, length) : label);
    if (end === undefined) {
      rejections.add(label?.day, 'no-such-date');
      continue;
    }
    const absent = told === undefined || told === null;
    const value = numberOf(point['v']);
    if (value === undefined && point['v'] !== null) rejections.add(dayOf(end - 1), 'not-a-number');
    else if (end <= first || end > last) rejections.add(dayOf(end - 1), 'outside-range');
    else if (length === undefined && !absent) rejections.add(dayOf(end - 1), 'bad-interval');
    else ended.push({ end, length, value });
  }
  ended.sort((a, b) => a.end - b.end);
  return withStarts(ended, rejections);
}

/** What the clock label of the start becomes when the length is added to its digits, as it was subtracted. */
function later({ day, seconds }: Label, length: number): Label {
  if (seconds === undefined) return { day, seconds };
  const sum = seconds + length / 1000;
  return sum < DAY_SECONDS ? { day, seconds: sum } : { day: addDays(day, 1), seconds: sum - DAY_SECONDS };
}
const DAY_SECONDS = 24 * 3600;

/** @param ended oldest first */
function withStarts(ended: readonly Ended[], rejections: Rejections): Reading[] {
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
    const start = end - (length ?? shortest?.get(day) ?? 30 * MINUTE);
    if (start < midnight) rejections.add(day, 'bad-interval');
    else readings.push({ start, end, value });
  }
  return readings;
}

/** Oldest first: in October the order of two equal labels is all that tells the first hour from the second. */
function inOrder(points: Item[]): Item[] {
  const first = points[0]?.['d'];
  const last = points.at(-1)?.['d'];
  const descending = typeof first === 'string' && typeof last === 'string' && first > last;
  return descending ? points.toReversed() : points;
}

/** From the label of an interval's end to its instant. */
class IntervalEnds {
  private known = { day: '', start: 0, ordinary: false };
  /** How often each instant was meant, on the days of change. */
  private readonly uses = new Map<number, number>();

  /** @returns undefined where no interval ends at such a time */
  next({ day, seconds }: Label): number | undefined {
    if (seconds === undefined || seconds % 60 !== 0) return undefined;
    const minutes = seconds / 60;
    if (day !== this.known.day) this.known = look(day);
    if (this.known.ordinary) return this.known.start + minutes * MINUTE;
    // In October the order of equal labels is all that tells them apart: the earlier instant comes first.
    const usesOf = (instant: number): number => this.uses.get(instant) ?? 0;
    const [first, ...others] = endsAt(day, minutes);
    if (first === undefined) return undefined;
    const end = others.reduce((least, other) => (usesOf(other) < usesOf(least) ? other : least), first);
    this.uses.set(end, usesOf(end) + 1);
    return end;
  }
}

function look(day: Day): { day: Day; start: number; ordinary: boolean } {
  const start = startOfDay(day);
  return { day, start, ordinary: startOfDay(addDays(day, 1)) - start === DAY_SECONDS * 1000 };
}

/**
 * The instants at which an interval with this label can end, earlier first. The one that ends when the clocks change
 * is labelled by the clock before or after the change: 02:00 or 03:00 in March, 03:00 or 02:00 in October.
 */
function endsAt(day: Day, minutes: number): number[] {
  const after = instantsAt(day, minutes);
  const before = minutes > 0 ? instantsAt(day, minutes - 1).map((instant) => instant + MINUTE) : [];
  return [...new Set([...before, ...after])].sort((a, b) => a - b);
}

/** Per day the shortest distance between two ends, where it is an interval's length: stands in for a missing one. */
function shortestGaps(ended: readonly Ended[]): Map<Day, number> {
  const gaps = new Map<Day, number>();
  let before: number | undefined;
  for (const { end } of ended) {
    const day = dayOf(end - 1);
    const gap = end - Math.max(before ?? 0, startOfDay(day));
    if (LENGTHS.includes(gap)) gaps.set(day, Math.min(gap, gaps.get(day) ?? gap));
    before = end;
  }
  return gaps;
}

/** The first of what covers the same time stays; the same again is nothing new. */
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
