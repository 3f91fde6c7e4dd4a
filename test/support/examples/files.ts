import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A node of a flow file. */
export type FlowNode = { id: string; type: string; wires?: string[][] } & Record<string, unknown>;

export const FOLDER = join(__dirname, '../../../examples');

/** Each example in both languages, as paths below `examples/`, in the order of the README. */
export const EXAMPLES = [
  { en: 'demo-dashboard', fr: 'fr/tableau-de-bord' },
  { en: 'conso-api-first-steps', fr: 'fr/premiers-pas-conso-api' },
  { en: 'file-import', fr: 'fr/import-de-fichier' },
  { en: 'linky-widget', fr: 'fr/facade-du-compteur' },
  { en: 'history-month-against-last-year', fr: 'fr/historique-mois-et-annee-precedente' },
  { en: 'history-week-against-week', fr: 'fr/historique-semaine-apres-semaine' },
  { en: 'solar-surplus', fr: 'fr/surplus-solaire' },
  { en: 'cost-of-the-month', fr: 'fr/cout-du-mois' },
  { en: 'cheapest-tariff', fr: 'fr/tarif-le-moins-cher' },
  { en: 'tomorrow-is-red', fr: 'fr/demain-rouge' },
  { en: 'heating-by-tempo', fr: 'fr/chauffage-selon-tempo' },
  { en: 'influxdb', fr: 'fr/vers-influxdb' },
  { en: 'home-assistant-energy', fr: 'fr/home-assistant-energie' },
  { en: 'mqtt-home-assistant', fr: 'fr/home-assistant-par-mqtt' },
  { en: 'alert-above-usual', fr: 'fr/alerte-consommation-inhabituelle' },
  { en: 'monthly-csv', fr: 'fr/csv-mensuel' },
  { en: 'fleet-from-csv', fr: 'fr/parc-depuis-csv' },
] as const;

const PACKAGES: [name: string, types: RegExp][] = [
  ['@flowfuse/node-red-dashboard', /^ui-/],
  ['node-red-contrib-home-assistant-websocket', /^(server|ha-api)$/],
];

/** The packages beside this one that flows have nodes of. */
export const packagesOf = (flows: readonly FlowNode[]): string[] =>
  PACKAGES.flatMap(([name, types]) => (flows.some(({ type }) => types.test(type)) ? [name] : []));

export type Language = 'en' | 'fr';
export const LANGUAGES = ['en', 'fr'] as const satisfies Language[];

export const flowsOf = (path: string): FlowNode[] =>
  JSON.parse(readFileSync(join(FOLDER, `${path}.json`), 'utf8')) as FlowNode[];

/** The text of a property; empty where there is none. */
export const textOf = (node: FlowNode | undefined, property: string): string => {
  const value = node?.[property];
  return typeof value === 'string' ? value : '';
};

export const nodeOf = (flows: readonly FlowNode[], type: string): FlowNode | undefined =>
  flows.find((node) => node.type === type);
