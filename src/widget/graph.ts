import type { Metric } from '../metering/metrics';
import { periodAround } from '../metering/values';
import { addDays, addMonths, dayOf, endOfDay, startOfDay, type Day } from '../calendar/paris';
import { formattedDays, formattedPeriod, formatted, formattedTimes } from './dates';
import { isCost, metricOf } from './face-metrics';
import { shortNumber, spoken, writtenNumber } from './figure';
import type { Colour, Kept, Point, Previous } from './kept';
import { costParts, energyParts, legendOf, type LegendEntry, type Part } from './parts';
import { TEXTS, type Language } from './texts';

/** What can be picked: a value, or a gap. */
export interface Pick {
  /** What it covers. */
  period: string;
  /** Undefined in a gap. */
  value: number | undefined;
  incomplete: boolean;
  /** The year before, where it is known. */
  before: { value: number; incomplete: boolean } | undefined;
  /** What each entry of the legend has in it; what is left is not known by period. */
  parts: PickedPart[];
  /** Of a day of Tempo: its colour, as the meter's letter. */
  letter: string;
  /** What stands beside the value: its colour, the year before, that it is incomplete, or that there is none. */
  notes: string[];
  /** All of it in words. */
  words: string;
}

/** What one entry of the legend has in a bar. */
interface PickedPart {
  value: number;
  /** As the legend writes it; empty where there is none. */
  text: string;
}

/** A graph, decided: what to draw where. */
export interface Graph {
  kind: 'bars' | 'area';
  title: string;
  /** As in messages. */
  unit: string;
  /** What the bars are stacked of, from below; empty where they are not. */
  legend: LegendEntry[];
  picks: Pick[];
  /** Of each pick: bars have a place per day, month or year (0, 1, 2 …), an area lies in time (epoch s). */
  xs: number[];
  /** Where the last pick ends: the index after it, or its end in time. */
  end: number;
  /** Where upright lines stand: the midnights of an area. */
  lines: number[];
  /** Labels of the axis, more than may fit. */
  ticks: { x: number; label: string }[];
}

/** A stretch of time with its value; a gap has none. Epoch ms. */
interface Slot {
  start: number;
  end: number;
  point: Point | undefined;
}

/** A stretch with what its value is made of. */
interface Bar extends Slot {
  parts: readonly Part[];
  colour: Colour | undefined;
}

/** What all picks of a graph share. */
interface Shared {
  metric: Metric;
  unit: string;
  legend: readonly LegendEntry[];
  yearBefore: (point: Point) => Previous | undefined;
  language: Language;
}

/** The letters of a day's colour, as the meter has them in HCJB, HPJW … */
const LETTERS: Record<Colour, string> = { blue: 'B', white: 'W', red: 'R' };

/**
 * @param cost the same metric's, whose periods divide a bar of energy
 * @returns undefined while there is nothing to draw
 */
export function graphOf(kept: Kept, language: Language, cost?: Kept): Graph | undefined {
  const { unit, series } = kept;
  const metric = metricOf(kept.metric);
  const area = metric === 'load-curve';
  const slots = area ? slotsInTime(series) : slotsOfCalendar(metric, series);
  const [first, last] = [slots[0], slots.at(-1)];
  if (!first || !last) return undefined;
  const days = area ? daysOf(first.start, last.end) : [];
  const bars = barsOf(kept, slots, cost);
  const legend = legendOf(
    bars.map(({ parts }) => parts),
    language,
  );
  const shared = { metric, unit, legend, yearBefore: yearBefore(metric, series), language };
  return {
    kind: area ? 'area' : 'bars',
    title: titleOf(kept, language),
    unit,
    legend,
    picks: bars.map((bar) => pickOf(shared, bar)),
    xs: slots.map(({ start }, index) => (area ? start / 1000 : index)),
    end: area ? last.end / 1000 : slots.length,
    lines: days.map(({ start }) => start / 1000),
    ticks: area
      ? days.map(({ start, end }) => ({
          x: (start + end) / 2000,
          label: formatted(start, 'weekday', language),
        }))
      : slots.map(({ start }, index) => ({ x: index, label: tickOf(metric, start, language) })),
  };
}

/** The values of a series, and the gaps between them. */
function slotsInTime(series: readonly Point[]): Slot[] {
  return series.flatMap((point, index) => {
    const since = series[index - 1]?.end ?? point.start;
    const gap = since < point.start ? [{ start: since, end: point.start, point: undefined }] : [];
    return [...gap, { start: point.start, end: point.end, point }];
  });
}

/** A place for each day, month or year from the first value to the last, whether it has one or not. */
function slotsOfCalendar(metric: Metric, series: readonly Point[]): Slot[] {
  const byDay = new Map(series.map((point) => [periodAround(metric, dayOf(point.start)).start, point]));
  const [oldest, newest] = [[...byDay.keys()][0], [...byDay.keys()].at(-1)];
  if (oldest === undefined || newest === undefined) return [];
  const first = firstShown(metric, newest);
  const slots: Slot[] = [];
  for (let day = oldest > first ? oldest : first; day <= newest;) {
    const { start, end } = periodAround(metric, day);
    slots.push({ start: startOfDay(start), end: startOfDay(end), point: byDay.get(start) });
    day = end;
  }
  return slots;
}

/** The first day of what a graph shows at most; older months only serve as the year before. */
function firstShown(metric: Metric, newest: Day): Day {
  if (metric === 'monthly') return addMonths(newest, -11);
  return metric === 'yearly' ? addMonths(newest, -12 * 49) : addDays(newest, -365);
}

function barsOf(kept: Kept, slots: readonly Slot[], cost: Kept | undefined): Bar[] {
  const costs = new Map(cost?.series.map((point) => [point.start, point]));
  return slots.map((slot) => {
    const { point } = slot;
    const own = point && costs.get(point.start);
    if (!point) return { ...slot, parts: [], colour: undefined };
    const parts = isCost(kept.metric) ? costParts(point) : energyParts(point, own);
    return { ...slot, parts, colour: own?.colour };
  });
}

const titleOf = ({ metric, direction }: Kept, language: Language): string =>
  isCost(metric) ? TEXTS[language].cost[direction].graph : TEXTS[language].graph[metric];

function pickOf({ metric, unit, legend, yearBefore, language }: Shared, bar: Bar): Pick {
  const { start, point, colour } = bar;
  const texts = TEXTS[language];
  const period = periodOf(metric, bar, language);
  const values = legend.map(({ name }) => bar.parts.find((part) => part.name === name)?.value ?? 0);
  const parts = values.map((value) => ({
    value,
    text: value > 0 ? shortNumber({ value, unit }, language) : '',
  }));
  if (!point) {
    const notes = [texts.noData];
    const words = `${period}, ${texts.noData}`;
    return {
      period,
      value: undefined,
      incomplete: false,
      before: undefined,
      parts,
      letter: '',
      notes,
      words,
    };
  }
  const { value } = point;
  const incomplete = point.incomplete === true;
  const before = yearBefore(point);
  const notes: string[] = [];
  if (colour) notes.push(texts.colour[colour]);
  if (incomplete) notes.push(texts.incomplete);
  if (before) {
    const text = isRunning(metric, point)
      ? texts.sameDatesBefore.replace('{dates}', datesBefore(start, before, language))
      : texts.yearBefore;
    const number = writtenNumber({ value: before.value, unit }, language);
    notes.push(text.replace('{value}', before.incomplete ? `${number} (${texts.incomplete})` : number));
  }
  const partWords = legend.flatMap(({ label }, index) => {
    const part = values[index] ?? 0;
    return part > 0 ? [`${label} ${spoken({ value: part, unit }, language)}`] : [];
  });
  const words = [`${period}, ${spoken({ value, unit }, language)}`, ...partWords, ...notes].join(', ');
  return {
    period,
    value,
    incomplete,
    before: before && { value: before.value, incomplete: before.incomplete === true },
    parts,
    letter: colour ? LETTERS[colour] : '',
    notes,
    words,
  };
}

function periodOf(metric: Metric, { start, end, point }: Slot, language: Language): string {
  if (metric === 'monthly') return formatted(start, 'monthAndYear', language);
  if (metric === 'load-curve' && !point) return formattedTimes(start, end, language);
  return formattedPeriod(metric, point ?? { start }, language);
}

const datesBefore = (start: number, { end }: Previous, language: Language): string =>
  formattedDays(startOfDay(addMonths(dayOf(start), -12)), end, language);

/** Whether a value reaches less far than its month or year. */
const isRunning = (metric: Metric, { start, end }: Point): boolean =>
  end < startOfDay(periodAround(metric, dayOf(start)).end);

/**
 * The same dates one year before: told beside what still runs, else in the series where it reaches as far. Of years
 * only the running one has it: the others stand beside the year before.
 */
function yearBefore(metric: Metric, series: readonly Point[]): (point: Point) => Previous | undefined {
  if (metric === 'load-curve') return () => undefined;
  const byDay = new Map(series.map((point) => [dayOf(point.start), point]));
  return (point) => {
    if (isRunning(metric, point)) return point.previous;
    const day = dayOf(point.start);
    const before = addMonths(day, -12);
    // 29 February has no counterpart.
    return metric === 'yearly' || before.slice(-2) !== day.slice(-2) ? undefined : byDay.get(before);
  };
}

function tickOf(metric: Metric, start: number, language: Language): string {
  if (metric === 'yearly') return formatted(start, 'year', language);
  if (metric === 'monthly') return formatted(start, 'shortMonth', language);
  return formatted(start, 'dayOfMonth', language);
}

/** The days of Paris between two instants, the first and last as far as they reach; epoch ms. */
function daysOf(start: number, end: number): { start: number; end: number }[] {
  const days: { start: number; end: number }[] = [];
  for (let from = start; from < end;) {
    const to = Math.min(end, endOfDay(from));
    days.push({ start: from, end: to });
    from = to;
  }
  return days;
}
