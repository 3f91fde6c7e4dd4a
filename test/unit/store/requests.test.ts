import assert from 'node:assert/strict';
import sinon from 'sinon';
import { clock } from '../../../src/calendar/clock';
import type { NotedRequest, SentRequest, Suspension } from '../../../src/providers/budget';
import type { RequestTable } from '../../../src/store/requests';
import type { Store } from '../../../src/store/store';
import { describeOnBoth } from '../../support/engines';

const NOW = Date.UTC(2026, 10, 23, 7, 37);

describeOnBoth('the table of requests', (engine) => {
  let store: Store;
  let requests: RequestTable;
  beforeEach(async () => {
    store = await engine.store();
    ({ requests } = store);
  });
  afterEach(() => {
    store.close();
  });
  const note = async (budget: string, ...sent: [at: number, purpose?: 'backfill'][]): Promise<void> => {
    for (const [at, purpose] of sent)
      await requests.turn(budget, (turn) => turn.note({ at, backfill: purpose === 'backfill' }, 0));
  };
  const sentAfter = (budget: string, id: number, at: number): Promise<NotedRequest[]> =>
    requests.turn(budget, async (turn) => (await turn.look(id, at)).sent);
  const all = async (budget: string): Promise<SentRequest[]> =>
    (await sentAfter(budget, 0, 0)).map(({ at, backfill }) => ({ at, backfill }));
  const suspension = (budget: string): Promise<Suspension | undefined> =>
    requests.turn(budget, async (turn) => (await turn.look(0, 0)).suspension);

  it('knows which were sent after an instant, in the order they were noted', async () => {
    assert.deepEqual(await all('a'), []);
    await note('a', [NOW], [NOW + 1], [NOW + 1, 'backfill'], [NOW + 2, 'backfill']);
    assert.deepEqual(
      (await sentAfter('a', 0, NOW)).map(({ at }) => at - NOW),
      [1, 1, 2],
    );
    assert.deepEqual(
      (await sentAfter('a', 0, NOW + 1)).map(({ at, backfill }) => [at, backfill]),
      [[NOW + 2, true]],
    );
    assert.deepEqual(await sentAfter('a', 0, NOW + 2), []);
    assert.deepEqual((await all('a'))[0], { at: NOW, backfill: false });
  });

  it('knows which were noted after another, whenever they were sent', async () => {
    await note('a', [NOW + 2, 'backfill']);
    const [first] = await sentAfter('a', 0, 0);
    assert.ok(first);
    // Those of another budget lie between them.
    await note('b', [NOW]);
    await note('a', [NOW + 1], [NOW]);
    const later = await sentAfter('a', first.id, 0);
    assert.deepEqual(
      later.map(({ at }) => at - NOW),
      [1, 0],
    );
    assert.deepEqual(
      later.map(({ id }) => id),
      later.map(({ id }) => id).toSorted((a, b) => a - b),
    );
    assert.deepEqual(await sentAfter('a', later[1]?.id ?? 0, 0), []);
    assert.deepEqual(await sentAfter('a', first.id, NOW), later.slice(0, 1));
  });

  it('keeps budgets apart', async () => {
    await note('a', [NOW]);
    await note('b', [NOW + 1, 'backfill'], [NOW + 2]);
    assert.deepEqual(await all('a'), [{ at: NOW, backfill: false }]);
    assert.deepEqual((await all('b')).length, 2);
    await note('a', [NOW + 10]);
    await requests.turn('a', (turn) => turn.correct(NOW));
    assert.deepEqual(
      (await all('a')).map(({ at }) => at - NOW),
      [0, 0],
    );
    assert.deepEqual(
      (await all('b')).map(({ at }) => at - NOW),
      [1, 2],
    );
  });

  it('forgets those that no longer count when others are noted, soon', async () => {
    await note('a', [NOW], [NOW + 1], [NOW + 2]);
    await note('b', [NOW]);
    for (let i = 0; i < 100; i++) {
      await requests.turn('a', (turn) => turn.note({ at: NOW + 3.25, backfill: true }, NOW + 1.5));
    }
    assert.deepEqual((await all('a')).slice(0, 2), [
      { at: NOW + 2, backfill: false },
      { at: NOW + 3, backfill: true },
    ]);
    assert.deepEqual(await all('b'), [{ at: NOW, backfill: false }]);
  });

  it('dates those of the future now, when the clock was set back', async () => {
    await note('a', [NOW - 1], [NOW, 'backfill'], [NOW + 1, 'backfill'], [NOW + 3_600_000]);
    await requests.turn('a', (turn) => turn.correct(NOW));
    assert.deepEqual(
      (await all('a')).map(({ at }) => at - NOW),
      [-1, 0, 0, 0],
    );
    assert.equal((await all('a')).filter(({ backfill }) => backfill).length, 2);
  });

  it('takes instants with fractions of a millisecond', async () => {
    await requests.turn('a', (turn) => turn.note({ at: NOW + 0.75, backfill: false }, NOW - 0.5));
    await requests.suspend('a', { until: NOW + 0.75, key: 'too-many-calls', code: '429' });
    assert.deepEqual(await all('a'), [{ at: NOW, backfill: false }]);
    assert.equal((await suspension('a'))?.until, NOW);
    await requests.turn('a', (turn) => turn.correct(NOW - 0.5));
    assert.deepEqual(await all('a'), [{ at: NOW - 1, backfill: false }]);
  });

  it('keeps the longest suspension of each budget, but for one of a clock that was wrong', async () => {
    const quota: Suspension = { until: NOW + 1000, key: 'account-quota', code: 'RATE_LIMIT_EXCEEDED' };
    const blocked: Suspension = { until: NOW + 500, key: 'address-blocked', code: '403' };
    assert.equal(await suspension('a'), undefined);
    await requests.suspend('a', quota);
    assert.deepEqual(await suspension('a'), quota);
    assert.equal(await suspension('b'), undefined);
    await requests.suspend('a', blocked);
    await requests.suspend('b', blocked);
    await requests.suspend('b', quota);
    assert.deepEqual(await suspension('a'), quota);
    assert.deepEqual(await suspension('b'), quota);
    await requests.suspend('a', { ...quota, until: NOW + 3 * 86_400_000 });
    await requests.suspend('a', blocked);
    assert.deepEqual(await suspension('a'), blocked);
  });

  it('does not mix with an answer that is kept at the same time', async () => {
    const key = { usagePoint: '12345678901234', name: 'consumption-daily' } as const;
    const answer = { range: { start: '2026-11-20', end: '2026-11-22' }, requestedAt: NaN, isPlanned: true };
    // The answer cannot be kept: its transaction is undone, the request's is not.
    const [failed, noted] = await Promise.allSettled([store.record(key, answer, []), note('a', [NOW])]);
    assert.deepEqual([failed.status, noted.status], ['rejected', 'fulfilled']);
    assert.deepEqual(await all('a'), [{ at: NOW, backfill: false }]);
  });

  describe('in a turn', () => {
    it('tells the time', async () => {
      const now = sinon.stub(clock, 'now').returns(NOW);
      assert.equal((await requests.turn('a', (turn) => turn.look(0, 0))).now, NOW);
      now.restore();
    });

    it('lets nobody in between', async () => {
      const log: string[] = [];
      const take = (name: string, budget: string): Promise<number> =>
        requests.turn(budget, async (turn) => {
          const { length } = (await turn.look(0, 0)).sent;
          log.push(`${name} looks`);
          await turn.note({ at: NOW, backfill: false }, 0);
          log.push(`${name} notes`);
          return length;
        });
      const found = await Promise.all([take('first', 'a'), take('second', 'a'), take('other', 'b')]);
      assert.deepEqual(found.slice(0, 2).sort(), [0, 1]);
      assert.equal(found[2], 0);
      // Of another budget nothing is said: PostgreSQL does both at once.
      const ofOne = log.filter((each) => !each.startsWith('other'));
      const [one = ''] = (ofOne[0] ?? '').split(' ');
      const two = one === 'first' ? 'second' : 'first';
      assert.deepEqual(ofOne, [`${one} looks`, `${one} notes`, `${two} looks`, `${two} notes`]);
    });

    it('that fails notes and corrects nothing', async () => {
      await note('a', [NOW], [NOW + 5]);
      const failing = requests.turn('a', async (turn) => {
        await turn.correct(NOW + 1);
        await turn.note({ at: NOW + 7, backfill: false }, NOW + 1);
        throw new Error('changed my mind');
      });
      await assert.rejects(failing, /changed my mind/);
      assert.deepEqual(
        (await all('a')).map(({ at }) => at - NOW),
        [0, 5],
      );
    });
  });
});
