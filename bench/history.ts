/** A store that holds all that a meter can have, up to yesterday by the clock, and all of it published. */
import { clock } from '../src/calendar/clock';
import { Collector } from '../src/collector/collector';
import type { Schedule } from '../src/collector/schedule';
import { simulatedMeter } from '../src/providers/simulated/simulated-meter';
import { DIRECTIONS, SERIES } from '../src/metering/metrics';
import { addDays, dayOf } from '../src/calendar/paris';
import { Publisher, type Outlet } from '../src/publisher/publisher';
import type { Store } from '../src/store/store';
import { SCHEDULE, UNTOLD, USAGE_POINT } from './meter';

/** Where messages go that nobody reads. */
export const NOWHERE: Outlet = {
  message: () => undefined,
  state: () => undefined,
  error: (error) => {
    throw error;
  },
};

/** @param store an empty one */
export async function fill(store: Store, schedule: Schedule = SCHEDULE): Promise<void> {
  const provider = simulatedMeter(clock.now);
  const meter = { usagePoint: USAGE_POINT, storedAs: USAGE_POINT, store, schedule, provider, ...UNTOLD };
  const collector = new Collector(meter);
  const publishers = DIRECTIONS.map((direction) => {
    const source = { ...meter, consumer: `linky-${direction}`, direction, meter: 'House' };
    return new Publisher(collector, store, source, true, NOWHERE);
  });
  // In this order the store numbers the series.
  for (const name of SERIES) await store.facts({ usagePoint: USAGE_POINT, name });
  for (const publisher of publishers) await publisher.begin(false);
  await collector['working'];
  for (const publisher of publishers) await publisher['publishing'];
  await collector.stop();
  const today = dayOf(clock.now());
  for (const name of SERIES) {
    const yesterday = { start: addDays(today, -1), end: today };
    const [status] = await store.statuses({ usagePoint: USAGE_POINT, name }, yesterday);
    if (status?.state !== 'complete') throw new Error(`${name} is not filled`);
  }
}
