import assert from 'node:assert/strict';
import { nodesAfter, nodesBefore, type Wired } from '../../../nodes/runtime/wiring';

/** `a>b,c|d` is a node `a` whose first output is wired to b and c, and its second to d; `s…` is a source. */
const flow = (text: string): Wired[] =>
  text.split(' ').map((node) => {
    const [id = '', to = ''] = node.split('>');
    const wires = to.split('|').map((targets) => targets.split(',').filter(Boolean));
    return { id, type: id.startsWith('s') ? 'source' : 'other', wires };
  });
/** `s1:0,2`: a node, and its outputs that lead there. */
const before = (nodes: readonly Wired[], id = 'w'): string[] =>
  nodesBefore(nodes, id, ['source'])
    .map(({ id: origin, outputs }) => `${origin}:${[...outputs].sort().join(',')}`)
    .sort();
const after = (nodes: readonly Wired[], id = 'w'): string[] => nodesAfter(nodes, id, ['source']).sort();

describe('the sources on a widget’s wires', () => {
  const table: [flow: string, before: string[], after: string[]][] = [
    ['s1>w w', ['s1:0'], []],
    ['s1>w|x|w w', ['s1:0,2'], []],
    ['s1>w w>s1', ['s1:0'], ['s1']],
    ['s1>a a>b b>w w>a', ['s1:0'], []],
    ['s1>|a a>w w', ['s1:1'], []],
    ['s1>w s2>w w>c c>s2', ['s1:0', 's2:0'], ['s2']],
    // A message does not go through a source.
    ['s1>s2 s2>w w', ['s2:0'], []],
    ['s1>x w x', [], []],
    ['w>w', [], []],
    ['s1>gone w>gone', [], []],
  ];
  for (const [text, sources, targets] of table) {
    it(text, () => {
      assert.deepEqual(before(flow(text)), sources);
      assert.deepEqual(after(flow(text)), targets);
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
    assert.deepEqual([before(nodes), after(nodes)], [['s:0'], ['s']]);
  });

  it('are not found through a disabled node, or in a disabled tab', () => {
    const wires = (id: string): string[][] => [[id]];
    const nodes: Wired[] = [
      { id: 'tab', type: 'tab', disabled: true },
      { id: 's1', type: 'source', wires: wires('a') },
      { id: 'a', type: 'change', d: true, wires: wires('w') },
      { id: 's2', type: 'source', z: 'tab', wires: wires('w') },
      { id: 's3', type: 'source', wires: wires('w') },
      { id: 'w', type: 'other', wires: wires('a') },
    ];
    assert.deepEqual(before(nodes), ['s3:0']);
  });

  it('are found in a subflow, by the outputs that lead out of it', () => {
    const nodes: Wired[] = [
      {
        id: 'sub',
        type: 'subflow',
        in: [{ wires: [{ id: 's' }] }],
        out: [
          {
            wires: [
              { id: 's', port: 1 },
              { id: 'a', port: 0 },
            ],
          },
          { wires: [{ id: 's', port: 3 }] },
        ],
      },
      { id: 's', type: 'source', z: 'sub', wires: [[], [], ['a'], [], []] },
      { id: 'a', type: 'change', z: 'sub', wires: [[]] },
      { id: 'one', type: 'subflow:sub', wires: [['w'], []] },
      { id: 'w', type: 'other', wires: [['one']] },
    ];
    assert.deepEqual([before(nodes), after(nodes)], [['s:1,2'], ['s']]);
  });

  it('are looked for in whatever a flow holds', () => {
    for (const nonsense of [null, undefined, 'x', 7, {}, [null], [['x', 7, null]], [{}]]) {
      const nodes: Wired[] = [
        { id: 'a', type: 'link out', wires: nonsense, links: nonsense },
        { id: 'sub', type: 'subflow', in: nonsense, out: nonsense },
        { id: 'b', type: 'subflow:sub', wires: nonsense },
        { id: 'c', type: 'subflow:gone', wires: [['w']] },
        { id: 's', type: 'source', wires: [['w']] },
        { id: 'w', type: 'other', wires: nonsense },
      ];
      assert.deepEqual([before(nodes), after(nodes)], [['s:0'], []]);
    }
  });
});
