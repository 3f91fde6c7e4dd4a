import { instantAt, isDay, startOfDay } from './paris';

/** From `from` (included) to `to` (excluded), epoch ms. */
export interface Period {
  from: number;
  to: number;
}

/**
 * The period that a message names with `start` and `end`: a Paris day (`yyyy-mm-dd`), an ISO instant, a Date or
 * epoch ms each; what is absent does not narrow it.
 * @returns undefined where one of them is no date
 */
export function periodOf({ start, end }: { start?: unknown; end?: unknown }): Period | undefined {
  const from = start === undefined ? -Infinity : instantOf(start);
  const to = end === undefined ? Infinity : instantOf(end);
  return from === undefined || to === undefined ? undefined : { from, to };
}

/** ISO 8601 as people and programs write it: the date, the time, and the offset where there is one. */
const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d)(?::(\d\d(?:\.\d{1,9})?))?(Z|[+-]\d\d:?\d\d)?$/;

/**
 * An instant, epoch ms, from a Paris day, an ISO instant, a Date or epoch ms; undefined where it is no date. A time
 * without an offset is one of Paris.
 */
export function instantOf(value: unknown): number | undefined {
  if (typeof value === 'string') return isDay(value) ? startOfDay(value) : isoInstant(value);
  const instant = value instanceof Date ? value.getTime() : value;
  return typeof instant === 'number' && Number.isFinite(instant) ? instant : undefined;
}

function isoInstant(text: string): number | undefined {
  const [, day = '', hours = '', minutes = '', seconds = '0', offset] = ISO.exec(text) ?? [];
  if (!isDay(day) || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) >= 60) return undefined;
  if (offset === undefined)
    return instantAt(day, Number(hours) * 60 + Number(minutes)) + Number(seconds) * 1000;
  const instant = Date.parse(text.replace(' ', 'T'));
  return Number.isNaN(instant) ? undefined : instant;
}
