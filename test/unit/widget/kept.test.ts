import assert from 'node:assert/strict';
import { costBeside, isComparison, keptOf, keyOf } from '../../../src/widget/kept';
import { costMessageOf } from '../../support/widget/costs';
import { BARN, messageOf } from '../../support/widget/messages';

const GOOD = messageOf('consumption', 'daily');
const COST = costMessageOf('tempo', 'daily');

describe('what the widget keeps of a message', () => {
  it('is what the face needs, its instants in ms', () => {
    const kept = keptOf({ ...GOOD, _msgid: '1', readings: GOOD.series });
    assert.ok(kept);
    assert.deepEqual(Object.keys(kept).sort(), [
      'direction',
      'end',
      'meter',
      'metric',
      'series',
      'start',
      'unit',
      'upToDate',
      'usagePoint',
      'value',
    ]);
    assert.equal(kept.value, GOOD.payload);
    assert.equal(kept.end, Date.parse(GOOD.end));
    assert.equal(kept.series.length, 31);
    assert.equal(keyOf(kept), '12345678901234/consumption/daily');
  });

  it('keeps the instant of a peak and the mark of a gap', () => {
    const peak = keptOf(messageOf('consumption', 'max-power'))?.series[0];
    assert.equal(typeof peak?.at, 'number');
    const [first] = GOOD.series;
    const holed = keptOf({ ...GOOD, series: [{ ...first, incomplete: true }] });
    assert.equal(holed?.series[0]?.incomplete, true);
  });

  it('keeps the same dates a year before, where they are told', () => {
    const [first] = GOOD.series;
    const before = { start: '2025-11-01T00:00:00+01:00', end: '2025-11-25T00:00:00+01:00', value: 390 };
    const table: [sent: unknown, kept: unknown][] = [
      [before, { end: Date.parse(before.end), value: 390 }],
      [
        { ...before, incomplete: true },
        { end: Date.parse(before.end), value: 390, incomplete: true },
      ],
      [{ ...before, value: '390' }, undefined],
      [{ ...before, end: 'soon' }, undefined],
      [390, undefined],
      [null, undefined],
    ];
    for (const [sent, expected] of table)
      assert.deepEqual(
        keptOf({ ...GOOD, series: [{ ...first, previous: sent }] })?.series[0]?.previous,
        expected,
      );
  });

  it('needs neither meter nor series', () => {
    const { payload, unit, direction, metric, start, end } = GOOD;
    const bare = { payload, unit, direction, metric, start, end };
    const kept = keptOf(bare);
    assert.deepEqual([kept?.series, kept?.meter, kept?.usagePoint, kept?.upToDate], [[], '', '', true]);
  });

  it('leaves out what is no value in a series, and what no window has', () => {
    const [first] = GOOD.series;
    const odd = [
      null,
      7,
      { ...first, value: 'x' },
      { ...first, start: 'soon' },
      { ...first, end: first?.start },
    ];
    assert.deepEqual(keptOf({ ...GOOD, series: odd })?.series, []);
    const many = Array.from({ length: 50_000 }, () => first);
    assert.ok((keptOf({ ...GOOD, series: many })?.series.length ?? Infinity) < 1100);
  });

  const wrong: [what: string, message: unknown][] = [
    ['nothing', undefined],
    ['a text', 'consumption'],
    ['a list', [GOOD]],
    ['another message', { topic: 'temperature', payload: 21 }],
    ['a refresh', { topic: 'refresh' }],
    ['a payload that is a text', { ...GOOD, payload: '18.4' }],
    ['a payload that is no number', { ...GOOD, payload: NaN }],
    ['a direction that is none', { ...GOOD, direction: 'sideways' }],
    ['a metric that is none', { ...GOOD, metric: 'weekly' }],
    ['no unit', { ...GOOD, unit: undefined }],
    ['a start that is no date', { ...GOOD, start: 'yesterday' }],
    ['an end before its start', { ...GOOD, start: GOOD.end, end: GOOD.start }],
  ];
  for (const [what, message] of wrong) {
    it(`is nothing of ${what}`, () => {
      assert.equal(keptOf(message), undefined);
    });
  }

  describe('that is a cost', () => {
    it('is apart from the energy of the same metric, by its unit', () => {
      const table: [message: object, key: string | undefined][] = [
        [COST, '12345678901234/consumption/cost-daily'],
        [costMessageOf('tempo', 'monthly'), '12345678901234/consumption/cost-monthly'],
        [costMessageOf('tempo', 'yearly'), '12345678901234/consumption/cost-yearly'],
        [costMessageOf('feedIn', 'monthly'), '12345678901234/production/cost-monthly'],
        [{ ...COST, topic: 'house/euros' }, '12345678901234/consumption/cost-daily'],
        [{ ...COST, topic: undefined }, '12345678901234/consumption/cost-daily'],
        [{ ...GOOD, topic: undefined }, '12345678901234/consumption/daily'],
        [{ ...COST, unit: 'kWh' }, undefined],
        [{ ...COST, metric: 'load-curve' }, undefined],
        [{ ...COST, metric: 'comparison' }, undefined],
        [{ ...COST, topic: 'cost/comparison' }, undefined],
      ];
      for (const [message, key] of table) {
        const kept = keptOf(message);
        assert.equal(kept && keyOf(kept), key);
      }
    });

    it('has the parts and the colour of each value', () => {
      const [first] = COST.series;
      const point = keptOf(COST)?.series[0];
      assert.deepEqual(
        [point?.subscription, point?.periods, point?.colour],
        [first?.subscription, first?.periods, first?.colour],
      );
      assert.deepEqual(Object.keys(point ?? {}).sort(), [
        'colour',
        'end',
        'periods',
        'start',
        'subscription',
        'value',
      ]);
      const energy = keptOf({ ...COST, topic: 'consumption/daily', unit: 'kWh' });
      assert.equal(energy?.series[0]?.periods, undefined);
    });

    const peak = { name: 'peak', energy: 6.21, cost: 1.027 };
    const periods: [what: string, sent: unknown, kept: unknown][] = [
      ['as they are', [peak, { ...peak, name: 'Nuit d’été' }], [peak, { ...peak, name: 'Nuit d’été' }]],
      ['without what else they tell', [{ ...peak, price: 0.2 }], [peak]],
      ['a negative price', [{ ...peak, cost: -1 }], [{ ...peak, cost: -1 }]],
      ['no negative energy', [{ ...peak, energy: -1 }], undefined],
      [
        'no energy that is none',
        [
          { ...peak, energy: NaN },
          { ...peak, energy: '6' },
        ],
        undefined,
      ],
      [
        'no cost that is none',
        [
          { ...peak, cost: Infinity },
          { name: 'peak', energy: 1 },
        ],
        undefined,
      ],
      [
        'none without a name',
        [
          { ...peak, name: '' },
          { ...peak, name: ' ' },
          { ...peak, name: 7 },
        ],
        undefined,
      ],
      [
        'a huge name as far as it is read',
        [{ ...peak, name: 'x'.repeat(9e6) }],
        [{ ...peak, name: 'x'.repeat(40) }],
      ],
      ['of two with one name the last', [{ ...peak, cost: 9 }, peak], [peak]],
      ['no others', [null, 'peak', [peak]], undefined],
      ['no text', 'peak', undefined],
      ['no object', { peak }, undefined],
    ];
    for (const [what, sent, expected] of periods) {
      it(`has its periods: ${what}`, () => {
        const [first] = COST.series;
        assert.deepEqual(
          keptOf({ ...COST, series: [{ ...first, periods: sent }] })?.series[0]?.periods,
          expected,
        );
      });
    }

    it('has no more periods than any tariff', () => {
      const many = Array.from({ length: 10_000 }, (_, index) => ({ ...peak, name: `p${index}` }));
      const [first] = COST.series;
      assert.equal(
        keptOf({ ...COST, series: [{ ...first, periods: many }] })?.series[0]?.periods?.length,
        12,
      );
    });

    it('has no subscription and no colour that are none', () => {
      const [first] = COST.series;
      for (const [subscription, colour] of [
        ['0.52', 'green'],
        [NaN, 7],
        [-1, null],
        [1e9, ['red']],
      ]) {
        const point = keptOf({ ...COST, series: [{ ...first, subscription, colour }] })?.series[0];
        assert.deepEqual([point?.subscription, point?.colour], [undefined, undefined]);
      }
    });
  });

  it('is nothing of a comparison, which is no mistake', () => {
    assert.equal(isComparison({ topic: 'cost/comparison', payload: [] }), true);
    assert.equal(isComparison(COST), false);
    assert.equal(isComparison(null), false);
  });

  it('finds the cost of the same view and metric', () => {
    const all = [
      keptOf(GOOD),
      keptOf(costMessageOf('tempo', 'monthly')),
      keptOf(costMessageOf('tempo', 'daily', BARN)),
      keptOf(costMessageOf('feedIn', 'daily')),
      keptOf(COST),
    ].filter((each) => each !== undefined);
    const [energy, ...costs] = all;
    assert.ok(energy);
    assert.equal(costBeside(energy, all), all.at(-1));
    assert.equal(costBeside(energy, all.slice(0, -1)), undefined);
    for (const cost of costs) assert.equal(costBeside(cost, all), undefined);
  });
});
