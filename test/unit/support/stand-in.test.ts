import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { DateTime } from 'luxon';
import { enedisError, type EnedisCode, type ErrorShape } from '../../support/stand-in/enedis';
import * as mutations from '../../support/stand-in/mutations';
import {
  consoToken,
  startStandIn,
  type Direction,
  type Fault,
  type GatewayName,
  type Gap,
  type MeasureAnswer,
  type Point,
  type Series,
  type StandIn,
  type StandInOptions,
} from '../../support/stand-in/server';

const POINT = '12345678901234';
const OTHER = '22222222222222';
const WHO = 'tester/1.0 (+https://example.org/tester)';

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

  const RESOURCES: Record<Series, string> = {
    'consumption-load-curve': 'courbe_de_charge_consommation',
    'consumption-daily': 'consommation_quotidienne',
    'consumption-max-power': 'puissance_conso_max_quotidienne',
    'consumption-registers': 'index_consommation',
    'production-load-curve': 'courbe_de_charge_production',
    'production-daily': 'production_quotidienne',
    'production-registers': 'index_production',
  };
  const PMA = '&mesuresPas=P1D&grandeurPhysique=PMA';
  const pathOf = (series: Series, from: string, to: string, point = POINT): string =>
    `/mesure_synchrone_auto/v2/${RESOURCES[series]}?pointId=${point}&dateDebut=${from}&dateFin=${to}` +
    (series === 'consumption-max-power' ? PMA : '');

  const credentials = (clientSecret = 'stand-in-secret', type = 'client_credentials'): URLSearchParams =>
    new URLSearchParams({ grant_type: type, client_id: 'stand-in-client', client_secret: clientSecret });

  const bearer = async (): Promise<Record<string, string>> => {
    const { body } = await request('/oauth2/v3/token', { method: 'POST', body: credentials() });
    return { authorization: `Bearer ${(body as { access_token: string }).access_token}` };
  };

  /** One call through Data Connect: the shortest way to Enedis. */
  const ask = async (series: Series, from: string, to: string, point = POINT): Promise<Reply> =>
    request(pathOf(series, from, to, point), { headers: await bearer() });

  const pointsOf = (reply: Reply): Point[] => {
    assert.equal(reply.status, 200, JSON.stringify(reply.body));
    return (reply.body as MeasureAnswer).grandeur[0]?.points ?? [];
  };

  /** `200`, or what Enedis says is wrong. */
  const verdict = ({ status, body }: Reply): string => {
    const { code } = body as { code?: string };
    return code === undefined ? String(status) : `${status} ${code}`;
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
      const points = pointsOf(await ask('consumption-max-power', '2026-03-01', '2026-11-01'));
      for (const { d, v } of points) {
        const day = d.slice(0, 10);
        const peak = standIn.truth.maxPower(POINT, day);
        assert.equal(paris(d.replace(' ', 'T')), peak.at);
        assert.equal(v, String(peak.value));
        assert.ok(
          standIn.truth.loadCurve(POINT, 'consumption', day).every((mean) => mean.value < peak.value),
          day,
        );
      }
      assert.equal(points.length, 245);
    });

    it('registers that grow by the energy of each day, and split it at the off-peak hours', () => {
      const { truth, settings } = standIn;
      const gained = (day: string, next: string): number[] => {
        const [before, after] = [day, next].map((at) => truth.registers(POINT, 'consumption', at));
        const names = ['HC', 'HP'];
        const parts = names.map((name) => (after?.supplier[name] ?? 0) - (before?.supplier[name] ?? 0));
        return [...parts, (after?.total ?? 0) - (before?.total ?? 0)];
      };
      const days = [
        ['2026-03-29', '2026-03-30'],
        ['2026-10-25', '2026-10-26'],
        ['2026-11-20', '2026-11-21'],
      ] as const;
      for (const [day, next] of days) {
        const [low = 0, high = 0, total = 0] = gained(day, next);
        const night = truth
          .loadCurve(POINT, 'consumption', day)
          .filter(({ start }) =>
            /T(2[23]|0[0-5])/.test(DateTime.fromMillis(start, { zone: 'Europe/Paris' }).toISO() ?? ''),
          )
          .reduce((sum, { value }) => sum + value / 2, 0);
        assert.equal(total, truth.daily(POINT, 'consumption', day));
        assert.equal(low + high, total);
        assert.ok(Math.abs(low - night) < 20, `${day} ${low} ${night}`);
      }
      const [usual = 0] = gained('2026-11-20', '2026-11-21');
      settings.offPeak = (day) => (day < '2026-11-20' ? [] : [{ from: '12:00', to: '14:00' }]);
      assert.equal(gained('2026-11-19', '2026-11-20')[0], 0);
      const [noon = 0] = gained('2026-11-20', '2026-11-21');
      assert.ok(noon > 0 && noon !== usual);
    });
  });

  describe('writes as Enedis', () => {
    const whole: [Series, object, object][] = [
      [
        'consumption-daily',
        { typeValeur: 'GLOBALE', modeCalcul: 'DIFF.INDEX', pas: 'P1D' },
        { grandeurMetier: 'CONS', grandeurPhysique: 'EA', unite: 'Wh' },
      ],
      [
        'production-daily',
        { typeValeur: 'GLOBALE', modeCalcul: 'DIFF.INDEX', pas: 'P1D' },
        { grandeurMetier: 'PROD', grandeurPhysique: 'EA', unite: 'Wh' },
      ],
      [
        'consumption-max-power',
        { modeCalcul: 'MESURE', pas: 'P1D' },
        { grandeurMetier: 'CONS', grandeurPhysique: 'PMA', unite: 'VA' },
      ],
      [
        'production-load-curve',
        { modeCalcul: 'MESURE' },
        { grandeurMetier: 'PROD', grandeurPhysique: 'PA', unite: 'W' },
      ],
    ];
    for (const [series, head, quantity] of whole) {
      it(`all of ${series}`, async () => {
        await start();
        const reply = await ask(series, '2026-11-20', '2026-11-22');
        assert.deepEqual(reply.body, {
          idPrm: POINT,
          etapeMetier: 'BRUT',
          periode: { dateDebut: '2026-11-20', dateFin: '2026-11-22' },
          ...head,
          grandeur: [{ ...quantity, calendrier: [], points: pointsOf(reply) }],
          contexte: [],
        });
      });
    }

    it('daily energy', async () => {
      await start();
      assert.deepEqual(
        pointsOf(await ask('consumption-daily', '2026-11-20', '2026-11-22')),
        ['2026-11-20', '2026-11-21'].map((d) => ({
          v: String(standIn.truth.daily(POINT, 'consumption', d)),
          d,
        })),
      );
    });

    it('registers per class of two calendars, and in total', async () => {
      await start();
      const { body } = await ask('consumption-registers', '2026-10-31', '2026-11-03');
      const { contexte, ...head } = body as MeasureAnswer;
      assert.deepEqual(head, {
        idPrm: POINT,
        etapeMetier: 'BRUT',
        periode: { dateDebut: '2026-10-31', dateFin: '2026-11-03' },
        typeValeur: 'INDEX',
        modeCalcul: 'MESURE',
        grandeur: [],
      });
      const days = ['2026-10-31', '2026-11-01', '2026-11-02'];
      const shown = days.map((day) => standIn.truth.registers(POINT, 'consumption', day));
      const values = (of: (at: (typeof shown)[number]) => number | undefined): unknown[] =>
        shown.map((at, index) => ({ d: `${days[index]} 00:00:00`, v: of(at), iv: 0 }));
      const classes = (of: 'supplier' | 'distributor', names: Record<string, string>): unknown[] =>
        Object.entries(names).map(([id, name], index) => ({
          idClasseTemporelle: id,
          libelleClasseTemporelle: name,
          codeCadran: `0${index + 1}`,
          valeur: values((at) => at[of][id]),
        }));
      assert.deepEqual(contexte, [
        {
          etapeMetier: 'BRUT',
          contexteReleve: 'QUOTIDIEN',
          typeReleve: 'AQ',
          grandeur: [
            {
              grandeurMetier: 'CONS',
              grandeurPhysique: 'EA',
              unite: 'Wh',
              calendrier: [
                {
                  idCalendrier: 'FC022500',
                  libelleCalendrier: 'Heures Creuses/Pleines',
                  libelleGrille: 'Grille fournisseur',
                  classeTemporelle: classes('supplier', { HC: 'Heures Creuses', HP: 'Heures Pleines' }),
                },
                {
                  idCalendrier: 'DI000003',
                  libelleCalendrier: 'Heures Creuses/Pleines, deux saisons',
                  libelleGrille: 'Grille distributeur',
                  classeTemporelle: classes('distributor', {
                    HCB: 'Heures Creuses Saison Basse',
                    HCH: 'Heures Creuses Saison Haute',
                    HPB: 'Heures Pleines Saison Basse',
                    HPH: 'Heures Pleines Saison Haute',
                  }),
                },
              ],
              cadranTotalisateur: { codeCadran: 'ET', valeur: values(({ total }) => total) },
            },
          ],
        },
      ]);
      const [october, november, last] = shown.map(({ distributor }) => distributor);
      assert.ok((november?.['HPB'] ?? 0) > (october?.['HPB'] ?? 0));
      assert.equal(last?.['HPB'], november?.['HPB']);
    });

    it('registers of production: one class', async () => {
      await start();
      const { body } = await ask('production-registers', '2026-11-20', '2026-11-22');
      const [quantity] = (body as MeasureAnswer).contexte[0]?.grandeur ?? [];
      assert.equal(quantity?.grandeurMetier, 'PROD');
      assert.deepEqual(
        quantity.calendrier.map(({ classeTemporelle }) =>
          classeTemporelle.map(({ idClasseTemporelle, valeur }) => [idClasseTemporelle, valeur]),
        ),
        [[['BASE', quantity.cadranTotalisateur.valeur]]],
      );
    });

    it('a year of registers without losing time', async () => {
      await start();
      const { body } = await ask('consumption-registers', '2025-11-23', '2026-11-23');
      const values = (body as MeasureAnswer).contexte[0]?.grandeur[0]?.cadranTotalisateur.valeur ?? [];
      assert.equal(values.length, 365);
      assert.ok(values.every(({ v }, index) => index === 0 || v >= (values[index - 1]?.v ?? 0)));
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
        const points = pointsOf(await ask('consumption-load-curve', day, after));
        const curve = standIn.truth.loadCurve(POINT, 'consumption', day);
        assert.equal(points.length, count);
        assert.deepEqual(
          points.slice(at, at + labels.length).map(({ d }) => d.slice(11, 16)),
          labels,
        );
        assert.equal(shown(curve[at]?.start ?? 0), starts);
        assert.equal(points.at(-1)?.d, `${after} 00:00:00`);
        assert.deepEqual(
          points.map(({ v }) => Number(v)),
          curve.map(({ value }) => value),
        );
        assert.ok(points.every(({ p, n, iv, ec }) => `${p} ${n} ${iv} ${ec}` === 'PT30M B 0 0'));
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
      const points = pointsOf(await ask('production-load-curve', '2026-11-20', '2026-11-22'));
      const runs = points.map(({ p }) => p);
      assert.deepEqual(
        ['PT60M', 'PT30M', 'PT10M'].map((length) => runs.filter((other) => other === length).length),
        [24, 24, 72],
      );
      assert.deepEqual(
        points.slice(46, 50).map(({ d }) => d.slice(11, 16)),
        ['11:30', '12:00', '12:10', '12:20'],
      );
    });
  });

  describe('publishes', () => {
    const hours: [Series, string, string][] = [
      ['consumption-daily', '08:09:59', '404 no_data_found'],
      ['consumption-daily', '08:10', '200'],
      ['production-daily', '08:10', '200'],
      ['consumption-registers', '08:09:59', '404 no_data_found'],
      ['production-registers', '08:10', '200'],
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

    const gaps: [string, Gap, number][] = [
      ['never', 'never', 0],
      ['later', '2026-11-23T12:00:01', 0],
      ['since now', '2026-11-23T12:00', 48],
      ['since an epoch', paris('2026-11-23T11:00'), 48],
      ['in part', { first: 20, until: 'never' }, 20],
      ['in part, and since then whole', { first: 20, until: '2026-11-23T11:00' }, 48],
    ];
    for (const [what, gap, expected] of gaps) {
      it(`a day ${what}: ${expected} of 48 half hours`, async () => {
        await start({ gaps: { 'consumption-load-curve': { '2026-11-21': gap } } });
        const points = pointsOf(await ask('consumption-load-curve', '2026-11-20', '2026-11-23'));
        assert.equal(points.length, 96 + expected);
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
      ['consumption-registers', '2025-11-22', today, '400 Invalid_request'],
      ['production-registers', '2023-11-07', '2023-11-08', '400 ADAM-ERR0125'],
      ['production-registers', '2026-11-22', today, '400 ADAM-ERR0069', { noProduction: true }],
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
    const path = (resource = 'puissance_conso_max_quotidienne', more = '', point = POINT): string =>
      `/api/${resource}?pointId=${point}&dateDebut=2026-11-22&dateFin=2026-11-23${more}`;
    const bearing = (token: string, userAgent = WHO): RequestInit => ({
      headers: { authorization: `Bearer ${token}`, 'user-agent': userAgent },
    });
    const right = bearing('stand-in-token');

    beforeEach(() => start({ gateway: 'conso' }));

    for (const [series, resource] of Object.entries(RESOURCES)) {
      it(`answers the content of ${resource} as Enedis gives it`, async () => {
        const { status, body } = await request(path(resource), right);
        assert.equal(status, 200);
        assert.equal((body as MeasureAnswer).idPrm, POINT);
        assert.deepEqual(
          standIn.calls.map(({ series: asked, hasData }) => [asked, hasData]),
          [[series, true]],
        );
      });
    }

    it("wraps Enedis' errors", async () => {
      now = paris('2026-11-23T08:00');
      assert.deepEqual((await request(path(), right)).body, {
        status: 404,
        message: 'The Enedis API returned an error',
        error: { code: 'no_data_found', message: 'no measure found for this usage point' },
      });
    });

    const TECHNICAL = '500 technical_error';
    const asked: [string, string, RequestInit, string][] = [
      ['what max power needs as well', path(undefined, PMA), right, '200'],
      ['half of it', path(undefined, '&mesuresPas=P1D'), right, '200'],
      ['another step', path(undefined, '&mesuresPas=PT30M'), right, TECHNICAL],
      ['a step of daily energy', path('consommation_quotidienne', '&mesuresPas=P1D'), right, TECHNICAL],
      ['an unknown parameter', path(undefined, '&start=2026-11-22'), right, TECHNICAL],
      ['a parameter twice', path(undefined, '&dateFin=2026-11-23'), right, TECHNICAL],
      ['no dates', `/api/consommation_quotidienne?pointId=${POINT}`, right, TECHNICAL],
      ['a malformed date', path().replace('11-22', '11-2'), right, '400 Invalid_request'],
      ['a short PDL', path(undefined, '', '123'), right, '400 Invalid_request'],
      ['a wrong token', path(), bearing('wrong'), '401'],
      ['no token', path(), { headers: { 'user-agent': WHO } }, '401'],
      ['no Bearer', path(), { headers: { 'user-agent': WHO, authorization: 'stand-in-token' } }, '401'],
      ['no address in User-Agent', path(), bearing('stand-in-token', 'axios/1.21.1'), '400'],
      ['no name in User-Agent', path(), bearing('stand-in-token', 'https://example.org'), '400'],
      ['no such resource', path('nothing'), right, '404'],
      ['another method', path(), { ...right, method: 'POST' }, '405'],
      ['no such place', '/', right, '404'],
      ...[
        'daily_consumption',
        'consumption_load_curve',
        'consumption_max_power',
        'daily_production',
        'production_load_curve',
      ].map((type): [string, string, RequestInit, string] => [
        `what ended with v5: ${type}`,
        `/api/${type}?prm=${POINT}&start=2026-11-22&end=2026-11-23`,
        right,
        TECHNICAL,
      ]),
    ];
    for (const [what, where, init, expected] of asked) {
      it(`hears ${what}: ${expected}`, async () => {
        const { status, body } = await request(where, init);
        const { error, status: again } = body as { error?: { code: string }; status?: number };
        assert.equal(error ? `${status} ${error.code}` : String(status), expected);
        if (status !== 200 && where.startsWith('/api/')) assert.equal(again, status);
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

    it('blocks an address', async () => {
      standIn.settings.blocked = true;
      const { status, headers, body } = await request(path(), right);
      assert.deepEqual([status, headers.get('content-type')], [403, 'text/html; charset=utf-8']);
      assert.match(String(body), /^<!DOCTYPE html>/);
      assert.equal((await request('/')).status, 403);
    });
  });

  describe('is MyElectricalData', () => {
    const path = (resource = 'consumption/daily', from = '2026-11-22', to = '2026-11-23'): string =>
      `/api/enedis/${resource}/${POINT}?start=${from}&end=${to}`;
    const bearing = (secret: string): Record<string, string> => ({ authorization: `Bearer ${secret}` });
    const rightHeaders = { ...bearing('stand-in-secret'), 'x-med-format': '2026' };
    const right: RequestInit = { headers: rightHeaders };
    /** `200`, or the code in the wrapping. */
    const told = ({ status, body }: Reply): string => {
      const { success, error } = body as { success?: boolean; error?: { code: string; message: string } };
      assert.equal(success === false, error !== undefined);
      if (error) assert.deepEqual([status, typeof error.message], [200, 'string']);
      return error?.code ?? String(status);
    };
    const contentOf = ({ body }: Reply): MeasureAnswer => (body as { data: MeasureAnswer }).data;
    const labelsOf = (reply: Reply): string[] => contentOf(reply).grandeur[0]?.points.map(({ d }) => d) ?? [];

    beforeEach(() => start({ gateway: 'myelectricaldata' }));

    const resources: [resource: string, series: Series][] = [
      ['consumption/detail', 'consumption-load-curve'],
      ['consumption/daily', 'consumption-daily'],
      ['power', 'consumption-max-power'],
      ['production/detail', 'production-load-curve'],
      ['production/daily', 'production-daily'],
    ];
    for (const [resource, series] of resources) {
      it(`wraps ${resource}`, async () => {
        const reply = await request(path(resource), right);
        assert.deepEqual([told(reply), contentOf(reply).idPrm], ['200', POINT]);
        assert.deepEqual(
          standIn.calls.map(({ series: asked, hasData }) => [asked, hasData]),
          [[series, true]],
        );
      });
    }

    const asked: [string, string, RequestInit, string][] = [
      ['no header of its format', path(), { headers: bearing('stand-in-secret') }, 'INVALID_DATE_FORMAT'],
      ['no end', path().replace(/&.*/, ''), right, 'INVALID_DATE_FORMAT'],
      ['a malformed date', path(undefined, '2026-11-2'), right, 'INVALID_DATE_FORMAT'],
      ['one parameter too many', `${path()}&pas=1`, right, 'INVALID_DATE_FORMAT'],
      ['start after end', path(undefined, '2026-11-23'), right, 'INVALID_DATE_RANGE'],
      ['an end to come', path(undefined, '2026-11-23', '2026-11-24'), right, 'INVALID_DATE_RANGE'],
      ['8 days of half hours', path('consumption/detail', '2026-11-15'), right, 'INVALID_DATE_RANGE'],
      ['3 years', path(undefined, '2023-11-23', '2023-11-24'), right, '200'],
      ['3 years and a day', path('power', '2023-11-22', '2023-11-24'), right, 'DATE_TOO_OLD'],
      ['2 years of half hours', path('production/detail', '2024-11-23', '2024-11-24'), right, '200'],
      ['2 years and a day', path('production/detail', '2024-11-22', '2024-11-24'), right, 'DATE_TOO_OLD'],
      ["another's usage point", path().replace(POINT, OTHER), right, 'ACCESS_DENIED'],
      ['no usage point', path().replace(POINT, '123'), right, 'ACCESS_DENIED'],
      ['a wrong secret', path(), { headers: { ...rightHeaders, ...bearing('wrong') } }, '401'],
      ['no secret', path(), {}, '401'],
      ['another method', path(), { ...right, method: 'POST' }, '405'],
      ['the first server', `/daily_consumption/${POINT}/start/2026-11-22/end/2026-11-23`, right, '404'],
      ['its access', `/valid_access/${POINT}`, right, '404'],
    ];
    for (const [what, where, init, expected] of asked) {
      it(`hears ${what}: ${expected}`, async () => {
        const reply = await request(where, init);
        assert.equal(told(reply), expected);
        if (expected === '401') assert.equal(typeof (reply.body as { detail: unknown }).detail, 'string');
      });
    }

    const names: [string, EnedisCode][] = [
      ['ACCESS_DENIED', 'ADAM-DC-0007'],
      ['ACCESS_DENIED', 'ADAM_DC_0008'],
      ['ACCESS_DENIED', "n'est pas autorisé pour le point demandé"],
      ['ADAM-ERR0123', 'ADAM-ERR0123'],
      ['DATE_TOO_OLD', 'ADAM-ERR0125'],
      ['NO_DATA', 'Pas de mesure trouvée pour ce point'],
      ['ENEDIS_UNAVAILABLE', 'technical_error'],
      ['ENEDIS_ERROR', 'ADAM-ERR0069'],
      ['RATE_LIMIT_EXCEEDED', 'SLA dépassé'],
      ['PARTIAL_DATA', 'PARTIAL_DATA'],
    ];
    for (const [expected, enedis] of names) {
      it(`calls ${enedis} ${expected}`, async () => {
        standIn.faults.next({ enedis });
        assert.equal(told(await request(path(), right)), expected);
      });
    }

    const days: [string, string, string, string[]][] = [
      ['an ordinary day', '2026-11-20', '2026-11-21', ['2026-11-20 00:00:00', '2026-11-20 00:30:00']],
      // 01:30 to 03:00 is half an hour: plain subtraction names a time that does not exist.
      ['March', '2026-03-29', '2026-03-30', ['01:00', '02:30', '03:00'].map((at) => `2026-03-29 ${at}:00`)],
      ['October', '2026-10-25', '2026-10-26', ['02:00', '01:30', '02:00'].map((at) => `2026-10-25 ${at}:00`)],
    ];
    for (const [what, from, to, labels] of days) {
      it(`labels half hours at their start: ${what}`, async () => {
        const found = labelsOf(await request(path('consumption/detail', from, to), right));
        assert.equal(found[0], `${from} 00:00:00`);
        assert.equal(found.at(-1), `${from} 23:30:00`);
        assert.ok(found.join().includes(labels.join()), found.join());
      });
    }

    it('leaves the label of a point without length, and of max power', async () => {
      standIn.faults.next({ mutate: mutations.withoutLengths });
      const [first] = labelsOf(await request(path('consumption/detail'), right));
      assert.equal(first, '2026-11-22 00:30:00');
      const [peak = ''] = labelsOf(await request(path('power'), right));
      assert.equal(paris(peak.replace(' ', 'T')), standIn.truth.maxPower(POINT, '2026-11-22').at);
    });

    it('stands answers that are none', async () => {
      for (const content of [null, 7, { grandeur: [null, { points: [null, 7, { p: 'PT30M' }] }] }]) {
        standIn.faults.next({ mutate: () => content });
        assert.deepEqual((await request(path(), right)).body, { success: true, data: content });
      }
    });

    it('gives the contract, and the usage points of the account', async () => {
      const { body } = await request(`/api/enedis/contract/${POINT}`, right);
      const { data } = body as { data: Record<string, unknown> };
      assert.deepEqual(Object.keys(data), ['situation_contrat', 'synthese_contrat', 'comptage']);
      assert.deepEqual(data['comptage'], { relais: { plageHeuresCreuses: 'HC (22H00-6H00)' } });
      standIn.settings.usagePoints = [POINT, OTHER];
      const { body: points } = await request('/api/pdl', { headers: bearing('stand-in-secret') });
      assert.deepEqual(
        (points as { data: { usage_point_id: string }[] }).data.map((point) => point.usage_point_id),
        [POINT, OTHER],
      );
      assert.equal(told(await request('/api/enedis/contract/33333333333333', right)), 'ACCESS_DENIED');
    });

    it('answers the same again the same day, whatever Enedis has by then', async () => {
      standIn.settings.quota = 3;
      standIn.settings.gaps = {
        'consumption-load-curve': { '2026-11-22': { first: 20, until: '2026-11-23T13:00' } },
      };
      const count = async (): Promise<number> =>
        labelsOf(await request(path('consumption/detail'), right)).length;
      standIn.faults.next('html503');
      await request(path('consumption/detail'), right);
      assert.equal(await count(), 20);
      now = paris('2026-11-23T14:00');
      assert.equal(await count(), 20);
      now = paris('2026-11-24T01:00');
      assert.equal(await count(), 48);
    });

    it('allows so many uncached calls in a UTC day', async () => {
      standIn.settings.quota = 2;
      now = paris('2026-11-24T00:59');
      const days = ['2026-11-20', '2026-11-20', '2026-11-19', '2026-11-18', '2026-11-20'];
      const seen: string[] = [];
      for (const day of days) seen.push(told(await request(path(undefined, day), right)));
      assert.deepEqual(seen, ['200', '200', '200', 'RATE_LIMIT_EXCEEDED', '200']);
      now = paris('2026-11-24T01:00');
      assert.equal(told(await request(path(undefined, '2026-11-18'), right)), '200');
    });
  });

  describe('is Data Connect', () => {
    beforeEach(() => start());
    const daily = pathOf('consumption-daily', '2026-11-22', '2026-11-23');
    const peak = pathOf('consumption-max-power', '2026-11-22', '2026-11-23');

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
      ['an unknown resource', daily.replace('quotidienne', 'horaire'), {}, 404],
      ['v5', `/metering_data_dc/v5/daily_consumption?usage_point_id=${POINT}`, {}, 404],
      ['a contract of v5', `/customers_upc/v5/usage_points/contracts?usage_point_id=${POINT}`, {}, 404],
    ];
    for (const [what, path, init, status] of refused) {
      it(`refuses ${what}: ${status}`, async () => {
        assert.equal((await request(path, init)).status, status);
      });
    }

    const TECHNICAL = '500 technical_error';
    const asked: [string, string, string][] = [
      ['max power', peak, '200'],
      ['max power without its parameters', peak.replace(PMA, ''), TECHNICAL],
      ['max power without its quantity', peak.replace('&grandeurPhysique=PMA', ''), TECHNICAL],
      ['max power of another quantity', peak.replace('=PMA', '=PA'), TECHNICAL],
      ['a step of daily energy', `${daily}&mesuresPas=P1D`, TECHNICAL],
      ['a parameter of v5', daily.replace('pointId', 'usage_point_id'), TECHNICAL],
      ['a parameter twice', `${daily}&pointId=${POINT}`, TECHNICAL],
      ['no end', daily.replace(/&dateFin.*/, ''), TECHNICAL],
      ['an empty usage point', daily.replace(POINT, ''), '400 Invalid_request'],
      ['a contract with parameters', `/synth_contrat_auto/v1/${POINT}?a=1`, TECHNICAL],
      ['the contract of no usage point', '/synth_contrat_auto/v1/123', '400 Invalid_request'],
      ["another's contract", `/situation_contrat_auto/v1/${OTHER}`, '403 ADAM-DC-0008'],
    ];
    for (const [what, path, expected] of asked) {
      it(`hears ${what}: ${expected}`, async () => {
        assert.equal(verdict(await request(path, { headers: await bearer() })), expected);
      });
    }

    it("gives the contract in three parts, with what is nobody else's business", async () => {
      const headers = await bearer();
      const get = async (api: string): Promise<unknown> =>
        (await request(`/${api}/v1/${POINT}`, { headers })).body;
      const situation = (await get('situation_contrat_auto')) as Record<string, unknown>[];
      assert.deepEqual(
        situation.map((entry) => [entry['contract_type'], entry['segment'], entry['subscribed_power']]),
        [
          ['Contrat GRD-A', 'P4', undefined],
          ['Contrat GRD-F', 'C5', { unit: 'kVA', value: '9' }],
        ],
      );
      assert.match(JSON.stringify(situation), /Dupont-Secret.*0612345678/);
      standIn.settings.contract = { power: '6', selfConsumption: false };
      standIn.settings.activation = '2024-07-14';
      assert.equal(((await get('situation_contrat_auto')) as unknown[]).length, 1);
      assert.deepEqual(await get('synth_contrat_auto'), {
        segments: [{ segment: 'C5' }],
        consumption_last_activation_date: '2024-07-14T00:00:00+0200',
        last_subscribed_power_change_date: '2026-02-11T00:00:00+0100',
        services_level: 'Communicant (ouvert aux services)',
      });
      assert.deepEqual(await get('comptage_auto'), { relais: { plageHeuresCreuses: 'HC (22H00-6H00)' } });
      standIn.settings.offPeakHours = undefined;
      assert.deepEqual(await get('comptage_auto'), {
        code: '900908',
        message: 'Resource forbidden ',
        description: 'User is NOT authorized to access the Resource. API Subscription validation failed.',
      });
    });

    const consents: [string, string, string][] = [
      ['an authorisation', '{"autorisationId": 7, "comptage": false}', '200'],
      ['an unknown one', '{"autorisationId": 8, "comptage": false}', '400 Invalid_request'],
      ['one as text', '{"autorisationId": "7", "comptage": false}', TECHNICAL],
      ['one without comptage', '{"autorisationId": 7}', TECHNICAL],
      ['no JSON', '{', TECHNICAL],
    ];
    for (const [what, body, expected] of consents) {
      it(`hears ${what}: ${expected}`, async () => {
        standIn.settings.authorisations = {
          7: [
            { pointId: OTHER, etatCode: 'TERMINE' },
            { pointId: POINT, etatCode: 'ACTIF' },
          ],
        };
        const init = { method: 'POST', body };
        const headers = { ...(await bearer()), 'content-type': 'application/json' };
        const reply = await request('/subscribed_services/v1', { ...init, headers });
        assert.equal(verdict(reply), expected);
        if (expected === '200') {
          assert.deepEqual(reply.body, {
            nbTotalServices: 2,
            serviceSouscrit: [
              { pointId: OTHER, etatCode: 'TERMINE', soutirage: true, injection: false },
              { pointId: POINT, etatCode: 'ACTIF', soutirage: true, injection: false },
            ],
          });
        }
        assert.equal((await request('/subscribed_services/v1', init)).status, 401);
      });
    }

    it('allows so many calls an hour to each API', async () => {
      standIn.settings.hourlyLimit = 2;
      const headers = await bearer();
      const get = (path: string): Promise<Reply> => request(path, { headers });
      await get(daily);
      now += 600_000;
      await get(peak);
      const { status, body } = await get(daily);
      assert.deepEqual(
        [status, body],
        [
          429,
          {
            code: '900804',
            message: 'Message throttled out',
            description:
              'You have exceeded your quota .You can access API after 2026-Nov-23 12:00:00+0000 UTC',
            nextAccessTime: '2026-Nov-23 12:00:00+0000 UTC',
          },
        ],
      );
      assert.equal((await get(`/synth_contrat_auto/v1/${POINT}`)).status, 200);
      now = paris('2026-11-23T13:00');
      assert.equal((await get(daily)).status, 200);
      assert.equal((await get(daily)).status, 429);
    });
  });

  describe('writes errors', () => {
    const bodies: [EnedisCode, ErrorShape | undefined, number | undefined, number, unknown][] = [
      [
        'ADAM_DC_0008',
        undefined,
        undefined,
        403,
        {
          code: 'ADAM_DC_0008',
          message: 'No consent can be found for this customer and this usage point.',
        },
      ],
      [
        'technical_error',
        'error',
        undefined,
        500,
        { error: 'technical_error', error_description: 'Technical error. Please try later.' },
      ],
      [
        'Invalid_request',
        'fault',
        418,
        418,
        {
          fault: {
            code: 'Invalid_request',
            message: 'Empty header, bad request format, partial or incorrect data',
            description: 'Empty header, bad request format, partial or incorrect data',
          },
        },
      ],
      [
        '900901',
        'manager',
        undefined,
        401,
        {
          code: '900901',
          message: 'Invalid Credentials',
          description: 'Make sure you have provided the correct security credentials',
        },
      ],
      ['SLA dépassé', undefined, undefined, 429, { error_description: 'SLA dépassé' }],
      ['SLA dépassé', 'code', undefined, 429, { message: 'SLA dépassé' }],
      [
        'Pas de mesure trouvée pour ce point',
        'manager',
        undefined,
        404,
        {
          message: 'Pas de mesure trouvée pour ce point',
          description: 'Pas de mesure trouvée pour ce point',
        },
      ],
    ];
    for (const [enedis, shape, status, expected, body] of bodies) {
      it(`${enedis} as ${shape ?? 'usual'}`, async () => {
        await start();
        standIn.faults.next({ enedis, ...(shape && { shape }), ...(status && { status }) });
        const reply = await request('/');
        assert.deepEqual([reply.status, reply.body], [expected, body]);
      });
    }

    const statuses: [EnedisCode, number][] = [
      ['ADAM-DC-0007', 400],
      ['ADAM-DC-0008', 403],
      ['ADAM-DC-0009', 403],
      ['ADAM-DC-0015', 400],
      ['ADAM-DC-0016', 400],
      ['ADAM-ERR0069', 400],
      ['ADAM-ERR0123', 400],
      ['ADAM-ERR0125', 400],
      ['ADAM-ERR0191', 400],
      ['no_data_found', 404],
      ['900804', 429],
      ['900807', 429],
      ['900902', 401],
      ['900908', 403],
      ["Le client n'est pas titulaire du point demandé", 403],
      ["n'est pas autorisé pour le point demandé", 403],
      ['Impossible de rafraîchir le token', 500],
    ];
    for (const [code, status] of statuses) {
      it(`${code} under ${status}`, () => {
        assert.equal(enedisError(code).status, status);
      });
    }

    it("Conso API's own without Enedis'", async () => {
      await start({ gateway: 'conso' });
      standIn.faults.next({ enedis: 'Impossible de rafraîchir le token' });
      assert.deepEqual((await request('/')).body, {
        status: 500,
        message: 'Impossible de rafraîchir le token',
      });
    });
  });

  it('logs every call in order, without secrets', async () => {
    await start();
    await ask('consumption-daily', '2026-11-22', '2026-11-23');
    now += 1000;
    await request(pathOf('production-daily', '2026-11-20', '2026-11-22'), {
      headers: { 'user-agent': 'tester' },
    });
    await request('/elsewhere', { headers: { accept: 'text/x', 'x-med-format': '2026' } });
    assert.deepEqual(
      standIn.calls.map(({ at, series, start, end, status }) => [at - now, series, start, end, status]),
      [
        [-1000, 'token', undefined, undefined, 200],
        [-1000, 'consumption-daily', '2026-11-22', '2026-11-23', 200],
        [0, 'production-daily', '2026-11-20', '2026-11-22', 401],
        [0, undefined, undefined, undefined, 404],
      ],
    );
    const [, , refused, lost] = standIn.calls;
    assert.equal(refused?.userAgent, 'tester');
    assert.deepEqual(refused.query, {
      pointId: POINT,
      dateDebut: '2026-11-20',
      dateFin: '2026-11-22',
    });
    assert.equal(refused.path, '/mesure_synchrone_auto/v2/production_quotidienne');
    assert.deepEqual(lost?.headers, { accept: 'text/x', 'x-med-format': '2026' });
    assert.doesNotMatch(JSON.stringify(standIn.calls), /bearer-|stand-in-(secret|client)/);
  });

  describe('fails on purpose', () => {
    const path = `/api/courbe_de_charge_consommation?pointId=${POINT}&dateDebut=2026-11-21&dateFin=2026-11-23`;
    const headers = { authorization: 'Bearer stand-in-token', 'user-agent': WHO };
    const init: RequestInit = { headers };
    const spoilt = (fault: Fault): Promise<Reply> => {
      standIn.faults.next(fault);
      return request(path, init);
    };
    const open = (): Promise<IncomingMessage> =>
      new Promise((resolve, reject) => {
        httpGet(standIn.url + path, { headers }, resolve).on('error', reject);
      });

    beforeEach(() => start({ gateway: 'conso' }));

    const whole: [string, Fault, number, string, RegExp][] = [
      ['any answer', { status: 418, body: 'tea' }, 418, 'application/json', /^tea$/],
      ['a page for data', 'html200', 200, 'text/html', /^<!DOCTYPE html>/],
      ['a page of maintenance', 'html503', 503, 'text/html', /^<!DOCTYPE html>/],
      ['an address that is blocked', 'blocked', 403, 'text/html', /^<!DOCTYPE html>/],
      ['nothing', 'empty', 200, 'application/json', /^$/],
      ["Enedis' own error", { enedis: 'ADAM-DC-0007', status: 403 }, 403, 'json', /"code":"ADAM-DC-0007"/],
      ['the quota', { throttled: true }, 429, 'json', /900804.*2026-Nov-23 12:00:00\+0000 UTC/],
    ];
    for (const [what, fault, status, type, body] of whole) {
      it(`${what}, once`, async () => {
        const reply = await spoilt(fault);
        assert.equal(reply.status, status);
        assert.ok(reply.headers.get('content-type')?.includes(type));
        assert.match(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body), body);
        assert.equal((await request(path, init)).status, 200);
      });
    }

    it('headers, and an address to go to', async () => {
      const throttled = await spoilt({ throttled: true, retryAfter: '7' });
      assert.equal(throttled.headers.get('retry-after'), '7');
      const named = await spoilt({ throttled: true, nextAccessTime: '2026-Jul-22 05:00:00+0000 UTC' });
      assert.match(JSON.stringify(named.body), /"nextAccessTime":"2026-Jul-22 05:00:00\+0000 UTC"/);
      const unnamed = await spoilt({ throttled: true, nextAccessTime: false });
      assert.match(JSON.stringify(unnamed.body), /900804/);
      assert.doesNotMatch(JSON.stringify(unnamed.body), /nextAccessTime|UTC/);
      const plain = await spoilt({ status: 429, headers: { 'retry-after': '8' }, body: { a: 1 } });
      assert.deepEqual([plain.headers.get('retry-after'), plain.body], ['8', { a: 1 }]);
      const redirected = await spoilt({ redirect: 'http://127.0.0.1:9/x' });
      assert.deepEqual(
        [redirected.status, redirected.headers.get('location')],
        [302, 'http://127.0.0.1:9/x'],
      );
    });

    it('JSON that breaks off', async () => {
      await assert.rejects(spoilt('not-json'), SyntaxError);
    });

    const broken: [Fault, number][] = [
      ['reset', 0],
      ['truncated', 200],
    ];
    for (const [fault, status] of broken) {
      it(`a connection that ends: ${JSON.stringify(fault)}`, async () => {
        await assert.rejects(spoilt(fault), TypeError);
        assert.deepEqual([standIn.calls[0]?.fault, standIn.calls[0]?.status], [fault, status]);
      });
    }

    it('silence, until it closes', async () => {
      standIn.faults.always('hang');
      const silent = once(standIn.news, 'silent');
      const waiting = assert.rejects(open(), { code: 'ECONNRESET' });
      await silent;
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
      const over = once(standIn.news, 'over');
      const response = await open();
      for await (const chunk of response) {
        assert.ok(String(chunk).startsWith(`{"idPrm":"${POINT}"`));
        break;
      }
      await over;
      const sent = standIn.calls[0]?.sent ?? 0;
      assert.ok(sent > 0 && sent < 50e6, `${sent} bytes`);
    });

    it('a huge body that is right but for its size, plain and compressed', async () => {
      const bytes = async (): Promise<Buffer> => {
        const chunks: Buffer[] = [];
        for await (const chunk of await open()) chunks.push(chunk as Buffer);
        return Buffer.concat(chunks);
      };
      const right = await bytes();
      standIn.faults.next({ huge: 1 });
      const plain = await bytes();
      standIn.faults.next({ huge: 1, gzip: true });
      const packed = await bytes();
      assert.equal(plain.length, right.length + 1024 * 1024);
      assert.ok(packed.length < 50_000);
      assert.deepEqual(gunzipSync(packed), plain);
      assert.deepEqual(JSON.parse(plain.toString()), JSON.parse(right.toString()));
    });

    const first = (answer: MeasureAnswer, at = 0): Point | undefined => answer.grandeur[0]?.points[at];
    const changes: [
      keyof typeof mutations,
      (answer: MeasureAnswer) => unknown,
      (answer: MeasureAnswer) => unknown,
      unknown,
    ][] = [
      ['ofAnotherMeter', mutations.ofAnotherMeter, (a) => a.idPrm, '99999999999999'],
      ['withNumbers', mutations.withNumbers, (a) => typeof first(a)?.v, 'number'],
      ['withValue', mutations.withValue('-1', 3), (a) => first(a, 3)?.v, '-1'],
      ['withNull', mutations.withNull(0, 3), (a) => first(a, 3)?.v, null],
      ['withDate', mutations.withDate('2026-02-30', 0), (a) => first(a)?.d, '2026-02-30'],
      ['withoutLengths', mutations.withoutLengths, (a) => first(a)?.p, undefined],
      ['repeated', mutations.repeated, (a) => a.grandeur[0]?.points.length, 192],
      ['newestFirst', mutations.newestFirst, (a) => first(a)?.d, '2026-11-23 00:00:00'],
      ['halvesSwapped', mutations.halvesSwapped, (a) => first(a)?.d, '2026-11-22 00:30:00'],
      ['notAList', mutations.notAList, (a) => a.grandeur[0]?.points, null],
      ['otherQuantityFirst', mutations.otherQuantityFirst, (a) => a.grandeur[0]?.grandeurMetier, 'PROD'],
      ['wrongUnit', mutations.wrongUnit, (a) => a.grandeur[0]?.unite, 'kW'],
    ];
    for (const [name, mutate, look, expected] of changes) {
      it(`an answer ${name}, the next one right`, async () => {
        const { body } = await spoilt({ mutate });
        assert.equal(look(body as MeasureAnswer), expected);
        assert.notEqual(look((await request(path, init)).body as MeasureAnswer), expected);
      });
    }

    it('of two equal hours in October, the second gone', async () => {
      standIn.faults.next({ mutate: mutations.oneOfTwoHours });
      const reply = await request(
        path.replace(/11-2[13]/g, (date) => (date === '11-21' ? '10-25' : '10-26')),
        init,
      );
      assert.equal(pointsOf(reply).length, 48);
    });

    it('for one series alone, in order, and between two instants', async () => {
      const daily = path.replace('courbe_de_charge_consommation', 'consommation_quotidienne');
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
      assert.equal((body as MeasureAnswer).idPrm, '99999999999999');
    });
  });

  for (const gateway of ['conso', 'myelectricaldata', 'dataconnect'] satisfies GatewayName[]) {
    it(`closes at once as ${gateway}`, async () => {
      await start({ gateway });
      await request('/');
      await standIn.close();
      await assert.rejects(request('/'), TypeError);
    });
  }
});
