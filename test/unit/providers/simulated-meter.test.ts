import assert from 'node:assert/strict';
import fc from 'fast-check';
import { simulatedMeter } from '../../../src/providers/simulated/simulated-meter';
import { LinkyError } from '../../../src/providers/errors';
import { parseReadings, parseRegisters } from '../../../src/providers/parser';
import { SERIES, type Series } from '../../../src/metering/metrics';
import { addDays, daysBetween, daysIn, instantsAt, startOfDay, type Day } from '../../../src/calendar/paris';
import { dayState, energyOf } from '../../../src/metering/readings';

interface Point {
  v: string;
  d: string;
  p?: string;
}

const pointsIn = (content: unknown): Point[] =>
  (content as { grandeur: { points: Point[] }[] }).grandeur.flatMap(({ points }) => points);

const PDL = '12345678901234';
const MORNING = 6 * 3_600_000;

const ask = (series: Series, start: Day, end: Day, today: Day, usagePoint = PDL): Promise<unknown> =>
  simulatedMeter(() => startOfDay(today) + MORNING).fetch(
    { usagePoint, series, start, end },
    'user',
    new AbortController().signal,
  );

/** The entries of these days, asked on the day after them. */
async function entries(series: Series, start: Day, end: Day, usagePoint = PDL): Promise<Point[]> {
  const content = await ask(series, start, end, end, usagePoint);
  return pointsIn(content);
}

const ofDay = (series: Series, day: Day): Promise<Point[]> => entries(series, day, addDays(day, 1));
const values = (of: readonly Point[]): number[] => of.map(({ v }) => Number(v));
const sum = (of: readonly number[]): number => of.reduce((total, value) => total + value, 0);
/** In hours. */
const clockOf = ({ d }: Point): number => Number(d.slice(11, 13)) + Number(d.slice(14, 16)) / 60;

const anyDay = fc
  .integer({ min: 0, max: daysBetween('2015-01-01', '2035-12-31') })
  .map((n) => addDays('2015-01-01', n));
const anyPdl = fc.stringMatching(/^\d{14}$/);

describe('the simulated meter', () => {
  const counts: [Day, number, string[]][] = [
    ['2026-11-22', 48, ['2026-11-22 00:30:00', '2026-11-22 01:00:00', '2026-11-22 01:30:00']],
    [
      '2026-03-29',
      46,
      [
        '2026-03-29 00:30:00',
        '2026-03-29 01:00:00',
        '2026-03-29 01:30:00',
        '2026-03-29 03:00:00',
        '2026-03-29 03:30:00',
      ],
    ],
    [
      '2026-10-25',
      50,
      [
        '2026-10-25 00:30:00',
        '2026-10-25 01:00:00',
        '2026-10-25 01:30:00',
        '2026-10-25 02:00:00',
        '2026-10-25 02:30:00',
        '2026-10-25 02:00:00',
        '2026-10-25 02:30:00',
        '2026-10-25 03:00:00',
      ],
    ],
  ];
  for (const [day, count, labels] of counts) {
    it(`labels the ${count} half hours of ${day} with their ends`, async () => {
      for (const series of ['consumption-load-curve', 'production-load-curve'] as const) {
        const of = await ofDay(series, day);
        assert.equal(of.length, count);
        assert.deepEqual(
          of.slice(0, labels.length).map(({ d }) => d),
          labels,
        );
        assert.equal(of.at(-1)?.d, `${addDays(day, 1)} 00:00:00`);
        assert.ok(of.every(({ p }) => p === 'PT30M'));
      }
    });
  }

  it('answers in the form of Enedis', async () => {
    const content = await ask('consumption-daily', '2026-11-20', '2026-11-22', '2026-11-22');
    assert.deepEqual(content, {
      idPrm: PDL,
      etapeMetier: 'BRUT',
      periode: { dateDebut: '2026-11-20', dateFin: '2026-11-22' },
      grandeur: [
        {
          grandeurMetier: 'CONS',
          grandeurPhysique: 'EA',
          unite: 'Wh',
          calendrier: [],
          points: await entries('consumption-daily', '2026-11-20', '2026-11-22'),
        },
      ],
      contexte: [],
    });
    for (const { v, d } of await entries('consumption-daily', '2026-11-20', '2026-11-22')) {
      assert.match(v, /^\d+$/);
      assert.match(d, /^2026-11-2[01]$/);
    }
    for (const { d } of await entries('consumption-max-power', '2026-11-20', '2026-11-22')) {
      assert.match(d, /^2026-11-2[01] \d\d:\d\d:\d\d$/);
    }
  });

  it('is parsed without a rejected value, on any day', async () => {
    await fc.assert(
      fc.asyncProperty(anyDay, fc.constantFrom(...SERIES), anyPdl, async (day, series, usagePoint) => {
        const request = { usagePoint, series, start: day, end: addDays(day, 1) };
        const { readings, rejected } = parseReadings(
          await ask(series, request.start, request.end, request.end, usagePoint),
          request,
          'end',
        );
        assert.deepEqual(rejected, []);
        assert.equal(dayState(series, day, readings), 'complete');
      }),
      { numRuns: 300 },
    );
  });

  it('has the same values for a day, whatever the range and the time of the request', async () => {
    await fc.assert(
      fc.asyncProperty(anyDay, fc.constantFrom(...SERIES), async (day, series) => {
        const before = (await entries(series, addDays(day, -1), day)).length;
        const alone = await ofDay(series, day);
        const among = await ask(series, addDays(day, -1), addDays(day, 2), addDays(day, 90));
        assert.deepEqual(pointsIn(among).slice(before, before + alone.length), alone);
      }),
      { numRuns: 100 },
    );
  });

  it('counts its days in registers, the water heater in the off-peak one', async () => {
    const days = 20;
    const start = '2026-03-15';
    const end = addDays(start, days);
    for (const direction of ['consumption', 'production'] as const) {
      const series = `${direction}-registers` as const;
      const request = { usagePoint: PDL, series, start, end: addDays(end, 1) };
      const content = await ask(series, request.start, request.end, request.end);
      const { days: read, rejected } = parseRegisters(content, request);
      assert.deepEqual(rejected, []);
      assert.equal(read.length, days + 1);
      const daily = values(await entries(`${direction}-daily`, start, end));
      const totals = read.map(({ total }) => total ?? NaN);
      assert.deepEqual(
        totals.slice(1).map((total, i) => total - (totals[i] ?? NaN)),
        daily,
      );
      for (const { total, calendars } of read) {
        assert.equal(sum(Object.values(calendars[0]?.registers ?? {})), total);
      }
      if (direction === 'production') continue;
      const [first, last] = [read[0], read.at(-1)].map((day) => day?.calendars[0]?.registers);
      const offPeak = (last?.['HC'] ?? NaN) - (first?.['HC'] ?? NaN);
      // A third of the day, and with the water heater more than a third of its energy.
      assert.ok(offPeak > sum(daily) * 0.4 && offPeak < sum(daily) * 0.8, `${offPeak} of ${sum(daily)} Wh`);
    }
  });

  it('has a contract', async () => {
    const contract = await simulatedMeter(Date.now).contract?.(PDL, new AbortController().signal);
    assert.deepEqual(contract, { subscribedPower: 9, offPeakHours: ['00:30–08:30'] });
  });

  it('is another house for another usage point', async () => {
    const here = await entries('consumption-daily', '2026-01-01', '2026-02-01');
    const there = await entries('consumption-daily', '2026-01-01', '2026-02-01', '98765432109876');
    assert.notDeepEqual(values(here), values(there));
  });

  it('has half hours that sum to the day, give or take their rounding', async () => {
    await fc.assert(
      fc.asyncProperty(anyDay, fc.constantFrom('consumption', 'production'), async (day, direction) => {
        const request = {
          usagePoint: PDL,
          series: `${direction}-load-curve`,
          start: day,
          end: addDays(day, 1),
        } as const;
        const curve = parseReadings(await ask(request.series, day, request.end, request.end), request, 'end');
        const [daily] = values(await ofDay(`${direction}-daily`, day));
        const rounding = curve.readings.length / 4 + 0.5;
        assert.ok(Math.abs(sum(curve.readings.map(energyOf)) - (daily ?? NaN)) <= rounding);
      }),
      { numRuns: 200 },
    );
  });

  it('reaches its max power within the half hour of the greatest mean, above it', async () => {
    await fc.assert(
      fc.asyncProperty(anyDay, anyPdl, async (day, usagePoint) => {
        const end = addDays(day, 1);
        const curve = values(await entries('consumption-load-curve', day, end, usagePoint));
        const [peak] = await entries('consumption-max-power', day, end, usagePoint);
        assert.ok(peak);
        const greatest = Math.max(...curve);
        assert.ok(Number(peak.v) > greatest);
        assert.ok(Number(peak.v) < 9000, 'more than such a house subscribes');
        const minutes = Math.floor(clockOf(peak) * 60);
        const means = instantsAt(day, minutes).map(
          (at) => curve[Math.floor((at - startOfDay(day)) / 1_800_000)],
        );
        assert.ok(means.includes(greatest), `${peak.d} has ${means.join(' or ')} W, not ${greatest}`);
      }),
      { numRuns: 200 },
    );
  });

  const seasons: [Series, string, Day, Day, number, number][] = [
    ['consumption-daily', 'winter', '2025-12-01', '2026-03-01', 20, 30],
    ['consumption-daily', 'summer', '2026-06-01', '2026-09-01', 6, 10],
    ['production-daily', 'winter', '2025-12-01', '2026-03-01', 2, 6],
    ['production-daily', 'summer', '2026-06-01', '2026-09-01', 10, 18],
  ];
  for (const [series, season, start, end, least, most] of seasons) {
    it(`${series} is ${least} to ${most} kWh on a mean ${season}'s day`, async () => {
      for (const usagePoint of [PDL, '98765432109876', '00000000000001']) {
        const days = values(await entries(series, start, end, usagePoint));
        const mean = sum(days) / days.length / 1000;
        assert.ok(mean >= least && mean <= most, `${mean}`);
      }
    });
  }

  it('uses more on weekends than on other days, at lunch above all', async () => {
    const noon = async (day: Day): Promise<number> =>
      sum(values((await ofDay('consumption-load-curve', day)).filter((e) => Math.floor(clockOf(e)) === 13)));
    const days = daysIn('2026-06-01', '2026-06-29');
    const noons = await Promise.all(days.map(noon));
    const mean = (of: number[]): number => sum(of) / of.length;
    const weekend = noons.filter((_, i) => i % 7 >= 5);
    const week = noons.filter((_, i) => i % 7 < 5);
    assert.ok(mean(weekend) > 2 * mean(week), `${mean(weekend)} ${mean(week)}`);
  });

  it('heats its water at night', async () => {
    const curve = await ofDay('consumption-load-curve', '2026-07-15');
    const highest = curve.reduce((a, b) => (Number(b.v) > Number(a.v) ? b : a));
    assert.ok(clockOf(highest) > 0.5 && clockOf(highest) < 4, highest.d);
  });

  it('produces nothing at night, something by day, and never more than the roof has', async () => {
    await fc.assert(
      fc.asyncProperty(anyDay, anyPdl, async (day, usagePoint) => {
        const curve = await entries('production-load-curve', day, addDays(day, 1), usagePoint);
        const night = curve.filter((entry) => clockOf(entry) <= 5.5 || clockOf(entry) >= 23);
        assert.deepEqual(new Set(values(night)), new Set([0]));
        assert.ok(sum(values(curve)) > 0);
        assert.ok(Math.max(...values(curve)) <= 3000);
      }),
      { numRuns: 200 },
    );
  });

  it('has light for 8 hours in December and 15 in June', async () => {
    const hours = async (day: Day): Promise<number> =>
      values(await ofDay('production-load-curve', day)).filter((watts) => watts > 0).length / 2;
    assert.ok(Math.abs((await hours('2026-12-21')) - 8) <= 1);
    assert.ok(Math.abs((await hours('2026-06-21')) - 15) <= 1.5);
  });

  it('has yesterday from midnight on, and nothing of today', async () => {
    const meter = simulatedMeter(() => startOfDay('2026-11-24'));
    const signal = new AbortController().signal;
    const request = { usagePoint: PDL, series: 'consumption-daily', start: '2026-11-23' } as const;
    const content = await meter.fetch({ ...request, end: '2026-11-25' }, 'user', signal);
    assert.deepEqual(
      pointsIn(content).map(({ d }) => d),
      ['2026-11-23'],
    );
    await assert.rejects(
      meter.fetch({ ...request, start: '2026-11-24', end: '2026-11-25' }, 'user', signal),
      (error: LinkyError) => error.isEmpty,
    );
  });

  const oldest: [Series, Day][] = [
    ['consumption-load-curve', '2024-11-09'],
    ['consumption-daily', '2023-11-09'],
    ['consumption-max-power', '2023-11-09'],
    ['production-load-curve', '2024-11-09'],
    ['production-daily', '2023-11-09'],
  ];
  for (const [series, day] of oldest) {
    it(`${series} goes back to ${day} on 2026-11-24`, async () => {
      const content = await ask(series, day, addDays(day, 1), '2026-11-24');
      assert.notEqual(pointsIn(content).length, 0);
      await assert.rejects(
        ask(series, addDays(day, -1), addDays(day, 1), '2026-11-24'),
        (error: LinkyError) => error.floorReason === 'not-available',
      );
    });
  }

  it('rejects when the caller has aborted', async () => {
    const request = {
      usagePoint: PDL,
      series: 'consumption-daily',
      start: '2026-11-23',
      end: '2026-11-24',
    } as const;
    const meter = simulatedMeter(() => startOfDay('2026-11-24'));
    await assert.rejects(meter.fetch(request, 'user', AbortSignal.abort(new Error('stopped'))), /stopped/);
  });
});
