/** What a store that holds three years of load curve costs, by several tariffs. */
import assert from 'node:assert/strict';
import { addDays, addMonths, dayOf, daysBetween, startOfDay } from '../src/calendar/paris';
import type { DayRange } from '../src/calendar/ranges';
import type { Reading } from '../src/metering/readings';
import { SqliteDatabase } from '../src/store/sqlite';
import { Store } from '../src/store/store';
import { compareTariffs } from '../src/tariff/comparison';
import { tariffOf, type TariffInput } from '../src/tariff/config';
import { costOfDay, type Tariff } from '../src/tariff/cost';
import { meteredDays } from '../src/tariff/metered';
import { pricesIn } from '../src/tariff/prices';
import { COLOURS } from '../src/tariff/tempo';
import { USAGE_POINT } from './meter';
import { atMost, written, type Row } from './table';
import { median, RUNS, timed } from './timing';

const HALF_HOUR = 1_800_000;

const hphc = (...ranges: string[]): TariffInput => ({
  plan: 'hphc',
  offPeak: [{ ranges }],
  ownPrices: [{ subscription: 190, peak: 0.21, offPeak: 0.16 }],
});
const TARIFFS: readonly TariffInput[] = [
  { plan: 'base', ownPrices: [{ subscription: 190, base: 0.2 }] },
  hphc('22:30-06:30'),
  hphc('01:28-06:58', '13:58-16:28'),
  {
    plan: 'tempo',
    ownPrices: [
      {
        ...{ subscription: 190, bluePeak: 0.17, blueOffPeak: 0.14 },
        ...{ whitePeak: 0.19, whiteOffPeak: 0.15, redPeak: 0.73, redOffPeak: 0.16 },
      },
    ],
  },
  {
    plan: 'custom',
    periods: [
      { name: 'weekend', days: [6, 7], ranges: ['00:00-24:00'] },
      { name: 'night', season: 'winter', ranges: ['22:00-06:00'] },
    ],
    defaultPeriod: 'day',
    ownPrices: [{ subscription: 190, weekend: 0.15, night: 0.14, day: 0.22 }],
  },
];

function tariffFrom(input: TariffInput): Tariff {
  const read = tariffOf({ prices: 'own', ...input });
  assert.ok('config' in read && read.config.prices !== 'regulated');
  const { plan, prices } = read.config;
  return {
    plan,
    pricesOf: pricesIn(prices),
    colourOf: (day) => COLOURS[Number(day.slice(8)) % COLOURS.length],
  };
}

async function fill(store: Store, range: DayRange): Promise<void> {
  const key = { usagePoint: USAGE_POINT, name: 'consumption-load-curve' as const };
  for (let day = range.start; day < range.end; day = addDays(day, 7)) {
    const end = addDays(day, 7) < range.end ? addDays(day, 7) : range.end;
    const readings: Reading[] = [];
    for (let start = startOfDay(day); start < startOfDay(end); start += HALF_HOUR) {
      readings.push({ start, end: start + HALF_HOUR, value: (start / HALF_HOUR) % 3001 });
    }
    await store.record(key, { range: { start: day, end }, requestedAt: 0, isPlanned: true }, readings);
  }
}

export default async function tariff(): Promise<Row[]> {
  const today = dayOf(Date.now());
  const range = { start: addMonths(today, -36), end: today };
  const store = new Store(new SqliteDatabase(':memory:'));
  try {
    await fill(store, range);
    const tariffs = TARIFFS.map(tariffFrom);
    const compare = async (): Promise<void> => {
      const metered = await meteredDays(store, USAGE_POINT, 'consumption', range);
      const { days } = compareTariffs(metered, tariffs, range);
      assert.equal(days, daysBetween(range.start, range.end));
    };
    const [first] = tariffs;
    const price = async (): Promise<void> => {
      const metered = await meteredDays(store, USAGE_POINT, 'consumption', range);
      for (const day of metered) if (first) costOfDay(day, first);
    };
    await compare();
    const [compared, priced]: [number[], number[]] = [[], []];
    for (let i = 0; i < RUNS; i++) {
      compared.push(await timed(compare));
      priced.push(await timed(price));
    }
    return [
      {
        name: 'three years compared by five tariffs, from the store',
        ours: written(median(compared), 'ms'),
        ...atMost(50, median(compared), 'ms'),
      },
      {
        name: '… priced by one of them',
        ours: written(median(priced), 'ms'),
        figure: written(median(priced), 'ms'),
      },
    ];
  } finally {
    store.close();
  }
}
