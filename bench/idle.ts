/**
 * A process of many idle meters, for `bench/memory.ts`, with `--expose-gc`. Arguments: a log of `histories` meters
 * beside the first, that number, how many meters. Prints what each takes, bytes, as JSON.
 */
import { clock } from '../src/calendar/clock';
import { Collector } from '../src/collector/collector';
import { simulatedMeter } from '../src/providers/simulated/simulated-meter';
import { ServedPoint } from '../src/publisher/publisher';
import { ReadingLog } from '../src/store/log';
import { usagePointOf } from './copies';
import { NOWHERE } from './history';
import { DAILY, UNTOLD } from './meter';

const [file = '', histories, meters] = process.argv.slice(2);
const log = new ReadingLog(file);
const provider = simulatedMeter(clock.now);

function begin(n: number): ServedPoint {
  const usagePoint = usagePointOf(n);
  const meter = { usagePoint, logName: usagePoint, provider, log, schedule: DAILY, ...UNTOLD };
  const source = {
    ...meter,
    consumer: 'linky-consumption',
    direction: 'consumption',
    meter: 'House',
  } as const;
  const point = new ServedPoint(new Collector(meter), log, source, true, NOWHERE);
  point.begin(false);
  return point;
}

function used(): { heap: number; rss: number } {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

// What the code itself takes is no meter's: these have been begun and belong to nobody.
const warm = Array.from({ length: 50 }, () => begin(0));
const before = used();
const began = performance.now();
const points = Array.from({ length: Number(meters) }, (_, n) => begin(1 + (n % Number(histories))));
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
log.close();
process.exit();
