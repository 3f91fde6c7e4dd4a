import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  currentSlot,
  endOfHours,
  firstSlotTomorrow,
  isSlotTaken,
  minutesOf,
  retryDelay,
  slotAfter,
  slotBefore,
  slotsAfter,
  withinHours,
  type Schedule,
} from '../../../src/collector/schedule';
import { addDays, dayOf, instantAt, isoParis, startOfDay, type Day } from '../../../src/calendar/paris';
import { SCHEDULE } from '../../support/schedule';

const MONDAY = '2026-11-23';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const hours = (from: string, to: string, minute: number): Schedule => ({
  ...SCHEDULE,
  from: minutesOf(from),
  to: minutesOf(to),
  minute,
});
const at = (day: Day, time: string): number => instantAt(day, minutesOf(time));
/** `11-23 05:37` in Paris. */
const shown = (instant: number | undefined): string | undefined =>
  instant === undefined ? undefined : isoParis(instant).slice(5, 16).replace('T', ' ');

describe('minutes of a time of day', () => {
  for (const [time, expected] of [
    ['00:00', 0],
    ['05:07', 307],
    ['23:59', 1439],
  ] as const) {
    it(time, () => {
      assert.equal(minutesOf(time), expected);
    });
  }
});

describe('the slot that can be taken', () => {
  const table: [string, Schedule, string, string | undefined][] = [
    ['none before the first', SCHEDULE, '05:36', undefined],
    ['none at `from`, where `minute` comes later', SCHEDULE, '05:00', undefined],
    ['the first, at its minute', SCHEDULE, '05:37', '11-23 05:37'],
    ['the same until the next one', SCHEDULE, '06:36', '11-23 05:37'],
    ['one slept over', SCHEDULE, '09:10', '11-23 08:37'],
    ['the last, until the hours are over', SCHEDULE, '20:00', '11-23 19:37'],
    ['none a minute and more after the hours', SCHEDULE, '20:02', undefined],
    ['one at exactly `from`', hours('05:00', '20:00', 0), '05:00', '11-23 05:00'],
    ['one at exactly `to`', hours('05:00', '20:00', 0), '20:00', '11-23 20:00'],
    ['one at `to`, taken a minute late', hours('05:00', '20:00', 0), '20:01', '11-23 20:00'],
    ['none two minutes late', hours('05:00', '20:00', 0), '20:02', undefined],
    ['the one of hours without its minute: at `from`', hours('06:00', '06:10', 37), '06:05', '11-23 06:00'],
    ['at `from` only', hours('06:00', '06:10', 37), '05:37', undefined],
    ['the one of a single minute', hours('06:15', '06:15', 15), '06:15', '11-23 06:15'],
    ['that of a single minute without its own', hours('06:15', '06:15', 37), '06:16', '11-23 06:15'],
    ['a whole day: at midnight', hours('00:00', '23:59', 0), '00:30', '11-23 00:00'],
    ['a whole day: at its end', hours('00:00', '23:59', 59), '23:59', '11-23 23:59'],
  ];
  for (const [name, schedule, now, expected] of table) {
    it(name, () => {
      assert.equal(shown(currentSlot(schedule, at(MONDAY, now))), expected);
    });
  }
});

describe('the hours', () => {
  it('end a minute late', () => {
    assert.equal(endOfHours(SCHEDULE, at(MONDAY, '09:00')), at(MONDAY, '20:01'));
  });

  const table: [string, string, string][] = [
    ['before them: the first slot', '03:00', '11-23 05:37'],
    ['at their start', '05:00', '11-23 05:00'],
    ['within them', '12:10', '11-23 12:10'],
    ['at their end', '20:00', '11-23 20:00'],
    ['a minute after', '20:01', '11-23 20:01'],
    ['after them: tomorrow', '20:02', '11-24 05:37'],
  ];
  for (const [name, now, expected] of table) {
    it(`an instant ${name}`, () => {
      assert.equal(shown(withinHours(SCHEDULE, at(MONDAY, now))), expected);
    });
  }
});

describe('the slots around an instant', () => {
  const narrow = hours('06:00', '06:10', 37);
  const table: [string, Schedule, number, string, string][] = [
    ['before the first', SCHEDULE, at(MONDAY, '03:00'), '11-23 00:00', '11-23 05:37'],
    ['at one', SCHEDULE, at(MONDAY, '05:37'), '11-23 05:37', '11-23 06:37'],
    ['just before one', SCHEDULE, at(MONDAY, '06:37') - 1, '11-23 05:37', '11-23 06:37'],
    ['at the last', SCHEDULE, at(MONDAY, '19:37'), '11-23 19:37', '11-24 05:37'],
    ['after the hours', SCHEDULE, at(MONDAY, '23:59'), '11-23 19:37', '11-24 05:37'],
    ['before the only one', narrow, at(MONDAY, '05:59'), '11-23 00:00', '11-23 06:00'],
    ['after the only one', narrow, at(MONDAY, '06:01'), '11-23 06:00', '11-24 06:00'],
    // At 02:00 it is 03:00.
    ['summer time begins', SCHEDULE, at('2026-03-29', '01:59'), '03-29 00:00', '03-29 05:37'],
    ['summer time ends', SCHEDULE, at('2026-10-25', '02:59'), '10-25 00:00', '10-25 05:37'],
  ];
  for (const [name, schedule, now, before, after] of table) {
    it(name, () => {
      assert.equal(shown(slotBefore(schedule, now)), before);
      assert.equal(shown(slotAfter(schedule, now)), after);
    });
  }

  it('those that are left of the day', () => {
    const schedule = hours('05:00', '08:00', 0);
    const left = (time: string): (string | undefined)[] => slotsAfter(schedule, at(MONDAY, time)).map(shown);
    assert.deepEqual(left('06:00'), ['11-23 07:00', '11-23 08:00']);
    assert.deepEqual(left('05:59'), ['11-23 06:00', '11-23 07:00', '11-23 08:00']);
    assert.deepEqual(left('08:00'), []);
    assert.deepEqual(slotsAfter(narrow, at(MONDAY, '00:00')).map(shown), ['11-23 06:00']);
  });

  it('the first one of tomorrow, whatever the time', () => {
    for (const time of ['00:00', '05:37', '23:59']) {
      assert.equal(shown(firstSlotTomorrow(SCHEDULE, at(MONDAY, time))), '11-24 05:37');
    }
  });

  it('on the days when the clocks change: all hours of the day, none twice', () => {
    const whole = hours('00:00', '23:59', 37);
    for (const [day, count] of [
      ['2026-03-28', 24],
      // 02:37 does not exist; it is 03:37.
      ['2026-03-29', 23],
      // 02:37 comes twice; its first time counts.
      ['2026-10-25', 24],
    ] as const) {
      const slots = new Set<number>();
      for (let now = startOfDay(day) - 1; ;) {
        const next = slotAfter(whole, now);
        assert.ok(next > now);
        if (dayOf(next) !== day) break;
        slots.add(next);
        now = next;
      }
      assert.equal(slots.size, count, day);
    }
  });

  it('in March none after the hours: 02:03 is 03:03', () => {
    const narrow = { ...SCHEDULE, minute: 3, from: minutesOf('01:00'), to: minutesOf('03:01') };
    const next = slotAfter(narrow, startOfDay('2033-03-27'));
    assert.equal(isoParis(next).slice(11, 16), '01:03');
    assert.equal(isoParis(slotAfter(narrow, next)).slice(0, 16), '2033-03-28T01:03');
  });

  it('in March none before the hours: they begin at 03:01, which 02:01 is', () => {
    const narrow = { ...SCHEDULE, minute: 0, from: minutesOf('02:01'), to: minutesOf('03:00') };
    const next = slotAfter(narrow, startOfDay('2021-03-28'));
    assert.equal(isoParis(next).slice(11, 16), '03:01');
    assert.equal(withinHours(narrow, next), next);
  });

  it('lie around it, within the hours, at the minute', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2035, 0) }),
        fc.nat(59),
        fc.nat(23 * 60),
        fc.integer({ min: 0, max: 1439 }),
        (now, minute, from, length) => {
          const to = Math.min(1439, from + length);
          const schedule = { ...SCHEDULE, minute, from, to };
          const next = slotAfter(schedule, now);
          const newest = slotBefore(schedule, now);
          assert.ok(newest <= now && now < next && next - now < 50 * HOUR);
          assert.equal(slotBefore(schedule, next), next);
          assert.equal(currentSlot(schedule, next), next);
          assert.equal(withinHours(schedule, next), next);
          const current = currentSlot(schedule, now);
          if (current !== undefined) assert.equal(current, newest);
          const isFirst = newest === startOfDay(dayOf(now)) && current === undefined;
          assert.ok(dayOf(newest) === dayOf(now) && (isFirst || newest >= instantAt(dayOf(now), from)));
          const minutes = minutesOf(isoParis(next).slice(11, 16));
          // In March the clocks show an hour more than the slot's time, where that is skipped.
          const skipped = instantAt(dayOf(next), 180) - instantAt(dayOf(next), 120) === 0 ? 60 : 0;
          assert.ok(minutes >= from && minutes <= to + skipped, isoParis(next));
          assert.ok(minutes % 60 === minute || minutes % 60 === from % 60);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('slots that are left out after failures', () => {
  /** The slots of a day that are taken while each fails wholly. */
  const taken = (schedule: Schedule, day: Day): string[] => {
    const slots: number[] = [];
    let last = -Infinity;
    for (
      let slot = slotAfter(schedule, startOfDay(day) - 1);
      dayOf(slot) === day;
      slot = slotAfter(schedule, slot)
    ) {
      if (!isSlotTaken(slot, last, slots.length)) continue;
      slots.push(slot);
      last = slot;
    }
    return slots.map((slot) => isoParis(slot).slice(11, 16));
  };

  it('come after 1, 2, 4, 6 and 6 hours', () => {
    assert.deepEqual(taken(hours('00:00', '23:59', 37), MONDAY), [
      '00:37',
      '01:37',
      '03:37',
      '07:37',
      '13:37',
      '19:37',
    ]);
  });

  it('on the days when the clocks change too', () => {
    assert.deepEqual(taken(SCHEDULE, '2026-03-29'), ['05:37', '06:37', '08:37', '12:37', '18:37']);
    assert.deepEqual(taken(SCHEDULE, '2026-10-25'), ['05:37', '06:37', '08:37', '12:37', '18:37']);
  });

  const slot = at(MONDAY, '08:37');
  const table: [string, number, number, boolean][] = [
    ['none failed', at(MONDAY, '07:37'), 0, true],
    ['one failed', at(MONDAY, '07:37'), 1, true],
    ['two failed, an hour ago', at(MONDAY, '07:37'), 2, false],
    ['two failed, two hours ago', at(MONDAY, '06:37'), 2, true],
    ['two failed, the last one taken late', at(MONDAY, '06:59'), 2, true],
    ['three failed, three hours ago', at(MONDAY, '05:37'), 3, false],
    ['three failed, four hours ago', at(MONDAY, '04:37'), 3, true],
    ['ten failed, six hours ago', at(MONDAY, '02:37'), 10, true],
    ['ten failed, five hours ago', at(MONDAY, '03:37'), 10, false],
    ['ten failed, the last one yesterday', at(addDays(MONDAY, -1), '19:37'), 10, true],
    ['many failed, none was taken', -Infinity, 10, true],
  ];
  for (const [name, last, failed, expected] of table) {
    it(`${name}: ${expected ? 'taken' : 'left out'}`, () => {
      assert.equal(isSlotTaken(slot, last, failed), expected);
    });
  }
});

describe('retries', () => {
  it('wait longer each time, never in step with other meters', () => {
    assert.deepEqual(
      [1, 2, 3].map((n) => retryDelay(n, 0.5)),
      [4000, 16_000, 64_000],
    );
    assert.deepEqual([retryDelay(1, 0), retryDelay(1, 0.99)], [2000, 5960]);
  });
});
