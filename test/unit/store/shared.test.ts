import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { daysIn } from '../../../src/calendar/paris';
import { sharedStore } from '../../../src/store/shared';
import type { Store, Recorded } from '../../../src/store/store';
import { isDamage, storeError } from '../../../src/store/store-error';
import { cursorOf, publishMetric } from '../../support/publishing';
import { rangeOf, wholeDay } from '../../support/readings';

const NOW = Date.UTC(2026, 10, 23, 7, 37);
const KEY = { usagePoint: '12345678901234', name: 'consumption-daily' } as const;
const RANGE = rangeOf('2026-11-20 2026-11-23');
const READINGS = daysIn(RANGE.start, RANGE.end).map((day, i) => wholeDay(day, i + 1));

describe('the store of a user folder', () => {
  let userDir: string;
  let file: string;
  beforeEach(() => {
    userDir = mkdtempSync(join(tmpdir(), 'linky-store-'));
    file = join(userDir, 'linky', 'readings.db');
  });
  afterEach(() => {
    rmSync(userDir, { recursive: true });
  });

  const record = (store: Store): Promise<Recorded> =>
    store.record(KEY, { range: RANGE, requestedAt: NOW, isPlanned: true }, READINGS);
  const values = async (store: Store): Promise<number[]> =>
    (await store.days(KEY, RANGE)).flatMap(({ readings }) => readings.map(({ value }) => value));
  /** What lies in the folder without the write-ahead log. */
  const files = (): string[] =>
    readdirSync(dirname(file))
      .filter((name) => name.endsWith('.db'))
      .sort();

  it('lies where nobody but its owner may look', () => {
    sharedStore(userDir, NOW).release();
    assert.equal(statSync(dirname(file)).mode & 0o077, 0);
  });

  it('has everything again after a restart', async () => {
    const before = sharedStore(userDir, NOW);
    await record(before.store);
    await before.store.setFloor(KEY, { day: '2026-11-19', reason: 'no-meter', probedAt: NOW, provider: 'p' });
    await publishMetric(before.store, 'a', 'daily', KEY, () => Promise.resolve(2));
    await before.store.requests.turn('conso', (turn) => turn.note({ at: NOW, backfill: true }, 0));
    const days = await before.store.records(KEY, RANGE);
    const facts = await before.store.facts(KEY);
    before.release();
    const { store, setAside, release } = sharedStore(userDir, NOW);
    assert.notEqual(store, before.store);
    assert.equal(setAside, undefined);
    assert.deepEqual(await store.records(KEY, RANGE), days);
    assert.deepEqual(await store.facts(KEY), facts);
    assert.equal(await cursorOf(store, 'a', 'daily', KEY), 2);
    const { sent } = await store.requests.turn('conso', (turn) => turn.look(0, 0));
    assert.deepEqual(sent, [{ id: 1, at: NOW, backfill: true }]);
    // The revision goes on where it was.
    await store.record(KEY, { range: RANGE, requestedAt: NOW, isPlanned: true }, [wholeDay('2026-11-20', 9)]);
    assert.deepEqual((await store.changedAfter(KEY, 2, 7)).map(({ revision }) => revision), [3]); // prettier-ignore
    release();
  });

  it('is one for all its users, and closed by the last of them', async () => {
    const one = sharedStore(userDir, NOW);
    const two = sharedStore(join(userDir, 'linky', '..'), NOW);
    assert.equal(one.store, two.store);
    one.release();
    one.release();
    await record(two.store);
    const three = sharedStore(userDir, NOW);
    assert.equal(three.store, two.store);
    two.release();
    assert.deepEqual(await values(three.store), [1, 2, 3]);
    three.release();
    await assert.rejects(three.store.days(KEY, RANGE));
    assert.ok(!existsSync(`${file}-wal`), 'nothing is left beside the file');
  });

  it('is another one for another folder', async () => {
    const other = mkdtempSync(join(tmpdir(), 'linky-store-'));
    const [one, two] = [sharedStore(userDir, NOW), sharedStore(other, NOW)];
    await record(one.store);
    assert.deepEqual(await values(two.store), []);
    one.release();
    two.release();
    rmSync(other, { recursive: true });
  });

  describe('is a new one where the file is', () => {
    const damages: [name: string, damage: () => void][] = [
      [
        'no database',
        () => {
          writeFileSync(file, 'x'.repeat(10_000));
        },
      ],
      [
        'broken within',
        () => {
          const bytes = readFileSync(file);
          // Behind the first page: the file opens, but its tables are gone.
          bytes.fill(0xaa, 4096);
          writeFileSync(file, bytes);
        },
      ],
    ];
    for (const [name, damage] of damages) {
      it(`${name}, which is set aside as it was`, async () => {
        const before = sharedStore(userDir, NOW);
        await record(before.store);
        before.release();
        damage();
        const damaged = readFileSync(file);
        const { store, setAside, release } = sharedStore(userDir, NOW);
        assert.equal(setAside, join(userDir, 'linky', `readings-damaged-${NOW}.db`));
        assert.deepEqual(readFileSync(setAside), damaged);
        assert.deepEqual(await values(store), []);
        await record(store);
        // Every user is told, whoever came first.
        const other = sharedStore(userDir, NOW + 1);
        assert.equal(other.setAside, setAside);
        other.release();
        release();
        const again = sharedStore(userDir, NOW + 1);
        assert.equal(again.setAside, undefined);
        assert.deepEqual(await values(again.store), [1, 2, 3]);
        again.release();
        assert.deepEqual(files(), [`readings-damaged-${NOW}.db`, 'readings.db']);
      });
    }

    it('damaged, and what it had not taken in yet does not come into the new one', async () => {
      mkdirSync(dirname(file), { mode: 0o700 });
      writeFileSync(file, 'x'.repeat(10_000));
      writeFileSync(`${file}-wal`, 'y'.repeat(10_000));
      const { store, setAside, release } = sharedStore(userDir, NOW);
      assert.ok(setAside);
      assert.deepEqual(await values(store), []);
      release();
      assert.deepEqual(files(), [`readings-damaged-${NOW}.db`, 'readings.db']);
    });
  });

  it('refuses a file of another version, and leaves it as it is', async () => {
    const before = sharedStore(userDir, NOW);
    await record(before.store);
    before.release();
    const setVersion = (version: number): void => {
      const database = new DatabaseSync(file);
      database.exec(`PRAGMA user_version = ${version}`);
      database.close();
    };
    setVersion(99);
    const bytes = readFileSync(file);
    for (let i = 0; i < 2; i++)
      assert.throws(() => sharedStore(userDir, NOW), /another version of this package \(99\)/);
    assert.deepEqual(readFileSync(file), bytes);
    assert.deepEqual(files(), ['readings.db']);
    setVersion(1);
    const { store, release } = sharedStore(userDir, NOW);
    assert.deepEqual(await values(store), [1, 2, 3]);
    release();
  });

  it('cannot be opened where its folder cannot be: nothing is set aside', () => {
    writeFileSync(join(userDir, 'linky'), 'a file in the folder’s place');
    assert.throws(() => sharedStore(userDir, NOW));
    assert.deepEqual(readdirSync(userDir), ['linky']);
  });
});

describe('an error of the store', () => {
  const table: [name: string, error: unknown, code: string, key: string, damage: boolean][] = [
    ['a full disk', { errcode: 13 }, 'SQLITE_FULL', 'store-unusable', false],
    ['a read-only file, by its extended code', { errcode: 8 | (1 << 8) }, 'SQLITE_READONLY', 'store-unusable', false], // prettier-ignore
    ['a second process', { errcode: 5 }, 'SQLITE_BUSY', 'store-in-use', false],
    ['a broken file', { errcode: 11 }, 'SQLITE_CORRUPT', 'store-unusable', true],
    [
      'a broken index, by its extended code',
      { errcode: 11 | (3 << 8) },
      'SQLITE_CORRUPT',
      'store-unusable',
      true,
    ],
    ['a file that is no database', { errcode: 26 }, 'SQLITE_NOTADB', 'store-unusable', true],
    ['another one of SQLite', { errcode: 1, code: 'ERR_SQLITE_ERROR' }, 'ERR_SQLITE_ERROR', 'store-unusable', false], // prettier-ignore
    ['one of the system', { code: 'EACCES' }, 'EACCES', 'store-unusable', false],
    ['one without a code', new Error('?'), 'store-unusable', 'store-unusable', false],
    ['nothing', undefined, 'store-unusable', 'store-unusable', false],
  ];
  for (const [name, error, code, key, damage] of table) {
    it(`${name}: ${key} (${code})`, () => {
      const named = storeError(error);
      assert.deepEqual(
        [named.code, named.key, named.scope, named.isOutage],
        [code, key, 'usage-point', false],
      );
      assert.equal(storeError(named), named);
      assert.equal(isDamage(error), damage);
    });
  }
});
