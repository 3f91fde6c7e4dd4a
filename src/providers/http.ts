import { LinkyError } from './errors';

/** The largest answer that is read, bytes. */
const LARGEST_ANSWER = 8 * 1024 * 1024;
/** How long an answer may take, ms. */
const TIMEOUT = 30_000;

const USER_AGENT = 'node-red-dashboard-2-linky (https://flows.nodered.org/node/node-red-dashboard-2-linky)';

/** Axios takes longer to load than all the rest of a start: it comes with the first call. */
const load = () => import('axios');
let loading: ReturnType<typeof load> | undefined;

interface HttpRequest {
  url: string;
  query?: Record<string, string>;
  /** Sent as a form, with POST; without it the request is a GET. */
  form?: Record<string, string>;
  headers?: Record<string, string>;
}

/** An answer as it came: the body parsed where it is JSON, else undefined. */
export interface HttpAnswer {
  status: number;
  /** The `Retry-After` header. */
  retryAfter: unknown;
  body: unknown;
}

/**
 * One request with credentials: no redirect is followed, so that a token never reaches another host. A proxy named
 * in the environment (`HTTPS_PROXY`, `NO_PROXY`) is used.
 * @throws LinkyError `timeout`, `unreachable`, `too-large`; never for a status, whatever it is
 */
export async function request(
  { url, query, form, headers }: HttpRequest,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { default: axios, isAxiosError } = await (loading ??= load());
  try {
    const answer = await axios.request<string>({
      method: form ? 'POST' : 'GET',
      url,
      ...(query && { params: query }),
      ...(form && { data: new URLSearchParams(form) }),
      headers: { Accept: 'application/json', 'User-Agent': USER_AGENT, ...headers },
      responseType: 'text',
      // JSON is parsed below: axios would hand over text that is not JSON as if it were an answer.
      transformResponse: (text: string) => text,
      maxRedirects: 0,
      maxContentLength: LARGEST_ANSWER,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
      validateStatus: () => true,
    });
    return { status: answer.status, retryAfter: answer.headers['retry-after'], body: parsed(answer.data) };
  } catch (error) {
    // Axios' errors hold the request with its token: none of them leaves this function.
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
    return new LinkyError('too-large', { key: 'too-large', remedy: 'next-attempt' });
  }
  if (code === 'ERR_CANCELED' || code === 'ECONNABORTED' || code === 'ETIMEDOUT') {
    return new LinkyError('ETIMEDOUT', { key: 'timeout', remedy: 'soon' });
  }
  return new LinkyError(code, { key: 'unreachable', remedy: 'soon' });
}
