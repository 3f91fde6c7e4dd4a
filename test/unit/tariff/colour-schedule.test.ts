import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addDays,
  dayOf,
  daysIn,
  instantAt,
  isoParis,
  startOfDay,
  type Day,
} from '../../../src/calendar/paris';
import { badAnswer, LinkyError, misconfigured, refused } from '../../../src/providers/errors';
import {
  colourRetryAt,
  MOST_JITTER,
  nextColourRequest,
  type ColourRecord,
} from '../../../src/tariff/colour-schedule';
import { seasonAround, type Colour } from '../../../src/tariff/tempo';

const TODAY = '2026-11-26';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** An instant: a time of today, or a date with a time. */
const at = (text: string): number => {
  const [time = '', day = TODAY] = text.split(' ').reverse();
  return instantAt(day, Number(time.slice(0, 2)) * 60 + Number(time.slice(3)));
};
const shown = (instant: number): string => {
  const [day = '', time = ''] = isoParis(instant).slice(0, 16).split('T');
  return day === TODAY ? time : `${day} ${time}`;
};

/** Each day since 1 November is known for sure, but for these; in the form `colour?@time`. */
function recordsWith(special: Record<Day, string | undefined>): Map<Day, ColourRecord> {
  const records = new Map<Day, ColourRecord>();
  for (const day of daysIn('2026-11-01', addDays(TODAY, 1))) {
    records.set(day, { colour: 'blue', confirmedAt: instantAt(addDays(day, -1), 12 * 60 + 1) });
  }
  for (const [day, text] of Object.entries(special)) {
    if (text === undefined) records.delete(day);
    else {
      const [colour = '', time = ''] = text.split('@');
      records.set(day, { colour: colour === '' ? undefined : (colour as Colour), confirmedAt: at(time) });
    }
  }
  return records;
}

const next = (
  now: string,
  special: Record<Day, string | undefined>,
  { retryAt = -Infinity, jitter = 0, since = '2026-11-01' } = {},
): string => {
  const knowledge = { since, records: recordsWith(special), retryAt, historyRetryAt: -Infinity, jitter };
  const { range, at: due } = nextColourRequest(knowledge, at(now));
  return `${shown(due)}: ${range.start.slice(5)} ${addDays(range.end, -1).slice(5)}`;
};

const TOMORROW = '2026-11-27';

describe('the next request for Tempo colours', () => {
  const table: [string, now: string, Record<Day, string | undefined>, expected: string][] = [
    ['tomorrow, first at 10:40', '07:00', {}, '10:40: 11-27 11-27'],
    ['tomorrow, at once when it is later', '10:50', {}, '10:50: 11-27 11-27'],
    ['tomorrow, again after 20 minutes', '10:40', { [TOMORROW]: '@10:40' }, '11:00: 11-27 11-27'],
    ['tomorrow, at a round time', '10:52', { [TOMORROW]: '@10:52' }, '11:00: 11-27 11-27'],
    ['tomorrow, before noon', '11:41', { [TOMORROW]: '@11:41' }, '12:01: 11-27 11-27'],
    ['tomorrow, hourly after noon', '12:01', { [TOMORROW]: '@12:01' }, '13:00: 11-27 11-27'],
    ['tomorrow, at 20:00 for the last time', '19:00', { [TOMORROW]: '@19:00' }, '20:00: 11-27 11-27'],
    ['today, in the morning', '20:00', { [TOMORROW]: '@20:00' }, '2026-11-27 06:00: 11-27 11-27'],
    ['today, with tomorrow', '06:00', { [TODAY]: '@06:00' }, '10:40: 11-26 11-27'],
    ['today, more rarely', '13:00', { [TODAY]: '@13:00', [TOMORROW]: 'red@12:01' }, '16:00: 11-26 11-26'],
    ['known before noon: confirmed after it', '10:40', { [TOMORROW]: 'red@10:40' }, '12:01: 11-27 11-27'],
    ['known just before noon', '11:59', { [TOMORROW]: 'red@11:59' }, '12:01: 11-27 11-27'],
    ['known at noon: final', '12:00', { [TOMORROW]: 'red@12:00' }, '2026-11-27 10:40: 11-28 11-28'],
    ['confirmed: nothing until the next day', '12:01', { [TOMORROW]: 'red@12:01' }, '2026-11-27 10:40: 11-28 11-28'],
    ['a confirmation that was missed', '2026-11-27 09:00', { [TOMORROW]: 'red@10:40' }, '2026-11-27 09:00: 11-27 11-27'],
    ['a day that was never asked for', '07:00', { '2026-11-20': undefined }, '07:00: 11-20 11-20'],
    ['days that were never asked for, and those between', '11:00', { '2026-11-20': undefined }, '11:00: 11-20 11-27'],
    ['yesterday, once a day', '13:00', { '2026-11-25': '@10:40', [TOMORROW]: 'red@12:01' }, '2026-11-27 10:40: 11-25 11-28'],
    ['an older day, once a day', '13:00', { '2026-11-19': '@10:40', [TOMORROW]: 'red@12:01' }, '2026-11-27 10:40: 11-19 11-28'],
    ['a day older than a week, once a week', '13:00', { '2026-11-18': '@10:40', [TOMORROW]: 'red@12:01' }, '2026-11-27 10:40: 11-28 11-28'],
    ['a day older than a week, after a week', '12:30', { '2026-11-11': '@2026-11-19 10:40', [TOMORROW]: 'red@12:01' }, '12:30: 11-11 11-11'],
    ['what a wrong clock noted', '07:00', { '2026-11-20': '@2027-11-20 10:40' }, '07:00: 11-20 11-20'],
  ]; // prettier-ignore
  for (const [name, now, special, expected] of table) {
    it(`${name}: ${expected}`, () => {
      assert.equal(next(now, special), expected);
    });
  }

  it('for a history begins with the newest season, one request each', () => {
    const ranges: string[] = [];
    const records = new Map<Day, ColourRecord>();
    const now = at('09:00');
    for (;;) {
      const { range, at: due } = nextColourRequest({ since: '2024-06-01', records, retryAt: -Infinity, historyRetryAt: -Infinity, jitter: 0 }, now); // prettier-ignore
      if (due > now) break;
      ranges.push(`${range.start} ${range.end}`);
      for (const day of daysIn(range.start, range.end))
        records.set(day, { colour: 'blue', confirmedAt: now });
    }
    assert.deepEqual(ranges, [
      '2026-09-01 2026-11-27',
      '2025-09-01 2026-09-01',
      '2024-09-01 2025-09-01',
      '2024-06-01 2024-09-01',
    ]);
  });

  it('does not reach over the end of a season', () => {
    const known = new Map<Day, ColourRecord>();
    const ask = (now: string) => nextColourRequest({ since: '2026-08-30', records: known, retryAt: -Infinity, historyRetryAt: -Infinity, jitter: 0 }, at(now)).range; // prettier-ignore
    assert.deepEqual(ask('2026-08-31 11:00'), { start: '2026-09-01', end: '2026-09-02' });
    known.set('2026-09-01', { colour: undefined, confirmedAt: at('2026-08-31 11:00') });
    assert.deepEqual(ask('2026-08-31 11:00'), { start: '2026-08-30', end: '2026-09-01' });
  });

  it('comes later by the jitter', () => {
    assert.equal(next('07:00', {}, { jitter: MOST_JITTER }), '10:49: 11-27 11-27');
    assert.equal(next('10:40', { [TOMORROW]: '@10:40' }, { jitter: MOST_JITTER }), '10:49: 11-27 11-27');
    assert.equal(next('10:49', { [TOMORROW]: '@10:49' }, { jitter: MOST_JITTER }), '11:09: 11-27 11-27');
  });

  it('waits after failures, and then asks for all that is due', () => {
    const missing = { '2026-11-24': undefined };
    assert.equal(next('10:41', missing, { retryAt: at('11:41') }), '11:41: 11-24 11-27');
    assert.equal(
      next('23:00', missing, { retryAt: at('2026-11-27 11:00') }),
      '2026-11-27 11:00: 11-24 11-28',
    );
    assert.equal(next('12:00', missing, { retryAt: at('11:41') }), '12:00: 11-24 11-27');
  });
});

describe('what fails of the history', () => {
  const ask = (now: string, retryAt: number, historyRetryAt: number): string => {
    const records = recordsWith({});
    for (const day of daysIn('2026-09-01', '2026-11-01'))
      records.set(day, { colour: 'blue', confirmedAt: at('07:00') });
    const { range, at: due } = nextColourRequest(
      { since: '2026-08-20', records, retryAt, historyRetryAt, jitter: 0 },
      at(now),
    );
    return `${shown(due)}: ${range.start} ${range.end}`;
  };
  const history = '2026-08-20 2026-09-01';
  const tomorrow = `${TOMORROW} ${addDays(TOMORROW, 1)}`;
  const table: [string, now: string, retryAt: number, historyRetryAt: number, expected: string][] = [
    ['is asked for again later', '08:00', -Infinity, at('08:20'), `08:20: ${history}`],
    ['does not delay tomorrow', '08:00', -Infinity, at('11:00'), `10:40: ${tomorrow}`],
    ['comes after tomorrow', '11:05', -Infinity, at('11:00'), `11:05: ${tomorrow}`],
    ['is not delayed by tomorrow', '11:05', at('11:20'), at('11:00'), `11:05: ${history}`],
  ];
  for (const [name, now, retryAt, historyRetryAt, expected] of table) {
    it(`${name}: ${expected}`, () => {
      assert.equal(ask(now, retryAt, historyRetryAt), expected);
    });
  }
});

describe('the pause after failed requests for Tempo colours', () => {
  const now = at('10:40');
  const down = (retryAfter?: number) =>
    new LinkyError('503', { key: 'source-down', retry: 'next-slot', retryAfter });
  const table: [string, failures: number, error: LinkyError | undefined, expected: string][] = [
    ['the end of the first request was not seen', 0, undefined, '10:41'],
    ['one', 1, badAnswer(), '11:00'],
    ['two', 2, badAnswer(), '11:40'],
    ['three', 3, badAnswer(), '12:40'],
    ['four', 4, badAnswer(), '13:40'],
    ['a hundred', 100, badAnswer(), '13:40'],
    ['the server asks to wait', 1, down(2 * HOUR), '12:40'],
    ['the server asks to wait for a moment', 1, down(5000), '11:00'],
    ['the server asks to wait for a month', 1, down(30 * 24 * HOUR), '2026-11-27 00:00'],
    ['the account is refused', 1, refused('tempo-account-refused', '401'), '2026-11-27 10:40'],
    ['the account is missing', 1, misconfigured('client-missing'), '2026-11-27 10:40'],
  ];
  for (const [name, failures, error, expected] of table) {
    it(`${name}: ${expected}`, () => {
      assert.equal(shown(colourRetryAt(failures, now, 0, error)), expected);
    });
  }
});

/** What a source does on a day: when tomorrow's colour is known there, and when it changes, minutes of the day. */
interface Behaviour {
  published: number;
  changed: number | undefined;
  /** The days whose colour stays unknown. */
  isUnknown: boolean;
  /** From and until when it answers nothing. */
  down: [number, number] | undefined;
}

/** A week with a source. @returns the instants of its requests, and when each colour became known */
function live(week: readonly Behaviour[], start: number, jitter: number, restarts: readonly number[]) {
  const records = new Map<Day, ColourRecord>();
  const requests: { at: number; days: number; isAnswered: boolean }[] = [];
  const knownAt = new Map<Day, number>();
  const first = dayOf(start);
  const since = addDays(first, -40);
  const end = startOfDay(addDays(first, week.length));
  const behaviourOn = (day: Day): Behaviour | undefined => week[daysIn(first, day).length];
  let [now, retryAt, failures, own] = [start, -Infinity, 0, jitter];
  const colourOf = (day: Day): Colour | undefined => {
    if (day <= first) return 'blue';
    const { published, changed, isUnknown } = behaviourOn(addDays(day, -1)) as Behaviour;
    if (isUnknown || now < instantAt(addDays(day, -1), published)) return undefined;
    return changed !== undefined && now >= instantAt(addDays(day, -1), changed) ? 'red' : 'white';
  };
  for (;;) {
    const { range, at: due } = nextColourRequest(
      { since, records, retryAt, historyRetryAt: retryAt, jitter: own },
      now,
    );
    if (due > now) {
      const restart = restarts.find((each) => each > now && each < due);
      now = restart ?? due;
      if (restart !== undefined) {
        own = (own * 7) % MOST_JITTER;
        continue;
      }
    }
    if (now >= end) break;
    assert.deepEqual(seasonAround(range.start), seasonAround(addDays(range.end, -1)), 'two seasons');
    assert.ok(range.end <= addDays(dayOf(now), 2), 'a day that cannot be known');
    const request = { at: now, days: daysIn(range.start, range.end).length, isAnswered: true };
    requests.push(request);
    const down = behaviourOn(dayOf(now))?.down;
    const today = dayOf(now);
    if (down && now >= instantAt(today, down[0]) && now < instantAt(today, down[1])) {
      request.isAnswered = false;
      failures += 1;
      retryAt = colourRetryAt(failures, now, own, badAnswer());
      continue;
    }
    [failures, retryAt] = [0, -Infinity];
    for (const day of daysIn(range.start, range.end)) {
      const colour = colourOf(day) ?? records.get(day)?.colour;
      records.set(day, { colour, confirmedAt: now });
      if (colour && !knownAt.has(day)) knownAt.set(day, now);
    }
  }
  return { requests, knownAt, records, first, end, colourOf };
}

describe('a week of Tempo colours', () => {
  const minutes = (min: number, max: number) => fc.integer({ min, max });
  const behaviour = (down: fc.Arbitrary<[number, number] | undefined>) =>
    fc.record({
      published: fc.oneof(minutes(0, 1439), minutes(10 * 60, 12 * 60)),
      changed: fc.option(minutes(0, 719), { nil: undefined }),
      isUnknown: fc.boolean(),
      down,
    });
  const outage = fc.option(fc.tuple(minutes(0, 1439), minutes(0, 1440)), { nil: undefined });
  // Both changes of the clocks, and the end of a season.
  const start = fc
    .tuple(fc.constantFrom('2026-11-23', '2026-03-26', '2026-10-22', '2026-08-28'), minutes(0, 1439))
    .map(([day, time]) => instantAt(day, time));
  const restarts = fc.array(minutes(0, 7 * 1440), { maxLength: 10 });
  const jitter = fc.integer({ min: 0, max: MOST_JITTER });

  it('takes few requests, whatever the source does', () => {
    fc.assert(
      fc.property(fc.array(behaviour(outage), { minLength: 7, maxLength: 7 }), start, jitter, restarts, (week, begin, share, times) => {
        const instants = times.map((time) => begin + time * MINUTE).sort();
        const { requests, first } = live(week, begin, share, instants);
        for (const [i, day] of daysIn(first, addDays(first, 7)).entries()) {
          const ofDay = requests.filter((request) => dayOf(request.at) === day);
          const answered = ofDay.filter(({ isAnswered }) => isAnswered).length;
          // On the first day the history comes too; where a season ends there are two requests instead of one. A
          // restart draws other minutes.
          const more = (i === 0 ? 2 : 0) + (first === '2026-08-28' ? 5 : 0);
          const starts = instants.filter((instant) => dayOf(instant) === day).length;
          assert.ok(answered <= 16 + more + starts, `${answered} answered on ${day}`);
          assert.ok(ofDay.length - answered <= 10 + starts, `${ofDay.length - answered} failed on ${day}`);
        }
      }),
      { numRuns: 150 },
    ); // prettier-ignore
  });

  it('knows tomorrow soon after it is published, and its corrections after noon', () => {
    fc.assert(
      fc.property(fc.array(behaviour(fc.constant(undefined)), { minLength: 7, maxLength: 7 }), start, jitter, restarts, (week, begin, share, times) => {
        const { knownAt, records, first } = live(week, begin, share, times.map((time) => begin + time * MINUTE).sort()); // prettier-ignore
        for (const [i, { published, changed, isUnknown }] of week.entries()) {
          const day = addDays(first, i + 1);
          const dayBefore = addDays(first, i);
          const since = Math.max(instantAt(dayBefore, published), instantAt(dayBefore, 10 * 60 + 40), begin);
          if (isUnknown) assert.equal(knownAt.get(day), undefined);
          else if (published <= 11 * 60 + 59) assert.ok((knownAt.get(day) ?? Infinity) - since <= 25 * MINUTE, `${day}: ${shown(knownAt.get(day) ?? 0)}`); // prettier-ignore
          else if (published < 20 * 60) assert.ok((knownAt.get(day) ?? Infinity) - since <= 70 * MINUTE, day);
          if (!isUnknown && published < 20 * 60) assert.equal(records.get(day)?.colour, changed === undefined ? 'white' : 'red'); // prettier-ignore
        }
      }),
      { numRuns: 150 },
    ); // prettier-ignore
  });

  it('takes two requests on a normal day', () => {
    const normal = { published: 10 * 60 + 30, changed: undefined, isUnknown: false, down: undefined };
    const { requests } = live(Array<Behaviour>(7).fill(normal), at('2026-11-23 09:00'), 5 * MINUTE, []);
    const times = requests.map((request) => shown(request.at));
    assert.deepEqual(times.slice(0, 5), [
      '2026-11-23 09:00',
      '2026-11-23 10:45',
      '2026-11-23 12:06',
      '2026-11-24 10:45',
      '2026-11-24 12:06',
    ]);
    assert.equal(requests.length, 1 + 7 * 2);
  });

  it('without the source is caught up with in one request', () => {
    const isDown: Behaviour = { published: 630, changed: undefined, isUnknown: false, down: [0, 1440] };
    const well = { ...isDown, down: undefined };
    const week = [well, isDown, isDown, isDown, isDown, isDown, isDown, well];
    const { requests, first, knownAt } = live(week, at('2026-11-16 13:00'), 0, []);
    const lastDay = requests.filter((request) => request.at >= startOfDay(addDays(first, 7)));
    assert.deepEqual(lastDay[0]?.days, 6);
    assert.equal(knownAt.get('2026-11-19'), lastDay[0].at);
    for (const day of daysIn(addDays(first, 2), addDays(first, 7))) {
      assert.ok(requests.filter((request) => dayOf(request.at) === day).length <= 9);
    }
  });
});
