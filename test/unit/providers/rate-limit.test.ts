import assert from 'node:assert/strict';
import sinon from 'sinon';
import type { RateLimiter } from '../../../src/providers/budget';
import {
  DATA_CONNECT_RATE,
  GATEWAY_RATE,
  memoryLimiters,
  rateLimit,
} from '../../../src/providers/rate-limit';

describe('the rate limit', () => {
  let time: sinon.SinonFakeTimers;
  // Loading takes real time.
  before(() => memoryLimiters.limiter(1000));
  beforeEach(() => {
    time = sinon.useFakeTimers({
      now: Date.UTC(2026, 10, 23),
      toFake: ['Date', 'setTimeout', 'clearTimeout'],
    });
  });
  afterEach(() => {
    time.restore();
  });
  const signal = new AbortController().signal;
  type Shared = typeof memoryLimiters;

  /** Processes that share a limiter; each has its own queue. */
  const processes = async (count: number, { interval }: { interval: number }): Promise<Shared[]> => {
    const limiter = await memoryLimiters.limiter(interval);
    return Array.from({ length: count }, () => ({ limiter: () => Promise.resolve(limiter) }));
  };
  /** Notes when turns come, ms after now. */
  const noted = () => {
    const start = Date.now();
    const at: number[] = [];
    const names: string[] = [];
    const note = async (turn: Promise<void>, name = ''): Promise<void> => {
      await turn;
      at.push(Date.now() - start);
      names.push(name);
    };
    return { at, names, note };
  };
  /** When each of `count` requests could be sent, ms after the start. */
  const turns = async (
    who: string,
    rate: { interval: number },
    count: number,
    within: number,
    shared?: Shared,
  ): Promise<number[]> => {
    const { at, note } = noted();
    const all = Array.from({ length: count }, () => note(rateLimit.turn(who, rate, signal, shared)));
    await time.tickAsync(within);
    await Promise.all(all);
    return at;
  };
  const evenly = (count: number, interval: number): number[] =>
    Array.from({ length: count }, (_, i) => i * interval);

  it('of a gateway is two requests a second, evenly', async () => {
    assert.deepEqual(await turns('https://gateway-1', GATEWAY_RATE, 12, 5500), evenly(12, 500));
  });

  it('of Data Connect is five requests a second, evenly', async () => {
    assert.deepEqual(await turns('application-1', DATA_CONNECT_RATE, 500, 99_800), evenly(500, 200));
  });

  it('lets nobody wait who comes when nobody else does, and no more at once after a pause', async () => {
    assert.deepEqual(await turns('https://gateway-2', GATEWAY_RATE, 1, 0), [0]);
    await time.tickAsync(60_000);
    assert.deepEqual(await turns('https://gateway-2', GATEWAY_RATE, 3, 1000), [0, 500, 1000]);
  });

  it('has those who come later wait for the rest of the interval', async () => {
    const { at, note } = noted();
    const one = note(rateLimit.turn('https://gateway-3', GATEWAY_RATE, signal));
    await time.tickAsync(499);
    const other = note(rateLimit.turn('https://gateway-3', GATEWAY_RATE, signal));
    await time.tickAsync(1);
    await Promise.all([one, other]);
    assert.deepEqual(at, [0, 500]);
  });

  it('gives turns in the order in which they were asked for', async () => {
    const { at, names, note } = noted();
    const all: Promise<void>[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
      all.push(note(rateLimit.turn('https://gateway-4', GATEWAY_RATE, signal), name));
      await time.tickAsync(130);
    }
    await time.tickAsync(2000);
    await Promise.all(all);
    assert.deepEqual(names, ['a', 'b', 'c', 'd', 'e', 'f']);
    assert.deepEqual(at, evenly(6, 500));
  });

  it('counts each server and each application by itself', async () => {
    const all = await Promise.all([
      turns('https://gateway-5', GATEWAY_RATE, 4, 1500),
      turns('https://gateway-6', GATEWAY_RATE, 2, 1500),
      turns('application-2', DATA_CONNECT_RATE, 3, 1500),
    ]);
    assert.deepEqual(all, [evenly(4, 500), evenly(2, 500), evenly(3, 200)]);
  });

  describe('over several processes', () => {
    it('is one for all that share a limiter', async () => {
      const shared = await processes(3, GATEWAY_RATE);
      const all = await Promise.all(
        shared.map((each) => turns('https://gateway', GATEWAY_RATE, 4, 5500, each)),
      );
      assert.deepEqual(
        all.map((each) => each.length),
        [4, 4, 4],
      );
      const at = all.flat().sort((a, b) => a - b);
      assert.deepEqual(at, evenly(12, 500));
    });

    it('is another one for those that share another limiter', async () => {
      const shared = [...(await processes(1, GATEWAY_RATE)), ...(await processes(1, GATEWAY_RATE))];
      const all = await Promise.all(
        shared.map((each) => turns('https://gateway', GATEWAY_RATE, 3, 1000, each)),
      );
      assert.deepEqual(all, [evenly(3, 500), evenly(3, 500)]);
    });

    it('counts each server by itself', async () => {
      const [one, other] = await processes(2, GATEWAY_RATE);
      const all = await Promise.all([
        turns('https://gateway-1', GATEWAY_RATE, 2, 500, one),
        turns('https://gateway-2', GATEWAY_RATE, 2, 500, other),
      ]);
      assert.deepEqual(all, [evenly(2, 500), evenly(2, 500)]);
    });

    it('rejects where the limiter fails, and goes on when it is well again', async () => {
      const well = await memoryLimiters.limiter(GATEWAY_RATE.interval);
      let fails = true;
      const limiter: RateLimiter = {
        consume: (key) => (fails ? Promise.reject(new Error('disk full')) : well.consume(key)),
      };
      const shared: Shared = { limiter: () => Promise.resolve(limiter) };
      const all = [1, 2].map(() => rateLimit.turn('https://gateway', GATEWAY_RATE, signal, shared));
      for (const { status } of await Promise.allSettled(all)) assert.equal(status, 'rejected');
      await assert.rejects(rateLimit.turn('https://gateway', GATEWAY_RATE, signal, shared), /disk full/);
      fails = false;
      assert.deepEqual(await turns('https://gateway', GATEWAY_RATE, 2, 500, shared), [0, 500]);
    });
  });

  describe('rejects a caller that aborts', () => {
    it('before it has its turn', async () => {
      const aborted = AbortSignal.abort(new Error('closed'));
      await assert.rejects(rateLimit.turn('https://gateway-7', GATEWAY_RATE, aborted), /closed/);
      // It has taken nobody's turn.
      assert.deepEqual(await turns('https://gateway-7', GATEWAY_RATE, 1, 0), [0]);
    });

    for (const [name, i] of [
      ['while it is the next', 1],
      ['while others are before it', 2],
    ] as const) {
      it(`${name}, and its place is free then`, async () => {
        const who = `https://gateway-8-${i}`;
        const { at, names, note } = noted();
        const leaving = new AbortController();
        const all = ['a', 'b', 'c', 'd'].map((each, n) =>
          note(rateLimit.turn(who, GATEWAY_RATE, n === i ? leaving.signal : signal), each),
        );
        const left = assert.rejects(all[i] as Promise<void>, /closed/);
        await time.tickAsync(100);
        leaving.abort(new Error('closed'));
        await left;
        assert.deepEqual(names, ['a'], 'at once');
        await time.tickAsync(900);
        assert.deepEqual(
          names,
          ['a', 'b', 'c', 'd'].filter((_, n) => n !== i),
        );
        assert.deepEqual(at, evenly(3, 500));
      });
    }

    it('all of them, when all of them do', async () => {
      const leaving = new AbortController();
      const all = Array.from({ length: 5 }, () =>
        rateLimit.turn('https://gateway-9', GATEWAY_RATE, leaving.signal),
      );
      await time.tickAsync(500);
      leaving.abort(new Error('closed'));
      assert.deepEqual(
        (await Promise.allSettled(all)).map(({ status }) => status),
        ['fulfilled', 'fulfilled', 'rejected', 'rejected', 'rejected'],
      );
      assert.deepEqual(await turns('https://gateway-9', GATEWAY_RATE, 1, 500), [500]);
    });
  });
});
