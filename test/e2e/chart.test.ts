import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DateTime } from 'luxon';
import type { Browser } from 'playwright-core';
import { simulatedMeter } from '../../src/providers/simulated/simulated-meter';
import type { Series } from '../../src/metering/metrics';
import { launchBrowser, openContext } from '../support/browser';
import { now } from '../support/host-clock';
import { startNodeRed, type NodeRed } from '../support/node-red';

/** A line or the bars of one colour, as the chart drew them. */
interface Drawn {
  name: string;
  type: string;
  points: [x: string | number, y: number][];
}

/** As text, for tsx would add names that a page does not know. Dashboard has no other way to its charts. */
const DRAWN = `(() => {
  const charts = [];
  const visit = (vnode) => {
    const chart = vnode?.component?.proxy?.chart;
    if (typeof chart?.getOption === 'function') {
      const { series, xAxis } = chart.getOption();
      charts.push(series.map(({ name, type, data }) => ({ name, type, points: data.map((point, i) => {
        const value = point?.value ?? point;
        return Array.isArray(value) ? value : [xAxis[0].data[i], value];
      }) })));
    }
    if (vnode?.component) visit(vnode.component.subTree);
    if (Array.isArray(vnode?.children)) vnode.children.forEach(visit);
    if (vnode?.suspense) visit(vnode.suspense.activeBranch);
  };
  visit(document.querySelector('#app')?.__vue_app__?._container._vnode);
  return charts.every((chart) => chart.length > 0) && charts.length === 2 && charts;
})()`;

describe('the example of months against last year', function () {
  this.timeout(120_000);
  let nodeRed: NodeRed;
  let browser: Browser;
  let drawn: Drawn[][];

  before(async () => {
    const example = join(__dirname, '../../examples/history-month-against-last-year.json');
    const flows = JSON.parse(await readFile(example, 'utf8')) as object[];
    [nodeRed, browser] = await Promise.all([startNodeRed({ flows }), launchBrowser()]);
    const viewport = { width: 1100, height: 900 };
    const page = await (await openContext(browser, { viewport, timezoneId: 'Europe/Paris' })).newPage();
    await page.goto(`${nodeRed.url}/dashboard/linky-history`);
    drawn = (await (await page.waitForFunction(DRAWN)).jsonValue()) as Drawn[][];
  });
  after(async () => {
    await browser.close();
    await nodeRed.stop();
  });

  /** The simulated meter's own values, as integers by day or by instant. */
  const measured = async (series: Series, start: string, end: string): Promise<number[]> => {
    const { signal } = new AbortController();
    const request = { usagePoint: '12345678901234', series, start, end };
    const answer = await simulatedMeter(now).fetch(request, 'user', signal);
    const { grandeur } = answer as { grandeur: { points: { v: string }[] }[] };
    return grandeur.flatMap(({ points }) => points).map(({ v }) => Number(v));
  };
  const total = async (start: DateTime, end: DateTime): Promise<number> => {
    const days = await measured('consumption-daily', start.toISODate() ?? '', end.toISODate() ?? '');
    return days.reduce((sum, value) => sum + value, 0) / 1000;
  };
  const curve = (): Drawn['points'] => drawn[1]?.[0]?.points ?? [];
  /** The day the answer was given on: the next could have begun since. */
  const today = (): DateTime =>
    DateTime.fromMillis(Number(curve().at(-1)?.[0]), { zone: 'Europe/Paris' }).plus({ minutes: 30 });

  it('puts each month beside that of the year before, as bars', async () => {
    const thisMonth = today().startOf('month');
    const months = Array.from({ length: 12 }, (_, i) => thisMonth.minus({ months: 11 - i })).filter(
      (month) => month < today(),
    );
    const bars = (year: number): Promise<Drawn['points']> =>
      Promise.all(
        months.map(async (start) => {
          const end = DateTime.min(start.plus({ months: 1 }), today());
          const [from, to] = [start, end].map((each) => each.minus({ years: year }));
          return [start.toFormat('yyyy-MM'), from && to ? await total(from, to) : NaN];
        }),
      );
    const [first, last] = [months[0]?.year ?? 0, months.at(-1)?.year ?? 0];
    const named = (from: number, to: number): string => (from === to ? `${from}` : `${from}-${to}`);
    assert.deepEqual(drawn[0], [
      { name: named(first, last), type: 'bar', points: await bars(0) },
      { name: named(first - 1, last - 1), type: 'bar', points: await bars(1) },
    ]);
  });

  it('draws the load curve of a week as a line, each half hour at its instant', async () => {
    const start = today().minus({ days: 7 });
    const values = await measured(
      'consumption-load-curve',
      start.toISODate() ?? '',
      today().toISODate() ?? '',
    );
    const points = values.map((value, i) => [start.toMillis() + i * 1_800_000, value / 1000]);
    assert.deepEqual(drawn[1], [{ name: 'consumption', type: 'line', points }]);
  });
});
