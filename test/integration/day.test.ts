import assert from 'node:assert/strict';
import { DateTime } from 'luxon';
import { describeOnBoth } from '../support/engines';
import { daysFrom } from '../support/stand-in/calendar';
import {
  startStandIn,
  type GatewayName,
  type StandIn,
  type StandInOptions,
} from '../support/stand-in/server';
import { addDays } from '../support/stand-in/calendar';
import { byOutput, GATEWAYS, Home, meterNode, paris, PDL, sourceNodes, type FlowNode } from '../support/home';
import { assertSays } from '../support/sentences';

/** A meter read both ways, over a stand-in of one of the gateways. */
class Day {
  home!: Home;
  standIn!: StandIn;

  constructor(private readonly gateway: GatewayName) {}

  async begin(
    now: string,
    sources: FlowNode[] = [...sourceNodes('consumption', 'c'), ...sourceNodes('production', 'p')],
    options: Partial<StandInOptions> = {},
  ): Promise<void> {
    const { gateway } = this;
    this.standIn = await startStandIn({
      now: () => this.home.time.now,
      gateway,
      usagePoints: [PDL],
      ...options,
    });
    this.home = new Home(now, [meterNode(this.standIn.url, { provider: gateway }), ...sources]);
    await this.home.start();
  }

  async end(): Promise<void> {
    await this.home.remove();
    await this.standIn.close();
  }

  /** The calls for data since the last look: `05:37 consumption-daily 2026-11-22 2026-11-23 nothing`. */
  calls(): string[] {
    return this.standIn.calls
      .splice(0)
      .filter(({ series }) => series !== 'token')
      .map(({ at, series, start, end, hasData }) => {
        return `${timeOf(at)} ${series ?? '?'} ${start ?? ''} ${end ?? ''} ${hasData ? 'data' : 'nothing'}`;
      });
  }

  /** The messages since the last look: `08:37 consumption/daily 1`, with the number of readings. */
  messages(): string[] {
    return byOutput(this.home.messages.splice(0)).map(
      ({ at, message: { topic, readings, upToDate, replay } }) => {
        return `${timeOf(at)} ${topic} ${readings.length}${upToDate ? ' up to date' : ''}${replay ? ' replay' : ''}`;
      },
    );
  }
}

const timeOf = (at: number): string => DateTime.fromMillis(at, { zone: 'Europe/Paris' }).toFormat('HH:mm');

/** Calls in the order of each direction. */
const consumptionFirst = (calls: string[]): string[] =>
  calls.toSorted((a, b) => Number(a.includes(' production-')) - Number(b.includes(' production-')));

for (const gateway of GATEWAYS) {
  describeOnBoth(`a simulated day over ${gateway}`, (engine) => {
    const day = new Day(gateway);
    afterEach(() => day.end());

    it('begins with the year and a week of load curve, in five calls', async () => {
      await day.begin('2026-11-22T12:10');
      // With PostgreSQL one direction may be asked before the other one's source has read what is stored.
      const calls = engine.name === 'SQLite' ? day.calls() : consumptionFirst(day.calls());
      assert.deepEqual(calls, [
        '12:10 consumption-load-curve 2026-11-15 2026-11-22 data',
        '12:10 consumption-daily 2026-01-01 2026-11-22 data',
        '12:10 consumption-max-power 2026-01-01 2026-11-22 data',
        '12:10 production-load-curve 2026-11-15 2026-11-22 data',
        '12:10 production-daily 2026-01-01 2026-11-22 data',
      ]);
      assert.deepEqual(day.messages(), [
        '12:10 consumption/load-curve 336 up to date',
        '12:10 consumption/daily 325 up to date',
        '12:10 consumption/monthly 11 up to date',
        '12:10 consumption/yearly 1 up to date',
        '12:10 consumption/max-power 325 up to date',
        '12:10 production/load-curve 336 up to date',
        '12:10 production/daily 325 up to date',
        '12:10 production/monthly 11 up to date',
        '12:10 production/yearly 1 up to date',
        '12:10 production/max-power 7 up to date',
      ]);
      assert.equal(day.home.status('c').fill, 'green');
    });

    it('asks from 05:37 on, each metric until it is there and no longer, day after day', async () => {
      await day.begin('2026-11-22T12:10');
      day.calls();
      day.messages();
      for (const [yesterday, today] of [
        ['2026-11-22', '2026-11-23'],
        ['2026-11-23', '2026-11-24'],
      ] as const) {
        await day.home.until(`${today}T23:00`);
        const hours = (first: number, last: number): string[] =>
          Array.from({ length: last - first + 1 }, (_, i) => `${String(first + i).padStart(2, '0')}:37`);
        const asked = (series: string, last: number): string[] =>
          hours(5, last).map((hour, i, { length }) => {
            // The day before comes along once, so that a correction is noticed.
            if (i === 0) return `${hour} ${series} ${addDays(yesterday, -1)} ${today} data`;
            return `${hour} ${series} ${yesterday} ${today} ${i === length - 1 ? 'data' : 'nothing'}`;
          });
        assert.deepEqual(
          day.calls().sort(),
          [
            ...asked('consumption-daily', 8),
            ...asked('production-daily', 8),
            ...asked('consumption-max-power', 9),
            ...asked('consumption-load-curve', 10),
            ...asked('production-load-curve', 10),
          ].sort(),
        );
        assert.deepEqual(day.messages(), [
          '08:37 consumption/daily 1 up to date',
          '08:37 consumption/monthly 1 up to date',
          '08:37 consumption/yearly 1 up to date',
          '08:37 production/daily 1 up to date',
          '08:37 production/monthly 1 up to date',
          '08:37 production/yearly 1 up to date',
          '09:37 consumption/max-power 1 up to date',
          '10:37 consumption/load-curve 48 up to date',
          '10:37 production/load-curve 48 up to date',
          '10:37 production/max-power 1 up to date',
        ]);
      }
    });

    it('costs five calls when all is there at the first attempt', async () => {
      await day.begin('2026-11-22T12:10');
      day.standIn.settings.published = { daily: '00:10', 'max-power': '00:10', 'load-curve': '00:10' };
      day.calls();
      await day.home.until('2026-11-24T00:00');
      assert.equal(day.calls().length, 5);
    });

    it('stops at 20:00 when nothing comes, and gets both days the next day', async () => {
      await day.begin('2026-11-22T12:10');
      day.calls();
      day.messages();
      day.standIn.settings.quota = 100;
      day.standIn.faults.always(({ series }) =>
        series === 'token' ? undefined : { enedis: 'no_data_found' },
      );
      await day.home.until('2026-11-23T23:59');
      const times = day.calls().map((call) => call.slice(0, 5));
      // MyElectricalData's budget is used up first.
      assert.equal(times.length, gateway === 'myelectricaldata' ? 45 : 15 * 5);
      assert.ok(times.every((time) => time >= '05:37' && time <= '19:37'));
      assert.deepEqual(day.messages(), []);
      assert.deepEqual([day.home.status('c').fill, day.home.status('c').shape], ['yellow', 'ring']);
      day.standIn.faults.clear();
      await day.home.until('2026-11-24T23:00');
      const good = day.calls().filter((call) => call.endsWith('data'));
      assert.deepEqual(
        day
          .messages()
          .map((message) => message.slice(6))
          .sort(),
        [
          // What was published the day before is there at once; yesterday's comes in its hours.
          'consumption/daily 1',
          'consumption/monthly 1',
          'consumption/yearly 1',
          'consumption/max-power 1',
          'consumption/load-curve 48',
          'production/daily 1',
          'production/monthly 1',
          'production/yearly 1',
          'production/load-curve 48',
          'production/max-power 1',
          'consumption/daily 1 up to date',
          'consumption/monthly 1 up to date',
          'consumption/yearly 1 up to date',
          'consumption/max-power 1 up to date',
          'consumption/load-curve 48 up to date',
          'production/daily 1 up to date',
          'production/monthly 1 up to date',
          'production/yearly 1 up to date',
          'production/load-curve 48 up to date',
          'production/max-power 1 up to date',
        ].sort(),
      );
      // Both days of each series at once, then yesterday of each at its hour.
      const hours = { load: '10', daily: '08', max: '09' };
      assert.deepEqual(
        good.sort(),
        [
          'consumption-load-curve',
          'consumption-daily',
          'consumption-max-power',
          'production-load-curve',
          'production-daily',
        ]
          .flatMap((series) => {
            const hour = hours[series.split('-')[1] as keyof typeof hours];
            return [
              `05:37 ${series} 2026-11-22 2026-11-24 data`,
              `${hour}:37 ${series} 2026-11-23 2026-11-24 data`,
            ];
          })
          .sort(),
      );
      assert.equal(day.home.status('c').fill, 'green');
    });

    it('every value is the one that was measured', async () => {
      await day.begin('2026-11-22T12:10');
      const { truth } = day.standIn;
      const [year, week] = [daysFrom('2026-01-01', '2026-11-22'), daysFrom('2026-11-15', '2026-11-22')];
      const told = (topic: string): number[][] =>
        day.home.messages
          .filter(({ message }) => message.topic === topic)
          .flatMap(({ message }) => message.readings.map(({ start, value }) => [paris(start), value]));
      for (const direction of ['consumption', 'production'] as const) {
        assert.deepEqual(
          told(`${direction}/daily`),
          year.map((date) => [paris(date), truth.daily(PDL, direction, date) / 1000]),
        );
        assert.deepEqual(
          told(`${direction}/load-curve`),
          week
            .flatMap((date) => truth.loadCurve(PDL, direction, date))
            .map(({ start, value }) => [start, value / 1000]),
        );
      }
      assert.deepEqual(
        told('consumption/max-power'),
        year.map((date) => [paris(date), truth.maxPower(PDL, date).value / 1000]),
      );
      const means = (date: string): number[] =>
        truth.loadCurve(PDL, 'production', date).map(({ value }) => value / 1000);
      assert.deepEqual(
        told('production/max-power'),
        week.map((date) => [paris(date), Math.max(...means(date))]),
      );
    });
  });
}

describeOnBoth('around a day', () => {
  const day = new Day('conso');
  afterEach(() => day.end());

  it('after a restart at any hour asks nothing twice that is kept, loses nothing, repeats nothing', async () => {
    await day.begin('2026-11-22T12:10');
    day.calls();
    day.messages();
    const asked: string[] = [];
    const told: string[] = [];
    for (let minute = 5 * 60; minute < 24 * 60; minute += 31) {
      const time = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
      await day.home.until(`2026-11-23T${time}`);
      await day.home.restart();
      asked.push(...day.calls());
      told.push(...day.messages());
    }
    const successes = asked.filter((call) => call.endsWith('data')).map((call) => call.slice(6));
    // Of each series yesterday, and once the day before with it, so that a correction is noticed.
    assert.equal(successes.length, 10, successes.join('\n'));
    assert.equal(new Set(successes).size, 10);
    const fresh = told.filter((line) => !line.endsWith('replay')).map((line) => line.slice(6));
    assert.deepEqual(fresh.toSorted(), [...new Set(fresh)].toSorted());
    assert.equal(fresh.length, 10);
    assert.ok(told.some((line) => line.endsWith('replay')));
  });

  it('without replay a start is silent', async () => {
    await day.begin('2026-11-22T12:10', sourceNodes('consumption', 'c', { replay: false }));
    assert.equal(day.messages().length, 5);
    await day.home.restart();
    assert.deepEqual(day.messages(), []);
    await day.home.until('2026-11-23T12:00');
    assert.equal(day.messages().length, 5);
  });

  it('two sources on one meter share its calls, one added later needs none', async () => {
    await day.begin('2026-11-22T12:10', [
      ...sourceNodes('consumption', 'c1'),
      ...sourceNodes('consumption', 'c2'),
    ]);
    assert.equal(day.calls().length, 3);
    const of = (id: string): unknown[] =>
      day.home.messages
        .filter(({ from, message }) => from === id && !message.replay)
        .map(({ message: { topic, payload, readings } }) => [topic, payload, readings]);
    assert.equal(of('c1').length, 5);
    assert.deepEqual(of('c1'), of('c2'));
    day.home.flow.push(...sourceNodes('consumption', 'c3'));
    await day.home.restart();
    assert.deepEqual(day.calls(), []);
    assert.equal(of('c3').length, 5);
    assert.deepEqual(new Set(of('c3').map(String)), new Set(of('c1').map(String)));
  });

  it('a source without load curve asks for none', async () => {
    await day.begin('2026-11-22T12:10', sourceNodes('production', 'p', { loadCurve: false }));
    assert.deepEqual(day.calls(), ['12:10 production-daily 2026-01-01 2026-11-22 data']);
    assert.deepEqual(
      day.messages().map((line) => line.split(' ')[1]),
      ['production/daily', 'production/monthly', 'production/yearly'],
    );
  });

  it('a message on the input collects now, or repeats what is kept', async () => {
    await day.begin('2026-11-23T07:00');
    day.calls();
    day.messages();
    await day.home.until('2026-11-23T08:20');
    day.calls();
    day.home.node('c').receive({ payload: 'now' });
    await day.home.settled();
    assert.ok(day.calls().includes('08:20 consumption-daily 2026-11-22 2026-11-23 data'));
    day.messages();
    day.home.node('c').receive({ topic: 'replay', start: '2026-11-01', end: '2026-11-03' });
    await day.home.settled();
    assert.deepEqual(day.calls(), []);
    assert.deepEqual(day.messages(), [
      '08:20 consumption/daily 2 up to date replay',
      '08:20 consumption/monthly 1 up to date replay',
      '08:20 consumption/max-power 2 replay',
    ]);
    day.home.node('c').receive({ topic: 'replay', start: 'some day' });
    await day.home.settled();
    assertSays(day.home.errors.at(-1)?.error.message, 'linky-meter.error.period-invalid');
  });

  it('finds the first day of a young meter without an error', async () => {
    await day.begin('2026-11-22T12:10', sourceNodes('consumption', 'c'), { activation: '2026-06-10' });
    assert.ok(day.calls().length <= 25);
    const days = day.home.messages
      .filter(({ message }) => message.metric === 'daily')
      .flatMap(({ message }) => message.readings);
    assert.equal(days.toSorted((a, b) => (a.start < b.start ? -1 : 1))[0]?.start.slice(0, 10), '2026-06-10');
    const year = day.home.messages.findLast(({ message }) => message.metric === 'yearly')?.message;
    assert.deepEqual(
      year?.series.map(({ start, incomplete }) => [start.slice(0, 4), incomplete]),
      [['2026', undefined]],
    );
    const june = day.home.messages
      .flatMap(({ message }) => (message.metric === 'monthly' ? message.readings : []))
      .findLast(({ start }) => start.startsWith('2026-06'));
    assert.ok(june);
    assert.equal(june.incomplete, undefined);
    assert.deepEqual(day.home.errors, []);
  });
});
