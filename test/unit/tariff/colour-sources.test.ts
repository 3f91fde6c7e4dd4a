import assert from 'node:assert/strict';
import nock from 'nock';
import { addDays, daysIn, startOfDay, type Day } from '../../../src/calendar/paris';
import { rateLimit } from '../../../src/providers/rate-limit';
import { colourSourceFor, type ColourSource } from '../../../src/tariff/colour-sources';
import { seasonAround, type Colour } from '../../../src/tariff/tempo';
import { FakeTime } from '../../support/fake-time';
import { startTariffStandIn, type TariffStandIn } from '../../support/stand-in/tariffs';
import { trueColour } from '../../support/stand-in/tempo-truth';

const TODAY = '2026-11-26';
const TOMORROW = addDays(TODAY, 1);
const signal = new AbortController().signal;
const KINDS = ['api-couleur-tempo', 'rte', 'myelectricaldata'] as const;

describe('the stand-in’s Tempo calendar', () => {
  it('obeys the rules of every season', () => {
    for (const year of [2022, 2023, 2024, 2025, 2026, 2027]) {
      const { start, end } = seasonAround(`${year}-09-01`);
      const days = daysIn(start, end);
      const of = (colour: Colour): Day[] => days.filter((day) => trueColour(day) === colour);
      assert.deepEqual([of('red').length, of('white').length], [22, 43]);
      for (const day of of('red')) {
        assert.ok(
          ![0, 6].includes(new Date(day).getUTCDay()) && (day.slice(5) >= '11-01' || day.slice(5) <= '03-31'),
        );
        assert.ok([0, 1, 2, 3, 4, 5].some((n) => trueColour(addDays(day, n)) !== 'red'));
      }
      assert.ok(of('white').every((day) => new Date(day).getUTCDay() !== 0));
    }
  });
});

describe('sources of Tempo colours', () => {
  let time: FakeTime;
  let standIn: TariffStandIn;
  beforeEach(async () => {
    time = new FakeTime(startOfDay(TODAY) + 11 * 3_600_000);
    standIn = await startTariffStandIn(() => time.now);
  });
  afterEach(async () => {
    time.restore();
    await standIn.close();
  });

  const sourceOf = (kind: (typeof KINDS)[number], clientSecret = 'stand-in-secret'): ColourSource =>
    colourSourceFor({ colours: kind, coloursUrl: standIn.url, clientId: 'stand-in-client', clientSecret });
  const truth = (start: Day, end: Day, but: readonly Day[] = []): [Day, Colour][] =>
    daysIn(start, end)
      .filter((day) => !but.includes(day))
      .map((day) => [day, trueColour(day)]);
  const ask = async (source: ColourSource, start: Day, end: Day): Promise<[Day, Colour][]> =>
    [...(await source.colours({ start, end }, signal))].sort();

  for (const kind of KINDS) {
    describe(kind, () => {
      it('gives a season, and what of it is known', async () => {
        const unknown = '2026-11-03';
        standIn.settings.unknown = new Set([unknown]);
        const { start } = seasonAround(TODAY);
        const source = sourceOf(kind);
        assert.deepEqual(
          await ask(source, start, addDays(TOMORROW, 1)),
          truth(start, addDays(TOMORROW, 1), [unknown]),
        );
        assert.deepEqual(await ask(source, '2024-09-01', '2025-09-01'), truth('2024-09-01', '2025-09-01'));
        const asked = standIn.calls.map((call) => call.source);
        assert.deepEqual(asked, kind === 'rte' ? ['rte-token', 'rte', 'rte'] : [kind, kind]);
      });

      it('gives no day that was not asked for', async () => {
        assert.deepEqual(
          await ask(sourceOf(kind), '2026-11-20', '2026-11-22'),
          truth('2026-11-20', '2026-11-22'),
        );
      });

      it('gives tomorrow’s colour, once it is published', async () => {
        assert.deepEqual(
          await ask(sourceOf(kind), TOMORROW, addDays(TOMORROW, 1)),
          truth(TOMORROW, addDays(TOMORROW, 1)),
        );
        standIn.settings.publishedAt = () => 14 * 60;
        assert.deepEqual(await ask(sourceOf(kind), TOMORROW, addDays(TOMORROW, 1)), []);
      });

      it('gives the days on which the clocks change', async () => {
        for (const day of ['2026-03-29', '2026-10-25']) {
          assert.deepEqual(await ask(sourceOf(kind), day, addDays(day, 1)), truth(day, addDays(day, 1)));
          assert.deepEqual(
            await ask(sourceOf(kind), addDays(day, -1), addDays(day, 2)),
            truth(addDays(day, -1), addDays(day, 2)),
          );
        }
      });

      it('is refused where it makes no sense', async () => {
        for (const nonsense of ['html', 'truncated'] as const) {
          standIn.settings.nonsense = nonsense;
          await assert.rejects(ask(sourceOf(kind), '2026-11-20', '2026-11-22'), { key: 'bad-answer' });
        }
      });

      it('is down', async () => {
        standIn.settings.isDown = () => true;
        await assert.rejects(ask(sourceOf(kind), '2026-11-20', '2026-11-22'), {
          key: 'source-down',
          code: '503',
        });
      });

      it('is given up at once by a caller who leaves', async () => {
        const leaving = AbortSignal.abort(new Error('closed'));
        const range = { start: '2026-11-20', end: '2026-11-22' };
        await assert.rejects(sourceOf(kind).colours(range, leaving), /^Error: closed$/);
      });
    });
  }

  describe('with an account', () => {
    it('RTE renews a bearer when it ends, and once when it is revoked', async () => {
      const source = sourceOf('rte');
      const sources = async (): Promise<unknown[]> => {
        standIn.calls.length = 0;
        await ask(source, '2026-11-20', '2026-11-22');
        return standIn.calls.map((call) => call.source);
      };
      assert.deepEqual(await sources(), ['rte-token', 'rte']);
      time.now += 7139 * 1000;
      assert.deepEqual(await sources(), ['rte']);
      time.now += 1000;
      assert.deepEqual(await sources(), ['rte-token', 'rte']);
      standIn.revokeBearers();
      assert.deepEqual(await sources(), ['rte', 'rte-token', 'rte']);
    });

    for (const kind of ['rte', 'myelectricaldata'] as const) {
      it(`${kind} refuses another one`, async () => {
        const refused = { key: 'tempo-account-refused', retry: 'tomorrow', code: '401' };
        await assert.rejects(ask(sourceOf(kind, 'wrong'), '2026-11-20', '2026-11-22'), refused);
        assert.equal(standIn.calls.length, 1);
      });
    }

    it('RTE is asked nothing without one', async () => {
      await assert.rejects(ask(sourceOf('rte', ''), '2026-11-20', '2026-11-22'), { key: 'client-missing' });
      assert.deepEqual(standIn.calls, []);
    });

    it('is shown to nobody who needs none', async () => {
      await ask(sourceOf('api-couleur-tempo'), '2026-11-20', '2026-11-22');
      await ask(sourceOf('myelectricaldata', ''), '2026-11-20', '2026-11-22');
      await ask(sourceOf('myelectricaldata'), '2026-11-20', '2026-11-22');
      assert.deepEqual(
        standIn.calls.map((call) => call.hasCredentials),
        [false, false, true],
      );
    });
  });
});

describe('answers about Tempo colours', () => {
  const range = { start: '2026-11-20', end: '2026-11-28' };
  const real = { ...rateLimit };
  beforeEach(() => {
    nock.disableNetConnect();
    rateLimit.turn = () => Promise.resolve();
  });
  afterEach(() => {
    Object.assign(rateLimit, real);
    nock.cleanAll();
    nock.enableNetConnect();
  });

  const config = { coloursUrl: '', clientId: 'client', clientSecret: 'secret' };
  const askFor = async (colours: string): Promise<unknown> =>
    Object.fromEntries(await colourSourceFor({ ...config, colours }).colours(range, signal));

  it('of api-couleur-tempo keep what is right, and nothing else', async () => {
    nock('https://www.api-couleur-tempo.fr').get('/api/joursTempo').query({ periode: '2026-2027' }).reply(200, [
      { dateJour: '2026-11-20', codeJour: 1 },
      { dateJour: '2026-11-21', codeJour: 2, libCouleur: 'Rouge' },
      { dateJour: '2026-11-22', codeJour: 3 },
      { dateJour: '2026-11-23', codeJour: 0 },
      { dateJour: '2026-11-24', codeJour: 4 },
      { dateJour: '2026-11-25', codeJour: '3' },
      { dateJour: '2026-11-26T00:00:00', codeJour: 3 },
      { dateJour: '2026-11-31', codeJour: 3 },
      { dateJour: 20261127, codeJour: 3 },
      { codeJour: 3 },
      null,
      'red',
    ]); // prettier-ignore
    assert.deepEqual(await askFor('api-couleur-tempo'), {
      '2026-11-20': 'blue',
      '2026-11-21': 'white',
      '2026-11-22': 'red',
    });
  });

  it('of RTE keep what is right, and nothing else', async () => {
    const rte = nock('https://digital.iservices.rte-france.com');
    rte
      .post('/token/oauth', 'grant_type=client_credentials')
      .basicAuth({ user: 'client', pass: 'secret' })
      .reply(200, { access_token: 'a-token', expires_in: 7200 });
    const values = [
      { start_date: '2026-11-26T00:00:00+01:00', value: 'RED' },
      { start_date: '2026-11-24T23:00:00Z', value: 'WHITE' },
      { start_date: '2026-11-24T00:00:00+01:00' },
      { start_date: '2026-11-23T00:00:00+01:00', value: null },
      // 23:00 of the day before: which day is meant is not known.
      { start_date: '2026-11-22T00:00:00+02:00', value: 'RED' },
      { start_date: '2026-11-21T06:00:00+01:00', value: 'RED' },
      { start_date: 'yesterday', value: 'RED' },
      { start_date: '2026-11-20T00:00:00+01:00', value: 'blue' },
    ];
    rte
      .get('/open_api/tempo_like_supply_contract/v1/tempo_like_calendars')
      .query({ start_date: '2026-11-20T00:00:00+01:00', end_date: '2026-11-28T00:00:00+01:00' })
      .matchHeader('authorization', 'Bearer a-token')
      .reply(200, { tempo_like_calendars: { values } });
    assert.deepEqual(await askFor('rte'), {
      '2026-11-20': 'blue',
      '2026-11-25': 'white',
      '2026-11-26': 'red',
    });
  });

  it('of MyElectricalData keep what is right, and nothing else', async () => {
    const data = [
      { date: '2026-11-20', color: 'BLUE' },
      { date: '2026-11-21', color: 'Blanc' },
      { date: '2026-11-22', color: 'rouge' },
      { date: '2026-11-23', color: 'green' },
      { date: '2026-11-24', color: 2 },
      { date: '2026-11-25', color: 'constructor' },
      { date: '2026-11-28', color: 'RED' },
    ];
    nock('https://www.v2.myelectricaldata.fr')
      .get('/api/tempo/days')
      .query({ start_date: '2026-11-20', end_date: '2026-11-27' })
      .matchHeader('authorization', 'Bearer secret')
      .reply(200, { success: true, data });
    assert.deepEqual(await askFor('myelectricaldata'), {
      '2026-11-20': 'blue',
      '2026-11-21': 'white',
      '2026-11-22': 'red',
    });
  });

  const failures: [string, number, unknown, Record<string, string>, object][] = [
    ['too many requests', 429, {}, { 'retry-after': '120' }, { key: 'too-many-calls', retryAfter: 120_000 }],
    ['a redirect', 302, '', { location: 'https://elsewhere.example/' }, { key: 'redirected' }],
    ['an unknown path', 404, {}, {}, { key: 'wrong-address' }],
    ['a refusal', 403, {}, {}, { key: 'tempo-account-refused' }],
    ['maintenance', 503, '<html>', { 'retry-after': '60' }, { key: 'source-down', retryAfter: 60_000 }],
    ['a failure with status 200', 200, { success: false, error: { code: 'RTE_API_ERROR' } }, {}, { key: 'source-down' }],
    ['no list', 200, { success: true, data: {} }, {}, { key: 'bad-answer' }],
    ['nothing', 200, '', {}, { key: 'bad-answer' }],
  ]; // prettier-ignore
  for (const [name, status, body, headers, expected] of failures) {
    it(`that are ${name} are errors`, async () => {
      nock('https://www.v2.myelectricaldata.fr').get('/api/tempo/days').query(true).reply(status, body as nock.Body, headers); // prettier-ignore
      await assert.rejects(askFor('myelectricaldata'), expected);
    });
  }
});

describe('a tariff’s source of colours', () => {
  const config = { colours: 'rte', coloursUrl: '', clientId: 'client', clientSecret: 'secret' };

  it('is known by its address and account, without showing them', () => {
    const one = colourSourceFor(config);
    assert.equal(one.origin, 'rte https://digital.iservices.rte-france.com');
    assert.match(one.identity, /^[\da-f]{16}$/);
    const others = [{ clientSecret: 'another' }, { clientId: 'another' }, { coloursUrl: 'proxy.lan' }, { colours: 'myelectricaldata' }]; // prettier-ignore
    for (const other of others) {
      assert.notEqual(colourSourceFor({ ...config, ...other }).identity, one.identity);
    }
    const free = { ...config, colours: 'api-couleur-tempo' };
    assert.equal(colourSourceFor({ ...free, clientSecret: '' }).identity, colourSourceFor(free).identity);
  });

  it('is refused where its configuration is invalid', () => {
    assert.throws(() => colourSourceFor({ ...config, colours: 'edf' }), { key: 'unknown-colours' });
    assert.throws(() => colourSourceFor({ ...config, coloursUrl: 'ftp://x' }), { key: 'url-invalid' });
    assert.throws(() => colourSourceFor({ ...config, clientSecret: '${SECRET}' }), {
      key: 'variable-missing',
    });
  });
});
