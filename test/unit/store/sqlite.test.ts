import assert from 'node:assert/strict';
import type { Database } from '../../../src/store/database';
import { SqliteDatabase } from '../../../src/store/sqlite';

describe('the database', () => {
  let database: SqliteDatabase;
  beforeEach(async () => {
    database = new SqliteDatabase(':memory:');
    await database.query('CREATE TABLE note (text TEXT NOT NULL)');
  });
  afterEach(() => {
    database.close();
  });
  const add = 'INSERT INTO note (text) VALUES (?)';
  const notes = async (): Promise<string[]> =>
    (await database.query<{ text: string }>('SELECT text FROM note ORDER BY rowid')).map(({ text }) => text);

  it('answers the rows of a statement', async () => {
    await database.query(add, 'a');
    const rows = await database.query<{ text: string; n: number; none: null }>(
      'SELECT text, 1 + 1 AS n, NULL AS none FROM note WHERE text = ?',
      'a',
    );
    assert.deepEqual(rows.map((row) => ({ ...row })), [{ text: 'a', n: 2, none: null }]); // prettier-ignore
    assert.deepEqual(await database.query('SELECT text FROM note WHERE text = ?', 'b'), []);
  });

  it('runs a statement for each list of values, or for none of them', async () => {
    await database.insert(add, [['a'], ['b']]);
    await assert.rejects(database.insert(add, [['c'], [null], ['d']]), /NOT NULL/);
    await database.insert(add, []);
    assert.deepEqual(await notes(), ['a', 'b']);
  });

  it('runs transactions in turn, and what was asked meanwhile after them', async () => {
    const log: string[] = [];
    const slow = (name: string): Promise<string[]> =>
      database.transaction('', async (inside) => {
        log.push(`${name} begins`);
        await inside.query(add, `${name} 1`);
        for (let i = 0; i < 10; i++) await Promise.resolve();
        await inside.insert(add, [[`${name} 2`], [`${name} 3`]]);
        log.push(`${name} ends`);
        return (await inside.query<{ text: string }>('SELECT text FROM note')).map(({ text }) => text);
      });
    const all = await Promise.all([slow('a'), notes(), slow('b'), database.query(add, 'last')]);
    assert.deepEqual(log, ['a begins', 'a ends', 'b begins', 'b ends']);
    const a = ['a 1', 'a 2', 'a 3'];
    const b = ['b 1', 'b 2', 'b 3'];
    assert.deepEqual(all, [a, a, [...a, ...b], []]);
    assert.deepEqual(await notes(), [...a, ...b, 'last']);
  });

  it('takes a transaction within another as a part of it', async () => {
    await database.transaction('', async (inside) => {
      await inside.transaction('', (innermost) => innermost.query(add, 'a'));
      await inside.query(add, 'b');
    });
    assert.deepEqual(await notes(), ['a', 'b']);
    const failing = database.transaction('', async (inside) => {
      await inside.transaction('', (innermost) => innermost.query(add, 'c'));
      throw new Error('no');
    });
    await assert.rejects(failing, /no/);
    assert.deepEqual(await notes(), ['a', 'b']);
  });

  const failures: [name: string, fail: (inside: Database) => Promise<unknown>, RegExp][] = [
    ['an error of its own', () => Promise.reject(new Error('changed my mind')), /changed my mind/],
    ['a value that a column does not take', (inside) => inside.query(add, null), /NOT NULL/],
  ];
  for (const [name, fail, message] of failures) {
    it(`undoes a transaction that fails with ${name}, and goes on`, async () => {
      await database.query(add, 'before');
      const [failed, next, read] = await Promise.allSettled([
        database.transaction('', async (inside) => {
          await inside.query(add, 'lost');
          await fail(inside);
        }),
        database.transaction('', (inside) => inside.query(add, 'kept')),
        notes(),
      ]);
      assert.equal(failed.status, 'rejected');
      assert.match(String(failed.reason), message);
      assert.equal(next.status, 'fulfilled');
      assert.deepEqual(read, { status: 'fulfilled', value: ['before', 'kept'] });
    });
  }

  it('goes on after a statement that is none', async () => {
    await assert.rejects(database.query('SELECT nonsense'), /nonsense/);
    await assert.rejects(
      database.transaction('', (inside) => inside.query('SELECT nonsense')),
      /nonsense/,
    );
    assert.deepEqual(await notes(), []);
  });
});
