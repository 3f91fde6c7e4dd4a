import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DateTime, IANAZone } from 'luxon';
import {
  addDays,
  addMonths,
  dayOf,
  daysBetween,
  daysIn,
  instantAt,
  instantsAt,
  isDay,
  isoParis,
  isoWeekOf,
  minutesOfDay,
  offsetAt,
  startOfDay,
  startOfMonth,
  startOfWeek,
  startOfYear,
  type Day,
} from '../../../src/calendar/paris';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const ZONE = IANAZone.create('Europe/Paris');

const utc = Date.parse;
const iso = (instants: readonly number[]): string[] =>
  instants.map((instant) => new Date(instant).toISOString());
/** Minutes after midnight. */
const at = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));

describe('dates', () => {
  it('exist or not', () => {
    for (const day of ['2024-02-29', '2026-12-31', '9999-12-31']) assert.equal(isDay(day), true, day);
    for (const text of [
      ...['2026-02-29', '2026-13-01', '2026-00-10', '2026-04-31', '2026-11-00'],
      ...['', '2026', '2026-11', '2026-1-1', '20260101', '2026-W47-1', '2026-326', '+002026-01-01'],
      ...['2026-11-22T00:00', ' 2026-11-22', '2026-11-22\n'],
    ]) {
      assert.equal(isDay(text), false, text);
    }
  });

  it('are counted in days', () => {
    const table: [from: Day, days: number, to: Day][] = [
      ['2026-11-22', 1, '2026-11-23'],
      ['2026-11-22', 0, '2026-11-22'],
      ['2026-03-28', 2, '2026-03-30'],
      ['2026-10-26', -2, '2026-10-24'],
      ['2024-02-28', 2, '2024-03-01'],
      ['2025-12-31', 1, '2026-01-01'],
      ['2026-01-01', -365, '2025-01-01'],
    ];
    for (const [from, days, to] of table) {
      assert.equal(addDays(from, days), to);
      assert.equal(daysBetween(from, to), days);
    }
    assert.deepEqual(daysIn('2026-02-27', '2026-03-02'), ['2026-02-27', '2026-02-28', '2026-03-01']);
    assert.deepEqual(daysIn('2026-02-27', '2026-02-27'), []);
    assert.deepEqual(daysIn('2026-02-27', '2026-02-20'), []);
  });

  it('are counted in months as people do', () => {
    assert.equal(addMonths('2026-01-31', 1), '2026-02-28');
    assert.equal(addMonths('2024-01-31', 1), '2024-02-29');
    assert.equal(addMonths('2026-11-24', -36), '2023-11-24');
    assert.equal(addMonths('2026-12-15', 1), '2027-01-15');
    assert.equal(startOfMonth('2026-11-24'), '2026-11-01');
    assert.equal(startOfYear('2026-11-24'), '2026-01-01');
  });

  it('lie in ISO weeks, which start on Monday', () => {
    const table: [day: Day, week: string, monday: Day][] = [
      ['2026-11-22', '2026-W47', '2026-11-16'],
      ['2026-11-23', '2026-W48', '2026-11-23'],
      ['2026-12-31', '2026-W53', '2026-12-28'],
      ['2027-01-03', '2026-W53', '2026-12-28'],
      ['2027-01-04', '2027-W01', '2027-01-04'],
      ['2024-12-30', '2025-W01', '2024-12-30'],
      ['2023-01-01', '2022-W52', '2022-12-26'],
    ];
    for (const [day, week, monday] of table) {
      assert.equal(isoWeekOf(day), week, day);
      assert.equal(startOfWeek(day), monday, day);
    }
  });

  it('that do not exist are refused', () => {
    for (const text of ['', 'yesterday', '2026-13-01']) {
      const calls = [addDays, addMonths].map((add) => () => add(text, 1));
      for (const call of [...calls, () => startOfWeek(text), () => isoWeekOf(text), () => startOfDay(text)]) {
        assert.throws(call, RangeError, text);
      }
    }
  });
});

describe('the day clocks go forward', () => {
  const day = '2026-03-29';

  it('has 23 hours', () => {
    assert.deepEqual(iso([startOfDay(day), startOfDay('2026-03-30')]), [
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ]);
  });

  it('has no time from 02:00 to 02:59', () => {
    const table: [clock: string, instants: string[], instant: string][] = [
      ['00:00', ['2026-03-28T23:00:00.000Z'], '2026-03-28T23:00:00.000Z'],
      ['01:59', ['2026-03-29T00:59:00.000Z'], '2026-03-29T00:59:00.000Z'],
      ['02:00', [], '2026-03-29T01:00:00.000Z'],
      ['02:30', [], '2026-03-29T01:30:00.000Z'],
      ['02:59', [], '2026-03-29T01:59:00.000Z'],
      ['03:00', ['2026-03-29T01:00:00.000Z'], '2026-03-29T01:00:00.000Z'],
      ['24:00', ['2026-03-29T22:00:00.000Z'], '2026-03-29T22:00:00.000Z'],
    ];
    for (const [clock, instants, instant] of table) {
      assert.deepEqual(iso(instantsAt(day, at(clock))), instants, clock);
      assert.deepEqual(iso([instantAt(day, at(clock))]), [instant], clock);
    }
  });

  it('is written with both offsets', () => {
    const table: [instant: string, written: string][] = [
      ['2026-03-28T22:59:59.999Z', '2026-03-28T23:59:59.999+01:00'],
      ['2026-03-28T23:00:00.000Z', '2026-03-29T00:00:00.000+01:00'],
      ['2026-03-29T00:59:59.999Z', '2026-03-29T01:59:59.999+01:00'],
      ['2026-03-29T01:00:00.000Z', '2026-03-29T03:00:00.000+02:00'],
      ['2026-03-29T21:59:59.999Z', '2026-03-29T23:59:59.999+02:00'],
      ['2026-03-29T22:00:00.000Z', '2026-03-30T00:00:00.000+02:00'],
    ];
    for (const [instant, written] of table) assert.equal(isoParis(utc(instant)), written);
  });
});

describe('the day clocks go back', () => {
  const day = '2026-10-25';

  it('has 25 hours', () => {
    assert.deepEqual(iso([startOfDay(day), startOfDay('2026-10-26')]), [
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ]);
  });

  it('has the times from 02:00 to 02:59 twice', () => {
    const table: [clock: string, instants: string[]][] = [
      ['00:00', ['2026-10-24T22:00:00.000Z']],
      ['01:59', ['2026-10-24T23:59:00.000Z']],
      ['02:00', ['2026-10-25T00:00:00.000Z', '2026-10-25T01:00:00.000Z']],
      ['02:59', ['2026-10-25T00:59:00.000Z', '2026-10-25T01:59:00.000Z']],
      ['03:00', ['2026-10-25T02:00:00.000Z']],
      ['24:00', ['2026-10-25T23:00:00.000Z']],
    ];
    for (const [clock, instants] of table) {
      assert.deepEqual(iso(instantsAt(day, at(clock))), instants, clock);
      assert.deepEqual(iso([instantAt(day, at(clock))]), instants.slice(0, 1), clock);
    }
  });

  it('is written with both offsets', () => {
    const table: [instant: string, written: string][] = [
      ['2026-10-24T22:00:00.000Z', '2026-10-25T00:00:00.000+02:00'],
      ['2026-10-25T00:59:59.999Z', '2026-10-25T02:59:59.999+02:00'],
      ['2026-10-25T01:00:00.000Z', '2026-10-25T02:00:00.000+01:00'],
      ['2026-10-25T22:59:59.999Z', '2026-10-25T23:59:59.999+01:00'],
      ['2026-10-25T23:00:00.000Z', '2026-10-26T00:00:00.000+01:00'],
    ];
    for (const [instant, written] of table) assert.equal(isoParis(utc(instant)), written);
  });
});

describe('instants', () => {
  it('are written with seconds, thousandths and the offset of the season', () => {
    assert.equal(isoParis(utc('2026-11-21T23:00:00Z')), '2026-11-22T00:00:00.000+01:00');
    assert.equal(isoParis(utc('2026-07-13T22:00:00Z')), '2026-07-14T00:00:00.000+02:00');
    assert.equal(isoParis(utc('2026-07-14T10:05:09.007Z')), '2026-07-14T12:05:09.007+02:00');
  });

  it('that no Date can hold are refused', () => {
    for (const instant of [NaN, Infinity, -Infinity, 8.64e15 + 1]) {
      for (const ask of [dayOf, isoParis, minutesOfDay, offsetAt]) {
        assert.throws(() => ask(instant), RangeError, `${ask.name} ${instant}`);
      }
    }
  });

  it('need no Intl before the first is asked about', () => {
    const { DateTimeFormat } = Intl;
    const ours = require.resolve('../../../src/calendar/paris');
    const cached = [ours, require.resolve('luxon')].map((path) => [path, require.cache[path]] as const);
    for (const [path] of cached) Reflect.deleteProperty(require.cache, path);
    const made: unknown[] = [];
    Intl.DateTimeFormat = new Proxy(DateTimeFormat, {
      construct(target, parameters) {
        made.push(parameters);
        return Reflect.construct(target, parameters) as object;
      },
    });
    try {
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      const fresh = require(ours) as { startOfDay: typeof startOfDay; addDays: typeof addDays };
      assert.equal(fresh.addDays('2026-11-22', 1), '2026-11-23');
      assert.deepEqual(made, []);
      assert.equal(fresh.startOfDay('2026-11-22'), utc('2026-11-21T23:00:00Z'));
      assert.notDeepEqual(made, []);
    } finally {
      Intl.DateTimeFormat = DateTimeFormat;
      for (const [path, module] of cached) require.cache[path] = module;
    }
  });
});

describe('Paris time agrees with luxon from 1970 to 2100', () => {
  const luxonAt = (instant: number): DateTime => DateTime.fromMillis(instant, { zone: ZONE });
  const plusDays = (day: Day, days: number): Day =>
    DateTime.fromISO(day, { zone: 'utc' }).plus({ days }).toFormat('yyyy-MM-dd');
  /** The last Sunday of a month: when Europe changes its clocks, until 1995 in September. */
  const lastSunday = (year: number, month: number): Day =>
    DateTime.utc(year, month)
      .endOf('month')
      .plus({ days: 1 })
      .startOf('week')
      .minus({ days: 1 })
      .toFormat('yyyy-MM-dd');

  const year = fc.integer({ min: 1970, max: 2100 });
  const anyDay = fc.oneof(
    fc.integer({ min: 0, max: 47_846 }).map((days) => plusDays('1970-01-01', days)),
    year.map((of) => lastSunday(of, 3)),
    year.map((of) => lastSunday(of, of < 1996 ? 9 : 10)),
    fc.tuple(year, fc.constantFrom('01-01', '12-31')).map(([of, date]) => `${of}-${date}`),
  );
  /** To the thousandth, near a change of offset or of year more often than elsewhere. */
  const anyInstant = fc
    .tuple(
      anyDay,
      fc.oneof(
        fc.integer({ min: 0, max: 25 * 60 * MINUTE }),
        fc.integer({ min: 0, max: 50 }).map((n) => n * 30 * MINUTE),
      ),
    )
    .map(([day, ms]) => utc(day) - 60 * MINUTE + ms);
  const check = <T>(arbitrary: fc.Arbitrary<T>, predicate: (value: T) => void): void => {
    fc.assert(fc.property(arbitrary, predicate), { numRuns: 3000 });
  };

  it('knows the day, the clock and the offset of an instant', () => {
    check(anyInstant, (instant) => {
      const luxon = luxonAt(instant);
      assert.equal(isoParis(instant), luxon.toISO());
      assert.equal(dayOf(instant), luxon.toISODate());
      assert.equal(minutesOfDay(instant), luxon.hour * 60 + luxon.minute);
      assert.equal(offsetAt(instant), luxon.offset * MINUTE);
    });
  });

  it('whatever instants were asked about before', () => {
    check(fc.tuple(anyInstant, fc.array(fc.integer({ min: -60, max: 60 }))), ([instant, steps]) => {
      for (const step of steps) {
        const near = instant + step * 30 * MINUTE;
        assert.equal(isoParis(near), luxonAt(near).toISO());
        assert.equal(dayOf(near), isoParis(near).slice(0, 10));
      }
    });
  });

  it('finds the instants at which clocks show a time', () => {
    check(fc.tuple(anyDay, fc.integer({ min: 0, max: 1440 })), ([day, minutes]) => {
      const shown = utc(day) + minutes * MINUTE;
      const expected = [120, 60, 0]
        .map((offset) => shown - offset * MINUTE)
        .filter((instant) => instant + luxonAt(instant).offset * MINUTE === shown);
      assert.deepEqual(instantsAt(day, minutes), expected);
      const wallTime = DateTime.fromMillis(shown, { zone: 'utc' }).setZone(ZONE, { keepLocalTime: true });
      assert.equal(instantAt(day, minutes), expected[0] ?? wallTime.toMillis());
    });
  });

  it('goes from an instant to its texts and back', () => {
    check(anyInstant, (instant) => {
      assert.equal(utc(isoParis(instant)), instant);
      assert.equal(DateTime.fromISO(isoParis(instant)).toMillis(), instant);
      const minute = Math.floor(instant / MINUTE) * MINUTE;
      assert.ok(instantsAt(dayOf(instant), minutesOfDay(instant)).includes(minute));
    });
  });

  it('has every day start where the one before ends', function () {
    this.timeout(120_000);
    for (let day = '1970-01-01', before = '1969-12-31'; day <= '2100-12-31';) {
      const start = startOfDay(day);
      assert.equal(start + ZONE.offset(start) * MINUTE, utc(day), day);
      assert.equal(dayOf(start), day);
      assert.equal(dayOf(start - 1), before);
      before = day;
      day = new Date(utc(day) + DAY).toISOString().slice(0, 10);
    }
  });

  it('counts days, months and weeks', () => {
    check(fc.tuple(anyDay, fc.integer({ min: -3000, max: 3000 })), ([day, n]) => {
      const luxon = DateTime.fromISO(day, { zone: 'utc' });
      const other = luxon.plus({ days: n });
      const text = other.toFormat('yyyy-MM-dd');
      assert.equal(isDay(day), true);
      assert.equal(addDays(day, n), text);
      assert.equal(daysBetween(day, text), other.diff(luxon, 'days').days);
      assert.equal(addMonths(day, n % 600), luxon.plus({ months: n % 600 }).toFormat('yyyy-MM-dd'));
      assert.equal(startOfMonth(day), luxon.startOf('month').toFormat('yyyy-MM-dd'));
      assert.equal(startOfYear(day), luxon.startOf('year').toFormat('yyyy-MM-dd'));
      assert.equal(startOfWeek(day), luxon.startOf('week').toFormat('yyyy-MM-dd'));
      assert.equal(isoWeekOf(day), luxon.toFormat("kkkk-'W'WW"));
    });
  });

  it('lists the days of a range', () => {
    check(fc.tuple(anyDay, fc.integer({ min: -5, max: 70 })), ([day, length]) => {
      const expected = Array.from({ length: Math.max(0, length) }, (_, i) => plusDays(day, i));
      assert.deepEqual(daysIn(day, plusDays(day, length)), expected);
    });
  });
});
