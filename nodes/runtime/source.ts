import type { Node } from 'node-red';
import type { State, YesterdayState } from '../../src/collector/meter';
import type { Direction } from '../../src/metering/metrics';

/** A source node as the widget on its wires sees it. */
export interface SourceNode extends Node {
  direction: Direction;
  /** Its meter's own usage point, and what the store calls that: a simulated meter's is another. Null: no meter. */
  stream: { usagePoint: string; storedAs: string } | null;
  /** Collects what is missing, of all usage points it serves. */
  collectNow(): Promise<void>;
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

export const SOURCE_TYPES = ['linky-consumption', 'linky-production'];
