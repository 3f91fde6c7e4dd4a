import type { Metric } from '../metering/metrics';
import { addMonths, dayOf, endOfDay } from '../calendar/paris';
import { formattedPeriod, formatted } from './dates';
import { spoken, writtenNumber } from './figure';
import type { Kept, Point } from './kept';
import { TEXTS, type Language } from './texts';

/** A value that can be picked. */
export interface Pick {
  /** What it covers. */
  period: string;
  value: number;
  /** The year before, where the series has it. */
  before: number | undefined;
  /** What stands beside the value: the year before, or that it is incomplete. */
  notes: string[];
  /** All of it in words. */
  words: string;
}

/** A graph, decided: what to draw where. */
export interface Graph {
  kind: 'bars' | 'area';
  title: string;
  unit: string;
  picks: Pick[];
  /** Of each pick: bars stand side by side (0, 1, 2 …), an area lies in time (epoch s). */
  xs: number[];
  /** Where the last pick ends: the index after it, or its end in time. */
  end: number;
  /** Values between which nothing is known, as positions in `picks`: the area breaks before each. */
  breaks: number[];
  /** Where upright lines stand: the midnights of an area. */
  lines: number[];
  /** Labels of the axis, more than may fit. */
  ticks: { x: number; label: string }[];
}

/** Months beyond these only serve as the year before. */
const MONTHS_SHOWN = 12;

/** @returns undefined while there is nothing to draw */
export function graphOf(kept: Kept, language: Language): Graph | undefined {
  const { metric, unit, series } = kept;
  const shown = metric === 'monthly' ? series.slice(-MONTHS_SHOWN) : series;
  const last = shown.at(-1);
  if (!last) return undefined;
  const area = metric === 'load-curve';
  const yearBefore = metric === 'yearly' || area ? () => undefined : lookup(series);
  return {
    kind: area ? 'area' : 'bars',
    title: TEXTS[language].graph[metric],
    unit,
    picks: shown.map((point) => pickOf(metric, point, unit, yearBefore(point), language)),
    xs: shown.map(({ start }, index) => (area ? start / 1000 : index)),
    end: area ? last.end / 1000 : shown.length,
    breaks: area
      ? shown.flatMap((point, index) => (shown[index - 1]?.end === point.start ? [] : [index])).slice(1)
      : [],
    lines: area ? daysOf(shown[0]?.start ?? last.start, last.end).map(({ start }) => start / 1000) : [],
    ticks: area
      ? daysOf(shown[0]?.start ?? last.start, last.end).map(({ start, end }) => ({
          x: (start + end) / 2000,
          label: formatted(start, 'weekday', language),
        }))
      : shown.map((point, index) => ({ x: index, label: tickOf(metric, point, language) })),
  };
}

function pickOf(
  metric: Metric,
  point: Point,
  unit: string,
  before: number | undefined,
  language: Language,
): Pick {
  const texts = TEXTS[language];
  const period =
    metric === 'monthly'
      ? formatted(point.start, 'monthAndYear', language)
      : formattedPeriod(metric, point, language);
  const notes: string[] = [];
  if (point.incomplete) notes.push(texts.incomplete);
  if (before !== undefined) notes.push(`${texts.yearBefore} ${writtenNumber(before, language)}`);
  const words = [`${period}, ${spoken(point.value, unit, language)}`, ...notes].join(', ');
  return { period, value: point.value, before, notes, words };
}

/** The value of the same date one year before, where the series reaches as far. */
function lookup(series: readonly Point[]): (point: Point) => number | undefined {
  const byDay = new Map(series.map(({ start, value }) => [dayOf(start), value]));
  return ({ start }) => byDay.get(addMonths(dayOf(start), -12));
}

function tickOf(metric: Metric, { start }: Point, language: Language): string {
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
