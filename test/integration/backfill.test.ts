import assert from 'node:assert/strict';
import helper from 'node-red-node-test-helper';
import { SERIES } from '../../src/metering/metrics';
import type { MeterNode } from '../../nodes/runtime/meter';
import type { Store } from '../../src/store/store';
import { describeOnBoth } from '../support/engines';
import { addDays, daysFrom } from '../support/stand-in/calendar';
import type { EnedisCode } from '../support/stand-in/enedis';
import { startStandIn, type Call, type StandIn, type StandInOptions } from '../support/stand-in/server';
import { Home, meterNode, PDL, sourceNodes } from '../support/home';
import {
  assertNothingTwice,
  assertTruth,
  clockChanges,
  dataCalls,
  isLoadCurve,
  least,
  oldest,
  sum,
} from '../support/years';

const TODAY = '2026-11-22';
const DEEP = { history: 3, loadCurveHistory: 730 };
const isCurve = ({ series }: Call): boolean => series?.endsWith('-load-curve') ?? false;

describeOnBoth('the history', () => {
  let home: Home;
  let standIn: StandIn;

  const begin = async (
    depth: object,
    options: Partial<StandInOptions> = {},
    today = TODAY,
  ): Promise<void> => {
    standIn = await startStandIn({
      now: () => home.time.now,
      // The one whose requests of a whole history fit into an hour.
      gateway: 'dataconnect',
      usagePoints: [PDL],
      ...options,
    });
    const sources = [...sourceNodes('consumption', 'c'), ...sourceNodes('production', 'p')];
    const meter = meterNode(standIn.url, { provider: 'dataconnect', ...depth });
    home = new Home(`${today}T12:10`, [meter, ...sources]);
  };
  afterEach(async () => {
    await home.remove();
    await standIn.close();
  });

  const store = (): Store => {
    const point = (home.node('meter') as MeterNode).open?.(PDL);
    assert.ok(point);
    return point.store;
  };
  /** What the meter wrote into Node-RED's log about its history. */
  const logged = (): string[] =>
    helper
      .log()
      .args.map(([line]) => (line as { msg?: unknown }).msg)
      .filter((text): text is string => typeof text === 'string' && text.includes('history'));
  const statuses = (id: string): string[] => {
    const { status } = home.node(id) as unknown as {
      status: { args: { text: string }[][]; thisValues: unknown[] };
    };
    return status.args
      .filter((_, i) => status.thisValues[i] === home.node(id))
      .map(([shown]) => shown?.text ?? '');
  };

  it('of three years and two comes in the fewest calls, is the truth, and shows how far it is', async () => {
    await begin(DEEP);
    await home.start();
    const fewest = sum(SERIES.map((series) => least(series, oldest(series, TODAY), TODAY)));
    assert.equal(fewest, 3 * 4 + 2 * 105);
    assert.ok(
      dataCalls(standIn).length <= fewest * 1.02,
      `${dataCalls(standIn).length} calls, ${fewest} at least`,
    );
    assertNothingTwice(dataCalls(standIn));

    const compared: number[] = [];
    for (const series of SERIES) {
      compared.push(await assertTruth(store(), standIn.truth, PDL, series, oldest(series, TODAY), TODAY));
    }
    assert.deepEqual(compared, [730 * 48, 1111, 1111, 730 * 48, 1111]);
    assert.equal(clockChanges(oldest('consumption-daily', TODAY), TODAY).length, 6);
    assert.deepEqual(home.errors, []);

    // Today's needs first, then the daily series, then the load curves, each newest first.
    const order = dataCalls(standIn).slice(5);
    const [curves, daily] = [order.filter(isCurve), order.filter((call) => !isCurve(call))];
    assert.deepEqual(order, [...daily, ...curves]);
    for (const calls of [curves, daily]) {
      const ends = calls.map(({ end = '' }) => end);
      assert.deepEqual(ends, ends.toSorted().toReversed());
    }
    const history = order.length;
    assert.deepEqual(
      statuses('c').filter((text) => text.startsWith('history')),
      Array.from({ length: history }, (_, i) => `history ${fewest - history + i}/${fewest}`),
    );
    assert.deepEqual(logged(), [
      `House: fetching the history, ${history} requests to go`,
      `House: the history is there, fetched in ${history} requests`,
    ]);
  });

  it('begun in January, when a year has hardly days, takes hardly more', async () => {
    await begin(DEEP, {}, '2027-01-05');
    await home.start();
    const fewest = sum(SERIES.map((series) => least(series, oldest(series, '2027-01-05'), '2027-01-05')));
    assert.ok(
      dataCalls(standIn).length <= fewest * 1.02,
      `${dataCalls(standIn).length} calls, ${fewest} at least`,
    );
    assertNothingTwice(dataCalls(standIn));
  });

  it('reaches the sources range by range, and leaves the newest values alone', async () => {
    await begin(DEEP);
    await home.start();
    const byTopic = Map.groupBy(home.messages, ({ message }) => message.topic);
    assert.equal(byTopic.size, 10);
    for (const [topic, messages] of byTopic) {
      const [, metric = ''] = topic.split('/');
      const longest = metric === 'load-curve' ? 7 : topic === 'production/max-power' ? 7 : 365;
      const seen = new Set<string>();
      for (const { message } of messages) {
        const { readings, payload, start, end } = message;
        const last = messages[0]?.message;
        assert.deepEqual([payload, start, end], [last?.payload, last?.start, last?.end], topic);
        const starts = readings.map((reading) => reading.start);
        const days = new Set(starts.map((each) => each.slice(0, 10)));
        if (metric !== 'monthly' && metric !== 'yearly') assert.ok(days.size <= longest, topic);
        const instants = starts.map(Date.parse);
        assert.deepEqual(
          instants,
          instants.toSorted((a, b) => a - b),
          topic,
        );
        for (const each of starts) seen.add(each);
      }
      const expected: Record<string, number> = {
        'load-curve': 730 * 48,
        daily: 1111,
        monthly: 37,
        yearly: 4,
      };
      const peaks = topic === 'production/max-power' ? 730 : 1111;
      assert.equal(seen.size, expected[metric] ?? peaks, topic);
    }
    // Months that came in two ranges were told incomplete, then whole; the oldest begins in its midst.
    const months = home.messages.filter(({ message }) => message.topic === 'consumption/monthly');
    const whole = new Map(
      months.flatMap(({ message }) => message.readings.map((month) => [month.start, month])),
    );
    for (const [start, { value, incomplete }] of whole) {
      const first = start.slice(0, 10);
      if (first === '2023-11-01') continue;
      const next = addDays(first, 31).slice(0, 8) + '01';
      const days = daysFrom(first, next < TODAY ? next : TODAY);
      const truth = sum(days.map((day) => standIn.truth.daily(PDL, 'consumption', day))) / 1000;
      assert.deepEqual([value, incomplete], [truth, undefined], start);
    }
  });

  it('made deeper requests what is missing, and nothing twice', async () => {
    await begin({ history: 1, loadCurveHistory: 30 });
    await home.start();
    const shallow = dataCalls(standIn).length;
    assert.equal(shallow, 3 + 2 * 5);
    Object.assign(home.flow[0] ?? {}, DEEP);
    await home.restart();
    assertNothingTwice(dataCalls(standIn));
    const lacking = SERIES.map((series) => {
      return least(series, oldest(series, TODAY), addDays(TODAY, isLoadCurve(series) ? -30 : -365));
    });
    assert.equal(dataCalls(standIn).length - shallow, sum(lacking));
    for (const series of SERIES) {
      await assertTruth(store(), standIn.truth, PDL, series, oldest(series, TODAY), TODAY);
    }
    Object.assign(home.flow[0] ?? {}, { history: 0, loadCurveHistory: 7 });
    standIn.calls.length = 0;
    await home.restart();
    assert.deepEqual(dataCalls(standIn), []);
  });

  describe('ends without an error where Enedis says', () => {
    const first = '2025-09-17';
    const codes: EnedisCode[] = ['ADAM-ERR0123', 'ADAM-ERR0125', 'ADAM-DC-0009', 'ADAM-DC-0016'];
    for (const enedis of codes) {
      it(enedis, async () => {
        await begin(DEEP);
        standIn.faults.always(() =>
          (standIn.calls.at(-1)?.start ?? first) < first ? { enedis } : undefined,
        );
        await home.start();
        assert.deepEqual(home.errors, []);
        assert.equal(home.status('c').fill, 'green');
        assertNothingTwice(dataCalls(standIn));
        for (const series of SERIES) await assertTruth(store(), standIn.truth, PDL, series, first, TODAY);
        // The first day is searched for by halves: nine of them for a year, three for a week.
        const fewest = sum(SERIES.map((series) => least(series, first, TODAY)));
        const searched = sum(SERIES.map((series) => (isLoadCurve(series) ? 3 : 9)));
        assert.ok(dataCalls(standIn).length <= fewest + 2 * searched, `${dataCalls(standIn).length} calls`);
        assert.equal(logged().length, 2);
        const calls = dataCalls(standIn).length;
        await home.restart();
        assert.equal(dataCalls(standIn).length, calls);
        const years = home.messages.filter(({ message }) => message.topic === 'consumption/yearly');
        assert.deepEqual(
          years.at(-1)?.message.series.map(({ start, incomplete }) => [start.slice(0, 4), incomplete]),
          [
            // What is before the meter is no gap; what is only not available is.
            ['2025', enedis === 'ADAM-ERR0123' ? undefined : true],
            ['2026', undefined],
          ],
        );
      });
    }
  });
});
