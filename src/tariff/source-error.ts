import { LinkyError, refused, retryAfterOf } from '../providers/errors';
import type { HttpAnswer } from '../providers/http';

/**
 * What an answer of a source of colours or prices means that is no success.
 * @param hasAccount whether the request named an account
 * @param now epoch ms
 */
export function sourceError(answer: HttpAnswer, hasAccount: boolean, now: number): LinkyError {
  const { status, retryAfter: header } = answer;
  const code = String(status);
  const retryAfter = retryAfterOf(header, now);
  if (hasAccount && (status === 401 || status === 403)) return refused('tempo-account-refused', code);
  if (status === 429) return new LinkyError(code, { key: 'too-many-calls', retry: 'next-slot', retryAfter });
  if (status === 404) return new LinkyError(code, { key: 'wrong-address', retry: 'next-slot' });
  if (status >= 300 && status < 400) return new LinkyError(code, { key: 'redirected', retry: 'next-slot' });
  return new LinkyError(code, { key: 'source-down', retry: 'next-slot', retryAfter });
}

/** Whether an error says that a source does not have what was asked for, rather than that it does not work. */
export const isRefusedRange = ({ code }: LinkyError): boolean => ['400', '404', '422'].includes(code);
