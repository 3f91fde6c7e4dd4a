/**
 * A day of a fleet on Data Connect, in a process of its own, for `bench/fleet.ts`. Arguments: how many meters, how many
 * years of daily values, the address of a PostgreSQL database (absent: SQLite). They are named at noon, all new, and
 * looked after until the next evening. Time is fake and jumps where nothing is to do; the pace is the real one by that
 * time. Prints what came of it as JSON.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { scheduler } from '../src/collector/scheduler';
import { clock } from '../src/calendar/clock';
import { Collector } from '../src/collector/collector';
import type { Schedule } from '../src/collector/schedule';
import { providerFor } from '../src/providers/providers';
import { rateLimit } from '../src/providers/rate-limit';
import { addDays, startOfDay } from '../src/calendar/paris';
import { Publisher, type Outlet } from '../src/publisher/publisher';
import { PostgresDatabase, serverClock } from '../src/store/postgres';
import { SqliteDatabase } from '../src/store/sqlite';
import { Store } from '../src/store/store';
import { FakeTime } from '../test/support/fake-time';
import { usagePointOf } from './copies';
import { Transport } from './enedis';
import { DAILY, NOW, TODAY, UNTOLD } from './meter';
import { phaseOf, type Fleet } from './quota';

const METERS = Number(process.argv[2]);
const SCHEDULE: Schedule = { ...DAILY, history: Number(process.argv[3]) };
const URL_OF_DATABASE = process.argv[4];
const HOUR = 3_600_000;
const MIDNIGHT = startOfDay(addDays(TODAY, 1));

const pace = { ...rateLimit };
const time = new FakeTime(NOW);
Object.assign(rateLimit, pace);
// The rate limiter's. Timers stay real: connections to PostgreSQL have some.
Date.now = () => time.now;
serverClock.read = () => time.now;
const transport = new Transport(Date.now);
const folder = mkdtempSync(join(tmpdir(), 'linky-bench-'));
const postgres = URL_OF_DATABASE === undefined ? undefined : new PostgresDatabase(URL_OF_DATABASE);
const store = new Store(postgres ?? new SqliteDatabase(join(folder, 'readings.db')));
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

/** So many turns of the event loop without anything under way, and nothing more comes. */
const QUIET = 3;

/** What a moment has set going ends before the next one comes. */
async function settled(): Promise<void> {
  for (let quiet = 0; quiet < QUIET;) {
    await turn();
    const isWaiting = postgres?.isIdle === false;
    // Looking again and again would count as CPU of the fleet.
    if (isWaiting) await postgres.settled();
    const isBusy = isWaiting || transport.underWay > 0 || scheduler['firesAt'] === -Infinity;
    quiet = isBusy ? 0 : quiet + 1;
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
  await time.pass(MIDNIGHT + 20 * HOUR, settled);
  delay.disable();
  const { user, system } = process.cpuUsage(before);
  return {
    first: phaseOf(transport.calls, complete, METERS, NOW, MIDNIGHT),
    second: phaseOf(transport.calls, complete, METERS, MIDNIGHT, Infinity),
    whole: phaseOf(transport.calls, [], METERS, NOW, Infinity),
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
