import { addDays, dayAt, daysFrom, historyDeadline, isDay, type Day } from './calendar';
import { availableCount, holeOf, type Holes, type Published } from './publication';
import type { Truth } from './truth';
import {
  dailyEntry,
  directionOf,
  loadCurveEntry,
  maxPowerEntry,
  measureOf,
  meterReading,
  type Entry,
  type MeterReading,
  type Series,
} from './wire';

/** What a gateway hands on to Enedis, unchecked. */
export interface Question {
  series: Series;
  usagePoint: string;
  start: string;
  end: string;
}

export interface EnedisError {
  status: number;
  error: string;
  description: string;
}

export type Outcome = { reading: MeterReading } | { error: EnedisError };

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
  holes: Holes;
}

const INVALID = 'Invalid_request';

/** Enedis' own errors, with its words. */
const ERRORS = {
  'ADAM-DC-0007': [400, "Le client n'est pas titulaire du point demandé."],
  'ADAM-DC-0008': [403, 'No consent can be found for this customer and this usage point.'],
  'ADAM-DC-0009': [403, 'The requested period cannot be anterior to the start of the consent.'],
  'ADAM-DC-0015': [400, 'The requested period must be less than 7 days for an access to the load curve.'],
  'ADAM-DC-0016': [400, 'The start date must be greater than the history deadline.'],
  'ADAM-DC-0500': [500, 'Technical error. Please try later.'],
  'ADAM-ERR0069': [400, 'Le sens de la mesure ne correspond pas pour le PRM demandé'],
  'ADAM-ERR0075': [400, 'The customer objected to the load curve recording'],
  'ADAM-ERR0123': [400, "The requested period cannot be anterior to the meter's last activation date"],
  'ADAM-ERR0125': [400, 'The start date must be greater than the history deadline.'],
  'ADAM-ERR0126': [400, 'The requested period must be less than 7 days for an access to the load curve.'],
  'ADAM-ERR0191': [
    400,
    'La demande ne peut aboutir : aucun service souscrit ACCES à la donnée pour la période demandée.',
  ],
  'STM-ERR-0000001': [500, 'Technical error. Please try later.'],
  'STM-ERR-0000014': [404, 'no measure found for this usage point'],
  'STM-ERR-0000019': [404, 'Unknown or unauthorized user'],
  'STM-ERR-0000020': [404, 'no measure found for this usage point'],
  [INVALID]: [400, 'Empty header, bad request format, partial or incorrect data'],
  no_data_found: [404, 'no measure found for this usage point'],
  technical_error: [500, 'Technical error. Please try later.'],
  unauthorized_user: [403, 'user is not authorized to access this resource'],
} as const satisfies Record<string, readonly [status: number, description: string]>;
export type EnedisCode = keyof typeof ERRORS;

/** @param status another than the usual one: Enedis gives some codes under two */
export function enedisError(code: EnedisCode, status?: number): EnedisError {
  const [usual, description] = ERRORS[code];
  return { status: status ?? usual, error: code, description };
}

const invalid = (description: string): EnedisError => ({ ...enedisError(INVALID), description });

/** Answers as Enedis would at `now`. */
export function askEnedis(question: Question, customers: Customers, truth: Truth, now: number): Outcome {
  const error = refusal(question, customers, dayAt(now));
  if (error) return { error };
  const { series, usagePoint, start, end } = question;
  const entries = daysFrom(start, end).flatMap((day) => {
    const hole = holeOf(customers.holes, series, day, usagePoint);
    const count = availableCount(series, day, hole, customers.published, now);
    return count === 0 ? [] : entriesOf(series, usagePoint, day, truth).slice(0, count);
  });
  if (entries.length === 0) return { error: enedisError('no_data_found') };
  return { reading: meterReading(series, usagePoint, start, end, entries) };
}

function refusal(question: Question, customers: Customers, today: Day): EnedisError | undefined {
  const { series, usagePoint, start, end } = question;
  const measure = measureOf(series);
  const wrongWay = directionOf(series) === 'production' ? customers.noProduction : customers.noConsumption;
  if (!/^\d{14}$/.test(usagePoint)) return invalid('usage_point_id parameter must be 14 digits long');
  if (!isDay(start)) return invalid('Start date parameter must be in the format YYYY-MM-DD');
  if (!isDay(end)) return invalid('End date parameter must be in the format YYYY-MM-DD');
  if (start >= end) return invalid('Start date should be before end date');
  if (end > today) return invalid('The end date parameter must be earlier than the current date');
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

function entriesOf(series: Series, usagePoint: string, day: Day, truth: Truth): Entry[] {
  const direction = directionOf(series);
  switch (measureOf(series)) {
    case 'load-curve':
      return truth.loadCurve(usagePoint, direction, day).map(loadCurveEntry);
    case 'daily':
      return [dailyEntry(day, truth.daily(usagePoint, direction, day))];
    case 'max-power':
      return [maxPowerEntry(truth.maxPower(usagePoint, day))];
  }
}
