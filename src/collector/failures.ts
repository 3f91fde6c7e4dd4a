import { dayOf, endOfDay, type Day } from '../calendar/paris';
import type { DayRange } from '../calendar/ranges';
import type { Series } from '../metering/metrics';
import type { LinkyError } from '../providers/errors';
import { isOneDay, isWholeOutage } from './consequence';
import { stillRefused, type PlannedRequest, type Restrictions } from './planner';
import type { Slot } from './slot';
import { Suspensions } from './suspensions';

/** So many requests of a backfill in a row may fail: then Enedis is out of order, or refuses everything. */
const MOST_OUTAGES = 2;
const MOST_REFUSALS = 10;
/** So long yesterday is requested alone because of older days, ms. */
const LONGEST_ALONE = 7 * 86_400_000;
/** So long queries make no request after an outage, ms. */
const QUERY_PAUSE = 600_000;

/** What failed of one usage point, and so what is not requested for the time being, or in smaller ranges. */
export class Failures {
  readonly suspensions = new Suspensions();
  /** Series whose last request met an outage. */
  private readonly inOutage = new Set<Series>();
  /**
   * Days that failed, alone or together with yesterday: until they are answered, yesterday is requested alone. For a
   * while: some of them may never be requested again.
   */
  private failedWithYesterday: { series: Series; range: DayRange; slot: number }[] = [];
  private readonly refused = new Map<Series, DayRange[]>();
  private readonly queryPauses = new Map<Series, { until: number; error: LinkyError }>();
  private backfillOutages = 0;
  private backfillRefusals = 0;
  /** No backfill before the next slot, or before this instant (epoch ms). */
  private backfillPause: number | 'slot' = -Infinity;

  /** @param slot the slot under way */
  constructor(private readonly slot: Slot) {}

  /** The slot under way ends. */
  endSlot(): void {
    // Nothing was answered: that says nothing of these days.
    if (this.slot.answers > 0) return;
    this.failedWithYesterday = this.failedWithYesterday.filter(({ slot }) => slot !== this.slot.at);
  }

  /** A slot begins: what waited for it may be requested. */
  beginSlot(now: number): void {
    this.suspensions.beginSlot(now);
    this.failedWithYesterday = this.failedWithYesterday.filter(({ slot }) => {
      return slot <= now && slot > now - LONGEST_ALONE;
    });
    this.backfillOutages = 0;
    if (this.backfillPause === 'slot') this.backfillPause = -Infinity;
    if (this.backfillPause <= this.slot.at) this.backfillRefusals = 0;
  }

  /** The user may have just mended what waits for tomorrow. */
  retryNow(): void {
    this.suspensions.retryNow();
    this.backfillPause = -Infinity;
    this.backfillRefusals = 0;
  }

  noteAnswer({ series, start, end, reason }: PlannedRequest): void {
    this.slot.answers += 1;
    this.inOutage.delete(series);
    if (reason === 'backfill') {
      this.backfillOutages = 0;
      this.backfillRefusals = 0;
    }
    this.refused.set(series, stillRefused(this.refused.get(series) ?? [], { start, end }));
    this.failedWithYesterday = this.failedWithYesterday.flatMap((each) => {
      if (each.series !== series) return [each];
      return stillRefused([each.range], { start, end }).map((range) => ({ ...each, range }));
    });
  }

  noteError(error: LinkyError, request: PlannedRequest, yesterday: Day): void {
    const { series, start, end, reason } = request;
    if (isWholeOutage(error)) {
      this.slot.outages += 1;
      this.inOutage.add(series);
      if (reason === 'backfill') {
        this.backfillOutages += 1;
        if (this.backfillOutages >= MOST_OUTAGES) this.backfillPause = 'slot';
      }
    } else this.slot.answers += 1;
    if (end <= yesterday) return;
    const isOlderAtFault =
      !isOneDay(request) && error.scope !== 'usage-point' && error.retry !== 'after-change';
    const range = { start, end: isOlderAtFault ? yesterday : end };
    this.failedWithYesterday.push({ series, range, slot: this.slot.at });
  }

  /** A range of a backfill was refused for what it is, not because Enedis is out of order. */
  noteRefusal(now: number): void {
    this.backfillRefusals += 1;
    if (this.backfillRefusals >= MOST_REFUSALS) this.backfillPause = endOfDay(now);
  }

  /** From now on the range is requested by halves. */
  halve({ series, start, end }: PlannedRequest): void {
    this.refused.set(series, [...(this.refused.get(series) ?? []), { start, end }]);
  }

  /** The day that was refused is found: what was refused says nothing of the others. */
  endHalving(series: Series): void {
    this.refused.delete(series);
  }

  /** Whether the last request of a series, or of yesterday with it, failed: another one is made without retries. */
  hasFailed(series: Series): boolean {
    return this.inOutage.has(series) || this.failedWithYesterday.some((each) => each.series === series);
  }

  pauseQueries(series: Series, error: LinkyError, now: number): void {
    this.queryPauses.set(series, { until: now + QUERY_PAUSE, error });
  }

  /** What queries of a series are answered with for the time being, without a request. */
  queryError(series: Series, now: number): LinkyError | undefined {
    const pause = this.queryPauses.get(series);
    // One that ends later was made by a clock that was wrong.
    return pause && pause.until > now && pause.until <= now + QUERY_PAUSE ? pause.error : undefined;
  }

  isBackfillPaused(now: number): boolean {
    const pause = this.backfillPause;
    return pause === 'slot' || (pause > now && dayOf(pause - 1) === dayOf(now));
  }

  /** Whether the backfill will still be paused when a slot begins. */
  isBackfillPausedAt(slot: number): boolean {
    return this.backfillPause !== 'slot' && this.backfillPause > slot;
  }

  /** @param isNewSlot as it will be when a slot begins at `now` */
  restrictions(now: number, isNewSlot = false): Restrictions {
    return {
      isSuspended: (series, day) => this.suspensions.isSuspended(series, day, now, isNewSlot),
      refused: (series) => this.refused.get(series) ?? [],
      yesterdayAlone: new Set(this.failedWithYesterday.map(({ series }) => series)),
    };
  }
}
