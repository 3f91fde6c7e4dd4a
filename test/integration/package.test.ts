import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import packageJson from '../../package.json';
import { now } from '../support/host-clock';
import { startNodeRed, type NodeRed } from '../support/node-red';
import { meterNode, PDL, sourceNodes, TOKEN, type FlowNode } from '../support/home';
import { startStandIn, type StandIn } from '../support/stand-in/server';

const TAB: FlowNode = { id: 'tab', type: 'tab', label: 'Home' };
/** Writes each message's gist to Node-RED's log, where a test can read it. */
const teller = (id: string): FlowNode => ({
  id,
  type: 'function',
  z: 'tab',
  x: 400,
  y: 100,
  func: 'node.warn("GOT " + msg.topic + " " + msg.readings.length + " " + (msg.replay ? "replay" : "new"));',
  outputs: 0,
  wires: [],
});
const catcher: FlowNode[] = [
  { id: 'catch', type: 'catch', z: 'tab', x: 1, y: 1, wires: [['caught']] },
  { ...teller('caught'), func: 'node.warn("CAUGHT " + msg.error.code + " " + msg.error.message);' },
];

describe('the packed package', () => {
  it('holds what its nodes need, and nothing else', async () => {
    const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts']);
    const [packed] = JSON.parse(stdout) as { files: { path: string }[] }[];
    const paths = packed?.files.map(({ path }) => path) ?? [];
    const rooms =
      /^(dist\/(bin|nodes|src)\/|examples\/(fr\/)?[\w-]+\.json$|docs\/(grafana\/)?[\w.-]+\.(json|md)$|resources\/)|^[A-Z]+(\.fr)?(\.md)?$|^package\.json$/;
    assert.deepEqual(
      paths.filter((path) => !rooms.test(path) || /\.(ts|map|vue)$|test|demo\/start/.test(path)),
      [],
    );
    // What Node-RED and Dashboard look for by name.
    const { nodes } = packageJson['node-red'];
    for (const [type, file] of Object.entries(nodes)) {
      const beside = ['en-US', 'fr'].flatMap((lang) =>
        ['html', 'json'].map((kind) => `dist/nodes/locales/${lang}/${type}.${kind}`),
      );
      const needed = [file, file.replace('.js', '.html'), `dist/nodes/icons/${type}.svg`, ...beside];
      assert.deepEqual(needed.filter((path) => !paths.includes(path)), []); // prettier-ignore
    }
    for (const file of Object.values(packageJson.bin)) assert.ok(paths.includes(file), file);
    const [widget] = Object.values(packageJson['node-red-dashboard-2'].widgets);
    assert.ok(widget && paths.includes(`resources/${widget.output}`));
  });
});

describe('the packed package in a real Node-RED', function () {
  this.timeout(180_000);
  let standIn: StandIn;
  let nodeRed: NodeRed | undefined;

  const flows = (token: string): FlowNode[] => [
    TAB,
    ...catcher,
    { ...meterNode(standIn.url), credentials: { token } },
    ...['consumption', 'production'].flatMap((direction) => {
      const [source] = sourceNodes(direction, direction);
      return source ? [source, teller(`${direction}-out`)] : [];
    }),
  ];
  const got = (): string[] =>
    [...(nodeRed?.log() ?? '').matchAll(/GOT (\S+ \d+ \w+)/g)].map(([, gist]) => gist ?? '').sort();

  before(async () => {
    standIn = await startStandIn({
      now,
      gateway: 'conso',
      usagePoints: [PDL],
      published: { daily: '00:00', 'max-power': '00:00', 'load-curve': '00:00' },
    });
  });
  after(() => standIn.close());
  afterEach(async () => {
    await nodeRed?.stop();
    nodeRed = undefined;
  });

  it('collects without Dashboard, keeps its token to itself, and repeats after a restart', async () => {
    nodeRed = await startNodeRed({ flows: [TAB], dashboard: false });
    await nodeRed.deploy(flows(TOKEN));
    for (const direction of ['consumption', 'production']) {
      for (const metric of ['load-curve', 'daily', 'monthly', 'yearly', 'max-power']) {
        await nodeRed.logged(new RegExp(`GOT ${direction}/${metric} [1-9]\\d* new`));
      }
    }
    assert.equal(standIn.calls.length, 5);
    const exported = await (await fetch(`${nodeRed.url}/flows`)).text();
    const kept = await readFile(join(nodeRed.userDir, 'flows.json'), 'utf8');
    for (const text of [exported, kept, nodeRed.log()]) assert.ok(!text.includes(TOKEN));
    assert.ok(existsSync(join(nodeRed.userDir, 'linky/readings.db')));
    const first = got();
    // The same flows again, as Deploy → Full: the sources start anew and tell nothing twice.
    await nodeRed.deploy(JSON.parse(exported) as object[]);
    await nodeRed.logged(/GOT production\/max-power 0 replay/);
    assert.deepEqual(
      got().filter((gist) => gist.endsWith('new')),
      first,
    );
    assert.equal(standIn.calls.length, 5);
  });

  for (const [lang, sentence] of [
    ['en-US', /CAUGHT 401 Error: Get a new token at https/],
    ['fr', /CAUGHT 401 Error: Demandez un nouveau jeton/],
  ] as const) {
    it(`says in ${lang} what to do about a wrong token`, async () => {
      nodeRed = await startNodeRed({ flows: [TAB], dashboard: false, lang });
      await nodeRed.deploy(flows('a-wrong-token'));
      await nodeRed.logged(sentence);
      assert.ok(!nodeRed.log().includes('a-wrong-token'));
    });
  }
});
