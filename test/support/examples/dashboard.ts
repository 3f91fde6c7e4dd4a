import type { Page } from 'playwright-core';

/** A chart as Dashboard drew it. */
export interface DrawnChart {
  title: string;
  /** Names of its lines or bars, each of which has points. */
  series: string[];
}

/** As text, for tsx would add names that a page does not know. Dashboard has no other way to its charts. */
const CHARTS = `((count) => {
  const charts = [];
  const visit = (vnode) => {
    const chart = vnode?.component?.proxy?.chart;
    if (typeof chart?.getOption === 'function') {
      const { title, series } = chart.getOption();
      charts.push({ title: title[0].text, series: series.filter(({ data }) => data.length > 0).map(({ name }) => name) });
    }
    if (vnode?.component) visit(vnode.component.subTree);
    if (Array.isArray(vnode?.children)) vnode.children.forEach(visit);
    if (vnode?.suspense) visit(vnode.suspense.activeBranch);
  };
  visit(document.querySelector('#app')?.__vue_app__?._container._vnode);
  return charts.length === count && charts.every(({ series }) => series.length > 0) && charts;
})`;

/** Waits until a page shows that many charts, each with something drawn. */
export async function chartsOf(page: Page, count: number): Promise<DrawnChart[]> {
  const charts = await page.waitForFunction(`${CHARTS}(${count})`);
  return (await charts.jsonValue()) as DrawnChart[];
}
