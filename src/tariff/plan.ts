import type { Day } from '../calendar/paris';
import {
  appliesOn,
  MINUTES_OF_DAY,
  newestOf,
  tilesOfFirst,
  tilesWithin,
  type Hours,
  type NamedHours,
  type Tile,
} from './hours';
import type { Colour } from './tempo';

/** How a day is cut into the periods that have a price each. */
export type Plan =
  | { kind: 'base' }
  | { kind: 'hphc'; offPeak: readonly Hours[] }
  | { kind: 'tempo' }
  /** At each minute the first that applies counts; the rest of the day is `rest`. */
  | { kind: 'custom'; periods: readonly NamedHours[]; rest: string }
  /** What is fed in earns one price at all hours. */
  | { kind: 'feed-in' };

export const PLANS = ['base', 'hphc', 'tempo', 'custom'] as const;
export type PlanKind = (typeof PLANS)[number];

/** Colours of Tempo days; undefined while a day's is not known. */
export type ColourOf = (day: Day) => Colour | undefined;

export const TEMPO_PERIODS = [
  'bluePeak',
  'blueOffPeak',
  'whitePeak',
  'whiteOffPeak',
  'redPeak',
  'redOffPeak',
] as const;

/** A Tempo day begins at 06:00, and its off-peak hours at 22:00. */
const TEMPO_BEGINS = 6 * 60;
const TEMPO_OFF_PEAK = 22 * 60;

/** The periods of a plan, in the order of its prices. */
export function periodsOf(plan: Plan): readonly string[] {
  switch (plan.kind) {
    case 'base':
      return ['base'];
    case 'hphc':
      return ['peak', 'offPeak'];
    case 'tempo':
      return TEMPO_PERIODS;
    case 'custom':
      return [...new Set([...plan.periods.map(({ name }) => name), plan.rest])];
    case 'feed-in':
      return ['feedIn'];
  }
}

/**
 * The periods of a day by the clock, from 00:00 to 24:00 without a gap.
 * @param colourOf Tempo only
 */
export function tilesOf(plan: Plan, day: Day, dayBefore: Day, colourOf: ColourOf): Tile[] {
  const whole = (period: string | undefined): Tile[] => [{ from: 0, to: MINUTES_OF_DAY, period }];
  switch (plan.kind) {
    case 'base':
      return whole('base');
    case 'feed-in':
      return whole('feedIn');
    case 'hphc': {
      const hours = newestOf(plan.offPeak.filter((each) => appliesOn(each, day)));
      return hours ? tilesWithin(hours.ranges, 'offPeak', 'peak') : whole(undefined);
    }
    case 'custom':
      return tilesOfFirst(
        plan.periods.filter((each) => appliesOn(each, day)),
        plan.rest,
      );
    case 'tempo': {
      const [before, colour] = [colourOf(dayBefore), colourOf(day)];
      return [
        { from: 0, to: TEMPO_BEGINS, period: before && `${before}OffPeak` },
        { from: TEMPO_BEGINS, to: TEMPO_OFF_PEAK, period: colour && `${colour}Peak` },
        { from: TEMPO_OFF_PEAK, to: MINUTES_OF_DAY, period: colour && `${colour}OffPeak` },
      ];
    }
  }
}
