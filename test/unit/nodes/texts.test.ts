import assert from 'node:assert/strict';
import type { NodeAPI } from 'node-red';
import { anyLanguage, languageOf, type LanguageConfig } from '../../../nodes/runtime/language';
import { textsOf } from '../../../nodes/runtime/texts';

/** A Node-RED whose server speaks a language, to which an editor deployed last, with these nodes in its flows. */
const nodeRed = (server: string, editor?: unknown, nodes: object[] = []): NodeAPI =>
  ({
    _: () => server,
    settings: { get: (name: string) => (name === 'linkyEditorLanguage' ? editor : undefined) },
    nodes: {
      eachNode: (look: (node: object) => void) => {
        nodes.forEach(look);
      },
    },
  }) as unknown as NodeAPI;

describe('the language of statuses and errors', () => {
  const table: [config: LanguageConfig, editor: unknown, server: string, expected: string][] = [
    [{}, undefined, 'en-US', 'en-US'],
    [{}, undefined, 'fr', 'fr'],
    [{ language: 'automatic' }, undefined, 'fr', 'fr'],
    [{ language: 'automatic' }, 'fr', 'en-US', 'fr'],
    [{ language: 'automatic' }, 'fr-CA', 'en-US', 'fr'],
    [{ language: 'automatic' }, 'en-US', 'fr', 'en-US'],
    [{ language: 'automatic' }, 'de', 'fr', 'en-US'],
    [{ language: 'fr' }, 'en-US', 'en-US', 'fr'],
    [{ language: 'en' }, 'fr', 'fr', 'en-US'],
    // Whatever else a flow holds is automatic.
    [{ language: null }, 'fr', 'en-US', 'fr'],
    [{ language: 5 }, undefined, 'fr', 'fr'],
    [{ language: 'klingon' }, 'fr', 'en-US', 'fr'],
    [{ language: {} }, 7, 'fr', 'fr'],
    // No text of this package at all: the test helper's Node-RED gives keys.
    [{}, undefined, 'linky-meter.language', 'en-US'],
  ];
  for (const [config, editor, server, expected] of table) {
    it(`of ${JSON.stringify(config)}, editor ${String(editor)}, server ${server}: ${expected}`, () => {
      assert.equal(languageOf(nodeRed(server, editor), config), expected);
    });
  }

  it('of a node without a meter is that of a meter, else the editor’s or the server’s', () => {
    const meter = { type: 'linky-meter', language: 'fr' };
    assert.equal(anyLanguage(nodeRed('en-US', undefined, [{ type: 'inject' }, meter])), 'fr');
    assert.equal(anyLanguage(nodeRed('fr', undefined, [{ type: 'inject' }])), 'fr');
    assert.equal(anyLanguage(nodeRed('en-US', 'fr')), 'fr');
  });

  it('is the server’s where Node-RED keeps no settings', () => {
    const RED = nodeRed('fr');
    Object.assign(RED.settings, {
      get: () => {
        throw new Error('not available');
      },
    });
    assert.equal(languageOf(RED, {}), 'fr');
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
