import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Client, Pool } from 'pg';
import type { ServerAnswer, ServerCommand, Settings } from './postgres-server';

/** Where the worker processes of a run find the server that was started for all of them. */
const VARIABLE = 'LINKY_TEST_POSTGRES';

/** A PostgreSQL server of its own, as its superuser; it ends with this process. */
export interface PostgresServer {
  /** The address of its database `postgres`. */
  url: string;
  port: number;
  start(): Promise<void>;
  /** Connections are cut, nothing is lost. */
  stop(): Promise<void>;
  /** As by `kill -9`. */
  kill(): Promise<void>;
  remove(): Promise<void>;
}

/** A database of its own. */
export interface PostgresDatabaseOfTest {
  url: string;
  /** Whoever is connected is thrown out. */
  remove(): Promise<void>;
}

/** One that is started; what it keeps outlives a stop, its port stays the same. */
export async function startPostgres(settings: Settings = 'quick'): Promise<PostgresServer> {
  // Not of this process' group: an interrupt from the keyboard would end it before it has removed its folder.
  const child = fork(join(__dirname, 'postgres-server.ts'), [settings], {
    execArgv: ['--import', 'tsx'],
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  // It ends with this process, which need not wait for it.
  child.unref();
  const port = await tell(child, 'start');
  const told = (command: ServerCommand) => async (): Promise<void> => {
    await tell(child, command);
  };
  return {
    url: `postgresql://postgres:password@127.0.0.1:${port}/postgres`,
    port,
    start: told('start'),
    stop: told('stop'),
    kill: told('kill'),
    remove: async () => {
      await tell(child, 'remove');
      child.disconnect();
    },
  };
}

/** @returns the server's port */
function tell(child: ChildProcess, command: ServerCommand): Promise<number> {
  child.channel?.ref();
  return new Promise<number>((done, failed) => {
    const end = (): void => {
      child.off('message', hear).off('exit', fail);
      child.channel?.unref();
    };
    const hear = (answer: ServerAnswer): void => {
      end();
      if ('port' in answer) done(answer.port);
      else failed(new Error(answer.error));
    };
    const fail = (): void => {
      end();
      failed(new Error('The process of PostgreSQL has ended'));
    };
    child.once('message', hear).once('exit', fail);
    child.send(command);
  });
}

/** Starts the server that all worker processes use which start from now on. @returns what removes it */
export async function postgresForWorkers(): Promise<() => Promise<void>> {
  const server = await startPostgres();
  process.env[VARIABLE] = server.url;
  return () => server.remove();
}

let shared: Promise<{ url: string; pool: Pool }> | undefined;

/** A new empty database, on the server that all tests share. */
export async function postgresDatabase(): Promise<PostgresDatabaseOfTest> {
  shared ??= connected();
  const { url, pool } = await shared;
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  // Without a log of every page of it.
  await pool.query(`CREATE DATABASE ${name} STRATEGY file_copy`);
  return {
    url: addressOf(url, { database: name }),
    remove: async () => {
      await pool.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function connected(): Promise<{ url: string; pool: Pool }> {
  const url = process.env[VARIABLE] ?? (await startPostgres()).url;
  // A process of tests ends as soon as nothing is left to do.
  const pool = new Pool({ connectionString: url, allowExitOnIdle: true });
  // The server may end first.
  pool.on('error', () => undefined);
  return { url, pool };
}

/** Sets the clock that processes with a database go by. @param shift what is added to the real time, ms */
export async function shiftClock(url: string, shift: number): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  // The store looks for functions in this schema before PostgreSQL's own.
  await client.query(`
    CREATE SCHEMA IF NOT EXISTS linky;
    CREATE OR REPLACE FUNCTION linky.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
      RETURN pg_catalog.clock_timestamp() + interval '${shift} milliseconds'`);
  await client.end();
}

/** An address with another database, user or port. */
export function addressOf(
  url: string,
  { database, port, user, password }: { database?: string; port?: number; user?: string; password?: string },
): string {
  const address = new URL(url);
  if (database !== undefined) address.pathname = `/${database}`;
  if (port !== undefined) address.port = String(port);
  if (user !== undefined) address.username = encodeURIComponent(user);
  if (password !== undefined) address.password = encodeURIComponent(password);
  return address.href;
}
