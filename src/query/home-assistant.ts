import { dayOf, isoParis, startOfDay, type Day } from '../calendar/paris';
import type { TimeRange } from '../calendar/ranges';
import type { Direction } from '../metering/metrics';
import { digest } from '../providers/identity';
import { BEFORE_LINKY } from '../providers/limits';
import type { ChangedDays, StatisticDay } from '../store/statistics';
import type { Store } from '../store/store';
import type { Tariff } from '../tariff/cost';
import { KWH } from '../tariff/energy';
import { hourlyCosts, hourlyEnergies, type HourCost } from '../tariff/hourly';
import { meteredDays } from '../tariff/metered';
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

/** What statistics are called. */
export interface StatisticSource {
  usagePoint: string;
  /** What the store calls the usage point. */
  storedAs: string;
  /** @param period as in `periodsOf` */
  nameOf: (kind: StatisticKind, period?: string) => string;
}

type NamedTariff = Tariff & { name: string };

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

/** Statistics that change together. */
interface StatisticGroup {
  /** The id of the first one: under it the store knows what they were. */
  key: string;
  statistics: readonly Statistic[];
  digestOf: (day: HourlyDay) => string;
}

const HOUR = 3_600_000;
/** More hours are not in one message. */
const MOST_HOURS = 1000;

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
  const daily = await store.extent({ usagePoint, name: `${direction}-daily` });
  const loadCurve = await store.extent({ usagePoint, name: `${direction}-load-curve` });
  return [daily, loadCurve].flatMap((extent) => extent?.oldest ?? []).sort()[0];
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
  const days = metered.flatMap((each): HourlyDay[] => {
    const energies = hourlyEnergies(each);
    return energies ? [{ day: each.day, energies, costs: (tariff && hourlyCosts(each, tariff)) ?? [] }] : [];
  });
  const groups = [energyGroup(direction, source), ...(tariff ? [costGroup(direction, source, tariff)] : [])];
  const { changes, until } = await noticeChanges(store, source.storedAs, groups, days, now);
  return groups.flatMap(({ key, statistics }) => {
    const from = firstChange(changes.get(key) ?? new Map<Day, StatisticDay>(), since);
    return from === undefined ? [] : messagesOf(statistics, days, from, until);
  });
}

function energyGroup(direction: Direction, { usagePoint, nameOf }: StatisticSource): StatisticGroup {
  const id = `linky:${usagePoint}_${direction}`;
  return {
    key: id,
    statistics: [
      { id, name: nameOf(direction), unit: 'kWh', valueOf: ({ energies }, hour) => energies[hour] ?? 0 },
    ],
    digestOf: ({ energies }) => digest(JSON.stringify(energies)),
  };
}

function costGroup(
  direction: Direction,
  { usagePoint, nameOf }: StatisticSource,
  tariff: NamedTariff,
): StatisticGroup {
  const kind = direction === 'consumption' ? 'cost' : 'compensation';
  // The tariff is part of each id: two tariffs of one meter must not overwrite each other's hours.
  const [slug = ''] = slugsOf([tariff.name], 'tariff');
  const id = `linky:${usagePoint}_${kind}_${slug}`;
  const names = periodsOf(tariff.plan);
  const slugs = slugsOf(names, 'period');
  const periods = names.length < 2 ? [] : names.map((name, i) => ({ name, slug: slugs[i] ?? '' }));
  const partOf = ({ costs }: HourlyDay, hour: number, period: string) =>
    costs[hour]?.periods.find(({ name }) => name === period);
  return {
    key: id,
    statistics: [
      { id, name: nameOf(kind), unit: 'EUR', valueOf: ({ costs }, hour) => costs[hour]?.cost ?? 0 },
      ...periods.map(({ name, slug: period }): Statistic => ({
        id: `linky:${usagePoint}_${direction}_${slug}_${period}`,
        name: nameOf(direction, name),
        unit: 'kWh',
        valueOf: (day, hour) => partOf(day, hour, name)?.energy ?? 0,
      })),
      ...periods.map(({ name, slug: period }): Statistic => ({
        id: `${id}_${period}`,
        name: nameOf(kind, name),
        unit: 'EUR',
        valueOf: (day, hour) => partOf(day, hour, name)?.cost ?? 0,
      })),
    ],
    digestOf: ({ costs }) => digest(JSON.stringify(costs)),
  };
}

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

/** What the days of groups are now, by the group's key, and when this was. */
interface Noticed {
  changes: Map<string, Map<Day, StatisticDay>>;
  until: number;
}

/** Compares the days of statistics with what they were, and keeps what is new. */
async function noticeChanges(
  store: Store,
  usagePoint: string,
  groups: readonly StatisticGroup[],
  days: readonly HourlyDay[],
  now: number,
): Promise<Noticed> {
  const changes: Noticed['changes'] = new Map();
  const changed: ChangedDays[] = [];
  let newest = -Infinity;
  for (const { key, digestOf } of groups) {
    const before = await store.statistics.days(usagePoint, key);
    // A day that is not there any more has changed too.
    const digests = new Map([...before.keys()].map((day) => [day, GONE]));
    for (const day of days) digests.set(day.day, digestOf(day));
    for (const [day, current] of digests) if (before.get(day)?.digest === current) digests.delete(day);
    for (const { changedAt } of before.values()) newest = Math.max(newest, changedAt);
    changes.set(key, before);
    if (digests.size > 0) changed.push({ statistic: key, digests });
  }
  if (changed.length === 0) return { changes, until: Math.max(now, newest) };
  // Later than all that was noticed before, though the clock may have been set back: else it would be left out of the
  // answer to somebody who hands in the `until` of the last one.
  const changedAt = Math.max(now, newest + 1);
  await store.statistics.keep(usagePoint, changed, changedAt);
  for (const { statistic, digests } of changed) {
    for (const [day, current] of digests) changes.get(statistic)?.set(day, { digest: current, changedAt });
  }
  return { changes, until: changedAt };
}

/** Stands for the digest of a day that had hours and has none any more. */
const GONE = '';

/** The first day that changed after an instant. */
function firstChange(days: ReadonlyMap<Day, StatisticDay>, since: number): Day | undefined {
  let first: Day | undefined;
  for (const [day, { changedAt }] of days) {
    if (changedAt > since && (first === undefined || day < first)) first = day;
  }
  return first;
}

/** Whole days from one on, statistic after statistic, oldest first; the sums begin with the first day there is. */
function messagesOf(
  statistics: readonly Statistic[],
  days: readonly HourlyDay[],
  from: Day,
  until: number,
): StatisticMessage[] {
  const first = days.findIndex(({ day }) => day >= from);
  if (first < 0) return [];
  const starts = days.slice(first).flatMap(({ day, energies }) => {
    const midnight = startOfDay(day);
    return energies.map((_, hour) => midnight + hour * HOUR);
  });
  const texts = starts.map((start) => isoParis(start).replace('.000', ''));
  return statistics.flatMap((statistic) => {
    const hours = statisticHours(statistic, days, first, texts);
    const { id, unit } = statistic;
    return inBatches(hours, MOST_HOURS).map((stats, i): StatisticMessage => {
      const start = starts[i * MOST_HOURS] ?? 0;
      const last = starts[i * MOST_HOURS + stats.length - 1] ?? 0;
      const metadata = metadataOf(statistic);
      return {
        payload: { protocol: 'websocket', data: { type: 'recorder/import_statistics', metadata, stats } },
        statistic: id,
        unit,
        range: { start, end: last + HOUR },
        until,
      };
    });
  });
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

/** @param starts of the hours from the day with the index `first` on */
function statisticHours(
  { unit, valueOf }: Statistic,
  days: readonly HourlyDay[],
  first: number,
  starts: readonly string[],
): StatisticHour[] {
  const written = (value: number): number => rounded(unit === 'kWh' ? value / KWH : value);
  const hours: StatisticHour[] = [];
  // Energies are integers, so that their sum is exact however many there are.
  let total = 0;
  let sum = 0;
  for (const [i, day] of days.entries()) {
    for (let hour = 0; hour < day.energies.length; hour++) {
      const value = valueOf(day, hour);
      total += value;
      if (i < first) continue;
      // Most hours of a period are empty: what does not change is not written anew.
      if (value !== 0 || hours.length === 0) sum = written(total);
      hours.push({ start: starts[hours.length] ?? '', state: value === 0 ? 0 : written(value), sum });
    }
  }
  return hours;
}
