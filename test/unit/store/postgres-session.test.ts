import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { Client } from 'pg';
import type { Lock } from '../../../src/store/database';
import { PostgresDatabase } from '../../../src/store/postgres';
import { addressOf, postgresDatabase, type PostgresDatabaseOfTest } from '../../support/postgres';
import { startProxy, type Proxy } from '../../support/proxy';

/** Shorter than in earnest, in the same proportion to each other; ms. */
const TIMES = { heartbeat: 500, silence: 3000, reconnect: 20, answer: 60_000 };

describe('the session of a process with PostgreSQL', () => {
  let place: PostgresDatabaseOfTest;
  let admin: Client;
  let proxy: Proxy;
  let open: PostgresDatabase[];
  let a: PostgresDatabase;
  let b: PostgresDatabase;
  beforeEach(async () => {
    place = await postgresDatabase();
    admin = new Client({ connectionString: place.url });
    await admin.connect();
    proxy = await startProxy(Number(new URL(place.url).port));
    open = [];
    [a, b] = [connect(), connect()];
  });
  afterEach(async () => {
    await proxy.mend();
    for (const database of open) database.close();
    await Promise.all(open.map((database) => database.settled()));
    await proxy.close();
    await admin.end();
    await place.remove();
  });

  const connect = (url = place.url): PostgresDatabase => {
    const database = new PostgresDatabase(url, TIMES);
    open.push(database);
    return database;
  };
  /** One whose network a test can cut. */
  const connectByProxy = (): PostgresDatabase => connect(addressOf(place.url, { port: proxy.port }));
  /** Ends the connections that hold a lock, or listen. */
  const terminate = (): Promise<unknown> =>
    admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ~ 'advisory|LISTEN|SELECT 1$'`,
    );
  const taken = async (database: PostgresDatabase, name: string): Promise<Lock> => {
    const lock = await database.tryLock(name);
    assert.ok(lock, `${name} is not free`);
    return lock;
  };
  /** Takes it as soon as it is free. */
  const takenInTheEnd = async (database: PostgresDatabase, name: string): Promise<Lock> => {
    for (;;) {
      const lock = await database.tryLock(name);
      if (lock) return lock;
    }
  };
  const isLost = async ({ lost }: Lock): Promise<void> => {
    if (!lost.aborted) await once(lost, 'abort');
  };

  describe('gives a lock', () => {
    it('to one at a time, over all processes, and by name', async () => {
      const lock = await taken(a, 'x');
      assert.equal(await a.tryLock('x'), undefined);
      assert.equal(await b.tryLock('x'), undefined);
      await taken(b, 'y');
      assert.equal(await a.tryLock('y'), undefined);
      await lock.release();
      assert.equal(lock.lost.aborted, false);
      await taken(b, 'x');
      assert.equal(await a.tryLock('x'), undefined);
    });

    it('to one of those that ask at the same time', async () => {
      const all = await Promise.all([a, b, a, b, connect()].map((database) => database.tryLock('x')));
      assert.equal(all.filter((lock) => lock).length, 1);
    });

    it('that can be released again and again, and not for somebody else', async () => {
      const first = await taken(a, 'x');
      await first.release();
      const second = await taken(a, 'x');
      await first.release();
      assert.equal(await b.tryLock('x'), undefined);
      await second.release();
      await taken(b, 'x');
    });

    it('that ends with the process’ connection, and says so', async () => {
      const [x, y] = [await taken(a, 'x'), await taken(a, 'y')];
      await terminate();
      await Promise.all([isLost(x), isLost(y)]);
      await taken(b, 'x');
      // What is lost is not released for another one.
      await x.release();
      assert.equal(await a.tryLock('x'), undefined);
      await taken(a, 'y');
    });

    it('that ends when the process closes', async () => {
      const lock = await taken(a, 'x');
      a.close();
      await takenInTheEnd(b, 'x');
      assert.equal(lock.lost.aborted, true);
    });

    it('that is lost with the network, and another one has it after a while', async () => {
      const lock = await taken(connectByProxy(), 'x');
      await proxy.cut();
      await isLost(lock);
      await takenInTheEnd(b, 'x');
    });

    it('that its holder knows to be lost before PostgreSQL gives it away, where nothing comes through', async () => {
      const lock = await taken(connectByProxy(), 'x');
      proxy.stall();
      await isLost(lock);
      assert.equal(await b.tryLock('x'), undefined, 'it is still the other one’s');
      await takenInTheEnd(b, 'x');
    });

    it('that was asked for on a connection that is lost meanwhile, to nobody', async () => {
      const cutOff = connectByProxy();
      await cutOff.query('SELECT 1');
      for (let round = 0; round < 3; round++) {
        proxy.stall();
        const asked = ['w', 'x', 'y', 'z'].map((name) => cutOff.tryLock(name));
        const answers = Promise.allSettled(asked);
        await proxy.cut();
        await proxy.mend();
        for (const answer of await answers) {
          if (answer.status === 'fulfilled') await answer.value?.release();
        }
        for (const name of ['w', 'x', 'y', 'z']) await (await takenInTheEnd(b, name)).release();
      }
    });

    it('for as long as it is wanted, though nothing else is asked', async () => {
      const lock = await taken(a, 'x');
      // The heartbeat alone keeps it beyond the silence.
      const old = `SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE locktype = 'advisory' AND backend_start < now() - interval '${TIMES.silence + 500} milliseconds'`;
      while (!lock.lost.aborted && (await admin.query(old)).rowCount === 0);
      assert.equal(lock.lost.aborted, false);
      assert.equal(await b.tryLock('x'), undefined);
    });
  });

  it('tells who watches that the database is away, though nobody asks, and that it is back', async () => {
    const cutOff = connectByProxy();
    const told = new EventEmitter();
    /** The key of the next error; undefined: none any more. */
    const next = async (): Promise<unknown> => ((await once(told, 'news')) as unknown[])[0];
    cutOff.hear(() => undefined);
    cutOff.watch((error) => told.emit('news', error?.key));
    await cutOff.query('SELECT 1');
    await cutOff.settled();
    const away = next();
    await proxy.cut();
    assert.equal(await away, 'database-unreachable');
    const again = next();
    await proxy.mend();
    for (let key = await again; key !== undefined; key = await next());
  });

  describe('tells', () => {
    /** What a database hears, as text; it begins with `undefined`. */
    const heard = (database: PostgresDatabase) => {
      const notices: string[] = [];
      const heardSo = new Set<() => void>();
      const stop = database.hear((notice) => {
        notices.push(notice ? JSON.stringify(notice) : 'undefined');
        for (const look of heardSo) look();
      });
      /** Resolves once it has heard something so often. */
      const has = (text: string, times = 1): Promise<void> =>
        new Promise((done) => {
          const look = (): void => {
            if (notices.filter((each) => each === text).length < times) return;
            heardSo.delete(look);
            done();
          };
          heardSo.add(look);
          look();
        });
      return { notices, has, stop };
    };

    it('the other processes, and not itself', async () => {
      const [byA, byB, byC] = [heard(a), heard(b), heard(connect())];
      await Promise.all([byA, byB, byC].map(({ has }) => has('undefined')));
      await a.tell({ from: 'a' });
      await b.tell({ from: 'b' });
      await Promise.all([byA.has('{"from":"b"}'), byB.has('{"from":"a"}'), byC.has('{"from":"b"}')]);
      assert.deepEqual(byA.notices, ['undefined', '{"from":"b"}']);
      assert.deepEqual(byB.notices, ['undefined', '{"from":"a"}']);
      assert.deepEqual(byC.notices, ['undefined', '{"from":"a"}', '{"from":"b"}']);
    });

    it('of a transaction once it is done, and nothing of one that fails', async () => {
      const { notices, has } = heard(b);
      await has('undefined');
      await a.transaction('x', async (inside) => {
        await inside.tell({ n: 2 });
        await a.tell({ n: 1 });
        await has('{"n":1}');
      });
      const failing = a.transaction('x', async (inside) => {
        await inside.tell({ n: 3 });
        throw new Error('no');
      });
      await assert.rejects(failing, /no/);
      await a.tell({ n: 4 });
      await has('{"n":4}');
      assert.deepEqual(notices, ['undefined', '{"n":1}', '{"n":2}', '{"n":4}']);
    });

    it('no more who has stopped listening', async () => {
      const [first, second] = [heard(b), heard(b)];
      await second.has('undefined');
      first.stop();
      await a.tell({ n: 1 });
      await second.has('{"n":1}');
      assert.deepEqual(first.notices, ['undefined']);
    });

    it('a notice of 7,000 bytes', async () => {
      const { has } = heard(b);
      await has('undefined');
      const notice = { text: 'é'.repeat(3490) };
      assert.ok(Buffer.byteLength(JSON.stringify(notice)) <= 7000);
      await a.tell(notice);
      await has(JSON.stringify(notice));
    });

    it('nothing of what others say on its channel', async () => {
      const { notices, has } = heard(b);
      await has('undefined');
      for (const text of ['', 'no JSON', 'null', '1', '"text"', '{}', '{"from":1,"notice":null}', '[]']) {
        await admin.query('SELECT pg_notify($1, $2)', ['linky', text]);
      }
      await a.tell({ n: 1 });
      await has('{"n":1}');
      assert.deepEqual(notices, ['undefined', '{"n":1}']);
    });

    for (const [name, cut] of [
      ['its connection was ended', () => terminate()],
      [
        'the network was cut',
        async () => {
          await proxy.cut();
          await proxy.mend();
        },
      ],
      [
        'nothing came through',
        async () => {
          const lock = await open.at(-1)?.tryLock('x');
          proxy.stall();
          if (lock) await isLost(lock);
          await proxy.mend();
        },
      ],
    ] as const) {
      it(`that something may have been missed, after ${name}`, async () => {
        const { notices, has } = heard(connectByProxy());
        await has('undefined');
        await cut();
        await has('undefined', 2);
        await a.tell({ n: 1 });
        await has('{"n":1}');
        assert.deepEqual(notices, ['undefined', 'undefined', '{"n":1}']);
      });
    }

    it('once the server is there, where it was not at first', async () => {
      await proxy.cut();
      const late = connectByProxy();
      const { notices, has } = heard(late);
      await assert.rejects(late.query('SELECT 1'), { key: 'database-unreachable' });
      assert.deepEqual(notices, []);
      await proxy.mend();
      await has('undefined');
    });
  });
});
