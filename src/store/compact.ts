import type { Reading } from '../metering/readings';

/**
 * The readings of a day as the store keeps them: JSON, a list of segments. In a segment each value covers the same
 * time and follows the one before; a gap is a null. Times are epoch seconds: every Linky value starts on a full one.
 */
type Segment = [
  start: number,
  /** Of each value, seconds. */
  length: number,
  values: (number | null)[],
  /** Max power only: the instants of the peaks. */
  at?: (number | null)[],
];

/** @param readings of one day, oldest first, without overlaps */
export function compact(readings: readonly Reading[]): string {
  const segments: Segment[] = [];
  let segment: Segment | undefined;
  for (const { start, end, value, at } of readings) {
    const [first, length] = [start / 1000, (end - start) / 1000];
    const position = segment && (first - segment[0]) / segment[1];
    if (segment?.[1] !== length || !Number.isInteger(position)) {
      segment = [first, length, []];
      segments.push(segment);
    }
    const [segmentStart, , values] = segment;
    for (let next = segmentStart + values.length * length; next < first; next += length) values.push(null);
    values.push(value);
    if (at !== undefined) {
      const peaks = (segment[3] ??= []);
      while (peaks.length < values.length - 1) peaks.push(null);
      peaks.push(at / 1000);
    }
  }
  return JSON.stringify(segments);
}

/** What `compact` made, as readings again. */
export function expand(text: string): Reading[] {
  const readings: Reading[] = [];
  for (const [first, length, values, at] of JSON.parse(text) as Segment[]) {
    let start = first * 1000;
    const step = length * 1000;
    for (let i = 0; i < values.length; i++, start += step) {
      const value = values[i];
      if (value === null || value === undefined) continue;
      const reading: Reading = { start, end: start + step, value };
      const peak = at?.[i];
      if (typeof peak === 'number') reading.at = peak * 1000;
      readings.push(reading);
    }
  }
  return readings;
}
