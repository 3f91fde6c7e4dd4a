import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mergeImport, stillImported } from '../../../src/metering/imported';
import type { Reading } from '../../../src/metering/readings';
import { curve, halfHours, midnights, wholeDay } from '../../support/readings';

const DAY = '2026-11-22';
const whole = [midnights(DAY)];

describe('a day of an export file beside what is kept', () => {
  const counts = (
    kept: Reading[],
    imported: { start: number; end: number }[],
    came: Reading[],
    same = false,
  ) => {
    const { taken, replaced, known, repeated, contradicting } = mergeImport(kept, imported, came, same);
    return { taken, replaced, known, repeated, contradicting: contradicting.length };
  };
  const none = { taken: 0, replaced: 0, known: 0, repeated: 0, contradicting: 0 };

  it('is taken where nothing is', () => {
    const came = halfHours(DAY);
    const merged = mergeImport([], [], came, false);
    assert.deepEqual(merged.readings, came);
    assert.deepEqual(merged.imported, whole);
    assert.equal(merged.taken, 48);
  });

  it('is known where the same is, of whichever origin', () => {
    const kept = halfHours(DAY);
    assert.deepEqual(counts(kept, [], kept), { ...none, known: 48 });
    assert.deepEqual(counts(kept, whole, kept), { ...none, known: 48 });
  });

  it("loses against what Enedis' interface delivered, and says both values", () => {
    const kept = halfHours(DAY, () => 100);
    const came = halfHours(DAY, (i) => (i === 7 ? 999 : 100));
    const merged = mergeImport(kept, [], came, false);
    const { start = 0, end = 0 } = kept[7] ?? {};
    assert.deepEqual(merged.contradicting, [{ start, end, value: 999, kept: 100 }]);
    assert.deepEqual(merged.readings, kept);
    assert.deepEqual(merged.imported, []);
    assert.equal(merged.known, 47);
  });

  it('fills the gaps of the interface, and only these are of the file', () => {
    const all = halfHours(DAY, (i) => i);
    const kept = all.filter((_, i) => i < 10 || i >= 20);
    const merged = mergeImport(kept, [], all, false);
    assert.deepEqual(merged.readings, all);
    assert.deepEqual(merged.imported, [{ start: all[10]?.start, end: all[19]?.end }]);
    assert.deepEqual([merged.taken, merged.known], [10, 38]);
    assert.deepEqual(merged.changed, all.slice(10, 20));
  });

  it('replaces what an earlier file brought, but not what the same file brought', () => {
    const kept = halfHours(DAY, () => 1);
    const came = halfHours(DAY, () => 2);
    assert.deepEqual(counts(kept, whole, came), { ...none, replaced: 48 });
    assert.deepEqual(counts(kept, whole, came, true), { ...none, repeated: 48 });
  });

  it('with longer intervals is known where their mean is the same, to the rounding of a watt', () => {
    const kept = halfHours(DAY, (i) => 100 + (i % 2));
    assert.deepEqual(
      counts(
        kept,
        [],
        curve(DAY, 60, () => 100),
      ),
      { ...none, known: 24 },
    );
    assert.deepEqual(
      counts(
        kept,
        [],
        curve(DAY, 60, () => 101),
      ),
      { ...none, known: 24 },
    );
    assert.deepEqual(
      counts(
        kept,
        [],
        curve(DAY, 60, () => 102),
      ),
      { ...none, contradicting: 24 },
    );
  });

  it('with longer intervals is not taken over a part of one that is kept', () => {
    const kept = halfHours(DAY, () => 100).slice(0, 1);
    assert.deepEqual(
      counts(
        kept,
        [],
        curve(DAY, 60, () => 100),
      ),
      { ...none, taken: 23, contradicting: 1 },
    );
  });

  it('keeps the instant of a peak that the file does not have', () => {
    const at = midnights(DAY).start + 3_600_000;
    assert.deepEqual(counts([wholeDay(DAY, 6000, at)], [], [wholeDay(DAY, 6000)]), { ...none, known: 1 });
    assert.deepEqual(counts([wholeDay(DAY, 6000)], whole, [wholeDay(DAY, 6000, at)]), {
      ...none,
      replaced: 1,
    });
  });

  it('after an answer, only what that did not contain is of the file', () => {
    const readings = halfHours(DAY);
    assert.deepEqual(stillImported(readings, whole, readings.slice(0, 20)), [
      { start: readings[20]?.start, end: readings[47]?.end },
    ]);
    assert.deepEqual(stillImported(readings, whole, readings), []);
    assert.deepEqual(stillImported(readings, whole, []), whole);
  });

  it('never changes what the interface delivered, loses no value of it, and accounts for each row', () => {
    const day = fc.array(fc.option(fc.nat(3), { nil: undefined }), { minLength: 48, maxLength: 48 });
    const of = (values: readonly (number | undefined)[]): Reading[] =>
      halfHours(DAY, (i) => values[i] ?? -1).filter(({ value }) => value >= 0);
    fc.assert(
      fc.property(day, day, day, fc.boolean(), (answered, earlier, came, same) => {
        const kept = of(answered);
        const first = mergeImport(kept, [], of(earlier), false);
        const second = mergeImport(first.readings, first.imported, of(came), same);
        const after = new Map(second.readings.map((reading) => [reading.start, reading]));
        for (const reading of kept) assert.deepEqual(after.get(reading.start), reading);
        for (const { start } of [...of(earlier), ...of(came)]) assert.ok(after.has(start));
        const { taken, replaced, known, repeated, contradicting } = second;
        const counted = taken + replaced + known + repeated + contradicting.length;
        if (same) assert.ok(counted <= of(came).length && replaced + known === 0);
        else assert.ok(counted === of(came).length && repeated === 0);
        const imported = second.imported.reduce((sum, { start, end }) => sum + end - start, 0);
        assert.equal(imported, (second.readings.length - kept.length) * 1_800_000);
      }),
    );
  });
});
