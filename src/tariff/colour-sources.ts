import { clock } from '../calendar/clock';
import { instantOf } from '../calendar/instants';
import { addDays, daysBetween, dayOf, isDay, isoParis, startOfDay, type Day } from '../calendar/paris';
import type { DayRange } from '../calendar/ranges';
import { addressOf } from '../providers/address';
import { badAnswer, misconfigured } from '../providers/errors';
import { request, type HttpAnswer, type HttpRequest } from '../providers/http';
import { identityOf } from '../providers/identity';
import { MYELECTRICALDATA_ADDRESS } from '../providers/myelectricaldata';
import { GATEWAY_RATE, rateLimit } from '../providers/rate-limit';
import { given } from '../providers/variables';
import { sourceError } from './source-error';
import { seasonAround, type Colour } from './tempo';

/** Where Tempo colours come from. */
export interface ColourSource {
  /** A digest of its kind, address and account: tariffs with the same one share their requests. It shows no secret. */
  readonly identity: string;
  /** Its kind and address: colours are kept with it, and those of two sources do not mix. */
  readonly origin: string;

  /**
   * Requests the colours of some days, once.
   * @param range within one season
   * @returns those that are known
   * @throws LinkyError
   */
  colours(range: DayRange, signal: AbortSignal): Promise<Map<Day, Colour>>;
}

/** A tariff node's properties and credentials; an environment variable may have made a number of a text. */
export interface ColourSourceConfig {
  colours: unknown;
  /** Empty for the source's own address. */
  coloursUrl: unknown;
  clientId: unknown;
  clientSecret: unknown;
}

const API_COULEUR_TEMPO_ADDRESS = 'https://www.api-couleur-tempo.fr';
const RTE_ADDRESS = 'https://digital.iservices.rte-france.com';

/**
 * The source of Tempo colours of a tariff node.
 * @throws LinkyError `unknown-colours`, `url-invalid`, `variable-missing`
 */
export function colourSourceFor(config: ColourSourceConfig): ColourSource {
  const { colours: kind } = config;
  const baseOf = (own: string): string => addressOf(given(config.coloursUrl), own);
  switch (kind) {
    case 'api-couleur-tempo': {
      const base = baseOf(API_COULEUR_TEMPO_ADDRESS);
      return { ...identified(kind, base, ''), colours: apiCouleurTempo(base) };
    }
    case 'rte': {
      const base = baseOf(RTE_ADDRESS);
      const [clientId, clientSecret] = [given(config.clientId), given(config.clientSecret)];
      return {
        ...identified(kind, base, `${clientId} ${clientSecret}`),
        colours: rte(base, clientId, clientSecret),
      };
    }
    case 'myelectricaldata': {
      const base = baseOf(MYELECTRICALDATA_ADDRESS);
      const secret = given(config.clientSecret);
      return { ...identified(kind, base, secret), colours: myElectricalData(base, secret) };
    }
    default:
      throw misconfigured('unknown-colours');
  }
}

const identified = (kind: string, base: string, account: string) => ({
  identity: identityOf(kind, base, account),
  origin: `${kind} ${base}`,
});

type Colours = ColourSource['colours'];

async function send(base: string, http: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  await rateLimit.turn(base, GATEWAY_RATE, signal);
  return request(http, signal);
}

/** What comes from outside is looked at field by field. */
type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

/**
 * The colours in a list; what is none is left out.
 * @param entries as the source writes them
 * @throws LinkyError `bad-answer` where it is no list
 */
function coloursIn(
  entries: unknown,
  { start, end }: DayRange,
  read: (entry: Fields) => { day: Day | undefined; colour: Colour | undefined },
): Map<Day, Colour> {
  if (!Array.isArray(entries)) throw badAnswer();
  const colours = new Map<Day, Colour>();
  for (const entry of entries) {
    const { day, colour } = read(fieldsOf(entry));
    if (day !== undefined && colour && day >= start && day < end) colours.set(day, colour);
  }
  return colours;
}

const dayIn = (value: unknown): Day | undefined =>
  typeof value === 'string' && isDay(value) ? value : undefined;

const BY_CODE: Readonly<Partial<Record<number, Colour>>> = { 1: 'blue', 2: 'white', 3: 'red' };
const BY_WORD = new Map<string, Colour>([
  ['blue', 'blue'],
  ['bleu', 'blue'],
  ['white', 'white'],
  ['blanc', 'white'],
  ['red', 'red'],
  ['rouge', 'red'],
]);

const colourOfWord = (value: unknown): Colour | undefined =>
  typeof value === 'string' ? BY_WORD.get(value.trim().toLowerCase()) : undefined;

/** https://www.api-couleur-tempo.fr, free and without an account. */
const apiCouleurTempo =
  (base: string): Colours =>
  async (range, signal) => {
    const isOneDay = daysBetween(range.start, range.end) === 1;
    const season = seasonAround(range.start);
    const period = `${season.start.slice(0, 4)}-${season.end.slice(0, 4)}`;
    const http = isOneDay
      ? { url: `${base}/api/jourTempo/${range.start}` }
      : { url: `${base}/api/joursTempo`, query: { periode: period } };
    const answer = await send(base, http, signal);
    if (answer.status !== 200) throw sourceError(answer, false, clock.now());
    const { body } = answer;
    const isNamed = 'codeJour' in fieldsOf(body);
    return coloursIn(isOneDay && isNamed ? [body] : body, range, ({ dateJour, codeJour }) => ({
      day: dayIn(dateJour),
      colour: typeof codeJour === 'number' ? BY_CODE[codeJour] : undefined,
    }));
  };

/** MyElectricalData. It serves colours without an account too, and takes the last day as included. */
const myElectricalData =
  (base: string, secret: string): Colours =>
  async ({ start, end }, signal) => {
    const http = {
      url: `${base}/api/tempo/days`,
      query: { start_date: start, end_date: addDays(end, -1) },
      ...(secret !== '' && { headers: { Authorization: `Bearer ${secret}` } }),
    };
    const answer = await send(base, http, signal);
    if (answer.status !== 200) throw sourceError(answer, secret !== '', clock.now());
    const { success, data } = fieldsOf(answer.body);
    // Errors come with status 200.
    if (success === false) throw sourceError({ ...answer, status: 503 }, false, clock.now());
    return coloursIn(data, { start, end }, ({ date, color }) => ({
      day: dayIn(date),
      colour: colourOfWord(color),
    }));
  };

interface Bearer {
  token: string;
  /** Epoch ms. */
  until: number;
}

/** A bearer is not used any more this long before it ends, ms. */
const RENEWED_BEFORE = 60_000;

/** RTE's "Tempo Like Supply Contract", with an account of one's own. */
function rte(base: string, clientId: string, clientSecret: string): Colours {
  let bearer: Bearer | undefined;

  const newBearer = async (signal: AbortSignal): Promise<Bearer> => {
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    const http = {
      url: `${base}/token/oauth`,
      form: { grant_type: 'client_credentials' },
      headers: { Authorization: `Basic ${basic}` },
    };
    const answer = await send(base, http, signal);
    if (answer.status !== 200) {
      // RTE says 400 as well where it does not know the account.
      const status = answer.status === 400 ? 401 : answer.status;
      throw sourceError({ ...answer, status }, true, clock.now());
    }
    const { access_token: token, expires_in: seconds } = fieldsOf(answer.body);
    if (typeof token !== 'string' || !(Number(seconds) > 0)) throw badAnswer();
    return { token, until: clock.now() + Number(seconds) * 1000 };
  };

  const calendars = async (range: DayRange, signal: AbortSignal): Promise<HttpAnswer> => {
    if (!bearer || bearer.until - RENEWED_BEFORE <= clock.now()) bearer = await newBearer(signal);
    const http = {
      url: `${base}/open_api/tempo_like_supply_contract/v1/tempo_like_calendars`,
      query: { start_date: midnightOf(range.start), end_date: midnightOf(range.end) },
      headers: { Authorization: `Bearer ${bearer.token}` },
    };
    return send(base, http, signal);
  };

  return async (range, signal) => {
    if (!clientId || !clientSecret) throw misconfigured('client-missing');
    let answer = await calendars(range, signal);
    if (answer.status === 401) {
      // RTE may revoke a bearer before it ends: the request is repeated once, with a new bearer.
      bearer = undefined;
      answer = await calendars(range, signal);
    }
    if (answer.status !== 200) throw sourceError(answer, true, clock.now());
    const { tempo_like_calendars: content } = fieldsOf(answer.body);
    return coloursIn(fieldsOf(content)['values'], range, ({ start_date, value }) => ({
      day: dayFrom(start_date),
      colour: colourOfWord(value),
    }));
  };
}

/** RTE takes no fractions of a second. */
const midnightOf = (day: Day): string => isoParis(startOfDay(day)).replace('.000', '');

/** The day that begins at an instant; undefined where none does, as with a wrong offset. */
function dayFrom(value: unknown): Day | undefined {
  const instant = typeof value === 'string' ? instantOf(value) : undefined;
  if (instant === undefined) return undefined;
  const day = dayOf(instant);
  return startOfDay(day) === instant ? day : undefined;
}
