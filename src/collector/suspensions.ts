import { endOfDay, type Day } from '../calendar/paris';
import type { DayRange } from '../calendar/ranges';
import type { Series } from '../metering/metrics';
import type { LinkyError } from '../providers/errors';

/** What is not requested for the time being, and why. */
interface SuspendedDays {
  /** Absent: all series of the usage point. */
  series?: Series;
  /** Absent: all days of the series. */
  range?: DayRange;
  /** Epoch ms, Infinity: until the configuration changes; `slot`: until the next slot. */
  until: number | 'slot';
  error: LinkyError;
}

/** What failures keep from being requested: a range, a series, or all of the usage point. */
export class Suspensions {
  private all: SuspendedDays[] = [];

  /** Nothing failed lately. */
  get isEmpty(): boolean {
    return this.all.length === 0;
  }

  add(suspension: SuspendedDays): void {
    this.all.push(suspension);
  }

  /** The error that keeps a whole series from being requested, where there is one. */
  ofSeries(series: Series, now: number): LinkyError | undefined {
    const isWhole = ({ series: of, range }: SuspendedDays): boolean => !range && (of ?? series) === series;
    return this.active(now, false).find(isWhole)?.error;
  }

  /** @param isNewSlot as it will be when a slot begins at `now` */
  isSuspended(series: Series, day: Day, now: number, isNewSlot = false): boolean {
    return this.active(now, isNewSlot).some(({ series: of, range }) => {
      return (of ?? series) === series && (!range || (range.start <= day && day < range.end));
    });
  }

  /** A slot begins: what waited for it may be requested. */
  beginSlot(now: number): void {
    this.all = this.active(now, true);
  }

  /** The user may have just mended what waited for tomorrow. */
  retryNow(): void {
    this.all = this.all.filter(({ until }) => until === Infinity);
  }

  private active(now: number, isNewSlot: boolean): SuspendedDays[] {
    if (this.all.length === 0) return this.all;
    // One that ends later than tomorrow was made by a clock that was wrong.
    const latest = endOfDay(now);
    return this.all.filter(({ until }) => {
      if (until === 'slot') return !isNewSlot;
      return until === Infinity || (until > now && until <= latest);
    });
  }
}
