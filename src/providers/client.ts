import type { Purpose, RequestBudget } from './budget';
import { errorIn, retryAfterOf, SHORT_WAIT, sortError, type ErrorAnswer } from './errors';
import { request, type HttpAnswer, type HttpRequest } from './http';
import { rateLimit } from './rate-limit';

/** An answer, with what it says of an error where it is one. */
export interface ProviderAnswer extends HttpAnswer {
  error: ErrorAnswer;
}

/** Sends the requests of one account or application, within its rate and its budget. */
export interface Client {
  /** @throws LinkyError `budget-used`, what the server asked to wait for, or what `request` throws */
  send(http: HttpRequest, purpose: Purpose, signal: AbortSignal): Promise<ProviderAnswer>;
}

/** MyElectricalData reports errors with status 200. */
const isFailure = ({ status, body }: HttpAnswer): boolean =>
  status >= 400 || (body as { success?: unknown } | null | undefined)?.success === false;

/**
 * @param who the gateway's address, or the application
 * @param now epoch ms
 */
export function clientOf(
  who: string,
  rate: { limit: number },
  budget: RequestBudget,
  now: () => number,
): Client {
  return {
    async send(http, purpose, signal) {
      await rateLimit.turn(who, rate, signal);
      await budget.take(purpose, signal);
      const answer = await request(http, signal);
      const { status, body, retryAfter: header } = answer;
      const said = errorIn(body, now());
      const retryAfter = retryAfterOf(header, now()) ?? said.retryAfter;
      const error = { status, isHtml: answer.isHtml, ...said, retryAfter };
      // A long wait holds for every meter on this budget; a short one is waited for where the request was made.
      if (isFailure(answer) && retryAfter !== undefined && retryAfter > SHORT_WAIT) {
        const sorted = sortError(error, 'consumption');
        if (sorted.isOutage) budget.suspend(retryAfter, sorted);
      }
      return { ...answer, error };
    },
  };
}
