import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { basename, join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser, openContext } from '../support/browser';
import { still, visitEditor } from '../support/editor';
import { dailyCsv, loadCurveCsv } from '../support/export-files/small';
import { meterNode, PDL, sourceNodes, type FlowNode } from '../support/home';
import { NODE_REDS, startNodeRed, type NodeRed } from '../support/node-red';
import { assertSays } from '../support/sentences';

const TAB = { id: 'tab', type: 'tab', label: 'Home' };
const OTHER_PDL = '22222222222222';
/** Days that the simulated meter does not collect by itself. */
const DAYS = ['2024-05-01', '2024-06-01'] as const;
const HALF_HOURS = Array.from({ length: 96 }, (_, i) => 500 + i);

/** Writes each message's gist to Node-RED's log, where a test can read it. */
const teller: FlowNode = {
  id: 'source-out',
  type: 'function',
  z: 'tab',
  x: 500,
  y: 100,
  func: 'node.warn("GOT " + msg.topic + " " + JSON.stringify(msg.readings.map(({ value }) => value)));',
  outputs: 0,
  wires: [],
};
const FLOWS = [
  TAB,
  meterNode('', { provider: 'simulated' }),
  ...sourceNodes('consumption', 'source').slice(0, 1),
  teller,
];

/** What people read, with the narrow spaces and the fixed ones that belong there. */
const SENTENCES = {
  'en-US': {
    button: 'Import a file from Enedis…',
    drop: 'or drop it here',
    noUsagePoint: 'Enter the PDL first.',
    taken: '96 values taken, from May 1, 2024 to May 2, 2024 (consumption: load curve).',
    known: 'Nothing new: all 96 values were there already.',
    rejected:
      '94 values taken, from May 1, 2024 to May 2, 2024 (consumption: load curve); 1 row rejected: row 8, not a number.',
    replaced: '1 value replaced; 1 was there already.',
    day: '1 value taken, of June 1, 2024 (production: daily).',
    twoDays: '2 values taken, from June 1, 2024 to June 2, 2024 (consumption: daily).',
    consumption: 'Consumption',
    named: 'curve.csv: Nothing new: all 96 values were there already.',
    unreadable: 'Choose a file that can be read: the browser cannot open this one.',
    proxy:
      'Raise the limit of the proxy in front of Node-RED (client_max_body_size in nginx): the file is too large for it.',
    foreign: 'foreign.csv: ',
  },
  fr: {
    button: 'Importer un fichier d’Enedis…',
    drop: 'ou déposez-le ici',
    noUsagePoint: 'Saisissez d’abord le PDL.',
    taken: '96 valeurs importées, du 1er mai 2024 au 2 mai 2024 (consommation\u00a0: courbe de charge).',
    known: 'Rien de nouveau\u00a0: les 96 valeurs étaient déjà là.',
    rejected:
      '94 valeurs importées, du 1er mai 2024 au 2 mai 2024 (consommation\u00a0: courbe de charge)\u00a0; 1 ligne écartée\u00a0: ligne 8, pas un nombre.',
    replaced: '1 valeur remplacée\u00a0; 1 était déjà là.',
    day: '1 valeur importée, du 1er juin 2024 (production\u00a0: jour).',
    twoDays: '2 valeurs importées, du 1er juin 2024 au 2 juin 2024 (consommation\u00a0: jour).',
    consumption: 'Consommation',
    named: 'curve.csv\u00a0: Rien de nouveau\u00a0: les 96 valeurs étaient déjà là.',
    unreadable: 'Choisissez un fichier lisible\u00a0: le navigateur ne peut pas ouvrir celui-ci.',
    proxy:
      'Augmentez la limite du proxy placé devant Node-RED (client_max_body_size dans nginx)\u00a0: le fichier est trop gros pour lui.',
    foreign: 'foreign.csv\u00a0: ',
  },
};
type Lang = keyof typeof SENTENCES;

/** A file for the form, as Playwright takes it. */
const fileOf = (name: string, content: string): { name: string; mimeType: string; buffer: Buffer } => ({
  name,
  mimeType: 'text/csv',
  buffer: Buffer.from(content),
});

interface Gate {
  url: string;
  /** Lets the files through. */
  open: () => void;
  close: () => Promise<void>;
}

/** Stands before a server, and holds up each file that is sent to it after its beginning. */
async function startGate(url: string): Promise<Gate> {
  const sockets = new Set<Socket>();
  const held = new Set<Socket>();
  const server = createServer((client) => {
    const behind = connect(Number(new URL(url).port), new URL(url).hostname);
    for (const socket of [client, behind]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    behind.pipe(client);
    client.on('data', (bytes) => {
      behind.write(bytes);
      if (!bytes.subarray(0, 200).includes('POST /linky/meter/import?')) return;
      held.add(client);
      client.pause();
    });
    client.on('end', () => behind.end());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: () => {
      for (const socket of held) socket.resume();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

for (const version of NODE_REDS) {
  describe(`Enedis' files in the meter's form, on ${basename(version)}`, function () {
    this.timeout(180_000);
    let browser: Browser;
    let folder: string;
    /** Of the test that runs, with a store of its own. */
    let nodeRed: NodeRed | undefined;
    const complaints: string[] = [];

    before(async () => {
      browser = await launchBrowser();
      folder = await mkdtemp(join(tmpdir(), 'linky-files-'));
    });
    after(async () => {
      await browser.close();
      await rm(folder, { recursive: true });
    });
    afterEach(async () => {
      await Promise.all(browser.contexts().map((context) => context.close()));
      await nodeRed?.stop();
      assert.deepEqual(complaints.splice(0), []);
    });

    const part = (page: Page, name: string): Locator => page.locator(`#linky-import-${name}`);
    const field = (page: Page, name: string): Locator => page.locator(`#node-config-input-${name}`);

    /**
     * The form of a meter, once its tray lies still.
     * @param through makes of Node-RED's address the one that the browser is to use
     */
    async function openForm(
      lang: Lang,
      through: (url: string) => Promise<string> = (url) => Promise.resolve(url),
    ): Promise<Page> {
      nodeRed = await startNodeRed({ nodeRed: version, flows: FLOWS, dashboard: false, lang });
      const context = await openContext(browser, { locale: lang, viewport: { width: 1100, height: 1000 } });
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(error.stack ?? String(error)));
      page.on('console', (entry) => {
        // A file that is refused is answered with 400, by a proxy with 413; browsers note both.
        if (entry.type() === 'error' && !/ (400|413) /.test(entry.text())) complaints.push(entry.text());
      });
      await visitEditor(page, await through(nodeRed.url));
      await page.evaluate(`RED.editor.editConfig('', 'linky-meter', 'meter')`);
      await part(page, 'choose').waitFor();
      await still(page);
      return page;
    }

    /** What is said in the end, line by line. */
    async function saidOf(page: Page): Promise<string[]> {
      await page.waitForFunction(
        "$('#linky-import-said .fa').length > 0 && $('#linky-import-said .fa-spin').length === 0",
      );
      const lines = await part(page, 'said')
        .locator('.linky-good, .linky-amber, .linky-red')
        .allTextContents();
      return lines.map((line) => line.trim());
    }

    /** By the button, as who clicks on it does. */
    async function choose(page: Page, ...files: ReturnType<typeof fileOf>[]): Promise<string[]> {
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), part(page, 'choose').click()]);
      assert.ok(chooser.isMultiple());
      await chooser.setFiles(files);
      return saidOf(page);
    }

    /**
     * Drags files from outside the browser over an element of the page, as the system does.
     * @param files paths
     * @param isDropped whether they are let go there
     */
    async function drag(page: Page, target: Locator, files: string[], isDropped = true): Promise<void> {
      const session = await page.context().newCDPSession(page);
      await target.scrollIntoViewIfNeeded();
      const box = await target.boundingBox();
      assert.ok(box);
      const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
      const data = { items: [], files, dragOperationsMask: 1 };
      for (const type of ['dragEnter', 'dragOver', ...(isDropped ? ['drop' as const] : [])] as const) {
        await session.send('Input.dispatchDragEvent', { type, ...at, data });
      }
      await session.detach();
    }

    async function written(name: string, content: string): Promise<string> {
      const path = join(folder, name);
      await writeFile(path, content);
      return path;
    }

    const languages: Lang[] = version === NODE_REDS[0] ? ['fr', 'en-US'] : ['fr'];
    for (const lang of languages) {
      const sentences = SENTENCES[lang];

      it(`takes a file that is chosen, and a source publishes its values (${lang})`, async () => {
        const page = await openForm(lang);
        assert.equal((await part(page, 'choose').textContent())?.trim(), sentences.button);
        assert.equal(await part(page, 'hint').textContent(), sentences.drop);
        const curve = fileOf('curve.csv', loadCurveCsv(PDL, DAYS[0], HALF_HOURS));
        assert.deepEqual(await choose(page, curve), [sentences.taken]);
        assert.equal(await part(page, 'said').locator('.linky-good').count(), 1);
        const got = await nodeRed?.logged(/GOT consumption\/load-curve (\[0\.5,[^\]]*\])/);
        assert.deepEqual(JSON.parse(got?.[1] ?? ''), HALF_HOURS.map((watts) => watts / 1000)); // prettier-ignore
        assert.deepEqual(await choose(page, curve), [sentences.known]);
        // What was said of one PDL is not left standing for another.
        await field(page, 'usagePoint').fill('1234');
        assert.equal(await part(page, 'said').textContent(), '');
        assert.equal(await part(page, 'hint').textContent(), sentences.noUsagePoint);
        assert.ok(await part(page, 'choose').isDisabled());
        await drag(page, part(page, 'zone'), [await written('curve.csv', loadCurveCsv(PDL, DAYS[0], [1]))]);
        assert.equal(await part(page, 'said').textContent(), '');
      });

      it(`says what it rejected and what it replaced (${lang})`, async () => {
        const page = await openForm(lang);
        const values = HALF_HOURS.map((value, i) => (i === 3 ? 'abc' : i === 5 ? '' : value));
        const odd = fileOf('odd.csv', loadCurveCsv(PDL, DAYS[0], values));
        assert.deepEqual(await choose(page, odd), [sentences.rejected]);
        assert.equal(await part(page, 'said').locator('.linky-amber').count(), 1);
        const other = fileOf('other.csv', loadCurveCsv(PDL, DAYS[0], [500, 777]));
        assert.deepEqual(await choose(page, other), [sentences.replaced]);
      });

      it(`says what to do about a foreign file and about rubbish (${lang})`, async () => {
        const page = await openForm(lang);
        const [foreign] = await choose(page, fileOf('a.csv', loadCurveCsv(OTHER_PDL, DAYS[0], HALF_HOURS)));
        assertSays(foreign, 'linky-meter.error.import-foreign', lang);
        const [rubbish] = await choose(page, fileOf('a.csv', 'Dear Sir or Madam,\n'));
        assertSays(rubbish, 'linky-meter.error.import-unknown', lang);
        assert.equal(await part(page, 'said').locator('.linky-red').count(), 1);
      });

      it(`asks for the direction of a file that does not name it (${lang})`, async () => {
        // Where something was produced, it may be either.
        const produced = dailyCsv(DAYS[1], [2.5]);
        const page = await openForm(lang);
        assert.deepEqual(await choose(page, fileOf('production.csv', produced)), [sentences.day]);
        const [question] = await choose(page, fileOf('daily.csv', dailyCsv(DAYS[1], [12.5, 13])));
        assertSays(question, 'linky-meter.error.import-direction', lang);
        const choices = part(page, 'said').getByRole('button');
        assert.equal(await choices.count(), 2);
        await choices.getByText(sentences.consumption).focus();
        await page.keyboard.press('Enter');
        await choices.first().waitFor({ state: 'detached' });
        assert.deepEqual(await saidOf(page), [sentences.twoDays]);
        await nodeRed?.logged(/GOT consumption\/daily \[12\.5,13\]/);
        assert.equal(await page.evaluate('document.activeElement.id'), 'linky-import-choose');
      });

      it(`takes files that are dropped, one after the other, and nowhere else (${lang})`, async () => {
        const page = await openForm(lang);
        const zone = part(page, 'zone');
        const curve = await written('curve.csv', loadCurveCsv(PDL, DAYS[0], HALF_HOURS));
        const foreign = await written('foreign.csv', loadCurveCsv(OTHER_PDL, DAYS[0], HALF_HOURS));
        // What the page leaves to the browser, that one opens in the place of the editor.
        await page.evaluate(`addEventListener('dragover', (event) => {
          window.lastDrag = [event.defaultPrevented, event.dataTransfer.dropEffect];
        })`);
        await drag(page, zone, [curve], false);
        await page.locator('.linky-drop-over').waitFor();
        assert.deepEqual(await page.evaluate('lastDrag'), [true, 'copy']);
        await drag(page, page.locator('.linky-section').last(), [curve]);
        await page.locator('.linky-drop-over').waitFor({ state: 'detached' });
        assert.deepEqual(await page.evaluate('lastDrag'), [true, 'none']);
        assert.equal(await part(page, 'said').textContent(), '');
        await drag(page, zone, [curve]);
        assert.deepEqual(await saidOf(page), [sentences.taken]);
        assert.equal(await page.locator('.linky-drop-over').count(), 0);
        await drag(page, zone, [foreign, curve]);
        const [red = '', green] = await saidOf(page);
        assert.ok(red.startsWith(sentences.foreign), red);
        assertSays(red.slice(sentences.foreign.length), 'linky-meter.error.import-foreign', lang);
        assert.equal(green, sentences.named);
        // A folder has nothing to send.
        await drag(page, zone, [folder]);
        assert.deepEqual(await saidOf(page), [sentences.unreadable]);
      });
    }

    it('shows how far it is, and says what came of it after the form was closed', async () => {
      let gate: Gate | undefined;
      const page = await openForm('en-US', async (url) => {
        gate = await startGate(url);
        return gate.url;
      });
      const year = Array.from({ length: 48 * 365 }, (_, i) => 500 + (i % 1000));
      // More than the system holds of what nobody reads yet; the line is too long to be one of Enedis'.
      const rest = ' '.repeat(32 * 1024 * 1024);
      const file = fileOf('year.csv', loadCurveCsv(PDL, '2023-01-01', year) + rest);
      await part(page, 'file').setInputFiles([file]);
      await page.waitForFunction("$('#linky-import-sent:visible').val() > 0");
      assert.equal(await part(page, 'said').locator('.linky-busy').count(), 1);
      await page.locator('#node-config-dialog-cancel').click();
      await part(page, 'zone').waitFor({ state: 'detached' });
      gate?.open();
      await page.locator('.red-ui-notification', { hasText: /^17,520 values taken, / }).waitFor();
      await page.context().close();
      await gate?.close();
    });

    it('says what a proxy refuses, and sends nothing that is too large', async () => {
      const page = await openForm('en-US');
      const paths: string[] = [];
      await page.route('**/linky/meter/import**', async (route) => {
        paths.push(new URL(route.request().url()).pathname);
        await route.fulfill({ status: 413, body: '<html>Request Entity Too Large</html>' });
      });
      assert.deepEqual(await choose(page, fileOf('a.csv', 'a')), [SENTENCES['en-US'].proxy]);
      assert.equal(paths.length, 1);
      await page.evaluate(`(() => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(128 * 1024 * 1024 + 1)], 'large.csv'));
        $('#linky-import-said').empty();
        $('#linky-import-zone')[0].dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
      })()`);
      const [sentence] = await saidOf(page);
      assertSays(sentence, 'linky-meter.error.import-too-large');
      assert.equal(paths.length, 1);
    });
  });
}
