import assert from 'node:assert/strict';
import { lookOf } from '../../../src/widget/messages';

describe('what a flow changes of a widget', () => {
  const table: [update: unknown, look: object][] = [
    [{ label: 'Chalet', color: 'navy', transparent: true }, { label: 'Chalet', color: 'navy', transparent: true }], // prettier-ignore
    [{ label: '' }, { label: '' }],
    [{ label: 7, color: null, transparent: 'yes' }, {}],
    [{ class: 'mine', width: 3, toString: 'x' }, {}],
    [{ color: '#12f' }, { color: '#12f' }],
    [{ color: 'rgb(1 2 3)' }, { color: 'rgb(1 2 3)' }],
    [{ color: 'inherit' }, {}],
    [{ color: 'transparent' }, {}],
    [{ color: 'var(--x)' }, {}],
    [{ color: '#b4d33400' }, {}],
    [{ color: 'rgb(0 0 0 / 10%)' }, {}],
    [{ color: 'url(x)' }, {}],
    [undefined, {}],
    ['label', {}],
    [null, {}],
  ];
  for (const [update, look] of table) {
    it(`is ${JSON.stringify(look)} of ${JSON.stringify(update)}`, () => {
      assert.deepEqual(lookOf(update), look);
    });
  }
});
