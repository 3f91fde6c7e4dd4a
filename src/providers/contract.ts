import { isDay, type Day } from '../calendar/paris';

/** The facts about a contract that a provider delivers; the others are absent. */
export interface Contract {
  /** kVA. */
  subscribedPower?: number;
  /** The meter's last activation for consumption: the history is not older. */
  activated?: Day;
  /** Ranges such as `22:00–06:00`, local time of Paris, as they are today. */
  offPeakHours?: string[];
}

/** Enedis' three answers about a contract; undefined where there is none. */
export interface ContractAnswers {
  /** `situation_contrat_auto`: a list, which also holds the person's name and phone. */
  situation: unknown;
  /** `synth_contrat_auto`. */
  summary: unknown;
  /** `comptage_auto`. */
  metering: unknown;
}

const HOURS = /\b(\d{1,2})[h:](\d\d)?\s*-\s*(\d{1,2})[h:](\d\d)?/gi;
/** More ranges than any off-peak schedule has. */
const MOST_RANGES = 8;

/** Reads the contract: these three facts and nothing of the person. A value of an unknown form is left out. */
export function contractIn({ situation, summary, metering }: ContractAnswers): Contract {
  const contract: Contract = {};
  // A customer with self-consumption has two contracts; only the one for consumption has a subscribed power.
  const situations: unknown[] = Array.isArray(situation) ? situation : [situation];
  const powers = situations.map((each) => powerIn(at(each, 'subscribed_power')));
  const power = powers.find((each) => each !== undefined);
  if (power !== undefined) contract.subscribedPower = power;
  const activated = textIn(at(summary, 'consumption_last_activation_date')).slice(0, 10);
  if (isDay(activated)) contract.activated = activated;
  const ranges = [...textIn(at(at(metering, 'relais'), 'plageHeuresCreuses')).matchAll(HOURS)].map(
    ([, from = '', fromMinutes = '00', to = '', toMinutes = '00']) =>
      `${from.padStart(2, '0')}:${fromMinutes}–${to.padStart(2, '0')}:${toMinutes}`,
  );
  if (ranges.length > 0) contract.offPeakHours = ranges.slice(0, MOST_RANGES);
  return contract;
}

function powerIn(power: unknown): number | undefined {
  if (textIn(at(power, 'unit')) !== 'kVA') return undefined;
  const value = textIn(at(power, 'value')).trim().replace(',', '.');
  return /^\d{1,4}(\.\d{1,2})?$/.test(value) ? Number(value) : undefined;
}

const at = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const textIn = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 200) : '';
