import { directionOf, ALL_SERIES, type Series } from '../metering/metrics';
import type { RequestBudget } from './budget';
import { clientOf } from './client';
import { classifyError, misconfigured, refused } from './errors';
import { identityOf } from './identity';
import type { Provider } from './provider';
import { GATEWAY_RATE } from './rate-limit';

export const CONSO_ADDRESS = 'https://conso.boris.sh';

/** Enedis' resources; Conso API uses the same names. */
export const RESOURCES: Record<Series, string> = {
  'consumption-load-curve': 'courbe_de_charge_consommation',
  'consumption-daily': 'consommation_quotidienne',
  'consumption-max-power': 'puissance_conso_max_quotidienne',
  'production-load-curve': 'courbe_de_charge_production',
  'production-daily': 'production_quotidienne',
  'consumption-registers': 'index_consommation',
  'production-registers': 'index_production',
};

/**
 * Conso API, the free gateway for individuals (https://conso.boris.sh). It returns Enedis' answers unchanged, and
 * Enedis' errors as `{status, message, error}`.
 * @param base its address, or that of another server with the same interface
 * @param now epoch ms
 */
export function consoProvider(
  token: string,
  base: string,
  budget: RequestBudget,
  now: () => number,
): Provider {
  const client = clientOf(base, GATEWAY_RATE, budget, now);
  const { usagePoints, ends } = readToken(token);
  /** The token itself names its end and its usage points: no request is needed to refuse it. */
  const check = (): void => {
    if (!token) throw misconfigured('token-missing');
    if ((ends ?? Infinity) <= now()) throw refused('token-expired', 'expired');
  };
  return {
    identity: identityOf('conso', base, token),
    series: ALL_SERIES,
    labels: 'end',
    extraDays: 15,
    budget,
    ...(ends !== undefined && { consentEnds: ends }),
    // The token names them: no request is needed.
    usagePoints: async () => {
      check();
      return await Promise.resolve(usagePoints ?? []);
    },

    async fetch({ usagePoint, series, start, end }, purpose, signal) {
      check();
      if (usagePoints && !usagePoints.includes(usagePoint))
        throw refused('token-refused', 'other-usage-point');
      const { status, body, isHtml, error } = await client.send(
        {
          url: `${base}/api/${RESOURCES[series]}`,
          query: { pointId: usagePoint, dateDebut: start, dateFin: end },
          headers: { Authorization: `Bearer ${token}` },
        },
        purpose,
        signal,
      );
      if (status === 200) return body;
      if (status === 403 && isHtml) {
        const blocked = refused('address-blocked', '403');
        await budget.suspend(Infinity, blocked);
        throw blocked;
      }
      throw classifyError(error, directionOf(series));
    },
  };
}

/** The claims of a Conso API token: it is a JWT, which can be read without the key that signed it. */
function readToken(token: string): { usagePoints?: string[]; ends?: number } {
  try {
    const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as unknown;
    const { sub, exp } = payload as { sub?: unknown; exp?: unknown };
    return {
      ...(Array.isArray(sub) && { usagePoints: sub.map(String) }),
      ...(typeof exp === 'number' && { ends: exp * 1000 }),
    };
  } catch {
    return {};
  }
}
