/** A whole history into the log on disk, over a bare loop that fetches the same answers with axios and parses them. */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios from 'axios';
import { clock } from '../src/calendar/clock';
import { Collector } from '../src/collector/collector';
import type { Consumer } from '../src/collector/meter';
import { budgetOf, DATA_CONNECT_BUDGET } from '../src/providers/budget';
import { consoProvider } from '../src/providers/conso';
import { rateLimit } from '../src/providers/rate-limit';
import { METRICS, type Direction } from '../src/metering/metrics';
import type { MeasureAnswer } from '../test/support/stand-in/wire';
import { tellFresh } from '../src/publisher/telling';
import { ReadingLog } from '../src/store/log';
import { CONSUMER, NOW, SCHEDULE, UNTOLD, USAGE_POINT } from './meter';
import { atMost, written, type Row } from './table';
import { compare } from './timing';

const TOKEN = 'any';
const folder = mkdtempSync(join(tmpdir(), 'linky-bench-'));

/** Collects everything into a new log. @param told who hears of it */
async function collect(url: string, told: (log: ReadingLog) => Consumer): Promise<void> {
  const file = join(folder, `${Math.random()}.db`);
  const log = new ReadingLog(file);
  // Conso API's requests, with a budget in which a whole history fits.
  const budget = budgetOf('bench', DATA_CONNECT_BUDGET, clock, log.requests);
  const provider = consoProvider(TOKEN, url, budget, clock.now);
  const meter = {
    usagePoint: USAGE_POINT,
    logName: USAGE_POINT,
    provider,
    log,
    schedule: SCHEDULE,
    ...UNTOLD,
  };
  const collector = new Collector(meter);
  collector.register(told(log));
  await collector.collect();
  await collector.stop();
  log.close();
}

/** A source node of each direction, whose messages go nowhere. */
function sources(log: ReadingLog): Consumer {
  const tellAll = (direction: Direction): void => {
    const source = {
      consumer: direction,
      direction,
      usagePoint: USAGE_POINT,
      logName: USAGE_POINT,
      meter: 'House',
    };
    for (const metric of METRICS) tellFresh(log, source, metric, NOW, () => undefined);
  };
  return {
    ...CONSUMER,
    onReadings: () => {
      tellAll('consumption');
      tellAll('production');
    },
  };
}

/** The questions a backfill asks, in its order. */
async function addressesOf(server: ChildProcess, url: string): Promise<string[]> {
  await collect(url, () => CONSUMER);
  server.send('asked');
  const [asked] = (await once(server, 'message')) as [string[]];
  return asked.map((address) => url + address);
}

export default async function backfill(): Promise<Row[]> {
  clock.now = () => NOW;
  rateLimit.turn = () => Promise.resolve();
  const server = fork(join(__dirname, 'answers.ts'), [String(NOW)]);
  try {
    const [url] = (await once(server, 'message')) as [string];
    const addresses = await addressesOf(server, url);
    assert.ok(addresses.length > 200);
    const bare = async (): Promise<void> => {
      let values = 0;
      for (const address of addresses) {
        const { data } = await axios.get<MeasureAnswer>(address, {
          headers: { Authorization: `Bearer ${TOKEN}` },
        });
        values += data.grandeur[0]?.points.length ?? 0;
      }
      assert.ok(values > 70_000);
    };
    const logged = await compare(() => collect(url, () => CONSUMER), bare);
    const told = await compare(() => collect(url, sources), bare);
    return [
      {
        name: `3 years daily + 2 years load curve, ${addresses.length} requests, into the log`,
        ours: written(logged.ours, 'ms'),
        reference: written(logged.reference, 'ms'),
        ...atMost(1.5, logged.ratio),
      },
      {
        name: '… and all of it told as messages',
        ours: written(told.ours, 'ms'),
        reference: written(told.reference, 'ms'),
        figure: written(told.ratio),
      },
    ];
  } finally {
    server.disconnect();
    rmSync(folder, { recursive: true });
  }
}
