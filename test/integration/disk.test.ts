import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import sinon from 'sinon';
import type { MeterNode } from '../../nodes/runtime/meter';
import type { SourceNode } from '../../nodes/runtime/source';
import { startStandIn, type StandIn } from '../support/stand-in/server';
import type { SqliteDatabase } from '../../src/store/sqlite';
import { Home, meterNode, PDL, sourceNodes } from '../support/home';
import { assertSays } from '../support/sentences';

describe('what can happen to the store', () => {
  let home: Home;
  let standIn: StandIn;
  beforeEach(async () => {
    standIn = await startStandIn({ now: () => home.time.now, gateway: 'conso', usagePoints: [PDL] });
    home = new Home('2026-11-22T12:10', [meterNode(standIn.url), ...sourceNodes('consumption', 'c')]);
  });
  afterEach(async () => {
    await home.remove();
    await standIn.close();
  });

  const folder = (): string => join(home.userDir, 'linky');
  const database = (): string => join(folder(), 'readings.db');
  const dailyReadings = (): number =>
    home.messages
      .splice(0)
      .filter(({ message }) => message.metric === 'daily' && !message.replay)
      .reduce((sum, { message }) => sum + message.readings.length, 0);
  const errorsOf = (id: string): string[] => {
    const { args, thisValues } = (
      home.node(id) as unknown as { error: { args: [string][]; thisValues: unknown[] } }
    ).error;
    return args.filter((_, i) => thisValues[i] === home.node(id)).map(([text]) => text);
  };

  const damages: [string, (file: string) => void][] = [
    [
      'is no database any more',
      (file) => {
        writeFileSync(file, 'not a database, but long enough to look at'.repeat(50));
      },
    ],
    [
      'is broken in the middle',
      (file) => {
        const bytes = readFileSync(file);
        bytes.fill(0xff, 4096, bytes.length - 4096);
        writeFileSync(file, bytes);
      },
    ],
  ];
  for (const [name, damage] of damages) {
    it(`${name}: set aside, said loudly, and all is fetched again`, async () => {
      await home.start();
      assert.equal(dailyReadings(), 325);
      await home.stop();
      damage(database());
      standIn.calls.length = 0;
      await home.start();
      assert.equal(errorsOf('meter').length, 1);
      assertSays(errorsOf('meter')[0], 'linky-meter.warn.store-set-aside');
      assert.equal(standIn.calls.length, 3);
      assert.equal(dailyReadings(), 325);
      assert.ok(readdirSync(folder()).some((file) => /^readings-damaged-\d+\.db$/.test(file)));
      assert.equal(home.status('c').fill, 'green');
    });
  }

  it('belongs to another process: said, nothing asked, nothing spoilt', async () => {
    await home.start();
    await home.stop();
    standIn.calls.length = 0;
    const holder = spawn(
      process.execPath,
      [
        '-e',
        `const db = new (require('node:sqlite').DatabaseSync)(${JSON.stringify(database())});
         db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
         console.log('held'); setInterval(() => {}, 1000);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      await once(holder.stdout, 'data');
      await home.start();
      assert.deepEqual([home.status('c').fill, home.status('c').shape], ['red', 'ring']);
      assertSays(home.status('c').text, 'linky-meter.error-short.store-in-use');
      assertSays(home.errors[0]?.error.message, 'linky-meter.error.store-in-use');
      assert.equal(standIn.calls.length, 0);
      await home.stop();
    } finally {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    }
    home.messages.length = 0;
    await home.start();
    assert.equal(home.status('c').fill, 'green');
    assert.equal(standIn.calls.length, 0);
  });

  it('cannot be made, a file being in the way: said, and Node-RED lives', async () => {
    writeFileSync(folder(), 'in the way');
    await home.start();
    assertSays(home.errors[0]?.error.message, 'linky-meter.error.store-unusable');
    assertSays(home.status('c').text, 'linky-meter.error-short.store-unusable');
  });

  it('cannot be opened, a folder being in its place: the same', async () => {
    mkdirSync(database(), { recursive: true });
    await home.start();
    assert.equal(home.errors[0]?.error.code, 'SQLITE_CANTOPEN');
  });

  it('was written by a newer version: said, and left as it is', async () => {
    await home.start();
    await home.stop();
    const file = new DatabaseSync(database());
    file.exec('PRAGMA user_version = 99');
    file.close();
    const bytes = readFileSync(database());
    await home.start();
    assertSays(home.errors[0]?.error.message, 'linky-meter.error.database-newer');
    assertSays(home.status('c').text, 'linky-meter.error-short.database-newer');
    await home.stop();
    assert.deepEqual(readFileSync(database()), bytes);
  });

  it('fails once the button has collected: said, and Node-RED lives', async () => {
    await home.start();
    const { collector } = (home.node('meter') as MeterNode).open?.(PDL) ?? {};
    assert.ok(collector);
    sinon.stub(collector, 'yesterdayFor').rejects(new Error('disk'));
    await (home.node('c') as SourceNode).collectNow?.();
    await home.settled();
    assert.equal(home.errors.length, 1);
    assertSays(home.errors[0]?.error.message, 'linky-meter.error.store-unusable');
  });

  it('has no room left on the disk: said, then all is fetched once there is', async () => {
    const limit = (pages: number): void => {
      // SQLite's own limit gives the same error as a full disk.
      const store = (home.node('meter') as MeterNode).open?.(PDL).store;
      const database = store?.['database'] as SqliteDatabase | undefined;
      database?.['connection'].exec(`PRAGMA max_page_count = ${pages}`);
    };
    standIn.faults.always({ enedis: 'technical_error' });
    await home.start();
    home.errors.length = 0;
    standIn.faults.clear();
    limit(1);
    await home.until('2026-11-22T13:00');
    assert.deepEqual(
      home.errors.map(({ error }) => error.code),
      ['SQLITE_FULL'],
    );
    assertSays(home.status('c').text, 'linky-meter.error-short.store-unusable');
    limit(1_000_000);
    await home.until('2026-11-22T14:00');
    assert.equal(dailyReadings(), 325);
    assert.equal(home.status('c').fill, 'green');
  });
});
