import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LinkyError } from '../../src/providers/errors';
import { readAnswer } from '../../src/providers/parser';
import { addDays, isoParis } from '../../src/metering/paris';
import type { Series } from '../../src/metering/metrics';

const text = (value: unknown): string => (typeof value === 'string' ? value : 'not a text');
const PDL = '12345678901234';
const DAYS = ['2026-03-29', '2026-10-25'];

const garbage = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    '',
    'NaN',
    '-1',
    '1e3',
    ' 5',
    '0x10',
    '99999999999999999999',
    {},
    [],
  ),
  fc.constantFrom<unknown>(
    '2026-02-30',
    '2026-11-22 24:00:00',
    '2026-11-22T10:00:00Z',
    '2026-10-25 02:30:00',
  ),
  fc.constantFrom<unknown>('2026-03-29 02:30:00', 'PT0M', 'PT30', 'P1D', true, 1.5, -0, Infinity),
  fc.string({ maxLength: 12 }),
  fc.integer(),
);
const time = fc
  .tuple(fc.nat(23), fc.constantFrom('00', '05', '10', '15', '30', '45', '61'), fc.constantFrom('00', '31'))
  .map(([hours, minutes, seconds]) => ` ${String(hours).padStart(2, '0')}:${minutes}:${seconds}`);
const mostly = <T>(right: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ arbitrary: right, weight: 20 }, { arbitrary: garbage, weight: 1 });
const entry = fc.record(
  {
    value: mostly(fc.nat(40_000).map(String)),
    date: mostly(
      fc.tuple(fc.constantFrom(...DAYS), fc.option(time, { nil: '' })).map(([day, clock]) => day + clock),
    ),
    interval_length: mostly(fc.constantFrom('PT5M', 'PT10M', 'PT15M', 'PT30M', 'PT60M')),
  },
  { requiredKeys: [] },
);
const content = mostly(
  fc.record({
    usage_point_id: mostly(fc.constant(PDL)),
    interval_reading: mostly(fc.array(mostly(entry), { maxLength: 6 })),
  }),
);

describe('100,000 mutated answers', () => {
  it('end in readings the answer held, or in an error of our own', function () {
    this.timeout(300_000);
    let taken = 0;
    fc.assert(
      fc.property(
        content,
        fc.constantFrom<Series>('consumption-load-curve', 'production-daily', 'consumption-max-power'),
        fc.constantFrom(...DAYS),
        (answer, series, start) => {
          const request = { usagePoint: PDL, series, start, end: addDays(start, 2) };
          let readings;
          try {
            ({ readings } = readAnswer(answer, request));
          } catch (error) {
            assert.ok(error instanceof LinkyError, String(error));
            return;
          }
          const entries = (answer as { interval_reading: (Record<string, unknown> | null)[] })
            .interval_reading;
          for (const { start: from, end, value } of readings) {
            taken += 1;
            assert.ok(end > from && Number.isSafeInteger(value) && value >= 0);
            const label = isoParis(series === 'consumption-load-curve' ? end : from);
            const [day, clock] = [label.slice(0, 10), label.slice(11, 16)];
            const held = entries.some((each) => {
              const date = text(each?.['date']);
              const same = String(Number(each?.['value'])) === String(value) && date.startsWith(day);
              // The interval that ends at the jump in March goes by two names.
              const atJump = clock === '03:00' && date.includes(' 02:00');
              return same && (series !== 'consumption-load-curve' || date.slice(11, 16) === clock || atJump);
            });
            assert.ok(held, JSON.stringify({ answer, from, value }));
          }
        },
      ),
      { numRuns: 100_000 },
    );
    assert.ok(taken > 20_000, `only ${taken} readings were taken: the answers are too wild to test anything`);
  });
});
