import type { LastRequest } from '../store/tariffs';

/** How many requests failed in a row, and the instant before which none is sent for that reason, epoch ms. */
export type Failures = Pick<LastRequest, 'failures' | 'retryAt'>;

const NONE: Failures = { failures: 0, retryAt: -Infinity };

/** The failures that count now; those of the future were noted by a clock that was wrong. */
export const failuresAt = (last: LastRequest | undefined, now: number): Failures =>
  last && last.at <= now ? last : NONE;
