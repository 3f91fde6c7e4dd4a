import type { DaysOf } from './lacks';

/** Days that somebody waits for. */
interface Question extends DaysOf {
  /** A run has looked for what it lacks. */
  seen: boolean;
  done: () => void;
}

/** What is asked about a meter's days beside its schedule. */
export class Questions {
  private readonly open = new Set<Question>();

  get size(): number {
    return this.open.size;
  }

  get all(): readonly Question[] {
    return [...this.open];
  }

  /** All of them, which a run looks at. */
  look(): readonly Question[] {
    for (const question of this.open) question.seen = true;
    return this.all;
  }

  /** Resolves when the question is ended. */
  add(days: DaysOf): Promise<void> {
    return new Promise((done) => {
      this.open.add({ ...days, seen: false, done });
    });
  }

  end(which: (question: Question) => boolean): void {
    for (const question of this.all.filter(which)) {
      this.open.delete(question);
      question.done();
    }
  }
}
