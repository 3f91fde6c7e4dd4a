/**
 * `npm start`: a real Node-RED with these nodes, Dashboard and a flow on the simulated meter. It lives in `.demo/`
 * at the package's root; what is in there already is the user's and stays as it is.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// Compiled, this file lies in dist/demo.
const ROOT = resolve(__dirname, '../..');
const USER_DIR = join(ROOT, '.demo');
const NAME = 'node-red-dashboard-2-linky';
const HOST = '127.0.0.1';
/** A slow machine needs a while; a flow without a dashboard never has one. */
const DASHBOARD_WAIT = 60_000;

const settings = (): string => `// Settings of the demo's Node-RED. Delete the folder to start afresh.
module.exports = {
  uiHost: '${HOST}', // only this machine may come in: there is no password
  flowFile: 'flows.json',
  flowFilePretty: true,
  credentialSecret: '${randomBytes(32).toString('hex')}',
  telemetry: { enabled: false, updateNotification: false },
  logging: { console: { level: 'warn', metrics: false, audit: false } },
  editorTheme: { tours: false, projects: {} },
};
`;

// Dashboard finds widgets of other packages through the dependencies named here, and the palette manager can
// still install more.
const manifest = (): string =>
  JSON.stringify(
    {
      name: 'linky-demo',
      private: true,
      dependencies: { [NAME]: 'file:..', '@flowfuse/node-red-dashboard': '^1.31.0' },
    },
    null,
    2,
  );

function prepareUserDir(): void {
  const modules = join(USER_DIR, 'node_modules');
  mkdirSync(modules, { recursive: true });
  makeOnce('package.json', manifest);
  makeOnce('settings.js', settings);
  if (!existsSync(join(USER_DIR, 'flows.json'))) {
    copyFileSync(join(ROOT, 'examples', 'demo-dashboard.json'), join(USER_DIR, 'flows.json'));
  }
  // Made anew each time: the package may have been moved since. Windows lets everybody make a junction.
  const link = join(modules, NAME);
  if (lstatSync(link, { throwIfNoEntry: false })) unlinkSync(link);
  symlinkSync(ROOT, link, 'junction');
}

function makeOnce(name: string, text: () => string): void {
  const file = join(USER_DIR, name);
  if (!existsSync(file)) writeFileSync(file, text(), { mode: 0o600 });
}

/** @throws the system's error where nobody may listen on that port, or somebody does */
async function claim(port: number): Promise<void> {
  const server = createServer().listen(port, HOST);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}

async function answers(url: string): Promise<boolean> {
  try {
    const { ok } = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return ok;
  } catch {
    return false;
  }
}

async function tellWhenReady(port: number, child: ChildProcess): Promise<void> {
  const editor = `http://${HOST}:${port}/`;
  const dashboard = `${editor}dashboard`;
  const until = Date.now() + DASHBOARD_WAIT;
  let ready = await answers(dashboard);
  while (!ready && child.exitCode === null && Date.now() < until) {
    await sleep(250);
    ready = await answers(dashboard);
  }
  if (child.exitCode !== null) return;
  console.log(`
  A simulated Linky meter is running in Node-RED.

    Dashboard  ${ready ? dashboard : 'does not answer: do the flows still have one?'}
    Editor     ${editor}

  It is kept in ${USER_DIR}: delete that folder to start afresh. Ctrl-C ends it.
`);
}

async function start(): Promise<number> {
  const chosen = process.env['PORT'] || '1880';
  const port = Number(chosen);
  try {
    await claim(port);
  } catch (error) {
    const { code } = error as { code?: string };
    const reason =
      code === 'EADDRINUSE' ? 'is taken: is Node-RED already running?' : `cannot be used (${code}).`;
    console.error(`Port ${chosen} ${reason} Choose another: PORT=1881 npm start`);
    return 1;
  }
  prepareUserDir();
  console.log('Starting Node-RED …');
  const nodeRed = require.resolve('node-red/red.js');
  const child = spawn(process.execPath, [nodeRed, '--userDir', USER_DIR, '--port', String(port)], {
    // Node-RED looks for its flow file in the working directory first.
    cwd: USER_DIR,
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => child.kill(signal));
  }
  void tellWhenReady(port, child);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + (signal ? constants.signals[signal] : 0);
}

void start().then((code) => {
  process.exit(code);
});
