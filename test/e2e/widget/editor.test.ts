import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { dashboardOf } from '../../support/widget/flows';
import { onEachNodeRed } from '../../support/widget/site';

onEachNodeRed(
  'the widget in the editor',
  { flows: dashboardOf([{ id: 'house', width: 4, height: 9 }]) },
  (site) => {
    async function editor(lang: string): Promise<Page> {
      const { url } = site.nodeRed;
      const localStorage = [{ name: 'editor-language', value: lang }];
      const storageState = { cookies: [], origins: [{ origin: url, localStorage }] };
      const page = await site.open({ at: `${url}/`, locale: lang, storageState });
      await page.locator('#red-ui-workspace .red-ui-flow-node').first().waitFor();
      return page;
    }
    async function formOf(page: Page): Promise<Locator> {
      await page.evaluate(`RED.editor.edit(RED.nodes.node('house'))`);
      const form = page.locator('#dialog-form');
      await form.locator('#node-input-color').waitFor();
      return form;
    }

    for (const [lang, labels] of [
      ['en-US', ['Name', 'Group', 'Size', 'Label', 'Face', 'Class']],
      ['fr', ['Nom', 'Groupe', 'Taille', 'Libellé', 'Façade', 'Classe CSS']],
    ] as const) {
      it(`has a form with a preview of its colour (${lang})`, async () => {
        const form = await formOf(await editor(lang));
        assert.deepEqual(
          (await form.locator('.form-row > label:visible').allTextContents()).map((text) => text.trim()),
          labels,
        );
        await form.locator('#node-input-color').fill('#3366cc');
        await form.locator('#linky-widget-body[fill="#3366cc"]').waitFor();
        await form.locator('#node-input-transparent').check();
        await form.locator('#linky-widget-body[fill="none"]').waitFor();
      });
    }

    it('has Dashboard’s own choice of group and size, and keeps what is chosen', async () => {
      const page = await editor('en-US');
      const form = await formOf(page);
      await form.locator('#node-input-size', { hasText: '4 x 9' }).waitFor();
      await form.locator('select#node-input-group, #node-input-group').first().waitFor();
      await form.locator('#node-input-color').fill('#3366cc');
      await form.locator('#node-input-className').fill('mine');
      await page.locator('#node-dialog-ok').click();
      const kept = await page.evaluate<unknown[]>(
        `(({ color, className, width, height, group }) => [color, className, width, height, group])(RED.nodes.node('house'))`,
      );
      assert.deepEqual(kept.map(String), ['#3366cc', 'mine', '4', '9', 'linky-group']);
    });

    it('warns in the debug sidebar of a message of another kind', async () => {
      const page = await editor('en-US');
      await page.evaluate(`RED.sidebar.show('debug')`);
      await site.feed('house', { topic: 'thermometer', payload: 21 });
      await page
        .locator('.red-ui-debug-msg', {
          hasText: 'Wire linky-consumption, linky-production or linky-cost to this widget',
        })
        .waitFor();
    });
  },
);
