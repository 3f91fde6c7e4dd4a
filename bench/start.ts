/** What the package adds to a start of Node-RED: two sources on one meter that has all it wants. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { SqliteDatabase } from '../src/store/sqlite';
import { Store } from '../src/store/store';
import { startNodeRed } from '../test/support/node-red';
import { fill } from './history';
import { USAGE_POINT } from './meter';
import { atMost, written, type Row } from './table';
import { median, RUNS } from './timing';

/** Until what a start left behind is collected, ms. */
const SETTLE = 1500;
const RED = join(__dirname, '../node_modules/node-red/red.js');

const TAB = { id: 'tab', type: 'tab', label: 'Home' };
const source = (type: string): object => ({
  id: type,
  type,
  z: 'tab',
  name: '',
  meter: 'meter',
  loadCurve: true,
  replay: true,
  x: 100,
  y: 100,
  wires: [[], [], [], [], []],
});
const METER = {
  id: 'meter',
  type: 'linky-meter',
  name: 'House',
  provider: 'conso',
  environment: 'production',
  usagePoint: USAGE_POINT,
  url: 'http://127.0.0.1:9',
  from: '05:00',
  to: '20:00',
  minute: 37,
  history: 3,
  loadCurveHistory: 730,
};
const FLOW = [TAB, METER, source('linky-consumption'), source('linky-production')];

interface Start {
  /** Until "Started flows", ms. */
  took: number;
  /** MB. */
  rss: number;
}

async function start(userDir: string): Promise<Start> {
  const began = performance.now();
  const args = [RED, '--userDir', userDir, '--settings', join(userDir, 'settings.js')];
  const child = spawn(process.execPath, args, { cwd: userDir, stdio: ['ignore', 'pipe', 'inherit'] });
  let took: number | undefined;
  for await (const line of createInterface(child.stdout)) {
    if (!line.includes('Started flows')) continue;
    took = performance.now() - began;
    break;
  }
  child.stdout.resume();
  if (took === undefined) throw new Error('Node-RED did not start');
  await sleep(SETTLE);
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8'))?.[1];
  child.kill();
  await once(child, 'exit');
  return { took, rss: Number(kilobytes) / 1024 };
}

/** User folders without and with the package, each of which has started once. */
async function folders(root: string): Promise<[without: string, having: string]> {
  const [without, having] = [join(root, 'without'), join(root, 'with')];
  mkdirSync(without);
  mkdirSync(having);
  writeFileSync(join(without, 'package.json'), '{"name":"user-folder","private":true}');
  const store = new Store(new SqliteDatabase(join(having, 'linky/readings.db')));
  await fill(store);
  store.close();
  const options = { lang: 'en-US', dashboard: false };
  for (const [userDir, flows] of [
    [without, [TAB]],
    [having, FLOW],
  ] as const) {
    const nodeRed = await startNodeRed({ ...options, userDir, flows: [...flows] });
    await nodeRed.stop();
  }
  return [without, having];
}

export default async function startOfNodeRed(): Promise<Row[]> {
  const root = mkdtempSync(join(tmpdir(), 'linky-bench-'));
  try {
    const [without, having] = await folders(root);
    const pairs: { before: Start; after: Start }[] = [];
    for (let i = 0; i < RUNS; i++) {
      pairs.push({ before: await start(without), after: await start(having) });
    }
    const row = (name: string, of: (start: Start) => number, goal: number, unit: string): Row => ({
      name,
      ours: written(median(pairs.map(({ after }) => of(after))), unit),
      reference: written(median(pairs.map(({ before }) => of(before))), unit),
      ...atMost(goal, median(pairs.map(({ before, after }) => of(after) - of(before))), unit),
    });
    return [
      row('start of Node-RED until "Started flows", with the package', ({ took }) => took, 60, 'ms'),
      row('… its memory with one idle meter', ({ rss }) => rss, 8, 'MB'),
    ];
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  }
}
