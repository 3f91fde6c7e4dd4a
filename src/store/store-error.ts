import { LinkyError, type ErrorKey } from '../providers/errors';

/** SQLite's result codes that a user can do something about. */
const RESULTS: Record<number, string> = {
  5: 'SQLITE_BUSY',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  26: 'SQLITE_NOTADB',
};

/** The code of the error that a newer version of this package has written the database. */
export const NEWER_VERSION = 'newer-version';

/** SQLite's result code; the extended ones hold it in their lowest byte. */
function resultOf(error: unknown): number | undefined {
  const { errcode } = (error ?? {}) as { errcode?: unknown };
  return typeof errcode === 'number' ? errcode & 0xff : undefined;
}

/** Whether SQLite found that a file is no database, or a broken one. */
export function isDamage(error: unknown): boolean {
  const result = resultOf(error);
  return result === 11 || result === 26;
}

/** What failed around the store as a `LinkyError`: a full disk, a read-only folder, a second process. */
export function storeError(error: unknown): LinkyError {
  if (error instanceof LinkyError) return error;
  const { code } = (error ?? {}) as { code?: unknown };
  const result = RESULTS[resultOf(error) ?? -1];
  const name = result ?? (typeof code === 'string' ? code : 'store-unusable');
  return new LinkyError(name, { key: keyOf(name), retry: 'next-slot', scope: 'usage-point' });
}

function keyOf(code: string): ErrorKey {
  if (code === 'SQLITE_BUSY') return 'store-in-use';
  return code === NEWER_VERSION ? 'database-newer' : 'store-unusable';
}
