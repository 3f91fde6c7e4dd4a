import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import sinon from 'sinon';
import { clock } from '../../../src/calendar/clock';
import { addDays, daysIn, instantAt, type Day } from '../../../src/calendar/paris';
import type { Collector } from '../../../src/collector/collector';
import type { State, YesterdayState } from '../../../src/collector/meter';
import type { Direction, ReadingSeries } from '../../../src/metering/metrics';
import type { RegisterDay } from '../../../src/metering/registers';
import type { LinkyError } from '../../../src/providers/errors';
import type { ComparisonMessage, CostMessage } from '../../../src/publisher/cost-message';
import { CostPublisher } from '../../../src/publisher/cost-publisher';
import { SqliteDatabase } from '../../../src/store/sqlite';
import { Store, type Recorded } from '../../../src/store/store';
import { tariffOf, type TariffInput } from '../../../src/tariff/config';
import type { NamedTariff } from '../../../src/tariff/open-tariff';
import { pricesIn } from '../../../src/tariff/prices';
import type { Colour } from '../../../src/tariff/tempo';
import { halfHours, rangeOf, wholeDay } from '../../support/readings';

const PDL = '12345678901234';
const TODAY = '2026-11-25';
const NOW = instantAt(TODAY, 9 * 60);

const BASE: TariffInput = { plan: 'base', ownPrices: [{ subscription: 365, base: 0.25 }] };
const HPHC: TariffInput = {
  plan: 'hphc',
  offPeak: [{ ranges: ['22:00-06:00'] }],
  ownPrices: [{ subscription: 365, peak: 0.2, offPeak: 0.1 }],
};
const TEMPO: TariffInput = {
  plan: 'tempo',
  ownPrices: [
    {
      ...{ subscription: 365, bluePeak: 0.2, blueOffPeak: 0.1 },
      ...{ whitePeak: 0.4, whiteOffPeak: 0.3, redPeak: 0.8, redOffPeak: 0.5 },
    },
  ],
};

describe('a publisher of costs', () => {
  let store: Store;
  let colours: Map<Day, Colour>;
  let state: State;

  beforeEach(() => {
    store = new Store(new SqliteDatabase(':memory:'));
    colours = new Map();
    state = { kind: 'up-to-date', day: '2026-11-24', next: NOW };
    sinon.replace(clock, 'now', () => NOW);
  });
  afterEach(() => {
    sinon.restore();
  });

  const named = (name: string, input: TariffInput): NamedTariff => {
    const result = tariffOf({ prices: 'own', ...input });
    assert.ok('config' in result && result.config.prices !== 'regulated');
    const { plan, prices } = result.config;
    return {
      name,
      key: name,
      plan,
      pricesOf: pricesIn(prices),
      colourOf: (day) => colours.get(day),
      arePricesOutdated: false,
    };
  };

  /** A publisher with all that it sends. */
  interface Node {
    publisher: CostPublisher;
    messages: (CostMessage | ComparisonMessage)[];
    /** What the next nodes have: Node-RED gives it to them in the next turn of the event loop. */
    delivered: (CostMessage | ComparisonMessage)[];
    errors: LinkyError[];
    since: Day[];
    tariffs: [NamedTariff, ...NamedTariff[]];
  }
  function node(
    tariffs: [NamedTariff, ...NamedTariff[]],
    { consumer = 'node', direction = 'consumption' }: { consumer?: string; direction?: Direction } = {},
  ): Node {
    const collector: Pick<Collector, 'register' | 'deregister' | 'collect' | 'yesterdayFor' | 'stateFor'> = {
      register: () => undefined,
      deregister: () => undefined,
      collect: () => Promise.resolve(),
      yesterdayFor: () => Promise.resolve<YesterdayState>('up-to-date'),
      stateFor: () => state,
    };
    const source = { consumer, direction, usagePoint: PDL, storedAs: PDL, meter: 'House' };
    const made: Omit<Node, 'publisher'> = { messages: [], delivered: [], errors: [], since: [], tariffs };
    const publisher = new CostPublisher(collector as Collector, store, source, () => made.tariffs, true, {
      message: (message) => {
        made.messages.push(message);
        setImmediate(() => made.delivered.push(message));
      },
      error: (error) => made.errors.push(error),
      state: () => undefined,
      wantsSince: (day) => {
        made.since.push(day);
        return Promise.resolve();
      },
    });
    return Object.assign(made, { publisher });
  }
  const settled = async (): Promise<void> => {
    for (let i = 0; i < 30; i++) await turn();
  };

  const keep = (name: ReadingSeries, range: string, value: number): Promise<Recorded> => {
    const days = rangeOf(range);
    const readings = daysIn(days.start, days.end).flatMap((day) =>
      name.endsWith('-daily') ? [wholeDay(day, value)] : halfHours(day, () => value),
    );
    return store.record(
      { usagePoint: PDL, name },
      { range: days, requestedAt: NOW, isPlanned: true },
      readings,
    );
  };
  const keepRegisters = (range: string, perDay: Record<string, number>): Promise<Recorded> => {
    const days = rangeOf(range);
    const all = daysIn(days.start, days.end).map((day, i): RegisterDay => {
      const registers = Object.fromEntries(Object.entries(perDay).map(([name, value]) => [name, value * i]));
      return { day, calendars: [{ id: 'FC1', name: '', registers }] };
    });
    const key = { usagePoint: PDL, name: 'consumption-registers' as const };
    return store.recordRegisters(key, { range: days, requestedAt: NOW, isPlanned: true }, all);
  };
  /** `daily 2026-11-24 13.00 +2`: the value, and how many are new; what is special about it. */
  const shown = (message: CostMessage | ComparisonMessage): string => {
    if (message.metric === 'comparison') {
      const costs = message.payload.map(({ tariff, cost }) => `${tariff} ${cost.toFixed(2)}`).join(', ');
      return `comparison ${costs} of ${message.days} days`;
    }
    const { metric, start, payload, readings, backfill, replay, missing } = message;
    return [
      `${metric} ${start.slice(0, 10)} ${payload.toFixed(2)} +${readings.length}`,
      ...(backfill ? ['backfill'] : []),
      ...(replay ? ['replay'] : []),
      ...Object.entries(missing ?? {}).map(([what, count]) => `${what} ${String(count)}`),
    ].join(', ');
  };
  /** What was sent since the last time. */
  const sent = ({ messages }: Node): string[] => messages.splice(0).map(shown);

  it('keeps what it has published once the next nodes have it', async () => {
    await keep('consumption-daily', '2026-11-23 2026-11-25', 10_000);
    const one = node([named('Base 6 kVA', BASE), named('HP/HC', HPHC)]);
    const { publishedCosts } = store;
    const publish = publishedCosts.publish.bind(publishedCosts);
    const kept: number[] = [];
    sinon.replace(publishedCosts, 'publish', (key, work) =>
      publish(key, async (before, reader) => {
        const digests = await work(before, reader);
        kept.push(one.messages.length, one.delivered.length);
        return digests;
      }),
    );
    await one.publisher.begin(false);
    await settled();
    assert.ok(one.messages.length > 0);
    assert.deepEqual(kept.slice(0, 2), [one.messages.length, one.messages.length]);
  });

  it('publishes day, month and year, and every field of them', async () => {
    await keep('consumption-daily', '2026-11-23 2026-11-25', 10_000);
    const one = node([named('Base 6 kVA', BASE)]);
    await one.publisher.begin(true);
    const [daily] = one.messages;
    const cost = { subscription: 1, periods: [{ name: 'base', energy: 10, cost: 2.5 }], source: 'daily' };
    const days = [
      { start: '2026-11-23T00:00:00.000+01:00', end: '2026-11-24T00:00:00.000+01:00', value: 3.5, ...cost },
      { start: '2026-11-24T00:00:00.000+01:00', end: '2026-11-25T00:00:00.000+01:00', value: 3.5, ...cost },
    ];
    assert.deepEqual(daily, {
      topic: 'cost/daily',
      payload: 3.5,
      unit: 'EUR',
      direction: 'consumption',
      metric: 'daily',
      usagePoint: PDL,
      meter: 'House',
      tariff: 'Base 6 kVA',
      start: '2026-11-24T00:00:00.000+01:00',
      end: '2026-11-25T00:00:00.000+01:00',
      ...cost,
      upToDate: true,
      readings: days,
      series: days,
    });
    assert.deepEqual(sent(one), [
      'daily 2026-11-24 3.50 +2',
      'monthly 2026-11-01 7.00 +1, days 22',
      'yearly 2026-01-01 7.00 +1, days 326',
    ]);
    assert.deepEqual(one.since, ['2026-11-24']);
  });

  it('publishes only what changed: a corrected value, a price, a colour', async () => {
    await keep('consumption-load-curve', '2026-11-01 2026-11-25', 2000);
    for (const day of daysIn('2026-10-31', TODAY)) colours.set(day, 'blue');
    const one = node([named('Tempo', TEMPO)]);
    await one.publisher.begin(true);
    // 32 kWh at 0.20, 16 at 0.10, and 1 € subscription.
    assert.deepEqual(sent(one), [
      'daily 2026-11-24 9.00 +24',
      'monthly 2026-11-01 216.00 +1',
      'yearly 2026-01-01 216.00 +1, days 304',
    ]);
    assert.deepEqual(one.since, ['2026-10-31']);
    one.publisher.update();
    await settled();
    assert.deepEqual(sent(one), []);

    await keep('consumption-load-curve', '2026-11-10', 1000);
    await settled();
    assert.deepEqual(sent(one), [
      'daily 2026-11-24 9.00 +1, backfill',
      'monthly 2026-11-01 212.00 +1',
      'yearly 2026-01-01 212.00 +1, days 304',
    ]);

    // A red day has its night on the day after.
    colours.set('2026-11-20', 'red');
    one.publisher.update();
    await settled();
    assert.deepEqual(one.messages[0]?.metric === 'daily' && one.messages[0].readings.map(({ start, value }) => `${start.slice(0, 10)} ${value}`), ['2026-11-20 29.8', '2026-11-21 13.8']); // prettier-ignore
    sent(one);

    const dearer = { ...TEMPO, ownPrices: [...(TEMPO.ownPrices as object[]), { from: '2026-11-24', ...(TEMPO.ownPrices as object[])[0], bluePeak: 0.3 }] }; // prettier-ignore
    one.tariffs = [named('Tempo', dearer)];
    one.publisher.update();
    await settled();
    assert.equal(sent(one)[0], 'daily 2026-11-24 12.20 +1');
    assert.deepEqual(one.errors, []);
  });

  it('takes the load curve until the registers come, which are exact', async () => {
    await keep('consumption-load-curve', '2026-11-22 2026-11-25', 2000);
    const one = node([named('HP/HC', HPHC)]);
    await one.publisher.begin(true);
    assert.equal(sent(one)[0], 'daily 2026-11-24 9.00 +3');
    await keepRegisters('2026-11-22 2026-11-25', { HP: 30_000, HC: 15_000 });
    await settled();
    const [daily] = one.messages;
    assert.ok(daily?.metric === 'daily');
    assert.deepEqual(
      daily.readings.map(({ start, value, source }) => `${start.slice(0, 10)} ${value} ${source}`),
      ['2026-11-22 8.5 registers', '2026-11-23 8.5 registers'],
    );
  });

  it('says again after a start what it said last, and only that', async () => {
    await keep('consumption-daily', '2026-11-23 2026-11-25', 10_000);
    await node([named('Base', BASE)]).publisher.begin(true);
    const again = node([named('Base', BASE)]);
    await again.publisher.begin(true);
    assert.deepEqual(sent(again), [
      'daily 2026-11-24 3.50 +0, replay',
      'monthly 2026-11-01 7.00 +0, replay, days 22',
      'yearly 2026-01-01 7.00 +0, replay, days 326',
    ]);
    const quiet = node([named('Base', BASE)]);
    await quiet.publisher.begin(false);
    assert.deepEqual(sent(quiet), []);
    const other = node([named('Base', BASE)], { consumer: 'other' });
    await other.publisher.begin(true);
    assert.equal(sent(other)[0], 'daily 2026-11-24 3.50 +2');
  });

  it('repeats a period on demand', async () => {
    await keep('consumption-daily', '2025-12-30 2026-11-25', 10_000);
    const one = node([named('Base', BASE)]);
    await one.publisher.begin(true);
    sent(one);
    const again: string[] = [];
    const period = { start: instantAt('2025-12-31', 0), end: instantAt('2026-01-02', 0) };
    await one.publisher.replay(period, (message) => again.push(shown(message)));
    assert.deepEqual(again, [
      'daily 2026-11-24 3.50 +1, replay',
      'daily 2026-11-24 3.50 +1, replay',
      'monthly 2026-11-01 84.00 +1, replay',
      'yearly 2026-01-01 1148.00 +1, replay',
    ]);
  });

  it('compares tariffs over the days that all of them can price', async () => {
    await keep('consumption-load-curve', '2026-11-15 2026-11-25', 2000);
    for (const day of daysIn('2026-11-14', '2026-11-23')) colours.set(day, 'blue');
    const one = node([named('Base', BASE), named('HP/HC', HPHC), named('Tempo', TEMPO)]);
    await one.publisher.begin(true);
    // 8 days: base 13 €, the others 9 €; the colours of two are not known.
    const message = one.messages.at(-1);
    assert.ok(message?.metric === 'comparison');
    assert.equal(shown(message), 'comparison HP/HC 72.00, Tempo 72.00, Base 104.00 of 8 days');
    assert.deepEqual([message.start.slice(0, 10), message.end.slice(0, 10)], ['2025-11-25', TODAY]);
    assert.equal(message.share, Number((8 / 365).toFixed(9)));
    sent(one);
    one.publisher.update();
    await settled();
    assert.deepEqual(sent(one), []);
    colours.set('2026-11-23', 'red');
    one.publisher.update();
    await settled();
    assert.deepEqual(sent(one), ['comparison HP/HC 81.00, Tempo 101.80, Base 117.00 of 9 days']);
  });

  it('does not take registers for hours that the meter was not set to', async () => {
    await keep('consumption-load-curve', '2026-11-22 2026-11-25', 2000);
    await keepRegisters('2026-11-22 2026-11-26', { HP: 32_000, HC: 16_000 });
    const other = { ...HPHC, offPeak: [{ ranges: ['12:00-13:00'] }] };
    const one = node([named('HP/HC', HPHC), named('Noon', other), named('Base', BASE)]);
    await one.publisher.begin(true);
    // 46 kWh at 0.20 € and 2 at 0.10 €, three times.
    const comparison = one.messages.at(-1);
    assert.equal(comparison && shown(comparison), 'comparison HP/HC 27.00, Noon 31.20, Base 39.00 of 3 days');
  });

  it('repeats after a start what it has not sent by itself', async () => {
    await keep('consumption-load-curve', '2026-11-22 2026-11-25', 2000);
    const tariffs = (): [NamedTariff, NamedTariff] => [named('HP/HC', HPHC), named('Base', BASE)];
    await node(tariffs()).publisher.begin(true);
    // The twelve months are others on another day: the comparison is new, and nothing else.
    sinon.restore();
    sinon.replace(clock, 'now', () => NOW + 86_400_000);
    const again = node(tariffs());
    await again.publisher.begin(true);
    assert.deepEqual(
      again.messages.map(({ topic, replay }) => [topic, replay ?? false]),
      [
        ['cost/comparison', false],
        ['cost/daily', true],
        ['cost/monthly', true],
        ['cost/yearly', true],
      ],
    );
  });

  it('sends nothing twice while the store cannot remember it', async () => {
    await keep('consumption-daily', '2026-11-23 2026-11-25', 10_000);
    const one = node([named('Base', BASE)]);
    const publish = store.publishedCosts.publish.bind(store.publishedCosts);
    // What was published is lost with the transaction.
    const full = sinon.stub(store.publishedCosts, 'publish').callsFake(async (key, send) => {
      await publish(key, async (published, reader) => {
        await send(published, reader);
        throw new Error('disk full');
      });
    });
    await one.publisher.begin(true);
    assert.equal(sent(one).length, 3);
    one.publisher.update();
    await settled();
    assert.deepEqual(sent(one), []);
    assert.equal(one.errors.length, 1);
    full.restore();
    one.publisher.update();
    await settled();
    const next = node([named('Base', BASE)]);
    await next.publisher.begin(false);
    assert.deepEqual([sent(one), sent(next)], [[], []]);
  });

  it('has a month in which nothing was used and a day is missing', async () => {
    await keep('consumption-daily', '2026-10-01 2026-11-01', 5000);
    await keep('consumption-daily', '2026-11-01 2026-11-10', 0);
    await keep('consumption-daily', '2026-11-11 2026-11-25', 0);
    const one = node([named('Base', BASE)]);
    await one.publisher.begin(true);
    assert.equal(sent(one)[1], 'monthly 2026-11-01 23.00 +2, days 1');
  });

  it('counts the gaps of a meter’s first month, and not what is older than the meter', async () => {
    await keep('consumption-daily', '2026-11-08 2026-11-12', 10_000);
    await keep('consumption-daily', '2026-11-14 2026-11-25', 10_000);
    const key = { usagePoint: PDL, name: 'consumption-daily' as const };
    await store.setFloor(key, { day: '2026-11-09', reason: 'no-meter', probedAt: NOW, provider: '' });
    const one = node([named('Base', BASE)]);
    await one.publisher.begin(true);
    assert.equal(sent(one)[1], 'monthly 2026-11-01 45.50 +1, days 2');
  });

  it('says so where a cost that was known is not any more', async () => {
    await keep('consumption-daily', '2026-11-21 2026-11-25', 10_000);
    const one = node([named('Base', BASE)]);
    await one.publisher.begin(true);
    sent(one);
    one.tariffs = [
      named('Base', { ...BASE, ownPrices: [{ from: '2026-11-22', subscription: 365, base: 0.25 }] }),
    ];
    one.publisher.update();
    await settled();
    assert.deepEqual(sent(one), [
      'monthly 2026-11-01 10.50 +1, days 20, prices 1',
      'yearly 2026-01-01 10.50 +1, days 324, prices 1',
    ]);
  });

  it('says what production earns', async () => {
    await keep('production-daily', '2026-11-23 2026-11-25', 10_000);
    const feedIn: NamedTariff = {
      ...{
        name: 'Roof',
        key: 'Roof',
        plan: { kind: 'feed-in' },
        colourOf: () => undefined,
        arePricesOutdated: false,
      },
      pricesOf: pricesIn([
        { from: '', prices: { feedIn: 0.04 } },
        { from: '2026-11-24', prices: { feedIn: 0.1 } },
      ]),
    };
    const one = node([feedIn], { direction: 'production' });
    await one.publisher.begin(true);
    assert.deepEqual(one.publisher.wants, ['production-daily']);
    assert.deepEqual(sent(one).slice(0, 2), [
      'daily 2026-11-24 1.00 +2',
      'monthly 2026-11-01 1.40 +1, days 22',
    ]);
  });

  it('wants no more collected than its plans need', () => {
    const wants = (...inputs: TariffInput[]): string[] => {
      const [first, ...others] = inputs.map((input) => named('', input));
      assert.ok(first);
      return node([first, ...others]).publisher.wants.map((name) => name.replace('consumption-', ''));
    };
    assert.deepEqual(wants(BASE), ['daily']);
    assert.deepEqual(wants(HPHC), ['daily', 'registers', 'load-curve']);
    assert.deepEqual(wants(BASE, TEMPO), ['daily', 'registers', 'load-curve']);
  });

  it('is up to date when the cost of yesterday is complete', async () => {
    await keep('consumption-load-curve', '2026-11-22 2026-11-25', 2000);
    const one = node([named('Tempo', TEMPO)]);
    await one.publisher.begin(true);
    assert.equal(one.publisher.isUpToDate, false);
    assert.deepEqual(one.messages, []);
    for (const day of daysIn('2026-11-21', addDays(TODAY, -1))) colours.set(day, 'blue');
    one.publisher.update();
    await settled();
    assert.equal(one.publisher.isUpToDate, false);
    assert.equal(sent(one)[0], 'daily 2026-11-24 2.20 +3, colours 1');
    colours.set('2026-11-24', 'white');
    one.publisher.update();
    await settled();
    assert.equal(one.publisher.isUpToDate, true);
    assert.equal(sent(one)[0], 'daily 2026-11-24 16.20 +1');
  });
});
