import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RegisterDay } from '../../../src/metering/registers';
import { tariffOf } from '../../../src/tariff/config';
import { costOfDay, type DayCost } from '../../../src/tariff/cost';
import type { MeteredDay } from '../../../src/tariff/energy';
import { pricesIn } from '../../../src/tariff/prices';
import { addDays, type Day } from '../../support/stand-in/calendar';
import { createTruth, type OffPeak } from '../../support/stand-in/truth';

const PDL = '12345678901234';

/**
 * What a day's registers and its half hours may differ by, kWh: every half hour is rounded to whole W, and the meter's
 * index is some Wh ahead of them.
 */
const ROUNDING = 0.025;

describe('a meter that counts registers and a load curve', () => {
  const priced = { prices: 'own', ownPrices: [{ subscription: 0, peak: 0.2, offPeak: 0.1 }] };
  const clock = (at: number): string =>
    `${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;
  /** At the edges of intervals: within one its power is one mean, which the meter splits by what it was. */
  const rangesOf = (minutes: number) => {
    const time = fc.integer({ min: 0, max: 1440 / minutes - 1 }).map((n) => clock(n * minutes));
    return fc.tuple(time, time).filter(([from, to]) => from !== to);
  };

  for (const minutes of [30, 10, 60]) {
    it(`costs the same by both, in intervals of ${minutes} minutes`, () => {
      fc.assert(
        fc.property(rangesOf(minutes), fc.integer({ min: 0, max: 50 }), ([from, to], n) => {
          const offPeak: OffPeak = [{ from, to }];
          const truth = createTruth(() => minutes, () => offPeak); // prettier-ignore
          const days = ['2020-03-28', '2020-03-29', '2020-10-25', addDays('2020-01-10', n)];
          const tariff = tariffOf({ plan: 'hphc', offPeak: [{ ranges: [`${from}-${to}`] }], ...priced });
          assert.ok('config' in tariff && tariff.config.prices !== 'regulated');
          const { plan, prices } = tariff.config;
          const priceOf = (metered: MeteredDay): DayCost => {
            const cost = costOfDay(metered, { plan, pricesOf: pricesIn(prices), colourOf: () => undefined });
            assert.ok(cost);
            return cost;
          };
          const registersOf = (day: Day): RegisterDay => {
            const { supplier: registers, total } = truth.registers(PDL, 'consumption', day);
            return { day, total, calendars: [{ id: 'FC1', name: '', registers }] };
          };
          for (const day of days) {
            const readings = truth.loadCurve(PDL, 'consumption', day);
            const registers = { before: registersOf(day), after: registersOf(addDays(day, 1)) };
            const counted = priceOf({ day, registers });
            const summed = priceOf({ day, loadCurve: { state: 'complete', readings } });
            assert.deepEqual([counted.source, summed.source], ['registers', 'load-curve']);
            for (const name of ['peak', 'offPeak']) {
              const [one, other] = [counted, summed].map(
                ({ periods }) => periods.find((period) => period.name === name)?.energy ?? 0,
              );
              assert.ok(Math.abs((one ?? NaN) - (other ?? NaN)) <= ROUNDING, `${name} of ${day}: ${one} and ${other} kWh`); // prettier-ignore
            }
          }
        }),
        { numRuns: 40 },
      );
    });
  }
});
