import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addDays, daysBetween, daysIn, instantAt, startOfDay, type Day } from '../../../src/calendar/paris';
import type { DayRange } from '../../../src/calendar/ranges';
import {
  aboveFloor,
  isFloorDue,
  isYesterdayMissing,
  nowOf,
  planOf,
  planOfQuery,
  progressOf,
  stillRefused,
  wantedSince,
  worthFrom,
  type KnownSeries,
  type PlannedRequest,
  type Restrictions,
} from '../../../src/collector/planner';
import { minutesOf, type Schedule } from '../../../src/collector/schedule';
import { ALL_SERIES, type Series } from '../../../src/metering/metrics';
import type { DayState, DayStatus } from '../../../src/metering/readings';
import { longestRange } from '../../../src/providers/limits';
import type { Floor } from '../../../src/store/reader';
import { SCHEDULE } from '../../support/schedule';

const TODAY = '2026-11-23';
const YESTERDAY = '2026-11-22';
const DAY = 86_400_000;
const at = (day: Day, time: string): number => instantAt(day, minutesOf(time));
const SLOT = at(TODAY, '05:37');
const NOW = SLOT + 2000;
const DAILY = 'consumption-daily';
const CURVE = 'consumption-load-curve';
const ACCOUNT = 'account';

/** So many days ago. */
const aged = (age: number): Day => addDays(TODAY, -age);

describe('when a day is worth requesting again', () => {
  const never = 'never' as const;
  const always = 'always' as const;
  /** Age of the day, its state, age on the day of the last request and time of it, attempts; what is expected. */
  type Row = [string, number, DayState, number, string, number, typeof never | typeof always | number];
  const midnight = (age: number): number => startOfDay(aged(age));
  const table: Row[] = [
    ['yesterday: at the next slot', 1, 'missing', 1, '05:37', 0, at(TODAY, '05:37') + 1],
    ['yesterday, partial: at the next slot', 1, 'partial', 1, '08:37', 0, at(TODAY, '08:37') + 1],
    ['yesterday, complete: never', 1, 'complete', 1, '05:37', 0, never],
    ['2 days, requested yesterday: from midnight on', 2, 'missing', 1, '19:37', 0, midnight(0)],
    ['2 days, requested today: from tomorrow on', 2, 'missing', 2, '05:37', 0, midnight(-1)],
    ['2 days, partial', 2, 'partial', 1, '19:37', 0, midnight(0)],
    ['2 days, complete: never', 2, 'complete', 1, '19:37', 0, never],
    ['13 days, requested yesterday', 13, 'missing', 12, '05:37', 0, midnight(0)],
    ['13 days, requested today', 13, 'missing', 13, '05:37', 0, midnight(-1)],
    ['14 days, requested yesterday: once more', 14, 'missing', 13, '05:37', 0, midnight(0)],
    ['14 days, last requested when it was new', 14, 'missing', 1, '05:37', 0, midnight(12)],
    ['14 days, requested today: after a week', 14, 'missing', 14, '05:37', 1, SLOT + 7 * DAY],
    ['15 days, requested yesterday: after a week', 15, 'partial', 14, '05:37', 1, SLOT + 6 * DAY],
    ['15 days, not requested since it was young', 15, 'missing', 13, '05:37', 0, midnight(1)],
    ['200 days, not requested since it was young', 200, 'missing', 3, '05:37', 0, midnight(196)],
    ['old, requested once: after 7 days', 40, 'missing', 40, '05:37', 1, SLOT + 7 * DAY],
    ['old, requested twice: after 30 days', 40, 'missing', 40, '05:37', 2, SLOT + 30 * DAY],
    ['old, requested three times: after 90 days', 40, 'partial', 40, '05:37', 3, SLOT + 90 * DAY],
    ['old, requested four times: never', 40, 'missing', 40, '05:37', 4, never],
    ['old, requested more often: never', 40, 'missing', 40, '05:37', 9, never],
    ['old, complete: never', 40, 'complete', 40, '05:37', 0, never],
    ['yesterday, requested on a day to come', 1, 'missing', -3, '05:37', 0, midnight(0)],
    ['young, requested on a day to come', 5, 'partial', -1, '00:00', 0, always],
    ['old, requested on a day to come', 50, 'missing', -400, '05:37', 4, always],
    ['complete, requested on a day to come', 5, 'complete', -400, '05:37', 0, never],
  ];
  for (const [name, age, state, requestAge, time, attempts, expected] of table) {
    it(name, () => {
      const day = aged(age);
      const requestedAt = at(addDays(day, requestAge < 0 ? age - requestAge : requestAge), time);
      const worth = worthFrom({ day, state, requestedAt, attempts }, day, nowOf(at(TODAY, '12:00')));
      assert.equal(worth, expected === never ? Infinity : expected === always ? -Infinity : expected);
    });
  }

  it('never requested: at any time', () => {
    for (const age of [2, 13, 14, 15, 1000]) {
      assert.equal(worthFrom(undefined, aged(age), nowOf(NOW)), -Infinity);
    }
  });

  it('yesterday, never requested: from the first slot of today on', () => {
    assert.equal(worthFrom(undefined, YESTERDAY, nowOf(NOW)), startOfDay(TODAY));
  });
});

/** What is known of the days of a series since a day: complete and requested long ago, but for those named. */
function known(
  series: Series,
  since: number,
  states: Record<Day, Partial<DayStatus> | undefined>,
  floor?: Floor,
): KnownSeries {
  const days = daysIn(aged(since), TODAY);
  const statuses = days.map((day): DayStatus | undefined => {
    if (day in states && states[day] === undefined) return undefined;
    return {
      day,
      state: 'complete',
      requestedAt: at(addDays(day, 10), '05:37'),
      attempts: 0,
      ...states[day],
    };
  });
  return { series, since: days[0] ?? TODAY, days, statuses, ...(floor && { floor }) };
}

/** Days that were never requested. */
const unknown = (...days: Day[]): Record<Day, undefined> =>
  Object.fromEntries(days.map((day) => [day, undefined]));
const lacking = (requestedAt: number, state: DayState = 'missing', attempts = 0): Partial<DayStatus> => ({
  state,
  requestedAt,
  attempts,
});
const LAST_EVENING = at(YESTERDAY, '19:37');

const FREE: Restrictions = { isSuspended: () => false, refused: () => [], yesterdayAlone: new Set() };

const plan = (wanted: KnownSeries[], restrictions: Partial<Restrictions> = {}): PlannedRequest[] =>
  planOf(wanted, SLOT, NOW, ACCOUNT, { ...FREE, ...restrictions });
/** `consumption-daily 2026-11-22 1 yesterday`: from a day on, so many days. */
const shown = (requests: readonly PlannedRequest[]): string[] =>
  requests.map(({ series, start, end, reason }) => `${series} ${start} ${daysBetween(start, end)} ${reason}`);

describe('a plan', () => {
  const table: [string, KnownSeries, string[]][] = [
    ['nothing, when all is there', known(DAILY, 300, {}), []],
    ['yesterday', known(DAILY, 300, unknown(YESTERDAY)), [`${DAILY} ${YESTERDAY} 1 yesterday`]],
    [
      'yesterday, partial so far',
      known(CURVE, 7, { [YESTERDAY]: lacking(at(TODAY, '05:36'), 'partial') }),
      [`${CURVE} ${YESTERDAY} 1 yesterday`],
    ],
    ['not yesterday, requested in this slot', known(DAILY, 300, { [YESTERDAY]: lacking(SLOT) }), []],
    [
      'the days since the last complete one',
      known(DAILY, 300, { [aged(2)]: lacking(LAST_EVENING), ...unknown(YESTERDAY) }),
      [`${DAILY} ${aged(2)} 2 yesterday`],
    ],
    [
      'a gap of the last days with yesterday',
      known(DAILY, 300, { [aged(13)]: lacking(LAST_EVENING), ...unknown(YESTERDAY) }),
      [`${DAILY} ${aged(13)} 13 yesterday`],
    ],
    [
      'a gap alone',
      known(DAILY, 300, { [aged(13)]: lacking(LAST_EVENING) }),
      [`${DAILY} ${aged(13)} 1 recent`],
    ],
    ['a gap once a day', known(DAILY, 300, { [aged(13)]: lacking(at(TODAY, '00:10')) }), []],
    [
      'a gap of 14 days, last requested before it was',
      known(DAILY, 300, { [aged(14)]: lacking(LAST_EVENING) }),
      [`${DAILY} ${aged(14)} 1 recent`],
    ],
    [
      'an older one, last requested before it was 14 days old',
      known(DAILY, 300, { [aged(40)]: lacking(at(aged(39), '19:37')) }),
      [`${DAILY} ${aged(40)} 1 backfill`],
    ],
    [
      'an old one, requested a week ago',
      known(DAILY, 300, { [aged(40)]: lacking(SLOT - 7 * DAY, 'missing', 1) }),
      [`${DAILY} ${aged(40)} 1 backfill`],
    ],
    [
      'not one, requested less than a week ago',
      known(DAILY, 300, { [aged(40)]: lacking(SLOT - 7 * DAY + 1, 'missing', 1) }),
      [],
    ],
    ['a day never requested', known(DAILY, 300, unknown(aged(200))), [`${DAILY} ${aged(200)} 1 backfill`]],
    [
      'a week of load curve at a time, newest first',
      known(CURVE, 30, unknown(...daysIn(aged(30), aged(8)))),
      [
        `${CURVE} ${aged(15)} 7 backfill`,
        `${CURVE} ${aged(22)} 7 backfill`,
        `${CURVE} ${aged(29)} 7 backfill`,
        `${CURVE} ${aged(30)} 1 backfill`,
      ],
    ],
    [
      'a year of daily values at a time',
      known(DAILY, 800, unknown(...daysIn(aged(800), TODAY))),
      [
        `${DAILY} ${aged(365)} 365 yesterday`,
        `${DAILY} ${aged(730)} 365 backfill`,
        `${DAILY} ${aged(800)} 70 backfill`,
      ],
    ],
    [
      'gaps a week apart in a request each',
      known(CURVE, 30, unknown(aged(20), aged(26), aged(27))),
      [`${CURVE} ${aged(26)} 7 backfill`, `${CURVE} ${aged(27)} 1 backfill`],
    ],
    ['nothing of no days', known(DAILY, 0, {}), []],
  ];
  for (const [name, series, expected] of table) {
    it(name, () => {
      assert.deepEqual(shown(plan([series])), expected);
    });
  }

  it('yesterday first, then recent gaps, then the backfill: daily series first, newest first', () => {
    const gap = { [aged(10)]: lacking(LAST_EVENING) };
    const wanted = [
      known(CURVE, 60, { ...gap, ...unknown(YESTERDAY, aged(12), aged(40)) }),
      known('consumption-max-power', 500, unknown(aged(450))),
      known(DAILY, 500, { ...gap, ...unknown(aged(400)) }),
    ];
    assert.deepEqual(shown(plan(wanted)), [
      `${CURVE} ${YESTERDAY} 1 yesterday`,
      `${CURVE} ${aged(12)} 3 recent`,
      `${DAILY} ${aged(10)} 1 recent`,
      `${DAILY} ${aged(400)} 1 backfill`,
      `consumption-max-power ${aged(450)} 1 backfill`,
      `${CURVE} ${aged(40)} 1 backfill`,
    ]);
  });

  it('leaves suspended days out', () => {
    const series = known(DAILY, 300, unknown(YESTERDAY, aged(2), aged(3)));
    const isSuspended = (of: Series, day: Day): boolean => of === DAILY && day < aged(1);
    assert.deepEqual(shown(plan([series], { isSuspended })), [`${DAILY} ${YESTERDAY} 1 yesterday`]);
    assert.deepEqual(plan([series], { isSuspended: () => true }), []);
  });

  it('requests yesterday alone, where it failed with older days', () => {
    const series = known(DAILY, 300, unknown(YESTERDAY, aged(2), aged(200)));
    assert.deepEqual(shown(plan([series], { yesterdayAlone: new Set([DAILY]) })), [
      `${DAILY} ${YESTERDAY} 1 yesterday`,
      `${DAILY} ${aged(200)} 199 backfill`,
    ]);
    assert.equal(plan([series], { yesterdayAlone: new Set([CURVE]) }).length, 1);
  });

  it('holds every day that is due once, in the fewest ranges, none too long', () => {
    const ages = fc.uniqueArray(fc.integer({ min: 1, max: 900 }), { maxLength: 200 });
    fc.assert(
      fc.property(ages, fc.constantFrom(DAILY, CURVE, 'production-daily' as const), (due, series) => {
        const days = due.map(aged).sort();
        const ranges = plan([known(series, 900, unknown(...days))]);
        for (const { start, end } of ranges) {
          assert.ok(daysBetween(start, end) <= longestRange(series));
          assert.ok(days.includes(start) && days.includes(addDays(end, -1)));
        }
        for (const day of days) {
          assert.equal(ranges.filter(({ start, end }) => start <= day && day < end).length, 1);
        }
        // With ranges that end on a day that is due, taking as many days as fit is the least.
        let least = 0;
        let reach = TODAY;
        for (const day of days.toReversed()) {
          if (day >= reach) continue;
          least += 1;
          reach = addDays(day, 1 - longestRange(series));
        }
        assert.equal(ranges.length, least);
      }),
      { numRuns: 200 },
    );
  });
});

describe('days that come along', () => {
  const young = (age: number): number => at(addDays(aged(age), 1), '08:37');
  /** State of a day, and the range of yesterday's request then, days. */
  const table: [string, number, Partial<DayStatus>, number][] = [
    ['complete, 1 day old when it came', 2, { requestedAt: young(2) }, 2],
    ['the same, a week old', 7, { requestedAt: young(7) }, 7],
    ['not the same, older', 8, { requestedAt: young(8) }, 1],
    ['not one that came along before', 3, { requestedAt: at(aged(1), '05:37') }, 1],
    ['not one that came 2 days after', 7, { requestedAt: at(aged(5), '05:37') }, 1],
    ['a gap that was requested today', 4, lacking(at(TODAY, '00:10')), 4],
    ['no gap of more than a week that was requested today', 8, lacking(at(TODAY, '00:10')), 1],
  ];
  for (const [name, age, status, length] of table) {
    for (const series of [DAILY, CURVE] as const) {
      it(`${name}: ${series}`, () => {
        const days = known(series, 20, { [aged(age)]: status, ...unknown(YESTERDAY) });
        assert.deepEqual(shown(plan([days])), [`${series} ${aged(length)} ${length} yesterday`]);
      });
    }
  }

  it('with a gap too, not alone, not with yesterday alone, not with old gaps', () => {
    const days = { [aged(3)]: { requestedAt: young(3) }, [aged(6)]: { requestedAt: young(6) } };
    assert.deepEqual(plan([known(DAILY, 20, days)]), []);
    const gap = known(DAILY, 20, { ...days, [aged(2)]: lacking(LAST_EVENING) });
    assert.deepEqual(shown(plan([gap])), [`${DAILY} ${aged(6)} 5 recent`]);
    const missing = known(DAILY, 20, { ...days, ...unknown(YESTERDAY) });
    const alone = plan([missing], { yesterdayAlone: new Set([DAILY]) });
    assert.deepEqual(shown(alone), [`${DAILY} ${YESTERDAY} 1 yesterday`]);
  });
});

describe('a range that was refused', () => {
  const series = known(DAILY, 300, unknown(...daysIn(aged(108), aged(100))));
  const requested = (...refused: DayRange[]): string[] => shown(plan([series], { refused: () => refused }));
  const from = (first: number, last: number): DayRange => ({ start: aged(first), end: aged(last - 1) });

  it('is requested by halves, the newer one first', () => {
    assert.deepEqual(requested(), [`${DAILY} ${aged(108)} 8 backfill`]);
    assert.deepEqual(requested(from(108, 101)), [
      `${DAILY} ${aged(104)} 4 backfill`,
      `${DAILY} ${aged(108)} 4 backfill`,
    ]);
    const [next] = requested(from(108, 101), from(104, 101));
    assert.equal(next, `${DAILY} ${aged(102)} 2 backfill`);
  });

  it('so is one that contains it', () => {
    assert.deepEqual(requested(from(107, 106)), [
      `${DAILY} ${aged(104)} 4 backfill`,
      `${DAILY} ${aged(106)} 2 backfill`,
      `${DAILY} ${aged(108)} 2 backfill`,
    ]);
  });

  it('down to a day, which is requested alone', () => {
    const day = known(DAILY, 300, unknown(aged(101)));
    assert.deepEqual(shown(plan([day], { refused: () => [from(101, 101)] })), [
      `${DAILY} ${aged(101)} 1 backfill`,
    ]);
  });

  it('is of no account for other ranges', () => {
    assert.deepEqual(requested(from(120, 108), from(101, 90)), [`${DAILY} ${aged(108)} 8 backfill`]);
  });

  it('finds the day that is refused in few requests', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 365 }), (bad) => {
        let refused: DayRange[] = [];
        let days = known(DAILY, 365, unknown(...daysIn(aged(365), YESTERDAY)));
        let count = 0;
        for (;;) {
          const [range] = plan([days], { refused: () => refused });
          if (!range) break;
          count += 1;
          const { start, end } = range;
          const isRefused = start <= aged(bad) && aged(bad) < end;
          if (isRefused && daysBetween(start, end) > 1) refused.push(range);
          else {
            // What was refused for this day says nothing about the others.
            refused = isRefused ? [] : stillRefused(refused, range);
            const statuses = days.statuses.map((status, i): DayStatus | undefined => {
              const day = days.days[i] ?? '';
              if (day < start || day >= end) return status;
              return { day, state: isRefused ? 'missing' : 'complete', requestedAt: NOW, attempts: 1 };
            });
            days = { ...days, statuses };
          }
        }
        // Of each half one request, which is refused or answered.
        assert.ok(count <= 21, `${count} requests`);
        assert.deepEqual(
          days.statuses.map((status) => status?.state),
          days.days.map((day) => (day === aged(bad) ? 'missing' : 'complete')),
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe('the floor', () => {
  const floor: Floor = {
    day: aged(101),
    reason: 'no-meter',
    probedAt: at(aged(29), '05:37'),
    provider: ACCOUNT,
  };

  it('is probed after 30 days, by another account, or where a clock was wrong', () => {
    const table: [string, Partial<Floor>, boolean][] = [
      ['29 days', {}, false],
      ['30 days', { probedAt: NOW - 30 * DAY }, true],
      ['just not 30 days', { probedAt: NOW - 30 * DAY + 1 }, false],
      ['another account', { provider: 'another' }, true],
      ['probed in the future', { probedAt: NOW + 1 }, true],
    ];
    for (const [name, changes, expected] of table) {
      assert.equal(isFloorDue({ ...floor, ...changes }, ACCOUNT, NOW), expected, name);
      const probe = [`${DAILY} ${aged(101)} 1 backfill`];
      assert.deepEqual(
        shown(plan([known(DAILY, 100, {}, { ...floor, ...changes })])),
        expected ? probe : [],
        name,
      );
    }
  });

  it('is not probed while it is suspended', () => {
    const days = known(DAILY, 100, {}, { ...floor, provider: 'another' });
    assert.deepEqual(plan([days], { isSuspended: (_, day) => day === aged(101) }), []);
  });

  it('only the newer half of what lies beside it is requested at once', () => {
    const days = known(DAILY, 100, unknown(...daysIn(aged(100), aged(92))), floor);
    assert.deepEqual(shown(plan([days])).slice(0, 2), [
      `${DAILY} ${aged(96)} 4 backfill`,
      `${DAILY} ${aged(98)} 2 backfill`,
    ]);
    const away = known(DAILY, 100, unknown(...daysIn(aged(99), aged(92))), floor);
    assert.deepEqual(shown(plan([away])), [`${DAILY} ${aged(99)} 7 backfill`]);
    const alone = known(DAILY, 100, unknown(aged(100)), floor);
    assert.deepEqual(shown(plan([alone])), [`${DAILY} ${aged(100)} 1 backfill`]);
  });

  it('is found in few requests', () => {
    const first = aged(220);
    let found: Floor | undefined;
    const have = new Set<Day>();
    let count = 0;
    for (;;) {
      const since = aboveFloor(aged(1100), found);
      const days = daysIn(since, TODAY).filter((day) => !have.has(day));
      const [range] = plan([known(DAILY, daysBetween(since, TODAY), unknown(...days), found)]);
      if (!range) break;
      count += 1;
      if (range.start < first) found = { ...floor, day: range.start, probedAt: NOW };
      else for (const day of daysIn(range.start, range.end)) have.add(day);
    }
    assert.equal(found?.day, addDays(first, -1));
    assert.equal(have.size, 220);
    assert.ok(count <= 19, `${count} requests`);
  });

  it('what lies above it', () => {
    assert.equal(aboveFloor('2026-01-01', undefined), '2026-01-01');
    assert.equal(aboveFloor('2026-01-01', { ...floor, day: '2025-12-31' }), '2026-01-01');
    assert.equal(aboveFloor('2026-01-01', { ...floor, day: '2026-01-01' }), '2026-01-02');
    assert.equal(aboveFloor('2026-01-01', { ...floor, day: '2026-06-01' }), '2026-06-02');
  });
});

describe('registers', () => {
  const registers = known('consumption-registers', 300, unknown(YESTERDAY));
  const request = `consumption-registers ${YESTERDAY} 1 yesterday`;

  it('are requested when the daily value of yesterday is there, of the same direction', () => {
    const there = known(DAILY, 300, {});
    const missing = known(DAILY, 300, { [YESTERDAY]: lacking(SLOT) });
    assert.deepEqual(shown(plan([there, registers])), [request]);
    assert.deepEqual(plan([missing, registers]), []);
    const other = known('production-daily', 300, { [YESTERDAY]: lacking(SLOT) });
    assert.deepEqual(shown(plan([other, registers])), [request]);
  });

  it('or where no daily values are wanted', () => {
    assert.deepEqual(shown(plan([registers])), [request]);
  });
});

describe('what a query has requested', () => {
  const wish = (days: KnownSeries, restrictions: Partial<Restrictions> = {}): string[] =>
    shown(planOfQuery(days, NOW, { ...FREE, ...restrictions }));
  const table: [string, Record<Day, Partial<DayStatus> | undefined>, string[]][] = [
    ['nothing that is there', {}, []],
    ['days never requested', unknown(aged(20), aged(30)), [`${DAILY} ${aged(30)} 11 query`]],
    ['yesterday, never requested', unknown(YESTERDAY), [`${DAILY} ${YESTERDAY} 1 query`]],
    [
      'yesterday, requested an hour ago',
      { [YESTERDAY]: lacking(NOW - 3_600_000) },
      [`${DAILY} ${YESTERDAY} 1 query`],
    ],
    ['not yesterday, requested since', { [YESTERDAY]: lacking(NOW - 3_599_999) }, []],
    [
      'a young gap, not requested today',
      { [aged(14)]: lacking(LAST_EVENING) },
      [`${DAILY} ${aged(14)} 1 query`],
    ],
    ['no young gap that was requested today', { [aged(14)]: lacking(at(TODAY, '00:10')) }, []],
    ['no old gap', { [aged(15)]: lacking(at(aged(14), '05:37')) }, []],
  ];
  for (const [name, states, expected] of table) {
    it(name, () => {
      assert.deepEqual(wish(known(DAILY, 60, states)), expected);
    });
  }

  it('not what is suspended, by halves what was refused, in ranges of a week', () => {
    const days = known(CURVE, 30, unknown(...daysIn(aged(30), aged(20))));
    assert.deepEqual(wish(days), [`${CURVE} ${aged(27)} 7 query`, `${CURVE} ${aged(30)} 3 query`]);
    assert.deepEqual(wish(days, { isSuspended: (_, day) => day >= aged(27) }), [
      `${CURVE} ${aged(30)} 3 query`,
    ]);
    assert.deepEqual(
      wish(days, { refused: () => [{ start: aged(27), end: aged(20) }] })[0],
      `${CURVE} ${aged(24)} 4 query`,
    );
  });
});

describe('how far the backfill is', () => {
  const progress = (...wanted: KnownSeries[]) => progressOf(wanted, plan(wanted));

  it('nothing while no day is left that was never requested', () => {
    assert.equal(progress(known(DAILY, 800, {})), undefined);
    const gaps = { [aged(100)]: lacking(at(aged(99), '19:37')), ...unknown(YESTERDAY, aged(10)) };
    assert.equal(progress(known(DAILY, 800, gaps)), undefined);
  });

  it('in requests, of all series', () => {
    const curve = known(CURVE, 70, unknown(...daysIn(aged(70), aged(20))));
    assert.deepEqual(progress(known(DAILY, 800, {}), curve), { done: 5, total: 13 });
    assert.deepEqual(progress(known(DAILY, 800, unknown(aged(700), aged(100)))), { done: 1, total: 3 });
  });

  it('never more left than there are', () => {
    const days = known(CURVE, 30, unknown(aged(30), aged(22)));
    const refused = [{ start: aged(30), end: aged(29) }];
    const requests = planOf([days, days, days], SLOT, NOW, ACCOUNT, { ...FREE, refused: () => refused });
    assert.deepEqual(progressOf([days], requests), { done: 0, total: 6 });
  });

  it('a floor that is probed brings nothing', () => {
    const floor: Floor = { day: aged(801), reason: 'no-meter', probedAt: 0, provider: ACCOUNT };
    assert.equal(progress(known(DAILY, 800, {}, floor)), undefined);
  });
});

describe('how deep the history goes', () => {
  const table: [string, Series, Partial<Schedule>, Day | undefined, Day, Day][] = [
    ['none: since 1 January', DAILY, {}, undefined, TODAY, '2026-01-01'],
    ['one year', DAILY, { history: 1 }, undefined, TODAY, '2025-11-23'],
    ['one year, of registers', 'production-registers', { history: 1 }, undefined, TODAY, '2025-11-23'],
    ['two years', 'consumption-max-power', { history: 2 }, undefined, TODAY, '2024-11-23'],
    ['three years: all that Enedis has', 'production-daily', { history: 3 }, undefined, TODAY, '2023-11-08'],
    ['of a provider that has less', DAILY, { history: 3, extraDays: 0 }, undefined, TODAY, '2023-11-23'],
    ['a week of load curve', CURVE, {}, undefined, TODAY, '2026-11-16'],
    ['three days of it', CURVE, { loadCurveHistory: 3 }, undefined, TODAY, '2026-11-20'],
    ['two years of it', CURVE, { loadCurveHistory: 730 }, undefined, TODAY, '2024-11-23'],
    ['what was collected', CURVE, {}, '2026-09-01', TODAY, '2026-09-01'],
    ['collected since a later day than it is wanted', CURVE, {}, '2026-11-20', TODAY, '2026-11-16'],
    ['collected longer ago than Enedis keeps', CURVE, {}, '2022-01-01', TODAY, '2024-11-08'],
    ['on 1 January: still the year before', DAILY, {}, undefined, '2027-01-01', '2026-01-01'],
    ['on 2 January: the new year', DAILY, {}, undefined, '2027-01-02', '2027-01-01'],
    ['since 29 February', DAILY, { history: 1 }, undefined, '2025-02-28', '2024-02-28'],
  ];
  for (const [name, series, wish, collectedSince, today, expected] of table) {
    it(name, () => {
      const facts = collectedSince === undefined ? {} : { collectedSince };
      assert.equal(wantedSince(series, today, { ...SCHEDULE, ...wish }, facts), expected);
    });
  }

  it('is never deeper than what can be requested', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ALL_SERIES),
        fc.nat(3),
        fc.nat(730),
        fc.nat(4000).map((n) => addDays('2020-01-01', n)),
        (series, history, loadCurveHistory, today) => {
          const since = wantedSince(series, today, { ...SCHEDULE, history, loadCurveHistory }, {});
          const years = series.endsWith('load-curve') ? 2 : 3;
          assert.ok(since <= today && daysBetween(since, today) <= years * 365.25 + 16);
        },
      ),
    );
  });
});

describe("yesterday's gap", () => {
  it('is there unless yesterday is complete', () => {
    assert.equal(isYesterdayMissing(known(DAILY, 10, {})), false);
    assert.equal(isYesterdayMissing(known(DAILY, 10, unknown(YESTERDAY))), true);
    assert.equal(isYesterdayMissing(known(DAILY, 10, { [YESTERDAY]: { state: 'partial' } })), true);
    assert.equal(isYesterdayMissing(known(DAILY, 0, {})), true);
  });
});
