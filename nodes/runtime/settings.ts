import type { NodeAPI } from 'node-red';

/** What is used of Node-RED's settings; its own types lack it. */
interface Settings {
  get?(name: string): unknown;
  set?(name: string, value: unknown): Promise<void>;
}

/** What Node-RED keeps for this package over restarts; undefined where it keeps nothing, or another thing than text. */
export function keptText(RED: NodeAPI, name: string): string | undefined {
  try {
    const kept = (RED.settings as Settings).get?.(name);
    return typeof kept === 'string' ? kept : undefined;
  } catch {
    // A Node-RED without storage for settings.
    return undefined;
  }
}

/** Has Node-RED keep it. @throws where it cannot */
export async function keepText(RED: NodeAPI, name: string, value: string): Promise<void> {
  await (RED.settings as Settings).set?.(name, value);
}
