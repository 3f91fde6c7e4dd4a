import { addDays, dayOf, daysIn, type Day } from '../calendar/paris';
import type { DayRange } from '../calendar/ranges';
import type { Series } from '../metering/metrics';
import { oldestDay } from '../providers/limits';
import type { Store } from '../store/store';
import { aboveFloor, wantedSince, type KnownSeries, type QueriedDays } from './planner';
import type { Schedule } from './schedule';

/** What the store knows of one usage point's days, as planning needs it; kept while a collector works. */
export class Known {
  private readonly series = new Map<Series, KnownSeries>();
  private today: Day = '';

  constructor(
    private readonly store: Store,
    private readonly storedAs: string,
    private readonly schedule: Schedule,
  ) {}

  /** Of a series that is wanted: all its wanted days. */
  async of(series: Series, now: number): Promise<KnownSeries> {
    const today = dayOf(now);
    if (today !== this.today) this.series.clear();
    this.today = today;
    const known = this.series.get(series) ?? (await this.load(series, today));
    this.series.set(series, known);
    return known;
  }

  /** Of the days that a query wants and Enedis can have. */
  async ofQuery({ series, start, end }: QueriedDays, now: number): Promise<KnownSeries> {
    const today = dayOf(now);
    const { floor } = await this.store.facts({ usagePoint: this.storedAs, name: series });
    const deepest = aboveFloor(oldestDay(series, today, this.schedule.extraDays), floor);
    const range = { start: start < deepest ? deepest : start, end: end < today ? end : today };
    const isBeside = floor && range.start === addDays(floor.day, 1);
    return { ...(await this.daysOf(series, range)), ...(isBeside && { floor }) };
  }

  /** Days of a series were requested, and something came of it. */
  async refresh(series: Series, range: DayRange): Promise<void> {
    const before = this.series.get(series);
    if (!before) return;
    const { days, statuses } = before;
    const seen = await this.daysOf(series, range);
    const byDay = new Map(seen.days.map((day, i) => [day, seen.statuses[i]]));
    this.series.set(series, {
      ...before,
      statuses: days.map((day, i) => (byDay.has(day) ? byDay.get(day) : statuses[i])),
    });
  }

  /** The floor of a series has changed. */
  forget(series: Series): void {
    this.series.delete(series);
  }

  private async load(series: Series, today: Day): Promise<KnownSeries> {
    const facts = await this.store.facts({ usagePoint: this.storedAs, name: series });
    const since = wantedSince(series, today, this.schedule, facts);
    const start = aboveFloor(since, facts.floor);
    const known = await this.daysOf(series, { start, end: today });
    return { ...known, ...(facts.floor && start !== since && { floor: facts.floor }) };
  }

  private async daysOf(series: Series, range: DayRange): Promise<KnownSeries> {
    const days = daysIn(range.start, range.end);
    const kept = await this.store.statuses({ usagePoint: this.storedAs, name: series }, range);
    const byDay = new Map(kept.map((status) => [status.day, status]));
    return { series, days, statuses: days.map((day) => byDay.get(day)) };
  }
}
