import assert from 'node:assert/strict';
import { DateTime } from 'luxon';
import { SERIES, type ReadingSeries as Series } from '../../src/metering/metrics';
import type { ReadingLog } from '../../src/store/log';
import { addDays, daysFrom, historyDeadline, startOfDay, type Day } from './stand-in/calendar';
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

/** Fails where a day of a series came in two answers. */
export function assertNothingTwice(calls: readonly Call[]): void {
  const days = calls
    .filter(({ hasData }) => hasData)
    .flatMap(({ series, start = '', end = '' }) =>
      daysFrom(start, end).map((day) => `${series ?? ''} ${day}`),
    );
  assert.equal(new Set(days).size, days.length);
}

/**
 * Fails where the log of a series is not what the stand-in's meter measured, day by day, from a day on.
 * @returns how many values were compared
 */
export function assertTruth(
  log: ReadingLog,
  truth: Truth,
  usagePoint: string,
  series: Series,
  start: Day,
  today: Day,
): number {
  const stream = log.stream(usagePoint, series);
  const direction = directionOf(series);
  let compared = 0;
  for (const day of daysFrom(start, today)) {
    const [from, to] = [startOfDay(day), startOfDay(addDays(day, 1))];
    const kept = log.between(stream, from, to).map(({ start: first, end, value, at }) => {
      return { start: first, end, value, ...(at !== undefined && { at }) };
    });
    const whole = { start: from, end: to };
    const peak = measureOf(series) === 'max-power' ? truth.maxPower(usagePoint, day) : undefined;
    const measured = isLoadCurve(series)
      ? truth.loadCurve(usagePoint, direction, day)
      : [
          peak
            ? { ...whole, value: peak.value, at: peak.at }
            : { ...whole, value: truth.daily(usagePoint, direction, day) },
        ];
    assert.deepEqual(kept, measured, `${series} ${day}`);
    compared += kept.length;
  }
  const first = log.oldest(stream);
  assert.equal(first?.start, startOfDay(start), `${series} begins`);
  return compared;
}

/** The days of a period on which Paris changes its clocks. */
export const clockChanges = (start: Day, end: Day): Day[] =>
  daysFrom(start, end).filter((day) => startOfDay(addDays(day, 1)) - startOfDay(day) !== 86_400_000);

/** `22/11 08:37` in Paris. */
export const timeOf = (at: number): string =>
  DateTime.fromMillis(at, { zone: 'Europe/Paris' }).toFormat('dd/MM HH:mm');
