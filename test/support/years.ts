import assert from 'node:assert/strict';
import { DateTime } from 'luxon';
import { SERIES, type ReadingSeries as Series } from '../../src/metering/metrics';
import type { Store } from '../../src/store/store';
import { addDays, dayAt, daysFrom, historyDeadline, startOfDay, type Day } from './stand-in/calendar';
import { directionOf, measureOf, type Call, type StandIn, type Truth } from './stand-in/server';

/** What a test expects of years of history, by luxon and by itself: the product's dates are on trial here. */

export const isLoadCurve = (series: Series): boolean => measureOf(series) === 'load-curve';

/** The oldest day of a series that a history of three years and 730 days wants. */
export const oldest = (series: Series, today: Day): Day =>
  isLoadCurve(series) ? addDays(today, -730) : historyDeadline(today, 36);

/** The fewest calls that can bring a series from a day on until yesterday. */
export const least = (series: Series, start: Day, today: Day): number =>
  Math.ceil(daysFrom(start, today).length / (isLoadCurve(series) ? 7 : 365));

export const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** The calls for data, whoever answered them and how. */
export const dataCalls = (standIn: StandIn): Call[] =>
  standIn.calls.filter(({ series }) => SERIES.some((each) => each === series));

/** Fails where a day of a series came in two answers, but for one of the last days that came along with yesterday. */
export function assertNothingTwice(calls: readonly Call[]): void {
  const came = new Set<string>();
  const again = new Set<string>();
  for (const { series = '', start = '', end = '', at, hasData } of calls) {
    if (!hasData) continue;
    const today = dayAt(at);
    for (const day of daysFrom(start, end)) {
      const name = `${series} ${day}`;
      const comesAlong = end === today && day >= addDays(today, -7) && !again.has(name);
      // Of a range of several days that ends with yesterday nobody knows whether yesterday came.
      if (end === today && day !== start && addDays(day, 1) === today) continue;
      if (came.has(name) && comesAlong) again.add(name);
      else assert.ok(!came.has(name), `${name} came again on ${today}`);
      came.add(name);
    }
  }
}

/**
 * Fails where what is kept of a series is not what the stand-in's meter measured, day by day, from a day on.
 * @returns how many values were compared
 */
export async function assertTruth(
  store: Store,
  truth: Truth,
  usagePoint: string,
  series: Series,
  start: Day,
  today: Day,
): Promise<number> {
  const key = { usagePoint, name: series };
  const direction = directionOf(series);
  let compared = 0;
  const kept = new Map((await store.days(key, { start, end: today })).map((day) => [day.day, day.readings]));
  for (const day of daysFrom(start, today)) {
    const whole = { start: startOfDay(day), end: startOfDay(addDays(day, 1)) };
    const peak = measureOf(series) === 'max-power' ? truth.maxPower(usagePoint, day) : undefined;
    const measured = isLoadCurve(series)
      ? truth.loadCurve(usagePoint, direction, day)
      : [
          peak
            ? { ...whole, value: peak.value, at: peak.at }
            : { ...whole, value: truth.daily(usagePoint, direction, day) },
        ];
    assert.deepEqual(kept.get(day), measured, `${series} ${day}`);
    compared += measured.length;
  }
  const extent = await store.extent(key);
  assert.equal(extent?.oldest, start, `${series} begins`);
  return compared;
}

/** The days of a period on which Paris changes its clocks. */
export const clockChanges = (start: Day, end: Day): Day[] =>
  daysFrom(start, end).filter((day) => startOfDay(addDays(day, 1)) - startOfDay(day) !== 86_400_000);

/** `22/11 08:37` in Paris. */
export const timeOf = (at: number): string =>
  DateTime.fromMillis(at, { zone: 'Europe/Paris' }).toFormat('dd/MM HH:mm');
