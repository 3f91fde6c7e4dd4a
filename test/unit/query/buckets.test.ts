import assert from 'node:assert/strict';
import { isoParis, startOfDay, type Day } from '../../../src/calendar/paris';
import {
  lengthOf,
  periodBefore,
  spansOf,
  unitOfStep,
  yearBefore,
  type Length,
  type Span,
} from '../../../src/query/buckets';

const span = (start: Day, end: Day): Span => ({ start: startOfDay(start), end: startOfDay(end) });
/** `2026-11-22 2026-11-23`, with the hours where they are not midnight. */
const shown = ({ start, end }: Span): string =>
  [start, end].map((at) => isoParis(at).slice(0, 16).replace('T00:00', '')).join(' ');

describe('the steps of a period', () => {
  const table: [Length, Day, Day, string[]][] = [
    [
      'day',
      '2026-03-28',
      '2026-03-31',
      ['2026-03-28 2026-03-29', '2026-03-29 2026-03-30', '2026-03-30 2026-03-31'],
    ],
    ['week', '2025-12-29', '2026-01-12', ['2025-12-29 2026-01-05', '2026-01-05 2026-01-12']],
    ['week', '2026-01-01', '2026-01-07', ['2026-01-01 2026-01-05', '2026-01-05 2026-01-07']],
    ['month', '2024-02-10', '2024-04-01', ['2024-02-10 2024-03-01', '2024-03-01 2024-04-01']],
    [
      'year',
      '2024-12-31',
      '2026-01-02',
      ['2024-12-31 2025-01-01', '2025-01-01 2026-01-01', '2026-01-01 2026-01-02'],
    ],
    ['month', '2024-02-10', '2024-02-10', []],
  ];
  for (const [length, start, end, expected] of table) {
    it(`${length}: ${start} to ${end}`, () => {
      assert.deepEqual(spansOf(length, span(start, end)).map(shown), expected);
    });
  }
  it('hours: 23 and 25 on the days of the clock changes', () => {
    assert.equal(spansOf('hour', span('2026-03-29', '2026-03-30')).length, 23);
    assert.equal(spansOf('hour', span('2026-10-25', '2026-10-26')).length, 25);
  });
});

describe('the same dates a year before', () => {
  const table: [Length, Day, Day, string | undefined][] = [
    ['day', '2026-11-22', '2026-11-23', '2025-11-22 2025-11-23'],
    ['day', '2024-02-29', '2024-03-01', undefined],
    ['day', '2025-02-28', '2025-03-01', '2024-02-28 2024-02-29'],
    ['week', '2026-11-16', '2026-11-23', '2025-11-16 2025-11-23'],
    ['month', '2026-11-01', '2026-11-22', '2025-11-01 2025-11-22'],
    ['month', '2025-02-01', '2025-03-01', '2024-02-01 2024-03-01'],
    ['month', '2024-02-01', '2024-03-01', '2023-02-01 2023-03-01'],
    ['month', '2024-02-01', '2024-02-29', '2023-02-01 2023-03-01'],
    ['year', '2026-01-01', '2026-11-22', '2025-01-01 2025-11-22'],
  ];
  for (const [length, start, end, expected] of table) {
    it(`${length}: ${start} to ${end}`, () => {
      const before = yearBefore(length, span(start, end));
      assert.equal(before && shown(before), expected);
    });
  }
  it('of an hour is the same by the clock, of the hour that comes twice the first', () => {
    const at = (iso: string): Span => ({ start: Date.parse(iso), end: Date.parse(iso) + 3_600_000 });
    const before = (iso: string): string => shown(yearBefore('hour', at(iso)) ?? at(''));
    assert.equal(before('2026-07-14T13:00+02:00'), '2025-07-14T13:00 2025-07-14T14:00');
    assert.equal(before('2026-10-26T02:00+01:00'), '2025-10-26T02:00 2025-10-26T02:00');
  });
  it('of a period', () => {
    assert.equal(shown(periodBefore(span('2025-11-22', '2026-11-22'))), '2024-11-22 2025-11-22');
  });
});

describe('what a step makes of a metric', () => {
  it('is as long as the metric itself where it is native', () => {
    const lengths = (['load-curve', 'daily', 'monthly', 'yearly', 'max-power'] as const).map((metric) =>
      lengthOf(metric, 'native'),
    );
    assert.deepEqual(lengths, ['reading', 'day', 'month', 'year', 'day']);
    assert.equal(lengthOf('daily', 'hour'), undefined);
    assert.equal(lengthOf('yearly', 'month'), 'month');
  });
  it('is energy where it sums up a load curve', () => {
    assert.equal(unitOfStep('consumption', 'load-curve', 'native'), 'kW');
    assert.equal(unitOfStep('consumption', 'load-curve', 'hour'), 'kWh');
    assert.equal(unitOfStep('production', 'max-power', 'week'), 'kW');
  });
});
