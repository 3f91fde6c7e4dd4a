import type { Purpose } from '../providers/budget';
import { LinkyError, SHORT_WAIT } from '../providers/errors';
import {
  parseReadings,
  parseRegisters,
  type ParsedReadings,
  type ParsedRegisters,
} from '../providers/parser';
import type { DataRequest, Provider } from '../providers/provider';
import { isRegisters } from '../metering/metrics';
import { clock } from '../calendar/clock';
import { retryDelay } from './planner';

/**
 * Requests a range, and again where that may help.
 * @param run how often it may be tried again, and until when (epoch ms); both can change meanwhile
 * @throws LinkyError, or the signal's reason
 */
export async function call(
  provider: Provider,
  request: DataRequest,
  purpose: Purpose,
  run: { readonly until: number; readonly retries: number },
  signal: AbortSignal,
): Promise<ParsedReadings | ParsedRegisters> {
  for (let n = 1; ; n++) {
    try {
      const content = await provider.fetch(request, purpose, signal);
      return isRegisters(request.series)
        ? parseRegisters(content, request)
        : parseReadings(content, request, provider.labels);
    } catch (error) {
      if (!(error instanceof LinkyError) || error.remedy !== 'soon' || signal.aborted) throw error;
      const delay = Math.max(error.retryAfter ?? 0, retryDelay(n, Math.random()));
      if (n > run.retries || delay > SHORT_WAIT || clock.now() + delay > run.until) throw error;
      await clock.wait(delay, signal);
    }
  }
}
