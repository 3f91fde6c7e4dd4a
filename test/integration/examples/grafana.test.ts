import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { addDays, startOfDay, type Day } from '../../../src/calendar/paris';
import type { ReadingSeries } from '../../../src/metering/metrics';
import type { Reading } from '../../../src/metering/readings';
import { SqliteDatabase } from '../../../src/store/sqlite';
import { Store, type Recorded } from '../../../src/store/store';
import { PDL } from '../../support/home';
import { halfHours, rangeOf, wholeDay } from '../../support/readings';

const FOLDER = join(__dirname, '../../../docs/grafana');
const FILES = { en: 'linky.json', fr: 'linky.fr.json' } as const;
const OTHER_PDL = '22222222222222';

interface Variable {
  name: string;
  type: string;
  query: string;
  options?: { text: string; value: string }[];
}
interface Panel {
  title: string;
  datasource: object;
  targets: {
    rawQueryText: string;
    queryText: string;
    queryType: string;
    timeColumns: string[];
    datasource: object;
  }[];
}
interface Dashboard {
  __inputs: { name: string; type: string; pluginId: string }[];
  __requires: { id: string }[];
  title: string;
  uid: string;
  panels: Panel[];
  templating: { list: Variable[] };
}

const text = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');
const dashboardOf = (file: string): Dashboard => JSON.parse(text(file)) as Dashboard;

describe('the dashboards for Grafana', () => {
  let folder: string;
  let store: Store;
  let copy: DatabaseSync;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'linky-grafana-'));
    store = new Store(new SqliteDatabase(join(folder, 'readings.db')));
    const record = (
      usagePoint: string,
      name: ReadingSeries,
      range: string,
      readings: Reading[],
    ): Promise<Recorded> =>
      store.record(
        { usagePoint, name },
        { range: rangeOf(range), requestedAt: startOfDay('2026-11-23'), isPlanned: true },
        readings,
      );
    const days = ['2026-11-19', '2026-11-20', '2026-11-21', '2026-11-22'];
    for (const [i, day] of days.entries()) {
      await record(PDL, 'consumption-daily', day, [wholeDay(day, 10_000 + 500 * i)]);
      await record(PDL, 'production-daily', day, [wholeDay(day, 1000 + 500 * i)]);
      await record(PDL, 'consumption-max-power', day, [wholeDay(day, 6000)]);
      await record(OTHER_PDL, 'consumption-daily', day, [wholeDay(day, 99_000)]);
    }
    // The second half hour did not come.
    const curve = halfHours('2026-11-21', (i) => 200 + i).filter((_, i) => i !== 1);
    await record(PDL, 'consumption-load-curve', '2026-11-21', curve);
    // As README says: Node-RED goes on, and Grafana opens a copy.
    for (const file of readdirSync(folder)) copyFileSync(join(folder, file), join(folder, `copy-${file}`));
    copy = new DatabaseSync(join(folder, 'copy-readings.db'));
  });
  after(() => {
    copy.close();
    store.close();
    rmSync(folder, { recursive: true });
  });

  /** A query as Grafana sends it, for the two days before 22 November. */
  function rowsOf(sql: string, direction: string): Record<string, unknown>[] {
    const values: Record<string, string> = {
      '${usage_point}': PDL,
      '${direction}': direction,
      $__from: String(startOfDay('2026-11-20')),
      $__to: String(startOfDay('2026-11-22')),
    };
    const filled = sql.replace(/\$\{\w+\}|\$__\w+/g, (variable) => values[variable] ?? variable);
    assert.ok(!filled.includes('$'), filled);
    return copy
      .prepare(filled)
      .all()
      .map((row) => ({ ...row }));
  }
  const midnight = (day: Day): number => startOfDay(day) / 1000;

  for (const [language, file] of Object.entries(FILES)) {
    describe(file, () => {
      const dashboard = dashboardOf(file);
      const [energy, power] = language === 'en' ? ['energy', 'power'] : ['énergie', 'puissance'];
      const sql = (panel: number): string => dashboard.panels[panel]?.targets[0]?.rawQueryText ?? '';

      it('asks for its data source when it is imported, and for no other', () => {
        const [input] = dashboard.__inputs;
        assert.deepEqual(
          [input?.name, input?.type, input?.pluginId],
          ['DS_LINKY', 'datasource', 'frser-sqlite-datasource'],
        );
        assert.ok(dashboard.__requires.some(({ id }) => id === 'frser-sqlite-datasource'));
        const sources = [
          ...dashboard.panels.flatMap(({ datasource, targets }) => [
            datasource,
            ...targets.map((target) => target.datasource),
          ]),
          ...dashboard.templating.list.flatMap((variable) =>
            'datasource' in variable ? [variable.datasource] : [],
          ),
        ];
        assert.equal(sources.length, 5);
        for (const source of sources) {
          assert.deepEqual(source, { type: 'frser-sqlite-datasource', uid: '${DS_LINKY}' });
        }
      });

      it('has one query in each panel, whose time column is a time', () => {
        assert.equal(dashboard.panels.length, 2);
        for (const { targets } of dashboard.panels) {
          assert.equal(targets.length, 1);
          for (const { rawQueryText, queryText, queryType, timeColumns } of targets) {
            assert.equal(queryText, rawQueryText);
            assert.equal(queryType, 'table');
            assert.deepEqual(timeColumns, ['time']);
          }
        }
      });

      it('offers the PDLs that are stored', () => {
        const variable = dashboard.templating.list.find(({ name }) => name === 'usage_point');
        assert.deepEqual(rowsOf(variable?.query ?? '', ''), [
          { usage_point: PDL },
          { usage_point: OTHER_PDL },
        ]);
      });

      it('offers both directions', () => {
        const variable = dashboard.templating.list.find(({ name }) => name === 'direction');
        const { options = [], query } = variable ?? { query: '' };
        assert.deepEqual(
          options.map(({ value }) => value),
          ['consumption', 'production'],
        );
        assert.equal(options.map((option) => `${option.text} : ${option.value}`).join(', '), query);
      });

      it('shows the energy of each day in kWh', () => {
        assert.deepEqual(rowsOf(sql(0), 'consumption'), [
          { time: midnight('2026-11-20'), [energy]: 10.5 },
          { time: midnight('2026-11-21'), [energy]: 11 },
        ]);
        assert.deepEqual(
          rowsOf(sql(0), 'production').map((row) => row[energy]),
          [1.5, 2],
        );
      });

      it('shows the load curve in W, with its gap', () => {
        const rows = rowsOf(sql(1), 'consumption');
        assert.equal(rows.length, 47);
        assert.deepEqual(rows.slice(0, 2), [
          { time: midnight('2026-11-21'), [power]: 200 },
          { time: midnight('2026-11-21') + 3600, [power]: 202 },
        ]);
        assert.equal(rows.at(-1)?.['time'], midnight(addDays('2026-11-21', 1)) - 1800);
      });
    });
  }

  it('are alike but for their words', () => {
    const words = /"(title|uid|description|label|text|query)": ".*"/g;
    const without = (file: string): string =>
      text(file).replace(words, '"$1"').replaceAll('énergie', 'energy').replaceAll('puissance', 'power');
    assert.equal(without(FILES.fr), without(FILES.en));
    const [english, french] = [dashboardOf(FILES.en), dashboardOf(FILES.fr)];
    assert.notEqual(english.uid, french.uid);
    const titles = ({ panels }: Dashboard): string[] => panels.map(({ title }) => title);
    assert.deepEqual(titles(english), ['Energy per day', 'Load curve']);
    assert.deepEqual(titles(french), ['Énergie par jour', 'Courbe de charge']);
  });
});
