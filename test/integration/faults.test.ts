import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import sinon from 'sinon';
import type { Fault, MeasureAnswer, StandIn } from '../support/stand-in/server';
import { startStandIn } from '../support/stand-in/server';
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

/** A server that hangs is waited for by the real clock: not for 30 seconds here. */
function waitLess(): void {
  sinon.stub(AbortSignal, 'timeout').callsFake(() => {
    const late = new AbortController();
    setTimeout(() => {
      late.abort();
    }, 250);
    return late.signal;
  });
}

for (const gateway of GATEWAYS) {
  describe(`a day of faults over ${gateway}`, () => {
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

    const days: [string, number][] = [
      ['seed 1', 1],
      ['seed 2', 2],
      ['seed 3', 3],
    ];
    for (const [name, seed] of days) {
      it(`at random until 15:00 (${name}) ends complete, within pace, and Node-RED lives`, async () => {
        waitLess();
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
        for (const id of ['c', 'p']) {
          assert.ok(['green', 'yellow', 'red'].includes(home.status(id).fill));
          assert.deepEqual([id, home.status(id).fill], [id, 'green']);
        }
        // Five series, eleven attempts, each with three retries at most.
        const data = standIn.calls.filter(({ series }) => series !== 'token');
        assert.ok(data.length <= 5 * 11 * 4, `${data.length} calls`);
        const { errors } = home;
        for (const { error } of errors) assert.ok(error.code);
        const said = errors.map(({ error }) => `${error.source.id} ${error.code ?? ''} ${error.message}`);
        assert.ok(said.length < 100, said.join('\n'));
      });
    }

    it('at random, refusals among them, ends complete the next day', async () => {
      waitLess();
      const random = chance(4);
      const faults = [...FAULTS, ...REFUSALS];
      standIn.faults.always(({ at }) =>
        at < paris('2026-11-24T05:00') ? faults[Math.floor(random() * faults.length)] : undefined,
      );
      await home.until('2026-11-24T12:00');
      assert.deepEqual(told(), [48, 1, 1, 48, 1, 1]);
      assert.deepEqual([home.status('c').fill, home.status('p').fill], ['green', 'green']);
    });

    it('with 500 for hours: five calls a series and hour at most, an error said once to each source, green in the end', async () => {
      standIn.faults.always(({ at }) =>
        at < paris('2026-11-23T12:00') ? { status: 500, body: '' } : undefined,
      );
      await home.until('2026-11-23T12:00');
      // One to each source.
      assert.deepEqual(home.errors.map(({ error }) => error.source.id).sort(), ['c', 'p']);
      assert.deepEqual(told(), [0, 0, 0, 0, 0, 0]);
      assert.deepEqual([home.status('c').fill, home.status('c').shape], ['yellow', 'ring']);
      await home.until('2026-11-23T13:00');
      assert.deepEqual(told(), [48, 1, 1, 48, 1, 1]);
    });
  });
}

describe('each fault alone, from five to six in the morning', () => {
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
        waitLess();
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
        assert.deepEqual([...new Set(days)], ['2026-11-22', '2026-11-23']);
      } finally {
        await home.remove();
        await standIn.close();
      }
    });
  }
});

describe('Retry-After', () => {
  it('of hours is honoured: no call before', async () => {
    const now = (): number => home.time.now;
    const standIn = await startStandIn({ now, gateway: 'conso', usagePoints: [PDL] });
    const home = new Home('2026-11-22T12:10', [meterNode(standIn.url), ...sourceNodes('consumption', 'c')]);
    try {
      standIn.faults.next({ throttled: true, retryAfter: '10000' });
      await home.start();
      await home.until('2026-11-22T20:00');
      const times = standIn.calls.map(({ at }) => at - paris('2026-11-22T12:10'));
      assert.equal(times[0], 0);
      assert.ok(
        times.slice(1).every((time) => time >= 10_000_000),
        String(times),
      );
      assert.equal(home.status('c').fill, 'green');
    } finally {
      await home.remove();
      await standIn.close();
    }
  });
});
