import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addDays, instantAt, isoParis, startOfDay, type Day } from '../../../src/calendar/paris';
import type { TimeRange } from '../../../src/calendar/ranges';
import { METRICS, type Metric } from '../../../src/metering/metrics';
import {
  bucketOf,
  bucketsOf,
  daysOf,
  rangeBefore,
  STEPS,
  unitOfStep,
  widened,
  yearBefore,
  type Bucket,
  type Step,
} from '../../../src/query/buckets';

/** `2026-11-22 2026-11-23`, or with hours: `2026-11-22T13:00 2026-11-23`. */
function range(text: string): TimeRange {
  const [start = 0, end = 0] = text.split(' ').map((each) => {
    const [day = '', hours = '00', minutes = '00'] = each.split(/[T:]/);
    return instantAt(day, Number(hours) * 60 + Number(minutes));
  });
  return { start, end };
}
const shown = ({ start, end }: TimeRange): string =>
  [start, end].map((at) => isoParis(at).slice(0, 16).replace('T00:00', '')).join(' ');

describe('the buckets of a range', () => {
  const table: [Bucket, range: string, expected: string[]][] = [
    [
      'day',
      '2026-03-28 2026-03-31',
      ['2026-03-28 2026-03-29', '2026-03-29 2026-03-30', '2026-03-30 2026-03-31'],
    ],
    ['day', '2026-11-21T12:00 2026-11-22T06:30', ['2026-11-21T12:00 2026-11-22', '2026-11-22 2026-11-22T06:30']], // prettier-ignore
    ['week', '2025-12-29 2026-01-12', ['2025-12-29 2026-01-05', '2026-01-05 2026-01-12']],
    ['week', '2026-01-01 2026-01-07', ['2026-01-01 2026-01-05', '2026-01-05 2026-01-07']],
    ['month', '2024-02-10 2024-04-01', ['2024-02-10 2024-03-01', '2024-03-01 2024-04-01']],
    [
      'year',
      '2024-12-31 2026-01-02',
      ['2024-12-31 2025-01-01', '2025-01-01 2026-01-01', '2026-01-01 2026-01-02'],
    ],
    ['month', '2024-02-10 2024-02-10', []],
    ['month', '2024-02-10 2024-02-09', []],
    [
      'hour',
      '2026-11-22T10:30 2026-11-22T12:00',
      ['2026-11-22T10:30 2026-11-22T11:00', '2026-11-22T11:00 2026-11-22T12:00'],
    ],
  ];
  for (const [bucket, text, expected] of table) {
    it(`${bucket}: ${text}`, () => {
      assert.deepEqual(bucketsOf(bucket, range(text)).map(shown), expected);
    });
  }

  it('hours: 23 and 25 on the days of the clock changes', () => {
    assert.equal(bucketsOf('hour', range('2026-03-29 2026-03-30')).length, 23);
    assert.equal(bucketsOf('hour', range('2026-10-25 2026-10-26')).length, 25);
  });

  it('follow each other, from its start to its end', () => {
    const minutes = fc.integer({ min: 0, max: 800 * 24 * 60 });
    const bucket = fc.constantFrom<Bucket[]>('hour', 'day', 'week', 'month', 'year');
    fc.assert(
      fc.property(bucket, minutes, minutes, (each, one, other) => {
        const at = (n: number): number => startOfDay('2024-01-15') + n * 60_000;
        // A year of hours is enough.
        const last = each === 'hour' ? Math.min(other, one + 10_000) : other;
        const buckets = bucketsOf(each, { start: at(one), end: at(last) });
        if (one >= last) assert.deepEqual(buckets, []);
        else assert.deepEqual([buckets[0]?.start, buckets.at(-1)?.end], [at(one), at(last)]);
        for (const [i, { start, end }] of buckets.entries()) {
          assert.ok(start < end);
          assert.ok(i === 0 || buckets[i - 1]?.end === start);
        }
      }),
    );
  });
});

describe('a range widened to whole buckets', () => {
  const table: [bucket: Bucket | 'reading', range: string, expected: string][] = [
    ['month', '2026-08-25 2026-11-23', '2026-08-01 2026-12-01'],
    ['month', '2026-08-01 2026-11-01', '2026-08-01 2026-11-01'],
    ['month', '2026-08-31T23:30 2026-09-01T00:30', '2026-08-01 2026-10-01'],
    ['year', '2025-11-23 2026-11-23', '2025-01-01 2027-01-01'],
    ['year', '2025-12-31 2026-01-01', '2025-01-01 2026-01-01'],
    ['week', '2026-11-18 2026-11-23', '2026-11-16 2026-11-23'],
    ['week', '2026-11-18 2026-11-24', '2026-11-16 2026-11-30'],
    ['week', '2026-01-01 2026-01-02', '2025-12-29 2026-01-05'],
    ['day', '2026-11-18 2026-11-23', '2026-11-18 2026-11-23'],
    ['hour', '2026-11-18T10:00 2026-11-23', '2026-11-18T10:00 2026-11-23'],
    ['reading', '2026-11-18T10:10 2026-11-23', '2026-11-18T10:10 2026-11-23'],
  ];
  for (const [bucket, text, expected] of table) {
    it(`${bucket}: ${text} to ${expected}`, () => {
      assert.equal(shown(widened(bucket, range(text))), expected);
    });
  }

  it('contains the range, and all its buckets are whole', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Bucket[]>('week', 'month', 'year'),
        fc.nat(4000),
        fc.integer({ min: 1, max: 1000 }),
        (bucket, first, length) => {
          const [start, end] = [addDays('2020-01-01', first), addDays('2020-01-01', first + length)];
          const asked = { start: startOfDay(start), end: startOfDay(end) };
          const wide = widened(bucket, asked);
          assert.ok(wide.start <= asked.start && wide.end >= asked.end);
          assert.deepEqual(widened(bucket, wide), wide);
          const buckets = bucketsOf(bucket, wide);
          for (const each of buckets) assert.deepEqual(widened(bucket, each), each);
          // No bucket is there for nothing.
          assert.ok((buckets[0]?.end ?? 0) > asked.start && (buckets.at(-1)?.start ?? Infinity) < asked.end);
        },
      ),
    );
  });
});

describe('the same dates one year before', () => {
  const table: [Bucket, range: string, expected: string | undefined][] = [
    ['day', '2026-11-22 2026-11-23', '2025-11-22 2025-11-23'],
    ['day', '2024-02-29 2024-03-01', undefined],
    ['day', '2025-02-28 2025-03-01', '2024-02-28 2024-02-29'],
    ['day', '2026-03-29 2026-03-30', '2025-03-29 2025-03-30'],
    ['week', '2026-11-16 2026-11-23', '2025-11-16 2025-11-23'],
    ['month', '2026-11-01 2026-11-22', '2025-11-01 2025-11-22'],
    ['month', '2025-02-01 2025-03-01', '2024-02-01 2024-03-01'],
    ['month', '2024-02-01 2024-03-01', '2023-02-01 2023-03-01'],
    ['month', '2024-02-01 2024-02-29', '2023-02-01 2023-03-01'],
    ['year', '2026-01-01 2026-11-22', '2025-01-01 2025-11-22'],
    ['year', '2026-01-01 2027-01-01', '2025-01-01 2026-01-01'],
  ];
  for (const [bucket, text, expected] of table) {
    it(`${bucket}: ${text}`, () => {
      const before = yearBefore(bucket, range(text));
      assert.equal(before && shown(before), expected);
    });
  }

  it('of an hour are the same by the clock, of the hour that comes twice the first', () => {
    const before = (iso: string): string => {
      const start = Date.parse(iso);
      const hour = yearBefore('hour', { start, end: start + 3_600_000 });
      assert.ok(hour);
      return shown(hour);
    };
    assert.equal(before('2026-07-14T13:00+02:00'), '2025-07-14T13:00 2025-07-14T14:00');
    assert.equal(before('2026-10-26T02:00+01:00'), '2025-10-26T02:00 2025-10-26T02:00');
  });

  it('of a range', () => {
    assert.equal(shown(rangeBefore(range('2025-11-22 2026-11-22'))), '2024-11-22 2025-11-22');
    assert.equal(shown(rangeBefore(range('2026-01-01 2026-11-22'))), '2025-01-01 2025-11-22');
    assert.equal(shown(rangeBefore(range('2023-02-01 2024-03-01'))), '2022-02-01 2023-03-01');
  });

  it('of an empty range are an empty range', () => {
    // The last one: the range of a query that begins today, asked on 29 February.
    for (const day of ['2026-11-23', '2026-01-01', '2025-03-01', '2024-03-01', '2024-02-29']) {
      const { start, end } = rangeBefore(range(`${day} ${day}`));
      assert.ok(start >= end, day);
    }
  });
});

describe('the days that a range touches', () => {
  const table: [range: string, start: Day, end: Day][] = [
    ['2026-11-22 2026-11-23', '2026-11-22', '2026-11-23'],
    ['2026-11-22T23:30 2026-11-23', '2026-11-22', '2026-11-23'],
    ['2026-11-22 2026-11-23T00:30', '2026-11-22', '2026-11-24'],
    ['2026-10-25T02:00 2026-10-25T03:00', '2026-10-25', '2026-10-26'],
  ];
  for (const [text, start, end] of table) {
    it(text, () => {
      assert.deepEqual(daysOf(range(text)), { start, end });
    });
  }
});

describe('the bucket of a step', () => {
  const table: Record<Metric, Record<Step, Bucket | 'reading' | undefined>> = {
    'load-curve': { native: 'reading', hour: 'hour', day: 'day', week: 'week', month: 'month', year: 'year' },
    daily: { native: 'day', hour: undefined, day: 'day', week: 'week', month: 'month', year: 'year' },
    monthly: { native: 'month', hour: undefined, day: 'day', week: 'week', month: 'month', year: 'year' },
    yearly: { native: 'year', hour: undefined, day: 'day', week: 'week', month: 'month', year: 'year' },
    'max-power': { native: 'day', hour: undefined, day: 'day', week: 'week', month: 'month', year: 'year' },
  };
  for (const metric of METRICS) {
    it(`of ${metric}`, () => {
      const buckets = Object.fromEntries(STEPS.map((step) => [step, bucketOf(metric, step)]));
      assert.deepEqual(buckets, table[metric]);
    });
  }

  it('is energy where it sums up a load curve', () => {
    assert.equal(unitOfStep('consumption', 'load-curve', 'native'), 'kW');
    assert.equal(unitOfStep('consumption', 'load-curve', 'hour'), 'kWh');
    assert.equal(unitOfStep('production', 'load-curve', 'year'), 'kWh');
    assert.equal(unitOfStep('production', 'max-power', 'week'), 'kW');
    assert.equal(unitOfStep('consumption', 'max-power', 'native'), 'kVA');
    assert.equal(unitOfStep('consumption', 'yearly', 'native'), 'kWh');
  });
});
