import { addDays, dayAt, daysFrom, historyDeadline, isDay, type Day } from './calendar';
import { availableCount, holeOf, type Gaps, type Published } from './publication';
import type { Truth } from './truth';
import {
  dailyPoint,
  directionOf,
  isPointSeries,
  loadCurvePoint,
  maxPowerPoint,
  measureAnswer,
  measureOf,
  registersAnswer,
  type MeasureAnswer,
  type Point,
  type PointSeries,
  type Series,
} from './wire';

/** What a gateway hands on to Enedis, unchecked. */
export interface Question {
  series: Series;
  usagePoint: string;
  start: string;
  end: string;
}

/**
 * How Enedis writes an error:
 * - `error`: `{error, error_description}`
 * - `code`: `{code, message}`
 * - `manager`: `{code, message, description, nextAccessTime}`
 * - `fault`: `{fault: {code, message, description}}`
 */
export type ErrorShape = 'error' | 'code' | 'manager' | 'fault';

export interface EnedisError {
  status: number;
  /** `undefined`: Enedis gives the description alone. */
  code: string | undefined;
  description: string;
  /** What the API manager says before its description. */
  message?: string;
  shape: ErrorShape;
  /** As the API manager writes an instant. */
  nextAccessTime?: string | undefined;
}

export type Outcome = { content: MeasureAnswer } | { error: EnedisError };

/** What Enedis knows of its customers; may change while a test runs. */
export interface Customers {
  /** The usage points whose holders consented. */
  usagePoints: readonly string[];
  activation: Day | undefined;
  /** The first day the consent covers. */
  consentFrom: Day | undefined;
  /** All usage points, or these. */
  noProduction: boolean | readonly string[];
  noConsumption: boolean | readonly string[];
  hourlyNotActivated: boolean | readonly string[];
  published: Published;
  gaps: Gaps;
}

/** Enedis' own errors, with its words. */
const ERRORS = {
  Invalid_request: [400, 'Empty header, bad request format, partial or incorrect data'],
  technical_error: [500, 'Technical error. Please try later.'],
  no_data_found: [404, 'no measure found for this usage point'],
  'ADAM-DC-0007': [400, "Le client n'est pas titulaire du point demandé."],
  'ADAM-DC-0008': [403, 'No consent can be found for this customer and this usage point.'],
  ADAM_DC_0008: [403, 'No consent can be found for this customer and this usage point.'],
  'ADAM-DC-0009': [403, 'The requested period cannot be anterior to the start of the consent.'],
  'ADAM-DC-0015': [400, 'The requested period must be less than 7 days for an access to the load curve.'],
  'ADAM-DC-0016': [400, 'The start date must be greater than the history deadline.'],
  'ADAM-ERR0069': [400, 'Le sens de la mesure ne correspond pas pour le PRM demandé'],
  'ADAM-ERR0123': [400, "The requested period cannot be anterior to the meter's last activation date"],
  'ADAM-ERR0125': [400, 'The start date must be greater than the history deadline.'],
  'ADAM-ERR0191': [
    400,
    'La demande ne peut aboutir : aucun service souscrit ACCES à la donnée pour la période demandée.',
  ],
} as const satisfies Record<string, readonly [status: number, description: string]>;

/** Those of its API manager. */
const MANAGER_ERRORS = {
  900804: [429, 'Message throttled out', 'You have exceeded your quota'],
  900807: [429, 'Message throttled out', 'You have exceeded your quota'],
  900901: [401, 'Invalid Credentials', 'Make sure you have provided the correct security credentials'],
  900902: [401, 'Missing Credentials', 'Make sure your API invocation call has a header'],
  900908: [
    403,
    'Resource forbidden ',
    'User is NOT authorized to access the Resource. API Subscription validation failed.',
  ],
} as const satisfies Record<string, readonly [status: number, message: string, description: string]>;

/** Errors that come without a code. */
const NAMELESS_ERRORS = {
  "Le client n'est pas titulaire du point demandé": 403,
  "n'est pas autorisé pour le point demandé": 403,
  'Pas de mesure trouvée pour ce point': 404,
  'SLA dépassé': 429,
  /** Conso API's own. */
  'Impossible de rafraîchir le token': 500,
} as const satisfies Record<string, number>;

/** MyElectricalData's own. */
const MYELECTRICALDATA_ERRORS = {
  RATE_LIMIT_EXCEEDED: 'Quota journalier dépassé',
  DATE_TOO_OLD: 'La date de début est trop ancienne',
  INVALID_DATE_RANGE: 'La période demandée est invalide',
  INVALID_DATE_FORMAT: 'Le format de date est invalide',
  ENEDIS_UNAVAILABLE: 'Enedis est indisponible',
  ENEDIS_ERROR: 'Enedis a répondu par une erreur',
  ACCESS_DENIED: "L'accès à ce point de livraison est refusé",
  NO_DATA: 'Aucune donnée pour cette période',
  PARTIAL_DATA: 'Les données de cette période sont incomplètes',
} as const satisfies Record<string, string>;

export type MyElectricalDataCode = keyof typeof MYELECTRICALDATA_ERRORS;
export type EnedisCode =
  | keyof typeof ERRORS
  | `${keyof typeof MANAGER_ERRORS}`
  | keyof typeof NAMELESS_ERRORS
  | MyElectricalDataCode;

const has = <T extends object>(table: T, code: string): code is Extract<keyof T, string> =>
  Object.hasOwn(table, code);

export const isMyElectricalDataCode = (code: string): code is MyElectricalDataCode =>
  has(MYELECTRICALDATA_ERRORS, code);

/**
 * @param code or the description of an error that has none
 * @param status another than the usual one: Enedis gives some codes under two
 * @param shape another than the usual one
 */
export function enedisError(code: EnedisCode, status?: number, shape?: ErrorShape): EnedisError {
  const found = known(code);
  return { ...found, status: status ?? found.status, shape: shape ?? found.shape };
}

function known(code: EnedisCode): EnedisError {
  if (has(NAMELESS_ERRORS, code)) {
    return { status: NAMELESS_ERRORS[code], code: undefined, description: code, shape: 'error' };
  }
  if (isMyElectricalDataCode(code)) {
    return { status: 200, code, description: MYELECTRICALDATA_ERRORS[code], shape: 'code' };
  }
  if (has(ERRORS, code)) {
    const [status, description] = ERRORS[code];
    return { status, code, description, shape: 'code' };
  }
  const [status, message, description] = MANAGER_ERRORS[code];
  const shape = status === 401 ? 'fault' : 'manager';
  return { status, code, message, description, shape };
}

/** An error as Enedis writes it. */
export function errorBody({
  code,
  description,
  message = description,
  shape,
  nextAccessTime,
}: EnedisError): unknown {
  const named = code === undefined ? {} : { code };
  switch (shape) {
    case 'error':
      return { ...(code === undefined ? {} : { error: code }), error_description: description };
    case 'code':
      return { ...named, message };
    case 'manager':
      return { ...named, message, description, ...(nextAccessTime === undefined ? {} : { nextAccessTime }) };
    case 'fault':
      return { fault: { ...named, message, description } };
  }
}

const invalid = (description: string): EnedisError => ({ ...enedisError('Invalid_request'), description });

export const isUsagePoint = (text: string): boolean => /^\d{14}$/.test(text);

export const MALFORMED_USAGE_POINT = invalid('pointId parameter must be 14 digits long');

/** Answers as Enedis would at `now`. */
export function askEnedis(question: Question, customers: Customers, truth: Truth, now: number): Outcome {
  const error = refusal(question, customers, dayAt(now));
  if (error) return { error };
  const { series, usagePoint, start, end } = question;
  const available = daysFrom(start, end).flatMap((day) => {
    const gap = holeOf(customers.gaps, series, day, usagePoint);
    const count = availableCount(series, day, gap, customers.published, now);
    return count === 0 ? [] : [{ day, count }];
  });
  if (available.length === 0) return { error: enedisError('no_data_found') };
  if (!isPointSeries(series)) {
    const shown = available.map(({ day }) => ({
      day,
      ...truth.registers(usagePoint, directionOf(series), day),
    }));
    return { content: registersAnswer(series, usagePoint, start, end, shown) };
  }
  const points = available.flatMap(({ day, count }) =>
    pointsOf(series, usagePoint, day, truth).slice(0, count),
  );
  if (points.length === 0) return { error: enedisError('no_data_found') };
  return { content: measureAnswer(series, usagePoint, start, end, points) };
}

function refusal(question: Question, customers: Customers, today: Day): EnedisError | undefined {
  const { series, usagePoint, start, end } = question;
  const measure = measureOf(series);
  const wrongWay = directionOf(series) === 'production' ? customers.noProduction : customers.noConsumption;
  if (!isUsagePoint(usagePoint)) return MALFORMED_USAGE_POINT;
  if (!isDay(start)) return invalid('dateDebut parameter must be in the format YYYY-MM-DD');
  if (!isDay(end)) return invalid('dateFin parameter must be in the format YYYY-MM-DD');
  if (start >= end) return invalid('dateDebut should be before dateFin');
  if (end > today) return invalid('dateFin must not be later than the current date');
  if (!customers.usagePoints.includes(usagePoint)) return enedisError('ADAM-DC-0008');
  if (holds(wrongWay, usagePoint)) return enedisError('ADAM-ERR0069');
  if (measure === 'load-curve') {
    if (holds(customers.hourlyNotActivated, usagePoint)) return enedisError('ADAM-ERR0191');
    if (end > addDays(start, 7)) return enedisError('ADAM-DC-0015');
  } else if (end > addDays(start, 365)) {
    return invalid('The requested period must be less than 365 days');
  }
  if (customers.activation !== undefined && start < customers.activation) return enedisError('ADAM-ERR0123');
  if (start < historyDeadline(today, measure === 'load-curve' ? 24 : 36)) return enedisError('ADAM-ERR0125');
  if (customers.consentFrom !== undefined && start < customers.consentFrom)
    return enedisError('ADAM-DC-0009');
  return undefined;
}

const holds = (which: boolean | readonly string[], usagePoint: string): boolean =>
  typeof which === 'boolean' ? which : which.includes(usagePoint);

function pointsOf(series: PointSeries, usagePoint: string, day: Day, truth: Truth): Point[] {
  const direction = directionOf(series);
  switch (measureOf(series)) {
    case 'daily':
      return [dailyPoint(day, truth.daily(usagePoint, direction, day))];
    case 'max-power':
      return [maxPowerPoint(truth.maxPower(usagePoint, day))];
    default:
      return truth.loadCurve(usagePoint, direction, day).map(loadCurvePoint);
  }
}
