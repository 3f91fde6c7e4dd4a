import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DateTime } from 'luxon';
import type { ReadingSeries } from '../../src/metering/metrics';
import type { Reading } from '../../src/metering/readings';
import { sharedStore } from '../../src/store/shared';
import { describeOnBoth, type Place } from '../support/engines';
import { flowsOf, nodeOf, type FlowNode } from '../support/examples/files';
import { PDL, TOKEN } from '../support/home';
import { now } from '../support/host-clock';
import { startNodeRed, type NodeRed } from '../support/node-red';
import { halfHours, wholeDay } from '../support/readings';
import {
  addDays,
  dayAt,
  daysFrom,
  historyDeadline,
  startOfDay,
  type Day,
} from '../support/stand-in/calendar';
import {
  startHomeAssistant,
  type HomeAssistant,
  type StatisticRow,
} from '../support/stand-in/home-assistant';
import { startStandIn, type Direction, type StandIn } from '../support/stand-in/server';
import { startTariffStandIn, type TariffStandIn } from '../support/stand-in/tariffs';
import { trueColour } from '../support/stand-in/tempo-truth';
import { clockChanges, sum } from '../support/years';

const EXAMPLE = flowsOf('home-assistant-energy');
const DIRECTIONS = ['consumption', 'production'] as const;
const HOUR = 3_600_000;
const CONSUMPTION = `linky:${PDL}_consumption`;

/** €/kWh, €/year. The second row changes all of them in the middle of the half hours. */
const PRICES = [
  {
    ...{ from: '', subscription: 182.5, blueOffPeak: 0.13, bluePeak: 0.16, whiteOffPeak: 0.15 },
    ...{ whitePeak: 0.19, redOffPeak: 0.16, redPeak: 0.75 },
  },
  {
    ...{ from: '2025-08-01', subscription: 219, blueOffPeak: 0.12, bluePeak: 0.15, whiteOffPeak: 0.14 },
    ...{ whitePeak: 0.18, redOffPeak: 0.15, redPeak: 0.7 },
  },
] as const;
const FEED_IN = 0.04;
const PERIODS = {
  blueOffPeak: 'blue_off_peak',
  bluePeak: 'blue_peak',
  whiteOffPeak: 'white_off_peak',
  whitePeak: 'white_peak',
  redOffPeak: 'red_off_peak',
  redPeak: 'red_peak',
} as const;
type Period = keyof typeof PERIODS;

const today = dayAt(now());
const oldestDaily = historyDeadline(today, 36);
const oldestHalfHours = historyDeadline(today, 24);

/** An hour of a statistic, kWh or €. */
interface Hour {
  start: number;
  value: number;
}

/** An hour of the meter. */
interface MeterHour {
  start: number;
  /** kWh */
  energy: number;
  /** Undefined where a day has its daily value alone: nobody knows when it was used. */
  period: Period | undefined;
}

/** What the meter measured, and what changes in the course of the test; worked out by luxon and by itself. */
class Truth {
  private readonly days = new Map<string, readonly MeterHour[]>();

  constructor(private readonly standIn: StandIn) {
    for (const direction of DIRECTIONS) {
      for (const day of daysFrom(oldestDaily, oldestHalfHours)) {
        const energy = this.daily(direction, day) / 1000;
        this.days.set(`${direction} ${day}`, [{ start: startOfDay(day), energy, period: undefined }]);
      }
      for (const day of daysFrom(oldestHalfHours, today))
        this.set(direction, day, this.curve(direction, day));
    }
  }

  /** Wh */
  daily = (direction: Direction, day: Day): number => this.standIn.truth.daily(PDL, direction, day);
  /** W */
  curve = (direction: Direction, day: Day): readonly Reading[] =>
    this.standIn.truth.loadCurve(PDL, direction, day);

  /** Half hours of a day from now on: two of them make an hour. */
  set(direction: Direction, day: Day, curve: readonly Reading[]): void {
    const starts = [...new Set(curve.map(({ start }) => Math.floor(start / HOUR) * HOUR))];
    const hours = starts.map((start): MeterHour => {
      const within = curve.filter((reading) => reading.start >= start && reading.end <= start + HOUR);
      return { start, energy: sum(within.map(({ value }) => value / 2)) / 1000, period: periodAt(start) };
    });
    this.days.set(`${direction} ${day}`, hours);
  }

  hoursOf = (direction: Direction, day: Day): readonly MeterHour[] =>
    this.days.get(`${direction} ${day}`) ?? [];

  /** Every statistic by its id. */
  all(): Map<string, Hour[]> {
    const id = (end: string): string => `linky:${PDL}_${end}`;
    const days = daysFrom(oldestDaily, today);
    const hours = (
      direction: Direction,
      valueOf: (hour: MeterHour, day: Day, count: number) => number,
    ): Hour[] =>
      days.flatMap((day) => {
        const ofDay = this.hoursOf(direction, day);
        return ofDay.map((hour) => ({ start: hour.start, value: valueOf(hour, day, ofDay.length) }));
      });
    const periods = Object.entries(PERIODS) as [Period, string][];
    return new Map([
      [id('consumption'), hours('consumption', ({ energy }) => energy)],
      [id('production'), hours('production', ({ energy }) => energy)],
      // Of each day with half hours its part of the subscription, alike on its hours.
      [
        id('cost_peak_off_peak'),
        hours('consumption', ({ energy, period }, day, count) => {
          const { subscription, ...prices } = pricesOn(day);
          return period ? energy * prices[period] + subscription / daysInYear(day) / count : 0;
        }),
      ],
      // Every kWh is paid alike, so that a daily value is enough.
      [id('compensation_peak_off_peak'), hours('production', ({ energy }) => energy * FEED_IN)],
      ...periods.flatMap(([name, slug]): [string, Hour[]][] => [
        [
          id(`consumption_peak_off_peak_period_${slug}`),
          hours('consumption', ({ energy, period }) => (period === name ? energy : 0)),
        ],
        [
          id(`cost_peak_off_peak_period_${slug}`),
          hours('consumption', ({ energy, period }, day) =>
            period === name ? energy * pricesOn(day)[name] : 0,
          ),
        ],
      ]),
    ]);
  }
}

const daysInYear = (day: Day): number => DateTime.fromISO(day).daysInYear;
const pricesOn = (day: Day): (typeof PRICES)[number] => (day >= PRICES[1].from ? PRICES[1] : PRICES[0]);

/** A Tempo day begins at 6, and it is off-peak from 22 to 6. */
function periodAt(start: number): Period {
  const time = DateTime.fromMillis(start, { zone: 'Europe/Paris' });
  const colour = trueColour(time.hour < 6 ? addDays(dayAt(start), -1) : dayAt(start));
  return `${colour}${time.hour < 6 || time.hour >= 22 ? 'OffPeak' : 'Peak'}`;
}

/** What sums may be apart by rounding: 0.1 Wh of three years, or the hundredth of a cent. */
const APART = 1e-4;

/** Fails where Home Assistant's hours or their sums are others than the truth. */
function assertHours(homeAssistant: HomeAssistant, id: string, hours: readonly Hour[]): void {
  const rows = homeAssistant.rows(id);
  assert.deepEqual(
    rows.map(({ start }) => start),
    hours.map(({ start }) => start),
    id,
  );
  let total = 0;
  for (const [i, { start, value }] of hours.entries()) {
    total += value;
    const row = rows[i];
    if (row && Math.abs(row.state - value) < APART && Math.abs(row.sum - total) < APART) continue;
    assert.fail(`${id} ${new Date(start).toISOString()}: ${JSON.stringify(row)}, not ${value} and ${total}`);
  }
}

/** The example as a user sets it up, its waits shortened, and its queries and debug nodes in Node-RED's log. */
function flowsFor(standIn: StandIn, tariffs: TariffStandIn, homeAssistant: HomeAssistant): FlowNode[] {
  const tab = nodeOf(EXAMPLE, 'tab')?.id ?? '';
  const flows = structuredClone(EXAMPLE);
  for (const node of flows) {
    if (node.type === 'linky-meter') {
      Object.assign(node, {
        ...{ provider: 'conso', usagePoint: PDL, url: standIn.url, loadCurveHistory: 730 },
        credentials: { token: TOKEN },
      });
    }
    if (node.type === 'linky-tariff') {
      Object.assign(node, {
        ...{ plan: 'tempo', prices: 'own', ownPrices: PRICES, feedIn: [{ from: '', price: FEED_IN }] },
        ...{ coloursUrl: tariffs.url, pricesUrl: tariffs.pricesUrl },
      });
    }
    if (node.type === 'server') {
      const { url: host, token } = homeAssistant;
      Object.assign(node, { credentials: { host, access_token: token } });
    }
    if (node.type === 'delay') Object.assign(node, { rate: '200' });
    if (node.type === 'trigger') Object.assign(node, { duration: '1', units: 's' });
    if (node.type === 'debug') Object.assign(node, { console: true });
  }
  const place = { z: tab, x: 100, y: 900 };
  const history = nodeOf(flows, 'linky-history');
  history?.wires?.[0]?.push('answer-log');
  return [
    ...flows,
    {
      id: 'answer-log',
      type: 'function',
      ...place,
      func: 'node.log("answers with " + msg.statistic);',
      wires: [],
    },
    { id: 'answered', type: 'complete', ...place, scope: [history?.id], wires: [['answered-log']] },
    {
      id: 'answered-log',
      type: 'function',
      ...place,
      func: 'node.log("answered " + msg.direction);',
      wires: [],
    },
  ];
}

describeOnBoth('three years of a meter in Home Assistant', function (engine) {
  this.timeout(180_000);
  let userDir: string;
  let place: Place;
  let standIn: StandIn;
  let tariffs: TariffStandIn;
  let homeAssistant: HomeAssistant;
  let truth: Truth;
  let nodeRed: NodeRed;
  /** How much of Node-RED's log has been read. */
  let read = 0;

  const start = async (flows: FlowNode[]): Promise<void> => {
    read = 0;
    nodeRed = await startNodeRed({
      ...{ flows, userDir, database: place.address, dashboard: false },
      modules: ['node-red-contrib-home-assistant-websocket'],
      // So that the flow knows after a restart how far it has come.
      settings: { contextStorage: { default: { module: 'localfilesystem' } } },
    });
  };
  /** Waits until as many lines have come since the last wait that match. @returns what has come until then */
  const logged = async (pattern: string, count = 1): Promise<string> => {
    const since = `^[^]{${read}}(?:[^]*?${pattern}){${count}}`;
    const [text] = await nodeRed.logged(new RegExp(since));
    const news = text.slice(read);
    read = text.length;
    return news;
  };
  const deploy = async (flows: FlowNode[]): Promise<void> => {
    read = nodeRed.log().length;
    await nodeRed.deploy(flows);
    await logged('Started flows');
  };
  const press = async (name: string): Promise<void> => {
    const id = EXAMPLE.find((node) => node['name'] === name)?.id ?? '';
    const { status } = await fetch(`${nodeRed.url}/inject/${id}`, { method: 'POST' });
    assert.equal(status, 200);
  };
  const SENT = 'debug:sent until\\] \\d{4}-';
  /** A value of the flow's context, as JSON. */
  const context = async (key: string): Promise<string> => {
    const answer = await fetch(`${nodeRed.url}/context/flow/${nodeOf(EXAMPLE, 'tab')?.id ?? ''}/${key}`);
    return ((await answer.json()) as { msg: string }).msg;
  };
  /** What the flow does by itself every morning. */
  const morning = (direction: Direction): Promise<void> => press(`${direction}, each morning`);

  /** Into the store, which is another process's while Node-RED runs a meter. */
  const record = async (
    name: ReadingSeries,
    days: readonly Day[],
    readings: readonly Reading[],
  ): Promise<void> => {
    const { store, release } = sharedStore(userDir, now(), place.address);
    const [start = today] = days;
    const range = { start, end: addDays(days.at(-1) ?? start, 1) };
    await store.record({ usagePoint: PDL, name }, { range, requestedAt: now(), isPlanned: true }, readings);
    release();
  };
  const correct = async (day: Day, watts: number): Promise<void> => {
    const curve = halfHours(day, (i) => watts + i);
    truth.set('consumption', day, curve);
    await record('consumption-load-curve', [day], curve);
  };
  /**
   * Does something while no meter runs. The tab stays, and with it the flow's context; what is under way is dropped.
   * What is new of a source sets the flow going by itself.
   */
  const betweenDeploys = async (work: () => Promise<void>): Promise<void> => {
    await deploy(EXAMPLE.filter(({ type }) => type === 'tab'));
    await work();
    homeAssistant.calls.length = 0;
    await deploy(flowsFor(standIn, tariffs, homeAssistant));
  };

  const assertAll = (): void => {
    for (const [id, hours] of truth.all()) assertHours(homeAssistant, id, hours);
    assert.deepEqual(homeAssistant.problems(), []);
  };
  /** The day that the imports since the last look begin with, by statistic. */
  const firstDays = (): Map<string, Day> => {
    const first = new Map<string, Day>();
    for (const { id, start } of homeAssistant.calls) {
      const day = start.slice(0, 10);
      if (day < (first.get(id) ?? today)) first.set(id, day);
    }
    return first;
  };
  /** What a day's half hours change, and all that follows: the statistics of consumption that have something on it. */
  const fromDay = (day: Day): Map<string, Day> => {
    const has = (hours: readonly Hour[]): boolean =>
      hours.some(({ start, value }) => value !== 0 && dayAt(start) === day);
    return new Map(
      [...truth.all()].flatMap(([id, hours]) =>
        !/production|compensation/.test(id) && has(hours) ? [[id, day] as const] : [],
      ),
    );
  };

  before(async () => {
    userDir = mkdtempSync(join(tmpdir(), 'linky-home-assistant-'));
    place = await engine.place();
    [standIn, tariffs, homeAssistant] = await Promise.all([
      startStandIn({
        now,
        gateway: 'conso',
        usagePoints: [PDL],
        published: { daily: '00:00', 'max-power': '00:00', 'load-curve': '00:00' },
      }),
      startTariffStandIn(now),
      startHomeAssistant(),
    ]);
    truth = new Truth(standIn);
    for (const direction of DIRECTIONS) {
      const days = daysFrom(oldestDaily, today);
      await record(
        `${direction}-daily`,
        days,
        days.map((day) => wholeDay(day, truth.daily(direction, day))),
      );
      const newer = daysFrom(oldestHalfHours, today);
      await record(
        `${direction}-load-curve`,
        newer,
        newer.flatMap((day) => truth.curve(direction, day)),
      );
    }
    await start([]);
    // Only a deploy brings credentials.
    await deploy(flowsFor(standIn, tariffs, homeAssistant));
  });
  after(async () => {
    await nodeRed.stop();
    await Promise.all([standIn.close(), tariffs.close(), homeAssistant.close()]);
    rmSync(userDir, { recursive: true, force: true });
  });

  it('arrive by themselves, equal to the truth, with whole metadata', async () => {
    await logged(SENT, 2);
    assertAll();
    assert.deepEqual(homeAssistant.refused, []);
    assert.deepEqual([...homeAssistant.metadata.keys()].sort(), [...truth.all().keys()].sort());
    const consumption = homeAssistant.metadata.get(CONSUMPTION);
    assert.ok(consumption);
    assert.deepEqual(consumption, {
      ...{ source: 'linky', statistic_id: CONSUMPTION, name: consumption.name },
      ...{ unit_of_measurement: 'kWh', unit_class: 'energy', has_sum: true, mean_type: 0 },
    });
    assert.match(consumption.name, /House \(demo\)/);
    assert.equal(homeAssistant.metadata.get(`linky:${PDL}_cost_peak_off_peak`)?.unit_of_measurement, 'EUR');
  });

  it('have 23 and 25 hours on the days of change, and one where a day has its daily value alone', () => {
    const rows = homeAssistant.rows(CONSUMPTION);
    const hoursOn = (day: Day): number => rows.filter(({ start }) => dayAt(start) === day).length;
    assert.deepEqual(clockChanges(oldestHalfHours, today).map(hoursOn), [23, 25, 23, 25]);
    assert.deepEqual(clockChanges(oldestDaily, oldestHalfHours).map(hoursOn), [1, 1]);
    // What the dashboard shows of a day with 25 hours, and of one with one.
    const perDay = homeAssistant.perDay(CONSUMPTION);
    for (const day of ['2025-10-26', oldestDaily]) {
      const energy = sum(truth.hoursOf('consumption', day).map(({ energy }) => energy));
      assert.ok(Math.abs((perDay.get(day) ?? 0) - energy) < APART, day);
    }
  });

  it('are not sent twice', async () => {
    await betweenDeploys(() => Promise.resolve());
    for (const direction of DIRECTIONS) await morning(direction);
    const news = await logged('answered \\w+', 2);
    assert.doesNotMatch(news, /answers with/);
  });

  it('are sent again from a corrected day on, and all later sums move', async () => {
    const day = addDays(oldestHalfHours, 200);
    const before = homeAssistant.rows(CONSUMPTION);
    await betweenDeploys(() => correct(day, 3000));
    await logged(SENT);
    assert.deepEqual(firstDays(), fromDay(day));
    assertAll();
    const after = homeAssistant.rows(CONSUMPTION);
    const moved = after.findIndex(({ sum }, i) => sum !== before[i]?.sum);
    assert.equal(after[moved]?.start, startOfDay(day));
    const change = (rows: readonly StatisticRow[], i: number): number => rows.at(i)?.sum ?? NaN;
    assert.ok(change(after, -1) - change(before, -1) > 20);
  });

  it('replace the one hour of a day when its half hours come', async () => {
    const day = addDays(oldestDaily, 30);
    const rowsOn = (): StatisticRow[] =>
      homeAssistant.rows(CONSUMPTION).filter(({ start }) => dayAt(start) === day);
    assert.equal(rowsOn().length, 1);
    await betweenDeploys(() => correct(day, 400));
    await logged(SENT);
    assert.equal(rowsOn().length, 24);
    // The day has more hours in periods that have nothing on it too.
    const ofConsumption = [...truth.all().keys()].filter((id) => !/production|compensation/.test(id));
    assert.deepEqual(firstDays(), new Map(ofConsumption.map((id) => [id, day])));
    assertAll();
  });

  it('lose nothing while Home Assistant is away', async () => {
    const day = addDays(oldestHalfHours, 300);
    const since = await context('since');
    await homeAssistant.leave();
    await betweenDeploys(() => correct(day, 700));
    await logged('debug:error\\]');
    assert.deepEqual(homeAssistant.calls, []);
    assert.equal(await context('since'), since);
    await homeAssistant.come();
    // Nobody presses anything: what was not taken is sent again.
    await logged(SENT);
    assert.deepEqual(firstDays(), fromDay(day));
    assertAll();
    assert.notEqual(await context('since'), since);
  });

  for (const [what, spoil, error] of [
    ['refuses', 'refuseAfter', 'Refused on purpose'],
    ['hangs up', 'hangUpAfter', 'Connection lost'],
  ] as const) {
    it(`lose nothing when Home Assistant ${what} in the middle`, async () => {
      const day = addDays(oldestHalfHours, what === 'refuses' ? 400 : 500);
      const since = await context('since');
      homeAssistant[spoil](3);
      await betweenDeploys(() => correct(day, 900));
      await logged(error);
      assert.equal(homeAssistant.calls.length, 3);
      assert.equal(await context('since'), since);
      homeAssistant.accept();
      await logged(SENT);
      assert.deepEqual(firstDays(), fromDay(day));
      assertAll();
    });
  }

  it('are sent from a day on that was corrected while Node-RED was off', async () => {
    const day = addDays(oldestHalfHours, 600);
    await nodeRed.stop();
    homeAssistant.calls.length = 0;
    await correct(day, 1100);
    await start(flowsFor(standIn, tariffs, homeAssistant));
    await logged(SENT);
    assert.deepEqual(firstDays(), fromDay(day));
    assertAll();
  });
});
