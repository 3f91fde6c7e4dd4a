import { stringify } from 'csv-stringify/sync';
import { isoParis, startOfWeek, dayOf, addDays, daysBetween, startOfYear } from '../calendar/paris';
import { unitOfStep, type Span } from './buckets';
import type { Value } from '../metering/values';
import type { Answer, Pair } from './result';
import { messageValue, type MessageValue } from '../publisher/message';
import type { Question } from './query';

/** `readings`: as in the sources' messages. */
export interface AnsweredValue extends MessageValue {
  /** The same dates one year before. */
  previous?: MessageValue;
}

/** `chart`: a point of Dashboard 2's ui-chart. */
export interface ChartPoint {
  /** Its line or its bars. */
  series: string;
  /** Epoch ms, for a time scale: the value's start; of the year before, the date it is compared with. */
  x: number;
  /** The same for a categorical scale: `2026-11-22 13:30`, `2026-11-22`, `2026-W47`, `2026-11`, `2026`. */
  label: string;
  y: number;
}

/** `influxdb`: a point of node-red-contrib-influxdb's batch node. */
export interface InfluxPoint {
  measurement: 'linky';
  tags: Record<string, string>;
  fields: { value: number; incomplete: boolean };
  /** The value's start. A Date, which is right whatever time precision the node is set to. */
  timestamp: Date;
}

/** An answer as its question wants it written. */
export function written(
  answer: Answer,
  question: Question,
  usagePoint: string,
): AnsweredValue[] | ChartPoint[] | InfluxPoint[] | string {
  switch (question.format) {
    case 'readings':
      return readings(answer.pairs);
    case 'chart':
      return chart(answer, question);
    case 'influxdb':
      return influxdb(answer.pairs, question, usagePoint);
    case 'csv':
      return csv(answer.pairs, question);
  }
}

const readings = (pairs: readonly Pair[]): AnsweredValue[] =>
  pairs.flatMap(({ value, previous }) =>
    value ? [{ ...messageValue(value), ...(previous && { previous: messageValue(previous) }) }] : [],
  );

function chart({ pairs, period }: Answer, question: Question): ChartPoint[] {
  const [current, before] = question.compare ? yearsOf(period) : [question.direction, ''];
  const points = (series: string, valueOf: (pair: Pair) => Value | undefined): ChartPoint[] =>
    pairs.flatMap((pair) => {
      const value = valueOf(pair);
      const { start } = pair.span;
      return value ? [{ series, x: start, label: labelOf(start, question), y: value.value }] : [];
    });
  return [...points(current, ({ value }) => value), ...points(before, ({ previous }) => previous)];
}

/** `2026` and `2025`, or `2025-2026` and `2024-2025`: what tells a period from the one before it. */
function yearsOf({ start, end }: Span): [current: string, before: string] {
  const first = Number(dayOf(start).slice(0, 4));
  const last = Number(dayOf(Math.max(start, end - 1)).slice(0, 4));
  const named = (from: number, to: number): string => (from === to ? `${from}` : `${from}-${to}`);
  return [named(first, last), named(first - 1, last - 1)];
}

function labelOf(start: number, { length }: Question): string {
  const iso = isoParis(start);
  switch (length) {
    case 'year':
      return iso.slice(0, 4);
    case 'month':
      return iso.slice(0, 7);
    case 'week': {
      // The ISO year is that of the week's Thursday.
      const thursday = addDays(startOfWeek(iso.slice(0, 10)), 3);
      const week = Math.floor(daysBetween(startOfYear(thursday), thursday) / 7) + 1;
      return `${thursday.slice(0, 4)}-W${String(week).padStart(2, '0')}`;
    }
    case 'day':
      return iso.slice(0, 10);
    default:
      return iso.slice(0, 16).replace('T', ' ');
  }
}

function influxdb(pairs: readonly Pair[], question: Question, usagePoint: string): InfluxPoint[] {
  const { direction, metric, step } = question;
  // A sum over steps must not lie on the metric's own values: the month's first day has the month's timestamp.
  const tags = { usage_point: usagePoint, direction, metric, ...(step === 'native' ? {} : { step }) };
  const values = [...pairs.map(({ previous }) => previous), ...pairs.map(({ value }) => value)];
  return values.flatMap((value) => {
    if (!value) return [];
    const fields = { value: value.value, incomplete: value.incomplete ?? false };
    return [{ measurement: 'linky' as const, tags, fields, timestamp: new Date(value.start) }];
  });
}

/** RFC 4180: a header, CRLF, times in ISO 8601 with the offset of Paris. */
function csv(pairs: readonly Pair[], question: Question): string {
  const { direction, metric, step, compare } = question;
  const unit = unitOfStep(direction, metric, step);
  const peaks = metric === 'max-power';
  const rows = pairs.map(({ span, value, previous }) => ({
    start: isoParis(span.start),
    end: isoParis(span.end),
    value: value?.value,
    unit,
    incomplete: flag(value),
    at: value?.at === undefined ? '' : isoParis(value.at),
    previous_start: previous && isoParis(previous.start),
    previous_end: previous && isoParis(previous.end),
    previous_value: previous?.value,
    previous_incomplete: flag(previous),
  }));
  const columns = [
    ...['start', 'end', 'value', 'unit', 'incomplete'],
    ...(peaks ? ['at'] : []),
    ...(compare ? ['previous_start', 'previous_end', 'previous_value', 'previous_incomplete'] : []),
  ];
  return stringify(rows, { header: true, columns, record_delimiter: 'windows' });
}

const flag = (value: Value | undefined): string => (value?.incomplete ? 'true' : '');
