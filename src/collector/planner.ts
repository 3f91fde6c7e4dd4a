import { longestRange, oldestDay } from '../providers/limits';
import { isLoadCurve, type Series } from '../metering/metrics';
import {
  addDays,
  addMonths,
  dayOf,
  daysBetween,
  instantAt,
  startOfDay,
  startOfYear,
  type Day,
} from '../calendar/paris';
import type { LackingDay } from '../store/log';

/** When a meter is asked, and how far back. */
export interface Schedule {
  /** Attempts lie between these local times of Paris, both included, in minutes since midnight. */
  from: number;
  to: number;
  /** Minute past each hour, 0 to 59. */
  minute: number;
  /** Years of daily values; 0: since 1 January of the year yesterday lies in. */
  history: number;
  /** Days of load curve. */
  loadCurveHistory: number;
  /** How many days beyond 24 or 36 months the provider reaches back. */
  extraDays: number;
}

/** Minutes since midnight of a time of day, `05:00`. */
export const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

/** What is known of one series of one meter. */
export interface Known {
  series: Series;
  /** The oldest day that is wanted: see `wantedSince`. */
  since: Day;
  /** The days from that one on that are not whole, oldest first. */
  lacking: readonly LackingDay[];
  /** Enedis has nothing of this day nor before. */
  nothingUntil: Day | undefined;
}

/** Days from `start` (included) to `end` (excluded). */
export interface Range {
  start: Day;
  end: Day;
}

/** A hole is asked for again once a day while it is younger than this. */
export const HOLE_DAYS = 14;

/** What every start needs at once: the year's totals, and the week that a load curve is drawn of. */
function neededSince(series: Series, today: Day, { loadCurveHistory }: Schedule): Day {
  return isLoadCurve(series)
    ? addDays(today, -Math.min(loadCurveHistory, longestRange(series)))
    : startOfYear(addDays(today, -1));
}

/**
 * The oldest day of a series that the schedule wants and Enedis can have. What was begun is gone on with: after a
 * long stop the days since the first one that was asked are wanted, however short the history is.
 * @param nothingUntil Enedis has nothing of this day nor before, where that is known
 * @param firstAsked the oldest day that the collection ever asked
 */
export function wantedSince(
  series: Series,
  today: Day,
  schedule: Schedule,
  nothingUntil: Day | undefined,
  firstAsked: Day | undefined,
): Day {
  const { history, loadCurveHistory, extraDays } = schedule;
  const depth = isLoadCurve(series) ? addDays(today, -loadCurveHistory) : addMonths(today, -12 * history);
  // Three years of daily values means all that Enedis has, a little more than three.
  const wished = !isLoadCurve(series) && history >= 3 ? oldestDay(series, today, extraDays) : depth;
  const since = oldestOf(wished, neededSince(series, today, schedule), firstAsked ?? today);
  return youngestOf(since, firstThere(series, today, nothingUntil, extraDays));
}

/** The oldest day of a series that Enedis can have, as far as that is known. */
function firstThere(series: Series, today: Day, nothingUntil: Day | undefined, extraDays: number): Day {
  const deepest = oldestDay(series, today, extraDays);
  return nothingUntil === undefined ? deepest : youngestOf(deepest, addDays(nothingUntil, 1));
}

const oldestOf = (...days: Day[]): Day => days.reduce((a, b) => (b < a ? b : a));
const youngestOf = (...days: Day[]): Day => days.reduce((a, b) => (b > a ? b : a));

/**
 * The days an attempt asks for now: yesterday and the days before it that never came whole, the recent holes that
 * were not asked today, and recent days never asked.
 * @param now epoch ms
 * @param since days asked at this instant (epoch ms) or later are done: the start of the attempt, or Infinity
 *   before it
 */
export function neededDays(known: Known, schedule: Schedule, now: number, since: number): Day[] {
  const today = dayOf(now);
  const needed = neededSince(known.series, today, schedule);
  const first = youngestOf(known.since, oldestOf(needed, addDays(today, -HOLE_DAYS)));
  // The days since the last whole one are awaited, as many as fit into one call.
  const longestWait = Math.min(longestRange(known.series), HOLE_DAYS);
  let awaitedSince = today;
  const days: Day[] = [];
  const young = known.lacking.slice(known.lacking.findLastIndex(({ day }) => day < first) + 1);
  for (const { day, asked } of young.reverse()) {
    const age = daysBetween(day, today);
    if (day === addDays(awaitedSince, -1) && age <= longestWait) awaitedSince = day;
    const awaited = day >= awaitedSince;
    const isNeeded = asked
      ? asked.at < since && (awaited || (age <= HOLE_DAYS && dayOf(asked.at) !== today))
      : awaited || day >= needed;
    if (isNeeded) days.unshift(day);
  }
  return days;
}

/** The days of the wanted history that were never asked, oldest first. */
export const historyDays = ({ lacking }: Known): Day[] =>
  lacking.filter(({ asked }) => !asked).map(({ day }) => day);

/** So long after it came without it, a question may ask for yesterday again. */
const QUESTION_PATIENCE = 3_600_000;

/**
 * The days a question has asked for, oldest first: those never asked that Enedis can have, and the recent holes,
 * which the collection may not look after where no source wants the series.
 * @param known of the question's days
 */
export function questionDays(
  { series, lacking, nothingUntil }: Known,
  { extraDays }: Schedule,
  now: number,
): Day[] {
  const today = dayOf(now);
  const yesterday = addDays(today, -1);
  const first = firstThere(series, today, nothingUntil, extraDays);
  return lacking
    .filter(({ day, asked }) => {
      if (day < first || !asked) return day >= first;
      if (daysBetween(day, today) > HOLE_DAYS) return false;
      return day === yesterday ? asked.at <= now - QUESTION_PATIENCE : dayOf(asked.at) !== today;
    })
    .map(({ day }) => day);
}

/**
 * The fewest ranges that hold all these days, newest first.
 * @param days oldest first
 */
export function rangesOf(
  days: readonly Day[],
  { series, nothingUntil }: Pick<Known, 'series' | 'nothingUntil'>,
): Range[] {
  const longest = longestRange(series);
  const ranges: Range[] = [];
  for (let i = days.length - 1; i >= 0;) {
    const newest = days[i] ?? '';
    const oldest = addDays(newest, 1 - longest);
    let start = newest;
    for (; i >= 0 && (days[i] ?? '') >= oldest; i--) start = days[i] ?? '';
    ranges.push({ start, end: addDays(newest, 1) });
  }
  return ranges.map((range) => (nothingUntil === undefined ? range : nearEdge(range, nothingUntil)));
}

/**
 * Enedis refuses a whole range for the one day in it that is too old. Beside such a day only the newer half is
 * asked, so that the first day there is gets found in few calls.
 */
function nearEdge({ start, end }: Range, nothingUntil: Day): Range {
  const days = daysBetween(start, end);
  const touches = start === addDays(nothingUntil, 1);
  return touches && days > 1 ? { start: addDays(start, Math.floor(days / 2)), end } : { start, end };
}

/**
 * When to attempt next: at once where a slot was missed and the window is still open, else at the next slot.
 * @param now epoch ms
 * @param lastAttempt epoch ms: the start of the last attempt
 * @param failed how many attempts in a row failed wholly
 */
export function nextAttempt(schedule: Schedule, now: number, lastAttempt: number, failed = 0): number {
  // An attempt of the far future is no attempt: the clock was wrong then.
  const last = lastAttempt > now + 24 * HOUR ? -Infinity : lastAttempt;
  const today = dayOf(now);
  const days = [today, addDays(today, 1), addDays(today, 2)].map((day) => slotsOf(schedule, day));
  const earliest = last + (gapAfter(failed) - 0.5) * HOUR;
  const isDue = (slot: number, i: number): boolean =>
    slot > last && (failed === 0 || slot >= earliest || (i === 0 && dayOf(last) !== dayOf(slot)));
  const slots = days.flatMap((slotsOfDay) => slotsOfDay.filter(isDue));
  const missed = slots.some((slot) => slot <= now);
  if (missed && now <= instantAt(today, schedule.to)) return now;
  return slots.find((slot) => slot > now) ?? Infinity;
}

const HOUR = 3_600_000;
/** The longest way between two attempts of a day, hours. */
const LONGEST_GAP = 6;

/** Hours from an attempt to the next: one, and more once two in a row have failed wholly. */
const gapAfter = (failed: number): number => (failed < 2 ? 1 : Math.min(2 ** (failed - 1), LONGEST_GAP));

/** The slot that an instant follows, today: what was requested since is not requested again before the next one. */
export const slotBefore = (schedule: Schedule, now: number): number => {
  const today = dayOf(now);
  return slotsOf(schedule, today).findLast((slot) => slot <= now) ?? startOfDay(today);
};

/** An instant if it lies within the hours of its day, else the next slot after it; epoch ms. */
export function withinHours(schedule: Schedule, at: number): number {
  const day = dayOf(at);
  const isWithin = at >= instantAt(day, schedule.from) && at <= instantAt(day, schedule.to);
  return isWithin ? at : nextAttempt(schedule, at, at);
}

/** When the first attempt of tomorrow is due. */
export const firstAttemptTomorrow = (schedule: Schedule, now: number): number =>
  slotsOf(schedule, addDays(dayOf(now), 1))[0] ?? Infinity;

/** The instants of a day's attempts; one at `from` where the hours are so few that no attempt fits. */
function slotsOf({ from, to, minute }: Schedule, day: Day): number[] {
  const slots: number[] = [];
  for (let minutes = minute; minutes <= to; minutes += 60) {
    if (minutes >= from) slots.push(instantAt(day, minutes));
  }
  return slots.length > 0 ? slots : [instantAt(day, from)];
}

/** How often an attempt tries a call again. */
export const RETRIES = 3;

/**
 * How long to wait before the n-th retry of a call, ms: about 4, 16, 64 seconds, never in step with other meters.
 * @param n from 1
 * @param random 0 (included) to 1
 */
export const retryDelay = (n: number, random: number): number => 4 ** n * 1000 * (0.5 + random);
