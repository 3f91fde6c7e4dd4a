import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
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
  type Need,
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
  const throttled = new LinkyError('900807', {
    key: 'too-many-calls',
    retry: 'next-slot',
    scope: 'usage-point',
  });
  beforeEach(() => {
    now = at('12:10');
    ledger = new MemoryLedger();
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
          ledger = new MemoryLedger();
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
      (await ledger.sentAfter('one', 0)).map((request) => request.at),
      [now, now],
    );
  });

  it('answers from memory once it is ready', async () => {
    for (let i = 0; i < 3; i++) await budget().take('user', signal);
    const one = budget();
    await Promise.all([one.ready(), one.ready()]);
    assert.equal(one.left('user'), 77);
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
    assert.equal((await ledger.sentAfter('one', 0)).length, 1);
  });

  it('writes a request into the ledger before it is sent', async () => {
    let isNoted = false;
    sinon.stub(ledger, 'note').callsFake(async () => {
      await turn();
      isNoted = true;
    });
    await budget().take('user', signal);
    assert.ok(isNoted);
  });

  it('counts no request for a caller that has aborted', async () => {
    const one = budget();
    await assert.rejects(one.take('user', AbortSignal.abort(new Error('stopped'))), /stopped/);
    assert.equal(one.left('user'), 80);
  });

  describe('whose ledger fails', () => {
    const full = new Error('disk full');

    it('rejects the request and does not count it', async () => {
      const one = budget();
      const note = sinon.stub(ledger, 'note').rejects(full);
      await assert.rejects(one.take('user', signal), full);
      assert.equal(one.left('user'), 80);
      note.restore();
      await one.take('user', signal);
      assert.equal(one.left('user'), 79);
      assert.equal((await ledger.sentAfter('one', 0)).length, 1);
    });

    it('rejects requests after the clock was set back until the ledger is corrected', async () => {
      const one = budget();
      now += HOUR;
      await one.take('user', signal);
      now -= HOUR;
      const correct = sinon.stub(ledger, 'correct').rejects(full);
      await assert.rejects(one.take('user', signal), full);
      correct.restore();
      await one.take('user', signal);
      assert.equal(one.left('user'), 78);
      assert.deepEqual(
        (await ledger.sentAfter('one', 0)).map((request) => request.at),
        [now, now],
      );
    });

    it('rejects requests while the ledger cannot be read, and reads it again for the next', async () => {
      await budget().take('user', signal);
      const one = budget();
      const read = sinon.stub(ledger, 'sentAfter').rejects(full);
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
