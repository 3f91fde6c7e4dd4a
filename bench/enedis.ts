/** Enedis inside this process: what the stand-in answers, worked out once for all usage points. */
import type { InternalAxiosRequestConfig } from 'axios';
import { setImmediate as turn } from 'node:timers/promises';
import { dayOf, minutesOfDay } from '../src/calendar/paris';
import { askEnedis, type Customers } from '../test/support/stand-in/enedis';
import { createGateway, questionOf } from '../test/support/stand-in/gateways';
import { USUAL_HOURS } from '../test/support/stand-in/publication';
import { createTruth } from '../test/support/stand-in/truth';
import { USAGE_POINT } from './meter';
import type { Call } from './quota';

const customers: Customers = {
  usagePoints: [USAGE_POINT],
  activation: undefined,
  consentFrom: undefined,
  noProduction: false,
  noConsumption: false,
  hourlyNotActivated: false,
  published: USUAL_HOURS,
  gaps: {},
};
const doors = {
  token: '',
  clientId: '',
  clientSecret: '',
  expiresInAsText: false,
  quota: Infinity,
  detail: 'text',
} as const;
/** Minutes of the day at which something of yesterday comes out. */
const HOURS = Object.values(USUAL_HOURS).map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3)));

interface Answer {
  status: number;
  text: string;
}

/**
 * What a gateway answers to an address, as often as it is asked.
 * @param name whose addresses they are
 */
export function answers(name: 'conso' | 'dataconnect', now: () => number): (address: string) => Answer {
  const gateway = createGateway(name, doors, now);
  const truth = createTruth(() => 30);
  const known = new Map<string, Answer>();
  return (address) => {
    const out = HOURS.filter((minutes) => minutesOfDay(now()) >= minutes).length;
    const key = `${dayOf(now())} ${out} ${address}`;
    const before = known.get(key);
    if (before) return before;
    const question = questionOf(gateway.read('GET', new URL(address, 'http://enedis')));
    const { status, body } = question
      ? gateway.present(askEnedis(question, customers, truth, now()))
      : { status: 404, body: '' };
    const answer = { status, text: JSON.stringify(body) };
    known.set(key, answer);
    return answer;
  };
}

/** Data Connect in place of axios' way to the network: one answer in each turn of the event loop. */
export class Transport {
  /** Every call, for bearers too: all of them count. */
  readonly calls: Call[] = [];
  underWay = 0;
  private last: Promise<void> = Promise.resolve();
  private readonly answerTo: (address: string) => Answer;

  constructor(private readonly now: () => number) {
    this.answerTo = answers('dataconnect', now);
  }

  readonly adapter = async (config: InternalAxiosRequestConfig) => {
    this.underWay += 1;
    this.last = this.last.then(() => turn());
    await this.last;
    this.underWay -= 1;
    const { status, text } = this.answer(config);
    return { data: text, status, statusText: '', headers: {}, config };
  };

  private answer({ method, url = '', params }: InternalAxiosRequestConfig): Answer {
    const query = (params ?? {}) as Record<string, string>;
    const { pointId: usagePoint } = query;
    this.calls.push({ at: this.now(), usagePoint });
    if (method === 'post') return { status: 200, text: '{"access_token":"bearer","expires_in":12600}' };
    const asked = new URLSearchParams({ ...query, pointId: USAGE_POINT });
    const { status, text } = this.answerTo(`${new URL(url).pathname}?${asked}`);
    return { status, text: text.replace(USAGE_POINT, `${usagePoint}`) };
  }
}
