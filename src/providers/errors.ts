import { DateTime } from 'luxon';
import type { Direction } from '../metering/metrics';

/**
 * The retry policy of an error:
 * - `soon`: a few retries within the same slot, then the next slot
 * - `next-slot`: no retry before the next slot of the schedule
 * - `tomorrow`: once a day; it needs the user, or a new day
 * - `after-change`: no request until the configuration changes
 */
export type Retry = 'soon' | 'next-slot' | 'tomorrow' | 'after-change';

/**
 * What an error concerns, and so which other requests would fail for the same reason:
 * - `usage-point`: every series of the usage point (token, blocked address, rate limit)
 * - `series`: all days of the requested series
 * - `range`: only the requested days
 */
export type ErrorScope = 'usage-point' | 'series' | 'range';

/** Why no older data exist: the meter was not in service yet, or Enedis does not give access to older days. */
export type FloorReason = 'no-meter' | 'not-available';

/** What happened, as the key of its sentence in the locales (`linky-meter.error.<key>`). */
export type ErrorKey =
  | 'token-missing'
  | 'token-expired'
  | 'client-missing'
  | 'secret-missing'
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
  | 'source-down'
  | 'unreachable'
  | 'timeout'
  | 'bad-answer'
  | 'too-large'
  | 'redirected'
  | 'wrong-address'
  | 'nothing-older'
  | 'nothing-yet'
  | 'store-unusable'
  | 'store-in-use'
  | 'database-unreachable'
  | 'database-refused'
  | 'database-tls'
  | 'database-invalid'
  | 'database-newer'
  | 'database-failed'
  | 'usage-point-missing'
  | 'usage-point-invalid'
  | 'variable-missing'
  | 'url-invalid'
  | 'unknown-provider'
  | 'unknown-colours'
  | 'tempo-account-refused'
  | 'import-unknown'
  | 'import-damaged'
  | 'import-too-large'
  | 'import-unreadable'
  | 'import-foreign'
  | 'import-direction';

/** Errors that end without the user: the provider, Enedis or the network is down, or asks to wait. */
const OUTAGES: ReadonlySet<ErrorKey> = new Set<ErrorKey>([
  'account-quota',
  'too-many-calls',
  'enedis-down',
  'gateway-down',
  'source-down',
  'unreachable',
  'timeout',
  'bad-answer',
  'database-unreachable',
]);

/** Errors of the store, not of what was requested. */
const OF_STORE: ReadonlySet<ErrorKey> = new Set<ErrorKey>([
  'store-unusable',
  'store-in-use',
  'database-unreachable',
  'database-refused',
  'database-tls',
  'database-invalid',
  'database-newer',
  'database-failed',
]);

interface ErrorFacts {
  key: ErrorKey;
  retry: Retry;
  /** Default `range`. */
  scope?: ErrorScope;
  /** How long the server asked to wait, ms. */
  retryAfter?: number | undefined;
  /** What the sentence names instead of the code. */
  about?: string;
}

/**
 * The one error class of this package. It never carries a token, an address or the text of an answer: only a code,
 * its meaning, its scope and its retry policy. Sentences for people are made from `key` where they are shown.
 */
export class LinkyError extends Error {
  readonly key: ErrorKey;
  readonly retry: Retry;
  readonly scope: ErrorScope;
  readonly retryAfter: number | undefined;
  readonly about: string;

  /** @param code Enedis' own (`ADAM-ERR0123`), the system's (`ECONNRESET`), or the HTTP status */
  constructor(
    readonly code: string,
    { key, retry, scope = 'range', retryAfter, about = code }: ErrorFacts,
  ) {
    super(`${key} (${code})`);
    this.name = 'LinkyError';
    this.key = key;
    this.retry = retry;
    this.scope = scope;
    this.retryAfter = retryAfter;
    this.about = about;
  }

  /** Whether it ends by itself: the provider, Enedis or the network is down, or asks to wait. */
  get isOutage(): boolean {
    return OUTAGES.has(this.key);
  }

  /** Whether the store cannot be used. */
  get isOfStore(): boolean {
    return OF_STORE.has(this.key);
  }

  /** Whether Enedis has no data (yet) for the requested days: not a failure while yesterday is awaited. */
  get isEmpty(): boolean {
    return this.key === 'nothing-yet';
  }

  /**
   * Why the requested days lie below the history floor; undefined where the error does not say so. Without hourly
   * collection no load curve was recorded: it does not exist for past days.
   */
  get floorReason(): FloorReason | undefined {
    if (this.key === 'hourly-not-activated') return 'not-available';
    if (this.key !== 'nothing-older') return undefined;
    return hyphenated(this.code) === BEFORE_ACTIVATION ? 'no-meter' : 'not-available';
  }
}

/** Enedis writes some codes with hyphens or with underscores: they are compared with hyphens. */
const hyphenated = (code: string): string => code.replaceAll('_', '-');

/** The only code that says that the meter was not in service. */
const BEFORE_ACTIVATION = 'ADAM-ERR0123';

const NOTHING_OLDER: ErrorFacts = { key: 'nothing-older', retry: 'next-slot' };
const NOTHING_YET: ErrorFacts = { key: 'nothing-yet', retry: 'next-slot' };
const NO_CONSENT: ErrorFacts = { key: 'consent', retry: 'tomorrow', scope: 'series' };
const NOT_HOLDER: ErrorFacts = { key: 'not-holder', retry: 'tomorrow', scope: 'series' };
const ENEDIS_DOWN: ErrorFacts = { key: 'enedis-down', retry: 'soon' };
const BAD_REQUEST: ErrorFacts = { key: 'bad-request', retry: 'tomorrow' };
const THROTTLED: ErrorFacts = { key: 'too-many-calls', retry: 'next-slot', scope: 'usage-point' };
const BEARER_REFUSED: ErrorFacts = { key: 'token-refused', retry: 'tomorrow', scope: 'usage-point' };

/** Their answers are final: a `Retry-After` does not make another request useful. */
const FINAL: readonly ErrorFacts[] = [NOTHING_OLDER, NOTHING_YET];

const BY_CODE: Record<string, ErrorFacts> = {
  [BEFORE_ACTIVATION]: NOTHING_OLDER,
  'ADAM-ERR0125': NOTHING_OLDER,
  'ADAM-DC-0016': NOTHING_OLDER,
  'ADAM-DC-0009': NOTHING_OLDER,
  'DATE-TOO-OLD': NOTHING_OLDER,
  'ADAM-DC-0007': NOT_HOLDER,
  'ACCESS-DENIED': NOT_HOLDER,
  'ADAM-DC-0008': NO_CONSENT,
  'ADAM-ERR0191': { key: 'hourly-not-activated', retry: 'tomorrow' },
  'no-data-found': NOTHING_YET,
  'NO-DATA': NOTHING_YET,
  // Not an empty range: some of its data exist.
  'PARTIAL-DATA': { key: 'bad-answer', retry: 'next-slot' },
  'technical-error': ENEDIS_DOWN,
  'ENEDIS-UNAVAILABLE': ENEDIS_DOWN,
  'ENEDIS-ERROR': ENEDIS_DOWN,
  'INVALID-DATE-RANGE': BAD_REQUEST,
  'INVALID-DATE-FORMAT': BAD_REQUEST,
  'RATE-LIMIT-EXCEEDED': { key: 'account-quota', retry: 'next-slot', scope: 'usage-point' },
  900804: THROTTLED,
  900807: THROTTLED,
  900901: BEARER_REFUSED,
  900902: BEARER_REFUSED,
};

// Some errors come with a description and no code.
const BY_DESCRIPTION: readonly [RegExp, ErrorFacts][] = [
  [/pas titulaire du point/i, NOT_HOLDER],
  [/pas autoris\S+ pour le point/i, NO_CONSENT],
  [/pas de mesure trouv/i, NOTHING_YET],
  [/sla d\S+pass/i, THROTTLED],
  // The gateway cannot renew its own bearer at Enedis. This lasts hours to days: retries do not help.
  [/rafra\S+chir le token/i, { key: 'gateway-down', retry: 'next-slot' }],
];

/** What an answer that is no success says about the error. */
export interface ErrorAnswer {
  /** The body is a page for people. */
  isHtml?: boolean;
  /** HTTP status, or the one that the gateway means. */
  status: number;
  code?: string | undefined;
  /** In Enedis' or the gateway's words: compared with known texts, never shown. */
  description?: string | undefined;
  /** How long the server asks to wait, ms. */
  retryAfter?: number | undefined;
}

/** The longest wait, ms, after which a request is retried within the same slot. */
export const SHORT_WAIT = 5 * 60_000;

/**
 * Classifies an answer that is no success.
 * @param direction of the requested series: Enedis has one code for "this direction does not fit the usage point"
 */
export function classifyError(
  { status, code, description, retryAfter, isHtml = false }: ErrorAnswer,
  direction: Direction,
): LinkyError {
  const error = (facts: ErrorFacts): LinkyError => {
    const isShortWait = retryAfter !== undefined && retryAfter <= SHORT_WAIT;
    const retry = facts.retry === 'next-slot' && isShortWait && !FINAL.includes(facts) ? 'soon' : facts.retry;
    return new LinkyError(code ?? String(status), { ...facts, retry, retryAfter });
  };
  if (code === 'ADAM-ERR0069') {
    return error({ key: `no-${direction}`, retry: 'after-change', scope: 'series' });
  }
  const known =
    BY_CODE[hyphenated(code ?? '')] ??
    BY_DESCRIPTION.find(([pattern]) => pattern.test(description ?? ''))?.[1];
  if (known) return error(known);
  if (status === 401) return error(BEARER_REFUSED);
  if (status === 404) {
    // With one of Enedis' codes the range is empty; without a code the server does not know the path.
    if (code !== undefined) return error(NOTHING_YET);
    return error({ key: 'wrong-address', retry: 'next-slot', scope: 'usage-point' });
  }
  if (status === 429) return error(THROTTLED);
  if (status >= 500) return error(ENEDIS_DOWN);
  // A proxy or firewall in between refuses every request: this says nothing about the user's consent.
  if (status === 403 && isHtml) {
    return error({ key: 'gateway-down', retry: 'next-slot', scope: 'usage-point' });
  }
  if (status >= 300 && status < 400) {
    return error({ key: 'redirected', retry: 'next-slot', scope: 'usage-point' });
  }
  // With a code, Enedis says what is wrong, and the same request fails again; a refusal without one may be temporary.
  const retry = code === undefined ? 'next-slot' : 'tomorrow';
  return status === 403
    ? error({ key: 'unauthorized', retry, scope: 'series' })
    : error({ key: 'bad-request', retry });
}

/**
 * Reads the error in a body: Enedis' `{error, error_description}`, `{code, message}` and
 * `{code, message, description, nextAccessTime}`, its API manager's `{fault: {…}}`, and a gateway's
 * `{message, error: {…}}` with one of them inside.
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
    // A gateway may report Enedis' error in its own message, which contains Enedis' code.
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
  // Only what has the form of a code: a server could return a credential in this field.
  return typeof text === 'string' && CODE.test(text) ? text : undefined;
}

/** How long until Enedis' `2026-Jul-22 05:00:00+0000 UTC`, ms. */
function waitUntil(text: unknown, now: number): number | undefined {
  if (typeof text !== 'string') return undefined;
  const at = DateTime.fromFormat(text, "yyyy-LLL-dd HH:mm:ssZZZ 'UTC'", { locale: 'en' });
  return at.isValid ? Math.max(0, at.toMillis() - now) : undefined;
}

/** The configuration is incomplete or invalid: no request is made until it changes. */
export const misconfigured = (key: ErrorKey, about: string = key): LinkyError =>
  new LinkyError(key, { key, retry: 'after-change', scope: 'usage-point', about });

/** The account or application is refused. The user or the provider may have corrected it by tomorrow. */
export const refused = (key: ErrorKey, code: string, about = code): LinkyError =>
  new LinkyError(code, { key, retry: 'tomorrow', scope: 'usage-point', about });

/** The content is not an answer of Enedis' interfaces. */
export const badAnswer = (): LinkyError => new LinkyError('bad-answer', { key: 'bad-answer', retry: 'soon' });

/** The answer took too long. */
export const timedOut = (): LinkyError => new LinkyError('ETIMEDOUT', { key: 'timeout', retry: 'soon' });

/** How long a `Retry-After` header asks to wait, in ms: seconds, or a date to be compared with `now`. */
export function retryAfterOf(header: unknown, now: number): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d{1,7}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
