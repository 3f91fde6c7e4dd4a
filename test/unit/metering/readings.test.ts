import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Day } from '../../../src/calendar/paris';
import type { Series } from '../../../src/metering/metrics';
import {
  dayState,
  energyOf,
  mergeReadings,
  type DayState,
  type Reading,
} from '../../../src/metering/readings';
import { curve, halfHours, wholeDay } from '../../support/readings';

const DAY = '2026-11-22';

describe('the state of a day', () => {
  const half = halfHours(DAY);
  const hours = curve(DAY, 60, () => 100);
  const without = (first: number, last = first): Reading[] => half.filter((_, i) => i < first || i > last);
  const late = half.map(({ start, end, value }) => ({ start: start + 600_000, end: end + 600_000, value }));
  const table: [name: string, series: Series, day: Day, readings: Reading[], state: DayState][] = [
    ['48 half hours', 'consumption-load-curve', DAY, half, 'complete'],
    ['24 hours', 'production-load-curve', DAY, hours, 'complete'],
    ['144 times ten minutes', 'consumption-load-curve', DAY, curve(DAY, 10, () => 1), 'complete'],
    ['hours until noon, then half hours', 'consumption-load-curve', DAY, [...hours.slice(0, 12), ...half.slice(24)], 'complete'], // prettier-ignore
    ['zeros, which are values', 'production-load-curve', DAY, halfHours(DAY, () => 0), 'complete'],
    ['a gap at its start', 'consumption-load-curve', DAY, without(0), 'partial'],
    ['a gap within', 'consumption-load-curve', DAY, without(20, 23), 'partial'],
    ['a gap at its end', 'consumption-load-curve', DAY, without(47), 'partial'],
    ['one half hour', 'consumption-load-curve', DAY, half.slice(20, 21), 'partial'],
    ['48 half hours, all ten minutes late', 'consumption-load-curve', DAY, late, 'partial'],
    ['nothing of the load curve', 'consumption-load-curve', DAY, [], 'missing'],
    ['46 half hours in March', 'consumption-load-curve', '2026-03-29', halfHours('2026-03-29'), 'complete'],
    ['45 half hours in March', 'consumption-load-curve', '2026-03-29', halfHours('2026-03-29').slice(1), 'partial'], // prettier-ignore
    ['50 half hours in October', 'consumption-load-curve', '2026-10-25', halfHours('2026-10-25'), 'complete'],
    ['48 half hours in October', 'consumption-load-curve', '2026-10-25', halfHours('2026-10-25').slice(0, 48), 'partial'], // prettier-ignore
    ['a daily value', 'consumption-daily', DAY, [wholeDay(DAY, 1)], 'complete'],
    ['a daily value of 0', 'production-daily', DAY, [wholeDay(DAY, 0)], 'complete'],
    ['no daily value', 'consumption-daily', DAY, [], 'missing'],
    ['a max power without its instant', 'consumption-max-power', DAY, [wholeDay(DAY, 1)], 'complete'],
    ['no max power', 'consumption-max-power', DAY, [], 'missing'],
  ];
  for (const [name, series, day, readings, state] of table) {
    it(`with ${name} is ${state}`, () => {
      assert.equal(dayState(series, day, readings), state);
    });
  }
});

describe('the energy of a load-curve reading', () => {
  it('is its power times its length', () => {
    const [half, ten] = [halfHours(DAY, () => 1500)[0], curve(DAY, 10, () => 1500)[0]];
    assert.ok(half && ten);
    assert.deepEqual([energyOf(half), energyOf(ten)], [750, 250]);
  });
});

describe('an answer merged into what is kept', () => {
  const [a, b, c] = halfHours(DAY, (i) => 10 + i) as [Reading, Reading, Reading];
  const hour: Reading = { start: a.start, end: b.end, value: 15 };
  const peak = wholeDay(DAY, 6190, a.start + 31_000);
  const table: [name: string, kept: Reading[], came: Reading[], merged?: Reading[], changed?: Reading[]][] = [
    ['the first answer', [], [a, b], [a, b], [a, b]],
    ['the same again', [a, b], [a, b]],
    ['nothing, where nothing is kept', [], []],
    ['nothing, where something is kept', [a, b], []],
    ['less than is kept', [a, b, c], [b]],
    ['a correction', [a, b], [a, { ...b, value: 21 }], [a, { ...b, value: 21 }], [{ ...b, value: 21 }]],
    ['a correction alone', [a, b, c], [{ ...b, value: 21 }], [a, { ...b, value: 21 }, c], [{ ...b, value: 21 }]], // prettier-ignore
    ['what fills a gap', [a, c], [b], [a, b, c], [b]],
    ['a whole day for its first part', [a], [a, b, c], [a, b, c], [b, c]],
    ['an hour for its halves', [a, b, c], [hour], [hour, c], [hour]],
    ['the halves of an hour', [hour, c], [a, b], [a, b, c], [a, b]],
    ['half of an hour, which leaves nothing of it', [hour, c], [b], [b, c], [b]],
    ['the same value with its instant', [wholeDay(DAY, 6190)], [peak], [peak], [peak]],
    ['the same value at another instant', [{ ...peak, at: a.start }], [peak], [peak], [peak]],
  ];
  for (const [name, kept, came, readings, changed] of table) {
    it(`${name}: ${readings ? 'is news' : 'changes nothing'}`, () => {
      assert.deepEqual(mergeReadings(kept, came), readings && { readings, changed });
    });
  }

  it('never overlaps, is the newer one where both know, and is no news a second time', () => {
    // Quarters of an hour: enough intervals coincide, lie within each other, and lie across each other.
    const parts = fc.array(
      fc.record({
        gap: fc.integer({ min: 0, max: 3 }),
        length: fc.integer({ min: 1, max: 4 }),
        value: fc.integer({ min: 0, max: 3 }),
      }),
      { maxLength: 12 },
    );
    const readingsOf = (all: { gap: number; length: number; value: number }[]): Reading[] => {
      let next = 0;
      return all.map(({ gap, length, value }) => {
        const start = next + gap;
        next = start + length;
        return { start: start * 900_000, end: next * 900_000, value };
      });
    };
    const overlap = (one: Reading, other: Reading): boolean => one.start < other.end && other.start < one.end;
    let changes = 0;
    fc.assert(
      fc.property(parts, parts, (before, after) => {
        const [kept, came] = [readingsOf(before), readingsOf(after)];
        const merged = mergeReadings(kept, came);
        const isKept = (reading: Reading): boolean =>
          kept.some((each) => JSON.stringify(each) === JSON.stringify(reading));
        if (merged) changes += 1;
        assert.deepEqual(merged?.changed ?? [], came.filter((reading) => !isKept(reading))); // prettier-ignore
        const result = merged?.readings ?? kept;
        for (const [i, reading] of result.entries()) {
          const next = result[i + 1];
          assert.ok(!next || reading.end <= next.start, 'in order, without overlaps');
        }
        const rest = kept.filter((old) => !came.some((reading) => overlap(old, reading)));
        assert.deepEqual(
          new Set(result.map((reading) => JSON.stringify(reading))),
          new Set([...rest, ...came].map((reading) => JSON.stringify(reading))),
        );
        assert.equal(mergeReadings(result, came), undefined);
        assert.equal(mergeReadings(result, result), undefined);
      }),
      { numRuns: 500 },
    );
    assert.ok(changes > 100);
  });
});
