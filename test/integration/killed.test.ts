import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, watch as watchFolder } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { build } from 'esbuild';
import { DateTime } from 'luxon';
import { PostgresDatabase } from '../../src/store/postgres';
import { sharedStore } from '../../src/store/shared';
import { SERIES } from '../../src/metering/metrics';
import { describeOnBoth } from '../support/engines';
import { directionOf, measureOf, startStandIn } from '../support/stand-in/server';
import { paris, PDL } from '../support/home';

const KILLS = 100;
/** What the process is killed at: while it waits for an answer, reads it, stores it, and after it has published it. */
const MOMENTS = ['asked', 'answered', 'written', 'published'] as const;
type Moment = (typeof MOMENTS)[number];

describeOnBoth('a process killed a hundred times', (engine) => {
  it('keeps the truth, and publishes every reading', async function () {
    this.timeout(900_000);
    const folder = mkdtempSync(join(tmpdir(), 'linky-killed-'));
    // In one file, so that a hundred starts take little longer than the kills.
    const child = join(folder, 'child.js');
    const entryPoints = [join(__dirname, '../support/killed-child.ts')];
    await build({ entryPoints, outfile: child, bundle: true, platform: 'node' });
    let now = paris('2026-11-22T12:10');
    const standIn = await startStandIn({ now: () => now, gateway: 'dataconnect', usagePoints: [PDL] });
    const told = new Map<string, number>();
    const place = await engine.place();
    mkdirSync(join(folder, 'linky'));
    /** Of PostgreSQL: it tells of every answer that is stored. */
    const database = place.address ? new PostgresDatabase(place.address) : undefined;

    /** Runs until it has collected all, or is killed at such a moment, once it has made so many calls. */
    const run = async (calls: number, moment: Moment): Promise<boolean> => {
      const running = spawn(
        process.execPath,
        [child, standIn.url, folder, String(now), '1', '180', place.address],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      const before = standIn.calls.length;
      const comes = (what: Moment) => (): void => {
        if (what === moment && standIn.calls.length - before >= calls) running.kill('SIGKILL');
      };
      const asked = comes('asked');
      const answered = comes('answered');
      standIn.news.on('asked', asked).on('over', answered);
      const written = comes('written');
      const watch = watchFolder(join(folder, 'linky'), written);
      const stopHearing = database?.hear(written);
      let text = '';
      running.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        comes('published')();
      });
      const [code] = (await once(running, 'close')) as [number | null];
      watch.close();
      stopHearing?.();
      standIn.news.off('asked', asked).off('over', answered);
      for (const line of text.split('\n').slice(0, -1)) {
        const { topic, readings } = JSON.parse(line) as {
          topic: string;
          readings: { start: string; value: number }[];
        };
        for (const { start, value } of readings) told.set(`${topic} ${start}`, value);
      }
      return code === 0;
    };

    let kills = 0;
    const killed = new Map<Moment, number>();
    for (let i = 0; kills < KILLS; i++) {
      // A backfill first, and a day that is published bit by bit.
      if (i === 60) now = paris('2026-11-23T05:37');
      if (i > 60 && now < paris('2026-11-23T20:00')) now += 20 * 60_000;
      const moment = MOMENTS[i % 4] ?? 'asked';
      if (!(await run(1 + (Math.floor(i / 4) % 4), moment))) {
        kills += 1;
        killed.set(moment, (killed.get(moment) ?? 0) + 1);
      } else if (now >= paris('2026-11-23T20:00')) now += 86_400_000;
    }
    for (const moment of MOMENTS) assert.ok((killed.get(moment) ?? 0) >= 10, inspect(killed));
    assert.equal(await run(Infinity, 'published'), true);

    const { store, release } = sharedStore(folder, now, place.address);
    const day = (instant: number): string =>
      DateTime.fromMillis(instant, { zone: 'Europe/Paris' }).toISODate() ?? '';
    let compared = 0;
    for (const series of SERIES) {
      const [direction, measure] = [directionOf(series), measureOf(series)];
      const days = await store.days(
        { usagePoint: PDL, name: series },
        { start: '2020-01-01', end: '2030-01-01' },
      );
      const readings = days.flatMap((record) => record.readings);
      assert.ok(readings.length >= 300, `${series}: ${readings.length}`);
      for (const { start, value } of readings) {
        const date = day(start);
        const truth =
          measure === 'load-curve'
            ? standIn.truth.loadCurve(PDL, direction, date).find((each) => each.start === start)?.value
            : measure === 'daily'
              ? standIn.truth.daily(PDL, direction, date)
              : standIn.truth.maxPower(PDL, date).value;
        assert.equal(value, truth, `${series} ${date}`);
        const iso = DateTime.fromMillis(start, { zone: 'Europe/Paris' }).toISO() ?? '';
        assert.equal(
          told.get(`${direction}/${measure} ${iso}`),
          value / 1000,
          `${series} ${iso} was not published`,
        );
        compared += 1;
      }
    }
    assert.ok(compared > 15_000, String(compared));
    release();
    database?.close();
    await standIn.close();
    rmSync(folder, { recursive: true });
  });
});
