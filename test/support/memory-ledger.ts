import type { NotedRequest, RequestLedger, SentRequest, Suspension } from '../../src/providers/budget';
import { memoryLimiters } from '../../src/providers/rate-limit';

/** A ledger in memory, which outlives the budgets of a test. */
export class MemoryLedger implements RequestLedger {
  private readonly sent: (NotedRequest & { budget: string })[] = [];
  private readonly suspensions = new Map<string, Suspension>();
  private last: Promise<unknown> = Promise.resolve();
  readonly limiter = memoryLimiters.limiter;

  /** @param now of those who share it, epoch ms */
  constructor(private readonly now: () => number) {}

  /** As with PostgreSQL, others have to wait from its first step on, not from its beginning. */
  turn: RequestLedger['turn'] = async (budget, work) => {
    let enter: Promise<unknown> | undefined;
    let leave: (() => void) | undefined;
    const entered = (): Promise<unknown> => {
      enter ??= this.last;
      if (!leave) this.last = new Promise<void>((done) => (leave = done));
      return enter;
    };
    try {
      return await work({
        look: async (id, at) => {
          await entered();
          const sent = this.sent
            .filter((each) => each.budget === budget && each.id > id && each.at > at)
            .map((each) => ({ id: each.id, at: each.at, backfill: each.backfill }));
          const suspension = this.suspensions.get(budget);
          return { now: this.now(), sent, ...(suspension && { suspension }) };
        },
        note: async ({ at, backfill }: SentRequest) => {
          await entered();
          this.sent.push({ budget, id: this.sent.length + 1, at, backfill });
        },
        correct: async (now) => {
          await entered();
          for (const request of this.sent) {
            if (request.budget === budget) request.at = Math.min(request.at, now);
          }
        },
      });
    } finally {
      leave?.();
    }
  };

  suspend(budget: string, suspension: Suspension): Promise<void> {
    this.suspensions.set(budget, suspension);
    return Promise.resolve();
  }
}
