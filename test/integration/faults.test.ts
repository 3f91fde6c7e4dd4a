import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describeOnBoth } from '../support/engines';
import type { FaultOf } from '../support/stand-in/faults';
import type { Call, Fault, MeasureAnswer, StandIn } from '../support/stand-in/server';
import { startStandIn } from '../support/stand-in/server';
import { giveUpAtSilence } from '../support/silence';
import { GATEWAYS, Home, meterNode, paris, PDL, sourceNodes } from '../support/home';

/** mulberry32: the same faults at every run. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The first values of an answer are missing. */
const withoutFirst = (content: MeasureAnswer): unknown => ({
  ...content,
  grandeur: content.grandeur.map((quantity) => ({ ...quantity, points: quantity.points.slice(3) })),
});

const FAULTS: Fault[] = [
  'reset',
  'hang',
  'drip',
  'truncated',
  'html200',
  'html503',
  'empty',
  'not-json',
  { huge: 20 },
  { redirect: 'http://localhost:1/' },
  { throttled: true },
  { throttled: true, retryAfter: '30' },
  { throttled: true, retryAfter: '4000' },
  { enedis: 'technical_error' },
  { mutate: withoutFirst },
  { mutate: () => 'nonsense' },
  { status: 500, body: 'oops' },
  { status: 403, body: '' },
  { status: 418, body: { short: 'and stout' } },
];
/** What is not asked again before the next day. */
const REFUSALS: Fault[] = [
  { status: 401, body: '' },
  { enedis: 'ADAM-DC-0007' },
  { enedis: 'ADAM-DC-0008' },
  { enedis: 'ADAM-ERR0191' },
];

const HOUR = 3_600_000;

/** The most calls for one series within any hour. */
const mostInAnHour = (calls: readonly Call[]): number =>
  Math.max(
    ...calls.map(
      (first) =>
        calls.filter(({ at, series }) => series === first.series && at >= first.at && at < first.at + HOUR)
          .length,
    ),
  );

for (const gateway of GATEWAYS) {
  describeOnBoth(`a day of faults over ${gateway}`, () => {
    let home: Home;
    let standIn: StandIn;

    beforeEach(async () => {
      const options = { gateway, usagePoints: [PDL], quota: 10_000 };
      standIn = await startStandIn({ now: () => home.time.now, ...options });
      home = new Home('2026-11-22T12:10', [
        meterNode(standIn.url, { provider: gateway }),
        ...sourceNodes('consumption', 'c'),
        ...sourceNodes('production', 'p'),
      ]);
      await home.start();
      home.messages.length = 0;
      standIn.calls.length = 0;
    });
    afterEach(async () => {
      await home.remove();
      await standIn.close();
    });

    /** Yesterday's values, as often as they were told. */
    const told = (): number[] =>
      ['consumption', 'production'].flatMap((direction) =>
        ['load-curve', 'daily', 'max-power'].map((metric) =>
          home.messages
            .filter(({ message }) => message.direction === direction && message.metric === metric && !message.replay)
            .reduce((sum, { message }) => {
              return sum + message.readings.filter(({ start }) => start.startsWith('2026-11-22')).length;
            }, 0),
        ),
      ); // prettier-ignore

    /**
     * @param faults so many at least did happen
     * @param limit requests of a series in an hour: one with three retries, and the next slot's. Where the server
     *   refuses and asks to wait as well: yesterday alone, after it was refused with older days, and one after each wait
     */
    const assertPace = (faults: number, limit = 5): void => {
      const data = standIn.calls.filter(({ series }) => series !== 'token');
      const faulty = data.filter(({ fault }) => fault);
      assert.ok(faulty.length >= faults, `${faulty.length} faults`);
      const most = mostInAnHour(data);
      assert.ok(most <= limit, `${most} requests of a series in an hour`);
    };
    /** Of Data Connect not the token: without one, nothing else would be asked. */
    const forData = (fault: FaultOf): void => {
      standIn.faults.always((call) => (call.series === 'token' ? undefined : fault(call)));
    };

    for (const seed of [1, 2, 3]) {
      it(`at random until 15:00 (seed ${seed}) ends complete, within the rate limit, and Node-RED lives`, async () => {
        giveUpAtSilence(standIn);
        const random = chance(seed);
        const end = paris('2026-11-23T15:00');
        standIn.faults.always(({ at }) =>
          at < end && random() < 0.7 ? FAULTS[Math.floor(random() * FAULTS.length)] : undefined,
        );
        await home.until('2026-11-23T15:30');
        // Faults may have used MyElectricalData's few requests: the next ones are free a day later.
        await home.until(gateway === 'myelectricaldata' ? '2026-11-24T16:00' : '2026-11-24T00:00');
        const values = told();
        // A partial load curve that grows is told in parts, never a value twice.
        assert.deepEqual(values, [48, 1, 1, 48, 1, 1]);
        assert.deepEqual([home.status('c').fill, home.status('p').fill], ['green', 'green']);
        assertPace(5, 8);
        const { errors } = home;
        assert.ok(errors.length > 0);
        for (const { error } of errors) assert.ok(error.code);
        const said = errors.map(({ error }) => `${error.source.id} ${error.code ?? ''} ${error.message}`);
        assert.ok(said.length < 100, said.join('\n'));
      });
    }

    it('at random, refusals among them, ends complete the next day', async () => {
      giveUpAtSilence(standIn);
      const random = chance(4);
      const faults = [...FAULTS, ...REFUSALS];
      forData(({ at }) =>
        at < paris('2026-11-24T05:00') ? faults[Math.floor(random() * faults.length)] : undefined,
      );
      await home.until('2026-11-24T12:00');
      assertPace(5, 8);
      assert.deepEqual(told(), [48, 1, 1, 48, 1, 1]);
      assert.deepEqual([home.status('c').fill, home.status('p').fill], ['green', 'green']);
    });

    it('with 500 for hours: five calls a series and hour at most, an error said once to each source, green in the end', async () => {
      forData(({ at }) => (at < paris('2026-11-23T12:00') ? { status: 500, body: '' } : undefined));
      await home.until('2026-11-23T12:00');
      assertPace(5);
      // One to each source.
      assert.deepEqual(home.errors.map(({ error }) => error.source.id).sort(), ['c', 'p']);
      assert.deepEqual(told(), [0, 0, 0, 0, 0, 0]);
      assert.deepEqual([home.status('c').fill, home.status('c').shape], ['yellow', 'ring']);
      await home.until('2026-11-23T13:00');
      assert.deepEqual(told(), [48, 1, 1, 48, 1, 1]);
    });
  });
}

describeOnBoth('each fault alone, from five to six in the morning', () => {
  for (const fault of [...FAULTS, ...REFUSALS]) {
    const refusal = REFUSALS.includes(fault);
    it(`${inspect(fault, { breakLength: Infinity })}: whole ${refusal ? 'the next day' : 'at a later attempt'}`, async () => {
      const standIn = await startStandIn({
        now: () => home.time.now,
        gateway: 'conso',
        usagePoints: [PDL],
        published: { daily: '00:00', 'max-power': '00:00', 'load-curve': '00:00' },
      });
      const home = new Home('2026-11-22T12:10', [meterNode(standIn.url), ...sourceNodes('consumption', 'c')]);
      try {
        await home.start();
        home.messages.length = 0;
        giveUpAtSilence(standIn);
        standIn.faults.always(({ at }) => (at < paris('2026-11-23T06:00') ? fault : undefined));
        await home.until('2026-11-23T06:00');
        assert.ok(
          standIn.calls.some((call) => call.fault),
          'the fault came',
        );
        await home.until('2026-11-23T20:00');
        assert.equal(home.status('c').fill, refusal ? 'red' : 'green');
        await home.until('2026-11-24T06:00');
        assert.equal(home.status('c').fill, 'green');
        const days = home.messages
          .filter(({ message }) => message.metric === 'daily')
          .flatMap(({ message }) => message.readings.map(({ start }) => start.slice(0, 10)));
        assert.deepEqual([...new Set(days)].sort(), ['2026-11-22', '2026-11-23']);
      } finally {
        await home.remove();
        await standIn.close();
      }
    });
  }
});

describeOnBoth('Retry-After', () => {
  it('of hours is honoured: no call before', async () => {
    const now = (): number => home.time.now;
    const standIn = await startStandIn({ now, gateway: 'conso', usagePoints: [PDL] });
    const home = new Home('2026-11-22T12:10', [meterNode(standIn.url), ...sourceNodes('consumption', 'c')]);
    try {
      standIn.faults.next({ throttled: true, retryAfter: '10000' });
      await home.start();
      await home.until('2026-11-22T20:00');
      const [first, ...later] = standIn.calls.map(({ at }) => at - paris('2026-11-22T12:10'));
      assert.equal(first, 0);
      // One for each series.
      assert.equal(later.length, 3);
      assert.ok(
        later.every((time) => time >= 10_000_000),
        String(later),
      );
      assert.equal(home.status('c').fill, 'green');
    } finally {
      await home.remove();
      await standIn.close();
    }
  });
});
