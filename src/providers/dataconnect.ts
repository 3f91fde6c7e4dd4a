import { directionOf, type Series } from '../metering/metrics';
import { orAborted } from './abort';
import type { Provider } from './provider';
import { contractOf } from './contract';
import { codeOf, LinkyError, missing, retryAfterOf, sortError } from './errors';
import { request, type HttpAnswer } from './http';
import { DATA_CONNECT_PACE, pace } from './pace';

export const DATA_CONNECT_ADDRESSES = {
  production: 'https://gw.ext.prod.api.enedis.fr',
  sandbox: 'https://gw.ext.prod-sandbox.api.enedis.fr',
};

const PATHS: Record<Series, string> = {
  'consumption-load-curve': 'metering_data_clc/v5/consumption_load_curve',
  'consumption-daily': 'metering_data_dc/v5/daily_consumption',
  'consumption-max-power': 'metering_data_dcmp/v5/daily_consumption_max_power',
  'production-load-curve': 'metering_data_plc/v5/production_load_curve',
  'production-daily': 'metering_data_dp/v5/daily_production',
};
const CONTRACTS = 'customers_upc/v5/usage_points/contracts';

/** A company's provider to Data Connect. */
export interface Application {
  clientId: string;
  clientSecret: string;
  base: string;
}

interface Bearer {
  token: string;
  /** Epoch ms. */
  until: number;
}

/** A bearer is renewed this long before it ends, ms: a call must not meet its end on the way. */
const RENEWED_BEFORE = 5 * 60_000;

// All meters of an application share its bearer, and the request for one that is under way.
const bearers = new Map<string, Promise<Bearer>>();

/**
 * Enedis Data Connect v5, for companies with a contract.
 * @param now epoch ms
 */
export function dataConnectProvider(application: Application, now: () => number): Provider {
  const { clientId, clientSecret, base } = application;
  const name = `${base} ${clientId}`;

  const bearer = async (signal: AbortSignal): Promise<Bearer> => {
    const key = `${name} ${clientSecret}`;
    const shared = bearers.get(key);
    const known = shared && (await orAborted(shared, signal).catch(() => undefined));
    if (known && known.until - RENEWED_BEFORE > now()) return known;
    // Another meter may have asked for a new one while this one looked at the old.
    const newer = bearers.get(key);
    const renewed = newer && newer !== shared ? newer : newBearer(application, name, now);
    bearers.set(key, renewed);
    return orAborted(renewed, signal);
  };

  const ask = async (
    path: string,
    query: Record<string, string>,
    signal: AbortSignal,
  ): Promise<HttpAnswer & { used: Bearer }> => {
    const used = await bearer(signal);
    await pace.turn(name, DATA_CONNECT_PACE, signal);
    const headers = { Authorization: `Bearer ${used.token}` };
    return { ...(await request({ url: `${base}/${path}`, query, headers }, signal)), used };
  };

  return {
    async fetch({ usagePoint, series, start, end }, signal) {
      if (!clientId || !clientSecret) throw missing('client-missing');
      const query = { usage_point_id: usagePoint, start, end };
      let answer = await ask(PATHS[series], query, signal);
      if (answer.status === 401) {
        // Enedis may take a bearer back before its time: one new one, then once more.
        answer.used.until = 0;
        answer = await ask(PATHS[series], query, signal);
      }
      const { status, body, retryAfter } = answer;
      if (status === 200) return (body as { meter_reading?: unknown } | null)?.meter_reading;
      throw sortError(status, codeOf(body), directionOf(series), retryAfterOf(retryAfter, now()));
    },

    async contract(usagePoint, signal) {
      const { status, body } = await ask(CONTRACTS, { usage_point_id: usagePoint }, signal);
      return status === 200 ? contractOf(body, usagePoint) : {};
    },
  };
}

async function newBearer(
  { clientId, clientSecret, base }: Application,
  name: string,
  now: () => number,
): Promise<Bearer> {
  // Not the signal of the meter that happened to ask first: the others wait for it too.
  const { signal } = new AbortController();
  await pace.turn(name, DATA_CONNECT_PACE, signal);
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const { status, body, retryAfter } = await request({ url: `${base}/oauth2/v3/token`, form }, signal);
  const { access_token: token, expires_in: seconds } = (body ?? {}) as Record<string, unknown>;
  // `expires_in` has been seen as a number and as text.
  if (status === 200 && typeof token === 'string' && Number(seconds) > 0) {
    return { token, until: now() + Number(seconds) * 1000 };
  }
  if (status === 200) throw new LinkyError('bad-answer', { key: 'bad-answer', remedy: 'soon' });
  if (status === 400 || status === 401 || status === 403) {
    throw new LinkyError(codeOf(body) ?? String(status), {
      key: 'client-refused',
      remedy: 'tomorrow',
      wholeMeter: true,
    });
  }
  // Whatever Enedis means by a code here, it says nothing of the meter's data.
  throw sortError(status, undefined, 'consumption', retryAfterOf(retryAfter, now()));
}
