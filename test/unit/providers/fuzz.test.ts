import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LinkyError } from '../../../src/providers/errors';
import { parseReadings } from '../../../src/providers/parser';
import { addDays, isoParis } from '../../../src/calendar/paris';
import type { Series } from '../../../src/metering/metrics';

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
const point = fc.record(
  {
    v: mostly(fc.nat(40_000).map(String)),
    d: mostly(
      fc.tuple(fc.constantFrom(...DAYS), fc.option(time, { nil: '' })).map(([day, clock]) => day + clock),
    ),
    p: mostly(fc.constantFrom('PT5M', 'PT10M', 'PT15M', 'PT30M', 'PT60M')),
  },
  { requiredKeys: [] },
);
type Quantity = [metier: string, physical: string, unit: string];
const QUANTITIES: Partial<Record<Series, Quantity>> = {
  'consumption-load-curve': ['CONS', 'PA', 'W'],
  'production-daily': ['PROD', 'EA', 'Wh'],
  'consumption-max-power': ['CONS', 'PMA', 'VA'],
};
const contentOf = ([metier, physical, unit]: Quantity): fc.Arbitrary<unknown> => {
  const quantity = fc.record({
    grandeurMetier: mostly(fc.constant(metier)),
    grandeurPhysique: mostly(fc.constant(physical)),
    unite: mostly(fc.constant(unit)),
    points: mostly(fc.array(mostly(point), { maxLength: 6 })),
  });
  const other = fc.constant({ grandeurMetier: metier, grandeurPhysique: 'ER', unite: 'VArh', points: [] });
  return mostly(
    fc.record({
      idPrm: mostly(fc.constant(PDL)),
      grandeur: mostly(
        fc.array(fc.oneof({ arbitrary: mostly(quantity), weight: 9 }, { arbitrary: other, weight: 1 }), {
          minLength: 1,
          maxLength: 2,
        }),
      ),
    }),
  );
};
const answers = fc
  .constantFrom(...(Object.entries(QUANTITIES) as [Series, Quantity][]))
  .chain(([series, quantity]) => fc.tuple(fc.constant(series), contentOf(quantity)));

/** All points of an answer, of whatever quantity. */
const pointsOf = (answer: unknown): (Record<string, unknown> | null)[] =>
  (answer as { grandeur: ({ points?: unknown } | null)[] }).grandeur.flatMap((quantity) =>
    Array.isArray(quantity?.points) ? (quantity.points as (Record<string, unknown> | null)[]) : [],
  );

describe('100,000 mutated answers', () => {
  it('end in readings the answer held, or in an error of our own', function () {
    this.timeout(300_000);
    let taken = 0;
    fc.assert(
      fc.property(answers, fc.constantFrom(...DAYS), ([series, answer], start) => {
        const request = { usagePoint: PDL, series, start, end: addDays(start, 2) };
        let readings;
        try {
          ({ readings } = parseReadings(answer, request, 'end'));
        } catch (error) {
          assert.ok(error instanceof LinkyError, String(error));
          return;
        }
        for (const { start: from, end, value } of readings) {
          taken += 1;
          assert.ok(end > from && Number.isSafeInteger(value) && value >= 0);
          const label = isoParis(series === 'consumption-load-curve' ? end : from);
          const [day, clock] = [label.slice(0, 10), label.slice(11, 16)];
          // The interval that ends when the clocks change goes by two names.
          const names = [
            clock,
            ...(clock === '03:00' ? ['02:00'] : []),
            ...(clock === '02:00' ? ['03:00'] : []),
          ];
          const held = pointsOf(answer).some((each) => {
            const date = text(each?.['d']);
            const same = String(Number(each?.['v'])) === String(value) && date.startsWith(day);
            return same && (series !== 'consumption-load-curve' || names.includes(date.slice(11, 16)));
          });
          assert.ok(held, JSON.stringify({ answer, from, value }));
        }
      }),
      { numRuns: 100_000 },
    );
    assert.ok(taken > 20_000, `only ${taken} readings were taken: the answers are too wild to test anything`);
  });
});
