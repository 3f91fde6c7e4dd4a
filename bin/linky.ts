#!/usr/bin/env node
/** The package's command line. It ends with 0: done, 1: not done, or not all of it, 2: not understood. */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { NEEDED } from '../nodes/register';
import type { ImportedSeries, ImportReport } from '../src/store/import-store';
import { isDamage, storeError } from '../src/store/store-error';
import { isPostgresAddress } from '../src/store/postgres-address';
import { databaseText, filled, textsFor } from './texts';

const { LC_ALL, LC_MESSAGES, LANG, LINKY_DATABASE_URL } = process.env;
const texts = textsFor(
  [LC_ALL, LC_MESSAGES, LANG].find(Boolean) ?? Intl.DateTimeFormat().resolvedOptions().locale,
);

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const complain = (text: string): void => void process.stderr.write(`${text}\n`);

/** @returns the exit code */
async function run(args: string[]): Promise<number> {
  const parsed = understood(args);
  if (!parsed) {
    complain(texts.usage);
    return 2;
  }
  const [command, file, address = LINKY_DATABASE_URL, ...rest] = parsed.positionals;
  if (parsed.values.help || command === undefined) {
    say(texts.usage);
    return 0;
  }
  const unclear =
    command !== 'import-store'
      ? filled(texts.unknownCommand, { command })
      : file === undefined
        ? texts.fileMissing
        : !address
          ? texts.addressMissing
          : undefined;
  if (file === undefined || !address || unclear !== undefined || rest.length > 0) {
    complain([...(unclear === undefined ? [] : [unclear, '']), texts.usage].join('\n'));
    return 2;
  }
  return importFile(file, address);
}

function understood(args: string[]): { values: { help: boolean }; positionals: string[] } | undefined {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h', default: false } },
    });
  } catch {
    return undefined;
  }
}

async function importFile(file: string, address: string): Promise<number> {
  // What is said of an address never contains it: it may hold a password.
  if (!isPostgresAddress(address)) return fail(texts.databaseInvalid);
  if (!existsSync(file)) return fail(texts.notThere, { file });
  const { isStore, SqliteDatabase } = await import('../src/store/sqlite.js');
  const { PostgresDatabase } = await import('../src/store/postgres.js');
  const { importStore } = await import('../src/store/import-store.js');
  try {
    if (!isStore(file)) return fail(texts.noStore, { file });
    const source = new SqliteDatabase(file);
    const target = new PostgresDatabase(address);
    try {
      const report = await importStore(source, target, showProgress);
      return tellReport(report);
    } finally {
      source.close();
      target.close();
    }
  } catch (error) {
    if (isDamage(error)) return fail(texts.noStore, { file });
    const { key, code } = storeError(error);
    const ofFile = key === 'store-in-use' ? texts.inUse : texts.unusable;
    return fail(databaseText(texts, key) ?? ofFile, { file, code });
  }
}

function fail(sentence: string, values: Record<string, string | number> = {}): 1 {
  complain(filled(sentence, values));
  return 1;
}

/** On a screen alone, in one line. */
function showProgress(done: number, total: number): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r${filled(texts.progress, { done, total })}${done === total ? '\n' : ''}`);
}

/** @returns the exit code */
function tellReport({ series, tables }: ImportReport): number {
  const { columns } = texts;
  say(
    tableOf([
      [columns.usagePoint, columns.series, columns.days, columns.readings, columns.sum, columns.outcome],
      ...series.map((each) => [
        each.usagePoint,
        each.name,
        String(each.days),
        String(each.readings),
        // Fractions as far as they mean something.
        String(Number(each.sum.toFixed(3))),
        outcomeOf(each),
      ]),
    ]),
  );
  const missing = tables.filter((table) => table.missing > 0);
  say(filled(texts.tables, { tables: tables.map(({ name, rows }) => `${name} ${rows}`).join(', ') }));
  const others = series.filter(({ outcome }) => outcome === 'other');
  const differ = series.some(({ differing }) => differing.length > 0) || missing.length > 0;
  for (const table of missing) complain(`${table.name}: ${table.rows - table.missing}/${table.rows}`);
  if (others.length > 0) complain(filled(texts.otherAdvice, { sql: deletionOf(others) }));
  if (differ) complain(texts.differsAdvice);
  if (differ || others.length > 0) return 1;
  say(texts.whole);
  return 0;
}

function outcomeOf({ outcome, differing }: ImportedSeries): string {
  if (differing.length === 0) return texts[outcome];
  return filled(texts.differs, { measures: differing.map((measure) => texts.measures[measure]).join(', ') });
}

function deletionOf(series: readonly ImportedSeries[]): string {
  const ids = series.map(({ id }) => id).join(', ');
  const tables = ['cursor', 'change', 'day'].map(
    (name) => `DELETE FROM linky.${name} WHERE series IN (${ids});`,
  );
  return [...tables, `DELETE FROM linky.series WHERE id IN (${ids});`].join('\n');
}

/** Numbers to the right: columns 3 to 5. */
function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  const cell = (text: string, i: number): string =>
    i >= 2 && i <= 4 ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}

run(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    // The first thing that an older Node.js does not have.
    const { code } = (error ?? {}) as { code?: unknown };
    if (code !== 'ERR_UNKNOWN_BUILTIN_MODULE') throw error;
    process.exitCode = fail(texts.nodeVersion, { needed: NEEDED, there: process.versions.node });
  },
);
