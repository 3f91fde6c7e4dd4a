import assert from 'node:assert/strict';
import linkyHistory from '../../nodes/runtime/linky-history';
import { describeOnBoth } from '../support/engines';
import type { Fault } from '../support/stand-in/server';
import { startStandIn, type Call, type StandIn, type StandInOptions } from '../support/stand-in/server';
import { addDays } from '../support/stand-in/calendar';
import { historyNode } from '../support/asking';
import { CREDENTIALS, Home, meterNode, paris, PDL, sourceNodes, type FlowNode } from '../support/home';
import { dataCalls, timeOf } from '../support/years';

const NOW = '2026-11-22T12:10';
const CURVE = 'consumption-load-curve';
const DAILY = 'consumption-daily';

describeOnBoth('what fails on some days', () => {
  let home: Home;
  let standIn: StandIn;

  const begin = async (
    meter: object,
    {
      flow = sourceNodes('consumption', 'c'),
      ...options
    }: Partial<StandInOptions> & { flow?: FlowNode[] } = {},
    credentials: Record<string, object> = { meter: CREDENTIALS },
  ): Promise<void> => {
    standIn = await startStandIn({
      now: () => home.time.now,
      gateway: 'conso',
      usagePoints: [PDL],
      ...options,
    });
    home = new Home(NOW, [meterNode(standIn.url, meter), ...flow], credentials);
    home.nodes = [linkyHistory, ...home.nodes];
  };
  afterEach(async () => {
    await home.remove();
    await standIn.close();
  });

  /** A fault of the requests that ask for these days of a series. */
  const refuse = (fault: Fault, isFor: (call: Call) => boolean): void => {
    standIn.faults.always(() => {
      const call = standIn.calls.at(-1);
      return call && isFor(call) ? fault : undefined;
    });
  };
  const requests = (series: string): Call[] => dataCalls(standIn).filter((call) => call.series === series);
  /** The days of a series that were published, each with the time of its message. */
  const published = (metric: string, from = 'c'): Map<string, string> =>
    new Map(
      home.messages
        .filter((each) => each.from === from && each.message.metric === metric)
        .flatMap(({ at, message }) => message.readings.map(({ start }) => [start.slice(0, 10), timeOf(at)])),
    );

  it('hourly collection activated a week ago, 60 days wanted: no day late, green, and no request in vain', async () => {
    const activated = '2026-11-15';
    await begin({ loadCurveHistory: 60 });
    refuse({ enedis: 'ADAM-ERR0191' }, ({ series, start = '' }) => series === CURVE && start < activated);
    await home.start();
    await home.until('2026-11-26T12:00');
    assert.equal(home.status('c').fill, 'green');
    const days = published('load-curve');
    assert.equal([...days.keys()].toSorted()[0], activated);
    // Each as soon as it is out.
    for (const [day, time] of [
      ['2026-11-22', '23/11 10:37'],
      ['2026-11-23', '24/11 10:37'],
      ['2026-11-24', '25/11 10:37'],
      ['2026-11-25', '26/11 10:37'],
    ] as const) {
      assert.equal(days.get(day), time, day);
    }
    const inVain = requests(CURVE).filter(({ start = '' }) => start < activated);
    assert.ok(inVain.length >= 1 && inVain.length <= 4, `${inVain.length} refused`);
    assert.deepEqual(home.errors, []);
  });

  it('a consent that began today: nothing is wrong, the day after has data, and 30 days later the past is tried', async () => {
    let consentFrom = '2026-11-22';
    await begin({});
    refuse({ enedis: 'ADAM-DC-0009' }, ({ start = '' }) => start < consentFrom);
    await home.start();
    assert.deepEqual([home.errors, home.status('c').fill], [[], 'yellow']);
    await home.until('2026-11-23T12:00');
    assert.deepEqual([home.errors, home.status('c').fill], [[], 'green']);
    assert.deepEqual([...published('daily').keys()], ['2026-11-22']);
    const year = home.messages.findLast(({ message }) => message.metric === 'yearly')?.message;
    assert.equal(year?.series[0]?.incomplete, true);
    // Enedis gives more than it said.
    consentFrom = '2000-01-01';
    await home.until('2026-12-21T00:00');
    assert.equal(published('daily').size, 28);
    await home.until('2026-12-24T12:00');
    assert.equal([...published('daily').keys()].toSorted()[0], '2026-01-01');
  });

  it('a change of the token tries the past at once', async () => {
    await begin({});
    const wrong = (call: Call): boolean =>
      (call.start ?? '') < '2026-11-01' && home.time.now < paris('2026-11-24');
    refuse({ enedis: 'ADAM-ERR0123' }, wrong);
    await home.start();
    await home.until('2026-11-25T12:00');
    assert.equal([...published('daily').keys()].toSorted()[0], '2026-11-01');
    home.credentials = { meter: { ...CREDENTIALS, token: 'another-token' } };
    standIn.calls.length = 0;
    await home.restart();
    assert.ok(requests(DAILY).some(({ start }) => start === '2026-10-31'));
  });

  it('ADAM-ERR0123 for days above those that are kept is not believed', async () => {
    await begin({});
    await home.start();
    const whole = published('daily').size;
    assert.equal(whole, 325);
    let times = 0;
    refuse({ enedis: 'ADAM-ERR0123' }, ({ series }) => series === DAILY && times++ === 0);
    await home.until('2026-11-23T12:00');
    assert.ok(times > 1);
    assert.equal(published('daily').get('2026-11-22'), '23/11 08:37');
    const year = home.messages.findLast(({ message }) => message.metric === 'yearly')?.message;
    assert.equal(year?.series.at(-1)?.incomplete, undefined);
    assert.equal(home.status('c').fill, 'green');
  });

  it('an empty answer to a whole year is asked for again after 7 days', async () => {
    await begin(
      { history: 1, loadCurveHistory: 0 },
      { flow: sourceNodes('consumption', 'c', { loadCurve: false }) },
    );
    const isOld = ({ series, end = '' }: Call): boolean => series === DAILY && end <= '2026-11-22';
    refuse({ enedis: 'no_data_found' }, (call) => isOld(call) && home.time.now < paris('2026-11-24'));
    await home.start();
    assert.equal(published('daily').size, 0);
    await home.until('2026-11-30T12:00');
    assert.equal([...published('daily').keys()].toSorted()[0], '2025-11-22');
    assert.equal(published('daily').get('2025-12-24'), '29/11 12:37');
  });

  for (const [name, stopped] of [
    ['three weeks off', true],
    ['three weeks of a refused token', false],
  ] as const) {
    it(`a day first requested before it was published, then ${name}`, async () => {
      await begin({});
      await home.start();
      await home.until('2026-11-23T06:00');
      assert.ok(!published('daily').has('2026-11-22'));
      if (stopped) {
        await home.stop();
        home.time.jump(paris('2026-12-14T12:00'));
        await home.start();
      } else {
        const until = paris('2026-12-14T00:00');
        standIn.faults.always(({ at }) => (at < until ? { status: 401, body: '' } : undefined));
        await home.until('2026-12-14T12:00');
      }
      for (let day = '2026-11-22'; day < '2026-12-14'; day = addDays(day, 1)) {
        assert.ok(published('daily').has(day), day);
      }
      await home.until('2026-12-16T00:00');
      for (let day = '2026-11-22'; day < '2026-12-14'; day = addDays(day, 1)) {
        assert.ok(published('load-curve').has(day), `${day} load curve`);
      }
    });
  }

  describe('two meter nodes on one usage point', () => {
    const both = (): FlowNode[] => [
      ...sourceNodes('consumption', 'c'),
      meterNode(standIn.url, { id: 'other', minute: 37 }),
      ...sourceNodes('consumption', 'd', { meter: 'other' }),
    ];
    const credentials = { meter: CREDENTIALS, other: CREDENTIALS };

    it('both publish all, and nothing is requested twice', async () => {
      await begin({}, {}, credentials);
      home.flow = [home.flow[0] as FlowNode, ...both()];
      await home.start();
      assert.equal(dataCalls(standIn).length, 3);
      await home.until('2026-11-24T12:00');
      for (const source of ['c', 'd']) {
        assert.equal(home.status(source).fill, 'green');
        assert.equal(published('daily', source).size, 327, source);
        assert.equal(published('daily', source).get('2026-11-23'), '24/11 08:37', source);
        assert.equal(published('load-curve', source).get('2026-11-23'), '24/11 10:37', source);
      }
      const slots = dataCalls(standIn).map(({ at, series = '' }) => `${timeOf(at)} ${series}`);
      assert.equal(new Set(slots).size, slots.length, slots.join('\n'));
    });

    it('with a token each do not probe the floor that the other found', async () => {
      await begin({}, {}, { ...credentials, other: { ...CREDENTIALS, token: 'another-token' } });
      home.flow = [home.flow[0] as FlowNode, ...both()];
      refuse({ enedis: 'ADAM-ERR0123' }, ({ start = '' }) => start < '2026-11-01');
      await home.start();
      standIn.calls.length = 0;
      await home.until('2026-11-24T00:00');
      assert.deepEqual(
        dataCalls(standIn).filter(({ start = '' }) => start < '2026-11-01'),
        [],
      );
    });
  });

  it('one request over the account’s quota does not pause the backfill until tomorrow', async () => {
    await begin({ history: 3, provider: 'myelectricaldata' }, { gateway: 'myelectricaldata' });
    let isFirst = true;
    refuse({ throttled: true, nextAccessTime: false }, ({ series, end = '' }) => {
      const isHit = isFirst && series === DAILY && end < '2026-11-22';
      if (isHit) isFirst = false;
      return isHit;
    });
    await home.start();
    assert.equal(isFirst, false);
    const before = requests(DAILY).length;
    await home.until('2026-11-22T13:00');
    assert.ok(requests(DAILY).length > before);
    assert.ok(published('daily').has('2024-01-15'));
  });

  describe('a query', () => {
    const ask = async (): Promise<void> => {
      home.node('h').receive({ start: '2025-02-01', end: '2025-02-10' });
      await home.settled();
    };
    const flow = (): FlowNode[] => [
      ...sourceNodes('consumption', 'c'),
      historyNode(),
      { id: 'h-out', type: 'helper', z: 'tab', x: 100, y: 100, wires: [] },
    ];
    for (const [name, fault] of [
      ['500', { status: 500, body: '' }],
      ['403 of Enedis', { enedis: 'ADAM-DC-0008' }],
    ] as const) {
      it(`that meets a ${name} leaves a complete source green, and yesterday in time`, async () => {
        await begin({}, { flow: flow() });
        await home.start();
        assert.equal(home.status('c').fill, 'green');
        refuse(fault, ({ start = '' }) => start < '2026-01-01');
        await ask();
        // An outage is tried again for some two minutes.
        await home.until('2026-11-22T12:15');
        assert.equal(home.errors.length, 1);
        assert.equal(home.status('c').fill, 'green');
        await home.until('2026-11-23T06:00');
        await ask();
        await home.until('2026-11-23T12:00');
        assert.equal(home.status('c').fill, 'green');
        assert.equal(published('daily').get('2026-11-22'), '23/11 08:37');
      });
    }

    it('a minute makes no storm in an outage', async () => {
      await begin({}, { flow: flow() });
      await home.start();
      refuse({ status: 500, body: '' }, ({ start = '' }) => start < '2026-01-01');
      standIn.calls.length = 0;
      for (let minute = 0; minute < 60; minute++) {
        await ask();
        await home.until(`2026-11-22T13:${String(minute).padStart(2, '0')}`);
      }
      assert.ok(dataCalls(standIn).length <= 12, `${dataCalls(standIn).length} requests`);
    });
  });

  describe('a flow written by hand', () => {
    const bare: FlowNode = { id: 'meter', type: 'linky-meter', usagePoint: PDL };
    const nonsense = { from: 'noon', to: 8, minute: 'late', history: 'three', loadCurveHistory: '' };
    for (const [name, properties] of [
      ['without properties', {}],
      ['with `5:00`', { from: '5:00', to: '20:00' }],
      ['with nonsense', nonsense],
      ['with hours that end before they begin', { from: '22:00', to: '05:00' }],
    ] as const) {
      it(`${name}: the defaults`, async () => {
        await begin({});
        const source: FlowNode = {
          id: 'c',
          type: 'linky-consumption',
          z: 'tab',
          meter: 'meter',
          x: 100,
          y: 100,
          wires: Array.from({ length: 5 }, () => ['c-out']),
        };
        const out = sourceNodes('consumption', 'c')[1] as FlowNode;
        home.flow = [{ ...bare, url: standIn.url, ...properties }, source, out];
        await home.start();
        await home.until('2026-11-23T12:00');
        assert.deepEqual(home.errors, []);
        assert.equal(home.status('c').fill, 'green');
        // From 05:00 on, at the minute that the number of the meter gives.
        assert.equal(timeOf(requests(DAILY).find(({ end }) => end === '2026-11-23')?.at ?? 0), '23/11 05:34');
        assert.equal(published('load-curve').size, 8);
      });
    }
  });
});
