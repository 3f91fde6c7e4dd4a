import { existsSync, renameSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDamage } from './store-error';
import { PostgresDatabase } from './postgres';
import { SqliteDatabase } from './sqlite';
import { Store } from './store';

/** A store in use, and where a damaged one that lay in its place was put. */
interface Opened {
  store: Store;
  setAside: string | undefined;
}

const open = new Map<string, Opened & { users: number }>();

/**
 * The store of a Node-RED, one for all meters of the process: a PostgreSQL database, or a file in the user folder. A
 * damaged file is set aside, and an empty one takes its place: Enedis still has most of what it held.
 * @param now epoch ms
 * @param database the address of the PostgreSQL database; empty: the file
 * @returns the store, and what gives it back: the last user closes it
 * @throws where the file cannot be opened
 */
export function sharedStore(userDir: string, now: number, database = ''): Opened & { release: () => void } {
  const place = database || join(resolve(userDir), 'linky', 'readings.db');
  const shared = open.get(place) ?? { ...(database ? inPostgres(database) : opened(place, now)), users: 0 };
  shared.users += 1;
  open.set(place, shared);
  let held = true;
  return {
    store: shared.store,
    setAside: shared.setAside,
    release: () => {
      if (!held) return;
      held = false;
      shared.users -= 1;
      if (shared.users > 0) return;
      open.delete(place);
      shared.store.close();
    },
  };
}

/** It connects by itself, when it is there. */
const inPostgres = (url: string): Opened => ({
  store: new Store(new PostgresDatabase(url)),
  setAside: undefined,
});

function opened(file: string, now: number): Opened {
  try {
    return { store: new Store(new SqliteDatabase(file)), setAside: undefined };
  } catch (error) {
    if (!isDamage(error)) throw error;
    const setAside = file.replace(/\.db$/, `-damaged-${now}.db`);
    renameSync(file, setAside);
    // What the broken file had not taken in yet must not be played into the new one.
    for (const rest of ['-wal', '-shm']) {
      if (existsSync(file + rest)) renameSync(file + rest, setAside + rest);
    }
    return { store: new Store(new SqliteDatabase(file)), setAside };
  }
}
