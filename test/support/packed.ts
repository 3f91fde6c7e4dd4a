import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** The package under test: this repository, built, or a folder that `LINKY_PACKAGE` names. */
export const PACKAGE = process.env['LINKY_PACKAGE'] ?? resolve(__dirname, '../..');

/** Where the worker processes of a run find what was packed for all of them. */
const VARIABLE = 'LINKY_TARBALL';

let packing: Promise<string> | undefined;

/** The file that `npm publish` would send; made once. */
export const tarball = (): Promise<string> => (packing ??= Promise.resolve(process.env[VARIABLE] ?? pack()));

async function pack(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'linky-pack-'));
  const { stdout } = await promisify(execFile)(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
    { cwd: PACKAGE, maxBuffer: 64 * 1024 * 1024 },
  );
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  if (!packed) throw new Error(`npm pack said ${stdout}`);
  return join(folder, packed.filename);
}

/** Packs for all worker processes that start from now on. @returns what removes the file */
export async function packForWorkers(): Promise<() => Promise<void>> {
  const file = await pack();
  process.env[VARIABLE] = file;
  return () => rm(join(file, '..'), { recursive: true });
}
