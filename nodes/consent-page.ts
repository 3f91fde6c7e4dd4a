import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LinkyError } from '../src/providers/errors';

/** What became of a consent; `key` is that of its sentence in the locales (`linky-meter.consent-page.<key>`). */
export type ConsentEnd =
  | { key: 'given'; usagePoint: string }
  | { key: 'not-ours' | 'not-given' }
  /** Enedis took the consent, but did not tell the PDL. */
  | { key: 'failed'; error: LinkyError };

interface Catalogue {
  'linky-meter': {
    'consent-page': Record<'title' | ConsentEnd['key'], string>;
    'error-short': Record<string, string>;
  };
}

/**
 * The page that ends a consent. The runtime speaks the server's language alone; whoever comes back from Enedis is
 * answered in their browser's.
 */
export function consentEndPage(lang: 'en-US' | 'fr', end: ConsentEnd): string {
  const file = join(__dirname, 'locales', lang, 'linky-meter.json');
  const { 'linky-meter': catalogue } = JSON.parse(readFileSync(file, 'utf8')) as Catalogue;
  const texts = catalogue['consent-page'];
  const sentence = texts[end.key]
    .replace('__usagePoint__', end.key === 'given' ? end.usagePoint : '')
    .replace('__reason__', end.key === 'failed' ? (catalogue['error-short'][end.error.key] ?? '') : '');
  return `<!DOCTYPE html>
<html lang="${lang.slice(0, 2)}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>${escaped(texts.title)}</title>
    <style>
      :root { color-scheme: light dark; }
      body { max-width: 34em; margin: 15vh auto 0; padding: 0 1.5em; font: 18px/1.5 system-ui, sans-serif; }
      h1 { font-size: 1.2em; }
    </style>
  </head>
  <body>
    <h1>${escaped(texts.title)}</h1>
    <p>${escaped(sentence)}</p>
  </body>
</html>
`;
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
