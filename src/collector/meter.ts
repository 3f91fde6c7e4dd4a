import type { Provider } from '../providers/provider';
import type { LinkyError } from '../providers/errors';
import type { Rejection } from '../providers/parser';
import type { Series } from '../metering/metrics';
import type { Day } from '../calendar/paris';
import type { ReadingLog } from '../store/log';
import type { Schedule } from './planner';
import type { Progress } from './run';

/** Who wants series of a meter collected, and hears what became of it. */
export interface Consumer {
  wants: readonly Series[];
  /** The log has something new of a series it wants. */
  onReadings(series: Series): void;
  /** `stateFor` this consumer may have changed. */
  onState(): void;
  /** Something went wrong with a series it wants; the same is said once a day. */
  onError(error: LinkyError): void;
}

/** How a consumer's collection stands. */
export type State =
  | { kind: 'collecting'; history?: Progress }
  /**
   * All it wants of `day` (yesterday) is there; the next attempt is due at `next` (epoch ms). The backfill of
   * `history` goes on then.
   */
  | { kind: 'up-to-date'; day: Day; next: number; history?: Progress; consentEnds?: Day }
  | { kind: 'waiting'; day: Day; next: number; consentEnds?: Day }
  | { kind: 'error'; error: LinkyError };

export interface Meter {
  /** 14 digits. */
  usagePoint: string;
  /** What the log calls it. */
  logName: string;
  provider: Provider;
  log: ReadingLog;
  schedule: Schedule;
  /** Told which values of an answer were rejected. */
  onRejected(series: Series, rejected: readonly Rejection[]): void;
  /** Told when a backfill begins, with the requests it needs, and when it is complete, with those it took. */
  onBackfill?(what: 'begins' | 'ends', requests: number): void;
  /** Told once a day that the user's consent, or the token, is about to end. */
  onConsentEnding(day: Day): void;
}
