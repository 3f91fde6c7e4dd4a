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

  turn: RequestLedger['turn'] = (budget, work) => {
    const turn = this.last.then(() =>
      work({
        look: (id, at) => {
          const sent = this.sent
            .filter((each) => each.budget === budget && each.id > id && each.at > at)
            .map((each) => ({ id: each.id, at: each.at, backfill: each.backfill }));
          const suspension = this.suspensions.get(budget);
          return Promise.resolve({ now: this.now(), sent, ...(suspension && { suspension }) });
        },
        note: ({ at, backfill }: SentRequest) => {
          this.sent.push({ budget, id: this.sent.length + 1, at, backfill });
          return Promise.resolve();
        },
        correct: (now) => {
          for (const request of this.sent) {
            if (request.budget === budget) request.at = Math.min(request.at, now);
          }
          return Promise.resolve();
        },
      }),
    );
    this.last = turn.catch(() => undefined);
    return turn;
  };

  suspend(budget: string, suspension: Suspension): Promise<void> {
    this.suspensions.set(budget, suspension);
    return Promise.resolve();
  }
}
