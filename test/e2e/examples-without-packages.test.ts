import assert from 'node:assert/strict';
import type { Browser, Locator } from 'playwright-core';
import { launchBrowser, openContext } from '../support/browser';
import { DebugMessages } from '../support/examples/debug';
import { visitEditor } from '../support/editor';
import { importExample } from '../support/examples/editor';
import {
  EXAMPLES,
  flowsOf,
  LANGUAGES,
  nodeOf,
  packagesOf,
  textOf,
  type FlowNode,
} from '../support/examples/files';
import { now } from '../support/host-clock';
import { startNodeRed, type NodeRed } from '../support/node-red';
import { startTariffStandIn, type TariffStandIn } from '../support/stand-in/tariffs';

const LOCALES = { en: 'en-US', fr: 'fr' } as const;
const OFFER = { en: 'Install all', fr: 'Installer tout' } as const;
/** Node-RED also looks for nodes beside itself, where this repository has those that its tests need. */
const DENY = {
  externalModules: {
    palette: {
      denyList: [
        '@flowfuse/node-red-dashboard',
        'node-red-contrib-home-assistant-websocket',
        'node-red-contrib-influxdb',
      ],
    },
  },
};

/** A flow of somebody else: it answers while flows run. */
const OTHER: FlowNode[] = [
  { id: 'other', type: 'tab', label: 'Other' },
  { id: 'in', type: 'http in', z: 'other', url: '/alive', method: 'get', x: 100, y: 100, wires: [['out']] },
  { id: 'out', type: 'http response', z: 'other', statusCode: '204', headers: {}, x: 300, y: 100, wires: [] },
];

describe('the examples in a Node-RED without further packages, broker and database', function () {
  this.timeout(180_000);
  let nodeRed: NodeRed;
  let browser: Browser;
  let tariffs: TariffStandIn;

  before(async () => {
    [nodeRed, browser, tariffs] = await Promise.all([
      startNodeRed({ flows: OTHER, dashboard: false, settings: DENY }),
      launchBrowser(),
      startTariffStandIn(now),
    ]);
  });
  after(async () => {
    await browser.close();
    await nodeRed.stop();
    await tariffs.close();
  });

  /** No test asks the public sources of prices and colours. */
  const atStandIn = (node: FlowNode): FlowNode =>
    node.type === 'linky-tariff' ? { ...node, coloursUrl: tariffs.url, pricesUrl: tariffs.pricesUrl } : node;
  const status = async (): Promise<number> => (await fetch(`${nodeRed.url}/alive`)).status;
  /** Waits until Node-RED has started the flows of this deploy, or refused to. */
  async function deployed(flows: FlowNode[], said: RegExp): Promise<void> {
    const before = nodeRed.log().length;
    await nodeRed.deploy(flows);
    await nodeRed.logged(new RegExp(`^[^]{${before}}[^]*${said.source}`));
  }

  for (const language of LANGUAGES) {
    it(`leave the other flows running, where they need no package (${language})`, async () => {
      const flows = EXAMPLES.map((example) => flowsOf(example[language]).map(atStandIn)).filter(
        (one) => packagesOf(one).length === 0,
      );
      assert.equal(flows.length, 8);
      const page = await (await openContext(browser, {})).newPage();
      const debug = new DebugMessages(page);
      await visitEditor(page, nodeRed.url);
      await deployed([...OTHER, ...flows.flat()], /Started flows/);
      assert.equal(await status(), 204);
      const influxdb = flows.find((nodes) => nodeOf(nodes, 'http request')) ?? [];
      const caught = nodeOf(influxdb, 'catch')?.wires?.[0]?.[0] ?? '';
      assert.match(await debug.of(caught), /ECONNREFUSED/);
      await page.context().close();
    });

    it(`say in the editor what to install, where they need it (${language})`, async () => {
      await deployed(OTHER, /Started flows/);
      // The offers stand above each other, over a part of the page: all of them fit in.
      const viewport = { width: 1280, height: 1600 };
      const page = await (await openContext(browser, { viewport, locale: LOCALES[language] })).newPage();
      await visitEditor(page, nodeRed.url);
      const offersOf = (name: string): Locator =>
        page.locator('.red-ui-notification').filter({ hasText: name });
      const imported = new Map<string, number>();
      for (const example of EXAMPLES) {
        const flows = flowsOf(example[language]);
        const [needed] = packagesOf(flows);
        if (needed === undefined) continue;
        await importExample(page, example[language], textOf(nodeOf(flows, 'tab'), 'label'));
        const count = imported.get(needed) ?? 0;
        imported.set(needed, count + 1);
        // The newest stands first or last; there is one more of them.
        await offersOf(needed).nth(count).waitFor();
      }
      assert.deepEqual([...imported.values()], [8, 1]);
      for (const [needed, count] of imported) {
        const install = offersOf(needed).getByRole('button', { name: OFFER[language], exact: true });
        assert.equal(await install.count(), count);
      }
      await page.context().close();
    });
  }

  // What README says.
  for (const [state, change] of [
    ['as it is', {}],
    ['with its tab disabled', { tab: { disabled: true } }],
    ['with each of its nodes disabled', { node: { d: true } }],
  ] as [string, { tab?: object; node?: object }][]) {
    it(`stop the other flows, where Dashboard is missing: an example ${state}`, async () => {
      await deployed(OTHER, /Started flows/);
      assert.equal(await status(), 204);
      const flows = flowsOf('linky-widget').map((node) => ({
        ...node,
        ...(node.type === 'tab' ? change.tab : change.node),
      }));
      await deployed([...OTHER, ...flows], /Waiting for missing types/);
      assert.equal(await status(), 404);
    });
  }

  it('stop the other flows only as long as they are there', async () => {
    await deployed([...OTHER, ...flowsOf('linky-widget')], /Waiting for missing types/);
    await deployed(OTHER, /Started flows/);
    assert.equal(await status(), 204);
  });
});
