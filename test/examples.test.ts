import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { addDays, addMonths, dayOf, daysBetween, startOfDay, startOfMonth } from '../src/metering/paris';
import { launchBrowser } from './browser';
import { startBroker } from './examples/broker';
import { debugged, deploy, importExample, openEditor, press, type FlowNode } from './examples/editor';
import { startInflux } from './examples/influx';
import { startNodeRed, type NodeRed } from './node-red';
import { PDL, TOKEN } from './run/home';
import { startStandIn } from './stand-in/server';

const FOLDER = join(__dirname, '..', 'examples');
const NAMES = readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''));
const flowsOf = (name: string): FlowNode[] =>
  JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as FlowNode[];

const KNOWN_TYPES = [
  /^linky-(meter|consumption|production|history)$/,
  /^ui-(linky|base|theme|page|group|text|gauge|chart|button)$/,
  /^influxdb( batch)?$/,
  /^mqtt(-broker| out)$/,
  /^(tab|comment|inject|debug|catch|function|change|switch|template|csv|file)$/,
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
        for (const meter of flows.filter(({ type }) => type === 'linky-meter')) {
          assert.equal(meter['minute'], '');
          assert.ok(meter['access'] === 'demo' || meter['usagePoint'] === '');
          assert.equal(meter['url'], '');
        }
      });
    });
  }
});

describe('the function "above the usual?"', () => {
  interface Told {
    topic: string;
    payload: string;
  }
  const func = flowsOf('alert-above-usual').find(({ type }) => type === 'function')?.['func'] as string;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const compare = new Function('msg', func) as (msg: object) => [Told | null, Told | null] | null;
  const value = (start: string, kWh: number): object => ({
    start: `${start}T00:00:00.000+01:00`,
    value: kWh,
  });
  /** Four Mondays with 10 kWh, a Sunday with 30 between them, and the Monday of `kWh`. */
  const message = (kWh: number): { readings: object[]; series: object[]; meter: string } => {
    const newest = value('2026-11-23', kWh);
    const days = ['2026-10-26', '2026-11-02', '2026-11-09', '2026-11-16'].map((day) => value(day, 10));
    return { meter: 'House', series: [...days, value('2026-11-22', 30), newest], readings: [newest] };
  };

  it('tells more than 30 % above the same weekday', () => {
    assert.deepEqual(compare(message(13.1)), [
      {
        topic: 'House: consumption above the usual',
        payload: 'Monday 23 November: 13.1 kWh, 31 % above the usual 10.0 kWh of that weekday.',
      },
      null,
    ]);
  });
  it('calls 30 % as usual, and less', () => {
    assert.equal(compare(message(13))?.[0], null);
    const low = compare(message(8))?.[1]?.payload;
    assert.equal(low, 'Monday 23 November: 8.0 kWh, 20 % below the usual 10.0 kWh of that weekday.');
  });
  it('tells a day once: not when repeated, not when only older days came', () => {
    assert.equal(compare({ ...message(20), replay: true }), null);
    assert.equal(compare({ ...message(20), readings: [] }), null);
    assert.equal(compare({ ...message(20), readings: [value('2026-11-22', 30)] }), null);
  });
  it('says nothing where there is too little to compare with', () => {
    const { series, ...rest } = message(20);
    assert.equal(compare({ ...rest, series: series.slice(3) }), null);
  });
});

describe('the examples, imported in the editor', function () {
  this.timeout(90_000);
  let browser: Browser;
  let nodeRed: NodeRed | undefined;
  let page: Page;
  const closing: (() => Promise<void>)[] = [];

  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());
  afterEach(async () => {
    for (const close of [() => page.close(), ...closing.splice(0), () => nodeRed?.stop()]) await close();
  });

  /** Imports and deploys as a user does. @param change what the user enters before */
  async function tryOut(name: string, change: (flows: FlowNode[]) => void = () => undefined): Promise<void> {
    nodeRed = await startNodeRed({ flows: [], modules: ['node-red-contrib-influxdb'] });
    page = await browser.newPage({ viewport: { width: 1500, height: 1000 }, locale: 'en-GB' });
    page.setDefaultTimeout(30_000);
    await openEditor(page, nodeRed.url);
    const label = flowsOf(name).find(({ type }) => type === 'tab')?.['label'] as string;
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
  const yesterday = (): string => addDays(dayOf(Date.now()), -1);

  const special: Record<string, () => Promise<void>> = {
    'conso-api-first-steps': async () => {
      const standIn = await startStandIn({
        now: Date.now,
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
      // The one thing to warn of: the stand-in's address is not encrypted.
      const [warning, ...more] = complaints();
      assert.match(warning ?? '', /http:\/\//);
      assert.deepEqual(more, []);
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
      // The history writes the very same points.
      await press(page, 'daily values');
      await influx.wrote(point('consumption'), 2);
      await debugged(page, 'points of the history');
      const days = influx.writes
        .map(({ lines }) => lines.filter((line) => line.includes('direction=consumption,metric=daily')))
        .filter((lines) => lines.length > 0);
      const history = days.pop() ?? [];
      assert.ok(history.length > 3 * 365);
      assert.deepEqual(days.flat().sort(), history.sort());
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
      assert.match(told, /\w+day \d+ \w+: [\d.]+ kWh, \d+ % (above|below) the usual [\d.]+ kWh/);
      noComplaint();
    },

    'monthly-csv': async () => {
      await tryOut('monthly-csv');
      await press(page, 'now');
      await debugged(page, 'written');
      const month = addMonths(startOfMonth(dayOf(Date.now())), -1);
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
      const debugs = flowsOf(name).filter(
        ({ type, name: label }) => type === 'debug' && !/^errors?$/.test(String(label)),
      );
      await tryOut(name, debugs.length > 0 ? undefined : tap);
      for (const label of debugs.length > 0 ? debugs.map((debug) => String(debug['name'])) : ['tap']) {
        await debugged(page, label);
      }
      noComplaint();
    });
  }

  /** Shows what the nodes of an example without debug nodes send. */
  function tap(flows: FlowNode[]): void {
    const z = flows.find(({ type }) => type === 'tab')?.id;
    for (const { type, wires = [] } of flows) {
      if (type.startsWith('linky-')) for (const output of wires) output.push('tap');
    }
    const seen = { active: true, tosidebar: true, complete: 'topic', targetType: 'msg' };
    flows.push({ id: 'tap', type: 'debug', z, name: '', x: 900, y: 900, wires: [], ...seen });
  }
});
