import type { LinkyError } from '../providers/errors';
import { directionOf, type Series } from '../metering/metrics';
import { dayOf, type Day } from '../calendar/paris';

/** What ails the series of a meter, and what was said of it: the same is said once a day. */
export class Troubles {
  private readonly bySeries = new Map<Series, { error: LinkyError; at: number }>();
  private readonly saidOn = new Map<string, Day>();

  of(series: Series): LinkyError | undefined {
    return this.bySeries.get(series)?.error;
  }

  /** Whether nothing more is asked of a series: until its configuration changes, or until tomorrow. */
  stop(series: Series, now: number): boolean {
    const trouble = this.bySeries.get(series);
    if (trouble?.error.remedy === 'configuration') return true;
    return trouble?.error.remedy === 'tomorrow' && dayOf(trouble.at) === dayOf(now);
  }

  /** @returns whether it was not said today */
  note(affected: readonly Series[], error: LinkyError, now: number): boolean {
    for (const series of affected) this.bySeries.set(series, { error, at: now });
    // What befalls one series of a direction mostly befalls the others too: one sentence says it.
    const directions = new Set(affected.map(directionOf));
    return this.isNews([error.code, ...directions].join(' '), now);
  }

  isNews(what: string, now: number): boolean {
    if (this.saidOn.get(what) === dayOf(now)) return false;
    this.saidOn.set(what, dayOf(now));
    return true;
  }

  /** Enedis answered: what ailed this series is over, and what ailed the whole meter. */
  overcome(series: Series): void {
    for (const [each, { error }] of this.bySeries) {
      if (each === series || error.wholeMeter) this.bySeries.delete(each);
    }
  }

  /** What was put off until tomorrow may be tried again: the user may have just mended it. */
  retryNow(): void {
    for (const [series, { error }] of this.bySeries) {
      if (error.remedy === 'tomorrow') this.bySeries.delete(series);
    }
  }
}
