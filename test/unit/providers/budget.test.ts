import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  CONSO_BUDGET,
  DATA_CONNECT_BUDGET,
  HOUR,
  MYELECTRICALDATA_BUDGET,
  nextRequestAt,
  RequestBudget,
  requestsLeft,
  type BudgetLimits,
  type Demand,
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
const MISSING: Demand = { series: 5, missing: 5 };
const COMPLETE: Demand = { series: 5, missing: 0 };

describe('how many requests are left', () => {
  const table: [string, Purpose, BudgetLimits, SentRequest[], Demand, now: string, left: number][] = [
    ['the user has all', 'user', CONSO_BUDGET, [], MISSING, '08:00', 80],
    ['the schedule leaves five to the user', 'schedule', CONSO_BUDGET, [], COMPLETE, '14:00', 75],
    [
      'in the morning it keeps an attempt for the afternoon',
      'schedule',
      CONSO_BUDGET,
      [],
      MISSING,
      '08:00',
      70,
    ],
    [
      'what is free again by then is not kept twice',
      'schedule',
      CONSO_BUDGET,
      sent([60, '-1 12:10', 'backfill']),
      MISSING,
      '08:00',
      15,
    ],
    [
      'many meters wait for the afternoon',
      'schedule',
      CONSO_BUDGET,
      [],
      { series: 100, missing: 100 },
      '08:00',
      -25,
    ],
    ['and then go', 'schedule', CONSO_BUDGET, [], { series: 100, missing: 100 }, '13:00', 75],
    [
      'the backfill leaves six attempts of five series, and the user’s',
      'backfill',
      CONSO_BUDGET,
      [],
      COMPLETE,
      '12:10',
      45,
    ],
    ['one direction leaves more', 'backfill', CONSO_BUDGET, [], { series: 3, missing: 0 }, '12:10', 57],
    [
      'what still counts in the next morning is in its way',
      'backfill',
      CONSO_BUDGET,
      sent([45, '10:40', 'backfill']),
      COMPLETE,
      '12:10',
      5,
    ],
    ['so do all others', 'backfill', CONSO_BUDGET, sent([70, '10:40']), COMPLETE, '12:10', 5],
    [
      'they are free again after a day',
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
      'of many meters it keeps an eighth',
      'backfill',
      CONSO_BUDGET,
      [],
      { series: 50, missing: 0 },
      '14:00',
      10,
    ],
    ['MyElectricalData has fifty', 'backfill', MYELECTRICALDATA_BUDGET, [], COMPLETE, '12:10', 20],
    [
      'Data Connect keeps nothing back',
      'backfill',
      DATA_CONNECT_BUDGET,
      sent([999, '12:00']),
      MISSING,
      '12:10',
      1,
    ],
    ['for an hour', 'schedule', DATA_CONNECT_BUDGET, sent([1000, '11:10']), MISSING, '12:10', 1000],
  ];
  for (const [name, purpose, limits, requests, demand, now, left] of table) {
    it(name, () => {
      assert.equal(requestsLeft(purpose, limits, requests, demand, at(now)), left);
    });
  }
});

describe('when a request may be sent', () => {
  const table: [string, Purpose, BudgetLimits, SentRequest[], Demand, now: string, next: string][] = [
    ['at once', 'schedule', CONSO_BUDGET, [], MISSING, '08:00', '08:00'],
    ['when the first is a day old', 'user', CONSO_BUDGET, sent([80, '-1 12:10']), MISSING, '08:00', '12:10'],
    ['in the afternoon', 'schedule', CONSO_BUDGET, [], { series: 100, missing: 100 }, '08:00', '13:00'],
    [
      'when the backfill’s own are a day old',
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
  for (const [name, purpose, limits, requests, demand, now, next] of table) {
    it(name, () => {
      assert.equal(nextRequestAt(purpose, limits, requests, demand, at(now)), at(next));
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
    remedy: 'next-attempt',
    wholeMeter: true,
  });
  beforeEach(() => {
    now = at('12:10');
    ledger = new MemoryLedger();
  });

  it('never lets more than its limit through in any interval, whoever asks, over restarts', async () => {
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
            one.expect(time, MISSING);
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

  it('waits for its turn where the server counts by the hour', async () => {
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

  it('says when the next request is free', async () => {
    const one = budget();
    for (let i = 0; i < 80; i++) await one.take('user', signal);
    await assert.rejects(one.take('user', signal), { key: 'budget-used', retryAfter: 24 * HOUR });
    assert.equal(one.nextAt('user'), at('12:10') + 24 * HOUR);
  });

  it('sends nothing while the server asked for it, not even by hand, and remembers it over a restart', async () => {
    budget().suspend(2 * HOUR, throttled);
    await assert.rejects(budget().take('user', signal), { key: 'too-many-calls', retryAfter: 2 * HOUR });
    assert.equal(budget().left('user'), 0);
    assert.equal(budget().nextAt('schedule'), at('14:10'));
    now = at('14:10');
    await budget().take('schedule', signal);
  });

  it('waits no longer than the day is long', async () => {
    const one = budget();
    one.suspend(25 * HOUR, throttled);
    assert.equal(one.suspension()?.until, at('-1 00:00') + 48 * HOUR);
    now = at('-1 00:00') + 48 * HOUR;
    await one.take('schedule', signal);
  });

  it('that was made by a wrong clock does not stop for longer than a day', async () => {
    const one = budget();
    now += 400 * 24 * HOUR;
    for (let i = 0; i < 80; i++) await one.take('user', signal);
    one.suspend(HOUR, throttled);
    now = at('12:10');
    assert.equal(one.suspension(), undefined);
    await assert.rejects(one.take('user', signal), { key: 'budget-used' });
    now += 24 * HOUR;
    await one.take('user', signal);
  });
});
