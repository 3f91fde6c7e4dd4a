import { randomBytes } from 'node:crypto';

const AUTHORIZE = 'https://mon-compte-particulier.enedis.fr/dataconnect/v1/oauth2/authorize';
/** The longest consent that Enedis grants. */
const DURATION = 'P3Y';
/** How long a user may take at Enedis, ms. */
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

/** Consents that were begun in the editor and whose answer is awaited. */
export class AwaitedConsents {
  private readonly awaited = new Map<string, { node: string; until: number }>();

  /** @param now epoch ms */
  constructor(private readonly now: () => number) {}

  /** @returns the `state` that Enedis will hand back, good for one answer */
  begin(node: string): string {
    for (const [state, { until }] of this.awaited) if (until <= this.now()) this.awaited.delete(state);
    const state = randomBytes(32).toString('base64url');
    this.awaited.set(state, { node, until: this.now() + LIFE });
    return state;
  }

  /** @returns the node whose consent this was; undefined for a state that is unknown, used or too old */
  end(state: string): string | undefined {
    const consent = this.awaited.get(state);
    this.awaited.delete(state);
    return consent && consent.until > this.now() ? consent.node : undefined;
  }
}
