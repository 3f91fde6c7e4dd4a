import assert from 'node:assert/strict';
import sinon from 'sinon';
import { DATA_CONNECT_RATE, GATEWAY_RATE, rateLimit } from '../../../src/providers/rate-limit';

describe('the rate limit', () => {
  let time: sinon.SinonFakeTimers;
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

  /** When each of `count` requests could be sent, ms after the start. */
  async function turns(
    who: string,
    limit: { limit: number },
    count: number,
    within: number,
  ): Promise<number[]> {
    const start = Date.now();
    const at: number[] = [];
    const all = Array.from({ length: count }, () =>
      rateLimit.turn(who, limit, signal).then(() => at.push(Date.now() - start)),
    );
    await time.tickAsync(within);
    await Promise.all(all);
    return at;
  }
  const mostWithin = (at: readonly number[], interval: number): number =>
    Math.max(...at.map((first) => at.filter((each) => each >= first && each < first + interval).length));

  it('of a gateway is two requests in any second', async () => {
    const at = await turns('https://gateway-1', GATEWAY_RATE, 12, 10_000);
    assert.equal(at.length, 12);
    assert.equal(mostWithin(at, 1000), 2);
    assert.ok((at.at(-1) ?? Infinity) <= 5500, at.join(' '));
  });

  it('of Data Connect is five in any second', async () => {
    const at = await turns('application-1', DATA_CONNECT_RATE, 500, 110_000);
    assert.equal(mostWithin(at, 1000), 5);
    assert.ok((at.at(-1) ?? Infinity) <= 100_000);
  });

  it('is shared by its users, and independent of others', async () => {
    const [one, other] = await Promise.all([
      turns('https://gateway-2', GATEWAY_RATE, 4, 3000),
      turns('https://gateway-3', GATEWAY_RATE, 2, 3000),
    ]);
    assert.equal(mostWithin(one, 1000), 2);
    assert.deepEqual(other, [0, 0]);
  });

  it('rejects a caller that aborts', async () => {
    await turns('https://gateway-4', GATEWAY_RATE, 2, 0);
    const leaving = new AbortController();
    const turn = rateLimit.turn('https://gateway-4', GATEWAY_RATE, leaving.signal);
    leaving.abort(new Error('closed'));
    await assert.rejects(turn, /closed/);
    await assert.rejects(rateLimit.turn('https://gateway-4', GATEWAY_RATE, leaving.signal), /closed/);
  });
});
