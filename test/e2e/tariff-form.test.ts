import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser, openContext } from '../support/browser';
import { still, visitEditor } from '../support/editor';
import { NODE_REDS, startNodeRed, type NodeRed } from '../support/node-red';
import { meterNode, tariffNode } from '../support/home';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const FLOW = [
  { id: 'tab', type: 'tab', label: 'Home' },
  meterNode('', { provider: 'simulated' }),
  {
    id: 'cost',
    type: 'linky-cost',
    z: 'tab',
    name: '',
    meter: 'meter',
    tariff: '',
    compareWith: [],
    direction: 'consumption',
    replay: true,
    x: 300,
    y: 100,
    wires: [[], [], [], []],
  },
  {
    id: 'tempo',
    type: 'linky-tempo',
    z: 'tab',
    name: '',
    tariff: '',
    x: 300,
    y: 200,
    wires: [[], []],
  },
];

/** What people read on the way. */
const SENTENCES = {
  'en-US': {
    noHours: 'Row 1: enter the hours, such as 22:00-06:00.',
    noRange: 'Row 1: “22h-6” is not a range of hours such as 22:00-06:00.',
    overlap: 'Row 1: 22:00-06:00 and 05:00-07:00 overlap.',
    hole: 'No row covers this day: Sunday, summer.',
    rows: 'Row 2: it applies on the same days as row 1. Change the season, the days or the date of one of them.',
    allPeak: '00:00–24:00 Peak',
    night: '00:00–06:00 Off-peak, 06:00–22:00 Peak, 22:00–24:00 Off-peak',
    contractDay: '00:00–00:30 Peak, 00:30–08:30 Off-peak, 08:30–24:00 Peak',
    captions: ['Monday to Saturday', 'Sunday'],
    missing: 'Row 1: to fill in: Subscription, Peak, and Off-peak.',
    badPrice: 'Row 1: “much” is not a possible price in euros, such as 0.2142 (Peak).',
    today: 'Since August 1, 2026: 190.32 € a year',
    perKwh: ['Peak0.2001 €/kWh', 'Off-peak0.15 €/kWh'],
    noPrice: ' No price is known for today.',
    outdated:
      ' Prices have changed since, or should have, and the new ones are not known yet: these may be outdated.',
    onePrice: '186.00 € a year, 0.1952 €/kWh',
    filled:
      ' Filled in: 9 kVA and off-peak hours 00:30-08:30 since November 22, 2026. If they were the same before, set an earlier date.',
    hasOffPeak: ' Filled in: 9 kVA. The contract has off-peak hours: the plan may be peak / off-peak.',
    notDeployed: ' Deploy the meter first, then try again.',
    notTold:
      ' The provider of this meter does not tell the contract: fill in power and hours from your bill.',
    notOffered: 'This power is not offered with this plan. Offered: 6, 9, 12, 15, 18, 30, 36 kVA.',
    invalid: 'Off-peak hours: Row 1: 22:00-06:00 and 05:00-07:00 overlap.',
    remove: 'Remove row 2',
    up: 'Move row 2 up',
    outputs: ['daily (€)', 'monthly (€)', 'yearly (€)', 'comparison (€)'],
    days: ['today', 'tomorrow'],
    costRows: [
      'Name',
      'Meter',
      'Tariff',
      'Compare with',
      'Direction',
      'Collect the load curve',
      'Repeat the last values after a start',
    ],
    tempoRows: ['Name', 'Tariff'],
    noOther: 'No other tariff yet: create them with + beside the tariff.',
    collecting: 'Collecting: what is missing is requested from Enedis',
  },
  fr: {
    noHours: 'Ligne 1\u00a0: indiquez les heures, par exemple 22:00-06:00.',
    noRange: 'Ligne 1\u00a0: «\u00a022h-6\u00a0» n’est pas une plage horaire comme 22:00-06:00.',
    overlap: 'Ligne 1\u00a0: 22:00-06:00 et 05:00-07:00 se chevauchent.',
    hole: 'Aucune ligne ne couvre ce jour\u00a0: dimanche, été.',
    rows: 'Ligne 2\u00a0: elle vaut les mêmes jours que la ligne 1. Changez la saison, les jours ou la date de l’une des deux.',
    allPeak: '00:00–24:00 Heures pleines',
    night: '00:00–06:00 Heures creuses, 06:00–22:00 Heures pleines, 22:00–24:00 Heures creuses',
    contractDay: '00:00–00:30 Heures pleines, 00:30–08:30 Heures creuses, 08:30–24:00 Heures pleines',
    captions: ['Du lundi au samedi', 'Dimanche'],
    missing: 'Ligne 1\u00a0: à remplir\u00a0: Abonnement, Heures pleines et Heures creuses.',
    badPrice:
      'Ligne 1\u00a0: «\u00a0much\u00a0» n’est pas un prix possible en euros, comme 0,2142 (Heures pleines).',
    today: 'Depuis le 1er août 2026\u00a0: 190,32 €/an',
    perKwh: ['Heures pleines0,2001 €/kWh', 'Heures creuses0,15 €/kWh'],
    noPrice: ' Aucun prix n’est connu pour aujourd’hui.',
    outdated:
      ' Les prix ont changé depuis, ou auraient dû, et les nouveaux ne sont pas encore connus\u00a0: ceux-ci sont peut-être périmés.',
    onePrice: '186,00 €/an, 0,1952 €/kWh',
    filled:
      ' Rempli\u00a0: 9 kVA et heures creuses 00:30-08:30 depuis le 22 novembre 2026. Si elles étaient déjà les mêmes avant, indiquez une date antérieure.',
    hasOffPeak:
      ' Rempli\u00a0: 9 kVA. Le contrat a des heures creuses\u00a0: l’option est peut-être heures pleines / heures creuses.',
    notDeployed: ' Déployez d’abord le compteur, puis réessayez.',
    notTold:
      ' L’accès aux données de ce compteur n’indique pas le contrat\u00a0: reprenez la puissance et les heures de votre facture.',
    notOffered:
      'Cette puissance n’est pas proposée avec cette option. Puissances proposées\u00a0: 6, 9, 12, 15, 18, 30, 36 kVA.',
    invalid: 'Heures creuses\u00a0: Ligne 1\u00a0: 22:00-06:00 et 05:00-07:00 se chevauchent.',
    remove: 'Supprimer la ligne 2',
    up: 'Monter la ligne 2',
    outputs: ['jour (€)', 'mois (€)', 'année (€)', 'comparaison (€)'],
    days: ['aujourd’hui', 'demain'],
    costRows: [
      'Nom',
      'Compteur',
      'Tarif',
      'Comparer à',
      'Sens',
      'Collecter la courbe de charge',
      'Répéter les dernières valeurs au démarrage',
    ],
    tempoRows: ['Nom', 'Tarif'],
    noOther: 'Aucun autre tarif pour l’instant\u00a0: créez-les avec + à côté du tarif.',
    collecting: 'Collecte lancée\u00a0: ce qui manque est demandé à Enedis',
  },
};
type Lang = keyof typeof SENTENCES;

for (const version of NODE_REDS) {
  describe(`the tariff's form, on ${basename(version)}`, function () {
    this.timeout(180_000);
    const nodeReds: Partial<Record<Lang, NodeRed>> = {};
    let browser: Browser;
    const complaints: string[] = [];

    before(async () => {
      browser = await launchBrowser();
    });
    after(async () => {
      await browser.close();
      await Promise.all(Object.values(nodeReds).map((each) => each.stop()));
    });
    afterEach(async () => {
      await Promise.all(browser.contexts().map((context) => context.close()));
      assert.deepEqual(complaints.splice(0), []);
    });

    async function openEditor(lang: Lang, ...tariffs: object[]): Promise<Page> {
      const nodeRed = (nodeReds[lang] ??= await startNodeRed({
        nodeRed: version,
        flows: [],
        dashboard: false,
        lang,
      }));
      await nodeRed.deploy([...FLOW, ...tariffs]);
      const context = await openContext(browser, { locale: lang, viewport: { width: 1100, height: 1200 } });
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(error.stack ?? String(error)));
      page.on('console', (entry) => {
        if (entry.type() === 'error') complaints.push(entry.text());
      });
      // Regulated prices are asked of the runtime in its own tests.
      await page.route('**/linky/tariff/price', async (route) => {
        const { prices } = route.request().postDataJSON() as { prices: string };
        if (prices === 'own') await route.continue();
        else await route.fulfill({ json: { from: '', subscription: 186, prices: { base: 0.1952 } } });
      });
      await visitEditor(page, nodeRed.url);
      return page;
    }

    async function openForm(page: Page, id: string): Promise<void> {
      await page.evaluate(`RED.editor.editConfig('', 'linky-tariff', '${id}')`);
      await page.locator('#node-config-input-plan').waitFor();
      await still(page);
      // The editor gives the focus to the first field a moment later: what is typed meanwhile would go there.
      await page.waitForFunction("$('.red-ui-tray-body').last().find(':focus').length > 0");
    }

    const exported = async (page: Page, id: string): Promise<object> =>
      JSON.parse(
        await page.evaluate<string>(
          `JSON.stringify(RED.nodes.createExportableNodeSet([RED.nodes.node('${id}')])[0])`,
        ),
      ) as object;

    /** The editor takes over what is typed. @returns the node as it is exported */
    async function save(page: Page, id: string): Promise<object> {
      await page.locator('#node-config-dialog-ok').click();
      await page.locator('#node-config-input-plan').waitFor({ state: 'detached' });
      return exported(page, id);
    }

    const field = (page: Page, name: string): Locator => page.locator(`#node-config-input-${name}`);
    const part = (page: Page, name: string): Locator => page.locator(`#linky-tariff-${name}`);
    const row = (page: Page, list: string, number: number): Locator =>
      part(page, list)
        .locator('.linky-row')
        .nth(number - 1);
    const input = (page: Page, list: string, number: number, name: string): Locator =>
      row(page, list, number).locator(`.linky-cell[data-name="${name}"]`).locator('input, select');
    const problems = (page: Page): Promise<string[]> =>
      page.locator('.linky-tariff .linky-problems > div').allTextContents();
    const pictures = (page: Page): Promise<(string | null)[]> =>
      page.locator('.linky-bar').evaluateAll((bars) => bars.map((bar) => bar.getAttribute('aria-label')));
    const days = (page: Page, number: number): Locator => input(page, 'offPeak', number, 'days');

    const languages: Lang[] = version === NODE_REDS[0] ? ['fr', 'en-US'] : ['fr'];
    for (const lang of languages) {
      const sentences = SENTENCES[lang];

      it(`draws off-peak hours as they are typed, and refuses overlaps and holes (${lang})`, async () => {
        const page = await openEditor(lang, tariffNode('t'));
        await openForm(page, 't');
        assert.deepEqual(await part(page, 'offPeak').isVisible(), false);
        await field(page, 'plan').selectOption('hphc');
        assert.deepEqual(await problems(page), [sentences.noHours]);
        const ranges = input(page, 'offPeak', 1, 'ranges');
        await ranges.pressSequentially('22h-6');
        assert.deepEqual(await problems(page), [sentences.noRange]);
        assert.deepEqual(await pictures(page), [sentences.allPeak]);
        assert.equal(await ranges.getAttribute('aria-invalid'), 'true');
        await page.keyboard.press('h');
        assert.deepEqual(await problems(page), []);
        assert.deepEqual(await pictures(page), [sentences.night]);
        await ranges.blur();
        assert.equal(await ranges.inputValue(), '22:00-06:00');
        await ranges.fill('22:00-06:00; 05:00-07:00');
        assert.deepEqual(await problems(page), [sentences.overlap]);
        await ranges.fill('22:00-06:00');
        await days(page, 1).nth(6).uncheck();
        assert.deepEqual(await problems(page), [sentences.hole]);
        await part(page, 'offPeak-add').click();
        await input(page, 'offPeak', 2, 'ranges').fill('0h-24h');
        assert.deepEqual(await problems(page), [sentences.rows]);
        for (const day of [0, 1, 2, 3, 4, 5]) await days(page, 2).nth(day).uncheck();
        assert.deepEqual(await problems(page), []);
        assert.deepEqual(
          await page.locator('.linky-tariff figcaption').allTextContents(),
          sentences.captions,
        );
        await page.evaluate(AXE);
        const { violations } = await page.evaluate<{ violations: { id: string; nodes: object[] }[] }>(
          `axe.run('.linky-tariff', { runOnly: ${JSON.stringify(RULES)} })`,
        );
        assert.deepEqual(violations, []);
        assert.deepEqual(
          await save(page, 't'),
          tariffNode('t', {
            plan: 'hphc',
            offPeak: [
              { from: '', season: 'all', days: [1, 2, 3, 4, 5, 6], ranges: ['22:00-06:00'] },
              { from: '', season: 'all', days: [7], ranges: ['00:00-24:00'] },
            ],
          }),
        );
      });

      it(`takes prices with a comma or a point, and says which apply today (${lang})`, async () => {
        const offPeak = [{ from: '', season: 'all', days: EVERY_DAY, ranges: ['22:00-06:00'] }];
        const page = await openEditor(lang, tariffNode('t', { plan: 'hphc', offPeak }));
        await openForm(page, 't');
        await field(page, 'prices').selectOption('own');
        assert.deepEqual(await problems(page), [sentences.missing]);
        const price = (name: string): Locator => input(page, 'ownPrices', 1, name);
        await price('from').fill('2026-08-01');
        await price('subscription').fill('190,32 €');
        await price('peak').fill('much');
        await price('offPeak').fill('0.15');
        assert.deepEqual(await problems(page), [sentences.badPrice]);
        await price('peak').fill('0,2001');
        const today = part(page, 'today');
        await today.locator('dd').first().waitFor();
        assert.equal(await today.locator('> div').first().textContent(), sentences.today);
        assert.deepEqual(await today.locator('dl > div').allTextContents(), sentences.perKwh);
        await price('from').fill('2026-12-01');
        await today.locator('.linky-amber').waitFor();
        assert.equal(await today.textContent(), sentences.noPrice);
        await part(page, 'feedIn-add').click();
        await input(page, 'feedIn', 1, 'price').fill('0,04');
        assert.deepEqual(
          await save(page, 't'),
          tariffNode('t', {
            plan: 'hphc',
            offPeak,
            prices: 'own',
            ownPrices: [{ from: '2026-12-01', subscription: 190.32, peak: 0.2001, offPeak: 0.15 }],
            feedIn: [{ from: '', price: 0.04 }],
          }),
        );
        // Opened again, it shows what it has, and changes nothing.
        await openForm(page, 't');
        const typed = lang === 'fr' ? '0,2001' : '0.2001';
        assert.equal(await price('peak').inputValue(), typed);
        await page.evaluate(`RED.nodes.node('t').changed = false`);
        await save(page, 't');
        assert.equal(await page.evaluate(`RED.nodes.node('t').changed`), false);
      });

      it(`says that regulated prices are outdated (${lang})`, async () => {
        const page = await openEditor(lang, tariffNode('t'));
        await openForm(page, 't');
        const today = part(page, 'today');
        await today.filter({ hasText: sentences.onePrice }).waitFor();
        await page.route('**/linky/tariff/price', (route) =>
          route.fulfill({ json: { from: '', subscription: 186, prices: { base: 0.1952 }, outdated: true } }),
        );
        await field(page, 'power').selectOption('9');
        await today.locator('.linky-amber').waitFor();
        assert.equal(await today.locator('.linky-amber').textContent(), sentences.outdated);
      });

      it(`fills power and off-peak hours from the contract (${lang})`, async () => {
        const page = await openEditor(lang, tariffNode('t'));
        await openForm(page, 't');
        const fill = async (sentence: string): Promise<void> => {
          await part(page, 'fill').click();
          await part(page, 'contract-said').filter({ hasText: sentence.trim() }).waitFor();
        };
        await fill(sentences.hasOffPeak);
        assert.equal(await field(page, 'power').inputValue(), '9');
        await field(page, 'plan').selectOption('hphc');
        assert.equal(await part(page, 'contract-said').textContent(), '');
        await fill(sentences.filled);
        assert.equal(await part(page, 'contract-said').textContent(), sentences.filled);
        // A second time adds nothing.
        await fill(sentences.filled);
        assert.deepEqual(await pictures(page), [sentences.contractDay]);
        for (const [key, sentence] of [
          ['not-deployed', sentences.notDeployed],
          ['not-told', sentences.notTold],
        ] as const) {
          await page.route('**/linky/tariff/contract', (route) =>
            route.fulfill({ json: { error: { key } } }),
          );
          await fill(sentence);
        }
        assert.deepEqual(
          await save(page, 't'),
          tariffNode('t', {
            plan: 'hphc',
            power: 9,
            offPeak: [{ from: '2026-11-22', season: 'all', days: EVERY_DAY, ranges: ['00:30-08:30'] }],
          }),
        );
      });

      it(`marks a tariff that is not valid, also before it is opened (${lang})`, async () => {
        const offPeak = [{ ranges: ['22:00-06:00', '05:00-07:00'] }];
        const page = await openEditor(
          lang,
          tariffNode('t', { plan: 'hphc', offPeak }),
          tariffNode('u', { plan: 'tempo', power: 24 }),
        );
        const errors = `RED.nodes.node('t').validationErrors`;
        assert.deepEqual(await page.evaluate(errors), [sentences.invalid]);
        await openForm(page, 'u');
        assert.deepEqual(await problems(page), [sentences.notOffered]);
        await field(page, 'power').selectOption('30');
        assert.deepEqual(await problems(page), []);
        assert.equal(await page.locator('.linky-form .input-error:visible').count(), 0);
        await save(page, 'u');
        assert.equal(await page.evaluate(`RED.nodes.node('u').valid`), true);
      });

      it(`has the periods of a custom plan named, ordered and priced (${lang})`, async () => {
        const page = await openEditor(lang, tariffNode('t'));
        await openForm(page, 't');
        await field(page, 'plan').selectOption('custom');
        assert.equal(await field(page, 'prices').isVisible(), false);
        await input(page, 'periods', 1, 'name').fill('Night');
        await input(page, 'periods', 1, 'ranges').fill('22h-6h');
        await part(page, 'periods-add').click();
        await input(page, 'periods', 2, 'name').fill('Weekend');
        await input(page, 'periods', 2, 'ranges').fill('0h-24h');
        for (const day of [0, 1, 2, 3, 4]) {
          await input(page, 'periods', 2, 'days').nth(day).uncheck();
        }
        await part(page, 'defaultPeriod').fill('Day');
        const night = '00:00–06:00 Night, 06:00–22:00 Day, 22:00–24:00 Night';
        assert.deepEqual(await pictures(page), [night, night.replace('Day', 'Weekend')]);
        await page.getByRole('button', { name: sentences.up }).click();
        assert.deepEqual(await pictures(page), [night, '00:00–24:00 Weekend']);
        for (const [name, price] of [
          ['subscription', '200'],
          ['Night', '0,1'],
          ['Weekend', '0,15'],
          ['Day', '0,25'],
        ] as const) {
          await input(page, 'ownPrices', 1, name).fill(price);
        }
        assert.deepEqual(await problems(page), []);
        // A period that is renamed keeps its price.
        await input(page, 'periods', 2, 'name').fill('Nights');
        await part(page, 'defaultPeriod').fill('');
        await part(page, 'defaultPeriod').fill('Days');
        assert.deepEqual(await problems(page), []);
        const hours = { from: '', season: 'all' };
        assert.deepEqual(
          await save(page, 't'),
          tariffNode('t', {
            plan: 'custom',
            prices: 'own',
            defaultPeriod: 'Days',
            periods: [
              { name: 'Weekend', ...hours, days: [6, 7], ranges: ['00:00-24:00'] },
              { name: 'Nights', ...hours, days: EVERY_DAY, ranges: ['22:00-06:00'] },
            ],
            ownPrices: [{ from: '', subscription: 200, Weekend: 0.15, Nights: 0.1, Days: 0.25 }],
          }),
        );
      });

      it(`gives cost and Tempo nodes their forms and outputs (${lang})`, async () => {
        const page = await openEditor(lang, tariffNode('a'), tariffNode('b'), tariffNode('c'));
        const label = (id: string, index: number): Promise<string> =>
          page.evaluate(`RED.nodes.node('${id}')._def.outputLabels.call(RED.nodes.node('${id}'), ${index})`);
        for (const [index, text] of sentences.outputs.entries())
          assert.equal(await label('cost', index), text);
        for (const [index, text] of sentences.days.entries()) assert.equal(await label('tempo', index), text);
        await page.route('**/linky/cost/cost', (route) => route.fulfill({ status: 200 }));
        const notice = page.locator('.red-ui-notification', { hasText: sentences.collecting });
        await Promise.all([notice.waitFor(), page.locator('#cost .red-ui-flow-node-button').click()]);
        await notice.click();
        const rows = async (): Promise<string[]> =>
          (await page.locator('#dialog-form label:visible').allTextContents()).map((text) => text.trim());
        await page.locator('#tempo').dblclick();
        await page.locator('#node-input-tariff').waitFor();
        await still(page);
        assert.deepEqual(await rows(), sentences.tempoRows);
        await page.locator('#node-dialog-ok').click();
        await page.locator('#node-input-tariff').waitFor({ state: 'detached' });
        assert.equal(await page.evaluate(`RED.nodes.node('tempo').valid`), true);
        await page.locator('.red-ui-tray').waitFor({ state: 'detached' });
        await page.locator('#cost').dblclick();
        await page.locator('#node-input-tariff').waitFor();
        await still(page);
        await page.locator('#node-input-tariff').selectOption('a');
        assert.deepEqual(await rows(), [
          ...sentences.costRows.slice(0, 4),
          'b',
          'c',
          ...sentences.costRows.slice(4),
        ]);
      });
    }

    it('tells the editor which tariffs a cost node uses', async () => {
      const page = await openEditor('fr', tariffNode('a'), tariffNode('b'), tariffNode('c'));
      const users = (): Promise<(number | undefined)[]> =>
        page.evaluate(`['a', 'b', 'c'].map((id) => RED.nodes.node(id)?.users.length)`);
      const boxes = page.locator('#linky-cost-compare input');
      const open = async (): Promise<void> => {
        await page.locator('#cost').dblclick();
        await page.locator('#node-input-tariff').waitFor();
        await still(page);
      };
      const done = async (): Promise<object> => {
        await page.locator('#node-dialog-ok').click();
        await page.locator('#node-input-tariff').waitFor({ state: 'detached' });
        return exported(page, 'cost');
      };
      await open();
      await page.locator('#node-input-tariff').selectOption('a');
      await boxes.nth(0).check();
      await boxes.nth(1).check();
      assert.partialDeepStrictEqual(await done(), { tariff: 'a', compareWith: ['b', 'c'] });
      assert.deepEqual(await users(), [1, 1, 1]);
      await open();
      await page.locator('#node-input-tariff').selectOption('b');
      await boxes.nth(0).check();
      assert.partialDeepStrictEqual(await done(), { tariff: 'b', compareWith: ['a', 'c'] });
      assert.deepEqual(await users(), [1, 1, 1]);
      await page.evaluate(`RED.history.pop()`);
      assert.deepEqual(await page.evaluate(`RED.nodes.node('cost').compareWith`), ['b', 'c']);
      assert.deepEqual(await users(), [1, 1, 1]);
      await page.evaluate(`RED.nodes.remove('c')`);
      await open();
      assert.partialDeepStrictEqual(await done(), { tariff: 'a', compareWith: ['b'] });
      await page.evaluate(`RED.nodes.remove('cost')`);
      assert.deepEqual(await users(), [0, 0, undefined]);
    });

    it('can be used with the keyboard alone', async () => {
      const page = await openEditor('fr', tariffNode('t'));
      await openForm(page, 't');
      await field(page, 'plan').focus();
      await field(page, 'plan').press('ArrowDown');
      await part(page, 'offPeak-add').focus();
      await page.keyboard.press('Enter');
      assert.equal(await part(page, 'offPeak').locator('.linky-row').count(), 2);
      // The new row has the focus.
      await page.keyboard.type('12h-14h');
      assert.equal(await input(page, 'offPeak', 2, 'ranges').inputValue(), '12h-14h');
      await days(page, 2).first().focus();
      await page.keyboard.press('Space');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Space');
      assert.equal(await row(page, 'offPeak', 2).locator('.linky-days input:checked').count(), 5);
      await page.getByRole('button', { name: SENTENCES.fr.remove }).focus();
      await page.keyboard.press('Enter');
      assert.equal(await part(page, 'offPeak').locator('.linky-row').count(), 1);
      assert.equal(await page.evaluate('document.activeElement.id'), 'linky-tariff-offPeak-add');
    });

    it('asks for credentials where the source of colours needs them, and keeps them from others', async () => {
      const page = await openEditor('fr', tariffNode('t', { plan: 'tempo' }));
      await openForm(page, 't');
      const secret = field(page, 'clientSecret');
      const seen = async (): Promise<boolean[]> => [
        await field(page, 'clientId').isVisible(),
        await secret.isVisible(),
      ];
      assert.deepEqual(await seen(), [false, false]);
      await field(page, 'colours').selectOption('rte');
      assert.deepEqual(await seen(), [true, true]);
      assert.match((await secret.getAttribute('class')) ?? '', /input-error/);
      await field(page, 'clientId').fill('an-id');
      await secret.fill('a-secret');
      await secret.blur();
      assert.equal(await page.locator('.linky-form .input-error:visible').count(), 0);
      await field(page, 'colours').selectOption('myelectricaldata');
      assert.deepEqual(await seen(), [false, true]);
      assert.equal(await secret.inputValue(), '');
      await field(page, 'colours').selectOption('rte');
      assert.equal(await secret.inputValue(), 'a-secret');
      await field(page, 'coloursUrl').fill('digital.example');
      await field(page, 'coloursUrl').blur();
      assert.deepEqual(
        await save(page, 't'),
        tariffNode('t', { plan: 'tempo', colours: 'rte', coloursUrl: 'https://digital.example' }),
      );
      assert.deepEqual(await page.evaluate(`RED.nodes.node('t').valid`), true);
    });
  });
}
