import assert from 'node:assert/strict';
import nock from 'nock';
import { rateLimit } from '../../../src/providers/rate-limit';
import { REGULATED_PLANS } from '../../../src/tariff/price-snapshot';
import { PRICE_FILES, priceSourceFor } from '../../../src/tariff/price-source';
import { startTariffStandIn, type TariffStandIn } from '../../support/stand-in/tariffs';

const NOW = Date.UTC(2026, 10, 26, 10);
const signal = new AbortController().signal;

describe('the source of regulated prices', () => {
  const real = { ...rateLimit };
  let standIn: TariffStandIn;
  beforeEach(async () => {
    rateLimit.turn = () => Promise.resolve();
    standIn = await startTariffStandIn(() => NOW);
  });
  afterEach(async () => {
    Object.assign(rateLimit, real);
    await standIn.close();
  });

  it('is followed from data.gouv.fr to where the file is', async () => {
    for (const plan of REGULATED_PLANS) {
      const rows = await priceSourceFor(standIn.pricesUrl).rows(plan, signal);
      assert.deepEqual(rows.at(-1)?.from, '2026-08-01');
    }
    assert.deepEqual(
      standIn.calls.map(({ source, path }) => [source, path]),
      REGULATED_PLANS.flatMap((plan) => [
        ['data.gouv.fr', `/fr/datasets/r/${PRICE_FILES[plan]}`],
        ['cre.fr', `/documents/${plan}.csv`],
      ]),
    );
  });

  it('is refused where it makes no sense', async () => {
    for (const nonsense of ['html', 'truncated', 'wrong-header'] as const) {
      standIn.settings.nonsense = nonsense;
      await assert.rejects(priceSourceFor(standIn.pricesUrl).rows('base', signal), { key: 'bad-answer' });
    }
    standIn.settings.nonsense = undefined;
    standIn.settings.prices = { base: [], hphc: [], tempo: [] };
    await assert.rejects(priceSourceFor(standIn.pricesUrl).rows('base', signal), { key: 'bad-answer' });
  });

  it('is down', async () => {
    standIn.settings.isDown = () => true;
    await assert.rejects(priceSourceFor(standIn.pricesUrl).rows('base', signal), { key: 'source-down' });
  });

  it('is data.gouv.fr where no other one is named', async () => {
    const scope = nock('https://www.data.gouv.fr', { reqheaders: { accept: 'text/csv' } })
      .get('/fr/datasets/r/c13d05e5-9e55-4d03-bf7e-042a2ade7e49')
      .reply(404);
    const source = priceSourceFor('');
    assert.equal(source.origin, 'https://www.data.gouv.fr/fr/datasets/r');
    await assert.rejects(source.rows('base', signal), { key: 'wrong-address' });
    scope.done();
    assert.throws(() => priceSourceFor('ftp://x'), { key: 'url-invalid' });
  });
});
