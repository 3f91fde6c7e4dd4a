import type { Series } from '../metering/metrics';
import type { Day } from '../metering/paris';
import type { Contract } from './contract';

/** One call: the days from `start` (included) to `end` (excluded) of one series of one usage point. */
export interface Request {
  usagePoint: string;
  series: Series;
  start: Day;
  end: Day;
}

/** What an provider knows of itself; what it cannot know is absent. */
export interface Standing {
  /** When the user's consent, or the token, ends: epoch ms. */
  consentEnds?: number;
  /** How many calls this usage point may still make today. */
  callsLeft?: number;
}

/** A way to Enedis' data. */
export interface Provider {
  /**
   * Asks for one range.
   * @returns the content of Enedis' `meter_reading`, unread: `readAnswer` decides what in it is right
   * @throws LinkyError, sorted by what helps
   */
  fetch(request: Request, signal: AbortSignal): Promise<unknown>;

  /**
   * How the provider stands; asks the gateway where only that knows.
   * @throws LinkyError
   */
  standing?(usagePoint: string, signal: AbortSignal): Promise<Standing>;

  /**
   * What the user's contract says, where the provider tells it.
   * @throws LinkyError
   */
  contract?(usagePoint: string, signal: AbortSignal): Promise<Contract>;
}
