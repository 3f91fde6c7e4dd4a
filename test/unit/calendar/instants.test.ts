import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { DateTime, Settings } from 'luxon';
import { instantOf, timeRangeOf } from '../../../src/calendar/instants';
import { addDays, instantAt, isoParis } from '../../../src/calendar/paris';

const MINUTE = 60_000;

describe('instants as people and programs write them', () => {
  const accepted: [value: unknown, instant: string][] = [
    ['2026-11-22', '2026-11-21T23:00:00.000Z'],
    ['2026-07-14', '2026-07-13T22:00:00.000Z'],
    ['2026-11-22T10:00', '2026-11-22T09:00:00.000Z'],
    ['2026-11-22 10:00', '2026-11-22T09:00:00.000Z'],
    ['2026-11-22 10:00:30', '2026-11-22T09:00:30.000Z'],
    ['2026-11-22T10:00:30.5', '2026-11-22T09:00:30.500Z'],
    ['2026-11-22T10:00:00.123456789+01:00', '2026-11-22T09:00:00.123Z'],
    ['2026-11-22T10:00Z', '2026-11-22T10:00:00.000Z'],
    ['2026-11-22T10:00+01:00', '2026-11-22T09:00:00.000Z'],
    ['2026-11-22 10:00:00-0530', '2026-11-22T15:30:00.000Z'],
    ['2026-11-22T24:00', '2026-11-22T23:00:00.000Z'],
    // Skipped, and shown twice.
    ['2026-03-29T02:30', '2026-03-29T01:30:00.000Z'],
    ['2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
    ['2026-10-25T02:30+01:00', '2026-10-25T01:30:00.000Z'],
    ['9999-12-31', '9999-12-30T23:00:00.000Z'],
    [new Date('2026-11-22T10:00:00Z'), '2026-11-22T10:00:00.000Z'],
    [Date.parse('2026-10-25T01:30:00Z'), '2026-10-25T01:30:00.000Z'],
    [0, '1970-01-01T00:00:00.000Z'],
  ];
  for (const [value, instant] of accepted) {
    it(`${inspect(value)} is ${instant}`, () => {
      assert.equal(instantOf(value), Date.parse(instant));
    });
  }

  const refused: unknown[] = [
    ...[
      '',
      ' ',
      'yesterday',
      '2',
      '20',
      '2026',
      '20261122',
      '1795338000000',
      '2026-11',
      '2026-W47',
      '2026-326',
    ],
    ...['2026-02-30', '2026-13-01', '2026-00-01', '2026-02-30T10:00Z', '22/11/2026', '+002026-11-22'],
    ...['10:00', 'T10:00', '2026-11-22T', '2026-11-22T25:00', '2026-11-22T10:60', '2026-11-22T10:00:60'],
    ...['2026-11-22T24:01', '2026-11-22  10:00', ' 2026-11-22', '2026-11-22\n', '2026-11-22T10:00:'],
    ...['2026-11-22T10:00+99:00', '2026-11-22T10:00+24:00', '2026-11-22T10:00+01:60'],
    ...['2026-11-22+01:00', '2026-11-22T10:00[Europe/London]', '2026-11-22T10:00+01:00[Europe/Paris]'],
    ...[NaN, Infinity, -Infinity, 8.64e15 + 1, new Date(NaN), true, null, undefined, {}, ['2026-11-22']],
    // Microseconds taken for milliseconds: the year 58869.
    1_795_338_000_000_000,
  ];
  for (const value of refused) {
    it(`${inspect(value)} is none`, () => {
      assert.equal(instantOf(value), undefined);
    });
  }

  it('are the same in summer as in winter', () => {
    const times = fc.tuple(
      fc.oneof(
        fc.integer({ min: 0, max: 20_000 }).map((days) => addDays('2000-01-01', days)),
        fc.constantFrom('2026-03-29', '2026-10-25', '2027-03-28', '2027-10-31'),
      ),
      fc.integer({ min: 0, max: 1439 }),
    );
    const { now } = Settings;
    try {
      for (const season of ['2026-01-15T12:00Z', '2026-07-15T12:00Z']) {
        Settings.now = () => Date.parse(season);
        fc.assert(
          fc.property(times, ([day, minutes]) => {
            const clock = DateTime.fromMillis(minutes * MINUTE, { zone: 'utc' }).toFormat('HH:mm');
            assert.equal(instantOf(`${day}T${clock}`), instantAt(day, minutes));
          }),
          { numRuns: 1000 },
        );
      }
    } finally {
      Settings.now = now;
    }
  });

  it('are found back in what Paris time writes', () => {
    const instants = fc.integer({ min: Date.parse('1970-01-01'), max: Date.parse('2100-01-01') });
    fc.assert(
      fc.property(instants, (instant) => {
        assert.equal(instantOf(isoParis(instant)), instant);
        assert.equal(instantOf(new Date(instant).toISOString()), instant);
        assert.equal(instantOf(new Date(instant)), instant);
        assert.equal(instantOf(instant), instant);
      }),
    );
  });
});

describe('the time range of a message', () => {
  const day = Date.parse('2026-11-21T23:00:00Z');
  const table: [message: { start?: unknown; end?: unknown }, range: ReturnType<typeof timeRangeOf>][] = [
    [{}, { start: -Infinity, end: Infinity }],
    [{ start: '2026-11-22' }, { start: day, end: Infinity }],
    [{ end: '2026-11-22' }, { start: -Infinity, end: day }],
    [
      { start: day - 1, end: new Date(day) },
      { start: day - 1, end: day },
    ],
    [{ start: 'yesterday-ish' }, undefined],
    [{ start: '2026-11-22', end: '2026-02-30' }, undefined],
    [{ start: null }, undefined],
  ];
  for (const [message, range] of table) {
    it(inspect(message), () => {
      assert.deepEqual(timeRangeOf(message), range);
    });
  }
});
