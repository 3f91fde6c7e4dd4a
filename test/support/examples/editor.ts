import type { Page } from 'playwright-core';

/** A node of a flow file. */
export type FlowNode = { id: string; type: string; wires?: string[][] } & Record<string, unknown>;

/** Opens Node-RED's editor and waits until flows can be imported. */
export async function openEditor(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator('#red-ui-header-button-deploy').waitFor();
  await page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' });
}

/** Menu → Import → Examples → the package → the example → Import; then its tab, which is called `label`. */
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
  const name = 'node-red-dashboard-2-linky';
  await Promise.all([folder(`${name}/`), examples.getByText(name, { exact: true }).click()]);
  const entry = examples.getByText(example, { exact: true });
  await entry.waitFor();
  // The folder opens slowly: a click meanwhile could begin on one entry and end on another.
  await page.waitForFunction("!$(':animated').length");
  await entry.click();
  const button = page.locator('#red-ui-clipboard-dialog-ok');
  await button.click();
  await button.waitFor({ state: 'hidden' });
  await page.locator('#red-ui-workspace-tabs').getByText(label, { exact: true }).click();
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
  const confirm = page.getByRole('button', { name: 'Confirm deploy' });
  await Promise.race([taken, confirm.click().then(() => taken)]);
}

/** The button of a node on the canvas. */
export async function press(page: Page, name: string): Promise<void> {
  const node = page.locator('.red-ui-flow-node-group').filter({ has: page.getByText(name, { exact: true }) });
  await node.locator('.red-ui-flow-node-button-button').click();
}

/** Waits for a message of a debug node in the sidebar. @returns what it shows */
export async function debugged(page: Page, name: string): Promise<string> {
  const message = page
    .locator('.red-ui-debug-msg')
    .filter({ has: page.getByText(`node: ${name}`, { exact: true }) });
  await message.first().waitFor({ state: 'attached' });
  return (await message.first().locator('.red-ui-debug-msg-payload').textContent()) ?? '';
}
