import { dayOf, daysBetween, instantAt } from '../calendar/paris';
import type { Series } from '../metering/metrics';
import { backfillDays, type BudgetLimits } from '../providers/budget';
import { longestRange } from '../providers/limits';
import { wantedSince } from './planner';
import { slotsOf, type Schedule } from './schedule';

/** What a meter's schedule and history cost in requests. */
export interface RequestCost {
  /** On a day like most: Enedis publishes yesterday at `PUBLISHED`. */
  perDay: number;
  /** The whole history, once. */
  history: number;
  /** On how many days the history is fetched, the first one included. */
  historyDays: number;
}

/** When Enedis mostly publishes yesterday, minutes of the day. */
const PUBLISHED = 8 * 60;

/**
 * @param wanted the series of all nodes on the meter
 * @param limits of the provider
 * @param now epoch ms
 */
export function requestCost(
  wanted: readonly Series[],
  schedule: Schedule,
  limits: BudgetLimits,
  now: number,
): RequestCost {
  const today = dayOf(now);
  const slots = slotsOf(schedule, today);
  const published = slots.findIndex((slot) => slot >= instantAt(today, PUBLISHED));
  const history = wanted.reduce((sum, series) => {
    const days = daysBetween(wantedSince(series, today, schedule, {}), today);
    return sum + Math.ceil(days / longestRange(series));
  }, 0);
  const need = { series: wanted.length, missing: 0 };
  // Whenever the form is open, the same figure: the backfill's share of the budget differs over the day.
  const noon = instantAt(today, 12 * 60);
  return {
    perDay: wanted.length * (published < 0 ? slots.length : published + 1),
    history,
    historyDays: backfillDays(history, limits, [], need, noon),
  };
}
