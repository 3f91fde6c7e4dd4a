/**
 * `npm run bench`: one table. With names, such as `npm run bench -- wire start`, those subjects alone; some take
 * arguments: `growth:100,1000`.
 */
import { execFile } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tableOf, type Row } from './table';

const SUBJECTS = [
  'backfill',
  'wire',
  'query',
  'postgres',
  'tariff',
  'import',
  'start',
  'memory',
  'fleet',
  'growth',
  'weight',
];
const [, , subject, asked] = process.argv;

/** Each subject in a process of its own: what one leaves behind is not measured with the next. */
async function rowsOf(name: string): Promise<Row[]> {
  const args = ['--expose-gc', ...process.execArgv, __filename, '--one', name];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Row[];
}

async function one(subjectAsked: string): Promise<void> {
  const [name = '', ...args] = subjectAsked.split(':');
  const { default: measure } = (await import(join(__dirname, `${name}.ts`))) as {
    default: (...args: string[]) => Promise<Row[]>;
  };
  process.stdout.write(JSON.stringify(await measure(...args)));
}

async function all(names: readonly string[]): Promise<void> {
  const rows: Row[] = [];
  for (const name of names) {
    process.stderr.write(`${name} …\n`);
    rows.push(...(await rowsOf(name)));
  }
  const memory = Math.round(totalmem() / 2 ** 30);
  console.log(
    `${cpus()[0]?.model ?? ''}, ${cpus().length} cores, ${memory} GB, Node.js ${process.version}\n`,
  );
  console.log(tableOf(rows));
}

if (subject === '--one') void one(asked ?? '');
else {
  const names = process.argv.slice(2);
  void all(names.length > 0 ? names : SUBJECTS);
}
