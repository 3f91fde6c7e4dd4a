import type { LinkyError } from '../../src/providers/errors';
import { textsOf, type Language } from './texts';

/** What became of a consent; `key` is that of its sentence in the locales (`linky-meter.consent-page.<key>`). */
export type ConsentEnd =
  | { key: 'given'; usagePoint: string }
  | { key: 'not-ours' | 'not-given' }
  /** Enedis took the consent, but did not tell the PDL. */
  | { key: 'failed'; error: LinkyError };

/**
 * The page that ends a consent.
 * @param lang of the browser that comes back from Enedis
 */
export function consentEndPage(lang: Language, end: ConsentEnd): string {
  const text = textsOf('linky-meter', lang);
  const title = text('consent-page.title');
  const sentence = text(`consent-page.${end.key}`, {
    usagePoint: end.key === 'given' ? end.usagePoint : '',
    reason: end.key === 'failed' ? text(`error-short.${end.error.key}`) : '',
  });
  return `<!DOCTYPE html>
<html lang="${lang.slice(0, 2)}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>${escaped(title)}</title>
    <style>
      :root { color-scheme: light dark; }
      body { max-width: 34em; margin: 15vh auto 0; padding: 0 1.5em; font: 18px/1.5 system-ui, sans-serif; }
      h1 { font-size: 1.2em; }
    </style>
  </head>
  <body>
    <h1>${escaped(title)}</h1>
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
