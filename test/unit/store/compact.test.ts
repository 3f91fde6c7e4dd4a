import assert from 'node:assert/strict';
import fc from 'fast-check';
import { instantAt, startOfDay } from '../../../src/calendar/paris';
import type { Reading } from '../../../src/metering/readings';
import { compact, expand } from '../../../src/store/compact';
import { halfHours, midnights, wholeDay } from '../../support/readings';

const DAY = '2026-11-22';
/** Epoch seconds: 2026-11-21T23:00:00Z. */
const MIDNIGHT = 1_795_302_000;
const curve = halfHours(DAY, (i) => 100 + i);
const without = (...missing: number[]): Reading[] => curve.filter((_, i) => !missing.includes(i));
/** A part of the day in intervals of other lengths: `[first minute, minutes, value]`. */
const intervals = (...parts: [first: number, minutes: number, value: number][]): Reading[] =>
  parts.map(([first, minutes, value]) => {
    const start = startOfDay(DAY) + first * 60_000;
    return { start, end: start + minutes * 60_000, value };
  });

describe('the compact form of a day', () => {
  const peak = instantAt(DAY, 19 * 60 + 4) + 31_000;
  const table: [name: string, readings: Reading[], segments: unknown[]][] = [
    ['nothing', [], []],
    ['a daily value', [wholeDay(DAY, 12_345)], [[MIDNIGHT, 86_400, [12_345]]]],
    ['a day of 23 hours', [wholeDay('2026-03-29', 1)], [[1_774_738_800, 82_800, [1]]]],
    ['a day of 25 hours', [wholeDay('2026-10-25', 1)], [[1_792_879_200, 90_000, [1]]]],
    [
      'a max power and its instant',
      [wholeDay(DAY, 6190, peak)],
      [[MIDNIGHT, 86_400, [6190], [MIDNIGHT + 19 * 3600 + 4 * 60 + 31]]],
    ],
    ['a load curve', curve, [[MIDNIGHT, 1800, curve.map(({ value }) => value)]]],
    [
      'a gap of two intervals',
      without(1, 2),
      [[MIDNIGHT, 1800, [100, null, null, ...curve.slice(3).map(({ value }) => value)]]],
    ],
    ['a gap at both ends, which takes no room', curve.slice(4, 6), [[MIDNIGHT + 4 * 1800, 1800, [104, 105]]]],
    [
      'intervals whose length changes, and changes back',
      intervals([0, 30, 1], [30, 30, 2], [60, 10, 3], [70, 10, 4], [90, 30, 5]),
      [
        [MIDNIGHT, 1800, [1, 2]],
        [MIDNIGHT + 3600, 600, [3, 4]],
        [MIDNIGHT + 5400, 1800, [5]],
      ],
    ],
    [
      'a shift by less than an interval',
      intervals([0, 30, 1], [35, 30, 2]),
      [
        [MIDNIGHT, 1800, [1]],
        [MIDNIGHT + 2100, 1800, [2]],
      ],
    ],
    [
      'some instants only',
      [
        { ...curve[0], at: MIDNIGHT * 1000 },
        curve[1],
        { ...curve[3], at: MIDNIGHT * 1000 + 5000 },
      ] as Reading[],
      [[MIDNIGHT, 1800, [100, 101, null, 103], [MIDNIGHT, null, null, MIDNIGHT + 5]]],
    ],
  ];
  for (const [name, readings, segments] of table) {
    it(`of ${name}`, () => {
      const text = compact(readings);
      assert.deepEqual(JSON.parse(text), segments);
      assert.deepEqual(expand(text), readings);
    });
  }

  it('loses no reading, whatever lengths and gaps a day has', () => {
    // Mostly the lengths that Enedis has: only these have gaps of whole intervals.
    const length = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(300, 600, 900, 1800, 3600) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 20_000 }) },
    );
    const gap = fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.constantFrom(300, 600, 1800, 3600) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 20_000 }) },
    );
    const value = fc.integer({ min: -1_000_000, max: 1_000_000_000 });
    const at = fc.option(fc.integer({ min: 0, max: 86_399 }), { nil: undefined });
    const parts = fc.array(fc.record({ gap, length, value, at }), { maxLength: 60 });
    const day = fc.constantFrom(DAY, '2026-03-29', '2026-10-25', '1969-12-31');
    fc.assert(
      fc.property(day, parts, (day, parts) => {
        const { start: midnight, end: last } = midnights(day);
        const readings: Reading[] = [];
        let next = midnight;
        for (const { gap, length, value, at } of parts) {
          const start = next + gap * 1000;
          next = start + length * 1000;
          if (next > last) break;
          const reading: Reading = { start, end: next, value };
          if (at !== undefined) reading.at = midnight + at * 1000;
          readings.push(reading);
        }
        assert.deepEqual(expand(compact(readings)), readings);
      }),
      { numRuns: 500 },
    );
  });
});
