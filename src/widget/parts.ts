import type { Point } from './kept';
import type { Pattern } from './patterns';
import { TEXTS, type Language, type PeriodName } from './texts';

/** A part of a bar: what a period of the tariff has in it, or the subscription. */
export interface Part {
  /** The period's name, as a cost message has it. */
  name: string;
  /** In the bar's unit. */
  value: number;
}

/** What a part of the bars is drawn with, and what it is called. */
export interface LegendEntry {
  name: string;
  label: string;
  pattern: Pattern;
}

/** The subscription among the parts: no period has an empty name. */
export const SUBSCRIPTION = '';

/** Energies of one day from registers and from the load curve differ by so much of it. */
const TOLERANCE = 0.02;

/** From the lowest part of a bar to the highest; then those of an own tariff, and the subscription. */
const ORDER: readonly PeriodName[] = [
  'base',
  'feedIn',
  'offPeak',
  'peak',
  'blueOffPeak',
  'bluePeak',
  'whiteOffPeak',
  'whitePeak',
  'redOffPeak',
  'redPeak',
];

/** One name has one pattern in all graphs. The off-peak hours of a day have less ink than its peak hours. */
const PATTERN_OF: Record<PeriodName, Pattern> = {
  base: 'solid',
  feedIn: 'solid',
  offPeak: 'lines',
  peak: 'solid',
  blueOffPeak: 'dots',
  bluePeak: 'lines',
  whiteOffPeak: 'slants',
  whitePeak: 'checks',
  redOffPeak: 'grid',
  redPeak: 'solid',
};
const SUBSCRIPTION_PATTERN: Pattern = 'empty';
/** For the periods of an own tariff, in the order in which they come. */
const OTHER_PATTERNS: readonly Pattern[] = ['solid', 'lines', 'dots', 'slants', 'checks', 'grid', 'holes'];

/**
 * What the periods have in a bar of energy.
 * @param cost of the same day, month or year
 */
export const energyParts = (bar: Point, cost: Point | undefined): Part[] =>
  fitting(
    bar.value,
    (cost?.periods ?? []).map(({ name, energy }) => ({ name, value: energy })),
  );

/** What the periods and the subscription have in a cost. */
export const costParts = ({ value, periods = [], subscription = 0 }: Point): Part[] =>
  fitting(value, [
    { name: SUBSCRIPTION, value: subscription },
    ...periods.map(({ name, cost }) => ({ name, value: cost })),
  ]);

/** Parts that are more than their bar are of something else. A negative price has no place in a stack. */
function fitting(whole: number, parts: readonly Part[]): Part[] {
  const sum = parts.reduce((total, { value }) => total + value, 0);
  if (sum > whole * (1 + TOLERANCE) || parts.some(({ value }) => value < 0)) return [];
  return parts.filter(({ value }) => value > 0);
}

/**
 * The parts that all bars of a graph are made of, in the order of the stack.
 * @returns none where bars have but one part: then it is the whole
 */
export function legendOf(bars: readonly (readonly Part[])[], language: Language): LegendEntry[] {
  const names = [...new Set(bars.flat().map(({ name }) => name))];
  if (names.length < 2) return [];
  const known = ORDER.filter((name) => names.includes(name));
  const others = names.filter((name) => name !== SUBSCRIPTION && !known.some((each) => each === name));
  const taken = known.map((name) => PATTERN_OF[name]);
  const left = OTHER_PATTERNS.filter((pattern) => !taken.includes(pattern));
  const { period, subscription } = TEXTS[language];
  return [
    ...known.map((name) => ({ name, label: period[name], pattern: PATTERN_OF[name] })),
    ...left.flatMap((pattern, index) => {
      const name = others[index];
      return name === undefined ? [] : [{ name, label: name, pattern }];
    }),
    ...(names.includes(SUBSCRIPTION)
      ? [{ name: SUBSCRIPTION, label: subscription, pattern: SUBSCRIPTION_PATTERN }]
      : []),
  ];
}
