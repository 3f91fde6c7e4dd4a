import assert from 'node:assert/strict';
import sinon from 'sinon';
import { ALL_SERIES, SERIES, type Series } from '../../../src/metering/metrics';
import type { ErrorKey, ErrorScope, LinkyError, Retry } from '../../../src/providers/errors';
import { parseReadings, parseRegisters } from '../../../src/providers/parser';
import type { Provider } from '../../../src/providers/provider';
import { providerFor } from '../../../src/providers/providers';
import { rateLimit } from '../../../src/providers/rate-limit';
import { VERSION } from '../../../src/version';
import { startStandIn, type Fault, type GatewayName, type StandIn } from '../../support/stand-in/server';
import { MemoryLedger } from '../../support/memory-ledger';

const NOW = Date.UTC(2026, 10, 23, 11);
const PDL = '12345678901234';
const GATEWAYS = ['conso', 'myelectricaldata', 'dataconnect'] as const;
/** Those of the stand-in. */
const CREDENTIALS = {
  token: 'stand-in-token',
  clientId: 'stand-in-client',
  clientSecret: 'stand-in-secret',
};
const signal = new AbortController().signal;

/** A fault, and the error that it becomes; some concern one series, or only some providers. */
type Row = [
  name: string,
  fault: Fault,
  key: ErrorKey,
  retry: Retry,
  scope: ErrorScope,
  series?: Series | undefined,
  only?: readonly GatewayName[],
];

const NOT_MED = ['conso', 'dataconnect'] as const;
const MED = ['myelectricaldata'] as const;

const TABLE: Row[] = [
  ['malformed dates', { enedis: 'Invalid_request' }, 'bad-request', 'tomorrow', 'range'],
  ['Enedis is down', { enedis: 'technical_error' }, 'enedis-down', 'soon', 'range'],
  ['over 7 days of load curve', { enedis: 'ADAM-DC-0015' }, 'bad-request', 'tomorrow', 'range'],
  ['before the activation', { enedis: 'ADAM-ERR0123' }, 'nothing-older', 'next-slot', 'range'],
  ['before the deadline', { enedis: 'ADAM-ERR0125' }, 'nothing-older', 'next-slot', 'range'],
  ['before the deadline', { enedis: 'ADAM-DC-0016' }, 'nothing-older', 'next-slot', 'range'],
  ['before the consent', { enedis: 'ADAM-DC-0009' }, 'nothing-older', 'next-slot', 'range', undefined, NOT_MED],
  ['no production', { enedis: 'ADAM-ERR0069' }, 'no-production', 'after-change', 'series', 'production-daily'],
  ['no consumption', { enedis: 'ADAM-ERR0069' }, 'no-consumption', 'after-change', 'series', 'consumption-daily'],
  ['not the holder, 400', { enedis: 'ADAM-DC-0007' }, 'not-holder', 'tomorrow', 'series'],
  ['not the holder, 403', { enedis: 'ADAM-DC-0007', status: 403 }, 'not-holder', 'tomorrow', 'series'],
  ['not the holder, in words', { enedis: "Le client n'est pas titulaire du point demandé" }, 'not-holder', 'tomorrow', 'series'],
  ['no consent', { enedis: 'ADAM-DC-0008' }, 'consent', 'tomorrow', 'series', undefined, NOT_MED],
  ['no consent, otherwise written', { enedis: 'ADAM_DC_0008' }, 'consent', 'tomorrow', 'series', undefined, NOT_MED],
  ['no consent, in words', { enedis: "n'est pas autorisé pour le point demandé" }, 'consent', 'tomorrow', 'series', undefined, NOT_MED],
  ['no hourly collection, 400', { enedis: 'ADAM-ERR0191' }, 'hourly-not-activated', 'tomorrow', 'range'],
  ['no hourly collection, 403', { enedis: 'ADAM-ERR0191', status: 403 }, 'hourly-not-activated', 'tomorrow', 'range'],
  ['an API that is not subscribed', { enedis: '900908' }, 'api-not-subscribed', 'tomorrow', 'usage-point', undefined, ['dataconnect']],
  ['a wrong token', { status: 401, body: {} }, 'token-refused', 'tomorrow', 'usage-point', undefined, ['conso']],
  ['a wrong secret', { status: 401, body: { detail: 'Not authenticated' } }, 'secret-refused', 'tomorrow', 'usage-point', undefined, MED],
  ['a bearer that is refused twice', { enedis: '900901' }, 'client-refused', 'tomorrow', 'usage-point', undefined, ['dataconnect']],
  ['nothing yet', { enedis: 'no_data_found' }, 'nothing-yet', 'next-slot', 'range'],
  ['nothing yet, in words', { enedis: 'Pas de mesure trouvée pour ce point' }, 'nothing-yet', 'next-slot', 'range'],
  ['too many requests', { throttled: true, nextAccessTime: false }, 'too-many-calls', 'next-slot', 'usage-point', undefined, NOT_MED],
  ['too many requests, SLA', { enedis: 'SLA dépassé' }, 'too-many-calls', 'next-slot', 'usage-point', undefined, NOT_MED],
  ['too many requests, until then', { throttled: true, nextAccessTime: '2026-Nov-23 15:00:00+0000 UTC' }, 'too-many-calls', 'next-slot', 'usage-point', undefined, NOT_MED],
  ['the gateway cannot renew its bearer', { enedis: 'Impossible de rafraîchir le token' }, 'gateway-down', 'next-slot', 'range', undefined, ['conso']],
  ['a page of maintenance', 'html503', 'enedis-down', 'soon', 'range'],
  ['a page instead of data', 'html200', 'bad-answer', 'soon', 'range'],
  ['nothing at all', 'empty', 'bad-answer', 'soon', 'range'],
  ['half an answer', 'truncated', 'unreachable', 'soon', 'range'],
  ['a reset', 'reset', 'unreachable', 'soon', 'range'],
  ['100 MB', 'huge', 'too-large', 'next-slot', 'range'],
  ['a redirect', { redirect: 'http://localhost:1/' }, 'redirected', 'next-slot', 'usage-point'],
  ['an address that knows nothing of it', { status: 404, body: '<html>' }, 'wrong-address', 'next-slot', 'usage-point'],
  ['a blocked address', 'blocked', 'address-blocked', 'tomorrow', 'usage-point', undefined, ['conso']],
  ['a page of refusal', 'blocked', 'gateway-down', 'next-slot', 'usage-point', undefined, ['dataconnect', 'myelectricaldata']],
  ['quota of the account', { enedis: 'RATE_LIMIT_EXCEEDED' }, 'account-quota', 'next-slot', 'usage-point', undefined, MED],
  ['too old', { enedis: 'DATE_TOO_OLD' }, 'nothing-older', 'next-slot', 'range', undefined, MED],
  ['a wrong range', { enedis: 'INVALID_DATE_RANGE' }, 'bad-request', 'tomorrow', 'range', undefined, MED],
  ['a wrong date', { enedis: 'INVALID_DATE_FORMAT' }, 'bad-request', 'tomorrow', 'range', undefined, MED],
  ['Enedis is not there', { enedis: 'ENEDIS_UNAVAILABLE' }, 'enedis-down', 'soon', 'range', undefined, MED],
  ['Enedis says an error', { enedis: 'ENEDIS_ERROR' }, 'enedis-down', 'soon', 'range', undefined, MED],
  ['no access', { enedis: 'ACCESS_DENIED' }, 'not-holder', 'tomorrow', 'series', undefined, MED],
  ['no data', { enedis: 'NO_DATA' }, 'nothing-yet', 'next-slot', 'range', undefined, MED],
  ['partial data', { enedis: 'PARTIAL_DATA' }, 'bad-answer', 'next-slot', 'range', undefined, MED],
]; // prettier-ignore

const time = (now: () => number) => ({ now, wait: () => Promise.resolve() });
const providerOf = (provider: GatewayName, url: string, now = () => NOW, changes: object = {}): Provider =>
  providerFor(
    { provider, url, ...CREDENTIALS, ...changes },
    { time: time(now), ledger: new MemoryLedger(now) },
  );
const range = (series: Series) => ({ usagePoint: PDL, series, start: '2026-11-20', end: '2026-11-22' });

for (const gateway of GATEWAYS) {
  describe(`requests and errors over ${gateway}`, () => {
    let standIn: StandIn;
    before(async () => {
      standIn = await startStandIn({ now: () => NOW, gateway, usagePoints: [PDL] });
      sinon.stub(rateLimit, 'turn').resolves();
    });
    after(async () => {
      sinon.restore();
      await standIn.close();
    });
    beforeEach(() => {
      standIn.faults.clear();
      standIn.calls.length = 0;
    });

    const ask = async (series: Series): Promise<unknown> => {
      const provider = providerOf(gateway, standIn.url);
      const answer = await provider.fetch(range(series), 'user', signal);
      return series.endsWith('-registers')
        ? parseRegisters(answer, range(series))
        : parseReadings(answer, range(series), provider.labels);
    };

    const dates =
      gateway === 'myelectricaldata'
        ? { start: '2026-11-20', end: '2026-11-22' }
        : { pointId: PDL, dateDebut: '2026-11-20', dateFin: '2026-11-22' };
    const paths: Partial<Record<Series, string>> = {
      conso: {
        'consumption-load-curve': '/api/courbe_de_charge_consommation',
        'consumption-daily': '/api/consommation_quotidienne',
        'consumption-max-power': '/api/puissance_conso_max_quotidienne',
        'production-load-curve': '/api/courbe_de_charge_production',
        'production-daily': '/api/production_quotidienne',
        'consumption-registers': '/api/index_consommation',
        'production-registers': '/api/index_production',
      },
      dataconnect: {
        'consumption-load-curve': '/mesure_synchrone_auto/v2/courbe_de_charge_consommation',
        'consumption-daily': '/mesure_synchrone_auto/v2/consommation_quotidienne',
        'consumption-max-power': '/mesure_synchrone_auto/v2/puissance_conso_max_quotidienne',
        'production-load-curve': '/mesure_synchrone_auto/v2/courbe_de_charge_production',
        'production-daily': '/mesure_synchrone_auto/v2/production_quotidienne',
        'consumption-registers': '/mesure_synchrone_auto/v2/index_consommation',
        'production-registers': '/mesure_synchrone_auto/v2/index_production',
      },
      myelectricaldata: {
        'consumption-load-curve': `/api/enedis/consumption/detail/${PDL}`,
        'consumption-daily': `/api/enedis/consumption/daily/${PDL}`,
        'consumption-max-power': `/api/enedis/power/${PDL}`,
        'production-load-curve': `/api/enedis/production/detail/${PDL}`,
        'production-daily': `/api/enedis/production/daily/${PDL}`,
      },
    }[gateway];

    it('delivers what its interfaces have', () => {
      const { series } = providerOf(gateway, standIn.url);
      assert.deepEqual(series, gateway === 'myelectricaldata' ? SERIES : ALL_SERIES);
      assert.deepEqual(Object.keys(paths).sort(), [...series].sort());
    });

    for (const [series, path] of Object.entries(paths) as [Series, string][]) {
      it(`requests ${series} with the right parameters, and reads two days`, async () => {
        const found = (await ask(series)) as { readings?: unknown[]; days?: unknown[]; rejected: unknown[] };
        assert.deepEqual(found.rejected, []);
        assert.equal((found.readings ?? found.days)?.length, series.endsWith('-load-curve') ? 96 : 2);
        const peaks = series === 'consumption-max-power' && gateway === 'dataconnect';
        const [call, ...more] = standIn.calls.filter(({ series: of }) => of !== 'token');
        assert.deepEqual(more, []);
        assert.deepEqual(
          { path: call?.path, query: call?.query, headers: call?.headers, userAgent: call?.userAgent },
          {
            path,
            query: { ...dates, ...(peaks && { mesuresPas: 'P1D', grandeurPhysique: 'PMA' }) },
            headers: {
              accept: 'application/json',
              'x-med-format': gateway === 'myelectricaldata' ? '2026' : undefined,
            },
            userAgent: `node-red-dashboard-2-linky/${VERSION} (+https://flows.nodered.org/node/node-red-dashboard-2-linky)`,
          },
        );
      });
    }

    for (const [name, fault, key, retry, scope, series = 'consumption-daily', only = GATEWAYS] of TABLE) {
      if (!only.includes(gateway)) continue;
      it(`${name} (${typeof fault === 'object' && 'enedis' in fault ? fault.enedis : 'no code of Enedis'}): ${key}, ${retry}, ${scope}`, async () => {
        standIn.faults.always(({ series: of }) => (of === 'token' ? undefined : fault));
        await assert.rejects(ask(series), (error: LinkyError) => {
          assert.deepEqual([error.key, error.retry, error.scope], [key, retry, scope]);
          assert.doesNotMatch(`${JSON.stringify(error)} ${String(error.stack)}`, /stand-in-(token|secret)/);
          return true;
        });
      });
    }

    if (gateway !== 'myelectricaldata') {
      for (const shape of ['error', 'code', 'manager', 'fault'] as const) {
        it(`finds the code in the form of ${shape}`, async () => {
          standIn.faults.always({ enedis: 'ADAM-DC-0008', shape }, { series: 'consumption-daily' });
          await assert.rejects(ask('consumption-daily'), { key: 'consent', code: 'ADAM-DC-0008' });
        });
      }

      it('requests nothing until nextAccessTime', async () => {
        let now = NOW;
        const provider = providerOf(gateway, standIn.url, () => now);
        const fetch = (): Promise<unknown> => provider.fetch(range('consumption-daily'), 'user', signal);
        const throttled = { throttled: true, nextAccessTime: '2026-Nov-23 13:30:00+0000 UTC' } as const;
        standIn.faults.next(throttled, { series: 'consumption-daily' });
        const expected = { key: 'too-many-calls', retryAfter: 2.5 * 3_600_000 };
        await assert.rejects(fetch(), expected);
        await assert.rejects(fetch(), expected);
        assert.equal(standIn.calls.filter(({ series }) => series !== 'token').length, 1);
        now += 2.5 * 3_600_000;
        await fetch();
      });
    }

    it('succeeds again afterwards', async () => {
      const { readings } = (await ask('consumption-daily')) as { readings: unknown[] };
      assert.equal(readings.length, 2);
    });
  });
}

describe('MyElectricalData', () => {
  let standIn: StandIn;
  const points = [PDL, '22222222222222'];
  before(async () => {
    standIn = await startStandIn({ now: () => NOW, gateway: 'myelectricaldata', usagePoints: points });
    sinon.stub(rateLimit, 'turn').resolves();
  });
  after(async () => {
    sinon.restore();
    await standIn.close();
  });
  const provider = (changes: object = {}): Provider =>
    providerOf('myelectricaldata', standIn.url, () => NOW, changes);

  it('lists the usage points of the account', async () => {
    assert.deepEqual(await provider().usagePoints?.(signal), points);
  });

  it('reads the contract, and nothing of the person', async () => {
    assert.deepEqual(await provider().contract?.(PDL, signal), {
      subscribedPower: 9,
      activated: standIn.settings.activation ?? '2018-08-31',
      offPeakHours: ['22:00–06:00'],
    });
  });

  it('gets no request while its error with status 200 asks to wait', async () => {
    let now = NOW;
    const one = providerOf('myelectricaldata', standIn.url, () => now);
    const body = { success: false, error: { code: 'RATE_LIMIT_EXCEEDED', message: '' } };
    standIn.faults.next({ status: 200, body, headers: { 'retry-after': '7200' } });
    standIn.calls.length = 0;
    const fetch = (): Promise<unknown> => one.fetch(range('consumption-daily'), 'user', signal);
    await assert.rejects(fetch(), { key: 'account-quota', retryAfter: 7_200_000 });
    await assert.rejects(fetch(), { key: 'account-quota' });
    assert.equal(standIn.calls.length, 1);
    now += 7_200_000;
    await fetch();
  });

  it('recognizes tokens of its first server, and requests nothing with them', async () => {
    standIn.calls.length = 0;
    for (const changes of [{ clientSecret: 'b2xkLXRva2Vu+/==' }, { clientSecret: '', token: 'old' }]) {
      await assert.rejects(provider(changes).fetch(range('consumption-daily'), 'user', signal), {
        key: 'first-server-token',
        retry: 'after-change',
      });
    }
    await assert.rejects(
      provider({ clientSecret: '', token: '' }).fetch(range('consumption-daily'), 'user', signal),
      { key: 'secret-missing' },
    );
    assert.deepEqual(standIn.calls, []);
  });
});

describe('the bearer of Data Connect', () => {
  let standIn: StandIn;
  let now = NOW;
  const fetch = (changes: object = {}): Promise<unknown> =>
    providerOf('dataconnect', standIn.url, () => now, changes).fetch(
      range('consumption-daily'),
      'user',
      signal,
    );
  const tokens = (): number => standIn.calls.splice(0).filter(({ series }) => series === 'token').length;

  beforeEach(async () => {
    now = NOW;
    standIn = await startStandIn({ now: () => now, gateway: 'dataconnect', usagePoints: [PDL] });
    sinon.stub(rateLimit, 'turn').resolves();
  });
  afterEach(async () => {
    sinon.restore();
    await standIn.close();
  });

  it('is requested once for all meters of an application, and again shortly before it ends', async () => {
    await Promise.all([fetch(), fetch(), fetch()]);
    await fetch();
    assert.equal(tokens(), 1);
    now += 12_600_000 - 60_000;
    await fetch();
    assert.equal(tokens(), 1);
    assert.equal(standIn.calls.length, 0);
  });

  it('can have its lifetime as text', async () => {
    standIn.settings.expiresInAsText = true;
    await fetch();
    await fetch();
    assert.equal(tokens(), 1);
  });

  it('is renewed once when Enedis revokes it', async () => {
    await fetch();
    standIn.revokeBearers();
    await fetch();
    assert.equal(tokens(), 2);
  });

  it('is not renewed again when the new one is refused', async () => {
    standIn.faults.always({ status: 401, body: {} }, { series: 'consumption-daily' });
    await assert.rejects(fetch(), { key: 'client-refused' });
    assert.equal(standIn.calls.filter(({ series }) => series === 'consumption-daily').length, 2);
  });

  it('is refused to a wrong secret', async () => {
    await assert.rejects(fetch({ clientSecret: 'wrong' }), { key: 'client-refused', retry: 'tomorrow' });
  });

  it('is not requested without a client', async () => {
    await assert.rejects(fetch({ clientSecret: '' }), { key: 'client-missing' });
    assert.equal(standIn.calls.length, 0);
  });

  it('cannot be requested while its server is down', async () => {
    standIn.faults.always('html503', { series: 'token' });
    await assert.rejects(fetch(), { key: 'enedis-down', retry: 'soon' });
  });
});
