import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Day } from '../../../src/calendar/paris';
import {
  importFile,
  type ExportFile,
  type ImportOptions,
  type ImportResult,
  type ImportedSeries,
} from '../../../src/importer/importer';
import {
  ALL_SERIES,
  isRegisters,
  type ReadingSeries,
  type RegisterSeries,
  type Series,
} from '../../../src/metering/metrics';
import type { Reading } from '../../../src/metering/readings';
import type { RegisterDay } from '../../../src/metering/registers';
import { SqliteDatabase } from '../../../src/store/sqlite';
import type { SeriesKey } from '../../../src/store/reader';
import { Store } from '../../../src/store/store';
import { rangeOf } from '../readings';

/** Export files imported into a store on disk. */

export const PDL = '12345678901234';
export const FOREIGN_PDL = '99999999999999';
export const ALWAYS = rangeOf('2000-01-01 2100-01-01');

export const keyOf = (name: Series): SeriesKey => ({ usagePoint: PDL, name });

export class ImportHome {
  private readonly folder = mkdtempSync(join(tmpdir(), 'linky-import-'));
  readonly store = new Store(new SqliteDatabase(join(this.folder, 'readings.db')));

  import(
    content: ExportFile['content'],
    { name, ...options }: Partial<ImportOptions> & { name?: string } = {},
  ): Promise<ImportResult> {
    const file = { content, ...(name !== undefined && { name }) };
    return importFile(this.store, file, { usagePoint: PDL, storedAs: PDL, ...options });
  }

  readings = async (name: ReadingSeries): Promise<Reading[]> =>
    (await this.store.days(keyOf(name), ALWAYS)).flatMap((day) => day.readings);

  registers = (name: RegisterSeries): Promise<RegisterDay[]> => this.store.registers(keyOf(name), ALWAYS);

  /** All that is kept of the meter, by series: what, how complete its days are, and how often they changed. */
  async content(): Promise<unknown[]> {
    const content: unknown[] = [];
    for (const name of ALL_SERIES) {
      const values = await (isRegisters(name) ? this.registers(name) : this.readings(name));
      const states = (await this.store.statuses(keyOf(name), ALWAYS)).map(({ day, state }) => [day, state]);
      content.push({ name, values, states, changes: await this.store.changedDays(keyOf(name), 0) });
    }
    return content;
  }

  remove(): void {
    this.store.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** Of one series of a result: what is not said is 0. */
export const imported = (
  series: Series,
  [start, end]: readonly [Day, Day],
  counts: Partial<ImportedSeries>,
): ImportedSeries => ({
  ...{ series, start, end, taken: 0, replaced: 0, known: 0, contradicting: 0 },
  ...counts,
});
