import { isLoadCurve, type Series } from './metrics';
import { addDays, startOfDay, type Day } from '../calendar/paris';

/** One value as Enedis measured it: of an interval of the load curve, or of a whole Paris day. */
export interface Reading {
  /** Start of what the value covers, epoch ms. */
  start: number;
  /** End of it, epoch ms. */
  end: number;
  /** In the wire's unit (W, Wh, VA): an integer, never rounded. */
  value: number;
  /** Max power only: the instant of the peak, where Enedis told it. */
  at?: number;
}

/** What is known of a day: `partial` where a load curve has gaps. */
export type DayState = 'complete' | 'partial' | 'missing';

/**
 * How complete a day is.
 * @param readings those of that day, oldest first, without overlaps
 */
export function dayState(series: Series, day: Day, readings: readonly Reading[]): DayState {
  if (readings.length === 0) return 'missing';
  if (!isLoadCurve(series)) return 'complete';
  let covered = startOfDay(day);
  for (const reading of readings) {
    if (reading.start !== covered) return 'partial';
    covered = reading.end;
  }
  return covered === startOfDay(addDays(day, 1)) ? 'complete' : 'partial';
}

/** Energy of one load-curve reading in Wh: mean power times its length. */
export const energyOf = (reading: Reading): number =>
  (reading.value * (reading.end - reading.start)) / 3_600_000;

/** What an answer changes in the log. */
export interface Change {
  /** New, or different from what was kept. */
  put: Reading[];
  /** Starts of kept intervals that the new ones cover otherwise: Enedis changed the interval's length. */
  remove: number[];
}

/**
 * Compares what came with what is kept. Newer knowledge wins; what is the same is no change, so that a repeated
 * answer is not news to anyone.
 * @param kept oldest first, without overlaps
 * @param came oldest first, without overlaps
 */
export function changeOf(kept: readonly Reading[], came: readonly Reading[]): Change {
  const change: Change = { put: [], remove: [] };
  let next = 0;
  const keptAt = new Map(kept.map((reading) => [reading.start, reading]));
  for (const reading of came) {
    const same = keptAt.get(reading.start);
    if (!same || same.value !== reading.value || same.end !== reading.end || same.at !== reading.at) {
      change.put.push(reading);
    }
    for (let old = kept[next]; old && old.start < reading.end; old = kept[++next]) {
      if (old.start !== reading.start && old.end > reading.start) change.remove.push(old.start);
    }
  }
  return change;
}
