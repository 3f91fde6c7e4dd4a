/**
 * A process that imports a CSV file of so many megabytes, which exists only as it is read, and prints what memory that
 * took: `large-import.ts <folder> <megabytes>`.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { addDays, isoParis, startOfDay, type Day } from '../src/calendar/paris';
import { importFile } from '../src/importer/importer';
import { SqliteDatabase } from '../src/store/sqlite';
import { Store } from '../src/store/store';
import { USAGE_POINT } from './meter';

export interface LargeImport {
  /** Heap after garbage collection over that before the import, bytes: the highest of all samples. */
  heap: number;
  /** Resident memory, garbage included, likewise. */
  rss: number;
  /** That were taken. */
  values: number;
}

const FIVE_MINUTES = 300_000;
/** Nobody has a Linky that is older. Two directions from here on have room for 100 MB. */
const START = '2010-01-01';
const DIRECTIONS = ['Consommation', 'Production'];

const headOf = (direction: string): string =>
  [
    'Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;Grandeur metier;Etape metier;Unite;Pas en minutes', // prettier-ignore
    `${USAGE_POINT};Courbe de charge;01/01/2010;01/01/2025;Energie active;${direction};Comptage Brut;W;5`,
    'Horodate;Valeur\r\n',
  ].join('\r\n');

function linesOf(day: Day): string {
  const lines: string[] = [];
  const end = startOfDay(addDays(day, 1));
  for (let at = startOfDay(day) + FIVE_MINUTES; at <= end; at += FIVE_MINUTES) {
    lines.push(`${isoParis(at).replace('.000', '')};${(at / FIVE_MINUTES) % 9001}\r\n`);
  }
  return lines.join('');
}

/** @param onPiece called before each piece of a day */
function* csv(bytes: number, onPiece: () => void): Generator<Buffer> {
  for (const direction of DIRECTIONS) {
    const head = headOf(direction);
    yield Buffer.from(head);
    let sent = head.length;
    for (let day = START; sent < bytes / DIRECTIONS.length; day = addDays(day, 1)) {
      onPiece();
      const piece = Buffer.from(linesOf(day));
      sent += piece.length;
      yield piece;
    }
  }
}

async function* asItComes(pieces: Iterable<Buffer>): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    await Promise.resolve();
    yield piece;
  }
}

function used(): { heap: number; rss: number } {
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

/** In pieces of a day: each sample stops the import for a collection of garbage. */
const SAMPLE_EVERY = 50;

async function measure(folder: string, megabytes: number): Promise<LargeImport> {
  const file = join(folder, `large-${megabytes}.db`);
  const store = new Store(new SqliteDatabase(file));
  const options = { usagePoint: USAGE_POINT, storedAs: USAGE_POINT };
  try {
    // What is compiled and loaded once is no growth.
    await importFile(
      store,
      { content: asItComes(csv(1e6, () => undefined)) },
      { ...options, isDryRun: true },
    );
    const before = used();
    const highest = { heap: 0, rss: 0 };
    let pieces = 0;
    const sample = (): void => {
      pieces += 1;
      if (pieces % SAMPLE_EVERY !== 0) return;
      highest.rss = Math.max(highest.rss, process.memoryUsage.rss() - before.rss);
      highest.heap = Math.max(highest.heap, used().heap - before.heap);
    };
    const { series } = await importFile(store, { content: asItComes(csv(megabytes * 1e6, sample)) }, options);
    return { ...highest, values: series.reduce((sum, { taken }) => sum + taken, 0) };
  } finally {
    store.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  }
}

const [, , folder = '', megabytes = ''] = process.argv;
void measure(folder, Number(megabytes)).then((result) => {
  process.stdout.write(JSON.stringify(result));
});
