import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { HOST_CLOCK, shift } from './host-clock';
import { PACKAGE, tarball } from './packed';
import { shiftClock } from './postgres';

const run = promisify(execFile);

const ROOT = resolve(__dirname, '../..');
/** The versions of Node-RED to run, each a dev dependency. */
export const NODE_REDS = [
  dirname(require.resolve('node-red/package.json')),
  dirname(require.resolve('node-red-4/package.json')),
] as const;
const DASHBOARD = '@flowfuse/node-red-dashboard';
/** A start takes a few seconds; on a busy machine many. */
const START_AT_MOST = 90_000;

export interface Options {
  flows: object[];
  /** One of `NODE_REDS`, by default the first. */
  nodeRed?: string;
  /** Language of Node-RED's runtime, `en-US` or `fr`. */
  lang?: string;
  /** More of Node-RED's settings. */
  settings?: object;
  /** The address of a PostgreSQL database for the store, see `Place`. */
  database?: string;
  /** Without Dashboard 2, the package's data nodes must work alone. */
  dashboard?: boolean;
  /** More packages of this repository's `node_modules` in the user folder. */
  modules?: readonly string[];
  /** A user folder of an earlier start, to restart in; it stays after `stop`. */
  userDir?: string;
  env?: NodeJS.ProcessEnv;
}

/** A Node-RED in a process and a user folder of its own; its clock is that of `host-clock.ts`. */
export interface NodeRed {
  url: string;
  userDir: string;
  /** All it has logged so far. */
  log(): string;
  /** Waits until a line of the log matches. */
  logged(pattern: RegExp): Promise<RegExpExecArray>;
  /** As the editor's Deploy button. */
  deploy(flows: object[], type?: 'full' | 'nodes'): Promise<void>;
  stop(): Promise<void>;
  /** `kill -9` */
  kill(): Promise<void>;
}

export async function startNodeRed(options: Options): Promise<NodeRed> {
  const userDir = options.userDir ?? (await mkdtemp(join(tmpdir(), 'linky-node-red-')));
  if (!existsSync(join(userDir, 'package.json')))
    await install(userDir, options.dashboard ?? true, options.modules);
  await writeFile(join(userDir, 'flows.json'), JSON.stringify(options.flows));
  // The editor's tips start by a timer before their sidebar exists: a slow machine would report that error as ours.
  const editor = { view: { 'view-show-tips': false } };
  await writeFile(join(userDir, '.config.users.json'), JSON.stringify({ _: { editor } }));
  const settings = {
    // Any that is free.
    uiPort: 0,
    uiHost: '127.0.0.1',
    flowFile: 'flows.json',
    credentialSecret: 'test',
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false, palette: { catalogues: [] } },
    ...(options.lang ? { lang: options.lang } : {}),
    ...(options.database ? { linky: { database: options.database } } : {}),
    ...options.settings,
  };
  const settingsFile = join(userDir, 'settings.js');
  await writeFile(settingsFile, `module.exports = ${JSON.stringify(settings)};\n`);
  if (options.database) await shiftClock(options.database, shift);
  const clockFile = join(userDir, 'clock.cjs');
  await writeFile(clockFile, HOST_CLOCK);

  let text = '';
  const heard = new Set<() => void>();
  const child = spawn(
    process.execPath,
    [
      '--require',
      clockFile,
      join(options.nodeRed ?? NODE_REDS[0], 'red.js'),
      '--userDir',
      userDir,
      '--settings',
      settingsFile,
    ],
    { cwd: userDir, env: { ...process.env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const hear = (chunk: string): void => {
    text += chunk;
    for (const listener of heard) listener();
  };
  child.stdout.setEncoding('utf8').on('data', hear);
  child.stderr.setEncoding('utf8').on('data', hear);
  child.on('exit', () => {
    for (const listener of heard) listener();
  });

  const logged = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((done, failed) => {
      const settle = (found: RegExpExecArray | Error): void => {
        heard.delete(look);
        clearTimeout(late);
        if (found instanceof Error) failed(found);
        else done(found);
      };
      const look = (): void => {
        const found = pattern.exec(text);
        if (found) settle(found);
        else if (hasExited(child)) settle(new Error(`Node-RED ended before ${String(pattern)}:\n${text}`));
      };
      const late = setTimeout(() => {
        settle(new Error(`Node-RED did not log ${String(pattern)}:\n${text}`));
      }, START_AT_MOST);
      heard.add(look);
      look();
    });

  const stop = async (): Promise<void> => {
    if (!hasExited(child)) {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      // One that hangs must not hang the tests too.
      const kill = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await ended;
      clearTimeout(kill);
    }
    if (!options.userDir) await rm(userDir, { recursive: true, force: true, maxRetries: 3 });
  };

  const kill = async (): Promise<void> => {
    if (hasExited(child)) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await ended;
  };

  const root = (options.settings as { httpAdminRoot?: string } | undefined)?.httpAdminRoot ?? '/';
  let url: string;
  try {
    // It says so when the port listens, before or after the flows are started.
    const [, listening = ''] = await logged(/\[info\] .*(http:\/\/127\.0\.0\.1:\d+)\S*\n/);
    url = listening;
    await logged(/Started flows|Flux démarrés/);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    userDir,
    log: () => text,
    logged,
    stop,
    kill,
    deploy: async (flows, type = 'full') => {
      const answer = await fetch(`${url}${root}flows`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'node-red-deployment-type': type },
        body: JSON.stringify(flows),
      });
      if (!answer.ok) throw new Error(`Deploy answered ${answer.status}: ${await answer.text()}`);
    },
  };
}

const hasExited = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** As `npm install <tarball>` in the user folder would leave it, its dependencies taken from this repository. */
async function install(userDir: string, dashboard: boolean, more: readonly string[] = []): Promise<void> {
  const description = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    dependencies?: Record<string, string>;
  };
  const modules = join(userDir, 'node_modules');
  const target = join(modules, description.name);
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', await tarball(), '-C', target, '--strip-components=1']);
  const others = [...Object.keys(description.dependencies ?? {}), ...(dashboard ? [DASHBOARD] : []), ...more];
  for (const name of others) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), join(modules, name), 'dir');
  }
  await writeFile(
    join(userDir, 'package.json'),
    JSON.stringify({
      name: 'user-folder',
      private: true,
      dependencies: {
        [description.name]: description.version,
        ...Object.fromEntries(others.map((name) => [name, '*'])),
      },
    }),
  );
}
