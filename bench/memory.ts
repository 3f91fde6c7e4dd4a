/** What an idle meter with three years of history takes of the machine's memory, alone and among many. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SqliteDatabase } from '../src/store/sqlite';
import { Store } from '../src/store/store';
import { copyMeter } from './copies';
import { fill } from './history';
import { DAILY } from './meter';
import { atMost, written, type Row } from './table';
import { median } from './timing';

const SIZES = [1, 100, 1_000, 10_000];
/** More meters than this share these histories. */
const HISTORIES = 1_000;
const RUNS = 5;

interface Idle {
  heap: number;
  rss: number;
  ms: number;
}

export default async function memory(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'linky-bench-'));
  const file = join(folder, 'readings.db');
  const idle = async (size: number): Promise<Idle> => {
    const args = ['--expose-gc', ...process.execArgv, join(__dirname, 'idle.ts'), file];
    const { stdout } = await promisify(execFile)(process.execPath, [...args, `${HISTORIES}`, `${size}`]);
    return JSON.parse(stdout) as Idle;
  };
  try {
    const store = new Store(new SqliteDatabase(file));
    await fill(store, DAILY);
    store.close();
    copyMeter(file, HISTORIES);
    const rows: Row[] = [];
    for (const size of SIZES) {
      const runs: Idle[] = [];
      for (let i = 0; i < RUNS; i++) runs.push(await idle(size));
      const of = (what: keyof Idle): number => median(runs.map((run) => run[what]));
      rows.push({
        name: `an idle meter among ${size.toLocaleString('en')}`,
        ours: `${written(of('heap') / 1000, 'kB')} of heap, ${written(of('ms'), 'ms')} to begin`,
        ...(size === Math.max(...SIZES)
          ? atMost(10, of('rss') / 1000, 'kB')
          : { figure: written(of('rss') / 1000, 'kB') }),
      });
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
