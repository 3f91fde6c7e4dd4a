import type { LinkyError } from '../providers/errors';
import type { QueriedDays } from './planner';

/** Days that a query waits for. */
export interface OpenQuery extends QueriedDays {
  /** The first error that its requests met. */
  error: LinkyError | undefined;
  answer: (error: LinkyError | undefined) => void;
}

/** The queries that wait for days to be requested, oldest first. */
export class OpenQueries {
  private queries: OpenQuery[] = [];

  /** @returns what kept days from being requested, where something did; resolves when the query is ended */
  add(days: QueriedDays): Promise<LinkyError | undefined> {
    return new Promise((answer) => this.queries.push({ ...days, error: undefined, answer }));
  }

  /** Those of now: ending one does not change this list. */
  all(): readonly OpenQuery[] {
    return this.queries;
  }

  /** Nothing more is requested for these queries. */
  fail(which: (query: OpenQuery) => boolean, error: LinkyError): void {
    for (const query of this.queries.filter(which)) query.error ??= error;
  }

  end(query: OpenQuery, error?: LinkyError): void {
    this.queries = this.queries.filter((each) => each !== query);
    query.answer(error);
  }

  endAll(error?: LinkyError): void {
    const ended = this.queries;
    this.queries = [];
    for (const query of ended) query.answer(error);
  }
}
