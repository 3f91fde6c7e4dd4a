import { minutesOf, type Schedule } from '../../src/collector/schedule';

/** Slots from 5:37 to 19:37, the shortest history. */
export const SCHEDULE: Schedule = {
  from: minutesOf('05:00'),
  to: minutesOf('20:00'),
  minute: 37,
  history: 0,
  loadCurveHistory: 7,
  extraDays: 15,
};
