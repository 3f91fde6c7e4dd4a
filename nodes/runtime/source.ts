import type { Node } from 'node-red';
import type { State, YesterdayState } from '../../src/collector/meter';
import type { Delivery } from '../../src/widget/streams';

export interface SourceNode extends Node {
  /** Absent: it has no meter. */
  delivery?: Delivery;
  /** In an instance of a subflow: the id of the node that it was made from. */
  _alias?: string;
  /** Collects what is missing, of all usage points it serves; never rejects. Absent: it cannot. */
  collectNow?(): Promise<void>;
}

/** Emitted by a source node, with a `SourceState`, when the state of a usage point has changed. */
export const STATE = 'linky-state';
export interface SourceState {
  usagePoint: string;
  state: State;
}

/** Emitted by a source node, with a `Collected`, when what a message or the button asked has been collected. */
export const COLLECTED = 'linky-collected';
export interface Collected {
  yesterday: YesterdayState;
}

export const SOURCE_TYPES = ['linky-consumption', 'linky-production', 'linky-cost'];

const running = new Set<SourceNode>();

/** The source nodes that run now: Node-RED lists those of its flows, and not those within subflows. */
export const runningSources: ReadonlySet<SourceNode> = running;

/** Lists a source node until it is closed. */
export function listSource(node: SourceNode): void {
  running.add(node);
  // As many widgets as there are may follow it.
  node.setMaxListeners(0);
  node.on('close', () => {
    running.delete(node);
  });
}
