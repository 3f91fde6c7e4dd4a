import type { EventEmitter } from 'node:events';
import type { NodeAPI } from 'node-red';

const listeners = new WeakMap<EventEmitter, Set<() => void>>();

/**
 * Calls back whenever all nodes of a start or deploy are there: before, a message would fall beside them and be lost.
 * One listener for all nodes: Node.js takes many of them for a leak.
 * @returns what ends it
 */
export function onFlowsStarted({ events }: NodeAPI, listener: () => void): () => void {
  const all = listeners.get(events) ?? new Set();
  if (!listeners.has(events)) {
    listeners.set(events, all);
    events.on('flows:started', () => {
      for (const each of [...all]) each();
    });
  }
  all.add(listener);
  return () => {
    all.delete(listener);
  };
}
