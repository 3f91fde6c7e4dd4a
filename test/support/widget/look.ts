import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { METRICS, type Direction } from '../../../src/metering/metrics';
import type { LineMetric } from '../../../src/widget/face-metrics';
import { figuresOf } from '../../../src/widget/figure';
import type { ToBrowsers } from '../../../src/widget/messages';
import { messageOf, type House, type Message } from './messages';

/** What a visitor of the dashboard finds in a widget, and does with it. */

export const widget = (page: Page, id: string): Locator => page.locator(`#nrdb-ui-widget-${id}`);

/** Waits until a text is that. */
export const becomes = (locator: Locator, text: string): Promise<void> =>
  locator.filter({ hasText: new RegExp(`^\\s*${text.replaceAll('.', '\\.')}\\s*$`) }).waitFor();

export const title = (page: Page, id: string): Locator => widget(page, id).locator('.linky-title');

export const line = (page: Page, id: string, metric: LineMetric): Locator =>
  widget(page, id).locator(`.linky-line[data-metric=${metric}]`);

/** The lit segments of a line. */
export const lit = (page: Page, id: string, metric: LineMetric): Locator =>
  line(page, id, metric).locator('.linky-lit');

export const light = (page: Page, id: string, colour: string): Locator =>
  widget(page, id).locator(`.linky-light[data-light=${colour}]`);

export const press = (page: Page, id: string, name: string): Promise<void> =>
  widget(page, id).getByRole('button', { name, exact: true }).click();

/** What a line's figure is of a message: its payload, or the greatest power of its last day. */
function figured({ metric, payload, series }: Message): number {
  if (metric !== 'load-curve') return payload;
  const day = series.at(-1)?.start.slice(0, 10);
  return Math.max(...series.filter(({ start }) => start.startsWith(day ?? '')).map(({ value }) => value));
}

/** Waits until the figures are those of the messages. */
export async function showsMessages(page: Page, id: string, messages: readonly Message[]): Promise<void> {
  const figures = figuresOf(messages.map((message) => ({ value: figured(message), unit: message.unit })));
  for (const [index, { metric }] of messages.entries()) {
    await becomes(lit(page, id, metric), figures[index]?.lit ?? '');
  }
}

/** Waits until the figures are those of a house. */
export const shows = (page: Page, id: string, direction: Direction, house: House): Promise<void> =>
  showsMessages(
    page,
    id,
    METRICS.map((metric) => messageOf(direction, metric, house)),
  );

/**
 * Hands a message to a widget in one page alone, as Dashboard does when its server sends it.
 * @param state of Dashboard's store on the server: then it is what a page gets when it is loaded
 */
export async function told(
  page: Page,
  id: string,
  message: ToBrowsers | Record<string, unknown>,
  state?: object,
): Promise<void> {
  await widget(page, id).locator('.linky').waitFor();
  await page.evaluate(
    `document.querySelector('#app').__vue_app__._context.provides.$socket
      .listeners(${JSON.stringify(`${state ? 'widget-load' : 'msg-input'}:${id}`)})
      .forEach((listener) => listener(${JSON.stringify(message)}, ${JSON.stringify(state)}))`,
  );
}

export async function openGraph(page: Page, id: string, metric: LineMetric): Promise<Locator> {
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
    const always = '.linky-figure, .linky-unit, .linky-title, .linky-label, button';
    const ifShown = '.linky-label small, .linky-part, .linky-whose, .linky-name, .linky-period, .linky-notes, .linky-spark, .linky-progress p';
    const parts = [...face.querySelectorAll(always), ...[...face.querySelectorAll(ifShown)].filter((part) => part.checkVisibility())];
    const out = parts.filter((part) => {
      const box = part.getBoundingClientRect();
      return box.left < frame.left - 1 || box.right > Math.min(frame.right, innerWidth) + 1 ||
        box.top < frame.top - 1 || box.bottom > frame.bottom + 1 || box.width === 0;
    });
    const text = document.createRange();
    const cut = parts.filter((part) => {
      text.selectNodeContents(part);
      const [whole, seen] = [text.getBoundingClientRect(), part.getBoundingClientRect()];
      return getComputedStyle(part).overflow === 'hidden' &&
        (whole.width > seen.width + 0.2 || whole.height > seen.height + 2);
    });
    const plain = (part) => part.getAttribute('class') || part.parentElement.className;
    return [...out.map((part) => name + plain(part) + ' is outside'), ...cut.map((part) => name + part.textContent.trim() + ' is cut')];
  })`);
  assert.deepEqual(wrong, []);
}

/** The points of a column of figures lie one below the other. */
export async function pointsAlign(page: Page, id: string): Promise<void> {
  const points = await page.evaluate<{ left: number; point: number }[]>(
    `[...document.querySelectorAll('#nrdb-ui-widget-${id} .linky-line .linky-figure')].map((figure) => ({
      left: Math.round(figure.getBoundingClientRect().left),
      point: figure.querySelector('.linky-lit i').getBoundingClientRect().right,
    }))`,
  );
  assert.ok(points.length > 1);
  const columns = Map.groupBy(points, ({ left }) => left);
  for (const column of columns.values()) {
    const places = column.map(({ point }) => point);
    assert.ok(Math.max(...places) - Math.min(...places) < 0.6, `${id}: ${JSON.stringify(points)}`);
  }
}

/** Contrast of each key's sign with the darkest of its ground. */
export const contrastsOf = (page: Page, id: string): Promise<number[]> =>
  page.evaluate(`(() => {
    const pen = Object.assign(document.createElement('canvas'), { width: 1, height: 1 })
      .getContext('2d', { willReadFrequently: true });
    const luminance = (colour) => {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
      if (alpha < 255) throw new Error(colour + ' lets the page show through');
      const linear = [red, green, blue].map((part) => part / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
      return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    return [...document.querySelectorAll('#nrdb-ui-widget-${id} .linky-key')].map((key) => {
      const { color, backgroundColor } = getComputedStyle(key);
      const [light, dark] = [luminance(color), luminance(backgroundColor)].sort((a, b) => b - a);
      return (light + 0.05) / (dark + 0.05);
    });
  })()`);

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
