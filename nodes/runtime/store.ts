import type { NodeAPI } from 'node-red';
import { clock } from '../../src/calendar/clock';
import { misconfigured } from '../../src/providers/errors';
import { isPostgresAddress } from '../../src/store/postgres-address';
import { sharedStore } from '../../src/store/shared';

/**
 * The store of this Node-RED, one for all its nodes: the PostgreSQL database that `settings.js` (`linky.database`) or
 * the environment (`LINKY_DATABASE_URL`) names, else a file in the user folder.
 * @throws LinkyError `database-invalid`, or what opening the file throws
 */
export function openStore(RED: NodeAPI): ReturnType<typeof sharedStore> {
  return sharedStore(RED.settings.userDir ?? '.', clock.now(), databaseOf(RED));
}

/** Whether this Node-RED is meant to use PostgreSQL, be the address valid or not. */
export function isWithPostgres(RED: NodeAPI): boolean {
  try {
    return databaseOf(RED) !== '';
  } catch {
    return true;
  }
}

/**
 * The address of the PostgreSQL database; empty where there is none.
 * @throws LinkyError `database-invalid`
 */
export function databaseOf(RED: NodeAPI): string {
  const { linky } = RED.settings as { linky?: { database?: unknown } };
  const database = linky?.database || process.env['LINKY_DATABASE_URL'];
  if (!database) return '';
  // What is not an address must not end in a file while the user believes that it is in PostgreSQL.
  if (typeof database === 'string' && isPostgresAddress(database)) return database;
  throw misconfigured('database-invalid');
}
