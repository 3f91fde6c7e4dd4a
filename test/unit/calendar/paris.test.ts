import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import {
  addDays,
  addMonths,
  dayOf,
  daysBetween,
  daysIn,
  instantAt,
  instantsAt,
  isDay,
  isoParis,
  startOfDay,
  startOfWeek,
} from '../../../src/calendar/paris';

const paris = (iso: string): number => DateTime.fromISO(iso, { zone: 'Europe/Paris' }).toMillis();
const anyDay = fc
  .integer({ min: 0, max: daysBetween('2015-01-01', '2035-12-31') })
  .map((n) => addDays('2015-01-01', n));

describe('Paris time', () => {
  it('knows which dates exist', () => {
    for (const day of ['2024-02-29', '2026-12-31']) assert.equal(isDay(day), true, day);
    for (const text of ['2026-02-29', '2026-13-01', '2026-00-10', '2026-1-1', '20260101', '', '2026-04-31']) {
      assert.equal(isDay(text), false, text);
    }
  });

  it('counts months as people do', () => {
    assert.equal(addMonths('2026-01-31', 1), '2026-02-28');
    assert.equal(addMonths('2024-01-31', 1), '2024-02-29');
    assert.equal(addMonths('2026-11-24', -36), '2023-11-24');
    assert.equal(addMonths('2026-12-15', 1), '2027-01-15');
  });

  it('starts weeks on Monday', () => {
    assert.equal(startOfWeek('2026-11-22'), '2026-11-16');
    assert.equal(startOfWeek('2026-11-23'), '2026-11-23');
  });

  it('shows instants with the offset of the season', () => {
    assert.equal(isoParis(Date.UTC(2026, 10, 21, 23)), '2026-11-22T00:00:00.000+01:00');
    assert.equal(isoParis(Date.UTC(2026, 6, 13, 22)), '2026-07-14T00:00:00.000+02:00');
  });

  it('has no 02:30 in March and two in October', () => {
    assert.deepEqual(instantsAt('2026-03-29', 150), []);
    assert.deepEqual(instantsAt('2026-10-25', 150), [
      Date.UTC(2026, 9, 25, 0, 30),
      Date.UTC(2026, 9, 25, 1, 30),
    ]);
    assert.equal(instantAt('2026-03-29', 150), Date.UTC(2026, 2, 29, 1, 30));
  });

  it('agrees with luxon on every day of twenty years', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: 0, max: 1439 }), (day, minutes) => {
        const midnight = paris(day);
        assert.equal(startOfDay(day), midnight);
        const instant = midnight + minutes * 60_000;
        const expected = DateTime.fromMillis(instant, { zone: 'Europe/Paris' });
        assert.equal(isoParis(instant), expected.toISO());
        assert.equal(dayOf(instant), expected.toISODate());
        assert.equal(daysIn(day, addDays(day, 3)).at(-1), addDays(day, 2));
      }),
      { numRuns: 2000 },
    );
  });

  it('finds back every instant from the time its clock shows', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: 0, max: 25 * 60 - 1 }), (day, minutes) => {
        const instant = startOfDay(day) + minutes * 60_000;
        const shown = isoParis(instant);
        const clockMinutes = Number(shown.slice(11, 13)) * 60 + Number(shown.slice(14, 16));
        assert.ok(instantsAt(dayOf(instant), clockMinutes).includes(instant));
      }),
      { numRuns: 2000 },
    );
  });
});
