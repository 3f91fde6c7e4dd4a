import { randomUUID } from 'node:crypto';
import type { Node, NodeAPI } from 'node-red';
import { keepText, keptText } from './settings';
import { databaseOf } from './store';

/** Where Node-RED keeps what tells it from others with the same flow, over restarts. */
const SETTING = 'linkyInstance';

/** Of this Node-RED, where it has none yet; where it cannot keep settings, until it ends. */
const own = randomUUID();

/**
 * Who publishes, as the store remembers how far: the node once over all Node-REDs with the same database, or on each of
 * them (`everywhere`). With a database of its own there is no difference.
 */
export function consumerOf(RED: NodeAPI, node: Node, { publish }: { publish?: unknown }): string {
  if (publish !== 'everywhere' || databaseOf(RED) === '') return node.id;
  return `${node.id} ${instanceOf(RED)}`;
}

function instanceOf(RED: NodeAPI): string {
  const kept = keptText(RED, SETTING);
  if (kept === undefined) keepText(RED, SETTING, own).catch(() => undefined);
  return kept ?? own;
}
