import assert from 'node:assert/strict';
import { basename } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser } from '../browser';
import { NODE_REDS, startNodeRed, type NodeRed } from '../node-red';
import { CREDENTIALS, GATEWAYS, PDL } from '../run/home';
import { consoToken, startStandIn, type GatewayName, type StandIn } from '../stand-in/server';

const OTHER_PDL = '22222222222222';
const DAY = 86_400_000;
const AUTHORIZE = 'https://mon-compte-particulier.enedis.fr/dataconnect/v1/oauth2/authorize';
const TAB = { id: 'tab', type: 'tab', label: 'Home' };

/** What people read on the way, as patterns. */
const SENTENCES = {
  'en-US': {
    several: 'This token opens several PDLs. Yours is:',
    valid: /^ Valid until \w+ \d+, \d{4}\.$/,
    ends: /^ Consent valid until \w+ \d+, \d{4}\.$/,
    soon: /^ Valid until \w+ \d+, \d{4}: time to get a new one\.$/,
    works: /^ The connection works: \d+(\.\d{1,2})? kWh consumed on \w+ \d+, \d{4}\.$/,
    refused:
      /^ Linky meter: the token is wrong or has expired\. Get a new one at https:\/\/conso\.boris\.sh and enter/,
    upToDate: /^\d.* · next/,
    consented: ` Consent given for the PDL ${PDL}.`,
    contract: ' Contract: 9 kVA, off-peak hours 23:00–07:30.',
    end: 'You can close this page.',
  },
  fr: {
    several: 'Ce jeton ouvre plusieurs PDL. Le vôtre est\u00a0:',
    valid: /^ Valable jusqu’au \d+(er)? \p{L}+ \d{4}\.$/u,
    ends: /^ Consentement valable jusqu’au \d+(er)? \p{L}+ \d{4}\.$/u,
    soon: /^ Valable jusqu’au \d+(er)? \p{L}+ \d{4}\u00a0: pensez à en demander un nouveau\.$/u,
    works: /^ La connexion fonctionne\u00a0: \d+(,\d{1,2})? kWh consommés le \d+(er)? \p{L}+ \d{4}\.$/u,
    refused:
      /^ Compteur Linky\u00a0: le jeton est erroné ou a expiré\. Obtenez-en un nouveau sur https:\/\/conso\.boris\.sh et/,
    upToDate: /^\d.* · suite/,
    consented: ` Consentement donné pour le PDL ${PDL}.`,
    contract: ' Contrat\u00a0: 9 kVA, heures creuses 23:00–07:30.',
    end: 'Vous pouvez fermer cette page.',
  },
};
type Lang = keyof typeof SENTENCES;

for (const version of NODE_REDS) {
  describe(`the meter's form, on ${basename(version)}`, function () {
    this.timeout(180_000);
    let nodeRed: NodeRed;
    let browser: Browser;
    const standIns = {} as Record<GatewayName, StandIn>;
    const complaints: string[] = [];
    const [token, endingToken] = [400, 20].map((days) =>
      consoToken([PDL, OTHER_PDL], Date.now() + days * DAY),
    ) as [string, string];

    before(async () => {
      const published = { daily: '00:00', 'max-power': '00:00', 'load-curve': '00:00' } as const;
      for (const gateway of GATEWAYS) {
        standIns[gateway] = await startStandIn({ now: Date.now, gateway, usagePoints: [PDL], published });
      }
      standIns.conso.settings.token = token;
      browser = await launchBrowser();
    });
    after(async () => {
      await browser.close();
      await Promise.all(Object.values(standIns).map((standIn) => standIn.close()));
    });
    afterEach(async () => {
      await Promise.all(browser.contexts().map((context) => context.close()));
      await nodeRed.stop();
      assert.deepEqual(complaints.splice(0), []);
    });

    /** The editor of a fresh user folder. */
    async function openEditor(lang: Lang): Promise<Page> {
      nodeRed = await startNodeRed({
        nodeRed: version,
        flows: [TAB],
        dashboard: false,
        lang,
        env: { MY_PDL: PDL },
      });
      const context = await browser.newContext({ locale: lang, viewport: { width: 1100, height: 1000 } });
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (entry) => {
        // A test that is refused before any call is answered with 400, which browsers note.
        if (entry.type() === 'error' && !entry.text().includes('400')) complaints.push(entry.text());
      });
      await page.goto(nodeRed.url);
      await page.locator('.red-ui-palette-node[data-palette-type=linky-consumption]').waitFor();
      return page;
    }

    async function drop(page: Page, type: string): Promise<void> {
      const item = page.locator(`.red-ui-palette-node[data-palette-type=${type}]`);
      await item.scrollIntoViewIfNeeded();
      const [from, chart] = await Promise.all([
        item.boundingBox(),
        page.locator('#red-ui-workspace-chart').boundingBox(),
      ]);
      assert.ok(from && chart);
      await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
      await page.mouse.down();
      await page.mouse.move(from.x + 200, 200, { steps: 5 });
      await page.mouse.move(Math.max(chart.x, 0) + 450, 300, { steps: 5 });
      await page.mouse.up();
      await page.locator(`.red-ui-flow-node-group`).first().waitFor();
    }

    const field = (page: Page, name: string): Locator => page.locator(`#node-config-input-${name}`);
    const said = (page: Page, what = 'test'): Locator => page.locator(`#linky-meter-${what}-said`);

    /** A tray slides in and out: a click meanwhile would go astray. */
    const still = (page: Page): Promise<unknown> =>
      page.waitForFunction(
        "$('.red-ui-tray').length > 0 && !$(':animated').length && !$('#red-ui-editor-stack:animated').length",
      );

    async function openMeterForm(page: Page): Promise<void> {
      await page.locator('.red-ui-flow-node-group').first().dblclick();
      await page.locator('#node-input-loadCurve').waitFor();
      await still(page);
      await page.locator('#node-input-btn-meter-add, #node-input-lookup-meter').first().click();
      await field(page, 'provider').waitFor();
      await still(page);
      // The editor makes a tray as wide as its form would like to be, and cuts off what the window has no room for.
      // Both edges at one moment: it may still slide.
      const edges = `['.red-ui-tray-body', '.red-ui-tray'].map((part) => $(part).last()[0].getBoundingClientRect().right)`;
      const [body = Infinity, tray = 0] = await page.evaluate<number[]>(edges);
      assert.ok(body <= tray, `${body} lies right of ${tray}`);
    }

    async function test(page: Page): Promise<string[]> {
      await page.locator('#linky-meter-test').click();
      await said(page).locator('.linky-good, .linky-red').first().waitFor();
      return said(page).locator('.linky-good, .linky-amber, .linky-red').allTextContents();
    }

    const languages: Lang[] = version === NODE_REDS[0] ? ['fr', 'en-US'] : ['fr'];
    for (const lang of languages) {
      const sentences = SENTENCES[lang];

      it(`takes a new user from the palette to data (${lang})`, async () => {
        const page = await openEditor(lang);
        await drop(page, 'linky-consumption');
        await openMeterForm(page);
        assert.equal(await field(page, 'provider').inputValue(), 'conso');
        assert.match(await field(page, 'minute').inputValue(), /^[0-5]?\d$/);
        await field(page, 'url').fill(standIns.conso.url);
        await field(page, 'token').fill('a-wrong-token');
        await field(page, 'usagePoint').fill(PDL);
        assert.match((await test(page)).join(), sentences.refused);
        await field(page, 'usagePoint').fill('');
        await field(page, 'token').fill(endingToken);
        assert.match((await said(page, 'token').locator('.linky-amber').textContent()) ?? '', sentences.soon);
        await field(page, 'token').fill(` Bearer ${token}\n`);
        await field(page, 'token').blur();
        assert.match((await said(page, 'token').locator('.linky-good').textContent()) ?? '', sentences.valid);
        const choices = page.locator('#linky-meter-usage-points');
        assert.ok((await choices.textContent())?.startsWith(sentences.several));
        assert.deepEqual(await choices.getByRole('button').allTextContents(), [PDL, OTHER_PDL]);
        await choices.getByRole('button', { name: PDL }).click();
        assert.equal(await field(page, 'usagePoint').inputValue(), PDL);
        const [works, ...more] = await test(page);
        assert.match(works ?? '', sentences.works);
        assert.deepEqual(more, []);
        assert.equal(await page.locator('.linky-form .input-error:visible').count(), 0);
        await page.locator('#node-config-dialog-ok').click();
        await field(page, 'provider').waitFor({ state: 'detached' });
        await still(page);
        await page.locator('#node-dialog-ok').click();
        await page.locator('#node-input-loadCurve').waitFor({ state: 'detached' });
        await page.locator('#red-ui-header-button-deploy:not(.disabled)').click();
        await page.locator('.red-ui-flow-node-status-dot-green').waitFor({ timeout: 60_000 });
        const status = page.locator('.red-ui-flow-node-status-label').filter({ hasText: sentences.upToDate });
        await status.waitFor();
        assert.ok(standIns.conso.calls.some(({ series }) => series === 'consumption-load-curve'));
        const exported = await (await fetch(`${nodeRed.url}/flows`)).text();
        assert.ok(!exported.includes(token) && exported.includes(PDL));
        // Opened again, the form knows that there is a token, and the runtime which.
        await page.locator('.red-ui-flow-node-group').first().dblclick();
        await still(page);
        await page.locator('#node-input-btn-meter-edit, #node-input-lookup-meter').first().click();
        await field(page, 'provider').waitFor();
        assert.equal(await field(page, 'token').inputValue(), '__PWRD__');
        const [again, end] = await test(page);
        assert.match(again ?? '', sentences.works);
        assert.match(end ?? '', sentences.ends);
      });

      it(`has Enedis' consent fill in the PDL (${lang})`, async () => {
        const page = await openEditor(lang);
        const states: (string | null)[] = [];
        await page.context().route(`${AUTHORIZE}**`, async (route) => {
          const { searchParams } = new URL(route.request().url());
          states.push(searchParams.get('client_id'), searchParams.get('state'));
          const back = new URLSearchParams({ code: 'c0de', state: states[1] ?? '', usage_point_id: PDL });
          const location = `${nodeRed.url}/linky/consent?${back.toString()}`;
          await route.fulfill({ status: 302, headers: { location } });
        });
        await drop(page, 'linky-consumption');
        await openMeterForm(page);
        await field(page, 'provider').selectOption('dataconnect');
        assert.equal(
          await page.locator('#linky-meter-redirect').textContent(),
          `${nodeRed.url}/linky/consent`,
        );
        const button = page.locator('#linky-meter-consent');
        assert.ok(await button.isDisabled());
        await field(page, 'clientId').fill(CREDENTIALS.clientId);
        await field(page, 'clientSecret').fill(CREDENTIALS.clientSecret);
        await field(page, 'url').fill(standIns.dataconnect.url);
        const [enedis] = await Promise.all([page.context().waitForEvent('page'), button.click()]);
        await enedis.getByText(sentences.end).waitFor();
        assert.equal(states[0], CREDENTIALS.clientId);
        await said(page, 'consent').filter({ hasText: sentences.consented.trim() }).waitFor();
        assert.equal(await field(page, 'usagePoint').inputValue(), PDL);
        const [works, contract] = await test(page);
        assert.match(works ?? '', sentences.works);
        assert.equal(contract, sentences.contract);
        await field(page, 'environment').selectOption('sandbox');
        assert.ok(await button.isDisabled());
      });
    }

    it('keeps what was typed while the provider goes forth and back, and shows it to no other', async () => {
      const page = await openEditor('en-US');
      await drop(page, 'linky-consumption');
      await openMeterForm(page);
      const values = async (): Promise<string[]> =>
        Promise.all(
          ['token', 'url', 'clientId', 'clientSecret', 'usagePoint'].map((name) =>
            field(page, name).inputValue(),
          ),
        );
      const typed: Record<string, string>[] = [
        { provider: 'conso', token: 'conso-token', url: 'https://conso.example' },
        { provider: 'myelectricaldata', token: 'med-token', url: 'https://med.example' },
        { provider: 'dataconnect', clientId: 'an-id', clientSecret: 'a-secret', url: 'https://dc.example' },
      ];
      await field(page, 'usagePoint').fill('${MY_PDL}');
      for (const { provider = '', ...fields } of typed) {
        await field(page, 'provider').selectOption(provider);
        for (const [name, value] of Object.entries(fields)) {
          assert.equal(await field(page, name).inputValue(), '', `${provider} ${name}`);
          await field(page, name).fill(value);
        }
        const shown = await page
          .locator('.linky-form [data-provider]:visible')
          .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-provider')));
        for (const providers of shown) assert.ok(providers?.split(' ').includes(provider));
      }
      await field(page, 'provider').selectOption('simulated');
      for (const { provider = '', ...fields } of typed) {
        await field(page, 'provider').selectOption(provider);
        for (const [name, value] of Object.entries(fields)) {
          assert.equal(await field(page, name).inputValue(), value, `${provider} ${name}`);
        }
      }
      assert.equal((await values()).at(-1), '${MY_PDL}');
      assert.equal(await page.locator('.linky-form .input-error:visible').count(), 0);
    });

    it('lets variables stand for values, and says which one is not set', async () => {
      const page = await openEditor('en-US');
      await drop(page, 'linky-consumption');
      await openMeterForm(page);
      await field(page, 'token').fill('${NO_TOKEN}');
      await field(page, 'url').fill('${NO_URL}');
      await field(page, 'usagePoint').fill('${MY_PDL}');
      await field(page, 'name').fill('Home');
      await field(page, 'name').blur();
      assert.equal(await page.locator('.linky-form .input-error:visible').count(), 0);
      const advice = 'Set it and restart Node-RED, or enter the value itself in the meter’s configuration.';
      assert.deepEqual(await test(page), [` Home: the environment variable NO_TOKEN is not set. ${advice}`]);
      await page.locator('#node-config-dialog-ok').click();
      await field(page, 'provider').waitFor({ state: 'detached' });
      await still(page);
      await page.locator('#node-dialog-ok').click();
      await page.locator('#node-input-loadCurve').waitFor({ state: 'detached' });
      await page.locator('#red-ui-header-button-deploy:not(.disabled)').click();
      await page
        .locator('.red-ui-flow-node-status-label', { hasText: 'an environment variable is not set' })
        .waitFor();
      await nodeRed.logged(/Home: the environment variable NO_TOKEN is not set/);
    });
  });
}
