import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { METRICS, type Direction, type Metric } from '../../../src/metering/metrics';
import { figureOf } from '../../../src/widget/figure';
import { messageOf, type House } from './messages';

/** What a visitor of the dashboard finds in a widget, and does with it. */

export const widget = (page: Page, id: string): Locator => page.locator(`#nrdb-ui-widget-${id}`);

/** Waits until a text is that. */
export const becomes = (locator: Locator, text: string): Promise<void> =>
  locator.filter({ hasText: new RegExp(`^\\s*${text.replaceAll('.', '\\.')}\\s*$`) }).waitFor();

export const title = (page: Page, id: string): Locator => widget(page, id).locator('.linky-title');

export const line = (page: Page, id: string, metric: Metric): Locator =>
  widget(page, id).locator(`.linky-line[data-metric=${metric}]`);

/** The lit segments of a line. */
export const lit = (page: Page, id: string, metric: Metric): Locator =>
  line(page, id, metric).locator('.linky-lit');

export const light = (page: Page, id: string, colour: string): Locator =>
  widget(page, id).locator(`.linky-light[data-light=${colour}]`);

export const press = (page: Page, id: string, name: string): Promise<void> =>
  widget(page, id).getByRole('button', { name, exact: true }).click();

/** Waits until the figures are those of the messages. */
export async function shows(page: Page, id: string, direction: Direction, house: House): Promise<void> {
  for (const metric of METRICS) {
    await becomes(lit(page, id, metric), figureOf(messageOf(direction, metric, house).payload).lit);
  }
}

export async function openGraph(page: Page, id: string, metric: Metric): Promise<Locator> {
  await line(page, id, metric).click();
  const plot = widget(page, id).locator('.linky-plot');
  await plot.locator('canvas').waitFor();
  return plot;
}

/** Nothing that is read or pressed is cut off, or reaches out of its widget or the page. */
export async function fits(page: Page): Promise<void> {
  const wrong = await page.evaluate<string[]>(`[...document.querySelectorAll('.linky')].flatMap((face) => {
    const frame = face.getBoundingClientRect();
    const name = face.parentElement.id + ' ' + Math.round(frame.width) + '×' + Math.round(frame.height) + ' ';
    const parts = [...face.querySelectorAll('.linky-figure, .linky-unit, .linky-title, .linky-label, button')];
    const out = parts.filter((part) => {
      const box = part.getBoundingClientRect();
      return box.left < frame.left - 1 || box.right > Math.min(frame.right, innerWidth) + 1 ||
        box.top < frame.top - 1 || box.bottom > frame.bottom + 1 || box.width === 0;
    });
    const cut = parts.filter((part) => part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).overflow === 'hidden');
    return [...out.map((part) => name + part.className + ' is outside'), ...cut.map((part) => name + part.textContent.trim() + ' is cut')];
  })`);
  assert.deepEqual(wrong, []);
}

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Nothing in the widgets keeps anyone out. */
export async function isOpenToAll(page: Page): Promise<void> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
    `axe.run('.linky', { runOnly: ${JSON.stringify(RULES)} })`,
  );
  assert.deepEqual(
    violations.map(({ id, nodes }) => [id, nodes[0]?.html]),
    [],
  );
}
