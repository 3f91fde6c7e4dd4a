import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { migrate } from './schema';

/** How long an old process may take to let go of the file, ms. */
const BUSY_TIMEOUT = 2000;
/** A file up to this size is checked for damage when it is opened: 5 ms a MB, a few times that on a Raspberry Pi. */
const CHECKED_BYTES = 16 * 1024 * 1024;

/**
 * Opens the log's file, or makes it, at today's schema. It belongs to this process until it is closed, or the process
 * ends.
 * @throws what SQLite throws where the file cannot be opened or written, is damaged, or is another process's
 */
export function openDatabase(file: string): DatabaseSync {
  // Half hours tell when a house is empty: they are for their owner's eyes.
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT });
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    migrate(db);
    checkWhole(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function checkWhole(db: DatabaseSync): void {
  const { bytes } = db
    .prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size')
    .get() as { bytes: number };
  if (bytes > CHECKED_BYTES) return;
  const { quick_check: result } = db.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
  if (result !== 'ok') throw Object.assign(new Error('damaged'), { errcode: 11 });
}
