/**
 * Chance that repeats itself: the same words give the same numbers on every host, so that a day that was told
 * once is told the same for ever.
 */

/** A number that stands for these words (FNV-1a, 32 bits). */
export function seedOf(...words: readonly string[]): number {
  let hash = 0x811c9dc5;
  for (const char of words.join(' ')) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}

/** From 0 (included) to 1 (excluded), the same for the same seed and place (the finish of MurmurHash3). */
export function chance(seed: number, place: number): number {
  let hash = seed ^ Math.imul(place + 1, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** As `chance`, but changing smoothly from one whole place to the next: weather has no jumps. */
export function driftingChance(seed: number, place: number): number {
  const before = Math.floor(place);
  const weight = (1 - Math.cos((place - before) * Math.PI)) / 2;
  return chance(seed, before) * (1 - weight) + chance(seed, before + 1) * weight;
}
