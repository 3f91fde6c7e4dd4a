/**
 * Reproducible pseudo-random numbers: the same words give the same numbers on every host, so that a simulated day
 * always has the same values.
 */

/** A hash of the words (FNV-1a, 32 bits). */
export function seedOf(...words: readonly string[]): number {
  let hash = 0x811c9dc5;
  for (const char of words.join(' ')) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}

/** From 0 (included) to 1 (excluded), the same for the same seed and index (the finalizer of MurmurHash3). */
export function chance(seed: number, index: number): number {
  let hash = seed ^ Math.imul(index + 1, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** As `chance`, interpolated smoothly between integer positions: weather changes gradually. */
export function driftingChance(seed: number, position: number): number {
  const before = Math.floor(position);
  const weight = (1 - Math.cos((position - before) * Math.PI)) / 2;
  return chance(seed, before) * (1 - weight) + chance(seed, before + 1) * weight;
}
