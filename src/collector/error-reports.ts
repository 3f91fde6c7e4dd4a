import { dayOf, type Day } from '../calendar/paris';
import { clock } from '../calendar/clock';
import { directionOf, type Series } from '../metering/metrics';
import type { LinkyError } from '../providers/errors';
import type { Consumer } from './meter';

/** Which error each series is in, and what the consumers were told today: the same is told once a day. */
export class ErrorReports {
  private readonly errors = new Map<Series, LinkyError>();
  private readonly reportedOn = new Map<string, Day>();

  constructor(private readonly consumers: ReadonlySet<Consumer>) {}

  /** The error that keeps yesterday's values of a series away. */
  errorOf(series: Series): LinkyError | undefined {
    return this.errors.get(series);
  }

  all(): (readonly [Series, LinkyError])[] {
    return [...this.errors];
  }

  /** What another process has reported already. */
  set(errors: readonly (readonly [Series, LinkyError])[]): void {
    this.errors.clear();
    for (const [series, error] of errors) this.errors.set(series, error);
  }

  /** Reports an error, and that it keeps yesterday's values of these series away. */
  fail(affected: readonly Series[], error: LinkyError): void {
    for (const series of affected) this.errors.set(series, error);
    this.report(affected, error);
  }

  /** Reports an error to those who want one of these series. */
  report(affected: readonly Series[], error: LinkyError): void {
    // What concerns one series of a direction mostly concerns the others too: one sentence says it.
    const directions = [...new Set(affected.map(directionOf))];
    const news = directions.filter((direction) =>
      this.isFirstToday(`${error.key} ${error.code} ${direction}`),
    );
    const reported = affected.filter((series) => news.includes(directionOf(series)));
    for (const consumer of this.consumers) {
      if (consumer.wants.some((series) => reported.includes(series))) consumer.onError(error);
    }
  }

  /** These series are in no error any more. */
  clear(which: (series: Series, error: LinkyError) => boolean): void {
    for (const [series, error] of this.errors) {
      if (which(series, error)) this.errors.delete(series);
    }
  }

  /** Whether this is the first time today that something is reported. */
  isFirstToday(what: string): boolean {
    const today = dayOf(clock.now());
    if (this.reportedOn.get(what) === today) return false;
    this.reportedOn.set(what, today);
    return true;
  }
}
