import { directionOf, type Series } from '../metering/metrics';
import type { Provider } from './provider';
import { codeOf, missing, retryAfterOf, sortError } from './errors';
import { request } from './http';
import { GATEWAY_PACE, pace } from './pace';

export const CONSO_ADDRESS = 'https://conso.boris.sh';

const TYPES: Record<Series, string> = {
  'consumption-load-curve': 'consumption_load_curve',
  'consumption-daily': 'daily_consumption',
  'consumption-max-power': 'consumption_max_power',
  'production-load-curve': 'production_load_curve',
  'production-daily': 'daily_production',
};

/**
 * Conso API, the free gateway for individuals (https://conso.boris.sh). It answers the content of Enedis'
 * `meter_reading` without its wrapping, and hands through Enedis' errors.
 * @param base its address, or that of another server that speaks the same
 * @param now epoch ms
 */
export function consoProvider(token: string, base: string, now: () => number): Provider {
  return {
    async fetch({ usagePoint, series, start, end }, signal) {
      if (!token) throw missing('token-missing');
      await pace.turn(base, GATEWAY_PACE, signal);
      const { status, body, retryAfter } = await request(
        {
          url: `${base}/api/${TYPES[series]}`,
          query: { prm: usagePoint, start, end },
          headers: { Authorization: `Bearer ${token}` },
        },
        signal,
      );
      if (status === 200) return body;
      // `{status, message, error: {error, error_description}}`, the inner part from Enedis.
      const code = codeOf((body as { error?: unknown } | null | undefined)?.error);
      throw sortError(status, code, directionOf(series), retryAfterOf(retryAfter, now()));
    },

    standing: () => {
      const ends = endOf(token);
      return Promise.resolve(ends === undefined ? {} : { consentEnds: ends });
    },
  };
}

/** When a Conso API token ends, epoch ms: it is a JWT, which can be read without its secret. */
function endOf(token: string): number | undefined {
  try {
    const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as unknown;
    const { exp } = payload as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
