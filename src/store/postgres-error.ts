import { LinkyError, type ErrorKey } from '../providers/errors';
import { NEWER_VERSION } from './store-error';

/** Node.js' codes, and classes of PostgreSQL's, of a server that is not there, or not yet, or not for writing. */
const UNREACHABLE = /^(E[A-Z_]+|08...|57P0.|53300|25006|25P03|connection-lost)$/;
/** The user, the password, the database or a right is not as it must be. */
const REFUSED = /^(28...|3D000|42501)$/;
/** The server has no TLS, its certificate is not accepted, or a file that the address names is not there. */
const TLS = /^(no-tls|\w*CERT\w*|UNABLE_TO_VERIFY_LEAF_SIGNATURE|ENOENT|EACCES)$/;
const INVALID = /^ERR_INVALID_URL$/;

/**
 * What failed at PostgreSQL, without anything of what was asked or answered: `pg`'s own errors may hold the address
 * with its password, or readings.
 */
export function postgresError(error: unknown): LinkyError {
  if (error instanceof LinkyError) return error;
  const { code, message = '' } = (error ?? {}) as { code?: unknown; message?: string };
  // A user or a password whose `%` stands for nothing.
  const undecodable = error instanceof URIError ? 'ERR_INVALID_URL' : undefined;
  const name = typeof code === 'string' ? code : (undecodable ?? nameOf(message));
  const key = keyOf(name);
  const retry = key === 'database-invalid' ? 'after-change' : 'next-slot';
  return new LinkyError(name, { key, retry, scope: 'usage-point' });
}

/** A name for what has no code, by the text of `pg`. */
function nameOf(message: string): string {
  if (/terminated|timeout|closed|not queryable/i.test(message)) return 'connection-lost';
  return /SSL/.test(message) ? 'no-tls' : 'unknown';
}

function keyOf(code: string): ErrorKey {
  if (INVALID.test(code)) return 'database-invalid';
  if (code === NEWER_VERSION) return 'database-newer';
  // First: `ERR_TLS_CERT_…` is a code of Node.js too.
  if (TLS.test(code)) return 'database-tls';
  if (REFUSED.test(code)) return 'database-refused';
  return UNREACHABLE.test(code) ? 'database-unreachable' : 'database-failed';
}
