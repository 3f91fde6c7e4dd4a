/**
 * How a store in PostgreSQL grows with its meters, and what its table of days would be like in a part for each year.
 * Arguments: how many meters (`100,1000`), and how many days of load curve each has.
 */
import { dayOf, addMonths, addDays, daysIn, startOfDay, type Day } from '../src/calendar/paris';
import { Known } from '../src/collector/known';
import { requestCost } from '../src/collector/request-cost';
import type { Schedule } from '../src/collector/schedule';
import { wantedSeries } from '../src/metering/metrics';
import { DATA_CONNECT_BUDGET } from '../src/providers/budget';
import { PostgresDatabase } from '../src/store/postgres';
import { DAY_COLUMNS } from '../src/store/reader';
import { Store } from '../src/store/store';
import { startPostgres } from '../test/support/postgres';
import type { Client } from 'pg';
import { usagePointOf } from './copies';
import { fill } from './history';
import { SCHEDULE } from './meter';
import { connected, newDatabase } from './new-database';
import { ask, MONTHS } from './query';
import { written, type Row } from './table';
import { median, timed } from './timing';

const SERIES = wantedSeries('consumption', true);
/** Numbers of series from one meter to the next. */
const STEP = 100;
/** Of how many meters each time is the median. */
const SAMPLES = 30;

/** MB */
interface Size {
  tables: number;
  indexes: number;
}

/** Of one meter, ms. */
interface Times {
  /** Three years by month. */
  months: number;
  /** A new day of a series. */
  record: number;
  /** All that is known of it as planning needs it, in the morning. */
  morning: number;
}

/** @param count how many meters there are afterwards, with the one that is there */
async function copyMeter(client: Client, count: number): Promise<void> {
  const copies = `generate_series(1, ${count - 1}) AS copy (n)`;
  // What came by a backfill lies together, what came day by day lies among that of the other meters.
  const collected: Day = addMonths(dayOf(Date.now()), -12);
  await client.query(`
    DELETE FROM day USING series WHERE series.id = day.series AND series.name LIKE 'production-%';
    DELETE FROM change USING series WHERE series.id = change.series AND series.name LIKE 'production-%';
    DELETE FROM cursor USING series WHERE series.id = cursor.series AND series.name LIKE 'production-%';
    DELETE FROM series WHERE name LIKE 'production-%';
    CREATE TEMP TABLE original AS SELECT * FROM day;
    INSERT INTO series (id, usage_point, name, revision, collected_since)
      SELECT id + n * ${STEP}, (usage_point::bigint + n)::text, name, revision, collected_since
      FROM ${copies} CROSS JOIN series;
    INSERT INTO change (series, revision, oldest, newest)
      SELECT series + n * ${STEP}, revision, oldest, newest FROM ${copies} CROSS JOIN change;
    INSERT INTO cursor (consumer, metric, series, revision)
      SELECT consumer, metric, series + n * ${STEP}, revision FROM ${copies} CROSS JOIN cursor;
    INSERT INTO day (series, ${DAY_COLUMNS}) SELECT series + n * ${STEP}, ${DAY_COLUMNS} FROM ${copies}
      CROSS JOIN LATERAL (
        SELECT * FROM original WHERE day < '${collected}' AND n > 0 ORDER BY series, day DESC OFFSET 0
      ) AS backfilled`);
  for (const day of daysIn(collected, dayOf(Date.now()))) {
    await client.query(`INSERT INTO day (series, ${DAY_COLUMNS})
      SELECT series + n * ${STEP}, ${DAY_COLUMNS} FROM ${copies} CROSS JOIN original WHERE day = '${day}'`);
  }
}

/** The days once more, in `day_by_year`. */
async function partition(client: Client): Promise<void> {
  const last = Number(dayOf(Date.now()).slice(0, 4));
  await client.query(
    'CREATE TABLE day_by_year (LIKE day, PRIMARY KEY (series, day)) PARTITION BY RANGE (day)',
  );
  for (let year = last - 4; year <= last; year++) {
    await client.query(`CREATE TABLE day_${year} PARTITION OF day_by_year
      FOR VALUES FROM ('${year}-01-01') TO ('${year + 1}-01-01')`);
  }
  await client.query(`INSERT INTO day_by_year SELECT * FROM day;
    ALTER TABLE day_by_year ADD FOREIGN KEY (series) REFERENCES series`);
}

/** @param names a pattern of tables */
async function sizeOf(client: Client, names: string): Promise<Size> {
  const { rows } = await client.query<{ tables: string; indexes: string }>(
    `SELECT coalesce(sum(pg_table_size(oid)), 0) AS tables, coalesce(sum(pg_indexes_size(oid)), 0) AS indexes
     FROM pg_class WHERE relnamespace = 'linky'::regnamespace AND relkind = 'r' AND relname ~ $1`,
    [names],
  );
  return { tables: Number(rows[0]?.tables) / 1e6, indexes: Number(rows[0]?.indexes) / 1e6 };
}

async function measure(url: string, size: number, schedule: Schedule): Promise<Times> {
  const store = new Store(new PostgresDatabase(url));
  const now = Date.now();
  const today = dayOf(now);
  const times: Record<keyof Times, number[]> = { months: [], record: [], morning: [] };
  const range = { start: today, end: addDays(today, 1) };
  const reading = { start: startOfDay(today), end: startOfDay(range.end), value: 12_345 };
  try {
    // The first ones connect and prepare.
    for (let i = -3; i < Math.min(size, SAMPLES); i++) {
      const usagePoint = usagePointOf(Math.floor((Math.max(0, i) * size) / SAMPLES));
      const key = { usagePoint, name: 'consumption-daily' } as const;
      const morning = await timed(async () => {
        const known = new Known(store, usagePoint, schedule);
        for (const series of SERIES) await known.of(series, now);
      });
      const months = await timed(() => ask(store, MONTHS, usagePoint));
      const record = await timed(() =>
        store.record(key, { range, requestedAt: now, isPlanned: true }, [
          // Another one each time: one that is known already would change nothing.
          { ...reading, value: reading.value + i },
        ]),
      );
      if (i < 0) continue;
      times.months.push(months);
      times.record.push(record);
      times.morning.push(morning);
    }
  } finally {
    store.close();
  }
  return {
    months: median(times.months),
    record: median(times.record),
    morning: median(times.morning),
  };
}

async function grow(server: string, size: number, loadCurveHistory: number): Promise<Row[]> {
  const schedule = { ...SCHEDULE, loadCurveHistory };
  const url = await newDatabase(server);
  const store = new Store(new PostgresDatabase(url));
  await fill(store, schedule);
  store.close();
  return connected(url, async (client) => {
    await client.query('SET search_path TO linky');
    await copyMeter(client, size);
    await client.query('VACUUM ANALYZE');
    const whole = await sizeOf(client, '.');
    const days = await sizeOf(client, '^day$');
    const { rows: counts } = await client.query<{ n: string }>('SELECT count(*) AS n FROM day');
    await partition(client);
    await client.query('VACUUM ANALYZE');
    const parts = await sizeOf(client, '^day_\\d+$');
    const plain = await measure(url, size, schedule);
    await client.query('ALTER TABLE day RENAME TO day_plain; ALTER TABLE day_by_year RENAME TO day');
    const byYear = await measure(url, size, schedule);
    const year = Number(dayOf(Date.now()).slice(0, 4)) - 2;
    const dropped = await timed(() => client.query(`DROP TABLE day_${year}`));
    const deleted = await timed(() =>
      client.query(`DELETE FROM day_plain WHERE day >= '${year}-01-01' AND day < '${year + 1}-01-01'`),
    );
    const { history: requests } = requestCost(SERIES, schedule, DATA_CONNECT_BUDGET, Date.now());
    await client.query('DROP SCHEMA linky CASCADE');
    const name = `${size.toLocaleString('en')} meters, 3 years + ${loadCurveHistory} days of load curve`;
    const row = (what: string, ours: number, reference: number, unit: string): Row => ({
      name: `… ${what}`,
      ours: written(ours, unit),
      reference: `by year: ${written(reference, unit)}`,
      figure: written(reference / ours),
    });
    const total = whole.tables + whole.indexes;
    return [
      {
        name: `PostgreSQL, ${name}`,
        ours: `${Number(counts[0]?.n).toLocaleString('en')} days, tables ${written(whole.tables, 'MB')}, indexes ${written(whole.indexes, 'MB')}, ${(requests * size).toLocaleString('en')} requests`,
        figure: `${written(total / size, 'MB')} a meter`,
      },
      row('its days', days.tables + days.indexes, parts.tables + parts.indexes, 'MB'),
      row('three years of a meter by month', plain.months, byYear.months, 'ms'),
      row('a new day of a series', plain.record, byYear.record, 'ms'),
      row('what planning needs of a meter in the morning', plain.morning, byYear.morning, 'ms'),
      row('an old year is removed', deleted, dropped, 'ms'),
    ];
  });
}

export default async function growth(sizes = '100,1000', loadCurveHistory = '730'): Promise<Row[]> {
  const server = await startPostgres('quick');
  try {
    const rows: Row[] = [];
    for (const size of sizes.split(',')) {
      rows.push(...(await grow(server.url, Number(size), Number(loadCurveHistory))));
    }
    return rows;
  } finally {
    await server.remove();
  }
}
