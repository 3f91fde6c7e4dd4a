import { randomBytes } from 'node:crypto';

const AUTHORIZE = 'https://mon-compte-particulier.enedis.fr/dataconnect/v2/oauth2/authorize';
/** The longest consent that Enedis grants. */
const DURATION = 'P3Y';
/** How long Enedis' answer is awaited, ms. */
const LIFE = 60 * 60_000;

/** Enedis' page where a customer consents to what an application of Data Connect asks. */
export function consentPage(clientId: string, state: string): string {
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    state,
    duration: DURATION,
  });
  return `${AUTHORIZE}?${query.toString()}`;
}

/** The `autorisation_id` of Enedis' redirect: the number to exchange for the usage point. */
export function authorisationIn(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/**
 * Consents that were begun in the editor and for which Enedis' answer is awaited.
 * @typeParam T what is needed when the answer comes
 */
export class AwaitedConsents<T> {
  private readonly awaited = new Map<string, { consent: T; until: number }>();

  /** @param now epoch ms */
  constructor(private readonly now: () => number) {}

  /** @returns the `state` that Enedis returns with its answer; it is valid for one answer */
  begin(consent: T): string {
    for (const [state, { until }] of this.awaited) if (until <= this.now()) this.awaited.delete(state);
    const state = randomBytes(32).toString('base64url');
    this.awaited.set(state, { consent, until: this.now() + LIFE });
    return state;
  }

  /** @returns what `begin` was given; undefined for a state that is unknown, used or expired */
  end(state: string): T | undefined {
    const found = this.awaited.get(state);
    this.awaited.delete(state);
    return found && found.until > this.now() ? found.consent : undefined;
  }
}
