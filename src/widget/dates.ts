import type { Metric } from '../metering/metrics';
import type { Point } from './kept';
import type { Language } from './texts';

/** Instants as the face writes them: always the time of Paris, whatever zone the browser is in. */
const FORMATS = {
  year: { year: 'numeric' },
  month: { month: 'long' },
  shortMonth: { month: 'short' },
  monthAndYear: { month: 'short', year: 'numeric' },
  day: { day: 'numeric', month: 'short' },
  dayOfMonth: { day: 'numeric' },
  weekday: { weekday: 'short', day: 'numeric' },
  longDay: { weekday: 'short', day: 'numeric', month: 'short' },
  time: { hour: '2-digit', minute: '2-digit' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

const made = new Map<string, Intl.DateTimeFormat>();

/** @param instant epoch ms */
export function formatted(instant: number, as: keyof typeof FORMATS, language: Language): string {
  const key = `${language} ${as}`;
  let format = made.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(language === 'fr' ? 'fr-FR' : 'en-GB', {
      timeZone: 'Europe/Paris',
      ...FORMATS[as],
    });
    made.set(key, format);
  }
  return format.format(instant);
}

/** What a value covers, short: `2026`, `novembre`, `sam. 22 nov.`, `22 nov. 23:30`. */
export function formattedPeriod(metric: Metric, { start, at }: Point, language: Language): string {
  switch (metric) {
    case 'yearly':
      return formatted(start, 'year', language);
    case 'monthly':
      return formatted(start, 'month', language);
    case 'daily':
      return formatted(start, 'longDay', language);
    case 'max-power':
      return at === undefined ? formatted(start, 'longDay', language) : momentOf(at, language);
    case 'load-curve':
      return momentOf(start, language);
  }
}

const momentOf = (instant: number, language: Language): string =>
  `${formatted(instant, 'day', language)} ${formatted(instant, 'time', language)}`;
