import assert from 'node:assert/strict';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { DateTime } from 'luxon';
import * as mutations from './stand-in/mutations';
import {
  consoToken,
  startStandIn,
  type Direction,
  type Fault,
  type GatewayName,
  type Hole,
  type MeterReading,
  type Series,
  type StandIn,
  type StandInOptions,
} from './stand-in/server';

const POINT = '12345678901234';
const OTHER = '22222222222222';

const paris = (text: string): number => DateTime.fromISO(text, { zone: 'Europe/Paris' }).toMillis();
const shown = (instant: number): string => new Date(instant).toISOString().slice(0, 16);

interface Reply {
  status: number;
  headers: Headers;
  body: unknown;
}

describe('The stand-in for Enedis', () => {
  let standIn: StandIn;
  let now: number;

  const start = async (options: Partial<StandInOptions> = {}): Promise<void> => {
    standIn = await startStandIn({
      now: () => now,
      gateway: 'dataconnect',
      usagePoints: [POINT],
      ...options,
    });
  };

  const request = async (path: string, init: RequestInit = {}): Promise<Reply> => {
    const response = await fetch(standIn.url + path, { redirect: 'manual', ...init });
    const text = await response.text();
    let body: unknown = text;
    if (/^[{[]/.test(text)) body = JSON.parse(text);
    return { status: response.status, headers: response.headers, body };
  };

  const PATHS: Record<Series, string> = {
    'consumption-load-curve': '/metering_data_clc/v5/consumption_load_curve',
    'consumption-daily': '/metering_data_dc/v5/daily_consumption',
    'consumption-max-power': '/metering_data_dcmp/v5/daily_consumption_max_power',
    'production-load-curve': '/metering_data_plc/v5/production_load_curve',
    'production-daily': '/metering_data_dp/v5/daily_production',
  };
  const pathOf = (series: Series, from: string, to: string, point = POINT): string =>
    `${PATHS[series]}?usage_point_id=${point}&start=${from}&end=${to}`;

  const credentials = (clientSecret = 'stand-in-secret', type = 'client_credentials'): URLSearchParams =>
    new URLSearchParams({ grant_type: type, client_id: 'stand-in-client', client_secret: clientSecret });

  const bearer = async (): Promise<Record<string, string>> => {
    const { body } = await request('/oauth2/v3/token', { method: 'POST', body: credentials() });
    return { authorization: `Bearer ${(body as { access_token: string }).access_token}` };
  };

  /** One call through Data Connect: the shortest way to Enedis. */
  const ask = async (series: Series, from: string, to: string, point = POINT): Promise<Reply> =>
    request(pathOf(series, from, to, point), { headers: await bearer() });

  const entriesOf = (reply: Reply): MeterReading['interval_reading'] => {
    assert.equal(reply.status, 200, JSON.stringify(reply.body));
    return (reply.body as { meter_reading: MeterReading }).meter_reading.interval_reading;
  };

  /** `200`, or what Enedis says is wrong. */
  const verdict = ({ status, body }: Reply): string => {
    const { error } = body as { error?: string };
    return error === undefined ? String(status) : `${status} ${error}`;
  };

  beforeEach(() => {
    now = paris('2026-11-23T12:00');
  });

  afterEach(async () => {
    await standIn.close();
  });

  describe('knows the truth', () => {
    beforeEach(() => start());

    it('the same at any time, another for each usage point, direction and day', () => {
      const { truth } = standIn;
      const key = (point: string, direction: Direction, day: string): string =>
        JSON.stringify(truth.loadCurve(point, direction, day).map(({ value }) => value));
      const keys = [
        key(POINT, 'consumption', '2026-11-20'),
        key(POINT, 'consumption', '2026-11-21'),
        key(POINT, 'production', '2026-11-20'),
        key(OTHER, 'consumption', '2026-11-20'),
      ];
      assert.equal(new Set(keys).size, keys.length);
      now += 1e9;
      assert.equal(key(POINT, 'consumption', '2026-11-20'), keys[0]);
    });

    for (const direction of ['consumption', 'production'] as const) {
      it(`a year of ${direction} with whole numbers, zeros, and a day that is nearly its half hours`, () => {
        let zeros = 0;
        for (let day = 0; day < 365; day += 1) {
          const date = new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10);
          const curve = standIn.truth.loadCurve(POINT, direction, date);
          const daily = standIn.truth.daily(POINT, direction, date);
          assert.ok(curve.every(({ value }) => Number.isInteger(value) && value >= 0 && value < 9000));
          const energy = curve.reduce((sum, { value }) => sum + value / 2, 0);
          assert.ok(Number.isInteger(daily) && Math.abs(daily - energy) < 25, `${date} ${daily} ${energy}`);
          zeros += curve.filter(({ value }) => value === 0).length;
        }
        assert.ok(zeros > 50);
      });
    }

    it('a peak above the mean powers, within its day, which the label tells without doubt', async () => {
      const entries = entriesOf(await ask('consumption-max-power', '2026-03-01', '2026-11-01'));
      for (const { date, value } of entries) {
        const day = date.slice(0, 10);
        const peak = standIn.truth.maxPower(POINT, day);
        assert.equal(paris(date.replace(' ', 'T')), peak.at);
        assert.equal(value, String(peak.value));
        assert.ok(
          standIn.truth.loadCurve(POINT, 'consumption', day).every((mean) => mean.value < peak.value),
          day,
        );
      }
      assert.equal(entries.length, 245);
    });
  });

  describe('writes as Enedis', () => {
    it('daily energy', async () => {
      await start();
      assert.deepEqual((await ask('consumption-daily', '2026-11-20', '2026-11-22')).body, {
        meter_reading: {
          usage_point_id: POINT,
          start: '2026-11-20',
          end: '2026-11-22',
          quality: 'BRUT',
          reading_type: {
            unit: 'Wh',
            measurement_kind: 'energy',
            aggregate: 'sum',
            measuring_period: 'P1D',
          },
          interval_reading: [
            { value: String(standIn.truth.daily(POINT, 'consumption', '2026-11-20')), date: '2026-11-20' },
            { value: String(standIn.truth.daily(POINT, 'consumption', '2026-11-21')), date: '2026-11-21' },
          ],
        },
      });
    });

    const curves: { day: string; count: number; at: number; labels: string[]; starts: string }[] = [
      // An ordinary day, winter: 00:00 in Paris is 23:00 UTC.
      { day: '2026-11-20', count: 48, at: 0, labels: ['00:30', '01:00'], starts: '2026-11-19T23:00' },
      { day: '2026-11-20', count: 48, at: 46, labels: ['23:30', '00:00'], starts: '2026-11-20T22:00' },
      // March: no second hour.
      {
        day: '2026-03-29',
        count: 46,
        at: 1,
        labels: ['01:00', '01:30', '03:00', '03:30'],
        starts: '2026-03-28T23:30',
      },
      // October: the second hour twice.
      {
        day: '2026-10-25',
        count: 50,
        at: 2,
        labels: ['01:30', '02:00', '02:30', '02:00', '02:30', '03:00'],
        starts: '2026-10-24T23:00',
      },
    ];
    for (const { day, count, at, labels, starts } of curves) {
      it(`the load curve of ${day}: ${count} intervals, ${labels.join(' ')}`, async () => {
        await start();
        const after = DateTime.fromISO(day).plus({ days: 1 }).toFormat('yyyy-MM-dd');
        const entries = entriesOf(await ask('consumption-load-curve', day, after));
        const curve = standIn.truth.loadCurve(POINT, 'consumption', day);
        assert.equal(entries.length, count);
        assert.deepEqual(
          entries.slice(at, at + labels.length).map(({ date }) => date.slice(11, 16)),
          labels,
        );
        assert.equal(shown(curve[at]?.start ?? 0), starts);
        assert.equal(entries.at(-1)?.date, `${after} 00:00:00`);
        assert.deepEqual(
          entries.map(({ value }) => Number(value)),
          curve.map(({ value }) => value),
        );
        assert.ok(entries.every((entry) => entry.interval_length === 'PT30M' && entry.measure_type === 'B'));
      });
    }

    it('other lengths, from one day to the next and within a day', async () => {
      await start({
        intervalMinutes: (day) =>
          day === '2026-11-20'
            ? 60
            : [
                { from: '00:00', minutes: 30 },
                { from: '12:00', minutes: 10 },
              ],
      });
      const entries = entriesOf(await ask('production-load-curve', '2026-11-20', '2026-11-22'));
      const runs = entries.map((entry) => entry.interval_length);
      assert.deepEqual(
        ['PT60M', 'PT30M', 'PT10M'].map((length) => runs.filter((other) => other === length).length),
        [24, 24, 72],
      );
      assert.deepEqual(
        entries.slice(46, 50).map(({ date }) => date.slice(11, 16)),
        ['11:30', '12:00', '12:10', '12:20'],
      );
    });
  });

  describe('publishes', () => {
    const hours: [Series, string, string][] = [
      ['consumption-daily', '08:09:59', '404 no_data_found'],
      ['consumption-daily', '08:10', '200'],
      ['production-daily', '08:10', '200'],
      ['consumption-max-power', '08:59:59', '404 no_data_found'],
      ['consumption-max-power', '09:00', '200'],
      ['consumption-load-curve', '10:29:59', '404 no_data_found'],
      ['consumption-load-curve', '10:30', '200'],
      ['production-load-curve', '10:30', '200'],
    ];
    for (const [series, time, expected] of hours) {
      it(`yesterday's ${series} at ${time}: ${expected}`, async () => {
        now = paris(`2026-11-23T${time}`);
        await start();
        assert.equal(verdict(await ask(series, '2026-11-22', '2026-11-23')), expected);
      });
    }

    it('at other hours where told', async () => {
      await start({ published: { daily: '13:00' } });
      assert.equal(verdict(await ask('consumption-daily', '2026-11-22', '2026-11-23')), '404 no_data_found');
      assert.equal(verdict(await ask('consumption-load-curve', '2026-11-22', '2026-11-23')), '200');
    });

    const holes: [string, Hole, number][] = [
      ['never', 'never', 0],
      ['later', '2026-11-23T12:00:01', 0],
      ['since now', '2026-11-23T12:00', 48],
      ['since an epoch', paris('2026-11-23T11:00'), 48],
      ['in part', { first: 20, until: 'never' }, 20],
      ['in part, and since then whole', { first: 20, until: '2026-11-23T11:00' }, 48],
    ];
    for (const [what, hole, expected] of holes) {
      it(`a day ${what}: ${expected} of 48 half hours`, async () => {
        await start({ holes: { 'consumption-load-curve': { '2026-11-21': hole } } });
        const entries = entriesOf(await ask('consumption-load-curve', '2026-11-20', '2026-11-23'));
        assert.equal(entries.length, 96 + expected);
      });
    }
  });

  describe('refuses as Enedis', () => {
    const today = '2026-11-23';
    const refusals: [Series, string, string, string, Partial<StandInOptions>?][] = [
      ['consumption-daily', '2026-11-22', today, '200'],
      ['consumption-daily', today, today, '400 Invalid_request'],
      ['consumption-daily', today, '2026-11-22', '400 Invalid_request'],
      ['consumption-daily', '2026-11-22', '2026-11-24', '400 Invalid_request'],
      ['consumption-daily', '2026-02-29', '2026-03-02', '400 Invalid_request'],
      ['consumption-daily', '2026-2-1', '2026-03-02', '400 Invalid_request'],
      ['consumption-daily', '', today, '400 Invalid_request'],
      ['consumption-daily', '2025-11-23', today, '200'],
      ['consumption-daily', '2025-11-22', today, '400 Invalid_request'],
      ['consumption-max-power', '2025-11-22', today, '400 Invalid_request'],
      ['consumption-load-curve', '2026-11-16', today, '200'],
      ['consumption-load-curve', '2026-11-15', today, '400 ADAM-DC-0015'],
      ['consumption-load-curve', '2024-11-08', '2024-11-15', '200'],
      ['consumption-load-curve', '2024-11-07', '2024-11-14', '400 ADAM-ERR0125'],
      ['consumption-daily', '2023-11-08', '2024-11-07', '200'],
      ['production-daily', '2023-11-07', '2023-11-08', '400 ADAM-ERR0125'],
      ['consumption-daily', '2026-05-01', today, '200', { activation: '2026-05-01' }],
      ['consumption-daily', '2026-04-30', today, '400 ADAM-ERR0123', { activation: '2026-05-01' }],
      ['consumption-daily', '2026-04-30', today, '403 ADAM-DC-0009', { consentFrom: '2026-05-01' }],
      ['consumption-daily', '2026-11-22', today, '403 ADAM-DC-0008', { usagePoints: [OTHER] }],
      ['production-daily', '2026-11-22', today, '400 ADAM-ERR0069', { noProduction: true }],
      ['consumption-daily', '2026-11-22', today, '200', { noProduction: true }],
      ['consumption-daily', '2026-11-22', today, '400 ADAM-ERR0069', { noConsumption: [POINT] }],
      ['consumption-daily', '2026-11-22', today, '200', { noConsumption: [OTHER] }],
      ['production-load-curve', '2026-11-22', today, '400 ADAM-ERR0191', { hourlyNotActivated: true }],
      ['consumption-max-power', '2026-11-22', today, '200', { hourlyNotActivated: true }],
    ];
    for (const [series, from, to, expected, options] of refusals) {
      it(`${series} ${from}/${to} ${options ? JSON.stringify(options) : ''}: ${expected}`, async () => {
        await start(options);
        assert.equal(verdict(await ask(series, from, to)), expected);
      });
    }

    it('a malformed usage point, and what changes in the middle of a run', async () => {
      await start();
      assert.equal(
        verdict(await ask('consumption-daily', '2026-11-22', today, '123')),
        '400 Invalid_request',
      );
      standIn.settings.usagePoints = [];
      assert.equal(verdict(await ask('consumption-daily', '2026-11-22', today)), '403 ADAM-DC-0008');
    });
  });

  describe('is Conso API', () => {
    const path = (from = '2026-11-22', to = '2026-11-23', point = POINT): string =>
      `/api/consumption_max_power?prm=${point}&start=${from}&end=${to}`;
    const bearing = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });
    const right = bearing('stand-in-token');

    beforeEach(() => start({ gateway: 'conso' }));

    it('answers the content of meter_reading', async () => {
      const { status, body } = await request(path(), right);
      assert.equal(status, 200);
      assert.equal((body as MeterReading).usage_point_id, POINT);
      assert.equal((body as MeterReading).reading_type['unit'], 'VA');
    });

    const types = [
      'daily_consumption',
      'consumption_load_curve',
      'daily_production',
      'production_load_curve',
    ];
    for (const type of types) {
      it(`has ${type}`, async () => {
        const { status } = await request(path().replace('consumption_max_power', type), right);
        assert.equal(status, 200);
      });
    }

    it("wraps Enedis' errors", async () => {
      now = paris('2026-11-23T08:00');
      assert.deepEqual((await request(path(), right)).body, {
        status: 404,
        message: 'The Enedis API returned an error',
        error: { error: 'no_data_found', error_description: 'no measure found for this usage point' },
      });
    });

    const refused: [string, string, RequestInit, number, string][] = [
      ['a wrong token', path(), bearing('wrong'), 401, 'Votre token est invalide'],
      ['no token', path(), {}, 400, "Le header 'Authorization'"],
      ['a token without Bearer', path(), { headers: { authorization: 'stand-in-token' } }, 400, 'Le header'],
      ['no such type', path().replace('_max', '_min'), right, 400, 'Paramètres invalides'],
      ['a short PRM', path(undefined, undefined, '123'), right, 400, 'Paramètres invalides'],
      ['another method', path(), { ...right, method: 'POST' }, 405, 'Seule la méthode GET'],
    ];
    for (const [what, where, init, status, message] of refused) {
      it(`refuses ${what}: ${status}`, async () => {
        const reply = await request(where, init);
        assert.equal(reply.status, status);
        const { message: told, status: again } = reply.body as { message: string; status: number };
        assert.equal(again, status);
        assert.ok(told.startsWith(message), told);
      });
    }

    const tokens: [string, string, number][] = [
      ['opens this usage point', consoToken([OTHER, POINT], paris('2026-12-01')), 200],
      ['opens another', consoToken([OTHER], paris('2026-12-01')), 401],
      ['has expired', consoToken([POINT], paris('2026-11-01')), 401],
    ];
    for (const [what, token, status] of tokens) {
      it(`reads the token: one that ${what}: ${status}`, async () => {
        standIn.settings.token = token;
        assert.equal((await request(path(), bearing(token))).status, status);
      });
    }
  });

  describe('is MyElectricalData', () => {
    const path = (resource = 'daily_consumption_max_power', from = '2026-11-22'): string =>
      `/${resource}/${POINT}/start/${from}/end/2026-11-23`;
    const right: RequestInit = { headers: { authorization: 'stand-in-token' } };
    const access = async (): Promise<Record<string, unknown>> =>
      (await request(`/valid_access/${POINT}`, right)).body as Record<string, unknown>;

    beforeEach(() => start({ gateway: 'myelectricaldata' }));

    const resources = [
      'daily_consumption',
      'consumption_load_curve',
      'daily_consumption_max_power',
      'daily_production',
      'production_load_curve',
    ];
    for (const resource of resources) {
      it(`has ${resource}, wrapped in meter_reading`, async () => {
        const reply = await request(path(resource), right);
        assert.ok(entriesOf(reply).length > 0);
      });
    }

    it('wants the token without Bearer', async () => {
      const bearing = { headers: { authorization: 'Bearer stand-in-token' } };
      assert.equal((await request(path(), bearing)).status, 401);
      assert.equal((await request(path())).status, 401);
      assert.equal((await request('/nowhere', right)).status, 404);
    });

    it("gives Enedis' errors as detail: text, an object, or JSON in a text", async () => {
      const before = path('daily_consumption', '2020-01-01');
      const text = 'The start date must be greater than the history deadline.';
      const object = { error: 'ADAM-ERR0125', error_description: text };
      for (const [detail, expected] of [
        ['text', text],
        ['object', object],
        ['json', JSON.stringify(object)],
      ] as const) {
        standIn.settings.detail = detail;
        const reply = await request(before.replace('2026-11-23', '2020-01-02'), right);
        assert.deepEqual([reply.status, reply.body], [400, { detail: expected }]);
      }
    });

    it('allows 50 calls a day, until midnight in Paris', async () => {
      now = paris('2026-11-23T23:59');
      for (let call = 0; call < 50; call += 1) assert.equal((await request(path(), right)).status, 200);
      const over = await request(path(), right);
      assert.deepEqual(
        [over.status, over.body],
        [409, { detail: 'Vous avez dépassé votre quota journalier (50)' }],
      );
      assert.deepEqual(await access(), {
        valid: false,
        information: 'Vous avez dépassé votre quota journalier (50)',
        consent_expiration_date: '2029-01-14T15:32:38',
        call_number: 50,
        quota_reached: true,
        quota_limit: 50,
        quota_reset_at: '2026-11-23T23:59:59.999999',
        last_call: '2026-11-23T23:59:00.000',
        ban: false,
      });
      now = paris('2026-11-24T00:00');
      assert.equal((await request(path(), right)).status, 200);
      assert.deepEqual((await access())['call_number'], 1);
    });
  });

  describe('is Data Connect', () => {
    beforeEach(() => start());
    const daily = pathOf('consumption-daily', '2026-11-22', '2026-11-23');

    it('gives bearers that live 12600 s', async () => {
      const { body } = await request('/oauth2/v3/token', { method: 'POST', body: credentials() });
      assert.deepEqual(body, {
        access_token: 'bearer-1',
        token_type: 'Bearer',
        expires_in: 12600,
        scope: '',
      });
      const headers = { authorization: 'Bearer bearer-1' };
      now += 12_599_999;
      assert.equal((await request(daily, { headers })).status, 200);
      now += 1;
      assert.equal((await request(daily, { headers })).status, 401);
    });

    it('takes bearers back, and may tell expires_in as text', async () => {
      const headers = await bearer();
      standIn.revokeBearers();
      assert.equal((await request(daily, { headers })).status, 401);
      standIn.settings.expiresInAsText = true;
      const { body } = await request('/oauth2/v3/token', { method: 'POST', body: credentials() });
      assert.equal((body as { expires_in: unknown }).expires_in, '12600');
    });

    const refused: [string, string, RequestInit, number][] = [
      ['no bearer', daily, {}, 401],
      ['an unknown bearer', daily, { headers: { authorization: 'Bearer bearer-7' } }, 401],
      ['a wrong secret', '/oauth2/v3/token', { method: 'POST', body: credentials('wrong') }, 401],
      ['another grant', '/oauth2/v3/token', { method: 'POST', body: credentials('x', 'password') }, 400],
      ['an empty form', '/oauth2/v3/token', { method: 'POST', body: new URLSearchParams() }, 400],
      ['JSON instead of a form', '/oauth2/v3/token', { method: 'POST', body: '{}' }, 415],
      ['an unknown address', '/metering_data_dc/v4/daily_consumption', {}, 404],
    ];
    for (const [what, path, init, status] of refused) {
      it(`refuses ${what}: ${status}`, async () => {
        assert.equal((await request(path, init)).status, status);
      });
    }
  });

  it('logs every call in order, without secrets', async () => {
    await start();
    await ask('consumption-daily', '2026-11-22', '2026-11-23');
    now += 1000;
    await request(pathOf('production-daily', '2026-11-20', '2026-11-22'), {
      headers: { 'user-agent': 'tester' },
    });
    await request('/elsewhere');
    assert.deepEqual(
      standIn.calls.map(({ at, series, start, end, status }) => [at - now, series, start, end, status]),
      [
        [-1000, 'token', undefined, undefined, 200],
        [-1000, 'consumption-daily', '2026-11-22', '2026-11-23', 200],
        [0, 'production-daily', '2026-11-20', '2026-11-22', 401],
        [0, undefined, undefined, undefined, 404],
      ],
    );
    assert.equal(standIn.calls[2]?.userAgent, 'tester');
    assert.doesNotMatch(JSON.stringify(standIn.calls), /bearer-|stand-in-(secret|client)/);
  });

  describe('fails on purpose', () => {
    const path = `/api/consumption_load_curve?prm=${POINT}&start=2026-11-21&end=2026-11-23`;
    const init: RequestInit = { headers: { authorization: 'Bearer stand-in-token' } };
    const once = (fault: Fault): Promise<Reply> => {
      standIn.faults.next(fault);
      return request(path, init);
    };
    const open = (): Promise<IncomingMessage> =>
      new Promise((resolve, reject) => {
        httpGet(standIn.url + path, { headers: { authorization: 'Bearer stand-in-token' } }, resolve).on(
          'error',
          reject,
        );
      });

    beforeEach(() => start({ gateway: 'conso' }));

    const whole: [string, Fault, number, string, RegExp][] = [
      ['any answer', { status: 418, body: 'tea' }, 418, 'application/json', /^tea$/],
      ['a page for data', 'html200', 200, 'text/html', /^<!DOCTYPE html>/],
      ['a page of maintenance', 'html503', 503, 'text/html', /^<!DOCTYPE html>/],
      ['nothing', 'empty', 200, 'application/json', /^$/],
      ["Enedis' own error", { enedis: 'ADAM-DC-0007', status: 403 }, 403, 'json', /"error":"ADAM-DC-0007"/],
      ['the quota', { throttled: true }, 429, 'json', /900804.*2026-Nov-23 12:00:00\+0000 UTC/],
    ];
    for (const [what, fault, status, type, body] of whole) {
      it(`${what}, once`, async () => {
        const reply = await once(fault);
        assert.equal(reply.status, status);
        assert.ok(reply.headers.get('content-type')?.includes(type));
        assert.match(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body), body);
        assert.equal((await request(path, init)).status, 200);
      });
    }

    it('headers, and an address to go to', async () => {
      const throttled = await once({ throttled: true, retryAfter: '7' });
      assert.equal(throttled.headers.get('retry-after'), '7');
      const plain = await once({ status: 429, headers: { 'retry-after': '8' }, body: { a: 1 } });
      assert.deepEqual([plain.headers.get('retry-after'), plain.body], ['8', { a: 1 }]);
      const redirected = await once({ redirect: 'http://127.0.0.1:9/x' });
      assert.deepEqual(
        [redirected.status, redirected.headers.get('location')],
        [302, 'http://127.0.0.1:9/x'],
      );
    });

    it('JSON that breaks off', async () => {
      await assert.rejects(once('not-json'), SyntaxError);
    });

    const broken: [Fault, number][] = [
      ['reset', 0],
      ['truncated', 200],
    ];
    for (const [fault, status] of broken) {
      it(`a connection that ends: ${JSON.stringify(fault)}`, async () => {
        await assert.rejects(once(fault), TypeError);
        assert.deepEqual([standIn.calls[0]?.fault, standIn.calls[0]?.status], [fault, status]);
      });
    }

    it('silence, until it closes', async () => {
      standIn.faults.always('hang');
      const waiting = assert.rejects(open(), { code: 'ECONNRESET' });
      while (standIn.calls.length === 0) await new Promise(setImmediate);
      await standIn.close();
      await waiting;
    });

    it('a body byte by byte', async () => {
      standIn.faults.next('drip');
      const response = await open();
      for await (const chunk of response) {
        assert.equal(String(chunk), '{');
        break;
      }
    });

    it('a huge body, which ends when the client goes', async () => {
      standIn.faults.next('huge');
      const response = await open();
      for await (const chunk of response) {
        assert.ok(String(chunk).startsWith(`{"usage_point_id":"${POINT}"`));
        break;
      }
      assert.ok((standIn.calls[0]?.sent ?? 0) < 50e6);
    });

    it('a huge body that is right but for its size, plain and compressed', async () => {
      const plain = await once({ huge: 1 });
      assert.equal((plain.body as MeterReading).interval_reading.length, 96);
      standIn.faults.next({ huge: 1, gzip: true });
      const chunks: Buffer[] = [];
      for await (const chunk of await open()) chunks.push(chunk as Buffer);
      const packed = Buffer.concat(chunks);
      assert.ok(packed.length < 50_000);
      assert.ok(gunzipSync(packed).length > 1024 * 1024);
    });

    const spoilt: [
      keyof typeof mutations,
      (reading: MeterReading) => unknown,
      (r: MeterReading) => unknown,
      unknown,
    ][] = [
      ['ofAnotherMeter', mutations.ofAnotherMeter, (r) => r.usage_point_id, '99999999999999'],
      ['withNumbers', mutations.withNumbers, (r) => typeof r.interval_reading[0]?.value, 'number'],
      ['withValue', mutations.withValue(null, 3), (r) => r.interval_reading[3]?.value, null],
      ['withDate', mutations.withDate('2026-02-30', 0), (r) => r.interval_reading[0]?.date, '2026-02-30'],
      ['withoutLengths', mutations.withoutLengths, (r) => r.interval_reading[0]?.interval_length, undefined],
      ['repeated', mutations.repeated, (r) => r.interval_reading.length, 192],
      ['newestFirst', mutations.newestFirst, (r) => r.interval_reading[0]?.date, '2026-11-23 00:00:00'],
      ['halvesSwapped', mutations.halvesSwapped, (r) => r.interval_reading[0]?.date, '2026-11-22 00:30:00'],
      ['oneOfTwoHours', mutations.oneOfTwoHours, (r) => r.interval_reading.length, 96],
      ['notAList', mutations.notAList, (r) => r.interval_reading, null],
    ];
    for (const [name, mutate, look, expected] of spoilt) {
      it(`an answer ${name}, the next one right`, async () => {
        const { body } = await once({ mutate });
        assert.equal(look(body as MeterReading), expected);
        assert.notEqual(
          look((await request(path, init)).body as MeterReading),
          name === 'oneOfTwoHours' ? 0 : expected,
        );
      });
    }

    it('of two equal hours in October, the second gone', async () => {
      standIn.faults.next({ mutate: mutations.oneOfTwoHours });
      const { body } = await request(
        path.replace(/11-2[13]/g, (date) => (date === '11-21' ? '10-25' : '10-26')),
        init,
      );
      assert.equal((body as MeterReading).interval_reading.length, 48);
    });

    it('for one series alone, in order, and between two instants', async () => {
      const daily = path.replace('consumption_load_curve', 'daily_consumption');
      const status = async (where: string): Promise<number> => (await request(where, init)).status;
      standIn.faults.next({ status: 500 }, { series: 'consumption-load-curve' });
      standIn.faults.next({ status: 501 });
      assert.deepEqual([await status(daily), await status(path), await status(path)], [501, 500, 200]);
      const until = now + 60_000;
      standIn.faults.always(({ at }) => (at < until ? 'html503' : undefined));
      standIn.faults.always({ status: 502 }, { series: 'consumption-daily' });
      assert.deepEqual([await status(path), await status(daily)], [503, 502]);
      now = until;
      assert.deepEqual([await status(path), await status(daily)], [200, 502]);
      standIn.faults.always(undefined);
      assert.equal(await status(daily), 200);
    });

    it('a change waits for an answer it can change', async () => {
      standIn.faults.next({ mutate: mutations.ofAnotherMeter });
      assert.equal((await request(path.replace('2026-11-23', '2026-11-24'), init)).status, 400);
      const { body } = await request(path, init);
      assert.equal((body as MeterReading).usage_point_id, '99999999999999');
    });
  });

  for (const gateway of ['conso', 'myelectricaldata', 'dataconnect'] satisfies GatewayName[]) {
    it(`closes at once as ${gateway}`, async () => {
      await start({ gateway });
      await request('/');
    });
  }
});
