import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeAPI, NodeDef } from 'node-red';
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

/** What of a meter's configuration says in which language its texts are. */
export interface LanguageConfig {
  /** `automatic`, `fr` or `en`; absent: automatic. */
  language?: string;
  /** The language of the editor that deployed it last, a tag such as `fr` or `en-US`; absent before the first deploy. */
  editorLanguage?: string;
}

const known = (tag: string): Language => (tag.toLowerCase().startsWith('fr') ? 'fr' : 'en-US');

/** The language that a meter's texts are written in: the user's choice, the last editor's, or Node-RED's own. */
export function languageOf(
  RED: NodeAPI,
  { language = 'automatic', editorLanguage }: LanguageConfig,
): Language {
  if (language !== 'automatic') return known(language);
  return known(editorLanguage || RED._('node-red-dashboard-2-linky/linky-meter:linky-meter.language'));
}

/** For a node without a meter: the language of the first meter there is. */
export function anyLanguage(RED: NodeAPI): Language {
  const meters: LanguageConfig[] = [];
  RED.nodes.eachNode((node: NodeDef) => {
    if (node.type === 'linky-meter') meters.push(node as LanguageConfig);
  });
  return languageOf(RED, meters[0] ?? {});
}
