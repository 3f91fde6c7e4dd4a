import assert from 'node:assert/strict';
import { METRICS, type Metric } from '../../../src/metering/metrics';
import type { Kept, View } from '../../../src/widget/kept';
import { isForgotten, renamed, type Delivery, type Stream } from '../../../src/widget/streams';

/** `A/consumption`; of a simulated meter `A/consumption*`, one of a fleet `A/consumption+`, without a load curve `A/consumption-`. */
const stream = (text: string): Stream => {
  const [, usagePoint = '', direction = '', marks = ''] = /^(\w+)\/(\w+)([*+-]*)$/.exec(text) ?? [];
  return {
    usagePoint,
    direction: direction as View['direction'],
    storedAs: marks.includes('*') ? `simulated-${usagePoint}` : usagePoint,
    metrics: marks.includes('-') ? METRICS.filter((metric) => metric !== 'load-curve') : METRICS,
    isOfFleet: marks.includes('+'),
  };
};
const delivery = (text: string): Delivery => {
  const { usagePoint, direction, metrics } = stream(text);
  const storedAs = (point: string): string => (text.includes('*') ? `simulated-${point}` : point);
  return { usagePoint, direction, metrics, meter: 'House', storedAs };
};
const keptOf = (text: string, metric: Metric): Kept => ({ ...stream(text), metric }) as unknown as Kept;

describe('what a widget forgets after a deploy', () => {
  const table: [kept: string, before: string[], now: string[], forgotten: boolean, metric?: Metric][] = [
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
