import assert from 'node:assert/strict';
import { METRICS } from '../../../src/metering/metrics';
import { NODE_REDS } from '../../support/node-red';
import { dashboardOf } from '../../support/widget/flows';
import {
  becomes,
  fits,
  isOpenToAll,
  openGraph,
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
  [6, 3],
  [6, 4],
  [12, 3],
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

const fill = async ({ feed }: Site): Promise<void> => {
  for (const { id } of WIDGETS) {
    for (const metric of METRICS) await feed(id, messageOf('consumption', metric));
    await feed(id, messageOf('production', 'daily'));
  }
};

for (const dark of [false, true]) {
  onEachNodeRed(
    `the widget on a ${dark ? 'dark' : 'light'} page`,
    { flows: dashboardOf(WIDGETS, { groupWidth: 12, dark }) },
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
        });
      }

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

      it('has a graph in the smallest cell, too', async () => {
        const page = await site.open();
        const plot = await openGraph(page, 'w2x3', 'monthly');
        const box = await plot.locator('.u-over').boundingBox();
        assert.ok(box && box.width > 60 && box.height > 40, JSON.stringify(box));
        await fits(page);
      });
    },
    fill,
    // The page is Dashboard's: once is enough to see it in its other colours.
    dark ? NODE_REDS.slice(0, 1) : NODE_REDS,
  );
}
