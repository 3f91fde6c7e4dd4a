import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { oldestDay } from '../../../src/providers/limits';
import {
  addDays,
  addMonths,
  dayOf,
  daysBetween,
  startOfDay,
  startOfMonth,
} from '../../../src/calendar/paris';
import { launchBrowser, openContext } from '../../support/browser';
import { startBroker } from '../../support/examples/broker';
import {
  debugged,
  deploy,
  importExample,
  openEditor,
  press,
  type FlowNode,
} from '../../support/examples/editor';
import { now } from '../../support/host-clock';
import { startInflux } from '../../support/examples/influx';
import { startNodeRed, type NodeRed } from '../../support/node-red';
import { PDL, TOKEN } from '../../support/home';
import { startStandIn } from '../../support/stand-in/server';

const FOLDER = join(__dirname, '../../../examples');
const NAMES = readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''));
const flowsOf = (name: string): FlowNode[] =>
  JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as FlowNode[];

const KNOWN_TYPES = [
  /^linky-(meter|consumption|production|history)$/,
  /^ui-(linky|base|theme|page|group|text|gauge|chart|button)$/,
  /^influxdb( batch)?$/,
  /^mqtt(-broker| out)$/,
  /^(tab|comment|inject|debug|catch|function|change|switch|template|csv|file|status)$/,
];
/** What a user enters who has accounts; an example has none. */
const SECRETS = ['credentials', 'token', 'clientId', 'clientSecret', 'user', 'username', 'password'];

describe('the example files', () => {
  it('share no id, not even among each other', () => {
    const ids = NAMES.flatMap((name) => flowsOf(name).map(({ id }) => id));
    assert.equal(new Set(ids).size, ids.length);
  });

  for (const name of NAMES) {
    describe(name, () => {
      const flows = flowsOf(name);
      const ids = new Set(flows.map(({ id }) => id));
      const tabs = flows.filter(({ type }) => type === 'tab');

      it('has only nodes that a user can have', () => {
        const unknown = flows.filter(({ type }) => !KNOWN_TYPES.some((known) => known.test(type)));
        assert.deepEqual(unknown, []);
      });

      it('has no secret', () => {
        for (const node of flows) {
          for (const secret of SECRETS) assert.ok(!(secret in node), `${node.type} has ${secret}`);
        }
      });

      it('leads every wire and every reference somewhere', () => {
        const used = new Set<unknown>();
        for (const { wires = [], scope, z, meter, broker, influxdb, group, page, ui, theme, type } of flows) {
          const ends = [...wires.flat(), ...((scope as string[] | null | undefined) ?? [])];
          const config = [z, meter, influxdb, group, page, ui, theme];
          if (type !== 'mqtt-broker') config.push(broker);
          for (const end of [...ends, ...config]) {
            if (end === undefined) continue;
            used.add(end);
            assert.ok(ids.has(end as string), `${type}: ${JSON.stringify(end)}`);
          }
        }
        // A node without a place on a canvas is a config node.
        const unused = flows.filter(({ id, z, type }) => z === undefined && type !== 'tab' && !used.has(id));
        assert.deepEqual(unused, []);
      });

      it('says on its tab and in a comment what it is and what to change', () => {
        for (const { label, info } of tabs) {
          assert.match(label as string, /^Linky \S/);
          assert.match(info as string, /chang/i);
        }
        assert.equal(tabs.length, 1);
        const [comment] = flows.filter(({ type }) => type === 'comment');
        assert.match(comment?.['name'] as string, /open me.* · .*ouvrez-moi|^Open me: .* · /i);
        assert.match(comment?.['info'] as string, /\n---\n/);
      });

      it('leaves the minute to each meter', () => {
        const meters = flows.filter(({ type }) => type === 'linky-meter');
        assert.ok(meters.length > 0);
        for (const meter of meters) {
          assert.equal(meter['minute'], '');
          assert.ok(meter['provider'] === 'simulated' || meter['usagePoint'] === '');
          assert.equal(meter['url'], '');
        }
      });
    });
  }
});

describe('the examples, imported in the editor', function () {
  this.timeout(180_000);
  let browser: Browser;
  let nodeRed: NodeRed | undefined;
  let page: Page;
  const closing: (() => Promise<void>)[] = [];

  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());
  afterEach(async () => {
    for (const close of [() => page.context().close(), ...closing.splice(0), () => nodeRed?.stop()])
      await close();
  });

  /** Imports and deploys as a user does. @param change what the user enters before */
  async function tryOut(name: string, change: (flows: FlowNode[]) => void = () => undefined): Promise<void> {
    const flows = flowsOf(name);
    const has = (pattern: RegExp): boolean => flows.some(({ type }) => pattern.test(type));
    nodeRed = await startNodeRed({
      flows: [],
      dashboard: has(/^ui-/),
      modules: has(/^influxdb/) ? ['node-red-contrib-influxdb'] : [],
    });
    const viewport = { width: 1500, height: 1000 };
    page = await (await openContext(browser, { viewport, locale: 'en-GB' })).newPage();
    await openEditor(page, nodeRed.url);
    const label = flows.find(({ type }) => type === 'tab')?.['label'] as string;
    await importExample(page, name, label);
    await deploy(page, change);
  }
  /** Warnings and errors since the deploy. */
  const complaints = (): string[] =>
    nodeRed
      ?.log()
      .split('Updated flows')
      .pop()
      ?.match(/\[(warn|error)\].*/g) ?? [];
  const noComplaint = (): void => {
    assert.deepEqual(complaints(), []);
  };
  const configure =
    (type: string, values: object) =>
    (flows: FlowNode[]): void => {
      for (const node of flows) if (node.type === type) Object.assign(node, values);
    };
  const yesterday = (): string => addDays(dayOf(now()), -1);

  const special: Record<string, () => Promise<void>> = {
    'conso-api-first-steps': async () => {
      const standIn = await startStandIn({
        now,
        gateway: 'conso',
        usagePoints: [PDL],
        published: { daily: '00:00', 'max-power': '00:00', 'load-curve': '00:00' },
      });
      closing.push(() => standIn.close());
      const entered = { usagePoint: PDL, url: standIn.url, credentials: { token: TOKEN } };
      await tryOut('conso-api-first-steps', configure('linky-meter', entered));
      for (const metric of ['load curve', 'daily', 'monthly', 'yearly', 'max power']) {
        await debugged(page, metric);
      }
      noComplaint();
    },

    influxdb: async () => {
      const influx = await startInflux();
      closing.push(() => influx.close());
      await tryOut('influxdb', configure('influxdb', { url: influx.url }));
      const midnight = startOfDay(yesterday());
      const point = (direction: string): RegExp =>
        new RegExp(
          `^linky,direction=${direction},metric=daily,usage_point=${PDL} incomplete=F,value=[\\d.]+ ${midnight}$`,
        );
      await Promise.all(['consumption', 'production'].map((direction) => influx.wrote(point(direction), 1)));
      await debugged(page, 'points');
      // The history writes the very same points again, all of them.
      await press(page, 'daily values');
      const today = dayOf(now());
      const daily = /direction=consumption,metric=daily/;
      await influx.wrote(daily, 2 * daysBetween(oldestDay('consumption-daily', today), today));
      const times = new Map<string, number>();
      for (const line of influx.writes.flatMap(({ lines }) => lines).filter((one) => daily.test(one))) {
        times.set(line, (times.get(line) ?? 0) + 1);
      }
      assert.deepEqual(new Set(times.values()), new Set([2]));
      await debugged(page, 'points of the history');
      assert.ok(
        influx.writes.every(({ path }) => path.includes('org=home') && path.includes('bucket=linky')),
      );
      noComplaint();
    },

    'mqtt-home-assistant': async () => {
      const broker = await startBroker();
      closing.push(() => broker.close());
      await tryOut(
        'mqtt-home-assistant',
        configure('mqtt-broker', { broker: '127.0.0.1', port: broker.port }),
      );
      for (const direction of ['consumption', 'production']) {
        for (const metric of ['daily', 'yearly']) {
          const id = `linky_${PDL}`;
          const config = await broker.on(`homeassistant/sensor/${id}/${direction}_${metric}/config`);
          const sensor = JSON.parse(config.payload) as Record<string, unknown>;
          assert.equal(sensor['unique_id'], `${id}_${direction}_${metric}`);
          assert.equal(sensor['device_class'], 'energy');
          assert.equal(sensor['state_class'], 'total');
          assert.equal(sensor['unit_of_measurement'], 'kWh');
          assert.deepEqual((sensor['device'] as { identifiers: string[] }).identifiers, [id]);
          const state = await broker.on(sensor['state_topic'] as string);
          const { value, start } = JSON.parse(state.payload) as { value: number; start: string };
          assert.ok(value > 0);
          assert.ok(start.startsWith(metric === 'daily' ? yesterday() : `${yesterday().slice(0, 4)}-01-01`));
          assert.ok(config.retain && state.retain);
        }
      }
      await debugged(page, 'sent');
      noComplaint();
    },

    'alert-above-usual': async () => {
      await tryOut('alert-above-usual');
      const told = await Promise.any(['alert', 'as usual'].map((name) => debugged(page, name)));
      assert.match(
        told,
        /\w+day \d+ \w+: [\d.]+ kWh, \d+ % (above|below) the usual [\d.]+ kWh of that weekday\./,
      );
      noComplaint();
    },

    'monthly-csv': async () => {
      await tryOut('monthly-csv');
      await press(page, 'now');
      await debugged(page, 'written');
      const month = addMonths(startOfMonth(dayOf(now())), -1);
      const file = join(nodeRed?.userDir ?? '', 'linky-csv', `${month.slice(0, 7)}.csv`);
      const [header, ...rows] = (await readFile(file, 'utf8')).trimEnd().split('\r\n');
      assert.equal(header, 'start,end,value,unit,incomplete');
      assert.equal(rows.length, daysBetween(month, addMonths(month, 1)));
      assert.ok(rows[0]?.startsWith(`${month}T00:00:00.000+0`));
      noComplaint();
    },
  };

  for (const name of NAMES) {
    it(`${name} works`, async () => {
      const own = special[name];
      if (own) {
        await own();
        return;
      }
      const flows = flowsOf(name);
      const debugs = flows.filter(
        ({ type, name: label }) => type === 'debug' && !/^errors?$/.test(String(label)),
      );
      await tryOut(name, tap);
      const telling = flows.filter(({ type }) => /^linky-(?!meter)/.test(type));
      assert.ok(telling.length > 0);
      for (const { id } of telling) await nodeRed?.logged(new RegExp(`TOLD by ${id}`));
      for (const debug of debugs) await debugged(page, String(debug['name']));
      noComplaint();
    });
  }

  /** Logs which of the package's nodes send something: an example may show it on a dashboard alone. */
  function tap(flows: FlowNode[]): void {
    const z = flows.find(({ type }) => type === 'tab')?.id;
    for (const { id, type, wires = [] } of [...flows]) {
      if (!/^linky-(?!meter)/.test(type)) continue;
      for (const output of wires) output.push(`tap-${id}`);
      const func = `node.log('TOLD by ${id}');`;
      flows.push({ id: `tap-${id}`, type: 'function', z, name: '', func, outputs: 0, x: 9, y: 9, wires: [] });
    }
  }
});
