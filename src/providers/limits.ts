import { isLoadCurve, type Series } from '../metering/metrics';
import { addDays, addMonths, type Day } from '../calendar/paris';

/** The longest range of one request, days. */
export const longestRange = (series: Series): number => (isLoadCurve(series) ? 7 : 365);

/** How many days beyond 24 or 36 months Enedis keeps. */
const ENEDIS_EXTRA_DAYS = 15;

/**
 * The oldest day that can be requested: 24 months back for load curves, 36 for the other series.
 * @param extraDays how many days beyond that the provider serves
 */
export const oldestDay = (series: Series, today: Day, extraDays = ENEDIS_EXTRA_DAYS): Day =>
  addDays(addMonths(today, isLoadCurve(series) ? -24 : -36), -extraDays);

/** There was no Linky then. */
export const BEFORE_LINKY: Day = '2010-01-01';
