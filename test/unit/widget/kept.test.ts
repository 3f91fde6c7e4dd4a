import assert from 'node:assert/strict';
import { keptOf, keyOf } from '../../../src/widget/kept';
import { messageOf } from '../../support/widget/messages';

const GOOD = messageOf('consumption', 'daily');

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
});
