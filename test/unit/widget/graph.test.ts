import assert from 'node:assert/strict';
import type { Metric } from '../../../src/metering/metrics';
import { graphOf } from '../../../src/widget/graph';
import { keptOf, type Kept } from '../../../src/widget/kept';
import { HOUSE, messageOf } from '../../support/widget/messages';

function kept(metric: Metric, last = '2026-11-22'): Kept {
  const one = keptOf(messageOf('consumption', metric, HOUSE, last));
  assert.ok(one);
  return one;
}
const graph = (metric: Metric, last?: string) => {
  const one = graphOf(kept(metric, last), 'fr');
  assert.ok(one);
  return one;
};

describe('a graph', () => {
  const table: [metric: Metric, kind: string, picks: number, ticks: string[]][] = [
    ['yearly', 'bars', 3, ['2024', '2025', '2026']],
    ['monthly', 'bars', 12, ['déc.', 'janv.', 'févr.']],
    ['daily', 'bars', 31, ['23', '24', '25']],
    ['max-power', 'bars', 31, ['23', '24', '25']],
    ['load-curve', 'area', 336, ['lun. 16', 'mar. 17', 'mer. 18']],
  ];
  for (const [metric, kind, picks, ticks] of table) {
    it(`of ${metric} has ${picks} ${kind}`, () => {
      const one = graph(metric);
      assert.deepEqual([one.kind, one.picks.length], [kind, picks]);
      assert.deepEqual(
        one.ticks.slice(0, 3).map(({ label }) => label),
        ticks,
      );
    });
  }

  it('sets a month beside the same month a year before', () => {
    const { picks } = graph('monthly');
    const { series } = kept('monthly');
    assert.deepEqual(
      picks.map(({ before }) => before),
      series.slice(0, 12).map(({ value }) => value),
    );
    assert.match(picks.at(-1)?.words ?? '', /^nov\. 2026, [\d,]+ kWh, un an avant [\d,]+$/);
  });

  it('tells a value that a gap touches', () => {
    const one = kept('monthly');
    const [first] = one.series;
    assert.ok(first);
    const { picks } = graphOf({ ...one, series: [{ ...first, incomplete: true }] }, 'en') ?? {};
    assert.deepEqual(picks?.[0]?.notes, ['incomplete']);
  });

  it('of a load curve breaks at a gap, and nowhere else', () => {
    const one = kept('load-curve');
    assert.deepEqual(graphOf(one, 'fr')?.breaks, []);
    const holed = { ...one, series: one.series.filter((_point, index) => index !== 5 && index !== 6) };
    assert.deepEqual(graphOf(holed, 'fr')?.breaks, [5]);
  });

  it('of a load curve has a line at each midnight, on a day of 25 hours too', () => {
    const { lines } = graph('load-curve', '2026-10-27');
    const hours = lines.slice(1).map((at, index) => (at - (lines[index] ?? 0)) / 3600);
    assert.deepEqual(hours, [24, 24, 24, 24, 25, 24]);
  });

  it('is nothing without a series', () => {
    assert.equal(graphOf({ ...kept('daily'), series: [] }, 'fr'), undefined);
  });
});
