import type { Day } from '../calendar/paris';
import type { Statements } from './database';

/** What a source answered about a Tempo day. */
export interface KeptColour {
  /** As the source's parser named it; undefined where the source did not know it. */
  colour: string | undefined;
  /** When the source answered about this day last, epoch ms. */
  confirmedAt: number;
}

/** The regulated prices of a plan, as they were published last. */
export interface KeptPrices {
  /** A list of what the parser made of the file's rows. */
  rows: unknown;
  /** When the file was read last, epoch ms. */
  checkedAt: number;
}

/** The last request to a source of colours or prices. */
export interface LastRequest {
  /** Epoch ms. */
  at: number;
  /** How many failed in a row, with this one; one that is under way counts as failed until it is answered. */
  failures: number;
  /** No request before, epoch ms. */
  retryAt: number;
}

/** Keeps prices and Tempo colours, and how their sources were asked, over restarts. */
export class TariffTable {
  constructor(private readonly database: Statements) {}

  /** All days that the source was ever asked about. */
  async colours(source: string): Promise<Map<Day, KeptColour>> {
    const rows = await this.database.query<{ day: Day; colour: string | null; confirmed_at: number }>(
      'SELECT day, colour, confirmed_at FROM tempo_colour WHERE source = ? ORDER BY day',
      source,
    );
    return new Map(
      rows.map(({ day, colour, confirmed_at }) => [
        day,
        { colour: colour ?? undefined, confirmedAt: confirmed_at },
      ]),
    );
  }

  /** Keeps an answer about these days. A colour that was known stays where the source does not know it any more. */
  async keepColours(source: string, colours: ReadonlyMap<Day, KeptColour>): Promise<void> {
    await this.database.insert(
      `INSERT INTO tempo_colour (source, day, colour, confirmed_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (source, day) DO UPDATE SET
         colour = coalesce(excluded.colour, tempo_colour.colour), confirmed_at = excluded.confirmed_at`,
      [...colours].map(([day, { colour, confirmedAt }]) => [
        source,
        day,
        colour ?? null,
        Math.floor(confirmedAt),
      ]),
    );
  }

  async prices(source: string, plan: string): Promise<KeptPrices | undefined> {
    const [row] = await this.database.query<{ rows: string; checked_at: number }>(
      'SELECT rows, checked_at FROM price_file WHERE source = ? AND plan = ?',
      source,
      plan,
    );
    return row && { rows: JSON.parse(row.rows) as unknown, checkedAt: row.checked_at };
  }

  async keepPrices(source: string, plan: string, { rows, checkedAt }: KeptPrices): Promise<void> {
    await this.database.run(
      `INSERT INTO price_file (source, plan, rows, checked_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (source, plan) DO UPDATE SET rows = excluded.rows, checked_at = excluded.checked_at`,
      source,
      plan,
      JSON.stringify(rows),
      Math.floor(checkedAt),
    );
  }

  async lastRequest(source: string): Promise<LastRequest | undefined> {
    const [row] = await this.database.query<{ at: number; failures: number; retry_at: number }>(
      'SELECT at, failures, retry_at FROM tariff_request WHERE source = ?',
      source,
    );
    return row && { at: row.at, failures: row.failures, retryAt: row.retry_at };
  }

  async noteRequest(source: string, { at, failures, retryAt }: LastRequest): Promise<void> {
    await this.database.run(
      `INSERT INTO tariff_request (source, at, failures, retry_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (source) DO UPDATE SET at = excluded.at, failures = excluded.failures, retry_at = excluded.retry_at`,
      source,
      Math.floor(at),
      failures,
      Math.floor(retryAt),
    );
  }
}
