import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { SERIES } from '../../src/metering/metrics';
import { sharedStore } from '../../src/store/shared';
import { describeOnBoth } from '../support/engines';
import { startStandIn, type Call, type StandIn } from '../support/stand-in/server';
import { paris, PDL } from '../support/home';
import { assertNothingTwice, assertTruth, dataCalls, least, oldest, sum } from '../support/years';

const TODAY = '2026-11-22';
/** Calls that get no answer: while it waits for one, the process is killed. */
const KILLED_AT = [3, 20, 90, 150, 215];

describeOnBoth('a history whose process is killed five times', (engine) => {
  let folder: string;
  let standIn: StandIn;
  afterEach(async () => {
    await standIn.close();
    rmSync(folder, { recursive: true });
  });

  it('goes on at the exact range, and asks for none that it has', async function () {
    this.timeout(120_000);
    folder = mkdtempSync(join(tmpdir(), 'linky-history-killed-'));
    const child = join(folder, 'child.js');
    const entryPoints = [join(__dirname, '../support/killed-child.ts')];
    await build({ entryPoints, outfile: child, bundle: true, platform: 'node' });
    const now = paris(`${TODAY}T12:10`);
    const { address } = await engine.place();
    standIn = await startStandIn({ now: () => now, gateway: 'dataconnect', usagePoints: [PDL] });
    let running: ChildProcess | undefined;
    const calls = (): Call[] => dataCalls(standIn);
    standIn.faults.always(({ series }) => {
      if (series === 'token' || !KILLED_AT.includes(calls().length)) return undefined;
      running?.kill('SIGKILL');
      return 'hang';
    });

    let kills = 0;
    for (let code: number | null = null; code !== 0;) {
      running = spawn(process.execPath, [child, standIn.url, folder, String(now), '3', '730', address], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      [code] = (await once(running, 'close')) as [number | null];
      if (code !== 0) kills += 1;
    }

    assert.equal(kills, KILLED_AT.length);
    assertNothingTwice(calls());
    const answered = calls().filter(({ status }) => status === 200).length;
    assert.equal(answered, calls().length - kills);
    const fewest = sum(SERIES.map((series) => least(series, oldest(series, TODAY), TODAY)));
    assert.ok(answered <= fewest * 1.02, `${answered} answers, ${fewest} at least`);
    // What got no answer was asked again first of all; with PostgreSQL, of its series: the sources begin one after the
    // other, and the first request does not wait for the second of them.
    for (const at of KILLED_AT) {
      const [unanswered, ...later] = calls().slice(at - 1);
      const next =
        engine.name === 'SQLite' ? later[0] : later.find(({ series }) => series === unanswered?.series);
      assert.deepEqual(
        [next?.series, next?.start, next?.end],
        [unanswered?.series, unanswered?.start, unanswered?.end],
      );
    }
    const { store, release } = sharedStore(folder, now, address);
    for (const series of SERIES) {
      await assertTruth(store, standIn.truth, PDL, series, oldest(series, TODAY), TODAY);
    }
    release();
  });
});
