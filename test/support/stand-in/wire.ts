import { label, type Day } from './calendar';
import type { Direction, Interval, MaxPower, Registers } from './truth';

export const SERIES = [
  'consumption-load-curve',
  'consumption-daily',
  'consumption-max-power',
  'consumption-registers',
  'production-load-curve',
  'production-daily',
  'production-registers',
] as const;
export type Series = (typeof SERIES)[number];
export type Measure = 'load-curve' | 'daily' | 'max-power' | 'registers';

const MEASURES: readonly Measure[] = ['load-curve', 'daily', 'max-power', 'registers'];

export const directionOf = (series: Series): Direction =>
  series.startsWith('production') ? 'production' : 'consumption';

export const measureOf = (series: Series): Measure =>
  MEASURES.find((measure) => series.endsWith(`-${measure}`)) ?? 'load-curve';

/** One value as Enedis writes it: numbers are text. */
export interface Point {
  /** The value, in the unit of its quantity. */
  v: string;
  /** A day, or an instant by the clock on a Paris wall. */
  d: string;
  /** Length of the interval: `PT30M`. */
  p?: string;
  /** Nature of the point. */
  n?: string;
  /** The meter's index of plausibility. */
  iv?: string;
  /** Supplementary state. */
  ec?: string;
}

export interface Quantity {
  grandeurMetier: string;
  grandeurPhysique: string;
  unite: string;
  calendrier: unknown[];
  points: Point[];
}

/** What a register showed, Wh. */
interface RegisterValue {
  d: string;
  v: number;
  iv: number;
}

interface RegisterClass {
  idClasseTemporelle: string;
  libelleClasseTemporelle: string;
  codeCadran: string;
  valeur: RegisterValue[];
}

interface RegisterCalendar {
  idCalendrier: string;
  libelleCalendrier: string;
  libelleGrille: string;
  classeTemporelle: RegisterClass[];
}

interface RegisterContext {
  etapeMetier: string;
  contexteReleve: string;
  typeReleve: string;
  grandeur: {
    grandeurMetier: string;
    grandeurPhysique: string;
    unite: string;
    calendrier: RegisterCalendar[];
    cadranTotalisateur: { codeCadran: string; valeur: RegisterValue[] };
  }[];
}

/** The content of an answer of the measuring interface. */
export interface MeasureAnswer {
  idPrm: string;
  etapeMetier: string;
  periode: { dateDebut: Day; dateFin: Day };
  typeValeur?: string;
  modeCalcul: string;
  pas?: string;
  grandeur: Quantity[];
  /** Registers alone. */
  contexte: RegisterContext[];
}

const businessOf = (series: Series): string => (directionOf(series) === 'production' ? 'PROD' : 'CONS');

const KINDS = {
  'load-curve': { head: { modeCalcul: 'MESURE' }, quantity: { grandeurPhysique: 'PA', unite: 'W' } },
  daily: {
    head: { typeValeur: 'GLOBALE', modeCalcul: 'DIFF.INDEX', pas: 'P1D' },
    quantity: { grandeurPhysique: 'EA', unite: 'Wh' },
  },
  'max-power': {
    head: { modeCalcul: 'MESURE', pas: 'P1D' },
    quantity: { grandeurPhysique: 'PMA', unite: 'VA' },
  },
} as const;

export type PointSeries = Exclude<Series, `${string}-registers`>;

export const isPointSeries = (series: Series): series is PointSeries => measureOf(series) !== 'registers';

export function measureAnswer(
  series: PointSeries,
  usagePoint: string,
  start: Day,
  end: Day,
  points: Point[],
): MeasureAnswer {
  const { head, quantity } = KINDS[measureOf(series) as keyof typeof KINDS];
  return {
    idPrm: usagePoint,
    etapeMetier: 'BRUT',
    periode: { dateDebut: start, dateFin: end },
    ...head,
    grandeur: [{ grandeurMetier: businessOf(series), ...quantity, points, calendrier: [] }],
    contexte: [],
  };
}

/**
 * The label is the END of the interval by the clock: so the last of a day carries the next day's date, in October
 * two intervals carry the same, and the one that ends at the jump in March is called 03:00.
 */
export const loadCurvePoint = ({ start, end, value }: Interval): Point => ({
  v: String(value),
  d: label(end),
  p: `PT${(end - start) / 60_000}M`,
  n: 'B',
  iv: '0',
  ec: '0',
});

export const dailyPoint = (day: Day, value: number): Point => ({ v: String(value), d: day });

export const maxPowerPoint = ({ at, value }: MaxPower): Point => ({ v: String(value), d: label(at) });

const SUPPLIER_CALENDARS = {
  consumption: { idCalendrier: 'FC022500', libelleCalendrier: 'Heures Creuses/Pleines' },
  production: { idCalendrier: 'FC000001', libelleCalendrier: 'Base' },
};

const DISTRIBUTOR_CALENDAR = {
  idCalendrier: 'DI000003',
  libelleCalendrier: 'Heures Creuses/Pleines, deux saisons',
};

const CLASS_NAMES: Record<string, string> = {
  BASE: 'Base',
  HC: 'Heures Creuses',
  HP: 'Heures Pleines',
  HCB: 'Heures Creuses Saison Basse',
  HCH: 'Heures Creuses Saison Haute',
  HPB: 'Heures Pleines Saison Basse',
  HPH: 'Heures Pleines Saison Haute',
};

/** @param shown what the registers showed at the midnight each day begins with */
export function registersAnswer(
  series: Series,
  usagePoint: string,
  start: Day,
  end: Day,
  shown: ({ day: Day } & Registers)[],
): MeasureAnswer {
  const values = (valueOf: (registers: Registers) => number): RegisterValue[] =>
    shown.map((registers) => ({ d: `${registers.day} 00:00:00`, v: valueOf(registers), iv: 0 }));
  const classes = (of: 'supplier' | 'distributor'): RegisterClass[] =>
    Object.keys(shown[0]?.[of] ?? {}).map((name, index) => ({
      idClasseTemporelle: name,
      libelleClasseTemporelle: CLASS_NAMES[name] ?? name,
      codeCadran: String(index + 1).padStart(2, '0'),
      valeur: values((registers) => registers[of][name] ?? 0),
    }));
  const supplier = {
    ...SUPPLIER_CALENDARS[directionOf(series)],
    libelleGrille: 'Grille fournisseur',
    classeTemporelle: classes('supplier'),
  };
  const distributor = {
    ...DISTRIBUTOR_CALENDAR,
    libelleGrille: 'Grille distributeur',
    classeTemporelle: classes('distributor'),
  };
  const context: RegisterContext = {
    etapeMetier: 'BRUT',
    contexteReleve: 'QUOTIDIEN',
    typeReleve: 'AQ',
    grandeur: [
      {
        grandeurMetier: businessOf(series),
        grandeurPhysique: 'EA',
        unite: 'Wh',
        calendrier: distributor.classeTemporelle.length > 0 ? [supplier, distributor] : [supplier],
        cadranTotalisateur: { codeCadran: 'ET', valeur: values(({ total }) => total) },
      },
    ],
  };
  return {
    idPrm: usagePoint,
    etapeMetier: 'BRUT',
    periode: { dateDebut: start, dateFin: end },
    typeValeur: 'INDEX',
    modeCalcul: 'MESURE',
    grandeur: [],
    contexte: [context],
  };
}
