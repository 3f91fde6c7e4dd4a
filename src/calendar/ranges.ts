import type { Day } from './paris';

/** Days of Paris from `start` (included) to `end` (not included). */
export interface DayRange {
  start: Day;
  end: Day;
}

/** Time from `start` (included) to `end` (not included), epoch ms. */
export interface TimeRange {
  start: number;
  end: number;
}
