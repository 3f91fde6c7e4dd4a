import { clock } from '../calendar/clock';
import { addDays, addMonths, dayOf, type Day } from '../calendar/paris';
import type { DayRange, TimeRange } from '../calendar/ranges';
import type { Collector } from '../collector/collector';
import type { Consumer, State, YesterdayState } from '../collector/meter';
import type { Series } from '../metering/metrics';
import type { LinkyError } from '../providers/errors';
import { digest } from '../providers/identity';
import { BEFORE_LINKY } from '../providers/limits';
import { storeError } from '../store/store-error';
import { meterFirstDay, type Reader } from '../store/reader';
import type { Store } from '../store/store';
import { periodsOf } from '../tariff/plan';
import { compareTariffs } from '../tariff/comparison';
import { costOfDay, isKnown, type DayCost } from '../tariff/cost';
import type { NamedTariff } from '../tariff/open-tariff';
import type { MeteredDay } from '../tariff/energy';
import { costSeries, meteredDays, neededSeries } from '../tariff/metered';
import {
  comparisonMessage,
  COST_METRICS,
  costMessage,
  isUpToDate,
  replayedCosts,
  type ComparisonMessage,
  type CostMessage,
  type Costs,
  type CostSource,
} from './cost-message';
import { handedOver } from './handed-over';

/** So long after the store failed it is tried again, ms. */
const RETRY_DELAY = 60_000;

/** Where messages, errors and state go. */
export interface CostOutlet {
  message(message: CostMessage | ComparisonMessage): void;
  error(error: LinkyError): void;
  /** How the collection, or yesterday's cost, stands has changed. */
  state(state: State): void;
  /**
   * Prices and colours are wanted since a day.
   * @returns resolves when what is kept of them is loaded
   */
  wantsSince(day: Day): Promise<unknown>;
}

/**
 * Publishes what a usage point costs. Whatever brings news (readings, a price, a colour), all costs are computed again,
 * and the days whose cost is another one are published. They are remembered once they are sent: a crash in between
 * repeats them, none is lost.
 */
export class CostPublisher implements Consumer {
  /** The collector asks before each request: what tariffs need is worked out when they may be others. */
  wants: readonly Series[];
  /** The cost of yesterday is there, and complete. */
  isUpToDate = false;
  /** Since when prices and colours are wanted. */
  private since: Day | undefined;
  private hasNews = false;
  /** The outputs that had a message since the start. */
  private readonly sent = new Set<string>();
  /** What was sent and could not be remembered yet: it is not sent again. */
  private readonly unkept = new Map<Day, string>();
  /** The last known values are still to be repeated after the start. */
  private mustRepeat = false;
  /** Takes part in the collection. */
  private isRegistered = false;
  private publishing: Promise<void> | undefined;
  /** The store failed, and this was told. */
  private hasFailed = false;
  private cancelRetry: (() => void) | undefined;
  private stopListening: (() => void) | undefined;
  private ended = false;

  /**
   * @param tariffs that of the costs, then those it is compared with; as they are known now
   */
  constructor(
    private readonly collector: Collector,
    private readonly store: Store,
    private readonly source: CostSource,
    private readonly tariffs: () => readonly [NamedTariff, ...NamedTariff[]],
    /** Without hourly collection there is none. */
    private readonly loadCurve: boolean,
    private readonly outlet: CostOutlet,
  ) {
    this.wants = this.seriesNeeded();
  }

  private seriesNeeded(): Series[] {
    const plans = this.tariffs().map(({ plan }) => plan);
    return neededSeries(this.source.direction, plans, this.loadCurve);
  }

  /**
   * Publishes what was not published yet, then takes part in the collection.
   * @param replay publishes the last known values where there is nothing new
   */
  async begin(replay: boolean): Promise<void> {
    this.wants = this.seriesNeeded();
    const series = costSeries(this.source.direction);
    this.stopListening = this.store.listen(this.source.storedAs, (name) => {
      if (series.includes(name)) this.update();
    });
    this.mustRepeat = replay;
    await this.publish();
    if (this.ended) return;
    this.isRegistered = true;
    this.collector.register(this);
  }

  /** Resolves when nothing is published any more. */
  async end(): Promise<void> {
    this.ended = true;
    this.cancelRetry?.();
    this.stopListening?.();
    this.collector.deregister(this);
    await this.publishing;
  }

  /** A price or a colour may be another one. */
  update(): void {
    void this.publish();
  }

  /** The tariffs may be others than before. */
  updateTariffs(): void {
    this.wants = this.seriesNeeded();
    this.since = undefined;
    this.update();
  }

  /** See `Collector.collect`. @returns how yesterday stands then */
  async collect(): Promise<YesterdayState> {
    await this.collector.collect();
    return this.collector.yesterdayFor(this);
  }

  /**
   * Publishes again the costs of a period.
   * @throws LinkyError
   */
  async replay(period: TimeRange, send: CostOutlet['message']): Promise<void> {
    // What is kept of prices and colours is loaded with the first news.
    await this.publishing;
    try {
      const costs = await this.costsOf(await this.metered());
      if (!costs) return;
      for (const metric of COST_METRICS) {
        for (const message of replayedCosts(this.source, metric, costs, period)) {
          if (this.ended) return;
          send(message);
        }
      }
    } catch (error) {
      throw storeError(error);
    }
  }

  onState(): void {
    this.outlet.state(this.collector.stateFor(this));
  }

  onError(error: LinkyError): void {
    this.outlet.error(error);
  }

  private publish(): Promise<void> {
    this.hasNews = true;
    this.publishing ??= this.publishNews()
      .catch((error: unknown) => {
        this.retryLater(storeError(error));
      })
      .finally(() => {
        this.publishing = undefined;
        // News that came in the moment the loop ended.
        if (this.hasNews && !this.ended && !this.hasFailed) this.update();
      });
    return this.publishing;
  }

  /** Told once, until the store is well again. */
  private retryLater(error: LinkyError): void {
    if (this.ended) return;
    if (!this.hasFailed) this.onError(error);
    this.hasFailed = true;
    this.cancelRetry?.();
    this.cancelRetry = clock.after(RETRY_DELAY, () => {
      this.update();
    });
  }

  private async publishNews(): Promise<void> {
    while (this.hasNews) {
      this.hasNews = false;
      // Only hours need a colour, those until 06:00 that of the day before.
      const { direction, storedAs } = this.source;
      const hours = await this.store.extent({ usagePoint: storedAs, name: `${direction}-load-curve` });
      const since = addDays(hours?.oldest ?? dayOf(clock.now()), -1);
      if (!this.ended && (this.since === undefined || since < this.since)) {
        this.since = since;
        await this.outlet.wantsSince(since);
      }
      if (this.ended) return;
      await this.publishChanges();
      this.unkept.clear();
      this.hasFailed = false;
      await this.repeatLast();
    }
    // The state says how yesterday's cost stands.
    if (!this.ended && this.isRegistered) this.onState();
  }

  /** Reads and publishes in one piece: with other readings than those that are there, an older cost would come last. */
  private async publishChanges(): Promise<void> {
    const key = { consumer: this.source.consumer, usagePoint: this.source.storedAs };
    await this.store.publishedCosts.publish(key, async (published, reader) => {
      const metered = await this.metered(reader);
      const costs = await this.costsOf(metered, reader);
      const comparison = this.comparisonOf(metered);
      const before = new Map([...published, ...this.unkept]);
      if (costs) this.publishCosts(costs, before);
      if (comparison) this.publishComparison(comparison, before);
      await handedOver();
      return this.unkept;
    });
  }

  private async metered(reader: Reader = this.store): Promise<MeteredDay[]> {
    const { direction, storedAs } = this.source;
    const range = { start: BEFORE_LINKY, end: dayOf(clock.now()) };
    return meteredDays(reader, storedAs, direction, range);
  }

  /** @returns undefined while nothing is known */
  private async costsOf(
    metered: readonly MeteredDay[],
    reader: Reader = this.store,
  ): Promise<Costs | undefined> {
    const [tariff] = this.tariffs();
    const { direction, storedAs } = this.source;
    const all = metered.flatMap((day) => costOfDay(day, tariff) ?? []);
    const last = all.findLastIndex(isKnown);
    const newest = all[last]?.day;
    const expected = this.newestExpected(tariff);
    this.isUpToDate = isUpToDate(all.slice(0, last + 1), expected);
    if (newest === undefined) return undefined;
    const facts = await reader.facts({ usagePoint: storedAs, name: `${direction}-daily` });
    return {
      tariff: tariff.name,
      plan: tariff.plan,
      days: all.slice(0, last + 1),
      bounds: { firstDay: meterFirstDay(facts), newest },
      expected,
      arePricesOutdated: tariff.arePricesOutdated,
    };
  }

  /** Registers end a day at its midnight, and come with the next day's. */
  private newestExpected({ plan }: NamedTariff): Day {
    const hasOnePrice = periodsOf(plan).length === 1;
    const lag = hasOnePrice || this.loadCurve ? 1 : 2;
    return addDays(dayOf(clock.now()), -lag);
  }

  private publishCosts(costs: Costs, before: ReadonlyMap<Day, string>): void {
    const changed = new Map<Day, string>();
    for (const cost of costs.days) {
      const now = isKnown(cost) ? digestOf(cost, costs.tariff) : UNKNOWN;
      if (before.get(cost.day) !== now && (now !== UNKNOWN || before.has(cost.day)))
        changed.set(cost.day, now);
    }
    if (changed.size === 0) return;
    for (const metric of COST_METRICS) {
      const message = costMessage(this.source, metric, costs, [...changed.keys()]);
      if (!message || this.ended) return;
      if (message.readings.length > 0) this.send(message);
    }
    for (const [day, now] of changed) this.unkept.set(day, now);
  }

  private publishComparison(message: ComparisonMessage, before: ReadonlyMap<Day, string>): void {
    const now = digest(JSON.stringify(message));
    if (this.ended || before.get(COMPARISON) === now) return;
    this.send(message);
    this.unkept.set(COMPARISON, now);
  }

  private send(message: CostMessage | ComparisonMessage): void {
    this.sent.add(message.metric);
    this.outlet.message(message);
  }

  private comparisonOf(metered: readonly MeteredDay[]): ComparisonMessage | undefined {
    const tariffs = this.tariffs();
    if (tariffs.length < 2) return undefined;
    const range = lastTwelveMonths(dayOf(clock.now()));
    const days = metered.filter(({ day }) => day >= range.start && day < range.end);
    const comparison = compareTariffs(days, tariffs, range);
    if (comparison.days === 0) return undefined;
    const areOutdated = tariffs.some(({ arePricesOutdated }) => arePricesOutdated);
    const names = tariffs.map(({ name }) => name);
    return comparisonMessage(this.source, names, comparison, range, areOutdated);
  }

  /** Publishes the last known values once, on the outputs that had no message since the start. */
  private async repeatLast(): Promise<void> {
    if (!this.mustRepeat) return;
    const metered = await this.metered();
    const costs = await this.costsOf(metered);
    if (this.ended) return;
    const messages = [
      ...COST_METRICS.map((metric) => costs && costMessage(this.source, metric, costs, [])),
      this.comparisonOf(metered),
    ];
    this.mustRepeat = false;
    for (const message of messages) {
      if (message && !this.sent.has(message.metric)) this.send({ ...message, replay: true });
    }
  }
}

/** Stands for the digest of a cost that was known and is not any more, as when its price was taken away. */
const UNKNOWN = '';

/** Where the digest of the last comparison is kept. */
const COMPARISON = 'comparison';

const lastTwelveMonths = (today: Day): DayRange => ({ start: addMonths(today, -12), end: today });

/** Of all that a message says of a day's cost. */
const digestOf = (cost: DayCost, tariff: string): string => digest(JSON.stringify([tariff, cost]));
