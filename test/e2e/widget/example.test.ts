import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { METRICS, type Direction } from '../../../src/metering/metrics';
import { figuresOf } from '../../../src/widget/figure';
import { becomes, light, lit, press, title } from '../../support/widget/look';
import { onEachNodeRed } from '../../support/widget/site';

interface FlowNode {
  id: string;
  type: string;
  wires?: string[][];
}

const EXAMPLE = JSON.parse(
  readFileSync(join(__dirname, '../../../examples/linky-widget.json'), 'utf8'),
) as FlowNode[];
const FACE = EXAMPLE.find(({ type }) => type === 'ui-linky')?.id ?? '';
const TAB = EXAMPLE.find(({ type }) => type === 'tab')?.id ?? '';
const teller = { id: 'teller', type: 'function', z: TAB, outputs: 0, wires: [] };

/** What the face shows of a message: a load curve's greatest power of its last day, else its payload. */
const SHOWN = `const day = msg.series?.at(-1)?.start.slice(0, 10);
const ofDay = (msg.series ?? []).filter(({ start }) => start.startsWith(day)).map(({ value }) => value);
const shown = msg.metric === 'load-curve' ? Math.max(...ofDay) : msg.payload;`;

/** The example, and what passes through its wires in Node-RED's log. */
const FLOWS = [
  ...EXAMPLE.map((node) =>
    node.type.startsWith('linky-') || node.type === 'ui-linky'
      ? { ...node, ...(node.wires ? { wires: node.wires.map((to) => [...to, teller.id]) } : {}) }
      : node,
  ),
  { ...teller, func: `${SHOWN} node.warn("TOLD " + msg.topic + " " + shown + ";");` },
];

onEachNodeRed('the example of the widget', { flows: FLOWS }, (site) => {
  async function showsWhatWasTold(page: Page): Promise<void> {
    for (const [direction, words] of [
      ['consumption', 'Consommation'],
      ['production', 'Production'],
    ] as const satisfies [Direction, string][]) {
      await becomes(title(page, FACE), words);
      await light(page, FACE, 'green').waitFor();
      const told: number[] = [];
      for (const metric of METRICS) {
        const [, value] = await site.nodeRed.logged(new RegExp(`TOLD ${direction}/${metric} ([\\d.]+);`));
        told.push(Number(value));
      }
      const figures = figuresOf(told);
      for (const [index, metric] of METRICS.entries()) {
        await becomes(lit(page, FACE, metric), figures[index]?.lit ?? '');
      }
      await press(page, FACE, 'Vue suivante');
    }
  }
  const open = (): Promise<Page> => site.open({ at: `${site.nodeRed.url}/dashboard/meter` });

  it('shows both directions of the simulated meter, and the same after a restart', async () => {
    const page = await open();
    await showsWhatWasTold(page);
    const before = await lit(page, FACE, 'yearly').textContent();
    await page.close();
    await site.restart();
    const after = await open();
    await showsWhatWasTold(after);
    assert.equal(await lit(after, FACE, 'yearly').textContent(), before);
  });

  it('brings a refresh back to both sources', async () => {
    await press(await open(), FACE, 'Actualiser');
    await site.nodeRed.logged(/TOLD refresh/);
    const sources = EXAMPLE.filter(({ type }) => /^linky-(consumption|production)$/.test(type));
    assert.deepEqual(EXAMPLE.find(({ id }) => id === FACE)?.wires, [sources.map(({ id }) => id)]);
  });
});
