/** What an provider tells of the contract; what it does not tell is absent. */
export interface Contract {
  /** kVA. */
  subscribedPower?: number;
  /** `23:00–07:30` each, by the clock. */
  offPeakHours?: string[];
}

const POWER = /^\s*(\d{1,4}(?:[.,]\d{1,2})?)\s*(?:kVA)?\s*$/i;
/** `HC (23h00-7h30)`, `HC (02H00-07H00;12H30-15H30)`. */
const HOURS = /\b(\d{1,2})[h:](\d\d)?\s*-\s*(\d{1,2})[h:](\d\d)?/gi;
/** A Linky has no more ranges. */
const MOST_RANGES = 8;

/**
 * Reads Enedis' `customer` with its usage points and their contracts. It only tells: what is not understood is
 * left out.
 */
export function contractOf(body: unknown, usagePoint: string): Contract {
  const points: unknown = at(at(body, 'customer'), 'usage_points');
  const all: unknown[] = Array.isArray(points) ? points : [];
  const own = all.find((point) => at(at(point, 'usage_point'), 'usage_point_id') === usagePoint);
  const terms = at(own, 'contracts');
  const contract: Contract = {};
  const [, power] = POWER.exec(textOf(at(terms, 'subscribed_power'))) ?? [];
  if (power !== undefined) contract.subscribedPower = Number(power.replace(',', '.'));
  const ranges = [...textOf(at(terms, 'offpeak_hours')).matchAll(HOURS)].map(
    ([, from = '', fromMinutes = '00', to = '', toMinutes = '00']) =>
      `${from.padStart(2, '0')}:${fromMinutes}–${to.padStart(2, '0')}:${toMinutes}`,
  );
  if (ranges.length > 0) contract.offPeakHours = ranges.slice(0, MOST_RANGES);
  return contract;
}

const at = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 200) : '';
