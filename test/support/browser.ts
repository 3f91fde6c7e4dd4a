import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions } from 'playwright-core';
import { HOST_CLOCK } from './host-clock';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/**
 * The headless shell of an npm package, which takes a third of the processor's time that a whole Chromium does; where it
 * does not start (it needs some libraries), the machine's own Chromium.
 */
export async function launchBrowser(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu'];
  const { default: shell } = await import('@sparticuz/chromium');
  try {
    return await chromium.launch({ executablePath: await shell.executablePath(), args });
  } catch (error) {
    const own = (process.env['PATH'] ?? '')
      .split(delimiter)
      .flatMap((folder) => NAMES.map((name) => join(folder, name)))
      .find((file) => existsSync(file));
    if (!own) throw error;
    console.warn(`The headless shell does not start: ${String(error).split('\n')[0]}`);
    return chromium.launch({ executablePath: own, args });
  }
}

/** Pages that live by the clock of `host-clock.ts`. */
export async function openContext(browser: Browser, options: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  // On a busy machine the editor takes its time.
  context.setDefaultTimeout(60_000);
  await context.addInitScript(HOST_CLOCK);
  return context;
}
