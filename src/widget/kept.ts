import { DIRECTIONS, METRICS, type Direction } from '../metering/metrics';
import { EURO, costOf, isCost, metricOf, type FaceMetric } from './face-metrics';

/** The value of the same dates one year before. */
export interface Previous {
  value: number;
  /** Where these dates end, epoch ms: in a leap year another February. */
  end: number;
  /** A gap touches it. */
  incomplete?: true;
}

/** What a period of a tariff has in a cost. */
export interface Period {
  /** `peak`, `bluePeak` …, or any text of an own tariff. */
  name: string;
  /** kWh. */
  energy: number;
  /** EUR; a price may be negative. */
  cost: number;
}

/** The colours of a day of Tempo. */
export const COLOURS = ['blue', 'white', 'red'] as const;
export type Colour = (typeof COLOURS)[number];

/** One value of a series as the face needs it. */
export interface Point {
  /** Start and end of what the value covers, epoch ms. */
  start: number;
  end: number;
  /** In the message's unit. */
  value: number;
  /** Max power: the instant of the peak, epoch ms. */
  at?: number;
  /** A gap touches it: the true value is another. */
  incomplete?: true;
  /** Beside a month or year that still runs: its own days alone would tell. */
  previous?: Previous;
  /** Of a cost: the subscription in it, EUR. */
  subscription?: number;
  /** Of a cost: what each period has in it, each name once. */
  periods?: Period[];
  /** Of a day's cost: its colour. */
  colour?: Colour;
}

/** One direction of one meter: what the face shows at a time. */
export interface View {
  usagePoint: string;
  direction: Direction;
}

export const isOf =
  (view: View) =>
  (one: View): boolean =>
    one.usagePoint === view.usagePoint && one.direction === view.direction;

/** The kept cost of what a kept message counts. */
export const costBeside = (kept: Kept, all: readonly Kept[]): Kept | undefined =>
  isCost(kept.metric)
    ? undefined
    : all.find((each) => isOf(kept)(each) && isCost(each.metric) && metricOf(each.metric) === kept.metric);

/** What the widget keeps of the last message of one metric, in one direction, of one meter. */
export interface Kept extends Point, View {
  metric: FaceMetric;
  /** The meter's name. */
  meter: string;
  unit: string;
  /** Yesterday was complete when the message was sent. */
  upToDate: boolean;
  /** The recent window, oldest first. */
  series: Point[];
}

/**
 * As many values as the longest window has (7 days of a load curve in steps of 10 minutes, one day of 25 hours):
 * what a flow sends beyond it would only burden every browser.
 */
const LONGEST_SERIES = 7 * 24 * 6 + 6;

/** More periods than any tariff has, and more letters than a legend has room for. */
const MOST_PERIODS = 12;
const LONGEST_NAME = 40;

/** Where the data store keeps it. */
export const keyOf = ({ usagePoint, direction, metric }: Kept): string =>
  `${usagePoint}/${direction}/${metric}`;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const isOneOf = <T extends string>(values: readonly T[], value: unknown): value is T =>
  (values as readonly unknown[]).includes(value);

/** Between these a Linky measures; a clock that is wrong by more would make a graph of centuries. */
const FIRST_INSTANT = Date.UTC(2000, 0);
const LAST_INSTANT = Date.UTC(2100, 0);
/** More than any meter counts, and than the display has room for. */
const GREATEST_VALUE = 1e7;

const isSmallEnough = (value: unknown): value is number =>
  typeof value === 'number' && Math.abs(value) < GREATEST_VALUE;

/** @returns epoch ms; NaN for what is no instant of a Linky */
function instantOf(value: unknown): number {
  const instant = typeof value === 'string' ? Date.parse(value) : NaN;
  return instant >= FIRST_INSTANT && instant <= LAST_INSTANT ? instant : NaN;
}

function pointOf(value: unknown, number: unknown): Point | undefined {
  if (!isObject(value) || !isSmallEnough(number)) return undefined;
  const start = instantOf(value['start']);
  const end = instantOf(value['end']);
  if (!(start < end)) return undefined;
  const at = instantOf(value['at']);
  const previous = previousOf(value['previous']);
  return {
    start,
    end,
    value: number,
    ...(Number.isNaN(at) ? {} : { at }),
    ...(value['incomplete'] === true ? { incomplete: true } : {}),
    ...(previous ? { previous } : {}),
  };
}

function previousOf(sent: unknown): Previous | undefined {
  const point = pointOf(sent, isObject(sent) ? sent['value'] : undefined);
  if (!point) return undefined;
  const { value, end, incomplete } = point;
  return { value, end, ...(incomplete ? { incomplete } : {}) };
}

/** What a cost is made of, as far as it is told. */
function costDetailsOf(sent: unknown): Pick<Point, 'subscription' | 'periods' | 'colour'> {
  if (!isObject(sent)) return {};
  const { subscription, colour } = sent;
  const periods = periodsOf(sent['periods']);
  return {
    ...(isSmallEnough(subscription) && subscription > 0 ? { subscription } : {}),
    ...(periods.length > 0 ? { periods } : {}),
    ...(isOneOf(COLOURS, colour) ? { colour } : {}),
  };
}

function periodsOf(sent: unknown): Period[] {
  const all: unknown[] = Array.isArray(sent) ? sent.slice(0, MOST_PERIODS) : [];
  const periods = all.flatMap((each): Period[] => {
    if (!isObject(each)) return [];
    const { energy, cost } = each;
    const name = textOf(each['name']).slice(0, LONGEST_NAME).trim();
    if (!name || !isSmallEnough(energy) || energy < 0 || !isSmallEnough(cost)) return [];
    return [{ name, energy, cost }];
  });
  return [...new Map(periods.map((period) => [period.name, period])).values()];
}

/** `linky-cost` compares tariffs on an output of its own, which the face does not show. */
export const isComparison = (message: unknown): boolean =>
  isObject(message) && message['topic'] === 'cost/comparison';

/**
 * What a message tells. A cost is known by its unit: a flow may rename topics. One that has the topic of a cost and
 * another unit is neither.
 */
function faceMetricOf({ topic, metric, unit }: Record<string, unknown>): FaceMetric | undefined {
  if (!isOneOf(METRICS, metric)) return undefined;
  if (unit === EURO) return costOf(metric);
  return textOf(topic).startsWith('cost/') ? undefined : metric;
}

/**
 * What to keep of a message.
 * @param message whatever a flow sent
 * @returns undefined when it is no message of a source node
 */
export function keptOf(message: unknown): Kept | undefined {
  if (!isObject(message) || isComparison(message)) return undefined;
  const { direction, unit } = message;
  const metric = faceMetricOf(message);
  const newest = pointOf(message, message['payload']);
  if (!newest || typeof unit !== 'string') return undefined;
  if (!isOneOf(DIRECTIONS, direction) || !metric) return undefined;
  const sent: unknown[] = Array.isArray(message['series']) ? message['series'] : [];
  const points = sent.flatMap((value): Point[] => {
    const point = pointOf(value, isObject(value) ? value['value'] : undefined);
    return point ? [{ ...point, ...(isCost(metric) ? costDetailsOf(value) : {}) }] : [];
  });
  // Of two with one start the last counts, as in any database that overwrites.
  const series = [...new Map(points.map((point) => [point.start, point])).values()]
    .sort((a, b) => a.start - b.start)
    .slice(-LONGEST_SERIES);
  return {
    ...newest,
    direction,
    metric,
    usagePoint: textOf(message['usagePoint']),
    meter: textOf(message['meter']),
    unit,
    upToDate: message['upToDate'] !== false,
    series,
  };
}
