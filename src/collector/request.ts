import { clock } from '../calendar/clock';
import { isRegisters } from '../metering/metrics';
import type { Purpose } from '../providers/budget';
import { LinkyError, SHORT_WAIT } from '../providers/errors';
import {
  parseReadings,
  parseRegisters,
  type ParsedReadings,
  type ParsedRegisters,
} from '../providers/parser';
import type { DataRequest, Provider } from '../providers/provider';
import { retryDelay } from './schedule';

/** How often a request may be tried again, and until when (epoch ms). */
export interface RetryLimits {
  retries: number;
  until: number;
}

/**
 * Requests a range, and again where that may help.
 * @throws LinkyError, or the signal's reason
 */
export async function requestWithRetries(
  provider: Provider,
  request: DataRequest,
  purpose: Purpose,
  { retries, until }: RetryLimits,
  signal: AbortSignal,
): Promise<ParsedReadings | ParsedRegisters> {
  for (let n = 1; ; n++) {
    try {
      const content = await provider.fetch(request, purpose, signal);
      return isRegisters(request.series)
        ? parseRegisters(content, request)
        : parseReadings(content, request, provider.labels);
    } catch (error) {
      if (!(error instanceof LinkyError) || error.retry !== 'soon' || signal.aborted) throw error;
      const delay = Math.max(error.retryAfter ?? 0, retryDelay(n, Math.random()));
      if (n > retries || delay > SHORT_WAIT || clock.now() + delay > until) throw error;
      await clock.wait(delay, signal);
    }
  }
}
