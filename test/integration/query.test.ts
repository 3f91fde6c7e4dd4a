import assert from 'node:assert/strict';
import type { ResultValue } from '../../src/query/formats';
import { describeOnBoth } from '../support/engines';
import { daysFrom } from '../support/stand-in/calendar';
import type { Direction } from '../support/stand-in/server';
import { Asking, type AnswerMessage } from '../support/asking';
import { PDL } from '../support/home';
import { sum } from '../support/years';

const NOW = '2026-11-22T12:10';

describeOnBoth('a question to linky-history', () => {
  const asking = new Asking();
  before(() => asking.begin(NOW));
  after(() => asking.end());
  beforeEach(() => {
    asking.calls();
    asking.home.errors.length = 0;
  });

  const daily = (day: string, direction: Direction = 'consumption'): number =>
    asking.standIn.truth.daily(PDL, direction, day);
  const energy = (start: string, end: string): number =>
    sum(daysFrom(start, end).map((day) => daily(day))) / 1000;
  const readings = ({ payload }: AnswerMessage): ResultValue[] => payload as ResultValue[];
  const days = (answer: AnswerMessage): string[] => readings(answer).map(({ start }) => start.slice(0, 10));
  const near = (value: number | undefined, expected: number): void => {
    assert.equal(value?.toFixed(6), expected.toFixed(6));
  };

  it('is answered as the node is set, after what the store lacks was requested', async () => {
    const answer = await asking.ask({ topic: 'button', mine: 1 });
    assert.deepEqual(asking.calls(), ['consumption-daily 2026-10-23 2026-11-22']);
    const { payload, ...rest } = answer;
    delete rest._msgid;
    assert.deepEqual(rest, {
      topic: 'consumption/daily',
      unit: 'kWh',
      direction: 'consumption',
      metric: 'daily',
      step: 'native',
      format: 'readings',
      compare: '',
      usagePoint: PDL,
      meter: 'House',
      start: '2026-10-23T00:00:00.000+02:00',
      end: '2026-11-22T00:00:00.000+01:00',
      missing: [],
      mine: 1,
    });
    const expected = daysFrom('2026-10-23', '2026-11-22').map((day) => daily(day) / 1000);
    assert.deepEqual(
      (payload as ResultValue[]).map(({ value }) => value),
      expected,
    );
    await asking.ask();
    assert.deepEqual(asking.calls(), []);
  });

  describe('has a period, in', () => {
    const table: [string, object, string, string][] = [
      ['days', { start: '2026-11-02', end: '2026-11-05' }, '2026-11-02', '2026-11-05'],
      [
        'instants',
        { start: '2026-11-01T23:00:00Z', end: '2026-11-05T00:00:00+01:00' },
        '2026-11-02',
        '2026-11-05',
      ],
      [
        'milliseconds',
        { start: Date.UTC(2026, 10, 1, 23), end: Date.UTC(2026, 10, 4, 23) },
        '2026-11-02',
        '2026-11-05',
      ],
      [
        'dates',
        { start: new Date(Date.UTC(2026, 10, 1, 23)), end: new Date(Date.UTC(2026, 10, 4, 23)) },
        '2026-11-02',
        '2026-11-05',
      ],
      [
        'times of Paris',
        { start: '2026-11-02T00:00', end: '2026-11-05 00:00:00' },
        '2026-11-02',
        '2026-11-05',
      ],
      ['relative days', { start: '-2 days', end: '-1 day' }, '2026-11-20', '2026-11-21'],
      ['relative weeks', { start: '-1 weeks', end: '0 weeks' }, '2026-11-09', '2026-11-16'],
      ['relative months', { start: '-1 months', end: '0 months' }, '2026-10-01', '2026-11-01'],
      ['relative years', { start: '0 years', end: '0 days' }, '2026-01-01', '2026-11-22'],
      ['an end that is still to come', { start: '-1 day', end: '2027-01-01' }, '2026-11-21', '2026-11-22'],
      ['no end', { start: '-1 day', end: '' }, '2026-11-21', '2026-11-22'],
      [
        'a beginning within a day, which is not whole',
        { start: '2026-11-20T12:00:00+01:00', end: '2026-11-22' },
        '2026-11-21',
        '2026-11-22',
      ],
    ];
    for (const [name, msg, first, end] of table) {
      it(name, async () => {
        const answer = await asking.ask(msg);
        assert.deepEqual(days(answer), daysFrom(first, end));
        assert.deepEqual([answer.start.slice(0, 10), answer.end.slice(0, 10)], [first, end]);
      });
    }

    it('an age beyond all calendars', async () => {
      const answer = await asking.ask({ start: '-999999 years', end: '2023-11-09' });
      assert.deepEqual(days(answer), ['2023-11-07', '2023-11-08']);
    });

    it('what the node’s typed inputs take from the message', async () => {
      await asking.deploy({ start: 'from.day', startType: 'msg', end: 'payload', endType: 'msg' });
      assert.deepEqual(days(await asking.ask({ from: { day: '2026-11-03' }, payload: '-17 days' })), [
        '2026-11-03',
        '2026-11-04',
      ]);
      assert.equal((await asking.complain({ from: { day: 'the third' } })).code, 'invalid-start');
      await asking.deploy({ start: '2026-11-03', startType: 'date', end: '2026-11-04', endType: 'date' });
      assert.deepEqual(days(await asking.ask()), ['2026-11-03']);
      await asking.deploy({ start: '-30 days', startType: 'relative', end: '0 days', endType: 'relative' });
    });
  });

  describe('has a step', () => {
    const period = { start: '2026-10-12', end: '2026-11-09' };
    it('month: whole ones, wherever the range begins', async () => {
      const [october, november] = readings(await asking.ask({ ...period, step: 'month' }));
      assert.deepEqual(
        [october?.start, october?.end],
        ['2026-10-01T00:00:00.000+02:00', '2026-11-01T00:00:00.000+01:00'],
      );
      near(october?.value, energy('2026-10-01', '2026-11-01'));
      near(november?.value, energy('2026-11-01', '2026-11-22'));
    });
    it('week: from Monday to Monday, over the new year too', async () => {
      assert.deepEqual(days(await asking.ask({ ...period, step: 'week' })), [
        '2026-10-12',
        '2026-10-19',
        '2026-10-26',
        '2026-11-02',
      ]);
      const [week] = readings(await asking.ask({ start: '2025-12-29', end: '2026-01-05', step: 'week' }));
      near(week?.value, energy('2025-12-29', '2026-01-05'));
    });
    it('year', async () => {
      const [year] = readings(await asking.ask({ start: '0 years', end: '0 days', metric: 'yearly' }));
      near(year?.value, energy('2026-01-01', '2026-11-22'));
    });
    it('of its own: monthly and yearly', async () => {
      const months = await asking.ask({ start: '2026-09-01', end: '2026-11-01', metric: 'monthly' });
      assert.deepEqual(days(months), ['2026-09-01', '2026-10-01']);
      assert.equal(months.topic, 'consumption/monthly');
    });

    it('hour and day of the load curve: energy, on the days of the clock changes too', async () => {
      const half = { metric: 'load-curve', start: '2026-10-25', end: '2026-10-26' };
      const native = await asking.ask(half);
      assert.deepEqual([native.unit, readings(native).length], ['kW', 50]);
      const hours = await asking.ask({ ...half, step: 'hour' });
      assert.deepEqual([hours.unit, readings(hours).length], ['kWh', 25]);
      const truth = asking.standIn.truth.loadCurve(PDL, 'consumption', '2026-10-25');
      readings(hours).forEach(({ value, incomplete }, i) => {
        near(value, sum(truth.slice(2 * i, 2 * i + 2).map((interval) => interval.value)) / 2000);
        assert.equal(incomplete, undefined);
      });
      const [day] = readings(await asking.ask({ ...half, step: 'day' }));
      near(day?.value, sum(truth.map(({ value }) => value)) / 2000);
      assert.equal(
        readings(
          await asking.ask({ metric: 'load-curve', start: '2026-03-29', end: '2026-03-30', step: 'hour' }),
        ).length,
        23,
      );
    });
    it('of max power: the greatest, and when it was', async () => {
      const peaks = daysFrom('2026-11-02', '2026-11-09').map((day) =>
        asking.standIn.truth.maxPower(PDL, day),
      );
      const greatest = peaks.reduce((a, b) => (b.value > a.value ? b : a));
      const answer = await asking.ask({
        metric: 'max-power',
        start: '2026-11-02',
        end: '2026-11-09',
        step: 'week',
      });
      const [week] = readings(answer);
      assert.deepEqual(
        [answer.unit, week?.value, Date.parse(week?.at ?? '')],
        ['kVA', greatest.value / 1000, greatest.at],
      );
    });
    it('of production’s max power: the greatest mean of an interval', async () => {
      const answer = await asking.ask({
        direction: 'production',
        metric: 'max-power',
        start: '2026-11-02',
        end: '2026-11-03',
      });
      const truth = asking.standIn.truth.loadCurve(PDL, 'production', '2026-11-02');
      assert.deepEqual(
        [answer.unit, readings(answer)[0]?.value],
        ['kW', Math.max(...truth.map(({ value }) => value)) / 1000],
      );
    });
  });

  it('can compare with the year before, date by date', async () => {
    const answer = await asking.ask({ start: '2026-11-01', end: '2026-11-03', compare: 'previous-year' });
    assert.equal(answer.compare, 'previous-year');
    assert.deepEqual(
      readings(answer).map(({ start, value, previous }) => [
        start.slice(0, 10),
        value,
        previous?.start.slice(0, 10),
        previous?.value,
      ]),
      [
        ['2026-11-01', daily('2026-11-01') / 1000, '2025-11-01', daily('2025-11-01') / 1000],
        ['2026-11-02', daily('2026-11-02') / 1000, '2025-11-02', daily('2025-11-02') / 1000],
      ],
    );
    const [month] = readings(
      await asking.ask({ start: '0 months', end: '0 days', step: 'month', compare: true }),
    );
    near(month?.value, energy('2026-11-01', '2026-11-22'));
    near(month?.previous?.value, energy('2025-11-01', '2025-11-22'));
    await asking.deploy({ compare: true });
    assert.equal(readings(await asking.ask())[0]?.previous?.start.slice(0, 10), '2025-10-23');
    assert.equal(readings(await asking.ask({ compare: false }))[0]?.previous, undefined);
    await asking.deploy({ compare: false });
  });

  describe('that is none is told so:', () => {
    const table: [object, string, string, string][] = [
      [{ direction: 'sideways' }, 'direction', 'Give consumption or production: “sideways” ', 'unknown direction: sideways'],
      [{ metric: 'tempo' }, 'metric', 'Give load-curve, daily, monthly, yearly, max-power or cost: “tempo” ', 'unknown metric: tempo'],
      [{ start: 'yesterday' }, 'start', 'Give a start such as 2026-11-22 or -30 days: “yesterday” ', 'start not understood: yesterday'],
      [{ start: '2026-02-30' }, 'start', 'Give a start such as 2026-11-22 or -30 days: “2026-02-30” ', 'start not understood: 2026-02-30'],
      [{ start: '2' }, 'start', 'Give a start such as 2026-11-22 or -30 days: “2” ', 'start not understood: 2'],
      [{ start: '2026-11-22T25:00:00.000' }, 'start', 'Give a start such as 2026-11-22 or -30 days: “2026-11-22T25:00:00.000” ', 'start not understood: 2026-11-22T25:00:00.…'],
      [{ start: { year: 2026 } }, 'start', 'Give a start such as 2026-11-22 or -30 days: “{ year: 2026 }” ', 'start not understood: { year: 2026 }'],
      [{ end: '5 parsecs' }, 'end', 'Give an end such as 2026-11-22 or 0 days: “5 parsecs” ', 'end not understood: 5 parsecs'],
      [{ end: NaN }, 'end', 'Give an end such as 2026-11-22 or 0 days: “NaN” ', 'end not understood: NaN'],
      [{ start: '0 days', end: '-1 day' }, 'period', 'Put the start before the end: 0 days – -1 day.', 'the start must come before the end'],
      [{ step: 'fortnight' }, 'step', 'Give native, hour, day, week, month or year: “fortnight” ', 'unknown step: fortnight'],
      [{ step: 'hour' }, 'step-too-fine', 'Choose the load curve, or a longer step', 'step too fine for these values: hour'],
      [{ format: 'pdf' }, 'format', 'Give readings, chart, influxdb, csv or home-assistant: “pdf” ', 'unknown format: pdf'],
      [{ compare: 'neighbour' }, 'compare', 'Give previous-year: “neighbour” ', 'unknown comparison: neighbour'],
      [{ format: 'home-assistant', since: 'ever' }, 'since', 'Give as since the until of the last answer, ', 'since not understood: ever'],
      [{ format: 'home-assistant', metric: 'max-power' }, 'home-assistant-metric', 'Choose another metric: ', 'not for Home Assistant: max-power'],
      [{ format: 'home-assistant', step: 'month' }, 'home-assistant-step', 'Choose the step native or hour: ', 'not for Home Assistant: month'],
      [{ format: 'home-assistant', compare: true }, 'home-assistant-compare', 'Leave out the comparison: ', 'no comparison for Home Assistant'],
    ]; // prettier-ignore
    for (const [msg, field, sentence, status] of table) {
      it(JSON.stringify(msg), async () => {
        const { code, message } = await asking.complain(msg);
        assert.equal(code, `invalid-${field}`);
        assert.ok(message.startsWith(`Error: ${sentence}`), message);
        assert.deepEqual(asking.home.status('h'), { fill: 'red', shape: 'ring', text: status });
        assert.deepEqual(asking.calls(), []);
      });
    }

    it('and so is one to a node without a meter', async () => {
      await asking.deploy({ meter: '' });
      const { code, message } = await asking.complain({});
      assert.deepEqual(
        [code, message],
        ['no-meter', 'Error: Choose a meter in the node’s properties: there is none.'],
      );
    });
  });
});
