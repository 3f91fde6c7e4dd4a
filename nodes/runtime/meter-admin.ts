import type { NodeAPI } from 'node-red';
import { clock } from '../../src/calendar/clock';
import { requestCost } from '../../src/collector/request-cost';
import type { RequestLedger } from '../../src/providers/budget';
import { DIRECTIONS, wantedSeries, type Series } from '../../src/metering/metrics';
import { neededSeries } from '../../src/tariff/metered';
import { PLANS } from '../../src/tariff/plan';
import { applicationFor, providerFor, type Surroundings } from '../../src/providers/providers';
import { tryConnection } from '../../src/providers/connection';
import { authorisationIn, AwaitedConsents, consentPage } from '../../src/providers/consent';
import { consentedUsagePoint } from '../../src/providers/dataconnect';
import { misconfigured, timedOut } from '../../src/providers/errors';
import { given } from '../../src/providers/variables';
import { storeError } from '../../src/store/store-error';
import { consentEndPage, type ConsentEnd } from './consent-page';
import { isNodeId, REQUEST_AT_MOST, serveForm } from './form-requests';
import { scheduleOf } from './meter-config';
import { usagePointOf, type MeterCredentials } from './meter';
import { variablesAt } from './variables';
import { openStore } from './store';

/**
 * What the meter's form posts: the node, the scope it lies in, its fields as they are typed, and `sources`: the source
 * nodes on it, as `consumption production/no-load-curve`.
 */
type Typed = Record<(typeof FIELDS)[number], string>;

const FIELDS = [
  'id',
  'z',
  'provider',
  'url',
  'usagePoint',
  'token',
  'clientId',
  'clientSecret',
  'from',
  'to',
  'minute',
  'history',
  'loadCurveHistory',
  'sources',
] as const;
/** A Conso API token that opens hundreds of usage points has some 10 000 characters. */
const LONGEST_FIELD = 20_000;
/** What the editor shows in the place of a password that it does not know. */
const STORED = '__PWRD__';
/** Of budgets whose limits alone are looked at: nothing is sent, so no store need be opened. */
const unused = (): Promise<never> => Promise.reject(new Error('not used'));
const UNUSED_LEDGER: RequestLedger = { turn: unused, suspend: unused, limiter: unused };

/** What the meter's form asks the runtime for: a test of the connection, the account's PDLs, Data Connect's consent. */
export function serveMeterForm(RED: NodeAPI): void {
  const consents = new AwaitedConsents<Typed>(clock.now);

  /** The fields as Node-RED will hand them to the node: stored passwords filled in, variables replaced. */
  function filledIn(typed: Typed): Typed {
    const stored = (RED.nodes.getCredentials(typed.id) as MeterCredentials | undefined) ?? {};
    const withVariable = variablesAt(RED, typed);
    const fill = (name: (typeof FIELDS)[number]): string => {
      const isStored = typed[name] === STORED && (name === 'token' || name === 'clientSecret');
      return withVariable(isStored ? (stored[name] ?? '') : typed[name]);
    };
    return Object.fromEntries(FIELDS.map((name) => [name, fill(name)])) as Typed;
  }

  /**
   * Works with what the form holds, within the same request budgets as the meters.
   * @throws LinkyError
   */
  async function within<T>(work: (surroundings: Surroundings) => Promise<T>): Promise<T> {
    const { store, release } = openStore(RED);
    try {
      return await work({ time: clock, ledger: store.requests });
    } finally {
      release();
    }
  }

  const serve = (path: string, work: (values: Typed, signal: AbortSignal) => Promise<object>): void => {
    serveForm(RED, path, 'linky-meter.write', typedIn, (typed, signal) => work(filledIn(typed), signal));
  };

  serve('/linky/meter/test', (values, signal) =>
    within(async (surroundings) => {
      const provider = providerFor(values, surroundings);
      // A test does not wait until a request is free.
      const { budget } = provider;
      await budget?.ready();
      if (budget && !budget.suspension() && budget.left('user') <= 0) throw budget.exhaustedError('user');
      // The token or the account may name what the form lacks.
      const named = given(values.usagePoint) ? undefined : await provider.usagePoints?.(signal);
      if (named && named.length > 1) return { usagePoints: named };
      const usagePoint = usagePointOf(named?.[0] ?? values.usagePoint);
      const connection = await tryConnection(provider, usagePoint, clock.now(), signal);
      return { ...connection, ...(named && { usagePoint }) };
    }),
  );

  serve('/linky/meter/cost', (values) => {
    const { budget, series, extraDays } = providerFor(values, { time: clock, ledger: UNUSED_LEDGER });
    const wanted = wantedBy(values.sources).filter((each) => series.includes(each));
    const schedule = scheduleOf(values, values.usagePoint, extraDays);
    const cost = budget && requestCost(wanted, schedule, budget.limits, clock.now());
    return Promise.resolve({ cost });
  });

  serve('/linky/meter/usage-points', (values, signal) =>
    within(async (surroundings) => {
      const usagePoints = await providerFor(values, surroundings).usagePoints?.(signal);
      return { usagePoints: usagePoints ?? [] };
    }),
  );

  serve('/linky/meter/consent', (values) => {
    const clientId = given(values.clientId);
    if (!clientId || !given(values.clientSecret)) throw misconfigured('client-missing');
    return Promise.resolve({ address: consentPage(clientId, consents.begin(values)) });
  });

  // Enedis sends the user's browser here. Where Node-RED asks for a password, that browser's editor has a token,
  // but a redirect cannot carry it: the state, known to that editor and to Enedis alone and good for one answer,
  // stands in its place.
  RED.httpAdmin.get('/linky/consent', (req, res) => {
    const { state, autorisation_id: id } = req.query;
    const values = typeof state === 'string' ? consents.end(state) : undefined;
    const authorisation = authorisationIn(id);
    const lang = req.acceptsLanguages('fr', 'en') === 'fr' ? 'fr' : 'en-US';
    const answer = (status: number, end: ConsentEnd): void => {
      res
        .status(status)
        // The address of this page has the state in it.
        .set({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' })
        .set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'")
        .type('html')
        .send(consentEndPage(lang, end));
    };
    if (!values) answer(400, { key: 'not-ours' });
    else if (authorisation === undefined) answer(400, { key: 'not-given' });
    else {
      const signal = AbortSignal.timeout(REQUEST_AT_MOST);
      within((surroundings) =>
        consentedUsagePoint(applicationFor(values, surroundings), authorisation, clock.now, signal),
      ).then(
        (usagePoint) => {
          if (usagePoint === undefined) {
            answer(400, { key: 'not-given' });
            return;
          }
          RED.comms.publish(`linky/consent/${values.id}`, { usagePoint }, false);
          answer(200, { key: 'given', usagePoint });
        },
        (error: unknown) => {
          answer(502, { key: 'failed', error: signal.aborted ? timedOut() : storeError(error) });
        },
      );
    }
  });
}

/**
 * The series that the source nodes of a form want.
 * @param sources `consumption production/no-load-curve cost/consumption/hphc+base`: those of a cost with its plans
 */
function wantedBy(sources: string): Series[] {
  const wanted = sources.split(' ').flatMap((source) => {
    const parts = source.split('/');
    const direction = DIRECTIONS.find((each) => parts.includes(each));
    const loadCurve = !parts.includes('no-load-curve');
    if (!direction) return [];
    if (parts[0] !== 'cost') return wantedSeries(direction, loadCurve);
    if (direction === 'production') return neededSeries(direction, [{ kind: 'feed-in' }], loadCurve);
    const names = parts[2]?.split('+') ?? [];
    const plans = PLANS.filter((kind) => names.includes(kind)).map((kind) => ({ kind }));
    return neededSeries(direction, plans, loadCurve);
  });
  return [...new Set(wanted)];
}

/** @returns undefined for what the form cannot have sent */
function typedIn(body: Readonly<Record<string, unknown>>): Typed | undefined {
  const values = FIELDS.map((name) => [name, body[name] ?? ''] as const);
  const fit = values.every(([, value]) => typeof value === 'string' && value.length <= LONGEST_FIELD);
  const typed = Object.fromEntries(values) as Typed;
  return fit && isNodeId(typed.id) ? typed : undefined;
}
