import { clock } from '../calendar/clock';
import type { TimeRange } from '../calendar/ranges';
import type { Collector } from '../collector/collector';
import type { Consumer, State, YesterdayState } from '../collector/meter';
import { seriesOf, wantedMetrics, wantedSeries, type Metric, type Series } from '../metering/metrics';
import type { LinkyError } from '../providers/errors';
import type { Reader, SeriesKey } from '../store/reader';
import type { Store } from '../store/store';
import { storeError } from '../store/store-error';
import { handedOver } from './handed-over';
import {
  changesAfter,
  headlineOf,
  keptMessages,
  keyOf,
  lastMessage,
  messageOf,
  overviewOf,
  type Changes,
  type Headline,
  type Overview,
  type Source,
  type SourceMessage,
} from './message';

/** So long after the store failed it is tried again, ms. */
const RETRY_DELAY = 60_000;

/** Where messages, errors and state of a usage point go. */
export interface Outlet {
  message(metric: Metric, message: SourceMessage): void;
  error(error: LinkyError, source: Source): void;
  /** How a usage point stands has changed. */
  state(before: State | undefined, after: State, source: Source): void;
}

/**
 * Publishes all that the store has new of one usage point for one source node, and how its collection stands. Each
 * message has reached the next nodes before its cursor moves: a crash in between repeats it, none is lost.
 */
export class Publisher implements Consumer {
  readonly wants: readonly Series[];
  private readonly metrics: readonly Metric[];
  private state: State | undefined;
  /** What the last message on each output said. */
  private readonly previous = new Map<Metric, Headline>();
  /** The revision up to which this process has sent each. */
  private readonly sent = new Map<Metric, number>();
  /** Metrics whose last known values are still to be repeated after the start. */
  private unrepeated = new Set<Metric>();
  /** Metrics that have news. */
  private readonly news = new Set<Metric>();
  private publishing: Promise<void> | undefined;
  /** The store failed: whatever is behind a cursor is published with the next news, or after a while. */
  private mustCatchUp = false;
  private cancelRetry: (() => void) | undefined;
  private stopListening: (() => void) | undefined;
  private ended = false;

  constructor(
    private readonly collector: Collector,
    private readonly store: Store,
    private readonly source: Source,
    loadCurve: boolean,
    private readonly outlet: Outlet,
  ) {
    const { direction } = source;
    this.wants = wantedSeries(direction, loadCurve);
    this.metrics = wantedMetrics(direction, loadCurve);
  }

  /**
   * Publishes what was not published yet, then takes part in the collection.
   * @param replay publishes the last known values where there is nothing new
   */
  async begin(replay: boolean): Promise<void> {
    this.stopListening = this.store.listen(this.source.storedAs, (series) => {
      void this.publish(this.metricsOf(series));
    });
    if (replay) this.unrepeated = new Set(this.metrics);
    await this.publish(this.metrics);
    if (!this.ended) this.collector.register(this);
  }

  /** Resolves when nothing is published any more. */
  async end(): Promise<void> {
    this.ended = true;
    this.cancelRetry?.();
    this.stopListening?.();
    this.collector.deregister(this);
    await this.publishing;
  }

  /** See `Collector.collect`. @returns how yesterday stands then */
  async collect(): Promise<YesterdayState> {
    await this.collector.collect();
    return this.collector.yesterdayFor(this);
  }

  /**
   * Publishes again all that is kept of a period.
   * @throws LinkyError
   */
  async replay(period: TimeRange, send: Outlet['message']): Promise<void> {
    try {
      for (const metric of this.metrics) {
        for await (const message of keptMessages(this.store, this.source, metric, clock.now(), period)) {
          if (this.ended) return;
          send(metric, message);
        }
      }
    } catch (error) {
      throw storeError(error);
    }
  }

  onState(): void {
    const before = this.state;
    this.state = this.collector.stateFor(this);
    this.outlet.state(before, this.state, this.source);
  }

  onError(error: LinkyError): void {
    this.outlet.error(error, this.source);
  }

  /** Publishes the news of these metrics, in turn with all others. */
  private publish(metrics: readonly Metric[]): Promise<void> {
    for (const metric of this.mustCatchUp ? this.metrics : metrics) this.news.add(metric);
    this.publishing ??= this.publishNews()
      .catch((error: unknown) => {
        this.news.clear();
        this.retryLater(storeError(error));
      })
      .finally(() => {
        this.publishing = undefined;
        // One that came in the moment the loop ended.
        if (this.news.size > 0 && !this.ended) void this.publish([]);
      });
    return this.publishing;
  }

  /** Told once, until the store is well again. */
  private retryLater(error: LinkyError): void {
    if (this.ended) return;
    if (!this.mustCatchUp) this.onError(error);
    this.mustCatchUp = true;
    this.cancelRetry?.();
    this.cancelRetry = clock.after(RETRY_DELAY, () => void this.publish([]));
  }

  private async publishNews(): Promise<void> {
    while (!this.ended) {
      const first = this.metrics.find((metric) => this.news.has(metric));
      if (!first) {
        await this.repeatLast();
        if (this.news.size > 0) continue;
        this.mustCatchUp = false;
        return;
      }
      const key = keyOf(this.source, first);
      let metrics = this.metricsOf(key.name).filter((metric) => this.news.has(metric));
      for (const metric of metrics) this.news.delete(metric);
      while (metrics.length > 0) metrics = await this.publishNext(key, metrics);
    }
  }

  private metricsOf(series: Series): Metric[] {
    return this.metrics.filter((metric) => seriesOf(this.source.direction, metric) === series);
  }

  /**
   * @param metrics of that series
   * @returns those of them of which there is more
   */
  private async publishNext(key: SeriesKey, metrics: readonly Metric[]): Promise<Metric[]> {
    const { source, store } = this;
    const left = await store.publish(source.consumer, metrics, key, async (published, reader) => {
      const revisions = new Map<Metric, number>();
      const all: Changes[] = [];
      for (const metric of metrics) {
        const cursor = published.get(metric) ?? 0;
        // What this process has sent and could not note it does not send again.
        const from = Math.max(cursor, this.sent.get(metric) ?? 0);
        if (from > cursor) revisions.set(metric, from);
        const changes = await changesAfter(reader, source, metric, from);
        if (changes) all.push(changes);
      }
      // After them: other connections may record a new day at any time.
      const overview = all.length > 0 && (await overviewOf(reader, key, clock.now()));
      if (!overview) return revisions;
      for (const changes of all) {
        const revision = await this.publishChanges(reader, changes, overview);
        if (revision !== undefined) revisions.set(changes.metric, revision);
      }
      await handedOver();
      return revisions;
    });
    return this.ended ? [] : left;
  }

  /** @returns the revision up to which the metric is published now; undefined where there was nothing to publish */
  private async publishChanges(
    reader: Reader,
    changes: Changes,
    overview: Overview,
  ): Promise<number | undefined> {
    const { metric, after, revision } = changes;
    // What others have published since is not known here.
    const previous = after === this.sent.get(metric) ? this.previous.get(metric) : undefined;
    const message = await messageOf(reader, this.source, changes, overview, previous);
    if (this.ended || !message) return undefined;
    this.sent.set(metric, revision);
    // A day whose totals alone have changed is no news of its own.
    if (message.readings.length > 0) this.send(metric, message);
    return revision;
  }

  private send(metric: Metric, message: SourceMessage): void {
    this.previous.set(metric, headlineOf(message));
    this.unrepeated.delete(metric);
    this.outlet.message(metric, message);
  }

  private async repeatLast(): Promise<void> {
    for (const metric of this.unrepeated) {
      const last = await lastMessage(this.store, this.source, metric, clock.now());
      if (this.ended) return;
      if (last) this.send(metric, last);
      else this.unrepeated.delete(metric);
    }
  }
}
