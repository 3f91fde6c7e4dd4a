import type { Node, NodeAPI } from 'node-red';
import { variableOf } from '../../src/providers/variables';

/** A node of a form, and the scope it lies in. */
interface Place {
  id: string;
  z: string;
}

/**
 * @returns what replaces a variable as Node-RED will for a node, deployed or not; a value that names none, or one that
 * is not set, stays
 */
export function variablesAt(RED: NodeAPI, place: Place): (value: string) => string {
  const node = standIn(RED, place);
  return (value) => {
    const variable = variableOf(value.trim());
    if (variable === undefined) return value;
    return String(RED.util.evaluateNodeProperty(variable, 'env', node as Node, {}) || value);
  };
}

/** A running node beside the meter, or the meter itself: variables are looked up from where it stands. */
function standIn(RED: NodeAPI, { id, z }: Place): Node | undefined {
  const running: Node[] = [];
  RED.nodes.eachNode((config) => {
    const { z: scope = '', g: group } = config as { z?: string; g?: string };
    if (config.id !== id && (scope !== z || group)) return;
    const node = RED.nodes.getNode(config.id) as Node | null;
    if (node) running.push(node);
  });
  return running.find((node) => node.id === id) ?? running[0];
}
