import assert from 'node:assert/strict';
import { METRICS } from '../../../src/metering/metrics';
import { addDays, dayOf, startOfDay, type Day } from '../../../src/calendar/paris';
import { figureOf } from '../../../src/widget/figure';
import { keptOf } from '../../../src/widget/kept';
import type { ToBrowsers } from '../../../src/widget/messages';
import { now } from '../../support/host-clock';
import { dashboardOf } from '../../support/widget/flows';
import {
  becomes,
  fits,
  isOpenToAll,
  light,
  line,
  lit,
  openGraph,
  press,
  shows,
  showsMessages,
  title,
  told,
  widget,
} from '../../support/widget/look';
import { BARN, HOUSE, messageOf } from '../../support/widget/messages';
import { onEachNodeRed } from '../../support/widget/site';

const FLOWS = dashboardOf(
  [
    { id: 'house', width: 4, height: 9 },
    { id: 'barn', width: 4, height: 9 },
    { id: 'both', width: 4, height: 9, label: 'Tout' },
    { id: 'lights', width: 2, height: 3 },
    { id: 'new', width: 2, height: 3 },
  ],
  { groupWidth: 12 },
);
/** Before a page whose clock was moved on holds its connection for lost: then it starts anew, whatever it showed. */
const SOON = { timeout: 10_000 };
const beforeYesterday = (): Day => addDays(dayOf(now()), -2);

onEachNodeRed(
  'the widget’s display',
  { flows: FLOWS },
  (site) => {
    it('shows the figures of the messages', async () => {
      const page = await site.open();
      await becomes(title(page, 'house'), 'Consommation');
      await shows(page, 'house', 'consumption', HOUSE);
      const units = await widget(page, 'house').locator('.linky-unit').allInnerTexts();
      assert.deepEqual(
        units.map((unit) => unit.split(/\s+/)),
        [['kWh'], ['kWh'], ['kWh'], ['kW', 'max'], ['kVA']],
      );
      await becomes(widget(page, 'house').locator('.linky-name'), 'Maison');
      const loaded = `[...document.fonts].filter(({ status }) => status === 'loaded').map(({ family }) => family)`;
      const fonts = await page.evaluate<string[]>(loaded);
      assert.ok(fonts.includes('Linky Segments'), fonts.join());
    });

    it('changes direction by + and –, by mouse and by keyboard', async () => {
      const page = await site.open();
      await press(page, 'house', 'Vue suivante');
      await becomes(title(page, 'house'), 'Production');
      await shows(page, 'house', 'production', HOUSE);
      await press(page, 'house', 'Vue suivante');
      await becomes(title(page, 'house'), 'Consommation');
      await widget(page, 'house').getByRole('button', { name: 'Vue précédente' }).focus();
      await page.keyboard.press('Enter');
      await becomes(title(page, 'house'), 'Production');
      assert.equal(await title(page, 'house').getAttribute('aria-live'), 'polite');
    });

    it('has a line for what came, and no other; no other view where none is', async () => {
      const page = await site.open();
      await site.feed('lights', messageOf('consumption', 'daily'));
      await line(page, 'lights', 'daily').waitFor();
      assert.equal(await widget(page, 'lights').locator('.linky-line').count(), 1);
      for (const name of ['Vue précédente', 'Vue suivante'])
        assert.equal(await widget(page, 'lights').getByRole('button', { name }).isDisabled(), true);
    });

    it('does not mix two meters, in two widgets or in one', async () => {
      const page = await site.open();
      await shows(page, 'house', 'consumption', HOUSE);
      await shows(page, 'barn', 'consumption', BARN);
      await becomes(widget(page, 'barn').locator('.linky-name'), 'Grange');
      for (const [direction, house] of [
        ['consumption', BARN],
        ['production', BARN],
        ['consumption', HOUSE],
        ['production', HOUSE],
      ] as const) {
        const { payload: value, unit } = messageOf(direction, 'daily', house);
        await becomes(lit(page, 'both', 'daily'), figureOf({ value, unit }).lit);
        await becomes(widget(page, 'both').locator('.linky-name'), 'Tout');
        await press(page, 'both', 'Vue suivante');
      }
    });

    it('waits for the first message with a light that is off', async () => {
      const page = await site.open();
      await becomes(title(page, 'new'), 'En attente');
      await light(page, 'new', 'off').waitFor();
    });

    it('has a light in three colours, which tells the last days', async () => {
      const page = await site.open();
      await site.feed('lights', messageOf('consumption', 'daily', HOUSE, beforeYesterday()));
      await light(page, 'lights', 'red').waitFor();
      await site.feed('lights', messageOf('consumption', 'max-power'));
      await light(page, 'lights', 'amber').waitFor();
      await site.feed('lights', messageOf('consumption', 'daily'));
      await light(page, 'lights', 'green').waitFor();
      const tooltip = widget(page, 'lights').getByRole('tooltip', { includeHidden: true });
      assert.equal(await tooltip.isVisible(), false);
      await widget(page, 'lights').locator('.linky-light').hover();
      await tooltip.filter({ hasText: /Jour\s*jusqu’au .*P max\s*jusqu’au / }).waitFor();
      assert.equal(await tooltip.isVisible(), true);
      const [box, cell] = [await tooltip.boundingBox(), await widget(page, 'lights').boundingBox()];
      assert.ok(box && cell && box.x > cell.x - 12, `${box?.x} left of ${cell?.x}`);
      await page.mouse.move(0, 0);
      await tooltip.waitFor({ state: 'hidden' });
      await widget(page, 'lights').locator('.linky-light').focus();
      await tooltip.waitFor();
    });

    it('turns its light red when the day passes without a message', async () => {
      const midnight = startOfDay(addDays(dayOf(now()), 1));
      const page = await site.open({ clockAt: midnight - 30_000 });
      await light(page, 'house', 'green').waitFor();
      await page.clock.fastForward(31_000);
      await light(page, 'house', 'red').waitFor(SOON);
    });

    it('asks for a refresh and spins until a message comes', async () => {
      const page = await site.open();
      await press(page, 'barn', 'Actualiser');
      await widget(page, 'barn').locator('[aria-busy=true]').waitFor();
      await widget(page, 'barn').getByRole('button', { name: 'Actualisation en cours' }).waitFor();
      await site.feed('barn', messageOf('consumption', 'daily', BARN));
      await widget(page, 'barn').locator('.linky-refresh[aria-busy=false]').waitFor();
      assert.deepEqual(await site.sent('barn'), ['refresh']);
      assert.deepEqual(await site.sent('house'), []);
    });

    it('spins for 30 s at most', async () => {
      const page = await site.open({ clockAt: now() });
      await press(page, 'new', 'Actualiser');
      await widget(page, 'new').locator('[aria-busy=true]').waitFor();
      await page.clock.fastForward(25_000);
      await widget(page, 'new').locator('[aria-busy=true]').waitFor();
      await page.clock.fastForward(6_000);
      await widget(page, 'new').locator('.linky-refresh[aria-busy=false]').waitFor(SOON);
    });

    it('says how a refresh ended, for a few seconds', async () => {
      const page = await site.open({ clockAt: now() });
      const key = widget(page, 'house').locator('.linky-refresh');
      for (const [refreshed, words] of [
        ['up-to-date', 'À jour'],
        ['waiting', 'Données d’hier pas encore publiées'],
        ['error', 'Échec\u00a0: voir dans Node-RED'],
      ] as const) {
        await press(page, 'house', 'Actualiser');
        await widget(page, 'house').locator('[aria-busy=true]').waitFor();
        await told(page, 'house', { refreshed } satisfies ToBrowsers);
        await becomes(title(page, 'house'), words);
        assert.equal(await key.getAttribute('aria-busy'), 'false');
        assert.equal(await key.getAttribute('data-refreshed'), refreshed);
        await fits(page);
        await page.clock.fastForward(7_000);
        await becomes(title(page, 'house'), 'Consommation');
        assert.equal(await key.getAttribute('data-refreshed'), null);
      }
    });

    it('says so beside a graph, too, and in English', async () => {
      const page = await site.open({ locale: 'en-GB' });
      await openGraph(page, 'house', 'daily');
      await told(page, 'house', { refreshed: 'up-to-date' } satisfies ToBrowsers);
      await becomes(title(page, 'house'), 'Up to date');
    });

    it('tells how far the history has come, until there is something to show', async () => {
      const page = await site.open();
      const collecting = { usagePoint: HOUSE.usagePoint, direction: 'consumption', days: 3 } as const;
      await told(page, 'new', { collecting: [{ ...collecting, done: 0, total: 0 }] } satisfies ToBrowsers);
      const bar = widget(page, 'new').getByRole('progressbar', { name: 'Collecte en cours' });
      await bar.waitFor();
      assert.equal(await bar.getAttribute('aria-valuenow'), null);
      await told(page, 'new', { collecting: [{ ...collecting, done: 34, total: 222 }] } satisfies ToBrowsers);
      const words = '34 sur 222, encore 3 jours';
      await becomes(widget(page, 'new').locator('.linky-progress p').last(), words);
      assert.equal(await bar.getAttribute('aria-valuenow'), '15');
      assert.equal(await bar.getAttribute('aria-valuetext'), words);
      await becomes(title(page, 'new'), 'Consommation');
      await fits(page);
      await isOpenToAll(page);
      await site.feed('new', messageOf('consumption', 'daily'));
      await line(page, 'new', 'daily').waitFor();
      assert.equal(await bar.count(), 0);
      // A line without company has its date whole even here.
      await fits(page);
    });

    it('forgets what it is told to forget', async () => {
      const page = await site.open();
      await shows(page, 'house', 'consumption', HOUSE);
      await told(page, 'house', { stored: {} } satisfies ToBrowsers);
      await becomes(title(page, 'house'), 'En attente');
    });

    it('changes its label and colour by a message, and has them again after a reload', async () => {
      const page = await site.open();
      const colour = (): Promise<string> =>
        page.evaluate(
          `getComputedStyle(document.querySelector('#nrdb-ui-widget-house .linky')).getPropertyValue('--linky-face')`,
        );
      await becomes(widget(page, 'house').locator('.linky-name'), 'Maison');
      const look = { label: 'Chalet <b>', color: 'rgb(1 2 3)', transparent: true };
      await told(page, 'house', { ui_update: look } satisfies ToBrowsers);
      await becomes(widget(page, 'house').locator('.linky-name'), 'Chalet <b>');
      assert.equal(await colour(), look.color);
      await widget(page, 'house').locator('.linky--transparent').waitFor();
      await shows(page, 'house', 'consumption', HOUSE);
      await told(page, 'house', { ui_update: { color: 'nocolour', label: '' } } satisfies ToBrowsers);
      await becomes(widget(page, 'house').locator('.linky-name'), 'Maison');
      assert.equal(await colour(), '#b4d334');

      await page.reload();
      await becomes(widget(page, 'house').locator('.linky-name'), 'Maison');
      await told(page, 'house', {}, look);
      await becomes(widget(page, 'house').locator('.linky-name'), 'Chalet <b>');
    });

    it('shows no whole number of a meter without a name', async () => {
      const page = await site.open();
      // What the server has comes first, or it would come after.
      await shows(page, 'house', 'consumption', HOUSE);
      const kept = keptOf({ ...messageOf('consumption', 'daily'), meter: HOUSE.usagePoint });
      assert.ok(kept);
      await told(page, 'house', { stored: { daily: kept } } satisfies ToBrowsers);
      await widget(page, 'house').getByRole('group', { name: 'Compteur PDL …1234' }).waitFor();
      assert.equal((await widget(page, 'house').innerHTML()).includes(HOUSE.usagePoint), false);
      const seen = await widget(page, 'house').innerText();
      assert.equal(seen.split('PDL …1234').length, 2, seen);
    });

    it('opens again what was open before a reload', async () => {
      const page = await site.open();
      await press(page, 'house', 'Vue suivante');
      await openGraph(page, 'house', 'monthly');
      await page.reload();
      await becomes(title(page, 'house'), 'Par mois');
      await widget(page, 'house').locator('canvas').waitFor();
      await press(page, 'house', 'Retour aux valeurs');
      await shows(page, 'house', 'production', HOUSE);
      await becomes(title(page, 'barn'), 'Consommation');
    });

    it('begins with the first view where the browser keeps nothing, or something old', async () => {
      const page = await site.open();
      await shows(page, 'house', 'consumption', HOUSE);
      await page.evaluate(
        `sessionStorage.setItem('ui-linky house', '{"usagePoint":"1","direction":"production","metric":"x"}')`,
      );
      await page.reload();
      await shows(page, 'house', 'consumption', HOUSE);
      await page.addInitScript(
        `Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('No', 'SecurityError'); } })`,
      );
      await page.reload();
      await shows(page, 'house', 'consumption', HOUSE);
      await press(page, 'house', 'Vue suivante');
      await shows(page, 'house', 'production', HOUSE);
    });

    it('shows the same after a reload, in a second browser and after a deploy', async () => {
      const page = await site.open();
      await shows(page, 'house', 'consumption', HOUSE);
      await page.reload();
      await shows(page, 'house', 'consumption', HOUSE);
      await shows(await site.open({ locale: 'en-GB' }), 'barn', 'consumption', BARN);

      await press(page, 'house', 'Vue suivante');
      await site.nodeRed.deploy(
        FLOWS.map((node) => ('id' in node && node.id === 'house' ? { ...node, label: 'Chalet' } : node)),
      );
      await becomes(widget(page, 'house').locator('.linky-name'), 'Chalet');
      await becomes(title(page, 'house'), 'Production');
      await shows(page, 'house', 'production', HOUSE);
      await site.nodeRed.deploy(FLOWS);
      await becomes(widget(page, 'house').locator('.linky-name'), 'Maison');
    });

    it('follows a message in every browser', async () => {
      const pages = [await site.open(), await site.open({ locale: 'en-GB' })];
      for (const page of pages) await shows(page, 'barn', 'consumption', BARN);
      const yearly = { ...messageOf('consumption', 'yearly', BARN), payload: 4321.9 };
      await site.feed('barn', yearly);
      const others = METRICS.filter((metric) => metric !== 'yearly');
      for (const page of pages)
        await showsMessages(page, 'barn', [
          yearly,
          ...others.map((metric) => messageOf('consumption', metric, BARN)),
        ]);
      await site.feed('barn', messageOf('consumption', 'yearly', BARN));
      for (const page of pages) await shows(page, 'barn', 'consumption', BARN);
    });

    it('stays as it is at a message of another kind', async () => {
      const page = await site.open();
      await shows(page, 'house', 'consumption', HOUSE);
      const wrong = [
        { topic: 'thermometer', payload: 21 },
        { ...messageOf('consumption', 'daily'), payload: 'x' },
      ];
      for (const message of wrong) {
        await site.feed('house', message);
        await site.nodeRed.logged(
          new RegExp(
            `\\[warn\\] \\[ui-linky:.*\\] Wire linky-consumption, .* message ${message.topic} ignored`,
          ),
        );
      }
      // A good message after them is shown, so they have passed.
      await site.feed('house', { ...messageOf('consumption', 'monthly'), payload: 1.5 });
      await becomes(lit(page, 'house', 'monthly'), '!!!1.50');
      await site.feed('house', messageOf('consumption', 'monthly'));
      await shows(page, 'house', 'consumption', HOUSE);
    });

    it('can be hidden as any widget, without a warning', async () => {
      const page = await site.open();
      await widget(page, 'new').waitFor();
      const warnings = (): number => site.nodeRed.log().split(' ignored\n').length;
      const before = warnings();
      await site.feed('new', { visible: false });
      await widget(page, 'new').waitFor({ state: 'hidden' });
      await site.feed('new', { visible: true });
      await widget(page, 'new').waitFor();
      assert.equal(warnings(), before);
    });
  },
  async ({ feed }) => {
    for (const direction of ['consumption', 'production'] as const) {
      for (const metric of METRICS) {
        await feed('house', messageOf(direction, metric));
        await feed('barn', messageOf(direction, metric, BARN));
      }
      for (const house of [HOUSE, BARN]) await feed('both', messageOf(direction, 'daily', house));
    }
  },
);
