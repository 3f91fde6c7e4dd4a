import { ALL_SERIES, directionOf, type Series } from '../metering/metrics';
import { isUsagePoint } from '../metering/usage-point';
import { orAborted } from './abort';
import type { Purpose, RequestBudget } from './budget';
import { clientOf, type ProviderAnswer } from './client';
import { RESOURCES } from './conso';
import { contractIn } from './contract';
import { badAnswer, classifyError, misconfigured, refused, type LinkyError } from './errors';
import type { HttpRequest } from './http';
import { identityOf } from './identity';
import type { Provider } from './provider';
import { DATA_CONNECT_RATE } from './rate-limit';

export const DATA_CONNECT_ADDRESS = 'https://gw.ext.prod.api.enedis.fr';

/** Enedis' interfaces as an application subscribes them, each with a budget of its own. */
export type Api =
  | 'mesure_synchrone_auto'
  | 'situation_contrat_auto'
  | 'synth_contrat_auto'
  | 'comptage_auto'
  | 'subscribed_services';

/** Only max power requires these parameters: without them Enedis answers 500. */
const MAX_POWER_PARAMETERS = { mesuresPas: 'P1D', grandeurPhysique: 'PMA' };

/** A company's application at Data Connect. */
export interface Application {
  clientId: string;
  clientSecret: string;
  base: string;
  /** What limits the requests to one of Enedis' interfaces. */
  budgetOf: (api: Api) => RequestBudget;
}

interface Bearer {
  token: string;
  /** Epoch ms. */
  until: number;
}

/** A bearer is renewed this long before it ends, ms, so that it does not end while a request is under way. */
const RENEWED_BEFORE = 5 * 60_000;

// All meters of an application share its bearer and the pending request for it.
const bearers = new Map<string, Promise<Bearer>>();

/** Sends the requests of an application. */
export class DataConnectClient {
  private readonly name: string;

  /** @param now epoch ms */
  constructor(
    private readonly application: Application,
    private readonly now: () => number,
  ) {
    this.name = `${application.base} ${application.clientId}`;
  }

  /**
   * @param path on Enedis' server
   * @throws LinkyError `client-missing`, `client-refused`, `budget-used`, or what `request` throws
   */
  async send(
    api: Api,
    path: string,
    http: Omit<HttpRequest, 'url'>,
    purpose: Purpose,
    signal: AbortSignal,
  ): Promise<ProviderAnswer> {
    const { clientId, clientSecret, base, budgetOf } = this.application;
    if (!clientId || !clientSecret) throw misconfigured('client-missing');
    const client = clientOf(this.name, DATA_CONNECT_RATE, budgetOf(api), this.now);
    const once = async (): Promise<ProviderAnswer & { bearer: Bearer }> => {
      const bearer = await this.bearer(signal);
      const headers = { Authorization: `Bearer ${bearer.token}` };
      return {
        ...(await client.send({ ...http, url: `${base}/${path}`, headers }, purpose, signal)),
        bearer,
      };
    };
    const answer = await once();
    if (answer.status !== 401) return answer;
    // Enedis may revoke a bearer before it ends: the request is repeated once, with a new bearer.
    answer.bearer.until = 0;
    const again = await once();
    if (again.status === 401) throw refused('client-refused', again.error.code ?? '401');
    return again;
  }

  private async bearer(signal: AbortSignal): Promise<Bearer> {
    const key = `${this.name} ${this.application.clientSecret}`;
    const shared = bearers.get(key);
    const known = shared && (await orAborted(shared, signal).catch(() => undefined));
    if (known && known.until - RENEWED_BEFORE > this.now()) return known;
    // Another meter may have requested a new bearer meanwhile.
    const newer = bearers.get(key);
    const renewed = newer && newer !== shared ? newer : this.newBearer();
    bearers.set(key, renewed);
    return orAborted(renewed, signal);
  }

  private async newBearer(): Promise<Bearer> {
    const { clientId, clientSecret, base, budgetOf } = this.application;
    // Not the signal of the meter that asks first: others wait for the same bearer.
    const { signal } = new AbortController();
    const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    const client = clientOf(this.name, DATA_CONNECT_RATE, budgetOf('mesure_synchrone_auto'), this.now);
    const answer = await client.send({ url: `${base}/oauth2/v3/token`, form }, 'schedule', signal);
    const { status, body, error } = answer;
    const { access_token: token, expires_in: seconds } = (body ?? {}) as Record<string, unknown>;
    // Enedis sends `expires_in` as a number or as text.
    if (status === 200 && typeof token === 'string' && Number(seconds) > 0) {
      return { token, until: this.now() + Number(seconds) * 1000 };
    }
    if (status === 200) throw badAnswer();
    if (status === 400 || status === 401 || status === 403) {
      throw refused('client-refused', error.code ?? String(status));
    }
    // Without the code: those of the token interface do not concern the meter's data.
    throw classifyError({ status, retryAfter: error.retryAfter }, 'consumption');
  }
}

/** Classifies an answer that is no success; Enedis refuses interfaces that the application has not subscribed. */
function errorOf({ error }: ProviderAnswer, api: Api, series: Series): LinkyError {
  if (error.code !== '900908') return classifyError(error, directionOf(series));
  return refused('api-not-subscribed', '900908', api);
}

/**
 * Enedis Data Connect 2026, for companies with a contract.
 * @param now epoch ms
 */
export function dataConnectProvider(application: Application, now: () => number): Provider {
  const client = new DataConnectClient(application, now);

  /** Requests one of the contract's interfaces: many applications have not subscribed all of them. */
  const contractAnswer = async (api: Api, usagePoint: string, signal: AbortSignal): Promise<unknown> => {
    const { status, body } = await client.send(api, `${api}/v1/${usagePoint}`, {}, 'user', signal);
    return status === 200 ? body : undefined;
  };

  return {
    identity: identityOf('dataconnect', application.base, application.clientId),
    series: ALL_SERIES,
    labels: 'end',
    extraDays: 15,
    budget: application.budgetOf('mesure_synchrone_auto'),

    async fetch({ usagePoint, series, start, end }, purpose, signal) {
      const api = 'mesure_synchrone_auto';
      const query = {
        pointId: usagePoint,
        dateDebut: start,
        dateFin: end,
        ...(series === 'consumption-max-power' && MAX_POWER_PARAMETERS),
      };
      const answer = await client.send(api, `${api}/v2/${RESOURCES[series]}`, { query }, purpose, signal);
      if (answer.status === 200) return answer.body;
      throw errorOf(answer, api, series);
    },

    async contract(usagePoint, signal) {
      const answerOf = (api: Api): Promise<unknown> =>
        contractAnswer(api, usagePoint, signal).catch(() => undefined);
      const [situation, summary, metering] = await Promise.all([
        answerOf('situation_contrat_auto'),
        answerOf('synth_contrat_auto'),
        answerOf('comptage_auto'),
      ]);
      return contractIn({ situation, summary, metering });
    },
  };
}

/** States of a subscription that give access to the data, at once or as soon as Enedis has activated it. */
const OPEN_STATES: readonly unknown[] = ['ACTIF', 'DEMANDE'];

/**
 * Exchanges the number of a consent for the usage point that the customer chose.
 * @param authorisation the `autorisation_id` from Enedis' redirect
 * @returns undefined where Enedis names no usage point, or does not know the number
 * @throws LinkyError
 */
export async function consentedUsagePoint(
  application: Application,
  authorisation: number,
  now: () => number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const client = new DataConnectClient(application, now);
  const json = { autorisationId: authorisation, comptage: false };
  const answer = await client.send('subscribed_services', 'subscribed_services/v1', { json }, 'user', signal);
  if (answer.status === 400) return undefined;
  if (answer.status !== 200) throw errorOf(answer, 'subscribed_services', 'consumption-daily');
  const { serviceSouscrit: services } = (answer.body ?? {}) as { serviceSouscrit?: unknown };
  const all = Array.isArray(services) ? (services as { pointId?: unknown; etatCode?: unknown }[]) : [];
  const points = all.filter(({ etatCode }) => OPEN_STATES.includes(etatCode)).map(({ pointId }) => pointId);
  return points.find((point): point is string => typeof point === 'string' && isUsagePoint(point));
}
