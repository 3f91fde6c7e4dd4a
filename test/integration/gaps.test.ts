import assert from 'node:assert/strict';
import type { PublishedValue } from '../../src/metering/values';
import { describeOnBoth } from '../support/engines';
import { daysFrom, dayAt } from '../support/stand-in/calendar';
import { startStandIn, type Gap, type Series, type StandIn } from '../support/stand-in/server';
import { Home, meterNode, paris, PDL, sourceNodes } from '../support/home';
import { dataCalls, sum, timeOf } from '../support/years';

/** A day on which all comes between 08:37 and 10:37, and those after it. */
const GAP = '2026-11-23';
const END = '2026-12-12';
/** A meter whose days all come in time: what the calls of the other are compared with. */
const WHOLE = '98765432109876';
const DAILY = 'consumption-daily';
const CURVE = 'consumption-load-curve';

describeOnBoth('a gap', () => {
  let home: Home;
  let standIn: StandIn;

  const begin = async (series: Series, gap: Gap): Promise<void> => {
    standIn = await startStandIn({
      now: () => home.time.now,
      gateway: 'conso',
      usagePoints: [PDL, WHOLE],
      gaps: (of, day, point) => (of === series && day === GAP && point === PDL ? gap : undefined),
    });
    home = new Home(
      '2026-11-22T12:10',
      [
        meterNode(standIn.url),
        ...sourceNodes('consumption', 'c'),
        meterNode(standIn.url, { id: 'whole', usagePoint: WHOLE }),
        ...sourceNodes('consumption', 'w', { meter: 'whole' }),
      ],
      { meter: { token: 'stand-in-token' }, whole: { token: 'stand-in-token' } },
    );
    await home.start();
    home.messages.length = 0;
    standIn.calls.length = 0;
  };
  afterEach(async () => {
    await home.remove();
    await standIn.close();
  });

  /** How many more calls than without a gap were made, on the days that cost more: `2026-11-24 +11`. */
  const more = (): string[] => {
    const made = (point: string, day: string): number =>
      dataCalls(standIn).filter(({ at, usagePoint }) => usagePoint === point && dayAt(at) === day).length;
    return daysFrom(GAP, END)
      .map((day) => `${day} +${made(PDL, day) - made(WHOLE, day)}`)
      .filter((line) => !line.endsWith('+0'));
  };
  /** When the day of the gap was asked for the last time. */
  const lastAsked = (series: Series): string => {
    const calls = dataCalls(standIn).filter(({ series: of, usagePoint, start = '', end = '' }) => {
      return of === series && usagePoint === PDL && start <= GAP && GAP < end;
    });
    return timeOf(calls.at(-1)?.at ?? 0);
  };
  /** The values of a day that were told, by the time they were. */
  const told = (topic: string, day: string): Record<string, number[]> => {
    const times: Record<string, number[]> = {};
    for (const { at, from, message } of home.messages) {
      if (from !== 'c' || message.topic !== topic) continue;
      const values = message.readings.filter(({ start }) => start.startsWith(day)).map(({ value }) => value);
      if (values.length > 0) times[timeOf(at)] = values;
    }
    return times;
  };
  const november = (): PublishedValue | undefined =>
    home.messages
      .findLast(({ from, message }) => from === 'c' && message.topic === 'consumption/monthly')
      ?.message.series.find(({ start }) => start.startsWith('2026-11'));
  const daily = (day: string): number => standIn.truth.daily(PDL, 'consumption', day) / 1000;
  const intervals = (): number[] =>
    standIn.truth.loadCurve(PDL, 'consumption', GAP).map(({ value }) => value / 1000);

  describe('of a day: its hours until 19:37, then nothing, for it is asked with the days that come', () => {
    for (const [name, gap, healed, asked] of [
      ['filled after 3 days', '2026-11-26T04:00', '26/11 05:37', '26/11 05:37'],
      ['filled after 13 days', '2026-12-07T04:00', '07/12 05:37', '07/12 05:37'],
      ['never filled', 'never', undefined, '07/12 05:37'],
    ] as const) {
      it(name, async () => {
        await begin(DAILY, gap);
        await home.until(`${END}T00:00`);
        assert.deepEqual(more(), ['2026-11-24 +11']);
        assert.equal(lastAsked(DAILY), asked);
        assert.deepEqual(told('consumption/daily', GAP), healed ? { [healed]: [daily(GAP)] } : {});
        const days = daysFrom('2026-11-01', '2026-12-01').filter((day) => healed ?? day !== GAP);
        assert.equal(november()?.value.toFixed(3), sum(days.map(daily)).toFixed(3));
        assert.equal(november()?.incomplete, healed ? undefined : true);
      });
    }
  });

  describe('in the load curve: beyond a week from yesterday, a call a day more', () => {
    const calls = ['2026-11-24 +9', ...daysFrom('2026-12-01', '2026-12-08').map((day) => `${day} +1`)];
    for (const [name, gap, healed, asked, cost] of [
      ['filled after 3 days', { first: 20, until: '2026-11-26T04:00' }, '26/11 05:37', '26/11 05:37', 1],
      ['filled after 13 days', { first: 20, until: '2026-12-07T04:00' }, '07/12 05:37', '07/12 05:37', 8],
      ['never filled', { first: 20, until: 'never' }, undefined, '07/12 05:37', 8],
    ] as const) {
      it(name, async () => {
        await begin(CURVE, gap);
        await home.until(`${END}T00:00`);
        assert.deepEqual(more(), calls.slice(0, cost));
        assert.equal(lastAsked(CURVE), asked);
        assert.deepEqual(told('consumption/load-curve', GAP), {
          '24/11 10:37': intervals().slice(0, 20),
          ...(healed && { [healed]: intervals().slice(20) }),
        });
      });
    }
  });

  it('brings a correction with it: told again, the total with it, once', async () => {
    await begin(DAILY, '2026-11-26T04:00');
    const corrected = '2026-11-24';
    standIn.faults.always({
      mutate: (content) => ({
        ...content,
        grandeur: content.grandeur.map((quantity) => ({
          ...quantity,
          points: quantity.points.map((point) =>
            content.idPrm === PDL && point.d === corrected && home.time.now > paris('2026-11-26')
              ? { ...point, v: '4321' }
              : point,
          ),
        })),
      }),
    });
    await home.until(`${END}T00:00`);
    assert.deepEqual(told('consumption/daily', corrected), {
      '25/11 08:37': [daily(corrected)],
      '26/11 05:37': [4.321],
    });
    const others = daysFrom('2026-11-01', '2026-12-01').filter((day) => day !== corrected);
    assert.equal(november()?.value.toFixed(3), (sum(others.map(daily)) + 4.321).toFixed(3));
  });
});
