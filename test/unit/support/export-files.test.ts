import assert from 'node:assert/strict';
import readExcelFile from 'read-excel-file/node';
import { csvOf, dailyCsvOf, type CsvBlock } from '../../support/export-files/csv';
import { excelOf, FIRST_TABLE_ROW, type ExcelTimes } from '../../support/export-files/excel';
import { PDL } from '../../support/export-files/importing';
import { marchAtTwo, octoberHourOnce } from '../../support/export-files/mutations';
import { frenchDay, offsetTime, wallTime, type ExportRow } from '../../support/export-files/rows';

const HOUR = 3_600_000;
/** The first 02:00 of the October day, which is in summer time. */
const TWO = Date.parse('2026-10-25T00:00:00Z');

/** Half hours from an instant on: 1001 W, 1002 W … */
const halfHours = (from: number, count: number): ExportRow[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ start: from + (i * HOUR) / 2, end: from + ((i + 1) * HOUR) / 2 },
    value: 1001 + i,
  }));
const BLOCK: CsvBlock = {
  ...{ usagePoint: PDL, direction: 'production', type: 'load-curve', unit: 'W' },
  rows: halfHours(TWO, 4),
};

describe("Enedis' export files of the tests", () => {
  it('are CSV with the end of each interval', () => {
    const head = 'Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;Grandeur metier;Etape metier;Unite'; // prettier-ignore
    assert.deepEqual(csvOf([{ ...BLOCK, minutes: 30 }], { hasEmptyLine: true }).split('\r\n'), [
      `\uFEFF${head};Pas en minutes`,
      `${PDL};Courbe de charge;25/10/2026;25/10/2026;Energie active;Production;Comptage Brut;W;30`,
      '',
      'Horodate;Valeur',
      '2026-10-25T02:30:00+02:00;1001',
      '2026-10-25T02:00:00+01:00;1002',
      '2026-10-25T02:30:00+01:00;1003',
      '2026-10-25T03:00:00+01:00;1004',
      '',
    ]);
    assert.deepEqual(
      csvOf([{ ...BLOCK, unit: 'kWh' }], { hasBom: false, lineEnd: '\n', hasOffset: false }).split('\n'),
      [
        head,
        `${PDL};Courbe de charge;25/10/2026;25/10/2026;Energie active;Production;Comptage Brut;kWh`,
        'Horodate;Valeur',
        '2026-10-25T02:30:00;0,5005',
        '2026-10-25T02:00:00;0,501',
        '2026-10-25T02:30:00;0,5015',
        '2026-10-25T03:00:00;0,502',
        '',
      ],
    );
  });

  it('are CSV of registers, with those that a meter has', () => {
    const midnight = Date.parse('2026-11-20T00:00:00+01:00');
    const registers = { supplier: { HC: 10, HP: 20 }, distributor: { HCB: 1, HCH: 9, HPB: 5, HPH: 15 }, total: 30 }; // prettier-ignore
    const rows = [{ start: midnight, end: midnight, value: 30, registers }];
    const lines = csvOf([{ ...BLOCK, direction: 'consumption', type: 'registers', unit: 'Wh', rows }]).split(
      '\r\n',
    );
    assert.deepEqual(lines.slice(2), [
      'Horodate;Type de releve;EAS F1;EAS F2;EAS F3;EAS F4;EAS F5;EAS F6;EAS F7;EAS F8;EAS F9;EAS F10;EAS D1;EAS D2;EAS D3;EAS D4;EAS T', // prettier-ignore
      '2026-11-20T00:00:00+01:00;Arrêté quotidien;10;20;;;;;;;;;1;9;5;15;30',
      '',
    ]);
  });

  it('are CSV of daily values', () => {
    const start = Date.parse('2026-11-20T00:00:00+01:00');
    const rows = [{ start, end: start + 24 * HOUR, value: 12_345 }];
    const french = dailyCsvOf(rows, { unit: 'kWh', dates: 'french' });
    assert.equal(french, '\uFEFFDate;Valeur (en kWh)\r\n20/11/2026;12,345\r\n');
    const iso = dailyCsvOf(rows, { unit: 'Wh', dates: 'iso' }, { hasBom: false, lineEnd: '\n' });
    assert.equal(iso, 'Date;Valeur (en Wh)\n2026-11-20;12345\n');
  });

  const day = Date.parse('2026-10-25T00:00:00Z');
  const times: [ExcelTimes, start: unknown, end: unknown][] = [
    ['french', '25/10/2026 02:30:00', '25/10/2026 02:00:00'],
    ['iso', '2026-10-25T02:30:00', '2026-10-25T02:00:00'],
    ['number', 46_320 + 2.5 / 24, 46_320 + 2 / 24],
    ['date', day + 2.5 * HOUR, day + 2 * HOUR],
  ];
  for (const [name, start, end] of times) {
    it(`are Excel with times as ${name}`, async () => {
      const content = await excelOf([{ ...BLOCK, type: 'load-curve', unit: 'kW', times: name }]);
      const [page, sheet] = await readExcelFile(content);
      assert.equal(page?.sheet, "Page d'accueil");
      assert.equal(sheet?.sheet, 'Production Horaire');
      const facts = sheet.data
        .slice(0, FIRST_TABLE_ROW - 1)
        .map((row) => row.filter((cell) => cell !== null));
      assert.deepEqual(facts, [
        ['Export de vos données'],
        [],
        ['Point Référence Mesure (PRM) :', PDL],
        ['Type de comptage :', 'Production'],
        [],
        ['Début', 'Fin', 'Valeur (en kW)'],
      ]);
      // A cell with a date is a number of days, so that its milliseconds are not exact.
      const plain = (cell: unknown): unknown =>
        cell instanceof Date ? Math.round(cell.getTime() / 1000) * 1000 : cell;
      const [from, to, value] = sheet.data[FIRST_TABLE_ROW] ?? [];
      if (name === 'number') {
        assert.ok(Math.abs(Number(from) - Number(start)) < 1e-9 && Math.abs(Number(to) - Number(end)) < 1e-9);
      } else assert.deepEqual([plain(from), plain(to)], [start, end]);
      assert.equal(value, 1.002);
    });
  }

  it('say what clocks show', () => {
    assert.equal(wallTime(TWO + HOUR), '2026-10-25T02:00:00');
    assert.equal(offsetTime(TWO + HOUR), '2026-10-25T02:00:00+01:00');
    assert.equal(offsetTime(TWO), '2026-10-25T02:00:00+02:00');
    assert.equal(frenchDay(TWO - 2 * HOUR), '25/10/2026');
  });

  it('have an October day of 48 half hours, and a March day with 02:00', () => {
    const labels = (rows: readonly ExportRow[]): string[] =>
      rows.map(({ timeText, end }) => (timeText ?? wallTime(end)).slice(11, 16));
    const october = octoberHourOnce(halfHours(TWO - 2 * HOUR, 50));
    assert.equal(october.length, 48);
    assert.deepEqual(labels(october).slice(3, 8), ['02:00', '02:30', '03:00', '03:30', '04:00']);
    assert.deepEqual(october.slice(4, 7).map(({ value }) => value), [1005, 1006, 1009]); // prettier-ignore
    const march = marchAtTwo(halfHours(Date.parse('2026-03-29T00:00:00+01:00'), 46));
    assert.deepEqual(labels(march).slice(2, 6), ['01:30', '02:00', '03:30', '04:00']);
  });
});
