import { LinkyError } from '../providers/errors';

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

/** Whether SQLite found that a file is no database, or a broken one. */
export function isDamage(error: unknown): boolean {
  const { errcode } = (error ?? {}) as { errcode?: unknown };
  return errcode === 11 || errcode === 26;
}

/** What failed around the store as a `LinkyError`: a full disk, a read-only folder, a second process. */
export function storeError(error: unknown): LinkyError {
  if (error instanceof LinkyError) return error;
  const { errcode, code } = (error ?? {}) as { errcode?: unknown; code?: unknown };
  // Extended codes hold the plain one in their lowest byte.
  const result = typeof errcode === 'number' ? RESULTS[errcode & 0xff] : undefined;
  const name = result ?? (typeof code === 'string' ? code : 'store-unusable');
  const key = name === 'SQLITE_BUSY' ? 'store-in-use' : 'store-unusable';
  return new LinkyError(name, { key, retry: 'next-slot', scope: 'usage-point' });
}
