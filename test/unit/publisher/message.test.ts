import assert from 'node:assert/strict';
import type { Metric, Series } from '../../../src/metering/metrics';
import { addDays, daysIn, instantAt, startOfDay, type Day } from '../../../src/calendar/paris';
import type { Reading } from '../../../src/metering/readings';
import { freshMessage, keptMessages, lastMessage, type Source } from '../../../src/publisher/message';
import { periodOf } from '../../../src/calendar/instants';
import { ReadingLog } from '../../../src/store/log';

const PDL = '12345678901234';
const NOW = instantAt('2026-11-23', 9 * 60);
const SOURCE: Source = {
  consumer: 'node1',
  direction: 'consumption',
  usagePoint: PDL,
  logName: PDL,
  meter: 'House',
};

const wholeDay = (day: Day, value: number, at?: number): Reading => ({
  start: startOfDay(day),
  end: startOfDay(addDays(day, 1)),
  value,
  ...(at === undefined ? {} : { at }),
});
const halfHours = (day: Day, value: (i: number) => number): Reading[] => {
  const [start, end] = [startOfDay(day), startOfDay(addDays(day, 1))];
  return Array.from({ length: (end - start) / 1_800_000 }, (_, i) => ({
    start: start + i * 1_800_000,
    end: start + (i + 1) * 1_800_000,
    value: value(i),
  }));
};

describe('messages', () => {
  let log: ReadingLog;
  const record = (series: Series, start: Day, end: Day, readings: Reading[]): void => {
    log.record(log.stream(PDL, series), series, start, end, readings, NOW);
  };
  /** Everything a node would send on an output. */
  const tell = (metric: Metric, source = SOURCE) => {
    const told = [];
    for (;;) {
      const fresh = freshMessage(log, source, metric, NOW);
      if (!fresh) return told;
      told.push(fresh.message);
      fresh.noteSent();
    }
  };

  beforeEach(() => {
    log = new ReadingLog(':memory:');
  });
  afterEach(() => {
    log.close();
  });

  it('say what the design promises', () => {
    record('consumption-daily', '2026-11-21', '2026-11-23', [
      wholeDay('2026-11-21', 11000),
      wholeDay('2026-11-22', 12345),
    ]);
    const days = [
      { start: '2026-11-21T00:00:00.000+01:00', end: '2026-11-22T00:00:00.000+01:00', value: 11 },
      { start: '2026-11-22T00:00:00.000+01:00', end: '2026-11-23T00:00:00.000+01:00', value: 12.345 },
    ];
    assert.deepEqual(tell('daily'), [
      {
        topic: 'consumption/daily',
        payload: 12.345,
        unit: 'kWh',
        direction: 'consumption',
        metric: 'daily',
        usagePoint: PDL,
        meter: 'House',
        start: '2026-11-22T00:00:00.000+01:00',
        end: '2026-11-23T00:00:00.000+01:00',
        upToDate: true,
        readings: days,
        series: days,
      },
    ]);
    assert.deepEqual(tell('daily'), []);
  });

  it('total month and year, and tell only those that a new day touched', () => {
    const days = daysIn('2026-01-01', '2026-11-22');
    record('consumption-daily', '2026-01-01', '2026-11-22', days.map((day) => wholeDay(day, 1000))); // prettier-ignore
    assert.equal(tell('monthly')[0]?.readings.length, 11);
    assert.equal(tell('yearly')[0]?.payload, 325);
    record('consumption-daily', '2026-11-22', '2026-11-23', [wholeDay('2026-11-22', 2000)]);
    const [month] = tell('monthly');
    assert.deepEqual(month?.readings, [
      { start: '2026-11-01T00:00:00.000+01:00', end: '2026-11-23T00:00:00.000+01:00', value: 23 },
    ]);
    assert.equal(tell('yearly')[0]?.payload, 327);
  });

  it('leave the headline alone when older data comes', () => {
    record('consumption-daily', '2026-11-22', '2026-11-23', [wholeDay('2026-11-22', 5000)]);
    tell('daily');
    record('consumption-daily', '2026-03-01', '2026-03-02', [wholeDay('2026-03-01', 9000)]);
    const [message] = tell('daily');
    assert.equal(message?.payload, 5);
    assert.deepEqual(
      message.readings.map(({ value }) => value),
      [9],
    );
  });

  it('show a hole in the totals it touches', () => {
    record('consumption-daily', '2026-11-01', '2026-11-23', [
      wholeDay('2026-11-01', 1000),
      wholeDay('2026-11-22', 1000),
    ]);
    assert.equal(tell('monthly')[0]?.readings[0]?.incomplete, true);
  });

  it('of the load curve are kW, of a week at most each', () => {
    const days = daysIn('2026-11-09', '2026-11-23').reverse();
    for (const day of days) {
      record(
        'consumption-load-curve',
        day,
        addDays(day, 1),
        halfHours(day, (i) => 100 + i),
      );
    }
    const messages = tell('load-curve');
    assert.deepEqual(
      messages.map(({ readings }) => readings.length),
      [336, 336],
    );
    assert.deepEqual([messages[0]?.unit, messages[0]?.payload], ['kW', 0.147]);
    assert.ok(messages.every(({ series }) => series.length === 336));
    assert.ok((messages[0]?.readings[0]?.start ?? '') < (messages[0]?.readings[1]?.start ?? ''));
  });

  it('of production max power come from the load curve, in kW', () => {
    record(
      'production-load-curve',
      '2026-11-22',
      '2026-11-23',
      halfHours('2026-11-22', (i) => (i === 25 ? 1870 : i)),
    );
    const [message] = tell('max-power', { ...SOURCE, direction: 'production' });
    assert.deepEqual([message?.topic, message?.unit, message?.payload], ['production/max-power', 'kW', 1.87]);
    assert.equal(message?.readings[0]?.at, '2026-11-22T12:30:00.000+01:00');
  });

  it('of consumption max power carry the instant of the peak, in kVA', () => {
    const peak = instantAt('2026-11-22', 19 * 60 + 4) + 31_000;
    record('consumption-max-power', '2026-11-22', '2026-11-23', [wholeDay('2026-11-22', 6190, peak)]);
    const [message] = tell('max-power');
    assert.deepEqual([message?.unit, message?.payload], ['kVA', 6.19]);
    assert.equal(message?.series[0]?.at, '2026-11-22T19:04:31.000+01:00');
  });

  it('say when yesterday is not there yet', () => {
    record('consumption-daily', '2026-11-21', '2026-11-23', [wholeDay('2026-11-21', 1)]);
    assert.equal(tell('daily')[0]?.upToDate, false);
    record(
      'consumption-load-curve',
      '2026-11-22',
      '2026-11-23',
      halfHours('2026-11-22', () => 1).slice(0, 40),
    );
    assert.equal(tell('load-curve')[0]?.upToDate, false);
  });

  it('are repeated after a start without readings', () => {
    assert.equal(lastMessage(log, SOURCE, 'daily', NOW), undefined);
    record('consumption-daily', '2026-11-22', '2026-11-23', [wholeDay('2026-11-22', 5000)]);
    const last = lastMessage(log, SOURCE, 'daily', NOW);
    assert.deepEqual([last?.payload, last?.readings, last?.replay], [5, [], true]);
  });

  it('repeat the whole history on request, or what lies in a period', () => {
    const days = daysIn('2025-01-01', '2026-11-23');
    record('consumption-daily', '2025-01-01', '2026-11-23', days.map((day) => wholeDay(day, 1000))); // prettier-ignore
    const kept = (metric: Metric, start?: unknown, end?: unknown) => {
      const period = periodOf({ start, end });
      assert.ok(period);
      return [...keptMessages(log, SOURCE, metric, NOW, period)].flatMap(({ readings, replay }) => {
        assert.equal(replay, true);
        return readings.map(({ value }) => value);
      });
    };
    assert.equal(kept('daily').length, days.length);
    assert.deepEqual(kept('monthly').length, 23);
    assert.deepEqual(kept('yearly'), [365, 326]);
    assert.equal(kept('daily', '2026-02-01', '2026-03-01').length, 28);
    assert.equal(kept('daily', '2026-11-22T00:00:00+01:00').length, 1);
    assert.deepEqual(kept('monthly', '2026-02-01', '2026-03-01'), [28]);
    assert.equal(periodOf({ start: 'yesterday-ish' }), undefined);
  });
});
