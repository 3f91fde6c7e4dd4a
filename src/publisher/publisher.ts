import { clock } from '../calendar/clock';
import type { Collector } from '../collector/collector';
import type { Consumer, State } from '../collector/meter';
import type { LinkyError } from '../providers/errors';
import { METRICS, seriesOf, wantedSeries, type Metric, type Series } from '../metering/metrics';
import type { ReadingLog } from '../store/log';
import { logError } from '../store/log-error';
import { keptMessages, lastMessage, type Source, type SourceMessage } from './message';
import type { Period } from '../calendar/instants';
import { tellFresh } from './telling';

/** Where a source node's messages, errors and state go. */
export interface Outlet {
  message(metric: Metric, message: SourceMessage): void;
  error(error: LinkyError, source: Source): void;
  /** How a usage point stands has changed. */
  state(before: State | undefined, after: State): void;
}

/** A usage point that a source node serves: tells all that is new of it, and how it stands. */
export class ServedPoint implements Consumer {
  readonly wants: readonly Series[];
  private readonly metrics: readonly Metric[];
  private state: State | undefined;

  constructor(
    private readonly collector: Collector,
    private readonly log: ReadingLog,
    private readonly source: Source,
    loadCurve: boolean,
    private readonly outlet: Outlet,
  ) {
    const { direction } = source;
    this.wants = wantedSeries(direction, loadCurve);
    this.metrics = METRICS.filter((metric) => this.wants.includes(seriesOf(direction, metric)));
  }

  /**
   * Tells what was not told yet, then takes part in the collection.
   * @param replay tells the last known values where there is nothing new
   */
  begin(replay: boolean): void {
    try {
      for (const metric of this.metrics) {
        if (this.tell(metric) || !replay) continue;
        const last = lastMessage(this.log, this.source, metric, clock.now());
        if (last) this.outlet.message(metric, last);
      }
    } catch (error) {
      this.onError(logError(error));
    }
    this.collector.register(this);
  }

  end(): void {
    this.collector.deregister(this);
  }

  /** See `Collector.collect`. */
  collect(): Promise<void> {
    return this.collector.collect();
  }

  /**
   * Tells again all that is kept of a period.
   * @throws LinkyError
   */
  replay(period: Period, send: Outlet['message']): void {
    try {
      for (const metric of this.metrics) {
        for (const message of keptMessages(this.log, this.source, metric, clock.now(), period)) {
          send(metric, message);
        }
      }
    } catch (error) {
      throw logError(error);
    }
  }

  onReadings(series: Series): void {
    for (const metric of this.metrics) {
      if (seriesOf(this.source.direction, metric) === series) this.tell(metric);
    }
  }

  onState(): void {
    const before = this.state;
    this.state = this.collector.stateFor(this);
    this.outlet.state(before, this.state);
  }

  onError(error: LinkyError): void {
    this.outlet.error(error, this.source);
  }

  private tell(metric: Metric): boolean {
    return tellFresh(this.log, this.source, metric, clock.now(), (message) => {
      this.outlet.message(metric, message);
    });
  }
}
