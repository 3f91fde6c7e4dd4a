import assert from 'node:assert/strict';
import type { NodeInitializer } from 'node-red';
import linkyHistory from '../../nodes/runtime/linky-history';
import type { Missing } from '../../src/query/result';
import { startStandIn, type StandIn, type StandInOptions } from './stand-in/server';
import { Home, meterNode, PDL, type Caught, type FlowNode } from './home';

/** What a linky-history node sends. */
export interface AnswerMessage {
  _msgid?: string;
  payload: unknown;
  topic: string;
  unit: string;
  step: string;
  format: string;
  compare: string;
  start: string;
  end: string;
  missing: Missing[];
  meter: string;
  usagePoint: string;
  tariff?: string;
  /** Of an answer that may be several messages. */
  parts?: { id: string; index: number; count: number; parts?: unknown };
  /** Of Home Assistant's statistics. */
  statistic?: string;
  until?: string;
}

export const historyNode = (changes: object = {}): FlowNode => ({
  id: 'h',
  type: 'linky-history',
  z: 'tab',
  name: '',
  meter: 'meter',
  direction: 'consumption',
  metric: 'daily',
  start: '-30 days',
  startType: 'relative',
  end: '0 days',
  endType: 'relative',
  step: 'native',
  format: 'readings',
  compare: false,
  x: 100,
  y: 100,
  wires: [['h-out']],
  ...changes,
});

/** A linky-history node over a stand-in for Enedis. */
export class Asking {
  home!: Home;
  standIn!: StandIn;

  /**
   * @param history changes of the history node
   * @param more nodes of the flow, and `nodes` what their types need
   */
  async begin(
    now: string,
    {
      history = {},
      more = [],
      nodes = [],
      ...options
    }: Partial<StandInOptions> & {
      history?: object;
      more?: FlowNode[];
      nodes?: readonly NodeInitializer[];
    } = {},
  ): Promise<void> {
    this.standIn = await startStandIn({
      now: () => this.home.time.now,
      gateway: 'conso',
      usagePoints: [PDL],
      ...options,
    });
    const out: FlowNode = { id: 'h-out', type: 'helper', z: 'tab', x: 100, y: 100, wires: [] };
    const meter = meterNode(this.standIn.url, { provider: options.gateway ?? 'conso' });
    this.home = new Home(now, [meter, historyNode(history), out, ...more]);
    this.home.nodes = [linkyHistory, ...nodes, ...this.home.nodes];
    await this.home.start();
  }

  async end(): Promise<void> {
    await this.home.remove();
    await this.standIn.close();
  }

  /** Changes the history node, as the editor would. */
  async deploy(history: object): Promise<void> {
    const node = this.home.flow.find(({ id }) => id === 'h');
    Object.assign(node ?? {}, history);
    await this.home.restart();
  }

  /** Sends a message; fails unless there is just one answer. */
  async ask(msg: object = {}): Promise<AnswerMessage> {
    const answers = await this.askAll(msg);
    assert.equal(answers.length, 1, JSON.stringify(this.home.errors.map(({ error }) => error.message)));
    return answers[0] as AnswerMessage;
  }

  /** Sends a message; fails unless just one error comes of it. */
  async complain(msg: object): Promise<Caught['error']> {
    await this.askAll(msg);
    const errors = this.home.errors.splice(0);
    assert.equal(errors.length, 1);
    return (errors[0] as Caught).error;
  }

  /** Sends a message. @returns the messages of the answer, in their order */
  async askAll(msg: object): Promise<AnswerMessage[]> {
    this.home.messages.length = 0;
    this.home.node('h').receive({ ...msg });
    await this.home.settled();
    const sent = this.home.messages.splice(0).filter(({ from }) => from === 'h');
    return sent.map(({ message }) => message as unknown as AnswerMessage);
  }

  /** The calls since the last look: `consumption-daily 2026-10-23 2026-11-22`. */
  calls(): string[] {
    return this.standIn.calls
      .splice(0)
      .map(({ series, start, end }) => `${series ?? '?'} ${start ?? ''} ${end ?? ''}`);
  }
}
