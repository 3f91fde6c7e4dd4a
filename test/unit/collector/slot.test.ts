import assert from 'node:assert/strict';
import { instantAt } from '../../../src/calendar/paris';
import { minutesOf } from '../../../src/collector/schedule';
import { Slot } from '../../../src/collector/slot';
import { SCHEDULE } from '../../support/schedule';

const DAY = '2026-11-23';
const at = (time: string): number => instantAt(DAY, minutesOf(time));

describe('the slot under way', () => {
  /** Takes what is due at a time, if anything is. @returns the time of the slot */
  const take = (slot: Slot, time: string): string | undefined => {
    const due = slot.due(SCHEDULE, at(time));
    if (!due) return undefined;
    slot.begin(due.at, due.until, 'schedule');
    return ['05:37', '06:37', '07:37', '08:37', '09:37', '11:37'].find((each) => at(each) === due.at);
  };

  it('is taken once, and not before its time', () => {
    const slot = new Slot();
    assert.equal(take(slot, '05:36'), undefined);
    assert.equal(take(slot, '05:40'), '05:37');
    assert.equal(take(slot, '06:36'), undefined);
    assert.equal(take(slot, '06:37'), '06:37');
  });

  it('is the newest where several were missed', () => {
    assert.equal(take(new Slot(), '09:50'), '09:37');
  });

  it('is taken again where it was taken by a clock that was ahead', () => {
    const slot = new Slot();
    assert.equal(take(slot, '09:37'), '09:37');
    assert.equal(take(slot, '06:50'), '06:37');
  });

  it('is left out after two that met outages only', () => {
    const slot = new Slot();
    for (const time of ['05:37', '06:37']) {
      assert.equal(take(slot, time), time);
      slot.outages += 1;
      assert.ok(slot.isDown);
    }
    assert.equal(take(slot, '07:37'), undefined);
    assert.equal(take(slot, '08:37'), '08:37');
  });

  it('is not left out where something was answered', () => {
    const slot = new Slot();
    for (const time of ['05:37', '06:37', '07:37']) {
      assert.equal(take(slot, time), time);
      slot.outages += 1;
      slot.answers += 1;
      assert.ok(!slot.isDown);
    }
  });

  it('is not counted where the user took it', () => {
    const slot = new Slot();
    for (const time of ['05:37', '05:45', '05:50']) {
      slot.begin(at(time), at('20:00'), 'user');
      slot.outages += 1;
    }
    assert.equal(take(slot, '06:37'), '06:37');
  });
});
