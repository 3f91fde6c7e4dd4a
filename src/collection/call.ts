import type { Provider, Request } from '../providers/provider';
import { LinkyError } from '../providers/errors';
import { readAnswer, type Refusal } from '../providers/parser';
import type { Reading } from '../metering/readings';
import { clock } from './clock';
import { RETRIES, retryDelay } from './planner';

/** The longest a server may have an attempt wait: past that, the next attempt comes after it. */
const LONGEST_WAIT = 5 * 60_000;

/**
 * Asks for a range, and again where that may help.
 * @param run no retry after its `until`, which can change meanwhile
 * @param putOff told until when (epoch ms) the server asks to wait, where no attempt waits so long
 * @throws LinkyError, or the signal's reason
 */
export async function call(
  provider: Provider,
  request: Request,
  run: { readonly until: number },
  signal: AbortSignal,
  putOff: (until: number) => void,
): Promise<{ readings: Reading[]; refusals: Refusal[] }> {
  for (let n = 1; ; n++) {
    try {
      return readAnswer(await provider.fetch(request, signal), request);
    } catch (error) {
      if (!(error instanceof LinkyError) || error.remedy !== 'soon' || signal.aborted) throw error;
      const now = clock.now();
      const delay = Math.max(error.retryAfter ?? 0, retryDelay(n, Math.random()));
      if (delay > LONGEST_WAIT) putOff(now + delay);
      if (n > RETRIES || delay > LONGEST_WAIT || now + delay > run.until) throw error;
      await clock.wait(delay, signal);
    }
  }
}
