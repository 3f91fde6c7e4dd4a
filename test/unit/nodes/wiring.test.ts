import assert from 'node:assert/strict';
import { nodesAfter, nodesBefore, type Wired } from '../../../nodes/runtime/wiring';

/** `a>b,c` is a node `a` wired to b and c; one whose name begins with `s` is a source. */
const flow = (text: string): Wired[] =>
  text.split(' ').map((node) => {
    const [id = '', to = ''] = node.split('>');
    return {
      id,
      type: id.startsWith('s') ? 'source' : 'other',
      wires: [to.split(',').filter(Boolean), null],
    };
  });

describe('the sources on a widget’s wires', () => {
  const table: [flow: string, before: string[], after: string[]][] = [
    ['s1>w w', ['s1'], []],
    ['s1>w w>s1', ['s1'], ['s1']],
    ['s1>a a>b b>w w>a', ['s1'], []],
    ['s1>w s2>w w>c c>s2', ['s1', 's2'], ['s2']],
    // A message does not go through a source.
    ['s1>s2 s2>w w', ['s2'], []],
    ['s1>x w x', [], []],
    ['w>w', [], []],
    ['s1>gone w>gone', [], []],
  ];
  for (const [text, before, after] of table) {
    it(text, () => {
      assert.deepEqual(nodesBefore(flow(text), 'w', ['source']).sort(), before);
      assert.deepEqual(nodesAfter(flow(text), 'w', ['source']).sort(), after);
    });
  }

  it('are found through links, whose two ends both name the other', () => {
    const nodes: Wired[] = [
      { id: 's', type: 'source', wires: [['out']] },
      { id: 'out', type: 'link out', links: ['in'] },
      { id: 'in', type: 'link in', links: ['out'], wires: [['w']] },
      { id: 'w', type: 'other', wires: [['back']] },
      { id: 'back', type: 'link out', links: ['home'] },
      { id: 'home', type: 'link in', links: ['back'], wires: [['s']] },
    ];
    assert.deepEqual(nodesBefore(nodes, 'w', ['source']), ['s']);
    assert.deepEqual(nodesAfter(nodes, 'w', ['source']), ['s']);
  });
});
