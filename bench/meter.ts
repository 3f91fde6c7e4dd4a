/** The meter that the benches collect: all that Enedis has of it, at an hour when yesterday is out. */
import type { Consumer, Meter } from '../src/collector/meter';
import type { Schedule } from '../src/collector/schedule';
import { SERIES } from '../src/metering/metrics';
import { instantAt } from '../src/calendar/paris';

export const USAGE_POINT = '12345678901234';
export const TODAY = '2026-11-22';
/** 12:10 in Paris. */
export const NOW = instantAt(TODAY, 12 * 60 + 10);

/** Three years of daily values, two of load curve. */
export const SCHEDULE: Schedule = {
  from: 300,
  to: 1200,
  minute: 37,
  history: 3,
  loadCurveHistory: 730,
  extraDays: 15,
};

/** Three years of daily values, a week of load curve: what a meter node is made with. */
export const DAILY: Schedule = { ...SCHEDULE, loadCurveHistory: 7 };

const nothing = (): void => undefined;

/** Who wants all series, and only looks. */
export const CONSUMER: Consumer = {
  wants: SERIES,
  onState: nothing,
  onError: (error) => {
    throw error;
  },
};

export const UNTOLD: Pick<Meter, 'onRejected' | 'onConsentEnding'> = {
  onRejected: (series, rejected) => {
    throw new Error(`${series}: ${JSON.stringify(rejected)}`);
  },
  onConsentEnding: nothing,
};
