import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { Client, type QueryResultRow } from 'pg';
import type { LinkyError } from '../../../src/providers/errors';
import type { Database } from '../../../src/store/database';
import { PostgresDatabase, serverClock } from '../../../src/store/postgres';
import { SESSION_TIMES } from '../../../src/store/postgres-session';
import {
  addressOf,
  postgresDatabase,
  startPostgres,
  type PostgresDatabaseOfTest,
  type PostgresServer,
} from '../../support/postgres';
import { startProxy } from '../../support/proxy';

const TIMES = { ...SESSION_TIMES, answer: 60_000 };
/** What asks the database for something, each of its functions. */
const ASKING: [name: string, ask: (database: PostgresDatabase) => Promise<unknown>][] = [
  ['query', (database) => database.query('SELECT 1 AS one')],
  [
    'insert',
    (database) => database.insert('INSERT INTO suspension (budget, until, error_key, code) VALUES (?, ?, ?, ?)', [['b', 1, 'k', 'c']]), // prettier-ignore
  ],
  ['transaction', (database) => database.transaction('s', (inside) => inside.query('SELECT 1 AS one'))],
  ['tryLock', (database) => database.tryLock('a lock')],
  ['tell', (database) => database.tell({ a: 'notice' })],
  ['limiter', async (database) => (await database.limiter(1000)).consume('somebody')],
];

describe('PostgreSQL', () => {
  let place: PostgresDatabaseOfTest;
  let admin: Client;
  let open: PostgresDatabase[];
  beforeEach(async () => {
    place = await postgresDatabase();
    admin = new Client({ connectionString: place.url });
    await admin.connect();
    open = [];
  });
  afterEach(async () => {
    for (const database of open) database.close();
    await Promise.all(open.map((database) => database.settled()));
    await admin.end();
    await place.remove();
  });

  const connect = (url = place.url, times = TIMES): PostgresDatabase => {
    const database = new PostgresDatabase(url, times);
    open.push(database);
    return database;
  };
  const rows = async <Row extends QueryResultRow>(sql: string): Promise<Row[]> =>
    (await admin.query<Row>(sql)).rows;
  /** Fails unless it is rejected with an error of that key. */
  const failsWith = async (key: string, promise: Promise<unknown>): Promise<LinkyError> => {
    let failure: LinkyError | undefined;
    await assert.rejects(promise, (error: LinkyError) => {
      failure = error;
      return true;
    });
    assert.equal(failure?.key, key, String(failure));
    return failure;
  };

  describe('brings its tables to this version', () => {
    const versions = (): Promise<{ version: string }[]> => rows('SELECT version FROM linky.schema_version');

    it('once, whoever starts at the same time', async () => {
      const starting = [connect(), connect(), connect()];
      await Promise.all(starting.map((database) => database.query('SELECT * FROM series')));
      assert.deepEqual(await versions(), [{ version: '1' }]);
      await connect().query('SELECT * FROM series');
      assert.deepEqual(await versions(), [{ version: '1' }]);
    });

    it('in a schema of their own, beside what is there already', async () => {
      await admin.query('CREATE TABLE series (other TEXT); CREATE TABLE day (other TEXT)');
      assert.deepEqual(await connect().query('SELECT id FROM series JOIN day ON series = id'), []);
      assert.deepEqual(await rows('SELECT other FROM public.series'), []);
    });

    it('and leaves those of a newer version as they are', async () => {
      const older = connect();
      await older.query('SELECT * FROM series');
      await admin.query('UPDATE linky.schema_version SET version = 99');
      const { code } = await failsWith('database-newer', connect().query('SELECT 1'));
      assert.equal(code, 'newer-version');
      assert.deepEqual(await versions(), [{ version: '99' }]);
    });

    it('again, where it could not before', async () => {
      await admin.query('CREATE SCHEMA linky; CREATE VIEW linky.series AS SELECT 1 AS mine');
      const database = connect();
      await failsWith('database-failed', database.query('SELECT 1'));
      const tables = `SELECT table_name FROM information_schema.tables WHERE table_schema = 'linky'`;
      assert.deepEqual(await rows(tables), [{ table_name: 'series' }], 'nothing is left of the attempt');
      await admin.query('DROP VIEW linky.series');
      assert.deepEqual(await database.query('SELECT id FROM series'), []);
    });
  });

  describe('for a user who may not create a schema', () => {
    const user = `user_${process.pid}`;
    let url: string;
    beforeEach(async () => {
      await admin.query(`CREATE ROLE ${user} LOGIN PASSWORD 'pass'`);
      url = addressOf(place.url, { user, password: 'pass' });
    });
    afterEach(async () => {
      for (const database of open) database.close();
      await admin.query(`DROP OWNED BY ${user}; DROP ROLE ${user}`);
    });

    it('is refused where there is none', async () => {
      const { code } = await failsWith('database-refused', connect(url).query('SELECT 1'));
      assert.equal(code, '42501');
    });

    it('works in one that somebody made for them', async () => {
      await admin.query(`CREATE SCHEMA linky AUTHORIZATION ${user}`);
      assert.deepEqual(await connect(url).query('SELECT id FROM series'), []);
    });
  });

  describe('runs transactions', () => {
    const add = `INSERT INTO series (usage_point, name) VALUES (?, 'n')`;
    const points = async (): Promise<string[]> =>
      (await rows<{ usage_point: string }>('SELECT usage_point FROM linky.series ORDER BY id')).map(
        ({ usage_point }) => usage_point,
      );
    /** A transaction that goes on when it is told so. */
    const held = (database: Database, subject: string) => {
      let goOn!: () => void;
      const mayGoOn = new Promise<void>((done) => (goOn = done));
      let begun!: () => void;
      const isBegun = new Promise<void>((done) => (begun = done));
      const done = database.transaction(subject, async (inside) => {
        await inside.query(add, subject);
        begun();
        await mayGoOn;
      });
      return { isBegun, goOn, done };
    };

    it('about one subject one after the other, those of another process too', async () => {
      const [a, b] = [connect(), connect()];
      const first = held(a, 'x');
      await first.isBegun;
      let isOver = false;
      const second = b.transaction('x', (inside) => inside.query(add, 'second')).then(() => (isOver = true));
      // Another subject need not wait.
      await b.transaction('y', (inside) => inside.query(add, 'other'));
      const waiting = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;
      while ((await rows(waiting)).length === 0);
      assert.equal(isOver, false);
      assert.deepEqual(await points(), ['other']);
      first.goOn();
      await Promise.all([first.done, second]);
      assert.deepEqual((await points()).sort(), ['other', 'second', 'x']);
    });

    it('more than there are connections', async () => {
      const database = connect();
      const many = Array.from({ length: 50 }, (_, i) =>
        database.transaction(`subject ${i % 3}`, (inside) => inside.query(add, `p${i}`)),
      );
      await Promise.all(many);
      assert.equal((await points()).length, 50);
    });

    it('and says so where one could not be kept, though the error of a statement was caught', async () => {
      const transaction = connect().transaction('x', async (inside) => {
        await inside.query(add, 'lost');
        await inside.query('SELECT nonsense').catch(() => undefined);
      });
      await failsWith('database-failed', transaction);
      assert.deepEqual(await points(), []);
    });

    it('and keeps nothing after one that it could not read at all', async () => {
      const transaction = connect().transaction('x', async (inside) => {
        await inside.query('SELECT (').catch(() => undefined);
        await inside.query(add, 'lost');
      });
      await failsWith('database-failed', transaction);
      const withoutAnswer = connect().transaction('x', async (inside) => {
        await inside.query('SELECT (').catch(() => undefined);
        await inside.run(add, 'lost');
      });
      await failsWith('database-failed', withoutAnswer);
      assert.deepEqual(await points(), []);
    });

    it('and keeps nothing later of one that has given up waiting for its turn', async () => {
      const first = held(connect(), 'x');
      await first.isBegun;
      const impatient = connect(place.url, { ...TIMES, answer: 200 });
      await impatient.query('SELECT 1');
      await failsWith(
        'database-unreachable',
        impatient.transaction('x', (inside) => inside.run(add, 'lost')),
      );
      first.goOn();
      await first.done;
      // After whatever the server still does about it.
      await connect().transaction('x', (inside) => inside.query(add, 'last'));
      assert.deepEqual((await points()).sort(), ['last', 'x']);
    });

    it('which end, and let others go on, when their process is cut off', async () => {
      const proxy = await startProxy(Number(new URL(place.url).port));
      const cutOff = held(
        connect(addressOf(place.url, { port: proxy.port }), { ...TIMES, silence: 500 }),
        'x',
      );
      const failed = failsWith('database-unreachable', cutOff.done);
      await cutOff.isBegun;
      proxy.stall();
      await connect().transaction('x', (inside) => inside.query(add, 'other'));
      assert.deepEqual(await points(), ['other']);
      await proxy.mend();
      cutOff.goOn();
      await failed;
      await proxy.close();
    });
  });

  describe('goes by the clock of the server', () => {
    const real = { ...serverClock };
    afterEach(() => {
      Object.assign(serverClock, real);
    });

    it('within a transaction, after it has waited for its turn', async () => {
      const database = connect();
      await admin.query(`CREATE SCHEMA linky; CREATE TABLE linky.time (now timestamptz);
        INSERT INTO linky.time VALUES ('2026-11-22T12:10:00.123456+01:00');
        CREATE FUNCTION linky.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT now FROM linky.time'`);
      const now = Date.parse('2026-11-22T12:10:00.123+01:00');
      let later: Promise<number> | undefined;
      const before = await database.transaction('x', async (inside) => {
        const at = await inside.now();
        later = connect().transaction('x', (other) => other.now());
        await admin.query(`UPDATE linky.time SET now = now + interval '1 minute'`);
        return at;
      });
      assert.equal(before, now);
      assert.equal(await later, now + 60_000);
    });

    it('for the turns of a rate limiter, one for all processes', async () => {
      // Far from that of this process, which the limiter knows alone.
      let now = Date.UTC(2040, 0, 1);
      serverClock.read = () => now;
      const [a, b] = [await connect().limiter(10_000), await connect().limiter(10_000)];
      const wait = async (turn: Promise<unknown>): Promise<number> => {
        const refused: unknown = await turn.then(
          () => undefined,
          (error: unknown) => error,
        );
        if (refused instanceof Error) throw refused;
        return (refused as { msBeforeNext: number } | undefined)?.msBeforeNext ?? 0;
      };
      assert.equal(await wait(a.consume('one')), 0);
      const left = await wait(b.consume('one'));
      assert.ok(left > 0 && left <= 10_000, String(left));
      assert.equal(await wait(b.consume('another')), 0);
      now += 10_001;
      assert.equal(await wait(b.consume('one')), 0);
      assert.ok((await wait(a.consume('one'))) > 0);
    });
  });

  describe('is closed', () => {
    const connections = (): Promise<object[]> =>
      rows(
        `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );

    it('when all that was asked before is answered; then no connection is left', async () => {
      const database = connect();
      database.hear(() => undefined);
      const asked = ASKING.flatMap(([, ask]) => (ask === ASKING[1]?.[1] ? [ask(database)] : [ask(database), ask(database)])); // prettier-ignore
      database.close();
      const answers = await Promise.allSettled(asked);
      assert.deepEqual(
        // Of two turns of the limiter it refuses one.
        answers.slice(0, -2).map(({ status }) => status),
        answers.slice(0, -2).map(() => 'fulfilled'),
      );
      for (const [name, ask] of ASKING) await assert.rejects(ask(database), { code: 'closed' }, name);
      while ((await connections()).length > 0);
    });

    it('before it was asked anything, or while it connects', async () => {
      connect().close();
      const database = connect();
      database.hear(() => undefined);
      database.close();
      await database.settled();
      while ((await connections()).length > 0);
    });
  });

  describe('that cannot be reached', () => {
    let server: PostgresServer;
    let database: PostgresDatabase;
    before(async () => {
      server = await startPostgres();
    });
    after(() => server.remove());
    beforeEach(async () => {
      database = connect(server.url);
      await database.query('SELECT 1');
    });
    afterEach(() => server.start());

    for (const end of ['stop', 'kill'] as const) {
      it(`says so of everything, and works again by itself (${end})`, async () => {
        const lock = await database.tryLock('held');
        await server[end]();
        // A connection's process notices the end of its server a moment later.
        while (await database.query('SELECT 1').catch(() => undefined));
        for (const [name, ask] of ASKING) {
          const { isOutage } = await failsWith('database-unreachable', ask(database));
          assert.ok(isOutage, name);
        }
        assert.equal(lock?.lost.aborted, true);
        // A database that is made meanwhile, too.
        const other = connect(server.url);
        await failsWith('database-unreachable', other.query('SELECT 1'));
        await server.start();
        assert.deepEqual(await database.query('SELECT 1 AS one'), [{ one: 1 }]);
        assert.deepEqual(await other.query('SELECT 1 AS one'), [{ one: 1 }]);
        assert.ok(await other.tryLock('held'));
        await admin.query('SELECT 1');
      });
    }

    it('any more in the middle of a transaction: nothing of it is there', async () => {
      const transaction = database.transaction('x', async (inside) => {
        await inside.query(`INSERT INTO series (usage_point, name) VALUES ('lost', 'n')`);
        await server.kill();
        // One that is at work lives on without its server, until it waits.
        await inside.query('SELECT pg_sleep(60)');
      });
      await failsWith('database-unreachable', transaction);
      await server.start();
      assert.deepEqual(await database.query('SELECT id FROM series'), []);
    });

    it('because the network is cut, or nothing comes through', async () => {
      const proxy = await startProxy(server.port);
      const url = addressOf(server.url, { port: proxy.port });
      const through = connect(url, { ...TIMES, answer: 200 });
      await through.query('SELECT 1');
      await proxy.cut();
      await failsWith('database-unreachable', through.query('SELECT 1'));
      await failsWith('database-unreachable', through.query('SELECT 1'));
      await proxy.mend();
      await through.query('SELECT 1');
      proxy.stall();
      await failsWith('database-unreachable', through.query('SELECT 1'));
      await failsWith(
        'database-unreachable',
        through.transaction('x', (inside) => inside.query('SELECT 1')),
      );
      await proxy.mend();
      await through.query('SELECT 1');
      through.close();
      await through.settled();
      await proxy.close();
    });
  });

  describe('never tells its address or its password in an error:', () => {
    const PASSWORD = `p@ss/w:rd?%é'"\\ #&`;
    const user = `secret_${process.pid}`;
    const urlWith = (changes: Parameters<typeof addressOf>[1]): string =>
      addressOf(place.url, { user, password: PASSWORD, ...changes });
    before(async () => {
      const made = await postgresDatabase();
      const client = new Client({ connectionString: made.url });
      await client.connect();
      await client.query(`CREATE ROLE ${user} LOGIN PASSWORD ${client.escapeLiteral(PASSWORD)}`);
      await client.end();
      await made.remove();
    });
    afterEach(() => admin.query(`DROP OWNED BY ${user}`));
    after(async () => {
      const made = await postgresDatabase();
      const client = new Client({ connectionString: made.url });
      await client.connect();
      await client.query(`DROP ROLE ${user}`);
      await client.end();
      await made.remove();
    });

    const cases: [name: string, key: string, url: () => string | Promise<string>][] = [
      ['a wrong password', 'database-refused', () => urlWith({ password: `${PASSWORD}!` })],
      ['an unknown user', 'database-refused', () => urlWith({ user: 'nobody' })],
      ['an unknown database', 'database-refused', () => urlWith({ database: 'nowhere' })],
      ['no right to create tables', 'database-refused', () => urlWith({})],
      ['no right to what is there', 'database-refused', async () => {
        await connect().query('SELECT 1');
        return urlWith({});
      }], // prettier-ignore
      ['a port where nothing listens', 'database-unreachable', () => urlWith({ port: 1 })],
      ['a name that is no machine’s', 'database-unreachable', () => urlWith({}).replace('127.0.0.1', 'no.invalid')],
      ['a port that is none', 'database-invalid', () => urlWith({}).replace(/:\d+\/test/, ':port/test')],
      ['a character that is none', 'database-invalid', () => `postgresql://${encodeURIComponent(PASSWORD)}%`],
      ['a server without TLS', 'database-tls', () => `${urlWith({})}?sslmode=require`],
    ]; // prettier-ignore
    for (const [name, key, address] of cases) {
      it(`${name}: ${key}`, async () => {
        const url = await address();
        const database = connect(url);
        const { hostname = '127.0.0.1', port = '', pathname = '' } = URL.canParse(url) ? new URL(url) : {};
        const secrets = [
          PASSWORD,
          encodeURIComponent(PASSWORD),
          user,
          url,
          hostname,
          port,
          pathname.slice(1),
        ];
        for (const [, ask] of ASKING) {
          const error = await failsWith(key, ask(database));
          const all = [
            inspect(error, { depth: 10, showHidden: true }),
            JSON.stringify(error),
            error.message,
            error.stack,
          ];
          for (const secret of secrets.filter((each) => each.length > 1)) {
            assert.ok(!all.join('\n').includes(secret), `${all.join('\n')} has ${secret}`);
          }
        }
      });
    }

    it('but with the right one it works', async () => {
      await admin.query(`CREATE SCHEMA linky AUTHORIZATION ${user}`);
      const database = connect(urlWith({}));
      for (const [name, ask] of ASKING) await assert.doesNotReject(ask(database), name);
    });

    it('what a statement or its values held', async () => {
      const database = connect();
      const error = await failsWith(
        'database-failed',
        database.query('INSERT INTO series (usage_point, name) VALUES (?, NULL)', 'a secret point'),
      );
      assert.equal(error.code, '23502');
      assert.ok(!/secret|INSERT|null value/.test(inspect(error, { depth: 10, showHidden: true })));
    });
  });

  it('goes no further than asking for TLS where the server has none', async () => {
    const sockets = new Set<Socket>();
    const received: Buffer[] = [];
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('data', (bytes: Buffer) => {
        received.push(bytes);
        socket.write('N');
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const database = connect(`postgresql://user:password@127.0.0.1:${port}/db?sslmode=require`);
    const error = await failsWith('database-tls', database.query('SELECT 1'));
    assert.equal(error.code, 'no-tls');
    // A request for TLS: its length, and a number that stands for it.
    assert.deepEqual(Buffer.concat(received).toString('hex'), '0000000804d2162f');
    for (const socket of sockets) socket.destroy();
    server.close();
  });
});
