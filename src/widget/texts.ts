import type { Direction, Metric } from '../metering/metrics';
import type { Colour } from './kept';
import type { Refreshed } from './messages';

export type Language = 'fr' | 'en';

/** The periods that have names of their own. */
export type PeriodName =
  | 'base'
  | 'feedIn'
  | 'offPeak'
  | 'peak'
  | 'blueOffPeak'
  | 'bluePeak'
  | 'whiteOffPeak'
  | 'whitePeak'
  | 'redOffPeak'
  | 'redPeak';

/** What the face says, in one language. `{…}` stands for a value. */
export interface Texts {
  title: Record<Direction, string>;
  waiting: string;
  waitingLong: string;
  label: Record<Metric, string>;
  /** A metric's graph. */
  graph: Record<Metric, string>;
  /** Money: of production, what was earned. */
  cost: Record<Direction, { label: string; graph: string }>;
  /** A value of which something is not known. */
  atLeast: string;
  period: Record<PeriodName, string>;
  subscription: string;
  /** A day of Tempo, with the letter that the meter has for it. */
  colour: Record<Colour, string>;
  back: string;
  openGraph: string;
  previous: string;
  next: string;
  refresh: string;
  refreshing: string;
  refreshed: Record<Refreshed, string>;
  collecting: string;
  /** How far a history has come. */
  progress: string;
  daysLeft: { none: string; one: string; many: string };
  /** The light, told by how many metrics have yesterday. */
  light: Record<Light, string>;
  until: string;
  graphMissing: string;
  noData: string;
  yearBefore: string;
  /** The year before, of a month or year that still runs. */
  sameDatesBefore: string;
  incomplete: string;
  /** The greatest value of a day. */
  max: string;
  rating: string;
  meter: string;
  /** A meter without a name, by its last digits. */
  usagePoint: string;
}

export type Light = 'green' | 'amber' | 'red' | 'off';

const FR: Texts = {
  title: { consumption: 'Consommation', production: 'Production' },
  waiting: 'En attente',
  waitingLong: 'En attente des premières données',
  label: { yearly: 'Année', monthly: 'Mois', daily: 'Jour', 'load-curve': 'Puissance', 'max-power': 'P max' },
  graph: {
    yearly: 'Par année',
    monthly: 'Par mois',
    daily: 'Par jour',
    'load-curve': 'Puissance',
    'max-power': 'Puissance max',
  },
  cost: {
    consumption: { label: 'Coût', graph: 'Coût par mois' },
    production: { label: 'Gain', graph: 'Gain par mois' },
  },
  atLeast: 'au moins {value}',
  period: {
    base: 'énergie',
    feedIn: 'vente',
    offPeak: 'heures creuses',
    peak: 'heures pleines',
    blueOffPeak: 'bleu HC',
    bluePeak: 'bleu HP',
    whiteOffPeak: 'blanc HC',
    whitePeak: 'blanc HP',
    redOffPeak: 'rouge HC',
    redPeak: 'rouge HP',
  },
  subscription: 'abonnement',
  colour: { blue: 'jour bleu (B)', white: 'jour blanc (W)', red: 'jour rouge (R)' },
  back: 'Retour aux valeurs',
  openGraph: 'ouvrir le graphique',
  previous: 'Vue précédente',
  next: 'Vue suivante',
  refresh: 'Actualiser',
  refreshing: 'Actualisation en cours',
  refreshed: {
    'up-to-date': 'À jour',
    waiting: 'Données d’hier pas encore publiées',
    error: 'Échec : voir dans Node-RED',
  },
  collecting: 'Collecte en cours',
  progress: '{done} sur {total}, {rest}',
  daysLeft: { none: 'aujourd’hui', one: 'encore 1 jour', many: 'encore {days} jours' },
  light: {
    green: 'Données d’hier complètes',
    amber: 'Données d’hier incomplètes',
    red: 'Données d’hier absentes',
    off: 'Aucune donnée',
  },
  until: 'jusqu’au {day}',
  graphMissing: 'Le graphique n’a pas pu être chargé',
  noData: 'aucune donnée',
  yearBefore: 'un an avant : {value}',
  sameDatesBefore: '{dates} un an avant : {value}',
  incomplete: 'incomplet',
  max: 'max',
  rating: '230 V · 50 Hz · 0,1-60 A',
  meter: 'Compteur {name}',
  usagePoint: 'PDL …{digits}',
};

const EN: Texts = {
  title: { consumption: 'Consumption', production: 'Production' },
  waiting: 'Waiting',
  waitingLong: 'Waiting for the first data',
  label: { yearly: 'Year', monthly: 'Month', daily: 'Day', 'load-curve': 'Power', 'max-power': 'Peak' },
  graph: {
    yearly: 'By year',
    monthly: 'By month',
    daily: 'By day',
    'load-curve': 'Power',
    'max-power': 'Peak power',
  },
  cost: {
    consumption: { label: 'Cost', graph: 'Cost by month' },
    production: { label: 'Earned', graph: 'Earned by month' },
  },
  atLeast: 'at least {value}',
  period: {
    base: 'energy',
    feedIn: 'feed-in',
    offPeak: 'off-peak',
    peak: 'peak',
    blueOffPeak: 'blue off-peak',
    bluePeak: 'blue peak',
    whiteOffPeak: 'white off-peak',
    whitePeak: 'white peak',
    redOffPeak: 'red off-peak',
    redPeak: 'red peak',
  },
  subscription: 'subscription',
  colour: { blue: 'blue day (B)', white: 'white day (W)', red: 'red day (R)' },
  back: 'Back to the figures',
  openGraph: 'open the graph',
  previous: 'Previous view',
  next: 'Next view',
  refresh: 'Refresh',
  refreshing: 'Refreshing',
  refreshed: {
    'up-to-date': 'Up to date',
    waiting: 'Yesterday is not there yet',
    error: 'Failed: look in Node-RED',
  },
  collecting: 'Collecting',
  progress: '{done} of {total}, {rest}',
  daysLeft: { none: 'today', one: '1 more day', many: '{days} more days' },
  light: {
    green: 'Yesterday is complete',
    amber: 'Yesterday is only partly there',
    red: 'Yesterday is not there yet',
    off: 'No data',
  },
  until: 'up to {day}',
  graphMissing: 'The graph could not be loaded',
  noData: 'no data',
  yearBefore: 'a year before: {value}',
  sameDatesBefore: '{dates} a year before: {value}',
  incomplete: 'incomplete',
  max: 'max',
  rating: '230 V · 50 Hz · 0.1-60 A',
  meter: 'Meter {name}',
  usagePoint: 'PDL …{digits}',
};

export const TEXTS: Record<Language, Texts> = { fr: FR, en: EN };

/** @param wanted the browser's languages, most wanted first */
export function languageOf(wanted: readonly string[]): Language {
  const known = wanted
    .map((tag) => tag.slice(0, 2).toLowerCase())
    .find((tag) => tag === 'fr' || tag === 'en');
  return known === 'fr' ? 'fr' : 'en';
}
