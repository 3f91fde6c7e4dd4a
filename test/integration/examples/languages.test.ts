import assert from 'node:assert/strict';
import { EXAMPLES, flowsOf, LANGUAGES, type FlowNode } from '../../support/examples/files';
import { foreignWords, jsonataSkeletonOf, skeletonOf, textsOf } from '../../support/examples/language';

/** Words for people, which each language has its own of. */
const WORDS = ['label', 'info', 'name', 'title', 'category', 'path', 'template', 'dismissText'];
/** JSONata, which may have words in it. */
const JSONATA = ['value', 'statusVal', 'to'];
/** What is the same word in both languages, or a name. */
const SAME = new Set([
  'Production',
  'production',
  'points',
  'usagePoint',
  'InfluxDB',
  'MQTT',
  'Home Assistant',
  'Linky',
  'Tempo',
  'Base',
  'series',
  '/dashboard',
]);

const rulesOf = (node: FlowNode): Record<string, unknown>[] =>
  (node['rules'] as Record<string, unknown>[] | undefined) ?? [];

/** Words of a node that its users read. */
function wordsOf(node: FlowNode): string[] {
  const values = [
    ...WORDS.map((key) => node[key]),
    ...((node['outputLabels'] as string[] | undefined) ?? []),
  ];
  return values.filter((value): value is string => typeof value === 'string' && value !== '');
}

/** All texts of a node, those within code too. */
function allTextsOf(node: FlowNode): string[] {
  const jsonata = [...JSONATA.map((key) => node[key]), ...rulesOf(node).map(({ to }) => to)]
    .filter((value) => typeof value === 'string')
    .flatMap((code) => code.match(/"[^"]*"/g) ?? []);
  const literals = [...textsOf((node['func'] as string | undefined) ?? ''), ...jsonata];
  // One word in code is a name, such as that of a metric.
  return [...wordsOf(node), ...literals.filter((text) => /\p{L} /u.test(text))];
}

/** A node without its words, its code as skeletons, and ids as positions in the file. */
function structureOf(node: FlowNode, ids: ReadonlyMap<string, number>): unknown {
  const without = (value: unknown, key = ''): unknown => {
    if (WORDS.includes(key) || key === 'outputLabels') return typeof value;
    if (typeof value === 'string') {
      if (key === 'func') return skeletonOf(value);
      if (JSONATA.includes(key)) return jsonataSkeletonOf(value);
      return ids.get(value) ?? value;
    }
    if (Array.isArray(value)) return value.map((one) => without(one));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, without(one, name)]));
  };
  return without(node);
}
const structuresOf = (flows: readonly FlowNode[]): unknown[] => {
  const ids = new Map(flows.map(({ id }, i) => [id, i]));
  return flows.map((node) => structureOf(node, ids));
};

for (const example of EXAMPLES) {
  describe(`the example ${example.en} and its French twin ${example.fr}`, () => {
    const [english, french] = [flowsOf(example.en), flowsOf(example.fr)];

    it('are alike but for their words', () => {
      assert.deepEqual(structuresOf(french), structuresOf(english));
    });

    it('have no word in common but those that both languages have', () => {
      const common = english.flatMap((node, i) => {
        const twin = french[i];
        const words = twin ? wordsOf(twin) : [];
        return wordsOf(node).filter((word, k) => word === words[k] && !SAME.has(word));
      });
      assert.deepEqual(common, []);
    });

    for (const language of LANGUAGES) {
      it(`speak one language: ${language}`, () => {
        const foreign = flowsOf(example[language]).flatMap((node) =>
          allTextsOf(node).flatMap((text) => {
            const words = foreignWords(text, language);
            return words.length > 0 ? [`${words.join(' ')}: ${text}`] : [];
          }),
        );
        assert.deepEqual(foreign, []);
      });
    }

    it('write French as French is written', () => {
      const wrong = french.flatMap((node) =>
        allTextsOf(node).filter((text) => {
          const prose = text.replace(/`[^`]*`|<[^>]*>|\]\([^)]*\)|:\/\/|; charset/g, '');
          return /\p{L}'\p{L}| [;:!?»%]|[^\s*][!?»;]|« |\d (kWh|kW|kVA|jours|mois|semaines)/u.test(
            prose.replace(/[\u00a0][;:!?»%]/g, ''),
          );
        }),
      );
      assert.deepEqual(wrong, []);
    });
  });
}
