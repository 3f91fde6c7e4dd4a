import { DateTime } from 'luxon';

/**
 * What helps against an error:
 * - `soon`: a few retries, then the next attempt
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
  | 'secret-refused'
  | 'first-server-token'
  | 'address-blocked'
  | 'api-not-subscribed'
  | 'consent'
  | 'not-holder'
  | 'unauthorized'
  | 'hourly-not-activated'
  | 'no-production'
  | 'no-consumption'
  | 'bad-request'
  | 'foreign-usage-point'
  | 'budget-used'
  | 'account-quota'
  | 'too-many-calls'
  | 'enedis-down'
  | 'gateway-down'
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

/** Errors that pass without the user: the provider, Enedis or the network is out of order, or asks to wait. */
const OUTAGES: ReadonlySet<ErrorKey> = new Set<ErrorKey>([
  'account-quota',
  'too-many-calls',
  'enedis-down',
  'gateway-down',
  'unreachable',
  'timeout',
  'bad-answer',
]);

interface Sorting {
  key: ErrorKey;
  remedy: Remedy;
  /** Whether the other series of the meter would meet the same error: then they are not requested. */
  wholeMeter?: boolean;
  /** How long the server asked to wait, ms. */
  retryAfter?: number | undefined;
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

  /** Whether it passes by itself: the provider, Enedis or the network is out of order. */
  get isOutage(): boolean {
    return OUTAGES.has(this.key);
  }
}

const NOTHING_OLDER: Sorting = { key: 'nothing-older', remedy: 'nothing-older' };
const NOTHING_YET: Sorting = { key: 'nothing-yet', remedy: 'nothing-yet' };
const NO_CONSENT: Sorting = { key: 'consent', remedy: 'tomorrow' };
const NOT_HOLDER: Sorting = { key: 'not-holder', remedy: 'tomorrow' };
const ENEDIS_DOWN: Sorting = { key: 'enedis-down', remedy: 'soon' };
const BAD_REQUEST: Sorting = { key: 'bad-request', remedy: 'tomorrow' };
const THROTTLED: Sorting = { key: 'too-many-calls', remedy: 'next-attempt', wholeMeter: true };
const BEARER_REFUSED: Sorting = { key: 'token-refused', remedy: 'tomorrow', wholeMeter: true };

// Enedis writes some codes with hyphens or underscores: compared with hyphens.
const BY_CODE: Record<string, Sorting> = {
  'ADAM-ERR0123': NOTHING_OLDER,
  'ADAM-ERR0125': NOTHING_OLDER,
  'ADAM-DC-0016': NOTHING_OLDER,
  'ADAM-DC-0009': NOTHING_OLDER,
  'DATE-TOO-OLD': NOTHING_OLDER,
  'ADAM-DC-0007': NOT_HOLDER,
  'ACCESS-DENIED': NOT_HOLDER,
  'ADAM-DC-0008': NO_CONSENT,
  'ADAM-ERR0191': { key: 'hourly-not-activated', remedy: 'tomorrow' },
  'no-data-found': NOTHING_YET,
  'NO-DATA': NOTHING_YET,
  // Not an empty range: something of it is there.
  'PARTIAL-DATA': { key: 'bad-answer', remedy: 'next-attempt' },
  'technical-error': ENEDIS_DOWN,
  'ENEDIS-UNAVAILABLE': ENEDIS_DOWN,
  'ENEDIS-ERROR': ENEDIS_DOWN,
  'INVALID-DATE-RANGE': BAD_REQUEST,
  'INVALID-DATE-FORMAT': BAD_REQUEST,
  'RATE-LIMIT-EXCEEDED': { key: 'account-quota', remedy: 'next-attempt', wholeMeter: true },
  900804: THROTTLED,
  900807: THROTTLED,
  900901: BEARER_REFUSED,
  900902: BEARER_REFUSED,
};

// Some errors come with their description alone.
const BY_DESCRIPTION: readonly [RegExp, Sorting][] = [
  [/pas titulaire du point/i, NOT_HOLDER],
  [/pas autoris\S+ pour le point/i, NO_CONSENT],
  [/pas de mesure trouv/i, NOTHING_YET],
  [/sla d\S+pass/i, THROTTLED],
  // The gateway's own bearer at Enedis: it takes hours to days, and retries do not help.
  [/rafra\S+chir le token/i, { key: 'gateway-down', remedy: 'next-attempt' }],
];

/** What an answer that is no success says of itself. */
export interface ErrorAnswer {
  /** The body is a page for people. */
  isHtml?: boolean;
  /** HTTP status, or the one that the gateway means. */
  status: number;
  code?: string | undefined;
  /** In Enedis' or the gateway's words: only looked at, never shown. */
  description?: string | undefined;
  /** How long the server asks to wait, ms. */
  retryAfter?: number | undefined;
}

/** After a wait up to this long, ms, the same attempt tries again. */
export const SHORT_WAIT = 5 * 60_000;

/**
 * Sorts an answer that is no success.
 * @param direction of the series that was requested: Enedis has one code for "does not fit"
 */
export function sortError(
  { status, code, description, retryAfter, isHtml = false }: ErrorAnswer,
  direction: 'consumption' | 'production',
): LinkyError {
  const shown = code ?? String(status);
  const error = (sorting: Sorting): LinkyError => {
    const waits = sorting.remedy === 'next-attempt' && retryAfter !== undefined && retryAfter <= SHORT_WAIT;
    return new LinkyError(shown, { ...sorting, ...(waits && { remedy: 'soon' }), retryAfter });
  };
  if (code === 'ADAM-ERR0069') return error({ key: `no-${direction}`, remedy: 'configuration' });
  const known =
    BY_CODE[code?.replaceAll('_', '-') ?? ''] ??
    BY_DESCRIPTION.find(([pattern]) => pattern.test(description ?? ''))?.[1];
  if (known) return error(known);
  if (status === 401) return error(BEARER_REFUSED);
  if (status === 404) {
    // With a code of Enedis' it is an empty range; without, nobody at this address knows the request.
    if (code !== undefined) return error(NOTHING_YET);
    return error({ key: 'wrong-address', remedy: 'next-attempt', wholeMeter: true });
  }
  if (status === 429) return error(THROTTLED);
  if (status >= 500) return error(ENEDIS_DOWN);
  // Something between here and the provider refuses everybody: it says nothing of the user's consent.
  if (status === 403 && isHtml) {
    return error({ key: 'gateway-down', remedy: 'next-attempt', wholeMeter: true });
  }
  if (status >= 300 && status < 400) {
    return error({ key: 'redirected', remedy: 'next-attempt', wholeMeter: true });
  }
  // Where Enedis says what is wrong, asking again does not help; a bare refusal may pass.
  const remedy = code === undefined ? 'next-attempt' : 'tomorrow';
  return error({ key: status === 403 ? 'unauthorized' : 'bad-request', remedy });
}

/**
 * Reads the error in a body: Enedis' `{error, error_description}`, `{code, message}` and
 * `{code, message, description, nextAccessTime}`, its API manager's `{fault: {…}}`, and what a gateway wraps around
 * one of them as `{message, error: {…}}`.
 * @param now epoch ms: `nextAccessTime` is compared with it
 */
export function errorIn(
  body: unknown,
  now: number,
): Pick<ErrorAnswer, 'code' | 'description' | 'retryAfter'> {
  const outer = objectOf(body);
  const wrapped = { ...outer, ...objectOf(outer['error']) };
  const inner: Record<string, unknown> = { ...wrapped, ...objectOf(wrapped['fault']) };
  const code = [inner['error'], inner['code']].map(codeOf).find((each) => each !== undefined);
  const texts = [outer['message'], inner['message'], inner['description'], inner['error_description']];
  return {
    // A gateway may hand on Enedis' error in its own words, with the code among them.
    code: isGeneral(code)
      ? (ENEDIS_CODE.exec(String(outer['message'] ?? inner['message']))?.[0] ?? code)
      : code,
    description: texts
      .filter((text) => typeof text === 'string')
      .join(' ')
      .slice(0, 1000),
    retryAfter: waitUntil(inner['nextAccessTime'], now),
  };
}

/** Enedis' and the gateways' codes: `ADAM-ERR0123`, `900804`, `no_data_found`, `RATE_LIMIT_EXCEEDED`. */
const CODE =
  /^(?:[A-Z]{2,5}[-_][A-Z\d_-]{3,16}|9\d{5}|[A-Za-z]{2,12}(?:_[a-z]{2,12}){1,3}|[A-Z]{2,12}(?:_[A-Z]{2,12}){1,3})$/;
const ENEDIS_CODE = /\bADAM[-_](?:ERR|DC[-_])\d{4}\b/;
const isGeneral = (code: string | undefined): boolean => code === undefined || code === 'ENEDIS_ERROR';

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

function codeOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  // Only what looks like a code: a server could send a credential back in its place.
  return typeof text === 'string' && CODE.test(text) ? text : undefined;
}

/** How long until Enedis' `2026-Jul-22 05:00:00+0000 UTC`, ms. */
function waitUntil(text: unknown, now: number): number | undefined {
  if (typeof text !== 'string') return undefined;
  const at = DateTime.fromFormat(text, "yyyy-LLL-dd HH:mm:ssZZZ 'UTC'", { locale: 'en' });
  return at.isValid ? Math.max(0, at.toMillis() - now) : undefined;
}

/** Something the user has not entered yet, or not rightly: nothing goes before the configuration changes. */
export const misconfigured = (key: ErrorKey, about: string = key): LinkyError =>
  new LinkyError(key, { key, remedy: 'configuration', wholeMeter: true, about });

/** The account or application is refused: it may be mended by tomorrow. */
export const refused = (key: ErrorKey, code: string, about = code): LinkyError =>
  new LinkyError(code, { key, remedy: 'tomorrow', wholeMeter: true, about });

/** What came cannot be an answer. */
export const badAnswer = (): LinkyError =>
  new LinkyError('bad-answer', { key: 'bad-answer', remedy: 'soon' });

/** The answer took too long. */
export const timedOut = (): LinkyError => new LinkyError('ETIMEDOUT', { key: 'timeout', remedy: 'soon' });

/** How long a `Retry-After` header asks to wait, in ms: seconds, or a date to be compared with `now`. */
export function retryAfterOf(header: unknown, now: number): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d{1,7}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
