import { dayOf, daysBetween, daysIn, type Day } from '../calendar/paris';
import type { DayRange } from '../calendar/ranges';
import type { Series } from '../metering/metrics';
import type { DayStatus } from '../metering/readings';
import { oldestDay } from '../providers/limits';
import type { Store } from '../store/store';
import { aboveFloor, nowOf, wantedSince, type KnownSeries, type QueriedDays } from './planner';
import type { Schedule } from './schedule';

/** What the store knows of one usage point's days, as planning needs it; kept while a collector works. */
export class Known {
  private readonly series = new Map<Series, KnownSeries>();
  private today: Day = '';
  /** How often something was forgotten: what was loaded meanwhile may be older. */
  private forgotten = 0;

  constructor(
    private readonly store: Store,
    private readonly storedAs: string,
    private readonly schedule: Schedule,
  ) {}

  /** Of a series that is wanted: all its wanted days that planning may look at. */
  async of(series: Series, now: number): Promise<KnownSeries> {
    const today = dayOf(now);
    if (today !== this.today) this.series.clear();
    this.today = today;
    const before = this.series.get(series);
    if (before) return before;
    const { forgotten } = this;
    const known = await this.load(series, now);
    if (forgotten !== this.forgotten) return this.of(series, now);
    this.series.set(series, known);
    return known;
  }

  /** Of the days that a query wants and Enedis can have. */
  async ofQuery({ series, start, end }: QueriedDays, now: number): Promise<KnownSeries> {
    const today = dayOf(now);
    const { floor } = await this.store.facts({ usagePoint: this.storedAs, name: series });
    const deepest = aboveFloor(oldestDay(series, today, this.schedule.extraDays), floor);
    const range = { start: start < deepest ? deepest : start, end: end < today ? end : today };
    return { ...(await this.daysOf(series, range)), ...(floor && { floor }) };
  }

  /** Days of a series were requested. @param kept how they stand now */
  note(series: Series, kept: readonly DayStatus[]): void {
    const before = this.series.get(series);
    if (!before) return;
    const { days } = before;
    const statuses = [...before.statuses];
    for (const status of kept) {
      const i = daysBetween(days[0] ?? '', status.day);
      if (i in days) statuses[i] = status;
    }
    this.series.set(series, { ...before, statuses });
  }

  /** The floor of a series has changed, or a file brought days of it. */
  forget(series: Series): void {
    this.forgotten += 1;
    this.series.delete(series);
  }

  private async load(series: Series, now: number): Promise<KnownSeries> {
    const { today, recent } = nowOf(now);
    const facts = await this.store.facts({ usagePoint: this.storedAs, name: series });
    const since = wantedSince(series, today, this.schedule, facts);
    const start = aboveFloor(since, facts.floor);
    const key = { usagePoint: this.storedAs, name: series };
    // Of a history that is complete only the recent days are read: they may be late, or corrected.
    const open = (await this.store.openSince(key, { start, end: today })) ?? recent;
    const first = [start, open < recent ? open : recent].reduce((one, other) => (one > other ? one : other));
    const known = await this.daysOf(series, { start: first, end: today });
    return { ...known, since: start, ...(facts.floor && start !== since && { floor: facts.floor }) };
  }

  private async daysOf(series: Series, range: DayRange): Promise<KnownSeries> {
    const days = daysIn(range.start, range.end);
    const kept = await this.store.statuses({ usagePoint: this.storedAs, name: series }, range);
    const byDay = new Map(kept.map((status) => [status.day, status]));
    return { series, since: range.start, days, statuses: days.map((day) => byDay.get(day)) };
  }
}
