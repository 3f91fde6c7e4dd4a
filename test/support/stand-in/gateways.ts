import { dayAt, isDay, managerTime, minutesBefore, utcDayAt, yearsBefore, type Day } from './calendar';
import { meteringOf, situationOf, synthesisOf, type Contract } from './contract';
import {
  enedisError,
  errorBody,
  isMyElectricalDataCode,
  isUsagePoint,
  MALFORMED_USAGE_POINT,
  type EnedisError,
  type MyElectricalDataCode,
  type Outcome,
  type Question,
} from './enedis';
import { measureOf, SERIES, type Point, type Series } from './wire';

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
  userAgent: string | undefined;
  /** `X-MED-Format` */
  medFormat: string | undefined;
  body: string;
}

/** What somebody asks a gateway for; `undefined` where the address tells nothing. */
export interface Asked {
  series: Series | 'token' | 'contract' | 'usage-points' | 'consent' | undefined;
  usagePoint: string | undefined;
  start: string | undefined;
  end: string | undefined;
}

/** A usage point that a consent opened. */
export interface Authorised {
  pointId: string;
  /** `ACTIF`, `DEMANDE`, `TERMINE` … */
  etatCode: string;
}

/** Who may come in; may change while a test runs. */
export interface Doors {
  /** What Conso API accepts. */
  token: string;
  /** What Data Connect accepts. */
  clientId: string;
  /** What Data Connect and MyElectricalData accept. */
  clientSecret: string;
  /** Whether Data Connect tells `expires_in` as text. */
  expiresInAsText: boolean;
  /** Uncached calls in a UTC day, MyElectricalData. */
  quota: number;
  /** Calls an hour to each API of Data Connect; none: as many as one likes. */
  hourlyLimit?: number;
  /** Whether Conso API has blocked this address. */
  blocked?: boolean;
  /** The usage points whose holders consented; none: every one. */
  usagePoints?: readonly string[];
  activation?: Day | undefined;
  /** The contract of every usage point; none: the consent does not cover it. */
  contract?: Contract | undefined;
  /** As Enedis writes them; none: the application has not subscribed `comptage_auto`. */
  offPeakHours?: string | undefined;
  /** What Data Connect knows of each `autorisation_id`. */
  authorisations?: Record<number, readonly Authorised[]>;
}

export interface Gateway {
  read(method: string, url: URL): Asked;
  /** What the gateway answers without asking Enedis: refusals, and addresses of its own. */
  own(asked: Asked, incoming: Incoming): Answer | undefined;
  /** Enedis' answer in the gateway's wrapping. */
  present(outcome: Outcome): Answer;
  /** Hears what went out, where nothing went wrong on purpose. */
  remember(incoming: Incoming, answer: Answer): void;
  /** Data Connect takes back every bearer it gave out. */
  revoke(): void;
}

const NOTHING: Asked = { series: undefined, usagePoint: undefined, start: undefined, end: undefined };

export function createGateway(name: GatewayName, doors: Doors, now: () => number): Gateway {
  return { conso, myelectricaldata, dataconnect }[name](doors, now);
}

const isSeries = (asked: Asked['series']): asked is Series => (SERIES as readonly unknown[]).includes(asked);

/** @returns undefined where the question is not even complete enough to be one */
export function questionOf({ series, usagePoint, start, end }: Asked): Question | undefined {
  if (!isSeries(series)) return undefined;
  return { series, usagePoint: usagePoint ?? '', start: start ?? '', end: end ?? '' };
}

// ---- What Conso API and Data Connect have in common: Enedis' resources and their parameters

const RESOURCES: Record<string, Series> = {
  courbe_de_charge_consommation: 'consumption-load-curve',
  consommation_quotidienne: 'consumption-daily',
  puissance_conso_max_quotidienne: 'consumption-max-power',
  index_consommation: 'consumption-registers',
  courbe_de_charge_production: 'production-load-curve',
  production_quotidienne: 'production-daily',
  index_production: 'production-registers',
};

const MAX_POWER_PARAMETERS: Record<string, string> = { mesuresPas: 'P1D', grandeurPhysique: 'PMA' };

const seriesOf = (resource: string | undefined): Series | undefined =>
  resource !== undefined && Object.hasOwn(RESOURCES, resource) ? RESOURCES[resource] : undefined;

const askedByQuery = (series: Series | undefined, { searchParams }: URL): Asked => ({
  series,
  usagePoint: searchParams.get('pointId') ?? undefined,
  start: searchParams.get('dateDebut') ?? undefined,
  end: searchParams.get('dateFin') ?? undefined,
});

/** Whether each of `needed` is there once, of `allowed` at most once, and nothing else. */
function hasParameters(url: URL, needed: readonly string[], allowed: readonly string[] = []): boolean {
  const names = [...url.searchParams.keys()];
  return (
    new Set(names).size === names.length &&
    needed.every((name) => names.includes(name)) &&
    names.every((name) => needed.includes(name) || allowed.includes(name))
  );
}

/** @param filledIn whether the gateway fills in what max power needs */
function isInSwagger(series: Series, url: URL, filledIn: boolean): boolean {
  const period = ['pointId', 'dateDebut', 'dateFin'];
  if (measureOf(series) !== 'max-power') return hasParameters(url, period);
  const more = Object.entries(MAX_POWER_PARAMETERS);
  const names = more.map(([name]) => name);
  return (
    (filledIn ? hasParameters(url, period, names) : hasParameters(url, [...period, ...names])) &&
    more.every(([name, value]) => (url.searchParams.get(name) ?? value) === value)
  );
}

// ---- Conso API

const LEGACY_TYPES = [
  'daily_consumption',
  'consumption_load_curve',
  'consumption_max_power',
  'daily_production',
  'production_load_curve',
];

const HANDED_ON = 'The Enedis API returned an error';

/** What Conso API asks for: who calls, and where to find them. */
const SAYS_WHO = /^[^\s/:]+[/\s].*https?:\/\/\S+/;

export const BLOCKED: Answer = {
  status: 403,
  body: '<!DOCTYPE html>\n<html><head><title>403 Forbidden</title></head><body><h1>Forbidden</h1></body></html>\n',
  headers: { 'content-type': 'text/html; charset=utf-8' },
};

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
  const handOn = (wrong: EnedisError): Answer =>
    wrong.code === undefined && wrong.status === 500
      ? error(500, wrong.description)
      : error(wrong.status, HANDED_ON, errorBody(wrong));
  const resourceOf = ({ pathname }: URL): string | undefined => /^\/api\/([^/]+)$/.exec(pathname)?.[1];

  return {
    read(_method, url) {
      const series = seriesOf(resourceOf(url));
      return series === undefined ? NOTHING : askedByQuery(series, url);
    },
    own({ series, usagePoint = '' }, { method, url, authorization, userAgent = '' }) {
      if (doors.blocked) return BLOCKED;
      if (!url.pathname.startsWith('/api/')) return { status: 404, body: 'Page not found' };
      if (method !== 'GET') return error(405, 'Seule la méthode GET est autorisée');
      if (!SAYS_WHO.test(userAgent)) {
        return error(400, "Le header 'User-Agent' doit nommer votre projet et son adresse");
      }
      if (LEGACY_TYPES.includes(resourceOf(url) ?? '')) return handOn(enedisError('technical_error'));
      if (!isSeries(series)) return error(404, "Cette ressource n'existe pas");
      if (!isInSwagger(series, url, true)) return handOn(enedisError('technical_error'));
      const [, token] = /^Bearer (\S+)$/.exec(authorization ?? '') ?? [];
      if (token === undefined) return error(401, "Le header 'Authorization' est manquant ou invalide");
      if (!opens(token, usagePoint)) {
        return error(401, "Votre token est invalide ou ne permet pas d'accéder à ce PRM");
      }
      return undefined;
    },
    present(outcome) {
      return 'content' in outcome ? { status: 200, body: outcome.content } : handOn(outcome.error);
    },
    remember: nothing,
    revoke: nothing,
  };
}

// ---- MyElectricalData, second server

const MYELECTRICALDATA_PATHS: Record<string, Series> = {
  'consumption/detail': 'consumption-load-curve',
  'consumption/daily': 'consumption-daily',
  power: 'consumption-max-power',
  'production/detail': 'production-load-curve',
  'production/daily': 'production-daily',
};

/** How MyElectricalData calls Enedis' errors; all others `ENEDIS_ERROR`. */
const MYELECTRICALDATA_NAMES: Record<string, MyElectricalDataCode | 'ADAM-ERR0123'> = {
  'ADAM-DC-0007': 'ACCESS_DENIED',
  'ADAM-DC-0008': 'ACCESS_DENIED',
  ADAM_DC_0008: 'ACCESS_DENIED',
  'ADAM-DC-0009': 'ACCESS_DENIED',
  'ADAM-DC-0015': 'INVALID_DATE_RANGE',
  'ADAM-DC-0016': 'DATE_TOO_OLD',
  'ADAM-ERR0123': 'ADAM-ERR0123',
  'ADAM-ERR0125': 'DATE_TOO_OLD',
  Invalid_request: 'INVALID_DATE_RANGE',
  no_data_found: 'NO_DATA',
  technical_error: 'ENEDIS_UNAVAILABLE',
  900804: 'RATE_LIMIT_EXCEEDED',
  900807: 'RATE_LIMIT_EXCEEDED',
  "Le client n'est pas titulaire du point demandé": 'ACCESS_DENIED',
  "n'est pas autorisé pour le point demandé": 'ACCESS_DENIED',
  'Pas de mesure trouvée pour ce point': 'NO_DATA',
  'SLA dépassé': 'RATE_LIMIT_EXCEEDED',
};

function myelectricaldata(doors: Doors, now: () => number): Gateway {
  /** What was answered today (UTC) with success, by path and parameters. */
  const cache = new Map<string, Answer>();
  let today: Day | undefined;
  let used = 0;
  const startDay = (): void => {
    const day = utcDayAt(now());
    if (day === today) return;
    today = day;
    used = 0;
    cache.clear();
  };

  const success = (data: unknown): Answer => ({ status: 200, body: { success: true, data } });
  const failure = (error: EnedisError): Answer => {
    const { code, description, message } = error;
    const name =
      code !== undefined && isMyElectricalDataCode(code)
        ? code
        : (MYELECTRICALDATA_NAMES[code ?? description] ?? 'ENEDIS_ERROR');
    const told = name === 'ENEDIS_ERROR' && code !== undefined ? `${code}: ${description}` : description;
    return { status: 200, body: { success: false, error: { code: name, message: message ?? told } } };
  };
  const refuse = (code: MyElectricalDataCode): Answer => failure(enedisError(code));
  const keyOf = ({ pathname, searchParams }: URL): string => `${pathname}?${searchParams}`;

  const contract = (usagePoint: string): Answer => {
    if (!doors.contract || !consents(doors, usagePoint)) return refuse('ACCESS_DENIED');
    return success({
      situation_contrat: situationOf(doors.contract, usagePoint),
      synthese_contrat: synthesisOf(doors.contract, doors.activation),
      comptage: doors.offPeakHours === undefined ? null : meteringOf(doors.offPeakHours),
    });
  };

  return {
    read(_method, { pathname, searchParams }) {
      if (pathname === '/api/pdl') return { ...NOTHING, series: 'usage-points' };
      const [, path = '', usagePoint] = /^\/api\/enedis\/(.+)\/([^/]+)$/.exec(pathname) ?? [];
      if (path === 'contract') return { ...NOTHING, series: 'contract', usagePoint };
      const series = Object.hasOwn(MYELECTRICALDATA_PATHS, path) ? MYELECTRICALDATA_PATHS[path] : undefined;
      if (series === undefined) return NOTHING;
      const [start, end] = ['start', 'end'].map((name) => searchParams.get(name) ?? undefined);
      return { series, usagePoint, start, end };
    },
    own(asked, { method, url, authorization, medFormat }) {
      const { series, usagePoint = '' } = asked;
      if (series === undefined) return { status: 404, body: { detail: 'Not Found' } };
      if (method !== 'GET') return { status: 405, body: { detail: 'Method Not Allowed' } };
      if (authorization !== `Bearer ${doors.clientSecret}`) {
        return { status: 401, body: { detail: 'Could not validate credentials' } };
      }
      if (series === 'usage-points') {
        return success((doors.usagePoints ?? []).map((point) => ({ usage_point_id: point, name: 'Maison' })));
      }
      const needed = isSeries(series) ? ['start', 'end'] : [];
      if (medFormat !== '2026' || !hasParameters(url, needed)) return refuse('INVALID_DATE_FORMAT');
      const wrong = isSeries(series) ? datesWrong(series, asked, dayAt(now())) : undefined;
      if (wrong) return refuse(wrong);
      if (!isUsagePoint(usagePoint)) return refuse('ACCESS_DENIED');
      startDay();
      const cached = cache.get(keyOf(url));
      if (cached) return cached;
      if (used >= doors.quota) return refuse('RATE_LIMIT_EXCEEDED');
      used += 1;
      return series === 'contract' ? contract(usagePoint) : undefined;
    },
    present(outcome) {
      return 'content' in outcome ? success(labelledAtStart(outcome.content)) : failure(outcome.error);
    },
    remember({ url }, answer) {
      const { success: succeeded } = answer.body as { success?: unknown };
      if (succeeded === true && url.pathname.startsWith('/api/enedis/')) {
        startDay();
        cache.set(keyOf(url), answer);
      }
    },
    revoke: nothing,
  };
}

function datesWrong(series: Series, { start, end }: Asked, today: Day): MyElectricalDataCode | undefined {
  if (start === undefined || end === undefined || !isDay(start) || !isDay(end)) return 'INVALID_DATE_FORMAT';
  if (start >= end || end > today) return 'INVALID_DATE_RANGE';
  return start < yearsBefore(today, measureOf(series) === 'load-curve' ? 2 : 3) ? 'DATE_TOO_OLD' : undefined;
}

/** Load-curve points (those with a length) named after their start; what is no answer at all stays as it is. */
function labelledAtStart(content: unknown): unknown {
  const quantities = (content as { grandeur?: unknown } | null)?.grandeur;
  if (!Array.isArray(quantities)) return content;
  const relabelled = (point: Partial<Point> | null): unknown => {
    const [, minutes] = /^PT(\d+)M$/.exec(point?.p ?? '') ?? [];
    const d = minutes === undefined ? undefined : minutesBefore(String(point?.d), Number(minutes));
    return d === undefined ? point : { ...point, d };
  };
  return {
    ...(content as object),
    grandeur: quantities.map((quantity: { points?: unknown } | null) =>
      Array.isArray(quantity?.points)
        ? { ...quantity, points: (quantity.points as (Partial<Point> | null)[]).map(relabelled) }
        : quantity,
    ),
  };
}

// ---- Enedis Data Connect 2026

const MEASURES = /^\/mesure_synchrone_auto\/v2\/([^/]+)$/;
const CONTRACTS = /^\/(situation_contrat_auto|synth_contrat_auto|comptage_auto)\/v1\/([^/]+)$/;
const CONSENT = '/subscribed_services/v1';

/** How long a bearer lives, seconds. */
const BEARER_LIFE = 12_600;

const HOUR = 3_600_000;

function dataconnect(doors: Doors, now: () => number): Gateway {
  const expiry = new Map<string, number>();
  const lastHour = new Map<string, number[]>();
  let given = 0;

  const token = ({ method, contentType, body }: Incoming): Answer => {
    if (method !== 'POST') return { status: 405 };
    if (mediaType(contentType) !== 'application/x-www-form-urlencoded') return { status: 415 };
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

  /** Counts the call, or says when the next one may come. */
  const throttle = (api: string): Answer | undefined => {
    const recent = (lastHour.get(api) ?? []).filter((at) => at > now() - HOUR);
    lastHour.set(api, recent);
    const [oldest] = recent;
    if (oldest !== undefined && recent.length >= (doors.hourlyLimit ?? Infinity)) {
      return refuse(throttledUntil(Math.ceil((oldest + HOUR) / 1000) * 1000));
    }
    recent.push(now());
    return undefined;
  };

  const consent = ({ contentType, body }: Incoming): Answer => {
    if (mediaType(contentType) !== 'application/json') return { status: 415 };
    const id = authorisationIn(body);
    if (id === undefined) return refuse(enedisError('technical_error'));
    const authorised = doors.authorisations?.[id];
    if (!authorised) return refuse(enedisError('Invalid_request'));
    const services = authorised.map((point) => ({ ...point, soutirage: true, injection: false }));
    return { status: 200, body: { nbTotalServices: services.length, serviceSouscrit: services } };
  };

  const contract = (url: URL, usagePoint: string): Answer => {
    if (!hasParameters(url, [])) return refuse(enedisError('technical_error'));
    if (!isUsagePoint(usagePoint)) return refuse(MALFORMED_USAGE_POINT);
    const api = CONTRACTS.exec(url.pathname)?.[1];
    if (api === 'comptage_auto' && doors.offPeakHours === undefined) return refuse(enedisError('900908'));
    if (!consents(doors, usagePoint)) return refuse(enedisError('ADAM-DC-0008'));
    if (api === 'comptage_auto') return { status: 200, body: meteringOf(doors.offPeakHours ?? '') };
    if (!doors.contract) return refuse(enedisError('ADAM-DC-0008'));
    const body =
      api === 'situation_contrat_auto'
        ? situationOf(doors.contract, usagePoint)
        : synthesisOf(doors.contract, doors.activation);
    return { status: 200, body };
  };

  return {
    read(_method, url) {
      if (url.pathname === '/oauth2/v3/token') return { ...NOTHING, series: 'token' };
      if (url.pathname === CONSENT) return { ...NOTHING, series: 'consent' };
      const [, , usagePoint] = CONTRACTS.exec(url.pathname) ?? [];
      if (usagePoint !== undefined) return { ...NOTHING, series: 'contract', usagePoint };
      const series = seriesOf(MEASURES.exec(url.pathname)?.[1]);
      return series === undefined ? NOTHING : askedByQuery(series, url);
    },
    own({ series, usagePoint = '' }, incoming) {
      const { method, url, authorization } = incoming;
      if (series === 'token') return token(incoming);
      if (series === undefined) {
        return fault(404, 'No matching resource', 'No matching resource found for given API Request');
      }
      if (method !== (series === 'consent' ? 'POST' : 'GET')) {
        return fault(405, 'Method not allowed', 'Method not allowed');
      }
      if (authorization === undefined) return refuse(enedisError('900902'));
      const [, bearer = ''] = /^Bearer (\S+)$/.exec(authorization) ?? [];
      if ((expiry.get(bearer) ?? 0) <= now()) return refuse(enedisError('900901'));
      const tooMany = throttle(url.pathname.split('/')[1] ?? '');
      if (tooMany) return tooMany;
      if (series === 'consent') return consent(incoming);
      if (series === 'contract') return contract(url, usagePoint);
      if (!isSeries(series) || isInSwagger(series, url, false)) return undefined;
      return refuse(enedisError('technical_error'));
    },
    present(outcome) {
      return 'content' in outcome ? { status: 200, body: outcome.content } : refuse(outcome.error);
    },
    remember: nothing,
    revoke: () => {
      expiry.clear();
    },
  };
}

const mediaType = (contentType: string | undefined): string | undefined => contentType?.split(';')[0]?.trim();

/** @returns undefined where the body is anything but what the Swagger asks for */
function authorisationIn(body: string): number | undefined {
  try {
    const { autorisationId, comptage, ...more } = JSON.parse(body) as Record<string, unknown>;
    const right = typeof comptage === 'boolean' && Object.keys(more).length === 0;
    return right && Number.isSafeInteger(autorisationId) ? (autorisationId as number) : undefined;
  } catch {
    return undefined;
  }
}

const refuse = (error: EnedisError): Answer => ({ status: error.status, body: errorBody(error) });

/** What the API manager says when there were too many calls. */
export function throttledUntil(instant: number): EnedisError {
  const until = managerTime(instant);
  return {
    ...enedisError('900804'),
    description: `You have exceeded your quota .You can access API after ${until}`,
    nextAccessTime: until,
  };
}

const consents = ({ usagePoints }: Doors, usagePoint: string): boolean =>
  usagePoints?.includes(usagePoint) ?? true;

const oauthError = (status: number, error: string, description: string): Answer => ({
  status,
  body: { error, error_description: description },
});

const fault = (status: number, message: string, description: string): Answer => ({
  status,
  body: { fault: { code: status, message, description } },
});

function nothing(): void {
  // Conso API's tokens live outside, and neither it nor Data Connect keeps answers.
}
