import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { addDays, daysIn, instantAt, isoParis, type Day } from '../../../src/calendar/paris';
import { statisticMessages, type StatisticMessage } from '../../../src/query/home-assistant';
import { parseQuery } from '../../../src/query/query';
import { SqliteDatabase } from '../../../src/store/sqlite';
import { Store } from '../../../src/store/store';
import { tariffOf, type TariffInput } from '../../../src/tariff/config';
import { pricesIn } from '../../../src/tariff/prices';
import type { Colour } from '../../../src/tariff/tempo';
import { halfHours, rangeOf, wholeDay } from '../../support/readings';

/**
 * Home Assistant beside two history nodes, each with its own, whatever happens in between: what it draws of each day is
 * what the meter measured and what that costs, worked out here half hour by half hour.
 */

const PDL = '12345678901234';
const NOW = instantAt('2026-11-25', 9 * 60);
/** One of them has 25 hours. */
const DAYS = daysIn('2026-10-23', '2026-10-28');

/** A plan, and what it means, said once more. */
interface Model {
  input: TariffInput;
  /** The periods that have statistics, with what their ids end in. */
  slugs: Record<string, string>;
  /** @param hour of the clock */
  periodAt: (hour: number, day: Day, colours: ReadonlyMap<Day, Colour>) => string | undefined;
  /** Every hour has the same price: a daily value is enough. */
  isOne: boolean;
}

const within = (hour: number, from: number, to: number): boolean => hour >= from && hour < to;
const custom = (rows: [name: string, from: number, to: number][], slugs: Record<string, string>): Model => ({
  input: {
    plan: 'custom',
    periods: rows.map(([name, from, to]) => ({ name, ranges: [`${from}:00-${to}:00`] })),
    defaultPeriod: 'rest',
  },
  slugs: { ...slugs, rest: 'rest' },
  periodAt: (hour) => rows.find(([, from, to]) => within(hour, from, to))?.[0] ?? 'rest',
  isOne: false,
});
/** All of the same tariff: its user changes the plan. */
const MODELS: readonly Model[] = [
  { input: { plan: 'base' }, slugs: {}, periodAt: () => 'base', isOne: true },
  {
    input: { plan: 'hphc', offPeak: [{ ranges: ['22:00-06:00'] }] },
    slugs: { peak: 'peak', offPeak: 'off_peak' },
    periodAt: (hour) => (within(hour, 6, 22) ? 'peak' : 'offPeak'),
    isOne: false,
  },
  {
    input: { plan: 'tempo' },
    slugs: {
      ...{ bluePeak: 'blue_peak', blueOffPeak: 'blue_off_peak', whitePeak: 'white_peak' },
      ...{ whiteOffPeak: 'white_off_peak', redPeak: 'red_peak', redOffPeak: 'red_off_peak' },
    },
    periodAt: (hour, day, colours) => {
      const colour = colours.get(hour < 6 ? addDays(day, -1) : day);
      return colour && `${colour}${within(hour, 6, 22) ? 'Peak' : 'OffPeak'}`;
    },
    isOne: false,
  },
  custom([['base', 0, 8]], { base: 'base' }),
  custom([['base', 0, 8], ['Soirée', 18, 22]], { base: 'base', Soirée: 'soiree' }), // prettier-ignore
  custom([['HC Été', 0, 8], ['hc ete', 12, 14]], { 'HC Été': 'hc_ete', 'hc ete': 'hc_ete_2' }), // prettier-ignore
  custom([['hc ete', 12, 14], ['HC Été', 0, 8]], { 'hc ete': 'hc_ete', 'HC Été': 'hc_ete_2' }), // prettier-ignore
];
const PRICED = ['base', ...MODELS.flatMap(({ slugs }) => Object.keys(slugs))];
const SUBSCRIPTION = 73;

/** €/kWh: each period has its own. */
const priceOf = (period: string, level: number): number => (PRICED.indexOf(period) + 1 + level) / 100;

/** What is known of the meter and its tariff. */
class World {
  readonly daily = new Map<Day, number>();
  /** W, by the number of the half hour. */
  readonly curves = new Map<Day, Map<number, number>>();
  readonly colours = new Map<Day, Colour>();
  model = MODELS[0] as Model;
  level = 0;

  tariff() {
    const { input, slugs } = this.model;
    const periods = input.plan === 'base' ? ['base'] : Object.keys(slugs);
    const prices = Object.fromEntries(periods.map((name) => [name, priceOf(name, this.level)]));
    const read = tariffOf({
      ...input,
      prices: 'own',
      ownPrices: [{ subscription: SUBSCRIPTION, ...prices }],
    });
    assert.ok('config' in read && read.config.prices !== 'regulated', JSON.stringify(read));
    const { plan, prices: rows } = read.config;
    const colours = new Map(this.colours);
    const colourOf = (day: Day) => colours.get(day);
    return { name: 'Mine', key: 'Mine', plan, pricesOf: pricesIn(rows), colourOf };
  }

  /** What each statistic has on a day, kWh and €; absent where nothing is known of the day. */
  of(day: Day, isCost: boolean): Map<string, number> | undefined {
    const { model, level } = this;
    const daily = this.daily.get(day);
    const curve = this.curves.get(day);
    const readings = halfHours(day, (i) => curve?.get(i) ?? 0);
    const isWhole = curve?.size === readings.length;
    if (!curve && daily === undefined) return undefined;
    const measured = readings.reduce((sum, { value }) => sum + value / 2000, 0);
    const energy = isWhole || daily === undefined ? measured : daily / 1000;
    const values = new Map([['consumption', energy]]);
    if (!isCost) return values;
    const periods = new Map<string, number>();
    if (model.isOne) periods.set('base', energy);
    else if (curve) {
      for (const { start, value } of readings) {
        const { hour } = DateTime.fromMillis(start, { zone: 'Europe/Paris' });
        const period = model.periodAt(hour, day, this.colours);
        if (period) periods.set(period, (periods.get(period) ?? 0) + value / 2000);
      }
    }
    let cost = model.isOne || curve ? SUBSCRIPTION / 365 : 0;
    for (const [period, kWh] of periods) cost += kWh * priceOf(period, level);
    values.set('cost_mine', cost);
    for (const [period, slug] of Object.entries(model.slugs)) {
      const kWh = periods.get(period) ?? 0;
      values.set(`consumption_mine_period_${slug}`, kWh);
      values.set(`cost_mine_period_${slug}`, kWh * priceOf(period, level));
    }
    return values;
  }
}

/** An import writes hours over those that are there, and deletes none. */
class Recorder {
  private readonly statistics = new Map<string, Map<number, number>>();

  import(messages: readonly StatisticMessage[]): void {
    for (const { statistic, payload } of messages) {
      const sums = this.statistics.get(statistic) ?? new Map<number, number>();
      this.statistics.set(statistic, sums);
      for (const { start, sum } of payload.data.stats) sums.set(Date.parse(start), sum);
    }
  }

  /** What the energy dashboard draws of each day: the change of the sum. */
  perDay(id: string): Map<Day, number> {
    const sums = [...(this.statistics.get(`linky:${PDL}_${id}`) ?? [])].sort(([one], [other]) => one - other);
    const changes = new Map<Day, number>();
    let before = 0;
    for (const [start, sum] of sums) {
      const day = isoParis(start).slice(0, 10);
      changes.set(day, (changes.get(day) ?? 0) + sum - before);
      before = sum;
    }
    return changes;
  }
}

/** A history node and the flow around it. */
interface Flow {
  consumer: string;
  since: string | undefined;
  recorder: Recorder;
}

const anyDay = fc.constantFrom(...DAYS);
const event = fc.oneof(
  fc.record({ kind: fc.constant('daily' as const), day: anyDay, value: fc.nat(50_000) }),
  fc.record({
    kind: fc.constant('curve' as const),
    day: anyDay,
    value: fc.nat(9000),
    from: fc.nat(49),
    length: fc.constantFrom(1, 2, 10),
  }),
  fc.record({
    kind: fc.constant('curve' as const),
    day: anyDay,
    value: fc.nat(9000),
    from: fc.constant(0),
    length: fc.constant(50),
  }),
  fc.record({
    kind: fc.constant('colour' as const),
    day: fc.constantFrom(addDays(DAYS[0] ?? '', -1), ...DAYS),
    colour: fc.constantFrom<Colour[]>('blue', 'white', 'red'),
  }),
  fc.record({ kind: fc.constant('price' as const), level: fc.nat(2) }),
  fc.record({ kind: fc.constant('plan' as const), model: fc.constantFrom(...MODELS) }),
  fc.record({ kind: fc.constant('clock' as const), by: fc.constantFrom(-7_200_000, 60_000, 3_600_000) }),
  fc.record({
    kind: fc.constant('ask' as const),
    node: fc.nat(1),
    isCost: fc.boolean(),
    /** How many messages of the answer arrive; `all` is taken. */
    arriving: fc.constantFrom<('all' | number)[]>('all', 'all', 'all', 0, 1, 3),
    isFromScratch: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  }),
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

describe('Home Assistant, beside a model of it', () => {
  let store: Store;

  /** @returns how many answers were compared */
  async function play(events: readonly Event[]): Promise<number> {
    const world = new World();
    const flows = ['one', 'other'].map((consumer): Flow => ({ consumer, since: undefined, recorder: new Recorder() })); // prettier-ignore
    let now = NOW;
    let compared = 0;
    const ask = async ({ consumer, since }: Flow, isCost: boolean): Promise<StatisticMessage[]> => {
      const metric = isCost ? 'cost' : 'daily';
      const query = parseQuery({ direction: 'consumption', metric, step: 'native', format: 'home-assistant', since }, now); // prettier-ignore
      assert.ok(!('field' in query), JSON.stringify(query));
      const nameOf = (kind: string, period = '') => `${kind} ${period}`;
      const source = { consumer, usagePoint: PDL, storedAs: PDL, nameOf };
      return statisticMessages(store, query, source, now, isCost ? world.tariff() : undefined);
    };
    const compare = ({ recorder }: Flow, isCost: boolean): void => {
      for (const day of DAYS) {
        for (const [id, value] of world.of(day, isCost) ?? []) {
          const change = recorder.perDay(id).get(day);
          assert.ok(Math.abs((change ?? NaN) - value) < 1e-6, `${id} ${day}: ${change} instead of ${value}`);
        }
      }
      compared += 1;
    };
    const record = (day: Day, name: 'consumption-daily' | 'consumption-load-curve', readings: ReturnType<typeof halfHours>) =>
      store.record({ usagePoint: PDL, name }, { range: rangeOf(day), requestedAt: NOW, isPlanned: true }, readings); // prettier-ignore
    for (const each of events) {
      switch (each.kind) {
        case 'daily':
          world.daily.set(each.day, each.value);
          await record(each.day, 'consumption-daily', [wholeDay(each.day, each.value)]);
          break;
        case 'curve': {
          const { day, value, from, length } = each;
          const curve = world.curves.get(day) ?? new Map<number, number>();
          // Values of half hours differ, so that none stands for another.
          const all = halfHours(day, (i) => value + i);
          const part = all.slice(from, from + length);
          if (part.length === 0) break;
          for (const [i, reading] of part.entries()) curve.set(from + i, reading.value);
          world.curves.set(day, curve);
          await record(day, 'consumption-load-curve', part);
          break;
        }
        case 'colour':
          world.colours.set(each.day, each.colour);
          break;
        case 'price':
          world.level = each.level;
          break;
        case 'plan':
          world.model = each.model;
          break;
        case 'clock':
          now += each.by;
          break;
        case 'ask': {
          const flow = flows[each.node] as Flow;
          if (each.isFromScratch) flow.since = undefined;
          const messages = await ask(flow, each.isCost);
          flow.recorder.import(each.arriving === 'all' ? messages : messages.slice(0, each.arriving));
          const until = messages.at(-1)?.until;
          if (each.arriving !== 'all' && each.arriving < messages.length) break;
          if (until !== undefined) flow.since = isoParis(until);
          compare(flow, each.isCost);
        }
      }
    }
    return compared;
  }

  it('draws of each day what was measured and what it costs', async function () {
    this.timeout(20_000);
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 40, size: 'max' }), async (events) => {
        store = new Store(new SqliteDatabase(':memory:'));
        try {
          compared += await play(events);
        } finally {
          store.close();
        }
      }),
      { numRuns: 400 },
    );
    assert.ok(compared > 400);
  });
});
