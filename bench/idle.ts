/**
 * A process of many idle meters, for `bench/memory.ts`, with `--expose-gc`. Arguments: a store of `histories` meters
 * beside the first, that number, how many meters. Prints what each takes, bytes, as JSON.
 */
import { clock } from '../src/calendar/clock';
import { Collector } from '../src/collector/collector';
import { simulatedMeter } from '../src/providers/simulated/simulated-meter';
import { Publisher } from '../src/publisher/publisher';
import { SqliteDatabase } from '../src/store/sqlite';
import { Store } from '../src/store/store';
import { usagePointOf } from './copies';
import { NOWHERE } from './history';
import { DAILY, UNTOLD } from './meter';

const [file = '', histories, meters] = process.argv.slice(2);
const store = new Store(new SqliteDatabase(file));
const provider = simulatedMeter(clock.now);

async function begin(n: number): Promise<Publisher> {
  const usagePoint = usagePointOf(n);
  const meter = { usagePoint, storedAs: usagePoint, provider, store, schedule: DAILY, ...UNTOLD };
  const source = {
    ...meter,
    consumer: 'linky-consumption',
    direction: 'consumption',
    meter: 'House',
  } as const;
  const collector = new Collector(meter);
  const point = new Publisher(collector, store, source, true, NOWHERE);
  await point.begin(false);
  await collector['working'];
  return point;
}

function used(): { heap: number; rss: number } {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

async function measure(): Promise<void> {
  // What the code itself takes is no meter's: these have been begun and belong to nobody.
  const warm: Publisher[] = [];
  for (let i = 0; i < 50; i++) warm.push(await begin(0));
  const before = used();
  const began = performance.now();
  const points: Publisher[] = [];
  for (let n = 0; n < Number(meters); n++) points.push(await begin(1 + (n % Number(histories))));
  const took = performance.now() - began;
  const after = used();
  const each = (bytes: number): number => bytes / points.length;
  process.stdout.write(
    JSON.stringify({
      heap: each(after.heap - before.heap),
      rss: each(after.rss - before.rss),
      ms: each(took),
      kept: warm.length,
    }),
  );
  store.close();
  process.exit();
}

void measure();
