import assert from 'node:assert/strict';
import helper from 'node-red-node-test-helper';
import { SERIES } from '../../src/metering/metrics';
import type { MeterNode } from '../../nodes/meter';
import type { ReadingLog } from '../../src/store/log';
import { addDays, dayAt } from '../stand-in/calendar';
import { startStandIn, type StandIn } from '../stand-in/server';
import { speaking } from '../sentences';
import { Home, meterNode, PDL, sourceNodes } from './home';
import { assertNothingTwice, assertTruth, dataCalls, least, oldest, sum } from './years';

const FIRST = '2026-11-22';
/** A meter that is collected day by day alone: what yesterday costs, and when it comes. */
const DAILY = '98765432109876';
const QUOTA = 50;
/** What the collection leaves for what a user may do by hand. */
const SPARE = 5;

describe('three years of history with fifty calls a day', () => {
  let home: Home;
  let standIn: StandIn;

  before(async () => {
    standIn = await startStandIn({
      now: () => home.time.now,
      gateway: 'myelectricaldata',
      usagePoints: [PDL, DAILY],
      quota: QUOTA,
      // On one day nothing comes before the afternoon.
      holes: (_series, day) => (day === '2026-11-24' ? '2026-11-25T13:50' : undefined),
    });
    const provider = { provider: 'myelectricaldata' };
    home = new Home(
      `${FIRST}T12:10`,
      [
        meterNode(standIn.url, { ...provider, history: 3, loadCurveHistory: 730 }),
        ...sourceNodes('consumption', 'c'),
        ...sourceNodes('production', 'p'),
        meterNode(standIn.url, { ...provider, id: 'daily', name: 'Daily', usagePoint: DAILY }),
        ...sourceNodes('consumption', 'dc', { meter: 'daily' }),
        ...sourceNodes('production', 'dp', { meter: 'daily' }),
      ],
      { meter: { token: 'stand-in-token' }, daily: { token: 'stand-in-token' } },
    );
    home.nodes = [speaking('en-US'), ...home.nodes];
    await home.start();
  });
  after(async () => {
    await home.remove();
    await standIn.close();
  });

  const callsOf = (point: string, day: string): number =>
    dataCalls(standIn).filter(({ usagePoint, at }) => usagePoint === point && dayAt(at) === day).length;
  const log = (): ReadingLog => {
    const point = (home.node('meter') as MeterNode).open?.(PDL);
    assert.ok(point);
    return point.log;
  };
  const isWhole = (): boolean =>
    helper.log().args.some(([line]) => JSON.stringify(line).includes('House: the history is there'));
  /** When the values of each day were told, of one of the meters. */
  const arrivals = (direction: string, id: string): string[] =>
    home.messages
      .filter(({ from, message }) => from === id && message.topic.startsWith(direction) && !message.replay)
      .flatMap(({ at, message }) => {
        const { topic, readings } = message;
        const last = readings.at(-1)?.start.slice(0, 10) ?? '';
        return last > FIRST.slice(0, 8) + '21' ? [`${at} ${topic} ${last}`] : [];
      });

  it('takes the days it must, never runs out of calls, and never makes yesterday late', async function () {
    this.timeout(180_000);
    const days: { day: string; calls: number; yesterday: number }[] = [];
    for (let day = FIRST; !isWhole(); day = addDays(day, 1)) {
      await home.until(`${day}T23:00`);
      days.push({ day, calls: callsOf(PDL, day), yesterday: callsOf(DAILY, day) });
      assert.ok(days.length < 30);
    }
    assert.ok(dataCalls(standIn).every(({ status }) => status !== 409));
    assert.ok(days.every(({ calls, yesterday }) => calls <= Math.max(yesterday, QUOTA - SPARE)));
    // Newest first: how deep it goes is counted from the day that brings the oldest.
    const today = dayAt(home.time.now);
    const begun = sum(SERIES.map((series) => least(series, oldest(series, today), FIRST))) - SERIES.length;
    const history = sum(days.map(({ calls, yesterday }) => calls - yesterday));
    assert.ok(history <= begun * 1.02, `${history} calls, ${begun} at least`);
    // Each day but the last gives the history all that yesterday leaves.
    let left = begun;
    const fewest = days.findIndex(({ yesterday }) => {
      left -= Math.max(0, QUOTA - SPARE - yesterday);
      return left <= 0;
    });
    assert.equal(days.length, fewest + 1);

    assert.deepEqual(arrivals('consumption', 'c'), arrivals('consumption', 'dc'));
    assert.deepEqual(arrivals('production', 'p'), arrivals('production', 'dp'));
    assert.deepEqual(home.errors, []);
    assertNothingTwice(dataCalls(standIn).filter(({ usagePoint }) => usagePoint === PDL));
    for (const series of SERIES) assertTruth(log(), standIn.truth, PDL, series, oldest(series, today), today);
  });
});

describe('a gateway that does not tell how many calls are left', () => {
  let home: Home;
  let standIn: StandIn;
  afterEach(async () => {
    await home.remove();
    await standIn.close();
  });

  it('is asked for yesterday alone, until it does', async () => {
    const options = { gateway: 'myelectricaldata', usagePoints: [PDL] } as const;
    standIn = await startStandIn({ now: () => home.time.now, ...options });
    const meter = meterNode(standIn.url, { provider: 'myelectricaldata', history: 3, loadCurveHistory: 730 });
    home = new Home(`${FIRST}T12:10`, [meter, ...sourceNodes('consumption', 'c')]);
    for (const fault of ['html503', 'reset', 'not-json'] as const) {
      standIn.faults.always(fault, { series: 'valid-access' });
      await home.start();
      assert.equal(dataCalls(standIn).length, 3, fault);
      await home.stop();
    }
    standIn.faults.clear();
    await home.start();
    assert.equal(dataCalls(standIn).length, QUOTA - SPARE);
  });
});
