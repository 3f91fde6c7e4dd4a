import assert from 'node:assert/strict';
import { DateTime } from 'luxon';
import type { NodeMessage } from 'node-red';
import linkyHistory from '../../nodes/runtime/linky-history';
import type { CostMessage } from '../../src/publisher/cost-message';
import type { StatisticImport } from '../../src/query/home-assistant';
import type { PublishedCost } from '../../src/tariff/published-cost';
import type { Colour } from '../../src/tariff/tempo';
import { describeOnBoth } from '../support/engines';
import { historyNode } from '../support/asking';
import { Home, meterNode, PDL, sourceNodes, type FlowNode } from '../support/home';
import { addDays, daysFrom, type Day } from '../support/stand-in/calendar';
import { startStandIn, type StandIn } from '../support/stand-in/server';
import { PRICES_OF_2026, startTariffStandIn, type TariffStandIn } from '../support/stand-in/tariffs';
import { trueColour } from '../support/stand-in/tempo-truth';
import { timeOf } from '../support/years';

const PLACED = { z: 'tab', x: 100, y: 100 };

/** What the regulated prices of the stand-in are from August 2026 on, written once more: € per kWh and a year. */
const PRICES = {
  base: { subscription: 190.32, base: 0.2001 },
  hphc: { subscription: 190.32, peak: 0.2142, offPeak: 0.1589 },
  tempo: {
    ...{ subscription: 189.6, bluePeak: 0.1654, blueOffPeak: 0.1356 },
    ...{ whitePeak: 0.1921, whiteOffPeak: 0.1536, redPeak: 0.7295, redOffPeak: 0.1615 },
  },
};
type PlanKind = keyof typeof PRICES;

/** The period of a half hour, by luxon. */
function periodOf(plan: PlanKind, start: number, colourOf: (day: Day) => Colour): string {
  const local = DateTime.fromMillis(start, { zone: 'Europe/Paris' });
  const isOffPeak = local.hour < 6 || local.hour >= 22;
  if (plan === 'base') return 'base';
  if (plan === 'hphc') return isOffPeak ? 'offPeak' : 'peak';
  const day = (local.hour < 6 ? local.minus({ days: 1 }) : local).toISODate() ?? '';
  return `${colourOf(day)}${isOffPeak ? 'OffPeak' : 'Peak'}`;
}

describeOnBoth('what it costs', () => {
  let standIn: StandIn;
  let tariffs: TariffStandIn;
  let home: Home;

  const idOf = (name: string): string => `tariff-${name}`;
  /** Node-RED takes any property that equals a node's id for a reference to it: the name is another text. */
  const tariffNode = (name: string, plan: PlanKind, changes: object = {}): FlowNode => ({
    id: idOf(name),
    type: 'linky-tariff',
    name,
    plan,
    power: 6,
    prices: 'regulated',
    offPeak: [{ from: '', season: 'all', days: [1, 2, 3, 4, 5, 6, 7], ranges: ['22:00-06:00'] }],
    colours: 'api-couleur-tempo',
    coloursUrl: tariffs.url,
    pricesUrl: tariffs.pricesUrl,
    ...changes,
  });
  const costNodes = (id: string, tariff: string, changes: object = {}): FlowNode[] => [
    {
      id,
      type: 'linky-cost',
      name: '',
      meter: 'meter',
      tariff: idOf(tariff),
      compareWith: [],
      direction: 'consumption',
      replay: true,
      ...PLACED,
      wires: Array.from({ length: 4 }, () => [`${id}-out`]),
      ...changes,
    },
    { id: `${id}-out`, type: 'helper', ...PLACED, wires: [] },
  ];
  const tempoNodes = (): FlowNode[] => [
    {
      id: 'tempo',
      type: 'linky-tempo',
      name: '',
      tariff: idOf('Tempo'),
      ...PLACED,
      wires: [['tempo-out'], ['tempo-out']],
    },
    { id: 'tempo-out', type: 'helper', ...PLACED, wires: [] },
  ];

  const begin = async (
    now: string,
    flow: () => FlowNode[],
    meter: object = { loadCurveHistory: 14 },
  ): Promise<void> => {
    let clock = (): number => 0;
    standIn = await startStandIn({ now: () => clock(), gateway: 'conso', usagePoints: [PDL] });
    tariffs = await startTariffStandIn(() => clock());
    home = new Home(now, []);
    clock = () => home.time.now;
    home.flow = [meterNode(standIn.url, meter), ...flow()];
    await home.start();
  };
  afterEach(async () => {
    await home.remove();
    await standIn.close();
    await tariffs.close();
  });

  const sent = (id: string): CostMessage[] =>
    home.messages.filter(({ from }) => from === id).map(({ message }) => message as unknown as CostMessage);
  /** The newest cost of each day, whatever message brought it. */
  const days = (id: string): Map<Day, PublishedCost> =>
    new Map(
      sent(id)
        .filter(({ metric }) => metric === 'daily')
        .flatMap(({ readings }) => readings.map((cost) => [cost.start.slice(0, 10), cost])),
    );
  /** What a day costs by the stand-in's own load curve, each half hour for itself. */
  const expected = (plan: PlanKind, day: Day, prices: Record<string, number> = PRICES[plan]): number => {
    const perDay = (prices['subscription'] ?? NaN) / 365;
    return standIn.truth.loadCurve(PDL, 'consumption', day).reduce((sum, { start, end, value }) => {
      const price = prices[periodOf(plan, start, trueColour)] ?? NaN;
      return sum + ((value * (end - start)) / 3.6e9) * price;
    }, perDay);
  };
  const assertNear = (actual: number | undefined, wanted: number, what: string): void => {
    assert.ok(Math.abs((actual ?? NaN) - wanted) < 1e-6, `${what}: ${actual} instead of ${wanted}`);
  };

  it('is that of each half hour, by three tariffs, and over the October day', async () => {
    await begin('2026-10-31T12:10', () => [
      ...[tariffNode('Base', 'base'), tariffNode('HP', 'hphc'), tariffNode('Tempo', 'tempo')],
      ...costNodes('base', 'Base', { compareWith: ['HP', 'Tempo', 'Base', 'no-such-node'].map(idOf) }),
      ...costNodes('hphc', 'HP'),
      ...costNodes('tempo', 'Tempo'),
    ]);
    assert.deepEqual(home.errors, []);
    for (const day of daysFrom('2026-10-17', '2026-10-31')) {
      assertNear(days('tempo').get(day)?.value, expected('tempo', day), `Tempo on ${day}`);
      const { source, value } = days('hphc').get(day) ?? {};
      // The newest day's registers come a day later.
      assert.equal(source, day === '2026-10-30' ? 'load-curve' : 'registers');
      // What the registers counted is a few Wh more than the half hours.
      assert.ok(Math.abs((value ?? NaN) - expected('hphc', day)) < 0.005, day);
      assert.equal(days('base').get(day)?.source, source);
    }
    assert.deepEqual(home.status('tempo').text.slice(0, 5), '30/10');
    const comparison = sent('base')
      .filter((message) => message.topic === 'cost/comparison')
      .at(-1);
    const compared = comparison as unknown as { days: number; payload: { tariff: string; cost: number }[] };
    assert.equal(compared.days, 14);
    for (const { tariff, cost } of compared.payload) {
      const plan = { Base: 'base', HP: 'hphc', Tempo: 'tempo' }[tariff] as PlanKind;
      const sum = daysFrom('2026-10-17', '2026-10-31').reduce((all, day) => all + expected(plan, day), 0);
      assertNear(cost, sum, tariff);
    }
    const costs = compared.payload.map(({ cost }) => cost);
    assert.deepEqual(
      costs,
      costs.toSorted((a, b) => a - b),
    );
  });

  it('asks Enedis for no more than the plan needs, and the sources of prices once', async () => {
    await begin('2026-11-22T12:10', () => [tariffNode('Base', 'base'), ...costNodes('base', 'Base')]);
    await home.until('2026-11-25T23:00');
    const asked = new Set(standIn.calls.map(({ series }) => series));
    assert.deepEqual([...asked], ['consumption-daily']);
    assert.deepEqual(
      tariffs.calls.map(({ at, source }) => `${timeOf(at)} ${source ?? ''}`),
      ['22/11 12:10 data.gouv.fr', '22/11 12:10 cre.fr'],
    );
    assert.deepEqual(home.errors, []);
  });

  it('follows a registers’ day, and says it again after a restart', async () => {
    await begin('2026-11-22T12:10', () => [tariffNode('HP', 'hphc'), ...costNodes('hphc', 'HP')]);
    await home.until('2026-11-23T23:00');
    const updates = sent('hphc').filter(({ metric }) => metric === 'daily');
    const newest = updates.flatMap(({ readings }) => readings.filter(({ start }) => start >= '2026-11-21'));
    assert.deepEqual(
      newest.map(({ start, source }) => `${start.slice(0, 10)} ${source}`),
      ['2026-11-21 load-curve', '2026-11-21 registers', '2026-11-22 load-curve'],
    );
    const count = sent('hphc').length;
    await home.restart();
    const again = sent('hphc').slice(count);
    assert.deepEqual(
      again.map(({ topic, readings, replay }) => [topic, readings.length, replay]),
      ['cost/daily', 'cost/monthly', 'cost/yearly'].map((topic) => [topic, 0, true]),
    );
  });

  describe('with prices that', () => {
    const early = { from: '2026-12-01', power: 6, subscription: 365, prices: [0.3] };
    const newBase = [...PRICES_OF_2026.base.slice(0, -1), { ...PRICES_OF_2026.base.at(-1), power: 6, from: '2026-08-01', last: '2026-11-30' }, early]; // prettier-ignore
    const dear = { subscription: 365, base: 0.3 };

    it('are published early hold from their day on', async () => {
      await begin('2026-11-22T12:10', () => [tariffNode('Base', 'base'), ...costNodes('base', 'Base')]);
      tariffs.settings.prices = { ...tariffs.settings.prices, base: newBase };
      await home.until('2026-12-03T23:00');
      for (const [day, prices] of [
        ['2026-11-30', PRICES.base],
        ['2026-12-01', dear],
      ] as const) {
        const energy = standIn.truth.daily(PDL, 'consumption', day) / 1000;
        assertNear(days('base').get(day)?.value, energy * prices.base + prices.subscription / 365, day);
      }
    });

    it('are published late are made good for, day by day', async () => {
      await begin('2026-11-28T12:10', () => [tariffNode('Base', 'base'), ...costNodes('base', 'Base')]);
      await home.until('2026-12-10T11:00');
      const day = '2026-12-01';
      const energy = standIn.truth.daily(PDL, 'consumption', day) / 1000;
      assertNear(days('base').get(day)?.value, energy * 0.2001 + 190.32 / 365, 'before');
      tariffs.settings.prices = { ...tariffs.settings.prices, base: newBase };
      const count = sent('base').length;
      await home.until('2026-12-13T23:00');
      assertNear(days('base').get(day)?.value, energy * 0.3 + 1, 'after');
      const again = sent('base').slice(count).find(({ metric, readings }) => metric === 'daily' && readings.length > 1); // prettier-ignore
      assert.deepEqual(
        again?.readings.map(({ start }) => start.slice(0, 10)),
        daysFrom('2026-12-01', again?.end.slice(0, 10) ?? ''),
      );
    });

    it('are empty, with rows of semicolons at the end, leave the packaged ones', async () => {
      await begin('2026-11-22T12:10', () => {
        tariffs.settings.prices = { ...tariffs.settings.prices, base: [{ from: '2026-08-01', power: 6 }] };
        tariffs.settings.trailing = 400;
        return [tariffNode('Base', 'base'), ...costNodes('base', 'Base')];
      });
      const day = '2026-11-21';
      const energy = standIn.truth.daily(PDL, 'consumption', day) / 1000;
      assertNear(days('base').get(day)?.value, energy * 0.2001 + 190.32 / 365, day);
      assert.deepEqual(home.errors, []);
    });

    it('are known to have changed are not used any more: the cost ends, and says so', async () => {
      await begin('2026-11-22T12:10', () => [
        tariffNode('Base', 'base', { power: 9, pricesUrl: `${standIn.url}/nothing-here` }),
        ...costNodes('base', 'Base'),
      ]);
      assert.equal([...days('base').keys()].at(-1), '2026-07-31');
      assert.equal(sent('base').at(-1)?.pricesOutdated, true);
      assert.deepEqual([home.status('base').fill, home.status('base').shape], ['yellow', 'ring']);
      assert.equal(home.errors.length, 1);
    });
  });

  describe('with colours that', () => {
    const TOMORROW = '2026-11-26';
    const tempo = (): FlowNode[] => [
      tariffNode('Tempo', 'tempo'),
      ...costNodes('cost', 'Tempo'),
      ...tempoNodes(),
    ];
    /** `25/11 10:40 tomorrow red`, of the messages since a number of them. */
    const told = (since = 0): string[] =>
      home.messages
        .filter(({ from }) => from === 'tempo')
        .slice(since)
        .map(({ at, message }) => {
          const { topic, payload, period, replay } = message as unknown as { topic: string; payload: string; period?: { name: string }; replay?: true }; // prettier-ignore
          return `${timeOf(at)} ${topic.slice(6)} ${period?.name ?? payload}${replay ? ' again' : ''}`;
        });
    const colour = trueColour(TOMORROW);
    const today = trueColour('2026-11-25');
    const other = colour === 'red' ? 'white' : 'red';
    /** Without the minutes that this process comes later than round times. */
    const roughly = (lines: string[]): string[] => lines.map((line) => line.replace(/:\d\d/, ':__'));
    const tomorrowToday = `${colour}Peak`;

    it('come at their usual time are told at once, and at 06:00 and 22:00', async () => {
      await begin('2026-11-25T09:00', tempo);
      await home.until('2026-11-26T09:00');
      assert.deepEqual(roughly(told()), [
        `25/11 09:__ today ${today}Peak`,
        `25/11 10:__ tomorrow ${colour}`,
        `25/11 22:__ today ${today}OffPeak`,
        `26/11 06:__ today ${tomorrowToday}`,
      ]);
      const count = told().length;
      await home.restart();
      assert.deepEqual(roughly(told(count)), [`26/11 09:__ today ${tomorrowToday} again`]);
      assert.deepEqual(home.errors, []);
    });

    it('come late, in the evening, are told then', async () => {
      await begin('2026-11-25T09:00', () => {
        tariffs.settings.publishedAt = () => 17 * 60 + 30;
        return tempo();
      });
      await home.until('2026-11-25T21:00');
      assert.deepEqual(roughly(told()), [`25/11 09:__ today ${today}Peak`, `25/11 18:__ tomorrow ${colour}`]);
      const asked = tariffs.calls.filter(({ path }) => path.startsWith('/api/jour')).length;
      assert.ok(asked <= 12, `${asked} requests`);
    });

    it('change at 11:50 are corrected', async () => {
      await begin('2026-11-25T09:00', () => {
        tariffs.settings.changed = new Map([[TOMORROW, { until: 11 * 60 + 50, before: other }]]);
        return tempo();
      });
      await home.until('2026-11-25T21:00');
      assert.deepEqual(roughly(told()), [
        `25/11 09:__ today ${today}Peak`,
        `25/11 10:__ tomorrow ${other}`,
        `25/11 12:__ tomorrow ${colour}`,
      ]);
    });

    it('are never known leave their hours out, and the rest is priced', async () => {
      await begin('2026-11-25T09:00', () => {
        tariffs.settings.unknown = new Set(['2026-11-20']);
        return tempo();
      });
      const costs = days('cost');
      assert.deepEqual(
        daysFrom('2026-11-18', '2026-11-23').map((day) => costs.get(day)?.missing ?? {}),
        [{}, {}, { colours: 1 }, { colours: 1 }, {}],
      );
      const [first] = costs.get('2026-11-20')?.periods ?? [];
      assert.equal(first?.name, `${trueColour('2026-11-19')}OffPeak`);
      assertNear(costs.get('2026-11-22')?.value, expected('tempo', '2026-11-22'), 'the day after');
      assert.deepEqual(home.errors, []);
    });

    it('cannot be had for a week are caught up with, and the days are priced again', async () => {
      await begin('2026-11-15T09:00', tempo);
      const until = Date.parse('2026-11-24T09:30+01:00');
      tariffs.settings.isDown = (at) => at < until;
      const before = tariffs.calls.length;
      await home.until('2026-11-24T09:00');
      const asked = tariffs.calls.length - before;
      assert.ok(asked <= 9 * 12, `${asked} requests in nine days`);
      assert.equal(days('cost').get('2026-11-20'), undefined);
      assert.equal(home.status('tempo').shape, 'ring');
      // Once a day and node, and never with an address or a secret.
      assert.ok(home.errors.length > 0 && home.errors.length <= 20, String(home.errors.length));
      await home.until('2026-11-24T15:00');
      for (const day of daysFrom('2026-11-15', '2026-11-24')) {
        assertNear(days('cost').get(day)?.value, expected('tempo', day), day);
      }
      assert.equal(home.status('tempo').fill, 'green');
      assert.equal(addDays('2026-11-24', 1), told().length > 0 ? '2026-11-25' : '');
    });
  });

  it('is asked from the history, with the half hours, prices and colours that this needs', async () => {
    await begin('2026-11-22T12:10', () => {
      home.nodes = [...home.nodes, linkyHistory];
      return [
        tariffNode('Tempo', 'tempo'),
        historyNode({ metric: 'cost', tariff: idOf('Tempo'), step: 'day' }),
        { id: 'h-out', type: 'helper', ...PLACED, wires: [] },
      ];
    });
    const answered = new Promise<{ payload: PublishedCost[]; unit: string; tariff: string }>((resolve) => {
      home.node('h-out').once('input', (msg: unknown) => {
        resolve(msg as { payload: PublishedCost[]; unit: string; tariff: string });
      });
    });
    const question: NodeMessage & Record<string, unknown> = { start: '2026-11-15', end: '2026-11-22' };
    home.node('h').receive(question);
    const { payload, unit, tariff } = await answered;
    assert.deepEqual([unit, tariff], ['EUR', 'Tempo']);
    assert.deepEqual(
      payload.map(({ start }) => start.slice(0, 10)),
      daysFrom('2026-11-15', '2026-11-22'),
    );
    for (const { start, value } of payload) assertNear(value, expected('tempo', start.slice(0, 10)), start);
    // Nobody wants colours or prices any more: tomorrow nothing is asked.
    const asked = tariffs.calls.length;
    await home.until('2026-11-24T12:00');
    assert.equal(tariffs.calls.length, asked);
    assert.deepEqual(home.errors, []);
  });

  it('is a statistic of Home Assistant since the first day there is, by the colours of then', async () => {
    await begin('2026-11-22T12:10', () => {
      home.nodes = [...home.nodes, linkyHistory];
      return [
        ...[tariffNode('Tempo', 'tempo'), ...sourceNodes('consumption', 'c')],
        historyNode({ metric: 'cost', format: 'home-assistant', tariff: idOf('Tempo'), start: '-1 days' }),
        { id: 'h-out', type: 'helper', ...PLACED, wires: [] },
      ];
    });
    home.node('h').receive({});
    await home.settled();
    const costs = sent('h').map(({ payload }) => payload as unknown as StatisticImport);
    const { stats = [] } =
      costs.find(({ data }) => data.metadata.statistic_id === `linky:${PDL}_cost_tempo`)?.data ?? {};
    const days = daysFrom('2026-11-08', '2026-11-22');
    // A daily value says nothing about the periods of Tempo: the days before cost nothing that is known.
    const known = stats.filter(({ state }) => state > 0);
    assert.deepEqual([...new Set(known.map(({ start }) => start.slice(0, 10)))], days);
    assert.equal(known.length, 14 * 24);
    const sum = days.reduce((all, day) => all + expected('tempo', day), 0);
    assertNear(stats.at(-1)?.sum, sum, 'the last hour');
    assert.deepEqual(home.errors, []);
  });

  it('is no cost without a tariff, and says what to do', async () => {
    await begin('2026-11-22T12:10', () => [
      tariffNode('Wrong', 'hphc', { offPeak: [] }),
      ...costNodes('none', 'no-such-node'),
      ...costNodes('wrong', 'Wrong'),
      tariffNode('Base', 'base'),
      ...costNodes('roof', 'Base', { direction: 'production' }),
      ...sourceNodes('consumption', 'c'),
    ]);
    assert.deepEqual(
      ['none', 'wrong', 'roof'].map((id) => [home.status(id).fill, home.status(id).text]),
      [
        ['red', 'No tariff'],
        ['red', 'Tariff to be corrected'],
        ['red', 'No feed-in price'],
      ],
    );
    assert.deepEqual(home.errors.map(({ error }) => error.message).sort(), [
      'Error: Enter the price of what is fed in in the tariff “Base”: without it, production earns nothing that is known.',
      'Error: Open the tariff “Wrong” and correct it: its form says what is missing or wrong.',
    ]);
  });
});
