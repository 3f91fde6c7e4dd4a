import { closeSync, createReadStream, openSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { CREDENTIALS, meterNode, sourceNodes, type FlowNode } from './home';
import { startNodeRed, type NodeRed } from './node-red';
import { addressOf, startPostgres, type PostgresServer } from './postgres';
import { startProxy, type Proxy } from './proxy';
import { startStandIn, type StandIn, type StandInOptions } from './stand-in/server';

export interface ClusterOptions {
  /** How many Node-REDs. */
  instances: number;
  /** When it begins, epoch ms. */
  begin: number;
  /** So many times as fast as the real time goes that of all of them, of PostgreSQL and of the stand-in. */
  speed: number;
  usagePoints: readonly string[];
  standIn: Omit<StandInOptions, 'now' | 'usagePoints'>;
  /** Of the meter node. */
  meter: object;
  /** Of both source nodes. */
  source?: object;
}

/** What a source node of an instance has published. */
export interface Published {
  topic: string;
  usagePoint: string;
  /** By the clock of the cluster, epoch ms. */
  at: number;
  /** [start (epoch ms), value] each. */
  readings: [number, number][];
}

/** One Node-RED of a cluster, in a process of its own. */
export interface Instance {
  name: string;
  start(): Promise<void>;
  /** Has it look after all usage points; after a restart it does so by itself. */
  serve(): Promise<void>;
  /** `kill -9` */
  kill(): Promise<void>;
  /** Between it and PostgreSQL. */
  network: Proxy;
  /** All it has logged since it was started last. */
  log(): string;
  /** All its sources have published, over all its lives, in order. */
  published(): AsyncIterable<Published>;
}

/** Several Node-REDs with the same flow, one PostgreSQL and one Data Connect, whose time goes faster. */
export interface Cluster {
  standIn: StandIn;
  postgres: PostgresServer;
  instances: readonly Instance[];
  /** Epoch ms. */
  now(): number;
  /** Resolves at an instant of its clock (epoch ms). */
  until(instant: number): Promise<void>;
  /** Asks the database. */
  query<Row extends object>(sql: string, ...values: unknown[]): Promise<Row[]>;
  remove(): Promise<void>;
}

/** A node that writes at once what it gets: what was written was published, whatever happens to the process next. */
const TELLER = `
const { writeSync, openSync } = require('node:fs');
module.exports = (RED) => {
  RED.nodes.registerType('teller', function (config) {
    RED.nodes.createNode(this, config);
    const file = openSync(process.env.TELLER_FILE, 'a');
    this.on('input', ({ topic, usagePoint, readings }, _send, done) => {
      const pairs = readings.map(({ start, value }) => [Date.parse(start), value]);
      writeSync(file, '\\n' + JSON.stringify({ topic, usagePoint, at: globalThis.linkyClock(), readings: pairs }) + '.');
      done();
    });
  });
};
`;
const TELLER_HTML = `<script type="text/javascript">
  RED.nodes.registerType('teller', { category: 'test', defaults: {}, inputs: 1, outputs: 0 });
</script>`;

/** Lets the clock of the nodes, and of them alone, go faster; each request says whose it is. */
const preload = (name: string, begin: number, realBegin: number, speed: number): string => `
const Module = require('node:module');
const real = Date.now;
const now = () => ${begin} + (real() - ${realBegin}) * ${speed};
globalThis.linkyClock = now;
const load = Module._load;
Module._load = function (request, ...rest) {
  const loaded = load.call(this, request, ...rest);
  if (/calendar\\/clock(\\.js)?$/.test(request)) {
    const { setTimeout: sleep } = require('node:timers/promises');
    loaded.clock.now = now;
    loaded.clock.after = (ms, call) => {
      const timer = setTimeout(call, ms / ${speed}).unref();
      return () => clearTimeout(timer);
    };
    loaded.clock.wait = (ms, signal) => sleep(ms / ${speed}, undefined, { signal });
  }
  return loaded;
};
const http = require('node:http');
const request = http.request;
http.request = function (options, ...rest) {
  if (options?.headers) options.headers['X-Instance'] = '${name}';
  return request.call(this, options, ...rest);
};
`;

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { begin, speed, usagePoints } = options;
  const folder = await mkdtemp(join(tmpdir(), 'linky-cluster-'));
  const postgres = await startPostgres();
  const realBegin = Date.now();
  const now = (): number => begin + (Date.now() - realBegin) * speed;
  const standIn = await startStandIn({ ...options.standIn, now, usagePoints });
  await runIn(postgres.url, 'CREATE DATABASE linky');
  const database = addressOf(postgres.url, { database: 'linky' });
  // The clock that all share goes as fast as theirs.
  await runIn(
    database,
    `CREATE SCHEMA linky;
     CREATE FUNCTION linky.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$
       SELECT to_timestamp(${begin} / 1000.0
         + (extract(epoch FROM pg_catalog.clock_timestamp()) - ${realBegin} / 1000.0) * ${speed})
     $$`,
  );
  const instances = await Promise.all(
    Array.from({ length: options.instances }, async (_, i) => {
      const name = 'abcdefgh'.charAt(i);
      const network = await startProxy(postgres.port);
      return instanceOf(name, folder, network, {
        flow: flowOf(standIn.url, options),
        preload: preload(name, begin, realBegin, speed),
        database: addressOf(database, { port: network.port }),
      });
    }),
  );
  return {
    standIn,
    postgres,
    instances,
    now,
    until: (instant) => new Promise((done) => setTimeout(done, Math.max(0, (instant - now()) / speed))),
    query: (sql, ...values) => runIn(database, sql, ...values),
    remove: async () => {
      await Promise.all(instances.map((instance) => instance.kill()));
      await Promise.all(instances.map(({ network }) => network.close()));
      await standIn.close();
      await postgres.remove();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function flowOf(url: string, { usagePoints, meter, source }: ClusterOptions): FlowNode[] {
  const ids = ['consumption', 'production'];
  const sources = ids.flatMap((id) => sourceNodes(id, id, { replay: false, ...source }));
  return [
    { id: 'tab', type: 'tab', label: 'Fleet' },
    { ...meterNode(url, { provider: 'dataconnect', usagePoint: usagePoints[0], ...meter }) },
    ...sources.map((node) => (node.type === 'helper' ? { ...node, type: 'teller' } : node)),
    {
      id: 'fleet',
      type: 'inject',
      z: 'tab',
      props: [{ p: 'usagePoint', v: JSON.stringify(usagePoints), vt: 'json' }],
      x: 100,
      y: 100,
      wires: [ids],
    },
  ];
}

async function instanceOf(
  name: string,
  folder: string,
  network: Proxy,
  { flow, preload: script, database }: { flow: FlowNode[]; preload: string; database: string },
): Promise<Instance> {
  const userDir = join(folder, name);
  const file = join(folder, `${name}.jsonl`);
  closeSync(openSync(file, 'a'));
  await mkdir(join(userDir, 'nodes'), { recursive: true });
  await writeFile(join(userDir, 'nodes', 'teller.js'), TELLER);
  await writeFile(join(userDir, 'nodes', 'teller.html'), TELLER_HTML);
  const preloadFile = join(folder, `${name}.cjs`);
  await writeFile(preloadFile, script);
  let running: NodeRed | undefined;
  let isDeployed = false;
  const serving = flow.map((node) => (node.id === 'fleet' ? { ...node, once: true, onceDelay: 0.1 } : node));
  return {
    name,
    network,
    log: () => running?.log() ?? '',
    start: async () => {
      running = await startNodeRed({
        userDir,
        flows: isDeployed ? serving : [],
        dashboard: false,
        settings: { linky: { database } },
        env: { NODE_OPTIONS: `--require ${preloadFile}`, TELLER_FILE: file },
      });
      if (isDeployed) return;
      isDeployed = true;
      // Only a deploy brings credentials.
      await running.deploy(
        flow.map((node) => (node.type === 'linky-meter' ? { ...node, credentials: CREDENTIALS } : node)),
      );
    },
    serve: async () => {
      await fetch(`${running?.url}/inject/fleet`, { method: 'POST' });
    },
    kill: async () => {
      await running?.kill();
      running = undefined;
    },
    published: () => linesOf(file),
  };
}

async function* linesOf(file: string): AsyncGenerator<Published> {
  for await (const line of createInterface({ input: createReadStream(file) })) {
    // One whose process was killed while it wrote has no full stop: it comes again.
    if (line.endsWith('.')) yield JSON.parse(line.slice(0, -1)) as Published;
  }
}

/** Runs SQL in a connection of its own. */
async function runIn<Row extends object>(url: string, sql: string, ...values: unknown[]): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
