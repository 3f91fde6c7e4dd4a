import type { RequestLedger, SentRequest, Suspension } from '../../src/providers/budget';

/** A ledger that outlives the budgets of a test. */
export class MemoryLedger implements RequestLedger {
  private readonly sent: (SentRequest & { budget: string })[] = [];
  private readonly suspensions = new Map<string, Suspension>();

  sentAfter(budget: string, after: number): SentRequest[] {
    return this.sent
      .filter((request) => request.budget === budget && request.at > after)
      .map(({ at, backfill }) => ({ at, backfill }));
  }

  note(budget: string, { at, backfill }: SentRequest): void {
    this.sent.push({ budget, at, backfill });
  }

  correct(budget: string, now: number): void {
    for (const request of this.sent) {
      if (request.budget === budget) request.at = Math.min(request.at, now);
    }
  }

  suspension(budget: string): Suspension | undefined {
    return this.suspensions.get(budget);
  }

  suspend(budget: string, suspension: Suspension): void {
    this.suspensions.set(budget, suspension);
  }
}
