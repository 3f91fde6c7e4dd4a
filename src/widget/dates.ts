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
  const text = format.format(instant);
  // French counts the first of a month.
  return language === 'fr' && as === 'day' ? text.replace(/^1 /, '1er ') : text;
}

/** What a value covers, short: `2026`, `novembre`, `sam. 22 nov.`, `22 nov. 23:30`. */
export function formattedPeriod(
  metric: Metric,
  { start, at }: Pick<Point, 'start' | 'at'>,
  language: Language,
): string {
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

/** The days from one instant to another, which is not included: `1er–24 nov.`, `1er janv. – 24 nov.`. */
export function formattedDays(start: number, end: number, language: Language): string {
  const [first, last] = [formatted(start, 'day', language), formatted(end - 1, 'day', language)];
  if (first === last) return first;
  const sameMonth =
    formatted(start, 'monthAndYear', language) === formatted(end - 1, 'monthAndYear', language);
  return sameMonth ? `${first.replace(/\s.*/, '')}–${last}` : `${first} – ${last}`;
}

/** From one instant to another: `22 nov. 10:00–14:30`, `22 nov. 10:00 – 23 nov. 08:00`. */
export function formattedTimes(start: number, end: number, language: Language): string {
  const sameDay = formatted(start, 'day', language) === formatted(end, 'day', language);
  const first = momentOf(start, language);
  return sameDay ? `${first}–${formatted(end, 'time', language)}` : `${first} – ${momentOf(end, language)}`;
}

const momentOf = (instant: number, language: Language): string =>
  `${formatted(instant, 'day', language)} ${formatted(instant, 'time', language)}`;
