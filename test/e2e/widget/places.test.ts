import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { METRICS } from '../../../src/metering/metrics';
import { NODE_REDS } from '../../support/node-red';
import { dashboardOf } from '../../support/widget/flows';
import {
  becomes,
  contrastsOf,
  fits,
  isOpenToAll,
  line,
  openGraph,
  pointsAlign,
  press,
  shows,
  title,
  widget,
} from '../../support/widget/look';
import { HOUSE, messageOf } from '../../support/widget/messages';
import { onEachNodeRed, type Site } from '../../support/widget/site';

/** Width and height in units of the grid; a height of 0 follows from the width. */
const SIZES = [
  [4, 9],
  [2, 3],
  [2, 6],
  [3, 5],
  [3, 6],
  [6, 3],
  [6, 4],
  [12, 3],
  [12, 4],
  [12, 10],
  [4, 0],
] as const;
const nameOf = ([width, height]: readonly [number, number]): string => `w${width}x${height}`;
const WIDGETS = SIZES.map((size) => ({
  id: nameOf(size),
  width: size[0],
  height: size[1],
  transparent: size[1] === 6,
}));
const DEFAULT = nameOf(SIZES[0]);
const COLOURS = ['#b4d334', '#000000', '#000080', '#ffffff', '#808080', '#7f7f00'] as const;
const COLOURED = COLOURS.flatMap((color) =>
  [false, true].map((transparent) => ({
    id: `c${color.slice(1)}${transparent ? '-transparent' : ''}`,
    width: 2,
    height: 3,
    color,
    transparent,
  })),
);

/** What of a low and wide face is too small to read, lies out of its case, or stays empty. */
const sizesIn = (page: Page, id: string): Promise<string[]> =>
  page.evaluate(`(() => {
    const face = document.querySelector('#nrdb-ui-widget-${id} .linky');
    const size = (selector) => parseFloat(getComputedStyle(face.querySelector(selector)).fontSize);
    const wrong = [];
    for (const [selector, least] of [['.linky-title', 11], ['.linky-whose', 11], ['.linky-label', 9]])
      if (size(selector) < least) wrong.push(selector + ' has ' + size(selector) + ' px');
    const body = face.querySelector('.linky-body').getBoundingClientRect();
    const controls = face.querySelector('.linky-controls');
    const seam = getComputedStyle(controls, '::before');
    const { top, bottom } = controls.getBoundingClientRect();
    if (top + parseFloat(seam.top) < body.top || bottom - parseFloat(seam.bottom) > body.bottom)
      wrong.push('the seam is longer than the case');
    const cells = [...face.querySelectorAll('.linky-item')].map((item) => item.getBoundingClientRect());
    const lines = face.querySelector('.linky-lines').getBoundingClientRect();
    const covered = cells.reduce((sum, { width, height }) => sum + width * height, 0);
    if (covered < 0.9 * lines.width * lines.height) wrong.push('a cell stays empty');
    return wrong;
  })()`);

const fill = async ({ feed }: Site): Promise<void> => {
  for (const { id } of WIDGETS) {
    for (const metric of METRICS) await feed(id, messageOf('consumption', metric));
    await feed(id, messageOf('production', 'daily'));
  }
};

for (const dark of [false, true]) {
  onEachNodeRed(
    `the widget on a ${dark ? 'dark' : 'light'} page`,
    { flows: dashboardOf([...WIDGETS, ...COLOURED], { groupWidth: 12, dark }) },
    (site) => {
      for (const viewport of [
        { width: 1280, height: 1000 },
        { width: 1900, height: 1000 },
        { width: 390, height: 844 },
      ]) {
        it(`is at home in cells of all sizes, ${viewport.width} px wide`, async () => {
          const page = await site.open({ viewport });
          for (const size of SIZES) await shows(page, nameOf(size), 'consumption', HOUSE);
          assert.equal((await page.locator('.linky--dark').count()) > 0, dark);
          await fits(page);
          for (const size of SIZES) await pointsAlign(page, nameOf(size));
        });
      }

      it('has signs on its keys that are seen on any colour', async () => {
        const page = await site.open();
        for (const { id } of COLOURED) {
          await widget(page, id).locator('.linky').waitFor();
          const contrasts = await contrastsOf(page, id);
          assert.equal(contrasts.length, 3);
          assert.ok(Math.min(...contrasts) >= 4.5, `${contrasts.join()} at ${id}`);
        }
      });

      it('tells its meter’s name and fills its cells where it is low and wide', async () => {
        const page = await site.open();
        for (const size of SIZES.filter(([width, height]) => width >= 6 && height <= 4)) {
          const id = nameOf(size);
          await shows(page, id, 'consumption', HOUSE);
          await becomes(widget(page, id).locator('.linky-whose'), 'Maison');
          assert.equal(await widget(page, id).locator('.linky-whose').isVisible(), true);
          assert.deepEqual(await sizesIn(page, id), []);
        }
      });

      it('draws the day’s load curve where it has room, and tells its peak everywhere', async () => {
        const page = await site.open();
        for (const size of SIZES) {
          const spark = line(page, nameOf(size), 'load-curve').locator('.linky-spark');
          await shows(page, nameOf(size), 'consumption', HOUSE);
          const box = await spark.boundingBox();
          assert.equal(box === null, nameOf(size) === 'w2x3', nameOf(size));
          if (box) assert.ok(box.width >= 96 && box.height >= 8, `${nameOf(size)} ${JSON.stringify(box)}`);
        }
      });

      for (const [locale, next, production, labels, daily, graph] of [
        [
          'fr-FR',
          'Vue suivante',
          'Production',
          ['Année', 'Mois', 'Jour', 'Puissance', 'P'],
          'Jour',
          'Par jour',
        ],
        ['en-GB', 'Next view', 'Production', ['Year', 'Month', 'Day', 'Power', 'Peak'], 'Day', 'By day'],
      ] as const) {
        it(`speaks ${locale} as the browser does, on a phone, open to all`, async () => {
          const page = await site.open({ locale, viewport: { width: 390, height: 844 }, hasTouch: true });
          await shows(page, DEFAULT, 'consumption', HOUSE);
          await becomes(title(page, DEFAULT), locale === 'fr-FR' ? 'Consommation' : 'Consumption');
          const found = await widget(page, DEFAULT).locator('.linky-label').allTextContents();
          assert.deepEqual(
            found.map((label) => label.trim().split(/\s/)[0]),
            labels,
          );
          await isOpenToAll(page);
          await widget(page, DEFAULT)
            .getByRole('button', { name: new RegExp(`^${daily} .* kWh, `) })
            .tap();
          await becomes(title(page, DEFAULT), graph);
          await widget(page, DEFAULT).locator('canvas').waitFor();
          await isOpenToAll(page);
          await widget(page, DEFAULT).locator('.linky-back').tap();
          await press(page, DEFAULT, next);
          await becomes(title(page, DEFAULT), production);
        });
      }

      for (const [width, metric, smallest] of [
        [1280, 'monthly', 60],
        [1280, 'load-curve', 60],
        [390, 'load-curve', 50],
      ] as const) {
        it(`has a graph of ${metric} in every cell, ${width} px wide, its words whole`, async () => {
          const page = await site.open({ viewport: { width, height: 1000 } });
          for (const size of SIZES) {
            const plot = await openGraph(page, nameOf(size), metric);
            const box = await plot.locator('.u-over').boundingBox();
            const isRoomy = box && box.width > smallest && box.height > 40;
            assert.ok(isRoomy, `${nameOf(size)} ${JSON.stringify(box)}`);
          }
          await fits(page);
        });
      }
    },
    fill,
    // The page is Dashboard's: once is enough to see it in its other colours.
    dark ? NODE_REDS.slice(0, 1) : NODE_REDS,
  );
}
