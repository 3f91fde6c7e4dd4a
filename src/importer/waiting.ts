import type { Day } from '../calendar/paris';
import type { Series } from '../metering/metrics';

/** A day of 5 minutes has 300 rows. */
const MOST_ROWS_OF_DAY = 1000;

/** The rows of a series that are not kept yet. */
export class Waiting<T> {
  private days = new Map<Day, T[]>();
  /** The day of the newest row: more of it may come. */
  private last: Day = '';
  private readonly kept = new Set<Day>();

  add(day: Day, item: T): void {
    const items = this.days.get(day);
    if (items) items.push(item);
    else this.days.set(day, [item]);
    this.last = day;
  }

  /**
   * Hands over what waits, oldest day first.
   * @param moreComes the day of the newest row waits for the rest of it
   */
  take(moreComes: boolean): { day: Day; items: T[]; isSameFile: boolean }[] {
    const newest = this.days.get(this.last);
    // A file that repeats one day for ever must not fill the memory.
    const rest = moreComes && newest && newest.length < MOST_ROWS_OF_DAY ? newest : undefined;
    if (rest) this.days.delete(this.last);
    const taken = [...this.days].map(([day, items]) => ({ day, items, isSameFile: this.kept.has(day) }));
    for (const { day } of taken) this.kept.add(day);
    this.days = new Map(rest ? [[this.last, rest]] : []);
    return taken.sort((one, other) => (one.day < other.day ? -1 : 1));
  }
}

/** Those of a series; none at first. */
export const waitingFor = <T>(all: Map<Series, Waiting<T>>, series: Series): Waiting<T> => {
  const waiting = all.get(series) ?? new Waiting<T>();
  all.set(series, waiting);
  return waiting;
};
