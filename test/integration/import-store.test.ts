import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import packageJson from '../../package.json';
import { addDays, daysIn, startOfDay } from '../../src/calendar/paris';
import type { ReadingSeries } from '../../src/metering/metrics';
import type { Reading } from '../../src/metering/readings';
import type { SqlValue } from '../../src/store/database';
import { PostgresDatabase } from '../../src/store/postgres';
import { SqliteDatabase } from '../../src/store/sqlite';
import { Store } from '../../src/store/store';
import { PDL } from '../support/home';
import { PACKAGE } from '../support/packed';
import { postgresDatabase } from '../support/postgres';
import { publishMetric } from '../support/publishing';
import { halfHours, wholeDay } from '../support/readings';

const OTHER_PDL = '22222222222222';
const TODAY = '2026-11-23';
const DAYS = daysIn(addDays(TODAY, -3 * 365), TODAY);
const CURVE_DAYS = DAYS.slice(-60);
const TABLES = ['series', 'day', 'change', 'cursor', 'request'];

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Three years of two meters, all of it published. */
async function fill(file: string): Promise<void> {
  const store = new Store(new SqliteDatabase(file));
  const record = async (usagePoint: string, name: ReadingSeries, readings: Reading[]): Promise<void> => {
    const days = name.endsWith('curve') ? CURVE_DAYS : DAYS;
    const range = { start: days[0] ?? '', end: TODAY };
    const key = { usagePoint, name };
    await store.record(key, { range, requestedAt: startOfDay(TODAY), isPlanned: true }, readings);
    await publishMetric(store, 'source', 'daily', key, () => Promise.resolve(1));
  };
  for (const usagePoint of [PDL, OTHER_PDL]) {
    await record(usagePoint, 'consumption-daily', DAYS.map((day, i) => wholeDay(day, 9000 + i))); // prettier-ignore
    await record(usagePoint, 'production-daily', DAYS.map((day, i) => wholeDay(day, i))); // prettier-ignore
    await record(usagePoint, 'consumption-load-curve', CURVE_DAYS.flatMap((day) => halfHours(day, (i) => 100 + i))); // prettier-ignore
  }
  for (let i = 0; i < 40; i++) {
    await store.requests.turn('conso', (turn) => turn.note({ at: startOfDay(TODAY) + i, backfill: true }, 0));
  }
  store.close();
}

describe('linky import-store', function () {
  this.timeout(240_000);
  let folder: string;
  let file: string;
  let hash: string;
  /** What the file has, as `contentOf` tells it. */
  let content: string[];
  let url: string;
  let remove: () => Promise<void>;
  let client: Client;

  const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'linky-import-store-'));
    file = join(folder, 'readings.db');
    await fill(file);
    hash = hashOf(file);
    const copy = new DatabaseSync(file, { readOnly: true });
    content = contentOf(TABLES.map((table) => copy.prepare(`SELECT * FROM ${table}`).all()));
    copy.close();
    for (const rest of readdirSync(folder)) if (rest !== 'readings.db') rmSync(join(folder, rest));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    const database = await postgresDatabase();
    url = database.url;
    remove = () => database.remove();
    client = new Client({ connectionString: url });
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    await remove();
    assert.equal(hashOf(file), hash, 'the file has changed');
    assert.deepEqual(readdirSync(folder), ['readings.db']);
  });

  function start(args: string[], env: NodeJS.ProcessEnv = {}): { kill: () => void; ended: Promise<Ended> } {
    const child = spawn(process.execPath, [join(PACKAGE, packageJson.bin.linky), ...args], {
      env: { PATH: process.env['PATH'], LANG: 'en_GB.UTF-8', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const told = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        told[stream] += text;
      });
    }
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...told }));
    return { kill: () => child.kill('SIGKILL'), ended };
  }
  const run = (args: string[], env?: NodeJS.ProcessEnv): Promise<Ended> => start(args, env).ended;
  const importInto = (address: string): Promise<Ended> => run(['import-store', file, address]);

  /** All rows, without what is each database's own: the numbers of series and requests. */
  function contentOf(tables: Record<string, unknown>[][]): string[] {
    const names = new Map(tables[0]?.map((row) => [String(row['id']), `${row['usage_point'] as string} ${row['name'] as string}`])); // prettier-ignore
    const lines = tables.flatMap((rows, i) =>
      rows.map((row) => {
        const columns = Object.entries(row).filter(([column]) => column !== 'id');
        const named = columns.map(
          ([column, value]) =>
          column === 'series' ? [column, names.get(String(value))] : [column, value === null ? null : String(value as SqlValue)], // prettier-ignore
        );
        return `${TABLES[i] ?? ''} ${JSON.stringify(Object.fromEntries(named.sort()))}`;
      }),
    );
    return lines.sort();
  }
  async function assertWhole(): Promise<void> {
    const tables: Record<string, unknown>[][] = [];
    for (const table of TABLES) {
      tables.push((await client.query<Record<string, unknown>>(`SELECT * FROM linky.${table}`)).rows);
    }
    assert.deepEqual(contentOf(tables), content);
  }

  it('brings the file into PostgreSQL, and tells what it brought', async () => {
    const { code, stdout, stderr } = await importInto(url);
    assert.equal(stderr, '');
    assert.equal(code, 0);
    await assertWhole();
    const days = DAYS.length;
    const sum = (DAYS.length * (DAYS.length - 1)) / 2;
    const lines = stdout.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, ' | '));
    assert.equal(lines[0], 'PDL | series | days | readings | sum | in PostgreSQL');
    assert.equal(
      lines[1],
      `${PDL} | consumption-daily | ${days} | ${days} | ${9000 * days + sum} | imported`,
    );
    assert.equal(lines[3], `${PDL} | production-daily | ${days} | ${days} | ${sum} | imported`);
    assert.equal(lines.filter((line) => line.endsWith('| imported')).length, 6);
    assert.match(lines[7] ?? '', /^Rows beside them: request 40, /);
    assert.equal(lines[8], 'PostgreSQL has all that is in the file.');
  });

  it('brings a file that Node-RED had no time to close', async () => {
    const own = mkdtempSync(join(tmpdir(), 'linky-import-store-'));
    const [open, left] = [join(own, 'readings.db'), join(own, 'left.db')];
    const store = new Store(new SqliteDatabase(open));
    const key = { usagePoint: PDL, name: 'consumption-daily' } as const;
    const range = { start: DAYS[0] ?? '', end: TODAY };
    const readings = DAYS.map((day) => wholeDay(day, 2));
    await store.record(key, { range, requestedAt: startOfDay(TODAY), isPlanned: true }, readings);
    for (const rest of ['', '-wal']) copyFileSync(open + rest, left + rest);
    store.close();
    const { code, stdout } = await run(['import-store', left, url]);
    assert.equal(code, 0);
    assert.match(
      stdout,
      new RegExp(`consumption-daily +${DAYS.length} +${DAYS.length} +${2 * DAYS.length} +imported`),
    );
    rmSync(own, { recursive: true });
  });

  it('takes the address from the environment, and the password from PGPASSWORD', async () => {
    const address = new URL(url);
    const { password } = address;
    address.password = '';
    const env = { LINKY_DATABASE_URL: address.href, PGPASSWORD: password, LANG: 'fr_FR.UTF-8' };
    const { code, stdout } = await run(['import-store', file], env);
    assert.equal(code, 0);
    assert.match(stdout, /PostgreSQL a tout ce que contient le fichier\./);
    await assertWhole();
  });

  describe('killed', () => {
    const idOf = async (usagePoint: string, name: string): Promise<number> => {
      await client.query('INSERT INTO linky.series (usage_point, name) VALUES ($1, $2)', [usagePoint, name]);
      const { rows } = await client.query<{ id: string }>('SELECT id FROM linky.series WHERE usage_point = $1 AND name = $2', [usagePoint, name]); // prettier-ignore
      return Number(rows[0]?.id);
    };
    /** What another transaction does so that the import has to wait for it: there it is killed. */
    const moments: [name: string, prepare: () => Promise<number>, statement: string][] = [
      [
        'before the requests',
        () => Promise.resolve(0),
        "SELECT pg_advisory_xact_lock(hashtextextended('requests conso', 1))",
      ],
      [
        'before its third series',
        () => Promise.resolve(0),
        `INSERT INTO linky.series (usage_point, name) VALUES ('${PDL}', 'production-daily')`,
      ],
      [
        'at the first day of a series',
        () => idOf(PDL, 'consumption-load-curve'),
        `INSERT INTO linky.day (series, day, state, revision, revision_before, requested_at, attempts)
         VALUES ($1, '${CURVE_DAYS[0] ?? ''}', 'missing', 0, 0, 0, 0)`,
      ],
      [
        'when the days of a series are written',
        () => idOf(OTHER_PDL, 'consumption-daily'),
        "INSERT INTO linky.change (series, revision, oldest, newest) VALUES ($1, 1, '', '')",
      ],
      [
        'before the last series is committed',
        () => idOf(OTHER_PDL, 'production-daily'),
        "INSERT INTO linky.cursor (consumer, metric, series, revision) VALUES ('source', 'daily', $1, 0)",
      ],
    ];
    for (const [name, prepare, statement] of moments) {
      it(`${name}, it goes on when it is run again`, async () => {
        // The tables of this version.
        const database = new PostgresDatabase(url);
        await database.query('SELECT 1');
        database.close();
        const id = await prepare();
        await client.query('BEGIN');
        await client.query(statement, statement.includes('$1') ? [id] : []);
        const { kill, ended } = start(['import-store', file, url]);
        for (;;) {
          const { rowCount } = await client.query(
            "SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND application_name = 'node-red-dashboard-2-linky'",
          );
          if (rowCount) break;
        }
        kill();
        assert.equal((await ended).code, null);
        await client.query('ROLLBACK');
        // What was sent before is still done: a series and its commit may be.
        const connected =
          "SELECT 1 FROM pg_stat_activity WHERE application_name = 'node-red-dashboard-2-linky' AND datname = current_database()";
        while ((await client.query(connected)).rowCount) continue;
        const { rows } = await client.query<{ series: string; n: string }>('SELECT series, count(*) AS n FROM linky.day GROUP BY series'); // prettier-ignore
        for (const { n } of rows)
          assert.ok([DAYS.length, CURVE_DAYS.length].includes(Number(n)), `${n} days`);
        const { code, stdout } = await importInto(url);
        assert.equal(code, 0);
        await assertWhole();
        const count = (outcome: string): number => stdout.split(`  ${outcome}\n`).length - 1;
        assert.equal(count('was there'), rows.length);
        assert.equal(count('imported'), 6 - rows.length);
      });
    }
  });

  it('leaves a series that has other days, and says how to have the file’s', async () => {
    const store = new Store(new PostgresDatabase(url));
    const key = { usagePoint: OTHER_PDL, name: 'consumption-daily' } as const;
    const range = { start: TODAY, end: addDays(TODAY, 1) };
    await store.record(key, { range, requestedAt: startOfDay(TODAY), isPlanned: true }, [wholeDay(TODAY, 1)]);
    const { code, stdout, stderr } = await importInto(url);
    assert.equal(code, 1);
    const lines = stdout.split('\n').filter((line) => line.includes('OTHER DAYS'));
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', new RegExp(`^${OTHER_PDL} +consumption-daily `));
    assert.equal((await store.days(key, { start: '2000-01-01', end: '2100-01-01' })).length, 1);
    store.close();
    for (const statement of stderr.match(/DELETE .*;/g) ?? []) await client.query(statement);
    assert.equal((await importInto(url)).code, 0);
    await assertWhole();
  });

  it('asks to stop Node-RED while that uses the file', async () => {
    const nodeRed = new SqliteDatabase(file);
    await nodeRed.query('SELECT 1 FROM series');
    const { code, stdout, stderr } = await importInto(url);
    nodeRed.close();
    assert.deepEqual([code, stdout, stderr], [1, '', `Stop Node-RED first: it uses ${file}.\n`]);
  });

  describe('never shows the password', () => {
    const table: [name: string, change: (address: string) => string, says: RegExp][] = [
      ['that is wrong', (address) => address.replace(/:[^:@/]*@/, ':sesame@'), /^Check user, password and database.*28P01/],
      ['of a database that is not there', (address) => address.replace(/:[^:@/]*@[^/]*/, ':sesame@127.0.0.1:1'), /^Check that PostgreSQL runs .*ECONNREFUSED/],
      ['of an address that is none', () => 'postgresql://me:sesame@host:port/x', /^Check the address of the database/],
      ['of another kind of database', () => 'mysql://me:sesame@host/x', /^Check the address of the database/],
    ]; // prettier-ignore
    for (const [name, change, says] of table) {
      it(name, async () => {
        const { code, stdout, stderr } = await importInto(change(url));
        assert.equal(code, 1);
        assert.match(stderr, says);
        assert.equal(stderr.split('\n').length, 2);
        assert.ok(!`${stdout}${stderr}`.includes('sesame'));
      });
    }
  });

  describe('does not touch', () => {
    it('a file that is not there', async () => {
      const missing = join(folder, 'linky', 'readings.db');
      const { code, stderr } = await run(['import-store', missing, url]);
      assert.deepEqual([code, stderr], [1, `Check the path: there is no file ${missing}.\n`]);
      assert.ok(!existsSync(join(folder, 'linky')));
    });

    for (const [name, make] of [
      [
        'a text',
        (path: string): void => {
          writeFileSync(path, 'Dear Enedis,\n'.repeat(100));
        },
      ],
      [
        'an empty file',
        (path: string): void => {
          writeFileSync(path, '');
        },
      ],
      [
        'another program’s database',
        (path: string): void => {
          const database = new DatabaseSync(path);
          database.exec('CREATE TABLE series (id)');
          database.close();
        },
      ],
    ] as const) {
      it(name, async () => {
        const own = mkdtempSync(join(tmpdir(), 'linky-import-store-'));
        const path = join(own, 'other.db');
        make(path);
        const before = hashOf(path);
        const { code, stderr } = await run(['import-store', path, url]);
        assert.equal(code, 1);
        assert.match(stderr, /^Choose linky\/readings\.db in Node-RED’s user folder: .*other\.db is not/);
        assert.equal(hashOf(path), before);
        assert.deepEqual(readdirSync(own), ['other.db']);
        rmSync(own, { recursive: true });
      });
    }
  });

  describe('says how it is used', () => {
    const table: [args: string[], code: number, begins: RegExp][] = [
      [[], 0, /^Usage: linky import-store <file> \[<address>\]\n/],
      [['--help'], 0, /^Usage: /],
      [['import-store', '-h'], 0, /^Usage: /],
      [['export-store'], 2, /^Use one of the commands below: “export-store” is none\.\n\nUsage: /],
      [['--faster'], 2, /^Usage: /],
      [['import-store'], 2, /^Name the file: .*\n\nUsage: /],
      [['import-store', 'a.db'], 2, /^Name the database, .*\n\nUsage: /],
      [['import-store', 'a.db', 'postgresql://h/d', 'more'], 2, /^Usage: /],
    ];
    for (const [args, expected, begins] of table) {
      it(`linky ${args.join(' ')}`.trim(), async () => {
        const { code, stdout, stderr } = await run(args);
        assert.equal(code, expected);
        assert.match(code === 0 ? stdout : stderr, begins);
        assert.equal(code === 0 ? stderr : stdout, '');
      });
    }

    it('in French', async () => {
      const { stdout } = await run([], { LANG: 'fr_FR.UTF-8' });
      assert.match(stdout, /^Utilisation\s: linky import-store <fichier>/);
    });
  });
});
