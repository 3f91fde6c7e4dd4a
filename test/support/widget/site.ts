import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser, openContext } from '../browser';
import { NODE_REDS, startNodeRed, type NodeRed, type Options } from '../node-red';

/** Dashboard asks for its own icons at the server's root, wherever it lives itself. */
const NOT_OURS = /^http:\/\/[^/]+\/dashboard\/favicon\.(svg|ico)$/;

interface Visit extends BrowserContextOptions {
  at?: string;
  /** Where the page's clock begins, epoch ms; the test moves it on. */
  clockAt?: number;
}

/** A dashboard in a real Node-RED, looked at in a real browser. */
export interface Site {
  nodeRed: NodeRed;
  /** Stops Node-RED and starts it in the same user folder; on another port. */
  restart: () => Promise<void>;
  /** Another Node-RED of the same version, until the test ends. */
  another: (options: Options) => Promise<NodeRed>;
  /** A new page, by default the dashboard's in French. */
  open: (visit?: Visit) => Promise<Page>;
  feed: (id: string, message: unknown, to?: string) => Promise<void>;
  /** Topics of what a widget has sent. */
  sent: (id: string) => Promise<unknown>;
}

const versionOf = (folder: string): string =>
  (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;

/**
 * @param prepare what comes in before the first test
 * @param versions folders of Node-RED, by default all
 */
export function onEachNodeRed(
  what: string,
  options: Options,
  tests: (site: Site) => void,
  prepare?: (site: Site) => Promise<void>,
  versions: readonly string[] = NODE_REDS,
): void {
  for (const nodeRed of versions) {
    describe(`${what}, on Node-RED ${versionOf(nodeRed)}`, function () {
      this.timeout(180_000);
      let browser: Browser;
      const contexts = new Map<string, BrowserContext>();
      const complaints: string[] = [];
      const others: NodeRed[] = [];
      let userDir: string;
      const start = (): Promise<NodeRed> => startNodeRed({ ...options, userDir, nodeRed });
      const site = {
        restart: async () => {
          await site.nodeRed.stop();
          site.nodeRed = await start();
        },
        another: async (more) => {
          const other = await startNodeRed({ ...more, nodeRed });
          others.push(other);
          return other;
        },
        open: ({ at = `${site.nodeRed.url}/dashboard/linky`, clockAt, ...context } = {}) =>
          visit(at, context, clockAt),
        feed: async (id, message, to = site.nodeRed.url) => {
          const answer = await fetch(`${to}/feed/${id}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(message),
          });
          assert.equal(answer.status, 200);
        },
        sent: async (id) => (await fetch(`${site.nodeRed.url}/sent/${id}`)).json() as Promise<unknown>,
      } as Site;

      async function visit(at: string, options: BrowserContextOptions, clockAt?: number): Promise<Page> {
        // Pages of one context share its cache: Dashboard is several megabytes of script.
        const key = JSON.stringify(options);
        let context = clockAt ? undefined : contexts.get(key);
        if (!context) {
          const all: BrowserContextOptions = {
            locale: 'fr-FR',
            viewport: { width: 1280, height: 1000 },
            reducedMotion: 'reduce',
            ...options,
          };
          context = clockAt ? await browser.newContext(all) : await openContext(browser, all);
          if (!clockAt) contexts.set(key, context);
        }
        const page = await context.newPage();
        page.on('pageerror', (error) => complaints.push(String(error)));
        page.on('console', (entry) => {
          if (!['error', 'warning'].includes(entry.type()) || NOT_OURS.test(entry.location().url)) return;
          complaints.push(`${entry.location().url}: ${entry.text()}`);
        });
        if (clockAt) await page.clock.install({ time: clockAt });
        await page.goto(at);
        return page;
      }

      before(async () => {
        userDir = await mkdtemp(join(tmpdir(), 'linky-site-'));
        [site.nodeRed, browser] = await Promise.all([start(), launchBrowser()]);
        await prepare?.(site);
      });
      afterEach(async () => {
        await Promise.all(
          browser.contexts().flatMap((context) => context.pages().map((page) => page.close())),
        );
        await Promise.all(others.splice(0).map((other) => other.stop()));
        assert.deepEqual(complaints.splice(0), []);
      });
      after(async () => {
        await browser.close();
        await site.nodeRed.stop();
        await rm(userDir, { recursive: true, force: true, maxRetries: 3 });
      });
      tests(site);
    });
  }
}
