import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { LinkyError } from '../../src/providers/errors';
import { readAnswer } from '../../src/providers/parser';
import { addDays, daysBetween, isoParis, startOfDay, type Day } from '../../src/metering/paris';
import { dayState, energyOf } from '../../src/metering/readings';
import type { Series } from '../../src/metering/metrics';

const PDL = '12345678901234';
type Entry = Record<string, unknown>;

const request = (series: Series, start: Day, end: Day) => ({ usagePoint: PDL, series, start, end });
const answer = (entries: unknown[]) => ({ usage_point_id: PDL, interval_reading: entries });
const entry = (date: string, value: unknown = '1', length: unknown = 'PT30M'): Entry => ({
  value,
  date,
  interval_length: length,
});

/** The labels Enedis gives a day: local time of the end of each interval, luxon's arithmetic. */
function labels(day: Day, minutes: number): string[] {
  const start = DateTime.fromISO(day, { zone: 'Europe/Paris' });
  const count = start.plus({ days: 1 }).diff(start, 'minutes').minutes / minutes;
  return Array.from({ length: count }, (_, i) =>
    start.plus({ minutes: minutes * (i + 1) }).toFormat('yyyy-MM-dd HH:mm:ss'),
  );
}

const readDay = (day: Day, entries: unknown[]) =>
  readAnswer(answer(entries), request('consumption-load-curve', day, addDays(day, 1)));

describe('load curve labels', () => {
  it('of any day and any interval come back as the instants they were, and tile the day', () => {
    const anyDay = fc
      .integer({ min: 0, max: daysBetween('2015-01-01', '2035-12-31') })
      .map((n) => addDays('2015-01-01', n));
    const changes = fc.constantFrom('2026-03-29', '2026-10-25', '2016-03-27', '2035-10-28');
    const values = fc.infiniteStream(fc.nat(40_000));
    fc.assert(
      fc.property(
        fc.oneof(anyDay, changes),
        fc.constantFrom(5, 10, 15, 30, 60),
        values,
        (day, minutes, stream) => {
          const sent = labels(day, minutes).map((label) =>
            entry(label, String(stream.next().value), `PT${minutes}M`),
          );
          const { readings, refusals } = readDay(day, sent);
          assert.deepEqual(refusals, []);
          assert.equal(dayState('consumption-load-curve', day, readings), 'complete');
          assert.deepEqual(
            readings.map(({ end }) => isoParis(end).slice(0, 19).replace('T', ' ')),
            sent.map(({ date }) => date),
          );
          assert.deepEqual(
            readings.map(({ value }) => String(value)),
            sent.map(({ value }) => value),
          );
          const energy = readings.reduce((sum, reading) => sum + energyOf(reading), 0);
          const expected = sent.reduce((sum, { value }) => sum + (Number(value) * minutes) / 60, 0);
          assert.ok(Math.abs(energy - expected) < 1e-6 * (1 + expected));
        },
      ),
      { numRuns: 400 },
    );
  });

  const starts = (day: Day, dates: string[], length: unknown = 'PT30M') =>
    readDay(
      day,
      dates.map((date, i) => entry(date, String(i), length)),
    ).readings.map(
      ({ start, value }) => `${isoParis(start).slice(11, 16)}${isoParis(start).slice(23)} ${value}`,
    );

  const table: [string, Day, string[], string[], unknown?][] = [
    ['one of the two October hours: the first', '2026-10-25', ['2026-10-25 02:30:00'], ['02:00+02:00 0']],
    [
      'October, hour after hour',
      '2026-10-25',
      ['2026-10-25 02:00:00', '2026-10-25 02:30:00', '2026-10-25 02:00:00', '2026-10-25 02:30:00'],
      ['01:30+02:00 0', '02:00+02:00 1', '02:30+02:00 2', '02:00+01:00 3'],
    ],
    [
      'October, pairs of labels',
      '2026-10-25',
      ['2026-10-25 02:00:00', '2026-10-25 02:00:00', '2026-10-25 02:30:00', '2026-10-25 02:30:00'],
      ['01:30+02:00 0', '02:00+02:00 2', '02:30+02:00 1', '02:00+01:00 3'],
    ],
    [
      'October, newest first',
      '2026-10-25',
      ['2026-10-25 03:00:00', '2026-10-25 02:30:00', '2026-10-25 02:30:00', '2026-10-25 01:30:00'],
      ['01:00+02:00 3', '02:00+02:00 2', '02:00+01:00 1', '02:30+01:00 0'],
    ],
    ['the end at the March jump, called 02:00', '2026-03-29', ['2026-03-29 02:00:00'], ['01:30+01:00 0']],
    ['the end at the March jump, called 03:00', '2026-03-29', ['2026-03-29 03:00:00'], ['01:30+01:00 0']],
    ['a time that March does not have', '2026-03-29', ['2026-03-29 02:30:00'], []],
    ['a length that is absent, from the distance of the ends', '2026-11-22',
      ['2026-11-22 10:00:00', '2026-11-22 10:15:00'], ['09:45+01:00 0', '10:00+01:00 1'], null],
    ['a length that is absent and cannot be seen', '2026-11-22', ['2026-11-22 10:00:00'], ['09:30+01:00 0'], null],
  ]; // prettier-ignore
  for (const [name, day, dates, expected, length] of table) {
    it(name, () => {
      assert.deepEqual(starts(day, dates, length === undefined ? 'PT30M' : length), expected);
    });
  }

  it('take a length that changes within the answer', () => {
    const { readings, refusals } = readDay('2026-11-22', [
      entry('2026-11-22 01:00:00', '600', 'PT60M'),
      entry('2026-11-22 01:10:00', '300', 'PT10M'),
      entry('2026-11-22 01:40:00', '200', 'PT30M'),
    ]);
    assert.deepEqual(refusals, []);
    assert.deepEqual(
      readings.map(({ start, end }) => (end - start) / 60_000),
      [60, 10, 30],
    );
  });
});

describe('what is wrong in an answer', () => {
  const right = entry('2026-11-22 10:00:00', '540');
  const table: [string, unknown, string, Day | undefined][] = [
    ['null', null, 'not-an-object', undefined],
    ['a text', 'x', 'not-an-object', undefined],
    ['a value that is no number', entry('2026-11-22 11:00:00', 'abc'), 'not-a-number', '2026-11-22'],
    ['a negative value', entry('2026-11-22 11:00:00', '-5'), 'not-a-number', '2026-11-22'],
    ['a broken value', entry('2026-11-22 11:00:00', '12.5'), 'not-a-number', '2026-11-22'],
    ['an absent value', { date: '2026-11-22 11:00:00' }, 'not-a-number', '2026-11-22'],
    ['a date that does not exist', entry('2026-02-30 11:00:00'), 'no-such-date', undefined],
    ['a time that does not exist', entry('2026-11-22 25:00:00'), 'no-such-date', undefined],
    ['a date that is a number', entry(5 as unknown as string), 'no-such-date', undefined],
    ['a day that was not asked', entry('2026-11-20 11:00:00'), 'outside-range', '2026-11-20'],
    ['midnight of the day before', entry('2026-11-22 00:00:00'), 'outside-range', '2026-11-21'],
    ['an unknown length', entry('2026-11-22 11:00:00', '1', 'PT7M'), 'bad-interval', '2026-11-22'],
    ['an interval over midnight', entry('2026-11-22 00:30:00', '1', 'PT60M'), 'bad-interval', '2026-11-22'],
    ['an interval over another', entry('2026-11-22 10:10:00', '1', 'PT30M'), 'overlap', '2026-11-22'],
    ['the same time with another value', entry('2026-11-22 10:00:00', '541'), 'overlap', '2026-11-22'],
  ];
  for (const [name, wrong, reason, day] of table) {
    it(`${name} is refused as ${reason}, the rest is kept`, () => {
      const { readings, refusals } = readDay('2026-11-22', [right, wrong]);
      assert.deepEqual(refusals, [{ day, reason, count: 1 }]);
      assert.deepEqual(
        readings.map(({ value }) => value),
        [540],
      );
    });
  }

  it('the same reading again is no mistake', () => {
    const { readings, refusals } = readDay('2026-11-22', [right, right]);
    assert.deepEqual([readings.length, refusals], [1, []]);
  });

  for (const content of [undefined, null, 5, 'text', [], {}, { interval_reading: {} }]) {
    it(`${JSON.stringify(content) as string | undefined} is no answer`, () => {
      assert.throws(
        () => readAnswer(content, request('consumption-daily', '2026-11-22', '2026-11-23')),
        (error) => error instanceof LinkyError && error.key === 'bad-answer',
      );
    });
  }

  it('nothing is taken of another meter', () => {
    const foreign = { ...answer([right]), usage_point_id: '99999999999999' };
    assert.throws(
      () => readAnswer(foreign, request('consumption-load-curve', '2026-11-22', '2026-11-23')),
      (error) => error instanceof LinkyError && error.key === 'foreign-usage-point',
    );
  });
});

describe('daily values and max power', () => {
  it('cover the Paris day', () => {
    const { readings } = readAnswer(
      answer([{ value: '0', date: '2026-03-29' }]),
      request('production-daily', '2026-03-29', '2026-03-30'),
    );
    assert.deepEqual(readings, [
      { start: startOfDay('2026-03-29'), end: startOfDay('2026-03-30'), value: 0 },
    ]);
  });

  it('carry the instant of the peak', () => {
    const { readings } = readAnswer(
      answer([
        { value: '6190', date: '2026-11-22 19:04:31' },
        { value: '5000', date: '2026-11-23' },
      ]),
      request('consumption-max-power', '2026-11-22', '2026-11-24'),
    );
    assert.deepEqual(
      readings.map(({ value, at }) => [value, at === undefined ? undefined : isoParis(at)]),
      [
        [6190, '2026-11-22T19:04:31.000+01:00'],
        [5000, undefined],
      ],
    );
  });
});
