import PQueue from 'p-queue';
import type { Client } from 'pg';
import type { Lock } from './database';
import type { LinkyError } from '../providers/errors';
import { postgresError } from './postgres-error';

const CHANNEL = 'linky';

/** How long a session waits for what, ms. */
export interface SessionTimes {
  /** How often the connection shows that it is alive, and how long that may take. */
  heartbeat: number;
  /**
   * After so long without a sign of life PostgreSQL ends the session, and its locks: longer than this process needs to
   * notice that it is cut off (two heartbeats), so that no other one has the lock before.
   */
  silence: number;
  /** After a connection is lost the next one is tried; where that fails twice as long after, and so on. */
  reconnect: number;
}
/** A server that refuses is not asked more often, ms. */
const LONGEST_RECONNECT = 60_000;
export const SESSION_TIMES: SessionTimes = { heartbeat: 10_000, silence: 30_000, reconnect: 2_000 };

type Listener = (notice: object | undefined) => void;

/**
 * One connection that is always the same: locks and LISTEN belong to it, and end with it. It connects again by itself
 * while somebody listens.
 */
export class PostgresSession {
  private client: Promise<Client> | undefined;
  /** Of the locks that are held, or asked for. */
  private readonly locks = new Map<string, AbortController>();
  private readonly listeners = new Set<Listener>();
  private readonly watchers = new Set<(error: LinkyError | undefined) => void>();
  /** Of statements: a connection has one at a time. */
  private readonly queue = new PQueue({ concurrency: 1 });
  private heartbeat: NodeJS.Timeout | undefined;
  private reconnect: NodeJS.Timeout | undefined;
  private isConnecting = false;
  /** How often in a row no connection came about. */
  private failures = 0;
  private isClosed = false;

  /**
   * @param name of this process: its own notices are not told to it
   * @param make a client that is not connected yet
   */
  constructor(
    private readonly name: string,
    private readonly make: () => Promise<Client>,
    private readonly times: SessionTimes,
  ) {}

  async tryLock(name: string): Promise<Lock | undefined> {
    // PostgreSQL gives a session what it has already once more.
    if (this.locks.has(name)) return undefined;
    const lost = new AbortController();
    this.locks.set(name, lost);
    try {
      const isTaken = await this.ask(
        'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS answer',
        name,
        lost.signal,
      );
      if (isTaken) return { lost: lost.signal, release: () => this.release(name, lost) };
    } catch (error) {
      this.forget(name, lost);
      throw postgresError(error);
    }
    this.forget(name, lost);
    return undefined;
  }

  /** The arguments of `pg_notify`. */
  notification(notice: object): [channel: string, payload: string] {
    return [CHANNEL, JSON.stringify({ from: this.name, notice })];
  }

  hear(listener: Listener): () => void {
    this.listeners.add(listener);
    this.connected().catch(ignore);
    return () => {
      this.listeners.delete(listener);
    };
  }

  watch(listener: (error: LinkyError | undefined) => void): () => void {
    this.watchers.add(listener);
    return () => {
      this.watchers.delete(listener);
    };
  }

  /** Nothing is under way. */
  get isIdle(): boolean {
    return !this.isConnecting && this.queue.pending + this.queue.size === 0;
  }

  /** Resolves when it is idle. */
  async settled(): Promise<void> {
    await this.queue.onIdle();
    await this.client?.catch(ignore);
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.reconnect);
    this.listeners.clear();
    void this.settled().then(() => {
      this.end(this.client);
    });
  }

  private async release(name: string, lost: AbortController): Promise<void> {
    const { client } = this;
    if (this.locks.get(name) !== lost) return;
    try {
      await this.ask('SELECT pg_advisory_unlock(hashtextextended($1, 0)) AS answer', name, lost.signal);
    } catch {
      // It ends with the connection.
      this.end(client);
    }
    this.forget(name, lost);
  }

  private forget(name: string, lost: AbortController): void {
    if (this.locks.get(name) === lost) this.locks.delete(name);
  }

  /** @param lost aborted where the connection that this was meant for has ended */
  private ask(sql: string, name: string, lost: AbortSignal): Promise<boolean> {
    return this.queue.add(async () => {
      const client = await this.connected();
      // Else the next connection would have a lock that nobody knows of.
      if (lost.aborted) throw postgresError({ code: 'connection-lost' });
      const { rows } = await client.query<{ answer: boolean }>(sql, [name]);
      return rows[0]?.answer === true;
    });
  }

  private connected(): Promise<Client> {
    if (this.client) return this.client;
    if (this.isClosed) return Promise.reject(postgresError({ code: 'closed' }));
    const lose = (): void => {
      this.end(client);
    };
    const client = this.connect(lose);
    this.client = client;
    this.isConnecting = true;
    client
      .then((each) => {
        if (this.client === client) this.begin(each, lose);
      })
      .catch((error: unknown) => {
        lose();
        if (!this.isClosed) this.tellWatchers(postgresError(error));
      })
      .finally(() => {
        this.isConnecting = false;
      });
    return client;
  }

  private async connect(lose: () => void): Promise<Client> {
    const client = await this.make();
    client.on('error', lose);
    client.on('end', lose);
    client.on('notification', ({ payload = '' }) => {
      this.note(payload);
    });
    try {
      await client.connect();
      // PostgreSQL has it since version 14. An older one notices by TCP that a machine is gone.
      await client.query(
        `SELECT set_config(name, $1, false) FROM pg_settings WHERE name = 'idle_session_timeout'`,
        [String(this.times.silence)],
      );
      await client.query(`LISTEN ${CHANNEL}`);
      return client;
    } catch (error) {
      client.end().catch(ignore);
      throw error;
    }
  }

  private begin(client: Client, lose: () => void): void {
    this.heartbeat = setInterval(() => {
      const late = setTimeout(lose, this.times.heartbeat).unref();
      this.queue
        .add(() => client.query('SELECT 1'))
        .then(() => {
          clearTimeout(late);
        }, lose);
    }, this.times.heartbeat).unref();
    if (this.failures > 0) this.tellWatchers(undefined);
    this.failures = 0;
    // What was told before nobody here has heard.
    this.tellListeners(undefined);
  }

  /** The connection is lost, or not wanted any more. */
  private end(client: Promise<Client> | undefined): void {
    if (!client || this.client !== client) return;
    this.client = undefined;
    clearInterval(this.heartbeat);
    for (const lost of this.locks.values()) lost.abort();
    this.locks.clear();
    client.then((each) => each.end()).catch(ignore);
    if (this.isClosed || this.listeners.size === 0) return;
    const delay = Math.min(LONGEST_RECONNECT, this.times.reconnect * 2 ** this.failures);
    this.failures += 1;
    this.reconnect = setTimeout(() => {
      this.connected().catch(ignore);
    }, delay).unref();
  }

  /** The channel is open to whoever uses the database. */
  private note(payload: string): void {
    let told: { from?: unknown; notice?: unknown } | null;
    try {
      told = JSON.parse(payload) as typeof told;
    } catch {
      return;
    }
    const { from, notice } = told ?? {};
    if (from === this.name || typeof notice !== 'object' || !notice) return;
    try {
      this.tellListeners(notice);
    } catch {
      // One of another version of this package, or a stranger's: it must not end this process.
    }
  }

  private tellWatchers(error: LinkyError | undefined): void {
    for (const listener of this.watchers) listener(error);
  }

  private tellListeners(notice: object | undefined): void {
    for (const listener of this.listeners) listener(notice);
  }
}

const ignore = (): void => undefined;
