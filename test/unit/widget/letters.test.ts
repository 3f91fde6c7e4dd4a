import assert from 'node:assert/strict';
import { lettersOf } from '../../../src/widget/letters';

describe('the letters above the bars of a graph', () => {
  const picks = [
    { letter: 'B', value: 10 },
    { letter: 'B', value: 12 },
    { letter: 'R', value: 20 },
    { letter: '', value: undefined },
    { letter: 'B', value: 11 },
  ];
  const shown = (isEach: boolean): string[] =>
    lettersOf(picks, isEach).map(
      ({ letter, first, last, highest }) => `${letter} ${first}-${last} ${highest}`,
    );

  it('are one a day where there is room', () => {
    assert.deepEqual(shown(true), ['B 0-0 10', 'B 1-1 12', 'R 2-2 20', ' 3-3 0', 'B 4-4 11']);
  });
  it('are one for days in a row of one colour where there is not', () => {
    assert.deepEqual(shown(false), ['B 0-1 12', 'R 2-2 20', ' 3-3 0', 'B 4-4 11']);
  });
});
