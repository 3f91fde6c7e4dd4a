import type { RequestLedger, SentRequest, Suspension } from '../../src/providers/budget';

/** A ledger in memory, which outlives the budgets of a test. */
export class MemoryLedger implements RequestLedger {
  private readonly sent: (SentRequest & { budget: string })[] = [];
  private readonly suspensions = new Map<string, Suspension>();

  sentAfter(budget: string, after: number): Promise<SentRequest[]> {
    const found = this.sent.filter((request) => request.budget === budget && request.at > after);
    return Promise.resolve(found.map(({ at, backfill }) => ({ at, backfill })));
  }

  note(budget: string, { at, backfill }: SentRequest): Promise<void> {
    this.sent.push({ budget, at, backfill });
    return Promise.resolve();
  }

  correct(budget: string, now: number): Promise<void> {
    for (const request of this.sent) {
      if (request.budget === budget) request.at = Math.min(request.at, now);
    }
    return Promise.resolve();
  }

  suspension(budget: string): Promise<Suspension | undefined> {
    return Promise.resolve(this.suspensions.get(budget));
  }

  suspend(budget: string, suspension: Suspension): Promise<void> {
    this.suspensions.set(budget, suspension);
    return Promise.resolve();
  }
}
