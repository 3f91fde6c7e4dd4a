import { launchBrowser } from './browser';
import { packForWorkers } from './packed';

// Mocha's, for a run with `--require` of this file: once, before the first worker starts and after the last has ended.

let remove = (): Promise<void> => Promise.resolve();

export async function mochaGlobalSetup(): Promise<void> {
  remove = await packForWorkers();
  // The Chromium of the npm package is unpacked at its first start: two workers at once would spoil it.
  await (await launchBrowser()).close();
}

export const mochaGlobalTeardown = (): Promise<void> => remove();
