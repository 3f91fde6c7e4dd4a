import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addDays, daysIn, instantAt, isoParis, startOfDay, type Day } from '../../../src/calendar/paris';
import type { ReadingSeries } from '../../../src/metering/metrics';
import type { Reading } from '../../../src/metering/readings';
import type { RegisterDay } from '../../../src/metering/registers';
import {
  firstDayOf,
  neededForStatistics,
  slugsOf,
  statisticMessages,
  type StatisticMessage,
} from '../../../src/query/home-assistant';
import { isMeasured, parseQuery, type Query, type QueryInput } from '../../../src/query/query';
import { SqliteDatabase } from '../../../src/store/sqlite';
import { Store, type Recorded } from '../../../src/store/store';
import { tariffOf, type TariffInput } from '../../../src/tariff/config';
import type { Tariff } from '../../../src/tariff/cost';
import type { TariffName } from '../../../src/tariff/open-tariff';
import { pricesIn } from '../../../src/tariff/prices';
import type { Colour } from '../../../src/tariff/tempo';
import { halfHours, rangeOf, wholeDay } from '../../support/readings';

const PDL = '12345678901234';
const TODAY = '2026-11-25';
const NOW = instantAt(TODAY, 9 * 60);
/** Home Assistant's own rule. */
const VALID_ID = /^(?!.+__)(?!_)[\da-z_]+(?<!_):(?!_)[\da-z_]+(?<!_)$/;

type NamedTariff = Tariff & TariffName;

const tariff = (
  name: string,
  input: TariffInput,
  colours: ReadonlyMap<Day, Colour> = new Map(),
): NamedTariff => {
  const read = tariffOf({ prices: 'own', ...input });
  assert.ok('config' in read && read.config.prices !== 'regulated', JSON.stringify(read));
  const { plan, prices } = read.config;
  return { name, key: name, plan, pricesOf: pricesIn(prices), colourOf: (day) => colours.get(day) };
};
/** 24 € a year less or more, so that an hour of an ordinary day has 1 cent. */
const hphc = (name: string, peak = 0.2, ...more: object[]): NamedTariff =>
  tariff(name, {
    plan: 'hphc',
    offPeak: [{ ranges: ['22:00-06:00'] }],
    ownPrices: [{ subscription: 0.24 * 365, peak, offPeak: 0.1 }, ...more],
  });
const BASE = tariff('Base', { plan: 'base', ownPrices: [{ subscription: 0.24 * 365, base: 0.25 }] });
const FEED_IN: NamedTariff = {
  name: 'Base',
  key: 'Base',
  plan: { kind: 'feed-in' },
  pricesOf: pricesIn([{ from: '', prices: { feedIn: 0.1 } }]),
  colourOf: () => undefined,
};

/** What Home Assistant has of statistics: an import writes hours over those that are there, and deletes none. */
class Recorder {
  readonly statistics = new Map<string, Map<string, { state: number; sum: number }>>();

  import(messages: readonly StatisticMessage[]): void {
    for (const { payload } of messages) {
      const { metadata, stats } = payload.data;
      const hours = this.statistics.get(metadata.statistic_id) ?? new Map<string, { state: number; sum: number }>(); // prettier-ignore
      this.statistics.set(metadata.statistic_id, hours);
      for (const { start, state, sum } of stats) hours.set(start, { state, sum });
    }
  }

  /** What it shows of a statistic: the change of the sum from hour to hour. */
  changes(id: string): [start: number, change: number, state: number][] {
    const hours = [...(this.statistics.get(id) ?? [])]
      .map(([start, hour]) => ({ start: Date.parse(start), ...hour }))
      .sort((one, other) => one.start - other.start);
    return hours.map(({ start, state, sum }, i) => [start, sum - (hours[i - 1]?.sum ?? 0), state]);
  }

  get total(): Record<string, number | undefined> {
    return Object.fromEntries(
      [...this.statistics].map(([id, hours]) => {
        return [id.replace(`linky:${PDL}_`, ''), Math.max(...[...hours.values()].map(({ sum }) => sum))];
      }),
    );
  }
}

describe('statistics of Home Assistant', () => {
  let store: Store;
  beforeEach(() => {
    store = new Store(new SqliteDatabase(':memory:'));
  });
  afterEach(() => {
    store.close();
  });

  const record = (name: ReadingSeries, range: string, readings: Reading[]): Promise<Recorded> =>
    store.record(
      { usagePoint: PDL, name },
      { range: rangeOf(range), requestedAt: NOW, isPlanned: true },
      readings,
    );
  /** Half hours of a power, or daily values. */
  const keep = (name: ReadingSeries, range: string, value: number): Promise<Recorded> => {
    const { start, end } = rangeOf(range);
    const readings = daysIn(start, end).flatMap((day) =>
      name.endsWith('-daily') ? [wholeDay(day, value)] : halfHours(day, () => value),
    );
    return record(name, range, readings);
  };
  const queryOf = (input: QueryInput, now = NOW): Query => {
    const query = parseQuery({ direction: 'consumption', metric: 'daily', step: 'native', format: 'home-assistant', ...input }, now); // prettier-ignore
    assert.ok(!('field' in query), JSON.stringify(query));
    return query;
  };
  const nameOf = (kind: string, period?: string): string =>
    [kind, ...(period === undefined ? [] : [period])].join(', ');
  /** @param consumer the history node that is asked */
  const ask = (
    input: QueryInput = {},
    by?: NamedTariff,
    now = NOW,
    consumer = 'h',
  ): Promise<StatisticMessage[]> => {
    const source = { consumer, usagePoint: PDL, storedAs: PDL, nameOf };
    return statisticMessages(store, queryOf({ metric: by ? 'cost' : 'daily', ...input }, now), source, now, by); // prettier-ignore
  };
  /** `consumption 2026-11-22T00 2026-11-22T23: 24, 48`: the first and last hour, how many, the last one's sum. */
  const shown = (messages: readonly StatisticMessage[]): string[] =>
    messages.map(({ statistic, payload: { data } }) => {
      const [first, last] = [data.stats[0], data.stats.at(-1)];
      const hours = `${first?.start.slice(0, 13) ?? ''} ${last?.start.slice(0, 13) ?? ''}`;
      return `${statistic.replace(`linky:${PDL}_`, '')} ${hours}: ${data.stats.length}, ${last?.sum ?? ''}`;
    });
  const untilOf = (messages: readonly StatisticMessage[]): string => isoParis(messages[0]?.until ?? NaN);

  it('is a message that the API node sends, with all that Home Assistant asks for', async () => {
    await keep('consumption-daily', '2026-10-25', 12_345);
    await record('consumption-load-curve', '2026-11-24', halfHours('2026-11-24', (i) => 100 * i).slice(0, 4));
    assert.deepEqual(await ask(), [
      {
        payload: {
          protocol: 'websocket',
          data: {
            type: 'recorder/import_statistics',
            metadata: {
              source: 'linky',
              statistic_id: `linky:${PDL}_consumption`,
              name: 'consumption',
              unit_of_measurement: 'kWh',
              unit_class: 'energy',
              has_sum: true,
              mean_type: 0,
            },
            stats: [
              { start: '2026-10-25T00:00:00+02:00', state: 12.345, sum: 12.345 },
              { start: '2026-11-24T00:00:00+01:00', state: 0.05, sum: 12.395 },
              { start: '2026-11-24T01:00:00+01:00', state: 0.25, sum: 12.645 },
            ],
          },
        },
        statistic: `linky:${PDL}_consumption`,
        unit: 'kWh',
        range: { start: startOfDay('2026-10-25'), end: instantAt('2026-11-24', 120) },
        until: NOW,
      },
    ]);
  });

  it('has each hour of the days of change at its own instant', async () => {
    await keep('production-load-curve', '2026-03-29', 1000);
    await keep('production-load-curve', '2026-10-25', 1000);
    const [message, ...others] = await ask({ direction: 'production', metric: 'load-curve', step: 'hour' });
    assert.equal(others.length, 0);
    assert.equal(message?.statistic, `linky:${PDL}_production`);
    const { stats } = message.payload.data;
    assert.equal(stats.length, 23 + 25);
    assert.deepEqual(
      [...stats.slice(1, 3), ...stats.slice(23 + 2, 23 + 4)].map(({ start }) => start),
      ['2026-03-29T01:00:00+01:00', '2026-03-29T03:00:00+02:00', '2026-10-25T02:00:00+02:00', '2026-10-25T02:00:00+01:00'], // prettier-ignore
    );
    const instants = stats.map(({ start }) => Date.parse(start));
    assert.deepEqual(
      instants,
      [...new Set(instants)].sort((one, other) => one - other),
    );
    assert.ok(instants.every((instant) => instant % 3_600_000 === 0));
    assert.deepEqual(
      stats.map(({ sum }) => sum),
      stats.map((_, i) => i + 1),
    );
  });

  describe('are', () => {
    beforeEach(() => keep('consumption-load-curve', '2026-11-23', 2000));
    const DAY = '2026-11-23T00 2026-11-23T23: 24,';
    const table: [string, QueryInput, NamedTariff | undefined, string[]][] = [
      ['of a load curve its energy', { metric: 'load-curve' }, undefined, [`consumption ${DAY} 48`]],
      ['of months the same', { metric: 'monthly', step: 'hour' }, undefined, [`consumption ${DAY} 48`]],
      ['of years the same', { metric: 'yearly' }, undefined, [`consumption ${DAY} 48`]],
      ['of one price its cost too', {}, BASE, [`consumption ${DAY} 48`, `cost_base ${DAY} 12.24`]],
      [
        'of several prices their parts too, without the subscription',
        {},
        hphc('HP / HC'),
        [
          `consumption ${DAY} 48`,
          `cost_hp_hc ${DAY} 8.24`,
          `consumption_hp_hc_period_peak ${DAY} 32`,
          `consumption_hp_hc_period_off_peak ${DAY} 16`,
          `cost_hp_hc_period_peak ${DAY} 6.4`,
          `cost_hp_hc_period_off_peak ${DAY} 1.6`,
        ],
      ],
    ];
    for (const [what, input, by, expected] of table) {
      it(what, async () => {
        const messages = await ask(input, by);
        assert.deepEqual(shown(messages), expected);
        for (const { unit, payload } of messages) {
          const { metadata } = payload.data;
          assert.match(metadata.statistic_id, VALID_ID);
          assert.deepEqual(
            [metadata.unit_of_measurement, metadata.unit_class],
            metadata.statistic_id.includes('_cost_') ? ['EUR', null] : ['kWh', 'energy'],
          );
          assert.equal(unit, metadata.unit_of_measurement);
        }
      });
    }

    it('of production what it earns', async () => {
      await keep('production-daily', '2026-11-23', 5000);
      const messages = await ask({ direction: 'production' }, FEED_IN);
      assert.deepEqual(shown(messages), [
        'production 2026-11-23T00 2026-11-23T00: 1, 5',
        'compensation_base 2026-11-23T00 2026-11-23T00: 1, 0.5',
      ]);
      assert.equal(messages[1]?.unit, 'EUR');
    });

    it('named after the period, as the plan calls it', async () => {
      const names = (await ask({}, hphc('A'))).map(({ payload }) => payload.data.metadata.name);
      assert.deepEqual(names, [
        'consumption',
        'cost',
        'consumption, peak',
        'consumption, offPeak',
        'cost, peak',
        'cost, offPeak',
      ]);
    });
  });

  it('make slugs of names, each another one', () => {
    const table: [names: string[], slugs: string[]][] = [
      [['Tempo'], ['tempo']],
      [
        ['offPeak', 'blueOffPeak'],
        ['off_peak', 'blue_off_peak'],
      ],
      [['Été – heures creuses (nuit)'], ['ete_heures_creuses_nuit']],
      [['__Mon tarif__  n°2'], ['mon_tarif_n_2']],
      [
        ['HC Été', 'hc ete', 'HC-ÉTÉ!', 'hc_ete_2'],
        ['hc_ete', 'hc_ete_2', 'hc_ete_3', 'hc_ete_2_2'],
      ],
      // As some keyboards write it: the accent after the letter.
      [['e\u0301te\u0301Nuit'], ['ete_nuit']],
      [
        ['夜', '€'],
        ['period', 'period_2'],
      ],
    ];
    for (const [names, slugs] of table) assert.deepEqual(slugsOf(names, 'period'), slugs);
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), (names) => {
        const slugs = slugsOf(names, 'period');
        assert.equal(new Set(slugs).size, names.length);
        for (const slug of slugs) assert.match(`linky:${PDL}_cost_${slug}`, VALID_ID);
      }),
    );
  });

  it('come at most 1,000 hours a message, statistic after statistic, whose sums go on', async () => {
    // 84 days of 24 hours are 2,016.
    await keep('consumption-load-curve', '2026-08-01 2026-10-24', 1000);
    const messages = await ask({}, BASE);
    assert.deepEqual(shown(messages), [
      'consumption 2026-08-01T00 2026-09-11T15: 1000, 1000',
      'consumption 2026-09-11T16 2026-10-23T07: 1000, 2000',
      'consumption 2026-10-23T08 2026-10-23T23: 16, 2016',
      'cost_base 2026-08-01T00 2026-09-11T15: 1000, 260',
      'cost_base 2026-09-11T16 2026-10-23T07: 1000, 520',
      'cost_base 2026-10-23T08 2026-10-23T23: 16, 524.16',
    ]);
    for (const { range, payload } of messages) {
      const { stats } = payload.data;
      assert.deepEqual(range, {
        start: Date.parse(stats[0]?.start ?? ''),
        end: Date.parse(stats.at(-1)?.start ?? '') + 3_600_000,
      });
    }
  });

  it('hold all that came before today, whatever the query is about', async () => {
    await keep('consumption-daily', '2020-01-01', 1000);
    await keep('consumption-daily', '2026-11-23 2026-11-26', 1000);
    assert.deepEqual(shown(await ask({ start: '2026-11-20', end: '2026-11-22' })), [
      'consumption 2020-01-01T00 2026-11-24T00: 3, 3',
    ]);
    assert.equal(await firstDayOf(store, PDL, 'consumption'), '2020-01-01');
    assert.equal(await firstDayOf(store, PDL, 'production'), undefined);
    await keep('production-load-curve', '2026-11-20', 1000);
    assert.equal(await firstDayOf(store, PDL, 'production'), '2026-11-20');
  });

  it('are none while nothing came', async () => {
    assert.deepEqual(await ask({}, BASE), []);
  });

  it('ask for the days of the query: of a load curve also their daily values', () => {
    const needed = (input: QueryInput): unknown => {
      const query = queryOf({ start: '2026-11-20', end: '2026-11-22', ...input });
      assert.ok(isMeasured(query));
      return neededForStatistics(query, query.range);
    };
    const days = { start: '2026-11-20', end: '2026-11-22' };
    assert.deepEqual(needed({ metric: 'load-curve', step: 'hour' }), [
      { series: 'consumption-daily', ...days },
      { series: 'consumption-load-curve', ...days },
    ]);
    assert.deepEqual(needed({ metric: 'daily', step: 'hour' }), [{ series: 'consumption-daily', ...days }]);
  });

  describe('since the last answer', () => {
    beforeEach(() => keep('consumption-daily', '2026-11-01 2026-11-24', 10_000));

    it('are none where nothing changed', async () => {
      const since = untilOf(await ask({}, BASE));
      assert.deepEqual(await ask({ since }, BASE, NOW + 1), []);
      assert.deepEqual(await ask({ since }, BASE, NOW + 86_400_000), []);
      // What stays in the store as it was is no change either.
      await keep('consumption-daily', '2026-11-10', 10_000);
      assert.deepEqual(await ask({ since }, BASE, NOW + 86_400_000), []);
    });

    it('are all of it for who asks without, again and again', async () => {
      const first = await ask();
      assert.deepEqual(shown(await ask({}, undefined, NOW)), shown(first));
      assert.deepEqual(shown(await ask({ since: '' }, undefined, NOW + 1000)), shown(first));
      assert.deepEqual(shown(await ask({ since: null }, undefined, NOW + 2000)), shown(first));
    });

    it('are all that follows a correction, with the sums that follow from it', async () => {
      const since = untilOf(await ask({}, BASE));
      await keep('consumption-daily', '2026-11-20', 12_000);
      assert.deepEqual(shown(await ask({ since }, BASE, NOW + 1)), [
        'consumption 2026-11-20T00 2026-11-23T00: 4, 232',
        // 23 days of 0.24 € and 232 kWh of 0.25 €.
        'cost_base 2026-11-20T00 2026-11-23T00: 4, 63.52',
      ]);
    });

    it('are the whole day for the last of its hours', async () => {
      await keep('consumption-load-curve', '2026-11-20', 1000);
      const since = untilOf(await ask());
      await record('consumption-load-curve', '2026-11-20', halfHours('2026-11-20', () => 2000).slice(47));
      const [message] = await ask({ since }, undefined, NOW + 1);
      const { stats = [] } = message?.payload.data ?? {};
      assert.equal(stats.length, 24 + 3);
      assert.deepEqual(stats[0], { start: '2026-11-20T00:00:00+01:00', state: 1, sum: 191 });
      assert.deepEqual(stats[23], { start: '2026-11-20T23:00:00+01:00', state: 1.5, sum: 214.5 });
    });

    it('are what a new price changes, and not the energy', async () => {
      const since = untilOf(await ask({}, hphc('A')));
      await keep('consumption-load-curve', '2026-11-22', 2000);
      const until = untilOf(await ask({ since }, hphc('A'), NOW + 1));
      const raised = hphc('A', 0.2, {
        from: '2026-11-22',
        subscription: 0.24 * 365,
        peak: 0.3,
        offPeak: 0.1,
      });
      const messages = await ask({ since: until }, raised, NOW + 2);
      assert.deepEqual(
        messages.map(({ statistic }) => statistic.replace(`linky:${PDL}_`, '')),
        ['cost_a', 'cost_a_period_peak'],
      );
      for (const { range } of messages) assert.equal(range.start, startOfDay('2026-11-22'));
      assert.deepEqual(await ask({ since: until }, raised, NOW + 3), messages.map((message) => ({ ...message, until: NOW + 3 }))); // prettier-ignore
    });

    it('are those of a colour that came late', async () => {
      await keep('consumption-load-curve', '2026-11-20 2026-11-24', 2000);
      const prices = { subscription: 0, bluePeak: 0.2, blueOffPeak: 0.1, whitePeak: 0.4, whiteOffPeak: 0.3, redPeak: 0.8, redOffPeak: 0.5 }; // prettier-ignore
      const known = (...days: Day[]) => new Map(days.map((day): [Day, Colour] => [day, 'blue']));
      const tempo = (colours: ReadonlyMap<Day, Colour>) => tariff('Tempo', { plan: 'tempo', ownPrices: [prices] }, colours); // prettier-ignore
      const since = untilOf(await ask({}, tempo(known('2026-11-19', '2026-11-20', '2026-11-21'))));
      const messages = await ask({ since }, tempo(known('2026-11-19', '2026-11-20', '2026-11-21', '2026-11-22')), NOW + 1); // prettier-ignore
      assert.ok(messages.length > 0);
      assert.deepEqual(
        [...new Set(messages.map(({ range }) => isoParis(range.start).slice(0, 10)))],
        ['2026-11-22'],
      );
    });

    it('are all of a tariff that is new or has another name, and nothing of the energy', async () => {
      const since = untilOf(await ask({}, BASE));
      assert.deepEqual(shown(await ask({ since }, { ...BASE, key: 'Été' }, NOW + 1)), [
        'cost_ete 2026-11-01T00 2026-11-23T00: 23, 63.02',
      ]);
    });

    it('are those of each time that is named', async () => {
      const first = untilOf(await ask());
      await keep('consumption-daily', '2026-11-20', 12_000);
      const second = untilOf(await ask({ since: first }, undefined, NOW + 1));
      await keep('consumption-daily', '2026-11-22', 12_000);
      assert.deepEqual(shown(await ask({ since: second }, undefined, NOW + 2)), [
        'consumption 2026-11-22T00 2026-11-23T00: 2, 234',
      ]);
      assert.deepEqual(shown(await ask({ since: first }, undefined, NOW + 3)), [
        'consumption 2026-11-20T00 2026-11-23T00: 4, 234',
      ]);
    });

    it('are not lost where the clock was set back, or stands', async () => {
      const since = untilOf(await ask());
      await keep('consumption-daily', '2026-11-22', 12_000);
      const messages = await ask({ since }, undefined, NOW - 3_600_000);
      assert.deepEqual(shown(messages), ['consumption 2026-11-22T00 2026-11-23T00: 2, 232']);
      const until = untilOf(messages);
      assert.deepEqual(await ask({ since: until }, undefined, NOW - 3_600_000), []);
      await keep('consumption-daily', '2026-11-23', 12_000);
      assert.deepEqual(shown(await ask({ since: until }, undefined, NOW - 3_600_000)), [
        'consumption 2026-11-23T00 2026-11-23T00: 1, 234',
      ]);
    });

    it('go on after a day that is not there any more', async () => {
      const since = untilOf(await ask());
      const changed = new Map([['2026-10-31', { digest: 'any digest', changedAt: NOW }]]);
      await store.statistics.update({ consumer: 'h', usagePoint: PDL }, [], () => ({
        updates: new Map([[`linky:${PDL}_consumption`, { answeredAt: NOW, changed }]]),
      }));
      // It changed, and with it all that follows; once.
      const messages = await ask({ since }, undefined, NOW + 1);
      assert.deepEqual(shown(messages), ['consumption 2026-11-01T00 2026-11-23T00: 23, 230']);
      assert.deepEqual(await ask({ since: untilOf(messages) }, undefined, NOW + 2), []);
    });
  });

  it('leave in Home Assistant what asking for all of it would, whatever came in between', async () => {
    const first = '2026-10-23';
    const days = daysIn(first, '2026-10-28');
    const tariffs = [hphc('A'), hphc('A', 0.3), hphc('A', 0.2, { from: '2026-10-25', subscription: 73, peak: 0.5, offPeak: 0.4 }), BASE]; // prettier-ignore
    const event = fc.oneof(
      fc.record({
        kind: fc.constant('daily' as const),
        day: fc.constantFrom(...days),
        value: fc.nat(50_000),
      }),
      fc.record({
        kind: fc.constant('curve' as const),
        day: fc.constantFrom(...days),
        value: fc.nat(9000),
        from: fc.nat(46),
        length: fc.constantFrom(2, 10, 50),
      }),
      fc.record({ kind: fc.constant('whole' as const), day: fc.constantFrom(...days), value: fc.nat(9000) }),
      fc.record({ kind: fc.constant('ask' as const), by: fc.constantFrom(...tariffs) }),
    );
    let asked = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
        store.close();
        store = new Store(new SqliteDatabase(':memory:'));
        const recorder = new Recorder();
        let since: string | undefined;
        let now = NOW;
        const update = async (by: NamedTariff): Promise<void> => {
          now += 1000;
          const messages = await ask({ since }, by, now);
          recorder.import(messages);
          if (messages.length > 0) since = untilOf(messages);
          const all = new Recorder();
          all.import(await ask({}, by, now, 'all'));
          for (const [id, hours] of all.statistics) {
            assert.deepEqual(new Map([...(recorder.statistics.get(id) ?? [])].sort()), new Map([...hours].sort()), id); // prettier-ignore
            for (const [start, change, state] of recorder.changes(id)) {
              assert.ok(change >= 0 && Math.abs(change - state) < 1e-8, `${id} ${isoParis(start)}`);
            }
          }
          asked += 1;
        };
        for (const each of events) {
          if (each.kind === 'ask') await update(each.by);
          else if (each.kind === 'daily') await keep('consumption-daily', each.day, each.value);
          else if (each.kind === 'whole') await keep('consumption-load-curve', each.day, each.value);
          else {
            const part = halfHours(each.day, () => each.value).slice(each.from, each.from + each.length);
            await record('consumption-load-curve', each.day, part);
          }
        }
        await update(BASE);
      }),
      { numRuns: 60 },
    );
    assert.ok(asked >= 60);
  });

  it('have periods that make up the total on days by hours', async () => {
    const { start, end } = rangeOf('2026-10-20 2026-11-20');
    const readings = daysIn(start, end).flatMap((day) => halfHours(day, (i) => (i * 7919) % 3001));
    await record('consumption-load-curve', `${start} ${end}`, readings);
    const recorder = new Recorder();
    recorder.import(await ask({}, hphc('A')));
    const { total } = recorder;
    const measured = readings.reduce((sum, { value }) => sum + value / 2000, 0);
    const near = (actual: number | undefined, expected: number): void => {
      assert.ok(Math.abs((actual ?? NaN) - expected) < 1e-6, `${actual} instead of ${expected}`);
    };
    near(total['consumption'], measured);
    near(
      (total['consumption_a_period_peak'] ?? NaN) + (total['consumption_a_period_off_peak'] ?? NaN),
      measured,
    );
    const subscription = 0.24 * daysIn(start, end).length;
    near(
      total['cost_a'],
      (total['cost_a_period_peak'] ?? NaN) + (total['cost_a_period_off_peak'] ?? NaN) + subscription,
    );
    near(total['cost_a_period_peak'], (total['consumption_a_period_peak'] ?? NaN) * 0.2);
  });

  /** Hours that Home Assistant would show otherwise than they are: it draws the change of the sum. */
  const assertDrawn = (recorder: Recorder): void => {
    assert.ok(recorder.statistics.size > 0);
    for (const id of recorder.statistics.keys()) {
      for (const [start, change, state] of recorder.changes(id)) {
        assert.ok(Math.abs(change - state) < 1e-8, `${id} ${isoParis(start)}: ${change} instead of ${state}`);
      }
    }
  };
  /** A flow: it asks its history node, sends what it is answered, and keeps the time of what was taken. */
  const flowOf = (consumer: string) => {
    const recorder = new Recorder();
    let since: string | undefined;
    const update = async (by: NamedTariff | undefined, now: number, isLost = false): Promise<string[]> => {
      const messages = await ask({ since }, by, now, consumer);
      if (!isLost) {
        recorder.import(messages);
        if (messages.length > 0) since = untilOf(messages);
      }
      return shown(messages);
    };
    return { recorder, update };
  };

  describe('are drawn as they are', () => {
    const custom = (periods: [name: string, ranges: string[]][]): NamedTariff => {
      const names = [...periods.map(([name]) => name), 'rest'];
      return tariff('A', {
        plan: 'custom',
        periods: periods.map(([name, ranges]) => ({ name, ranges })),
        defaultPeriod: 'rest',
        ownPrices: [{ subscription: 0.24 * 365, ...Object.fromEntries(names.map((name) => [name, 0.1])) }],
      });
    };
    beforeEach(() => keep('consumption-load-curve', '2026-11-20 2026-11-24', 2000));

    it('where a plan has a period more', async () => {
      const { recorder, update } = flowOf('h');
      await update(custom([['evening', ['18:00-22:00']]]), NOW);
      const grown = custom([['evening', ['18:00-22:00']], ['night', ['00:00-06:00']]]); // prettier-ignore
      const news = await update(grown, NOW + 1);
      const ofNight = 'consumption_a_period_night 2026-11-20T00 2026-11-23T23: 96, 48';
      assert.ok(news.includes(ofNight), news.join('\n'));
      assertDrawn(recorder);
      await keep('consumption-load-curve', '2026-11-23', 1000);
      await update(grown, NOW + 2);
      assertDrawn(recorder);
      const { total } = recorder;
      assert.deepEqual([total['consumption'], total['consumption_a_period_night']], [168, 42]);
    });

    it('where a plan becomes another one, which has a period of the old one’s name', async () => {
      const { recorder, update } = flowOf('h');
      await update({ ...BASE, key: 'A' }, NOW);
      const by = custom([['base', ['00:00-06:00']]]);
      await update(by, NOW + 1);
      assertDrawn(recorder);
      await keep('consumption-load-curve', '2026-11-23', 1000);
      await update(by, NOW + 2);
      assertDrawn(recorder);
      assert.equal(recorder.total['consumption_a_period_base'], 42);
      // And back, and there once more.
      await update({ ...BASE, key: 'A' }, NOW + 3);
      await keep('consumption-load-curve', '2026-11-22', 1000);
      await update({ ...BASE, key: 'A' }, NOW + 4);
      await update(by, NOW + 5);
      assertDrawn(recorder);
      assert.equal(recorder.total['consumption_a_period_base'], 36);
    });

    it('where the rows of periods whose names are alike change places', async () => {
      const rows: [string, string[]][] = [['HC Été', ['00:00-06:00']], ['hc ete', ['18:00-20:00']]]; // prettier-ignore
      const { recorder, update } = flowOf('h');
      await update(custom(rows), NOW);
      const totals = () => ['hc_ete', 'hc_ete_2'].map((id) => recorder.total[`consumption_a_period_${id}`]);
      assert.deepEqual(totals(), [48, 16]);
      await update(custom(rows.toReversed()), NOW + 1);
      assertDrawn(recorder);
      const all = new Recorder();
      all.import(await ask({}, custom(rows.toReversed()), NOW, 'all'));
      assert.deepEqual(recorder.statistics, all.statistics);
    });

    it('where the last answer was about something else', async () => {
      const { recorder, update } = flowOf('h');
      await update(BASE, NOW);
      await keep('consumption-load-curve', '2026-11-20', 1000);
      await update(undefined, NOW + 1);
      await update(BASE, NOW + 2);
      assertDrawn(recorder);
      assert.equal(recorder.total['cost_base'], 4 * 0.24 + (3 * 48 + 24) * 0.25);
    });

    it('where the first answer about something was lost', async () => {
      const { recorder, update } = flowOf('h');
      await update(BASE, NOW, true);
      await update(undefined, NOW + 1);
      await update(BASE, NOW + 2, true);
      const news = await update(BASE, NOW + 3);
      assert.deepEqual(news, ['cost_base 2026-11-20T00 2026-11-23T23: 96, 48.96']);
      assertDrawn(recorder);
      assert.equal(recorder.total['cost_base'], 48.96);
    });

    it('where an answer to who names no time is lost, which was the first one with something', async () => {
      const { recorder, update } = flowOf('h');
      await update(BASE, NOW, true);
      await update(undefined, NOW + 1);
      await ask({}, BASE, NOW + 2);
      await update(BASE, NOW + 3);
      assertDrawn(recorder);
      assert.equal(recorder.total['cost_base'], 48.96);
      // Who names none in between does not have all of it sent once more to who does.
      await ask({}, BASE, NOW + 4);
      assert.deepEqual(await update(BASE, NOW + 5), []);
    });

    it('where another history node was asked in between', async () => {
      const [one, other] = [flowOf('one'), flowOf('other')];
      await one.update(undefined, NOW);
      await other.update(BASE, NOW + 1);
      await keep('consumption-load-curve', '2026-11-22', 1000);
      await other.update(BASE, NOW + 2);
      await one.update(BASE, NOW + 3);
      for (const { recorder } of [one, other]) {
        assertDrawn(recorder);
        assert.deepEqual(recorder.total, { consumption: 168, cost_base: 42.96 });
      }
    });

    it('where the clock is set back between answers without news', async () => {
      const { recorder, update } = flowOf('h');
      await update(BASE, NOW);
      assert.deepEqual(await update(BASE, NOW + 3_600_000), []);
      assert.deepEqual(await update(BASE, NOW - 3_600_000), []);
      await keep('consumption-load-curve', '2026-11-22', 1000);
      await update(BASE, NOW - 1_800_000);
      assert.deepEqual(recorder.total, { consumption: 168, cost_base: 42.96 });
      await keep('consumption-load-curve', '2026-11-23', 1000);
      await update(BASE, NOW - 1_700_000);
      assert.deepEqual(recorder.total, { consumption: 144, cost_base: 36.96 });
      assertDrawn(recorder);
    });
  });

  it('have one hour of a day that the total register alone knows, until there is more', async () => {
    const calendars: RegisterDay['calendars'] = [];
    const totals = [1000, 8000, 20_500];
    const registers = totals.map((total, i) => ({ day: addDays('2026-11-20', i), total, calendars }));
    const planned = { range: rangeOf('2026-11-20 2026-11-23'), requestedAt: NOW, isPlanned: true };
    await store.recordRegisters({ usagePoint: PDL, name: 'consumption-registers' }, planned, registers);
    const { recorder, update } = flowOf('h');
    assert.deepEqual(await update(BASE, NOW), [
      'consumption 2026-11-20T00 2026-11-21T00: 2, 19.5',
      'cost_base 2026-11-20T00 2026-11-21T00: 2, 5.355',
    ]);
    await keep('consumption-load-curve', '2026-11-21', 500);
    await update(BASE, NOW + 1);
    assertDrawn(recorder);
    assert.deepEqual(recorder.total, { consumption: 19, cost_base: 5.23 });
  });

  it('tell a tariff from the period of another', async () => {
    await keep('consumption-load-curve', '2026-11-23', 2000);
    const zen = tariff('Zen', { plan: 'custom', periods: [{ name: 'Week-End', days: [6, 7], ranges: ['00:00-24:00'] }], defaultPeriod: 'Semaine', ownPrices: [{ subscription: 0, 'Week-End': 0.1, Semaine: 0.2 }] }); // prettier-ignore
    const ids = (messages: readonly StatisticMessage[]) => new Set(messages.map(({ statistic }) => statistic.replace(`linky:${PDL}_`, ''))); // prettier-ignore
    const ofZen = ids(await ask({}, zen));
    assert.deepEqual([...ofZen].slice(2), [
      ...['consumption_zen_period_week_end', 'consumption_zen_period_semaine'],
      ...['cost_zen_period_week_end', 'cost_zen_period_semaine'],
    ]);
    const ofOther = ids(await ask({}, { ...zen, key: 'Zen Week-End' }));
    assert.deepEqual(
      [...ofZen].filter((id) => ofOther.has(id)),
      ['consumption'],
    );
  });

  it('have ids that Home Assistant takes, however long the names are', async () => {
    await keep('consumption-load-curve', '2026-11-23', 2000);
    // As many characters as a period's name has at most; an id has some more, and both begin alike.
    const [name, other] = ['aB'.repeat(30), `${'aB'.repeat(29)}aC`];
    const long = tariff('Tarif '.repeat(50), {
      plan: 'custom',
      periods: [{ name, ranges: ['00:00-06:00'] }],
      defaultPeriod: other,
      ownPrices: [{ subscription: 0, [name]: 0.1, [other]: 0.2 }],
    });
    const ids = (await ask({}, long)).map(({ statistic }) => statistic);
    assert.equal(new Set(ids).size, 6);
    for (const id of ids) {
      assert.match(id, VALID_ID);
      assert.ok(id.length <= 255, String(id.length));
    }
  });

  describe('are refused', () => {
    const table: [QueryInput, field: string, value: string][] = [
      [{ metric: 'max-power' }, 'home-assistant-metric', 'max-power'],
      [{ step: 'day' }, 'home-assistant-step', 'day'],
      [{ metric: 'cost', step: 'month' }, 'home-assistant-step', 'month'],
      [{ compare: true }, 'home-assistant-compare', 'true'],
      [{ compare: 'previous-year' }, 'home-assistant-compare', 'previous-year'],
      [{ since: 'yesterday' }, 'since', 'yesterday'],
      [{ since: { until: 1 } }, 'since', '{ until: 1 }'],
    ];
    for (const [input, field, value] of table) {
      it(JSON.stringify(input), () => {
        const query = { direction: 'consumption', metric: 'daily', step: 'native', format: 'home-assistant' };
        assert.deepEqual(parseQuery({ ...query, ...input }, NOW), { field, value });
      });
    }
  });

  it('know a time in any way', () => {
    for (const [since, expected] of [
      [untilOf([{ until: NOW } as StatisticMessage]), NOW],
      ['-1 day', startOfDay(addDays(TODAY, -1))],
      ['2026-11-20', startOfDay('2026-11-20')],
      [NOW, NOW],
      [new Date(NOW), NOW],
      [undefined, -Infinity],
    ] as const) {
      assert.equal(queryOf({ since }).since, expected, String(since));
    }
    // Of other formats it is somebody else's field.
    assert.equal(queryOf({ since: 'any', format: 'csv' }).since, -Infinity);
  });
});
