import { clock } from '../calendar/clock';
import { addressOf } from '../providers/address';
import { badAnswer } from '../providers/errors';
import { request } from '../providers/http';
import { GATEWAY_RATE, rateLimit } from '../providers/rate-limit';
import { given } from '../providers/variables';
import type { RegulatedPlan } from './price-snapshot';
import { parseRegulatedPrices, type RegulatedRow } from './regulated-prices';
import { sourceError } from './source-error';

/** Where the official files of regulated prices come from. */
export interface PriceSource {
  /** Its address: prices are kept with it. */
  readonly origin: string;

  /**
   * Requests the file of a plan, once.
   * @throws LinkyError
   */
  rows(plan: RegulatedPlan, signal: AbortSignal): Promise<RegulatedRow[]>;
}

const PRICES_ADDRESS = 'https://www.data.gouv.fr/fr/datasets/r';

/** The files' identifiers at data.gouv.fr. */
export const PRICE_FILES: Record<RegulatedPlan, string> = {
  base: 'c13d05e5-9e55-4d03-bf7e-042a2ade7e49',
  hphc: 'f7303b3a-93c7-4242-813d-84919034c416',
  tempo: '0c3d1d36-c412-4620-8566-e5cbb4fa2b5a',
};

/**
 * The source of regulated prices of a tariff node.
 * @param pricesUrl empty for data.gouv.fr
 * @throws LinkyError `url-invalid`, `variable-missing`
 */
export function priceSourceFor(pricesUrl: unknown): PriceSource {
  const base = addressOf(given(pricesUrl), PRICES_ADDRESS);
  return {
    origin: base,
    async rows(plan, signal) {
      await rateLimit.turn(base, GATEWAY_RATE, signal);
      // data.gouv.fr redirects to the site that publishes the file.
      const http = {
        url: `${base}/${PRICE_FILES[plan]}`,
        headers: { Accept: 'text/csv' },
        followRedirects: true,
      };
      const answer = await request(http, signal);
      if (answer.status !== 200) throw sourceError(answer, false, clock.now());
      const parsed = parseRegulatedPrices(plan, answer.text);
      // A file of which no row can be read does not replace one that could.
      if (!parsed || parsed.rows.length === 0) throw badAnswer();
      return parsed.rows;
    },
  };
}
