import assert from 'node:assert/strict';
import helper from 'node-red-node-test-helper';
import { SERIES } from '../../src/metering/metrics';
import type { MeterNode } from '../../nodes/runtime/meter';
import type { Store } from '../../src/store/store';
import { describeOnBoth } from '../support/engines';
import { addDays, dayAt, daysFrom } from '../support/stand-in/calendar';
import {
  startStandIn,
  type Fault,
  type GatewayName,
  type StandIn,
  type StandInOptions,
} from '../support/stand-in/server';
import { giveUpAtSilence } from '../support/silence';
import { clock } from '../../src/calendar/clock';
import {
  byOutput,
  CREDENTIALS,
  Home,
  meterNode,
  paris,
  PDL,
  sourceNodes,
  type FlowNode,
} from '../support/home';
import { assertNothingTwice, assertTruth, dataCalls, oldest, timeOf } from '../support/years';

const FIRST = '2026-11-02';
const DEEP = { history: 3, loadCurveHistory: 730 };
const HOUR = 3_600_000;

describeOnBoth('the request budget', () => {
  let home: Home;
  let standIn: StandIn;

  const begin = async (
    gateway: GatewayName,
    flow: (url: string) => FlowNode[],
    points = [PDL],
    { time = '12:10', ...options }: Partial<StandInOptions> & { time?: string } = {},
  ): Promise<void> => {
    standIn = await startStandIn({ now: () => home.time.now, gateway, usagePoints: points, ...options });
    const nodes = flow(standIn.url);
    const meters = nodes.filter(({ type }) => type === 'linky-meter');
    home = new Home(`${FIRST}T${time}`, nodes, Object.fromEntries(meters.map(({ id }) => [id, CREDENTIALS])));
    await home.start();
  };
  const house = (provider: GatewayName, changes: object) => (url: string) => [
    meterNode(url, { provider, ...changes }),
    ...sourceNodes('consumption', 'c'),
    ...sourceNodes('production', 'p'),
  ];
  afterEach(async () => {
    await home.remove();
    await standIn.close();
  });

  /** The most requests within any interval of so many ms. */
  const mostWithin = (interval: number): number => {
    const times = standIn.calls.map(({ at }) => at);
    return Math.max(
      ...times.map((first) => times.filter((at) => at >= first && at < first + interval).length),
    );
  };
  const store = (id = 'meter', point = PDL): Store => {
    const open = (home.node(id) as MeterNode).open?.(point);
    assert.ok(open);
    return open.store;
  };
  const isWhole = (): boolean =>
    helper.log().args.some(([line]) => JSON.stringify(line).includes('House: the history is there'));
  /** When the readings of a day came: `load-curve 10:37`. */
  const arrivals = (day: string): string[] => [
    ...new Set(
      byOutput(home.messages)
        .filter(
          ({ message: { metric, replay } }) =>
            !replay && ['daily', 'max-power', 'load-curve'].includes(metric),
        )
        .filter(({ message }) => message.readings.some(({ start }) => start.startsWith(day)))
        // A request may wait for the one of a day before to leave the budget, which a retry had made a minute later.
        .map(({ at, message: { topic } }) => `${topic} ${timeOf(at).replace(/:3[89]$/, ':37')}`),
    ),
  ];
  /** When they come where nothing is wrong. */
  const usual = (day: string): string[] => {
    const [, month = '', date = ''] = addDays(day, 1).split('-');
    const came = (topic: string, hour: string): string => `${topic} ${date}/${month} ${hour}:37`;
    return [
      came('consumption/daily', '08'),
      came('production/daily', '08'),
      came('consumption/max-power', '09'),
      came('consumption/load-curve', '10'),
      came('production/load-curve', '10'),
      came('production/max-power', '10'),
    ];
  };
  /** All that a history wants on a day is kept, and is what was measured. */
  const assertAllKept = async (today: string): Promise<void> => {
    for (const series of SERIES) {
      const first = (await store().extent({ usagePoint: PDL, name: series }))?.oldest ?? '';
      assert.ok(first <= oldest(series, today), `${series} begins on ${first}`);
      await assertTruth(store(), standIn.truth, PDL, series, first, today);
    }
  };

  it('of Conso API brings a whole history in five days, and makes no yesterday late', async function () {
    this.timeout(300_000);
    await begin('conso', house('conso', DEEP));
    assert.equal(home.status('c').text, 'history 45/222, continues tomorrow');
    const counts: string[] = [];
    let day = FIRST;
    for (; !isWhole(); day = addDays(day, 1)) {
      await home.until(`${addDays(day, 1)}T00:00`);
      counts.push(`${day}: ${standIn.calls.filter(({ at }) => dayAt(at) === day).length}`);
      assert.ok(counts.length <= 5, counts.join(', '));
    }
    console.log(`      Conso API: ${counts.join(', ')}; ${mostWithin(24 * HOUR)} at most in 24 hours`);
    assert.ok(mostWithin(24 * HOUR) <= 80);
    assertNothingTwice(dataCalls(standIn));
    for (const each of daysFrom(FIRST, addDays(day, -1))) assert.deepEqual(arrivals(each), usual(each));
    assert.deepEqual(home.errors, []);
    await assertAllKept(addDays(day, -1));
    assert.equal(home.status('c').fill, 'green');
  });

  it('of Conso API holds over a fortnight of outages and restarts, with a history to fetch', async function () {
    this.timeout(600_000);
    const outages: Record<string, 'down' | 'hang' | 'throttled'> = {
      '2026-11-04': 'down',
      '2026-11-05': 'down',
      '2026-11-06': 'down',
      '2026-11-09': 'hang',
      '2026-11-11': 'throttled',
    };
    await begin('conso', house('conso', DEEP));
    giveUpAtSilence(standIn);
    standIn.faults.always(({ at }) => {
      const outage = outages[dayAt(at)];
      if (outage === 'down') return { enedis: 'technical_error' };
      if (outage === 'throttled') return { throttled: true, nextAccessTime: false };
      return outage;
    });
    const counts: string[] = [];
    for (const day of daysFrom(FIRST, '2026-11-17')) {
      // In the morning, in the hours of an outage, in the evening: at another hour each day.
      const hour = 6 + ((Number(day.slice(8)) * 7) % 18);
      const restart = `${day}T${String(hour).padStart(2, '0')}:17`;
      if (paris(restart) > home.time.now) {
        await home.until(restart);
        await home.restart();
      }
      await home.until(`${addDays(day, 1)}T00:00`);
      counts.push(`${day.slice(8)}: ${standIn.calls.filter(({ at }) => dayAt(at) === day).length}`);
    }
    console.log(`      ${counts.join(', ')}; ${mostWithin(24 * HOUR)} at most in 24 hours`);
    assert.ok(mostWithin(24 * HOUR) <= 80);
    for (const day of daysFrom(FIRST, '2026-11-15')) {
      const published = addDays(day, 1);
      if (!outages[published]) assert.deepEqual(arrivals(day), usual(day), day);
      else {
        // What was published in an outage comes at the first attempt after it.
        const well = daysFrom(published, '2026-11-17').find((each) => !outages[each]) ?? '';
        const at = `${well.slice(8)}/${well.slice(5, 7)} 05:37`;
        assert.deepEqual(
          arrivals(day).sort(),
          usual(day)
            .map((each) => `${each.slice(0, each.indexOf(' '))} ${at}`)
            .sort(),
          day,
        );
      }
    }
    await assertAllKept('2026-11-16');
    assert.equal(home.status('c').fill, 'green');
  });

  it('of MyElectricalData never asks for more than fifty, and makes no yesterday late', async function () {
    this.timeout(600_000);
    await begin('myelectricaldata', house('myelectricaldata', DEEP));
    const counts: string[] = [];
    let day = FIRST;
    for (; !isWhole(); day = addDays(day, 1)) {
      await home.until(`${addDays(day, 1)}T00:00`);
      counts.push(`${day.slice(8)}: ${standIn.calls.filter(({ at }) => dayAt(at) === day).length}`);
      assert.ok(counts.length <= 15, counts.join(', '));
    }
    console.log(`      MyElectricalData: ${counts.join(', ')}; ${mostWithin(24 * HOUR)} at most in 24 hours`);
    assert.ok(mostWithin(24 * HOUR) <= 50);
    assertNothingTwice(dataCalls(standIn));
    for (const each of daysFrom(FIRST, addDays(day, -1))) assert.deepEqual(arrivals(each), usual(each));
    assert.deepEqual(home.errors, []);
  });

  it('of Data Connect lets a thousand an hour through for all meters of an application', async function () {
    this.timeout(180_000);
    const points = Array.from({ length: 6 }, (_, i) => `1234567890123${i}`);
    await begin(
      'dataconnect',
      (url) =>
        points.flatMap((usagePoint, i) => [
          meterNode(url, { id: `meter${i}`, usagePoint, provider: 'dataconnect', ...DEEP }),
          ...sourceNodes('consumption', `c${i}`, { meter: `meter${i}` }),
          ...sourceNodes('production', `p${i}`, { meter: `meter${i}` }),
        ]),
      points,
    );
    await home.until(`${FIRST}T23:00`);
    const metering = dataCalls(standIn);
    console.log(
      `      Data Connect: ${metering.length} for six meters, ${mostWithin(HOUR)} at most in an hour, the last at ${timeOf(metering.at(-1)?.at ?? 0)}`,
    );
    assert.ok(mostWithin(HOUR) <= 1000);
    assert.equal(metering.length, 6 * 222);
    assert.ok((metering.at(-1)?.at ?? Infinity) <= paris(`${FIRST}T13:15`));
    for (const [i, point] of points.entries()) {
      const series = 'consumption-load-curve';
      await assertTruth(
        store(`meter${i}`, point),
        standIn.truth,
        point,
        series,
        oldest(series, FIRST),
        FIRST,
      );
    }
    assert.deepEqual(home.errors, []);
  });

  it('is one for all meters of a process, and many of them starve none', async function () {
    this.timeout(120_000);
    const points = Array.from({ length: 12 }, (_, i) => `123456789012${10 + i}`);
    await begin(
      'conso',
      (url) =>
        points.flatMap((usagePoint, i) => [
          meterNode(url, { id: `meter${i}`, usagePoint, minute: i }),
          ...sourceNodes('consumption', `c${i}`, { meter: `meter${i}` }),
        ]),
      points,
    );
    await home.until('2026-11-06T00:00');
    assert.ok(mostWithin(24 * HOUR) <= 80);
    const late = daysFrom('2026-11-02', '2026-11-05').flatMap((day) =>
      points.flatMap((_, i) => {
        const came = home.messages.filter(
          ({ from, message }) =>
            from === `c${i}` &&
            !message.replay &&
            message.topic !== 'consumption/monthly' &&
            message.readings.some(({ start }) => start.startsWith(day)) &&
            message.topic !== 'consumption/yearly',
        );
        // Three kinds of data, all of them on the next day.
        const topics = new Set(
          came.filter(({ at }) => dayAt(at) === addDays(day, 1)).map(({ message }) => message.topic),
        );
        return topics.size === 3 ? [] : [`${day} c${i} ${[...topics].join(' ')}`];
      }),
    );
    assert.deepEqual(late, []);
  });

  describe('that frees when the hours are over', () => {
    for (const [gateway, time] of [
      ['conso', '21:00'],
      ['myelectricaldata', '20:30'],
    ] as const) {
      it(`of ${gateway}, begun at ${time}, is not planned again and again, and the history goes on`, async function () {
        this.timeout(120_000);
        const published = { daily: '15:10', 'max-power': '15:10', 'load-curve': '15:10' };
        await begin(gateway, house(gateway, DEEP), [PDL], { time, published });
        const begun = standIn.calls.length;
        let [at, count] = [0, 0];
        clock.after = (ms, call) => {
          count = home.time.now === at ? count + 1 : 1;
          at = home.time.now;
          assert.ok(count < 50, `planned ${count} times at ${timeOf(at)}`);
          return home.time.after(ms, call);
        };
        await home.until('2026-11-05T12:00');
        assert.ok(standIn.calls.length > 2 * begun);
        assert.ok(mostWithin(24 * HOUR) <= (gateway === 'conso' ? 80 : 50));
      });
    }
  });

  it('is not eaten by a direction that fails while the other is well', async function () {
    this.timeout(120_000);
    await begin('conso', house('conso', DEEP));
    for (const series of ['production-daily', 'production-load-curve'] as const) {
      const fault = ({ at }: { at: number }): Fault | undefined =>
        at > paris('2026-11-03T00:00') ? { enedis: 'technical_error' } : undefined;
      standIn.faults.always(fault, { series });
    }
    await home.until('2026-11-07T00:00');
    assert.ok(mostWithin(24 * HOUR) <= 80);
    for (const day of daysFrom(FIRST, '2026-11-06')) {
      assert.deepEqual(
        arrivals(day),
        usual(day).filter((line) => line.startsWith('consumption')),
      );
    }
  });

  it('that is used up is said to whoever asks by hand, and the schedule waits for it', async () => {
    await begin('conso', house('conso', { history: 0 }));
    await home.until('2026-11-03T05:30');
    const { requests } = store();
    await requests.turn('conso', async (turn) => {
      for (let i = 0; i < 80; i++) await turn.note({ at: paris('2026-11-02T14:00') + i, backfill: false }, 0);
    });
    await home.restart();
    standIn.calls.length = 0;
    home.node('c').receive({});
    await home.settled();
    await home.until('2026-11-03T12:00');
    assert.deepEqual(standIn.calls, []);
    assert.deepEqual(
      home.errors.map(({ error }) => error.code),
      ['budget-used', 'budget-used'],
    );
    assert.equal(home.status('c').text, 'request budget used up: try again later');
    await home.until('2026-11-03T14:05');
    assert.equal(arrivals('2026-11-02').length, 6);
    assert.ok(arrivals('2026-11-02').every((line) => line.includes(' 03/11 14:0')));
    assert.equal(home.status('c').fill, 'green');
  });
});
