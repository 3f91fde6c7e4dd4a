import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { LinkyError } from '../../../src/providers/errors';
import { parseReadings, parseRegisters } from '../../../src/providers/parser';
import type { Provider } from '../../../src/providers/provider';
import { addDays, daysBetween, isoParis, startOfDay, type Day } from '../../../src/calendar/paris';
import { dayState, energyOf } from '../../../src/metering/readings';
import type { Series } from '../../../src/metering/metrics';

const PDL = '12345678901234';
type Point = Record<string, unknown>;

const request = (series: Series, start: Day, end: Day) => ({ usagePoint: PDL, series, start, end });
const measure = (metier: string, physical: string, unit: string, points: unknown[]) => ({
  idPrm: PDL,
  etapeMetier: 'BRUT',
  grandeur: [
    { grandeurMetier: metier, grandeurPhysique: physical, unite: unit, points, calendrier: [] as unknown[] },
  ],
  contexte: [],
});
const curve = (points: unknown[]) => measure('CONS', 'PA', 'W', points);
const point = (d: string, v: unknown = '1', p: unknown = 'PT30M'): Point => ({
  v,
  d,
  p,
  n: 'B',
  iv: '0',
  ec: '0',
});

/**
 * The instants and the labels Enedis gives a day's intervals, by luxon: local time of the end of each.
 * @param atChange which clock labels the interval that ends when the clocks change: the one before or after it
 */
function intervals(
  day: Day,
  minutes: number,
  atChange: 'before' | 'after',
): { end: number; label: string }[] {
  const midnight = DateTime.fromISO(day, { zone: 'Europe/Paris' });
  const count = midnight.plus({ days: 1 }).diff(midnight, 'minutes').minutes / minutes;
  return Array.from({ length: count }, (_, i) => {
    const start = midnight.plus({ minutes: minutes * i });
    const end = start.plus({ minutes });
    const byOldClock = start.setZone('utc', { keepLocalTime: true }).plus({ minutes });
    const labelled = atChange === 'before' ? byOldClock : end;
    return { end: end.toMillis(), label: labelled.toFormat('yyyy-MM-dd HH:mm:ss') };
  });
}

/** As MyElectricalData labels: the minutes subtracted from the digits of the label. */
const startLabel = (label: string, minutes: number): string =>
  DateTime.fromSQL(label, { zone: 'utc' }).minus({ minutes }).toFormat('yyyy-MM-dd HH:mm:ss');

const readDay = (day: Day, points: unknown[], labels: Provider['labels'] = 'end') =>
  parseReadings(curve(points), request('consumption-load-curve', day, addDays(day, 1)), labels);

describe('load curve labels', () => {
  it('of any day, interval and labelling come back as the instants they were, and tile the day', () => {
    const anyDay = fc
      .integer({ min: 0, max: daysBetween('2015-01-01', '2035-12-31') })
      .map((n) => addDays('2015-01-01', n));
    const changes = fc.constantFrom('2026-03-29', '2026-10-25', '2016-03-27', '2035-10-28', '2027-10-31');
    const values = fc.infiniteStream(fc.nat(40_000));
    fc.assert(
      fc.property(
        fc.oneof(anyDay, changes),
        fc.constantFrom(5, 10, 15, 30, 60),
        fc.constantFrom<Provider['labels']>('end', 'start'),
        fc.constantFrom('before' as const, 'after' as const),
        fc.boolean(),
        values,
        (day, minutes, labels, atChange, newestFirst, stream) => {
          const truth = intervals(day, minutes, atChange).map((interval) => ({
            ...interval,
            value: Number(stream.next().value),
          }));
          const sent = truth.map(({ label, value }) =>
            point(labels === 'end' ? label : startLabel(label, minutes), String(value), `PT${minutes}M`),
          );
          const { readings, rejected } = readDay(day, newestFirst ? sent.toReversed() : sent, labels);
          assert.deepEqual(rejected, []);
          assert.equal(dayState('consumption-load-curve', day, readings), 'complete');
          assert.deepEqual(
            readings.map(({ end, value }) => ({ end, value })),
            truth.map(({ end, value }) => ({ end, value })),
          );
          const energy = readings.reduce((sum, reading) => sum + energyOf(reading), 0);
          const expected = truth.reduce((sum, { value }) => sum + (value * minutes) / 60, 0);
          assert.ok(Math.abs(energy - expected) < 1e-6 * (1 + expected));
        },
      ),
      { numRuns: 500 },
    );
  });

  const starts = (day: Day, dates: string[], length: unknown = 'PT30M') =>
    readDay(
      day,
      dates.map((date, i) => point(date, String(i), length)),
    ).readings.map(
      ({ start, value }) => `${isoParis(start).slice(11, 16)}${isoParis(start).slice(23)} ${value}`,
    );

  const table: [string, Day, string[], string[], unknown?][] = [
    ['one of the two October hours: the first', '2026-10-25', ['2026-10-25 02:30:00'], ['02:00+02:00 0']],
    [
      'October, hour after hour',
      '2026-10-25',
      ['2026-10-25 02:00:00', '2026-10-25 02:30:00', '2026-10-25 02:00:00', '2026-10-25 02:30:00'],
      ['01:30+02:00 0', '02:00+02:00 1', '02:30+02:00 2', '02:00+01:00 3'],
    ],
    [
      'October, pairs of labels',
      '2026-10-25',
      ['2026-10-25 02:00:00', '2026-10-25 02:00:00', '2026-10-25 02:30:00', '2026-10-25 02:30:00'],
      ['01:30+02:00 0', '02:00+02:00 2', '02:30+02:00 1', '02:00+01:00 3'],
    ],
    [
      'October, the end of the first hour called 03:00',
      '2026-10-25',
      ['2026-10-25 02:30:00', '2026-10-25 03:00:00', '2026-10-25 02:30:00', '2026-10-25 03:00:00'],
      ['02:00+02:00 0', '02:30+02:00 1', '02:00+01:00 2', '02:30+01:00 3'],
    ],
    [
      'October, newest first',
      '2026-10-25',
      ['2026-10-25 03:00:00', '2026-10-25 02:30:00', '2026-10-25 03:00:00', '2026-10-25 02:30:00'],
      ['02:00+02:00 3', '02:30+02:00 2', '02:00+01:00 1', '02:30+01:00 0'],
    ],
    ['the end at the March jump, called 02:00', '2026-03-29', ['2026-03-29 02:00:00'], ['01:30+01:00 0']],
    ['the end at the March jump, called 03:00', '2026-03-29', ['2026-03-29 03:00:00'], ['01:30+01:00 0']],
    ['a time that March does not have', '2026-03-29', ['2026-03-29 02:30:00'], []],
    ['a length that is absent, from the distance of the ends', '2026-11-22',
      ['2026-11-22 10:00:00', '2026-11-22 10:15:00'], ['09:45+01:00 0', '10:00+01:00 1'], null],
    ['a length that is absent and cannot be seen', '2026-11-22', ['2026-11-22 10:00:00'], ['09:30+01:00 0'], null],
  ]; // prettier-ignore
  for (const [name, day, dates, expected, length] of table) {
    it(name, () => {
      assert.deepEqual(starts(day, dates, length === undefined ? 'PT30M' : length), expected);
    });
  }

  it('take a length that changes within the answer', () => {
    const { readings, rejected } = readDay('2026-11-22', [
      point('2026-11-22 01:00:00', '600', 'PT60M'),
      point('2026-11-22 01:10:00', '300', 'PT10M'),
      point('2026-11-22 01:40:00', '200', 'PT30M'),
    ]);
    assert.deepEqual(rejected, []);
    assert.deepEqual(
      readings.map(({ start, end }) => (end - start) / 60_000),
      [60, 10, 30],
    );
  });
});

describe('what is wrong in an answer', () => {
  const right = point('2026-11-22 10:00:00', '540');
  const table: [string, unknown, string, Day | undefined][] = [
    ['null', null, 'not-an-object', undefined],
    ['a text', 'x', 'not-an-object', undefined],
    ['a value that is no number', point('2026-11-22 11:00:00', 'abc'), 'not-a-number', '2026-11-22'],
    ['a negative value', point('2026-11-22 11:00:00', '-5'), 'not-a-number', '2026-11-22'],
    ['a broken value', point('2026-11-22 11:00:00', '12.5'), 'not-a-number', '2026-11-22'],
    ['an absent value', { d: '2026-11-22 11:00:00' }, 'not-a-number', '2026-11-22'],
    ['a date that does not exist', point('2026-02-30 11:00:00'), 'no-such-date', undefined],
    ['a time that does not exist', point('2026-11-22 25:00:00'), 'no-such-date', undefined],
    ['a date that is a number', point(5 as unknown as string), 'no-such-date', undefined],
    ['a day that was not asked', point('2026-11-20 11:00:00'), 'outside-range', '2026-11-20'],
    ['midnight of the day before', point('2026-11-22 00:00:00'), 'outside-range', '2026-11-21'],
    ['an unknown length', point('2026-11-22 11:00:00', '1', 'PT7M'), 'bad-interval', '2026-11-22'],
    ['an interval over midnight', point('2026-11-22 00:30:00', '1', 'PT60M'), 'bad-interval', '2026-11-22'],
    ['an interval over another', point('2026-11-22 10:10:00', '1', 'PT30M'), 'overlap', '2026-11-22'],
    ['the same time with another value', point('2026-11-22 10:00:00', '541'), 'overlap', '2026-11-22'],
  ];
  for (const [name, wrong, reason, day] of table) {
    it(`${name} is rejected as ${reason}, the rest is kept`, () => {
      const { readings, rejected } = readDay('2026-11-22', [right, wrong]);
      assert.deepEqual(rejected, [{ day, reason, count: 1 }]);
      assert.deepEqual(
        readings.map(({ value }) => value),
        [540],
      );
    });
  }

  it('the same reading again is no mistake', () => {
    const { readings, rejected } = readDay('2026-11-22', [right, right]);
    assert.deepEqual([readings.length, rejected], [1, []]);
  });

  for (const content of [undefined, null, 5, 'text', [], {}, { grandeur: {} }, { interval_reading: [] }]) {
    it(`${JSON.stringify(content) as string | undefined} is no answer`, () => {
      assert.throws(
        () => parseReadings(content, request('consumption-daily', '2026-11-22', '2026-11-23'), 'end'),
        (error) => error instanceof LinkyError && error.key === 'bad-answer',
      );
    });
  }

  it('nothing is taken of another meter', () => {
    const foreign = { ...curve([right]), idPrm: '99999999999999' };
    assert.throws(
      () => parseReadings(foreign, request('consumption-load-curve', '2026-11-22', '2026-11-23'), 'end'),
      (error) => error instanceof LinkyError && error.key === 'foreign-usage-point',
    );
  });

  it('null is no value, and no mistake', () => {
    const { readings, rejected } = readDay('2026-11-22', [right, point('2026-11-22 10:30:00', null)]);
    assert.deepEqual([readings.length, rejected], [1, []]);
    const daily = measure('CONS', 'EA', 'Wh', [{ v: null, d: '2026-11-22' }]);
    const days = parseReadings(daily, request('consumption-daily', '2026-11-22', '2026-11-23'), 'end');
    assert.deepEqual(days, { readings: [], rejected: [] });
  });

  it('a null tells the length of its neighbours where none is told', () => {
    const { readings } = readDay('2026-11-22', [
      point('2026-11-22 10:00:00', '1', null),
      point('2026-11-22 10:10:00', null, null),
      point('2026-11-22 10:20:00', '3', null),
    ]);
    assert.deepEqual(
      readings.map(({ start, end }) => (end - start) / 60_000),
      [10, 10],
    );
  });
});

describe('the quantity that was requested', () => {
  const [right] = curve([point('2026-11-22 10:00:00', '540')]).grandeur;
  const read = (grandeur: unknown[]) =>
    parseReadings(
      { idPrm: PDL, grandeur },
      request('consumption-load-curve', '2026-11-22', '2026-11-23'),
      'end',
    );
  const values = ({ readings }: ReturnType<typeof read>) => readings.map(({ value }) => value);

  it('is found among others', () => {
    const others = [
      { ...right, grandeurMetier: 'PROD', points: [point('2026-11-22 10:00:00', '7')] },
      { ...right, grandeurPhysique: 'EA', unite: 'Wh', points: [point('2026-11-22 10:00:00', '8')] },
      { ...right, unite: 'kW', points: [point('2026-11-22 10:00:00', '9')] },
      null,
    ];
    const found = read([...others, right]);
    assert.deepEqual([values(found), found.rejected], [[540], []]);
  });

  it('may come in several parts', () => {
    const other = { ...right, points: [point('2026-11-22 10:30:00', '541')] };
    const found = read([{ ...right, points: [] }, right, other]);
    assert.deepEqual([values(found), found.rejected], [[540, 541], []]);
  });

  it('is rejected in another unit', () => {
    const found = read([{ ...right, unite: 'kW' }]);
    assert.deepEqual(found, { readings: [], rejected: [{ day: undefined, reason: 'wrong-unit', count: 1 }] });
  });

  it('is missed where only others came, and not where nothing came', () => {
    const others = read([{ ...right, grandeurMetier: 'PROD' }]);
    const rejected = [{ day: undefined, reason: 'other-quantity', count: 1 }];
    assert.deepEqual(others, { readings: [], rejected });
    assert.deepEqual(read([]), { readings: [], rejected: [] });
  });
});

describe('answers as Enedis gave them on 29 and 30 September 2026', () => {
  const read = (series: Series, content: unknown, labels: Provider['labels'] = 'end') => {
    const { readings, rejected } = parseReadings(
      content,
      request(series, '2026-09-29', '2026-10-01'),
      labels,
    );
    assert.deepEqual(rejected, []);
    return readings.map(({ start, end, value, at }) => [
      isoParis(start),
      isoParis(end),
      value,
      ...(at === undefined ? [] : [isoParis(at)]),
    ]);
  };
  const first = ['2026-09-29T00:00:00.000+02:00', '2026-09-30T00:00:00.000+02:00'];
  const second = ['2026-09-30T00:00:00.000+02:00', '2026-10-01T00:00:00.000+02:00'];

  it('the load curve', () => {
    const points = [
      point('2026-09-29 00:30:00', '4078'),
      point('2026-09-29 01:00:00', '2848'),
      point('2026-09-30 00:00:00', '4224'),
      point('2026-09-30 00:30:00', '3514'),
    ];
    assert.deepEqual(read('consumption-load-curve', curve(points)), [
      ['2026-09-29T00:00:00.000+02:00', '2026-09-29T00:30:00.000+02:00', 4078],
      ['2026-09-29T00:30:00.000+02:00', '2026-09-29T01:00:00.000+02:00', 2848],
      ['2026-09-29T23:30:00.000+02:00', '2026-09-30T00:00:00.000+02:00', 4224],
      ['2026-09-30T00:00:00.000+02:00', '2026-09-30T00:30:00.000+02:00', 3514],
    ]);
  });

  it('daily consumption and production', () => {
    const points = (...values: string[]) => values.map((v, i) => ({ v, d: `2026-09-${29 + i}` }));
    const consumed = measure('CONS', 'EA', 'Wh', points('33495', '38022'));
    assert.deepEqual(read('consumption-daily', consumed), [
      [...first, 33495],
      [...second, 38022],
    ]);
    const produced = measure('PROD', 'EA', 'Wh', points('8263', '941'));
    assert.deepEqual(read('production-daily', produced), [
      [...first, 8263],
      [...second, 941],
    ]);
  });

  it('max power, with the instant of the peak, whichever way load curves are labelled', () => {
    const points = [
      { v: '4680', d: '2026-09-29 13:03:35' },
      { v: '6510', d: '2026-09-30 12:50:25' },
    ];
    for (const labels of ['end', 'start'] as const) {
      assert.deepEqual(read('consumption-max-power', measure('CONS', 'PMA', 'VA', points), labels), [
        [...first, 4680, '2026-09-29T13:03:35.000+02:00'],
        [...second, 6510, '2026-09-30T12:50:25.000+02:00'],
      ]);
    }
  });

  it('a max power at a time that the March day does not have', () => {
    const march = request('consumption-max-power', '2026-03-29', '2026-03-30');
    const points = [{ v: '5000', d: '2026-03-29 02:15:00' }];
    const { readings, rejected } = parseReadings(measure('CONS', 'PMA', 'VA', points), march, 'end');
    assert.deepEqual([readings.map(({ value, at }) => [value, at]), rejected], [[[5000, undefined]], []]);
  });

  it('a max power whose day alone is told', () => {
    const points = [{ v: '5000', d: '2026-09-29' }];
    assert.deepEqual(read('consumption-max-power', measure('CONS', 'PMA', 'VA', points)), [[...first, 5000]]);
  });

  it('a load curve without lengths is labelled at the end by everybody', () => {
    const points = [point('2026-09-29 00:30:00', '1', null), point('2026-09-29 01:00:00', '2', null)];
    for (const labels of ['end', 'start'] as const) {
      assert.deepEqual(
        read('consumption-load-curve', curve(points), labels).map(([start]) => start),
        ['2026-09-29T00:00:00.000+02:00', '2026-09-29T00:30:00.000+02:00'],
      );
    }
  });
});

describe('registers', () => {
  const value = (day: Day, v: unknown) => ({ d: `${day} 00:00:00`, v, iv: 0 });
  const period = (id: string, ...valeur: unknown[]) => ({ idClasseTemporelle: id, codeCadran: '1', valeur });
  const content = (changes: object = {}) => ({
    idPrm: PDL,
    grandeur: [],
    contexte: [
      {
        grandeur: [
          { grandeurMetier: 'CONS', grandeurPhysique: 'PMA', unite: 'VA', calendrier: [] },
          {
            grandeurMetier: 'CONS',
            grandeurPhysique: 'EA',
            unite: 'Wh',
            calendrier: [
              {
                idCalendrier: 'DI000003',
                libelleCalendrier: 'Grille distributeur',
                classeTemporelle: [period('HCB', value('2026-09-29', 9), value('2026-09-30', 9))],
              },
              {
                idCalendrier: 'FC000002',
                libelleCalendrier: 'Heures Creuses/Pleines',
                classeTemporelle: [
                  period('HC', value('2026-09-29', 100), value('2026-09-30', 150)),
                  period('HP', value('2026-09-29', 200), value('2026-09-30', 260)),
                ],
              },
            ],
            cadranTotalisateur: {
              codeCadran: 'ET',
              valeur: [value('2026-09-30', 410), value('2026-09-29', 300)],
            },
            ...changes,
          },
        ],
      },
    ],
  });
  const read = (changes: object = {}) =>
    parseRegisters(content(changes), request('consumption-registers', '2026-09-29', '2026-10-01'));
  const calendar = (HC: number, HP: number) => ({
    id: 'FC000002',
    name: 'Heures Creuses/Pleines',
    registers: { HC, HP },
  });

  it('are the days of the supplier’s calendar, with the total', () => {
    assert.deepEqual(read(), {
      days: [
        { day: '2026-09-29', total: 300, calendars: [calendar(100, 200)] },
        { day: '2026-09-30', total: 410, calendars: [calendar(150, 260)] },
      ],
      rejected: [],
    });
  });

  it('keep both calendars where one changes', () => {
    const classes = (day: Day) => [period('BASE', value(day, 300))];
    const { days } = read({
      calendrier: [
        { idCalendrier: 'FC000001', libelleCalendrier: 'Base', classeTemporelle: classes('2026-09-29') },
        { idCalendrier: 'FC000009', libelleCalendrier: 'Autre', classeTemporelle: classes('2026-09-30') },
      ],
      cadranTotalisateur: undefined,
    });
    assert.deepEqual(
      days.map(({ day, total, calendars }) => [day, total, calendars.map(({ id }) => id)]),
      [
        ['2026-09-29', undefined, ['FC000001']],
        ['2026-09-30', undefined, ['FC000009']],
      ],
    );
  });

  it('reject what is not right, and keep the rest', () => {
    const valeur = [
      value('2026-09-29', 300),
      value('2026-09-30', -1),
      { d: '2026-09-30 12:00:00', v: 5 },
      { d: '2026-02-30', v: 5 },
      value('2026-10-01', 500),
      value('2026-09-30', null),
    ];
    const { days, rejected } = read({ calendrier: [], cadranTotalisateur: { valeur } });
    assert.deepEqual(days, [{ day: '2026-09-29', total: 300, calendars: [] }]);
    assert.deepEqual(
      rejected.map(({ reason, count }) => [reason, count]),
      [
        ['not-a-number', 1],
        ['no-such-date', 1],
        ['no-such-date', 1],
        ['outside-range', 1],
      ],
    );
    assert.deepEqual(read({ unite: 'kWh' }), {
      days: [],
      rejected: [{ day: undefined, reason: 'wrong-unit', count: 1 }],
    });
  });

  it('are no answer without their list', () => {
    assert.throws(
      () => parseRegisters({ idPrm: PDL }, request('consumption-registers', '2026-09-29', '2026-10-01')),
      { key: 'bad-answer' },
    );
  });
});

describe('daily values', () => {
  it('cover the Paris day, and 0 is a value', () => {
    const { readings } = parseReadings(
      measure('PROD', 'EA', 'Wh', [{ v: '0', d: '2026-03-29' }]),
      request('production-daily', '2026-03-29', '2026-03-30'),
      'end',
    );
    assert.deepEqual(readings, [
      { start: startOfDay('2026-03-29'), end: startOfDay('2026-03-30'), value: 0 },
    ]);
  });
});
