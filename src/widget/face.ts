import { DIRECTIONS, type Direction, type Metric } from '../metering/metrics';
import { addDays, dayOf, startOfDay } from '../calendar/paris';
import { formattedPeriod, formatted } from './dates';
import { figureOf, spoken, type Figure } from './figure';
import type { Kept } from './kept';
import { TEXTS, type Language, type Light } from './texts';

/** Which face of the widget: one direction of one meter. */
export interface View {
  usagePoint: string;
  direction: Direction;
}

/** One line of the display. */
export interface Line {
  metric: Metric;
  label: string;
  /** What the value covers. */
  period: string;
  figure: Figure;
  unit: string;
  /** The value for those who hear the line. */
  spoken: string;
  hasGraph: boolean;
}

/** All that the display shows, decided: drawing it asks nothing more. */
export interface Face {
  title: string;
  /** The meter's name. */
  meter: string;
  usagePoint: string;
  light: Light;
  lightWords: string;
  /** Each line's last day, for the tooltip of the light. */
  lastDays: { label: string; text: string }[];
  lines: Line[];
  /** Seconds from one blink of the LED (1000 an kWh) to the next, at the latest mean power. */
  blink: number | undefined;
}

/** From the longest period to the shortest. */
const LINES: readonly Metric[] = ['yearly', 'monthly', 'daily', 'load-curve', 'max-power'];
/** Not faster, whatever the power: three flashes a second and more can do harm. */
const FASTEST_BLINK = 0.5;
/** A meter without load seems dead, so it blinks on, slowly. */
const SLOWEST_BLINK = 30;

const isOf = (view: View) => (kept: Kept) =>
  kept.usagePoint === view.usagePoint && kept.direction === view.direction;

/** The faces there are, meters in the order of their names, consumption first. */
export function viewsOf(all: readonly Kept[]): View[] {
  const meters = new Map(all.map(({ usagePoint, meter }) => [usagePoint, meter]));
  return [...meters]
    .sort(([pointA, nameA], [pointB, nameB]) => nameA.localeCompare(nameB) || pointA.localeCompare(pointB))
    .flatMap(([usagePoint]) => DIRECTIONS.map((direction) => ({ usagePoint, direction })))
    .filter((view) => all.some(isOf(view)));
}

/** Whether a kept message has yesterday: it had when it was sent, and yesterday is still the same day. */
export const hasYesterday = (kept: Kept, now: number): boolean =>
  kept.upToDate && kept.end >= startOfDay(dayOf(now));

/**
 * @param view undefined before the first message
 * @param now epoch ms
 */
export function faceOf(all: readonly Kept[], view: View | undefined, now: number, language: Language): Face {
  const texts = TEXTS[language];
  const shown = view
    ? LINES.flatMap((metric) => all.filter((kept) => isOf(view)(kept) && kept.metric === metric))
    : [];
  const [first] = shown;
  if (!view || !first) {
    return {
      title: texts.waiting,
      meter: '',
      usagePoint: '',
      light: 'off',
      lightWords: texts.light.off,
      lastDays: [],
      lines: [],
      blink: undefined,
    };
  }
  const fresh = shown.filter((kept) => hasYesterday(kept, now)).length;
  const light: Light = fresh === shown.length ? 'green' : fresh > 0 ? 'amber' : 'red';
  const power = shown.find(({ metric }) => metric === 'load-curve')?.value;
  return {
    title: texts.title[view.direction],
    meter: first.meter,
    usagePoint: view.usagePoint,
    light,
    lightWords: texts.light[light],
    lastDays: shown.map((kept) => ({
      label: texts.label[kept.metric],
      text: texts.until.replace('{day}', formatted(lastDayOf(kept), 'longDay', language)),
    })),
    lines: shown.map((kept) => lineOf(kept, language)),
    blink: power === undefined ? undefined : blinkAt(power),
  };
}

/** The last whole day that a message reaches: a load curve that ends at noon has no more than the day before. */
function lastDayOf({ end }: Kept): number {
  return startOfDay(addDays(dayOf(end), -1));
}

function lineOf(kept: Kept, language: Language): Line {
  const { metric, value, unit } = kept;
  const last = kept.series.at(-1);
  return {
    metric,
    label: TEXTS[language].label[metric],
    period: formattedPeriod(metric, last?.start === kept.start ? last : kept, language),
    figure: figureOf(value),
    spoken: spoken(value, unit, language),
    unit,
    hasGraph: kept.series.length > 0,
  };
}

/** An LED of 1000 blinks an kWh at a power in kW. */
const blinkAt = (power: number): number =>
  power > 0 ? Math.min(SLOWEST_BLINK, Math.max(FASTEST_BLINK, 3.6 / power)) : SLOWEST_BLINK;
