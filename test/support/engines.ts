import { join } from 'node:path';
import { clock } from '../../src/calendar/clock';
import type { Database } from '../../src/store/database';
import { PostgresDatabase, serverClock } from '../../src/store/postgres';
import { SqliteDatabase } from '../../src/store/sqlite';
import { Store } from '../../src/store/store';
import { postgresDatabase } from './postgres';

/** Where a store lies. */
export interface Place {
  /** Of the PostgreSQL database, as `linky.database` in the settings; empty: a file in the user folder. */
  address: string;
  /** What a Node-RED has left there. */
  open(userDir: string): Database;
  remove(): Promise<void>;
}

/** What keeps the store of a test. */
export interface Engine {
  name: 'SQLite' | 'PostgreSQL';
  /** A new empty one, which is gone when it is closed, at the latest after the test. */
  database(): Promise<Database>;
  store(): Promise<Store>;
  /** For a new empty store of a Node-RED. */
  place(): Promise<Place>;
}

const FILE: Place = {
  address: '',
  open: (userDir) => new SqliteDatabase(join(userDir, 'linky', 'readings.db')),
  remove: () => Promise.resolve(),
};

const SQLITE: Engine = {
  name: 'SQLite',
  database: () => Promise.resolve(new SqliteDatabase(':memory:')),
  store: () => Promise.resolve(new Store(new SqliteDatabase(':memory:'))),
  place: () => Promise.resolve(FILE),
};

/** What removes the databases that are still there. */
const open = new Set<() => Promise<void>>();
/** Those that are about to be. */
const removing: Promise<void>[] = [];

async function newPlace(): Promise<Place> {
  const database = await postgresDatabase();
  const { url } = database;
  const remove = (): Promise<void> => database.remove();
  open.add(remove);
  return {
    address: url,
    open: () => new PostgresDatabase(url),
    remove: async () => {
      open.delete(remove);
      await remove();
    },
  };
}

async function newDatabase(): Promise<PostgresDatabase> {
  const place = await newPlace();
  return new (class extends PostgresDatabase {
    override close(): void {
      super.close();
      removing.push(this.settled().then(() => place.remove()));
    }
  })(place.address);
}

const POSTGRES: Engine = {
  name: 'PostgreSQL',
  database: newDatabase,
  store: async () => {
    const database = await newDatabase();
    const store = new Store(database);
    // It begins with a look at what is there.
    await database.settled();
    return store;
  },
  place: newPlace,
};

let current = SQLITE;

/** The engine of the suite that runs: SQLite where it is not one of `describeOnBoth`. */
export const engineOfSuite = (): Engine => current;

/** A suite that runs on both engines, one after the other. */
export function describeOnBoth(title: string, body: (this: Mocha.Suite, engine: Engine) => void): void {
  for (const engine of [SQLITE, POSTGRES]) {
    describe(`${title} (${engine.name})`, function () {
      const real = { ...serverClock };
      before(() => {
        current = engine;
        // A test cannot set the clock of PostgreSQL: it is the test's own.
        serverClock.read = () => clock.now();
      });
      body.call(this, engine);
      // After the hooks of the suite itself, which close what they opened.
      afterEach(() => Promise.all(removing.splice(0)));
      after(async () => {
        current = SQLITE;
        Object.assign(serverClock, real);
        await Promise.all([...open].map((remove) => remove()));
        open.clear();
      });
    });
  }
}
