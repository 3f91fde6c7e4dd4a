import assert from 'node:assert/strict';
import { lookOf } from '../../../src/widget/messages';

describe('what a flow changes of a widget', () => {
  const table: [update: unknown, look: object][] = [
    [{ label: 'Chalet', color: 'navy', transparent: true }, { label: 'Chalet', color: 'navy', transparent: true }], // prettier-ignore
    [{ label: '' }, { label: '' }],
    [{ label: 7, color: null, transparent: 'yes' }, {}],
    [{ class: 'mine', width: 3, toString: 'x' }, {}],
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
