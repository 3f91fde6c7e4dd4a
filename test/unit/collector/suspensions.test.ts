import assert from 'node:assert/strict';
import { addDays, instantAt, startOfDay, type Day } from '../../../src/calendar/paris';
import { Suspensions } from '../../../src/collector/suspensions';
import { LinkyError } from '../../../src/providers/errors';

const TODAY = '2026-11-23';
const TOMORROW = startOfDay(addDays(TODAY, 1));
const NOW = instantAt(TODAY, 9 * 60);
const DAILY = 'consumption-daily';
const CURVE = 'consumption-load-curve';
const RANGE = { start: '2026-11-01', end: '2026-11-08' };
const ERROR = new LinkyError('500', { key: 'enedis-down', retry: 'soon' });

describe('suspensions', () => {
  let suspensions: Suspensions;
  beforeEach(() => {
    suspensions = new Suspensions();
  });
  const isSuspended = (day: Day, now = NOW, isNewSlot = false): boolean =>
    suspensions.isSuspended(DAILY, day, now, isNewSlot);

  it('there are none at first', () => {
    assert.equal(isSuspended('2026-11-01'), false);
    assert.equal(suspensions.ofSeries(DAILY, NOW), undefined);
  });

  it('a range: its days of its series, not its end', () => {
    suspensions.add({ series: DAILY, range: RANGE, until: TOMORROW, error: ERROR });
    const days = ['2026-10-31', '2026-11-01', '2026-11-07', '2026-11-08'];
    assert.deepEqual(
      days.map((day) => isSuspended(day)),
      [false, true, true, false],
    );
    assert.equal(suspensions.isSuspended(CURVE, '2026-11-01', NOW), false);
    assert.equal(suspensions.ofSeries(DAILY, NOW), undefined);
  });

  it('a series: all its days, no other one', () => {
    suspensions.add({ series: DAILY, until: TOMORROW, error: ERROR });
    assert.equal(isSuspended('2020-01-01'), true);
    assert.equal(suspensions.ofSeries(DAILY, NOW), ERROR);
    assert.equal(suspensions.ofSeries(CURVE, NOW), undefined);
  });

  it('the usage point: all series', () => {
    suspensions.add({ until: TOMORROW, error: ERROR });
    assert.equal(suspensions.ofSeries(CURVE, NOW), ERROR);
    assert.equal(isSuspended('2026-11-22'), true);
  });

  for (const [name, until, ends] of [
    ['at an instant', NOW + 1000, NOW + 1000],
    ['at midnight', TOMORROW, TOMORROW],
  ] as const) {
    it(`ends ${name}`, () => {
      suspensions.add({ series: DAILY, until, error: ERROR });
      assert.equal(isSuspended(TODAY, ends - 1), true);
      assert.equal(isSuspended(TODAY, ends), false);
    });
  }

  it('until the next slot: asked about one to come, it is over', () => {
    suspensions.add({ series: DAILY, until: 'slot', error: ERROR });
    assert.equal(isSuspended(TODAY), true);
    assert.equal(isSuspended(TODAY, NOW + 3_600_000, true), false);
    assert.equal(isSuspended(TODAY), true);
    suspensions.beginSlot(NOW + 3_600_000);
    assert.equal(isSuspended(TODAY, NOW + 3_600_000), false);
  });

  it('a slot that begins ends nothing else', () => {
    suspensions.add({ series: DAILY, until: TOMORROW, error: ERROR });
    suspensions.add({ series: CURVE, until: Infinity, error: ERROR });
    suspensions.beginSlot(NOW);
    assert.equal(suspensions.ofSeries(DAILY, NOW), ERROR);
    assert.equal(suspensions.ofSeries(CURVE, TOMORROW), ERROR);
  });

  it('the user retries what does not need another configuration', () => {
    suspensions.add({ series: DAILY, until: TOMORROW, error: ERROR });
    suspensions.add({ series: DAILY, range: RANGE, until: 'slot', error: ERROR });
    suspensions.add({ series: CURVE, until: Infinity, error: ERROR });
    suspensions.retryNow();
    assert.equal(isSuspended('2026-11-01'), false);
    assert.equal(suspensions.ofSeries(CURVE, NOW), ERROR);
  });

  it('one that lasts longer than today was made by a clock that was wrong', () => {
    suspensions.add({ series: DAILY, until: startOfDay('2027-01-02'), error: ERROR });
    assert.equal(isSuspended(TODAY), false);
  });
});
