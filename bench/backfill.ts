/** A whole history into the log on disk, over a bare loop that fetches the same answers with axios and parses them. */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios from 'axios';
import { clock } from '../src/collection/clock';
import { Collector } from '../src/collection/collector';
import type { Consumer } from '../src/collection/meter';
import type { Provider } from '../src/providers/provider';
import { consoProvider } from '../src/providers/conso';
import { pace } from '../src/providers/pace';
import { METRICS, type Direction } from '../src/metering/metrics';
import type { MeterReading } from '../test/stand-in/wire';
import { tellFresh } from '../src/messages/telling';
import { ReadingLog } from '../src/store/log';
import { CONSUMER, NOW, SCHEDULE, UNTOLD, USAGE_POINT } from './meter';
import { atMost, written, type Row } from './table';
import { compare } from './timing';

const TOKEN = 'any';
const folder = mkdtempSync(join(tmpdir(), 'linky-bench-'));

/** Collects everything into a new log. @param told who hears of it */
async function collect(provider: Provider, told: (log: ReadingLog) => Consumer): Promise<void> {
  const file = join(folder, `${Math.random()}.db`);
  const log = new ReadingLog(file);
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
async function addressesOf(provider: Provider, server: ChildProcess, url: string): Promise<string[]> {
  await collect(provider, () => CONSUMER);
  server.send('asked');
  const [asked] = (await once(server, 'message')) as [string[]];
  return asked.map((address) => url + address);
}

export default async function backfill(): Promise<Row[]> {
  clock.now = () => NOW;
  pace.turn = () => Promise.resolve();
  const server = fork(join(__dirname, 'answers.ts'), [String(NOW)]);
  try {
    const [url] = (await once(server, 'message')) as [string];
    const provider = consoProvider(TOKEN, url, clock.now);
    const addresses = await addressesOf(provider, server, url);
    assert.ok(addresses.length > 200);
    const bare = async (): Promise<void> => {
      let values = 0;
      for (const address of addresses) {
        const { data } = await axios.get<MeterReading>(address, {
          headers: { Authorization: `Bearer ${TOKEN}` },
        });
        values += data.interval_reading.length;
      }
      assert.ok(values > 70_000);
    };
    const logged = await compare(() => collect(provider, () => CONSUMER), bare);
    const told = await compare(() => collect(provider, sources), bare);
    return [
      {
        name: `3 years daily + 2 years load curve, ${addresses.length} calls, into the log`,
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
