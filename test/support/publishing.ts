import type { Metric } from '../../src/metering/metrics';
import type { Reader, SeriesKey } from '../../src/store/reader';
import type { Store } from '../../src/store/store';

/**
 * `Store.publish` of one metric.
 * @param publish told 0 where nothing was published
 * @returns whether more is left
 */
export async function publishMetric(
  store: Store,
  consumer: string,
  metric: Metric,
  key: SeriesKey,
  publish: (published: number, reader: Reader) => Promise<number | undefined>,
): Promise<boolean> {
  const left = await store.publish(consumer, [metric], key, async (published, reader) => {
    const revision = await publish(published.get(metric) ?? 0, reader);
    return new Map(revision === undefined ? [] : [[metric, revision]]);
  });
  return left.length > 0;
}

/** The revision up to which a consumer has published a metric; 0: nothing was. */
export const cursorOf = async (
  reader: Reader,
  consumer: string,
  metric: Metric,
  key: SeriesKey,
): Promise<number> => (await reader.cursors(consumer, key)).published.get(metric) ?? 0;
