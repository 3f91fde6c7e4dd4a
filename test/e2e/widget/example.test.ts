import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { METRICS, unitOf, type Direction } from '../../../src/metering/metrics';
import { figuresOf } from '../../../src/widget/figure';
import { flowsOf, nodeOf } from '../../support/examples/files';
import { becomes, light, lit, press, title } from '../../support/widget/look';
import { onEachNodeRed } from '../../support/widget/site';

const EXAMPLE = flowsOf('linky-widget');
const FACE = nodeOf(EXAMPLE, 'ui-linky')?.id ?? '';
const TAB = nodeOf(EXAMPLE, 'tab')?.id ?? '';
/** Where the face's message comes back to a source. */
const RETURNS = EXAMPLE.filter(({ type }) => type === 'link in');

const teller = { id: 'teller', type: 'function', z: TAB, outputs: 0, wires: [] };
const returned = (id: string): object => ({
  ...teller,
  id: `back-${id}`,
  func: `node.warn("BACK ${id} " + msg.topic);`,
});

/** What the face shows of a message: a load curve's greatest power of its last day, else its payload. */
const SHOWN = `const day = msg.series?.at(-1)?.start.slice(0, 10);
const ofDay = (msg.series ?? []).filter(({ start }) => start.startsWith(day)).map(({ value }) => value);
const shown = msg.metric === 'load-curve' ? Math.max(...ofDay) : msg.payload;`;

/** The example, and what passes through its wires in Node-RED's log. */
const FLOWS = [
  ...EXAMPLE.map((node) => {
    const to = node.type.startsWith('linky-')
      ? teller.id
      : node.type === 'link in'
        ? `back-${node.id}`
        : undefined;
    return to && node.wires ? { ...node, wires: node.wires.map((wires) => [...wires, to]) } : node;
  }),
  { ...teller, func: `${SHOWN} node.warn("TOLD " + msg.topic + " " + shown + ";");` },
  ...RETURNS.map(({ id }) => returned(id)),
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
      const figures = figuresOf(
        told.map((value, index) => ({ value, unit: unitOf(direction, METRICS[index] ?? 'daily') })),
      );
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
    for (const { id } of RETURNS) await site.nodeRed.logged(new RegExp(`BACK ${id} refresh`));
    const sources = EXAMPLE.filter(({ type }) => /^linky-(consumption|production)$/.test(type));
    assert.deepEqual(
      RETURNS.flatMap(({ wires = [] }) => wires.flat()).sort(),
      sources.map(({ id }) => id).sort(),
    );
  });
});
