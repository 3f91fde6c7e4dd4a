import assert from 'node:assert/strict';
import sinon from 'sinon';
import { clock } from '../../../src/calendar/clock';
import { addDays, instantAt, startOfDay } from '../../../src/calendar/paris';
import type { ImportResult, RejectedRows } from '../../../src/importer/importer';
import type { Direction } from '../../../src/metering/metrics';
import type { Reading } from '../../../src/metering/readings';
import type { Recorded } from '../../../src/store/store';
import { csvOf, dailyCsvOf, type CsvBlock } from '../../support/export-files/csv';
import { excelOf, FIRST_TABLE_ROW, sheetName, type ExcelSheet } from '../../support/export-files/excel';
import { FOREIGN_PDL, imported, ImportHome, keyOf, PDL } from '../../support/export-files/importing';
import {
  contradicted,
  cut,
  doubled,
  newestFirst,
  octoberHourOnce,
  repeated,
  without,
  withTime,
  withValue,
  type RowMutation,
} from '../../support/export-files/mutations';
import { rowsOfTruth, type ExportRow } from '../../support/export-files/rows';
import { createTruth } from '../../support/stand-in/truth';

const DAY = '2026-11-20';
const NEXT = addDays(DAY, 1);
const NOW = instantAt('2026-11-23', 8 * 60 + 37);
const HOUR = 3_600_000;

const TRUTH = createTruth(() => 30);
const rowsOf = (direction: Direction = 'consumption') => rowsOfTruth(TRUTH, PDL, direction);
/** One day of half hours. */
const CURVE: CsvBlock = {
  ...{ usagePoint: PDL, direction: 'consumption', type: 'load-curve', unit: 'W', minutes: 30 },
  rows: rowsOf().loadCurve(DAY, NEXT),
};
const SHEET: ExcelSheet = {
  ...{ usagePoint: PDL, direction: 'consumption', type: 'load-curve', unit: 'kW', times: 'french' },
  rows: CURVE.rows,
};
/** Of the first row of values in a file of one block: a line of names, one of facts, one of columns come before. */
const FIRST_ROW = 4;

const readingsOf = (rows: readonly ExportRow[]): Reading[] =>
  rows.map(({ start, end, value }) => ({ start, end, value }));
const readingsWithout = (...places: number[]): Reading[] => readingsOf(without(...places)(CURVE.rows));

/** A row that is expected to be rejected: why, which is the first, how many, of which day the first is. */
const rejected = (
  reason: RejectedRows['reason'],
  row: number,
  count: number,
  day?: string,
): RejectedRows => ({
  ...{ reason, row, count },
  ...(day !== undefined && { day }),
});

describe('of an export file that is not right', () => {
  let home: ImportHome;
  beforeEach(() => {
    sinon.stub(clock, 'now').returns(NOW);
    home = new ImportHome();
  });
  afterEach(() => {
    home.remove();
    sinon.restore();
  });

  const mutated = (mutate: RowMutation, block: Partial<CsvBlock> = {}): string =>
    csvOf([{ ...CURVE, ...block, rows: mutate(CURVE.rows) }]);

  /** Fails where anything is kept but these readings of the load curve. */
  async function assertKept(
    content: string | Buffer,
    readings: readonly Reading[],
    { rejected: rows = [], empty = 0 }: { rejected?: RejectedRows[]; empty?: number },
  ): Promise<void> {
    const result = await home.import(content);
    const series =
      readings.length > 0
        ? [imported('consumption-load-curve', [DAY, NEXT], { taken: readings.length })]
        : [];
    assert.deepEqual(result, { series, rejected: rows, contradictions: [], empty });
    assert.deepEqual(await home.readings('consumption-load-curve'), readings);
  }

  describe('a row is left out, the others are taken:', () => {
    type Case = [name: string, mutate: RowMutation, lost: number[], RejectedRows[], empty?: number];
    const row = (place: number): number => FIRST_ROW + place;
    const table: Case[] = [
      ['a row without a value', withValue('', 3), [3], [], 1],
      ['rows with NA', withValue('NA', 0, 7, 8), [0, 7, 8], [], 3],
      ['a negative value', withValue('-5', 4, 9), [4, 9], [rejected('negative', row(4), 2, DAY)]],
      ['words', withValue('beaucoup', 47), [47], [rejected('not-a-number', row(47), 1, DAY)]],
      ['NaN', withValue('NaN', 2), [2], [rejected('not-a-number', row(2), 1, DAY)]],
      ['Infinity', withValue('Infinity', 2), [2], [rejected('not-a-number', row(2), 1, DAY)]],
      ['a hexadecimal number', withValue('0x10', 2), [2], [rejected('not-a-number', row(2), 1, DAY)]],
      ['two decimal signs', withValue('1.000,5', 2), [2], [rejected('not-a-number', row(2), 1, DAY)]],
      ['a fraction of a watt', withValue('12,5', 6), [6], [rejected('not-whole', row(6), 1, DAY)]],
      ['a date that is none', withTime('2026-02-30T10:00:00+01:00', 1), [1], [rejected('no-such-date', row(1), 1)]], // prettier-ignore
      ['a time that is none', withTime(`${DAY}T25:00:00+01:00`, 1), [1], [rejected('no-such-date', row(1), 1)]], // prettier-ignore
      ['no time', withTime('', 1, 2), [1, 2], [rejected('no-such-date', row(1), 2)]],
      ['words in place of the time', withTime('hier', 5), [5], [rejected('no-such-date', row(5), 1)]],
      ['nothing wrong but a gap', without(10, 11, 30), [10, 11, 30], []],
      ['equal rows again after the last', repeated, [], []],
      ['each row twice', doubled, [], []],
      ['a row that contradicts the one before', contradicted(5, 99_999), [], [rejected('overlap', row(6), 1, DAY)]], // prettier-ignore
    ];
    for (const [name, mutate, lost, rows, empty = 0] of table) {
      it(name, async () => {
        await assertKept(mutated(mutate), readingsWithout(...lost), { rejected: rows, empty });
      });
    }

    it('several reasons, each with its first row', async () => {
      const mutate: RowMutation = (rows) =>
        withValue('-1', 3, 20)(withValue('x', 10)(withValue('NA', 30)(rows)));
      await assertKept(mutated(mutate), readingsWithout(3, 10, 20, 30), {
        rejected: [rejected('negative', FIRST_ROW + 3, 2, DAY), rejected('not-a-number', FIRST_ROW + 10, 1, DAY)], // prettier-ignore
        empty: 1,
      });
    });

    it('less than a watt in kW', async () => {
      await assertKept(mutated(withValue('1,2345', 2), { unit: 'kW' }), readingsWithout(2), {
        rejected: [rejected('not-whole', FIRST_ROW + 2, 1, DAY)],
      });
    });

    it('energy of an interval that is no whole mean power', async () => {
      await assertKept(mutated(withValue('100,3', 2), { unit: 'Wh' }), readingsWithout(2), {
        rejected: [rejected('not-whole', FIRST_ROW + 2, 1, DAY)],
      });
    });

    it('a gap in a file that does not say how long its intervals are', async () => {
      const { minutes, ...block } = CURVE;
      assert.equal(minutes, 30);
      await assertKept(csvOf([{ ...block, rows: without(10, 30)(CURVE.rows) }]), readingsWithout(10, 30), {});
    });

    it('in Excel, with the name of the sheet', async () => {
      const mutate: RowMutation = (rows) => withValue('NA', 30)(withValue('-1', 3, 20)(rows));
      const content = await excelOf([{ ...SHEET, rows: mutate(CURVE.rows) }]);
      await assertKept(content, readingsWithout(3, 20, 30), {
        rejected: [{ ...rejected('negative', FIRST_TABLE_ROW + 3, 2, DAY), sheet: sheetName(SHEET) }],
        empty: 1,
      });
    });

    for (const [name, start] of [
      ['begins after its end', '20/11/2026 11:00:00'],
      ['begins at its end', '20/11/2026 02:00:00'],
      ['is of two hours and a half', '19/11/2026 23:30:00'],
      ['is of a day and half an hour', '19/11/2026 01:30:00'],
    ] as const) {
      it(`in Excel, an interval that ${name}`, async () => {
        const content = await excelOf([{ ...SHEET, rows: withTime(start, 3)(CURVE.rows) }]);
        await assertKept(content, readingsWithout(3), {
          rejected: [{ ...rejected('bad-interval', FIRST_TABLE_ROW + 3, 1, DAY), sheet: sheetName(SHEET) }],
        });
      });
    }

    it('intervals of a length that is none', async () => {
      await assertKept(
        mutated((rows) => [...rows], { minutes: 7 }),
        [],
        {
          rejected: [rejected('bad-interval', FIRST_ROW, 48, DAY)],
        },
      );
    });
  });

  describe('a file that ends in the middle of its last line:', () => {
    const [last = ''] = csvOf([CURVE]).trimEnd().split('\r\n').slice(-1);
    const after = (text: string): number => last.length + 2 - last.indexOf(text) - text.length;
    it('in its time', async () => {
      await assertKept(cut(csvOf([CURVE]), after('T00:0')), readingsWithout(47), {
        rejected: [rejected('no-such-date', FIRST_ROW + 47, 1)],
      });
    });
    it('in its value, which could pass for a smaller one', async () => {
      const rows = CURVE.rows.slice(0, 20);
      await assertKept(cut(csvOf([{ ...CURVE, rows }]), 3), readingsOf(rows.slice(0, 19)), {
        rejected: [rejected('cut-off', FIRST_ROW + 19, 1, DAY)],
      });
    });
    it('before its value', async () => {
      await assertKept(cut(csvOf([CURVE]), after(';')), readingsWithout(47), { empty: 1 });
    });
    it('not at all: only the last line end is missing', async () => {
      await assertKept(csvOf([CURVE]).trimEnd(), readingsWithout(), {});
    });
  });

  describe('a block is left out:', () => {
    const units: [type: CsvBlock['type'], unit: string][] = [
      ['load-curve', 'kVArh'],
      ['load-curve', 'VA'],
      ['load-curve', ''],
      ['max-power', 'W'],
      ['max-power', ''],
      ['total', 'W'],
      ['registers', 'VA'],
    ];
    for (const [type, unit] of units) {
      it(`${type} in ${unit || 'no unit'}`, async () => {
        const { minutes, ...facts } = CURVE;
        assert.equal(minutes, 30);
        const rows = type === 'load-curve' ? CURVE.rows : rowsOf()[type === 'max-power' ? 'maxPower' : 'registers'](DAY, NEXT); // prettier-ignore
        const { series, rejected: found } = await home.import(csvOf([{ ...facts, type, unit, rows }]));
        assert.deepEqual(series, []);
        assert.deepEqual(
          found.map(({ reason, row, count }) => ({ reason, row, count })),
          [rejected('wrong-unit', FIRST_ROW, rows.length)],
        );
        assert.deepEqual(await home.readings('consumption-load-curve'), []);
      });
    }
    it('of values that nobody knows', async () => {
      const unknown = csvOf([CURVE]).replace('Courbe de charge', 'Tension moyenne');
      const good = csvOf([{ ...CURVE, rows: rowsOf().loadCurve(NEXT, addDays(NEXT, 1)) }], { hasBom: false });
      const result = await home.import(unknown + good);
      assert.deepEqual(
        result.rejected.map(({ reason, row, count }) => ({ reason, row, count })),
        [rejected('unknown-layout', FIRST_ROW, 48)],
      );
      assert.equal((await home.readings('consumption-load-curve')).length, 48);
    });
  });

  describe('an October day of 48 half hours without offset lacks the second of its two hours,', () => {
    const [start, end] = ['2026-10-25', '2026-10-26'];
    const rows = octoberHourOnce(rowsOf().loadCurve(start, end));
    for (const order of ['oldest', 'newest']) {
      it(`${order} first`, async () => {
        const block = { ...CURVE, rows: order === 'newest' ? newestFirst(rows) : rows };
        const result = await home.import(csvOf([block], { hasOffset: false }));
        assert.deepEqual(result, {
          series: [imported('consumption-load-curve', [start, end], { taken: 48 })],
          ...{ rejected: [], contradictions: [], empty: 0 },
        });
        assert.deepEqual(await home.readings('consumption-load-curve'), readingsOf(rows));
        const [status] = await home.store.statuses(keyOf('consumption-load-curve'), { start, end });
        assert.equal(status?.state, 'partial');
      });
    }
  });

  describe('the days of change without offset keep their order', () => {
    const mutations: [name: string, RowMutation, lost: number[], Partial<ImportResult>][] = [
      ['with rows without a value', withValue('NA', 3, 4), [3, 4], { empty: 2 }],
      [
        'with rows that are rejected',
        withValue('-1', 3, 4),
        [3, 4],
        { rejected: [rejected('negative', FIRST_ROW + 3, 2)] },
      ],
      ['with a gap before both hours', without(1, 2), [1, 2], {}],
      ['with all rows again after the last', repeated, [], {}],
      ['with each row twice', doubled, [], {}],
      ['newest first', newestFirst, [], {}],
    ];
    for (const day of ['2026-03-29', '2026-10-25']) {
      for (const [name, mutate, lost, expected] of mutations) {
        it(`${day} ${name}`, async () => {
          const rows = rowsOf().loadCurve(day, addDays(day, 1));
          const content = csvOf([{ ...CURVE, rows: mutate(rows) }], { hasOffset: false });
          const result = await home.import(content);
          const kept = readingsOf(without(...lost)(rows));
          assert.deepEqual(await home.readings('consumption-load-curve'), kept);
          assert.deepEqual(result, {
            series: [imported('consumption-load-curve', [day, addDays(day, 1)], { taken: kept.length })],
            ...{ rejected: [], contradictions: [], empty: 0 },
            ...expected,
            ...(expected.rejected && { rejected: expected.rejected.map((rows) => ({ ...rows, day })) }),
          });
        });
      }
    }
  });

  describe('what has not been yet is left out, and the day that runs:', () => {
    const TODAY = '2026-11-23';
    const YESTERDAY = addDays(TODAY, -1);
    it('half hours', async () => {
      const rows = rowsOf().loadCurve(YESTERDAY, addDays(TODAY, 2));
      const { rejected: found } = await home.import(csvOf([{ ...CURVE, rows }]));
      assert.deepEqual(await home.readings('consumption-load-curve'), readingsOf(rows.slice(0, 48)));
      assert.deepEqual(found, [rejected('future', FIRST_ROW + 48, 96, TODAY)]);
    });
    it('daily values', async () => {
      const rows = rowsOf().daily(YESTERDAY, addDays(TODAY, 2));
      const content = dailyCsvOf(rows, { unit: 'kWh', dates: 'french' });
      const { rejected: found } = await home.import(content);
      assert.deepEqual(await home.readings('consumption-daily'), readingsOf(rows.slice(0, 1)));
      assert.deepEqual(found, [rejected('future', 3, 2, TODAY)]);
    });
    it('registers, which are those of a midnight that has been', async () => {
      const rows = rowsOf().registers(TODAY, addDays(TODAY, 3));
      const { rejected: found } = await home.import(csvOf([{ ...CURVE, type: 'total', unit: 'Wh', rows }]));
      const kept = await home.registers('consumption-registers');
      assert.deepEqual(kept, [{ day: TODAY, total: rows[0]?.value, calendars: [] }]);
      assert.deepEqual(found, [rejected('future', FIRST_ROW + 1, 2, addDays(TODAY, 1))]);
    });
  });

  describe('whose it is:', () => {
    it('of another meter alone, nothing is taken', async () => {
      const foreign = { ...CURVE, usagePoint: FOREIGN_PDL };
      await assert.rejects(home.import(csvOf([foreign])), { name: 'LinkyError', key: 'import-foreign' });
      const content = await excelOf([{ ...SHEET, usagePoint: FOREIGN_PDL }]);
      await assert.rejects(home.import(content), { name: 'LinkyError', key: 'import-foreign' });
      assert.deepEqual(await home.readings('consumption-load-curve'), []);
    });
    it('of a daily CSV its name can say it', async () => {
      const rows = rowsOf().daily(DAY, NEXT);
      const content = dailyCsvOf(rows, { unit: 'kWh', dates: 'french' });
      const name = `${FOREIGN_PDL}_Export_Consommation_Quotidienne_20112026-20112026.csv`;
      await assert.rejects(home.import(content, { name }), { name: 'LinkyError', key: 'import-foreign' });
      await home.import(content, { name: name.replace(FOREIGN_PDL, PDL) });
      assert.deepEqual(await home.readings('consumption-daily'), readingsOf(rows));
    });
  });

  describe('whether a daily CSV is consumption or production', () => {
    const rows = rowsOf('production').daily(DAY, NEXT);
    const content = dailyCsvOf(rows, { unit: 'kWh', dates: 'french' });
    const recordProduction = (): Promise<Recorded> => {
      const range = { start: '2026-11-01', end: '2026-11-02' };
      const reading = { start: startOfDay(range.start), end: startOfDay(range.end), value: 1 };
      return home.store.record(
        { usagePoint: PDL, name: 'production-daily' },
        { range, requestedAt: NOW, isPlanned: true },
        [reading],
      );
    };
    it('says the user', async () => {
      const { series } = await home.import(content, { direction: 'production' });
      assert.deepEqual(series, [imported('production-daily', [DAY, NEXT], { taken: 1 })]);
    });
    it('says the user, against the name', async () => {
      const name = 'Enedis_Conso_Jour.csv';
      const { series } = await home.import(content, { name, direction: 'production' });
      assert.deepEqual(series, [imported('production-daily', [DAY, NEXT], { taken: 1 })]);
    });
    it('says no word that has one of these in it', async () => {
      await recordProduction();
      for (const name of ['my-products.csv', 'linky-flow-inject.csv', 'consort.csv'])
        await assert.rejects(home.import(content, { name }), { key: 'import-direction' });
    });
    it('is not known for a meter that has a node for production', async () => {
      await assert.rejects(home.import(content, { hasProduction: true }), { key: 'import-direction' });
    });
    it('is consumption for a meter without production', async () => {
      const { series } = await home.import(content);
      assert.deepEqual(series, [imported('consumption-daily', [DAY, NEXT], { taken: 1 })]);
    });
    it('is not known for a meter with production', async () => {
      await recordProduction();
      await assert.rejects(home.import(content), { name: 'LinkyError', key: 'import-direction' });
      assert.deepEqual(await home.readings('consumption-daily'), []);
    });
    it('says the user for a meter with production', async () => {
      await recordProduction();
      const { series } = await home.import(content, { direction: 'consumption' });
      assert.deepEqual(series, [imported('consumption-daily', [DAY, NEXT], { taken: 1 })]);
    });
  });

  it('a peak keeps its instant to the second', async () => {
    const rows = rowsOf().maxPower('2026-10-24', '2026-10-27');
    await home.import(csvOf([{ ...CURVE, type: 'max-power', unit: 'VA', rows }], { hasOffset: false }));
    const kept = await home.readings('consumption-max-power');
    assert.deepEqual(
      kept.map(({ start, end, at, value }) => ({ start, end, at, value })),
      rows.map(({ start, end, at, value }) => ({ start, end, at, value })),
    );
    assert.ok(rows.some(({ at = 0 }) => at % (HOUR / 60) !== 0));
  });
});
