import type { NodeAPI } from 'node-red';
import { timedOut, type ErrorKey, type LinkyError } from '../../src/providers/errors';
import { storeError } from '../../src/store/store-error';

/** A request with all its calls, ms: a gateway's rate limit may make it wait. */
export const REQUEST_AT_MOST = 60_000;
/** Sentences that name a reason; it is the system's code or a status there, never a server's own words. */
const REASONED: readonly ErrorKey[] = [
  'unreachable',
  'wrong-address',
  'variable-missing',
  'api-not-subscribed',
  'store-unusable',
  'database-unreachable',
  'database-refused',
  'database-failed',
];

/** What is used of Express, whose types are Node-RED's. */
interface HttpRequest {
  is(type: string): unknown;
  body: unknown;
}
interface HttpResponse {
  status(code: number): { json(body: object): unknown };
  on(event: 'close', listener: () => void): unknown;
}

/** Whether a text can be the id of a node. */
export const isNodeId = (text: string): boolean => /^[\w.-]{1,64}$/.test(text);

/**
 * Answers what a form in the editor posts with what `work` makes of it, or with the key of an error's sentence.
 * @param permission that the user needs
 * @param read makes of the body what the form sent; undefined: the form cannot have sent it
 */
export function serveForm<T>(
  RED: NodeAPI,
  path: string,
  permission: string,
  read: (body: Readonly<Record<string, unknown>>) => T | undefined,
  work: (values: T, signal: AbortSignal) => object | Promise<object>,
): void {
  RED.httpAdmin.post(path, RED.auth.needsPermission(permission), (req, res) => {
    const values = valuesIn(req, read);
    if (values === undefined) {
      refuseForm(res);
      return;
    }
    const gone = goneSignal(res);
    const signal = AbortSignal.any([gone, AbortSignal.timeout(REQUEST_AT_MOST)]);
    Promise.resolve()
      .then(() => work(values, signal))
      .then(
        (answer) => res.json(answer),
        (error: unknown) => {
          if (gone.aborted) return;
          refuse(res, signal.aborted ? timedOut() : storeError(error));
        },
      );
  });
}

function valuesIn<T>(
  req: HttpRequest,
  read: (body: Readonly<Record<string, unknown>>) => T | undefined,
): T | undefined {
  // Node-RED reads HTML forms too, and these a foreign page may post: it could have the stored token sent to itself.
  return req.is('json') ? read(Object(req.body) as Record<string, unknown>) : undefined;
}

/** Aborts when the browser goes away. */
export function goneSignal(res: HttpResponse): AbortSignal {
  const gone = new AbortController();
  res.on('close', () => {
    gone.abort();
  });
  return gone.signal;
}

/** Answers a request that no form of this package can have sent. */
export function refuseForm(res: HttpResponse): void {
  res.status(400).json({ error: { key: 'bad-form' } });
}

export function refuse(res: HttpResponse, error: LinkyError): void {
  const reason = REASONED.includes(error.key) ? { reason: error.about } : {};
  // What the user has to correct in the form is a bad request; what a server said of a good one is an answer.
  res.status(error.retry === 'after-change' ? 400 : 200).json({ error: { key: error.key, ...reason } });
}
