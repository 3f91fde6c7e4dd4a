import { launchBrowser } from './browser';
import { packForWorkers } from './packed';
import { postgresForWorkers } from './postgres';

// Mocha's, for a run with `--require` of this file: once, before the first worker starts and after the last has ended.

let removals: (() => Promise<void>)[] = [];

export async function mochaGlobalSetup(): Promise<void> {
  removals = await Promise.all([packForWorkers(), postgresForWorkers()]);
  // The Chromium of the npm package is unpacked at its first start: two workers at once would spoil it.
  await (await launchBrowser()).close();
}

export async function mochaGlobalTeardown(): Promise<void> {
  await Promise.all(removals.map((remove) => remove()));
}
