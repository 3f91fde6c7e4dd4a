import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  EXAMPLES,
  flowsOf,
  FOLDER,
  LANGUAGES,
  nodeOf,
  packagesOf,
  textOf,
} from '../../support/examples/files';

const KNOWN_TYPES = [
  /^linky-(meter|consumption|production|history|import|tariff|cost|tempo)$/,
  /^ui-(linky|base|theme|page|group|text|gauge|chart|table|notification)$/,
  /^mqtt(-broker| out)$/,
  /^(server|ha-api)$/,
  /^link (in|out)$/,
  /^(tab|comment|inject|debug|catch|function|change|switch|trigger|delay|join|template|csv|file|status|http request|global-config)$/,
];
/** What a user enters who has accounts; an example has none. */
const SECRETS = ['credentials', 'token', 'clientId', 'clientSecret', 'user', 'username', 'password'];
/** Each names a config node, or the tab. */
const CONFIG_PROPERTIES = ['z', 'meter', 'tariff', 'server', 'group', 'page', 'ui', 'theme'];

/** What an example needs says so in both languages, by these words. */
const NEEDS: Record<string, RegExp> = {
  'demo-dashboard': /@flowfuse\/node-red-dashboard/,
  'conso-api-first-steps': /(Enedis account.*token|compte Enedis.*jeton).* Conso API/,
  'file-import': /Enedis account|compte Enedis/,
  'linky-widget': /@flowfuse\/node-red-dashboard/,
  'history-month-against-last-year': /@flowfuse\/node-red-dashboard/,
  'history-week-against-week': /@flowfuse\/node-red-dashboard/,
  'solar-surplus': /@flowfuse\/node-red-dashboard/,
  'cost-of-the-month': /@flowfuse\/node-red-dashboard/,
  'cheapest-tariff': /@flowfuse\/node-red-dashboard.*api-couleur-tempo\.fr/,
  'tomorrow-is-red': /@flowfuse\/node-red-dashboard.*api-couleur-tempo\.fr/,
  'heating-by-tempo': /broker.*api-couleur-tempo\.fr/,
  influxdb: /InfluxDB/,
  'home-assistant-energy': /node-red-contrib-home-assistant-websocket/,
  'mqtt-home-assistant': /broker/,
  'alert-above-usual': /nothing else|rien d’autre/,
  'monthly-csv': /nothing else|rien d’autre/,
  'fleet-from-csv': /nothing else|rien d’autre/,
};
const WORDS = {
  en: { needs: /^\*\*Needs:\*\* (.*)$/m, change: /chang/i, openMe: /^Open me: / },
  fr: { needs: /^\*\*Il faut\u00a0:\*\* (.*)$/m, change: /changer/, openMe: /^Ouvrez-moi\u00a0: / },
} as const;
/** README's table of examples. */
const README = { en: 'README.md', fr: 'README.fr.md' } as const;

const all = EXAMPLES.flatMap((example) => LANGUAGES.map((language) => example[language]));

describe('the example files', () => {
  it('are these, each in both languages', () => {
    const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    assert.deepEqual(files.sort(), all.map((path) => join(FOLDER, `${path}.json`)).sort());
  });

  it('share no id, no tab and no page of the dashboard, so that all can be imported beside each other', () => {
    const nodes = all.flatMap(flowsOf);
    for (const shared of [
      nodes.map(({ id }) => id),
      nodes.filter(({ type }) => type === 'tab').map(({ label }) => label),
      nodes.filter(({ type }) => type === 'ui-page').map(({ path }) => path),
    ]) {
      assert.equal(new Set(shared).size, shared.length);
    }
    // Dashboard has one address: the first of these nodes to come in stays.
    const bases = nodes.filter(({ type }) => type === 'ui-base').map(({ id, ...base }) => (id ? base : {}));
    for (const base of bases) assert.deepEqual(base, bases[0]);
  });

  for (const [language, file] of Object.entries(README)) {
    it(`are listed in ${file}`, () => {
      const text = readFileSync(join(FOLDER, '..', file), 'utf8');
      const table = /<!-- examples: begin -->([^]*)<!-- examples: end -->/.exec(text)?.[1] ?? '';
      const listed = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
      assert.deepEqual(
        listed,
        EXAMPLES.map((example) => example[language as 'en' | 'fr'].replace(/^fr\//, '')),
      );
    });
  }

  for (const example of EXAMPLES) {
    for (const language of LANGUAGES) {
      describe(example[language], () => {
        const flows = flowsOf(example[language]);
        const ids = new Set(flows.map(({ id }) => id));
        const tabs = flows.filter(({ type }) => type === 'tab');

        it('has only nodes that a user can have', () => {
          const unknown = flows.filter(({ type }) => !KNOWN_TYPES.some((known) => known.test(type)));
          assert.deepEqual(unknown, []);
        });

        it('has no secret', () => {
          for (const node of flows) {
            for (const secret of SECRETS) assert.ok(!(secret in node), `${node.type} has ${secret}`);
          }
        });

        it('leads every wire and every reference somewhere', () => {
          const used = new Set<unknown>();
          for (const node of flows) {
            const { type, wires = [], scope, links, compareWith } = node;
            const ends = [wires.flat(), scope ?? [], links ?? [], compareWith ?? []].flat();
            const config = CONFIG_PROPERTIES.map((property) => node[property]);
            if (type !== 'mqtt-broker') config.push(node['broker']);
            for (const end of [...ends, ...config]) {
              if (end === undefined) continue;
              used.add(end);
              assert.ok(ids.has(end as string), `${type}: ${JSON.stringify(end)}`);
            }
          }
          // A node without a place on a canvas is a config node.
          const unused = flows.filter(
            ({ id, z, type }) =>
              z === undefined && type !== 'tab' && type !== 'global-config' && !used.has(id),
          );
          assert.deepEqual(unused, []);
        });

        it('joins its link nodes in both directions', () => {
          for (const node of flows.filter(({ type }) => type.startsWith('link '))) {
            for (const link of node['links'] as string[]) {
              const other = flows.find(({ id }) => id === link);
              assert.ok((other?.['links'] as string[]).includes(node.id));
            }
          }
        });

        it('says first on its tab and in its comment what it needs, and what to change', () => {
          assert.equal(tabs.length, 1);
          const comment = nodeOf(flows, 'comment');
          assert.match(textOf(tabs[0], 'label'), /Linky/);
          assert.match(textOf(tabs[0], 'info'), WORDS[language].change);
          assert.match(textOf(comment, 'name'), WORDS[language].openMe);
          assert.equal(WORDS[language].needs.exec(textOf(comment, 'info'))?.index, 0);
          for (const text of [textOf(tabs[0], 'info'), textOf(comment, 'info')]) {
            const [, needs = ''] = WORDS[language].needs.exec(text) ?? [];
            assert.match(needs, NEEDS[example.en] ?? /^$/);
          }
        });

        it('tells the editor to offer the packages that it needs, and no others', () => {
          const hints = flows.filter(({ type }) => type === 'global-config').map(({ modules }) => modules);
          const needed = packagesOf(flows).map((name) => ({ [name]: 'latest' }));
          assert.deepEqual(hints, needed);
        });

        it('names in its comment only nodes that are there', () => {
          const names = new Set(flows.flatMap(({ name, label }) => [name, label]));
          const info = textOf(nodeOf(flows, 'comment'), 'info').replace(/^.*\*\* .*$/m, '');
          const named = [...info.matchAll(/\*\*([^*]+)\*\*/g)].map(([, name = '']) => name);
          const sensors = /^(Yearly|Consommation annuelle|Production annuelle)/;
          const others = /^(–|\+|.*\.|all|tous)$|^(What|Ce qu)/;
          assert.deepEqual(
            named.filter((name) => !names.has(name) && !sensors.test(name) && !others.test(name)),
            [],
          );
        });

        it('takes prices and colours from the official sources', () => {
          for (const tariff of flows.filter(({ type }) => type === 'linky-tariff')) {
            assert.equal(tariff['coloursUrl'], '');
            assert.equal(tariff['pricesUrl'], '');
          }
        });

        it('leaves the minute to each meter', () => {
          const meters = flows.filter(({ type }) => type === 'linky-meter');
          // Tempo colours are those of the whole country.
          assert.ok(meters.length > 0 || nodeOf(flows, 'linky-tempo'));
          for (const meter of meters) {
            assert.equal(meter['minute'], '');
            assert.ok(meter['provider'] === 'simulated' || meter['usagePoint'] === '');
            assert.equal(meter['url'], '');
          }
        });
      });
    }
  }
});
