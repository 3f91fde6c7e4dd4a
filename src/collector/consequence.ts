import { addDays, type Day } from '../calendar/paris';
import type { FloorReason, LinkyError } from '../providers/errors';
import type { PlannedRequest } from './planner';

/** A request that failed, and what else is known: all that decides what follows. */
export interface FailedRequest {
  error: LinkyError;
  request: PlannedRequest;
  yesterday: Day;
  /** The oldest day of the series of which something came; undefined while nothing did. */
  oldest: Day | undefined;
  isYesterdayMissing: boolean;
  /** Enedis answered something else in the same slot. */
  isOtherAnswered: boolean;
}

/**
 * What follows from a failed request:
 * - `none`: nothing; the request was not sent
 * - `no-data`: as an answer without values
 * - `floor`: Enedis has nothing of the first requested day nor of any before it
 * - `suspend`: nothing of the usage point or the series is requested for the time being
 * - `postpone`: the range is requested later; by halves where a part of it may be what fails
 * - `halve`: the range is requested by halves until the day that Enedis refuses is found
 * - `yesterday-alone`: yesterday is requested again, without the older days
 * - `end-queries`: queries of the series are answered with the error; for a while without a request where `pause`
 */
export type Consequence =
  | { kind: 'none' | 'no-data' | 'halve' | 'yesterday-alone' }
  | { kind: 'floor'; reason: FloorReason }
  | { kind: 'suspend'; scope: 'usage-point' | 'series' }
  | { kind: 'postpone'; byHalves: boolean }
  | { kind: 'end-queries'; pause: boolean };

export function consequenceOf(failed: FailedRequest): Consequence {
  const { error, request, yesterday, isOtherAnswered } = failed;
  const { reason } = request;
  // The loop finds that the budget is used: queries end then, the others go on when there is some again.
  if (error.key === 'budget-used') return { kind: 'none' };
  if (error.isEmpty) return { kind: 'no-data' };
  if (error.scope === 'usage-point') return { kind: 'suspend', scope: 'usage-point' };
  if (error.retry === 'after-change') return { kind: 'suspend', scope: 'series' };
  if (isWholeOutage(error)) {
    if (reason === 'query') return { kind: 'end-queries', pause: true };
    return { kind: 'postpone', byHalves: reason === 'backfill' && isOtherAnswered };
  }
  const hasYesterday = request.end > yesterday;
  const floor = floorReasonOf(failed);
  // Activated yesterday, it has no values yet; the days before have none ever.
  if (floor && !(hasYesterday && error.key === 'hourly-not-activated'))
    return { kind: 'floor', reason: floor };
  if (hasYesterday)
    return isOneDay(request) ? { kind: 'suspend', scope: 'series' } : { kind: 'yesterday-alone' };
  if (reason === 'query' && error.scope === 'series') return { kind: 'end-queries', pause: false };
  return { kind: 'halve' };
}

/** Whether nothing of the range was answered. Not so for PARTIAL-DATA: Enedis has a part, to be requested by halves. */
export const isWholeOutage = ({ isOutage, key, retry }: LinkyError): boolean =>
  isOutage && !(key === 'bad-answer' && retry === 'next-slot');

export const isOneDay = ({ start, end }: PlannedRequest): boolean => addDays(start, 1) === end;

/** Why an error says that there is nothing older, if it does. */
function floorReasonOf({
  error,
  request,
  oldest,
  isYesterdayMissing,
}: FailedRequest): FloorReason | undefined {
  // It is wrong: older days are there.
  if (oldest !== undefined && oldest <= request.start) return undefined;
  if (error.floorReason || request.reason === 'query') return error.floorReason;
  // A refusal of older days alone: the consent, or the customer's contract, began later.
  const isRefusal = error.scope === 'series' && error.retry === 'tomorrow';
  return isRefusal && !isYesterdayMissing ? 'not-available' : undefined;
}
