import { setImmediate as turn } from 'node:timers/promises';
import { clock } from '../calendar/clock';

/** The longest a timer runs: a laptop's sleep or a changed clock is noticed after at most this long. */
const LONGEST_TIMER = 60_000;

/**
 * Who wants to be called when, by date. One timer serves every meter of the process, and it never runs long, so
 * that what is due is judged by the clock on the wall.
 */
class Scheduler {
  private readonly entries = new Map<object, { due: number; call: () => void }>();
  private cancelTimer: (() => void) | undefined;
  private firesAt = Infinity;
  private lastCheck = -Infinity;

  /** Calls once `due` (epoch ms) has come, or earlier when the clock was set back: plans made before are void. */
  set(who: object, due: number, call: () => void): void {
    this.entries.set(who, { due, call });
    if (due < this.firesAt) this.startTimer();
  }

  delete(who: object): void {
    this.entries.delete(who);
    if (this.entries.size === 0) this.stop();
  }

  private startTimer(): void {
    this.cancelTimer?.();
    this.lastCheck = clock.now();
    let due = Infinity;
    for (const entry of this.entries.values()) due = Math.min(due, entry.due);
    const wait = Math.min(Math.max(due - this.lastCheck, 0), LONGEST_TIMER);
    this.firesAt = this.lastCheck + wait;
    this.cancelTimer = clock.after(wait, () => {
      void this.callDue();
    });
  }

  private async callDue(): Promise<void> {
    const now = clock.now();
    const setBack = now < this.lastCheck;
    const due = [...this.entries].filter(([, entry]) => setBack || entry.due <= now);
    // While it calls, no timer runs: whoever plans anew meanwhile is seen to at the end.
    this.firesAt = -Infinity;
    for (const [i, [who, entry]] of due.entries()) {
      // Thousands of meters may be due at once: the process has other things to do in between.
      if (i > 0) await turn();
      if (this.entries.get(who) !== entry) continue;
      this.entries.delete(who);
      entry.call();
    }
    if (this.entries.size > 0) this.startTimer();
    else this.stop();
  }

  private stop(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    this.firesAt = Infinity;
  }
}

export const scheduler = new Scheduler();
