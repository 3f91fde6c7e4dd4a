/** Export files of Enedis into a store on disk: how long they take, and whether a large one takes memory. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';
import readExcelFile from 'read-excel-file/node';
import { importFile } from '../src/importer/importer';
import { SqliteDatabase } from '../src/store/sqlite';
import { Store } from '../src/store/store';
import { csvOf } from '../test/support/export-files/csv';
import { excelOf } from '../test/support/export-files/excel';
import { rowsOfTruth } from '../test/support/export-files/rows';
import { createTruth } from '../test/support/stand-in/truth';
import type { LargeImport } from './large-import';
import { USAGE_POINT } from './meter';
import { atMost, written, type Row } from './table';
import { compare } from './timing';

const START = '2023-11-01';
const END = '2025-11-01';
/** Of a file that must take no more memory than a small one, MB. */
const [SMALL, LARGE] = [10, 100];

const CURVE = {
  ...{ usagePoint: USAGE_POINT, direction: 'consumption' as const, type: 'load-curve' as const },
  rows: rowsOfTruth(createTruth(() => 30), USAGE_POINT, 'consumption').loadCurve(START, END), // prettier-ignore
};

/** Imports a file into a store that has nothing. */
async function importNew(folder: string, content: Buffer): Promise<void> {
  const file = join(folder, 'readings.db');
  const store = new Store(new SqliteDatabase(file));
  try {
    const { series } = await importFile(
      store,
      { content },
      { usagePoint: USAGE_POINT, storedAs: USAGE_POINT },
    );
    assert.equal(series[0]?.taken, CURVE.rows.length);
  } finally {
    store.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  }
}

async function timeRows(
  name: string,
  goal: number,
  ours: () => Promise<void>,
  read: () => unknown,
): Promise<Row[]> {
  const took = await compare(ours, read);
  const seconds = took.ours / 1000;
  return [
    { name: `two years of half hours from ${name} into the store`, ours: written(took.ours, 'ms'), ...atMost(goal, seconds, 's') }, // prettier-ignore
    { name: '… over a bare read of the file', ours: written(took.ours, 'ms'), reference: written(took.reference, 'ms'), figure: written(took.ratio) }, // prettier-ignore
  ];
}

/** The memory of an import is measured in a process of its own. */
async function largeImport(folder: string, megabytes: number): Promise<LargeImport> {
  const args = ['--expose-gc', ...process.execArgv, join(__dirname, 'large-import.ts'), folder];
  const { stdout } = await promisify(execFile)(process.execPath, [...args, `${megabytes}`]);
  return JSON.parse(stdout) as LargeImport;
}

async function memoryRow(folder: string): Promise<Row> {
  const [small, large] = [await largeImport(folder, SMALL), await largeImport(folder, LARGE)];
  const text = ({ heap, rss }: LargeImport): string =>
    `${written(heap / 1e6, 'MB')} of heap, ${written(rss / 1e6, 'MB')} resident`;
  return {
    name: `CSV of ${LARGE} MB, ${large.values} values: memory it takes at the most`,
    ours: text(large),
    reference: `${SMALL} MB: ${text(small)}`,
    ...atMost(1.5, large.heap / small.heap),
  };
}

export default async function importing(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'linky-bench-'));
  try {
    const csv = Buffer.from(csvOf([{ ...CURVE, unit: 'W', minutes: 30 }]));
    const excel = await excelOf([{ ...CURVE, unit: 'kW', times: 'french' }]);
    // The lines above the values have another number of cells.
    const readCsv = (): unknown => parse(csv, { delimiter: ';', from_line: 4 });
    return [
      ...(await timeRows('CSV', 1, () => importNew(folder, csv), readCsv)),
      ...(await timeRows('Excel', 3, () => importNew(folder, excel), () => readExcelFile(excel))), // prettier-ignore
      await memoryRow(folder),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
