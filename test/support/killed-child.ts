/**
 * A process that collects a meter and tells what is new, to be killed at any moment: `test/integration/killed.test.ts`.
 * Arguments: the stand-in's address, the log's file, the time by the stand-in's clock, years of daily values, days of
 * load curve.
 */
import { writeSync } from 'node:fs';
import { clock } from '../../src/calendar/clock';
import { Collector } from '../../src/collector/collector';
import { providerFor } from '../../src/providers/providers';
import { rateLimit } from '../../src/providers/rate-limit';
import { METRICS, SERIES } from '../../src/metering/metrics';
import type { Source } from '../../src/publisher/message';
import { tellFresh } from '../../src/publisher/telling';
import { ReadingLog } from '../../src/store/log';

const [, , url = '', file = '', now = '', history = '', loadCurveHistory = ''] = process.argv;
const usagePoint = '12345678901234';
const config = { token: '', clientId: 'stand-in-client', clientSecret: 'stand-in-secret' };

clock.now = () => Number(now);
rateLimit.turn = () => Promise.resolve();

const log = new ReadingLog(file);
const collector = new Collector({
  usagePoint,
  logName: usagePoint,
  log,
  // The one whose requests of a whole history fit into an hour.
  provider: providerFor({ ...config, provider: 'dataconnect', url }, { time: clock, ledger: log.requests }),
  schedule: {
    from: 300,
    to: 1200,
    minute: 37,
    history: Number(history),
    loadCurveHistory: Number(loadCurveHistory),
    extraDays: 15,
  },
  onRejected: () => undefined,
  onConsentEnding: () => undefined,
});

const sources = (['consumption', 'production'] as const).map((direction): Source => ({
  consumer: direction,
  direction,
  usagePoint,
  logName: usagePoint,
  meter: 'House',
}));
const tellAll = (): void => {
  for (const source of sources) {
    for (const metric of METRICS) {
      tellFresh(log, source, metric, clock.now(), ({ topic, readings }) => {
        // As one line, at once: what the parent has read was sent, whatever happens next.
        writeSync(1, `${JSON.stringify({ topic, readings })}\n`);
      });
    }
  }
};

tellAll();
collector.register({
  wants: SERIES,
  onReadings: tellAll,
  onState: () => undefined,
  onError: (error) => {
    throw error;
  },
});
void collector.collect().then(() => {
  log.close();
  process.exit(0);
});
