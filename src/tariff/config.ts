import {
  clockRangesOf,
  overlapOf,
  SEASONS,
  tilesOfFirst,
  tilesWithin,
  newestOf,
  MINUTES_OF_DAY,
  type ClockRange,
  type Hours,
  type NamedHours,
  type Season,
  type Tile,
} from './hours';
import { periodsOf, PLANS, type Plan, type PlanKind } from './plan';
import type { PriceRow } from './prices';

/** The properties of a tariff node, as a flow has them: one written by hand may hold anything. */
export interface TariffInput {
  plan?: unknown;
  power?: unknown;
  prices?: unknown;
  ownPrices?: unknown;
  offPeak?: unknown;
  periods?: unknown;
  defaultPeriod?: unknown;
  feedIn?: unknown;
}

/** A tariff whose properties are all valid. */
export interface TariffConfig {
  plan: Plan;
  /** kVA. */
  power: number;
  prices: 'regulated' | PriceRow[];
  /** Prices of the period `feedIn`. */
  feedIn: PriceRow[];
}

/** The properties that are lists. */
export type ListField = 'ownPrices' | 'offPeak' | 'periods' | 'feedIn';

/** What is wrong, as the key of its sentence in the locales (`linky-tariff.problem.<key>`). */
export type ProblemKey =
  | 'plan-unknown'
  | 'power-not-offered'
  | 'prices-unknown'
  | 'custom-needs-own-prices'
  | 'list-empty'
  | 'from-invalid'
  | 'from-twice'
  | 'season-unknown'
  | 'days-none'
  | 'days-invalid'
  | 'ranges-none'
  | 'range-invalid'
  | 'ranges-overlap'
  | 'rows-overlap'
  | 'hours-hole'
  | 'name-missing'
  | 'name-reserved'
  | 'default-name-reserved'
  | 'default-period-missing'
  | 'price-missing'
  | 'price-invalid';

export interface Problem {
  key: ProblemKey;
  field: ListField | 'plan' | 'power' | 'prices' | 'defaultPeriod';
  /** Of the list, from 1. */
  row?: number;
  /** What the sentence names. */
  params?: Readonly<Record<string, string>>;
}

/** Powers of the regulated tariff, kVA. */
export const POWERS: Readonly<Record<Exclude<PlanKind, 'custom'>, readonly number[]>> = {
  base: [3, 6, 9, 12, 15, 18, 24, 30, 36],
  hphc: [6, 9, 12, 15, 18, 24, 30, 36],
  tempo: [6, 9, 12, 15, 18, 30, 36],
};

/** What a property is that a flow lacks. */
export const TARIFF_DEFAULTS = { plan: 'base', power: 6, prices: 'regulated' } as const;

/** A price above this, € per kWh or € a year, is a comma in the wrong place. */
const MOST_PER_KWH = 10;
const MOST_PER_YEAR = 100_000;

/** Of a row of prices, beside the names of periods. */
const OTHER_KEYS = ['from', 'subscription', '__proto__'];

type Report = (key: ProblemKey, params?: Record<string, string>) => void;

/**
 * Reads the properties of a tariff node.
 * @returns the tariff, or all that is wrong with them
 */
export function tariffOf(input: TariffInput): { config: TariffConfig } | { problems: Problem[] } {
  const problems: Problem[] = [];
  const reportOf =
    (field: Problem['field'], row?: number): Report =>
    (key, params) => {
      problems.push({ key, field, ...(row !== undefined && { row }), ...(params && { params }) });
    };
  const kind = PLANS.find((each) => each === (input.plan ?? TARIFF_DEFAULTS.plan));
  if (!kind) {
    reportOf('plan')('plan-unknown');
    return { problems };
  }
  const plan = planOf(kind, input, reportOf);
  const power = numberOf(input.power ?? TARIFF_DEFAULTS.power) ?? NaN;
  let prices: TariffConfig['prices'] = 'regulated';
  switch (input.prices ?? TARIFF_DEFAULTS.prices) {
    case 'own':
      prices = priceRowsOf('ownPrices', input.ownPrices, ['subscription', ...periodsOf(plan)], reportOf);
      break;
    case 'regulated':
      if (kind === 'custom') reportOf('prices')('custom-needs-own-prices');
      else if (!POWERS[kind].includes(power)) {
        reportOf('power')('power-not-offered', { powers: POWERS[kind].join(', ') });
      }
      break;
    default:
      reportOf('prices')('prices-unknown');
  }
  // Without a price nothing is fed in for money: that is no problem before a cost of it is wanted.
  const feedIn =
    itemsOf(input.feedIn).length > 0 ? priceRowsOf('feedIn', input.feedIn, ['price'], reportOf) : [];
  if (problems.length > 0) return { problems };
  return { config: { plan, power, prices, feedIn } };
}

type ReportOf = (field: Problem['field'], row?: number) => Report;

function planOf(kind: PlanKind, input: TariffInput, reportOf: ReportOf): Plan {
  switch (kind) {
    case 'hphc': {
      const offPeak = rowsOf(input.offPeak).map((row, i) => hoursOf(row, reportOf('offPeak', i + 1)));
      if (offPeak.length === 0) reportOf('offPeak')('list-empty');
      else reportHours(offPeak, reportOf);
      return { kind, offPeak };
    }
    case 'custom': {
      const periods = rowsOf(input.periods).map((row, i) => namedHoursOf(row, reportOf('periods', i + 1)));
      const rest = textOf(input.defaultPeriod);
      if (rest === '') reportOf('defaultPeriod')('default-period-missing');
      if (OTHER_KEYS.includes(rest)) reportOf('defaultPeriod')('default-name-reserved', { name: rest });
      return { kind, periods, rest };
    }
    default:
      return { kind };
  }
}

/** Hours that say two things of one day, or nothing. */
function reportHours(offPeak: readonly Hours[], reportOf: ReportOf): void {
  for (const [i, one] of offPeak.entries()) {
    const other = offPeak.slice(0, i).findIndex((before) => haveDayInCommon(before, one));
    if (other >= 0) reportOf('offPeak', i + 1)('rows-overlap', { other: String(other + 1) });
  }
  const holes = kindsOfDay().filter(({ season, day }) => !offPeak.some((hours) => fits(hours, season, day)));
  const [hole] = holes;
  if (hole) reportOf('offPeak')('hours-hole', { season: hole.season, day: String(hole.day) });
}

const kindsOfDay = (): { season: 'summer' | 'winter'; day: number }[] =>
  (['summer', 'winter'] as const).flatMap((season) => [1, 2, 3, 4, 5, 6, 7].map((day) => ({ season, day })));

const fits = ({ season, days }: Hours, wanted: 'summer' | 'winter', day: number): boolean =>
  (season === 'all' || season === wanted) && days.includes(day);

const haveDayInCommon = (one: Hours, other: Hours): boolean =>
  one.from === other.from &&
  kindsOfDay().some(({ season, day }) => fits(one, season, day) && fits(other, season, day));

function hoursOf(row: Readonly<Record<string, unknown>>, report: Report): Hours {
  const season = SEASONS.find((each) => each === (row['season'] ?? 'all'));
  if (!season) report('season-unknown');
  const given = itemsOf(row['days'] ?? [1, 2, 3, 4, 5, 6, 7]).map(Number);
  const days = given.filter((day) => Number.isInteger(day) && day >= 1 && day <= 7);
  // Half of a weekend that was written for Sunday as 0 would be a wrong cost.
  if (days.length < given.length) report('days-invalid');
  else if (days.length === 0) report('days-none');
  return {
    from: fromOf(row['from'], report),
    season: season ?? 'all',
    days,
    ranges: rangesOf(row['ranges'], report),
  };
}

function namedHoursOf(row: Readonly<Record<string, unknown>>, report: Report): NamedHours {
  const name = textOf(row['name']);
  if (name === '') report('name-missing');
  if (OTHER_KEYS.includes(name)) report('name-reserved', { name });
  return { ...hoursOf(row, report), name };
}

function rangesOf(value: unknown, report: Report): ClockRange[] {
  const texts = itemsOf(value)
    .map(textOf)
    .filter((text) => text !== '');
  if (texts.length === 0) report('ranges-none');
  /** What was written, by the ranges that it became. */
  const written = new Map<ClockRange, string>();
  for (const text of texts) {
    const ranges = clockRangesOf(text);
    if (!ranges) report('range-invalid', { range: text });
    for (const range of ranges ?? []) written.set(range, text);
  }
  const ranges = [...written.keys()];
  const [one, other] = overlapOf(ranges) ?? [];
  if (one && other) {
    report('ranges-overlap', { one: written.get(one) ?? '', other: written.get(other) ?? '' });
  }
  return ranges.sort((one, other) => one.from - other.from);
}

/** @param names of the prices that each row must have; `subscription` is by the year */
function priceRowsOf(
  field: 'ownPrices' | 'feedIn',
  value: unknown,
  names: readonly string[],
  reportOf: ReportOf,
): PriceRow[] {
  const rows = rowsOf(value);
  if (rows.length === 0) reportOf(field)('list-empty');
  const seen = new Set<string>();
  return rows.map((row, i) => {
    const report = reportOf(field, i + 1);
    const from = fromOf(row['from'], report);
    if (seen.has(from)) report('from-twice', { from });
    seen.add(from);
    const priced: PriceRow & { prices: Record<string, number> } = { from, prices: {} };
    // One without a name is reported where it has none.
    for (const name of names.filter((each) => each !== '')) {
      const isYearly = name === 'subscription';
      if (textOf(row[name]) === '') {
        report('price-missing', { period: name });
        continue;
      }
      const price = numberOf(row[name]);
      if (price === undefined || price < 0 || price > (isYearly ? MOST_PER_YEAR : MOST_PER_KWH)) {
        report('price-invalid', { period: name, value: textOf(row[name]) });
      } else if (isYearly) priced.subscription = price;
      else priced.prices[field === 'feedIn' ? 'feedIn' : name] = price;
    }
    return priced;
  });
}

/** Empty: since ever. */
function fromOf(value: unknown, report: Report): string {
  const text = textOf(value);
  if (text === '' || isDate(text)) return text;
  report('from-invalid', { from: text });
  return '';
}

/** `yyyy-mm-dd`, and a date that exists. */
const isDate = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  new Date(text).toISOString().startsWith(text);

/** A number, or a text that is one; French write it with a comma. */
function numberOf(value: unknown): number | undefined {
  const text = textOf(value).replace(',', '.');
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

const LONGEST_TEXT = 60;

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim().slice(0, LONGEST_TEXT) : '';

const itemsOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

const rowsOf = (value: unknown): Readonly<Record<string, unknown>>[] =>
  itemsOf(value).map((row) => Object(row) as Record<string, unknown>);

/** The periods that have a price each, also while the plan is not valid yet. */
export function periodNamesOf(input: TariffInput): string[] {
  const kind = PLANS.find((each) => each === (input.plan ?? TARIFF_DEFAULTS.plan));
  return periodsOf(planOf(kind ?? 'base', input, ignore)).filter((name) => name !== '');
}

const ignore: ReportOf = () => () => undefined;

/** What days look like from a date on: those of a season and of some days of the week. */
export interface Picture {
  /** Empty: since ever. */
  from: string;
  season: Season;
  days: number[];
  tiles: Tile[];
}

/**
 * The kinds of day that a plan has, each from the date on which it begins, for the form. Rows that are not valid yet
 * are left out.
 */
export function picturesOf(input: TariffInput): Picture[] {
  const kind = PLANS.find((each) => each === (input.plan ?? TARIFF_DEFAULTS.plan));
  const plan = planOf(kind ?? 'base', input, ignore);
  if (plan.kind !== 'hphc' && plan.kind !== 'custom') {
    const tiles =
      plan.kind === 'tempo'
        ? tilesWithin(
            [
              { from: 0, to: 360 },
              { from: 1320, to: MINUTES_OF_DAY },
            ],
            'offPeak',
            'peak',
          )
        : [{ from: 0, to: MINUTES_OF_DAY, period: 'base' }];
    return [{ from: '', season: 'all', days: [1, 2, 3, 4, 5, 6, 7], tiles }];
  }
  const hours = plan.kind === 'hphc' ? plan.offPeak : plan.periods;
  const dates = [...new Set(hours.map(({ from }) => from))].sort();
  return (dates.length > 0 ? dates : ['']).flatMap((from) => kindsFrom(plan, from));
}

function kindsFrom(plan: Plan & { kind: 'hphc' | 'custom' }, from: string): Picture[] {
  const pictures: Picture[] = [];
  for (const { season, day } of kindsOfDay()) {
    const tiles = tilesOfKind(plan, from, season, day);
    if (!tiles) continue;
    const same = pictures.find((picture) => picture.season === season && isSameDay(picture.tiles, tiles));
    if (same) same.days.push(day);
    else pictures.push({ from, season, days: [day], tiles });
  }
  return joinedSeasons(pictures);
}

function tilesOfKind(
  plan: Plan & { kind: 'hphc' | 'custom' },
  from: string,
  season: 'summer' | 'winter',
  day: number,
): Tile[] | undefined {
  const applies = (hours: Hours): boolean => hours.from <= from && fits(hours, season, day);
  if (plan.kind === 'custom') return tilesOfFirst(plan.periods.filter(applies), plan.rest || undefined);
  const hours = newestOf(plan.offPeak.filter(applies));
  return hours && tilesWithin(hours.ranges, 'offPeak', 'peak');
}

/** Kinds of day that are the same in both seasons. */
function joinedSeasons(pictures: readonly Picture[]): Picture[] {
  const joined: Picture[] = [];
  for (const picture of pictures) {
    const same = joined.find(
      ({ days, tiles }) => String(days) === String(picture.days) && isSameDay(tiles, picture.tiles),
    );
    if (same) same.season = 'all';
    else joined.push(picture);
  }
  return joined;
}

const isSameDay = (one: readonly Tile[], other: readonly Tile[]): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
