import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { addDays, daysIn, startOfDay, type Day } from '../../../src/calendar/paris';
import type { Reading } from '../../../src/metering/readings';
import { ReadingLog } from '../../../src/store/log';

const PDL = '12345678901234';
const NOW = Date.UTC(2026, 10, 23, 5, 37);
const daily = (day: Day, value: number): Reading => ({
  start: startOfDay(day),
  end: startOfDay(addDays(day, 1)),
  value,
});
const values = (readings: readonly Reading[]): number[] => readings.map(({ value }) => value);

describe('the log’s file', () => {
  it('lies where nobody but its owner may look', () => {
    const userDir = mkdtempSync(join(tmpdir(), 'linky-log-'));
    const file = join(userDir, 'linky/readings.db');
    new ReadingLog(file).close();
    assert.equal(statSync(dirname(file)).mode & 0o077, 0);
    rmSync(userDir, { recursive: true });
  });
});

describe('the log', () => {
  let log: ReadingLog;
  let stream: number;
  const record = (start: Day, end: Day, readings: Reading[]): boolean =>
    log.record(stream, 'consumption-daily', start, end, readings, NOW);

  beforeEach(() => {
    log = new ReadingLog(':memory:');
    stream = log.stream(PDL, 'consumption-daily');
  });
  afterEach(() => {
    log.close();
  });

  it('keeps readings and which days were asked', () => {
    assert.equal(record('2026-11-20', '2026-11-23', [daily('2026-11-20', 1), daily('2026-11-22', 3)]), true);
    assert.deepEqual(values(log.between(stream, startOfDay('2026-11-20'), startOfDay('2026-11-23'))), [1, 3]);
    assert.deepEqual(Object.fromEntries(log.asked(stream, '2026-11-20', '2026-11-24')), {
      '2026-11-20': { state: 'complete', at: NOW },
      '2026-11-21': { state: 'missing', at: NOW },
      '2026-11-22': { state: 'complete', at: NOW },
    });
  });

  it('gives a growing revision to what is new, and none to what is not', () => {
    record('2026-11-20', '2026-11-21', [daily('2026-11-20', 1)]);
    assert.equal(record('2026-11-20', '2026-11-21', [daily('2026-11-20', 1)]), false);
    assert.equal(record('2026-11-20', '2026-11-22', [daily('2026-11-20', 7), daily('2026-11-21', 2)]), true);
    assert.deepEqual(
      log.after(stream, 0, 365).map(({ value, revision }) => [value, revision]),
      [
        [7, 2],
        [2, 2],
      ],
    );
    assert.deepEqual(values(log.after(stream, 2, 365)), []);
  });

  it('never loses a value to an answer that came without it', () => {
    record('2026-11-20', '2026-11-22', [daily('2026-11-20', 1), daily('2026-11-21', 2)]);
    assert.equal(record('2026-11-20', '2026-11-22', []), false);
    assert.deepEqual(values(log.after(stream, 0, 365)), [1, 2]);
    assert.equal(log.asked(stream, '2026-11-20', '2026-11-21').get('2026-11-20')?.state, 'complete');
  });

  it('hands out whole answers, as many as cover the days, and at least one', () => {
    for (const day of daysIn('2026-11-01', '2026-11-11')) record(day, addDays(day, 1), [daily(day, 1)]);
    const year = daysIn('2025-01-01', '2025-12-31');
    record('2025-01-01', '2025-12-31', year.map((day) => daily(day, 2))); // prettier-ignore
    const first = log.after(stream, 0, 7);
    assert.deepEqual(first.length, 7);
    const second = log.after(stream, first.at(-1)?.revision ?? 0, 7);
    assert.deepEqual(second.length, 3);
    const third = log.after(stream, second.at(-1)?.revision ?? 0, 7);
    assert.deepEqual(third.length, year.length);
  });

  it('keeps apart what is told by which node on which output', () => {
    record('2026-11-20', '2026-11-21', [daily('2026-11-20', 1)]);
    log.movePlace('a', 'daily', stream, 1);
    assert.deepEqual(
      [log.place('a', 'daily', stream), log.place('a', 'monthly', stream), log.place('b', 'daily', stream)],
      [1, 0, 0],
    );
  });

  it('moves the end of what exists only forward', () => {
    log.noteNothingUntil(stream, '2024-05-01');
    log.noteNothingUntil(stream, '2024-04-01');
    assert.equal(log.nothingUntil(stream), '2024-05-01');
  });

  it('finds what it has in a file of an older version', () => {
    const folder = mkdtempSync(join(tmpdir(), 'linky-log-'));
    const file = join(folder, 'readings.db');
    const before = new ReadingLog(file);
    const id = before.stream(PDL, 'consumption-daily');
    const put = (start: Day, value: number): boolean =>
      before.record(id, 'consumption-daily', start, addDays(start, 1), [daily(start, value)], NOW);
    put('2026-11-20', 1);
    put('2026-11-21', 2);
    put('2026-11-20', 3);
    const news = before.after(id, 1, 7);
    before.close();
    // As the second version left it.
    const db = new DatabaseSync(file);
    db.exec(`DROP TABLE answer; DROP TABLE register_day; DROP TABLE request; DROP TABLE suspension;
      CREATE INDEX reading_by_revision ON reading (stream, revision);
      PRAGMA user_version = 2`);
    db.close();
    const after = new ReadingLog(file);
    assert.deepEqual(after.after(id, 1, 7), news);
    assert.deepEqual(values(news), [2, 3]);
    after.close();
    rmSync(folder, { recursive: true });
  });

  it('refuses a file of a newer version instead of spoiling it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'linky-log-'));
    const file = join(folder, 'readings.db');
    new ReadingLog(file).close();
    const db = new DatabaseSync(file);
    db.exec('PRAGMA user_version = 99');
    db.close();
    assert.throws(() => new ReadingLog(file), /newer version/);
    rmSync(folder, { recursive: true });
  });
});
