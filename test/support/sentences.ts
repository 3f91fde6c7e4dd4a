import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeInitializer } from 'node-red';

const LOCALES = join(__dirname, '../../nodes/locales');

/** To be loaded before the nodes: the test helper gives them keys of the locales instead of sentences. */
export const speaking = (lang: 'en-US' | 'fr'): NodeInitializer => {
  const catalogue: Record<string, unknown> = {};
  for (const file of readdirSync(join(LOCALES, lang)).filter((name) => name.endsWith('.json'))) {
    Object.assign(catalogue, JSON.parse(readFileSync(join(LOCALES, lang, file), 'utf8')));
  }
  const sentence = (key: string, params: Record<string, string> = {}): string => {
    const found = key
      .split('.')
      .reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], catalogue);
    return (typeof found === 'string' ? found : key).replace(
      /__(\w+)__/g,
      (_, name: string) => params[name] ?? '',
    );
  };
  return (RED) => {
    Object.assign(RED, { _: sentence });
  };
};
