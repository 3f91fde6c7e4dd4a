import { addDays, addMonths, dayOf, daysBetween, startOfDay, startOfYear, type Day } from '../calendar/paris';
import type { DayRange } from '../calendar/ranges';
import { directionOf, isLoadCurve, isRegisters, type Series } from '../metering/metrics';
import { NEVER_REQUESTED, OLD_DAYS, type DayStatus } from '../metering/readings';
import { longestRange, oldestDay } from '../providers/limits';
import type { Floor, SeriesFacts } from '../store/reader';
import type { Schedule } from './schedule';

/** What is known of a series, day by day: all that planning looks at. */
export interface KnownSeries {
  series: Series;
  /** The oldest day that is wanted and can be had. */
  since: Day;
  /** The days from then to yesterday without a gap between them; the first ones left out where all are complete. */
  days: readonly Day[];
  /** One for each of these days; undefined where it was never requested. */
  statuses: readonly (DayStatus | undefined)[];
  /** Where the history ends, if that is within what is wanted. */
  floor?: Floor;
}

/** The days of a series that a query wants. */
export interface QueriedDays extends DayRange {
  series: Series;
}

/** Why a range is requested, in the order of importance. */
export type Reason = 'yesterday' | 'query' | 'recent' | 'backfill';

export interface PlannedRequest extends DayRange {
  series: Series;
  reason: Reason;
  /** It has a day that was never requested. */
  isNew: boolean;
}

/** What failures leave out of a plan. */
export interface Restrictions {
  /** Whether a day is not requested for the time being. */
  isSuspended: (series: Series, day: Day) => boolean;
  /** Ranges of a series that were refused whole: they are requested by halves. */
  refused: (series: Series) => readonly DayRange[];
  /** Of these series, yesterday is requested alone: with older days the request failed. */
  yesterdayAlone: ReadonlySet<Series>;
}

/** The days that planning compares each of thousands of others with. */
export interface Now {
  /** Epoch ms. */
  at: number;
  today: Day;
  yesterday: Day;
  /** The oldest day that is not old: see `OLD_DAYS`. */
  recent: Day;
}

export function nowOf(now: number): Now {
  const today = dayOf(now);
  return { at: now, today, yesterday: addDays(today, -1), recent: addDays(today, -OLD_DAYS) };
}

const DAY = 86_400_000;
/** After so many days a gap that is old is requested again, then no more. */
const OLD_GAP_DELAYS = [7, 30, 90];
/** A floor is probed again after so long, ms. */
const FLOOR_DELAY = 30 * DAY;
/** At this age, in days, a complete day is requested once more, with what is due anyway: Enedis corrects some. */
const CORRECTION_AGE = { from: 2, to: 7 };

/**
 * When a day is worth requesting, or requesting again: from the first slot at or after this instant (epoch ms) on;
 * -Infinity at any time, Infinity never by itself. The one table of the whole planning.
 * @param known undefined where it was never requested
 */
export function worthFrom(known: DayStatus | undefined, day: Day, { at, today, yesterday }: Now): number {
  const isYesterday = day === yesterday;
  if (known?.state === 'complete') return Infinity;
  // Its values come out in the course of today.
  if (!known || known.requestedAt === NEVER_REQUESTED) return isYesterday ? startOfDay(today) : -Infinity;
  const { requestedAt, attempts } = known;
  const requestDay = dayOf(requestedAt);
  // It was requested by a clock that was wrong.
  if (requestedAt > at) return isYesterday ? startOfDay(today) : -Infinity;
  if (isYesterday) return requestedAt + 1;
  if (daysBetween(day, requestDay) < OLD_DAYS) return startOfDay(addDays(requestDay, 1));
  const delay = OLD_GAP_DELAYS[attempts - 1];
  return delay === undefined ? Infinity : requestedAt + delay * DAY;
}

/** Whether a day is requested together with a later one that is due: it costs no request. */
function isIncluded(known: DayStatus | undefined, day: Day, today: Day): boolean {
  if (!known) return false;
  const age = daysBetween(day, today);
  if (age > CORRECTION_AGE.to) return false;
  if (known.state !== 'complete') return true;
  const requestedAge = daysBetween(day, dayOf(known.requestedAt));
  return age >= CORRECTION_AGE.from && requestedAge < CORRECTION_AGE.from;
}

/** What every start needs: the year's totals, and the week that a load curve is drawn of. */
function neededSince(series: Series, today: Day, { loadCurveHistory }: Schedule): Day {
  return isLoadCurve(series)
    ? addDays(today, -Math.min(loadCurveHistory, longestRange(series)))
    : startOfYear(addDays(today, -1));
}

/**
 * The oldest day of a series that is wanted and that Enedis can have, the floor aside. What was collected is kept up:
 * after a long stop the days since the first one requested are wanted, however short the history is.
 */
export function wantedSince(
  series: Series,
  today: Day,
  schedule: Schedule,
  { collectedSince }: SeriesFacts,
): Day {
  const { history, loadCurveHistory, extraDays } = schedule;
  const deepest = oldestDay(series, today, extraDays);
  const depth = isLoadCurve(series) ? addDays(today, -loadCurveHistory) : addMonths(today, -12 * history);
  // Three years of daily values means all that Enedis has, a little more than three.
  const wished = !isLoadCurve(series) && history >= 3 ? deepest : depth;
  const since = [wished, neededSince(series, today, schedule), collectedSince ?? today].reduce(older);
  return since < deepest ? deepest : since;
}

const older = (one: Day, other: Day): Day => (other < one ? other : one);

/** The oldest day of a series that can be had: `since`, or the day above the floor. */
export const aboveFloor = (since: Day, floor: Floor | undefined): Day =>
  floor && floor.day >= since ? addDays(floor.day, 1) : since;

/** Whether a floor is looked at again: after a while, and at once when the provider or its account is another. */
export const isFloorDue = ({ probedAt, provider }: Floor, identity: string, now: number): boolean =>
  provider !== identity || now - probedAt >= FLOOR_DELAY || probedAt > now;

/**
 * All that is due of the wanted series, in order: yesterday's gaps, recent ones, then the backfill, daily series
 * first, newest first, in the largest ranges.
 * @param slot the slot under way, epoch ms: what was requested since is done until the next one
 * @param identity of the provider
 */
export function planOf(
  wanted: readonly KnownSeries[],
  slot: number,
  now: number,
  identity: string,
  restrictions: Restrictions,
): PlannedRequest[] {
  const days = nowOf(now);
  const timely = wanted.filter(({ series }) => !isTooEarly(series, wanted));
  const plan = timely.flatMap((known) => {
    const isDue = (status: DayStatus | undefined, day: Day): boolean =>
      worthFrom(status, day, days) <= slot && !restrictions.isSuspended(known.series, day);
    const requests = rangesOf(known, days, isDue, restrictions).map((range): PlannedRequest => {
      const { newest, isNew } = range;
      const isGap = newest.day >= days.recent && newest.status !== undefined;
      const reason = newest.day === days.yesterday ? 'yesterday' : isGap ? 'recent' : 'backfill';
      return { series: known.series, start: range.start, end: range.end, reason, isNew };
    });
    const { floor } = known;
    if (
      floor &&
      floor.day < days.today &&
      isFloorDue(floor, identity, now) &&
      !restrictions.isSuspended(known.series, floor.day)
    ) {
      const range = { start: floor.day, end: addDays(floor.day, 1) };
      requests.push({ series: known.series, ...range, reason: 'backfill', isNew: false });
    }
    return requests;
  });
  return plan.sort(byImportance);
}

/** Registers come out with the daily values: requested after those, they cost one request a day. */
function isTooEarly(series: Series, wanted: readonly KnownSeries[]): boolean {
  const daily = wanted.find((known) => known.series === `${directionOf(series)}-daily`);
  return isRegisters(series) && daily !== undefined && isYesterdayMissing(daily);
}

export const isYesterdayMissing = ({ statuses }: KnownSeries): boolean =>
  statuses.at(-1)?.state !== 'complete';

const ORDER: readonly Reason[] = ['yesterday', 'query', 'recent', 'backfill'];

function byImportance(one: PlannedRequest, other: PlannedRequest): number {
  const byReason = ORDER.indexOf(one.reason) - ORDER.indexOf(other.reason);
  if (byReason !== 0 || one.reason !== 'backfill') return byReason;
  // A few requests bring years of daily values.
  const byKind = Number(isLoadCurve(one.series)) - Number(isLoadCurve(other.series));
  if (byKind !== 0) return byKind;
  return compare(other.end, one.end) || compare(one.start, other.start);
}

const compare = (one: Day, other: Day): number => (one < other ? -1 : Number(one > other));

/** A range that is due. */
interface DueRange extends DayRange {
  newest: { day: Day; status: DayStatus | undefined };
  /** It has a day that was never requested. */
  isNew: boolean;
}

/**
 * The fewest ranges that hold all days that are due, newest first. Works on positions in `days`: a backfill has
 * hundreds of ranges, and is planned anew before each of its requests.
 */
function rangesOf(
  { series, days, statuses, floor }: KnownSeries,
  { today, yesterday, recent }: Now,
  isDue: (status: DayStatus | undefined, day: Day) => boolean,
  { refused, yesterdayAlone }: Restrictions,
): DueRange[] {
  const longest = longestRange(series);
  const refusedRanges = refused(series);
  const end = addDays(days.at(-1) ?? yesterday, 1);
  const dayAt = (i: number): Day => days[i] ?? end;
  const isDueAt = (i: number): boolean => statuses[i]?.state !== 'complete' && isDue(statuses[i], dayAt(i));
  const lastDue = (from: number): number => {
    let i = from;
    while (i >= 0 && !isDueAt(i)) i -= 1;
    return i;
  };
  const ranges: DueRange[] = [];
  for (let last = lastDue(days.length - 1); last >= 0;) {
    const newest = { day: dayAt(last), status: statuses[last] };
    const yesterdayOnly = newest.day === yesterday && yesterdayAlone.has(series);
    const oldest = yesterdayOnly ? last : Math.max(0, last + 1 - longest);
    let first = oldest;
    while (!isDueAt(first)) first += 1;
    if (newest.day >= recent && !yesterdayOnly) {
      for (let i = Math.max(oldest, last - CORRECTION_AGE.to); i < first; i++) {
        if (isIncluded(statuses[i], dayAt(i), today)) first = i;
      }
    }
    // Beside the floor only the newer half: Enedis refuses a range for the one day in it that is too old.
    if (floor && dayAt(first) === addDays(floor.day, 1)) first = newerHalf(first, last);
    while (refusedRanges.some((each) => contains(dayAt(first), dayAt(last + 1), each)) && first < last) {
      first = newerHalf(first, last);
    }
    const isNew = statuses.slice(first, last + 1).includes(undefined);
    ranges.push({ start: dayAt(first), end: dayAt(last + 1), newest, isNew });
    last = lastDue(first - 1);
  }
  return ranges;
}

const contains = (start: Day, end: Day, other: DayRange): boolean => start <= other.start && other.end <= end;

/** Where the newer half of the days from `first` to `last` begins. A day alone has no half. */
const newerHalf = (first: number, last: number): number => first + Math.floor((last + 1 - first) / 2);

/**
 * What of refused ranges is still refused when a part of them was answered: the day that is refused lies in the rest.
 * @param answered a range without a refusal
 */
export const stillRefused = (refused: readonly DayRange[], answered: DayRange): DayRange[] =>
  refused
    .map(({ start, end }) => {
      if (answered.start > end || answered.end < start) return { start, end };
      if (answered.end >= end) return { start, end: answered.start < end ? answered.start : end };
      return answered.start <= start ? { start: answered.end, end } : { start, end };
    })
    .filter(({ start, end }) => start < end);

/** So long after it came without it, a query may request yesterday again, ms. */
const QUERY_PATIENCE = 3_600_000;

/**
 * The ranges that a query has requested, newest first: days never requested that Enedis can have, and young gaps,
 * which the schedule may not look after where no source wants the series.
 * @param known of the query's days
 */
export function planOfQuery(known: KnownSeries, now: number, restrictions: Restrictions): PlannedRequest[] {
  const days = nowOf(now);
  const { today, yesterday } = days;
  const isDue = (status: DayStatus | undefined, day: Day): boolean => {
    if (restrictions.isSuspended(known.series, day)) return false;
    if (!status || status.requestedAt === NEVER_REQUESTED) return true;
    if (daysBetween(day, today) > OLD_DAYS) return false;
    return day === yesterday
      ? status.requestedAt <= now - QUERY_PATIENCE
      : dayOf(status.requestedAt) !== today;
  };
  return rangesOf(known, days, isDue, restrictions).map(({ start, end, isNew }) => {
    return { series: known.series, start, end, reason: 'query', isNew };
  });
}

/** How far a backfill is: requests that are done, and with those that are left. */
export interface Progress {
  done: number;
  total: number;
}

/**
 * How far the backfill is.
 * @returns undefined where no day is left that was never requested
 */
export function progressOf(
  wanted: readonly KnownSeries[],
  plan: readonly PlannedRequest[],
): Progress | undefined {
  const left = plan.filter(({ reason, isNew }) => reason === 'backfill' && isNew).length;
  if (left === 0) return undefined;
  const total = wanted.reduce((sum, { series, since, days }) => {
    const newest = days.at(-1);
    return newest === undefined
      ? sum
      : sum + Math.ceil((daysBetween(since, newest) + 1) / longestRange(series));
  }, 0);
  return { done: Math.max(0, total - left), total: Math.max(total, left) };
}
