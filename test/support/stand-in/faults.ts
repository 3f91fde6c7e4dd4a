import type { ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { EnedisCode, ErrorShape } from './enedis';
import type { Answer, Asked } from './gateways';
import { BLOCKED } from './gateways';
import type { MeasureAnswer } from './wire';

/**
 * What can go wrong on the way. The gateway still does its checks and counts its quota first; where a fault needs a
 * body (`drip`, `truncated`, `huge`), it is the honest one.
 */
export type Fault =
  /** The connection is reset before a byte of an answer. */
  | 'reset'
  /** No answer until the client or `close` ends it. */
  | 'hang'
  /** The body comes byte by byte, one each 20 ms of the real clock. */
  | 'drip'
  /** The body ends long before the length that was told. */
  | 'truncated'
  /** An HTML page, as success. */
  | 'html200'
  /** Enedis' maintenance page. */
  | 'html503'
  /** The page of an address that is blocked. */
  | 'blocked'
  /** Success with no body at all. */
  | 'empty'
  /** Success, called JSON, that breaks off in the middle. */
  | 'not-json'
  /** 100 MB. */
  | 'huge'
  /** A right answer, were it not for that many MB of blanks in it; compressed on request. */
  | { huge: number; gzip?: boolean }
  /** 302, or another status, to another address. */
  | { redirect: string; status?: number }
  /** One of Enedis' errors (or the gateway's own), as the gateway hands it on; some come in several ways. */
  | { enedis: EnedisCode; status?: number; shape?: ErrorShape }
  /**
   * Enedis' 429, as the gateway hands it on. It names the next full hour, or `nextAccessTime` (as text:
   * `2026-Jul-22 05:00:00+0000 UTC`), or none at all.
   */
  | { throttled: true; status?: number; retryAfter?: string; nextAccessTime?: string | false }
  /** The content changed before the gateway wraps and relabels it; waits for an answer that has one. */
  | { mutate: (answer: MeasureAnswer) => unknown }
  /** This, as it is. */
  | Answer;

/** A fault for each call, or none: for outages between two instants, every third call, and so on. */
export type FaultOf = (call: { at: number; series: string | undefined }) => Fault | undefined;

/** The calls a fault is for; all without. */
export interface Only {
  series?: Exclude<Asked['series'], undefined>;
}

export class Faults {
  private readonly queue: { fault: Fault; series: string | undefined }[] = [];
  private readonly standing = new Map<string | undefined, Fault | FaultOf>();

  /** For the next call (of a series) alone; several queue up. */
  next(fault: Fault, { series }: Only = {}): void {
    this.queue.push({ fault, series });
  }

  /** For each call (of a series) from now on; `undefined` ends it, without `series` all of them. */
  always(fault: Fault | FaultOf | undefined, { series }: Only = {}): void {
    if (fault !== undefined) this.standing.set(series, fault);
    else if (series !== undefined) this.standing.delete(series);
    else this.standing.clear();
  }

  clear(): void {
    this.queue.length = 0;
    this.standing.clear();
  }

  /** @param hasContent whether there is a content to change */
  take(call: { at: number; series: string | undefined }, hasContent: boolean): Fault | undefined {
    const fits = (fault: Fault): boolean => hasContent || !(typeof fault === 'object' && 'mutate' in fault);
    const index = this.queue.findIndex(
      ({ fault, series }) => (series === undefined || series === call.series) && fits(fault),
    );
    if (index >= 0) return this.queue.splice(index, 1)[0]?.fault;
    const standing = this.standing.get(call.series) ?? this.standing.get(undefined);
    const fault = typeof standing === 'function' ? standing(call) : standing;
    return fault !== undefined && fits(fault) ? fault : undefined;
  }
}

/** The fault in a word, for the log of calls. */
export function nameOf(fault: Fault): string {
  if (typeof fault === 'string') return fault;
  if ('enedis' in fault) return fault.enedis;
  const named = ['huge', 'redirect', 'throttled', 'mutate'].find((name) => name in fault);
  return named ?? String((fault as Answer).status);
}

const PAGES: Record<string, Answer> = {
  html200: html(200, 'Connexion à votre espace'),
  blocked: BLOCKED,
  html503: html(503, 'Service momentanément indisponible'),
  empty: { status: 200, body: '' },
  'not-json': { status: 200, body: '{"idPrm":"123456789' },
};

function html(status: number, text: string): Answer {
  const body = `<!DOCTYPE html>\n<html lang="fr"><head><title>Enedis</title></head><body><h1>${text}</h1></body></html>\n`;
  return { status, body, headers: { 'content-type': 'text/html; charset=utf-8' } };
}

// Taken before a test installs a fake clock: bytes drip by the real one.
const { setInterval: every, clearInterval: stop } = globalThis;

const MEGABYTE = 1024 * 1024;

/** What hears of an answer on its way. */
interface Progress {
  /** How many bytes of a huge body were handed over. */
  sent: (bytes: number) => void;
  /** Nothing of any use will come. */
  silent: () => void;
}

/**
 * Sends an answer, with what goes wrong with it.
 * @returns the status that goes out; 0 where none does
 */
export function send(
  response: ServerResponse,
  honest: Answer,
  fault: Fault | undefined,
  { sent, silent }: Progress,
): number {
  if (fault === 'reset') response.socket?.resetAndDestroy();
  if (fault === 'hang') silent();
  if (fault === 'reset' || fault === 'hang') return 0;
  if (fault === 'drip') return drip(response, honest, silent);
  if (fault === 'truncated') return truncate(response, honest);
  if (fault === 'huge') return swell(response, honest, { huge: 100 }, sent);
  if (typeof fault === 'object' && 'huge' in fault) return swell(response, honest, fault, sent);
  if (typeof fault === 'object' && 'redirect' in fault) {
    return whole(response, { status: fault.status ?? 302, body: '', headers: { location: fault.redirect } });
  }
  if (typeof fault === 'string') return whole(response, PAGES[fault] ?? honest);
  return whole(response, fault && isAnswer(fault) ? fault : honest);
}

export const isAnswer = (fault: Fault): fault is Answer =>
  typeof fault === 'object' &&
  'status' in fault &&
  !('redirect' in fault || 'enedis' in fault || 'throttled' in fault);

const textOf = ({ body }: Answer): string =>
  typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);

const headersOf = ({ headers }: Answer): Record<string, string> => ({
  'content-type': 'application/json; charset=utf-8',
  ...headers,
});

function whole(response: ServerResponse, answer: Answer): number {
  const body = Buffer.from(textOf(answer));
  response.writeHead(answer.status, { 'content-length': String(body.length), ...headersOf(answer) });
  response.end(body);
  return answer.status;
}

function drip(response: ServerResponse, answer: Answer, silent: () => void): number {
  const body = Buffer.from(textOf(answer));
  response.writeHead(answer.status, { 'content-length': String(body.length), ...headersOf(answer) });
  response.write(body.subarray(0, 1), silent);
  let next = 1;
  const timer = every(() => {
    response.write(body.subarray(next, next + 1));
    next += 1;
    if (next === body.length) {
      stop(timer);
      response.end();
    }
  }, 20);
  response.on('close', () => {
    stop(timer);
  });
  return answer.status;
}

function truncate(response: ServerResponse, answer: Answer): number {
  const body = Buffer.from(textOf(answer));
  response.writeHead(answer.status, { 'content-length': String(body.length), ...headersOf(answer) });
  response.write(body.subarray(0, body.length / 2), () => {
    response.socket?.end();
  });
  return answer.status;
}

function swell(
  response: ServerResponse,
  answer: Answer,
  { huge, gzip = false }: { huge: number; gzip?: boolean },
  sent: (bytes: number) => void,
): number {
  const body = textOf(answer);
  function* chunks(): Generator<Buffer> {
    yield Buffer.from(body.slice(0, -1));
    const blanks = Buffer.alloc(MEGABYTE / 16, ' ');
    for (let left = huge * MEGABYTE; left > 0; left -= blanks.length) {
      sent(blanks.length);
      yield blanks;
    }
    yield Buffer.from(body.slice(-1));
  }
  response.writeHead(answer.status, {
    ...headersOf(answer),
    ...(gzip ? { 'content-encoding': 'gzip' } : {}),
  });
  const source = Readable.from(chunks(), { objectMode: false });
  const gone = (): void => {
    // The client went away: nothing more to do.
  };
  if (gzip) pipeline(source, createGzip({ level: 1 }), response, gone);
  else pipeline(source, response, gone);
  return answer.status;
}
