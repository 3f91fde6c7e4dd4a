import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nextHour, type Day } from './calendar';
import { askEnedis, enedisError, type Customers, type Outcome } from './enedis';
import { Faults, nameOf, send, type Fault } from './faults';
import {
  createGateway,
  questionOf,
  throttledUntil,
  type Answer,
  type Asked,
  type Doors,
  type Gateway,
  type GatewayName,
  type Incoming,
} from './gateways';
import { USUAL_HOURS, type Published } from './publication';
import { createTruth, USUAL_OFF_PEAK, type IntervalMinutes, type OffPeak, type Truth } from './truth';

export type { Fault } from './faults';
export { consoToken, type GatewayName } from './gateways';
export type { Gap } from './publication';
export type { Direction, Truth } from './truth';
export { directionOf, measureOf, type MeasureAnswer, type Point, type Series } from './wire';

/** All that a test can set, when it starts the stand-in or in the middle of its run. */
export interface Settings extends Customers, Doors {
  usagePoints: readonly string[];
  activation: Day | undefined;
  intervalMinutes: IntervalMinutes;
  /** When the registers count as off-peak. */
  offPeak: OffPeak;
}

export interface StandInOptions extends Partial<Omit<Settings, 'published'>> {
  /** Epoch ms: the test's clock. */
  now: () => number;
  gateway: GatewayName;
  usagePoints: readonly string[];
  published?: Partial<Published>;
}

/** One request; never what it authenticated itself with. */
export interface Call {
  /** By the test's clock, epoch ms. */
  at: number;
  /** `undefined`: an address the gateway does not know. */
  series: Asked['series'];
  usagePoint: string | undefined;
  start: string | undefined;
  end: string | undefined;
  path: string;
  /** Every parameter of the address. */
  query: Record<string, string>;
  userAgent: string | undefined;
  headers: { accept: string | undefined; 'x-med-format': string | undefined };
  /** Which process of a test made it, where it says so. */
  instance: string | undefined;
  /** What went out; 0 where nothing did (yet). */
  status: number;
  /** What went out has data in it: MyElectricalData reports errors with status 200. */
  hasData: boolean;
  /** What went wrong on purpose. */
  fault: string | undefined;
  /** Bytes of a huge body that were handed over. */
  sent: number;
}

/** What a test can wait for. */
export interface News {
  /** A request has arrived. */
  asked: [Call];
  /** No answer will come, or none of any use: `hang`, and `drip` after its first byte. */
  silent: [Call];
  /** The answer is sent, or its connection has ended. */
  over: [Call];
}

export interface StandIn {
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** Live: a change holds from the next call on. */
  settings: Settings;
  truth: Truth;
  faults: Faults;
  /** Every request, in the order of arrival. Set `length` to 0 to forget them. */
  calls: Call[];
  news: EventEmitter<News>;
  /** Makes every bearer of Data Connect unknown at once. */
  revokeBearers(): void;
  /** Ends all connections, hanging ones too. */
  close(): Promise<void>;
}

/**
 * A fake clock beside it must leave `nextTick`, `setImmediate` and `queueMicrotask` real: node:http lives by them.
 * (`sinon.useFakeTimers` fakes them unless `toFake` names Date and the timers alone.)
 */
export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const { now, gateway: name, published, ...rest } = options;
  const settings: Settings = {
    activation: undefined,
    consentFrom: undefined,
    noProduction: false,
    noConsumption: false,
    hourlyNotActivated: false,
    gaps: {},
    intervalMinutes: 30,
    token: 'stand-in-token',
    clientId: 'stand-in-client',
    clientSecret: 'stand-in-secret',
    expiresInAsText: false,
    quota: 50,
    hourlyLimit: Infinity,
    blocked: false,
    offPeak: USUAL_OFF_PEAK,
    contract: { power: '9', selfConsumption: true },
    offPeakHours: 'HC (22H00-6H00)',
    authorisations: {},
    ...rest,
    published: { ...USUAL_HOURS, ...published },
  };
  const truth = createTruth(
    () => settings.intervalMinutes,
    () => settings.offPeak,
  );
  const gateway = createGateway(name, settings, now);
  const faults = new Faults();
  const calls: Call[] = [];
  const news = new EventEmitter<News>();

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const method = request.method ?? '';
    const url = new URL(request.url ?? '/', 'http://stand-in');
    const asked = gateway.read(method, url);
    const { 'user-agent': userAgent, accept, authorization, 'content-type': contentType } = request.headers;
    const medFormat = request.headers['x-med-format']?.toString();
    const call: Call = {
      at: now(),
      ...asked,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      userAgent,
      headers: { accept, 'x-med-format': medFormat },
      instance: request.headers['x-instance']?.toString(),
      status: 0,
      hasData: false,
      fault: undefined,
      sent: 0,
    };
    calls.push(call);
    response.on('close', () => news.emit('over', call));
    news.emit('asked', call);

    const body = await textOf(request);
    const incoming: Incoming = { method, url, authorization, contentType, userAgent, medFormat, body };
    const own = gateway.own(asked, incoming);
    const question = own ? undefined : questionOf(asked);
    const outcome = question && askEnedis(question, settings, truth, call.at);
    const fault = faults.take(call, outcome !== undefined && 'content' in outcome);
    call.fault = fault && nameOf(fault);
    const honest = own ?? (outcome ? gateway.present(outcome) : { status: 404 });
    if (!fault) gateway.remember(incoming, honest);
    const spoilt = (fault && spoil(fault, outcome, gateway, call.at)) ?? honest;
    const kept = own
      ? (own.body as { success?: unknown } | undefined)?.success === true
      : !!outcome && 'content' in outcome;
    call.hasData = kept && (fault === undefined || fault === 'drip' || nameOf(fault) === 'mutate');
    call.status = send(response, spoilt, fault, {
      sent: (bytes) => {
        call.sent += bytes;
      },
      silent: () => news.emit('silent', call),
    });
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // A mistake in a test's own function, or a client that left: an answer that shows it beats a test that hangs.
      if (!response.headersSent) response.writeHead(599);
      response.end(String(error));
    });
  });
  // A connection closed by the real clock, while the client lives by a fake one, would look like a fault.
  server.keepAliveTimeout = 0;
  await listenAnew(server);

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    settings,
    truth,
    faults,
    calls,
    news,
    revokeBearers: () => {
      gateway.revoke();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** @returns what Enedis or the gateway's wrapping says instead; undefined where the fault lies elsewhere */
function spoil(fault: Fault, outcome: Outcome | undefined, gateway: Gateway, at: number): Answer | undefined {
  if (typeof fault !== 'object') return undefined;
  if ('enedis' in fault) {
    return gateway.present({ error: enedisError(fault.enedis, fault.status, fault.shape) });
  }
  if ('throttled' in fault) return throttled(fault, gateway, at);
  if ('mutate' in fault && outcome && 'content' in outcome) {
    return gateway.present({
      content: fault.mutate(structuredClone(outcome.content)) as typeof outcome.content,
    });
  }
  return undefined;
}

function throttled(
  { status = 429, retryAfter, nextAccessTime }: Extract<Fault, { throttled: true }>,
  gateway: Gateway,
  at: number,
): Answer {
  const usual = throttledUntil(nextHour(at));
  const until =
    nextAccessTime === false
      ? enedisError('900804')
      : { ...usual, nextAccessTime: nextAccessTime ?? usual.nextAccessTime };
  const answer = gateway.present({ error: { ...until, status } });
  return retryAfter === undefined ? answer : { ...answer, headers: { 'retry-after': retryAfter } };
}

const usedPorts = new Set<number>();

/**
 * At a port that no stand-in of this process had: what the client keeps by address (a bearer of Data Connect) would be
 * another one's.
 */
async function listenAnew(server: Server): Promise<void> {
  for (;;) {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    if (!usedPorts.has(port)) {
      usedPorts.add(port);
      return;
    }
    await new Promise((resolve) => server.close(resolve));
  }
}
