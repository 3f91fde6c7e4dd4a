import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { addDays, addMonths, dayOf, daysBetween, startOfDay, startOfMonth } from '../../src/calendar/paris';
import { oldestDay } from '../../src/providers/limits';
import { launchBrowser, openContext } from '../support/browser';
import { startBroker, type Broker } from '../support/examples/broker';
import { chartsOf } from '../support/examples/dashboard';
import { DebugMessages } from '../support/examples/debug';
import { visitEditor } from '../support/editor';
import { deploy, importExample, openTab, press } from '../support/examples/editor';
import {
  EXAMPLES,
  flowsOf,
  LANGUAGES,
  nodeOf,
  textOf,
  type FlowNode,
  type Language,
} from '../support/examples/files';
import { startInflux, type Influx } from '../support/examples/influx';
import { startHomeAssistant, type HomeAssistant } from '../support/stand-in/home-assistant';
import { loadCurveCsv } from '../support/export-files/small';
import { faultsOf, layoutOf } from '../support/examples/layout';
import { PDL, TOKEN } from '../support/home';
import { now } from '../support/host-clock';
import { startNodeRed, type NodeRed } from '../support/node-red';
import { startStandIn, type StandIn } from '../support/stand-in/server';
import { startTariffStandIn, type TariffStandIn } from '../support/stand-in/tariffs';

const LOCALES = { en: 'en-US', fr: 'fr' } as const;
const yesterday = (): string => addDays(dayOf(now()), -1);

const OLD_WEEK = loadCurveCsv(
  PDL,
  '2020-06-01',
  Array.from({ length: 7 * 48 }, (_, i) => 100 + (i % 48)),
);

/** How each language writes 1234.5. */
const ENERGY = { en: /^[\d,]+\.\d kWh$/, fr: /^[\d\u202f]+,\d\u00a0kWh$/ } as const;
const EUROS = { en: /^[\d,]+\.\d\d €$/, fr: /^[\d\u202f]+,\d\d\u00a0€$/ } as const;
const SENTENCES = {
  usual: {
    en: /^\w+day \d+ \w+: [\d.]+ kWh, \d+ % (above|below) the usual [\d.]+ kWh of that weekday\.$/,
    fr: /^\S+di \d+ \S+\s: [\d,]+\skWh, \d+\s% de (plus|moins) que les [\d,]+\skWh habituels ce jour de la semaine\.$/,
  },
  week: {
    en: /^Week of 9 November: [\d.]+ kWh; [\d.]+ kWh (more|less) than the week before \([\d.]+ kWh\); [\d.]+ kWh (more|less) than on these dates last year \([\d.]+ kWh\)\.$/,
    fr: /^Semaine du 9 novembre\s: [\d,]+\skWh\s; [\d,]+\skWh de (plus|moins) que la semaine d’avant \([\d,]+\skWh\)\s; [\d,]+\skWh de (plus|moins) qu’aux mêmes dates l’an dernier \([\d,]+\skWh\)\.$/,
  },
  unknown: { en: 'unknown without the inverter', fr: 'inconnu sans l’onduleur' },
  // A year of half hours may begin with a night whose colour is that of the day before.
  compared: {
    en: /^36[45] of 365 days compared, subscription included\.$/,
    fr: /^36[45]\u00a0jours comparés sur 365, abonnement compris\.$/,
  },
  red: {
    en: /^Red Tempo day on Monday 23 November: .*\. 19 more red days are left after it\.$/,
    fr: /^Jour Tempo rouge le lundi 23 novembre\s: .*\. Il reste ensuite 19\sjours rouges\.$/,
  },
  selfConsumed: { en: /^[\d.]+ kWh \(\d+ %\)$/, fr: /^[\d,]+\skWh \(\d+\s%\)$/ },
} as const;
/** Names of Home Assistant's sensors. */
const SENSORS: Record<Language, Record<string, string>> = {
  en: {
    'consumption/daily': 'Daily consumption',
    'consumption/yearly': 'Yearly consumption',
    'production/daily': 'Daily production',
    'production/yearly': 'Yearly production',
  },
  fr: {
    'consumption/daily': 'Consommation du jour',
    'consumption/yearly': 'Consommation annuelle',
    'production/daily': 'Production du jour',
    'production/yearly': 'Production annuelle',
  },
};
/** Lines and bars of each page of the dashboard; years tell those of a history apart. */
const SERIES: Record<string, Record<Language, string[][]>> = {
  'demo-dashboard': {
    en: [['Consumption'], ['Consumption'], ['Production'], ['Production']],
    fr: [['Consommation'], ['Consommation'], ['Production'], ['Production']],
  },
  'linky-widget': { en: [], fr: [] },
  'history-month-against-last-year': {
    en: [['2025-2026', '2024-2025'], ['consumption']],
    fr: [['2025-2026', '2024-2025'], ['consommation']],
  },
  'history-week-against-week': { en: [['2026', '2025']], fr: [['2026', '2025']] },
  'solar-surplus': {
    en: [['drawn', 'injected', 'self-consumed']],
    fr: [['soutiré', 'injecté', 'autoconsommé']],
  },
  'cost-of-the-month': {
    en: [['subscription', 'off-peak', 'peak']],
    fr: [['abonnement', 'heures creuses', 'heures pleines']],
  },
};

/** All examples of both languages end up in one Node-RED, as a user would import them who tries everything. */
describe('the examples, imported in the editor one after the other', function () {
  this.timeout(180_000);
  let browser: Browser;
  let nodeRed: NodeRed;
  let broker: Broker;
  let influx: Influx;
  let homeAssistant: HomeAssistant;
  let standIn: StandIn;
  let tariffs: TariffStandIn;
  /** What a user downloaded: a week that Enedis' interface has no more. */
  let exportFile: string;

  before(async () => {
    [browser, nodeRed, broker, influx, homeAssistant, standIn, tariffs] = await Promise.all([
      launchBrowser(),
      startNodeRed({ flows: [], modules: ['node-red-contrib-home-assistant-websocket'] }),
      startBroker(),
      startInflux(),
      startHomeAssistant(),
      startStandIn({
        now,
        gateway: 'conso',
        usagePoints: [PDL],
        published: { daily: '00:00', 'max-power': '00:00', 'load-curve': '00:00' },
      }),
      startTariffStandIn(now),
    ]);
    exportFile = join(nodeRed.userDir, 'enedis.csv');
    await writeFile(exportFile, OLD_WEEK);
  });
  after(async () => {
    await browser.close();
    await nodeRed.stop();
    await Promise.all([broker, influx, homeAssistant, standIn, tariffs].map((each) => each.close()));
  });

  /** What a user enters who has an account, a broker, a database and Home Assistant; prices and colours come from the stand-in. */
  function configure(flows: FlowNode[]): void {
    for (const node of flows) {
      if (node.type === 'mqtt-broker') Object.assign(node, { broker: '127.0.0.1', port: broker.port });
      if (node.type === 'linky-tariff') {
        Object.assign(node, { coloursUrl: tariffs.url, pricesUrl: tariffs.pricesUrl });
      }
      if (node.type === 'http request') {
        node['url'] = textOf(node, 'url').replace('http://localhost:8086', influx.url);
        Object.assign(node, { credentials: { password: 'influx-token' } });
      }
      if (node.type === 'change') {
        const [rule] = node['rules'] as { p: string; to: string }[];
        if (rule?.p === 'filename' && rule.to === '/data/enedis.csv') rule.to = exportFile;
      }
      if (node.type === 'server') {
        Object.assign(node, { credentials: { host: homeAssistant.url, access_token: homeAssistant.token } });
      }
      if (node.type === 'linky-meter' && node['provider'] === 'conso') {
        Object.assign(node, { usagePoint: PDL, url: standIn.url, credentials: { token: TOKEN } });
      }
    }
  }

  for (const language of LANGUAGES) {
    describe(`in an editor in ${LOCALES[language]}`, () => {
      let context: BrowserContext;
      let page: Page;
      let debug: DebugMessages;
      const pageErrors: string[] = [];

      before(async () => {
        context = await openContext(browser, {
          viewport: { width: 1700, height: 1200 },
          locale: LOCALES[language],
          timezoneId: 'Europe/Paris',
        });
        page = await visit();
        influx.writes.length = 0;
        broker.forget();
        debug = new DebugMessages(page);
        await visitEditor(page, nodeRed.url);
        for (const example of EXAMPLES) {
          const tab = nodeOf(flowsOf(example[language]), 'tab');
          await importExample(page, example[language], textOf(tab, 'label'));
        }
        await deploy(page, configure);
      });
      after(() => context.close());

      async function visit(): Promise<Page> {
        const opened = await context.newPage();
        opened.on('pageerror', (error) => pageErrors.push(String(error)));
        return opened;
      }
      const open = async (flows: readonly FlowNode[]): Promise<Page> => {
        const opened = await visit();
        await opened.goto(`${nodeRed.url}/dashboard${textOf(nodeOf(flows, 'ui-page'), 'path')}`);
        return opened;
      };
      const idOf = (flows: readonly FlowNode[], english: readonly FlowNode[], name: string): string =>
        flows[english.findIndex((node) => node['name'] === name)]?.id ?? name;

      /** What an example does beyond filling its debug nodes; by the names that its nodes have in English. */
      const special: Record<string, (id: (name: string) => string) => Promise<void>> = {
        influxdb: async (id) => {
          const today = dayOf(now());
          const days = daysBetween(oldestDay('consumption-daily', today), today);
          const daily = /^linky,direction=consumption,metric=daily,/;
          await influx.wrote(daily, days);
          const point = (direction: string): RegExp =>
            new RegExp(
              `^linky,direction=${direction},metric=daily,usage_point=${PDL} incomplete=false,value=[\\d.]+ ${startOfDay(yesterday())}$`,
            );
          await Promise.all(
            ['consumption', 'production'].map((direction) => influx.wrote(point(direction), 1)),
          );
          // The history writes the very same points again, all of them.
          await press(page, id('daily values'));
          await influx.wrote(daily, 2 * days);
          const lines = influx.writes.flatMap((write) => write.lines).filter((line) => daily.test(line));
          assert.equal(new Set(lines).size, days);
          const { path, token } = influx.writes.at(-1) ?? { path: '', token: '' };
          assert.equal(path, '/api/v2/write?org=home&bucket=linky&precision=ms');
          assert.equal(token, 'Bearer influx-token');
          assert.equal(await debug.of(id('answer')), '204');
        },
        'home-assistant-energy': async (id) => {
          const totals = ['consumption', 'production'].map((total) => `linky:${PDL}_${total}`);
          const hasYesterday = (total: string): boolean =>
            (homeAssistant.perDay(total).get(yesterday()) ?? 0) > 0;
          await debug.of(id('sent until'));
          // Each direction is sent by itself, in parts, and again when more of it is there.
          while (!totals.every(hasYesterday)) await debug.next(id('sent until'));
          assert.deepEqual(homeAssistant.problems(), []);
        },
        'mqtt-home-assistant': async () => {
          for (const [series, name] of Object.entries(SENSORS[language])) {
            const [direction, metric] = series.split('/');
            const device = `linky_${PDL}`;
            const topic = `homeassistant/sensor/${device}/${direction}_${metric}/config`;
            const config = await broker.said(topic, (payload) => payload.includes(name));
            const sensor = JSON.parse(config.payload) as Record<string, unknown>;
            assert.equal(sensor['name'], name);
            assert.equal(sensor['unique_id'], `${device}_${direction}_${metric}`);
            assert.equal(sensor['device_class'], 'energy');
            assert.equal(sensor['state_class'], 'total');
            assert.equal(sensor['unit_of_measurement'], 'kWh');
            assert.deepEqual((sensor['device'] as { identifiers: string[] }).identifiers, [device]);
            const state = await broker.said(sensor['state_topic'] as string);
            const { value, start } = JSON.parse(state.payload) as { value: number; start: string };
            assert.ok(value > 0);
            assert.ok(
              start.startsWith(metric === 'daily' ? yesterday() : `${yesterday().slice(0, 4)}-01-01`),
            );
            assert.ok(config.retain && state.retain);
          }
        },
        'cost-of-the-month': async (id) => {
          interface Month {
            payload: number;
            subscription: number;
            periods: { cost: number }[];
            incomplete?: true;
          }
          const monthOf = (text: string): Month => JSON.parse(text) as Month;
          const messages = id('cost of the month');
          let month = monthOf(await debug.of(messages));
          // What is not there yet is left out.
          while (month.incomplete) month = monthOf(await debug.next(messages));
          const { payload, subscription, periods } = month;
          const parts = periods.reduce((sum, { cost }) => sum + cost, subscription);
          assert.ok(Math.abs(payload - parts) < 1e-6);
          // 21 days of 190.32 € a year.
          assert.ok(Math.abs(subscription - (21 * 190.32) / 365) < 1e-6);
        },
        'cheapest-tariff': async (id) => {
          const sentence = id('sentence');
          // It is told again while the year of half hours comes in.
          for (let told = await debug.of(sentence); !SENTENCES.compared[language].test(told);) {
            told = await debug.next(sentence);
          }
        },
        'tomorrow-is-red': async (id) => {
          const dashboard = await open(flowsOf(language === 'en' ? 'tomorrow-is-red' : 'fr/demain-rouge'));
          await dashboard.locator(`[id="nrdb-ui-widget-${id('announced')}"]`).waitFor();
          const next = debug.next(id('red day'));
          await press(page, id('try: red'));
          const told = await next;
          assert.match(told, SENTENCES.red[language]);
          await dashboard.getByText(told, { exact: true }).waitFor();
          await dashboard.close();
        },
        'heating-by-tempo': async (id) => {
          // Today is blue.
          assert.equal((await broker.said('heating/setpoint', (payload) => payload === '20')).retain, true);
          for (const [button, temperature] of [
            ['try: red, peak', '16'],
            ['try: white, peak', '18'],
            ['try: blue, peak', '20'],
          ] as const) {
            const next = debug.next(id('sent'));
            await press(page, id(button));
            assert.equal(await next, temperature);
            await broker.said('heating/setpoint', (payload) => payload === temperature);
          }
        },
        'alert-above-usual': async (id) => {
          const told = await Promise.any(['alert', 'as usual'].map((name) => debug.of(id(name))));
          assert.match(told, SENTENCES.usual[language]);
        },
        'monthly-csv': async (id) => {
          await press(page, id('now'));
          await debug.of(id('written'));
          const month = addMonths(startOfMonth(dayOf(now())), -1);
          const file = join(nodeRed.userDir, 'linky-csv', `${month.slice(0, 7)}.csv`);
          const [header, ...rows] = (await readFile(file, 'utf8')).trimEnd().split('\r\n');
          assert.equal(header, 'start,end,value,unit,incomplete');
          assert.equal(rows.length, daysBetween(month, addMonths(month, 1)));
          assert.ok(rows[0]?.startsWith(`${month}T00:00:00.000+0`));
        },
        'file-import': async (id) => {
          for (const button of ['try first', 'import']) {
            const next = debug.next(id('result'));
            await press(page, id(button));
            const { payload } = JSON.parse(await next) as { payload: { taken: number; known: number } };
            // The other language's example brought it before.
            assert.equal(payload.taken + payload.known, 7 * 48);
          }
        },
        'history-week-against-week': async (id) => {
          assert.match(await debug.of(id('sentence')), SENTENCES.week[language]);
        },
        'solar-surplus': async (id) => {
          const summary = (text: string): Record<string, string> =>
            JSON.parse(text) as Record<string, string>;
          const before = summary(await debug.of(id('last day')));
          assert.equal(before['self'], SENTENCES.unknown[language]);
          const next = debug.next(id('last day'));
          await press(page, id('inverter: 20 kWh'));
          assert.match(summary(await next)['self'] ?? '', SENTENCES.selfConsumed[language]);
        },
      };

      for (const example of EXAMPLES) {
        const flows = flowsOf(example[language]);
        const english = flowsOf(example.en);
        const label = textOf(nodeOf(flows, 'tab'), 'label');
        const onCanvas = flows.filter(({ z }) => z !== undefined);

        it(`${example[language]} publishes`, async () => {
          await openTab(page, label);
          await layoutOf(page, onCanvas.length);
          await special[example.en]?.((name) => idOf(flows, english, name));
          // Those of a Catch node stay silent, and the days are usual or not.
          const silent = /^(error|alert|as usual)$/;
          const debugs = flows.filter(
            ({ type }, i) => type === 'debug' && !silent.test(textOf(english[i], 'name')),
          );
          for (const { id } of debugs) assert.notEqual(await debug.of(id), '');
        });

        it(`${example[language]} has no node on another, and no wire behind a node`, async () => {
          await openTab(page, label);
          assert.deepEqual(faultsOf(await layoutOf(page, onCanvas.length)), []);
        });

        if (!nodeOf(flows, 'ui-page')) continue;
        it(`${example[language]} shows its values on its page of the dashboard`, async () => {
          const dashboard = await open(flows);
          const charts = flows.filter(({ type }) => type === 'ui-chart');
          const drawn = await chartsOf(dashboard, charts.length);
          assert.deepEqual(
            drawn.map(({ title }) => title).sort(),
            charts.map((chart) => textOf(chart, 'label')).sort(),
          );
          assert.deepEqual(
            drawn.map(({ series }) => series).sort(),
            [...(SERIES[example.en]?.[language] ?? [])].sort(),
          );
          for (const text of flows.filter(({ type }) => type === 'ui-text')) {
            const widget = dashboard.locator(`[id="nrdb-ui-widget-${text.id}"]`);
            const label = textOf(text, 'label');
            if (label) await widget.getByText(label, { exact: true }).waitFor();
            const value = widget.locator('.nrdb-ui-text-value');
            await value.filter({ hasText: /\S/ }).waitFor();
            const written = textOf(text, 'value');
            if (/formatNumber\(.*, "#/.test(written)) {
              const amount = written.includes('€') ? EUROS : ENERGY;
              assert.match((await value.textContent())?.trim() ?? '', amount[language]);
            }
          }
          for (const { id } of flows.filter(({ type }) => type === 'ui-table')) {
            const table = dashboard.locator(`[id="nrdb-ui-widget-${id}"]`);
            for (const tariff of flows.filter(({ type }) => type === 'linky-tariff')) {
              const row = table.locator('tr').filter({ hasText: textOf(tariff, 'name') });
              const cost = row.getByText(EUROS[language]).first();
              await cost.waitFor();
            }
          }
          for (const gauge of flows.filter(({ type }) => type === 'ui-gauge')) {
            await dashboard
              .locator(`[id="nrdb-ui-widget-${gauge.id}"]`)
              .getByText(textOf(gauge, 'title'), { exact: true })
              .waitFor();
          }
          const meter = textOf(nodeOf(flows, 'linky-meter'), 'name');
          for (const face of flows.filter(({ type }) => type === 'ui-linky')) {
            await dashboard
              .locator(`[id="nrdb-ui-widget-${face.id}"]`)
              .getByTitle(meter, { exact: true })
              .waitFor();
          }
          await dashboard.close();
        });
      }

      it('no page of the dashboard hides another', async () => {
        for (const flows of EXAMPLES.flatMap((example) => [
          flowsOf(example.en),
          flowsOf(example[language]),
        ])) {
          const name = textOf(nodeOf(flows, 'ui-page'), 'name');
          if (!name) continue;
          const dashboard = await open(flows);
          await dashboard.locator('.v-app-bar').getByText(name, { exact: true }).waitFor();
          const widget = flows.find((node) => node['group'] !== undefined)?.id ?? '';
          await dashboard.locator(`[id="nrdb-ui-widget-${widget}"]`).waitFor();
          await dashboard.close();
        }
      });

      it('nothing is warned about or fails', () => {
        const since = nodeRed.log().split('Updated flows').pop() ?? '';
        assert.deepEqual(since.match(/\[(warn|error)\].*/g), null);
        assert.deepEqual(pageErrors, []);
        const failed = EXAMPLES.flatMap((example) => {
          const english = flowsOf(example.en);
          return flowsOf(example[language]).filter(
            ({ id }, i) => textOf(english[i], 'name') === 'error' && debug.has(id),
          );
        });
        assert.deepEqual(failed, []);
      });
    });
  }
});
