import type { Page } from 'playwright-core';

/** Opens Node-RED's editor; resolves once it shows the flows, and nothing covers them. */
export async function visitEditor(page: Page, url: string): Promise<void> {
  await page.goto(url);
  // Nodes are in the palette before the flows are there. This button comes after both.
  await page.locator('#red-ui-header-button-deploy').waitFor();
  await page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' });
}

/** A tray slides in and out: a click meanwhile would go astray. */
export async function still(page: Page): Promise<void> {
  await page.waitForFunction(
    "$('.red-ui-tray').length > 0 && !$(':animated').length && !$('#red-ui-editor-stack:animated').length",
  );
}
