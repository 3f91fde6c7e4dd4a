import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import sinon from 'sinon';
import { addDays, dayOf, daysIn, isoParis, startOfDay, type Day } from '../../../src/calendar/paris';
import { clock } from '../../../src/calendar/clock';
import { Collector } from '../../../src/collector/collector';
import type { State } from '../../../src/collector/meter';
import type { Schedule } from '../../../src/collector/schedule';
import { directionOf, isLoadCurve, type Series } from '../../../src/metering/metrics';
import { classifyError, type LinkyError } from '../../../src/providers/errors';
import type { DataRequest, Provider } from '../../../src/providers/provider';
import type { SourceMessage } from '../../../src/publisher/message';
import { Publisher } from '../../../src/publisher/publisher';
import { SqliteDatabase } from '../../../src/store/sqlite';
import { Reader, type Floor } from '../../../src/store/reader';
import { Store } from '../../../src/store/store';
import { FakeTime } from '../../support/fake-time';

const PDL = '12345678901234';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const DAILY = { usagePoint: PDL, name: 'consumption-daily' } as const;

/** Enedis publishes a day at 8:24 of the next one; `fails` says what goes wrong, `isThere` what it has. */
class Life {
  readonly time: FakeTime;
  readonly store = new Store(new SqliteDatabase(':memory:'));
  readonly requests: string[] = [];
  readonly messages: SourceMessage[] = [];
  readonly errors: string[] = [];
  readonly history: string[] = [];
  fails: (request: DataRequest, identity: string) => LinkyError | undefined = () => undefined;
  isThere: (series: Series, day: Day) => boolean = () => true;
  private readonly running: { collector: Collector; publisher: Publisher }[] = [];

  constructor(now: string) {
    this.time = new FakeTime(Date.parse(now));
  }

  /** A meter node with one source node. */
  async start(
    schedule: Partial<Schedule>,
    { identity = 'account', consumer = 'source', loadCurve = true, seconds = 0 } = {},
  ): Promise<{ collector: Collector; publisher: Publisher; state: () => State }> {
    const provider: Provider = {
      identity,
      series: ['consumption-daily', 'consumption-load-curve'],
      labels: 'end',
      extraDays: 15,
      fetch: async (request, _purpose, signal) => {
        this.requests.push(`${identity} ${request.series} ${request.start} ${request.end}`);
        await clock.wait(seconds * 1000 + 1, signal);
        const error = this.fails(request, identity);
        if (error) throw error;
        return this.answerTo(request);
      },
    };
    const collector = new Collector({
      usagePoint: PDL,
      storedAs: PDL,
      provider,
      store: this.store,
      schedule: {
        from: 300,
        to: 1200,
        minute: 37,
        history: 1,
        loadCurveHistory: 7,
        extraDays: 15,
        ...schedule,
      },
      onRejected: () => undefined,
      onBackfill: (what, requests) => this.history.push(`${what} ${requests}`),
      onConsentEnding: () => undefined,
    });
    const source = {
      consumer,
      direction: 'consumption',
      usagePoint: PDL,
      storedAs: PDL,
      meter: 'House',
    } as const;
    const publisher = new Publisher(collector, this.store, source, loadCurve, {
      message: (_, message) => this.messages.push(message),
      error: ({ key }) => this.errors.push(key),
      state: () => undefined,
    });
    this.running.push({ collector, publisher });
    await publisher.begin(true);
    await this.settled();
    return { collector, publisher, state: () => collector.stateFor(publisher) };
  }

  async pass(ms: number): Promise<void> {
    await this.time.pass(this.time.now + ms, () => this.settled());
  }

  async floor(): Promise<Floor | undefined> {
    return (await this.store.facts(DAILY)).floor;
  }

  async end(): Promise<void> {
    for (const { collector, publisher } of this.running) {
      await publisher.end();
      await collector.stop();
    }
    this.store.close();
    this.time.restore();
    sinon.restore();
  }

  private answerTo({ usagePoint, series, start, end }: DataRequest): object {
    const days = daysIn(start, end).filter(
      (day) => this.isThere(series, day) && this.time.now >= startOfDay(addDays(day, 1)) + 8.4 * HOUR,
    );
    const hours = (day: Day): object[] =>
      Array.from({ length: (startOfDay(addDays(day, 1)) - startOfDay(day)) / HOUR }, (_, i) => {
        const label = isoParis(startOfDay(day) + (i + 1) * HOUR)
          .slice(0, 19)
          .replace('T', ' ');
        return { v: String(500 + i), d: label, p: 'PT60M' };
      });
    const points = isLoadCurve(series) ? days.flatMap(hours) : days.map((day) => ({ v: '5000', d: day }));
    if (points.length === 0) throw failure(404, 'no_data_found');
    const physical = isLoadCurve(series)
      ? { grandeurPhysique: 'PA', unite: 'W' }
      : { grandeurPhysique: 'EA', unite: 'Wh' };
    const business = directionOf(series) === 'consumption' ? 'CONS' : 'PROD';
    return { idPrm: usagePoint, grandeur: [{ grandeurMetier: business, ...physical, points }] };
  }

  private async settled(): Promise<void> {
    do await turn();
    while (
      this.running.some(({ collector }) => collector['working'] !== undefined) &&
      this.time.waiting === 0
    );
    for (let i = 0; i < 5; i++) await turn();
  }
}

const failure = (status: number, code?: string): LinkyError => classifyError({ status, code }, 'consumption');
const diskError = (): Error => Object.assign(new Error('disk'), { errcode: 10 });

describe('after a failure', () => {
  let life: Life;
  const begin = (now: string): Life => (life = new Life(now));
  afterEach(async () => {
    await life.end();
  });

  describe('of a query, a complete source', () => {
    for (const [name, error] of [
      ['429', failure(429)],
      ['503', failure(503)],
    ] as const) {
      it(`is not in error: ${name}`, async () => {
        const { collector, state } = await begin('2026-03-02T12:00+01:00').start({ history: 0 });
        await life.pass(HOUR);
        life.fails = () => error;
        const answer = collector.fetch('consumption-daily', { start: '2025-05-01', end: '2025-05-03' });
        await life.pass(10 * MINUTE);
        assert.equal((await answer)?.key, error.key);
        assert.equal(state().kind, 'up-to-date');
      });
    }

    it('shows a refused token, and no longer when it is accepted again', async () => {
      const { collector, state } = await begin('2026-03-02T12:00+01:00').start({ history: 0 });
      await life.pass(HOUR);
      life.fails = () => failure(401);
      void collector.fetch('consumption-daily', { start: '2025-05-01', end: '2025-05-03' });
      await life.pass(10 * MINUTE);
      assert.equal(state().kind, 'error');
      life.fails = () => undefined;
      const collected = collector.collect();
      await life.pass(MINUTE);
      await collected;
      assert.equal(state().kind, 'up-to-date');
    });

    it('is well again at the next slot when the store is', async () => {
      const { collector, state } = await begin('2026-03-02T12:00+01:00').start({ history: 0 });
      await life.pass(HOUR);
      const record = sinon.stub(life.store, 'record').rejects(diskError());
      void collector.fetch('consumption-daily', { start: '2025-05-01', end: '2025-05-03' });
      await life.pass(10 * MINUTE);
      assert.equal(state().kind, 'error');
      record.restore();
      await life.pass(HOUR);
      assert.equal(state().kind, 'up-to-date');
    });
  });

  it('of one account, what another one brought leaves no error behind', async () => {
    const first = await begin('2026-03-02T05:10+01:00').start({ history: 0 }, { identity: 'a' });
    await life.start({ history: 0, minute: 50 }, { identity: 'b', consumer: 'other' });
    await life.pass(2 * HOUR);
    life.fails = (_, identity) => (identity === 'a' ? failure(429) : undefined);
    await life.pass(4 * HOUR);
    assert.equal(first.state().kind, 'up-to-date');
  });

  it('of the store while it publishes, a minute later all is published, and it is told once', async () => {
    const { publisher } = await begin('2026-03-02T07:50+01:00').start({ history: 0 });
    await life.pass(10 * MINUTE);
    life.messages.length = 0;
    const cursor = sinon.stub(Reader.prototype, 'cursors').rejects(diskError());
    await life.pass(HOUR);
    assert.equal(life.messages.length, 0);
    assert.deepEqual(life.errors, ['store-unusable']);
    cursor.restore();
    await life.pass(MINUTE);
    await publisher['publishing'];
    assert.deepEqual(
      life.messages
        .filter(({ metric }) => metric === 'daily')
        .map(({ readings }) => readings.at(-1)?.start.slice(0, 10)),
      ['2026-03-01'],
    );
  });

  it('a source that comes later is told of it', async () => {
    await begin('2026-03-02T05:10+01:00').start({ history: 0 });
    life.fails = () => failure(401);
    await life.pass(HOUR);
    const before = life.errors.length;
    const [{ collector } = { collector: undefined }] = life['running'];
    const told: string[] = [];
    collector?.register({
      wants: ['consumption-daily'],
      onState: () => undefined,
      onError: ({ key }) => told.push(key),
    });
    assert.deepEqual(told, ['token-refused']);
    assert.equal(life.errors.length, before);
  });

  describe('a floor', () => {
    const floor: Floor = { day: '2025-10-10', reason: 'no-meter', probedAt: 0, provider: 'old account' };

    it('stays the meter’s first day for an account that has no access to it', async () => {
      begin('2026-03-02T12:00+01:00').fails = ({ start }) =>
        start <= floor.day ? failure(403, 'ADAM-DC-0008') : undefined;
      await life.store.setFloor(DAILY, floor);
      await life.start({ history: 1, loadCurveHistory: 0 }, { loadCurve: false });
      await life.pass(HOUR);
      const after = await life.floor();
      assert.deepEqual([after?.day, after?.reason, after?.provider], [floor.day, 'no-meter', 'account']);
    });

    it('that was not answered for is probed again tomorrow', async () => {
      begin('2026-03-02T12:00+01:00').fails = ({ start }) =>
        start < '2026-01-01' ? failure(503) : undefined;
      await life.store.setFloor(DAILY, { ...floor, reason: 'not-available' });
      await life.start({ history: 1, loadCurveHistory: 0 }, { loadCurve: false });
      await life.pass(DAY);
      assert.equal((await life.floor())?.provider, 'old account');
      life.fails = () => undefined;
      await life.pass(DAY);
      assert.equal(await life.floor(), undefined);
      assert.equal((await life.store.extent(DAILY))?.oldest, '2025-03-03');
    });
  });

  describe('the backfill', () => {
    it('does not count as done what is refused', async () => {
      begin('2026-03-02T12:00+01:00').fails = ({ series }) =>
        isLoadCurve(series) ? failure(403, 'ADAM-DC-0008') : undefined;
      const totals = new Set<number>();
      const { collector, publisher } = await life.start({ history: 3, loadCurveHistory: 730 });
      const report = collector['reportState'].bind(collector);
      sinon.stub(collector as unknown as { reportState: () => void }, 'reportState').callsFake(() => {
        const state = collector.stateFor(publisher);
        if (state.kind === 'collecting' && state.history) totals.add(state.history.total);
        report();
      });
      await life.pass(HOUR);
      assert.ok(Math.max(...totals) < 10, [...totals].join());
    });

    it('has not ended while a range waits for tomorrow', async () => {
      begin('2026-03-02T12:00+01:00').fails = ({ start, end }) =>
        start <= '2025-06-01' && '2025-06-01' < end ? failure(503) : undefined;
      await life.start({ history: 3, loadCurveHistory: 0 }, { loadCurve: false });
      await life.pass(HOUR);
      assert.deepEqual(
        life.history.filter((line) => line.startsWith('ends')),
        [],
      );
      life.fails = () => undefined;
      await life.pass(2 * DAY);
      assert.equal(life.history.length, 2);
      assert.match(life.history.join(), /^begins \d+,ends \d+$/);
    });

    it('of one meter node lets another one’s request go first', async () => {
      const first = await begin('2026-03-02T12:00+01:00').start(
        { history: 3, loadCurveHistory: 730 },
        { identity: 'a', seconds: 60 },
      );
      await life.pass(10 * MINUTE);
      const second = await life.start(
        { history: 0, loadCurveHistory: 1 },
        { identity: 'b', consumer: 'other' },
      );
      await life.pass(MINUTE);
      let isCollected = false;
      void second.collector.collect().then(() => (isCollected = true));
      await life.pass(5 * MINUTE);
      assert.ok(isCollected);
      assert.equal(first.state().kind, 'collecting');
    });
  });

  it('of a clock that was ahead, two accounts do not probe a floor in turn', async () => {
    begin('2028-03-02T12:00+01:00').fails = ({ start }) =>
      start <= '2025-10-10' ? failure(400, 'ADAM-DC-0009') : undefined;
    const wrong = {
      day: '2025-10-10',
      reason: 'not-available',
      probedAt: Date.parse('2028-03-02'),
      provider: 'a',
    } as const;
    await life.store.setFloor(DAILY, wrong);
    await life.start({ history: 1, loadCurveHistory: 0 }, { identity: 'a', loadCurve: false });
    await life.start(
      { history: 1, loadCurveHistory: 0 },
      { identity: 'b', consumer: 'other', loadCurve: false },
    );
    life.time.jump(Date.parse('2026-03-02T12:00+01:00'));
    await life.pass(DAY);
    life.requests.length = 0;
    await life.pass(3 * DAY);
    assert.deepEqual(
      life.requests.filter((request) => request.includes('2025-10-10')),
      [],
    );
  });

  it('at midnight the state is still that of the day before', async () => {
    const { state } = await begin('2026-03-02T12:00+01:00').start({ history: 0 });
    await life.pass(14 * HOUR);
    assert.equal(dayOf(life.time.now), '2026-03-03');
    const now = state();
    assert.deepEqual([now.kind, now.kind === 'up-to-date' && now.day], ['up-to-date', '2026-03-01']);
  });
});
