import type { Page } from 'playwright-core';
import type { FlowNode } from './files';

/**
 * Menu → Import → Examples → the package → the example → Import; then its tab, which is called `label`.
 * @param example its path below `examples/`, without `.json`
 */
export async function importExample(page: Page, example: string, label: string): Promise<void> {
  const folder = (end: string): Promise<unknown> =>
    page.waitForResponse((response) => response.url().endsWith(`/library/examples/flows/${end}`));
  await page.locator('#red-ui-header-button-sidemenu').click();
  // The tree is drawn anew when its list arrives: a click before that could be lost.
  await Promise.all([folder(''), page.locator('#menu-item-import').click()]);
  await page.locator('a[href="#red-ui-clipboard-dialog-import-tab-examples"]').click();
  // 100 ms after it was opened, the dialog disables its button, whatever has been chosen by then. A timer that is set
  // later fires later.
  await page.evaluate('new Promise((done) => setTimeout(done, 100))');
  const examples = page.locator('#red-ui-clipboard-dialog-import-tab-examples');
  const [name, ...parts] = ['node-red-dashboard-2-linky', ...example.split('/')];
  let path = '';
  for (const each of [name, ...parts.slice(0, -1)]) {
    path += `${each}/`;
    await unfolded(page);
    await Promise.all([folder(path), examples.getByText(each, { exact: true }).click()]);
  }
  await unfolded(page);
  await examples.getByText(parts.at(-1) ?? '', { exact: true }).click();
  const button = page.locator('#red-ui-clipboard-dialog-ok');
  await button.click();
  await button.waitFor({ state: 'hidden' });
  await openTab(page, label);
}

/**
 * A folder begins to open up to 400 ms after its list has come, and opens slowly: a click meanwhile could begin on one
 * entry and end on another.
 */
async function unfolded(page: Page): Promise<void> {
  await page.waitForFunction("!$('.red-ui-treeList-spinner, :animated').length");
}

/** Shows the flow of that name. */
export async function openTab(page: Page, label: string): Promise<void> {
  const tab = page
    .locator('#red-ui-workspace-tabs .red-ui-tab')
    .filter({ has: page.getByText(label, { exact: true }) });
  // Two clicks on one tab could be a double click, which opens its form.
  if (!/\bactive\b/.test((await tab.getAttribute('class')) ?? '')) await tab.click();
}

/**
 * The Deploy button; resolves when Node-RED has taken the flows.
 * @param change what the user would still enter; made on the way to Node-RED
 */
export async function deploy(page: Page, change: (flows: FlowNode[]) => void): Promise<void> {
  const isDeploy = (url: URL): boolean => url.pathname === '/flows';
  await page.route(isDeploy, async (route) => {
    const body = route.request().postDataJSON() as { flows: FlowNode[] } | null;
    if (body) change(body.flows);
    await route.continue(body ? { postData: JSON.stringify(body) } : {});
  });
  const taken = page.waitForResponse(
    (response) => response.request().method() === 'POST' && isDeploy(new URL(response.url())),
  );
  await page.locator('#red-ui-header-button-deploy').click();
  // Asked where a node is not configured yet.
  const confirm = page.locator('.red-ui-notification button.primary');
  await Promise.race([taken, confirm.click().then(() => taken)]);
  await page.unroute(isDeploy);
}

/** The button of a node on the canvas. */
export const press = (page: Page, id: string): Promise<void> =>
  page.locator(`[id="${id}"] .red-ui-flow-node-button-button`).click();
