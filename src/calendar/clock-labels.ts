import { addDays, instantsAt, startOfDay, type Day } from './paris';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * Converts times as the clocks of Paris show them, in the order in which they came, to instants: of a time that
 * October has twice, only the order tells which of the two is meant.
 */
export class ClockLabels {
  private known = { day: '', start: 0, has24Hours: false };
  /** How many labels each instant has had, on the days when the clocks change. */
  private readonly uses = new Map<number, number>();
  private last = -Infinity;

  /** @param isOrdered no time lies before the one that came before it; else equal times alone are told apart */
  constructor(private readonly isOrdered: boolean) {}

  /**
   * @param minutes since midnight by the clock
   * @param fits what else is known of the instant; where none fits it does not count
   * @returns epoch ms; undefined where the clocks never show such a time
   */
  next(day: Day, minutes: number, fits: (instant: number) => boolean = () => true): number | undefined {
    if (day !== this.known.day) this.known = dayFacts(day);
    if (this.known.has24Hours) return this.known.start + minutes * MINUTE;
    const all = labelledInstants(day, minutes);
    const fitting = all.filter(fits);
    const candidates = fitting.length > 0 ? fitting : all;
    const usesOf = (instant: number): number => this.uses.get(instant) ?? 0;
    const least = Math.min(...candidates.map(usesOf));
    const free = candidates.filter((instant) => usesOf(instant) === least);
    const later = this.isOrdered ? free.find((each) => each > this.last) : undefined;
    const instant = later ?? free[0];
    if (instant === undefined) return undefined;
    this.uses.set(instant, least + 1);
    this.last = instant;
    return instant;
  }
}

function dayFacts(day: Day): { day: Day; start: number; has24Hours: boolean } {
  const start = startOfDay(day);
  return { day, start, has24Hours: startOfDay(addDays(day, 1)) - start === DAY };
}

/**
 * The instants that can have this label, earlier first. That at which the clocks change is labelled with the time
 * before or after the change: 02:00 or 03:00 in March, 03:00 or 02:00 in October.
 */
export function labelledInstants(day: Day, minutes: number): number[] {
  const after = instantsAt(day, minutes);
  const before = minutes > 0 ? instantsAt(day, minutes - 1).map((instant) => instant + MINUTE) : [];
  return [...new Set([...before, ...after])].sort((a, b) => a - b);
}
