import { addDays, daysBetween, type Day } from '../calendar/paris';
import type { DayRange } from '../calendar/ranges';
import type { Metric, Series } from '../metering/metrics';
import type { DayRecord, DayState, DayStatus, MeasuredDay } from '../metering/readings';
import type { RegisterDay } from '../metering/registers';
import type { FloorReason } from '../providers/errors';
import { expand } from './compact';
import type { Statements } from './database';

/** One series of one usage point. */
export interface SeriesKey {
  /** As the store names it: the PDL, with a prefix for simulated meters. */
  usagePoint: string;
  name: Series;
}

/** The history floor of a series. */
export interface Floor {
  /** Enedis has nothing of this day nor of any before. */
  day: Day;
  reason: FloorReason;
  /** When a provider said so last, epoch ms. */
  probedAt: number;
  /** `Provider.identity` of that provider. */
  provider: string;
}

/** What is known of a series as a whole. */
export interface SeriesFacts {
  /** The oldest day that the collector requested by itself. */
  collectedSince?: Day;
  floor?: Floor;
}

/** The days between which something of a series came, both included. */
export interface Extent {
  oldest: Day;
  newest: Day;
  /** The meter's first day, where that is known: it measured nothing before. */
  firstDay?: Day;
}

/** Revisions of a series, by metric. */
export type Revisions = ReadonlyMap<Metric, number>;

interface SeriesRow {
  collected_since: Day | null;
  floor: Day | null;
  floor_reason: FloorReason | null;
  floor_probed_at: number | null;
  floor_provider: string | null;
}

interface StatusRow {
  day: Day;
  state: DayState;
  requested_at: number;
  attempts: number;
}

interface MeasuredRow extends StatusRow {
  readings: string | null;
}

export interface DayRow extends MeasuredRow {
  imported: string | null;
  revision: number;
  revision_before: number;
  changed: string | null;
}

const FACT_COLUMNS = 'collected_since, floor, floor_reason, floor_probed_at, floor_provider';

const STATUS_COLUMNS = 'day, state, requested_at, attempts';
const MEASURED_COLUMNS = `${STATUS_COLUMNS}, readings`;
export const DAY_COLUMNS =
  'day, state, readings, revision, revision_before, changed, imported, requested_at, attempts';

/** Reads what is kept of series. Every function throws what the database throws. */
export class Reader {
  /** @param ids of series, by `nameOf`: shared with whoever else reads the same database */
  constructor(
    protected readonly database: Statements,
    protected readonly ids: Map<string, number>,
  ) {}

  /** The days that were ever requested or imported, oldest first, with their readings. */
  async days(key: SeriesKey, range: DayRange): Promise<MeasuredDay[]> {
    return (await this.rows<MeasuredRow>(MEASURED_COLUMNS, key, range)).map(measuredOf);
  }

  /** The same days, with how they came. A long query takes its time by the column: `days`, where that is enough. */
  async records(key: SeriesKey, range: DayRange): Promise<DayRecord[]> {
    return (await this.rows<DayRow>(DAY_COLUMNS, key, range)).map(recordOf);
  }

  /** The same days, without their readings. */
  async statuses(key: SeriesKey, range: DayRange): Promise<DayStatus[]> {
    return (await this.rows<StatusRow>(STATUS_COLUMNS, key, range)).map(statusOf);
  }

  /** The oldest day of a range that is not complete, or the range's start where a day is not known at all. */
  async openSince(key: SeriesKey, { start, end }: DayRange): Promise<Day | undefined> {
    const [row] = await this.database.query<{ requested: number; oldest: Day | null }>(
      `SELECT count(*) AS requested, min(CASE WHEN state <> 'complete' THEN day END) AS oldest
       FROM day WHERE series = ? AND day >= ? AND day < ?`,
      await this.idOf(key),
      start,
      end,
    );
    if ((row?.requested ?? 0) < daysBetween(start, end)) return start;
    return row?.oldest ?? undefined;
  }

  /** What the registers showed, oldest first. */
  async registers(key: SeriesKey, range: DayRange): Promise<RegisterDay[]> {
    const rows = await this.rows<Pick<DayRow, 'readings'>>('readings', key, range);
    return rows.flatMap(({ readings }) => (readings ? [JSON.parse(readings) as RegisterDay] : []));
  }

  /**
   * The days that changed after a revision, in the order they changed: whole answers, as many as have at most `most`
   * days together, and at least one. The last one's revision is that of the newest of these answers.
   *
   * A day that has changed again since is in them too, whole: who goes on from that revision hears of its last change
   * only.
   */
  async changedAfter(key: SeriesKey, revision: number, most: number): Promise<DayRecord[]> {
    const id = await this.idOf(key);
    const select = `SELECT ${DAY_COLUMNS} FROM change JOIN day USING (series, revision)
      WHERE series = ? AND day BETWEEN oldest AND newest AND revision`;
    const rows = await this.database.query<DayRow>(
      `${select} > ? ORDER BY revision, day LIMIT ?`,
      id,
      revision,
      most + 1,
    );
    const over = rows[most];
    if (!over) return rows.map(recordOf);
    const earlier = rows.filter((row) => row.revision < over.revision);
    const whole =
      earlier.length > 0
        ? earlier
        : await this.database.query<DayRow>(`${select} = ? ORDER BY day`, id, over.revision);
    const last = whole.at(-1)?.revision ?? 0;
    const again = await this.database.query<DayRow>(
      `SELECT ${DAY_COLUMNS} FROM day
       WHERE series = ? AND revision > ? AND revision_before > ? AND revision_before <= ? ORDER BY day`,
      id,
      last,
      revision,
      last,
    );
    return [...again.map((row) => recordOf({ ...row, changed: null })), ...whole.map(recordOf)];
  }

  /** The days alone that changed after a revision, oldest first, and the revision of the newest change. */
  async changedDays(key: SeriesKey, after: number): Promise<{ days: Day[]; revision: number }> {
    const rows = await this.database.query<{ day: Day; revision: number }>(
      `SELECT day, revision FROM change JOIN day USING (series, revision)
       WHERE series = ? AND day BETWEEN oldest AND newest AND revision > ? ORDER BY day`,
      await this.idOf(key),
      after,
    );
    return {
      days: rows.map(({ day }) => day),
      revision: Math.max(after, ...rows.map((row) => row.revision)),
    };
  }

  /** Undefined while nothing came. */
  async extent(key: SeriesKey): Promise<Extent | undefined> {
    const edge = (order: string): string =>
      `(SELECT day FROM day WHERE day.series = series.id AND day.revision > 0 ORDER BY day ${order} LIMIT 1)`;
    const [row] = await this.database.query<SeriesRow & { oldest: Day | null; newest: Day | null }>(
      `SELECT ${edge('ASC')} AS oldest, ${edge('DESC')} AS newest, ${FACT_COLUMNS} FROM series WHERE id = ?`,
      await this.idOf(key),
    );
    if (!row?.oldest || !row.newest) return undefined;
    const firstDay = meterFirstDay(factsOf(row));
    return { oldest: row.oldest, newest: row.newest, ...(firstDay && { firstDay }) };
  }

  async facts(key: SeriesKey): Promise<SeriesFacts> {
    const [row] = await this.database.query<SeriesRow>(
      `SELECT ${FACT_COLUMNS} FROM series WHERE id = ?`,
      await this.idOf(key),
    );
    return row ? factsOf(row) : {};
  }

  /** The newest revision of a series, and that up to which a consumer has published each metric of it. */
  async cursors(consumer: string, key: SeriesKey): Promise<{ newest: number; published: Revisions }> {
    const rows = await this.database.query<
      { newest: number } & ({ metric: Metric; revision: number } | { metric: null })
    >(
      `SELECT series.revision AS newest, cursor.metric, cursor.revision
       FROM series LEFT JOIN cursor ON cursor.series = series.id AND cursor.consumer = ? WHERE series.id = ?`,
      consumer,
      await this.idOf(key),
    );
    const published = new Map<Metric, number>();
    for (const row of rows) if (row.metric) published.set(row.metric, row.revision);
    return { newest: rows[0]?.newest ?? 0, published };
  }

  protected async idOf(key: SeriesKey): Promise<number> {
    const known = this.ids.get(nameOf(key));
    if (known !== undefined) return known;
    const id = await this.findId(key);
    this.ids.set(nameOf(key), id);
    return id;
  }

  private async rows<Row>(columns: string, key: SeriesKey, range: DayRange): Promise<Row[]> {
    return rowsOf<Row>(this.database, columns, await this.idOf(key), range);
  }

  private async findId({ usagePoint, name }: SeriesKey): Promise<number> {
    await this.database.run(
      'INSERT INTO series (usage_point, name) VALUES (?, ?) ON CONFLICT (usage_point, name) DO NOTHING',
      usagePoint,
      name,
    );
    const [row] = await this.database.query<{ id: number }>(
      'SELECT id FROM series WHERE usage_point = ? AND name = ?',
      usagePoint,
      name,
    );
    if (!row) throw new Error('a series that was just inserted is not there');
    return row.id;
  }
}

/** A series as one text. */
export const nameOf = ({ usagePoint, name }: SeriesKey): string => `${usagePoint} ${name}`;

const factsOf = ({
  collected_since,
  floor,
  floor_reason,
  floor_probed_at,
  floor_provider,
}: SeriesRow): SeriesFacts => ({
  ...(collected_since && { collectedSince: collected_since }),
  ...(floor && {
    floor: {
      day: floor,
      reason: floor_reason ?? 'not-available',
      probedAt: floor_probed_at ?? 0,
      provider: floor_provider ?? '',
    },
  }),
});

const rowsOf = <Row>(
  database: Statements,
  columns: string,
  id: number,
  { start, end }: DayRange,
): Promise<Row[]> =>
  database.query<Row>(
    `SELECT ${columns} FROM day WHERE series = ? AND day >= ? AND day < ? ORDER BY day`,
    id,
    start,
    end,
  );

export const keptDays = async (
  database: Statements,
  id: number,
  range: DayRange,
): Promise<Map<Day, DayRow>> =>
  new Map((await rowsOf<DayRow>(database, DAY_COLUMNS, id, range)).map((row) => [row.day, row]));

export const statusOf = ({ day, state, requested_at, attempts }: StatusRow): DayStatus => ({
  day,
  state,
  requestedAt: requested_at,
  attempts,
});

/** A query reads a thousand of them: nothing is copied. */
const measuredOf = (row: MeasuredRow): MeasuredDay => ({
  day: row.day,
  state: row.state,
  requestedAt: row.requested_at,
  attempts: row.attempts,
  readings: row.readings ? expand(row.readings) : [],
});

function recordOf(row: DayRow): DayRecord {
  const record: DayRecord = { ...measuredOf(row), revision: row.revision };
  if (row.changed !== null) record.changed = { after: row.revision_before, readings: expand(row.changed) };
  return record;
}

/** The meter's first day, where that is known: it measured nothing before. */
export const meterFirstDay = ({ floor }: SeriesFacts): Day | undefined =>
  floor?.reason === 'no-meter' ? addDays(floor.day, 1) : undefined;
