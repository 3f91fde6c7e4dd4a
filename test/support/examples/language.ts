import ts from 'typescript';

/**
 * Code without what a language changes in it: no comments, all text literals empty. Of a template literal, what
 * stands between `${` and `}` stays.
 */
export function skeletonOf(code: string): string[] {
  const file = ts.createSourceFile('code.js', code, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const tokens: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node)) return;
    const children = node.getChildren(file);
    if (children.length > 0) children.forEach(visit);
    else tokens.push(isText(node) ? ts.SyntaxKind[node.kind] : node.getText(file));
  };
  visit(file);
  return tokens;
}

/** The text literals and comments of code, for people or not. */
export function textsOf(code: string): string[] {
  const file = ts.createSourceFile('code.js', code, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const texts: string[] = [...(code.match(/\/\/.*|\/\*[^]*?\*\//g) ?? [])];
  const visit = (node: ts.Node): void => {
    if (isText(node)) texts.push((node as ts.LiteralLikeNode).text);
    node.getChildren(file).forEach(visit);
  };
  visit(file);
  return texts;
}

const isText = (node: ts.Node): boolean =>
  [
    ts.SyntaxKind.StringLiteral,
    ts.SyntaxKind.NoSubstitutionTemplateLiteral,
    ts.SyntaxKind.TemplateHead,
    ts.SyntaxKind.TemplateMiddle,
    ts.SyntaxKind.TemplateTail,
  ].includes(node.kind);

/** JSONata with its text literals empty. */
export const jsonataSkeletonOf = (code: string): string => code.replace(/"[^"]*"/g, '""');

/** Words that one language has and the other has not: small ones, and those of this trade. */
const COMMON = {
  en:
    'the and of with from your is are to for it its this that each without into by they where when which has have not ' +
    'what then at be as an or if than ' +
    'consumption daily weekly monthly yearly day week month year yesterday meter load curve power history drawn error',
  fr:
    'le la les des une est pour avec dans votre vos du et chaque sans qui que sont au aux par il elle ce cette ces son ' +
    'sa ses plus pas où quand sur ne se un an ' +
    'consommation jour semaine mois année hier veille compteur courbe charge puissance historique soutiré erreur',
} as const;

/**
 * What stands in the other language in a text.
 * @returns the words that give it away
 */
export function foreignWords(text: string, language: 'en' | 'fr'): string[] {
  const other = new Set(COMMON[language === 'en' ? 'fr' : 'en'].split(' '));
  const own = new Set(COMMON[language].split(' '));
  const prose = text
    // Code, addresses, and what people find under that name at Enedis.
    .replace(/`[^`]*`|<[^>]*>|\]\([^)]*\)/g, ' ')
    .replace(/\*(Enregistrement|Collecte) de la consommation horaire\*/g, ' ')
    .replace(/Manage palette|Devices & services|Replace|InfluxDB's line protocol|influx batch/g, ' ');
  const words = prose.toLowerCase().match(/\p{L}+/gu) ?? [];
  return words.filter((word) => other.has(word) && !own.has(word));
}
