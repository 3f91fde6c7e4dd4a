import type { Day } from '../calendar/paris';
import type { Series } from '../metering/metrics';
import type { LinkyError } from '../providers/errors';
import type { Rejection } from '../providers/parser';
import type { Provider } from '../providers/provider';
import type { Store } from '../store/store';
import type { Progress } from './planner';
import type { Schedule } from './schedule';

/** Who wants series of a usage point collected, and is told how that stands. What came is read from the store. */
export interface Consumer {
  wants: readonly Series[];
  /** `stateFor` this consumer may have changed. */
  onState(): void;
  /** Something went wrong with a series it wants; the same is told once a day. */
  onError(error: LinkyError): void;
}

/** How far a backfill is. */
export interface BackfillState extends Progress {
  /** Days after today until it is complete, as far as the request budget tells. */
  moreDays: number;
}

/** Whether yesterday is complete; if not, whether Enedis is waited for or an error keeps it away. */
export type YesterdayState = 'up-to-date' | 'waiting' | 'error';

/** How a consumer's collection stands. */
export type State =
  | { kind: 'collecting'; history?: BackfillState }
  /**
   * All it wants of `day` (yesterday) is there; the next request is due at `next` (epoch ms). The backfill of
   * `history` goes on then.
   */
  | { kind: 'up-to-date'; day: Day; next: number; history?: BackfillState; consentEnds?: Day }
  | { kind: 'waiting'; day: Day; next: number; consentEnds?: Day }
  | { kind: 'error'; error: LinkyError };

/** How things stood when the collector last had nothing to do. */
export interface IdleState {
  /** Yesterday, then. */
  day: Day;
  /** The series of which it is not complete. */
  missing: ReadonlySet<Series>;
  /** When it has something to do again, epoch ms. */
  next: number;
  /** Of a backfill that waits for the request budget. */
  history: Progress | undefined;
}

/** What is collected, from where, into what, and when. */
export interface Meter {
  /** 14 digits. */
  usagePoint: string;
  /** What the store calls it. */
  storedAs: string;
  provider: Provider;
  store: Store;
  schedule: Schedule;
  /** Told which values of an answer were rejected. */
  onRejected(series: Series, rejected: readonly Rejection[]): void;
  /** Told when a backfill begins, with the requests it needs, and when it is complete, with those it took. */
  onBackfill?(what: 'begins' | 'ends', requests: number): void;
  /** Told once a day that the user's consent, or the token, is about to end. */
  onConsentEnding(day: Day): void;
}
