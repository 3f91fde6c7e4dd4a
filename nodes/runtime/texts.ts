import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Text } from '../../src/publisher/status';

/** What statuses, errors and warnings are written in: a folder of `locales/`. */
export type Language = 'fr' | 'en-US';

type Catalogue = { [key: string]: string | Catalogue };

const catalogues = new Map<string, Catalogue>();

/**
 * The texts of a node in a language, `__name__` in them replaced by the parameter of that name. Node-RED's own `RED._`
 * knows the server's language alone.
 * @param node `linky-meter`
 */
export function textsOf(node: string, language: Language): Text {
  const path = join(__dirname, '..', 'locales', language, `${node}.json`);
  const catalogue = catalogues.get(path) ?? (JSON.parse(readFileSync(path, 'utf8')) as Catalogue);
  catalogues.set(path, catalogue);
  return (key, params = {}) => {
    const found = [node, ...key.split('.')].reduce<string | Catalogue | undefined>((at, name) => {
      return typeof at === 'object' ? at[name] : undefined;
    }, catalogue);
    const text = typeof found === 'string' ? found : key;
    return text.replace(/__(\w+)__/g, (_, name: string) => params[name] ?? '');
  };
}
