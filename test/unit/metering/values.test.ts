import assert from 'node:assert/strict';
import { daysIn, isoParis, startOfDay, type Day } from '../../../src/calendar/paris';
import { changeOf, dayState, type Reading } from '../../../src/metering/readings';
import { totalOf, valuesOf } from '../../../src/metering/values';

const HALF_HOUR = 30 * 60_000;
const halfHours = (day: Day, values: number[]): Reading[] =>
  values.map((value, i) => {
    const start = startOfDay(day) + i * HALF_HOUR;
    return { start, end: start + HALF_HOUR, value };
  });

describe('totals', () => {
  const cases: [string, Day[], { nothingUntil: Day | undefined; newest: Day }, object[]][] = [
    [
      'a whole month and the running one',
      daysIn('2026-10-01', '2026-11-03'),
      { nothingUntil: undefined, newest: '2026-11-02' },
      [
        { start: '2026-10-01T00:00:00.000+02:00', end: '2026-11-01T00:00:00.000+01:00', value: 31 },
        { start: '2026-11-01T00:00:00.000+01:00', end: '2026-11-03T00:00:00.000+01:00', value: 2 },
      ],
    ],
    [
      'a hole makes its month incomplete',
      daysIn('2026-10-01', '2026-11-01').filter((day) => day !== '2026-10-31'),
      { nothingUntil: undefined, newest: '2026-11-02' },
      [
        {
          start: '2026-10-01T00:00:00.000+02:00',
          end: '2026-11-01T00:00:00.000+01:00',
          value: 30,
          incomplete: true,
        },
      ],
    ],
    [
      'days before the meter lived are no holes',
      daysIn('2026-10-20', '2026-11-01'),
      { nothingUntil: '2026-10-19', newest: '2026-10-31' },
      [{ start: '2026-10-01T00:00:00.000+02:00', end: '2026-11-01T00:00:00.000+01:00', value: 12 }],
    ],
  ];
  for (const [name, days, extent, expected] of cases) {
    it(name, () => {
      const months = Map.groupBy(days, (day) => `${day.slice(0, 7)}-01`);
      const values = [...months].map(([month, { length: count }]) =>
        totalOf('monthly', month, { count, values: count * 1000 }, extent),
      );
      assert.deepEqual(
        values.map(({ start, end, ...rest }) => ({ start: isoParis(start), end: isoParis(end), ...rest })),
        expected,
      );
    });
  }

  it('a year is the sum of its days, up to the newest', () => {
    const extent = { nothingUntil: '2025-12-29', newest: '2026-01-31' };
    const total = (year: Day, count: number): unknown[] => {
      const { value, end, incomplete } = totalOf('yearly', year, { count, values: count * 2500 }, extent);
      return [value, isoParis(end).slice(0, 10), incomplete];
    };
    assert.deepEqual(total('2025-01-01', 2), [5, '2026-01-01', undefined]);
    assert.deepEqual(total('2026-01-01', 31), [77.5, '2026-02-01', undefined]);
    assert.deepEqual(total('2026-01-01', 30), [75, '2026-02-01', true]);
  });
});

describe('production max power', () => {
  it('is the greatest mean of a day, in kW, and says when', () => {
    const readings = halfHours('2026-06-01', [
      ...Array<number>(26).fill(0),
      2150,
      ...Array<number>(21).fill(900),
    ]);
    const [value] = valuesOf('production', 'max-power', readings);
    assert.equal(value?.value, 2.15);
    assert.equal(isoParis(value.at ?? 0), '2026-06-01T13:00:00.000+02:00');
    assert.equal(value.incomplete, undefined);
  });
});

describe('a day', () => {
  const cases: [Day, number, string][] = [
    ['2026-11-22', 48, 'complete'],
    ['2026-11-22', 47, 'partial'],
    ['2026-11-22', 0, 'missing'],
    ['2026-03-29', 46, 'complete'],
    ['2026-10-25', 48, 'partial'],
    ['2026-10-25', 50, 'complete'],
  ];
  for (const [day, count, state] of cases) {
    it(`${day} with ${count} half hours is ${state}`, () => {
      assert.equal(
        dayState('consumption-load-curve', day, halfHours(day, Array<number>(count).fill(1))),
        state,
      );
    });
  }
});

describe('an answer against what is kept', () => {
  const [a, b] = halfHours('2026-11-22', [10, 20]) as [Reading, Reading];
  const hour: Reading = { start: a.start, end: b.end, value: 15 };
  const cases: [string, Reading[], Reading[], object][] = [
    ['the same again is no news', [a, b], [a, b], { put: [], remove: [] }],
    ['a correction is', [a, b], [a, { ...b, value: 21 }], { put: [{ ...b, value: 21 }], remove: [] }],
    ['an hour replaces its halves', [a, b], [hour], { put: [hour], remove: [b.start] }],
    ['halves replace their hour', [hour], [a, b], { put: [a, b], remove: [] }],
    ['a half alone replaces the hour', [hour], [b], { put: [b], remove: [hour.start] }],
  ];
  for (const [name, kept, came, expected] of cases) {
    it(name, () => {
      assert.deepEqual(changeOf(kept, came), expected);
    });
  }
});
