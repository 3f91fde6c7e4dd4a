/** What PostgreSQL costs over SQLite, on this machine, as both come: a whole history into the store, and queries. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../test/support/postgres';
import { PostgresDatabase } from '../src/store/postgres';
import { Store } from '../src/store/store';
import { collect, newStore, withAnswers } from './backfill';
import { fill } from './history';
import { newDatabase } from './new-database';
import { queryRows } from './query';
import { atMost, written, type Row } from './table';
import { compare, RUNS, type Compared } from './timing';

/** After a crash the last commits may be missing: so it is with SQLite in WAL mode when the machine loses its power. */
const LESS_DURABLE = '?options=-c%20synchronous_commit%3Doff';
const GOALS = { 'three years by month': 10 };

async function queries(server: string, folder: string): Promise<Row[]> {
  const store = new Store(new PostgresDatabase(await newDatabase(server)));
  const inFile = newStore(folder);
  try {
    await fill(store);
    await fill(inFile);
    return (await queryRows(store, GOALS, inFile)).map((row) => ({
      ...row,
      name: `PostgreSQL, ${row.name}`,
    }));
  } finally {
    store.close();
    inFile.close();
  }
}

/** The same into one and the other. @param options of the address */
async function backfill(
  server: string,
  url: string,
  folder: string,
  { isPublished = false, options = '' } = {},
): Promise<Compared> {
  // To make a database takes longer than to fill it, and an installer makes one once.
  const databases: string[] = [];
  for (let i = 0; i <= RUNS; i++) databases.push(await newDatabase(server));
  return compare(
    () => collect(url, new Store(new PostgresDatabase((databases.pop() ?? '') + options)), isPublished),
    () => collect(url, newStore(folder), isPublished),
  );
}

export default async function postgres(): Promise<Row[]> {
  const server = await startPostgres('default');
  const folder = mkdtempSync(join(tmpdir(), 'linky-bench-'));
  try {
    const answered = await queries(server.url, folder);
    return await withAnswers(async (url) => {
      const stored = await backfill(server.url, url, folder);
      const asDurable = await backfill(server.url, url, folder, { options: LESS_DURABLE });
      const published = await backfill(server.url, url, folder, { isPublished: true });
      return [
        {
          name: '3 years daily + 2 years load curve into PostgreSQL, over SQLite',
          ours: written(stored.ours, 'ms'),
          reference: written(stored.reference, 'ms'),
          ...atMost(3, stored.ratio),
        },
        {
          name: '… as durable as SQLite (synchronous_commit = off)',
          ours: written(asDurable.ours, 'ms'),
          reference: written(asDurable.reference, 'ms'),
          figure: written(asDurable.ratio),
        },
        {
          name: '… and all of it published by two sources',
          ours: written(published.ours, 'ms'),
          reference: written(published.reference, 'ms'),
          figure: written(published.ratio),
        },
        ...answered,
      ];
    });
  } finally {
    rmSync(folder, { recursive: true });
    await server.remove();
  }
}
