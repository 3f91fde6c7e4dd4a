import { inspect } from 'node:util';
import { DIRECTIONS, type Direction, type Metric } from '../metering/metrics';
import {
  addDays,
  addMonths,
  dayOf,
  startOfDay,
  startOfMonth,
  startOfWeek,
  startOfYear,
} from '../calendar/paris';
import type { TimeRange } from '../calendar/ranges';
import { bucketOf, QUERY_METRICS, STEPS, type Bucket, type QueryMetric, type Step } from './buckets';
import { instantOf } from '../calendar/instants';

/** What a result is written as. */
export const FORMATS = ['readings', 'chart', 'influxdb', 'csv', 'home-assistant'] as const;
export type Format = (typeof FORMATS)[number];

/** A query whose fields are all valid. */
export interface Query {
  direction: Direction;
  metric: QueryMetric;
  /** Epoch ms; -Infinity: since the oldest there is. */
  range: TimeRange;
  step: Step;
  bucket: Bucket | 'reading';
  format: Format;
  /** Beside each value that of the same dates one year before. */
  compare: boolean;
  /** Of Home Assistant's statistics only what changed after this instant, epoch ms; -Infinity: all of them. */
  since: number;
}

/** A query of what was measured. */
export type MeasuredQuery = Query & { metric: Metric };

export const isMeasured = (query: Query): query is MeasuredQuery => query.metric !== 'cost';

/** A query that its values answer, and not Home Assistant's statistics. */
export type ValuesQuery = Query & { format: Exclude<Format, 'home-assistant'> };

export const isOfValues = (query: Query): query is ValuesQuery => query.format !== 'home-assistant';

/** What is no question about Home Assistant's statistics, which are hours of energy and of money. */
type UnfitForStatistics = 'home-assistant-metric' | 'home-assistant-step' | 'home-assistant-compare';

/** A field of a query that is not valid, and what stood there. */
export interface InvalidField {
  field:
    | 'direction'
    | 'metric'
    | 'start'
    | 'end'
    | 'period'
    | 'step'
    | 'step-too-fine'
    | 'format'
    | 'compare'
    | 'since'
    | UnfitForStatistics;
  value: string;
}

/** A query as the node's properties and its message give it. */
export interface QueryInput {
  direction?: unknown;
  metric?: unknown;
  /** Absent or empty: everything up to the other one. */
  start?: unknown;
  end?: unknown;
  step?: unknown;
  format?: unknown;
  compare?: unknown;
  /** Of Home Assistant's statistics; absent or empty: all of them. */
  since?: unknown;
}

/** @param now epoch ms: what relative times count from */
export function parseQuery(input: QueryInput, now: number): Query | InvalidField {
  const { direction, metric, step, format } = input;
  const wrong = (
    field: InvalidField['field'],
    value: unknown = input[field as keyof QueryInput],
  ): InvalidField => ({
    field,
    value: shown(value),
  });
  if (!isOneOf(DIRECTIONS, direction)) return wrong('direction');
  if (!isOneOf(QUERY_METRICS, metric)) return wrong('metric');
  if (!isOneOf(STEPS, step)) return wrong('step');
  if (!isOneOf(FORMATS, format)) return wrong('format');
  const compare = compares(input.compare);
  if (compare === undefined) return wrong('compare');
  const isStatistics = format === 'home-assistant';
  if (isStatistics) {
    if (metric === 'max-power') return wrong('home-assistant-metric', metric);
    if (step !== 'native' && step !== 'hour') return wrong('home-assistant-step', step);
    if (compare) return wrong('home-assistant-compare', input.compare);
  }
  // Statistics are hours, whatever the values are: these only say which days are wanted.
  const bucket = bucketOf(metric, isStatistics ? 'native' : step);
  if (bucket === undefined) return wrong('step-too-fine', step);
  const start = isNothing(input.start) ? -Infinity : momentOf(input.start, now);
  if (start === undefined) return wrong('start');
  const end = isNothing(input.end) ? Infinity : momentOf(input.end, now);
  if (end === undefined) return wrong('end');
  if (start >= end) return wrong('period', `${shown(input.start)} – ${shown(input.end)}`);
  const since = !isStatistics || isNothing(input.since) ? -Infinity : momentOf(input.since, now);
  if (since === undefined) return wrong('since');
  return { direction, metric, range: { start, end }, step, bucket, format, compare, since };
}

const isOneOf = <T extends string>(all: readonly T[], value: unknown): value is T =>
  all.some((one) => one === value);

const isNothing = (value: unknown): boolean => value === undefined || value === null || value === '';
/** More of a value is not shown. */
const LONGEST_SHOWN = 60;

/** A value as an error names it, whatever a message holds. */
function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : inspect(value ?? '', { depth: 1, breakLength: Infinity });
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

function compares(value: unknown): boolean | undefined {
  if (value === 'previous-year' || value === true) return true;
  return isNothing(value) || value === false ? false : undefined;
}

/** A century: nobody means more, and the calendar's years end with the fourth digit. */
const FARTHEST: Record<string, number> = { hour: 876_600, day: 36_525, week: 5_218, month: 1_200, year: 100 };

const FRENCH_UNITS: Record<string, string> = {
  heure: 'hour',
  jour: 'day',
  semaine: 'week',
  mois: 'month',
  an: 'year',
  année: 'year',
};
const WORDS = [...Object.keys(FARTHEST), ...Object.keys(FRENCH_UNITS)].join('|');
const RELATIVE = new RegExp(`^([+-]?\\d{1,6})\\s*(${WORDS})s?$`);

/**
 * An instant, epoch ms: a date in any of the ways `instantOf` knows, or relative to now, in English or French. A
 * relative time is the start of a whole unit of Paris' calendar: `-30 days` (`-30 jours`) is midnight thirty days ago,
 * `0 months` (`0 mois`) the first of this month, `-1 years` (`-1 an`) 1 January of last year.
 * @returns undefined where it is neither
 */
export function momentOf(value: unknown, now: number): number | undefined {
  const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
  const [, count, word = ''] = RELATIVE.exec(text) ?? [];
  if (count === undefined) return instantOf(typeof value === 'string' ? value.trim() : value);
  const unit = FRENCH_UNITS[word] ?? word;
  const farthest = FARTHEST[unit] ?? 0;
  const n = Math.min(Math.max(Number(count), -farthest), farthest);
  const today = dayOf(now);
  switch (unit) {
    case 'hour':
      return Math.floor(now / 3_600_000 + n) * 3_600_000;
    case 'week':
      return startOfDay(addDays(startOfWeek(today), 7 * n));
    case 'month':
      return startOfDay(addMonths(startOfMonth(today), n));
    case 'year':
      return startOfDay(addMonths(startOfYear(today), 12 * n));
    default:
      return startOfDay(addDays(today, n));
  }
}
