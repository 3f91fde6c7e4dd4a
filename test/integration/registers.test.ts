import assert from 'node:assert/strict';
import type { MeterNode, OpenMeter } from '../../nodes/runtime/meter';
import type { RegisterSeries, Series } from '../../src/metering/metrics';
import { describeOnBoth } from '../support/engines';
import { addDays, daysFrom } from '../support/stand-in/calendar';
import { startStandIn, type GatewayName, type StandIn } from '../support/stand-in/server';
import { GATEWAYS, Home, meterNode, PDL, sourceNodes } from '../support/home';
import { timeOf } from '../support/years';

describeOnBoth('registers', () => {
  let home: Home;
  let standIn: StandIn;
  let news: Series[];

  const begin = async (gateway: GatewayName): Promise<void> => {
    news = [];
    standIn = await startStandIn({ now: () => home.time.now, gateway, usagePoints: [PDL] });
    const meter = meterNode(standIn.url, { provider: gateway });
    home = new Home('2026-11-22T12:10', [meter, ...sourceNodes('consumption', 'c')]);
    await home.start();
  };
  /** Somebody who wants the registers, beside the source. */
  const want = (): void => {
    const { collector, store, storedAs } = open();
    store.listen(storedAs, (series) => {
      if (series === 'consumption-registers') news.push(series);
    });
    collector.register({
      wants: ['consumption-registers'],
      onState: () => undefined,
      onError: (error) => {
        throw error;
      },
    });
  };
  const open = (): OpenMeter => {
    const point = (home.node('meter') as MeterNode).open?.(PDL);
    assert.ok(point);
    return point;
  };
  const requests = (): string[] =>
    standIn.calls
      .splice(0)
      .filter(({ series }) => series === 'consumption-registers')
      .map(({ at, start, end }) => `${timeOf(at)} ${start ?? ''} ${end ?? ''}`);
  afterEach(async () => {
    await home.remove();
    await standIn.close();
  });

  for (const gateway of GATEWAYS) {
    const series: RegisterSeries = 'consumption-registers';
    it(`over ${gateway}: only where somebody wants them, one request a day, and the truth`, async () => {
      await begin(gateway);
      await home.until('2026-11-22T13:00');
      assert.deepEqual(requests(), []);
      want();
      await home.settled();
      if (gateway === 'myelectricaldata') {
        // It does not have them: nothing is asked, and nothing is wrong.
        await home.until('2026-11-24T00:00');
        assert.deepEqual([requests(), home.errors, home.status('c').fill], [[], [], 'green']);
        return;
      }
      assert.deepEqual(requests(), ['22/11 13:00 2026-01-01 2026-11-22']);
      await home.until('2026-11-25T00:00');
      // With the daily values, at the slot that finds them, and the day before along with them.
      assert.deepEqual(requests(), [
        '23/11 08:37 2026-11-21 2026-11-23',
        '24/11 08:37 2026-11-22 2026-11-24',
      ]);
      assert.deepEqual(news, [series, series, series]);

      const { store, storedAs } = open();
      const kept = await store.registers(
        { usagePoint: storedAs, name: series },
        { start: '2026-01-01', end: '2026-11-24' },
      );
      assert.deepEqual(
        kept.map(({ day }) => day),
        daysFrom('2026-01-01', '2026-11-24'),
      );
      for (const { day, total, calendars } of kept) {
        const truth = standIn.truth.registers(PDL, 'consumption', day);
        assert.equal(total, truth.total);
        assert.deepEqual(
          calendars.map(({ registers }) => registers),
          [truth.supplier],
        );
        const next = kept.find((each) => each.day === addDays(day, 1));
        if (!next) continue;
        assert.equal((next.total ?? NaN) - truth.total, standIn.truth.daily(PDL, 'consumption', day));
      }
      await home.restart();
      want();
      await home.settled();
      assert.deepEqual(requests(), []);
    });
  }
});
