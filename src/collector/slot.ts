import { currentSlot, endOfHours, isSlotTaken, type Schedule } from './schedule';

/** The slot under way: what is requested in it, and what became of its requests. */
export class Slot {
  /** Epoch ms: days requested since then are done until the next slot. */
  at = -Infinity;
  /** Its requests begin before this instant, epoch ms; those of a backfill at any time. */
  until = -Infinity;
  /** Taken by the schedule, or by the user who wants the data now. */
  purpose: 'schedule' | 'user' = 'schedule';
  answers = 0;
  outages = 0;
  /** How many slots of the schedule before this one met outages only, in a row. */
  private failedBefore = 0;

  begin(at: number, until: number, purpose: Slot['purpose']): void {
    this.failedBefore = this.failedSlots;
    Object.assign(this, { at, until, purpose, answers: 0, outages: 0 });
  }

  /** The slot of the schedule that is due and not taken yet, and the end of its hours. */
  due(schedule: Schedule, now: number): { at: number; until: number } | undefined {
    // A slot of the future was taken by a clock that was wrong.
    if (this.at > now) Object.assign(this, { at: -Infinity, until: -Infinity });
    const at = currentSlot(schedule, now);
    if (at === undefined || at <= this.at || !this.isTakenNext(at)) return undefined;
    return { at, until: endOfHours(schedule, now) };
  }

  /** Whether the schedule takes a later slot: after failures it leaves some out. */
  isTakenNext(slot: number): boolean {
    return isSlotTaken(slot, this.at, this.failedSlots);
  }

  /** Enedis is out of order: outages, and no answer. */
  get isDown(): boolean {
    return this.outages > 0 && this.answers === 0;
  }

  /** How many slots of the schedule met outages only, in a row, with this one. */
  private get failedSlots(): number {
    if (this.answers > 0) return 0;
    return this.outages > 0 && this.purpose === 'schedule' ? this.failedBefore + 1 : this.failedBefore;
  }
}
