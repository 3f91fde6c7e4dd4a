import assert from 'node:assert/strict';
import nock from 'nock';
import { addressOf } from '../../src/providers/address';
import { CONSO_ADDRESS, consoProvider } from '../../src/providers/conso';
import type { LinkyError } from '../../src/providers/errors';
import type { Series } from '../../src/metering/metrics';

const PDL = '12345678901234';
const NOW = Date.UTC(2026, 10, 23, 5, 37);
const request = (series: Series) => ({ usagePoint: PDL, series, start: '2026-11-22', end: '2026-11-23' });
const signal = new AbortController().signal;
const provider = consoProvider('a-token', CONSO_ADDRESS, () => NOW);

describe('Conso API', () => {
  beforeEach(() => {
    nock.disableNetConnect();
  });
  afterEach(() => {
    nock.cleanAll();
    nock.enableNetConnect();
  });

  const types: [Series, string][] = [
    ['consumption-load-curve', 'consumption_load_curve'],
    ['consumption-daily', 'daily_consumption'],
    ['consumption-max-power', 'consumption_max_power'],
    ['production-load-curve', 'production_load_curve'],
    ['production-daily', 'daily_production'],
  ];
  for (const [series, type] of types) {
    it(`has ${series} under ${type}, for a token and a name`, async () => {
      const scope = nock('https://conso.boris.sh', {
        reqheaders: { authorization: 'Bearer a-token', 'user-agent': /node-red-dashboard-2-linky/ },
      })
        .get(`/api/${type}`)
        .query({ prm: PDL, start: '2026-11-22', end: '2026-11-23' })
        .reply(200, { interval_reading: [] });
      assert.deepEqual(await provider.fetch(request(series), signal), { interval_reading: [] });
      scope.done();
    });
  }

  const errors: [string, number, unknown, Record<string, string>, Partial<LinkyError>][] = [
    [
      'its own refusal of a token',
      401,
      { status: 401, message: 'Non autorisé' },
      {},
      { code: '401', key: 'token-refused', remedy: 'tomorrow', wholeMeter: true },
    ],
    [
      "Enedis' code",
      403,
      { status: 403, message: 'x', error: { error: 'ADAM_DC_0008', error_description: 'No consent' } },
      {},
      { code: 'ADAM_DC_0008', key: 'consent', remedy: 'tomorrow' },
    ],
    [
      'nothing yet',
      404,
      { status: 404, message: 'x', error: { error: 'no_data_found', error_description: 'none' } },
      {},
      { code: 'no_data_found', remedy: 'nothing-yet' },
    ],
    ['too many calls', 429, {}, { 'retry-after': '7' }, { key: 'too-many-calls', retryAfter: 7000 }],
    [
      'too many calls, until a date',
      429,
      {},
      { 'retry-after': new Date(NOW + 60_000).toUTCString() },
      { retryAfter: 60_000 },
    ],
    ['a page of maintenance', 503, '<html>', {}, { key: 'enedis-down', remedy: 'soon' }],
    ['a redirect', 302, '', { location: 'https://elsewhere.example/' }, { key: 'redirected' }],
    ['a code that is a whole text', 400, { error: { error: 'x'.repeat(999) } }, {}, { code: '400' }],
  ];
  for (const [name, status, body, headers, expected] of errors) {
    it(`says ${name}`, async () => {
      nock('https://conso.boris.sh')
        .get('/api/daily_consumption')
        .query(true)
        .reply(status, body as nock.Body, headers);
      await assert.rejects(provider.fetch(request('consumption-daily'), signal), expected);
    });
  }

  it('asks nothing without a token', async () => {
    await assert.rejects(
      consoProvider('', CONSO_ADDRESS, () => NOW).fetch(request('consumption-daily'), signal),
      {
        key: 'token-missing',
      },
    );
  });

  it('talks to another address when told to', async () => {
    const scope = nock('http://gateway.lan:8080')
      .get('/sub/api/daily_consumption')
      .query(true)
      .reply(200, {});
    const other = consoProvider('a-token', addressOf('http://gateway.lan:8080/sub/', ''), () => NOW);
    await other.fetch(request('consumption-daily'), signal);
    scope.done();
  });
});
