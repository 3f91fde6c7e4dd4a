import { METRICS, type Metric } from '../metering/metrics';

/** What `linky-cost` delivers to the face, in the order of its outputs. */
export const COST_FACE_METRICS = ['cost-daily', 'cost-monthly', 'cost-yearly'] as const;
export type CostFaceMetric = (typeof COST_FACE_METRICS)[number];

/** The unit of a cost in messages. */
export const EURO = 'EUR';

/** What the face keeps apart: a cost has the metric of the energy that it is of. */
export type FaceMetric = Metric | CostFaceMetric;

/** Those that have a line, from the longest period to the shortest. */
export const LINE_METRICS = [
  'yearly',
  'monthly',
  'cost-monthly',
  'daily',
  'load-curve',
  'max-power',
] as const satisfies readonly FaceMetric[];
export type LineMetric = (typeof LINE_METRICS)[number];

export const isCost = (metric: FaceMetric): metric is CostFaceMetric => metric.startsWith('cost-');

/** The metric of a message, whether it tells energy or its cost. */
export const metricOf = (metric: FaceMetric): Metric =>
  isCost(metric) ? (metric.slice('cost-'.length) as Metric) : metric;

/** Undefined where there is no cost of a metric. */
export const costOf = (metric: Metric): CostFaceMetric | undefined =>
  COST_FACE_METRICS.find((cost) => metricOf(cost) === metric);

/** The output of a source node that a metric comes from. */
export const outputOf = (metric: FaceMetric): number =>
  isCost(metric) ? COST_FACE_METRICS.indexOf(metric) : METRICS.indexOf(metric);
