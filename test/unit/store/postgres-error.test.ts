import assert from 'node:assert/strict';
import { postgresError } from '../../../src/store/postgres-error';

const SECRET = 'postgresql://linky:the-pass-word@db.example/linky';

describe('an error of PostgreSQL', () => {
  const table: [name: string, error: unknown, key: string, code: string][] = [
    ['a server that is not there', { code: 'ECONNREFUSED' }, 'database-unreachable', 'ECONNREFUSED'],
    ['a name that no machine has', { code: 'ENOTFOUND' }, 'database-unreachable', 'ENOTFOUND'],
    ['a server that starts', { code: '57P03' }, 'database-unreachable', '57P03'],
    ['a server that is full', { code: '53300' }, 'database-unreachable', '53300'],
    ['one for reading alone', { code: '25006' }, 'database-unreachable', '25006'],
    ['a connection that ends', new Error('Connection terminated'), 'database-unreachable', 'connection-lost'],
    ['a wrong password', { code: '28P01' }, 'database-refused', '28P01'],
    ['a database that does not exist', { code: '3D000' }, 'database-refused', '3D000'],
    ['a right that lacks', { code: '42501' }, 'database-refused', '42501'],
    [
      'an address that is none',
      { code: 'ERR_INVALID_URL', input: SECRET },
      'database-invalid',
      'ERR_INVALID_URL',
    ],
    [
      'an address that cannot be decoded',
      new URIError(`URI malformed: ${SECRET}`),
      'database-invalid',
      'ERR_INVALID_URL',
    ],
    ['tables of a newer version', { code: 'newer-version' }, 'database-newer', 'newer-version'],
    [
      'a server without TLS',
      new Error('The server does not support SSL connections'),
      'database-tls',
      'no-tls',
    ],
    [
      'a certificate of another machine',
      { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
      'database-tls',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    [
      'a certificate of its own making',
      { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
      'database-tls',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    ],
    ['a file of certificates that is not there', { code: 'ENOENT' }, 'database-tls', 'ENOENT'],
    ['a full disk', { code: '53100', detail: SECRET }, 'database-failed', '53100'],
    ['one without a code', new Error(SECRET), 'database-failed', 'unknown'],
    ['nothing', undefined, 'database-failed', 'unknown'],
  ];
  for (const [name, error, key, code] of table) {
    it(`${name}: ${key} (${code}), and nothing of the address`, () => {
      const named = postgresError(error);
      assert.deepEqual([named.key, named.code], [key, code]);
      assert.ok(named.isOfStore);
      // What only the user can mend is not tried again: the address.
      assert.equal(named.retry, key === 'database-invalid' ? 'after-change' : 'next-slot');
      assert.equal(postgresError(named), named);
      assert.ok(!`${named.stack ?? ''}${JSON.stringify(named)}`.includes('the-pass-word'));
    });
  }
});
