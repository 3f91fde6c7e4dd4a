import { directionOf, type Series } from '../metering/metrics';
import type { Provider, Standing } from './provider';
import { contractOf } from './contract';
import { codeOf, missing, retryAfterOf, sortError } from './errors';
import { request, type HttpAnswer } from './http';
import { GATEWAY_PACE, pace } from './pace';

export const MYELECTRICALDATA_ADDRESS = 'https://myelectricaldata.fr';

const RESOURCES: Record<Series, string> = {
  'consumption-load-curve': 'consumption_load_curve',
  'consumption-daily': 'daily_consumption',
  'consumption-max-power': 'daily_consumption_max_power',
  'production-load-curve': 'production_load_curve',
  'production-daily': 'daily_production',
};

// Most of its errors carry Enedis' description, in one of two languages, without the code.
const CODES_BY_DESCRIPTION: readonly [RegExp, string][] = [
  [/no measure found/i, 'no_data_found'],
  [/anterior to the meter's last activation/i, 'ADAM-ERR0123'],
  [/greater than the history deadline/i, 'ADAM-ERR0125'],
  [/anterior to the start of the consent/i, 'ADAM-DC-0009'],
  [/sens de la mesure ne correspond pas/i, 'ADAM-ERR0069'],
  [/pas titulaire|not recognized as the actual meter holder/i, 'ADAM-DC-0007'],
  [/no consent can be found/i, 'ADAM-DC-0008'],
  [/aucun service souscrit/i, 'ADAM-ERR0191'],
  [/objected to the load curve/i, 'ADAM-ERR0075'],
  [/less than 7 days/i, 'ADAM-DC-0015'],
  [/not authorized to access/i, 'unauthorized_user'],
  [/technical error/i, 'technical_error'],
  [/empty header|date parameter|start date should be|usage_point_id parameter/i, 'Invalid_request'],
];

/**
 * MyElectricalData, a gateway for individuals (https://www.myelectricaldata.fr). Its token goes without "Bearer",
 * and a usage point has some fifty calls a day.
 * @param base its address, or that of another server that speaks the same
 * @param now epoch ms
 */
export function myElectricalDataProvider(token: string, base: string, now: () => number): Provider {
  const ask = async (path: string, signal: AbortSignal): Promise<HttpAnswer> => {
    if (!token) throw missing('token-missing');
    await pace.turn(base, GATEWAY_PACE, signal);
    return request({ url: `${base}/${path}`, headers: { Authorization: token } }, signal);
  };
  return {
    async fetch({ usagePoint, series, start, end }, signal) {
      const path = `${RESOURCES[series]}/${usagePoint}/start/${start}/end/${end}`;
      const { status, body, retryAfter } = await ask(path, signal);
      // Enedis' 429 has been seen to come through as a success.
      const throttled = status === 200 && codeOf(body) === '900804';
      if (status === 200 && !throttled) return (body as { meter_reading?: unknown } | null)?.meter_reading;
      const wait = retryAfterOf(retryAfter, now());
      throw sortError(throttled ? 429 : status, codeInDetail(body), directionOf(series), wait);
    },

    async standing(usagePoint, signal) {
      const { status, body } = await ask(`valid_access/${usagePoint}`, signal);
      if (status === 200 && typeof body === 'object') return standingOf(body);
      // A server of one's own may not know the question; one that is out of order has not answered it.
      return status === 404 ? {} : { callsLeft: 0 };
    },

    async contract(usagePoint, signal) {
      const { status, body } = await ask(`contracts/${usagePoint}`, signal);
      return status === 200 ? contractOf(body, usagePoint) : {};
    },
  };
}

/** `{"detail": "…"}`, `{"detail": {"error": …}}`, or that object as JSON in the text. */
function codeInDetail(body: unknown): string | undefined {
  const detail = (body as { detail?: unknown } | null | undefined)?.detail;
  if (typeof detail !== 'string') return codeOf(detail);
  try {
    return codeOf(JSON.parse(detail) as unknown);
  } catch {
    return CODES_BY_DESCRIPTION.find(([description]) => description.test(detail))?.[1];
  }
}

function standingOf(body: unknown): Standing {
  const { consent_expiration_date, call_number, quota_limit } = (body ?? {}) as Record<string, unknown>;
  const standing: Standing = {};
  const ends = typeof consent_expiration_date === 'string' ? Date.parse(consent_expiration_date) : NaN;
  if (!Number.isNaN(ends)) standing.consentEnds = ends;
  if (typeof call_number === 'number' && typeof quota_limit === 'number') {
    standing.callsLeft = Math.max(0, quota_limit - call_number);
  }
  return standing;
}
