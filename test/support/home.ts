import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { DateTime } from 'luxon';
import type { Node, NodeInitializer, NodeMessage } from 'node-red';
import helper from 'node-red-node-test-helper';
import sinon from 'sinon';
import linkyConsumption from '../../nodes/runtime/linky-consumption';
import linkyCost from '../../nodes/runtime/linky-cost';
import linkyMeter from '../../nodes/runtime/linky-meter';
import linkyProduction from '../../nodes/runtime/linky-production';
import linkyTariff from '../../nodes/runtime/linky-tariff';
import linkyTempo from '../../nodes/runtime/linky-tempo';
import type { MeterNode } from '../../nodes/runtime/meter';
import type { TariffNode } from '../../nodes/runtime/tariff';
import { METRICS, type Metric } from '../../src/metering/metrics';
import type { SourceMessage } from '../../src/publisher/message';
import { PostgresDatabase } from '../../src/store/postgres';
import { sharedStore } from '../../src/store/shared';
import { engineOfSuite, type Place } from './engines';
import { FakeTime } from './fake-time';

export const PDL = '12345678901234';
export const TOKEN = 'stand-in-token';

const NODES: readonly unknown[] = [
  ...[linkyMeter, linkyConsumption, linkyProduction],
  ...[linkyTariff, linkyCost, linkyTempo],
];

export const paris = (text: string): number => DateTime.fromISO(text, { zone: 'Europe/Paris' }).toMillis();

/** A node of a flow file. */
export type FlowNode = { id: string; type: string } & Record<string, unknown>;

export const meterNode = (url: string, changes: object = {}): FlowNode => ({
  id: 'meter',
  type: 'linky-meter',
  name: 'House',
  provider: 'conso',
  usagePoint: PDL,
  url,
  from: '05:00',
  to: '20:00',
  minute: 37,
  history: 0,
  loadCurveHistory: 7,
  ...changes,
});

/** With all that its form asks for: the editor warns of what it takes for incomplete before it deploys. */
export const tariffNode = (id: string, changes: object = {}): FlowNode => ({
  id,
  type: 'linky-tariff',
  name: id,
  plan: 'base',
  power: 6,
  prices: 'regulated',
  ownPrices: [],
  offPeak: [],
  periods: [],
  defaultPeriod: '',
  feedIn: [],
  colours: 'api-couleur-tempo',
  coloursUrl: '',
  pricesUrl: '',
  ...changes,
});

export const GATEWAYS = ['conso', 'myelectricaldata', 'dataconnect'] as const;
/** What the stand-in's doors open to, for each provider. */
export const CREDENTIALS = { token: TOKEN, clientId: 'stand-in-client', clientSecret: 'stand-in-secret' };

/** Node-RED takes a node without a place for a config node. */
const PLACED = { x: 100, y: 100 };

/** A source node whose five outputs end in a node called `<id>-out`. */
export const sourceNodes = (direction: string, id: string, changes: object = {}): FlowNode[] => [
  {
    id,
    type: `linky-${direction}`,
    z: 'tab',
    name: '',
    meter: 'meter',
    loadCurve: true,
    replay: true,
    ...PLACED,
    wires: Array.from({ length: 5 }, () => [`${id}-out`]),
    ...changes,
  },
  { id: `${id}-out`, type: 'helper', z: 'tab', ...PLACED, wires: [] },
];

const TAB: FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'Home' },
  {
    id: 'catch',
    type: 'catch',
    z: 'tab',
    scope: null,
    uncaught: false,
    ...PLACED,
    wires: [['caught']],
  },
  { id: 'caught', type: 'helper', z: 'tab', ...PLACED, wires: [] },
];

export interface Caught extends NodeMessage {
  error: { message: string; code?: string; source: { id: string } };
}

/**
 * Messages that came at the same time ordered by their output, those of each in the order they came: sources publish at
 * once, and what a source publishes first of two series depends on how long the next answer takes.
 */
export function byOutput<T extends { at: number; from: string; message: { metric: Metric } }>(
  messages: readonly T[],
): T[] {
  const output = ({ from, message }: T): string => `${from} ${METRICS.indexOf(message.metric)}`;
  return messages.toSorted((a, b) => a.at - b.at || output(a).localeCompare(output(b)));
}

/** A Node-RED at home, with a fake clock, that can be switched off and on again. */
export class Home {
  readonly time: FakeTime;
  /** What came out of the sources since the start of the test, over all restarts. */
  readonly messages: { at: number; from: string; message: SourceMessage }[] = [];
  readonly errors: Caught[] = [];
  /** Every line Node-RED logged, and every status and message, as one text each. */
  readonly said: string[] = [];
  /** Usage points that messages name. */
  fleet: readonly string[] = [];
  /** Loaded at the next start. */
  nodes = NODES as readonly NodeInitializer[];
  readonly userDir = mkdtempSync(join(tmpdir(), 'linky-home-'));
  private on = false;
  private place: Place | undefined;
  /** While it is on. */
  private database: PostgresDatabase | undefined;
  private closeDatabase = (): void => undefined;

  constructor(
    now: string,
    public flow: FlowNode[],
    public credentials: Record<string, object> = { meter: CREDENTIALS },
  ) {
    this.time = new FakeTime(paris(now));
    // The helper finds Node-RED beside itself.
    helper.init(require.resolve('node-red'));
  }

  async start(): Promise<void> {
    await helper.startServer();
    this.place ??= await engineOfSuite().place();
    helper.settings({ userDir: this.userDir, linky: { database: this.place.address } });
    this.watchDatabase();
    const flow = [...TAB, ...this.flow];
    this.on = true;
    await helper.load([...this.nodes], flow, this.credentials);
    for (const { id } of flow.filter((node) => node.type === 'helper')) {
      this.node(id).on('input', (msg: NodeMessage) => {
        this.said.push(JSON.stringify(msg));
        if (id === 'caught') this.errors.push(msg as Caught);
        else {
          const message = msg as object as SourceMessage;
          this.messages.push({ at: this.time.now, from: id.replace('-out', ''), message });
        }
      });
    }
    await this.settled();
  }

  /** Ends the process, so to speak: what is not in the store is forgotten. */
  async stop(): Promise<void> {
    if (!this.on) return;
    this.on = false;
    for (const call of helper.log().args) this.said.push(JSON.stringify(call));
    await helper.unload();
    await helper.stopServer();
    this.closeDatabase();
    await this.database?.settled();
    this.database = undefined;
  }

  /** The store, while Node-RED runs or not. */
  openStore(): ReturnType<typeof sharedStore> {
    return sharedStore(this.userDir, this.time.now, this.place?.address);
  }

  /** What PostgreSQL is asked takes longer than some turns of the event loop: `settled` waits for it. */
  private watchDatabase(): void {
    if (!this.place?.address) return;
    const { store, release } = this.openStore();
    const database = store['database'];
    if (database instanceof PostgresDatabase) this.database = database;
    this.closeDatabase = release;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Lets time pass until a Paris time. */
  async until(time: string): Promise<void> {
    await this.time.pass(paris(time), () => this.settled());
  }

  node(id: string): Node {
    return helper.getNode(id) as Node;
  }

  /** The last status a node showed. */
  status(id: string): { fill: string; shape: string; text: string } {
    const node = this.node(id) as unknown as { status: { args: unknown[][]; thisValues: unknown[] } };
    const last = node.status.thisValues.lastIndexOf(this.node(id));
    return node.status.args[last]?.[0] as { fill: string; shape: string; text: string };
  }

  /** Resolves when no attempt runs, or each that does waits for time to pass; and all messages have arrived. */
  async settled(): Promise<void> {
    const meters = this.flow.filter(({ type }) => type === 'linky-meter');
    // Two meter nodes on one usage point work one after the other.
    const working = (): number =>
      new Set(
        meters
          .map(({ id }) => helper.getNode(id) as MeterNode | undefined)
          .flatMap((meter) =>
            meter ? [meter.usagePoint, ...this.fleet].map((point) => meter.open?.(point)) : [],
          )
          .filter((point) => point?.collector['working'] !== undefined)
          .map((point) => point?.storedAs),
      ).size;
    do {
      await this.turns(1);
      await this.tariffsSettled();
    } while (working() > this.time.waiting);
    // Statistics have a turn for each of them and for some days: Tempo has fourteen.
    for (let i = 0; i < 100 && this.isAnswering; i++) await this.turns(1);
    await this.turns(10);
  }

  /** So many turns of the event loop in a row in which the database is asked nothing. */
  private async turns(count: number): Promise<void> {
    for (let quiet = 0; quiet < count; quiet++) {
      await turn();
      if (this.database?.isIdle ?? true) continue;
      await this.database?.settled();
      quiet = -1;
    }
  }

  /** A history node has a query under way. */
  private get isAnswering(): boolean {
    return this.flow.some(({ id, type }) => {
      if (type !== 'linky-history' || !helper.getNode(id)) return false;
      const status = this.status(id) as { fill?: string } | undefined;
      return status?.fill === 'blue';
    });
  }

  /** Resolves when no price or colour is requested. */
  private async tariffsSettled(): Promise<void> {
    for (const { id } of this.flow.filter(({ type }) => type === 'linky-tariff')) {
      const open = (helper.getNode(id) as TariffNode | undefined)?.open;
      await open?.colours.settled();
      await open?.['prices'].settled();
    }
  }

  async remove(): Promise<void> {
    await this.stop();
    this.time.restore();
    // Whatever else a test replaced ends with its home.
    sinon.restore();
    await this.place?.remove();
    rmSync(this.userDir, { recursive: true, force: true });
  }
}
