import { VERSION } from '../version';
import { LinkyError, timedOut } from './errors';

/** The largest answer that is read, bytes. */
const LARGEST_ANSWER = 8 * 1024 * 1024;
/** How long an answer may take, ms. */
const TIMEOUT = 30_000;

/** Gateways ask for a `User-Agent` that names the project and its page. */
const USER_AGENT = `node-red-dashboard-2-linky/${VERSION} (+https://flows.nodered.org/node/node-red-dashboard-2-linky)`;

/** Loading axios would take most of the time of a start: it is loaded with the first request. */
const load = () => import('axios');
let loading: ReturnType<typeof load> | undefined;

export interface HttpRequest {
  url: string;
  query?: Record<string, string>;
  /** Sent as a form, with POST; without it, and without `json`, the request is a GET. */
  form?: Record<string, string>;
  /** Sent as JSON, with POST. */
  json?: object;
  headers?: Record<string, string>;
  /** Follows redirects, to other hosts too; ignored where the request carries credentials or content. */
  followRedirects?: boolean;
}

/** An answer of any status. */
export interface HttpAnswer {
  status: number;
  /** The `Retry-After` header. */
  retryAfter: unknown;
  /** The body as it came. */
  text: string;
  /** Undefined where it is not JSON. */
  body: unknown;
  /** The body is a page for people. */
  isHtml: boolean;
}

/** data.gouv.fr needs one or two. */
const MOST_REDIRECTS = 5;
const REDIRECT_ERRORS = ['ERR_FR_REDIRECTION_FAILURE', 'ERR_FR_TOO_MANY_REDIRECTS'];

/** Whether a request shows nobody anything that is not public. */
const isPublic = ({ form, json, headers = {} }: HttpRequest): boolean =>
  !form && !json && !Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');

/** From https nobody on the way may lead to http, where anybody could change the answer. */
const refuseDowngrade = (from: string) => (to: { href?: unknown }) => {
  if (/^https:/i.test(from) && !/^https:/i.test(String(to.href))) throw new Error('redirected to http');
};

/**
 * Sends one request. Without `followRedirects` no redirect is followed, and never with credentials, so that a token
 * never reaches another host. A proxy named in the environment (`HTTPS_PROXY`, `NO_PROXY`) is used.
 * @throws LinkyError `timeout`, `unreachable`, `too-large`, `redirected`; no status is an error here
 */
export async function request(http: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const { url, query, form, json, headers, followRedirects = false } = http;
  const { default: axios, isAxiosError } = await (loading ??= load());
  try {
    const answer = await axios.request<string>({
      method: form || json ? 'POST' : 'GET',
      url,
      ...(query && { params: query }),
      ...(form && { data: new URLSearchParams(form) }),
      ...(json && { data: json }),
      headers: { Accept: 'application/json', 'User-Agent': USER_AGENT, ...headers },
      responseType: 'text',
      // JSON is parsed below: axios would return text that is not JSON as if it were a parsed body.
      transformResponse: (text: string) => text,
      maxRedirects: followRedirects && isPublic(http) ? MOST_REDIRECTS : 0,
      beforeRedirect: refuseDowngrade(url),
      maxContentLength: LARGEST_ANSWER,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
      validateStatus: () => true,
    });
    const { status, data } = answer;
    const isHtml = /^\s*<(!doctype|html)/i.test(data.slice(0, 200));
    return { status, retryAfter: answer.headers['retry-after'], text: data, body: parsed(data), isHtml };
  } catch (error) {
    // Axios' errors contain the request with its token: none of them leaves this function.
    throw signal.aborted
      ? signal.reason
      : transportError(error, isAxiosError(error) ? error.code : undefined);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function transportError(error: unknown, code = 'ERR_NETWORK'): LinkyError {
  const message = error instanceof Error ? error.message : '';
  if (message.startsWith('maxContentLength')) {
    return new LinkyError('too-large', { key: 'too-large', retry: 'next-slot' });
  }
  if (code === 'ERR_CANCELED' || code === 'ECONNABORTED' || code === 'ETIMEDOUT') {
    return timedOut();
  }
  if (REDIRECT_ERRORS.includes(code)) {
    return new LinkyError('redirected', { key: 'redirected', retry: 'next-slot' });
  }
  return new LinkyError(code, { key: 'unreachable', retry: 'soon' });
}
