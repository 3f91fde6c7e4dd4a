import assert from 'node:assert/strict';
import type { Kept } from '../../../src/widget/kept';
import { isForgotten, type Stream } from '../../../src/widget/streams';

/** `A/consumption`, of a simulated meter `A/consumption*`. */
const stream = (text: string): Stream => {
  const [usagePoint = '', direction = ''] = text.replace('*', '').split('/');
  const storedAs = text.endsWith('*') ? `simulated-${usagePoint}` : usagePoint;
  return { usagePoint, direction: direction as Stream['direction'], storedAs };
};
const kept = (text: string): Kept => stream(text) as unknown as Kept;

describe('what a widget forgets after a deploy', () => {
  const table: [kept: string, before: string[], now: string[], forgotten: boolean][] = [
    ['A/consumption', ['A/consumption'], ['A/consumption'], false],
    ['A/consumption', ['A/consumption'], ['B/consumption'], true],
    ['A/production', ['A/consumption', 'A/production'], ['A/consumption'], true],
    ['A/consumption', ['A/consumption', 'A/production'], ['A/consumption'], false],
    ['A/consumption', ['A/consumption*'], ['A/consumption'], true],
    ['A/consumption', ['A/consumption*'], ['A/consumption*'], false],
    ['A/consumption', ['A/consumption*', 'A/consumption'], ['A/consumption'], false],
    // From elsewhere: no source stood for it.
    ['M/consumption', ['A/consumption'], ['B/consumption'], false],
    ['M/consumption', [], [], false],
    // Perhaps one of a fleet, whose source is gone.
    ['M/consumption', ['A/consumption'], [], true],
    ['M/consumption', ['A/production'], [], false],
    ['A/consumption', [], ['A/consumption'], false],
  ];
  for (const [text, before, now, forgotten] of table) {
    it(`${text}: ${before.join(', ') || 'none'} → ${now.join(', ') || 'none'}: ${forgotten ? 'forgotten' : 'kept'}`, () => {
      assert.equal(isForgotten(kept(text), before.map(stream), now.map(stream)), forgotten);
    });
  }
});
