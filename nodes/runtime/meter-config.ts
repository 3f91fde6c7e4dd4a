import type { NodeDef } from 'node-red';
import { minutesOf, type Schedule } from '../../src/collector/schedule';
import type { LanguageConfig } from './language';

/** When a meter's data are requested, and how far back, as it is configured. */
interface ScheduleConfig {
  from?: string;
  to?: string;
  minute?: number | string;
  history?: number | string;
  loadCurveHistory?: number | string;
}

/** As Node-RED hands it over: a flow written by hand may lack anything, and a variable may make a number of a text. */
export interface MeterConfig extends NodeDef, ScheduleConfig, LanguageConfig {
  provider?: string;
  usagePoint?: string | number;
  url?: string;
}

/** What a property is that a flow lacks. */
export const DEFAULTS = {
  provider: 'conso',
  url: '',
  from: '05:00',
  to: '20:00',
  history: 3,
  loadCurveHistory: 7,
};

/** @param usagePoint of the meter node itself */
export function scheduleOf(config: ScheduleConfig, usagePoint: string, extraDays: number): Schedule {
  const hours = { from: timeOf(config.from, DEFAULTS.from), to: timeOf(config.to, DEFAULTS.to) };
  const isOrdered = hours.from <= hours.to;
  return {
    from: isOrdered ? hours.from : minutesOf(DEFAULTS.from),
    to: isOrdered ? hours.to : minutesOf(DEFAULTS.to),
    // An imported flow has none until its meter is opened in the editor; all of them must not share one.
    minute: wholeNumber(config.minute, 59, Number(usagePoint) % 60 || 0),
    history: wholeNumber(config.history, 3, DEFAULTS.history),
    loadCurveHistory: wholeNumber(config.loadCurveHistory, 730, DEFAULTS.loadCurveHistory),
    extraDays,
  };
}

/** Minutes since midnight of `05:00` or `5:00`; anything else counts as the default. */
function timeOf(value: unknown, byDefault: string): number {
  const [, hours = '', minutes = ''] =
    /^(\d{1,2}):(\d\d)$/.exec(typeof value === 'string' ? value.trim() : '') ?? [];
  const isTime = hours !== '' && Number(hours) < 24 && Number(minutes) < 60;
  return minutesOf(isTime ? `${hours.padStart(2, '0')}:${minutes}` : byDefault);
}

/** A number from 0 to `most`, as a text or a number; anything else counts as the default. */
function wholeNumber(value: unknown, most: number, byDefault: number): number {
  const isGiven = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '');
  const number = isGiven ? Number(value) : NaN;
  return Number.isInteger(number) && number >= 0 ? Math.min(number, most) : byDefault;
}
