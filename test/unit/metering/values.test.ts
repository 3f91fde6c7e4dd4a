import assert from 'node:assert/strict';
import { addDays, daysIn, instantAt, isoParis, type Day } from '../../../src/calendar/paris';
import type { Direction, Metric } from '../../../src/metering/metrics';
import { dayState, type DayRecord, type Reading } from '../../../src/metering/readings';
import {
  periodAround,
  publishedValue,
  totalsOf,
  valuesOf,
  type Bounds,
  type TotalMetric,
} from '../../../src/metering/values';
import { halfHours, rangeOf, wholeDay } from '../../support/readings';

const record = (day: Day, readings: Reading[], state: DayRecord['state'] = 'complete'): DayRecord => ({
  day,
  state,
  requestedAt: instantAt(addDays(day, 1), 8 * 60),
  attempts: 0,
  readings,
  revision: readings.length > 0 ? 1 : 0,
});
const curveOf = (day: Day, readings: Reading[]): DayRecord =>
  record(day, readings, dayState('consumption-load-curve', day, readings));
const missing = (day: Day): DayRecord => record(day, [], 'missing');

describe('the totals of', () => {
  /** 1 kWh a day, so that a total is the number of its days. */
  const days = (range: string, ...except: Day[]): DayRecord[] => {
    const { start, end } = rangeOf(range);
    return daysIn(start, end).map((day) =>
      except.includes(day) ? missing(day) : record(day, [wholeDay(day, 1000)]),
    );
  };
  type Total = [range: string, kWh: number, incomplete?: 'incomplete'];
  const table: [name: string, TotalMetric, DayRecord[], Bounds, Total[]][] = [
    [
      'a whole month and the running one, up to the newest day',
      'monthly',
      days('2026-10-01 2026-11-03'),
      { firstDay: undefined, newest: '2026-11-02' },
      [
        ['2026-10-01 2026-11-01', 31],
        ['2026-11-01 2026-11-03', 2],
      ],
    ],
    [
      'a month that a gap touches',
      'monthly',
      days('2026-10-01 2026-11-01', '2026-10-31'),
      { firstDay: undefined, newest: '2026-11-02' },
      [['2026-10-01 2026-11-01', 30, 'incomplete']],
    ],
    [
      'a month of which a day was never requested',
      'monthly',
      [...days('2026-10-01 2026-10-10'), ...days('2026-10-11 2026-11-01')],
      { firstDay: undefined, newest: '2026-11-02' },
      [['2026-10-01 2026-11-01', 30, 'incomplete']],
    ],
    [
      'a month that ends with the newest day',
      'monthly',
      days('2026-10-01 2026-11-01'),
      { firstDay: undefined, newest: '2026-10-31' },
      [['2026-10-01 2026-11-01', 31]],
    ],
    [
      'the running month, yesterday of which is awaited',
      'monthly',
      days('2026-11-01 2026-11-23', '2026-11-22'),
      { firstDay: undefined, newest: '2026-11-21' },
      [['2026-11-01 2026-11-22', 21]],
    ],
    [
      'a month that began without a meter',
      'monthly',
      days('2026-10-20 2026-11-01'),
      { firstDay: '2026-10-20', newest: '2026-10-31' },
      [['2026-10-01 2026-11-01', 12]],
    ],
    [
      'that month with a gap',
      'monthly',
      days('2026-10-20 2026-11-01', '2026-10-25'),
      { firstDay: '2026-10-20', newest: '2026-10-31' },
      [['2026-10-01 2026-11-01', 11, 'incomplete']],
    ],
    [
      'a month whose first days are not available',
      'monthly',
      days('2026-10-20 2026-11-01'),
      { firstDay: undefined, newest: '2026-10-31' },
      [['2026-10-01 2026-11-01', 12, 'incomplete']],
    ],
    [
      'February, in a leap year too',
      'monthly',
      [...days('2024-02-01 2024-03-01'), ...days('2025-02-01 2025-03-01')],
      { firstDay: undefined, newest: '2025-03-31' },
      [
        ['2024-02-01 2024-03-01', 29],
        ['2025-02-01 2025-03-01', 28],
      ],
    ],
    [
      'years: the meter’s first, a whole one, the running one',
      'yearly',
      days('2024-12-30 2026-02-01'),
      { firstDay: '2024-12-30', newest: '2026-01-31' },
      [
        ['2024-01-01 2025-01-01', 2],
        ['2025-01-01 2026-01-01', 365],
        ['2026-01-01 2026-02-01', 31],
      ],
    ],
    [
      'a year that is cut by a deadline',
      'yearly',
      days('2024-12-30 2025-01-01'),
      { firstDay: undefined, newest: '2026-01-31' },
      [['2024-01-01 2025-01-01', 2, 'incomplete']],
    ],
    [
      'a month of which nothing came: there is none',
      'monthly',
      days('2026-10-01 2026-11-02', ...daysIn('2026-10-01', '2026-11-01')),
      { firstDay: undefined, newest: '2026-11-01' },
      [['2026-11-01 2026-11-02', 1]],
    ],
    ['nothing', 'monthly', [], { firstDay: undefined, newest: '2026-11-01' }, []],
  ];
  for (const [name, metric, records, bounds, expected] of table) {
    it(name, () => {
      const totals = totalsOf(metric, records, bounds).map(({ start, end, value, incomplete }): Total => {
        const range = [start, end].map((at) => isoParis(at).replace(/T00:00:00.000.*/, '')).join(' ');
        return incomplete ? [range, value, 'incomplete'] : [range, value];
      });
      assert.deepEqual(totals, expected);
    });
  }
});

describe('the period of a metric', () => {
  const table: [Metric, Day, string][] = [
    ['daily', '2026-11-22', '2026-11-22 2026-11-23'],
    ['max-power', '2026-12-31', '2026-12-31 2027-01-01'],
    ['load-curve', '2026-10-25', '2026-10-25 2026-10-26'],
    ['monthly', '2026-12-31', '2026-12-01 2027-01-01'],
    ['monthly', '2024-02-29', '2024-02-01 2024-03-01'],
    ['yearly', '2026-11-22', '2026-01-01 2027-01-01'],
  ];
  for (const [metric, day, period] of table) {
    it(`${metric} on ${day}: ${period}`, () => {
      assert.deepEqual(periodAround(metric, day), rangeOf(period));
    });
  }
});

describe('the values of', () => {
  const DAY = '2026-11-22';
  const at = instantAt(DAY, 19 * 60 + 4);
  const shown = (direction: Direction, metric: 'daily' | 'load-curve' | 'max-power', days: DayRecord[]) =>
    valuesOf(direction, metric, days).map(publishedValue);

  it('days are kWh, oldest first, with nothing for a gap', () => {
    const days = [
      record('2026-10-24', [wholeDay('2026-10-24', 12_345)]),
      missing('2026-10-25'),
      record('2026-10-26', [wholeDay('2026-10-26', 0)]),
    ];
    assert.deepEqual(shown('consumption', 'daily', days), [
      { start: '2026-10-24T00:00:00.000+02:00', end: '2026-10-25T00:00:00.000+02:00', value: 12.345 },
      { start: '2026-10-26T00:00:00.000+01:00', end: '2026-10-27T00:00:00.000+01:00', value: 0 },
    ]);
  });

  it('a load curve are kW, of each interval', () => {
    const values = shown('production', 'load-curve', [curveOf('2026-10-25', halfHours('2026-10-25', (i) => i))]); // prettier-ignore
    assert.equal(values.length, 50);
    assert.deepEqual(values[5], {
      start: '2026-10-25T02:30:00.000+02:00',
      end: '2026-10-25T02:00:00.000+01:00',
      value: 0.005,
    });
  });

  it('consumption’s max power are kVA, with the instant where Enedis told it', () => {
    const days = [
      record('2026-11-21', [wholeDay('2026-11-21', 3000)]),
      record(DAY, [wholeDay(DAY, 6190, at)]),
    ];
    const values = shown('consumption', 'max-power', days);
    assert.deepEqual(
      values.map(({ value, at: instant }) => [value, instant]),
      [
        [3, undefined],
        [6.19, '2026-11-22T19:04:00.000+01:00'],
      ],
    );
    assert.ok(values[0] && !('at' in values[0]));
  });

  describe('production’s max power are the greatest mean of a day, in kW,', () => {
    const table: [name: string, DayRecord, expected: object[]][] = [
      [
        'with the start of its interval',
        curveOf(
          '2026-06-01',
          halfHours('2026-06-01', (i) => (i === 26 ? 2150 : 900)),
        ),
        [{ value: 2.15, at: '2026-06-01T13:00:00.000+02:00' }],
      ],
      [
        'the first of two equal ones',
        curveOf(
          '2026-06-01',
          halfHours('2026-06-01', (i) => (i === 26 || i === 30 ? 2150 : 0)),
        ),
        [{ value: 2.15, at: '2026-06-01T13:00:00.000+02:00' }],
      ],
      [
        'of a dark day too',
        curveOf(
          '2026-06-01',
          halfHours('2026-06-01', () => 0),
        ),
        [{ value: 0, at: '2026-06-01T00:00:00.000+02:00' }],
      ],
      [
        'incomplete where the day has gaps',
        curveOf('2026-06-01', halfHours('2026-06-01', (i) => i).slice(0, 47)),
        [{ value: 0.046, at: '2026-06-01T23:00:00.000+02:00', incomplete: true }],
      ],
      ['none where nothing came', missing('2026-06-01'), []],
    ];
    for (const [name, day, expected] of table) {
      it(name, () => {
        const whole = { start: '2026-06-01T00:00:00.000+02:00', end: '2026-06-02T00:00:00.000+02:00' };
        assert.deepEqual(
          shown('production', 'max-power', [day]),
          expected.map((rest) => ({ ...whole, ...rest })),
        );
      });
    }
  });
});
