import { DIRECTIONS } from '../metering/metrics';
import { addDays, dayOf, startOfDay } from '../calendar/paris';
import { formattedPeriod, formatted } from './dates';
import { isCost, LINE_METRICS, metricOf, type LineMetric } from './face-metrics';
import { figuresOf, spoken, writtenUnit, type Figure } from './figure';
import { isOf, type Kept, type Point, type View } from './kept';
import type { Collecting } from './messages';
import { sparkOf, type Spark } from './spark';
import { TEXTS, type Language, type Light } from './texts';

/** One line of the display. */
export interface Line {
  metric: LineMetric;
  label: string;
  /** What the value covers. */
  period: string;
  figure: Figure;
  /** A cost of which something is not known. */
  atLeast: boolean;
  unit: string;
  /** The value for those who hear the line. */
  spoken: string;
  hasGraph: boolean;
  /** The load curve of the day whose greatest value the figure is. */
  spark: Spark | undefined;
}

/** How far the history has come, while there is nothing to show. */
export interface Progress {
  words: string;
  /** From 0 to 1; undefined while that is not known. */
  part: number | undefined;
}

/** All that the display shows, decided: drawing it asks nothing more. */
export interface Face {
  title: string;
  /** The meter's name, or the last digits of one that has none. */
  meter: string;
  /** The meter has a name of its own. */
  named: boolean;
  /** The last digits: the whole number is a person's, and a dashboard for many. */
  usagePoint: string;
  light: Light;
  lightWords: string;
  /** Each line's last day, for the tooltip of the light. */
  lastDays: { label: string; text: string }[];
  lines: Line[];
  progress: Progress | undefined;
  /** Seconds from one blink of the LED (1000 an kWh) to the next, at the latest mean power. */
  blink: number | undefined;
}

/** Not faster, whatever the power: three flashes a second and more can do harm. */
const FASTEST_BLINK = 0.5;
/** A meter without load seems dead, so it blinks on, slowly. */
const SLOWEST_BLINK = 30;
/** What a line is made of. */
interface OfLine extends Kept {
  metric: LineMetric;
}

/** As many digits of a usage point as anyone may read. */
const LAST_DIGITS = 4;

/**
 * The faces there are, meters in the order of their names, consumption first.
 * @param collecting those that may have nothing to show yet
 */
export function viewsOf(kept: readonly Kept[], collecting: readonly Collecting[] = []): View[] {
  const all: readonly View[] = [...kept, ...collecting];
  const names = new Map(kept.map(({ usagePoint, meter }) => [usagePoint, meter]));
  const meters = new Map(all.map(({ usagePoint }) => [usagePoint, names.get(usagePoint) ?? '']));
  return [...meters]
    .sort(([pointA, nameA], [pointB, nameB]) => nameA.localeCompare(nameB) || pointA.localeCompare(pointB))
    .flatMap(([usagePoint]) => DIRECTIONS.map((direction) => ({ usagePoint, direction })))
    .filter((view) => all.some(isOf(view)));
}

/** Whether a kept message has yesterday: it had when it was sent, and yesterday is still the same day. */
export const hasYesterday = (kept: Kept, now: number): boolean =>
  kept.upToDate && kept.end >= startOfDay(dayOf(now));

/** The face that is looked at: the one chosen, else the first that has something to show. */
export const shownOf = (
  views: readonly View[],
  chosen: View | undefined,
  kept: readonly Kept[],
): View | undefined =>
  (chosen && views.find(isOf(chosen))) ?? views.find((view) => kept.some(isOf(view))) ?? views[0];

/**
 * @param view undefined before the first message
 * @param now epoch ms
 */
export function faceOf(
  all: readonly Kept[],
  view: View | undefined,
  now: number,
  language: Language,
  collecting: readonly Collecting[] = [],
): Face {
  const texts = TEXTS[language];
  const shown = view
    ? LINE_METRICS.flatMap((metric) =>
        all.filter((kept) => isOf(view)(kept) && kept.metric === metric).map((kept) => ({ ...kept, metric })),
      )
    : [];
  const name = view && all.find(({ usagePoint }) => usagePoint === view.usagePoint)?.meter;
  const named = Boolean(name) && name !== view?.usagePoint;
  const usagePoint = view?.usagePoint
    ? texts.usagePoint.replace('{digits}', view.usagePoint.slice(-LAST_DIGITS))
    : '';
  const whose = { meter: (named && name) || usagePoint, named, usagePoint };
  const [first] = shown;
  if (!view || !first) {
    return {
      title: view ? texts.title[view.direction] : texts.waiting,
      ...whose,
      light: 'off',
      lightWords: texts.light.off,
      lastDays: [],
      lines: [],
      progress: view && progressOf(collecting.find(isOf(view)), language),
      blink: undefined,
    };
  }
  const fresh = shown.filter((kept) => hasYesterday(kept, now)).length;
  const light: Light = fresh === shown.length ? 'green' : fresh > 0 ? 'amber' : 'red';
  const power = shown.find(({ metric }) => metric === 'load-curve')?.value;
  return {
    title: texts.title[view.direction],
    ...whose,
    light,
    lightWords: texts.light[light],
    lastDays: shown.map((kept) => ({
      label: labelOf(kept, language),
      text: texts.until.replace('{day}', formatted(lastDayOf(kept), 'longDay', language)),
    })),
    lines: linesOf(shown, language),
    progress: undefined,
    blink: power === undefined ? undefined : blinkAt(power),
  };
}

/** The last whole day that a message reaches: a load curve that ends at noon has no more than the day before. */
function lastDayOf({ end }: Kept): number {
  return startOfDay(addDays(dayOf(end), -1));
}

const labelOf = ({ metric, direction }: OfLine, language: Language): string =>
  isCost(metric) ? TEXTS[language].cost[direction].label : TEXTS[language].label[metric];

/** A load curve's line tells the day's greatest power: its last value is always that of a night. */
function linesOf(all: readonly OfLine[], language: Language): Line[] {
  const sparks = all.map((kept) => (kept.metric === 'load-curve' ? sparkOf(kept) : undefined));
  const points = all.map((kept, index) => sparks[index]?.peak ?? newestOf(kept));
  const amounts = all.map(({ value, unit }, index) => ({ value: points[index]?.value ?? value, unit }));
  const figures = figuresOf(amounts);
  return all.flatMap((kept, index) => {
    const { metric, unit, series } = kept;
    const [figure, point, spark, amount] = [figures[index], points[index], sparks[index], amounts[index]];
    if (!figure || !point || !amount) return [];
    const atLeast = isCost(metric) && (kept.incomplete === true || point.incomplete === true);
    const words = spoken(amount, language);
    return [
      {
        metric,
        label: labelOf(kept, language),
        period: formattedPeriod(metricOf(metric), point, language),
        figure,
        atLeast,
        spoken: atLeast ? TEXTS[language].atLeast.replace('{value}', words) : words,
        unit: writtenUnit(unit),
        hasGraph: series.length > 0,
        spark,
      },
    ];
  });
}

/** A message's value, with what the series alone tells of it: the instant of a peak. */
function newestOf(kept: Kept): Point {
  const last = kept.series.at(-1);
  return last?.start === kept.start ? { ...last, value: kept.value } : kept;
}

function progressOf(collecting: Collecting | undefined, language: Language): Progress | undefined {
  // A history that is whole and has nothing to show: then the display waits as without one.
  if (!collecting || (collecting.total > 0 && collecting.done >= collecting.total)) return undefined;
  const { done, total, days } = collecting;
  const { collecting: title, progress, daysLeft } = TEXTS[language];
  if (!(total > 0)) return { words: title, part: undefined };
  const rest = days > 1 ? daysLeft.many : days === 1 ? daysLeft.one : daysLeft.none;
  const words = progress
    .replace('{done}', String(done))
    .replace('{total}', String(total))
    .replace('{rest}', rest.replace('{days}', String(days)));
  return { words, part: done / total };
}

/** An LED of 1000 blinks an kWh at a power in kW. */
const blinkAt = (power: number): number =>
  power > 0 ? Math.min(SLOWEST_BLINK, Math.max(FASTEST_BLINK, 3.6 / power)) : SLOWEST_BLINK;
