import assert from 'node:assert/strict';
import { addDays, daysIn, startOfDay } from '../../../src/calendar/paris';
import { NEVER_REQUESTED } from '../../../src/metering/readings';
import type { SeriesKey } from '../../../src/store/reader';
import type { ImportedDay, Store } from '../../../src/store/store';
import { describeOnBoth } from '../../support/engines';
import { halfHours, rangeOf, wholeDay } from '../../support/readings';

const PDL = '12345678901234';
const NOW = Date.UTC(2026, 10, 23, 7, 37);
const CURVE: SeriesKey = { usagePoint: PDL, name: 'consumption-load-curve' };
const DAILY: SeriesKey = { usagePoint: PDL, name: 'consumption-daily' };
const REGISTERS: SeriesKey = { usagePoint: PDL, name: 'consumption-registers' };

describeOnBoth('a file in the store', (engine) => {
  let store: Store;
  let told: [string, boolean][];
  beforeEach(async () => {
    store = await engine.store();
    told = [];
    store.listen(PDL, (series, isImported) => told.push([series, isImported]));
  });
  afterEach(() => {
    store.close();
  });

  const came = (day: string, value = 100): ImportedDay => ({
    day,
    readings: halfHours(day, () => value),
    isSameFile: false,
  });
  const answer = (range: string) => ({ range: rangeOf(range), requestedAt: NOW, isPlanned: true });

  it('is news like any other, of days that were never requested', async () => {
    const days = daysIn('2026-10-24', '2026-10-27').map((day) => came(day));
    const [first] = await store.importReadings(CURVE, days);
    assert.deepEqual(first, {
      day: '2026-10-24',
      taken: 48,
      replaced: 0,
      known: 0,
      repeated: 0,
      contradicting: [],
    });
    assert.deepEqual(told, [[CURVE.name, true]]);
    const records = await store.records(CURVE, rangeOf('2026-10-01 2026-11-01'));
    assert.deepEqual(
      records.map(({ day, state, requestedAt, revision, readings }) => [
        day,
        state,
        requestedAt,
        revision,
        readings.length,
      ]),
      [
        ['2026-10-24', 'complete', NEVER_REQUESTED, 1, 48],
        ['2026-10-25', 'complete', NEVER_REQUESTED, 1, 50],
        ['2026-10-26', 'complete', NEVER_REQUESTED, 1, 48],
      ],
    );
    assert.equal((await store.changedAfter(CURVE, 0, 10)).length, 3);
    assert.deepEqual(await store.facts(CURVE), {});
  });

  it('only the days that it has: those between them stay unknown', async () => {
    await store.importReadings(CURVE, [came('2026-11-01'), came('2026-11-20')]);
    const statuses = await store.statuses(CURVE, rangeOf('2026-11-01 2026-11-23'));
    assert.deepEqual(
      statuses.map(({ day }) => day),
      ['2026-11-01', '2026-11-20'],
    );
  });

  it('twice is news once', async () => {
    await store.importReadings(CURVE, [came('2026-11-01')]);
    const [again] = await store.importReadings(CURVE, [came('2026-11-01')]);
    assert.equal(again?.known, 48);
    assert.equal(told.length, 1);
    assert.equal((await store.changedAfter(CURVE, 1, 10)).length, 0);
  });

  it('on trial changes nothing, and tells the same', async () => {
    const trial = await store.importReadings(CURVE, [came('2026-11-01')], new Map());
    assert.deepEqual(await store.days(CURVE, rangeOf('2026-11-01')), []);
    assert.deepEqual(told, []);
    assert.deepEqual(await store.importReadings(CURVE, [came('2026-11-01')]), trial);
  });

  it("loses against what Enedis' interface delivered, before it or after it", async () => {
    await store.record(
      CURVE,
      answer('2026-11-01'),
      halfHours('2026-11-01', () => 1),
    );
    const [lost] = await store.importReadings(CURVE, [came('2026-11-01', 2), came('2026-11-02', 2)]);
    assert.equal(lost?.contradicting.length, 48);
    await store.record(CURVE, answer('2026-11-02'), halfHours('2026-11-02', () => 1).slice(0, 40));
    const [, second] = await store.days(CURVE, rangeOf('2026-11-01 2026-11-03'));
    assert.deepEqual(
      second?.readings.map(({ value }) => value),
      [...Array<number>(40).fill(1), ...Array<number>(8).fill(2)],
    );
    // From now on the first forty are the interface's, the others still the file's.
    const [third] = await store.importReadings(CURVE, [came('2026-11-02', 3)]);
    assert.deepEqual([third?.contradicting.length, third?.replaced], [40, 8]);
  });

  it('whose value the interface has confirmed is not replaced by a later file', async () => {
    await store.importReadings(DAILY, [
      { day: '2026-11-01', readings: [wholeDay('2026-11-01', 5)], isSameFile: false },
    ]);
    const confirmed = await store.record(DAILY, answer('2026-11-01'), [wholeDay('2026-11-01', 5)]);
    assert.equal(confirmed.hasChanged, false);
    const later = { day: '2026-11-01', readings: [wholeDay('2026-11-01', 6)], isSameFile: false };
    const [outcome] = await store.importReadings(DAILY, [later]);
    assert.equal(outcome?.contradicting.length, 1);
  });

  it('a day that was requested in vain keeps when that was', async () => {
    await store.record(CURVE, answer('2026-11-01'), []);
    await store.importReadings(CURVE, [came('2026-11-01')]);
    const [status] = await store.statuses(CURVE, rangeOf('2026-11-01'));
    assert.deepEqual([status?.requestedAt, status?.state], [NOW, 'complete']);
  });

  it('has the total of registers, which does not stand for those of the tariff periods', async () => {
    const day = '2026-11-01';
    const total = (value: number, isSameFile = false) => [{ day, total: value, isSameFile }];
    assert.equal((await store.importRegisters(REGISTERS, total(1000)))[0]?.taken, 1);
    assert.equal((await store.importRegisters(REGISTERS, total(1000)))[0]?.known, 1);
    assert.equal((await store.importRegisters(REGISTERS, total(1001, true)))[0]?.repeated, 1);
    assert.equal((await store.importRegisters(REGISTERS, total(1002)))[0]?.replaced, 1);
    assert.equal((await store.statuses(REGISTERS, rangeOf(day)))[0]?.state, 'partial');
    const calendars = [{ id: 'FC022500', name: 'HC/HP', registers: { HC: 500, HP: 503 } }];
    await store.recordRegisters(REGISTERS, answer(day), [{ day, total: 1003, calendars }]);
    const [lost] = await store.importRegisters(REGISTERS, total(1004));
    assert.deepEqual(lost?.contradicting, [
      { start: startOfDay(day), end: startOfDay(day), value: 1004, kept: 1003 },
    ]);
    const [kept] = await store.registers(REGISTERS, rangeOf(day));
    assert.deepEqual(kept, { day, total: 1003, calendars });
    assert.equal((await store.statuses(REGISTERS, rangeOf(day)))[0]?.state, 'complete');
    assert.equal((await store.days(REGISTERS, { start: addDays(day, 1), end: addDays(day, 9) })).length, 0);
  });
});
