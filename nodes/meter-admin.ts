import type { Node, NodeAPI } from 'node-red';
import { clock } from '../src/collection/clock';
import { providerFor } from '../src/providers/providers';
import { tryConnection } from '../src/providers/connection';
import { AwaitedConsents, consentPage } from '../src/providers/consent';
import { LinkyError, missing, type ErrorKey } from '../src/providers/errors';
import { given, variableOf } from '../src/providers/variables';
import { isUsagePoint } from '../src/messages/usage-points';
import { consentEndPage, type ConsentEnd } from './consent-page';
import { usagePointOf, type MeterCredentials } from './meter';

/** What the meter's form posts: the node, the scope it lies in, and its fields as they are typed. */
type Typed = Record<(typeof FIELDS)[number], string>;

const FIELDS = [
  'id',
  'z',
  'provider',
  'environment',
  'url',
  'usagePoint',
  'token',
  'clientId',
  'clientSecret',
] as const;
/** A Conso API token that opens hundreds of usage points has some 10 000 characters. */
const LONGEST_FIELD = 20_000;
/** What the editor shows in the place of a password that it does not know. */
const STORED = '__PWRD__';
/** A test with all its calls, ms: the pace of a gateway may make it wait. */
const TEST_AT_MOST = 60_000;
/** Sentences that name a reason; it is the system's code or a status there, never a server's own words. */
const REASONED: readonly ErrorKey[] = ['unreachable', 'wrong-address', 'variable-missing'];

/** What is used of Express, whose types are Node-RED's. */
interface HttpRequest {
  is(type: string): unknown;
  body: unknown;
}
interface HttpResponse {
  status(code: number): { json(body: object): unknown };
}

/** What the meter's form asks the runtime for: a test of the connection, and Data Connect's consent. */
export function serveForm(RED: NodeAPI): void {
  const allowed = RED.auth.needsPermission('linky-meter.write');
  const consents = new AwaitedConsents(clock.now);

  /** A running node beside the meter, or the meter itself: variables are looked up from where it stands. */
  function standIn({ id, z }: Typed): Node | undefined {
    const running: Node[] = [];
    RED.nodes.eachNode((config) => {
      const { z: scope = '', g: group } = config as { z?: string; g?: string };
      if (config.id !== id && (scope !== z || group)) return;
      const node = RED.nodes.getNode(config.id) as Node | null;
      if (node) running.push(node);
    });
    return running.find((node) => node.id === id) ?? running[0];
  }

  /** The fields as Node-RED will hand them to the node: stored passwords filled in, variables replaced. */
  function filledIn(typed: Typed): Typed {
    const stored = (RED.nodes.getCredentials(typed.id) as MeterCredentials | undefined) ?? {};
    const node = standIn(typed);
    const fill = (name: (typeof FIELDS)[number]): string => {
      const isStored = typed[name] === STORED && (name === 'token' || name === 'clientSecret');
      const value = isStored ? (stored[name] ?? '') : typed[name];
      const variable = variableOf(value.trim());
      if (variable === undefined) return value;
      return String(RED.util.evaluateNodeProperty(variable, 'env', node as Node, {}) || value);
    };
    return Object.fromEntries(FIELDS.map((name) => [name, fill(name)])) as Typed;
  }

  const refuse = (res: HttpResponse, error: LinkyError, status = 400): void => {
    const reason = REASONED.includes(error.key) ? { reason: error.about } : {};
    res.status(status).json({ error: { key: error.key, ...reason } });
  };

  RED.httpAdmin.post('/linky/meter/test', allowed, (req, res) => {
    const typed = typedIn(req);
    if (!typed) {
      res.status(400).json({ error: { key: 'bad-form' } });
      return;
    }
    const gone = new AbortController();
    res.on('close', () => {
      gone.abort();
    });
    const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(TEST_AT_MOST)]);
    let running;
    try {
      const values = filledIn(typed);
      const provider = providerFor(values, clock.now);
      running = tryConnection(provider, usagePointOf(values.usagePoint), clock.now(), signal);
    } catch (error) {
      refuse(res, error as LinkyError);
      return;
    }
    running.then(
      (connection) => res.json(connection),
      (error: unknown) => {
        if (gone.signal.aborted) return;
        // All but the end of the time comes sorted.
        const late = new LinkyError('ETIMEDOUT', { key: 'timeout', remedy: 'soon' });
        refuse(res, error instanceof LinkyError ? error : late, 200);
      },
    );
  });

  RED.httpAdmin.post('/linky/meter/consent', allowed, (req, res) => {
    const typed = typedIn(req);
    if (!typed) {
      res.status(400).json({ error: { key: 'bad-form' } });
      return;
    }
    try {
      const clientId = given(filledIn(typed).clientId);
      if (!clientId) throw missing('client-missing');
      res.json({ address: consentPage(clientId, consents.begin(typed.id)) });
    } catch (error) {
      refuse(res, error as LinkyError);
    }
  });

  // Enedis sends the user's browser here. Where Node-RED asks for a password, that browser's editor has a token,
  // but a redirect cannot carry it: the state, known to that editor and to Enedis alone and good for one answer,
  // stands in its place. Enedis' `code` is not needed: the application asks for its bearers in its own name.
  RED.httpAdmin.get('/linky/consent', (req, res) => {
    const { state, usage_point_id: usagePoint } = req.query;
    const node = typeof state === 'string' ? consents.end(state) : undefined;
    const answer = (status: number, end: ConsentEnd, of?: string): void => {
      const lang = req.acceptsLanguages('fr', 'en') === 'fr' ? 'fr' : 'en-US';
      res
        .status(status)
        // The address of this page has the state and the code in it.
        .set({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' })
        .set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'")
        .type('html')
        .send(consentEndPage(lang, end, of));
    };
    if (node === undefined) answer(400, 'not-ours');
    else if (typeof usagePoint !== 'string' || !isUsagePoint(usagePoint)) answer(400, 'not-given');
    else {
      RED.comms.publish(`linky/consent/${node}`, { usagePoint }, false);
      answer(200, 'given', usagePoint);
    }
  });
}

/** @returns undefined for what the form cannot have sent */
function typedIn(req: HttpRequest): Typed | undefined {
  // Node-RED reads HTML forms too, and these a foreign page may post: it could have the stored token sent to itself.
  if (!req.is('json')) return undefined;
  const body = req.body as Record<string, unknown>;
  const values = FIELDS.map((name) => [name, body[name] ?? ''] as const);
  const fit = values.every(([, value]) => typeof value === 'string' && value.length <= LONGEST_FIELD);
  const typed = Object.fromEntries(values) as Typed;
  return fit && /^[\w.-]{1,64}$/.test(typed.id) ? typed : undefined;
}
