import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';
import { ALL_SERIES } from '../../../src/metering/metrics';

const ROOT = join(__dirname, '../../..');
const LOCALES = ['en-US', 'fr'] as const;
const PACKAGE = 'node-red-dashboard-2-linky';
/** What reads the same in every language. */
const SAME_EVERYWHERE = /^(linky|https?:\/\/\S*)$/i;
/** Attributes that people read. */
const VISIBLE_ATTRIBUTES = ['title', 'placeholder', 'alt', 'aria-label', 'label'];
/** Properties of a node's definition, and parameters of jQuery's methods, that people read. */
const VISIBLE_PROPERTIES = ['label', 'paletteLabel', 'title', 'placeholder', 'text', 'content'];
/** A node's status has no room for more. */
const LONGEST_STATUS = 45;

interface Catalogue {
  [key: string]: string | Catalogue;
}

const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8');
const localesOf = (lang: string, extension: string): string[] =>
  readdirSync(join(ROOT, 'nodes/locales', lang))
    .filter((file) => file.endsWith(extension))
    .sort();
const catalogueOf = (lang: string, node: string): Catalogue =>
  JSON.parse(read('nodes/locales', lang, `${node}.json`)) as Catalogue;

/** All texts of a catalogue by their dotted keys. */
function textsOf(catalogue: Catalogue, prefix = ''): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [key, value] of Object.entries(catalogue)) {
    if (typeof value === 'string') texts.set(prefix + key, value);
    else for (const [inner, text] of textsOf(value, `${prefix}${key}.`)) texts.set(inner, text);
  }
  return texts;
}

const NODES = readdirSync(join(ROOT, 'nodes'))
  .filter((file) => file.endsWith('.html'))
  .map((file) => file.replace(/\.html$/, ''));

/** What the editor gets of a node: the markup of its html file, and its scripts with those that the file loads. */
function partsOf(node: string): { template: string; script: ts.SourceFile } {
  const html = read('nodes', `${node}.html`);
  const scripts = [...html.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)];
  const of = (template: boolean): string =>
    scripts
      .filter(([, attributes = '']) => attributes.includes('data-template-name') === template)
      .map(([, , body = '']) => body)
      .join('\n');
  // The rules of tariffs are built from the sources, and have no texts.
  const loaded = all(new RegExp(`<script [^>]*src="resources/${PACKAGE}/([^"]*)"`, 'g'), html).filter(
    (file) => file !== 'linky-tariff-rules.js',
  );
  const code = [...loaded.map((file) => read('nodes/editor', file)), of(false)].join('\n');
  const script = ts.createSourceFile(
    `${node}.js`,
    // A script that several nodes share begins its keys with the node's type.
    code.replaceAll('${type}', node),
    ts.ScriptTarget.Latest,
    true,
    ts.ScriptKind.JS,
  );
  return { template: of(true), script };
}

function each(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  node.forEachChild((child) => {
    each(child, visit);
  });
}

const parse = (...path: string[]): ts.SourceFile =>
  ts.createSourceFile(path.join('/'), read(...path), ts.ScriptTarget.Latest, true);

/** The name a call goes by: `_` of `this._(…)`, `text` of `$(x).text(…)` and of `text(…)`. */
function calledName({ expression }: ts.CallExpression): string {
  if (ts.isPropertyAccessExpression(expression)) return expression.name.text;
  return ts.isIdentifier(expression) ? expression.text : '';
}

/**
 * What is known of a string before the program runs: all of it, or how it begins.
 * @param constants strings by the name of their `const`
 */
function beginningOf(
  node: ts.Expression,
  constants: ReadonlyMap<string, string>,
): { text: string; whole: boolean } {
  if (ts.isStringLiteralLike(node)) return { text: node.text, whole: true };
  if (ts.isTemplateExpression(node)) return { text: node.head.text, whole: false };
  if (ts.isIdentifier(node) && constants.has(node.text)) {
    return { text: constants.get(node.text) ?? '', whole: true };
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const left = beginningOf(node.left, constants);
    if (!left.whole) return left;
    const right = beginningOf(node.right, constants);
    return { text: left.text + right.text, whole: right.whole };
  }
  return { text: '', whole: false };
}

function constantsOf(script: ts.SourceFile): Map<string, string> {
  const constants = new Map<string, string>();
  each(script, (node) => {
    if (!ts.isVariableDeclaration(node) || !ts.isIdentifier(node.name) || !node.initializer) return;
    if (ts.isStringLiteralLike(node.initializer)) constants.set(node.name.text, node.initializer.text);
  });
  return constants;
}

/** A key of a text; one that is completed while the program runs stands for all that begin with it. */
interface Key {
  text: string;
  whole: boolean;
}

/** The keys that a node's editor file asks its own catalogue for. */
function keysOf(node: string): Key[] {
  const { template, script } = partsOf(node);
  const keys: Key[] = [];
  // Forms that nodes share stand in their script.
  for (const [, value = ''] of (template + script.text).matchAll(/data-i18n="([^"]*)"/g)) {
    for (const part of value.split(';')) {
      const [text = '', ...rest] = part.replace(/^\[[^\]]*\]/, '').split('${');
      keys.push({ text, whole: rest.length === 0 });
    }
  }
  const constants = constantsOf(script);
  each(script, (found) => {
    if (!ts.isCallExpression(found) || calledName(found) !== '_') return;
    const [argument] = found.arguments;
    assert.ok(argument, `${node}.html: _() without a key`);
    const key = beginningOf(argument, constants);
    assert.ok(key.text, `${node}.html: a key that cannot be checked: ${argument.getText()}`);
    keys.push(key);
  });
  const own = `${PACKAGE}/${node}:`;
  return keys
    .map(({ text, whole }) => ({ text: text.startsWith(own) ? text.slice(own.length) : text, whole }))
    .filter(({ text }) => !text.includes(':'));
}

const isIn = (texts: ReadonlyMap<string, string>, { text, whole }: Key): boolean =>
  whole ? texts.has(text) : [...texts.keys()].some((key) => key.startsWith(text));

const saysSomething = (text: string): boolean => /\p{L}{2}/u.test(text) && !SAME_EVERYWHERE.test(text.trim());

/** What people would read of a piece of HTML, were it not taken from a catalogue. */
function visibleIn(html: string): string[] {
  const texts = html.replace(/<[^>]*>/g, '\n').split('\n');
  const attributes = [...html.matchAll(/\s([\w-]+)="([^"]*)"/g)]
    .filter(([, name = '']) => VISIBLE_ATTRIBUTES.includes(name))
    .map(([, , value = '']) => value);
  return [...texts, ...attributes].map((text) => text.trim()).filter(saysSomething);
}

/** The same of a program: what it hands to whatever shows it. */
function visibleTexts(script: ts.SourceFile): string[] {
  const found: string[] = [];
  const note = (node: ts.Expression | undefined): void => {
    if (!node) return;
    if (ts.isStringLiteralLike(node) && saysSomething(node.text)) found.push(node.text);
    else if (ts.isTemplateExpression(node)) {
      const pieces = [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
      if (pieces.some((piece) => visibleIn(piece).length > 0)) found.push(node.getText());
    } else if (ts.isConditionalExpression(node)) {
      note(node.whenTrue);
      note(node.whenFalse);
    } else if (ts.isBinaryExpression(node)) {
      note(node.left);
      note(node.right);
    } else if (ts.isParenthesizedExpression(node)) note(node.expression);
  };
  each(script, (node) => {
    if (ts.isStringLiteralLike(node) && node.text.includes('<')) found.push(...visibleIn(node.text));
    if (ts.isPropertyAssignment(node) && VISIBLE_PROPERTIES.includes(node.name.getText())) {
      if (!ts.isStringLiteralLike(node.initializer) || !node.initializer.text.includes('<')) {
        note(node.initializer);
      }
    }
    if (ts.isReturnStatement(node)) {
      const method = ts.findAncestor(
        node,
        (above) => ts.isPropertyAssignment(above) || ts.isMethodDeclaration(above),
      );
      const name = method && (method as ts.PropertyAssignment).name.getText();
      if (name && [...VISIBLE_PROPERTIES, 'outputLabels', 'inputLabels', 'validate'].includes(name)) {
        note(node.expression);
      }
    }
    if (!ts.isCallExpression(node)) return;
    const [first, second] = node.arguments;
    const name = calledName(node);
    if (['text', 'notify', 'createTextNode'].includes(name)) note(first);
    if (name === 'attr' || name === 'prop') {
      if (first && ts.isStringLiteralLike(first) && VISIBLE_ATTRIBUTES.includes(first.text)) note(second);
    }
  });
  return found;
}

/** The strings of a type that is a union of them. */
function unionOf(file: string, name: string): string[] {
  const members: string[] = [];
  each(parse(file), (node) => {
    if (!ts.isTypeAliasDeclaration(node) || node.name.text !== name) return;
    each(node.type, (inner) => {
      if (ts.isStringLiteral(inner)) members.push(inner.text);
    });
  });
  assert.ok(members.length > 0, `${file} has no type ${name}`);
  return members;
}

/** The fields of the message that a source node sends. */
function messageFields(): string[] {
  const fields: string[] = [];
  each(parse('src/publisher/message.ts'), (node) => {
    if (!ts.isInterfaceDeclaration(node) || node.name.text !== 'SourceMessage') return;
    fields.push(...node.members.map((member) => member.name?.getText() ?? ''));
  });
  assert.ok(fields.includes('payload'));
  return fields;
}

const all = (pattern: RegExp, text: string): string[] =>
  [...text.matchAll(pattern)].map(([, found = '']) => found);

/** What people read of a help text, without names of fields and addresses. */
const proseOf = (html: string): string => html.replace(/<code>.*?<\/code>/gs, '').replace(/<[^>]*>/g, ' ');

const placeholders = (text: string): string[] => (text.match(/__\w+?__/g) ?? []).sort();

describe('editor files', () => {
  it('cover every node in both languages', () => {
    for (const lang of LOCALES) {
      assert.deepEqual(localesOf(lang, '.json'), NODES.map((node) => `${node}.json`).sort(), lang);
      assert.deepEqual(localesOf(lang, '.html'), NODES.map((node) => `${node}.html`).sort(), lang);
    }
  });

  for (const node of NODES) {
    describe(node, () => {
      it('has the same texts with the same parameters in both languages, none empty', () => {
        const [english, french] = LOCALES.map((lang) => textsOf(catalogueOf(lang, node)));
        assert.ok(english && french);
        assert.deepEqual([...french.keys()].sort(), [...english.keys()].sort());
        for (const [key, text] of english) {
          const other: string = french.get(key) ?? '';
          assert.ok(text.trim() && other.trim(), `${key} is empty`);
          assert.deepEqual(placeholders(other), placeholders(text), key);
        }
      });

      it('asks for no text that does not exist', () => {
        const texts = textsOf(catalogueOf('en-US', node));
        const unknown = keysOf(node).filter((key) => !isIn(texts, key));
        assert.deepEqual(unknown, []);
      });

      it('shows no text that cannot be translated', () => {
        const { template, script } = partsOf(node);
        assert.deepEqual([...visibleIn(template), ...visibleTexts(script)], []);
      });

      it('has an icon of the family', () => {
        const names = all(/icon: ['`]([^'`]+\.svg)['`]/g, partsOf(node).script.text);
        assert.equal(names.length, 1);
        for (const name of names) assert.match(read('icons', name), /viewBox="0 0 40 60"/, name);
      });

      it('is explained in both languages', () => {
        const [english, french] = LOCALES.map((lang) => read('nodes/locales', lang, `${node}.html`));
        assert.ok(english && french);
        for (const help of [english, french]) {
          assert.match(help, new RegExp(`^<script type="text/html" data-help-name="${node}">\\s*<p>`));
        }
        // The names of fields and values are the same in every language, in the same order.
        const fields = /<dt[^>]*>\s*([^<]*?)\s*</g;
        assert.deepEqual(all(fields, french), all(fields, english));
        const codes = (help: string): string[] => all(/<code>(.*?)<\/code>/gs, help).sort();
        assert.deepEqual(codes(french), codes(english));
        assert.deepEqual(all(/<(h\d|li|p|dd)\b/g, french), all(/<(h\d|li|p|dd)\b/g, english));
      });

      it('is written in French as the French write it', () => {
        const texts = [...textsOf(catalogueOf('fr', node)).values()];
        texts.push(proseOf(read('nodes/locales/fr', `${node}.html`)));
        for (const text of texts) {
          const prose = text.replace(/https?:\/\/\S*/g, '');
          assert.doesNotMatch(prose, /\p{L}'\p{L}/u, 'a straight apostrophe');
          assert.doesNotMatch(prose, /[^\u00a0\u202f:;?!][;?!»]/, 'no fixed space before ; ? ! »');
          assert.doesNotMatch(prose, / :|[^\s\d\u00a0\u202f]:(?=\s|$)/, 'no fixed space before :');
          assert.doesNotMatch(prose, /«(?![\u00a0\u202f])/, 'no fixed space after «');
        }
      });
    });
  }

  for (const node of ['linky-consumption', 'linky-production']) {
    it(`${node}'s help names each field of its messages`, () => {
      for (const lang of LOCALES) {
        const named = all(
          /<dt[^>]*>(\w+) /g,
          read('nodes/locales', lang, `${node}.html`).split(/<h3>/)[2] ?? '',
        );
        assert.deepEqual(named.sort(), messageFields().sort(), lang);
      }
    });
  }
});

describe('the palette', () => {
  const words = {
    fr: ['linky', 'consommation', 'compteur', 'enedis', 'électricité', 'electricite'],
    'en-US': ['linky', 'consumption', 'meter', 'enedis', 'electricity'],
  };
  for (const lang of LOCALES) {
    for (const node of ['linky-consumption', 'linky-history', 'linky-cost', 'ui-linky']) {
      it(`finds ${node} by ${words[lang].join(', ')} (${lang})`, () => {
        const search = textsOf(catalogueOf(lang, node)).get(`${node}.search`)?.toLowerCase() ?? '';
        for (const word of words[lang]) assert.ok(search.includes(word), word);
      });
    }
  }
});

describe('texts of the runtime', () => {
  for (const lang of LOCALES) {
    const meter = (): Map<string, string> => textsOf(catalogueOf(lang, 'linky-meter'));

    it(`has a sentence and a status for each error (${lang})`, () => {
      const texts = meter();
      for (const key of unionOf('src/providers/errors.ts', 'ErrorKey')) {
        assert.ok(texts.has(`linky-meter.error.${key}`), `error.${key}`);
        const short = texts.get(`linky-meter.error-short.${key}`);
        assert.ok(short, `error-short.${key}`);
        assert.ok(short.length <= LONGEST_STATUS, `error-short.${key} has ${short.length} characters`);
        assert.deepEqual(placeholders(short), [], `error-short.${key}`);
      }
    });

    it(`has no text of an error or a reason that does not exist (${lang})`, () => {
      const under = (prefix: string): string[] =>
        [...meter().keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
      const errors = unionOf('src/providers/errors.ts', 'ErrorKey');
      // Errors of the nodes themselves.
      const more = ['usage-points-invalid', 'period-invalid'];
      assert.deepEqual(under('linky-meter.error.').sort(), [...errors, ...more].sort());
      assert.deepEqual(under('linky-meter.error-short.').sort(), errors.sort());
      const reasons = unionOf('src/providers/parser.ts', 'RejectionReason');
      assert.deepEqual(under('linky-meter.warn.reason.').sort(), reasons.sort());
    });

    it(`speaks of its own form and not of another place (${lang})`, () => {
      for (const [key, text] of meter()) {
        if (key.startsWith('linky-meter.error.')) assert.doesNotMatch(text, /configuration/, key);
      }
    });

    it(`has a reason for each rejected value (${lang})`, () => {
      for (const reason of unionOf('src/providers/parser.ts', 'RejectionReason')) {
        assert.ok(meter().has(`linky-meter.warn.reason.${reason}`), reason);
      }
    });

    it(`has a reason for each rejected row of a file, and a name for each series in it (${lang})`, () => {
      const under = (prefix: string): string[] =>
        [...meter().keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
      const reasons = unionOf('src/importer/days.ts', 'ImportRejection');
      assert.deepEqual(under('linky-meter.import.reason.').sort(), reasons.sort());
      assert.deepEqual(under('linky-meter.import.series.').sort(), [...ALL_SERIES].sort());
    });

    it(`has a sentence for each problem of a tariff, and a name for what it concerns (${lang})`, () => {
      const texts = textsOf(catalogueOf(lang, 'linky-tariff'));
      const under = (prefix: string): string[] =>
        [...texts.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
      const keys = unionOf('src/tariff/config.ts', 'ProblemKey');
      assert.deepEqual(under('linky-tariff.problem.').sort(), keys.sort());
      const fields = ['plan', 'power', 'prices', 'defaultPeriod'];
      const lists = unionOf('src/tariff/config.ts', 'ListField');
      assert.deepEqual(under('linky-tariff.field.').sort(), [...fields, ...lists].sort());
    });

    it(`has a page for each end of a consent (${lang})`, () => {
      for (const end of unionOf('nodes/runtime/consent-page.ts', 'ConsentEnd')) {
        assert.ok(meter().has(`linky-meter.consent-page.${end}`), end);
      }
    });

    it(`has what the nodes ask for (${lang})`, () => {
      const files = ['nodes', 'nodes/runtime', 'src/publisher'].flatMap((folder) =>
        readdirSync(join(ROOT, folder))
          .filter((file) => file.endsWith('.ts'))
          .map((file) => join(folder, file)),
      );
      const everywhere = new Map(NODES.flatMap((node) => [...textsOf(catalogueOf(lang, node))]));
      const missing: string[] = [];
      for (const file of files) {
        each(parse(file), (node) => {
          if (!ts.isCallExpression(node) || !node.arguments[0]) return;
          const { text, whole } = beginningOf(node.arguments[0], new Map());
          const name = calledName(node);
          const named = text.replace(/^[\w/-]+:/, '');
          if (name === '_' && !isIn(everywhere, { text: named, whole })) missing.push(`${file}: ${text}`);
          // `text` looks into the catalogue of its own node or of the meter.
          const isKnown = ['linky-meter', basename(file, '.ts')].some((node) =>
            isIn(everywhere, { text: `${node}.${text}`, whole }),
          );
          if (name === 'text' && !isKnown) missing.push(`${file}: ${text}`);
        });
      }
      assert.deepEqual(missing, []);
    });
  }
});
