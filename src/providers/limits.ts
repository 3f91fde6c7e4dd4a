import { isLoadCurve, type Series } from '../metering/metrics';
import { addDays, addMonths, type Day } from '../metering/paris';

/** The most days Enedis answers in one call. */
export const longestRange = (series: Series): number => (isLoadCurve(series) ? 7 : 365);

/** The oldest day Enedis still has: load curves 24 months and 15 days back, the others 36 months and 15 days. */
export const oldestDay = (series: Series, today: Day): Day =>
  addDays(addMonths(today, isLoadCurve(series) ? -24 : -36), -15);
