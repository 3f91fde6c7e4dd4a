import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { NodeInitializer } from 'node-red';
import type { InfluxPoint } from '../../src/query/formats';
import type { StatisticImport } from '../../src/query/home-assistant';
import { describeOnBoth } from '../support/engines';
import { Asking, historyNode, type AnswerMessage } from '../support/asking';
import { paris, PDL, type FlowNode } from '../support/home';
import { assertSays } from '../support/sentences';
import { daysFrom } from '../support/stand-in/calendar';

/** Node-RED's own split and join. */
const split = createRequire(require.resolve('node-red'))(
  '@node-red/nodes/core/sequence/17-split.js',
) as NodeInitializer;

const NOW = '2026-11-22T12:10';
const HOUR = 3_600_000;
const TARIFF: FlowNode = {
  id: 'tariff',
  type: 'linky-tariff',
  name: 'HP / HC',
  plan: 'hphc',
  prices: 'own',
  offPeak: [{ ranges: ['22:00-06:00'] }],
  ownPrices: [{ subscription: 0, peak: 0.2, offPeak: 0.1 }],
};
const PLACED = { z: 'tab', x: 100, y: 100 };
const JOIN: FlowNode[] = [
  { id: 'join', type: 'join', mode: 'auto', ...PLACED, wires: [['joined-out']] },
  { id: 'joined-out', type: 'helper', ...PLACED, wires: [] },
];

describeOnBoth('the format home-assistant', () => {
  const asking = new Asking();
  beforeEach(() =>
    asking.begin(NOW, {
      history: {
        format: 'home-assistant',
        metric: 'load-curve',
        tariff: 'tariff',
        wires: [['h-out', 'join']],
      },
      more: [TARIFF, ...JOIN],
      nodes: [split],
    }),
  );
  afterEach(() => asking.end());

  const dataOf = ({ payload }: AnswerMessage): StatisticImport['data'] => (payload as StatisticImport).data;
  /** kWh by the stand-in's own half hours. */
  const energy = (start: string, end: string, when: (start: number) => boolean = () => true): number =>
    daysFrom(start, end)
      .flatMap((day) => asking.standIn.truth.loadCurve(PDL, 'consumption', day))
      .filter((interval) => when(interval.start))
      .reduce((sum, interval) => sum + (interval.value * (interval.end - interval.start)) / 3.6e9, 0);
  const near = (actual: number | undefined, expected: number): void => {
    assert.ok(Math.abs((actual ?? NaN) - expected) < 1e-6, `${actual} instead of ${expected}`);
  };

  it('is each hour as it was measured, over the October day, with what the query was', async () => {
    const msg = { start: '2026-10-24', end: '2026-10-27', step: 'hour', from: 'somebody' };
    const { payload, parts, until, ...answer } = await asking.ask(msg);
    assert.deepEqual(asking.calls(), [
      'consumption-daily 2026-10-24 2026-10-27',
      'consumption-load-curve 2026-10-24 2026-10-27',
    ]);
    assert.deepEqual(
      { ...answer, _msgid: '' },
      {
        ...{ _msgid: '', from: 'somebody', topic: 'consumption/load-curve', unit: 'kWh' },
        ...{ direction: 'consumption', metric: 'load-curve', step: 'hour', format: 'home-assistant' },
        ...{
          compare: '',
          usagePoint: PDL,
          meter: 'House',
          missing: [],
          statistic: `linky:${PDL}_consumption`,
        },
        ...{ start: '2026-10-24T00:00:00.000+02:00', end: '2026-10-27T00:00:00.000+01:00' },
      },
    );
    assert.deepEqual([parts?.index, parts?.count, until], [0, 1, '2026-11-22T12:10:00.000+01:00']);
    const { protocol, data } = payload as StatisticImport;
    assert.deepEqual([protocol, data.type], ['websocket', 'recorder/import_statistics']);
    assert.deepEqual(data.metadata, {
      ...{ source: 'linky', statistic_id: `linky:${PDL}_consumption`, name: 'House: consumption' },
      ...{ unit_of_measurement: 'kWh', unit_class: 'energy', has_sum: true, mean_type: 0 },
    });
    assert.equal(data.stats.length, 24 + 25 + 24);
    for (const [i, { start, state, sum }] of data.stats.entries()) {
      const at = paris('2026-10-24') + i * HOUR;
      assert.equal(Date.parse(start), at);
      assert.match(start, /^2026-10-\d\dT\d\d:00:00\+0[12]:00$/);
      near(
        state,
        energy('2026-10-24', '2026-10-27', (each) => each >= at && each < at + HOUR),
      );
      near(
        sum,
        energy('2026-10-24', '2026-10-27', (each) => each < at + HOUR),
      );
    }
    assert.deepEqual(asking.home.status('h'), {});
  });

  it('is messages of at most 1,000 hours, which a join node puts together again', async () => {
    const joined = new Promise<unknown>((resolve) => {
      asking.home.node('joined-out').once('input', ({ payload }) => {
        resolve(payload);
      });
    });
    const answers = await asking.askAll({ start: '2026-09-01', end: '2026-10-31' });
    // 60 days, one of which has 25 hours.
    assert.deepEqual(
      answers.map((answer) => dataOf(answer).stats.length),
      [1000, 441],
    );
    assert.deepEqual(
      answers.map(({ parts, start, end }) => [parts?.id, parts?.index, parts?.count, start, end]),
      [
        [answers[0]?.parts?.id, 0, 2, '2026-09-01T00:00:00.000+02:00', '2026-10-12T16:00:00.000+02:00'],
        [answers[0]?.parts?.id, 1, 2, '2026-10-12T16:00:00.000+02:00', '2026-10-31T00:00:00.000+01:00'],
      ],
    );
    near(dataOf(answers[1] as AnswerMessage).stats.at(-1)?.sum, energy('2026-09-01', '2026-10-31'));
    assert.deepEqual(
      await joined,
      answers.map(({ payload }) => payload),
    );
  });

  it('is the cost too, by the periods of the tariff, in the meter’s language', async () => {
    const msg = { metric: 'cost', start: '2026-11-20', end: '2026-11-22' };
    // A day with registers is one hour; those of the newest day come a day later, so that it has its load curve.
    const [first] = await asking.askAll(msg);
    assert.ok(first);
    assert.deepEqual(
      dataOf(first)
        .stats.slice(0, 2)
        .map(({ start }) => start),
      ['2026-11-20T00:00:00+01:00', '2026-11-21T00:00:00+01:00'],
    );
    assert.equal(dataOf(first).stats.length, 1 + 24);
    near(dataOf(first).stats[0]?.sum, asking.standIn.truth.daily(PDL, 'consumption', '2026-11-20') / 1000);
    await asking.askAll({ metric: 'load-curve', start: '2026-11-20', end: '2026-11-22' });
    const answers = await asking.askAll(msg);
    const isOffPeak = (start: number): boolean => {
      const hour = ((start - paris('2026-11-20')) / HOUR) % 24;
      return hour < 6 || hour >= 22;
    };
    const all = energy('2026-11-20', '2026-11-22');
    const offPeak = energy('2026-11-20', '2026-11-22', isOffPeak);
    const expected: [id: string, name: string, unit: string, sum: number][] = [
      ['consumption', 'House: consumption', 'kWh', all],
      ['cost_hp_hc', 'House: cost (HP / HC)', 'EUR', (all - offPeak) * 0.2 + offPeak * 0.1],
      ['consumption_hp_hc_period_peak', 'House: consumption, peak hours (HP / HC)', 'kWh', all - offPeak],
      ['consumption_hp_hc_period_off_peak', 'House: consumption, off-peak hours (HP / HC)', 'kWh', offPeak],
      ['cost_hp_hc_period_peak', 'House: cost, peak hours (HP / HC)', 'EUR', (all - offPeak) * 0.2],
      ['cost_hp_hc_period_off_peak', 'House: cost, off-peak hours (HP / HC)', 'EUR', offPeak * 0.1],
    ];
    assert.deepEqual(
      answers.map((answer) => [answer.statistic, dataOf(answer).metadata.name, answer.unit, answer.tariff]),
      expected.map(([id, name, unit]) => [`linky:${PDL}_${id}`, name, unit, 'HP / HC']),
    );
    for (const [i, answer] of answers.entries()) {
      assert.equal(dataOf(answer).stats.length, 48);
      assert.deepEqual([answer.parts?.index, answer.parts?.count], [i, 6]);
      near(dataOf(answer).stats.at(-1)?.sum, expected[i]?.[3] ?? NaN);
    }
    asking.home.flow = asking.home.flow.map((node) => (node.id === 'meter' ? { ...node, language: 'fr' } : node)); // prettier-ignore
    await asking.home.restart();
    const french = await asking.askAll(msg);
    assert.deepEqual(dataOf(french[3] as AnswerMessage).metadata.name, 'House\u00a0: consommation, heures creuses (HP / HC)'); // prettier-ignore
  });

  it('is only what changed since the last answer, over a restart; else no message, and the status says so', async () => {
    const msg = { metric: 'daily', start: '-3 days', end: '0 days' };
    const { until } = await asking.ask(msg);
    assert.deepEqual(await asking.askAll({ ...msg, since: until }), []);
    assertSays(asking.home.status('h').text, 'linky-history.status.nothing-new');
    await asking.home.restart();
    assert.deepEqual(await asking.askAll({ ...msg, since: until }), []);
    await asking.home.until('2026-11-23T12:10');
    const next = await asking.ask({ ...msg, since: until });
    assert.deepEqual(
      dataOf(next).stats.map(({ start }) => start),
      ['2026-11-22T00:00:00+01:00'],
    );
    near(dataOf(next).stats[0]?.sum, daysFrom('2026-11-19', '2026-11-23').reduce((sum, day) => sum + asking.standIn.truth.daily(PDL, 'consumption', day) / 1000, 0)); // prettier-ignore
    assert.deepEqual(await asking.askAll({ ...msg, since: next.until }), []);
    assert.deepEqual(asking.home.errors, []);
  });

  /** Changes nodes of the flow, as the editor would. */
  const deploy = async (changes: Record<string, object>, ...more: FlowNode[]): Promise<void> => {
    const { home } = asking;
    home.flow = [...home.flow.map((node): FlowNode => ({ ...node, ...changes[node.id] })), ...more];
    await home.restart();
  };

  it('has the same ids in every language, and InfluxDB the same tag, where the tariff has no name', async () => {
    const msg = { metric: 'cost', start: '2026-11-20', end: '2026-11-22' };
    const inLanguage = async (language: string) => {
      await deploy({ meter: { language }, tariff: { name: '' } });
      const answers = await asking.askAll(msg);
      const points = (await asking.ask({ ...msg, format: 'influxdb' })).payload as InfluxPoint[];
      return {
        names: answers.map((answer) => dataOf(answer).metadata.name),
        ids: answers.map(({ statistic }) => statistic),
        tags: [...new Set(points.map(({ tags }) => tags['tariff']))],
      };
    };
    const [english, french] = [await inLanguage('en'), await inLanguage('fr')];
    assert.notDeepEqual(french.names, english.names);
    assert.deepEqual(french.ids, english.ids);
    assert.equal(english.ids[1], `linky:${PDL}_cost_hphc`);
    assert.deepEqual([english.tags, french.tags], [['hphc'], ['hphc']]);
    // Nothing of it is new, but in another language.
    const { until } = (await asking.askAll(msg))[0] as AnswerMessage;
    await inLanguage('en');
    assert.deepEqual(await asking.askAll({ ...msg, since: until }), []);
    assert.deepEqual(asking.home.errors, []);
  });

  it('is refused where two tariffs of the meter would write the same statistics, until one is renamed', async () => {
    const msg = { metric: 'cost', start: '2026-11-20', end: '2026-11-22' };
    const second = historyNode({ id: 'h-2', tariff: 'tariff-2', format: 'home-assistant', metric: 'cost', wires: [] }); // prettier-ignore
    await deploy({}, { ...TARIFF, id: 'tariff-2', name: 'hp-hc' }, second);
    const error = await asking.complain(msg);
    assert.equal(error['code'], 'same-ids');
    assertSays(error.message, 'linky-history.error.same-ids');
    assert.match(error.message, /“HP \/ HC”.*“hp-hc”/);
    assertSays(asking.home.status('h').text, 'linky-history.status.same-ids');
    // Energy has no tariff in its id, and other formats have none of these ids.
    await asking.ask({ ...msg, metric: 'daily' });
    await asking.ask({ ...msg, format: 'readings' });
    await deploy({ 'tariff-2': { name: 'Tempo' } });
    assert.equal((await asking.askAll(msg)).length, 6);
    // In another format it is in nobody's way.
    await deploy({ 'tariff-2': { name: 'hp-hc' }, 'h-2': { format: 'readings' } });
    assert.equal((await asking.askAll(msg)).length, 6);
    assert.deepEqual(asking.home.errors, []);
  });

  it('is the energy of a production that has no price, and what it earns once it has one', async () => {
    const msg = { direction: 'production', metric: 'cost', start: '2026-11-19', end: '2026-11-22' };
    const days = daysFrom('2026-11-19', '2026-11-22');
    const fedIn = days.reduce((sum, day) => sum + asking.standIn.truth.daily(PDL, 'production', day) / 1000, 0); // prettier-ignore
    const energyAlone = await asking.ask(msg);
    assert.equal(energyAlone.statistic, `linky:${PDL}_production`);
    near(dataOf(energyAlone).stats.at(-1)?.sum, fedIn);
    assert.deepEqual(asking.home.errors, []);
    // Readings of a cost there are none.
    assert.equal((await asking.complain({ ...msg, format: 'readings' }))['code'], 'no-feed-in');
    await deploy({ tariff: { feedIn: [{ from: '', price: 0.04 }] } });
    const earned = await asking.ask({ ...msg, since: energyAlone.until });
    assert.equal(earned.statistic, `linky:${PDL}_compensation_hp_hc`);
    near(dataOf(earned).stats.at(-1)?.sum, fedIn * 0.04);
  });

  it('is messages of which none shares its place among others with the next', async () => {
    const parts = { id: 'outer', index: 3, count: 4 };
    const answers = await asking.askAll({ metric: 'cost', start: '2026-11-20', end: '2026-11-22', parts });
    assert.equal(answers.length, 6);
    const arounds = answers.map((answer) => answer.parts?.parts);
    for (const around of arounds) assert.deepEqual(around, parts);
    assert.equal(new Set(arounds).size, arounds.length);
  });
});
