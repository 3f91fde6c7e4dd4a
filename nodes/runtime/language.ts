import type { NodeAPI, NodeDef } from 'node-red';
import type { Text } from '../../src/publisher/status';
import { keepText, keptText } from './settings';
import { textsOf, type Language } from './texts';

/** What of a meter's configuration says in which language its texts are: `fr`, `en`; anything else is automatic. */
export interface LanguageConfig {
  language?: unknown;
}

/** Where Node-RED keeps the language of the editor that deployed last, over restarts. */
const SETTING = 'linkyEditorLanguage';

const listeners = new Set<() => void>();

const languageOfTag = (tag: string): Language => (tag.toLowerCase().startsWith('fr') ? 'fr' : 'en-US');

function editorLanguage(RED: NodeAPI): Language | undefined {
  const tag = keptText(RED, SETTING);
  return tag === undefined ? undefined : languageOfTag(tag);
}

/** The language that a meter's texts are written in: the user's choice, the last editor's, or Node-RED's own. */
export function languageOf(RED: NodeAPI, { language }: LanguageConfig): Language {
  if (language === 'fr') return 'fr';
  if (language === 'en') return 'en-US';
  const own = 'node-red-dashboard-2-linky/linky-meter:linky-meter.language';
  return editorLanguage(RED) ?? languageOfTag(RED._(own));
}

/** For a node without a meter: the language of the first meter there is. */
export function anyLanguage(RED: NodeAPI): Language {
  const meters: LanguageConfig[] = [];
  RED.nodes.eachNode((node: NodeDef) => {
    if (node.type === 'linky-meter') meters.push(node as LanguageConfig);
  });
  return languageOf(RED, meters[0] ?? {});
}

/** The texts of a node in the language that its meter, or any, has when they are asked for. */
export const liveTexts = (RED: NodeAPI, node: string, meter?: LanguageConfig): Text => {
  return (key, params) => textsOf(node, meter ? languageOf(RED, meter) : anyLanguage(RED))(key, params);
};

/** Calls back when the language of the last editor has changed. @returns what ends it */
export function onLanguageChanged(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/**
 * The editor tells its language at each deploy. It is no property of a node: to Node-RED, a deploy from an editor in
 * another language would change every meter.
 */
export function serveLanguage(RED: NodeAPI): void {
  RED.httpAdmin.post('/linky/language', RED.auth.needsPermission('flows.write'), (req, res) => {
    const { language } = (req.body ?? {}) as { language?: unknown };
    if (!req.is('json') || typeof language !== 'string' || !/^[a-z]{2,3}(-[a-z\d]{2,8})*$/i.test(language)) {
      res.sendStatus(400);
      return;
    }
    const before = editorLanguage(RED);
    keepText(RED, SETTING, language).then(
      () => {
        if (editorLanguage(RED) !== before) for (const listener of [...listeners]) listener();
        res.sendStatus(204);
      },
      () => {
        res.sendStatus(500);
      },
    );
  });
}
