/** What the package weighs, packed and installed. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { atMost, written, type Row } from './table';

const run = promisify(execFile);
const ROOT = join(__dirname, '..');
const NPM = { maxBuffer: 64 * 1024 * 1024 };

interface Packed {
  filename: string;
  size: number;
  unpackedSize: number;
  entryCount: number;
}

/** @returns kB on the disk */
async function sizeOf(folder: string): Promise<number> {
  return Number((await run('du', ['-sk', folder])).stdout.split('\t')[0]);
}

const filesIn = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' });

export default async function weight(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'linky-bench-'));
  try {
    const description = readFileSync(join(ROOT, 'package.json'), 'utf8');
    const { name, dependencies } = JSON.parse(description) as {
      name: string;
      dependencies: Record<string, string>;
    };
    const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
    const { stdout } = await run('npm', pack, { ...NPM, cwd: ROOT });
    const [packed] = JSON.parse(stdout) as Packed[];
    if (!packed) throw new Error(`npm pack said ${stdout}`);
    writeFileSync(join(folder, 'package.json'), '{"name":"user-folder","private":true}');
    // Dashboard is an optional peer: npm leaves it out.
    const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', `./${packed.filename}`];
    await run('npm', install, { ...NPM, cwd: folder });
    const modules = join(folder, 'node_modules');
    const addOns = filesIn(modules).filter((file) => /\.node$|(^|[\\/])binding\.gyp$/.test(file));
    const packages = filesIn(modules).filter((file) =>
      /(^|[\\/])node_modules[\\/](@[^\\/]+[\\/])?[^\\/@.]+[\\/]package\.json$/.test(`node_modules/${file}`),
    );
    const own = await sizeOf(join(modules, name));
    return [
      {
        name: 'direct dependencies',
        ours: Object.keys(dependencies).join(', '),
        ...atMost(8, Object.keys(dependencies).length),
      },
      { name: 'native add-ons', ours: addOns.join(', ') || 'none', ...atMost(0, addOns.length) },
      { name: 'packed', ours: `${packed.entryCount} files`, figure: written(packed.size / 1024, 'kB') },
      {
        name: 'installed, with all it needs',
        ours: `${packages.length} packages; this one ${written(own, 'kB')}`,
        figure: written((await sizeOf(folder)) / 1024, 'MB'),
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
