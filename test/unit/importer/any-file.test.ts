import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import sinon from 'sinon';
import { clock } from '../../../src/calendar/clock';
import { addDays, instantAt } from '../../../src/calendar/paris';
import { importFile, type ExportFile, type ImportResult } from '../../../src/importer/importer';
import type { Reading } from '../../../src/metering/readings';
import { LinkyError } from '../../../src/providers/errors';
import { SqliteDatabase } from '../../../src/store/sqlite';
import { Store } from '../../../src/store/store';
import { csvOf, type CsvBlock } from '../../support/export-files/csv';
import { excelOf, otherExcel, type ExcelSheet } from '../../support/export-files/excel';
import { ALWAYS, FOREIGN_PDL, ImportHome, keyOf, PDL } from '../../support/export-files/importing';
import { rowsOfTruth, wallTime, type ExportRow } from '../../support/export-files/rows';
import { createTruth } from '../../support/stand-in/truth';

const NOW = instantAt('2026-11-23', 8 * 60 + 37);
const OCTOBER = '2026-10-25';
const TRUTH = createTruth(() => 30);
const ROWS = rowsOfTruth(TRUTH, PDL, 'consumption');
const CURVE: CsvBlock = {
  ...{ usagePoint: PDL, direction: 'consumption', type: 'load-curve', unit: 'W', minutes: 30 },
  rows: ROWS.loadCurve(OCTOBER, addDays(OCTOBER, 1)),
};
const SHEET: ExcelSheet = {
  ...{ usagePoint: PDL, direction: 'consumption', type: 'load-curve', unit: 'kW', times: 'french' },
  rows: CURVE.rows,
};

/** What a file can end with that is not what it should be. */
const REFUSALS = [
  'import-foreign',
  'import-unknown',
  'import-direction',
  'import-damaged',
  'import-too-large',
];

async function* chunked(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const edges = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < edges.length; i++) {
    await Promise.resolve();
    yield bytes.subarray(edges[i - 1], edges[i]);
  }
}

/** An archive of one file that is not compressed. */
function zipOf(name: string, text: string): Buffer {
  const [nameBytes, content] = [Buffer.from(name), Buffer.from(text)];
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(20, 0);
  facts.writeUInt32LE(crc32(content), 10);
  facts.writeUInt32LE(content.length, 14);
  facts.writeUInt32LE(content.length, 18);
  facts.writeUInt16LE(nameBytes.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), facts, nameBytes, content]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), facts, Buffer.alloc(14), nameBytes]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

describe('a file, whatever it is,', () => {
  beforeEach(() => {
    sinon.stub(clock, 'now').returns(NOW);
  });
  afterEach(() => {
    sinon.restore();
  });

  /** The result in a store of its own, and all that is in it. */
  async function inNewStore(
    content: ExportFile['content'],
  ): Promise<{ result: ImportResult; kept: unknown }> {
    const store = new Store(new SqliteDatabase(':memory:'));
    try {
      const result = await importFile(store, { content }, { usagePoint: PDL, storedAs: PDL });
      const kept = {
        curve: await store.records(keyOf('consumption-load-curve'), ALWAYS),
        registers: await store.registers(keyOf('consumption-registers'), ALWAYS),
      };
      return { result, kept };
    } finally {
      store.close();
    }
  }

  describe('gives the same in pieces of any size:', () => {
    const cuts = fc.array(fc.nat(), { maxLength: 30 });
    const inPieces = async (bytes: Buffer, numRuns: number): Promise<void> => {
      const whole = await inNewStore(bytes);
      assert.ok(whole.result.series.length > 0);
      await fc.assert(
        fc.asyncProperty(cuts, async (places) => {
          assert.deepEqual(await inNewStore(chunked(bytes, places)), whole);
        }),
        { numRuns },
      );
    };
    const everything = csvOf([
      CURVE,
      { ...CURVE, type: 'registers', unit: 'Wh', rows: ROWS.registers(OCTOBER, addDays(OCTOBER, 3)) },
    ]);
    it('CSV', async () => {
      await inPieces(Buffer.from(everything), 200);
    });
    it('CSV, a byte a piece', async () => {
      const bytes = Buffer.from(everything);
      const single = chunked(bytes, Array.from(bytes.keys()));
      assert.deepEqual(await inNewStore(single), await inNewStore(bytes));
    });
    it('CSV as text', async () => {
      assert.deepEqual(await inNewStore(everything), await inNewStore(Buffer.from(everything)));
    });
    it('Excel', async () => {
      await inPieces(await excelOf([SHEET]), 20);
    });
  });

  describe('is refused by name where it is', () => {
    let home: ImportHome;
    beforeEach(() => {
      home = new ImportHome();
    });
    afterEach(() => {
      home.remove();
    });

    type Content = string | Buffer | Promise<Buffer>;
    const page = '<!DOCTYPE html>\n<html><head><title>Connexion</title></head><body>Enedis</body></html>\n';
    const table: [name: string, key: string, content: () => Content][] = [
      ['nothing', 'import-unknown', () => ''],
      ['no byte', 'import-unknown', () => Buffer.alloc(0)],
      ['only a BOM', 'import-unknown', () => '\uFEFF'],
      ['only line ends', 'import-unknown', () => '\r\n\r\n\n'],
      ['a web page', 'import-unknown', () => page],
      ['JSON', 'import-unknown', () => '{"error":"invalid_token"}'],
      ['an image', 'import-unknown', () => Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
      ['zeros', 'import-unknown', () => Buffer.alloc(10_000)],
      ['another CSV', 'import-unknown', () => 'Article;Prix\nPain;1,20\n'],
      ['a line without end', 'import-unknown', () => 'x'.repeat(5_000_000)],
      ['a quote without end', 'import-unknown', () => `"${'x;y\n'.repeat(1000)}`],
      ['another Excel file', 'import-unknown', otherExcel],
      ['Excel without a sheet of values', 'import-unknown', () => excelOf([])],
      ['half an Excel file', 'import-damaged', async () => (await excelOf([SHEET])).subarray(0, 3000)],
      ['an archive of something else', 'import-damaged', () => zipOf('readme.txt', 'Bonjour')],
      ['the beginning of an archive', 'import-damaged', () => Buffer.from('PK\x03\x04')],
    ];
    for (const [name, key, contentOf] of table) {
      it(name, async () => {
        await assert.rejects(home.import(await contentOf()), { name: 'LinkyError', key });
        for (const each of await home.content()) {
          assert.deepEqual((each as { values: unknown[] }).values, []);
        }
      });
    }

    it('more than 128 MB', async () => {
      const bytes = Buffer.alloc(128 * 1024 * 1024 + 1, 'a\n');
      await assert.rejects(home.import(bytes), { name: 'LinkyError', key: 'import-too-large' });
      await assert.rejects(home.import(chunked(bytes, [600])), {
        name: 'LinkyError',
        key: 'import-too-large',
      });
    });

    it('more than 16 MB of Excel', async () => {
      const bytes = Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(16 * 1024 * 1024)]);
      await assert.rejects(home.import(bytes), { name: 'LinkyError', key: 'import-too-large' });
    });

    it('an Excel file with some bytes of another', async () => {
      const bytes = await excelOf([SHEET]);
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }), async (changes) => {
          const spoilt = Buffer.from(bytes);
          for (const [place, byte] of changes) spoilt[place % spoilt.length] = byte;
          await home.import(spoilt).catch((error: unknown) => {
            assert.ok(error instanceof LinkyError && REFUSALS.includes(error.key), String(error));
          });
        }),
        { numRuns: 100 },
      ); // prettier-ignore
    });

    it('any bytes', async () => {
      const bytes = fc.uint8Array({ maxLength: 300 });
      const started = fc.tuple(fc.constantFrom('', 'PK\x03\x04', '\uFEFF', 'Identifiant PRM;', 'Date;Valeur (en kWh)\n'), bytes); // prettier-ignore
      await fc.assert(
        fc.asyncProperty(started, async ([start, rest]) => {
          const content = Buffer.concat([Buffer.from(start), rest]);
          await home.import(content).catch((error: unknown) => {
            assert.ok(error instanceof LinkyError && REFUSALS.includes(error.key), String(error));
          });
        }),
        { numRuns: 1000 },
      );
      for (const each of await home.content()) {
        assert.deepEqual((each as { values: unknown[] }).values, []);
      }
    });
  });

  describe('that comes in pieces', () => {
    /** Pieces of a source that notes whether it was closed. */
    function source(pieces: readonly (string | Buffer)[], failure?: Error) {
      const state = { isClosed: false };
      async function* content(): AsyncGenerator<Buffer> {
        try {
          for (const piece of pieces) {
            await Promise.resolve();
            yield Buffer.from(piece);
          }
          if (failure) throw failure;
        } finally {
          state.isClosed = true;
        }
      }
      return { state, content: content() };
    }

    const refused: [name: string, pieces: (string | Buffer)[]][] = [
      ['an image', Array.from({ length: 9 }, () => Buffer.alloc(1000))],
      ['a line without end', Array.from({ length: 99 }, () => 'x'.repeat(1000))],
      [
        'too large an Excel file',
        [Buffer.from('PK\x03\x04'), Buffer.alloc(16 * 1024 * 1024), Buffer.alloc(9)],
      ],
    ];
    for (const [name, pieces] of refused) {
      it(`is closed where it is refused: ${name}`, async () => {
        const { state, content } = source(pieces);
        await assert.rejects(inNewStore(content), { name: 'LinkyError' });
        assert.equal(state.isClosed, true);
      });
    }
    for (const begun of ['', csvOf([CURVE])]) {
      it(`says that it broke off, ${begun ? 'with values' : 'before the first byte'}`, async () => {
        const failure = new Error('EIO');
        const { content } = source(begun ? [begun] : [], failure);
        await assert.rejects(inNewStore(content), failure);
      });
    }
  });

  it('of 3,000 mutated exports keeps only what is in its rows', async function () {
    this.timeout(300_000);
    const garbage = fc.oneof(
      fc.constantFrom('', 'NA', '-1', '1e3', '0x10', ' 5', '5 ', '1,5', '1.5', '99999999999999999999', 'NaN', '"', ';', '"7"'), // prettier-ignore
      fc.constantFrom('2026-02-30', '2026-10-25T02:30:00', '2026-10-25T02:30:00+02:00', '25/10/2026 02:30:00', '2026-10-25T03:00:00Z', '45955,5'), // prettier-ignore
      fc.string({ maxLength: 12 }),
      fc.nat(50_000).map(String),
    );
    const rowChange = fc.record(
      { timeText: garbage, valueText: garbage, value: fc.nat(30_000) },
      { requiredKeys: [] },
    );
    const changes = fc.array(fc.tuple(fc.nat(CURVE.rows.length - 1), rowChange), { maxLength: 6 });
    const files = fc.record({
      changes,
      hasOffset: fc.boolean(),
      isReversed: fc.boolean(),
      minutes: fc.constantFrom(undefined, 30, 30, 30, 60, 7, 0, -30),
      unit: fc.constantFrom('W', 'W', 'W', 'W', 'kW', 'Wh', 'kWh', 'VA', ''),
      usagePoint: fc.constantFrom(PDL, PDL, PDL, PDL, FOREIGN_PDL, ''),
      end: fc.oneof({ arbitrary: fc.constant(0), weight: 5 }, { arbitrary: fc.nat(60), weight: 1 }),
    });
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(files, async ({ changes: changed, hasOffset, isReversed, minutes, end, ...facts }) => {
        const rows: ExportRow[] = CURVE.rows.map((row) => ({ ...row }));
        for (const [place, change] of changed) Object.assign(rows[place] ?? {}, change);
        const { minutes: usual, ...block } = {
          ...CURVE,
          ...facts,
          rows: isReversed ? rows.toReversed() : rows,
        };
        assert.equal(usual, 30);
        const whole = csvOf([{ ...block, ...(minutes !== undefined && { minutes }) }], { hasOffset });
        const text = whole.slice(0, whole.length - end);
        let kept;
        try {
          ({ kept } = await inNewStore(text));
        } catch (error) {
          assert.ok(error instanceof LinkyError && REFUSALS.includes(error.key), String(error));
          return;
        }
        const lines = text.split('\r\n').map((line) => line.split(';'));
        const { curve } = kept as { curve: { readings: Reading[] }[] };
        for (const reading of curve.flatMap(({ readings }) => readings)) {
          taken += 1;
          assert.ok(reading.end > reading.start && Number.isSafeInteger(reading.value) && reading.value >= 0);
          assert.ok(lines.some(([time = '', value = '']) => isOf(reading, time, value, facts.unit)), JSON.stringify({ text, reading })); // prettier-ignore
        }
      }),
      { numRuns: 3000 },
    );
    assert.ok(taken > 30_000, `only ${taken} readings were taken: the files are too wild to test anything`);
  });
});

/** Whether a row can be meant by a reading: a row is of the end of its interval, by the clock or by its offset. */
function isOf(reading: Reading, time: string, value: string, unit: string): boolean {
  const hours = unit.endsWith('Wh') ? (reading.end - reading.start) / 3_600_000 : 1;
  const number = Number(value.replaceAll('"', '').trim().replace(',', '.'));
  const watts = (number * (unit.startsWith('k') ? 1000 : 1)) / hours;
  if (value.trim() === '' || Math.abs(watts - reading.value) > 1e-6) return false;
  const iso = time.trim().replace(/^(\d\d)\/(\d\d)\/(\d{4}) /, '$3-$2-$1T');
  // The interval that ends when the clocks change goes by two names.
  const names = [wallTime(reading.end), wallTime(reading.end - 1000).replace('02:59:59', '03:00:00')];
  return /(?:Z|[+-]\d\d:\d\d)$/.test(iso) && iso.length > 10
    ? Date.parse(iso) === reading.end
    : names.includes(iso);
}
