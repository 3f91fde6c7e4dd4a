import assert from 'node:assert/strict';
import type { Day } from '../../../src/calendar/paris';
import type { StatisticState, StatisticUpdate } from '../../../src/store/statistics';
import type { Store } from '../../../src/store/store';
import { describeOnBoth } from '../../support/engines';

const NOW = Date.UTC(2026, 10, 25, 8);
const KEY = { consumer: 'h', usagePoint: '12345678901234' };

describeOnBoth('what a history node has answered of statistics', (engine) => {
  let store: Store;
  beforeEach(async () => {
    store = await engine.store();
  });
  afterEach(() => {
    store.close();
  });

  const updateOf = (answeredAt: number, days: Record<Day, string> = {}): StatisticUpdate => ({
    answeredAt,
    changed: new Map(Object.entries(days).map(([day, digest]) => [day, { digest, changedAt: answeredAt }])),
  });
  const keep = (key: typeof KEY, updates: Record<string, StatisticUpdate>) =>
    store.statistics.update(key, Object.keys(updates), () => ({ updates: new Map(Object.entries(updates)) }));
  const kept = async (key: typeof KEY, ...ids: string[]): Promise<ReadonlyMap<string, StatisticState>> => {
    const { before } = await store.statistics.update(key, ids, (before) => ({ before, updates: new Map() }));
    return before;
  };

  it('is kept by node, usage point and statistic, each day with the time of its last change', async () => {
    const [otherNode, otherMeter] = [
      { ...KEY, consumer: 'another' },
      { ...KEY, usagePoint: 'another' },
    ];
    await keep(KEY, {
      energy: updateOf(NOW, { '2026-11-22': 'a', '2026-11-23': 'b' }),
      cost: updateOf(NOW, { '2026-11-22': 'c' }),
    });
    await keep(otherNode, { energy: updateOf(NOW + 1, { '2026-11-22': 'd' }) });
    await keep(otherMeter, { energy: updateOf(NOW + 2, { '2026-11-22': 'e' }) });
    await keep(KEY, { energy: updateOf(NOW + 3, { '2026-11-23': 'f' }) });
    // An answer without news is one too.
    await keep(KEY, { cost: updateOf(NOW + 4) });
    assert.deepEqual(
      await kept(KEY, 'energy', 'cost', 'nothing'),
      new Map([
        [
          'energy',
          {
            answeredAt: NOW + 3,
            days: new Map([
              ['2026-11-22', { digest: 'a', changedAt: NOW }],
              ['2026-11-23', { digest: 'f', changedAt: NOW + 3 }],
            ]),
          },
        ],
        ['cost', { answeredAt: NOW + 4, days: new Map([['2026-11-22', { digest: 'c', changedAt: NOW }]]) }],
      ]),
    );
    for (const [key, digest, at] of [
      [otherNode, 'd', NOW + 1],
      [otherMeter, 'e', NOW + 2],
    ] as const) {
      const days = new Map([['2026-11-22', { digest, changedAt: at }]]);
      assert.deepEqual(await kept(key, 'energy', 'cost'), new Map([['energy', { answeredAt: at, days }]]));
    }
  });

  it('is decided upon by one query after the other', async () => {
    const seen: number[] = [];
    const answer = () =>
      store.statistics.update(KEY, ['energy'], (before) => {
        const answeredAt = (before.get('energy')?.answeredAt ?? NOW) + 1;
        seen.push(answeredAt);
        return { updates: new Map([['energy', updateOf(answeredAt)]]) };
      });
    await Promise.all([answer(), answer(), answer()]);
    assert.deepEqual(seen, [NOW + 1, NOW + 2, NOW + 3]);
  });

  it('stays as it was where deciding fails', async () => {
    await keep(KEY, { energy: updateOf(NOW) });
    const failure = new Error('on purpose');
    await assert.rejects(
      store.statistics.update(KEY, ['energy'], () => {
        throw failure;
      }),
      failure,
    );
    assert.equal((await kept(KEY, 'energy')).get('energy')?.answeredAt, NOW);
  });
});
