import assert from 'node:assert/strict';
import type { NodeAPI } from 'node-red';
import { anyLanguage, languageOf, textsOf, type LanguageConfig } from '../../../nodes/runtime/texts';

/** A Node-RED whose server speaks a language, with these nodes in its flows. */
const nodeRed = (server: string, nodes: object[] = []): NodeAPI =>
  ({
    _: () => server,
    nodes: {
      eachNode: (look: (node: object) => void) => {
        nodes.forEach(look);
      },
    },
  }) as unknown as NodeAPI;

describe('the language of statuses and errors', () => {
  const table: [config: LanguageConfig, server: string, expected: string][] = [
    [{}, 'en-US', 'en-US'],
    [{}, 'fr', 'fr'],
    [{ language: 'automatic' }, 'fr', 'fr'],
    [{ language: 'automatic', editorLanguage: '' }, 'fr', 'fr'],
    [{ language: 'automatic', editorLanguage: 'fr' }, 'en-US', 'fr'],
    [{ language: 'automatic', editorLanguage: 'fr-CA' }, 'en-US', 'fr'],
    [{ language: 'automatic', editorLanguage: 'en-US' }, 'fr', 'en-US'],
    [{ language: 'automatic', editorLanguage: 'de' }, 'fr', 'en-US'],
    [{ language: 'fr', editorLanguage: 'en-US' }, 'en-US', 'fr'],
    [{ language: 'en', editorLanguage: 'fr' }, 'fr', 'en-US'],
    // No text of this package at all: the test helper's Node-RED gives keys.
    [{}, 'linky-meter.language', 'en-US'],
  ];
  for (const [config, server, expected] of table) {
    it(`of ${JSON.stringify(config)} on a server in ${server}: ${expected}`, () => {
      assert.equal(languageOf(nodeRed(server), config), expected);
    });
  }

  it('of a node without a meter is that of a meter, else the server’s', () => {
    const meter = { type: 'linky-meter', editorLanguage: 'fr' };
    assert.equal(anyLanguage(nodeRed('en-US', [{ type: 'inject' }, meter])), 'fr');
    assert.equal(anyLanguage(nodeRed('fr', [{ type: 'inject' }])), 'fr');
  });
});

describe('a text', () => {
  it('has its parameters filled in, and is not looked for in them', () => {
    const text = textsOf('linky-meter', 'en-US');
    assert.equal(text('status.history', { done: '3', total: '__done__' }), 'history 3/__done__');
    assert.equal(text('status.history', { done: '3' }), 'history 3/');
    assert.equal(textsOf('linky-meter', 'fr')('status.collecting'), 'collecte en cours');
  });

  it('that does not exist is its key', () => {
    const text = textsOf('linky-meter', 'fr');
    for (const key of ['status', 'status.no-such', 'status.history.done', '']) assert.equal(text(key), key);
  });
});
