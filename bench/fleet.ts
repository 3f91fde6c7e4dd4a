/** Fleets on Data Connect in one process, from their first collection to the end of the next day: see fleet-day.ts. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Fleet, Phase } from './quota';
import { atMost, written, type Row } from './table';

const SIZES = [125, 250, 500, 1_000];

/**
 * As Node-RED's guide sets it on small machines. Without it V8 leaves garbage lying as long as there is room: 590 MB of
 * a machine of 24 GB, of which 60 MB were alive.
 */
const HEAP = '--max-old-space-size=256';

const run = promisify(execFile);

/**
 * A fleet's day as the package's users have it, in JavaScript: `tsx` would give each closure a name of its own, which
 * takes time, and memory where there are thousands of meters.
 */
async function compile(): Promise<string> {
  const root = join(__dirname, '..');
  const folder = join(root, 'node_modules', '.bench');
  const compiler = require.resolve('typescript/lib/tsc.js');
  await run(process.execPath, [
    compiler,
    '-p',
    root,
    '--noEmit',
    'false',
    '--rootDir',
    root,
    '--outDir',
    folder,
  ]);
  return join(folder, 'bench', 'fleet-day.js');
}

let compiled: Promise<string> | undefined;

/**
 * @param history years of daily values
 * @param database the address of an empty PostgreSQL database; absent: SQLite
 */
export async function dayOf(size: number, history: number, database?: string): Promise<Fleet> {
  const args = [HEAP, await (compiled ??= compile()), `${size}`, `${history}`];
  if (database !== undefined) args.push(database);
  return JSON.parse((await run(process.execPath, args)).stdout) as Fleet;
}

export const share = ({ hours, leastHours }: Phase): number => (100 * leastHours) / hours;

function phaseRow(name: string, phase: Phase, size: number): Row {
  const used = share(phase);
  return {
    name,
    ours: `${phase.calls} calls in ${written(phase.hours, 'h')}, ${phase.complete} of ${size} complete`,
    reference: `${written(phase.leastHours, 'h')} at the least`,
    figure: written(used, '% of the quota'),
    goal: '≥ 95 %',
    met: used >= 95 && phase.complete === size,
  };
}

export default async function fleet(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const size of SIZES) {
    const { first, second, p99, longest, rss, cpu, messages } = await dayOf(size, 0);
    const name = `${size.toLocaleString('en')} meters`;
    rows.push({
      name: `${name}, both days`,
      ours: `${first.calls + second.calls} calls, ${messages} messages, ${written(rss, 'MB')}`,
      figure: `${written(cpu / size, 'ms')} of CPU a meter`,
    });
    if (size < Math.max(...SIZES)) continue;
    rows.push(
      phaseRow('… their first collection', first, size),
      phaseRow('… the day after', second, size),
      {
        name: '… longest wait for a call, the day after',
        ours: written(second.longestWait, 'h'),
        reference: `${written((3 * size) / 1000, 'h')} for a round of three calls each`,
        figure: written(second.longestWait / ((3 * size) / 1000)),
      },
      {
        name: '… delay of the event loop, p99',
        ours: `longest ${written(longest, 'ms')}`,
        ...atMost(20, p99, 'ms'),
      },
      { name: '… memory at the most', ours: '', ...atMost(400, rss, 'MB') },
    );
  }
  return rows;
}
