import assert from 'node:assert/strict';
import { SqliteDatabase } from '../../../src/store/sqlite';
import { Store } from '../../../src/store/store';

const PDL = '12345678901234';
const NOW = Date.UTC(2026, 10, 25, 8);

describe('the days of statistics', () => {
  let store: Store;
  beforeEach(() => {
    store = new Store(new SqliteDatabase(':memory:'));
  });
  afterEach(() => {
    store.close();
  });

  it('are kept by usage point and statistic, each with the instant of its last change', async () => {
    const { statistics } = store;
    const of = (statistic: string, ...digests: [string, string][]) => ({ statistic, digests: new Map(digests) }); // prettier-ignore
    await statistics.keep(PDL, [of('energy', ['2026-11-22', 'a'], ['2026-11-23', 'b']), of('cost', ['2026-11-22', 'c'])], NOW); // prettier-ignore
    await statistics.keep('another', [of('energy', ['2026-11-22', 'd'])], NOW + 1);
    await statistics.keep(PDL, [of('energy', ['2026-11-23', 'e'])], NOW + 2);
    const days = async (usagePoint: string, statistic: string) => Object.fromEntries(await statistics.days(usagePoint, statistic)); // prettier-ignore
    assert.deepEqual(await days(PDL, 'energy'), {
      '2026-11-22': { digest: 'a', changedAt: NOW },
      '2026-11-23': { digest: 'e', changedAt: NOW + 2 },
    });
    assert.deepEqual(await days(PDL, 'cost'), { '2026-11-22': { digest: 'c', changedAt: NOW } });
    assert.deepEqual(await days('another', 'energy'), { '2026-11-22': { digest: 'd', changedAt: NOW + 1 } });
    assert.deepEqual(await days('another', 'cost'), {});
  });
});
