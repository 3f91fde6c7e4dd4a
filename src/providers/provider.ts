import type { DayRange } from '../calendar/ranges';
import type { Series } from '../metering/metrics';
import type { Purpose, RequestBudget } from './budget';
import type { Contract } from './contract';

/** A range of days of one series of one usage point. */
export interface DataRequest extends DayRange {
  usagePoint: string;
  series: Series;
}

/** A way to Enedis' data. */
export interface Provider {
  /**
   * A digest of its kind, address and account (token, secret or client ID). It is kept with a history floor: a floor
   * that another account found is probed again. It shows no secret.
   */
  readonly identity: string;
  /** The series it can deliver. */
  readonly series: readonly Series[];
  /** Whether the timestamp of a load-curve point with an interval length is the end or the start of the interval. */
  readonly labels: 'end' | 'start';
  /** How many days its history exceeds 24 months of load curve and 36 months of the other series. */
  readonly extraDays: number;
  /** The budget of its requests; a simulated meter has none. */
  readonly budget?: RequestBudget;
  /** When the user's consent or the token ends, epoch ms, where it is known. */
  readonly consentEnds?: number;

  /**
   * Requests one range.
   * @returns the content as Enedis writes it, not checked: `parseReadings` and `parseRegisters` read it
   * @throws LinkyError with its scope and retry policy
   */
  fetch(request: DataRequest, purpose: Purpose, signal: AbortSignal): Promise<unknown>;

  /**
   * The user's contract; absent where the provider does not deliver it.
   * @throws LinkyError
   */
  contract?(usagePoint: string, signal: AbortSignal): Promise<Contract>;

  /**
   * The usage points of the account or token; absent where the provider does not list them.
   * @throws LinkyError
   */
  usagePoints?(signal: AbortSignal): Promise<string[]>;
}
