import { isLoadCurve, type Series } from '../metering/metrics';
import { addDays, addMonths, type Day } from '../calendar/paris';

/** The most days Enedis answers in one request. */
export const longestRange = (series: Series): number => (isLoadCurve(series) ? 7 : 365);

/** How many days beyond 24 or 36 months Enedis itself still has. */
const ENEDIS_EXTRA_DAYS = 15;

/**
 * The oldest day that can be had: load curves reach 24 months back, the others 36.
 * @param extraDays how many days more the provider gives
 */
export const oldestDay = (series: Series, today: Day, extraDays = ENEDIS_EXTRA_DAYS): Day =>
  addDays(addMonths(today, isLoadCurve(series) ? -24 : -36), -extraDays);
