import { isOf, type Kept, type View } from './kept';

/** One direction of a usage point, as a source node on the widget's wires delivers it. */
export interface Stream extends View {
  /** What the store calls the usage point: a simulated meter's is another. */
  storedAs: string;
}

/**
 * What of the kept messages to forget after a deploy: what a source stood for before and none does now. Messages that
 * came from elsewhere (another Node-RED, by MQTT) stay.
 * @param before the streams on the wires before the deploy
 * @param now those on the wires now
 */
export function isForgotten(kept: Kept, before: readonly Stream[], now: readonly Stream[]): boolean {
  const sameDirection = ({ direction }: Stream): boolean => direction === kept.direction;
  // One source may have served a fleet, whose usage points are in its messages alone.
  if (before.some(sameDirection) && !now.some(sameDirection)) return true;
  const was = before.filter(isOf(kept));
  return (
    was.length > 0 &&
    !was.some(({ storedAs }) => now.some((one) => isOf(kept)(one) && one.storedAs === storedAs))
  );
}
