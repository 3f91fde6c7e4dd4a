import type { Node, NodeAPI, NodeDef, NodeInitializer } from 'node-red';
import { CREDENTIALS, TARIFF_CREDENTIALS } from './runtime/credentials';
import { liveTexts, serveLanguage } from './runtime/language';

/** The oldest Node.js that has `node:sqlite` without a flag: `engines` in package.json. */
export const NEEDED = '22.13';

const isOlder = (version: string, needed: string): boolean =>
  version.localeCompare(needed, 'en', { numeric: true }) < 0;

let isTold = false;

/**
 * Registers a node type. An older Node.js can load nothing else of this package: there the type says on each node, and
 * once in the log, which Node.js is needed, instead of being missing.
 * @param load its runtime
 * @param there the version of Node.js
 */
export function register(
  type: string,
  load: () => Promise<{ default: NodeInitializer }>,
  there = process.versions.node,
): NodeInitializer {
  return async (RED: NodeAPI) => {
    if (type === 'linky-meter') serveLanguage(RED);
    if (!isOlder(there, NEEDED)) {
      const { default: runtime } = await load();
      await runtime(RED);
      return;
    }
    // What was entered must not be lost meanwhile.
    const credentials = { 'linky-meter': CREDENTIALS, 'linky-tariff': TARIFF_CREDENTIALS }[type];
    const options = credentials ? { credentials } : {};
    RED.nodes.registerType(
      type,
      function (this: Node, config: NodeDef) {
        RED.nodes.createNode(this, config);
        const text = liveTexts(RED, 'linky-meter');
        const params = { needed: NEEDED, there };
        this.status({ fill: 'red', shape: 'ring', text: text('node-version.status', params) });
        if (isTold) return;
        isTold = true;
        this.error(text('node-version.error', params));
      },
      options,
    );
  };
}
