import assert from 'node:assert/strict';
import type { SentRequest, Suspension } from '../../../src/providers/budget';
import type { RequestTable } from '../../../src/store/requests';
import { SqliteDatabase } from '../../../src/store/sqlite';
import { Store } from '../../../src/store/store';

const NOW = Date.UTC(2026, 10, 23, 7, 37);

describe('the table of requests', () => {
  let store: Store;
  let requests: RequestTable;
  beforeEach(() => {
    store = new Store(new SqliteDatabase(':memory:'));
    ({ requests } = store);
  });
  afterEach(() => {
    store.close();
  });
  const note = async (budget: string, ...sent: [at: number, purpose?: 'backfill'][]): Promise<void> => {
    for (const [at, purpose] of sent)
      await requests.note(budget, { at, backfill: purpose === 'backfill' }, -Infinity);
  };
  const all = (budget: string): Promise<SentRequest[]> => requests.sentAfter(budget, 0);

  it('knows which were sent after an instant, oldest first', async () => {
    assert.deepEqual(await all('a'), []);
    await note('a', [NOW + 2, 'backfill'], [NOW], [NOW + 1], [NOW + 1, 'backfill']);
    assert.deepEqual(
      (await requests.sentAfter('a', NOW)).map(({ at }) => at - NOW),
      [1, 1, 2],
    );
    assert.deepEqual(await requests.sentAfter('a', NOW + 1), [{ at: NOW + 2, backfill: true }]);
    assert.deepEqual(await requests.sentAfter('a', NOW + 2), []);
    assert.deepEqual((await all('a'))[0], { at: NOW, backfill: false });
  });

  it('keeps budgets apart', async () => {
    await note('a', [NOW]);
    await note('b', [NOW + 1, 'backfill'], [NOW + 2]);
    assert.deepEqual(await all('a'), [{ at: NOW, backfill: false }]);
    assert.deepEqual((await all('b')).length, 2);
    await requests.note('a', { at: NOW + 10, backfill: false }, NOW + 5);
    await requests.correct('a', NOW);
    assert.deepEqual(await all('a'), [{ at: NOW, backfill: false }]);
    assert.deepEqual(
      (await all('b')).map(({ at }) => at - NOW),
      [1, 2],
    );
  });

  it('forgets those that no longer count when another is noted', async () => {
    await note('a', [NOW], [NOW + 1], [NOW + 2]);
    await requests.note('a', { at: NOW + 3, backfill: true }, NOW + 1);
    assert.deepEqual(await all('a'), [
      { at: NOW + 2, backfill: false },
      { at: NOW + 3, backfill: true },
    ]);
  });

  it('dates those of the future now, when the clock was set back', async () => {
    await note('a', [NOW - 1], [NOW, 'backfill'], [NOW + 1, 'backfill'], [NOW + 3_600_000]);
    await requests.correct('a', NOW);
    assert.deepEqual(
      (await all('a')).map(({ at }) => at - NOW),
      [-1, 0, 0, 0],
    );
    assert.equal((await all('a')).filter(({ backfill }) => backfill).length, 2);
  });

  it('takes instants with fractions of a millisecond', async () => {
    await requests.note('a', { at: NOW + 0.75, backfill: false }, NOW - 0.5);
    await requests.suspend('a', { until: NOW + 0.75, key: 'too-many-calls', code: '429' });
    assert.deepEqual(await all('a'), [{ at: NOW, backfill: false }]);
    assert.equal((await requests.suspension('a'))?.until, NOW);
    await requests.correct('a', NOW - 0.5);
    assert.deepEqual(await all('a'), [{ at: NOW - 1, backfill: false }]);
  });

  it('keeps the last suspension of each budget', async () => {
    const quota: Suspension = { until: NOW + 1000, key: 'account-quota', code: 'RATE_LIMIT_EXCEEDED' };
    const blocked: Suspension = { until: NOW + 500, key: 'address-blocked', code: '403' };
    assert.equal(await requests.suspension('a'), undefined);
    await requests.suspend('a', quota);
    assert.deepEqual(await requests.suspension('a'), quota);
    assert.equal(await requests.suspension('b'), undefined);
    await requests.suspend('a', blocked);
    await requests.suspend('b', quota);
    assert.deepEqual(await requests.suspension('a'), blocked);
    assert.deepEqual(await requests.suspension('b'), quota);
  });

  it('does not mix with an answer that is kept at the same time', async () => {
    const key = { usagePoint: '12345678901234', name: 'consumption-daily' } as const;
    const answer = { range: { start: '2026-11-20', end: '2026-11-22' }, requestedAt: NaN, isPlanned: true };
    // The answer cannot be kept: its transaction is undone, the request's is not.
    const [failed, noted] = await Promise.allSettled([
      store.record(key, answer, []),
      requests.note('a', { at: NOW, backfill: false }, 0),
    ]);
    assert.deepEqual([failed.status, noted.status], ['rejected', 'fulfilled']);
    assert.deepEqual(await all('a'), [{ at: NOW, backfill: false }]);
  });
});
