import { ALL_SERIES, directionOf, isRegisters, type Series } from '../../metering/metrics';
import { dayOf, daysIn, isoParis, startOfDay, type Day } from '../../calendar/paris';
import { classifyError } from '../errors';
import { oldestDay } from '../limits';
import type { DataRequest, Provider } from '../provider';
import { chance, seedOf } from './chance';
import { consumedWatts, HALF_HOUR, OFF_PEAK } from './house';
import { registersOf, type Registers } from './registers';
import { producedWatts } from './roof';

/** A point of an answer; its value is text, as Enedis writes it. */
interface Point {
  v: string;
  d: string;
  p?: string;
}

/** Enedis' names for a quantity, and its points. */
interface Quantity {
  physical: string;
  unit: string;
  pointsOf: (usagePoint: string, day: Day) => Point[];
}

/** Subscribed power of the house, kVA. */
const SUBSCRIBED_POWER = 9;
/** As at Enedis, the history is some days longer than 24 and 36 months. */
const EXTRA_DAYS = 15;

/**
 * A meter inside the process: no account, no network. It simulates Enedis' answers for a house with solar panels.
 * The same usage point and day always have the same values. Yesterday is available from midnight on. Its history is as
 * long as Enedis', and before it come Enedis' errors.
 * @param now epoch ms
 */
export function simulatedMeter(now: () => number): Provider {
  return {
    identity: 'simulated',
    series: ALL_SERIES,
    labels: 'end',
    extraDays: EXTRA_DAYS,
    fetch: (request, _purpose, signal) =>
      new Promise((resolve) => {
        signal.throwIfAborted();
        resolve(answerTo(request, dayOf(now())));
      }),
    contract: () =>
      Promise.resolve({
        subscribedPower: SUBSCRIBED_POWER,
        offPeakHours: [`${OFF_PEAK.from}–${OFF_PEAK.to}`],
      }),
  };
}

function answerTo({ usagePoint, series, start, end }: DataRequest, today: Day): object {
  const direction = directionOf(series);
  if (start < oldestDay(series, today, EXTRA_DAYS)) {
    throw classifyError({ status: 400, code: 'ADAM-DC-0016' }, direction);
  }
  const days = daysIn(start, end < today ? end : today);
  if (days.length === 0) throw classifyError({ status: 404, code: 'no_data_found' }, direction);
  const measure = {
    idPrm: usagePoint,
    etapeMetier: 'BRUT',
    periode: { dateDebut: start, dateFin: end },
    grandeur: [] as object[],
    contexte: [] as object[],
  };
  const grandeurMetier = direction === 'consumption' ? 'CONS' : 'PROD';
  if (isRegisters(series)) {
    const registers = days.map((day) => ({ day, ...registersOf(usagePoint, direction, day) }));
    measure.contexte.push({ grandeur: [{ grandeurMetier, ...registerQuantity(registers) }] });
  } else {
    const { physical, unit, pointsOf } = QUANTITIES[series];
    const points = days.flatMap((day) => pointsOf(usagePoint, day));
    measure.grandeur.push({
      grandeurMetier,
      grandeurPhysique: physical,
      unite: unit,
      points,
      calendrier: [],
    });
  }
  return measure;
}

const PERIOD_NAMES: Record<string, string> = { BASE: 'Base', HC: 'Heures Creuses', HP: 'Heures Pleines' };

function registerQuantity(days: readonly ({ day: Day } & Registers)[]): object {
  const valeur = (valueOf: (registers: Registers) => number): object[] =>
    days.map((registers) => ({ d: `${registers.day} 00:00:00`, v: valueOf(registers), iv: 0 }));
  const periods = Object.keys(days[0]?.periods ?? {});
  return {
    grandeurPhysique: 'EA',
    unite: 'Wh',
    calendrier: [
      {
        idCalendrier: periods.length > 1 ? 'FC000002' : 'FC000001',
        libelleCalendrier: periods.length > 1 ? 'Heures Pleines/Creuses' : 'Base',
        classeTemporelle: periods.map((period) => ({
          idClasseTemporelle: period,
          libelleClasseTemporelle: PERIOD_NAMES[period],
          valeur: valeur((registers) => registers.periods[period] ?? 0),
        })),
      },
    ],
    cadranTotalisateur: { valeur: valeur(({ total }) => total) },
  };
}

type Watts = (usagePoint: string, day: Day) => number[];

const loadCurve = (watts: Watts): Quantity => ({
  physical: 'PA',
  unit: 'W',
  pointsOf: (usagePoint, day) =>
    watts(usagePoint, day).map((value, i) => ({
      v: String(Math.round(value)),
      // The end of the interval: the last label of a day is midnight of the next day.
      d: labelOf(startOfDay(day) + (i + 1) * HALF_HOUR),
      p: 'PT30M',
    })),
});

const daily = (watts: Watts): Quantity => ({
  physical: 'EA',
  unit: 'Wh',
  pointsOf: (usagePoint, day) => {
    // Rounded once, while every half hour is rounded: as at Enedis the sums differ by some Wh.
    const energy = watts(usagePoint, day).reduce((sum, mean) => sum + mean / 2, 0);
    return [{ v: String(Math.round(energy)), d: day }];
  },
});

const maxPower: Quantity = {
  physical: 'PMA',
  unit: 'VA',
  pointsOf: (usagePoint, day) => {
    const watts = consumedWatts(usagePoint, day);
    const highest = Math.max(...watts);
    const seed = seedOf(usagePoint, 'max-power', day);
    // Above the mean of its half hour: it is a momentary value, and apparent power.
    const value = highest * (1.15 + 0.35 * chance(seed, 0)) + 150;
    const second = Math.floor(1 + chance(seed, 1) * (HALF_HOUR / 1000 - 1));
    const at = startOfDay(day) + watts.indexOf(highest) * HALF_HOUR + second * 1000;
    return [{ v: String(Math.round(value)), d: labelOf(at) }];
  },
};

const QUANTITIES: Record<Exclude<Series, `${string}-registers`>, Quantity> = {
  'consumption-load-curve': loadCurve(consumedWatts),
  'consumption-daily': daily(consumedWatts),
  'consumption-max-power': maxPower,
  'production-load-curve': loadCurve(producedWatts),
  'production-daily': daily(producedWatts),
};

/** Local time of Paris, `yyyy-mm-dd hh:mm:ss`. */
const labelOf = (instant: number): string => isoParis(instant).slice(0, 19).replace('T', ' ');
