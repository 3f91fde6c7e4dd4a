import { randomUUID } from 'node:crypto';
import type { Node, NodeAPI } from 'node-red';
import { databaseOf } from './store';

/** Where Node-RED keeps what tells it from others with the same flow, over restarts. */
const SETTING = 'linkyInstance';

/** What is used of Node-RED's settings; its own types lack it. */
interface Settings {
  get?(name: string): unknown;
  set?(name: string, value: unknown): Promise<void>;
}

/** Of a Node-RED that cannot keep settings: until it ends. */
const temporary = randomUUID();

/**
 * Who publishes, as the store remembers how far: the node once over all Node-REDs with the same database, or on each of
 * them (`everywhere`). With a database of its own there is no difference.
 */
export function consumerOf(RED: NodeAPI, node: Node, { publish }: { publish?: unknown }): string {
  if (publish !== 'everywhere' || databaseOf(RED) === '') return node.id;
  return `${node.id} ${instanceOf(RED)}`;
}

function instanceOf(RED: NodeAPI): string {
  const settings = RED.settings as Settings;
  try {
    const kept = settings.get?.(SETTING);
    if (typeof kept === 'string') return kept;
    void settings.set?.(SETTING, temporary).catch(() => undefined);
  } catch {
    // A Node-RED without storage for settings.
  }
  return temporary;
}
