import type { Purpose, RequestBudget } from './budget';
import { classifyError, errorIn, retryAfterOf, SHORT_WAIT, type ErrorAnswer } from './errors';
import { request, type HttpAnswer, type HttpRequest } from './http';
import { rateLimit } from './rate-limit';

/** An answer, with what it says about the error where it is one. */
export interface ProviderAnswer extends HttpAnswer {
  error: ErrorAnswer;
}

/** Sends the requests of one account or application, within its rate limit and its budget. */
export interface Client {
  /** @throws LinkyError `budget-used`, the reason of a suspension, or what `request` and the ledger throw */
  send(http: HttpRequest, purpose: Purpose, signal: AbortSignal): Promise<ProviderAnswer>;
}

/** MyElectricalData reports errors with status 200. */
const isFailure = ({ status, body }: HttpAnswer): boolean =>
  status >= 400 || (body as { success?: unknown } | null | undefined)?.success === false;

/**
 * @param who the gateway's address, or the application: the rate limit counts per `who`
 * @param now epoch ms
 */
export function clientOf(
  who: string,
  rate: { interval: number },
  budget: RequestBudget,
  now: () => number,
): Client {
  return {
    async send(http, purpose, signal) {
      await rateLimit.turn(who, rate, signal, budget.ledger);
      await budget.take(purpose, signal);
      const answer = await request(http, signal);
      const { status, body, retryAfter: header } = answer;
      const inBody = errorIn(body, now());
      const retryAfter = retryAfterOf(header, now()) ?? inBody.retryAfter;
      const error = { status, isHtml: answer.isHtml, ...inBody, retryAfter };
      // A long wait suspends all meters on this budget; a short one only delays the retry of this request.
      if (isFailure(answer) && retryAfter !== undefined && retryAfter > SHORT_WAIT) {
        const classified = classifyError(error, 'consumption');
        if (classified.isOutage) await budget.suspend(retryAfter, classified);
      }
      return { ...answer, error };
    },
  };
}
