import assert from 'node:assert/strict';
import { isoParis, startOfDay } from '../../../src/calendar/paris';
import { keptOf, type Kept } from '../../../src/widget/kept';
import { sparkOf } from '../../../src/widget/spark';

/** A load curve of whole hours of a day, from instants on: `[hours since midnight, kW]`. */
function curve(day: string, hours: readonly [since: number, kW: number][]): Kept {
  const series = hours.map(([since, value]) => {
    const start = startOfDay(day) + since * 3_600_000;
    return { start: isoParis(start), end: isoParis(start + 3_600_000), value };
  });
  const last = series.at(-1) ?? { start: isoParis(0), end: isoParis(1), value: 0 };
  const kept = keptOf({
    ...last,
    payload: last.value,
    unit: 'kW',
    direction: 'production',
    metric: 'load-curve',
    series,
  });
  assert.ok(kept);
  return kept;
}

/** Columns as text, one letter each: a level, or `.` where nothing is known. */
const drawn = (kept: Kept, columns: number): string | undefined =>
  sparkOf(kept, columns)
    ?.columns.map((level) => level ?? '.')
    .join('');

describe('a day’s load curve in pixels', () => {
  const table: [what: string, day: string, hours: [number, number][], columns: number, drawn: string][] = [
    ['nothing at night', '2026-11-21', [[0, 0], [12, 4], [13, 2], [23, 0]], 24, '0...........84.........0'], // prettier-ignore
    ['a pixel for the least', '2026-11-21', [[1, 0.01], [2, 8]], 24, '.18.....................'], // prettier-ignore
    ['the greater of two', '2026-11-21', [[10, 1], [11, 4], [12, 2]], 12, '.....84.....'], // prettier-ignore
    ['an hour in two columns', '2026-11-21', [[0, 1], [1, 2]], 48, `4488${'.'.repeat(44)}`], // prettier-ignore
    ['only zeros', '2026-11-21', [[0, 0], [1, 0]], 24, `00${'.'.repeat(22)}`], // prettier-ignore
    // Two o'clock does not exist on 29 March; the third hour of the day begins at three.
    ['a day of 23 hours', '2026-03-29', [[0, 1], [1, 1], [2, 2], [11, 2], [22, 1]], 24, '44.8........8..........4'], // prettier-ignore
    // Two o'clock comes twice on 25 October: as the third hour of the day and as the fourth.
    ['a day of 25 hours', '2026-10-25', [[1, 1], [2, 1], [3, 2], [13, 2], [24, 1]], 24, '.48.........8..........4'], // prettier-ignore
  ];
  for (const [what, day, hours, columns, expected] of table) {
    it(`has ${what}`, () => {
      assert.equal(drawn(curve(day, hours), columns), expected);
    });
  }

  it('tells the day’s peak, the first of two', () => {
    const { peak } = sparkOf(curve('2026-11-21', [[3, 1], [13, 4.2], [14, 4.2], [20, 0]])) ?? {}; // prettier-ignore
    assert.equal(peak?.value, 4.2);
    assert.equal(isoParis(peak.start), '2026-11-21T13:00:00.000+01:00');
  });

  it('is that of the last day that has values', () => {
    const kept = curve('2026-11-20', [[5, 8], [20, 9], [24, 1], [25, 2]]); // prettier-ignore
    assert.equal(drawn(kept, 24), `48${'.'.repeat(22)}`);
    assert.equal(sparkOf(kept)?.peak.value, 2);
  });

  it('is nothing without a series', () => {
    assert.equal(sparkOf({ ...curve('2026-11-21', [[0, 1]]), series: [] }), undefined);
  });
});
