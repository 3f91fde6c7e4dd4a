import assert from 'node:assert/strict';
import sinon from 'sinon';
import { clock } from '../../../src/calendar/clock';
import { instantAt, isoParis } from '../../../src/calendar/paris';
import type { ReadingSeries } from '../../../src/metering/metrics';
import { ImportHome, keyOf, PDL } from '../../support/export-files/importing';
import { excelOfXml } from '../../support/export-files/zip';

const NOW = instantAt('2026-11-23', 8 * 60 + 37);
const CURVE = 'consumption-load-curve';

const BLOCK =
  'Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;Grandeur metier;Etape metier;Unite';
interface Facts {
  prm?: string;
  type?: string;
  physical?: string;
  business?: string;
  unit?: string;
}
/** A block of Enedis' CSV. @param step a column more: its name and value */
const block = (
  {
    prm = PDL,
    type = 'Courbe de charge',
    physical = 'Energie active',
    business = 'Consommation',
    unit = 'W',
  }: Facts,
  rows: readonly string[],
  step?: readonly [string, string],
): string =>
  [
    [BLOCK, ...(step ? [step[0]] : [])].join(';'),
    [prm, type, '01/06/2026', '02/06/2026', physical, business, 'Comptage Brut', unit, ...(step ? [step[1]] : [])].join(';'), // prettier-ignore
    'Horodate;Valeur',
    ...rows,
    '',
  ].join('\r\n');

describe('an export file that is not as usual', () => {
  let home: ImportHome;
  beforeEach(() => {
    sinon.replace(clock, 'now', () => NOW);
    home = new ImportHome();
  });
  afterEach(() => {
    home.remove();
    sinon.restore();
  });

  /** `01T00:30+02:00 30: 100`: the day and time a reading starts, its minutes and value. */
  const kept = async (name: ReadingSeries = CURVE): Promise<string[]> =>
    (await home.readings(name)).map(({ start, end, value }) => {
      const iso = isoParis(start);
      return `${iso.slice(8, 16)}${iso.slice(23)} ${(end - start) / 60_000}: ${value}`;
    });
  const reasons = async (content: string, options = {}): Promise<string[]> =>
    (await home.import(content, options)).rejected.map(
      ({ reason, row, count }) => `${reason} ${row} ${count}`,
    );

  describe('in Excel', () => {
    const cells = (row: number, columns: number): string =>
      `<row r="${row}"><c r="A${row}"><v>1</v></c>${columns > 1 ? `<c r="XFD${row}"><v>1</v></c>` : ''}</row>`;
    // Each would take more memory than Node-RED has, or minutes of its time.
    for (const [what, rows] of [
      ['with its last cell alone', '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'],
      [
        'with 20,000 rows of 16,384 columns',
        Array.from({ length: 20_000 }, (_, i) => cells(i + 1, i === 19_999 ? 2 : 1)).join(''),
      ],
    ] as const) {
      it(`${what}, is refused, and Node-RED goes on`, async function () {
        this.timeout(60_000);
        let turns = 0;
        const counting = setInterval(() => (turns += 1), 10);
        await assert.rejects(home.import(excelOfXml(rows)), { key: 'import-too-large' });
        clearInterval(counting);
        assert.ok(turns > 10);
      });
    }

    it('ends with its import', async () => {
      const ending = new AbortController();
      const content = excelOfXml('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>');
      const work = home.import(content, { signal: ending.signal });
      const reason = new Error('closed');
      ending.abort(reason);
      await assert.rejects(work, reason);
    });
  });

  describe('that ends within a line', () => {
    it('does not keep what may be a part of a value', async () => {
      for (const content of [
        'Date;Valeur (en kWh)\n01/06/2026;12,345\n02/06/2026;12,34',
        block({ type: 'Index', unit: 'Wh' }, [
          '2026-06-01T00:00:00+02:00;12345678',
          '2026-06-02T00:00:00+02:00;1234',
        ]).trimEnd(),
        block({ type: 'Puissance maximale quotidienne', unit: 'VA' }, [
          '2026-06-01T13:00:00+02:00;4500',
          '2026-06-02T13:00:00+02:00;45',
        ]).trimEnd(),
        block(
          {},
          ['2026-06-01T23:30:00+02:00;1100', '2026-06-02T00:00:00+02:00;12'],
          ['Pas en minutes', '30'],
        ).trimEnd(),
      ]) {
        assert.deepEqual(
          (await reasons(content)).map((text) => text.split(' ')[0]),
          ['cut-off'],
          content,
        );
      }
    });

    it('keeps the last value of a day where it is written as those before', async () => {
      assert.deepEqual(await reasons('Date;Valeur (en kWh)\n01/06/2026;12,345\n02/06/2026;9,876'), []);
      const rows = ['2026-06-01T23:30:00+02:00;1100', '2026-06-02T00:00:00+02:00;1250'];
      assert.deepEqual(await reasons(block({}, rows, ['Pas en minutes', '30']).trimEnd()), []);
      assert.equal((await kept()).length, 2);
      assert.equal((await home.readings('consumption-daily')).length, 2);
    });
  });

  describe('on 25 October, with rows that are not there at all', () => {
    it('takes a time that comes after a later one for that of the second hour', async () => {
      const rows = ['01:00', '02:30', '02:00', '03:00'].map((time, i) => `2026-10-25 ${time}:00;${100 + i}`);
      await home.import(block({}, rows, ['Pas en minutes', '30']));
      assert.deepEqual(await kept(), [
        '25T00:30+02:00 30: 100',
        '25T02:00+02:00 30: 101',
        '25T02:30+02:00 30: 102',
        '25T02:30+01:00 30: 103',
      ]);
    });

    it('goes by the start where there is one', async () => {
      await home.import('Début;Fin;Valeur (en kW)\n25/10/2026 02:30:00;25/10/2026 02:00:00;0,5\n');
      assert.deepEqual(await kept(), ['25T02:30+02:00 30: 500']);
    });

    it('takes no interval that cannot be', async () => {
      const rows = [
        '25/10/2026 10:00:00;25/10/2026 10:00:00;0,5',
        '29/03/2026 10:00:00;29/03/2026 12:00:00;0,5',
      ];
      const rejected = await reasons(['Début;Fin;Valeur (en kW)', ...rows, ''].join('\n'));
      assert.deepEqual(rejected, ['bad-interval 2 2']);
    });
  });

  describe('says whose it is', () => {
    const daily = (...lines: string[]): string =>
      [...lines, 'Date;Valeur (en kWh)', '01/06/2026;12,345', ''].join('\n');
    for (const [what, content] of [
      ['with spaces', daily('Point Référence Mesure (PRM) :;98 765 432 109 876')],
      ['with a digit too few', daily('Point Référence Mesure (PRM) :;987654321098')],
      ['below its label', daily('Point Référence Mesure (PRM) :', '98765432109876')],
      ['as PDL', daily('Numéro PDL : 98765432109876')],
      ['as a point de livraison', daily('Point de livraison : 98765432109876')],
      ['in words of its block', block({ prm: 'inconnu' }, ['2026-06-01T00:30:00+02:00;1'])],
    ] as const) {
      it(`${what}: another's is refused`, () =>
        assert.rejects(home.import(content), { key: 'import-foreign' }));
    }
    for (const [what, content] of [
      ['with spaces', block({ prm: '12 345 678 901 234' }, ['2026-06-01T00:30:00+02:00;1'])],
      [
        'as Excel writes what it must not take for a number',
        block({ prm: `="${PDL}"` }, ['2026-06-01T00:30:00+02:00;1']),
      ],
      ['below its label', daily('Point Référence Mesure (PRM) :', PDL)],
    ] as const) {
      it(`${what}: its own is taken`, async () => {
        assert.equal((await home.import(content)).series[0]?.taken, 1);
      });
    }
    it('without the zero that Excel took away', async () => {
      const content = block({ prm: '1234567890123' }, ['2026-06-01T00:30:00+02:00;1']);
      assert.equal((await home.import(content, { usagePoint: '01234567890123' })).series[0]?.taken, 1);
    });
  });

  describe('says how long its intervals are', () => {
    it('in a column that is called otherwise', async () => {
      await home.import(block({}, ['2026-06-01T03:00:00+02:00;1000'], ['Pas (en minutes)', '60']));
      assert.deepEqual(await kept(), ['01T02:00+02:00 60: 1000']);
    });

    it('by the days before, where a row stands alone', async () => {
      const hours = [
        '2026-06-01T01:00:00+02:00;10',
        '2026-06-01T02:00:00+02:00;20',
        '2026-06-02T05:00:00+02:00;30',
      ];
      await home.import(block({}, hours));
      assert.equal((await kept()).at(-1), '02T04:00+02:00 60: 30');
    });

    it('each of its tables for itself', async () => {
      const hours = ['2026-06-01T01:00:00+02:00;1000', '2026-06-01T02:00:00+02:00;2000'];
      const halves = ['00:30', '01:00', '01:30', '02:00'].map(
        (time, i) => `2026-06-01T${time}:00+02:00;${500 + i}`,
      );
      await home.import(block({}, hours) + block({}, halves));
      assert.deepEqual(
        (await kept()).map((text) => text.split(' ')[1]),
        ['30:', '30:', '30:', '30:'],
      );
      assert.deepEqual(
        (await home.readings(CURVE)).map(({ value }) => value),
        [500, 501, 502, 503],
      );
    });
  });

  describe('has tables that are none of a load curve, of days, of max power or of registers', () => {
    for (const [what, content] of [
      ['a day in hours', 'Date;Heure;Valeur (en kWh)\n01/06/2026;00:00;1,5\n01/06/2026;01:00;2,5\n'],
      [
        'a day in tariff periods',
        'Date;Valeur HP (en kWh);Valeur HC (en kWh)\n01/06/2026;1,5;2,5\n01/07/2026;1,5;2,5\n',
      ],
      [
        'reactive energy',
        block({ physical: 'Energie réactive' }, [
          '2026-06-01T00:30:00+02:00;1',
          '2026-06-01T01:00:00+02:00;1',
        ]),
      ],
      [
        'a voltage',
        block({ physical: 'Tension' }, ['2026-06-01T00:30:00+02:00;1', '2026-06-01T01:00:00+02:00;1']),
      ],
    ] as const) {
      it(what, async () => {
        const { rejected, series } = await home.import(content);
        assert.deepEqual(
          rejected.map(({ reason, count }) => [reason, count]),
          [['unknown-layout', 2]],
        );
        assert.deepEqual(series, []);
      });
    }

    it('but takes the days below a block of another kind for days of nobody said direction', async () => {
      const above = block({ type: 'Index', business: 'Production', unit: 'Wh' }, [
        '2026-06-01T00:00:00+02:00;1000',
      ]);
      await home.import(`${above}Date;Valeur (en kWh)\n01/06/2026;12,5\n`, { direction: 'consumption' });
      assert.deepEqual(await home.registers('production-registers'), [
        { day: '2026-06-01', total: 1000, calendars: [] },
      ]);
      assert.deepEqual(await kept('consumption-daily'), ['01T00:00+02:00 1440: 12500']);
    });
  });

  describe('is written otherwise', () => {
    const DAYS = ['Date;Valeur (en kWh)', '01/06/2026;12,345', ''];
    const curve = 'Début;Fin;Valeur (en kW)\r\n01/06/2026 00:00:00;01/06/2026 00:30:00;0,5\r\n';
    for (const [what, content] of [
      ['in Windows-1252', Buffer.from(curve, 'latin1')],
      ['in UTF-16, with tabs', Buffer.from(`\ufeff${curve.replaceAll(';', '\t')}`, 'utf16le')],
    ] as const) {
      it(what, async () => {
        await home.import(content);
        assert.deepEqual(await kept(), ['01T00:00+02:00 30: 500']);
      });
    }
    for (const header of ['Valeur en kWh', 'Valeur (kWh)', 'VALEUR (EN KWH)', 'Valeur ( en kWh )']) {
      it(`with “${header}”`, async () => {
        await home.import(DAYS.join('\n').replace('Valeur (en kWh)', header));
        assert.deepEqual(await kept('consumption-daily'), ['01T00:00+02:00 1440: 12345']);
      });
    }
  });

  it('names the first row that it leaves out, also where it begins with the newest', async () => {
    const rows = ['20/06/2026;x', '19/06/2026;1', '18/06/2026;x', '17/06/2026;-5'];
    assert.deepEqual(await reasons(['Date;Valeur (en kWh)', ...rows, ''].join('\n')), [
      'not-a-number 2 2',
      'negative 5 1',
    ]);
    const fine = ['20/06/2026;1,2345', '01/06/2026;1,2345'];
    assert.deepEqual(await reasons(['Date;Valeur (en kWh)', ...fine, ''].join('\n')), ['not-whole 2 2']);
  });

  it('has a line without end: the rest is taken', async () => {
    const rows = ['01/06/2026;1', `x${'y'.repeat(300_000)};2`, '02/06/2026;3'];
    assert.deepEqual(await reasons(['Date;Valeur (en kWh)', ...rows, ''].join('\r\n')), ['no-such-date 3 1']);
    assert.equal((await kept('consumption-daily')).length, 2);
    assert.deepEqual(await reasons(['Date;Valeur (en kWh)', '03/06/2026;x', ''].join('\r\n')), [
      'not-a-number 2 1',
    ]);
    await assert.rejects(home.import('z'.repeat(3_000_000)), { key: 'import-unknown' });
  });

  it('has no value of more than twelve digits', async () => {
    assert.deepEqual(await reasons('Date;Valeur (en kWh)\n01/06/2026;999999999999\n'), ['not-a-number 2 1']);
  });

  it('that repeats one day a hundred thousand times does not fill the memory', async () => {
    const rows = Array.from({ length: 100_000 }, () => '01/06/2026;12,345');
    const { series, rejected } = await home.import(['Date;Valeur (en kWh)', ...rows, ''].join('\n'));
    assert.deepEqual([series[0]?.taken, rejected], [1, []]);
  });

  it('has the total that the registers of the interface lack', async () => {
    const day = '2026-06-01';
    const calendars = [{ id: 'FC022500', name: 'HC/HP', registers: { HC: 500, HP: 503 } }];
    const answer = { range: { start: day, end: '2026-06-02' }, requestedAt: NOW, isPlanned: true };
    await home.store.recordRegisters({ usagePoint: PDL, name: 'consumption-registers' }, answer, [
      { day, calendars },
    ]);
    await home.import(block({ type: 'Index', unit: 'Wh' }, ['2026-06-01T00:00:00+02:00;1003']));
    assert.deepEqual(await home.registers('consumption-registers'), [{ day, calendars, total: 1003 }]);
    assert.equal(
      (await home.store.statuses(keyOf('consumption-registers'), answer.range))[0]?.state,
      'complete',
    );
  });

  it('of a time before the meter’s first day has the totals of that year published again', async () => {
    const key = keyOf('consumption-daily');
    const range = { start: '2026-05-01', end: '2026-05-02' };
    await home.import('Date;Valeur (en kWh)\n01/05/2026;12,345\n');
    await home.store.setFloor(key, { day: '2026-04-30', reason: 'no-meter', probedAt: NOW, provider: 'p' });
    const [before] = await home.store.records(key, range);
    await home.import('Date;Valeur (en kWh)\n01/02/2026;12,345\n');
    const [after] = await home.store.records(key, range);
    assert.ok((after?.revision ?? 0) > (before?.revision ?? 0));
    assert.equal((await home.store.facts(key)).floor, undefined);
  });
});
