import assert from 'node:assert/strict';
import { instantAt } from '../../../src/calendar/paris';
import { requestCost } from '../../../src/collector/request-cost';
import type { Schedule } from '../../../src/collector/schedule';
import { wantedSeries, type Series } from '../../../src/metering/metrics';
import {
  CONSO_BUDGET,
  DATA_CONNECT_BUDGET,
  MYELECTRICALDATA_BUDGET,
  type BudgetLimits,
} from '../../../src/providers/budget';

const NOW = instantAt('2026-11-25', 12 * 60);
const SCHEDULE: Schedule = {
  from: 5 * 60,
  to: 20 * 60,
  minute: 17,
  history: 3,
  loadCurveHistory: 730,
  extraDays: 15,
};
const CONSUMPTION = wantedSeries('consumption', true);
const BOTH = [...CONSUMPTION, ...wantedSeries('production', true)];

describe('what a schedule and a history cost in requests', () => {
  const perDay: [name: string, series: Series[], changes: Partial<Schedule>, expected: number][] = [
    ['slots at 5:17, 6:17, 7:17 and 8:17, three series', CONSUMPTION, {}, 12],
    ['the same, five series', BOTH, {}, 20],
    ['slots at 5:00 to 8:00', CONSUMPTION, { minute: 0 }, 12],
    ['from 8 o’clock on', CONSUMPTION, { from: 8 * 60 }, 3],
    ['from 10 o’clock on', CONSUMPTION, { from: 10 * 60 }, 3],
    ['hours that are over before Enedis publishes', CONSUMPTION, { to: 6 * 60 + 30 }, 6],
    ['no node', [], {}, 0],
  ];
  for (const [name, series, changes, expected] of perDay) {
    it(`a day with ${name}: ${expected}`, () => {
      assert.equal(requestCost(series, { ...SCHEDULE, ...changes }, CONSO_BUDGET, NOW).perDay, expected);
    });
  }

  // Three years and 15 days in ranges of 365 days: 4; 730 days in ranges of 7: 105.
  const history: [series: Series[], changes: Partial<Schedule>, limits: BudgetLimits, requests: number, days: number][] = [
    [CONSUMPTION, {}, CONSO_BUDGET, 113, 2],
    [BOTH, {}, CONSO_BUDGET, 222, 5],
    [BOTH, {}, MYELECTRICALDATA_BUDGET, 222, 12],
    [BOTH, {}, DATA_CONNECT_BUDGET, 222, 1],
    [CONSUMPTION, { loadCurveHistory: 7 }, CONSO_BUDGET, 9, 1],
    [CONSUMPTION, { history: 0, loadCurveHistory: 7 }, MYELECTRICALDATA_BUDGET, 3, 1],
    [[], {}, CONSO_BUDGET, 0, 0],
  ]; // prettier-ignore
  for (const [series, changes, limits, requests, days] of history) {
    it(`a history of ${requests} requests, ${limits.limit} allowed: ${days} days`, () => {
      const cost = requestCost(series, { ...SCHEDULE, ...changes }, limits, NOW);
      assert.deepEqual([cost.history, cost.historyDays], [requests, days]);
    });
  }
});
