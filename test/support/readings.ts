import { addDays, startOfDay, type Day } from '../../src/calendar/paris';
import type { DayRange } from '../../src/calendar/ranges';
import type { Reading } from '../../src/metering/readings';

/** Readings as Enedis delivers them, written briefly. */

/** What a reading of a whole day covers, epoch ms. */
export const midnights = (day: Day): { start: number; end: number } => ({
  start: startOfDay(day),
  end: startOfDay(addDays(day, 1)),
});

/** A daily value, or with `at` a max power. */
export const wholeDay = (day: Day, value: number, at?: number): Reading => ({
  ...midnights(day),
  value,
  ...(at !== undefined && { at }),
});

/** The load curve of a whole day; `value` is called with the number of the interval. */
export function curve(day: Day, minutes: number, value: (i: number) => number): Reading[] {
  const { start, end } = midnights(day);
  const length = minutes * 60_000;
  return Array.from({ length: (end - start) / length }, (_, i) => ({
    start: start + i * length,
    end: start + (i + 1) * length,
    value: value(i),
  }));
}

export const halfHours = (day: Day, value: (i: number) => number = () => 100): Reading[] =>
  curve(day, 30, value);

/** `2026-11-20 2026-11-23`, or one day: `2026-11-20`. */
export function rangeOf(text: string): DayRange {
  const [start = '', end = addDays(start, 1)] = text.split(' ');
  return { start, end };
}
