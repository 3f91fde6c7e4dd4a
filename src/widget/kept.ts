import { DIRECTIONS, METRICS, type Direction, type Metric } from '../metering/metrics';

/** The value of the same dates one year before. */
export interface Previous {
  value: number;
  /** Where these dates end, epoch ms: in a leap year another February. */
  end: number;
  /** A gap touches it. */
  incomplete?: true;
}

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

/** What the widget keeps of the last message of one metric, in one direction, of one meter. */
export interface Kept extends Point, View {
  metric: Metric;
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

/** @returns epoch ms; NaN for what is no instant of a Linky */
function instantOf(value: unknown): number {
  const instant = typeof value === 'string' ? Date.parse(value) : NaN;
  return instant >= FIRST_INSTANT && instant <= LAST_INSTANT ? instant : NaN;
}

function pointOf(value: unknown, number: unknown): Point | undefined {
  if (!isObject(value) || typeof number !== 'number') return undefined;
  if (!(Math.abs(number) < GREATEST_VALUE)) return undefined;
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

/**
 * What to keep of a message.
 * @param message whatever a flow sent
 * @returns undefined when it is no message of a source node
 */
export function keptOf(message: unknown): Kept | undefined {
  if (!isObject(message)) return undefined;
  const { direction, metric, unit } = message;
  const newest = pointOf(message, message['payload']);
  if (!newest || typeof unit !== 'string') return undefined;
  if (!isOneOf(DIRECTIONS, direction) || !isOneOf(METRICS, metric)) return undefined;
  const sent: unknown[] = Array.isArray(message['series']) ? message['series'] : [];
  const points = sent
    .map((value) => pointOf(value, isObject(value) ? value['value'] : undefined))
    .filter((point) => point !== undefined);
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
