import assert from 'node:assert/strict';
import { basename } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser, openContext } from '../support/browser';
import { still, visitEditor } from '../support/editor';
import { now } from '../support/host-clock';
import { NODE_REDS, startNodeRed, type NodeRed } from '../support/node-red';
import { CREDENTIALS, GATEWAYS, meterNode, PDL, sourceNodes } from '../support/home';
import { consoToken, startStandIn, type GatewayName, type StandIn } from '../support/stand-in/server';

const OTHER_PDL = '22222222222222';
const DAY = 86_400_000;
/** As MyElectricalData's first server made them. */
const FIRST_SERVER_TOKEN = 'c2Vjb25kLXNlcnZlcg+/ZmlXQ==';
/** What Enedis' consent page hands over: the PDL, none, and a number that Data Connect does not know. */
const [GIVEN, ENDED, UNKNOWN] = ['4711', '4713', '9999'];
const AUTHORISATIONS = {
  4711: [{ pointId: PDL, etatCode: 'ACTIF' }],
  4713: [{ pointId: PDL, etatCode: 'TERMINE' }],
};
const AUTHORIZE = 'https://mon-compte-particulier.enedis.fr/dataconnect/v2/oauth2/authorize';
const TAB = { id: 'tab', type: 'tab', label: 'Home' };

/** What people read on the way, as patterns. */
const SENTENCES = {
  'en-US': {
    several: 'This token gives access to several PDLs. Choose yours:',
    valid: /^ Valid until \w+ \d+, \d{4}\.$/,
    ends: /^ Consent valid until \w+ \d+, \d{4}\.$/,
    soon: /^ Valid until \w+ \d+, \d{4}: time to get a new one\.$/,
    works: /^ The connection works: \d+(\.\d{1,2})? kWh consumed on \w+ \d+, \d{4}\.$/,
    refused:
      /^ Get a new token at https:\/\/conso\.boris\.sh and enter it: the present one is wrong or does not give access to the PDL 12345678901234\.$/,
    upToDate: /^\d.* · next/,
    consented: ` Consent given for the PDL ${PDL}.`,
    contract: ' Contract: 9 kVA, off-peak hours 22:00–06:00, data since August 31, 2018.',
    end: 'You can close this page.',
    notGiven: 'Enedis did not name a PDL',
    failed: 'Enedis has your consent, but the PDL could not be read',
    lacking: [
      'Enter the client ID and the client secret first.',
      'Enter the client secret first.',
      'Enter the client ID first.',
    ],
    secretRefused:
      ' Copy the client secret again from your account at https://www.v2.myelectricaldata.fr: MyElectricalData rejects this one.',
    clientRefused: ' Check the client ID and the client secret: Enedis rejects one of them.',
    firstServer: / first server, which ended in October 2026, .* https:\/\/www\.v2\.myelectricaldata\.fr, /,
    accountPoints: 'This account has several PDLs. Choose yours:',
    otherAccount: ' That PDL is not one of this account’s, which are:',
    sourceRows: ['Name', 'Meter', 'Collect the load curve', 'Repeat the last values after a start'],
    outputs: ['load curve (kW)', 'daily (kWh)', 'monthly (kWh)', 'yearly (kWh)'],
    maxPower: 'max power',
    collecting: 'Collecting: what is missing is requested from Enedis',
    historyRow: 'Direction',
    costDay: /^Requests a day with these hours: about \d+, /,
    costHistory: /^Requests for the whole history: 9, on the first day\.$/,
    costYears: /^Requests for the whole history: \d+, in about 2 days\.$/,
  },
  fr: {
    several: 'Ce jeton donne accès à plusieurs PDL. Choisissez le vôtre\u00a0:',
    valid: /^ Valable jusqu’au \d+(er)? \p{L}+ \d{4}\.$/u,
    ends: /^ Consentement valable jusqu’au \d+(er)? \p{L}+ \d{4}\.$/u,
    soon: /^ Valable jusqu’au \d+(er)? \p{L}+ \d{4}\u00a0: pensez à en demander un nouveau\.$/u,
    works: /^ La connexion fonctionne\u00a0: \d+(,\d{1,2})? kWh consommés le \d+(er)? \p{L}+ \d{4}\.$/u,
    refused:
      /^ Demandez un nouveau jeton sur https:\/\/conso\.boris\.sh et saisissez-le\u00a0: celui-ci est erroné ou ne donne pas accès au PDL 12345678901234\.$/,
    upToDate: /^\d.* · prochaine collecte/,
    consented: ` Consentement donné pour le PDL ${PDL}.`,
    contract: ' Contrat\u00a0: 9 kVA, heures creuses 22:00–06:00, données depuis le 31 août 2018.',
    end: 'Vous pouvez fermer cette page.',
    notGiven: 'Enedis n’a indiqué aucun PDL',
    failed: 'Enedis a votre consentement, mais le PDL n’a pas pu être lu',
    lacking: [
      'Saisissez d’abord l’identifiant et la clé secrète.',
      'Saisissez d’abord la clé secrète.',
      'Saisissez d’abord l’identifiant.',
    ],
    secretRefused:
      ' Copiez de nouveau la clé secrète depuis votre compte sur https://www.v2.myelectricaldata.fr\u00a0: MyElectricalData refuse celle-ci.',
    clientRefused: ' Vérifiez l’identifiant et la clé secrète\u00a0: Enedis refuse l’un des deux.',
    firstServer:
      / premier serveur de MyElectricalData, arrêté en octobre 2026, .* https:\/\/www\.v2\.myelectricaldata\.fr, /,
    accountPoints: 'Ce compte a plusieurs PDL. Choisissez le vôtre\u00a0:',
    otherAccount: ' Ce PDL n’est pas dans ce compte, qui contient\u00a0:',
    sourceRows: [
      'Nom',
      'Compteur',
      'Collecter la courbe de charge',
      'Répéter les dernières valeurs au démarrage',
    ],
    outputs: ['courbe de charge (kW)', 'jour (kWh)', 'mois (kWh)', 'année (kWh)'],
    maxPower: 'puissance max',
    collecting: 'Collecte lancée\u00a0: ce qui manque est demandé à Enedis',
    historyRow: 'Sens',
    costDay: /^Requêtes par jour avec ces heures\u00a0: environ \d+, /,
    costHistory: /^Requêtes pour tout l’historique\u00a0: 9, le premier jour\.$/,
    costYears: /^Requêtes pour tout l’historique\u00a0: \d+, en environ 2 jours\.$/,
  },
};
type Lang = keyof typeof SENTENCES;

for (const version of NODE_REDS) {
  describe(`the forms, on ${basename(version)}`, function () {
    this.timeout(180_000);
    /** Of the test that runs: one of each language serves them all. */
    let nodeRed: NodeRed;
    const nodeReds: Partial<Record<Lang, NodeRed>> = {};
    let browser: Browser;
    const standIns = {} as Record<GatewayName, StandIn>;
    const complaints: string[] = [];
    const [token, endingToken] = [400, 20].map((days) =>
      consoToken([PDL, OTHER_PDL], now() + days * DAY),
    ) as [string, string];

    before(async () => {
      const published = { daily: '00:00', 'max-power': '00:00', 'load-curve': '00:00' } as const;
      for (const gateway of GATEWAYS) {
        const opened = { usagePoints: [PDL], authorisations: AUTHORISATIONS };
        standIns[gateway] = await startStandIn({ now, gateway, published, ...opened });
      }
      standIns.conso.settings.token = token;
      browser = await launchBrowser();
    });
    after(async () => {
      await browser.close();
      await Promise.all(Object.values(nodeReds).map((each) => each.stop()));
      await Promise.all(Object.values(standIns).map((standIn) => standIn.close()));
    });
    afterEach(async () => {
      await Promise.all(browser.contexts().map((context) => context.close()));
      assert.deepEqual(complaints.splice(0), []);
      for (const { calls, settings } of Object.values(standIns)) {
        calls.length = 0;
        settings.usagePoints = [PDL];
      }
    });

    /** The editor of a user who has never been there. */
    async function openEditor(lang: Lang, flows: object[] = [TAB], locale: Lang = lang): Promise<Page> {
      nodeRed = nodeReds[lang] ??= await startNodeRed({
        nodeRed: version,
        flows: [],
        dashboard: false,
        lang,
        env: { MY_PDL: PDL },
      });
      await nodeRed.deploy(flows);
      const context = await openContext(browser, { locale, viewport: { width: 1100, height: 1000 } });
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(error.stack ?? String(error)));
      page.on('console', (entry) => {
        // A test that is refused before any request is answered with 400, a consent that could not be exchanged with
        // 502; browsers note both.
        if (entry.type() === 'error' && !/ (400|502) /.test(entry.text())) complaints.push(entry.text());
      });
      page.on('response', (response) => {
        if (!response.url().includes('/linky/')) return;
        response.text().then(
          (text) => {
            if (/Dupont|Camille|0612345678|secret\.example/.test(text)) complaints.push(text);
          },
          () => undefined,
        );
      });
      await visitEditor(page, nodeRed.url);
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

    /** What the rows of the open form are called. */
    const rows = async (page: Page): Promise<string[]> =>
      (await page.locator('#dialog-form label:visible').allTextContents()).map((label) => label.trim());

    async function openMeterForm(page: Page, how: 'add' | 'edit' = 'add'): Promise<void> {
      await page.locator('.red-ui-flow-node-group').first().dblclick();
      await page.locator('#node-input-loadCurve').waitFor();
      await still(page);
      await page.locator(`#node-input-btn-meter-${how}, #node-input-lookup-meter`).first().click();
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
        // Without a PDL the test takes it from the token, which only the runtime can read here.
        await field(page, 'usagePoint').fill('');
        assert.equal(await said(page).textContent(), '');
        await page.locator('#linky-meter-test').click();
        await choices.getByRole('button', { name: OTHER_PDL }).waitFor();
        const [day, history] = await page.locator('[id^=linky-meter-cost]').allTextContents();
        assert.match(day ?? '', sentences.costDay);
        assert.match(history ?? '', sentences.costHistory);
        await field(page, 'loadCurveHistory').fill('730');
        await field(page, 'loadCurveHistory').blur();
        await page.locator('#linky-meter-cost-history', { hasText: sentences.costYears }).waitFor();
      });

      it(`gives the nodes on a meter their forms, outputs and buttons (${lang})`, async () => {
        const units = { consumption: 'kVA', production: 'kW' };
        const sources = Object.keys(units).flatMap((direction, index) =>
          sourceNodes(direction, direction, { x: 300, y: 100 + 150 * index, wires: [] }).slice(0, 1),
        );
        const history = { id: 'history', type: 'linky-history', z: 'tab', x: 300, y: 400, wires: [] };
        const meter = meterNode('', { provider: 'simulated' });
        const page = await openEditor(lang, [TAB, meter, ...sources, { ...history, meter: meter.id }]);
        for (const [id, unit] of Object.entries(units)) {
          const node = page.locator(`#${id}`);
          const labels: string[] = [];
          const ports = node.locator('.red-ui-flow-port-output .red-ui-flow-port');
          await ports.first().waitFor();
          for (const port of await ports.all()) {
            await port.hover();
            const label = page.locator('.red-ui-flow-port-tooltip');
            labels.push((await label.textContent()) ?? '');
            await page.mouse.move(700, 700);
            await label.waitFor({ state: 'detached' });
          }
          assert.deepEqual(labels, [...sentences.outputs, `${sentences.maxPower} (${unit})`]);

          const request = page.waitForRequest(`${nodeRed.url}/linky/${id}/${id}`);
          const notice = page.locator('.red-ui-notification', { hasText: sentences.collecting });
          // It goes by itself: whoever waits for it must have begun before it comes.
          await Promise.all([notice.waitFor(), node.locator('.red-ui-flow-node-button').click()]);
          assert.equal((await request).method(), 'POST');
          await notice.click();

          await node.dblclick();
          await page.locator('#node-input-loadCurve').waitFor();
          await still(page);
          assert.deepEqual(await rows(page), sentences.sourceRows);
          assert.equal(await page.locator('#node-input-meter').inputValue(), 'meter');
          await page.locator('#node-input-name').fill('Renamed');
          await page.locator('#node-input-loadCurve').uncheck();
          await page.locator('#node-dialog-ok').click();
          await page.locator('#node-input-loadCurve').waitFor({ state: 'detached' });
          const saved = await page.evaluate<object>(
            `RED.nodes.createExportableNodeSet([RED.nodes.node('${id}')])[0]`,
          );
          const changed = { name: 'Renamed', meter: 'meter', loadCurve: false, replay: true };
          assert.partialDeepStrictEqual(saved, { type: `linky-${id}`, ...changed });
        }
        // Its own rows come below those that it has in common with the source nodes.
        await page.locator('#history').dblclick();
        await page.locator('#node-input-format').waitFor();
        const common = sentences.sourceRows.slice(0, 2);
        assert.deepEqual((await rows(page)).slice(0, 3), [...common, sentences.historyRow]);
        // Home Assistant takes hours of whatever is energy, alone.
        const of = (name: string): Locator => page.locator(`#node-input-${name}`);
        const wrong = (): Promise<string[]> =>
          page.locator('[id^="node-input-"].input-error').evaluateAll((inputs) => inputs.map(({ id }) => id));
        const steps: [change: () => Promise<unknown>, wrong: string[]][] = [
          [() => of('step').selectOption('hour'), ['node-input-step']],
          [() => of('format').selectOption('home-assistant'), []],
          [() => of('step').selectOption('month'), ['node-input-step']],
          [() => of('step').selectOption('native'), []],
          [() => of('metric').selectOption('max-power'), ['node-input-format']],
          [() => of('metric').selectOption('daily'), []],
          [() => of('compare').check(), ['node-input-format']],
          [() => of('format').selectOption('csv'), []],
        ];
        for (const [change, expected] of steps) {
          await change();
          assert.deepEqual(await wrong(), expected, change.toString());
        }
      });

      it(`has Enedis' consent fill in the PDL (${lang})`, async () => {
        const page = await openEditor(lang);
        const back = { autorisation_id: GIVEN } as Record<string, string | undefined>;
        const asked: Record<string, string>[] = [];
        await page.context().route(`${AUTHORIZE}**`, async (route) => {
          const query = Object.fromEntries(new URL(route.request().url()).searchParams);
          asked.push(query);
          const search = new URLSearchParams({ ...back, state: query['state'] ?? '' });
          const location = `${nodeRed.url}/linky/consent?${search.toString()}`;
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
        const hint = page.locator('#linky-meter-consent-hint');
        const [both, secret, id] = sentences.lacking;
        assert.deepEqual([await button.isDisabled(), await hint.textContent()], [true, both]);
        await field(page, 'clientId').fill(CREDENTIALS.clientId);
        assert.deepEqual([await button.isDisabled(), await hint.textContent()], [true, secret]);
        await field(page, 'clientId').fill('');
        await field(page, 'clientSecret').fill(CREDENTIALS.clientSecret);
        assert.deepEqual([await button.isDisabled(), await hint.textContent()], [true, id]);
        await field(page, 'clientId').fill(CREDENTIALS.clientId);
        assert.deepEqual([await button.isDisabled(), await hint.isVisible()], [false, false]);
        await field(page, 'url').fill(standIns.dataconnect.url);
        const consent = async (end: string): Promise<void> => {
          const [enedis] = await Promise.all([page.context().waitForEvent('page'), button.click()]);
          await enedis.getByText(end).waitFor();
          await enedis.close();
        };
        delete back['autorisation_id'];
        back['error'] = 'access_denied';
        await consent(sentences.notGiven);
        delete back['error'];
        back['autorisation_id'] = ENDED;
        await consent(sentences.notGiven);
        back['autorisation_id'] = UNKNOWN;
        await consent(sentences.notGiven);
        standIns.dataconnect.faults.next('html503', { series: 'consent' });
        await consent(sentences.failed);
        assert.equal(await field(page, 'usagePoint').inputValue(), '');
        back['autorisation_id'] = GIVEN;
        await consent(sentences.end);
        assert.deepEqual(
          asked.map(({ client_id: client, duration }) => [client, duration]),
          Array.from({ length: 5 }, () => [CREDENTIALS.clientId, 'P3Y']),
        );
        await said(page, 'consent').filter({ hasText: sentences.consented.trim() }).waitFor();
        assert.equal(await field(page, 'usagePoint').inputValue(), PDL);
        const [works, contract] = await test(page);
        assert.match(works ?? '', sentences.works);
        assert.equal(contract, sentences.contract);
        // What was tested has changed: the result is gone.
        await field(page, 'clientSecret').fill('a-wrong-secret');
        assert.equal(await said(page).textContent(), '');
        assert.deepEqual(await test(page), [sentences.clientRefused]);
        await page.keyboard.press('Tab');
        assert.deepEqual(await said(page).allTextContents(), [sentences.clientRefused]);
      });

      it(`offers the PDLs of a MyElectricalData account (${lang})`, async () => {
        const { settings, calls, url } = standIns.myelectricaldata;
        const listed = (): number => calls.filter(({ series }) => series === 'usage-points').length;
        const page = await openEditor(lang);
        await drop(page, 'linky-consumption');
        await openMeterForm(page);
        await field(page, 'provider').selectOption('myelectricaldata');
        assert.equal(
          await page.locator('#linky-meter-consent-page').getAttribute('href'),
          'https://www.v2.myelectricaldata.fr',
        );
        await field(page, 'url').fill(url);
        const enter = async (secret: string): Promise<void> => {
          await field(page, 'clientSecret').fill(secret);
          await field(page, 'clientSecret').blur();
        };
        const answer = said(page, 'secret');
        await enter(FIRST_SERVER_TOKEN);
        assert.match((await answer.locator('.linky-red').textContent()) ?? '', sentences.firstServer);
        assert.match((await field(page, 'clientSecret').getAttribute('class')) ?? '', /input-error/);
        await enter('${MY_SECRET}');
        assert.equal(await answer.textContent(), '');
        await enter('short');
        assert.equal(listed(), 0);
        let go = (): void => undefined;
        const gone = new Promise<void>((resolve) => (go = resolve));
        await page.route('**/linky/meter/usage-points', async (route) => {
          await gone;
          await route.continue();
        });
        await enter('a-wrong-secret');
        await answer.locator('.linky-busy').first().waitFor();
        go();
        await answer.locator('.linky-red').waitFor();
        assert.equal(await answer.textContent(), sentences.secretRefused);
        assert.equal(listed(), 1);
        settings.usagePoints = [OTHER_PDL, PDL];
        await enter(` Bearer ${CREDENTIALS.clientSecret} `);
        const choices = page.locator('#linky-meter-usage-points');
        await choices.getByRole('button').first().waitFor();
        assert.ok((await choices.textContent())?.startsWith(sentences.accountPoints));
        assert.deepEqual(await choices.getByRole('button').allTextContents(), [OTHER_PDL, PDL]);
        await choices.getByRole('button', { name: PDL }).click();
        assert.equal(await field(page, 'usagePoint').inputValue(), PDL);
        await field(page, 'usagePoint').fill('33333333333333');
        assert.equal(await choices.locator('.linky-amber').textContent(), sentences.otherAccount);
        await choices.getByRole('button', { name: PDL }).click();
        // Another provider is told nothing of them, and coming back costs no request.
        await field(page, 'provider').selectOption('conso');
        assert.equal(await choices.textContent(), '');
        assert.equal(await field(page, 'token').inputValue(), '');
        await field(page, 'provider').selectOption('myelectricaldata');
        assert.deepEqual(await choices.getByRole('button').allTextContents(), [OTHER_PDL, PDL]);
        await field(page, 'clientSecret').focus();
        await field(page, 'clientSecret').blur();
        assert.equal(listed(), 2);
        const [works, contract] = await test(page);
        assert.match(works ?? '', sentences.works);
        assert.equal(contract, sentences.contract);
        // A single PDL goes into an empty field.
        settings.usagePoints = [PDL];
        settings.clientSecret = 'another-secret';
        await field(page, 'usagePoint').fill('');
        await enter('another-secret');
        await page.waitForFunction(`$('#node-config-input-usagePoint').val() === '${PDL}'`);
        assert.equal(await choices.textContent(), '');
        assert.equal(listed(), 3);
        settings.clientSecret = CREDENTIALS.clientSecret;
        assert.equal(await page.locator('.linky-form .input-error:visible').count(), 0);
      });
    }

    it('tells an old flow of MyElectricalData what to do, and keeps its token from others', async () => {
      // One whose values no test before has collected: else nothing would be asked.
      standIns.myelectricaldata.settings.usagePoints = [OTHER_PDL];
      const changes = { provider: 'myelectricaldata', usagePoint: OTHER_PDL };
      const meter = { ...meterNode('', changes), credentials: { token: 'of-old' } };
      const source = {
        id: 'source',
        type: 'linky-consumption',
        z: 'tab',
        name: '',
        meter: 'meter',
        x: 300,
        y: 200,
      };
      const page = await openEditor('en-US', [
        TAB,
        meter,
        { ...source, loadCurve: true, replay: true, wires: [] },
      ]);
      await nodeRed.logged(/Create an account at .* \(House\)/);
      await openMeterForm(page, 'edit');
      const red = said(page, 'secret').locator('.linky-red');
      assert.match((await red.textContent()) ?? '', SENTENCES['en-US'].firstServer);
      assert.match(
        (await test(page)).join(),
        /^ Create an account at .* first server, which ended in October 2026\.$/,
      );
      await field(page, 'provider').selectOption('conso');
      assert.equal(await field(page, 'token').inputValue(), '');
      assert.match(
        (await test(page)).join(),
        /^ Get a token at https:\/\/conso\.boris\.sh and enter it: there is none yet\.$/,
      );
      await field(page, 'provider').selectOption('myelectricaldata');
      assert.equal(await red.count(), 1);
      await field(page, 'url').fill(standIns.myelectricaldata.url);
      await field(page, 'clientSecret').fill(CREDENTIALS.clientSecret);
      await field(page, 'clientSecret').blur();
      assert.match((await test(page)).join(), /^ The connection works/);
      assert.equal(await red.count(), 0);
    });

    it('writes statuses in the language of the editor that deployed last, whatever the server speaks', async () => {
      const meter = meterNode('', { provider: 'simulated' });
      const [source = {}] = sourceNodes('consumption', 'c', { x: 300, y: 100, wires: [] });
      const status = (page: Page, text: RegExp): Promise<void> =>
        page.locator('.red-ui-flow-node-status-label').filter({ hasText: text }).waitFor();
      let before: Lang = 'en-US';
      for (const locale of ['fr', 'en-US'] as const) {
        const page = await openEditor('en-US', [TAB, meter, source], locale);
        await status(page, SENTENCES[before].upToDate);
        await page.locator('#c').dblclick();
        await page.locator('#node-input-name').fill('Renamed');
        await page.locator('#node-dialog-ok').click();
        await page.locator('#red-ui-header-button-deploy:not(.disabled)').click();
        await status(page, SENTENCES[locale].upToDate);
        before = locale;
      }
      const page = await openEditor('en-US', [TAB, { ...meter, language: 'fr' }, source]);
      await status(page, SENTENCES.fr.upToDate);
    });

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
        { provider: 'myelectricaldata', clientSecret: 'short', url: 'https://med.example' },
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
        assert.ok(shown.length > 0);
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
      const advice =
        'Set the environment variable NO_TOKEN and restart Node-RED, or enter the value itself: the variable is not set.';
      assert.deepEqual(await test(page), [` ${advice}`]);
      await page.locator('#node-config-dialog-ok').click();
      await field(page, 'provider').waitFor({ state: 'detached' });
      await still(page);
      await page.locator('#node-dialog-ok').click();
      await page.locator('#node-input-loadCurve').waitFor({ state: 'detached' });
      await page.locator('#red-ui-header-button-deploy:not(.disabled)').click();
      await page
        .locator('.red-ui-flow-node-status-label', { hasText: 'an environment variable is not set' })
        .waitFor();
      await nodeRed.logged(/Set the environment variable NO_TOKEN .* \(Home\)/);
    });
  });
}
