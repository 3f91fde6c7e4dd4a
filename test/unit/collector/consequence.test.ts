import assert from 'node:assert/strict';
import { addDays } from '../../../src/calendar/paris';
import { consequenceOf, type Consequence, type FailedRequest } from '../../../src/collector/consequence';
import type { PlannedRequest } from '../../../src/collector/planner';
import {
  badAnswer,
  classifyError,
  LinkyError,
  misconfigured,
  refused,
  timedOut,
} from '../../../src/providers/errors';

const TODAY = '2026-11-23';
const YESTERDAY = '2026-11-22';

/** A request of so many days, up to so many days ago. */
const request = (reason: PlannedRequest['reason'], days: number, age: number): PlannedRequest => {
  const end = addDays(TODAY, 1 - age);
  return { series: 'consumption-daily', start: addDays(end, -days), end, reason, isNew: true };
};
const yesterday = request('yesterday', 1, 1);
const withYesterday = request('yesterday', 7, 1);
const older = request('backfill', 365, 40);
const oneDay = request('recent', 1, 5);
const query = request('query', 30, 40);

const byCode = (code: string): LinkyError => classifyError({ status: 400, code }, 'consumption');
const down = classifyError({ status: 503 }, 'consumption');
const budgetUsed = new LinkyError('budget-used', { key: 'budget-used', retry: 'next-slot' });

const suspend = (scope: 'usage-point' | 'series'): Consequence => ({ kind: 'suspend', scope });
const postpone = (byHalves: boolean): Consequence => ({ kind: 'postpone', byHalves });
const endQueries = (pause: boolean): Consequence => ({ kind: 'end-queries', pause });
const floor = (reason: 'no-meter' | 'not-available'): Consequence => ({ kind: 'floor', reason });
const just = (kind: 'none' | 'no-data' | 'halve' | 'yesterday-alone'): Consequence => ({ kind });

describe('what follows from a failed request', () => {
  type Row = [string, LinkyError, PlannedRequest, Partial<FailedRequest>, Consequence];
  const table: Row[] = [
    ['no budget: nothing, the request was not sent', budgetUsed, yesterday, {}, just('none')],
    ['no budget for a query: the loop ends it', budgetUsed, query, {}, just('none')],
    ['nothing yet, of yesterday', byCode('no_data_found'), yesterday, {}, just('no-data')],
    ['nothing, of older days', byCode('no_data_found'), older, {}, just('no-data')],

    ['a refused token suspends all', byCode('900901'), older, {}, suspend('usage-point')],
    ['so does a blocked address', refused('address-blocked', '403'), yesterday, {}, suspend('usage-point')],
    ['so does a missing token', misconfigured('token-missing'), query, {}, suspend('usage-point')],
    ['so does a limit of requests', byCode('900804'), older, {}, suspend('usage-point')],
    ['a usage point that does not produce', byCode('ADAM-ERR0069'), older, {}, suspend('series')],

    ['an outage, of yesterday: at the next slot', down, yesterday, {}, postpone(false)],
    ['an outage, of recent days', timedOut(), oneDay, {}, postpone(false)],
    ['an outage, of the backfill', down, older, {}, postpone(false)],
    ['… while others are answered: a part of it may be at fault', down, older, { isOtherAnswered: true }, postpone(true)],
    ['an outage of a query', badAnswer(), query, {}, endQueries(true)],
    ['an answer in part is no outage', byCode('PARTIAL_DATA'), older, {}, just('halve')],

    ['before the meter: its floor', byCode('ADAM-ERR0123'), older, {}, floor('no-meter')],
    ['… with yesterday among the days', byCode('ADAM-ERR0123'), withYesterday, {}, floor('no-meter')],
    ['… of a query', byCode('ADAM-ERR0123'), query, {}, floor('no-meter')],
    ['… though older days are there: it is wrong', byCode('ADAM-ERR0123'), older, { oldest: older.start }, just('halve')],
    ['… though only newer days are there', byCode('ADAM-ERR0123'), older, { oldest: older.end }, floor('no-meter')],
    ['too old', byCode('DATE_TOO_OLD'), older, {}, floor('not-available')],
    ['hourly collection off, of older days', byCode('ADAM-ERR0191'), older, {}, floor('not-available')],
    ['… of a week: yesterday may come yet', byCode('ADAM-ERR0191'), withYesterday, {}, just('yesterday-alone')],
    ['… of yesterday', byCode('ADAM-ERR0191'), yesterday, {}, suspend('series')],

    ['no consent, of yesterday', byCode('ADAM-DC-0008'), yesterday, {}, suspend('series')],
    ['… of a week: it may have begun since', byCode('ADAM-DC-0008'), withYesterday, {}, just('yesterday-alone')],
    ['… of older days while yesterday is there: it began later', byCode('ADAM-DC-0008'), older, {}, floor('not-available')],
    ['… of older days while yesterday is missing', byCode('ADAM-DC-0008'), older, { isYesterdayMissing: true }, just('halve')],
    ['… of a query', byCode('ADAM-DC-0008'), query, {}, endQueries(false)],

    ['a bad request, of older days', byCode('INVALID_DATE_RANGE'), older, {}, just('halve')],
    ['a bad request, of a query', byCode('INVALID_DATE_RANGE'), query, {}, just('halve')],
    ['a bad request, of one older day', byCode('INVALID_DATE_RANGE'), oneDay, {}, just('halve')],
    ['a bad request, of yesterday and older days', byCode('INVALID_DATE_RANGE'), withYesterday, {}, just('yesterday-alone')],
    ['a bad request, of yesterday', byCode('INVALID_DATE_RANGE'), yesterday, {}, suspend('series')],
  ]; // prettier-ignore
  for (const [name, error, failed, facts, expected] of table) {
    it(name, () => {
      const known = {
        yesterday: YESTERDAY,
        oldest: undefined,
        isYesterdayMissing: failed.end === TODAY,
        isOtherAnswered: false,
      };
      assert.deepEqual(consequenceOf({ error, request: failed, ...known, ...facts }), expected);
    });
  }
});
