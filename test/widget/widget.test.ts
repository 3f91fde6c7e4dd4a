import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { METRICS, type Direction, type Metric } from '../../src/metering/metrics';
import { addDays, dayOf, type Day } from '../../src/metering/paris';
import { figureOf } from '../../src/widget/figure';
import { launchBrowser } from '../browser';
import { startNodeRed, type NodeRed } from '../node-red';
import { dashboardOf } from './flows';
import { BARN, HOUSE, messageOf, type House, type Message } from './messages';

const WIDGETS = [
  { id: 'house', width: 4, height: 9 },
  { id: 'barn', width: 4, height: 9 },
  { id: 'both', width: 4, height: 9, label: 'Tout' },
  { id: 'lights', width: 2, height: 3 },
  { id: 'new', width: 2, height: 3 },
];
const FLOWS = dashboardOf(WIDGETS, { groupWidth: 12 });
const beforeYesterday = (): Day => addDays(dayOf(Date.now()), -2);

describe('the widget', function () {
  this.timeout(120_000);
  let nodeRed: NodeRed;
  let browser: Browser;
  const contexts = new Map<string, BrowserContext>();
  /** What pages complained of. */
  const complaints: string[] = [];

  before(async () => {
    [nodeRed, browser] = await Promise.all([startNodeRed({ flows: FLOWS }), launchBrowser()]);
    for (const direction of ['consumption', 'production'] as const) {
      for (const metric of METRICS) {
        await feed('house', messageOf(direction, metric));
        await feed('barn', messageOf(direction, metric, BARN));
      }
      for (const house of [HOUSE, BARN]) await feed('both', messageOf(direction, 'daily', house));
    }
  });
  after(async () => {
    await browser.close();
    await nodeRed.stop();
  });
  afterEach(async () => {
    await Promise.all(
      browser
        .contexts()
        .flatMap((context) => context.pages())
        .map((page) => page.close()),
    );
    assert.deepEqual(complaints.splice(0), []);
  });

  async function feed(id: string, message: unknown, to = nodeRed.url): Promise<void> {
    const answer = await fetch(`${to}/feed/${id}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
    });
    assert.equal(answer.status, 200);
  }
  const sent = async (id: string): Promise<unknown> => (await fetch(`${nodeRed.url}/sent/${id}`)).json();

  async function open(
    options: BrowserContextOptions & { at?: string; clock?: boolean; editor?: boolean } = {},
  ): Promise<Page> {
    const { at = `${nodeRed.url}/dashboard/linky`, clock, editor, ...context } = options;
    // Pages of one context share its cache: Dashboard is several megabytes of script.
    const key = `${JSON.stringify(context)} ${clock ? Math.random() : ''}`;
    let inside = contexts.get(key);
    if (!inside) {
      inside = await browser.newContext({
        locale: 'fr-FR',
        viewport: { width: 1280, height: 1000 },
        reducedMotion: 'reduce',
        ...context,
      });
      contexts.set(key, inside);
    }
    const page = await inside.newPage();
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (entry) => {
      if (entry.type() === 'error' || entry.type() === 'warning') complaints.push(entry.text());
    });
    if (clock) await page.clock.install();
    await page.goto(at);
    if (!editor) await page.locator('.linky').first().waitFor();
    return page;
  }
  const widget = (page: Page, id: string): Locator => page.locator(`#nrdb-ui-widget-${id}`);

  /** Waits until a text is that. */
  const becomes = (locator: Locator, text: string): Promise<void> =>
    locator.filter({ hasText: new RegExp(`^\\s*${text.replaceAll('.', '\\.')}\\s*$`) }).waitFor();
  const title = (page: Page, id: string): Locator => widget(page, id).locator('.linky-title');
  const lit = (page: Page, id: string, metric: Metric): Locator =>
    widget(page, id).locator(`.linky-line[data-metric=${metric}] .linky-lit`);
  const light = (page: Page, id: string, colour: string): Promise<void> =>
    widget(page, id).locator(`.linky-light[data-light=${colour}]`).waitFor();
  const shows = async (page: Page, id: string, direction: Direction, house: House): Promise<void> => {
    for (const metric of METRICS) {
      await becomes(lit(page, id, metric), figureOf(messageOf(direction, metric, house).payload).lit);
    }
  };
  const press = (page: Page, id: string, name: string): Promise<void> =>
    widget(page, id).getByRole('button', { name, exact: true }).click();

  it('shows the figures of the messages', async () => {
    const page = await open();
    await becomes(title(page, 'house'), 'Consommation');
    await shows(page, 'house', 'consumption', HOUSE);
    assert.deepEqual(await widget(page, 'house').locator('.linky-unit').allTextContents(), [
      'kWh',
      'kWh',
      'kWh',
      'kW',
      'kVA',
    ]);
    await becomes(widget(page, 'house').locator('.linky-name'), 'Maison');
  });

  it('loads its font of segments', async () => {
    const page = await open();
    await shows(page, 'house', 'consumption', HOUSE);
    assert.equal(await page.evaluate(`document.fonts.check('20px "Linky Segments"', '8')`), true);
  });

  it('changes direction by + and –, by mouse and by keyboard', async () => {
    const page = await open();
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

  it('does not mix two meters, in two widgets or in one', async () => {
    const page = await open();
    await shows(page, 'house', 'consumption', HOUSE);
    await shows(page, 'barn', 'consumption', BARN);
    await becomes(widget(page, 'barn').locator('.linky-name'), 'Grange');
    for (const [direction, house] of [
      ['consumption', BARN],
      ['production', BARN],
      ['consumption', HOUSE],
      ['production', HOUSE],
    ] as const) {
      await becomes(lit(page, 'both', 'daily'), figureOf(messageOf(direction, 'daily', house).payload).lit);
      await becomes(widget(page, 'both').locator('.linky-name'), 'Tout');
      await press(page, 'both', 'Vue suivante');
    }
  });

  it('waits for the first message with a light that is off', async () => {
    const page = await open();
    await becomes(title(page, 'new'), 'En attente');
    await light(page, 'new', 'off');
  });

  it('has a light in three colours, which tells the last days', async () => {
    const page = await open();
    await feed('lights', messageOf('consumption', 'daily', HOUSE, beforeYesterday()));
    await light(page, 'lights', 'red');
    await feed('lights', messageOf('consumption', 'max-power'));
    await light(page, 'lights', 'amber');
    await feed('lights', messageOf('consumption', 'daily'));
    await light(page, 'lights', 'green');
    const tooltip = widget(page, 'lights').getByRole('tooltip', { includeHidden: true });
    assert.equal(await tooltip.isVisible(), false);
    await widget(page, 'lights').locator('.linky-light').hover();
    await tooltip.filter({ hasText: /Jour\s*jusqu’au .*P max\s*jusqu’au / }).waitFor();
    assert.equal(await tooltip.isVisible(), true);
  });

  it('turns its light red when the day passes without a message', async () => {
    const page = await open({ clock: true });
    await light(page, 'house', 'green');
    await page.clock.fastForward('24:00:00');
    await light(page, 'house', 'red');
    // A day later by its own clock, the page holds its connection for lost, and says so.
    complaints.splice(0);
  });

  it('asks for a refresh and spins until a message comes', async () => {
    const page = await open();
    await press(page, 'barn', 'Actualiser');
    await widget(page, 'barn').locator('[aria-busy=true]').waitFor();
    await becomes(widget(page, 'barn').getByRole('button', { name: 'Actualisation en cours' }), '');
    await feed('barn', messageOf('consumption', 'daily', BARN));
    await widget(page, 'barn').locator('.linky-refresh[aria-busy=false]').waitFor();
    assert.deepEqual(await sent('barn'), ['refresh']);
    assert.deepEqual(await sent('house'), []);
  });

  it('spins for 30 s at most', async () => {
    const page = await open({ clock: true });
    await press(page, 'new', 'Actualiser');
    await widget(page, 'new').locator('[aria-busy=true]').waitFor();
    await page.clock.fastForward(31_000);
    await widget(page, 'new').locator('.linky-refresh[aria-busy=false]').waitFor();
  });

  describe('has graphs', () => {
    it('whose file comes with the first one', async () => {
      const page = await open();
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await shows(page, 'house', 'consumption', HOUSE);
      const isGraph = (url: string): boolean => url.endsWith('/ui-linky-graph.js');
      assert.deepEqual(asked.filter(isGraph), []);
      for (const id of ['house', 'barn']) {
        await widget(page, id).locator('.linky-line').first().click();
        await widget(page, id).locator('canvas').waitFor();
      }
      assert.equal(asked.filter(isGraph).length, 1);
    });

    for (const metric of METRICS) {
      it(`of ${metric}, with the value under the pointer`, async () => {
        const page = await open();
        const { series } = messageOf('consumption', metric);
        await widget(page, 'house').locator(`.linky-line[data-metric=${metric}]`).click();
        const plot = widget(page, 'house').locator('.linky-plot');
        await plot.locator('canvas').waitFor();
        const value = widget(page, 'house').locator('.linky-pick .linky-lit');
        await becomes(value, figureOf(series.at(-1)?.value ?? NaN).lit);

        const first = metric === 'monthly' ? series.at(-12) : series[0];
        const over = plot.locator('.u-over');
        const box = await over.boundingBox();
        assert.ok(box);
        await over.hover({ position: { x: 0.3, y: box.height / 2 } });
        await becomes(value, figureOf(first?.value ?? NaN).lit);
      });
    }

    it('that a keyboard reads, and leaves', async () => {
      const page = await open();
      const { series } = messageOf('consumption', 'daily');
      const line = widget(page, 'house').locator('.linky-line[data-metric=daily]');
      await line.focus();
      await page.keyboard.press('Enter');
      const plot = widget(page, 'house').getByRole('slider', { name: 'Par jour, kWh' });
      await plot.locator('canvas').waitFor();
      await page.keyboard.press('Tab');
      await page.keyboard.press('ArrowLeft');
      const words = (value = NaN): string =>
        new Intl.NumberFormat('fr', { maximumFractionDigits: 3 }).format(value);
      assert.match(
        (await plot.getAttribute('aria-valuetext')) ?? '',
        new RegExp(`, ${words(series.at(-2)?.value)} kWh$`),
      );
      await page.keyboard.press('Home');
      assert.match(
        (await plot.getAttribute('aria-valuetext')) ?? '',
        new RegExp(`, ${words(series[0]?.value)} kWh$`),
      );
      await page.keyboard.press('Escape');
      await line.waitFor();
      assert.equal(await page.evaluate('document.activeElement.dataset.metric'), 'daily');
    });

    it('that a finger reads', async () => {
      const page = await open({ hasTouch: true, viewport: { width: 390, height: 844 } });
      await widget(page, 'house').locator('.linky-line[data-metric=yearly]').tap();
      const over = widget(page, 'house').locator('.u-over');
      await over.tap({ position: { x: 3, y: 20 } });
      const [first] = messageOf('consumption', 'yearly').series;
      await becomes(
        widget(page, 'house').locator('.linky-pick .linky-lit'),
        figureOf(first?.value ?? NaN).lit,
      );
    });

    it('that follow a new message', async () => {
      const page = await open();
      await widget(page, 'barn').locator('.linky-line[data-metric=daily]').click();
      await widget(page, 'barn').locator('canvas').waitFor();
      const message = messageOf('consumption', 'daily', BARN);
      const newest = message.series.at(-1);
      assert.ok(newest);
      const corrected: Message = {
        ...message,
        payload: 77.777,
        series: [...message.series.slice(0, -1), { ...newest, value: 77.777 }],
      };
      await feed('barn', corrected);
      await becomes(widget(page, 'barn').locator('.linky-pick .linky-lit'), '!77.777');
      await feed('barn', message);
      await becomes(widget(page, 'barn').locator('.linky-pick .linky-lit'), figureOf(message.payload).lit);
    });
  });

  it('shows the same after a reload, in a second browser and after a deploy', async () => {
    const page = await open();
    await shows(page, 'house', 'consumption', HOUSE);
    await page.reload();
    await shows(page, 'house', 'consumption', HOUSE);
    await shows(await open(), 'barn', 'consumption', BARN);

    await press(page, 'house', 'Vue suivante');
    await nodeRed.deploy(
      FLOWS.map((node) => ('id' in node && node.id === 'house' ? { ...node, label: 'Chalet' } : node)),
    );
    await becomes(widget(page, 'house').locator('.linky-name'), 'Chalet');
    await becomes(title(page, 'house'), 'Production');
    await shows(page, 'house', 'production', HOUSE);
    await nodeRed.deploy(FLOWS);
    await becomes(widget(page, 'house').locator('.linky-name'), 'Maison');
  });

  it('stays as it is at a message of another kind, and warns', async () => {
    const page = await open();
    await shows(page, 'house', 'consumption', HOUSE);
    const wrong = [
      { topic: 'thermometer', payload: 21 },
      { ...messageOf('consumption', 'daily'), payload: 'x' },
    ];
    for (const message of wrong) {
      await feed('house', message);
      await nodeRed.logged(new RegExp(`\\[warn\\] \\[ui-linky:.*\\] Message ${message.topic} left aside`));
    }
    // A good message after them is shown, so they have passed.
    await feed('house', { ...messageOf('consumption', 'monthly'), payload: 1.5 });
    await becomes(lit(page, 'house', 'monthly'), '!!1.500');
    await feed('house', messageOf('consumption', 'monthly'));
    await shows(page, 'house', 'consumption', HOUSE);
  });

  it('can be hidden as any widget, without a warning', async () => {
    const page = await open();
    await feed('new', { visible: false });
    await widget(page, 'new').waitFor({ state: 'hidden' });
    await feed('new', { visible: true });
    await widget(page, 'new').waitFor();
  });

  it('speaks English where the browser does', async () => {
    const page = await open({ locale: 'en-GB' });
    await becomes(title(page, 'house'), 'Consumption');
    assert.deepEqual(
      (await widget(page, 'house').locator('.linky-label').allTextContents()).map(
        (label) => label.trim().split(/\s/)[0],
      ),
      ['Year', 'Month', 'Day', 'Power', 'Peak'],
    );
    await widget(page, 'house')
      .getByRole('button', { name: /^Day .* kWh, open the graph$/ })
      .click();
    await becomes(title(page, 'house'), 'By day');
  });

  for (const locale of ['fr-FR', 'en-GB']) {
    it(`has nothing that axe objects to (${locale})`, async () => {
      const page = await open({ locale });
      await shows(page, 'house', 'consumption', HOUSE);
      await widget(page, 'barn').locator('.linky-line').first().click();
      await widget(page, 'barn').locator('canvas').waitFor();
      await page.evaluate(await readFile(require.resolve('axe-core/axe.min.js'), 'utf8'));
      const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
        `axe.run('.linky', { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
      );
      assert.deepEqual(
        violations.map(({ id, nodes }) => [id, nodes[0]?.html]),
        [],
      );
    });
  }

  it('fits a phone', async () => {
    const page = await open({ viewport: { width: 390, height: 844 }, hasTouch: true });
    await shows(page, 'house', 'consumption', HOUSE);
    const box = await widget(page, 'house').boundingBox();
    assert.ok(box && box.x >= 0 && box.x + box.width <= 390, JSON.stringify(box));
    await fits(page);
  });

  /** Nothing that is read is cut off or reaches out of its widget. */
  async function fits(page: Page): Promise<void> {
    const wrong = await page.evaluate<string[]>(`[...document.querySelectorAll('.linky')].flatMap((face) => {
      const frame = face.getBoundingClientRect();
      return [...face.querySelectorAll('.linky-figure, .linky-unit, button')].flatMap((part) => {
        const box = part.getBoundingClientRect();
        const out = box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
        return out ? [face.parentElement.id + ' ' + part.className] : [];
      });
    })`);
    assert.deepEqual(wrong, []);
  }

  describe('in other places', () => {
    it('is at home in cells of all sizes, light and dark', async () => {
      const sizes = [
        [2, 3],
        [2, 6],
        [3, 5],
        [6, 3],
        [6, 4],
        [12, 3],
        [12, 10],
        [4, 0],
      ] as const;
      const flows = dashboardOf(
        sizes.map(([width, height]) => ({
          id: `w${width}x${height}`,
          width,
          height,
          transparent: height === 6,
        })),
        { groupWidth: 12, dark: true },
      );
      const other = await startNodeRed({ flows });
      try {
        for (const [width, height] of sizes) {
          for (const metric of METRICS)
            await feed(`w${width}x${height}`, messageOf('consumption', metric), other.url);
        }
        const page = await open({ at: `${other.url}/dashboard/linky` });
        for (const [width, height] of sizes) await shows(page, `w${width}x${height}`, 'consumption', HOUSE);
        await page.locator('.linky--dark').first().waitFor();
        await fits(page);
        await page.close();
      } finally {
        await other.stop();
      }
    });

    it('loads its graph wherever Node-RED’s roots are', async () => {
      const other = await startNodeRed({
        flows: dashboardOf([{ id: 'house', width: 4, height: 9 }]),
        settings: { httpAdminRoot: '/admin', httpNodeRoot: '/node' },
      });
      try {
        await feed('house', messageOf('consumption', 'daily'), `${other.url}/node`);
        const page = await open({ at: `${other.url}/node/dashboard/linky` });
        await widget(page, 'house').locator('.linky-line').click();
        await widget(page, 'house').locator('canvas').waitFor();
        await page.close();
      } finally {
        await other.stop();
      }
    });
  });

  describe('in the editor', () => {
    for (const [lang, labels] of [
      ['en-US', ['Name', 'Group', 'Size', 'Label', 'Face']],
      ['fr', ['Nom', 'Groupe', 'Taille', 'Libellé', 'Façade']],
    ] as const) {
      it(`has a form with a preview of its colour (${lang})`, async () => {
        const page = await open({ at: `${nodeRed.url}/?lang=${lang}`, locale: lang, editor: true });
        await page.evaluate(`localStorage.setItem('editor-language', '${lang}')`);
        await page.reload();
        await page.locator('#red-ui-workspace .red-ui-flow-node').first().waitFor();
        await page.evaluate(`RED.editor.edit(RED.nodes.node('house'))`);
        const form = page.locator('#dialog-form');
        await form.locator('#node-input-color').waitFor();
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
  });
});
