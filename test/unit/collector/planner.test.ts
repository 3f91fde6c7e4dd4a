import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  historyDays,
  minutesOf,
  neededDays,
  nextAttempt,
  rangesOf,
  retryDelay,
  wantedSince,
  type Known,
  type Schedule,
} from '../../../src/collector/planner';
import { longestRange } from '../../../src/providers/limits';
import { SERIES, type Series } from '../../../src/metering/metrics';
import {
  addDays,
  dayOf,
  daysBetween,
  daysIn,
  instantAt,
  isoParis,
  type Day,
} from '../../../src/calendar/paris';
import type { DayState } from '../../../src/metering/readings';
import type { LackingDay } from '../../../src/store/log';

const schedule: Schedule = {
  from: minutesOf('05:00'),
  to: minutesOf('20:00'),
  minute: 37,
  history: 0,
  loadCurveHistory: 7,
  extraDays: 15,
};
const at = (day: Day, time: string): number => instantAt(day, minutesOf(time));
const NOW = at('2026-11-23', '05:37');

/** All days of a series whole, but for the ones named; `askedAt` tells when those were asked. */
function known(
  series: Series,
  states: Record<Day, DayState | 'never'>,
  askedAt = at('2026-11-22', '19:37'),
): Known {
  const lacking: LackingDay[] = [];
  for (const day of daysIn('2025-01-01', dayOf(NOW))) {
    const state = states[day] ?? 'complete';
    if (state !== 'complete')
      lacking.push({ day, asked: state === 'never' ? undefined : { state, at: askedAt } });
  }
  return {
    series,
    lacking,
    nothingUntil: undefined,
    since: wantedSince(series, dayOf(NOW), schedule, undefined, undefined),
  };
}

describe('what an attempt asks', () => {
  const never = 'never' as const;
  const table: [string, Series, Record<Day, DayState | 'never'>, Day[]][] = [
    ['nothing, when all is there', 'consumption-daily', {}, []],
    ['yesterday', 'consumption-daily', { '2026-11-22': never }, ['2026-11-22']],
    ['yesterday, partial so far', 'consumption-load-curve', { '2026-11-22': 'partial' }, ['2026-11-22']],
    [
      'the days since the last whole one',
      'consumption-daily',
      { '2026-11-21': 'missing', '2026-11-22': never },
      ['2026-11-21', '2026-11-22'],
    ],
    [
      'a hole of the last days with it',
      'consumption-daily',
      { '2026-11-15': 'missing', '2026-11-22': never },
      ['2026-11-15', '2026-11-22'],
    ],
    ['no hole older than 14 days', 'consumption-daily', { '2026-11-08': 'missing' }, []],
    ['a hole of 14 days', 'consumption-daily', { '2026-11-09': 'missing' }, ['2026-11-09']],
    ['a day of this year never asked', 'consumption-max-power', { '2026-01-01': never }, ['2026-01-01']],
    ['no day of the year before', 'consumption-max-power', { '2025-12-31': never }, []],
    ['no load curve older than a week', 'production-load-curve', { '2026-11-15': never }, []],
  ];
  for (const [name, series, states, expected] of table) {
    it(name, () => {
      assert.deepEqual(neededDays(known(series, states), schedule, NOW, Infinity), expected);
    });
  }

  it('asks a hole once a day, yesterday at each attempt', () => {
    const earlierToday = at('2026-11-23', '05:37');
    const later = at('2026-11-23', '06:37');
    const states = { '2026-11-15': 'missing', '2026-11-22': 'missing' } as const;
    const asked = known('consumption-daily', states, earlierToday);
    assert.deepEqual(neededDays(asked, schedule, later, Infinity), ['2026-11-22']);
  });

  it('asks nothing twice in one attempt', () => {
    const asked = known('consumption-daily', { '2026-11-22': 'missing' }, NOW + 1500);
    assert.deepEqual(neededDays(asked, schedule, NOW + 3000, NOW), []);
  });
});

describe('how deep the history goes', () => {
  const table: [string, Series, Partial<Schedule>, Day | undefined, Day][] = [
    ['none: since 1 January', 'consumption-daily', {}, undefined, '2026-01-01'],
    ['one year', 'consumption-daily', { history: 1 }, undefined, '2025-11-23'],
    ['three years: all that Enedis has', 'production-daily', { history: 3 }, undefined, '2023-11-08'],
    ['a week of load curve', 'consumption-load-curve', {}, undefined, '2026-11-16'],
    ['two years of it', 'consumption-load-curve', { loadCurveHistory: 730 }, undefined, '2024-11-23'],
    ['not before the meter lived', 'consumption-daily', { history: 3 }, '2025-06-10', '2025-06-11'],
  ];
  for (const [name, series, wish, nothingUntil, expected] of table) {
    it(name, () => {
      assert.equal(
        wantedSince(series, '2026-11-23', { ...schedule, ...wish }, nothingUntil, undefined),
        expected,
      );
    });
  }

  it('on 1 January it is still the year before, whose total is not told yet', () => {
    assert.equal(
      wantedSince('consumption-daily', '2027-01-01', schedule, undefined, undefined),
      '2026-01-01',
    );
  });
});

describe('ranges', () => {
  const anyDays = fc
    .uniqueArray(fc.nat(1500), { maxLength: 300 })
    .map((offsets) => offsets.sort((a, b) => a - b).map((n) => addDays('2022-10-20', n)));

  it('hold every day, are never too long, never overlap, newest first, and are the fewest', () => {
    fc.assert(
      fc.property(anyDays, fc.constantFrom(...SERIES), (days, series) => {
        const ranges = rangesOf(days, { series, nothingUntil: undefined });
        for (const { start, end } of ranges) {
          assert.ok(daysBetween(start, end) <= longestRange(series));
          assert.ok(days.includes(start) && days.includes(addDays(end, -1)));
        }
        for (const day of days) assert.ok(ranges.some(({ start, end }) => day >= start && day < end));
        ranges.slice(1).forEach(({ end }, i) => {
          assert.ok(end <= (ranges[i]?.start ?? ''));
        });
        // No two neighbours could be one: with ranges that start at a needed day, that is the least.
        let least = 0;
        let reach = '';
        for (const day of days) {
          if (day < reach) continue;
          least += 1;
          reach = addDays(day, longestRange(series));
        }
        assert.equal(ranges.length, least);
      }),
      { numRuns: 500 },
    );
  });

  it('finds the first day of a meter in few calls', () => {
    const first = '2026-04-17';
    let nothingUntil: Day | undefined;
    const have = new Set<Day>();
    let calls = 0;
    for (;;) {
      const since = wantedSince('consumption-daily', '2026-11-23', schedule, nothingUntil, undefined);
      const days = daysIn(since, '2026-11-23').filter((day) => !have.has(day));
      const [range] = rangesOf(days, { series: 'consumption-daily', nothingUntil });
      if (!range) break;
      calls += 1;
      if (range.start < first) nothingUntil = range.start;
      else for (const day of daysIn(range.start, range.end)) have.add(day);
    }
    assert.equal(nothingUntil, addDays(first, -1));
    assert.ok(calls <= 12, `${calls} calls`);
  });
});

describe('when the next attempt is', () => {
  const monday = '2026-11-23';
  const tuesday = '2026-11-24';
  const past = at(monday, '00:00') - 86_400_000;
  const table: [string, number, number, string][] = [
    ['at night: the first of the day', at(monday, '03:00'), past, `${monday}T05:37`],
    ['after an attempt: an hour later', at(monday, '05:37'), at(monday, '05:37'), `${monday}T06:37`],
    ['after the last: tomorrow', at(monday, '19:37'), at(monday, '19:37'), `${tuesday}T05:37`],
    [
      'slept over one, its hours still open: now',
      at(monday, '09:10'),
      at(monday, '05:37'),
      `${monday}T09:10`,
    ],
    ['slept over all of them: tomorrow', at(monday, '21:30'), at(monday, '05:37'), `${tuesday}T05:37`],
    [
      'clock an hour back: not the same one twice',
      at(monday, '05:10'),
      at(monday, '05:37'),
      `${monday}T06:37`,
    ],
    ['clock a day back: none twice', at(monday, '12:00'), at(tuesday, '05:37'), `${tuesday}T06:37`],
    [
      'clock was a year ahead: as if never',
      at(monday, '06:37'),
      at('2027-11-23', '05:37'),
      `${monday}T06:37`,
    ],
    ['summer time begins', at('2026-03-29', '00:30'), past, '2026-03-29T05:37'],
    ['summer time ends', at('2026-10-25', '00:30'), past, '2026-10-25T05:37'],
  ];
  for (const [name, now, last, expected] of table) {
    it(name, () => {
      assert.equal(isoParis(nextAttempt(schedule, now, last)).slice(0, 16), expected);
    });
  }

  it('hours too few for an attempt still have one', () => {
    const narrow = { ...schedule, from: minutesOf('06:00'), to: minutesOf('06:10') };
    assert.equal(isoParis(nextAttempt(narrow, at(monday, '01:00'), past)).slice(11, 16), '06:00');
  });

  it('is never in the past, within the hours, and never at the same instant again', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2035, 0) }),
        fc.integer({ min: -3 * 86_400_000, max: 3 * 86_400_000 }),
        fc.nat(59),
        (now, ago, minute) => {
          const plan = { ...schedule, minute };
          const next = nextAttempt(plan, now, now - ago);
          const time = minutesOf(isoParis(next).slice(11, 16));
          assert.ok(next >= now && next - now <= 3 * 86_400_000);
          assert.ok(time >= plan.from && time <= plan.to, isoParis(next));
          if (next > now) assert.equal(time % 60, minute);
          if (ago === 0) assert.ok(next > now);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('retries', () => {
  it('wait longer each time, never in step', () => {
    assert.deepEqual(
      [1, 2, 3].map((n) => retryDelay(n, 0.5)),
      [4000, 16000, 64000],
    );
    assert.deepEqual([retryDelay(1, 0), retryDelay(1, 0.99)], [2000, 5960]);
  });
});

describe('history', () => {
  it('is what was never asked, however it came out', () => {
    const asked = known('consumption-daily', { '2025-03-01': 'never', '2025-02-01': 'missing' });
    assert.deepEqual(historyDays(asked), ['2025-03-01']);
  });

  it('goes on with what was begun, after a stop that was longer than it is deep', () => {
    const since = wantedSince('consumption-load-curve', '2026-11-23', schedule, undefined, '2026-09-01');
    assert.equal(since, '2026-09-01');
    const ages = wantedSince('consumption-load-curve', '2026-11-23', schedule, undefined, '2022-01-01');
    assert.equal(ages, '2024-11-08');
  });
});
