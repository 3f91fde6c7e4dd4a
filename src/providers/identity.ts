import { createHash } from 'node:crypto';

/** Stands for a secret where none may be stored: 16 hexadecimal digits of its SHA-256. */
export const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/**
 * Identifies a provider and the account it uses, without showing a secret: see `Provider.identity`.
 * @param account the token, the client secret or the client ID
 */
export const identityOf = (kind: string, address: string, account: string): string =>
  digest(`${kind} ${address} ${account}`);
