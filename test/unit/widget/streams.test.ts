import assert from 'node:assert/strict';
import { METRICS } from '../../../src/metering/metrics';
import { COST_FACE_METRICS, type FaceMetric } from '../../../src/widget/face-metrics';
import type { Kept, View } from '../../../src/widget/kept';
import { isForgotten, over, renamed, type Delivery, type Stream } from '../../../src/widget/streams';

/** `A/consumption`, its cost `A/consumption€`; of a simulated meter `A/consumption*`, one of a fleet `A/consumption+`, without a load curve `A/consumption-`. */
const stream = (text: string): Stream => {
  const [, usagePoint = '', direction = '', marks = ''] = /^(\w+)\/(\w+)([*+€-]*)$/.exec(text) ?? [];
  return {
    usagePoint,
    direction: direction as View['direction'],
    storedAs: marks.includes('*') ? `simulated-${usagePoint}` : usagePoint,
    metrics: metricsOf(marks),
    isOfFleet: marks.includes('+'),
  };
};
const metricsOf = (marks: string): readonly FaceMetric[] => {
  if (marks.includes('€')) return COST_FACE_METRICS;
  return marks.includes('-') ? METRICS.filter((metric) => metric !== 'load-curve') : METRICS;
};
const delivery = (text: string): Delivery => {
  const { usagePoint, direction, metrics } = stream(text);
  const storedAs = (point: string): string => (text.includes('*') ? `simulated-${point}` : point);
  return { usagePoint, direction, metrics, meter: 'House', storedAs };
};
const keptOf = (text: string, metric: FaceMetric): Kept => ({ ...stream(text), metric }) as unknown as Kept;

describe('what a widget forgets after a deploy', () => {
  const table: [kept: string, before: string[], now: string[], forgotten: boolean, metric?: FaceMetric][] = [
    ['A/consumption', ['A/consumption'], ['A/consumption'], false],
    ['A/consumption', ['A/consumption'], ['B/consumption'], true],
    ['A/consumption', ['A/consumption'], ['A/production'], true],
    ['A/production', ['A/consumption', 'A/production'], ['A/consumption'], true],
    ['A/consumption', ['A/consumption', 'A/production'], ['A/consumption'], false],
    ['A/consumption', ['A/consumption*'], ['A/consumption'], true],
    ['A/consumption', ['A/consumption*'], ['A/consumption*'], false],
    ['A/consumption', ['A/consumption*', 'A/consumption'], ['A/consumption'], false],
    // From elsewhere: no source delivered it.
    ['M/consumption', ['A/consumption'], ['B/consumption'], false],
    ['M/consumption', ['A/consumption'], [], false],
    ['M/consumption', [], [], false],
    ['A/consumption', [], ['A/consumption'], false],
    // One of a fleet comes again as soon as a message names it, where its source can reach it still.
    ['F/consumption', ['A/consumption', 'F/consumption+'], ['A/consumption'], false],
    ['F/consumption', ['A/consumption*', 'F/consumption*+'], ['A/consumption'], true],
    ['F/consumption', ['A/consumption', 'F/consumption+'], [], true],
    ['F/consumption', ['A/consumption', 'F/consumption+'], ['A/production'], true],
    // A source that collects no load curve any more.
    ['A/consumption', ['A/consumption'], ['A/consumption-'], true, 'load-curve'],
    ['A/consumption', ['A/consumption'], ['A/consumption-'], false, 'daily'],
    ['A/consumption', ['A/consumption-'], ['A/consumption-'], false, 'load-curve'],
    // The cost has a source of its own.
    ['A/consumption', ['A/consumption', 'A/consumption€'], ['A/consumption'], true, 'cost-monthly'],
    ['A/consumption', ['A/consumption', 'A/consumption€'], ['A/consumption'], false, 'monthly'],
    ['A/consumption', ['A/consumption', 'A/consumption€'], ['A/consumption€'], false, 'cost-monthly'],
    ['A/consumption', ['A/consumption', 'A/consumption€'], ['A/consumption€'], true, 'monthly'],
  ];
  for (const [text, before, now, forgotten, metric = 'daily'] of table) {
    const title = `${text} ${metric}: ${before.join(', ') || 'none'} → ${now.join(', ') || 'none'}`;
    it(`${title}: ${forgotten ? 'forgotten' : 'kept'}`, () => {
      assert.equal(isForgotten(keptOf(text, metric), before.map(stream), now.map(delivery)), forgotten);
    });
  }

  it('and how it calls what it keeps', () => {
    const kept = { ...keptOf('A/consumption', 'daily'), meter: 'Old name' };
    assert.equal(renamed(kept, [delivery('B/consumption'), delivery('A/consumption')]).meter, 'House');
    assert.equal(renamed(kept, [delivery('A/production')]), kept);
  });
});

describe('what a source delivers over its outputs', () => {
  const table: [text: string, outputs: number[], metrics: string[]][] = [
    ['A/consumption', [0, 1, 2, 3, 4], ['load-curve', 'daily', 'monthly', 'yearly', 'max-power']],
    ['A/consumption', [1, 2], ['daily', 'monthly']],
    // An output has its place whether it has messages or not.
    ['A/consumption-', [1, 2], ['daily', 'monthly']],
    ['A/consumption-', [0], []],
    ['A/consumption€', [0, 1, 2], ['cost-daily', 'cost-monthly', 'cost-yearly']],
    ['A/consumption€', [1, 3], ['cost-monthly']],
    ['A/consumption€', [3], []],
  ];
  for (const [text, outputs, metrics] of table) {
    it(`is ${metrics.join(', ') || 'nothing'} of ${text} over ${outputs.join()}`, () => {
      assert.deepEqual(over(delivery(text), new Set(outputs)).metrics, metrics);
    });
  }
});
