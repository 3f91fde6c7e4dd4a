/** A log that holds all that a meter can have, up to yesterday by the collection's clock, and all of it told. */
import { clock } from '../src/calendar/clock';
import { Collector } from '../src/collector/collector';
import type { Schedule } from '../src/collector/planner';
import { simulatedMeter } from '../src/providers/simulated/simulated-meter';
import { DIRECTIONS, SERIES } from '../src/metering/metrics';
import { addDays, dayOf } from '../src/calendar/paris';
import { ServedPoint, type Outlet } from '../src/publisher/publisher';
import { ReadingLog } from '../src/store/log';
import { SCHEDULE, UNTOLD, USAGE_POINT } from './meter';

/** Where messages go that nobody reads. */
export const NOWHERE: Outlet = {
  message: () => undefined,
  state: () => undefined,
  error: (error) => {
    throw error;
  },
};

export async function fill(file: string, schedule: Schedule = SCHEDULE): Promise<void> {
  const log = new ReadingLog(file);
  // In this order the log numbers them.
  for (const series of SERIES) log.stream(USAGE_POINT, series);
  const provider = simulatedMeter(clock.now);
  const meter = { usagePoint: USAGE_POINT, logName: USAGE_POINT, log, schedule, provider, ...UNTOLD };
  const collector = new Collector(meter);
  for (const direction of DIRECTIONS) {
    const source = { ...meter, consumer: `linky-${direction}`, direction, meter: 'House' };
    new ServedPoint(collector, log, source, true, NOWHERE).begin(false);
  }
  await collector.collect();
  await collector.stop();
  const yesterday = addDays(dayOf(clock.now()), -1);
  for (const series of SERIES) {
    const asked = log.asked(log.stream(USAGE_POINT, series), yesterday, addDays(yesterday, 1));
    if (asked.get(yesterday)?.state !== 'complete') throw new Error(`${series} is not filled`);
  }
  log.close();
}
