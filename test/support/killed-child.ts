/**
 * A process that collects a meter and publishes what is new, to be killed at any moment: `test/integration/killed.test.ts`.
 * Arguments: the stand-in's address, the user folder, the time by the stand-in's clock, years of daily values, days of
 * load curve, the address of a PostgreSQL database or nothing.
 */
import { writeSync } from 'node:fs';
import { clock } from '../../src/calendar/clock';
import { Collector } from '../../src/collector/collector';
import { providerFor } from '../../src/providers/providers';
import { rateLimit } from '../../src/providers/rate-limit';
import { Publisher } from '../../src/publisher/publisher';
import { serverClock } from '../../src/store/postgres';
import { sharedStore } from '../../src/store/shared';

const [, , url = '', userDir = '', now = '', history = '', loadCurveHistory = '', database = ''] =
  process.argv;
const usagePoint = '12345678901234';
const config = { token: '', clientId: 'stand-in-client', clientSecret: 'stand-in-secret' };

clock.now = () => Number(now);
serverClock.read = () => Number(now);
rateLimit.turn = () => Promise.resolve();

const { store, release } = sharedStore(userDir, Number(now), database);
const collector = new Collector({
  usagePoint,
  storedAs: usagePoint,
  store,
  // The one whose requests of a whole history fit into an hour.
  provider: providerFor({ ...config, provider: 'dataconnect', url }, { time: clock, ledger: store.requests }),
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

const publishers = (['consumption', 'production'] as const).map((direction) => {
  const source = { consumer: direction, direction, usagePoint, storedAs: usagePoint, meter: 'House' };
  return new Publisher(collector, store, source, true, {
    message: (_metric, { topic, readings }) => {
      // As one line, at once: what the parent has read was sent, whatever happens next.
      writeSync(1, `${JSON.stringify({ topic, readings })}\n`);
    },
    error: (error) => {
      throw error;
    },
    state: () => undefined,
  });
});

void (async () => {
  await Promise.all(publishers.map((publisher) => publisher.begin(false)));
  await collector['working'];
  for (const publisher of publishers) await publisher['publishing'];
  await Promise.all(publishers.map((publisher) => publisher.end()));
  release();
  process.exit(0);
})();
