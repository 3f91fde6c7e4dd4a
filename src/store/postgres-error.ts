import { LinkyError, type ErrorKey } from '../providers/errors';
import { NEWER_VERSION } from './store-error';

/** Node.js' codes, and classes of PostgreSQL's, of a server that is not there, or not yet, or not for writing. */
const UNREACHABLE = /^(E[A-Z_]+|08...|57P0.|53300|25006)$/;
/** The user, the password, the database or a right is not as PostgreSQL wants it. */
const REFUSED = /^(28...|3D000|42501)$/;
const INVALID = /^ERR_INVALID_URL$/;

/**
 * What failed at PostgreSQL, without anything of what was asked or answered: `pg`'s own errors may hold the address
 * with its password, or readings.
 */
export function postgresError(error: unknown): LinkyError {
  if (error instanceof LinkyError) return error;
  const { code, message = '' } = (error ?? {}) as { code?: unknown; message?: string };
  // A connection that ends, or an answer that does not come, has no code.
  const lost = /terminated|timeout|closed|not queryable/i.test(message)
    ? 'connection-lost'
    : 'store-unusable';
  // A user or a password whose `%` stands for nothing.
  const undecodable = error instanceof URIError ? 'ERR_INVALID_URL' : undefined;
  const name = typeof code === 'string' ? code : (undecodable ?? lost);
  const key = keyOf(name);
  const retry = key === 'database-invalid' ? 'after-change' : 'next-slot';
  return new LinkyError(name, { key, retry, scope: 'usage-point' });
}

function keyOf(code: string): ErrorKey {
  if (INVALID.test(code)) return 'database-invalid';
  if (code === NEWER_VERSION) return 'database-newer';
  if (code === 'connection-lost' || UNREACHABLE.test(code)) return 'database-unreachable';
  return REFUSED.test(code) ? 'database-refused' : 'database-failed';
}
