import assert from 'node:assert/strict';
import sinon from 'sinon';
import { clock } from '../../../src/calendar/clock';
import { instantAt, type Day } from '../../../src/calendar/paris';
import { ALL_SERIES, isRegisters, type Direction, type Series } from '../../../src/metering/metrics';
import { csvOf, dailyCsvOf, type CsvBlock, type CsvStyle } from '../../support/export-files/csv';
import { excelOf, type ExcelSheet, type ExcelTimes } from '../../support/export-files/excel';
import { ALWAYS, FOREIGN_PDL, imported, ImportHome, keyOf, PDL } from '../../support/export-files/importing';
import { marchAtTwo, newestFirst } from '../../support/export-files/mutations';
import { rowsOfTruth, type ExportRow } from '../../support/export-files/rows';
import { addDays, daysFrom } from '../../support/stand-in/calendar';
import { createTruth, type Truth } from '../../support/stand-in/truth';
import { assertTruth, clockChanges } from '../../support/years';

const START = '2024-11-01';
const END = '2026-11-01';
const CHANGES = clockChanges(START, END);
const NOW = instantAt('2026-11-23', 8 * 60 + 37);

const truthOf = (minutes: number): Truth => createTruth(() => minutes);
const HALF_HOURS = truthOf(30);
/** Two years of each: computed once. */
const rowsOf = (direction: Direction, truth = HALF_HOURS) => rowsOfTruth(truth, PDL, direction);
const yearsOf = new Map<string, ExportRow[]>();
const years = (direction: Direction, of: keyof ReturnType<typeof rowsOfTruth>, minutes = 30): ExportRow[] => {
  const name = `${direction} ${of} ${minutes}`;
  const rows = yearsOf.get(name) ?? rowsOf(direction, truthOf(minutes))[of](START, END);
  yearsOf.set(name, rows);
  return rows;
};

const curve = (
  direction: Direction,
  unit = 'W',
  block: Partial<CsvBlock> & { every?: number } = {},
): CsvBlock => {
  const { every = 30, ...rest } = block;
  const rows = years(direction, 'loadCurve', every);
  return { usagePoint: PDL, direction, type: 'load-curve', unit, minutes: every, rows, ...rest };
};
const block = (direction: Direction, type: CsvBlock['type'], unit: string): CsvBlock => ({
  ...{ usagePoint: PDL, direction, type, unit },
  rows: years(direction, type === 'max-power' ? 'maxPower' : 'registers'),
});

describe('an export file of two years is in the store as it was measured:', () => {
  let home: ImportHome;
  before(() => {
    assert.deepEqual(CHANGES, ['2025-03-30', '2025-10-26', '2026-03-29', '2026-10-25']);
  });
  beforeEach(() => {
    sinon.stub(clock, 'now').returns(NOW);
    home = new ImportHome();
  });
  afterEach(() => {
    home.remove();
    sinon.restore();
  });

  /** Registers are those of the midnights from the first day to the last, whose total is all that a file has. */
  async function assertRegisters(series: Series, start: Day, end: Day): Promise<number> {
    const direction = series.startsWith('consumption') ? 'consumption' : 'production';
    const days = await home.store.registers(keyOf(series), ALWAYS);
    const expected = daysFrom(start, end).map((day) => ({
      day,
      total: HALF_HOURS.registers(PDL, direction, day).total,
      calendars: [],
    }));
    assert.deepEqual(days, expected);
    return days.length;
  }

  /** Fails where the store has anything but the truth of these series, or a result says anything else. */
  async function assertImported(
    content: string | Buffer,
    expected: readonly Series[],
    { truth = HALF_HOURS, name }: { truth?: Truth; name?: string } = {},
  ): Promise<void> {
    const result = await home.import(content, name === undefined ? {} : { name });
    const counts: [Series, number][] = [];
    for (const series of ALL_SERIES) {
      if (!expected.includes(series)) {
        assert.equal(await home.store.extent(keyOf(series)), undefined, series);
        continue;
      }
      const taken = isRegisters(series)
        ? await assertRegisters(series, START, END)
        : await assertTruth(home.store, truth, PDL, series, START, END);
      counts.push([series, taken]);
      const state = isRegisters(series) ? 'partial' : 'complete';
      const statuses = await home.store.statuses(keyOf(series), ALWAYS);
      assert.deepEqual([...new Set(statuses.map((status) => status.state))], [state], series);
      assert.equal(statuses.length, 730, series);
    }
    const byName = (a: { series: Series }, b: { series: Series }): number => (a.series < b.series ? -1 : 1);
    assert.deepEqual(
      { ...result, series: result.series.toSorted(byName) },
      {
        series: counts.map(([series, taken]) => imported(series, [START, END], { taken })).sort(byName),
        ...{ rejected: [], contradictions: [], empty: 0 },
      },
    );
  }

  describe('CSV of a load curve,', () => {
    const LF: Partial<CsvStyle> = { hasBom: false, lineEnd: '\n', decimalSign: '.' };
    const WALL: Partial<CsvStyle> = { hasOffset: false };
    type Case = [name: string, block: () => CsvBlock, style: Partial<CsvStyle>];
    const withoutMinutes = ({ minutes, ...rest }: CsvBlock): CsvBlock => {
      assert.ok(minutes !== undefined);
      return rest;
    };
    const table: Case[] = [
      ['with BOM and CRLF', () => curve('consumption'), {}],
      ['with an empty line, and LF', () => curve('consumption'), { ...LF, hasEmptyLine: true }],
      ['without the length of its intervals', () => withoutMinutes(curve('consumption')), {}],
      [
        'without the length of its intervals, without offset',
        () => withoutMinutes(curve('consumption')),
        { ...WALL, hasEmptyLine: true },
      ],
      ['of production', () => curve('production'), { hasEmptyLine: true }],
      ['in kW with a comma', () => curve('consumption', 'kW'), {}],
      ['in kW with a point', () => curve('production', 'kW'), LF],
      ['in Wh of half hours with a comma', () => curve('consumption', 'Wh'), {}],
      ['in kWh of half hours with a point', () => curve('production', 'kWh'), LF],
      ['newest first', () => curve('consumption', 'W', { rows: newestFirst(curve('consumption').rows) }), {}],
      ['without offset', () => curve('consumption'), WALL],
      ['of production without offset, with LF', () => curve('production', 'kW'), { ...LF, ...WALL }],
      [
        'without offset, newest first',
        () => curve('consumption', 'W', { rows: newestFirst(curve('consumption').rows) }),
        WALL,
      ],
      [
        'without offset, 02:00 in March',
        () => curve('consumption', 'W', { rows: marchAtTwo(curve('consumption').rows) }),
        WALL,
      ],
    ];
    for (const [name, blockOf, style] of table) {
      it(name, async () => {
        const curveBlock = blockOf();
        await assertImported(csvOf([curveBlock], style), [`${curveBlock.direction}-load-curve`]);
      });
    }
    for (const every of [15, 60]) {
      for (const style of [{}, WALL]) {
        const text = style === WALL ? ', without offset and without their length' : '';
        it(`every ${every} minutes${text}`, async () => {
          const block = curve('consumption', 'W', { every });
          const content = csvOf([style === WALL ? withoutMinutes(block) : block], style);
          await assertImported(content, ['consumption-load-curve'], { truth: truthOf(every) });
        });
      }
    }
    for (const unit of ['Wh', 'kWh']) {
      it(`in ${unit} of an hour`, async () => {
        const truth = truthOf(60);
        const content = csvOf([curve('consumption', unit, { every: 60 })]);
        await assertImported(content, ['consumption-load-curve'], { truth });
      });
    }

    // Two years of five minutes would take the luxon of the generator half a minute.
    for (const style of [{}, WALL]) {
      it(`every 5 minutes around the changes of the clocks${style === WALL ? ', without offset' : ''}`, async () => {
        const truth = truthOf(5);
        const spans = CHANGES.map((day): [Day, Day] => [addDays(day, -1), addDays(day, 2)]);
        const blocks = spans.map(([start, end]) =>
          curve('consumption', 'W', { minutes: 5, rows: rowsOf('consumption', truth).loadCurve(start, end) }),
        );
        const result = await home.import(csvOf(blocks, style));
        const first = CHANGES[0] ?? '';
        assert.deepEqual(result, {
          series: [
            imported('consumption-load-curve', [addDays(first, -1), addDays(CHANGES[3] ?? '', 2)], {
              taken: 12 * 288,
            }),
          ],
          ...{ rejected: [], contradictions: [], empty: 0 },
        });
        const days = await home.store.days(keyOf('consumption-load-curve'), ALWAYS);
        const kept = days.filter(({ readings }) => readings.length > 0);
        assert.deepEqual(
          kept.map(({ day, state, readings }) => ({ day, state, readings })),
          spans.flatMap(([start, end]) =>
            daysFrom(start, end).map((day) => ({
              ...{ day, state: 'complete' },
              readings: truth.loadCurve(PDL, 'consumption', day),
            })),
          ),
        );
      });
    }
  });

  describe('CSV', () => {
    it('of max power in VA', async () => {
      await assertImported(csvOf([block('consumption', 'max-power', 'VA')]), ['consumption-max-power']);
    });
    it('of max power in kVA, newest first', async () => {
      const power = block('consumption', 'max-power', 'kVA');
      const content = csvOf([{ ...power, rows: newestFirst(power.rows) }], { decimalSign: '.' });
      await assertImported(content, ['consumption-max-power']);
    });
    it('of max power without offset', async () => {
      const content = csvOf([block('consumption', 'max-power', 'VA')], { hasOffset: false, lineEnd: '\n' });
      await assertImported(content, ['consumption-max-power']);
    });
    for (const direction of ['consumption', 'production'] as const) {
      for (const type of ['total', 'registers'] as const) {
        for (const style of [{}, { hasOffset: false, hasBom: false, lineEnd: '\n' as const }]) {
          const text = style.lineEnd ? ', without offset' : '';
          it(`of the ${type === 'total' ? 'total register' : 'registers'} of ${direction}${text}`, async () => {
            const content = csvOf([block(direction, type, 'Wh')], style);
            await assertImported(content, [`${direction}-registers`]);
          });
        }
      }
    }
    it('of everything, one block after the other', async () => {
      const blocks = [
        curve('consumption'),
        curve('production', 'kW'),
        block('consumption', 'max-power', 'VA'),
        block('consumption', 'registers', 'Wh'),
        block('production', 'total', 'Wh'),
      ];
      await assertImported(csvOf(blocks, { hasEmptyLine: true }), [
        'consumption-load-curve',
        'consumption-max-power',
        'production-load-curve',
        'consumption-registers',
        'production-registers',
      ]);
    });
    it('of everything, with a block of another meter in between', async () => {
      const foreign = rowsOfTruth(HALF_HOURS, FOREIGN_PDL, 'consumption').loadCurve(START, addDays(START, 7));
      const first = curve('consumption');
      const result = await home.import(
        csvOf([
          first,
          { ...first, usagePoint: FOREIGN_PDL, rows: foreign },
          block('consumption', 'max-power', 'VA'),
        ]),
      );
      await assertTruth(home.store, HALF_HOURS, PDL, 'consumption-load-curve', START, END);
      await assertTruth(home.store, HALF_HOURS, PDL, 'consumption-max-power', START, END);
      assert.deepEqual(
        result.rejected.map(({ reason, row, count }) => ({ reason, row, count })),
        [{ reason: 'foreign-usage-point', row: 3 + first.rows.length + 4, count: 7 * 48 }],
      );
      assert.equal(
        await home.store.extent({ usagePoint: FOREIGN_PDL, name: 'consumption-load-curve' }),
        undefined,
      );
    });
  });

  describe('CSV of the daily page', () => {
    type Case = [Parameters<typeof dailyCsvOf>[1], Partial<CsvStyle>, Direction, name: string];
    const table: Case[] = [
      [{ unit: 'kWh', dates: 'french' }, {}, 'consumption', 'Enedis_Conso_Jour.csv'],
      [
        { unit: 'Wh', dates: 'iso' },
        { hasBom: false, lineEnd: '\n' },
        'consumption',
        'Enedis_Conso_Jour.csv',
      ],
      [{ unit: 'kWh', dates: 'iso' }, { decimalSign: '.' }, 'production', 'Enedis_Production_Jour.csv'],
      [{ unit: 'Wh', dates: 'french' }, { hasBom: false }, 'production', 'Enedis_Production_Jour.csv'],
    ];
    for (const [layout, style, direction, name] of table) {
      it(`in ${layout.unit}, ${layout.dates} dates, of ${direction}`, async () => {
        const content = dailyCsvOf(years(direction, 'daily'), layout, style);
        await assertImported(content, [`${direction}-daily`], { name });
      });
    }
    it('newest first, without a name', async () => {
      const rows = newestFirst(years('consumption', 'daily'));
      await assertImported(dailyCsvOf(rows, { unit: 'kWh', dates: 'french' }), ['consumption-daily']);
    });
  });

  describe('Excel', () => {
    const sheet = (
      direction: Direction,
      type: ExcelSheet['type'],
      times: ExcelTimes,
      unit: string,
    ): ExcelSheet => ({
      ...{ usagePoint: PDL, direction, type, times, unit },
      rows: years(direction, type === 'daily' ? 'daily' : 'loadCurve'),
    });
    for (const times of ['french', 'iso', 'date', 'number'] as const) {
      it(`of a load curve, times as ${times}`, async () => {
        const content = await excelOf([sheet('consumption', 'load-curve', times, 'kW')]);
        await assertImported(content, ['consumption-load-curve']);
      });
      it(`of daily values, dates as ${times}`, async () => {
        const content = await excelOf([sheet('production', 'daily', times, 'kWh')]);
        await assertImported(content, ['production-daily']);
      });
    }
    it('of a load curve in W, of daily values in Wh', async () => {
      const sheets = [
        sheet('consumption', 'load-curve', 'french', 'W'),
        sheet('consumption', 'daily', 'date', 'Wh'),
      ];
      await assertImported(await excelOf(sheets), ['consumption-load-curve', 'consumption-daily']);
    });
    it('of a load curve, newest first', async () => {
      const content = await excelOf([
        {
          ...sheet('consumption', 'load-curve', 'french', 'kW'),
          rows: newestFirst(years('consumption', 'loadCurve')),
        },
      ]);
      await assertImported(content, ['consumption-load-curve']);
    });
    it('of a load curve every 60 minutes', async () => {
      const rows = years('consumption', 'loadCurve', 60);
      const content = await excelOf([{ ...sheet('consumption', 'load-curve', 'french', 'kW'), rows }]);
      await assertImported(content, ['consumption-load-curve'], { truth: truthOf(60) });
    });
    for (const times of ['french', 'date', 'number'] as const) {
      it(`of a load curve every 5 minutes around the changes of the clocks, times as ${times}`, async () => {
        const truth = truthOf(5);
        const days = CHANGES.flatMap((day) => daysFrom(addDays(day, -1), addDays(day, 2)));
        const rows = days.flatMap((day) => rowsOf('consumption', truth).loadCurve(day, addDays(day, 1)));
        await home.import(await excelOf([{ ...sheet('consumption', 'load-curve', times, 'kW'), rows }]));
        assert.deepEqual(
          await home.readings('consumption-load-curve'),
          rows.map(({ start, end, value }) => ({ start, end, value })),
        );
      });
    }
    it('of a load curve whose values are text', async () => {
      const rows = years('consumption', 'loadCurve').map((row) => ({
        ...row,
        valueText: String(row.value / 1000).replace('.', ','),
      }));
      const content = await excelOf([{ ...sheet('consumption', 'load-curve', 'iso', 'kW'), rows }]);
      await assertImported(content, ['consumption-load-curve']);
    });
    it('of everything', async () => {
      const content = await excelOf([
        sheet('consumption', 'load-curve', 'french', 'kW'),
        sheet('consumption', 'daily', 'french', 'kWh'),
        sheet('production', 'load-curve', 'number', 'kW'),
        sheet('production', 'daily', 'number', 'kWh'),
      ]);
      await assertImported(content, [
        'consumption-load-curve',
        'consumption-daily',
        'production-load-curve',
        'production-daily',
      ]);
    });
  });
});
