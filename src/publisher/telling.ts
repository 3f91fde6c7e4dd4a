import type { Metric } from '../metering/metrics';
import type { ReadingLog } from '../store/log';
import { freshMessage, type Source, type SourceMessage } from './message';

/**
 * Tells all that a source has not told yet of a metric. Each message is sent before it is noted as sent: a crash in
 * between repeats it, none is lost.
 * @param now epoch ms
 * @returns whether there was something to tell
 */
export function tellFresh(
  log: ReadingLog,
  source: Source,
  metric: Metric,
  now: number,
  send: (message: SourceMessage) => void,
): boolean {
  let told = false;
  for (;;) {
    const fresh = freshMessage(log, source, metric, now);
    if (!fresh) return told;
    send(fresh.message);
    fresh.noteSent();
    told = true;
  }
}
