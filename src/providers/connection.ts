import { DIRECTIONS, type Direction } from '../metering/metrics';
import { addDays, dayOf, type Day } from '../calendar/paris';
import type { Provider } from './provider';
import type { Contract } from './contract';
import { badAnswer, LinkyError } from './errors';
import { parseReadings } from './parser';

/** The result of a connection that works. */
export interface Connection {
  day: Day;
  direction: Direction;
  /** Energy of the day, Wh; absent where Enedis has none (yet). */
  energy?: number;
  /** Why it is absent: Enedis may publish it later, or the consent or the meter is younger than the day. */
  absent?: 'not-published' | 'too-recent';
  contract: Contract;
  /** When the consent, or the token, ends: epoch ms. */
  consentEnds?: number;
}

/**
 * Requests yesterday's energy, without retries: consumption, or production where nothing is consumed.
 * @param now epoch ms
 * @throws LinkyError
 */
export async function tryConnection(
  provider: Provider,
  usagePoint: string,
  now: number,
  signal: AbortSignal,
): Promise<Connection> {
  const day = addDays(dayOf(now), -1);
  const measured = await tryDirections(provider, usagePoint, day, signal);
  // Optional: without consent for the contract the connection works all the same.
  const contract = await provider.contract?.(usagePoint, signal).catch(() => undefined);
  const ends = provider.consentEnds;
  return {
    ...measured,
    contract: contract ?? {},
    ...(ends !== undefined && { consentEnds: ends }),
  };
}

type Measured = Pick<Connection, 'day' | 'direction' | 'energy' | 'absent'>;

async function tryDirections(
  provider: Provider,
  usagePoint: string,
  day: Day,
  signal: AbortSignal,
): Promise<Measured> {
  for (const direction of DIRECTIONS) {
    try {
      return await measure(provider, usagePoint, day, direction, signal);
    } catch (error) {
      if (!(error instanceof LinkyError) || error.key !== `no-${direction}`) throw error;
    }
  }
  throw new LinkyError('ADAM-ERR0069', { key: 'bad-request', retry: 'after-change' });
}

async function measure(
  provider: Provider,
  usagePoint: string,
  day: Day,
  direction: Direction,
  signal: AbortSignal,
): Promise<Measured> {
  const request = { usagePoint, series: `${direction}-daily`, start: day, end: addDays(day, 1) } as const;
  try {
    const answer = await provider.fetch(request, 'user', signal);
    const { readings, rejected } = parseReadings(answer, request, provider.labels);
    const [reading] = readings;
    if (reading) return { day, direction, energy: reading.value };
    if (rejected.length > 0) throw badAnswer();
    return { day, direction, absent: 'not-published' };
  } catch (error) {
    if (!(error instanceof LinkyError)) throw error;
    if (error.isEmpty) return { day, direction, absent: 'not-published' };
    // Not `floorReason`: that hourly collection is not activated is an error to show to the user.
    if (error.key === 'nothing-older') return { day, direction, absent: 'too-recent' };
    throw error;
  }
}
