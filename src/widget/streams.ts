import type { Metric } from '../metering/metrics';
import { isOf, type Kept, type View } from './kept';

/** What a source node on the widget's wires delivers of one usage point. */
export interface Stream extends View {
  /** What the store calls the usage point: a simulated meter's is another. */
  storedAs: string;
  /** Those of the source's metrics whose outputs lead to the widget. */
  metrics: readonly Metric[];
  /** One of a fleet, which messages name: the meter's own stands for itself. */
  isOfFleet: boolean;
  /** The meter's name. */
  meter: string;
}

/** A source node on the wires, with the stream of its meter's own usage point. */
export interface Origin {
  own: Stream;
  /** What the store calls another usage point of its provider. */
  storedAs: (usagePoint: string) => string;
}

/** Whether an origin reaches the usage point of a stream, of the same meter or of the same provider's fleet. */
export const reaches =
  ({ usagePoint, direction, storedAs, isOfFleet }: Stream) =>
  (origin: Origin): boolean => {
    const { own } = origin;
    if (own.direction !== direction) return false;
    if (isOfFleet) return origin.storedAs(usagePoint) === storedAs;
    return own.usagePoint === usagePoint && own.storedAs === storedAs;
  };

/**
 * Whether to forget a kept message after a deploy: a source delivered it before, and none does now. Messages that came
 * from elsewhere (another Node-RED, by MQTT) stay.
 * @param before the streams that were on the wires
 * @param now the sources on the wires now
 */
export function isForgotten(kept: Kept, before: readonly Stream[], now: readonly Origin[]): boolean {
  const was = before.filter((stream) => isOf(kept)(stream) && stream.metrics.includes(kept.metric));
  const left = now.filter(({ own }) => own.metrics.includes(kept.metric));
  return was.length > 0 && !was.some((stream) => left.some(reaches(stream)));
}

/** A kept message with the name that its meter has now. */
export function renamed(kept: Kept, now: readonly Origin[]): Kept {
  const origin = now.find(({ own }) => isOf(kept)(own));
  return origin && origin.own.meter !== kept.meter ? { ...kept, meter: origin.own.meter } : kept;
}
