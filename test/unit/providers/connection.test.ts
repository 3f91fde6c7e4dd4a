import assert from 'node:assert/strict';
import { classifyError } from '../../../src/providers/errors';
import { tryConnection, type Connection } from '../../../src/providers/connection';
import type { Provider } from '../../../src/providers/provider';
import { ALL_SERIES, directionOf, type Direction } from '../../../src/metering/metrics';

const PDL = '12345678901234';
const NOW = Date.UTC(2026, 10, 23, 11);

/** A provider that has 12,345 Wh in one direction, or that answers with an error. */
function provider(measured: Direction | undefined, status = 404, code = 'no_data_found'): Provider {
  return {
    identity: 'test',
    series: ALL_SERIES,
    labels: 'end',
    extraDays: 0,
    fetch: ({ series, start }) => {
      const direction = directionOf(series);
      if (measured === undefined) return Promise.reject(classifyError({ status, code }, direction));
      if (measured !== direction) {
        return Promise.reject(classifyError({ status: 400, code: 'ADAM-ERR0069' }, direction));
      }
      const grandeurMetier = direction === 'consumption' ? 'CONS' : 'PROD';
      const points = [{ v: '12345', d: start }];
      return Promise.resolve({
        idPrm: PDL,
        grandeur: [{ grandeurMetier, grandeurPhysique: 'EA', unite: 'Wh', points }],
      });
    },
  };
}

const connect = (tried: Provider): Promise<Connection> =>
  tryConnection(tried, PDL, NOW, new AbortController().signal);

describe('a test of the connection', () => {
  for (const direction of ['consumption', 'production'] as const) {
    it(`finds yesterday’s ${direction}`, async () => {
      assert.deepEqual(await connect(provider(direction)), {
        day: '2026-11-22',
        direction,
        energy: 12345,
        contract: {},
      });
    });
  }

  const absent: [what: string, status: number, code: string, absent: Connection['absent']][] = [
    ['is not published', 404, 'no_data_found', 'not-published'],
    ['is before the meter’s activation', 400, 'ADAM-ERR0123', 'too-recent'],
    ['is before the consent', 403, 'ADAM-DC-0009', 'too-recent'],
  ];
  for (const [what, status, code, reason] of absent) {
    it(`works where yesterday ${what}`, async () => {
      assert.equal((await connect(provider(undefined, status, code))).absent, reason);
    });
  }

  const errors: [status: number, code: string, key: string][] = [
    [403, 'ADAM-DC-0008', 'consent'],
    [403, 'ADAM-ERR0191', 'hourly-not-activated'],
  ];
  for (const [status, code, key] of errors) {
    it(`fails with ${code}`, async () => {
      await assert.rejects(connect(provider(undefined, status, code)), { key });
    });
  }

  it('fails where the usage point has neither direction', async () => {
    const neither = provider('consumption');
    const fetch: Provider['fetch'] = ({ series }) =>
      Promise.reject(classifyError({ status: 400, code: 'ADAM-ERR0069' }, directionOf(series)));
    await assert.rejects(connect({ ...neither, fetch }), { key: 'bad-request', retry: 'after-change' });
  });
});
