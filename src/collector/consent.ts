import { dayOf, daysBetween, type Day } from '../calendar/paris';

/** So many days before its end a consent is called about to end. */
const NOTICE = 30;

/**
 * The day a consent ends, when that is near.
 * @param ends epoch ms, where it is known
 */
export function endingSoon(ends: number | undefined, now: number): Day | undefined {
  if (ends === undefined) return undefined;
  const day = dayOf(ends);
  return daysBetween(dayOf(now), day) <= NOTICE ? day : undefined;
}
