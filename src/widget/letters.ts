/** A letter above the bars of some days in a row. */
export interface Letter {
  letter: string;
  /** Indices of the first and the last of these days. */
  first: number;
  last: number;
  /** The greatest value of these days. */
  highest: number;
}

/**
 * The letters above bars.
 * @param picks the bars
 * @param isEach each bar has its own; else those in a row that have the same one share it
 */
export function lettersOf(
  picks: readonly { letter: string; value: number | undefined }[],
  isEach: boolean,
): Letter[] {
  const letters: Letter[] = [];
  for (const [index, { letter, value = 0 }] of picks.entries()) {
    const before = letters.at(-1);
    if (before && !isEach && before.letter === letter) {
      before.last = index;
      before.highest = Math.max(before.highest, value);
    } else letters.push({ letter, first: index, last: index, highest: value });
  }
  return letters;
}
