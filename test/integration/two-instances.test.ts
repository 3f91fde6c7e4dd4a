import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import sinon from 'sinon';
import { clock } from '../../src/calendar/clock';
import { Collector } from '../../src/collector/collector';
import type { State } from '../../src/collector/meter';
import type { Turn } from '../../src/collector/others';
import { SERIES } from '../../src/metering/metrics';
import { LinkyError } from '../../src/providers/errors';
import { providerFor } from '../../src/providers/providers';
import { rateLimit } from '../../src/providers/rate-limit';
import type { SourceMessage } from '../../src/publisher/message';
import { Publisher } from '../../src/publisher/publisher';
import { PostgresDatabase, serverClock } from '../../src/store/postgres';
import { Store } from '../../src/store/store';
import { FakeTime } from '../support/fake-time';
import { CREDENTIALS, paris, PDL } from '../support/home';
import { addressOf, postgresDatabase, type PostgresDatabaseOfTest } from '../support/postgres';
import { startProxy, type Proxy } from '../support/proxy';
import { startStandIn, type StandIn } from '../support/stand-in/server';

const HOUR = 3_600_000;
const SCHEDULE = { from: 300, to: 1200, minute: 37, history: 3, loadCurveHistory: 730, extraDays: 15 };

/** A Node-RED with two sources on the meter, as far as the store and Enedis see it. */
class Instance {
  readonly messages: SourceMessage[] = [];
  readonly errors: string[] = [];
  readonly states: State[] = [];
  readonly database: PostgresDatabase;
  readonly collector: Collector;
  readonly store: Store;
  private readonly publishers: Publisher[];

  constructor(
    readonly name: string,
    database: string,
    { provider, url }: { provider: string; url: string },
    everywhere = false,
  ) {
    this.database = new PostgresDatabase(database);
    this.store = new Store(this.database);
    const config = { provider, url, ...CREDENTIALS };
    this.collector = new Collector({
      usagePoint: PDL,
      storedAs: PDL,
      store: this.store,
      provider: providerFor(config, { time: clock, ledger: this.store.requests }),
      schedule: SCHEDULE,
      onRejected: () => undefined,
      onConsentEnding: () => undefined,
    });
    this.publishers = (['consumption', 'production'] as const).map((direction) => {
      const consumer = everywhere ? `${direction} ${name}` : direction;
      const source = { consumer, direction, usagePoint: PDL, storedAs: PDL, meter: 'House' };
      return new Publisher(this.collector, this.store, source, true, {
        message: (_metric, message) => this.messages.push(message),
        error: (error) => this.errors.push(error.key),
        state: (_before, state) => this.states.push(state),
      });
    });
  }

  async begin(): Promise<void> {
    await Promise.all(this.publishers.map((publisher) => publisher.begin(false)));
  }

  get isWorking(): boolean {
    return this.collector['working'] !== undefined;
  }

  async end(): Promise<void> {
    await this.collector.stop();
    await Promise.all(this.publishers.map((publisher) => publisher.end()));
    this.store.close();
    await this.database.settled();
  }
}

/** How often each value was published, sums of months and years aside. */
function publishedBy(instances: readonly Instance[]): Map<string, number> {
  const published = new Map<string, number>();
  for (const { topic, readings } of instances.flatMap(({ messages }) => messages)) {
    if (/monthly|yearly/.test(topic)) continue;
    for (const { start } of readings) {
      const name = `${topic} ${start}`;
      published.set(name, (published.get(name) ?? 0) + 1);
    }
  }
  return published;
}

describe('two Node-REDs with one meter and one PostgreSQL', () => {
  let time: FakeTime;
  let standIn: StandIn;
  let provider: string;
  let place: PostgresDatabaseOfTest;
  let instances: Instance[];
  const proxies: Proxy[] = [];
  const real = { ...serverClock };

  beforeEach(async () => {
    time = new FakeTime(paris('2026-11-22T12:10'));
    serverClock.read = () => time.now;
    place = await postgresDatabase();
    await serve('conso');
    instances = [];
  });
  afterEach(async () => {
    await Promise.all(instances.map((instance) => instance.end()));
    await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
    await place.remove();
    await standIn.close();
    Object.assign(serverClock, real);
    sinon.restore();
    time.restore();
  });

  const serve = async (gateway: 'conso' | 'dataconnect'): Promise<void> => {
    provider = gateway;
    standIn = await startStandIn({ now: () => time.now, gateway, usagePoints: [PDL] });
  };
  const add = async (name: string, { everywhere = false, url = place.url } = {}): Promise<Instance> => {
    const instance = new Instance(name, url, { provider, url: standIn.url }, everywhere);
    instances.push(instance);
    await instance.begin();
    return instance;
  };
  /** A network to the database that a test can cut. */
  const network = async (): Promise<{ proxy: Proxy; url: string }> => {
    const proxy = await startProxy(Number(new URL(place.url).port));
    proxies.push(proxy);
    return { proxy, url: addressOf(place.url, { port: proxy.port }) };
  };
  /** Does something in the middle of the n-th request. */
  const atRequest = (n: number, act: () => void): void => {
    let asked = 0;
    standIn.news.on('asked', () => {
      asked += 1;
      if (asked === n) act();
    });
  };
  /** Resolves when nothing runs, or waits for time to pass. */
  const settled = async (): Promise<void> => {
    for (let quiet = 0; quiet < 10; quiet++) {
      await turn();
      const working = instances.filter(({ isWorking }) => isWorking).length;
      if (working <= time.waiting && instances.every(({ database }) => database.isIdle)) continue;
      await Promise.all(instances.map(({ database }) => database.settled()));
      quiet = -1;
    }
  };
  const until = (instant: string): Promise<void> => time.pass(paris(instant), settled);
  const dataCalls = () => standIn.calls.filter(({ series }) => SERIES.some((each) => each === series));

  it('send 80 requests in any 24 hours together, and publish each reading once', async () => {
    const [one, two] = [await add('one'), await add('two')];
    await until('2026-11-24T07:00');
    // Before yesterday's values come out, somebody presses the buttons of both.
    for (let minute = 0; minute < 60; minute += 3) {
      await time.pass(paris('2026-11-24T07:00') + minute * 60_000, settled);
      for (const { collector } of instances) void collector.collect();
    }
    await until('2026-11-25T12:10');
    const times = standIn.calls.map(({ at }) => at);
    const inADay = times.map((at) => times.filter((each) => each > at - 24 * HOUR && each <= at).length);
    assert.equal(Math.max(...inADay), 80);
    // The budget is used: the reserve for the user aside.
    assert.ok(times.length > 3 * 74, String(times.length));
    const published = publishedBy([one, two]);
    assert.deepEqual(
      [...published].filter(([, count]) => count !== 1),
      [],
    );
    for (const direction of ['consumption', 'production']) {
      assert.ok(published.has(`${direction}/daily 2026-11-24T00:00:00.000+01:00`));
    }
    assert.ok(published.size > 20_000, String(published.size));
    // Nothing that is there was asked twice.
    const asked = dataCalls()
      .filter(({ hasData }) => hasData)
      .map(({ series, start, end }) => `${series} ${start} ${end}`);
    assert.equal(new Set(asked).size, asked.length);
  });

  it('publish each reading on each of them where that is wanted', async () => {
    const [one, two] = [await add('one', { everywhere: true }), await add('two', { everywhere: true })];
    await until('2026-11-22T13:00');
    const [ofOne, ofTwo] = [publishedBy([one]), publishedBy([two])];
    assert.deepEqual([...ofOne.keys()].sort(), [...ofTwo.keys()].sort());
    assert.deepEqual(new Set([...ofOne.values(), ...ofTwo.values()]), new Set([1]));
    assert.ok(dataCalls().length <= 75);
  });

  it('go on within a minute after one of them has gone', async () => {
    const { proxy, url } = await network();
    let cutAt = Infinity;
    let callsBefore = 0;
    atRequest(10, () => {
      cutAt = time.now;
      callsBefore = standIn.calls.length;
      void proxy.cut();
    });
    const one = await add('one', { url });
    const two = await add('two');
    await time.pass(time.now + 60_000, settled);
    assert.ok(callsBefore > 0, 'nothing was cut');
    const taken = standIn.calls[callsBefore];
    assert.ok(taken && taken.at - cutAt <= 60_000, 'nobody has gone on');
    await until('2026-11-22T13:00');
    await proxy.mend();
    await until('2026-11-23T12:10');
    assert.ok(standIn.calls.length <= 150);
    // What was on its way when the connection was lost may come twice.
    const often = [...publishedBy([one, two]).values()].filter((count) => count > 1);
    assert.ok(often.every((count) => count === 2));
    assert.deepEqual(two.errors, []);
    assert.deepEqual(new Set(one.errors), new Set(['database-unreachable']));
  });

  for (const fault of [{ enedis: 'ADAM-DC-0008' }, 'html503', { throttled: true }] as const) {
    it(`ask no more, three of them, than one alone where Enedis answers ${JSON.stringify(fault)}`, async () => {
      // One that starts later does not know what the others were refused. Here all of them are there before the first
      // answer: a request takes a second of the test's time.
      rateLimit.turn = (_who, _rate, signal) => clock.wait(1000, signal);
      const callsOf = async (names: readonly string[]): Promise<number> => {
        standIn.faults.always(fault);
        for (const name of names) {
          await add(name);
          await settled();
        }
        await time.pass(time.now + 36 * HOUR, settled);
        assert.deepEqual(new Set(instances.map(({ states }) => states.at(-1)?.kind)), new Set(['error']));
        await Promise.all(instances.splice(0).map((instance) => instance.end()));
        return standIn.calls.splice(0).length;
      };
      const alone = await callsOf(['one']);
      await place.remove();
      place = await postgresDatabase();
      time.now = paris('2026-11-22T12:10');
      const together = await callsOf(['one', 'two', 'three']);
      assert.ok(together <= alone, `${together}, ${alone} of one alone`);
    });
  }

  it('do not take for work what was refused before its end was told', async () => {
    standIn.faults.always({ enedis: 'ADAM-DC-0008' });
    const told = sinon.spy(Store.prototype, 'tell');
    const [one, two] = [await add('one'), await add('two')];
    await until('2026-11-22T12:36');
    const [topic, turn] = told.lastCall.args;
    sinon.stub(one.database, 'tryLock').resolves(undefined);
    // While two asks for the lock, one tells that it is done until the next slot.
    const lock = sinon.stub(two.database, 'tryLock').callsFake(async () => {
      const heard = new Promise((resolve) => two.database.hear(resolve));
      const next = paris('2026-11-22T13:37');
      await one.store.tell(topic, { ...turn, idle: { ...(turn as Turn).idle, next } });
      await heard;
      return undefined;
    });
    await until('2026-11-22T13:30');
    assert.ok(lock.calledOnce);
    assert.equal(two.states.at(-1)?.kind, 'error');
  });

  it('say that the database is away when nobody asks anything, and that it is back', async () => {
    let tell: (error: LinkyError | undefined) => void = () => undefined;
    sinon.stub(Store.prototype, 'watch').callsFake((listener) => {
      tell = listener;
      return () => undefined;
    });
    const one = await add('one');
    await until('2026-11-22T22:00');
    const idle = one.states.at(-1);
    const away = new LinkyError('ECONNREFUSED', { key: 'database-unreachable', retry: 'next-slot' });
    tell(away);
    tell(away);
    assert.deepEqual(one.states.at(-1), { kind: 'error', error: away });
    assert.deepEqual(one.errors, ['database-unreachable', 'database-unreachable']);
    tell(undefined);
    assert.deepEqual(one.states.at(-1), idle);
  });

  it('keep an answer that came while PostgreSQL was away, and ask nothing meanwhile', async () => {
    await standIn.close();
    // In its budget the whole history fits.
    await serve('dataconnect');
    const { proxy, url } = await network();
    atRequest(10, () => void proxy.cut());
    const one = await add('one', { url });
    await settled();
    const before = standIn.calls.length;
    assert.equal(one.states.at(-1)?.kind, 'error');
    await until('2026-11-22T13:10');
    assert.equal(standIn.calls.length, before);
    await proxy.mend();
    await until('2026-11-22T14:40');
    assert.equal(one.states.at(-1)?.kind, 'up-to-date');
    const asked = dataCalls().map(({ series, start, end }) => `${series} ${start} ${end}`);
    assert.ok(asked.length > 200, String(asked.length));
    assert.deepEqual(
      asked.filter((each, i) => asked.indexOf(each) !== i),
      [],
    );
    assert.deepEqual(new Set(publishedBy([one]).values()), new Set([1]));
    assert.deepEqual(new Set(one.errors), new Set(['database-unreachable']));
  });
});
