import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import sinon from 'sinon';
import {
  CONSO_BUDGET,
  DATA_CONNECT_BUDGET,
  HOUR,
  MYELECTRICALDATA_BUDGET,
  nextRequestAt,
  RequestBudget,
  requestsLeft,
  type BudgetLimits,
  type LedgerTurn,
  type Need,
  type NotedRequest,
  type Purpose,
  type SentRequest,
} from '../../../src/providers/budget';
import { LinkyError } from '../../../src/providers/errors';
import { instantAt } from '../../../src/calendar/paris';
import { MemoryLedger } from '../../support/memory-ledger';

const DAY = '2026-11-24';
/** `08:37` on the day, `-1 08:37` on the day before. */
function at(text: string): number {
  const [, before, hours, minutes] = /^(-1 )?(\d\d):(\d\d)$/.exec(text) ?? [];
  return instantAt(DAY, Number(hours) * 60 + Number(minutes)) - (before ? 24 * HOUR : 0);
}
const sent = (...groups: [count: number, time: string, purpose?: 'backfill'][]): SentRequest[] =>
  groups
    .flatMap(([count, time, purpose]) =>
      Array.from({ length: count }, () => ({ at: at(time), backfill: purpose === 'backfill' })),
    )
    .sort((a, b) => a.at - b.at);

/** One meter, both directions, yesterday missing or complete. */
const MISSING: Need = { series: 5, missing: 5 };
const COMPLETE: Need = { series: 5, missing: 0 };

describe('how many requests are left', () => {
  const table: [string, Purpose, BudgetLimits, SentRequest[], Need, now: string, left: number][] = [
    ['the user has all', 'user', CONSO_BUDGET, [], MISSING, '08:00', 80],
    ['the schedule leaves five to the user', 'schedule', CONSO_BUDGET, [], COMPLETE, '14:00', 75],
    [
      'in the morning it reserves a request per missing series for the afternoon',
      'schedule',
      CONSO_BUDGET,
      [],
      MISSING,
      '08:00',
      70,
    ],
    [
      'requests that expire by then are not reserved twice',
      'schedule',
      CONSO_BUDGET,
      sent([60, '-1 12:10', 'backfill']),
      MISSING,
      '08:00',
      15,
    ],
    [
      'with many meters nothing is left in the morning',
      'schedule',
      CONSO_BUDGET,
      [],
      { series: 100, missing: 100 },
      '08:00',
      -25,
    ],
    [
      'and the rest in the afternoon',
      'schedule',
      CONSO_BUDGET,
      [],
      { series: 100, missing: 100 },
      '13:00',
      75,
    ],
    [
      'the backfill leaves six slots of five series, and the user’s share',
      'backfill',
      CONSO_BUDGET,
      [],
      COMPLETE,
      '12:10',
      45,
    ],
    ['one direction leaves more', 'backfill', CONSO_BUDGET, [], { series: 3, missing: 0 }, '12:10', 57],
    [
      'the backfill’s own requests count until the next day',
      'backfill',
      CONSO_BUDGET,
      sent([45, '10:40', 'backfill']),
      COMPLETE,
      '12:10',
      5,
    ],
    ['and so do all other requests', 'backfill', CONSO_BUDGET, sent([70, '10:40']), COMPLETE, '12:10', 5],
    [
      'they expire after a day',
      'backfill',
      CONSO_BUDGET,
      sent([80, '-1 12:10', 'backfill']),
      COMPLETE,
      '12:10',
      45,
    ],
    [
      'and not a minute before',
      'backfill',
      CONSO_BUDGET,
      sent([80, '-1 12:11', 'backfill']),
      COMPLETE,
      '12:10',
      -5,
    ],
    [
      'with many meters the backfill has an eighth',
      'backfill',
      CONSO_BUDGET,
      [],
      { series: 50, missing: 0 },
      '14:00',
      10,
    ],
    ['MyElectricalData has fifty', 'backfill', MYELECTRICALDATA_BUDGET, [], COMPLETE, '12:10', 20],
    [
      'Data Connect reserves nothing',
      'backfill',
      DATA_CONNECT_BUDGET,
      sent([999, '12:00']),
      MISSING,
      '12:10',
      1,
    ],
    [
      'and its requests expire after an hour',
      'schedule',
      DATA_CONNECT_BUDGET,
      sent([1000, '11:10']),
      MISSING,
      '12:10',
      1000,
    ],
  ];
  for (const [name, purpose, limits, requests, need, now, left] of table) {
    it(name, () => {
      assert.equal(requestsLeft(purpose, limits, requests, need, at(now)), left);
    });
  }
});

describe('when a request may be sent', () => {
  const table: [string, Purpose, BudgetLimits, SentRequest[], Need, now: string, next: string][] = [
    ['at once', 'schedule', CONSO_BUDGET, [], MISSING, '08:00', '08:00'],
    ['when the first is a day old', 'user', CONSO_BUDGET, sent([80, '-1 12:10']), MISSING, '08:00', '12:10'],
    ['in the afternoon', 'schedule', CONSO_BUDGET, [], { series: 100, missing: 100 }, '08:00', '13:00'],
    [
      'when the backfill’s own requests are a day old',
      'backfill',
      CONSO_BUDGET,
      sent([45, '-1 12:10', 'backfill'], [30, '10:37']),
      COMPLETE,
      '11:00',
      '12:10',
    ],
    [
      'of Data Connect, within the hour',
      'schedule',
      DATA_CONNECT_BUDGET,
      sent([1000, '11:30']),
      MISSING,
      '12:00',
      '12:30',
    ],
  ];
  for (const [name, purpose, limits, requests, need, now, next] of table) {
    it(name, () => {
      assert.equal(nextRequestAt(purpose, limits, requests, need, at(now)), at(next));
    });
  }
});

describe('a request budget', () => {
  const signal = new AbortController().signal;
  let now: number;
  let ledger: MemoryLedger;
  const time = {
    now: () => now,
    wait: (ms: number) => {
      now += ms;
      return Promise.resolve();
    },
  };
  const budget = (limits = CONSO_BUDGET): RequestBudget => new RequestBudget('one', limits, time, ledger);
  /** What the ledger holds. */
  const noted = (): Promise<NotedRequest[]> =>
    ledger.turn('one', async (turn) => (await turn.look(0, 0)).sent);
  const throttled = new LinkyError('900807', {
    key: 'too-many-calls',
    retry: 'next-slot',
    scope: 'usage-point',
  });
  beforeEach(() => {
    now = at('12:10');
    ledger = new MemoryLedger(() => now);
  });

  it('never exceeds its limit in any interval, for any purpose, over restarts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            wait: fc.integer({ min: 0, max: 5 * HOUR }),
            purpose: fc.constantFrom<Purpose>('schedule', 'user', 'backfill'),
            count: fc.integer({ min: 1, max: 40 }),
            restart: fc.boolean(),
          }),
          { minLength: 10, maxLength: 60 },
        ),
        async (steps) => {
          now = at('12:10');
          ledger = new MemoryLedger(() => now);
          let one = budget();
          const granted: number[] = [];
          for (const { wait, purpose, count, restart } of steps) {
            now += wait;
            if (restart) one = budget();
            one.reserve(time, MISSING);
            for (let i = 0; i < count; i++) {
              await one.take(purpose, signal).then(
                () => granted.push(now),
                (error: unknown) => {
                  assert.equal((error as LinkyError).key, 'budget-used');
                },
              );
            }
          }
          for (const first of granted) {
            const within = granted.filter((each) => each >= first && each < first + 24 * HOUR).length;
            assert.ok(within <= 80, `${within} within a day`);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('queues requests where the server counts by the hour', async () => {
    const one = budget(DATA_CONNECT_BUDGET);
    const granted: number[] = [];
    for (let i = 0; i < 2500; i++) {
      await one.take('backfill', signal);
      granted.push(now);
      now += 10;
    }
    assert.equal(granted.filter((each) => each < at('13:10')).length, 1000);
    assert.equal(granted.filter((each) => each < at('14:10')).length, 2000);
  });

  it('names the time of the next request', async () => {
    const one = budget();
    for (let i = 0; i < 80; i++) await one.take('user', signal);
    await assert.rejects(one.take('user', signal), { key: 'budget-used', retryAfter: 24 * HOUR });
    assert.equal(one.nextAt('user'), at('12:10') + 24 * HOUR);
  });

  it('allows no request during a suspension, not even by hand, and keeps it over a restart', async () => {
    await budget().suspend(2 * HOUR, throttled);
    const one = budget();
    await assert.rejects(one.take('user', signal), {
      key: 'too-many-calls',
      retry: 'next-slot',
      scope: 'usage-point',
      retryAfter: 2 * HOUR,
    });
    assert.equal(one.left('user'), 0);
    assert.equal(one.isExhausted('user'), false);
    assert.equal(one.nextAt('schedule'), at('14:10'));
    now = at('14:10');
    await one.take('schedule', signal);
  });

  it('is suspended until the end of the day at most', async () => {
    const one = budget();
    await one.suspend(25 * HOUR, throttled);
    assert.equal(one.suspension()?.until, at('-1 00:00') + 48 * HOUR);
    now = at('-1 00:00') + 48 * HOUR;
    await one.take('schedule', signal);
  });

  it('is not stopped for longer than a day by a clock that was wrong', async () => {
    const one = budget();
    now += 400 * 24 * HOUR;
    for (let i = 0; i < 80; i++) await one.take('user', signal);
    await one.suspend(HOUR, throttled);
    now = at('12:10');
    assert.equal(one.suspension(), undefined);
    await assert.rejects(one.take('user', signal), { key: 'budget-used' });
    now += 24 * HOUR;
    await one.take('user', signal);
  });

  it('corrects the ledger with the next request after the clock was set back', async () => {
    const one = budget();
    now += 400 * 24 * HOUR;
    await one.take('user', signal);
    now = at('12:10');
    assert.equal(one.left('user'), 79);
    await one.take('user', signal);
    assert.deepEqual(
      (await noted()).map((request) => request.at),
      [now, now],
    );
  });

  it('has requests again a day after a clock that was far ahead has used it up', async () => {
    now += 80 * 24 * HOUR;
    const ahead = budget();
    while (ahead.left('user') > 0) await ahead.take('user', signal);
    now -= 80 * 24 * HOUR;
    const one = budget();
    await one.ready();
    await assert.rejects(one.take('user', signal), { key: 'budget-used' });
    now += 24 * HOUR;
    await one.take('user', signal);
    assert.equal(one.left('user'), 79);
    // Nor do they come again after a restart.
    await budget().take('user', signal);
  });

  it('answers from memory once it is ready', async () => {
    for (let i = 0; i < 3; i++) await budget().take('user', signal);
    const one = budget();
    await Promise.all([one.ready(), one.ready()]);
    assert.equal(one.left('user'), 77);
  });

  it('counts each request once, though the ledger is read for two at the same time', async () => {
    for (let i = 0; i < 3; i++) await budget().take('user', signal);
    const one = budget();
    await Promise.all([one.ready(), one.take('user', signal)]);
    assert.equal(one.left('user'), 76);
    await one.take('user', signal);
    assert.equal(one.left('user'), 75);
  });

  it('keeps a suspension that comes before the ledger is read', async () => {
    const one = budget();
    await ledger.suspend('one', { until: now + HOUR, key: 'enedis-down', code: '503' });
    const ready = one.ready();
    await one.suspend(2 * HOUR, throttled);
    await ready;
    assert.equal(one.suspension()?.key, 'too-many-calls');
  });

  it('gives the last request to one of two calls at once', async () => {
    const one = budget({ ...CONSO_BUDGET, limit: 1 });
    const results = await Promise.allSettled([one.take('user', signal), one.take('user', signal)]);
    assert.deepEqual(
      results.map((result) => (result.status === 'rejected' ? (result.reason as LinkyError).key : 'taken')),
      ['taken', 'budget-used'],
    );
    assert.equal((await noted()).length, 1);
  });

  it('writes a request into the ledger before it is sent', async () => {
    let isKept = false;
    const { turn } = ledger;
    sinon.stub(ledger, 'turn').callsFake(async (name, work) => {
      const result = await turn(name, work);
      await nextTurn();
      isKept = true;
      return result;
    });
    await budget().take('user', signal);
    assert.ok(isKept);
    assert.equal((await noted()).length, 1);
  });

  it('counts no request for a caller that has aborted', async () => {
    const one = budget();
    await assert.rejects(one.take('user', AbortSignal.abort(new Error('stopped'))), /stopped/);
    assert.equal(one.left('user'), 80);
  });

  describe('that several calls wait for at once', () => {
    it('lets them through in the order they came', async () => {
      const one = budget({ ...DATA_CONNECT_BUDGET, limit: 1 });
      const taken: string[] = [];
      await Promise.all(
        ['a', 'b', 'c'].map(async (name) => {
          await one.take('backfill', signal);
          taken.push(name);
        }),
      );
      assert.deepEqual(taken, ['a', 'b', 'c']);
      assert.deepEqual(
        (await noted()).map((request) => (request.at - at('12:10')) / HOUR),
        [0, 1, 2],
      );
    });

    it('lets the next one through where one aborts, which counts as no request', async () => {
      const waits: (() => void)[] = [];
      const passes = {
        now: time.now,
        wait: (ms: number) =>
          new Promise<void>((resolve) => {
            waits.push(() => {
              now += ms;
              resolve();
            });
          }),
      };
      const one = new RequestBudget('one', { ...DATA_CONNECT_BUDGET, limit: 1 }, passes, ledger);
      await one.take('backfill', signal);
      const leaving = [new AbortController(), new AbortController()] as const;
      const gone = leaving.map(async (each) => {
        await assert.rejects(one.take('backfill', each.signal), /stopped/);
      });
      const stays = one.take('backfill', signal);
      await nextTurn();
      assert.equal(waits.length, 1);
      for (const each of leaving) each.abort(new Error('stopped'));
      await Promise.all(gone);
      await nextTurn();
      assert.equal(waits.length, 2);
      waits[1]?.();
      await stays;
      // Nobody takes a request when the wait of the one that aborted is over.
      waits[0]?.();
      await nextTurn();
      assert.deepEqual(
        (await noted()).map((request) => (request.at - at('12:10')) / HOUR),
        [0, 1],
      );
    });
  });

  describe('of several processes', () => {
    /** How far the clock of each process is ahead of the ledger's, ms. */
    let ahead: number[];
    const processes = (...clocks: number[]): RequestBudget[] => {
      ahead = clocks;
      return clocks.map((_, i) => processOf(i));
    };
    const processOf = (i: number, limits = CONSO_BUDGET): RequestBudget =>
      new RequestBudget('one', limits, { ...time, now: () => now + (ahead[i] ?? 0) }, ledger);

    const take = async (one: RequestBudget | undefined, purpose: Purpose): Promise<void> => {
      assert.ok(one);
      await one.take(purpose, signal);
    };

    it('is one for all of them', async () => {
      const [one, other] = processes(0, 0) as [RequestBudget, RequestBudget];
      for (let i = 0; i < 40; i++) {
        await one.take('user', signal);
        await other.take('user', signal);
      }
      for (const each of [one, other])
        await assert.rejects(each.take('user', signal), { key: 'budget-used', retryAfter: 24 * HOUR });
      now += 24 * HOUR;
      await other.take('user', signal);
      await one.take('user', signal);
      assert.equal(one.left('user'), 78);
    });

    it('gives the last requests to those who come first, of all at once', async () => {
      const all = processes(0, 0);
      const results = await Promise.allSettled(
        Array.from({ length: 100 }, (_, i) => take(all[i % 2], 'user')),
      );
      assert.deepEqual(
        results.map(({ status }) => status === 'fulfilled'),
        results.map((_, i) => i < 80),
      );
      assert.equal((await noted()).length, 80);
    });

    it('queues them together where the server counts by the hour', async () => {
      ahead = [0, 0];
      const all = [0, 1].map((i) => processOf(i, DATA_CONNECT_BUDGET));
      await Promise.all(Array.from({ length: 1500 }, (_, i) => take(all[i % 2], 'backfill')));
      const times = (await noted()).map((request) => request.at);
      assert.equal(times.length, 1500);
      assert.equal(times.filter((each) => each < at('13:10')).length, 1000);
    });

    it('counts those of others at its first look, though several look and its clock is hours ahead', async () => {
      ahead = [2 * HOUR, 0];
      const limits = { ...CONSO_BUDGET, limit: 1, interval: HOUR };
      const [one, other] = [0, 1].map((i) => processOf(i, limits)) as [RequestBudget, RequestBudget];
      await Promise.allSettled([one.ready(), other.take('user', signal), one.take('user', signal)]);
      assert.equal((await noted()).length, 1);
    });

    it('is suspended for all of them', async () => {
      const [one, other] = processes(0, 0) as [RequestBudget, RequestBudget];
      await other.take('user', signal);
      await one.suspend(2 * HOUR, throttled);
      await assert.rejects(other.take('user', signal), { key: 'too-many-calls', retryAfter: 2 * HOUR });
      assert.equal(other.nextAt('user'), at('14:10'));
      now = at('14:10');
      await other.take('user', signal);
    });

    for (const wrong of [HOUR, -HOUR]) {
      const name = wrong > 0 ? 'an hour fast' : 'an hour slow';
      it(`goes by the ledger’s clock where that of a process is ${name}`, async () => {
        const [right, other] = processes(0, wrong) as [RequestBudget, RequestBudget];
        for (let i = 0; i < 40; i++) {
          await right.take('user', signal);
          await other.take('user', signal);
        }
        assert.deepEqual(new Set((await noted()).map((request) => request.at)), new Set([now]));
        await assert.rejects(other.take('user', signal), { key: 'budget-used', retryAfter: 24 * HOUR });
        // It plans by its own clock.
        assert.equal(other.nextAt('user'), now + wrong + 24 * HOUR);
        now += 24 * HOUR - 1;
        for (const each of [right, other])
          await assert.rejects(each.take('user', signal), { key: 'budget-used', retryAfter: 1 });
        now += 1;
        for (const each of [right, other]) assert.equal(each.left('user'), 80);
        for (const each of [other, right]) await each.take('user', signal);
      });

      it(`is suspended as long as was asked where the clock of a process is ${name}`, async () => {
        const [right, other] = processes(0, wrong) as [RequestBudget, RequestBudget];
        await other.take('user', signal);
        await other.suspend(2 * HOUR, throttled);
        for (const each of [right, other])
          await assert.rejects(each.take('user', signal), { key: 'too-many-calls', retryAfter: 2 * HOUR });
        assert.equal(other.nextAt('user'), at('14:10') + wrong);
        now = at('14:10');
        for (const each of [right, other]) await each.take('user', signal);
      });

      it(`is counted anew from the ledger after the clock of a process went ${name}`, async () => {
        const [one] = processes(0) as [RequestBudget];
        for (let i = 0; i < 40; i++) await one.take('user', signal);
        now += 23.5 * HOUR;
        for (let i = 0; i < 40; i++) await one.take('user', signal);
        ahead = [wrong];
        one.left('user');
        await assert.rejects(one.take('user', signal), { key: 'budget-used', retryAfter: HOUR / 2 });
        ahead = [0];
        one.left('user');
        await assert.rejects(one.take('user', signal), { key: 'budget-used', retryAfter: HOUR / 2 });
      });
    }

    it('never exceeds its limit in any interval, whoever takes, restarts or has a wrong clock', async () => {
      const count = 3;
      const step = fc.record({
        wait: fc.integer({ min: 0, max: 5 * HOUR }),
        /** The process whose clock is set, minutes ahead. */
        set: fc.option(fc.record({ i: fc.nat(count - 1), to: fc.integer({ min: -60, max: 60 }) })),
        restarts: fc.option(fc.nat(count - 1)),
        purpose: fc.constantFrom<Purpose>('schedule', 'user', 'backfill'),
        /** How many requests each process takes, all at once. */
        takes: fc.array(fc.nat(20), { minLength: count, maxLength: count }),
      });
      let used = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
          now = at('12:10');
          ledger = new MemoryLedger(() => now);
          const all = processes(...Array<number>(count).fill(0));
          let granted = 0;
          for (const { wait, set, restarts, purpose, takes } of steps) {
            now += wait;
            if (set) ahead[set.i] = set.to * 60_000;
            if (restarts !== null) all[restarts] = processOf(restarts);
            for (const each of all) {
              each.reserve(time, MISSING);
              each.left(purpose);
            }
            const results = await Promise.allSettled(
              takes.flatMap((n, i) => Array.from({ length: n }, () => take(all[i], purpose))),
            );
            for (const result of results) {
              if (result.status === 'fulfilled') granted += 1;
              else assert.equal((result.reason as LinkyError).key, 'budget-used');
            }
          }
          const times = (await noted()).map((request) => request.at);
          assert.equal(times.length, granted);
          for (const first of times) {
            const within = times.filter((each) => each >= first && each < first + 24 * HOUR).length;
            assert.ok(within <= 80, `${within} within a day`);
            used = Math.max(used, within);
          }
        }),
        { numRuns: 100 },
      );
      assert.equal(used, 80);
    });
  });

  describe('whose ledger fails', () => {
    const full = new Error('disk full');
    /** One of the steps of every turn fails, until it is restored. */
    const failing = (step: Exclude<keyof LedgerTurn, 'now'>): sinon.SinonStub => {
      const { turn } = ledger;
      return sinon
        .stub(ledger, 'turn')
        .callsFake((name, work) =>
          turn(name, (each) => work({ ...each, [step]: () => Promise.reject(full) })),
        );
    };

    it('rejects the request and does not count it', async () => {
      const one = budget();
      const note = failing('note');
      await assert.rejects(one.take('user', signal), full);
      assert.equal(one.left('user'), 80);
      note.restore();
      await one.take('user', signal);
      assert.equal(one.left('user'), 79);
      assert.equal((await noted()).length, 1);
    });

    it('rejects requests after the clock was set back until the ledger is corrected', async () => {
      const one = budget();
      now += HOUR;
      await one.take('user', signal);
      now -= HOUR;
      const correct = failing('correct');
      await assert.rejects(one.take('user', signal), full);
      correct.restore();
      await one.take('user', signal);
      assert.equal(one.left('user'), 78);
      assert.deepEqual(
        (await noted()).map((request) => request.at),
        [now, now],
      );
    });

    it('rejects requests while the ledger cannot be read, and reads it again for the next', async () => {
      await budget().take('user', signal);
      const one = budget();
      const read = failing('look');
      await assert.rejects(one.take('user', signal), full);
      read.restore();
      await one.take('user', signal);
      assert.equal(one.left('user'), 78);
    });

    it('is suspended nevertheless', async () => {
      const one = budget();
      sinon.stub(ledger, 'suspend').rejects(full);
      await assert.rejects(one.suspend(HOUR, throttled), full);
      await assert.rejects(one.take('user', signal), { key: 'too-many-calls' });
    });
  });
});
