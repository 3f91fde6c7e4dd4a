import { clock } from '../../src/calendar/clock';
import { RequestBudget } from '../../src/providers/budget';
import { rateLimit } from '../../src/providers/rate-limit';

interface Timer {
  due: number;
  call: () => void;
}

/** The collection's clock in the hands of a test: time passes only when the test lets it. */
export class FakeTime {
  private timers: Timer[] = [];
  private readonly real = {
    clock: { ...clock },
    rateLimit: { ...rateLimit },
    budget: Object.getOwnPropertyDescriptors(RequestBudget.prototype),
  };
  private waits = 0;
  private readonly budgets = new Set<RequestBudget>();

  /** @param now epoch ms */
  constructor(public now: number) {
    // Assigned, not stubs of sinon: those keep a record of the millions of calls of a long life.
    clock.now = () => this.now;
    // Requests a second are counted by the real clock; they have tests of their own.
    rateLimit.turn = () => Promise.resolve();
    const { budgets } = this;
    const take = this.real.budget.take.value as RequestBudget['take'];
    RequestBudget.prototype.take = function (...args) {
      budgets.add(this);
      return take.apply(this, args);
    };
    clock.after = (ms, call) => this.after(ms, call);
    clock.wait = (ms, signal) =>
      new Promise((resolve, reject) => {
        this.waits += 1;
        const leave = (): void => {
          this.waits -= 1;
          cancel();
          reject(signal.reason as Error);
        };
        const cancel = this.after(ms, () => {
          signal.removeEventListener('abort', leave);
          this.waits -= 1;
          resolve();
        });
        signal.addEventListener('abort', leave, { once: true });
      });
  }

  /** How many requests wait for time to pass: before a retry, or for a budget, behind the one that is the next. */
  get waiting(): number {
    return [...this.budgets].reduce((sum, budget) => sum + budget['takers'].size, this.waits);
  }

  restore(): void {
    Object.assign(clock, this.real.clock);
    Object.assign(rateLimit, this.real.rateLimit);
    Object.defineProperties(RequestBudget.prototype, this.real.budget);
  }

  /** Calls back once so many ms have passed. @returns what calls it off */
  after(ms: number, call: () => void): () => void {
    const timer = { due: this.now + ms, call };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  }

  /** The clock is set to another time: what was to come in so many ms still comes in so many ms. */
  jump(now: number): void {
    for (const timer of this.timers) timer.due += now - this.now;
    this.now = now;
  }

  /**
   * Lets time pass, timer by timer.
   * @param until epoch ms
   * @param settled resolves when everything that a timer set going is done or waits for time itself
   */
  async pass(until: number, settled: () => Promise<void>): Promise<void> {
    await settled();
    for (;;) {
      const next = this.timers.reduce<Timer | undefined>((a, b) => (a && a.due <= b.due ? a : b), undefined);
      if (!next || next.due > until) break;
      this.timers = this.timers.filter((each) => each !== next);
      this.now = Math.max(this.now, next.due);
      next.call();
      await settled();
    }
    this.now = Math.max(this.now, until);
  }
}
