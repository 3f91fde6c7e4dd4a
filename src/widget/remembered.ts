import { DIRECTIONS } from '../metering/metrics';
import { LINE_METRICS, type LineMetric } from './face-metrics';
import type { View } from './kept';

/** What is open in a widget. */
export interface Open {
  view: View | undefined;
  /** The metric whose graph is open. */
  metric: LineMetric | undefined;
}

/** @param text what was remembered, of whatever version of this package, or null */
export function openOf(text: string | null): Open {
  const { usagePoint, direction, metric } = objectOf(text);
  const known = DIRECTIONS.find((each) => each === direction);
  return {
    view: typeof usagePoint === 'string' && known ? { usagePoint, direction: known } : undefined,
    metric: LINE_METRICS.find((each) => each === metric),
  };
}

export const rememberedText = ({ view, metric }: Open): string => JSON.stringify({ ...view, metric });

function objectOf(text: string | null): Partial<Record<'usagePoint' | 'direction' | 'metric', unknown>> {
  try {
    return Object(JSON.parse(text ?? '{}')) as object;
  } catch {
    return {};
  }
}
