import { dayAt, wallIso, type Day } from './calendar';
import { enedisError, type EnedisError, type Outcome, type Question } from './enedis';
import type { Series } from './wire';

export type GatewayName = 'conso' | 'myelectricaldata' | 'dataconnect';

export interface Answer {
  status: number;
  /** Text goes out as it is, anything else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Incoming {
  method: string;
  url: URL;
  authorization: string | undefined;
  contentType: string | undefined;
  body: string;
}

/** What somebody asks a gateway for; `undefined` where the address tells nothing. */
export interface Asked {
  series: Series | 'token' | 'valid-access' | 'contracts' | undefined;
  usagePoint: string | undefined;
  start: string | undefined;
  end: string | undefined;
}

/** How MyElectricalData puts Enedis' error into `detail`: its description alone, as an object, or that as JSON text. */
export type Detail = 'text' | 'object' | 'json';

/** Who may come in; may change while a test runs. */
export interface Doors {
  /** What Conso API and MyElectricalData accept. */
  token: string;
  /** What Data Connect accepts. */
  clientId: string;
  clientSecret: string;
  /** Whether Data Connect tells `expires_in` as text. */
  expiresInAsText: boolean;
  /** Calls a day and usage point, MyElectricalData. */
  quota: number;
  detail: Detail;
  /** The contract of every usage point, as Enedis writes it; none: the consent does not cover it. */
  contract?: Record<string, string> | undefined;
}

export interface Gateway {
  read(method: string, url: URL): Asked;
  /** What the gateway answers without asking Enedis: refusals, and addresses of its own. */
  own(asked: Asked, incoming: Incoming): Answer | undefined;
  /** Enedis' answer in the gateway's wrapping. */
  present(outcome: Outcome): Answer;
  /** An error of the API manager in front of Enedis, handed on. */
  pass(status: number, body: unknown): Answer;
  /** Data Connect takes back every bearer it gave out. */
  revoke(): void;
}

const NOTHING: Asked = { series: undefined, usagePoint: undefined, start: undefined, end: undefined };

export function createGateway(name: GatewayName, doors: Doors, now: () => number): Gateway {
  return { conso, myelectricaldata, dataconnect }[name](doors, now);
}

/** @returns undefined where the question is not even complete enough to be one */
export function questionOf({ series, usagePoint, start, end }: Asked): Question | undefined {
  if (series === undefined || series === 'token' || series === 'valid-access' || series === 'contracts') {
    return undefined;
  }
  return { series, usagePoint: usagePoint ?? '', start: start ?? '', end: end ?? '' };
}

const askedByQuery = (series: Asked['series'], url: URL, usagePointName: string): Asked => ({
  series,
  usagePoint: url.searchParams.get(usagePointName) ?? undefined,
  start: url.searchParams.get('start') ?? undefined,
  end: url.searchParams.get('end') ?? undefined,
});

// ---- Conso API, after its published source

const CONSO_TYPES: Record<string, Series> = {
  daily_consumption: 'consumption-daily',
  consumption_load_curve: 'consumption-load-curve',
  consumption_max_power: 'consumption-max-power',
  daily_production: 'production-daily',
  production_load_curve: 'production-load-curve',
};

const HANDED_ON = 'The Enedis API returned an error';

/** A token as Conso API makes them: a JWT that names the usage points it opens. Its signature is never looked at. */
export function consoToken(usagePoints: readonly string[], expiresAt: number): string {
  const seconds = Math.floor(expiresAt / 1000);
  const parts = [
    { alg: 'HS256' },
    { iat: seconds - (364 + 365 + 365) * 86_400, exp: seconds, sub: usagePoints },
  ];
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return [...text, Buffer.from('not verified').toString('base64url')].join('.');
}

function jwtPayload(token: string): { sub: unknown[]; exp: number } | undefined {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const { sub, exp } = payload as { sub?: unknown; exp?: unknown };
    return Array.isArray(sub) && typeof exp === 'number' ? { sub, exp } : undefined;
  } catch {
    return undefined;
  }
}

function conso(doors: Doors, now: () => number): Gateway {
  const error = (status: number, message: string, more?: unknown): Answer => ({
    status,
    body: { status, message, ...(more === undefined ? {} : { error: more }) },
  });
  const opens = (token: string, usagePoint: string): boolean => {
    if (token !== doors.token) return false;
    const payload = jwtPayload(token);
    return !payload || (payload.sub.includes(usagePoint) && payload.exp * 1000 > now());
  };
  return {
    read(_method, url) {
      const [, type] = /^\/api\/([^/]+)$/.exec(url.pathname) ?? [];
      return type === undefined ? NOTHING : askedByQuery(CONSO_TYPES[type], url, 'prm');
    },
    own(asked, { method, url, authorization }) {
      if (!url.pathname.startsWith('/api/')) return { status: 404, body: 'Page not found' };
      if (method !== 'GET') return error(405, 'Seule la méthode GET est autorisée');
      const wrong = consoIssues(asked);
      if (wrong.length > 0) {
        return error(400, 'Paramètres invalides', { issues: wrong, name: 'ZodError' });
      }
      const [, token] = authorization?.split(' ') ?? [];
      if (!token) return error(400, "Le header 'Authorization' est manquant ou invalide");
      if (!opens(token, asked.usagePoint ?? '')) {
        return error(401, "Votre token est invalide ou ne permet pas d'accéder à ce PRM");
      }
      return undefined;
    },
    present(outcome) {
      if ('reading' in outcome) return { status: 200, body: outcome.reading };
      const { status } = outcome.error;
      return error(status, HANDED_ON, enedisBody(outcome.error));
    },
    pass: (status, body) => error(status, HANDED_ON, body),
    revoke: nothing,
  };
}

function consoIssues({ series, usagePoint, start, end }: Asked): { path: string[]; message: string }[] {
  const dated = /20[0-9]{2}-[0-9]{2}-[0-9]{2}/;
  const checks: [string, boolean][] = [
    ['type', series !== undefined],
    ['prm', usagePoint?.length === 14],
    ['start', start !== undefined && dated.test(start)],
    ['end', end !== undefined && dated.test(end)],
  ];
  return checks.filter(([, right]) => !right).map(([name]) => ({ path: [name], message: 'Invalid' }));
}

// ---- MyElectricalData, after what its clients recorded

const MYELECTRICALDATA_RESOURCES: Record<string, Series> = {
  daily_consumption: 'consumption-daily',
  consumption_load_curve: 'consumption-load-curve',
  daily_consumption_max_power: 'consumption-max-power',
  daily_production: 'production-daily',
  production_load_curve: 'production-load-curve',
};

function myelectricaldata(doors: Doors, now: () => number): Gateway {
  const calls = new Map<string, { day: Day; count: number }>();
  let lastCall: number | undefined;
  const count = (usagePoint: string): number => {
    const known = calls.get(usagePoint);
    return known?.day === dayAt(now()) ? known.count : 0;
  };
  const overQuota = (): string => `Vous avez dépassé votre quota journalier (${doors.quota})`;

  const validAccess = (usagePoint: string): Answer => {
    const reached = count(usagePoint) >= doors.quota;
    return {
      status: 200,
      body: {
        valid: !reached,
        information: reached ? overQuota() : '',
        consent_expiration_date: '2029-01-14T15:32:38',
        call_number: count(usagePoint),
        quota_reached: reached,
        quota_limit: doors.quota,
        quota_reset_at: `${dayAt(now())}T23:59:59.999999`,
        last_call: lastCall === undefined ? null : wallIso(lastCall),
        ban: false,
      },
    };
  };

  return {
    read(_method, url) {
      const [, valid] = /^\/valid_access\/([^/]+)$/.exec(url.pathname) ?? [];
      if (valid !== undefined) return { ...NOTHING, series: 'valid-access', usagePoint: valid };
      const [, contract] = /^\/contracts\/([^/]+)$/.exec(url.pathname) ?? [];
      if (contract !== undefined) return { ...NOTHING, series: 'contracts', usagePoint: contract };
      const parts = /^\/([^/]+)\/([^/]+)\/start\/([^/]+)\/end\/([^/]+)$/.exec(url.pathname) ?? [];
      const [, resource, usagePoint, start, end] = parts;
      const series = resource === undefined ? undefined : MYELECTRICALDATA_RESOURCES[resource];
      return series === undefined ? NOTHING : { series, usagePoint, start, end };
    },
    own({ series, usagePoint = '' }, { method, authorization }) {
      if (series === undefined) return { status: 404, body: { detail: 'Not Found' } };
      if (method !== 'GET') return { status: 405, body: { detail: 'Method Not Allowed' } };
      if (authorization !== doors.token) {
        return { status: 401, body: { detail: 'Le point de livraison ne correspond au token fournis' } };
      }
      if (series === 'valid-access') return validAccess(usagePoint);
      if (count(usagePoint) >= doors.quota) return { status: 409, body: { detail: overQuota() } };
      calls.set(usagePoint, { day: dayAt(now()), count: count(usagePoint) + 1 });
      lastCall = now();
      if (series === 'contracts') return contractAnswer(doors, usagePoint) ?? this.present(NO_CONSENT);
      return undefined;
    },
    present(outcome) {
      if ('reading' in outcome) return { status: 200, body: { meter_reading: outcome.reading } };
      const body = enedisBody(outcome.error);
      const details: Record<Detail, unknown> = {
        text: body.error_description,
        object: body,
        json: JSON.stringify(body),
      };
      return { status: outcome.error.status, body: { detail: details[doors.detail] } };
    },
    pass: (status, body) => ({ status, body }),
    revoke: nothing,
  };
}

// ---- Enedis Data Connect v5, after its OpenAPI descriptions

const DATACONNECT_PATHS: Record<string, Series> = {
  '/metering_data_dc/v5/daily_consumption': 'consumption-daily',
  '/metering_data_clc/v5/consumption_load_curve': 'consumption-load-curve',
  '/metering_data_dcmp/v5/daily_consumption_max_power': 'consumption-max-power',
  '/metering_data_dp/v5/daily_production': 'production-daily',
  '/metering_data_plc/v5/production_load_curve': 'production-load-curve',
};

const CONTRACTS_PATH = '/customers_upc/v5/usage_points/contracts';

/** How long a bearer lives, seconds. */
const BEARER_LIFE = 12_600;

function dataconnect(doors: Doors, now: () => number): Gateway {
  const expiry = new Map<string, number>();
  let given = 0;

  const token = ({ method, contentType, body }: Incoming): Answer => {
    if (method !== 'POST') return { status: 405 };
    if (contentType?.split(';')[0] !== 'application/x-www-form-urlencoded') return { status: 415 };
    const form = new URLSearchParams(body);
    const [grant, id, secret] = ['grant_type', 'client_id', 'client_secret'].map((name) => form.get(name));
    if (!grant || !id || !secret)
      return oauthError(400, 'invalid_request', 'a required parameter is missing');
    if (grant !== 'client_credentials') return oauthError(400, 'unsupported_grant_type', 'not supported');
    if (id !== doors.clientId || secret !== doors.clientSecret) {
      return oauthError(401, 'invalid_client', 'Client authentication failed');
    }
    given += 1;
    const bearer = `bearer-${given}`;
    expiry.set(bearer, now() + BEARER_LIFE * 1000);
    return {
      status: 200,
      body: {
        access_token: bearer,
        token_type: 'Bearer',
        expires_in: doors.expiresInAsText ? String(BEARER_LIFE) : BEARER_LIFE,
        scope: '',
      },
    };
  };

  return {
    read(_method, url) {
      if (url.pathname === '/oauth2/v3/token') return { ...NOTHING, series: 'token' };
      if (url.pathname === CONTRACTS_PATH) return askedByQuery('contracts', url, 'usage_point_id');
      const series = DATACONNECT_PATHS[url.pathname];
      return series === undefined ? NOTHING : askedByQuery(series, url, 'usage_point_id');
    },
    own({ series, usagePoint = '' }, incoming) {
      if (series === 'token') return token(incoming);
      if (series === undefined) {
        return fault(404, 'No matching resource', 'No matching resource found for given API Request');
      }
      if (incoming.method !== 'GET') return fault(405, 'Method not allowed', 'Method not allowed');
      if (incoming.authorization === undefined) {
        return fault(401, 'Missing Credentials', 'Make sure your API invocation call has a header', 900902);
      }
      const [, bearer = ''] = /^Bearer (\S+)$/.exec(incoming.authorization) ?? [];
      if ((expiry.get(bearer) ?? 0) > now()) {
        if (series !== 'contracts') return undefined;
        return contractAnswer(doors, usagePoint) ?? this.present(NO_CONSENT);
      }
      return fault(
        401,
        'Invalid Credentials',
        'Make sure you have provided the correct security credentials',
        900901,
      );
    },
    present(outcome) {
      if ('reading' in outcome) return { status: 200, body: { meter_reading: outcome.reading } };
      return { status: outcome.error.status, body: enedisBody(outcome.error) };
    },
    pass: (status, body) => ({ status, body }),
    revoke: () => {
      expiry.clear();
    },
  };
}

const NO_CONSENT: Outcome = { error: enedisError('ADAM-DC-0008') };

function contractAnswer({ contract }: Doors, usagePoint: string): Answer | undefined {
  if (!contract) return undefined;
  const point = { usage_point_id: usagePoint, usage_point_status: 'com', meter_type: 'AMM' };
  const customer = { customer_id: '1358019319', usage_points: [{ usage_point: point, contracts: contract }] };
  return { status: 200, body: { customer } };
}

const oauthError = (status: number, error: string, description: string): Answer => ({
  status,
  body: { error, error_description: description },
});

const fault = (status: number, message: string, description: string, code = status): Answer => ({
  status,
  body: { fault: { code, message, description } },
});

const enedisBody = ({ error, description }: EnedisError): { error: string; error_description: string } => ({
  error,
  error_description: description,
});

function nothing(): void {
  // Its tokens live outside.
}
