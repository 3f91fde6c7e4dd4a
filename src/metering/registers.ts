import type { Day } from '../calendar/paris';

/** The registers of one of the supplier's calendars. A calendar says how the customer is billed; it can change. */
export interface RegisterCalendar {
  /** Enedis' identifier, such as `FC022500`. */
  id: string;
  /** In Enedis' words, such as `Heures Creuses/Pleines`. */
  name: string;
  /** Wh by tariff period: `BASE`; `HP`, `HC`; Tempo's `HCJB`, `HPJB`, `HCJW`, `HPJW`, `HCJR`, `HPJR`. */
  registers: Record<string, number>;
}

/**
 * What a meter's registers showed at the midnight that begins a day. The difference of two days is the exact energy
 * between them; a register never goes back, except when the meter is replaced.
 */
export interface RegisterDay {
  day: Day;
  /** All energy the meter ever counted, Wh; absent where Enedis does not tell it. */
  total?: number;
  calendars: RegisterCalendar[];
}
