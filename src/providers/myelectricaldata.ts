import { directionOf, SERIES, type ReadingSeries, type Series } from '../metering/metrics';
import { isUsagePoint } from '../metering/usage-point';
import type { Purpose, RequestBudget } from './budget';
import { clientOf } from './client';
import { contractIn, type Contract } from './contract';
import { classifyError, misconfigured, refused } from './errors';
import { identityOf } from './identity';
import type { Provider } from './provider';
import { GATEWAY_RATE } from './rate-limit';

export const MYELECTRICALDATA_ADDRESS = 'https://www.v2.myelectricaldata.fr';

const PATHS: Record<ReadingSeries, string> = {
  'consumption-load-curve': 'consumption/detail',
  'consumption-daily': 'consumption/daily',
  'consumption-max-power': 'power',
  'production-load-curve': 'production/detail',
  'production-daily': 'production/daily',
};

/**
 * Whether a text is a token of MyElectricalData's first server, which ended in October 2026: Base64 with padding, while
 * the second server's secrets are URL-safe.
 */
export const isFirstServerToken = (text: string): boolean => /[=+/]/.test(text);

/**
 * MyElectricalData's second server, a gateway for individuals (https://www.v2.myelectricaldata.fr). It wraps Enedis'
 * answers, labels load-curve points at the start of their interval, and reports errors with status 200.
 * @param secret the client secret of the account
 * @param firstServerToken the token of an old flow
 * @param base its address, or that of another server with the same interface
 * @param now epoch ms
 */
export function myElectricalDataProvider(
  secret: string,
  firstServerToken: string,
  base: string,
  budget: RequestBudget,
  now: () => number,
): Provider {
  const client = clientOf(base, GATEWAY_RATE, budget, now);

  /** @throws LinkyError */
  const get = async (
    path: string,
    query: Record<string, string>,
    series: Series,
    purpose: Purpose,
    signal: AbortSignal,
  ): Promise<unknown> => {
    if (isFirstServerToken(secret) || (!secret && firstServerToken)) {
      throw misconfigured('first-server-token');
    }
    if (!secret) throw misconfigured('secret-missing');
    const headers = { Authorization: `Bearer ${secret}`, 'X-MED-Format': '2026' };
    const { status, body, error } = await client.send(
      { url: `${base}/api/${path}`, query, headers },
      purpose,
      signal,
    );
    const { success, data, detail } = (body ?? {}) as { success?: unknown; data?: unknown; detail?: unknown };
    // Its own refusal has a `detail`; a 403 that it hands on from Enedis has a code.
    const isOwn = status === 403 && typeof detail === 'string' && error.code === undefined;
    if (status === 401 || isOwn) throw refused('secret-refused', String(status));
    const isPartial = error.code === 'PARTIAL_DATA' && typeof data === 'object' && data !== null;
    if (status !== 200 || (success === false && !isPartial)) throw classifyError(error, directionOf(series));
    return data;
  };

  return {
    identity: identityOf('myelectricaldata', base, secret),
    series: SERIES,
    labels: 'start',
    extraDays: 0,
    budget,

    fetch({ usagePoint, series, start, end }, purpose, signal) {
      const path = `enedis/${PATHS[series as ReadingSeries]}/${usagePoint}`;
      return get(path, { start, end }, series, purpose, signal);
    },

    async contract(usagePoint, signal): Promise<Contract> {
      const data = await get(`enedis/contract/${usagePoint}`, {}, 'consumption-daily', 'user', signal);
      const { situation_contrat, synthese_contrat, comptage } = (data ?? {}) as Record<string, unknown>;
      return contractIn({ situation: situation_contrat, summary: synthese_contrat, metering: comptage });
    },

    async usagePoints(signal) {
      const data = await get('pdl', {}, 'consumption-daily', 'user', signal);
      const points = Array.isArray(data) ? (data as { usage_point_id?: unknown }[]) : [];
      return points.flatMap(({ usage_point_id: id }) =>
        typeof id === 'string' && isUsagePoint(id) ? [id] : [],
      );
    },
  };
}
