import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { METRICS, type Direction } from '../../../src/metering/metrics';
import { figureOf } from '../../../src/widget/figure';
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

/** The example, and what passes through its wires in Node-RED's log. */
const FLOWS = [
  ...EXAMPLE.map((node) =>
    node.type.startsWith('linky-') || node.type === 'ui-linky'
      ? { ...node, ...(node.wires ? { wires: node.wires.map((to) => [...to, teller.id]) } : {}) }
      : node,
  ),
  { ...teller, func: 'node.warn("TOLD " + msg.topic + " " + msg.payload + ";");' },
];

onEachNodeRed('the example of the widget', { flows: FLOWS }, (site) => {
  async function showsWhatWasTold(page: Page): Promise<void> {
    for (const [direction, words] of [
      ['consumption', 'Consommation'],
      ['production', 'Production'],
    ] as const satisfies [Direction, string][]) {
      await becomes(title(page, FACE), words);
      await light(page, FACE, 'green').waitFor();
      for (const metric of METRICS) {
        const pattern = new RegExp(`TOLD ${direction}/${metric} ([\\d.]+);`);
        await site.nodeRed.logged(pattern);
        const told = pattern.exec(site.nodeRed.log())?.[1];
        await becomes(lit(page, FACE, metric), figureOf(Number(told)).lit);
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
