import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { clock } from '../../src/calendar/clock';
import { Collector } from '../../src/collector/collector';
import type { State } from '../../src/collector/meter';
import { SERIES } from '../../src/metering/metrics';
import { providerFor } from '../../src/providers/providers';
import type { SourceMessage } from '../../src/publisher/message';
import { Publisher } from '../../src/publisher/publisher';
import { PostgresDatabase, serverClock } from '../../src/store/postgres';
import { Store } from '../../src/store/store';
import { FakeTime } from '../support/fake-time';
import { paris, PDL, TOKEN } from '../support/home';
import { postgresDatabase, type PostgresDatabaseOfTest } from '../support/postgres';
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
  private readonly store: Store;
  private readonly publishers: Publisher[];

  constructor(
    readonly name: string,
    database: string,
    url: string,
    everywhere = false,
  ) {
    this.database = new PostgresDatabase(database);
    this.store = new Store(this.database);
    const config = { provider: 'conso', url, token: TOKEN, clientId: '', clientSecret: '' };
    const provider = providerFor(config, { time: clock, ledger: this.store.requests });
    this.collector = new Collector({
      usagePoint: PDL,
      storedAs: PDL,
      store: this.store,
      provider,
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

describe('two Node-REDs with one meter and one PostgreSQL', () => {
  let time: FakeTime;
  let standIn: StandIn;
  let place: PostgresDatabaseOfTest;
  let instances: Instance[];
  const real = { ...serverClock };

  beforeEach(async () => {
    time = new FakeTime(paris('2026-11-22T12:10'));
    serverClock.now = () => Promise.resolve(time.now);
    place = await postgresDatabase();
    standIn = await startStandIn({ now: () => time.now, gateway: 'conso', usagePoints: [PDL] });
    instances = [];
  });
  afterEach(async () => {
    await Promise.all(instances.map((instance) => instance.end()));
    await place.remove();
    await standIn.close();
    Object.assign(serverClock, real);
    time.restore();
  });

  const add = async (name: string, everywhere = false): Promise<Instance> => {
    const instance = new Instance(name, place.url, standIn.url, everywhere);
    instances.push(instance);
    await instance.begin();
    return instance;
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
    const published = new Map<string, number>();
    for (const { topic, readings } of [...one.messages, ...two.messages]) {
      if (/monthly|yearly/.test(topic)) continue;
      for (const { start } of readings)
        published.set(`${topic} ${start}`, (published.get(`${topic} ${start}`) ?? 0) + 1);
    }
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
});
