import assert from 'node:assert/strict';
import sinon from 'sinon';
import { providerFor } from '../../src/providers/providers';
import type { LinkyError, Remedy } from '../../src/providers/errors';
import { pace } from '../../src/providers/pace';
import { readAnswer } from '../../src/providers/parser';
import type { Series } from '../../src/metering/metrics';
import type { Fault, GatewayName, StandIn } from '../stand-in/server';
import { startStandIn } from '../stand-in/server';
import { CREDENTIALS, GATEWAYS, PDL } from '../run/home';

const NOW = Date.UTC(2026, 10, 23, 11);

/** What went wrong, what the user is told, what helps; some providers differ. */
type Row = [
  name: string,
  fault: Fault,
  key: string,
  remedy: Remedy,
  series?: Series | undefined,
  only?: GatewayName[],
];

const TABLE: Row[] = [
  ['Invalid_request', { enedis: 'Invalid_request' }, 'bad-request', 'tomorrow'],
  ['over 7 days of load curve', { enedis: 'ADAM-DC-0015' }, 'bad-request', 'tomorrow'],
  ['before the activation', { enedis: 'ADAM-ERR0123' }, 'nothing-older', 'nothing-older'],
  ['before the deadline', { enedis: 'ADAM-ERR0125' }, 'nothing-older', 'nothing-older'],
  ['before the deadline', { enedis: 'ADAM-DC-0016' }, 'nothing-older', 'nothing-older'],
  ['before the consent', { enedis: 'ADAM-DC-0009' }, 'nothing-older', 'nothing-older'],
  ['no production', { enedis: 'ADAM-ERR0069' }, 'no-production', 'configuration', 'production-daily'],
  ['no consumption', { enedis: 'ADAM-ERR0069' }, 'no-consumption', 'configuration', 'consumption-daily'],
  ['not the holder, 400', { enedis: 'ADAM-DC-0007' }, 'not-holder', 'tomorrow'],
  ['not the holder, 403', { enedis: 'ADAM-DC-0007', status: 403 }, 'not-holder', 'tomorrow'],
  ['no consent', { enedis: 'ADAM-DC-0008' }, 'consent', 'tomorrow'],
  ['access refused', { enedis: 'unauthorized_user' }, 'unauthorized', 'tomorrow'],
  ['no hourly collection, 400', { enedis: 'ADAM-ERR0191' }, 'hourly-not-activated', 'tomorrow'],
  ['no hourly collection, 403', { enedis: 'ADAM-ERR0191', status: 403 }, 'hourly-not-activated', 'tomorrow'],
  ['collection refused', { enedis: 'ADAM-ERR0075' }, 'hourly-not-activated', 'tomorrow'],
  ['a wrong token', { status: 401, body: {} }, 'token-refused', 'tomorrow'],
  ['nothing yet', { enedis: 'no_data_found' }, 'nothing-yet', 'nothing-yet'],
  ['nothing yet', { enedis: 'STM-ERR-0000014' }, 'nothing-yet', 'nothing-yet'],
  ['nothing yet', { enedis: 'STM-ERR-0000020' }, 'nothing-yet', 'nothing-yet'],
  ['quota of the day', { status: 409, body: { detail: 'quota' } }, 'quota-day', 'tomorrow', undefined, ['myelectricaldata']],
  ['too many calls', { throttled: true }, 'too-many-calls', 'soon'],
  ['too many calls, as a success', { throttled: true, status: 200 }, 'too-many-calls', 'soon', undefined, ['myelectricaldata']],
  ['Enedis is down', { enedis: 'technical_error' }, 'enedis-down', 'soon'],
  ['Enedis is down', { enedis: 'STM-ERR-0000001' }, 'enedis-down', 'soon'],
  ['Enedis is down', { enedis: 'ADAM-DC-0500' }, 'enedis-down', 'soon'],
  ['a page of maintenance', 'html503', 'enedis-down', 'soon'],
  ['a page instead of data', 'html200', 'bad-answer', 'soon'],
  ['nothing at all', 'empty', 'bad-answer', 'soon'],
  ['half an answer', 'truncated', 'unreachable', 'soon'],
  ['a reset', 'reset', 'unreachable', 'soon'],
  ['100 MB', 'huge', 'too-large', 'next-attempt'],
  ['a redirect', { redirect: 'http://localhost:1/' }, 'redirected', 'next-attempt'],
  ['an address that knows nothing of it', { status: 404, body: '<html>' }, 'wrong-address', 'next-attempt'],
]; // prettier-ignore

for (const gateway of GATEWAYS) {
  describe(`errors over ${gateway}`, () => {
    let standIn: StandIn;
    before(async () => {
      standIn = await startStandIn({ now: () => NOW, gateway, usagePoints: [PDL] });
      sinon.stub(pace, 'turn').resolves();
    });
    after(async () => {
      sinon.restore();
      await standIn.close();
    });
    beforeEach(() => {
      standIn.faults.clear();
    });

    const ask = async (series: Series): Promise<unknown> => {
      const config = { provider: gateway, environment: 'production', url: standIn.url, ...CREDENTIALS };
      const request = { usagePoint: PDL, series, start: '2026-11-20', end: '2026-11-21' };
      const answer = await providerFor(config, () => NOW).fetch(request, new AbortController().signal);
      return readAnswer(answer, request);
    };

    for (const [name, fault, key, remedy, series = 'consumption-daily', only = GATEWAYS] of TABLE) {
      if (!only.includes(gateway)) continue;
      it(`${name} (${typeof fault === 'object' && 'enedis' in fault ? fault.enedis : 'as it is'}): ${key}, ${remedy}`, async () => {
        standIn.faults.always(({ series: of }) => (of === 'token' ? undefined : fault));
        await assert.rejects(ask(series), (error: LinkyError) => {
          assert.deepEqual([error.key, error.remedy], [key, remedy]);
          assert.doesNotMatch(`${JSON.stringify(error)} ${String(error.stack)}`, /stand-in-(token|secret)/);
          return true;
        });
      });
    }

    it('is right again afterwards', async () => {
      const { readings } = (await ask('consumption-daily')) as { readings: unknown[] };
      assert.equal(readings.length, 1);
    });
  });
}

describe('the bearer of Data Connect', () => {
  let standIn: StandIn;
  let now = NOW;
  const fetch = (changes: object = {}): Promise<unknown> => {
    const config = { provider: 'dataconnect', environment: 'production', url: standIn.url, ...CREDENTIALS };
    const request = { usagePoint: PDL, series: 'consumption-daily' as const, start: '2026-11-20', end: '2026-11-21' }; // prettier-ignore
    return providerFor({ ...config, ...changes }, () => now).fetch(request, new AbortController().signal);
  };
  const tokens = (): number => standIn.calls.splice(0).filter(({ series }) => series === 'token').length;

  beforeEach(async () => {
    now = NOW;
    standIn = await startStandIn({ now: () => now, gateway: 'dataconnect', usagePoints: [PDL] });
    sinon.stub(pace, 'turn').resolves();
  });
  afterEach(async () => {
    sinon.restore();
    await standIn.close();
  });

  it('is asked for once for all meters of an application, and again shortly before it ends', async () => {
    await Promise.all([fetch(), fetch(), fetch()]);
    await fetch();
    assert.equal(tokens(), 1);
    now += 12_600_000 - 60_000;
    await fetch();
    assert.equal(tokens(), 1);
    assert.equal(standIn.calls.length, 0);
  });

  it('may tell its life as text', async () => {
    standIn.settings.expiresInAsText = true;
    await fetch();
    await fetch();
    assert.equal(tokens(), 1);
  });

  it('is renewed once when Enedis takes it back', async () => {
    await fetch();
    standIn.revokeBearers();
    await fetch();
    assert.equal(tokens(), 2);
  });

  it('that is refused twice is an error, not a loop', async () => {
    standIn.faults.always({ status: 401, body: {} }, { series: 'consumption-daily' });
    await assert.rejects(fetch(), { key: 'token-refused' });
    assert.equal(standIn.calls.filter(({ series }) => series === 'consumption-daily').length, 2);
  });

  it('is not given to a wrong secret, and the user is told so', async () => {
    await assert.rejects(fetch({ clientSecret: 'wrong' }), { key: 'client-refused', remedy: 'tomorrow' });
  });

  it('is not asked for without a client', async () => {
    await assert.rejects(fetch({ clientSecret: '' }), { key: 'client-missing' });
    assert.equal(standIn.calls.length, 0);
  });

  it('cannot be had while its server is down', async () => {
    standIn.faults.always('html503', { series: 'token' });
    await assert.rejects(fetch(), { key: 'enedis-down', remedy: 'soon' });
  });
});
