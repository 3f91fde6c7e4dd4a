import assert from 'node:assert/strict';
import { basename } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openContext } from '../support/browser';
import { still, visitEditor } from '../support/editor';
import { meterNode, sourceNodes, type FlowNode, tariffNode } from '../support/home';
import { NODE_REDS, startNodeRed, type NodeRed } from '../support/node-red';

/** No server listens there: the forms need none. */
const DATABASE = 'postgresql://linky:the-pass-word@127.0.0.1:1/linky';
/** What people read: the row's label, its choices, and how its hint begins. */
const TEXTS = {
  'en-US': ['Publish', ['once, by one of the Node-REDs', 'on every Node-RED'], 'For several Node-REDs'],
  fr: ['Publier', ['une fois, par l’un des Node-RED', 'sur chaque Node-RED'], 'Pour plusieurs Node-RED'],
} as const;
type Lang = keyof typeof TEXTS;

const OF_COST = { tariff: 'tariff', compareWith: [], direction: 'consumption' };
const SOURCES = ['consumption', 'production', 'cost'];

/** @param changes of the sources */
const flowsWith = (changes: object): FlowNode[] => [
  { id: 'tab', type: 'tab', label: 'Home' },
  meterNode('', { provider: 'simulated' }),
  tariffNode('tariff'),
  ...SOURCES.map((type, i): FlowNode => {
    const [source = { id: type, type }] = sourceNodes(type, type, { wires: [], x: 300, y: 100 * (i + 1) });
    return { ...source, ...(type === 'cost' && OF_COST), ...changes };
  }),
];

for (const version of NODE_REDS) {
  describe(`the forms of sources, on ${basename(version)}`, function () {
    this.timeout(180_000);
    let browser: Browser;
    let nodeRed: NodeRed | undefined;
    const complaints: string[] = [];
    before(async () => {
      browser = await launchBrowser();
    });
    after(() => browser.close());
    afterEach(async () => {
      await Promise.all(browser.contexts().map((context) => context.close()));
      await nodeRed?.stop();
      nodeRed = undefined;
      assert.deepEqual(complaints.splice(0), []);
    });

    async function openEditor(lang: Lang, flows: FlowNode[], database: string): Promise<Page> {
      const settings = database ? { linky: { database } } : {};
      nodeRed = await startNodeRed({ nodeRed: version, flows, dashboard: false, lang, settings });
      const context = await openContext(browser, { locale: lang, viewport: { width: 1100, height: 1000 } });
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(error.stack ?? String(error)));
      page.on('console', (entry) => {
        if (entry.type() === 'error') complaints.push(entry.text());
      });
      page.on('response', (response) => {
        response.text().then(
          (text) => {
            if (text.includes('the-pass-word')) complaints.push(`${response.url()} has the password`);
          },
          () => undefined,
        );
      });
      await visitEditor(page, nodeRed.url);
      return page;
    }

    /** Opens the form of a source, does something there, and closes it. */
    async function edit(page: Page, source: string, work: () => Promise<void>): Promise<void> {
      await page.locator(`#${source}`).dblclick();
      await page.locator('#node-input-replay').waitFor();
      await still(page);
      await work();
      await page.locator('#node-dialog-ok').click();
      await page.locator('.red-ui-tray').waitFor({ state: 'detached' });
    }

    /** What `publish` of the sources is once everything is deployed. */
    async function deployed(page: Page): Promise<unknown[]> {
      const [answer] = await Promise.all([
        page.waitForResponse((each) => each.url().endsWith('/flows') && each.request().method() === 'POST'),
        page.locator('#red-ui-header-button-deploy:not(.disabled)').click(),
      ]);
      assert.ok(answer.ok());
      const flows = (await (await fetch(`${nodeRed?.url ?? ''}/flows`)).json()) as FlowNode[];
      return SOURCES.map((source) => flows.find(({ id }) => id === source)?.['publish']);
    }

    const exported = async (): Promise<unknown> => {
      const settings = (await (await fetch(`${nodeRed?.url ?? ''}/settings`)).json()) as object;
      return (settings as Record<string, unknown>)['linkyMeterWithPostgres'];
    };

    const languages: Lang[] = version === NODE_REDS[0] ? ['fr', 'en-US'] : ['fr'];
    for (const lang of languages) {
      it(`ask on which of several Node-REDs they publish, with PostgreSQL (${lang})`, async () => {
        const [label, choices, hint] = TEXTS[lang];
        const page = await openEditor(lang, flowsWith({}), DATABASE);
        assert.equal(await exported(), true);
        const row = page.locator('#linky-publish');
        const select = row.locator('select');
        for (const source of SOURCES) {
          await edit(page, source, async () => {
            assert.equal((await row.locator('label').textContent())?.trim(), label);
            assert.deepEqual(await select.locator('option').allTextContents(), choices);
            assert.ok((await row.locator('.linky-hint').textContent())?.startsWith(hint));
            assert.ok(await row.isVisible());
            // The flow lacks the property.
            assert.equal(await select.inputValue(), 'once');
            if (source !== 'production') await select.selectOption('everywhere');
          });
        }
        assert.deepEqual(await deployed(page), ['everywhere', 'once', 'everywhere']);
        await edit(page, 'consumption', async () => {
          assert.equal(await select.inputValue(), 'everywhere');
        });
      });
    }

    it('do not ask it with a file of their own, and keep what was chosen', async () => {
      const page = await openEditor('fr', flowsWith({ publish: 'everywhere' }), '');
      assert.equal(await exported(), false);
      for (const source of SOURCES) {
        await edit(page, source, async () => {
          assert.equal(await page.locator('#linky-publish').isVisible(), false);
          await page.locator('#node-input-replay').uncheck();
        });
      }
      assert.deepEqual(await deployed(page), ['everywhere', 'everywhere', 'everywhere']);
    });
  });
}
