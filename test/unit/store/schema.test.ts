import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addDays, daysIn, startOfDay, type Day } from '../../../src/calendar/paris';
import { REGISTER_SERIES, SERIES, type ReadingSeries } from '../../../src/metering/metrics';
import type { Reading } from '../../../src/metering/readings';
import type { Database } from '../../../src/store/database';
import { Store, type Recorded } from '../../../src/store/store';
import { describeOnBoth } from '../../support/engines';
import { curve, halfHours, midnights, rangeOf, wholeDay } from '../../support/readings';

const PDL = '12345678901234';
const NOW = Date.UTC(2026, 10, 23, 7, 37);

/** A row of the view `reading`; times in epoch seconds. */
interface Row {
  usage_point: string;
  series: string;
  day: Day;
  start: number;
  length: number;
  value: number;
  at: number | null;
}

describeOnBoth('the view of readings, for SQL and Grafana,', (engine) => {
  let database: Database;
  let store: Store;
  beforeEach(async () => {
    database = await engine.database();
    store = new Store(database);
  });
  afterEach(() => {
    store.close();
  });

  const record = (name: ReadingSeries, range: string, readings: Reading[]): Promise<Recorded> =>
    store.record({ usagePoint: PDL, name }, { range: rangeOf(range), requestedAt: NOW, isPlanned: true }, readings); // prettier-ignore
  const rows = async (): Promise<Row[]> => {
    const all = await database.query<Row>('SELECT * FROM reading ORDER BY usage_point, series, start');
    // The driver's rows have no prototype.
    return all.map((row) => ({ ...row }));
  };
  const rowOf = (series: ReadingSeries, day: Day, { start, end, value, at }: Reading): Row => ({
    usage_point: PDL,
    series,
    day,
    start: start / 1000,
    length: (end - start) / 1000,
    value,
    at: at === undefined ? null : at / 1000,
  });

  it('has what a person would expect', async () => {
    const peak = Date.UTC(2026, 10, 22, 18, 4, 31);
    await record('consumption-daily', '2026-10-24 2026-10-27', [
      wholeDay('2026-10-24', 12_345),
      wholeDay('2026-10-26', 0),
    ]);
    await record('consumption-max-power', '2026-11-21 2026-11-23', [
      wholeDay('2026-11-21', 3000),
      wholeDay('2026-11-22', 6190, peak),
    ]);
    const ten = curve('2026-11-22', 10, () => 7);
    await record('production-load-curve', '2026-11-22', [...halfHours('2026-11-22').slice(2, 4), ...ten.slice(15, 16)]); // prettier-ignore
    const iso = (seconds: number | null): string =>
      seconds === null ? '' : new Date(seconds * 1000).toISOString().slice(0, 19);
    assert.deepEqual(
      (await rows()).map(({ series, day, start, length, value, at }) =>
        [series, day, iso(start), length, value, iso(at)].join(' ').trim(),
      ),
      [
        'consumption-daily 2026-10-24 2026-10-23T22:00:00 86400 12345',
        'consumption-daily 2026-10-26 2026-10-25T23:00:00 86400 0',
        'consumption-max-power 2026-11-21 2026-11-20T23:00:00 86400 3000',
        'consumption-max-power 2026-11-22 2026-11-21T23:00:00 86400 6190 2026-11-22T18:04:31',
        'production-load-curve 2026-11-22 2026-11-22T00:00:00 1800 100',
        'production-load-curve 2026-11-22 2026-11-22T00:30:00 1800 100',
        'production-load-curve 2026-11-22 2026-11-22T01:30:00 600 7',
      ],
    );
  });

  it('has nothing of registers, nor of days without readings', async () => {
    for (const name of REGISTER_SERIES) {
      const answer = { range: rangeOf('2026-11-22'), requestedAt: NOW, isPlanned: true };
      const calendars = [{ id: 'FC022500', name: 'Heures Creuses/Pleines', registers: { HC: 1, HP: 2 } }];
      const day = { day: '2026-11-22', total: 3, calendars };
      const { hasChanged } = await store.recordRegisters({ usagePoint: PDL, name }, answer, [day]);
      assert.equal(hasChanged, true);
    }
    await record('consumption-daily', '2026-11-22', []);
    assert.deepEqual(await rows(), []);
  });

  it('has exactly one row per reading of every series, whatever the days are like', async () => {
    const start = '2026-03-28';
    const days = [start, '2026-03-29', '2026-03-30', '2026-10-24', '2026-10-25', '2026-10-26'];
    const value = fc.integer({ min: -1000, max: 1_000_000 });
    const seconds = fc.option(fc.nat(82_799), { nil: undefined });
    /** A part of a day in which the intervals have one length. */
    const part = fc.record({
      gap: fc.constantFrom(0, 0, 0, 600, 1800, 5400, 7),
      length: fc.constantFrom(600, 1800, 3600),
      values: fc.array(fc.option(value, { nil: undefined }), { minLength: 1, maxLength: 20 }),
    });
    const content = fc.record({
      series: fc.constantFrom(...SERIES),
      day: fc.constantFrom(...days),
      whole: value,
      at: seconds,
      parts: fc.array(part, { maxLength: 5 }),
    });
    const readingsOf = (
      series: ReadingSeries,
      day: Day,
      { whole, at, parts }: { whole: number; at: number | undefined; parts: { gap: number; length: number; values: (number | undefined)[] }[] }, // prettier-ignore
    ): Reading[] => {
      const { start: midnight, end: last } = midnights(day);
      if (!series.endsWith('load-curve')) {
        const isPeak = series.endsWith('max-power') && at !== undefined;
        return [wholeDay(day, whole, isPeak ? midnight + at * 1000 : undefined)];
      }
      const readings: Reading[] = [];
      let next = midnight;
      for (const { gap, length, values } of parts) {
        next += gap * 1000;
        for (const each of values) {
          const end = next + length * 1000;
          if (end > last) return readings;
          if (each !== undefined) readings.push({ start: next, end, value: each });
          next = end;
        }
      }
      return readings;
    };
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(content, { maxLength: 8 }), async (contents) => {
        const own = await engine.database();
        const ownStore = new Store(own);
        for (const { series, day, ...rest } of contents) {
          const answer = { range: { start: day, end: addDays(day, 1) }, requestedAt: NOW, isPlanned: true };
          await ownStore.record({ usagePoint: PDL, name: series }, answer, readingsOf(series, day, rest));
        }
        for (const name of SERIES) {
          const kept = await ownStore.days({ usagePoint: PDL, name }, rangeOf(`${start} 2026-10-27`));
          const expected = kept.flatMap(({ day, readings }) =>
            readings.map((reading) => rowOf(name, day, reading)),
          );
          const query = 'SELECT * FROM reading WHERE usage_point = ? AND series = ? ORDER BY start';
          const found = await own.query<Row>(query, PDL, name);
          assert.deepEqual(
            found.map((row) => ({ ...row })),
            expected,
          );
          seen += found.length;
        }
        ownStore.close();
      }),
      { numRuns: engine.name === 'SQLite' ? 60 : 20 },
    );
    assert.ok(seen > 0);
  });

  it('answers the sum of a day as the half hours give it', async () => {
    const days = daysIn('2026-10-24', '2026-10-27');
    await record('consumption-load-curve', '2026-10-24 2026-10-27', days.flatMap((day) => halfHours(day, () => 1000))); // prettier-ignore
    const energy = await database.query<{ day: Day; wh: number; first: number }>(
      'SELECT day, SUM(value * length) / 3600 AS wh, MIN(start) AS first FROM reading GROUP BY day ORDER BY day',
    );
    assert.deepEqual(
      energy.map(({ day, wh, first }) => [day, wh, first * 1000]),
      [
        ['2026-10-24', 24_000, startOfDay('2026-10-24')],
        ['2026-10-25', 25_000, startOfDay('2026-10-25')],
        ['2026-10-26', 24_000, startOfDay('2026-10-26')],
      ],
    );
  });
});
