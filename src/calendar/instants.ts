import { DateTime } from 'luxon';
import type { TimeRange } from './ranges';

/**
 * The time that a message names with `start` and `end`, each in any of the ways `instantOf` knows. An absent one does
 * not narrow it: -Infinity, Infinity.
 * @returns undefined where one of them is no date
 */
export function timeRangeOf({ start, end }: { start?: unknown; end?: unknown }): TimeRange | undefined {
  const first = start === undefined ? -Infinity : instantOf(start);
  const last = end === undefined ? Infinity : instantOf(end);
  return first === undefined || last === undefined ? undefined : { start: first, end: last };
}

/**
 * An instant, epoch ms, from a Paris day (`yyyy-mm-dd`), an ISO 8601 instant (a blank may stand for its `T`), a Date or
 * epoch ms. A time without an offset is one of Paris: of the two in October the first; one that is skipped in March
 * counts on from before the jump.
 * @returns undefined where it is no date of the years 0000 to 9999
 */
export function instantOf(value: unknown): number | undefined {
  const instant =
    typeof value === 'string' ? isoInstant(value) : value instanceof Date ? value.getTime() : value;
  if (typeof instant !== 'number') return undefined;
  const year = new Date(instant).getUTCFullYear();
  return year >= 0 && year <= 9999 ? instant : undefined;
}

/**
 * A whole date, then a time and an offset where there are some. Luxon alone would also take `20` (today at 20:00),
 * `2026` (1 January), the name of a zone, and an offset of more than a day.
 */
const SHAPE = /^\d{4}-\d\d-\d\d(?:[T ][\d:.]+(?:Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?)?$/;

function isoInstant(text: string): number | undefined {
  if (!SHAPE.test(text)) return undefined;
  const date = DateTime.fromISO(text.replace(' ', 'T'), { zone: 'Europe/Paris', setZone: true });
  if (!date.isValid) return undefined;
  // Of a time that October has twice, luxon takes one or the other by the season it is now.
  return Math.min(...date.getPossibleOffsets().map((possible) => possible.toMillis()));
}
