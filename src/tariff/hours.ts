import type { Day } from '../calendar/paris';

/**
 * Hours of tariff periods, as the clock shows them. Nothing here loads luxon: the form in the editor uses the same
 * functions.
 */

/** Minutes since midnight by the clock, from `from` (included) to `to` (not included); 1440 is 24:00. */
export interface ClockRange {
  from: number;
  to: number;
}

/** Summer is 1 April to 31 October. */
export const SEASONS = ['all', 'summer', 'winter'] as const;
export type Season = (typeof SEASONS)[number];

/** The days on which some hours apply. */
export interface Days {
  /** The first day; empty: since ever. */
  from: Day;
  season: Season;
  /** Days of the week, 1 (Monday) to 7. */
  days: readonly number[];
}

/** Hours of the days on which they apply. */
export interface Hours extends Days {
  /** Oldest first, without overlaps; one that crosses midnight is cut there. */
  ranges: readonly ClockRange[];
}

/** A part of a day, with its tariff period; undefined where none is known. */
export interface Tile extends ClockRange {
  period: string | undefined;
}

export const MINUTES_OF_DAY = 1440;

const RANGE = /^(\d{1,2}) ?[:hH] ?(\d\d)?\s*[-–]\s*(\d{1,2}) ?[:hH] ?(\d\d)?$/;

/**
 * A range as people write it: `22:00-06:00`, `1h28-6h58`, `22H-6H`. One that crosses midnight becomes two: hours are
 * those of a calendar day.
 * @returns undefined where it is none
 */
export function clockRangesOf(text: string): ClockRange[] | undefined {
  const [, fromHour = '', fromMinute = '0', toHour = '', toMinute = '0'] = RANGE.exec(text.trim()) ?? [];
  if (fromHour === '' || Number(fromMinute) > 59 || Number(toMinute) > 59) return undefined;
  const from = Number(fromHour) * 60 + Number(fromMinute);
  const to = Number(toHour) * 60 + Number(toMinute);
  if (from === to || from >= MINUTES_OF_DAY || to > MINUTES_OF_DAY) return undefined;
  if (from < to) return [{ from, to }];
  const evening = { from, to: MINUTES_OF_DAY };
  return to === 0 ? [evening] : [{ from: 0, to }, evening];
}

/** `22:00-06:00` of whatever way to write it; as it is where it is no range. */
export function tidyRange(text: string): string {
  const [first, last = first] = clockRangesOf(text) ?? [];
  // One that crosses midnight begins with its second half.
  return first && last ? `${clockText(last.from)}-${clockText(first.to)}` : text.trim();
}

export const clockText = (minutes: number): string =>
  [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');

/** The first two ranges that have a minute in common. */
export function overlapOf(ranges: readonly ClockRange[]): [ClockRange, ClockRange] | undefined {
  for (const [i, one] of ranges.entries()) {
    const other = ranges.slice(i + 1).find(({ from, to }) => from < one.to && one.from < to);
    if (other) return [one, other];
  }
  return undefined;
}

/** 1 (Monday) to 7. */
export const weekdayOf = (day: Day): number => new Date(day).getUTCDay() || 7;

export const seasonOf = (day: Day): Exclude<Season, 'all'> => {
  const month = Number(day.slice(5, 7));
  return month >= 4 && month <= 10 ? 'summer' : 'winter';
};

export const appliesOn = ({ from, season, days }: Days, day: Day): boolean =>
  from <= day && (season === 'all' || season === seasonOf(day)) && days.includes(weekdayOf(day));

/** Those that began last. */
export const newestOf = <H extends Hours>(all: readonly H[]): H | undefined =>
  all.reduce<H | undefined>(
    (newest, hours) => (newest && newest.from >= hours.from ? newest : hours),
    undefined,
  );

/** A day in two periods: within some ranges, and outside of them. While hours are typed, ranges may overlap. */
export function tilesWithin(ranges: readonly ClockRange[], inside: string, outside: string): Tile[] {
  const tiles: Tile[] = [];
  let at = 0;
  for (const { from, to } of ranges) {
    if (to <= at) continue;
    if (at < from) tiles.push({ from: at, to: from, period: outside });
    tiles.push({ from: Math.max(at, from), to, period: inside });
    at = to;
  }
  if (at < MINUTES_OF_DAY) tiles.push({ from: at, to: MINUTES_OF_DAY, period: outside });
  return tiles;
}

/** Hours with the name of their period. */
export interface NamedHours extends Hours {
  name: string;
}

/** A day in the periods that apply on it: at each minute the first one counts, else the period `rest`. */
export function tilesOfFirst(applying: readonly NamedHours[], rest: string | undefined): Tile[] {
  const edges = new Set([0, MINUTES_OF_DAY]);
  for (const { from, to } of applying.flatMap(({ ranges }) => ranges)) edges.add(from).add(to);
  const tiles: Tile[] = [];
  const sorted = [...edges].sort((a, b) => a - b);
  for (const [i, from] of sorted.slice(0, -1).entries()) {
    const to = sorted[i + 1] ?? MINUTES_OF_DAY;
    const first = applying.find(({ ranges }) =>
      ranges.some((range) => range.from <= from && from < range.to),
    );
    const period = first ? first.name : rest;
    const last = tiles.at(-1);
    if (last && last.period === period) last.to = to;
    else tiles.push({ from, to, period });
  }
  return tiles;
}
