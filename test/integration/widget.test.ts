import assert from 'node:assert/strict';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import uiLinky from '../../nodes/runtime/ui-linky';
import type { Refreshed } from '../../src/widget/messages';
import { describeOnBoth } from '../support/engines';
import { CREDENTIALS, Home, meterNode, PDL, sourceNodes, type FlowNode } from '../support/home';
import { startStandIn, type StandIn } from '../support/stand-in/server';
import { costMessageOf } from '../support/widget/costs';
import { FakeDashboard } from '../support/widget/dashboard';
import { HOUSE, messageOf } from '../support/widget/messages';

const NOW = '2026-11-22T12:10';
const OTHER = '22222222222222';
const GROUP: FlowNode = { id: 'group', type: 'ui-group' };
const CONSUMPTION = `${PDL}/consumption`;
const PRODUCTION = `${PDL}/production`;

/** A source whose five outputs all go to one node. */
const source = (direction: string, to: string, changes: object = {}): FlowNode[] =>
  sourceNodes(direction, direction.slice(0, 1), {
    wires: Array.from({ length: 5 }, () => [to]),
    ...changes,
  }).slice(0, 1);
const widget = (...to: string[]): FlowNode => ({
  id: 'face',
  type: 'ui-linky',
  z: 'tab',
  group: 'group',
  x: 100,
  y: 100,
  wires: [to],
});

/** The helper brings none of Node-RED's own nodes. */
const links = (RED: NodeAPI): void => {
  for (const type of ['link in', 'link out']) {
    RED.nodes.registerType(type, function (this: Node, config: NodeDef) {
      RED.nodes.createNode(this, config);
    });
  }
};

describeOnBoth('the server of the widget', () => {
  let home: Home;
  let standIn: StandIn;
  let dashboard: FakeDashboard;

  const begin = async (...flow: FlowNode[]): Promise<void> => {
    standIn = await startStandIn({ now: () => home.time.now, gateway: 'conso', usagePoints: [PDL] });
    dashboard = new FakeDashboard();
    home = new Home(NOW, [meterNode(standIn.url), GROUP, ...flow], { meter: CREDENTIALS });
    home.nodes = [dashboard.group, uiLinky, links, ...home.nodes];
    await home.start();
  };
  afterEach(async () => {
    await home.remove();
    await standIn.close();
  });
  const deploy = async (...flow: FlowNode[]): Promise<void> => {
    dashboard.sent.length = 0;
    home.flow = [GROUP, ...flow];
    await home.restart();
  };
  const meter = (changes: object = {}): FlowNode => meterNode(standIn.url, changes);
  const forgets = (): string[][] =>
    dashboard.sent
      .filter(({ stored }) => stored)
      .map(({ stored = {} }) => [...new Set(Object.keys(stored).map((key) => key.replace(/\/[^/]*$/, '')))]);

  describe('after a deploy', () => {
    it('forgets a direction whose source is gone, and tells the browsers what is left', async () => {
      await begin(...source('consumption', 'face'), ...source('production', 'face'), widget());
      assert.deepEqual(dashboard.views('face'), [CONSUMPTION, PRODUCTION]);
      await deploy(meter(), ...source('consumption', 'face'), widget());
      assert.deepEqual(dashboard.views('face'), [CONSUMPTION]);
      assert.deepEqual(forgets(), [[CONSUMPTION]]);
    });

    it('forgets the simulated meter once the real one takes its place, even under the same number', async () => {
      await begin(widget());
      await deploy(meter({ provider: 'simulated' }), ...source('consumption', 'face'), widget());
      const simulated = JSON.stringify(dashboard.data.get('face'));
      assert.deepEqual(dashboard.views('face'), [CONSUMPTION]);
      standIn.faults.always('reset');
      await deploy(meter(), ...source('consumption', 'face'), widget());
      assert.deepEqual(dashboard.views('face'), []);
      standIn.faults.clear();
      await home.until('2026-11-22T13:00');
      assert.deepEqual(dashboard.views('face'), [CONSUMPTION]);
      assert.notEqual(JSON.stringify(dashboard.data.get('face')), simulated);
    });

    it('forgets a meter whose number has changed, and a source without a meter', async () => {
      await begin(...source('consumption', 'face'), widget());
      await deploy(
        meter({ usagePoint: OTHER, provider: 'simulated' }),
        ...source('consumption', 'face'),
        widget(),
      );
      assert.deepEqual(dashboard.views('face'), [`${OTHER}/consumption`]);
      await deploy(meter(), ...source('consumption', 'face', { meter: '' }), widget());
      assert.deepEqual(dashboard.views('face'), []);
    });

    it('forgets a source that is wired no more, and finds one behind other nodes and links', async () => {
      const through: FlowNode[] = [
        { id: 'rename', type: 'helper', z: 'tab', x: 1, y: 1, wires: [['out']] },
        { id: 'out', type: 'link out', z: 'tab', x: 1, y: 1, links: ['in'], wires: [] },
        { id: 'in', type: 'link in', z: 'tab', x: 1, y: 1, links: ['out'], wires: [['face']] },
      ];
      await begin(...source('consumption', 'face'), widget());
      // The helper's nodes pass nothing on: what is kept is from before.
      await deploy(meter(), ...source('consumption', 'rename'), ...through, widget());
      assert.deepEqual([dashboard.views('face'), forgets()], [[CONSUMPTION], []]);
      await deploy(meter(), ...source('consumption', 'elsewhere'), ...through, widget());
      assert.deepEqual(dashboard.views('face'), []);
    });

    it('forgets a metric that is collected no more, or whose output is wired no more', async () => {
      await begin(...source('consumption', 'face'), widget());
      const metrics = (): string[] =>
        Object.keys(dashboard.data.get('face') ?? {})
          .map((key) => key.split('/')[2] ?? '')
          .sort();
      await deploy(meter(), ...source('consumption', 'face', { loadCurve: false }), widget());
      assert.deepEqual(metrics(), ['daily', 'max-power', 'monthly', 'yearly']);
      const wires = [[], ['face'], ['face'], [], []];
      await deploy(meter(), ...source('consumption', 'face', { loadCurve: false, wires }), widget());
      assert.deepEqual(metrics(), ['daily', 'monthly']);
    });

    it('forgets a simulated fleet once a real meter takes its place, and keeps a real one', async () => {
      await begin(widget());
      const flow = (provider: string): FlowNode[] => [
        meter({ provider }),
        ...source('consumption', 'face'),
        widget(),
      ];
      await deploy(...flow('simulated'));
      home.node('c').receive({ usagePoint: [PDL, OTHER] });
      await home.settled();
      const both = [CONSUMPTION, `${OTHER}/consumption`];
      assert.deepEqual(dashboard.views('face'), both);
      await deploy(...flow('simulated'));
      assert.deepEqual(dashboard.views('face'), both);
      await deploy(...flow('conso'));
      assert.deepEqual(dashboard.views('face'), [CONSUMPTION]);
    });

    it('calls a meter by its new name', async () => {
      await begin(...source('consumption', 'face', { replay: false }), widget());
      await deploy(meter({ name: 'Chalet' }), ...source('consumption', 'face', { replay: false }), widget());
      const kept = Object.values(dashboard.data.get('face') ?? {}) as { meter: string }[];
      assert.deepEqual([...new Set(kept.map((each) => each.meter))], ['Chalet']);
    });

    it('lives with whatever a flow holds', async () => {
      await begin(...source('consumption', 'face'), widget());
      const strange = { id: 'strange', type: 'helper', z: 'tab', x: 1, y: 1, wires: null };
      await deploy(meter(), strange, ...source('consumption', 'face'), widget());
      assert.deepEqual(dashboard.views('face'), [CONSUMPTION]);
    });

    it('keeps what came from elsewhere, and what nothing has changed of', async () => {
      await begin(...source('consumption', 'face'), widget());
      const [first] = dashboard.sent.filter(({ kept }) => kept);
      const message = {
        ...first?.kept,
        payload: 1,
        start: '2026-11-21',
        end: '2026-11-22',
        usagePoint: OTHER,
      };
      home.node('face').receive(message);
      await home.settled();
      const views = [CONSUMPTION, `${OTHER}/consumption`];
      assert.deepEqual(dashboard.views('face'), views);
      await deploy(meter(), ...source('consumption', 'face'), widget());
      assert.deepEqual([dashboard.views('face'), forgets()], [views, []]);
    });
  });

  describe('after a refresh', () => {
    const refresh = async (): Promise<(Refreshed | undefined)[]> => {
      dashboard.sent.length = 0;
      dashboard.events.get('face')?.onSend({ topic: 'refresh' });
      await home.settled();
      return dashboard.sent.filter(({ refreshed }) => refreshed).map(({ refreshed }) => refreshed);
    };

    it('says that all is up to date, without a request', async () => {
      await begin(...source('consumption', 'face'), ...source('production', 'face'), widget('c', 'p'));
      standIn.calls.length = 0;
      assert.deepEqual(await refresh(), ['up-to-date']);
      assert.equal(standIn.calls.length, 0);
    });

    it('says that Enedis is waited for', async () => {
      await begin(widget());
      Object.assign(standIn.settings.published, { daily: '18:00' });
      await deploy(
        meter(),
        ...source('consumption', 'face'),
        ...source('production', 'face'),
        widget('c', 'p'),
      );
      assert.deepEqual(await refresh(), ['waiting']);
      await home.until('2026-11-22T18:40');
      assert.deepEqual(await refresh(), ['up-to-date']);
    });

    it('says that it failed, of one source or of a meter that is not configured', async () => {
      await begin(...source('consumption', 'face'), widget('c'));
      await deploy(meter({ usagePoint: '123' }), ...source('consumption', 'face'), widget('c'));
      assert.deepEqual(await refresh(), ['error']);
      standIn.faults.always({ enedis: 'ADAM-DC-0008' });
      await deploy(meter({ usagePoint: OTHER }), ...source('consumption', 'face'), widget('c'));
      assert.deepEqual(await refresh(), ['error']);
    });

    it('says that it failed where one of the sources has no meter', async () => {
      await begin(
        ...source('consumption', 'face'),
        ...source('production', 'face', { meter: '' }),
        widget('c', 'p'),
      );
      assert.deepEqual(await refresh(), ['error']);
    });

    it('asks Enedis no more often than it publishes', async () => {
      await begin(widget());
      Object.assign(standIn.settings.published, { daily: '18:00' });
      await deploy(meter(), ...source('consumption', 'face'), widget('c'));
      await home.until('2026-11-22T12:11');
      standIn.calls.length = 0;
      for (let press = 0; press < 10; press++) assert.deepEqual(await refresh(), ['waiting']);
      assert.equal(standIn.calls.length, 1);
      await home.until('2026-11-22T12:17');
      assert.deepEqual(await refresh(), ['waiting']);
      assert.equal(standIn.calls.length, 2);
    });

    it('says nothing where no source is asked', async () => {
      await begin(...source('consumption', 'face'), widget());
      assert.deepEqual(await refresh(), []);
    });
  });

  it('tells how far a history has come, until there is something to show', async () => {
    await begin(widget());
    await deploy(meter({ history: 3 }), ...source('consumption', 'face'), widget());
    const told = dashboard.sent.flatMap(({ collecting }) => (collecting ? [collecting] : []));
    const [none, first] = [told[0], told[1]];
    assert.deepEqual(none, []);
    assert.equal(first?.length, 1);
    assert.deepEqual([first[0]?.usagePoint, first[0]?.direction], [PDL, 'consumption']);
    // As soon as something is there, and for those who open the page now.
    assert.deepEqual([told.at(-1), dashboard.state.get('face')?.['collecting']], [[], []]);
    assert.deepEqual(dashboard.views('face'), [CONSUMPTION]);
  });

  it('tells a page that is opened now, and ends with the source', async () => {
    await begin(widget());
    standIn.faults.always('hang');
    await deploy(meter({ history: 3 }), ...source('consumption', 'face'), widget());
    const state = (): unknown => dashboard.state.get('face')?.['collecting'];
    assert.partialDeepStrictEqual(state(), [{ usagePoint: PDL, direction: 'consumption' }]);
    await deploy(widget());
    assert.deepEqual(state(), []);
  });

  it('takes a new look from msg.ui_update, for pages that are opened later too', async () => {
    await begin(widget());
    const ui_update = { label: 'Atelier', color: '#123456', transparent: true, width: 12 };
    home.node('face').receive({ ui_update });
    await home.settled();
    assert.partialDeepStrictEqual(dashboard.state.get('face'), {
      label: 'Atelier',
      color: '#123456',
      transparent: true,
    });
    assert.deepEqual(dashboard.sent.at(-1), { ui_update });
  });

  it('keeps a cost beside the energy of the same metric, and ignores a comparison without a warning', async () => {
    await begin(widget());
    const keys = (): string[] => Object.keys(dashboard.data.get('face') ?? {}).sort();
    const cost = costMessageOf('tempo', 'monthly');
    home.node('face').receive({ ...messageOf('consumption', 'monthly') });
    home.node('face').receive({ ...cost });
    await home.settled();
    const view = `${HOUSE.usagePoint}/consumption`;
    assert.deepEqual(keys(), [`${view}/cost-monthly`, `${view}/monthly`]);
    const before = structuredClone(dashboard.data.get('face'));
    assert.deepEqual(dashboard.events.get('face')?.beforeSend({ ...cost, topic: 'cost/comparison' }), {});
    home.node('face').receive({ ...cost, topic: 'cost/comparison' });
    await home.settled();
    assert.deepEqual(dashboard.data.get('face'), before);
  });
});
