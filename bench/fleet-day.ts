/**
 * A day of a fleet on Data Connect, in a process of its own, for `bench/fleet.ts`. Argument: how many meters. They
 * are named at noon, all new, and looked after until the next evening. Time is fake and jumps where nothing is to do;
 * the pace is the real one by that time. Prints what came of it as JSON.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import sinon from 'sinon';
import { scheduler } from '../src/collector/scheduler';
import { clock } from '../src/calendar/clock';
import { Collector } from '../src/collector/collector';
import type { Schedule } from '../src/collector/schedule';
import { providerFor } from '../src/providers/providers';
import { addDays, startOfDay } from '../src/calendar/paris';
import { Publisher, type Outlet } from '../src/publisher/publisher';
import { SqliteDatabase } from '../src/store/sqlite';
import { Store } from '../src/store/store';
import { usagePointOf } from './copies';
import { Transport } from './enedis';
import { NOW, TODAY, UNTOLD } from './meter';
import { phaseOf, type Fleet } from './quota';

const METERS = Number(process.argv[2]);
/** As a meter node is made with, but for the years: three calls for each meter on the first day, and on each other. */
const SCHEDULE: Schedule = {
  from: 300,
  to: 1200,
  minute: 37,
  history: 0,
  loadCurveHistory: 7,
  extraDays: 15,
};
const HOUR = 3_600_000;
const MIDNIGHT = startOfDay(addDays(TODAY, 1));

const fake = sinon.useFakeTimers({
  now: NOW,
  toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
});
// Not all of Date: sinon's takes ten times as long to make one.
Date.now = () => fake.now;
const transport = new Transport(Date.now);
const folder = mkdtempSync(join(tmpdir(), 'linky-bench-'));
const store = new Store(new SqliteDatabase(join(folder, 'readings.db')));
const keys = { token: '', clientId: 'id', clientSecret: 'secret' };
const provider = providerFor(
  { ...keys, provider: 'dataconnect', url: 'http://enedis' },
  { time: clock, ledger: store.requests },
);

/** When each meter had all it wants, the first day and the second. */
const complete: number[] = [];
let messages = 0;
const outlet: Outlet = {
  message: () => {
    messages += 1;
  },
  state: (before, after) => {
    if (after.kind === 'up-to-date' && before?.kind !== 'up-to-date') complete.push(Date.now());
  },
  error: (error) => {
    throw error;
  },
};

function serve(n: number): void {
  const usagePoint = usagePointOf(n);
  const meter = { usagePoint, storedAs: usagePoint, provider, store, schedule: SCHEDULE, ...UNTOLD };
  const source = {
    ...meter,
    consumer: 'linky-consumption',
    direction: 'consumption',
    meter: 'House',
  } as const;
  void new Publisher(new Collector(meter), store, source, true, outlet).begin(true);
}

/** Lets time pass; what a moment has set going ends before the next one comes. */
async function pass(until: number): Promise<void> {
  while (Date.now() < until) {
    do await turn();
    while (transport.underWay > 0 || scheduler['firesAt'] === -Infinity);
    fake.next();
  }
}

async function day(): Promise<Fleet> {
  const { default: axios } = await import('axios');
  axios.defaults.adapter = transport.adapter;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = process.cpuUsage();
  for (let n = 0; n < METERS; n++) {
    serve(n);
    await turn();
  }
  await pass(MIDNIGHT + 20 * HOUR);
  delay.disable();
  const { user, system } = process.cpuUsage(before);
  return {
    first: phaseOf(transport.calls, complete, METERS, NOW, MIDNIGHT),
    second: phaseOf(transport.calls, complete, METERS, MIDNIGHT, Infinity),
    p99: delay.percentile(99) / 1e6,
    longest: delay.max / 1e6,
    rss: process.resourceUsage().maxRSS / 1024,
    cpu: (user + system) / 1000,
    messages,
  };
}

void day()
  .then((fleet) => new Promise((done) => process.stdout.write(JSON.stringify(fleet), done)))
  .finally(() => {
    store.close();
    rmSync(folder, { recursive: true });
    process.exit();
  });
