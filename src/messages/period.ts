import { isDay, startOfDay } from '../metering/paris';

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

/** An instant, epoch ms, from a Paris day, an ISO instant, a Date or epoch ms; undefined where it is no date. */
export function instantOf(value: unknown): number | undefined {
  if (typeof value === 'string' && isDay(value)) return startOfDay(value);
  const instant =
    typeof value === 'string' ? Date.parse(value) : value instanceof Date ? value.getTime() : value;
  return typeof instant === 'number' && Number.isFinite(instant) ? instant : undefined;
}
