import { addDays, dayOf, instantAt, isoParis, minutesOfDay, type Day } from '../calendar/paris';
import { daysLeft, periodAt, tempoDayOf, type Colour } from '../tariff/tempo';

/** What a Tempo node sends; the names are fixed: flows in the field depend on them. */
export interface TempoMessage {
  topic: 'tempo/today' | 'tempo/tomorrow';
  payload: Colour;
  /** The Tempo day, 06:00 to 06:00, ISO 8601 with the offset of Paris. */
  start: string;
  end: string;
  /** Days of each colour left of the season after the last known one; absent where that is not known. */
  daysLeft?: Record<Colour, number>;
  /** Of today: the period that applies now, such as `redPeak`, and when it ends. */
  period?: { name: string; end: string };
  replay?: true;
}

/** Where messages go: each on its output, absent while its colour is not known. */
export interface TempoNow {
  today?: TempoMessage;
  tomorrow?: TempoMessage;
}

const SIX = 6 * 60;
const TWENTY_TWO = 22 * 60;

/**
 * What is known of the Tempo day that an instant lies in, and of the one after it.
 * @param colours by day
 * @param now epoch ms
 */
export function tempoAt(colours: ReadonlyMap<Day, Colour>, now: number): TempoNow {
  const today = tempoDayOf(now);
  const tomorrow = addDays(today, 1);
  const last = colours.has(tomorrow) ? tomorrow : today;
  const left = daysLeft(colours, last);
  const messageOf = (topic: TempoMessage['topic'], day: Day): TempoMessage | undefined => {
    const payload = colours.get(day);
    return (
      payload && {
        topic,
        payload,
        start: isoParis(instantAt(day, SIX)),
        end: isoParis(instantAt(addDays(day, 1), SIX)),
        ...(left && { daysLeft: left }),
      }
    );
  };
  const [current, next] = [messageOf('tempo/today', today), messageOf('tempo/tomorrow', tomorrow)];
  const period = current && periodAt(now, current.payload);
  return {
    ...(period && { today: { ...current, period: { name: period.name, end: isoParis(period.end) } } }),
    ...(next && { tomorrow: next }),
  };
}

/** Whether a message says something new: another day, colour or period. */
export const isNews = (message: TempoMessage, before: TempoMessage | undefined): boolean =>
  message.start !== before?.start ||
  message.payload !== before.payload ||
  message.period?.name !== before.period?.name;

/** When the period or the day changes next: the next 06:00 or 22:00, epoch ms. */
export function nextTempoChange(now: number): number {
  const day = dayOf(now);
  const minutes = minutesOfDay(now);
  if (minutes < SIX) return instantAt(day, SIX);
  return minutes < TWENTY_TWO ? instantAt(day, TWENTY_TWO) : instantAt(addDays(day, 1), SIX);
}
