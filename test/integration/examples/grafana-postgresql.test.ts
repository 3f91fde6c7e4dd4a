import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { addDays, daysIn, startOfDay } from '../../../src/calendar/paris';
import type { ReadingSeries } from '../../../src/metering/metrics';
import type { Reading } from '../../../src/metering/readings';
import { PostgresDatabase } from '../../../src/store/postgres';
import { Store } from '../../../src/store/store';
import { PDL } from '../../support/home';
import { postgresDatabase } from '../../support/postgres';
import { halfHours, wholeDay } from '../../support/readings';

const FOLDER = join(__dirname, '../../../docs/grafana');
const FILES = { en: 'linky-postgresql.json', fr: 'linky-postgresql.fr.json' } as const;
const TYPE = 'grafana-postgresql-datasource';
const OTHER_PDL = '22222222222222';
/** A month around the day of 25 hours. */
const DAYS = daysIn('2026-10-10', '2026-11-10');

interface Target {
  datasource: object;
  format: string;
  rawQuery: boolean;
  rawSql: string;
}
interface Dashboard {
  __inputs: { name: string; type: string; pluginId: string }[];
  __requires: { id: string }[];
  title: string;
  uid: string;
  panels: { title: string; datasource: object; targets: Target[] }[];
  templating: { list: { name: string; query: string; datasource?: object; options?: { value: string }[] }[] };
}

const text = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');
const dashboardOf = (file: string): Dashboard => JSON.parse(text(file)) as Dashboard;

describe('the dashboards for Grafana on PostgreSQL', () => {
  let client: Client;
  let remove: () => Promise<void>;
  const truth = new Map<string, Reading[]>();

  before(async () => {
    const database = await postgresDatabase();
    const store = new Store(new PostgresDatabase(database.url));
    const record = async (usagePoint: string, name: ReadingSeries, readings: Reading[]): Promise<void> => {
      const range = { start: DAYS[0] ?? '', end: addDays(DAYS.at(-1) ?? '', 1) };
      await store.record({ usagePoint, name }, { range, requestedAt: startOfDay('2026-11-11'), isPlanned: true }, readings); // prettier-ignore
      truth.set(`${usagePoint} ${name}`, readings);
    };
    const daily = (value: number): Reading[] => DAYS.map((day, i) => wholeDay(day, value + 500 * i));
    // One day, and some half hours, did not come.
    await record(PDL, 'consumption-daily', daily(10_000).toSpliced(14, 1));
    await record(PDL, 'production-daily', daily(1000));
    await record(
      PDL,
      'consumption-max-power',
      DAYS.map((day, i) => wholeDay(day, 6000 + i, i === 3 ? undefined : startOfDay(day) + 60_000 * i)),
    );
    const curve = DAYS.flatMap((day, i) => halfHours(day, (n) => 100 * i + n));
    await record(PDL, 'consumption-load-curve', curve.filter((_, i) => i % 100 !== 7)); // prettier-ignore
    await record(PDL, 'production-load-curve', DAYS.flatMap((day) => halfHours(day, (n) => 7 * n))); // prettier-ignore
    await record(OTHER_PDL, 'consumption-daily', daily(99_000));
    await record('33333333333333', 'consumption-daily', []);
    store.close();
    // As README says: Grafana reads as a user of its own, whatever time zone that has.
    client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(`CREATE ROLE grafana_${process.pid}`);
    await client.query(`GRANT USAGE ON SCHEMA linky TO grafana_${process.pid}`);
    await client.query(`GRANT SELECT ON linky.reading, linky.series TO grafana_${process.pid}`);
    await client.query(`SET ROLE grafana_${process.pid}; SET TIME ZONE 'America/New_York'`);
    remove = () => database.remove();
  });
  after(async () => {
    await client.query(`RESET ROLE; DROP OWNED BY grafana_${process.pid}; DROP ROLE grafana_${process.pid}`);
    await client.end();
    await remove();
  });

  /** The rows of a query as Grafana sends it, its time range in epoch ms. */
  async function rowsOf(sql: string, direction = '', range = { start: 0, end: 0 }): Promise<unknown[][]> {
    const macros: Record<string, (argument: string) => string> = {
      __timeFrom: () => `'${new Date(range.start).toISOString()}'`,
      __timeTo: () => `'${new Date(range.end).toISOString()}'`,
      __unixEpochFilter: (column) =>
        `${column} >= ${Math.floor(range.start / 1000)} AND ${column} <= ${Math.floor(range.end / 1000)}`,
    };
    const filled = sql
      .replaceAll('${usage_point}', PDL)
      .replaceAll('${direction}', direction)
      .replace(/\$(__\w+)\(([^)]*)\)/g, (whole, name: string, argument: string) => macros[name]?.(argument) ?? whole); // prettier-ignore
    assert.ok(!filled.includes('$'), filled);
    return (await client.query({ text: filled, rowMode: 'array' })).rows;
  }

  for (const file of Object.values(FILES)) {
    describe(file, () => {
      const dashboard = dashboardOf(file);

      it('asks for its data source when it is imported, and for no other', () => {
        const [input] = dashboard.__inputs;
        assert.deepEqual([input?.name, input?.type, input?.pluginId], ['DS_LINKY', 'datasource', TYPE]);
        assert.ok(dashboard.__requires.some(({ id }) => id === TYPE));
        const sources = [
          ...dashboard.panels.flatMap(({ datasource, targets }) => [
            datasource,
            ...targets.map((target) => target.datasource),
          ]),
          ...dashboard.templating.list.flatMap(({ datasource }) => (datasource ? [datasource] : [])),
        ];
        assert.equal(sources.length, 7);
        for (const source of sources) assert.deepEqual(source, { type: TYPE, uid: '${DS_LINKY}' });
      });

      it('has one query in each panel, of time series', () => {
        for (const { targets } of dashboard.panels) {
          assert.deepEqual(
            targets.map(({ format, rawQuery }) => [format, rawQuery]),
            [['time_series', true]],
          );
        }
      });

      it('offers the PDLs of which something is stored', async () => {
        const variable = dashboard.templating.list.find(({ name }) => name === 'usage_point');
        assert.deepEqual(await rowsOf(variable?.query ?? ''), [[PDL], [OTHER_PDL]]);
      });

      /** A month, a week over midnights that are not Paris', the hours of the clock change, and one without anything. */
      const ranges: [start: number, end: number][] = [
        [startOfDay('2026-10-10'), startOfDay('2026-11-11') - 1],
        [Date.UTC(2026, 9, 20), Date.UTC(2026, 9, 27)],
        [startOfDay('2026-10-25') + 3_600_000, startOfDay('2026-10-25') + 5 * 3_600_000],
        [startOfDay('2026-12-01'), startOfDay('2026-12-02')],
      ];
      const panels: [
        name: string,
        series: (direction: string) => string,
        point: (reading: Reading) => [at: number, value: number],
      ][] = [
        ['energy', (direction) => `${direction}-daily`, ({ start, value }) => [start, value / 1000]],
        ['load curve', (direction) => `${direction}-load-curve`, ({ start, value }) => [start, value]],
        ['max power', () => 'consumption-max-power', ({ start, value, at = start }) => [at, value]],
      ];
      assert.equal(panels.length, dashboard.panels.length);
      for (const [i, [name, series, point]] of panels.entries()) {
        it(`shows the ${name} as it is, in any range`, async () => {
          let shown = 0;
          for (const direction of ['consumption', 'production']) {
            for (const [start, end] of ranges) {
              const sql = dashboard.panels[i]?.targets[0]?.rawSql ?? '';
              const rows = await rowsOf(sql, direction, { start, end });
              const readings = truth.get(`${PDL} ${series(direction)}`) ?? [];
              assert.deepEqual(
                rows.map(([at, value]) => [(at as Date).getTime(), Number(value)]),
                readings.filter((each) => each.start >= start && each.start <= end).map(point),
              );
              shown += rows.length;
            }
          }
          assert.ok(shown > 50, String(shown));
        });
      }
    });
  }

  for (const file of ['README.md', 'README.fr.md']) {
    it(`the SQL of ${file} answers the kWh of each month`, async () => {
      const readme = readFileSync(join(__dirname, '../../..', file), 'utf8');
      const [, sql = ''] = /```sql\n([^`]*linky\.reading[^`]*)```/.exec(readme) ?? [];
      const rows = (await client.query({ text: sql, rowMode: 'array' })).rows;
      const expected = [PDL, OTHER_PDL].flatMap((usagePoint) =>
        ['2026-10', '2026-11'].map((month) => {
          const first = startOfDay(`${month}-01`);
          const last = startOfDay(month === '2026-10' ? '2026-11-01' : '2026-12-01');
          const readings = truth.get(`${usagePoint} consumption-daily`) ?? [];
          const wh = readings.filter(({ start }) => start >= first && start < last).map(({ value }) => value);
          return [usagePoint, month, wh.reduce((a, b) => a + b, 0) / 1000];
        }),
      );
      assert.deepEqual(rows, expected);
    });
  }

  it('are alike but for their words', () => {
    const words = /"(title|uid|description|label|text|query)": ".*"/g;
    const without = (file: string): string =>
      text(file).replace(words, '"$1"').replaceAll('énergie', 'energy').replaceAll('puissance max', 'max power').replaceAll('puissance', 'power'); // prettier-ignore
    assert.equal(without(FILES.fr), without(FILES.en));
    const [english, french] = [dashboardOf(FILES.en), dashboardOf(FILES.fr)];
    assert.notEqual(english.uid, french.uid);
    const titles = ({ panels }: Dashboard): string[] => panels.map(({ title }) => title);
    assert.deepEqual(titles(english), ['Energy per day', 'Load curve', 'Max power per day']);
    assert.deepEqual(titles(french), ['Énergie par jour', 'Courbe de charge', 'Puissance max par jour']);
    // The usage point's query is the same in both: `query` is a word for the directions alone.
    assert.equal(english.templating.list[0]?.query, french.templating.list[0]?.query);
  });
});
