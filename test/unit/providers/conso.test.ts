import assert from 'node:assert/strict';
import nock from 'nock';
import sinon from 'sinon';
import { addressOf } from '../../../src/providers/address';
import { CONSO_ADDRESS, consoProvider } from '../../../src/providers/conso';
import type { LinkyError } from '../../../src/providers/errors';
import { CONSO_BUDGET, RequestBudget } from '../../../src/providers/budget';
import { rateLimit } from '../../../src/providers/rate-limit';
import type { Series } from '../../../src/metering/metrics';
import { MemoryLedger } from '../../support/memory-ledger';

const PDL = '12345678901234';
const NOW = Date.UTC(2026, 10, 23, 5, 37);
const request = (series: Series) => ({ usagePoint: PDL, series, start: '2026-11-22', end: '2026-11-23' });
const signal = new AbortController().signal;
const budget = () =>
  new RequestBudget(
    'conso',
    CONSO_BUDGET,
    { now: () => NOW, wait: () => Promise.resolve() },
    new MemoryLedger(() => NOW),
  );
const provider = consoProvider('a-token', CONSO_ADDRESS, budget(), () => NOW);

describe('Conso API', () => {
  beforeEach(() => {
    nock.disableNetConnect();
    sinon.stub(rateLimit, 'turn').resolves();
  });
  afterEach(() => {
    sinon.restore();
    nock.cleanAll();
    nock.enableNetConnect();
  });

  const types: [Series, string][] = [
    ['consumption-load-curve', 'courbe_de_charge_consommation'],
    ['consumption-daily', 'consommation_quotidienne'],
    ['consumption-max-power', 'puissance_conso_max_quotidienne'],
    ['production-load-curve', 'courbe_de_charge_production'],
    ['production-daily', 'production_quotidienne'],
    ['consumption-registers', 'index_consommation'],
    ['production-registers', 'index_production'],
  ];
  for (const [series, type] of types) {
    it(`requests ${series} from ${type}, with the token and a User-Agent`, async () => {
      const scope = nock('https://conso.boris.sh', {
        reqheaders: {
          authorization: 'Bearer a-token',
          'user-agent': /^node-red-dashboard-2-linky\/\d+\.\d+\.\d+ \(\+https:\/\/[^)]+\)$/,
        },
      })
        .get(`/api/${type}`)
        .query({ pointId: PDL, dateDebut: '2026-11-22', dateFin: '2026-11-23' })
        .reply(200, { grandeur: [] });
      assert.deepEqual(await provider.fetch(request(series), 'user', signal), { grandeur: [] });
      scope.done();
    });
  }

  const errors: [string, number, unknown, Record<string, string>, Partial<LinkyError>][] = [
    [
      'its own refusal of a token',
      401,
      { status: 401, message: 'Non autorisé' },
      {},
      { code: '401', key: 'token-refused', retry: 'tomorrow', scope: 'usage-point' },
    ],
    [
      "Enedis' code",
      403,
      { status: 403, message: 'x', error: { error: 'ADAM_DC_0008', error_description: 'No consent' } },
      {},
      { code: 'ADAM_DC_0008', key: 'consent', retry: 'tomorrow', scope: 'series' },
    ],
    [
      'nothing yet',
      404,
      { status: 404, message: 'x', error: { error: 'no_data_found', error_description: 'none' } },
      {},
      { code: 'no_data_found', key: 'nothing-yet', isEmpty: true, scope: 'range' },
    ],
    ['too many requests', 429, {}, {}, { key: 'too-many-calls', retry: 'next-slot', scope: 'usage-point' }],
    [
      'too many requests, for a moment',
      429,
      {},
      { 'retry-after': '7' },
      { key: 'too-many-calls', retry: 'soon', retryAfter: 7000 },
    ],
    [
      'too many requests, until a date',
      429,
      {},
      { 'retry-after': new Date(NOW + 60_000).toUTCString() },
      { retryAfter: 60_000 },
    ],
    ['a page of maintenance', 503, '<html>', {}, { key: 'enedis-down', retry: 'soon' }],
    ['a redirect', 302, '', { location: 'https://elsewhere.example/' }, { key: 'redirected' }],
    ['a code that is a whole text', 400, { error: { error: 'x'.repeat(999) } }, {}, { code: '400' }],
  ];
  for (const [name, status, body, headers, expected] of errors) {
    it(`reports ${name}`, async () => {
      nock('https://conso.boris.sh')
        .get('/api/consommation_quotidienne')
        .query(true)
        .reply(status, body as nock.Body, headers);
      await assert.rejects(provider.fetch(request('consumption-daily'), 'user', signal), expected);
    });
  }

  it('requests nothing without a token', async () => {
    await assert.rejects(
      consoProvider('', CONSO_ADDRESS, budget(), () => NOW).fetch(
        request('consumption-daily'),
        'user',
        signal,
      ),
      {
        key: 'token-missing',
      },
    );
  });

  it('uses another address when one is configured', async () => {
    const scope = nock('http://gateway.lan:8080')
      .get('/sub/api/consommation_quotidienne')
      .query(true)
      .reply(200, {});
    const other = consoProvider(
      'a-token',
      addressOf('http://gateway.lan:8080/sub/', ''),
      budget(),
      () => NOW,
    );
    await other.fetch(request('consumption-daily'), 'user', signal);
    scope.done();
  });

  describe('and the claims of the token', () => {
    const token = (payload: object): string =>
      `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.x`;
    const ask = (payload: object): Promise<unknown> =>
      consoProvider(token(payload), CONSO_ADDRESS, budget(), () => NOW).fetch(
        request('consumption-daily'),
        'user',
        signal,
      );

    it('make a request needless where it has ended or is for other usage points', async () => {
      for (const [key, payload] of [
        ['token-expired', { sub: [PDL], exp: NOW / 1000 - 1 }],
        ['token-refused', { sub: ['99999999999999'], exp: NOW / 1000 + 60 }],
      ] as const) {
        await assert.rejects(ask(payload), { key, retry: 'tomorrow', scope: 'usage-point' });
      }
    });

    it('can be absent: then the gateway decides', async () => {
      nock('https://conso.boris.sh').get('/api/consommation_quotidienne').query(true).reply(200, {});
      assert.deepEqual(await ask({}), {});
    });
  });

  describe('that has blocked this address', () => {
    it('gets no request until tomorrow, from any meter, over a restart', async () => {
      nock('https://conso.boris.sh')
        .get('/api/consommation_quotidienne')
        .query(true)
        .reply(403, '<!DOCTYPE html><html><body>Forbidden</body></html>', { 'content-type': 'text/html' });
      let now = NOW;
      const time = { now: () => now, wait: () => Promise.resolve() };
      const ledger = new MemoryLedger(time.now);
      const meter = (): ReturnType<typeof consoProvider> =>
        consoProvider(
          'a-token',
          CONSO_ADDRESS,
          new RequestBudget('conso', CONSO_BUDGET, time, ledger),
          time.now,
        );
      const blocked = { key: 'address-blocked', retry: 'tomorrow', scope: 'usage-point' };
      await assert.rejects(meter().fetch(request('consumption-daily'), 'schedule', signal), blocked);
      // There is no second answer: a request would fail otherwise.
      await assert.rejects(meter().fetch(request('consumption-daily'), 'user', signal), blocked);
      now = Date.UTC(2026, 10, 23, 23, 1);
      nock('https://conso.boris.sh').get('/api/consommation_quotidienne').query(true).reply(200, {});
      assert.deepEqual(await meter().fetch(request('consumption-daily'), 'user', signal), {});
    });
  });

  describe('with a ledger that fails', () => {
    const full = new Error('disk full');
    const fetchWith = (ledger: MemoryLedger): (() => Promise<unknown>) => {
      const time = { now: () => NOW, wait: () => Promise.resolve() };
      const own = new RequestBudget('conso', CONSO_BUDGET, time, ledger);
      const failing = consoProvider('a-token', CONSO_ADDRESS, own, time.now);
      return () => failing.fetch(request('consumption-daily'), 'user', signal);
    };

    it('sends nothing, and rejects with the ledger’s error', async () => {
      const ledger = new MemoryLedger(() => NOW);
      const { turn } = ledger;
      sinon
        .stub(ledger, 'turn')
        .callsFake((name, work) => turn(name, (each) => work({ ...each, note: () => Promise.reject(full) })));
      // No answer is there: a request would fail with another error.
      await assert.rejects(fetchWith(ledger), full);
    });

    it('is suspended nevertheless, and rejects with the ledger’s error', async () => {
      const ledger = new MemoryLedger(() => NOW);
      sinon.stub(ledger, 'suspend').rejects(full);
      nock('https://conso.boris.sh')
        .get('/api/consommation_quotidienne')
        .query(true)
        .reply(429, {}, { 'retry-after': '3600' });
      const fetch = fetchWith(ledger);
      await assert.rejects(fetch, full);
      await assert.rejects(fetch, { key: 'too-many-calls' });
    });
  });
});
