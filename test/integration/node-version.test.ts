import assert from 'node:assert/strict';
import helper from 'node-red-node-test-helper';
import type { NodeAPI, NodeInitializer } from 'node-red';
import { engines } from '../../package.json';
import { NEEDED, register } from '../../nodes/register';

/** Node-RED's level of an error in its log. */
const ERROR = 20;
const TYPES = ['linky-meter', 'linky-consumption', 'linky-production', 'linky-history', 'ui-linky'];

describe('an older Node.js', () => {
  it('is one below what package.json asks for', () => {
    assert.equal(engines.node, `>=${NEEDED}`);
  });

  before(() => {
    helper.init(require.resolve('node-red'));
  });
  beforeEach(async () => {
    await helper.startServer();
  });
  afterEach(async () => {
    await helper.unload();
    await helper.stopServer();
  });

  it('loads nothing of the nodes, and is told on each of them and once in the log', async () => {
    const load = (): never => assert.fail('loaded');
    const nodes: NodeInitializer[] = TYPES.map((type) => register(type, load, '20.20.2'));
    const flow = TYPES.map((type) => ({ id: type, type, z: 'tab', x: 1, y: 1, language: 'fr', wires: [] }));
    await helper.load(nodes, [{ id: 'tab', type: 'tab', label: 'Home' }, ...flow], {});
    for (const type of TYPES) {
      const { status } = helper.getNode(type) as unknown as { status: { lastCall: { args: unknown[] } } };
      assert.deepEqual(status.lastCall.args, [
        { fill: 'red', shape: 'ring', text: 'Node.js 22.13 nécessaire (ici 20.20.2)' },
      ]);
    }
    const errors = helper
      .log()
      .args.map(([entry]) => entry as { level: number; msg: unknown })
      .filter(({ level }) => level === ERROR || level === 20);
    assert.equal(errors.length, 1);
    assert.match(String(errors[0]?.msg), /^Installez Node\.js 22\.13 ou plus récent.* Node\.js 20\.20\.2/);
  });

  for (const [version, isLoaded] of [
    ['22.12.0', false],
    ['22.13.0', true],
    ['24.1.0', true],
    ['9.9.9', false],
    ['100.0.0', true],
  ] as const) {
    it(`is not one of ${version}: ${String(!isLoaded)}`, async () => {
      let loaded = false;
      const runtime = (): void => {
        loaded = true;
      };
      const initializer = register('linky-meter', () => Promise.resolve({ default: runtime }), version);
      await initializer({
        nodes: { registerType: () => undefined },
        httpAdmin: { post: () => undefined },
        auth: { needsPermission: () => undefined },
      } as unknown as NodeAPI);
      assert.equal(loaded, isLoaded);
    });
  }
});
