import type { Direction } from '../metering/metrics';
import { outputOf, type FaceMetric } from './face-metrics';
import { isOf, type Kept, type View } from './kept';

/** What a source node on the widget's wires delivers. */
export interface Delivery {
  direction: Direction;
  /** Its meter's own usage point: messages may name others, a fleet. */
  usagePoint: string;
  /** The meter's name. */
  meter: string;
  metrics: readonly FaceMetric[];
  /** What the store calls a usage point: a simulated meter's is another. */
  storedAs: (usagePoint: string) => string;
}

/** What a source node delivers of one usage point. */
export interface Stream extends View {
  storedAs: string;
  metrics: readonly FaceMetric[];
  /** Not of the meter's own usage point. */
  isOfFleet: boolean;
}

export const streamOf = (delivery: Delivery, usagePoint: string): Stream => ({
  usagePoint,
  direction: delivery.direction,
  storedAs: delivery.storedAs(usagePoint),
  metrics: delivery.metrics,
  isOfFleet: usagePoint !== delivery.usagePoint,
});

/** What a source delivers over some of its outputs. */
export const over = (delivery: Delivery, outputs: ReadonlySet<number>): Delivery => ({
  ...delivery,
  metrics: delivery.metrics.filter((metric) => outputs.has(outputOf(metric))),
});

/** Whether a source reaches the usage point of a stream: as its meter's own, or as one of its fleet. */
export const reaches =
  (stream: Stream) =>
  ({ direction, usagePoint, storedAs }: Delivery): boolean =>
    direction === stream.direction &&
    (stream.isOfFleet || usagePoint === stream.usagePoint) &&
    storedAs(stream.usagePoint) === stream.storedAs;

/**
 * Whether to forget a kept message after a deploy: a source delivered it before, and none does now. Messages that came
 * from elsewhere (another Node-RED, by MQTT) stay.
 * @param before the streams that were on the wires
 * @param now what the sources on the wires deliver now
 */
export function isForgotten(kept: Kept, before: readonly Stream[], now: readonly Delivery[]): boolean {
  const was = before.filter((stream) => isOf(kept)(stream) && stream.metrics.includes(kept.metric));
  const left = now.filter(({ metrics }) => metrics.includes(kept.metric));
  return was.length > 0 && !was.some((stream) => left.some(reaches(stream)));
}

/** A kept message with the name that its meter has now. */
export function renamed(kept: Kept, now: readonly Delivery[]): Kept {
  const delivery = now.find(isOf(kept));
  return delivery && delivery.meter !== kept.meter ? { ...kept, meter: delivery.meter } : kept;
}
