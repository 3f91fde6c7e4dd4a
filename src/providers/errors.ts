/**
 * What helps against an error:
 * - `soon`: another try in a moment, then the next attempt
 * - `next-attempt`: the next hourly attempt
 * - `tomorrow`: once a day; it needs the user, or a new day
 * - `configuration`: nothing until the configuration changes
 * - `nothing-older`: Enedis has no data as old as this; the history ends here
 * - `nothing-yet`: the range is empty; not an error while yesterday is awaited
 */
export type Remedy = 'soon' | 'next-attempt' | 'tomorrow' | 'configuration' | 'nothing-older' | 'nothing-yet';

/** What happened, as the key of its sentence in the locales (`linky-meter.error.<key>`). */
export type ErrorKey =
  | 'token-missing'
  | 'client-missing'
  | 'client-refused'
  | 'token-refused'
  | 'consent'
  | 'not-holder'
  | 'unauthorized'
  | 'hourly-not-activated'
  | 'no-production'
  | 'no-consumption'
  | 'bad-request'
  | 'foreign-usage-point'
  | 'quota-day'
  | 'too-many-calls'
  | 'enedis-down'
  | 'unreachable'
  | 'timeout'
  | 'bad-answer'
  | 'too-large'
  | 'redirected'
  | 'wrong-address'
  | 'nothing-older'
  | 'nothing-yet'
  | 'log-unusable'
  | 'log-in-use'
  | 'usage-point-invalid'
  | 'variable-missing'
  | 'url-invalid'
  | 'unknown-provider';

interface Sorting {
  key: ErrorKey;
  remedy: Remedy;
  /** Whether the other series of the meter would meet the same error: then they are not asked. */
  wholeMeter?: boolean;
  /** How long the server asked to wait, ms. */
  retryAfter?: number;
  /** What the sentence names instead of the code. */
  about?: string;
}

/**
 * The one error of this package. It never carries a token, an address or an answer's text: only a code, what it
 * means, and what helps. Sentences for people are made from `key` where they are shown.
 */
export class LinkyError extends Error {
  readonly key: ErrorKey;
  readonly remedy: Remedy;
  readonly wholeMeter: boolean;
  readonly retryAfter: number | undefined;
  readonly about: string;

  /** @param code Enedis' own (`ADAM-ERR0123`), the system's (`ECONNRESET`), or the HTTP status */
  constructor(
    readonly code: string,
    { key, remedy, wholeMeter = false, retryAfter, about = code }: Sorting,
  ) {
    super(`${key} (${code})`);
    this.name = 'LinkyError';
    this.key = key;
    this.remedy = remedy;
    this.wholeMeter = wholeMeter;
    this.retryAfter = retryAfter;
    this.about = about;
  }
}

const NOTHING_OLDER: Sorting = { key: 'nothing-older', remedy: 'nothing-older' };
const NOTHING_YET: Sorting = { key: 'nothing-yet', remedy: 'nothing-yet' };

// Enedis writes some codes with hyphens or underscores: compared with hyphens.
const BY_CODE: Record<string, Sorting> = {
  'ADAM-ERR0123': NOTHING_OLDER,
  'ADAM-ERR0125': NOTHING_OLDER,
  'ADAM-DC-0016': NOTHING_OLDER,
  'ADAM-DC-0009': NOTHING_OLDER,
  'ADAM-DC-0007': { key: 'not-holder', remedy: 'tomorrow' },
  'ADAM-ERR0061': { key: 'not-holder', remedy: 'tomorrow' },
  'ADAM-DC-0008': { key: 'consent', remedy: 'tomorrow' },
  'unauthorized-user': { key: 'unauthorized', remedy: 'tomorrow' },
  'ADAM-ERR0191': { key: 'hourly-not-activated', remedy: 'tomorrow' },
  'ADAM-ERR0075': { key: 'hourly-not-activated', remedy: 'tomorrow' },
  'no-data-found': NOTHING_YET,
  'STM-ERR-0000014': NOTHING_YET,
  'STM-ERR-0000019': NOTHING_YET,
  'STM-ERR-0000020': NOTHING_YET,
  'STM-ERR-0000001': { key: 'enedis-down', remedy: 'soon' },
  'ADAM-DC-0500': { key: 'enedis-down', remedy: 'soon' },
  'technical-error': { key: 'enedis-down', remedy: 'soon' },
};

/**
 * Sorts an answer that is no success.
 * @param status HTTP status
 * @param code Enedis' error code, where the body had one
 * @param direction of the series that was asked: Enedis has one code for "does not fit"
 * @param retryAfter ms, where the server told it
 */
export function sortError(
  status: number,
  code: string | undefined,
  direction: 'consumption' | 'production',
  retryAfter?: number,
): LinkyError {
  const shown = code ?? String(status);
  const known = BY_CODE[code?.replaceAll('_', '-') ?? ''];
  if (known) return new LinkyError(shown, known);
  if (code === 'ADAM-ERR0069') {
    return new LinkyError(code, { key: `no-${direction}`, remedy: 'configuration' });
  }
  if (status === 401) {
    return new LinkyError(shown, { key: 'token-refused', remedy: 'tomorrow', wholeMeter: true });
  }
  if (status === 404) {
    // With a code of Enedis' it would be an empty range; without, nobody at this address knows the request.
    if (code !== undefined) return new LinkyError(code, NOTHING_YET);
    return new LinkyError(shown, { key: 'wrong-address', remedy: 'next-attempt', wholeMeter: true });
  }
  if (status === 409) {
    return new LinkyError(shown, { key: 'quota-day', remedy: 'tomorrow', wholeMeter: true });
  }
  if (status === 429) {
    const wait = retryAfter === undefined ? {} : { retryAfter };
    return new LinkyError(shown, { key: 'too-many-calls', remedy: 'soon', wholeMeter: true, ...wait });
  }
  if (status >= 500) {
    const wait = retryAfter === undefined ? {} : { retryAfter };
    return new LinkyError(shown, { key: 'enedis-down', remedy: 'soon', ...wait });
  }
  if (status >= 300 && status < 400) {
    return new LinkyError(shown, { key: 'redirected', remedy: 'next-attempt', wholeMeter: true });
  }
  // Where Enedis says what is wrong, asking again does not help; a bare refusal may pass.
  const remedy = code === undefined ? 'next-attempt' : 'tomorrow';
  return new LinkyError(shown, { key: status === 403 ? 'unauthorized' : 'bad-request', remedy });
}

/** Enedis' code in `{error, error_description}`, or its API manager's in `{code, message}`. */
export function codeOf(body: unknown): string | undefined {
  const { error, code } = (body ?? {}) as { error?: unknown; code?: unknown };
  const found = error ?? code;
  return typeof found === 'string' && /^[\w-]{1,40}$/.test(found) ? found : undefined;
}

/** Something the user has not entered yet. */
export const missing = (key: 'token-missing' | 'client-missing'): LinkyError =>
  new LinkyError(key, { key, remedy: 'configuration', wholeMeter: true });

/** How long a `Retry-After` header asks to wait, in ms: seconds, or a date to be compared with `now`. */
export function retryAfterOf(header: unknown, now: number): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d{1,7}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
