/** A whole history into the store on disk, over a bare loop that fetches the same answers with axios and parses them. */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios from 'axios';
import { clock } from '../src/calendar/clock';
import { Collector } from '../src/collector/collector';
import { budgetOf, DATA_CONNECT_BUDGET } from '../src/providers/budget';
import { consoProvider } from '../src/providers/conso';
import { rateLimit } from '../src/providers/rate-limit';
import { DIRECTIONS } from '../src/metering/metrics';
import type { MeasureAnswer } from '../test/support/stand-in/wire';
import { Publisher } from '../src/publisher/publisher';
import { SqliteDatabase } from '../src/store/sqlite';
import { Store } from '../src/store/store';
import { NOWHERE } from './history';
import { CONSUMER, NOW, SCHEDULE, UNTOLD, USAGE_POINT } from './meter';
import { atMost, written, type Row } from './table';
import { compare } from './timing';

const TOKEN = 'any';

/** An empty store on disk. */
export const newStore = (folder: string): Store =>
  new Store(new SqliteDatabase(join(folder, `${Math.random()}.db`)));

/**
 * Collects everything into a store, and closes it.
 * @param store an empty one
 * @param isPublished by a source node of each direction, to nobody
 */
export async function collect(url: string, store: Store, isPublished: boolean): Promise<void> {
  // Conso API's requests, with a budget in which a whole history fits.
  const budget = budgetOf('bench', DATA_CONNECT_BUDGET, clock, store.requests);
  const provider = consoProvider(TOKEN, url, budget, clock.now);
  const meter = {
    usagePoint: USAGE_POINT,
    storedAs: USAGE_POINT,
    provider,
    store,
    schedule: SCHEDULE,
    ...UNTOLD,
  };
  const collector = new Collector(meter);
  if (isPublished) {
    const publishers = DIRECTIONS.map((direction) => {
      const source = { ...meter, consumer: direction, direction, meter: 'House' };
      return new Publisher(collector, store, source, true, NOWHERE);
    });
    await Promise.all(publishers.map((publisher) => publisher.begin(false)));
    await collector['working'];
    for (const publisher of publishers) await publisher['publishing'];
  } else {
    collector.register(CONSUMER);
    await collector['working'];
  }
  await collector.stop();
  store.close();
}

/**
 * @param work told the address of a server that answers as Conso API, which lets as many requests through as come
 */
export async function withAnswers<T>(work: (url: string, server: ChildProcess) => Promise<T>): Promise<T> {
  clock.now = () => NOW;
  rateLimit.turn = () => Promise.resolve();
  const server = fork(join(__dirname, 'answers.ts'), [String(NOW)]);
  try {
    const [url] = (await once(server, 'message')) as [string];
    return await work(url, server);
  } finally {
    server.disconnect();
  }
}

/**
 * The requests of a backfill, in its order.
 * @param store an empty one
 */
async function addressesOf(server: ChildProcess, url: string, store: Store): Promise<string[]> {
  await collect(url, store, false);
  server.send('asked');
  const [asked] = (await once(server, 'message')) as [string[]];
  return asked.map((address) => url + address);
}

export default async function backfill(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'linky-bench-'));
  return withAnswers(async (url, server) => {
    const addresses = await addressesOf(server, url, newStore(folder));
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
    const stored = await compare(() => collect(url, newStore(folder), false), bare);
    const published = await compare(() => collect(url, newStore(folder), true), bare);
    return [
      {
        name: `3 years daily + 2 years load curve, ${addresses.length} requests, into the store`,
        ours: written(stored.ours, 'ms'),
        reference: written(stored.reference, 'ms'),
        ...atMost(1.5, stored.ratio),
      },
      {
        name: '… and all of it published by two sources',
        ours: written(published.ours, 'ms'),
        reference: written(published.reference, 'ms'),
        ...atMost(3, published.ratio),
      },
    ];
  }).finally(() => {
    rmSync(folder, { recursive: true });
  });
}
