/** At least this many counted runs; the median is what is told. */
export const RUNS = 7;

export const median = (numbers: readonly number[]): number => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = NaN, high = NaN] = [sorted[sorted.length - 1 - middle], sorted[middle]];
  return (low + high) / 2;
};

/** What two ways of doing the same took, ms, and how they compare. */
export interface Compared {
  ours: number;
  reference: number;
  /** The median of the ratios of neighbouring runs: a machine that slows down slows both. */
  ratio: number;
}

/** Runs one and the other in turn, so that whatever else the machine does hits both. The first pair is not counted. */
export async function compare(
  ours: () => unknown,
  reference: () => unknown,
  runs: number = RUNS,
): Promise<Compared> {
  const pairs: [ours: number, reference: number][] = [];
  for (let i = 0; i <= runs; i++) {
    const theirs = await timed(reference);
    pairs.push([await timed(ours), theirs]);
  }
  const counted = pairs.slice(1);
  return {
    ours: median(counted.map(([one]) => one)),
    reference: median(counted.map(([, other]) => other)),
    ratio: median(counted.map(([one, other]) => one / other)),
  };
}

/** How long it takes, ms. */
export async function timed(work: () => unknown): Promise<number> {
  globalThis.gc?.();
  const began = performance.now();
  await work();
  return performance.now() - began;
}
