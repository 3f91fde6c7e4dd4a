import { setImmediate as turn } from 'node:timers/promises';
import { dayOf, isoParis, startOfDay, type Day } from '../calendar/paris';
import type { TimeRange } from '../calendar/ranges';
import type { Direction } from '../metering/metrics';
import { digest } from '../providers/identity';
import { BEFORE_LINKY } from '../providers/limits';
import type { StatisticDay, StatisticState, StatisticUpdate } from '../store/statistics';
import type { Store } from '../store/store';
import type { Tariff } from '../tariff/cost';
import { KWH } from '../tariff/energy';
import { hourlyCosts, hourlyEnergies, type HourCost } from '../tariff/hourly';
import { costSeries, meteredDays } from '../tariff/metered';
import type { TariffName } from '../tariff/open-tariff';
import { periodsOf } from '../tariff/plan';
import { rounded } from '../tariff/published-cost';
import { inBatches } from './formats';
import type { MeasuredQuery, Query } from './query';
import { neededDays, type NeededDays } from './result';

/** `home-assistant`: what the API node of node-red-contrib-home-assistant-websocket sends to import a statistic. */
export interface StatisticImport {
  protocol: 'websocket';
  data: {
    type: 'recorder/import_statistics';
    metadata: StatisticMetadata;
    stats: StatisticHour[];
  };
}

/** All of it is asked for since Home Assistant 2026.11. */
interface StatisticMetadata {
  source: 'linky';
  statistic_id: string;
  name: string;
  unit_of_measurement: 'kWh' | 'EUR';
  unit_class: 'energy' | null;
  has_sum: true;
  /** None. */
  mean_type: 0;
}

interface StatisticHour {
  /** A full hour, in ISO 8601 with the offset of Paris: `2026-11-23T00:00:00+01:00`. */
  start: string;
  /** The hour's own value. */
  state: number;
  /** All hours since the first one there is, this one included. */
  sum: number;
}

/** What one message of an answer has of its own. */
export interface StatisticMessage {
  payload: StatisticImport;
  /** The statistic's id. */
  statistic: string;
  unit: 'kWh' | 'EUR';
  /** The hours of this message. */
  range: TimeRange;
  /** What to hand in as `since` for what changes after this answer, epoch ms. */
  until: number;
}

/** What a statistic is of; with a period, it is one tariff period's part. */
export type StatisticKind = Direction | 'cost' | 'compensation';

/** Whose statistics they are, who asks for them, and what they are called. */
export interface StatisticSource {
  /** The history node's id: what it has answered before tells what is new. */
  consumer: string;
  usagePoint: string;
  /** What the store calls the usage point. */
  storedAs: string;
  /** @param period as in `periodsOf` */
  nameOf: (kind: StatisticKind, period?: string) => string;
}

type NamedTariff = Tariff & Pick<TariffName, 'key'>;

/** All that is known of a day, in hours. */
interface HourlyDay {
  day: Day;
  /** W·ms. */
  energies: readonly number[];
  /** The same hours. */
  costs: readonly HourCost[];
}

interface Statistic {
  id: string;
  name: string;
  unit: 'kWh' | 'EUR';
  /** In W·ms, or €. */
  valueOf: (day: HourlyDay, hour: number) => number;
}

const HOUR = 3_600_000;
/** More hours are not in one message. */
const MOST_HOURS = 1000;
/** More days are not worked out in one turn of the event loop. */
const MOST_DAYS = 100;

/** The days that a query of statistics needs: those without a load curve have their daily value. */
export function neededForStatistics(query: MeasuredQuery, range: TimeRange): NeededDays[] {
  const needed = neededDays(query, range);
  return query.metric === 'load-curve'
    ? [...neededDays({ ...query, metric: 'daily' }, range), ...needed]
    : needed;
}

/** The oldest day that statistics begin with. */
export async function firstDayOf(
  store: Store,
  usagePoint: string,
  direction: Direction,
): Promise<Day | undefined> {
  const oldest: Day[] = [];
  for (const name of costSeries(direction)) {
    const extent = await store.extent({ usagePoint, name });
    if (extent) oldest.push(extent.oldest);
  }
  return oldest.sort()[0];
}

/**
 * The statistics of all that the store has up to yesterday, or of each what changed, from its first changed day on. Not
 * of the query's period alone: Home Assistant takes the first hour's sum for what that hour took.
 * @param tariff of a cost
 */
export async function statisticMessages(
  store: Store,
  { direction, since }: Query,
  source: StatisticSource,
  now: number,
  tariff?: NamedTariff,
): Promise<StatisticMessage[]> {
  const range = { start: BEFORE_LINKY, end: dayOf(now) };
  const metered = await meteredDays(store, source.storedAs, direction, range);
  const days: HourlyDay[] = [];
  for (const some of inBatches(metered, MOST_DAYS)) {
    for (const each of some) {
      const energies = hourlyEnergies(each);
      if (energies)
        days.push({ day: each.day, energies, costs: (tariff && hourlyCosts(each, tariff)) ?? [] });
    }
    // Years take a while: others have a turn in between.
    await turn();
  }
  const statistics = [
    energyStatistic(direction, source),
    ...(tariff ? costStatistics(direction, source, tariff) : []),
  ];
  const digests = new Map<string, Map<Day, string>>();
  for (const statistic of statistics) {
    digests.set(statistic.id, new Map(days.map((day) => [day.day, digestOf(statistic, day)])));
    // Tempo has fourteen of them.
    await turn();
  }
  const { consumer, storedAs: usagePoint } = source;
  const { firstDays, until } = await store.statistics.update(
    { consumer, usagePoint },
    [...digests.keys()],
    (before) => noticed(before, digests, since, now),
  );
  const messages: StatisticMessage[] = [];
  const isoOf = isoHours();
  for (const statistic of statistics) {
    const from = firstDays.get(statistic.id);
    if (from !== undefined) messages.push(...messagesOf(statistic, days, from, until, isoOf));
    await turn();
  }
  return messages;
}

function energyStatistic(direction: Direction, { usagePoint, nameOf }: StatisticSource): Statistic {
  const valueOf: Statistic['valueOf'] = ({ energies }, hour) => energies[hour] ?? 0;
  return { id: `linky:${usagePoint}_${direction}`, name: nameOf(direction), unit: 'kWh', valueOf };
}

function costStatistics(
  direction: Direction,
  { usagePoint, nameOf }: StatisticSource,
  { plan, key }: NamedTariff,
): Statistic[] {
  const kind = direction === 'consumption' ? 'cost' : 'compensation';
  // The tariff is part of each id: two tariffs of one meter must not overwrite each other's hours.
  const slug = tariffSlug(key);
  const id = `linky:${usagePoint}_${kind}_${slug}`;
  const names = periodsOf(plan);
  const slugs = slugsOf(names, 'period');
  const periods =
    names.length < 2 ? [] : names.map((name, i) => ({ name, suffix: `_period_${slugs[i] ?? ''}` }));
  const partOf = ({ costs }: HourlyDay, hour: number, period: string) =>
    costs[hour]?.periods.find(({ name }) => name === period);
  return [
    { id, name: nameOf(kind), unit: 'EUR', valueOf: ({ costs }, hour) => costs[hour]?.cost ?? 0 },
    ...periods.map(({ name, suffix }): Statistic => ({
      id: `linky:${usagePoint}_${direction}_${slug}${suffix}`,
      name: nameOf(direction, name),
      unit: 'kWh',
      valueOf: (day, hour) => partOf(day, hour, name)?.energy ?? 0,
    })),
    ...periods.map(({ name, suffix }): Statistic => ({
      id: `${id}${suffix}`,
      name: nameOf(kind, name),
      unit: 'EUR',
      valueOf: (day, hour) => partOf(day, hour, name)?.cost ?? 0,
    })),
  ];
}

/** What of ids stands for a tariff. @param key see `TariffName.key` */
export const tariffSlug = (key: string): string => slugsOf([key], 'tariff')[0] ?? '';

/** Home Assistant's ids have at most 255 characters; they hold two of these. */
const LONGEST_SLUG = 80;

/**
 * A name as Home Assistant's ids have it: `offPeak` is `off_peak`, `Été, 2ᵉ` is `ete_2`.
 * @returns empty where nothing of it fits
 */
function slugOf(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1_$2')
    .toLowerCase()
    .replace(/[^\da-z]+/g, '_')
    .slice(0, LONGEST_SLUG)
    .replace(/^_|_$/g, '');
}

/** The slugs of names, each another one. @param otherwise where nothing of a name fits */
export function slugsOf(names: readonly string[], otherwise: string): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const slug = slugOf(name) || otherwise;
    let free = slug;
    for (let n = 2; taken.has(free); n++) free = `${slug}_${n}`;
    taken.add(free);
    return free;
  });
}

/** A day of nothing is told from others by its hours alone: most days of a tariff period have nothing. */
function digestOf({ valueOf }: Statistic, day: HourlyDay): string {
  const values = day.energies.map((_, hour) => valueOf(day, hour));
  return values.every((value) => value === 0) ? String(values.length) : digest(values.join());
}

/** What is new of statistics for who asks. */
interface Noticed {
  updates: Map<string, StatisticUpdate>;
  /** The first day of each statistic that is new; absent where none is. */
  firstDays: Map<string, Day>;
  /** When this was, epoch ms: what to hand in as `since` the next time. */
  until: number;
}

/** Stands for the digest of a day that had hours and has none any more. */
const GONE = '';

/**
 * What is new of statistics.
 * @param before those that were answered before
 * @param digests of their days now
 */
function noticed(
  before: ReadonlyMap<string, StatisticState>,
  digests: ReadonlyMap<string, ReadonlyMap<Day, string>>,
  since: number,
  now: number,
): Noticed {
  const lastAnswer = Math.max(...[...before.values()].map(({ answeredAt }) => answeredAt));
  // Later than all that was answered before, though the clock may have been set back: what is new now would else be
  // left out for who hands in the `until` of an earlier answer.
  const until = Math.max(now, lastAnswer + 1);
  const updates: Noticed['updates'] = new Map();
  const firstDays: Noticed['firstDays'] = new Map();
  for (const [id, current] of digests) {
    const state = before.get(id);
    const days = new Map<Day, StatisticDay>(state?.days);
    const changed = new Map<Day, StatisticDay>();
    const note = (day: Day, digestNow: string): void => {
      if (days.get(day)?.digest !== digestNow) changed.set(day, { digest: digestNow, changedAt: until });
    };
    for (const day of days.keys()) if (!current.has(day)) note(day, GONE);
    for (const [day, digestNow] of current) note(day, digestNow);
    for (const [day, entry] of changed) days.set(day, entry);
    updates.set(id, { answeredAt: until, changed });
    // Who names a later time than that of the last answer with this statistic has never had it, but another one. Who
    // names none now may have had that too.
    const latest = since === -Infinity ? lastAnswer : since;
    const isKnown = state !== undefined && latest <= state.answeredAt;
    const first = firstChange(days, isKnown ? since : -Infinity);
    if (first === undefined) continue;
    firstDays.set(id, first);
    // All of it is news, until it has been taken: who lost this answer names the same time again.
    if (!isKnown) changed.set(first, { digest: days.get(first)?.digest ?? GONE, changedAt: until });
  }
  return { updates, firstDays, until };
}

/** The first day that changed after an instant. */
function firstChange(days: ReadonlyMap<Day, StatisticDay>, since: number): Day | undefined {
  let first: Day | undefined;
  for (const [day, { changedAt }] of days) {
    if (changedAt > since && (first === undefined || day < first)) first = day;
  }
  return first;
}

/** How Home Assistant has the start of an hour, `2026-11-23T00:00:00+01:00`: all statistics have the same hours. */
function isoHours(): (start: number) => string {
  const known = new Map<number, string>();
  return (start) => {
    let iso = known.get(start);
    if (iso === undefined) known.set(start, (iso = isoParis(start).replace('.000', '')));
    return iso;
  };
}

/** Whole days of a statistic from one on, oldest first; the sums begin with the first day there is. */
function messagesOf(
  statistic: Statistic,
  days: readonly HourlyDay[],
  from: Day,
  until: number,
  isoOf: (start: number) => string,
): StatisticMessage[] {
  const first = days.findIndex(({ day }) => day >= from);
  if (first < 0) return [];
  const { id, unit } = statistic;
  const metadata = metadataOf(statistic);
  return inBatches(statisticHours(statistic, days, first), MOST_HOURS).map((hours) => ({
    payload: {
      protocol: 'websocket',
      data: {
        type: 'recorder/import_statistics',
        metadata: { ...metadata },
        stats: hours.map(({ start, state, sum }) => ({ start: isoOf(start), state, sum })),
      },
    },
    statistic: id,
    unit,
    range: { start: hours[0]?.start ?? 0, end: (hours.at(-1)?.start ?? 0) + HOUR },
    until,
  }));
}

const metadataOf = ({ id, name, unit }: Statistic): StatisticMetadata => ({
  source: 'linky',
  statistic_id: id,
  name,
  unit_of_measurement: unit,
  unit_class: unit === 'kWh' ? 'energy' : null,
  has_sum: true,
  mean_type: 0,
});

/** The hours of days from the one with the index `first` on; `start` in epoch ms. */
function statisticHours(
  { unit, valueOf }: Statistic,
  days: readonly HourlyDay[],
  first: number,
): { start: number; state: number; sum: number }[] {
  const written = (value: number): number => rounded(unit === 'kWh' ? value / KWH : value);
  const hours: { start: number; state: number; sum: number }[] = [];
  // Energies are integers, so that their sum is exact however many there are.
  let total = 0;
  let sum = 0;
  for (const [i, day] of days.entries()) {
    const midnight = startOfDay(day.day);
    for (let hour = 0; hour < day.energies.length; hour++) {
      const value = valueOf(day, hour);
      total += value;
      if (i < first) continue;
      // Most hours of a period are empty: what does not change is not written anew.
      if (value !== 0 || hours.length === 0) sum = written(total);
      hours.push({ start: midnight + hour * HOUR, state: value === 0 ? 0 : written(value), sum });
    }
  }
  return hours;
}
