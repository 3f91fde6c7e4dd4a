import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { NodeMessage } from 'node-red';
import linkyHistory from '../../nodes/runtime/linky-history';
import linkyImport from '../../nodes/runtime/linky-import';
import type { ImportPayload } from '../../src/publisher/import-message';
import { historyNode } from '../support/asking';
import { dailyCsv, loadCurveCsv } from '../support/export-files/small';
import { CREDENTIALS, Home, meterNode, PDL, sourceNodes, type FlowNode } from '../support/home';
import { now } from '../support/host-clock';
import { startNodeRed, type NodeRed } from '../support/node-red';
import { startPostgres, type PostgresServer } from '../support/postgres';
import { assertSays } from '../support/sentences';
import { startStandIn, type StandIn } from '../support/stand-in/server';
import { startTariffStandIn, type TariffStandIn } from '../support/stand-in/tariffs';
import { dashboardOf } from '../support/widget/flows';

const PASSWORD = 'the-pass-word';
const PLACED = { z: 'tab', x: 100, y: 100 };
const ALL_DAY = { daily: '00:00', 'max-power': '00:00', 'load-curve': '00:00' } as const;

const tariffNode = (changes: object = {}): FlowNode => ({
  id: 'tariff',
  type: 'linky-tariff',
  name: 'Ours',
  plan: 'tempo',
  power: 6,
  prices: 'regulated',
  offPeak: [{ from: '', season: 'all', days: [1, 2, 3, 4, 5, 6, 7], ranges: ['22:00-06:00'] }],
  colours: 'api-couleur-tempo',
  ...changes,
});
const costNode: FlowNode = {
  id: 'cost',
  type: 'linky-cost',
  name: '',
  meter: 'meter',
  tariff: 'tariff',
  ...PLACED,
  wires: Array.from({ length: 4 }, () => ['cost-out']),
};
const tempoNode = (id: string, tariff: string): FlowNode => ({
  id,
  type: 'linky-tempo',
  name: '',
  tariff,
  ...PLACED,
  wires: [['tempo-out'], ['tempo-out']],
});
const importNode: FlowNode = {
  id: 'i',
  type: 'linky-import',
  name: '',
  meter: 'meter',
  ...PLACED,
  wires: [['i-out']],
};

interface Status {
  fill: string;
  shape: string;
  text: string;
}

describe('a database that', function () {
  this.timeout(180_000);
  const table: [name: string, database: string, key: string, code: string, reason: string | undefined][] = [
    [
      'is not there',
      `postgresql://linky:${PASSWORD}@127.0.0.1:1/linky`,
      'database-unreachable',
      'ECONNREFUSED',
      'ECONNREFUSED',
    ],
    [
      'has an address that is none',
      `postgresql//linky:${PASSWORD}@127.0.0.1:1/linky`,
      'database-invalid',
      'database-invalid',
      undefined,
    ],
    [
      'has a password that cannot be decoded',
      `postgresql://linky:${PASSWORD}%ff@127.0.0.1:1/linky`,
      'database-invalid',
      'ERR_INVALID_URL',
      undefined,
    ],
  ];
  for (const [name, database, key, code, reason] of table) {
    it(`${name}: every node says so, and Node-RED lives`, async () => {
      const standIn = await startStandIn({ now, gateway: 'conso', usagePoints: [PDL] });
      const tariffs = await startTariffStandIn(now);
      const answers: string[] = [];
      let nodeRed: NodeRed | undefined;
      try {
        const flows = [
          ...dashboardOf([{ id: 'widget' }]),
          // As the editor sends credentials.
          { ...meterNode(standIn.url), credentials: CREDENTIALS },
          tariffNode({ coloursUrl: tariffs.url, pricesUrl: tariffs.pricesUrl }),
          ...['consumption', 'production'].flatMap((direction) =>
            sourceNodes(direction, direction).slice(0, 1),
          ),
          costNode,
          tempoNode('tempo', 'tariff'),
          tempoNode('tempo-alone', ''),
          historyNode(),
          importNode,
          injectNode('ask-history', 'h', ''),
          injectNode('ask-import', 'i', loadCurveCsv(PDL, '2026-05-01', [500])),
          injectNode('ask-tempo', 'tempo', ''),
        ];
        nodeRed = await startNodeRed({ flows: [], lang: 'en-US', settings: { linky: { database } } });
        const running = nodeRed;
        const { url } = running;
        const ask = async (path: string, body?: string | object, type = 'json'): Promise<unknown> => {
          const answer = await fetch(`${url}/${path}`, {
            ...(body !== undefined && { method: 'POST' }),
            headers: { 'content-type': `application/${type}` },
            ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
          });
          const text = await answer.text();
          answers.push(text);
          return text.startsWith('{') ? JSON.parse(text) : answer.status;
        };

        const typed = { id: 'new', provider: 'conso', url: standIn.url, usagePoint: PDL, ...CREDENTIALS };
        const isOpen = code !== key;
        // A simulated meter has no budget: its answer does not wait for the database, which nobody else has open yet.
        const simulated = (await ask('linky/meter/test', { ...typed, provider: 'simulated' })) as object;
        assert.equal('energy' in simulated, isOpen, JSON.stringify(simulated));

        await nodeRed.deploy(flows);
        const statuses = await listen(url);
        const isOut = key === 'database-unreachable';
        const says = async (id: string, fill: string): Promise<void> => {
          const { text } = await statuses.of(id, (status) => status.fill === fill);
          assertSays(text, `linky-meter.error-short.${key}`);
        };
        const fill = isOut ? 'yellow' : 'red';
        for (const id of ['consumption', 'production', 'cost', 'tempo', 'tempo-alone']) await says(id, fill);
        for (const id of ['ask-history', 'ask-import', 'ask-tempo']) await ask(`inject/${id}`, {});
        await says('h', fill);
        // Nobody takes the file again by itself.
        await says('i', 'red');
        const errorsOf = (id: string): string[] =>
          [...running.log().matchAll(new RegExp(`\\[error\\] \\[[\\w-]+:${id}\\] (.*)`, 'g'))].map(
            ([, text = '']) => text,
          );
        await nodeRed.logged(/\[error\] \[linky-tempo:tempo\][^]*\[error\] \[linky-tempo:tempo\]/);
        for (const [id, count] of [
          ['consumption', 1],
          ['production', 1],
          ['cost', 1],
          ['tempo', 2],
          ['tempo-alone', 1],
          ['h', 1],
          ['i', 1],
        ] as const) {
          const told = errorsOf(id);
          assert.equal(told.length, count, `${id}: ${told.join('\n')}`);
          for (const text of told) assertSays(text, `linky-meter.error.${key}`);
        }
        assert.deepEqual(errorsOf('widget'), []);
        assert.equal(/collection waits/.test(errorsOf('consumption')[0] ?? ''), isOut);

        const refusal = { error: { key, ...(reason && { reason }) } };
        assert.deepEqual(await ask('linky/meter/test', typed), refusal);
        const account = { ...typed, provider: 'myelectricaldata' };
        assert.deepEqual(await ask('linky/meter/usage-points', account), refusal);
        const upload = new URLSearchParams({
          id: 'meter',
          provider: 'conso',
          usagePoint: PDL,
          name: 'a.csv',
        });
        const file = loadCurveCsv(PDL, '2026-05-01', [500]);
        assert.deepEqual(await ask(`linky/meter/import?${upload.toString()}`, file, 'octet-stream'), refusal);
        assert.deepEqual(await ask('linky/tariff/price', tariffNode()), refusal);
        assert.equal(await ask('linky/consumption/consumption', {}), isOpen ? 200 : 409);
        assert.equal(await ask('linky/cost/cost', {}), isOpen ? 200 : 409);

        await nodeRed.deploy(flows);
        for (const id of ['consumption', 'tempo']) await says(id, fill);
        statuses.close();
        const settings = (await ask('settings')) as Record<string, unknown>;
        assert.equal(settings['linkyMeterWithPostgres'], true);
        await ask('flows');
        await ask('linky/consent');
        assert.deepEqual([standIn.calls.length, tariffs.calls.length], [0, 0]);
        assert.doesNotMatch(nodeRed.log(), /unhandled|uncaught|TypeError| at .*\.js:\d+/i);
        const said = [nodeRed.log(), ...statuses.heard, ...answers].join('\n');
        assert.doesNotMatch(said, new RegExp(`${PASSWORD}|127\\.0\\.0\\.1:1/`));
      } finally {
        await nodeRed?.stop();
        await standIn.close();
        await tariffs.close();
      }
    });
  }

  describe('comes hours after Node-RED', () => {
    let server: PostgresServer;
    let home: Home;
    let standIn: StandIn;
    let tariffs: TariffStandIn;
    before(async () => {
      server = await startPostgres();
      await server.stop();
      process.env['LINKY_DATABASE_URL'] = server.url;
      let clock = (): number => 0;
      standIn = await startStandIn({ now: () => clock(), gateway: 'conso', usagePoints: [PDL], published: ALL_DAY }); // prettier-ignore
      tariffs = await startTariffStandIn(() => clock());
      home = new Home('2026-11-22T12:10', []);
      clock = () => home.time.now;
    });
    after(async () => {
      await home.remove();
      delete process.env['LINKY_DATABASE_URL'];
      await Promise.all([standIn.close(), tariffs.close(), server.remove()]);
    });

    /** Waits for what the database has to answer first. */
    const until = async (isSo: () => boolean): Promise<void> => {
      while (!isSo()) await turn();
    };
    const came = (id: string): number => home.messages.filter(({ from }) => from === id).length;

    it('is used as soon as it is there: nothing was asked meanwhile, and no deploy is needed', async () => {
      home.nodes = [...home.nodes, linkyHistory, linkyImport];
      home.flow = [
        meterNode(standIn.url),
        ...sourceNodes('consumption', 'c'),
        tariffNode({ coloursUrl: tariffs.url, pricesUrl: tariffs.pricesUrl }),
        costNode,
        tempoNode('tempo', 'tariff'),
        historyNode(),
        importNode,
        ...['cost', 'tempo', 'h', 'i'].map((id) => ({ ...PLACED, id: `${id}-out`, type: 'helper', wires: [] })), // prettier-ignore
      ];
      await home.start();
      const isYellow = (id: string): boolean => home.status(id).fill === 'yellow';
      await until(() => ['c', 'cost', 'tempo'].every(isYellow));
      const ask = (id: string, msg: object): void => {
        home.node(id).receive(msg as NodeMessage);
      };
      const file = { payload: dailyCsv('2025-05-01', [7]), direction: 'consumption' };
      ask('h', {});
      ask('i', file);
      await until(() => home.errors.length === 5);
      assert.deepEqual(home.errors.map(({ error }) => error.source.id).sort(), [
        'c',
        'cost',
        'h',
        'i',
        'tempo',
      ]);
      await home.until('2026-11-22T16:00');
      assert.equal(home.errors.length, 5);
      assert.deepEqual([standIn.calls.length, tariffs.calls.length, home.messages.length], [0, 0, 0]);

      await server.start();
      await home.until('2026-11-22T16:02');
      await until(() => ['c', 'tempo'].every((id) => home.status(id).fill === 'green'));
      await until(() => came('c') >= 5 && came('cost') > 0 && came('tempo') > 0);
      ask('h', {});
      ask('i', file);
      await until(() => came('h') === 1 && came('i') === 1);
      const payloadOf = (id: string): unknown =>
        home.messages.find(({ from }) => from === id)?.message.payload;
      assert.equal((payloadOf('h') as unknown[]).length, 30);
      assert.equal((payloadOf('i') as ImportPayload).taken, 1);
      assert.equal(home.errors.length, 5);
    });
  });
});

/** Sends a text when it is told to by HTTP. */
const injectNode = (id: string, to: string, payload: string): FlowNode => ({
  id,
  type: 'inject',
  ...PLACED,
  payload,
  payloadType: 'str',
  props: [{ p: 'payload' }],
  repeat: '',
  crontab: '',
  once: false,
  topic: '',
  wires: [[to]],
});

/** The statuses of all nodes, as the editor hears of them. */
async function listen(url: string): Promise<{
  heard: string[];
  of(id: string, is: (status: Status) => boolean): Promise<Status>;
  close(): void;
}> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/comms`);
  const statuses = new Map<string, Status>();
  const heard: string[] = [];
  const listeners = new Set<() => void>();
  socket.onmessage = ({ data }) => {
    heard.push(String(data));
    for (const { topic = '', data: status } of [JSON.parse(String(data)) as object].flat() as {
      topic?: string;
      data?: Status;
    }[]) {
      if (topic.startsWith('status/') && status) statuses.set(topic.slice('status/'.length), status);
    }
    for (const listener of listeners) listener();
  };
  await new Promise((done) => (socket.onopen = done));
  socket.send(JSON.stringify({ subscribe: 'status/#' }));
  return {
    heard,
    of: (id, is) =>
      new Promise((done) => {
        const look = (): void => {
          const status = statuses.get(id);
          if (!status || !is(status)) return;
          listeners.delete(look);
          done(status);
        };
        listeners.add(look);
        look();
      }),
    close: () => {
      socket.close();
    },
  };
}
