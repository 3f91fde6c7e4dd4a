import type { Provider } from '../providers/provider';
import type { LinkyError } from '../providers/errors';
import type { Refusal } from '../providers/parser';
import type { Series } from '../metering/metrics';
import type { Day } from '../metering/paris';
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
  /** All it wants of `day` (yesterday) is there; the next attempt is due at `next` (epoch ms). */
  | { kind: 'up-to-date'; day: Day; next: number; consentEnds?: Day }
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
  /** Told what was refused of an answer. */
  onRefusals(series: Series, refusals: readonly Refusal[]): void;
  /** Told when a history begins to be fetched (`done` 0), and when there is nothing more to fetch of it. */
  onHistory?(progress: Progress): void;
  /** Told once a day that the user's consent, or the token, is about to end. */
  onConsentEnding(day: Day): void;
}
