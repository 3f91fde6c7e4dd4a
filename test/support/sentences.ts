import assert from 'node:assert/strict';
import { textsOf, type Language } from '../../nodes/runtime/texts';

const NODES = ['linky-meter', 'linky-history', 'ui-linky'];

/**
 * Asserts that a text begins with a sentence of the locales, whatever its parameters are.
 * @param key `linky-meter.error.token-refused`
 */
export function assertSays(text: string | undefined, key: string, language: Language = 'en-US'): void {
  const node = NODES.find((each) => key.startsWith(`${each}.`)) ?? '';
  const sentence = textsOf(node, language)(key.slice(node.length + 1), new Proxy({}, { get: () => '\0' }));
  const pattern = sentence
    .split('\0')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  assert.match(text ?? '', new RegExp(`^(Error: )?${pattern}( .*)?$`), key);
}
