import assert from 'node:assert/strict';
import type { Metric } from '../../../src/metering/metrics';
import { costOf, isCost, metricOf, outputOf, type FaceMetric } from '../../../src/widget/face-metrics';

describe('what the face keeps apart', () => {
  const table: [metric: FaceMetric, of: Metric, output: number, cost: FaceMetric | undefined][] = [
    ['load-curve', 'load-curve', 0, undefined],
    ['daily', 'daily', 1, 'cost-daily'],
    ['monthly', 'monthly', 2, 'cost-monthly'],
    ['yearly', 'yearly', 3, 'cost-yearly'],
    ['max-power', 'max-power', 4, undefined],
    ['cost-daily', 'daily', 0, 'cost-daily'],
    ['cost-monthly', 'monthly', 1, 'cost-monthly'],
    ['cost-yearly', 'yearly', 2, 'cost-yearly'],
  ];
  for (const [metric, of, output, cost] of table) {
    it(`${metric} is of ${of}, from output ${output}`, () => {
      assert.deepEqual(
        [metricOf(metric), outputOf(metric), costOf(of), isCost(metric)],
        [of, output, cost, metric === cost],
      );
    });
  }
});
