import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { METRICS } from '../../../src/metering/metrics';
import { figureOf, writtenNumber } from '../../../src/widget/figure';
import { dashboardOf } from '../../support/widget/flows';
import { becomes, fits, isOpenToAll, line, openGraph, shows, widget } from '../../support/widget/look';
import { BARN, HOUSE, messageOf, type Message } from '../../support/widget/messages';
import { onEachNodeRed } from '../../support/widget/site';

const FLOWS = dashboardOf(
  [
    { id: 'house', width: 4, height: 9 },
    { id: 'barn', width: 4, height: 9 },
  ],
  { groupWidth: 12 },
);

/**
 * How high each bar reaches above the axis, and the paler one of the year before behind it, in pixels; and how much of
 * the lowest ten rows of its place has ink, 0 to 1.
 * Bars stand at 0, 1, 2 … of an axis that goes from -0.6 to 0.6 beyond the last.
 */
const heightsOf = (
  page: Page,
  id: string,
  count: number,
): Promise<{ bar: number; before: number; ink: number }[]> =>
  page.evaluate(`(() => {
    const plot = document.querySelector('#nrdb-ui-widget-${id} .linky-plot');
    const canvas = plot.querySelector('canvas');
    const whole = canvas.getBoundingClientRect();
    const inner = plot.querySelector('.u-over').getBoundingClientRect();
    const scale = canvas.width / whole.width;
    const axis = Math.round((inner.bottom - whole.top) * scale) - 2;
    const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, axis);
    const heightAt = (x, least) => {
      let height = 0;
      while (height < axis && data[4 * ((axis - 1 - height) * width + x) + 3] >= least) height++;
      return height / scale;
    };
    return Array.from({ length: ${count} }, (_, index) => {
      const x = Math.round((inner.left + ((index + 0.6) / ${count + 0.2}) * inner.width - whole.left) * scale);
      const wide = Math.round((0.25 * inner.width * scale) / ${count});
      const low = Array.from({ length: wide * 20 }, (_, at) =>
        data[4 * ((axis - 1 - Math.floor(at / wide / 2)) * width + x + (at % (2 * wide)) - wide) + 3]);
      return {
        bar: heightAt(x, 250),
        before: heightAt(x, 50),
        ink: low.filter((alpha) => alpha > 100).length / low.length,
      };
    });
  })()`);

const litOf = (value = NaN): string => figureOf({ value, unit: 'kWh' }).lit;

function near(actual = NaN, expected = NaN): void {
  assert.ok(Math.abs(actual - expected) < 0.03 * expected, `${actual} instead of ${expected}`);
}

onEachNodeRed(
  'the widget’s graphs',
  { flows: FLOWS },
  (site) => {
    it('come with their file when the first is opened', async () => {
      const page = await site.open();
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await shows(page, 'house', 'consumption', HOUSE);
      const isGraph = (url: string): boolean => url.endsWith('/ui-linky-graph.mjs');
      assert.deepEqual(asked.filter(isGraph), []);
      for (const id of ['house', 'barn']) await openGraph(page, id, 'daily');
      assert.equal(asked.filter(isGraph).length, 1);
    });

    for (const metric of METRICS) {
      it(`show ${metric}, with the value under the pointer`, async () => {
        const page = await site.open();
        const { series } = messageOf('consumption', metric);
        const plot = await openGraph(page, 'house', metric);
        const value = widget(page, 'house').locator('.linky-pick .linky-lit');
        await becomes(value, litOf(series.at(-1)?.value));

        const first = metric === 'monthly' ? series.at(-12) : series[0];
        const over = plot.locator('.u-over');
        const box = await over.boundingBox();
        assert.ok(box);
        await over.hover({ position: { x: 0.3, y: box.height / 2 } });
        await becomes(value, litOf(first?.value));
      });
    }

    it('draw bars as high as the values, the year before faintly behind', async () => {
      const page = await site.open();
      await openGraph(page, 'house', 'monthly');
      const months = messageOf('consumption', 'monthly').series.map(({ value }) => value);
      const shown = months.slice(-12);
      const heights = await heightsOf(page, 'house', 12);
      const scale = (heights[0]?.bar ?? NaN) / (shown[0] ?? NaN);
      const { previous } = messageOf('consumption', 'monthly').series.at(-1) ?? {};
      assert.ok(previous && previous.value < (months[11] ?? NaN));
      const yearBefore = [...months.slice(0, 11), previous.value];
      for (const [index, value] of shown.entries()) {
        near(heights[index]?.bar, value * scale);
        near(heights[index]?.before, Math.max(value, yearBefore[index] ?? NaN) * scale);
      }
      const words = `1er–21 nov. un an avant\u00a0: ${writtenNumber({ value: previous.value, unit: 'kWh' }, 'fr')}`;
      await becomes(widget(page, 'house').locator('.linky-notes'), words);
    });

    it('mark what is missing in its place, and say so to pointer and keyboard', async () => {
      const page = await site.open();
      const message = messageOf('consumption', 'daily', BARN);
      const gaps = [9, 10, 20];
      await site.feed('barn', {
        ...message,
        series: message.series.filter((_day, index) => !gaps.includes(index)),
      });
      const plot = await openGraph(page, 'barn', 'daily');
      const notes = widget(page, 'barn').locator('.linky-notes');
      const heights = await heightsOf(page, 'barn', 31);
      const scale = (heights[0]?.bar ?? NaN) / (message.series[0]?.value ?? NaN);
      for (const [index, { value }] of message.series.entries()) {
        if (!gaps.includes(index)) near(heights[index]?.bar, value * scale);
      }
      for (const index of gaps) {
        const ink = heights[index]?.ink ?? 0;
        assert.ok(ink > 0.15 && ink < 0.85, `${ink} of the fence at ${index}`);
      }
      const over = plot.locator('.u-over');
      const box = await over.boundingBox();
      assert.ok(box);
      await over.hover({ position: { x: (20.6 / 31.2) * box.width, y: 20 } });
      await becomes(notes, 'aucune donnée');
      await becomes(widget(page, 'barn').locator('.linky-pick .linky-lit'), '------');
      await plot.focus();
      await page.keyboard.press('ArrowRight');
      await becomes(notes, '');
      await page.keyboard.press('ArrowLeft');
      assert.match((await plot.getAttribute('aria-valuetext')) ?? '', /^\S+ \d+ nov\., aucune donnée$/);
      await fits(page);
      await isOpenToAll(page);
      await site.feed('barn', message);
      await becomes(widget(page, 'barn').locator('.linky-pick .linky-lit'), litOf(message.series[20]?.value));
    });

    it('mark the gap of a load curve for as long as it is', async () => {
      const page = await site.open();
      const message = messageOf('consumption', 'load-curve', BARN);
      const holed = message.series.filter((_value, index) => index < 48 || index >= 96);
      await site.feed('barn', { ...message, series: holed });
      const plot = await openGraph(page, 'barn', 'load-curve');
      const box = await plot.locator('.u-over').boundingBox();
      assert.ok(box);
      await plot.locator('.u-over').hover({ position: { x: (1.5 / 7) * box.width, y: 20 } });
      await becomes(widget(page, 'barn').locator('.linky-notes'), 'aucune donnée');
      const period = await widget(page, 'barn').locator('.linky-period').innerText();
      assert.match(period, /^16 nov\. 00:00 – 17 nov\. 00:00$/);
      await site.feed('barn', message);
      await widget(page, 'barn').locator('.linky-notes').waitFor({ state: 'detached' });
    });

    it('are read, and left, by a keyboard', async () => {
      const page = await site.open();
      const { series } = messageOf('consumption', 'daily');
      await line(page, 'house', 'daily').focus();
      await page.keyboard.press('Enter');
      const plot = widget(page, 'house').getByRole('slider', { name: 'Par jour, kWh' });
      await plot.locator('canvas').waitFor();
      await page.keyboard.press('Tab');
      await page.keyboard.press('ArrowLeft');
      for (const [key, value] of [
        ['', series.at(-2)?.value],
        ['Home', series[0]?.value],
        ['End', series.at(-1)?.value],
      ] as const) {
        if (key) await page.keyboard.press(key);
        assert.match(
          (await plot.getAttribute('aria-valuetext')) ?? '',
          new RegExp(`, ${writtenNumber({ value: value ?? NaN, unit: 'kWh' }, 'fr')} kWh$`),
        );
      }
      await page.keyboard.press('Escape');
      await line(page, 'house', 'daily').waitFor();
      assert.equal(await page.evaluate('document.activeElement.dataset.metric'), 'daily');
    });

    it('are read by a finger on a phone, and left by the way back', async () => {
      const page = await site.open({ hasTouch: true, viewport: { width: 390, height: 844 } });
      await line(page, 'house', 'yearly').tap();
      await widget(page, 'house')
        .locator('.u-over')
        .tap({ position: { x: 3, y: 20 } });
      const [first] = messageOf('consumption', 'yearly').series;
      await becomes(widget(page, 'house').locator('.linky-pick .linky-lit'), litOf(first?.value));
      await widget(page, 'house').getByRole('button', { name: 'Retour aux valeurs' }).tap();
      await shows(page, 'house', 'consumption', HOUSE);
    });

    it('follow a new message', async () => {
      const page = await site.open();
      await openGraph(page, 'barn', 'daily');
      const message = messageOf('consumption', 'daily', BARN);
      const newest = message.series.at(-1);
      assert.ok(newest);
      const corrected: Message = {
        ...message,
        payload: 77.777,
        series: [...message.series.slice(0, -1), { ...newest, value: 77.777 }],
      };
      await site.feed('barn', corrected);
      await becomes(widget(page, 'barn').locator('.linky-pick .linky-lit'), '!77.777');
      await site.feed('barn', message);
      await becomes(widget(page, 'barn').locator('.linky-pick .linky-lit'), litOf(message.payload));
    });

    it('load wherever Node-RED’s roots are', async () => {
      const other = await site.another({
        flows: FLOWS,
        settings: { httpAdminRoot: '/admin', httpNodeRoot: '/node' },
      });
      await site.feed('house', messageOf('consumption', 'daily'), `${other.url}/node`);
      const page = await site.open({ at: `${other.url}/node/dashboard/linky` });
      await openGraph(page, 'house', 'daily');
    });
  },
  async ({ feed }) => {
    for (const metric of METRICS) {
      await feed('house', messageOf('consumption', metric));
      await feed('barn', messageOf('consumption', metric, BARN));
    }
  },
);
