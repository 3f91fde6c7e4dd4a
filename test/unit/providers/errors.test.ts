import assert from 'node:assert/strict';
import {
  badAnswer,
  classifyError,
  LinkyError,
  misconfigured,
  refused,
  SHORT_WAIT,
  timedOut,
  type ErrorAnswer,
  type ErrorScope,
  type FloorReason,
  type Retry,
} from '../../../src/providers/errors';

describe('an error', () => {
  const floors: [code: string, status: number, reason: FloorReason | undefined][] = [
    ['ADAM-ERR0123', 400, 'no-meter'],
    ['ADAM_ERR0123', 400, 'no-meter'],
    ['ADAM-ERR0125', 400, 'not-available'],
    ['ADAM-DC-0016', 400, 'not-available'],
    ['ADAM_DC_0016', 400, 'not-available'],
    ['ADAM-DC-0009', 403, 'not-available'],
    ['DATE_TOO_OLD', 200, 'not-available'],
    ['ADAM-ERR0191', 403, 'not-available'],
    ['ADAM-ERR0069', 400, undefined],
    ['ADAM-DC-0007', 403, undefined],
    ['ADAM-DC-0008', 403, undefined],
    ['ADAM-DC-0015', 400, undefined],
    ['no_data_found', 404, undefined],
    ['technical_error', 500, undefined],
  ];
  for (const [code, status, reason] of floors) {
    it(`${code}: ${reason ? `the history ends here, ${reason}` : 'the history does not end here'}`, () => {
      assert.equal(classifyError({ status, code }, 'consumption').floorReason, reason);
    });
  }

  const empty: [code: string | undefined, status: number, isEmpty: boolean][] = [
    ['no_data_found', 404, true],
    ['NO_DATA', 200, true],
    [undefined, 404, false],
    ['ADAM-ERR0123', 400, false],
    ['PARTIAL_DATA', 200, false],
  ];
  for (const [code, status, isEmpty] of empty) {
    it(`${code ?? status}: the range is ${isEmpty ? '' : 'not '}empty`, () => {
      assert.equal(classifyError({ status, code }, 'consumption').isEmpty, isEmpty);
    });
  }

  const made: [name: string, error: LinkyError, retry: Retry, scope: ErrorScope, isOutage: boolean][] = [
    ['a missing token', misconfigured('token-missing'), 'after-change', 'usage-point', false],
    ['a refused token', refused('token-refused', '401'), 'tomorrow', 'usage-point', false],
    ['a bad answer', badAnswer(), 'soon', 'range', true],
    ['a timeout', timedOut(), 'soon', 'range', true],
    ['a bare 403', classifyError({ status: 403 }, 'consumption'), 'next-slot', 'series', false],
    [
      'an unknown code with 403',
      classifyError({ status: 403, code: 'ADAM-DC-9999' }, 'consumption'),
      'tomorrow',
      'series',
      false,
    ],
    ['a bare 400', classifyError({ status: 400 }, 'consumption'), 'next-slot', 'range', false],
    ['500', classifyError({ status: 500 }, 'consumption'), 'soon', 'range', true],
    ['429', classifyError({ status: 429 }, 'consumption'), 'next-slot', 'usage-point', true],
  ];
  for (const [name, error, retry, scope, isOutage] of made) {
    it(`${name}: ${retry}, ${scope}`, () => {
      assert.deepEqual([error.retry, error.scope, error.isOutage], [retry, scope, isOutage]);
    });
  }

  const waits: [name: string, answer: ErrorAnswer, retry: Retry][] = [
    ['a rate limit, short', { status: 429, retryAfter: SHORT_WAIT }, 'soon'],
    ['a rate limit, long', { status: 429, retryAfter: SHORT_WAIT + 1 }, 'next-slot'],
    ['an outage, long', { status: 503, retryAfter: SHORT_WAIT + 1 }, 'soon'],
    ['an empty range', { status: 404, code: 'no_data_found', retryAfter: 1000 }, 'next-slot'],
    ['the end of the history', { status: 400, code: 'ADAM-ERR0123', retryAfter: 1000 }, 'next-slot'],
    ['no consent', { status: 403, code: 'ADAM-DC-0008', retryAfter: 1000 }, 'tomorrow'],
  ];
  for (const [name, answer, retry] of waits) {
    it(`that asks to wait (${name}) is retried: ${retry}`, () => {
      const error = classifyError(answer, 'consumption');
      assert.deepEqual([error.retry, error.retryAfter], [retry, answer.retryAfter]);
    });
  }
});
