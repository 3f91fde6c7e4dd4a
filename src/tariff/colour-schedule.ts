import { addDays, daysBetween, daysIn, dayOf, endOfDay, instantAt, type Day } from '../calendar/paris';
import type { DayRange } from '../calendar/ranges';
import type { LinkyError } from '../providers/errors';
import { seasonAround, type Colour } from './tempo';

/** What a source answered about a day. */
export interface ColourRecord {
  /** Undefined while the source did not know it. */
  colour: Colour | undefined;
  /** When it answered about this day last, epoch ms. */
  confirmedAt: number;
}

/** All that decides about the next request. */
export interface ColourKnowledge {
  /** The oldest day that somebody wants. */
  since: Day;
  records: ReadonlyMap<Day, ColourRecord>;
  /** No request for days of the present season before, epoch ms: some failed. */
  retryAt: number;
  /** The same for days of the seasons before it: what fails there delays nobody's tomorrow. */
  historyRetryAt: number;
  /** So much later than the round times, ms: not everybody comes at once. */
  jitter: number;
}

export interface ColourRequest {
  /** Within one season. */
  range: DayRange;
  /** When it is due, epoch ms; not before now. */
  at: number;
}

const MINUTE = 60_000;
const HOUR = 60;
const NOON = 12 * HOUR;
/** Jitter up to this, ms, leaves the order of the times of a day as it is. */
export const MOST_JITTER = 9 * MINUTE;

/** RTE publishes tomorrow's colour at 10:30. */
const FIRST = 10 * HOUR + 40;
/** Minutes of a day at which tomorrow's colour is asked for until it is known; it is final after noon. */
const TIMES = [FIRST, 11 * HOUR, 11 * HOUR + 20, 11 * HOUR + 40, NOON + 1, ...[13, 14, 15, 16, 17, 18, 19, 20].map((hour) => hour * HOUR)]; // prettier-ignore
/** The same for today's, which becomes known rarely so late; a Tempo day begins at 06:00. */
const TIMES_OF_TODAY = [6 * HOUR, FIRST, 13 * HOUR, 16 * HOUR, 20 * HOUR];
/** Days older than this are asked for once a week while they are not known. */
const RECENT_DAYS = 7;

/** What to request next, and when. */
export function nextColourRequest(knowledge: ColourKnowledge, now: number): ColourRequest {
  const { since, records, retryAt, historyRetryAt, jitter } = knowledge;
  const earliest = Math.max(now, retryAt);
  // The day after tomorrow is due tomorrow: something always is.
  const last = addDays(dayOf(earliest), 2);
  const days = daysIn(since < last ? since : last, addDays(last, 1));
  const dues = days.map((day) => {
    const notBefore = isHistory(day, now) ? historyRetryAt : retryAt;
    return { day, due: Math.max(dueAt(day, records.get(day), now, jitter), notBefore) };
  });
  const at = Math.max(now, Math.min(...dues.map(({ due }) => due)));
  const due = dues.filter((each) => each.due <= at).map(({ day }) => day);
  const newest = due.at(-1) ?? last;
  const season = seasonAround(newest);
  const oldest = due.find((day) => day >= season.start) ?? newest;
  return { range: { start: oldest, end: addDays(newest, 1) }, at };
}

/** Whether a day lies before the present season. */
export const isHistory = (day: Day, now: number): boolean => day < seasonAround(dayOf(now)).start;

/** When it is worth asking for a day, epoch ms; Infinity: not again. */
function dueAt(day: Day, record: ColourRecord | undefined, now: number, jitter: number): number {
  const dayBefore = addDays(day, -1);
  const timeOn = (on: Day, minutes: number): number => instantAt(on, minutes) + jitter;
  // An answer of the future was noted by a clock that was wrong.
  if (!record || record.confirmedAt > now) return timeOn(dayBefore, FIRST);
  const answered = record.confirmedAt;
  // Until noon a colour can still change.
  if (record.colour) return answered < instantAt(dayBefore, NOON) ? timeOn(dayBefore, NOON + 1) : Infinity;
  const times = [
    ...TIMES.map((minutes) => timeOn(dayBefore, minutes)),
    ...TIMES_OF_TODAY.map((minutes) => timeOn(day, minutes)),
  ];
  const answeredOn = dayOf(answered);
  const pause = daysBetween(day, answeredOn) > RECENT_DAYS ? RECENT_DAYS : 1;
  return times.find((time) => time > answered) ?? timeOn(addDays(answeredOn, pause), FIRST);
}

/** How long to wait after failures in a row, minutes; the first is for a request whose end nobody saw. */
const RETRY_DELAYS = [1, 20, 60, 120, 180];

/**
 * No request before this instant after some failed, epoch ms.
 * @param failures how many in a row; 0: the end of the first request was not seen
 * @param jitter so much later than round times, ms
 * @param error of the last one, where its end was seen
 */
export function colourRetryAt(failures: number, now: number, jitter: number, error?: LinkyError): number {
  const delay = RETRY_DELAYS[Math.min(failures, RETRY_DELAYS.length - 1)] ?? 0;
  // Only the user can mend it: this is known again after the configuration has changed, or tomorrow.
  if (error?.retry === 'tomorrow' || error?.retry === 'after-change') {
    return instantAt(addDays(dayOf(now), 1), FIRST) + jitter;
  }
  const wished = Math.min(now + (error?.retryAfter ?? 0), endOfDay(now) + jitter);
  return Math.max(now + delay * MINUTE, wished);
}
