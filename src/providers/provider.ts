import type { Series } from '../metering/metrics';
import type { Day } from '../calendar/paris';
import type { Purpose, RequestBudget } from './budget';
import type { Contract } from './contract';

/** The days from `start` (included) to `end` (not included) of one series of one usage point. */
export interface DataRequest {
  usagePoint: string;
  series: Series;
  start: Day;
  end: Day;
}

/** A way to Enedis' data. */
export interface Provider {
  /** The series it can deliver. */
  readonly series: readonly Series[];
  /** Whether it labels load-curve points that tell their length with the end or the start of their interval. */
  readonly labels: 'end' | 'start';
  /** How many days beyond 24 months of load curve and 36 months of the rest it reaches back. */
  readonly extraDays: number;
  /** What limits its requests; a simulated meter has none. */
  readonly budget?: RequestBudget;
  /** When the user's consent, or the token, ends, where that is known: epoch ms. */
  readonly consentEnds?: number;

  /**
   * Requests one range.
   * @returns the content as Enedis writes it, unread: `parseReadings` decides what in it is right
   * @throws LinkyError, sorted by what helps
   */
  fetch(request: DataRequest, purpose: Purpose, signal: AbortSignal): Promise<unknown>;

  /**
   * What the user's contract says, where the provider tells it.
   * @throws LinkyError
   */
  contract?(usagePoint: string, signal: AbortSignal): Promise<Contract>;

  /**
   * The usage points that the account reaches, where the provider tells them.
   * @throws LinkyError
   */
  usagePoints?(signal: AbortSignal): Promise<string[]>;
}
