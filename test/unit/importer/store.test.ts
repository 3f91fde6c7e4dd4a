import assert from 'node:assert/strict';
import sinon from 'sinon';
import { clock } from '../../../src/calendar/clock';
import { addDays, instantAt, type Day } from '../../../src/calendar/paris';
import type { Direction, ReadingSeries, Series } from '../../../src/metering/metrics';
import type { Reading } from '../../../src/metering/readings';
import type { Recorded } from '../../../src/store/store';
import { csvOf, dailyCsvOf, type CsvBlock } from '../../support/export-files/csv';
import { imported, ImportHome, keyOf, PDL } from '../../support/export-files/importing';
import { without } from '../../support/export-files/mutations';
import { rowsOfTruth, type ExportRow } from '../../support/export-files/rows';
import { createTruth } from '../../support/stand-in/truth';

const DAY = '2026-11-10';
const NEXT = addDays(DAY, 1);
const WEEK: [Day, Day] = [DAY, addDays(DAY, 7)];
const NOW = instantAt('2026-11-23', 8 * 60 + 37);

const TRUTH = createTruth(() => 30);
const rowsOf = (direction: Direction = 'consumption') => rowsOfTruth(TRUTH, PDL, direction);
const CURVE: CsvBlock = {
  ...{ usagePoint: PDL, direction: 'consumption', type: 'load-curve', unit: 'W', minutes: 30 },
  rows: rowsOf().loadCurve(...WEEK),
};
const WEEK_OF_EVERYTHING = csvOf([
  CURVE,
  { ...CURVE, direction: 'production', rows: rowsOf('production').loadCurve(...WEEK) },
  { ...CURVE, type: 'max-power', unit: 'VA', rows: rowsOf().maxPower(...WEEK) },
  { ...CURVE, type: 'registers', unit: 'Wh', rows: rowsOf().registers(...WEEK) },
]);
const COUNTS: [Series, number][] = [
  ['consumption-load-curve', 7 * 48],
  ['production-load-curve', 7 * 48],
  ['consumption-max-power', 7],
  ['consumption-registers', 7],
];

const readingsOf = (rows: readonly ExportRow[]): Reading[] =>
  rows.map(({ start, end, value, at }) => ({ start, end, value, ...(at !== undefined && { at }) }));
/** The same rows with each value higher by so much. */
const raised = (rows: readonly ExportRow[], by: number): ExportRow[] =>
  rows.map((row) => ({ ...row, value: row.value + by }));

describe('what an export file finds in the store:', () => {
  let home: ImportHome;
  let heard: string[];
  beforeEach(() => {
    sinon.stub(clock, 'now').returns(NOW);
    home = new ImportHome();
    heard = [];
    home.store.listen(PDL, (series) => heard.push(series));
  });
  afterEach(() => {
    home.remove();
    sinon.restore();
  });

  const record = (name: ReadingSeries, [start, end]: [Day, Day], rows: readonly ExportRow[]): Promise<Recorded> =>
    home.store.record(keyOf(name), { range: { start, end }, requestedAt: NOW, isPlanned: true }, readingsOf(rows)); // prettier-ignore
  const recordCurve = (range: [Day, Day], rows: readonly ExportRow[]): Promise<Recorded> =>
    record('consumption-load-curve', range, rows);
  const importCurve = (rows: readonly ExportRow[]) => home.import(csvOf([{ ...CURVE, rows }]));
  const curve = (): Promise<Reading[]> => home.readings('consumption-load-curve');
  const counted = (counts: Parameters<typeof imported>[2], range = WEEK) => [
    imported('consumption-load-curve', range, counts),
  ];

  describe('a file', () => {
    it('that comes twice changes nothing, and is news to nobody', async () => {
      await home.import(WEEK_OF_EVERYTHING);
      assert.deepEqual(new Set(heard), new Set(COUNTS.map(([series]) => series)));
      const before = await home.content();
      heard = [];
      const { series, ...rest } = await home.import(WEEK_OF_EVERYTHING);
      assert.deepEqual(
        new Map(series.map((each) => [each.series, each])),
        new Map(COUNTS.map(([name, known]) => [name, imported(name, WEEK, { known })])),
      );
      assert.deepEqual(rest, { rejected: [], contradictions: [], empty: 0 });
      assert.deepEqual(heard, []);
      assert.deepEqual(await home.content(), before);
    });

    it('tried says what it would do, and does nothing', async () => {
      await recordCurve([DAY, NEXT], raised(rowsOf().loadCurve(DAY, NEXT), 1));
      const before = await home.content();
      heard = [];
      const tried = await home.import(WEEK_OF_EVERYTHING, { isDryRun: true });
      assert.deepEqual(heard, []);
      assert.deepEqual(await home.content(), before);
      const done = await home.import(WEEK_OF_EVERYTHING);
      assert.deepEqual(tried, done);
      assert.equal(done.contradictions.length, 48);
      assert.notDeepEqual(await home.content(), before);
    });

    it('that comes later replaces what came with an earlier one', async () => {
      await importCurve(CURVE.rows);
      const later = raised(rowsOf().loadCurve(DAY, NEXT), 7);
      heard = [];
      const { series } = await importCurve(later);
      assert.deepEqual(series, counted({ replaced: 48 }, [DAY, NEXT]));
      assert.deepEqual(heard, ['consumption-load-curve']);
      assert.deepEqual(await curve(), [...readingsOf(later), ...readingsOf(CURVE.rows.slice(48))]);
    });

    it('fills the gaps that an earlier one left', async () => {
      await importCurve(without(3, 4, 5, 100)(CURVE.rows));
      assert.deepEqual(await home.store.openSince(keyOf('consumption-load-curve'), { start: DAY, end: WEEK[1] }), DAY); // prettier-ignore
      const { series } = await importCurve(CURVE.rows);
      assert.deepEqual(series, counted({ taken: 4, known: 7 * 48 - 4 }));
      assert.deepEqual(await curve(), readingsOf(CURVE.rows));
      assert.equal(await home.store.openSince(keyOf('consumption-load-curve'), { start: DAY, end: WEEK[1] }), undefined); // prettier-ignore
    });
  });

  describe('values that a file has twice, in more rows than are kept at once', () => {
    const range: [Day, Day] = ['2025-01-01', '2026-06-28'];
    const rows = rowsOf().loadCurve(...range);
    const first = { ...CURVE, rows };
    for (const isDryRun of [true, false]) {
      const tried = isDryRun ? ', tried' : '';
      it(`and alike count once${tried}`, async () => {
        const result = await home.import(csvOf([first, first]), { isDryRun });
        assert.ok(rows.length * 2 > 52_000);
        assert.deepEqual(result.series, counted({ taken: rows.length }, range));
        assert.deepEqual(result.rejected, []);
        assert.deepEqual(await curve(), isDryRun ? [] : readingsOf(rows));
      });
      it(`and otherwise are the first ones${tried}`, async () => {
        const result = await home.import(csvOf([first, { ...first, rows: raised(rows, 1) }]), { isDryRun });
        assert.deepEqual(result.series, counted({ taken: rows.length }, range));
        assert.deepEqual(
          result.rejected.map(({ reason, count }) => ({ reason, count })),
          [{ reason: 'overlap', count: rows.length }],
        );
        assert.deepEqual(await curve(), isDryRun ? [] : readingsOf(rows));
      });
    }
  });

  describe("values of Enedis' interface", () => {
    it('win against those of a file, and the file is told', async () => {
      const [first, ...others] = raised(rowsOf().loadCurve(DAY, NEXT), 0);
      assert.ok(first);
      const kept = { ...first, value: first.value + 5 };
      await recordCurve([DAY, NEXT], [kept, ...others]);
      heard = [];
      const { series, contradictions } = await importCurve(CURVE.rows);
      assert.deepEqual(series, counted({ taken: 6 * 48, known: 47, contradicting: 1 }));
      assert.deepEqual(contradictions, [
        {
          ...{ series: 'consumption-load-curve', start: first.start, end: first.end },
          ...{ value: first.value, kept: kept.value },
        },
      ]);
      assert.deepEqual(await curve(), readingsOf([kept, ...CURVE.rows.slice(1)]));
    });

    it('leave a file the gaps of their day', async () => {
      const evening = rowsOf().loadCurve(DAY, NEXT).slice(30);
      await recordCurve([DAY, NEXT], raised(evening, 1));
      const { series } = await importCurve(rowsOf().loadCurve(DAY, NEXT));
      assert.deepEqual(series, counted({ taken: 30, contradicting: 18 }, [DAY, NEXT]));
      assert.deepEqual(await curve(), [
        ...readingsOf(CURVE.rows.slice(0, 30)),
        ...readingsOf(raised(evening, 1)),
      ]);
    });

    it('are told a hundred times at the most, and counted all', async () => {
      await recordCurve(WEEK, raised(CURVE.rows, 1));
      const before = await home.content();
      heard = [];
      const { series, contradictions } = await importCurve(CURVE.rows);
      assert.deepEqual(series, counted({ contradicting: 7 * 48 }));
      assert.equal(contradictions.length, 100);
      assert.deepEqual(heard, []);
      assert.deepEqual(await home.content(), before);
    });

    it('that come after a file replace its values', async () => {
      await importCurve(CURVE.rows);
      const answer = raised(rowsOf().loadCurve(DAY, NEXT), 3);
      assert.equal((await recordCurve([DAY, NEXT], answer)).hasChanged, true);
      assert.deepEqual(await curve(), [...readingsOf(answer), ...readingsOf(CURVE.rows.slice(48))]);
      const { series } = await importCurve(CURVE.rows);
      assert.deepEqual(series, counted({ known: 6 * 48, contradicting: 48 }));
      assert.deepEqual((await curve()).slice(0, 48), readingsOf(answer));
    });

    it('that come after a file and are those of the file, win against a later file', async () => {
      await importCurve(CURVE.rows);
      heard = [];
      assert.equal((await recordCurve(WEEK, CURVE.rows)).hasChanged, false);
      assert.deepEqual(heard, []);
      const { series } = await importCurve(raised(CURVE.rows, 1));
      assert.deepEqual(series, counted({ contradicting: 7 * 48 }));
      assert.deepEqual(await curve(), readingsOf(CURVE.rows));
    });

    it('of a part of a day leave the rest of it to later files', async () => {
      await importCurve(CURVE.rows);
      const evening = rowsOf().loadCurve(DAY, NEXT).slice(30);
      await recordCurve([DAY, NEXT], evening);
      const { series } = await importCurve(raised(rowsOf().loadCurve(DAY, NEXT), 1));
      assert.deepEqual(series, counted({ replaced: 30, contradicting: 18 }, [DAY, NEXT]));
      assert.deepEqual((await curve()).slice(0, 48), [
        ...readingsOf(raised(CURVE.rows.slice(0, 30), 1)),
        ...readingsOf(evening),
      ]);
    });

    it('of a day win against a daily CSV, and a peak against another', async () => {
      const days = rowsOf().daily(...WEEK);
      const peaks = rowsOf().maxPower(...WEEK);
      await record('consumption-daily', WEEK, raised(days, 1));
      await record('consumption-max-power', WEEK, raised(peaks, 1));
      const daily = await home.import(dailyCsvOf(days, { unit: 'kWh', dates: 'french' }));
      assert.deepEqual(daily.series, [imported('consumption-daily', WEEK, { contradicting: 7 })]);
      const power = await home.import(csvOf([{ ...CURVE, type: 'max-power', unit: 'VA', rows: peaks }]));
      assert.deepEqual(power.series, [imported('consumption-max-power', WEEK, { contradicting: 7 })]);
      assert.deepEqual(await home.readings('consumption-daily'), readingsOf(raised(days, 1)));
      assert.deepEqual(await home.readings('consumption-max-power'), readingsOf(raised(peaks, 1)));
    });

    it('of registers win against a file, and keep their calendars', async () => {
      const rows = rowsOf().registers(DAY, NEXT);
      const calendars = [{ id: 'FC1', name: 'Base', registers: { BASE: 12 } }];
      const kept = [{ day: DAY, total: 12, calendars }];
      await home.store.recordRegisters(
        keyOf('consumption-registers'),
        { range: { start: DAY, end: NEXT }, requestedAt: NOW, isPlanned: true },
        kept,
      );
      const { series } = await home.import(csvOf([{ ...CURVE, type: 'registers', unit: 'Wh', rows }]));
      assert.deepEqual(series, [imported('consumption-registers', [DAY, NEXT], { contradicting: 1 })]);
      assert.deepEqual(await home.registers('consumption-registers'), kept);
    });

    it('of registers that come after a file bring their calendars', async () => {
      const rows = rowsOf().registers(DAY, NEXT);
      await home.import(csvOf([{ ...CURVE, type: 'total', unit: 'Wh', rows }]));
      const total = rows[0]?.value ?? NaN;
      const calendars = [{ id: 'FC1', name: 'Base', registers: { BASE: total } }];
      const came = [{ day: DAY, total, calendars }];
      await home.store.recordRegisters(
        keyOf('consumption-registers'),
        { range: { start: DAY, end: NEXT }, requestedAt: NOW, isPlanned: true },
        came,
      );
      assert.deepEqual(await home.registers('consumption-registers'), came);
      const status = await home.store.statuses(keyOf('consumption-registers'), { start: DAY, end: NEXT });
      assert.deepEqual(status.map(({ state }) => state), ['complete']); // prettier-ignore
    });
  });
});
