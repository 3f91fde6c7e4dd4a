import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { METRICS } from '../../../src/metering/metrics';
import { figureOf } from '../../../src/widget/figure';
import { NODE_REDS } from '../../support/node-red';
import { costMessageOf, TARIFFS, type CostValue, type Tariff } from '../../support/widget/costs';
import { dashboardOf } from '../../support/widget/flows';
import {
  becomes,
  fits,
  isOpenToAll,
  line,
  lit,
  openGraph,
  pointsAlign,
  title,
  widget,
} from '../../support/widget/look';
import { messageOf } from '../../support/widget/messages';
import { onEachNodeRed, type Site } from '../../support/widget/site';

/** Width and height in units of the grid. */
const SIZES = [
  [4, 9],
  [2, 3],
  [2, 6],
  [3, 6],
  [6, 3],
  [6, 4],
  [12, 3],
  [12, 4],
] as const;
const nameOf = ([width, height]: readonly [number, number]): string => `w${width}x${height}`;

/** Feeds a widget with all that there is of a tariff. */
async function fill({ feed }: Site, id: string, tariff: Tariff): Promise<void> {
  const direction = tariff === 'feedIn' ? 'production' : 'consumption';
  for (const metric of METRICS) await feed(id, messageOf(direction, metric));
  for (const metric of ['daily', 'monthly', 'yearly'] as const) await feed(id, costMessageOf(tariff, metric));
}

/** A part of a day's bar: from one height of it to another, kWh. */
interface Stretch {
  index: number;
  from: number;
  to: number;
}

/** How much of each has ink, 0 to 1. Days stand at 0, 1, 2 … of an axis from -0.6 to 30.6, up to 30 kWh. */
const inkOf = (page: Page, id: string, stretches: readonly Stretch[]): Promise<number[]> =>
  page.evaluate(`(() => {
    const plot = document.querySelector('#nrdb-ui-widget-${id} .linky-plot');
    const canvas = plot.querySelector('canvas');
    const whole = canvas.getBoundingClientRect();
    const inner = plot.querySelector('.u-over').getBoundingClientRect();
    const scale = canvas.width / whole.width;
    const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const rowOf = (value) => Math.round((inner.bottom - whole.top - (value / 30) * inner.height) * scale);
    return ${JSON.stringify(stretches)}.map(({ index, from, to }) => {
      const x = Math.round((inner.left + ((index + 0.6) / 31.2) * inner.width - whole.left) * scale);
      const [low, high] = [rowOf(from) - 2, rowOf(to) + 2];
      const pixels = Array.from({ length: 4 * (low - high) }, (_, at) => data[4 * ((high + (at >> 2)) * width + x - 2 + (at & 3)) + 3]);
      return pixels.filter((alpha) => alpha > 200).length / pixels.length;
    });
  })()`);

const legend = (page: Page, id: string): Promise<string[]> =>
  widget(page, id).locator('.linky-part').allTextContents();
const written = (value: number, digits: number): string =>
  new Intl.NumberFormat('fr', {
    minimumFractionDigits: digits === 2 ? 2 : 0,
    maximumFractionDigits: digits,
  }).format(value);

/** A day's energy of a period. */
const energyOf = ({ periods }: CostValue, name: string): number =>
  periods.find((period) => period.name === name)?.energy ?? NaN;

onEachNodeRed(
  'the costs on the widget',
  {
    flows: dashboardOf(
      TARIFFS.map((id) => ({ id, width: 4, height: 9 })),
      { groupWidth: 12 },
    ),
  },
  (site) => {
    it('are a line in euros, which leaves the energy as it is', async () => {
      const page = await site.open();
      const { payload } = costMessageOf('hphc', 'monthly');
      await becomes(lit(page, 'hphc', 'cost-monthly'), figureOf({ value: payload, unit: 'EUR' }).lit);
      const month = messageOf('consumption', 'monthly').payload;
      await becomes(lit(page, 'hphc', 'monthly'), `!${month.toFixed(2)}`);
      const button = widget(page, 'hphc').getByRole('button', {
        name: `Coût novembre ${written(payload, 2)} €, ouvrir le graphique`,
      });
      assert.equal((await button.locator('.linky-unit').innerText()).trim(), '€');
      await pointsAlign(page, 'hphc');
      await line(page, 'feedIn', 'cost-monthly').filter({ hasText: 'Gain' }).waitFor();
    });

    it('do not look exact where something is missing', async () => {
      const page = await site.open();
      const message = costMessageOf('hphc', 'monthly');
      await site.feed('hphc', { ...message, incomplete: true });
      await line(page, 'hphc', 'cost-monthly')
        .filter({ hasText: /≥.*au moins/s })
        .waitFor();
      await fits(page);
      await isOpenToAll(page);
      await site.feed('hphc', message);
      await line(page, 'hphc', 'cost-monthly').locator('.linky-least').waitFor({ state: 'detached' });
    });

    it('divide a day into its periods, in patterns of one ink', async () => {
      const page = await site.open();
      await openGraph(page, 'hphc', 'daily');
      const { series } = costMessageOf('hphc', 'daily');
      assert.deepEqual(await legend(page, 'hphc'), ['heures creuses', 'heures pleines']);
      const days = [0, 14, 28].map((index) => {
        const day = series[index];
        assert.ok(day);
        return {
          index,
          offPeak: energyOf(day, 'offPeak'),
          whole: energyOf(day, 'offPeak') + energyOf(day, 'peak'),
        };
      });
      const inks = await inkOf(page, 'hphc', [
        ...days.map(({ index, offPeak }) => ({ index, from: 0, to: offPeak })),
        ...days.map(({ index, offPeak, whole }) => ({ index, from: offPeak, to: whole })),
      ]);
      const [lines, solid] = [inks.slice(0, days.length), inks.slice(days.length)];
      assert.ok(
        lines.every((ink) => ink > 0.5 && ink < 0.85),
        `${lines.join()} of the off-peak hours`,
      );
      assert.ok(
        solid.every((ink) => ink > 0.97),
        `${solid.join()} of the peak hours`,
      );
    });

    it('tell the parts of what is picked, in the legend and in words', async () => {
      const page = await site.open();
      const plot = await openGraph(page, 'hphc', 'daily');
      const { series } = costMessageOf('hphc', 'daily');
      await plot.focus();
      for (const [key, index] of [
        ['End', 30],
        ['Home', 0],
      ] as const) {
        await page.keyboard.press(key);
        const day = series[index];
        assert.ok(day);
        const energies = ['offPeak', 'peak'].map((name) => energyOf(day, name));
        const values = widget(page, 'hphc').locator('.linky-legend li > :last-child');
        for (const [place, energy] of energies.entries())
          await becomes(values.nth(place), written(energy, 2));
        const words = `heures creuses ${written(energies[0] ?? NaN, 3)} kWh, heures pleines ${written(energies[1] ?? NaN, 3)} kWh`;
        const said = await plot.getAttribute('aria-valuetext');
        assert.ok(said?.endsWith(` kWh, ${words}`), said ?? '');
      }
      await isOpenToAll(page);
    });

    it('name the colour of a day of Tempo', async () => {
      const page = await site.open();
      const plot = await openGraph(page, 'tempo', 'daily');
      const { series } = costMessageOf('tempo', 'daily');
      const words = { blue: 'jour bleu (B)', white: 'jour blanc (W)', red: 'jour rouge (R)' };
      await plot.focus();
      for (const { colour } of series.toReversed()) {
        assert.ok(colour);
        await widget(page, 'tempo')
          .locator('.linky-notes')
          .getByText(words[colour], { exact: true })
          .waitFor();
        assert.ok((await plot.getAttribute('aria-valuetext'))?.includes(words[colour]));
        await page.keyboard.press('ArrowLeft');
      }
      await fits(page);
      await isOpenToAll(page);
    });

    for (const [id, parts] of [
      ['tempo', ['bleu HC', 'bleu HP', 'blanc HC', 'blanc HP', 'rouge HC', 'rouge HP', 'abonnement']],
      ['hphc', ['heures creuses', 'heures pleines', 'abonnement']],
      ['base', ['énergie', 'abonnement']],
    ] as const) {
      it(`have a graph of months for ${id}, with the subscription`, async () => {
        const page = await site.open();
        const plot = await openGraph(page, id, 'cost-monthly');
        await becomes(title(page, id), 'Coût par mois');
        assert.deepEqual(await legend(page, id), parts);
        const { payload } = costMessageOf(id, 'monthly');
        await becomes(
          widget(page, id).locator('.linky-pick .linky-lit'),
          figureOf({ value: payload, unit: 'EUR' }).lit,
        );
        assert.equal(await plot.getAttribute('aria-label'), 'Coût par mois, €');
        assert.match((await plot.getAttribute('aria-valuetext')) ?? '', /, abonnement 10,92\s€$/);
        await fits(page);
        await isOpenToAll(page);
        await page.keyboard.press('Escape');
        await line(page, id, 'cost-monthly').waitFor();
        assert.equal(await page.evaluate('document.activeElement.dataset.metric'), 'cost-monthly');
      });
    }

    it('leave bars plain that have one period', async () => {
      const page = await site.open();
      await openGraph(page, 'base', 'daily');
      assert.equal(await widget(page, 'base').locator('.linky-legend').count(), 0);
      await openGraph(page, 'feedIn', 'cost-monthly');
      await becomes(title(page, 'feedIn'), 'Gain par mois');
      assert.equal(await widget(page, 'feedIn').locator('.linky-legend').count(), 0);
    });
  },
  async (site) => {
    for (const tariff of TARIFFS) await fill(site, tariff, tariff);
  },
  NODE_REDS.slice(0, 1),
);

onEachNodeRed(
  'the costs on widgets of all sizes',
  {
    flows: dashboardOf(
      SIZES.map((size) => ({ id: nameOf(size), width: size[0], height: size[1] })),
      { groupWidth: 12 },
    ),
  },
  (site) => {
    for (const [locale, width] of [
      ['fr-FR', 1280],
      ['en-GB', 1900],
      ['en-GB', 390],
    ] as const) {
      it(`find room in cells of all sizes, ${width} px wide, in ${locale}`, async () => {
        const page = await site.open({ locale, viewport: { width, height: 1000 } });
        for (const size of SIZES) await line(page, nameOf(size), 'cost-monthly').waitFor();
        await fits(page);
        for (const size of SIZES) await pointsAlign(page, nameOf(size));
        for (const size of SIZES) {
          const plot = await openGraph(page, nameOf(size), 'cost-monthly');
          const box = await plot.locator('.u-over').boundingBox();
          assert.ok(box && box.width > 60 && box.height > 40, `${nameOf(size)} ${JSON.stringify(box)}`);
        }
        await fits(page);
      });
    }
  },
  async (site) => {
    for (const size of SIZES) await fill(site, nameOf(size), 'tempo');
  },
  NODE_REDS.slice(0, 1),
);
