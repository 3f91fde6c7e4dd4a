import type { Provider, Request } from '../provider';
import { sortError } from '../errors';
import { oldestDay } from '../limits';
import { directionOf, type Series } from '../../metering/metrics';
import { dayOf, daysIn, isoParis, startOfDay, type Day } from '../../metering/paris';
import { chance, seedOf } from './chance';
import { consumedWatts, HALF_HOUR } from './house';
import { producedWatts } from './roof';

/** One entry of an answer; numbers are text, as Enedis writes them. */
interface Entry {
  value: string;
  date: string;
  interval_length?: string;
  measure_type?: string;
}

interface Kind {
  readingType: Record<string, string>;
  entriesOf: (usagePoint: string, day: Day) => Entry[];
}

/**
 * A meter inside the process: no account, no network. It answers the content of Enedis' `meter_reading` for a
 * house and its roof that exist nowhere, the same for the same usage point and day for ever. Yesterday is there
 * from midnight on: a demonstration is never late. It reaches back as far as Enedis does and says its errors.
 * @param now epoch ms
 */
export function simulatedMeter(now: () => number): Provider {
  return {
    fetch: (request, signal) =>
      new Promise((resolve) => {
        signal.throwIfAborted();
        resolve(answerTo(request, dayOf(now())));
      }),
  };
}

function answerTo({ usagePoint, series, start, end }: Request, today: Day): object {
  if (start < oldestDay(series, today)) throw sortError(400, 'ADAM-DC-0016', directionOf(series));
  const days = daysIn(start, end < today ? end : today);
  if (days.length === 0) throw sortError(404, 'no_data_found', directionOf(series));
  const { readingType, entriesOf } = KINDS[series];
  return {
    usage_point_id: usagePoint,
    start,
    end,
    quality: 'BRUT',
    reading_type: readingType,
    interval_reading: days.flatMap((day) => entriesOf(usagePoint, day)),
  };
}

type Watts = (usagePoint: string, day: Day) => number[];

const loadCurve = (watts: Watts): Kind => ({
  readingType: { unit: 'W', measurement_kind: 'power', aggregate: 'average' },
  entriesOf: (usagePoint, day) =>
    watts(usagePoint, day).map((value, i) => ({
      value: String(Math.round(value)),
      // The end of the interval: the last one of a day is labelled midnight of the next.
      date: labelOf(startOfDay(day) + (i + 1) * HALF_HOUR),
      interval_length: 'PT30M',
      measure_type: 'B',
    })),
});

const daily = (watts: Watts): Kind => ({
  readingType: { unit: 'Wh', measurement_kind: 'energy', aggregate: 'sum', measuring_period: 'P1D' },
  entriesOf: (usagePoint, day) => {
    // Rounded once, while each half hour is rounded alone: as at Enedis the two differ by some Wh.
    const energy = watts(usagePoint, day).reduce((sum, mean) => sum + mean / 2, 0);
    return [{ value: String(Math.round(energy)), date: day }];
  },
});

const maxPower: Kind = {
  readingType: { unit: 'VA', measurement_kind: 'power', aggregate: 'maximum', measuring_period: 'P1D' },
  entriesOf: (usagePoint, day) => {
    const watts = consumedWatts(usagePoint, day);
    const highest = Math.max(...watts);
    const seed = seedOf(usagePoint, 'max-power', day);
    // Above the mean of its half hour: for a moment more runs at once, and not all of it is active power.
    const value = highest * (1.15 + 0.35 * chance(seed, 0)) + 150;
    const second = Math.floor(1 + chance(seed, 1) * (HALF_HOUR / 1000 - 1));
    const at = startOfDay(day) + watts.indexOf(highest) * HALF_HOUR + second * 1000;
    return [{ value: String(Math.round(value)), date: labelOf(at) }];
  },
};

const KINDS: Record<Series, Kind> = {
  'consumption-load-curve': loadCurve(consumedWatts),
  'consumption-daily': daily(consumedWatts),
  'consumption-max-power': maxPower,
  'production-load-curve': loadCurve(producedWatts),
  'production-daily': daily(producedWatts),
};

/** What the clocks of Paris show, `yyyy-mm-dd hh:mm:ss`. */
const labelOf = (instant: number): string => isoParis(instant).slice(0, 19).replace('T', ' ');
