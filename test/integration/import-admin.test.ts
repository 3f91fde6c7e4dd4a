import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { IMPORT_AT_MOST } from '../../src/importer/rows';
import { describeOnBoth, type Place } from '../support/engines';
import { dailyCsv, loadCurveCsv } from '../support/export-files/small';
import { meterNode, PDL, TOKEN, type FlowNode } from '../support/home';
import { NODE_REDS, startNodeRed, type NodeRed } from '../support/node-red';

/** Of `a-password`. */
const HASH = '$2b$04$jFrMfj1gdjUrZDrR/c34mu6pMTzwU2NPgI5Z3dvPWAO/3wnsoEnSq';
const USERS = [
  { username: 'owner', password: HASH, permissions: '*' },
  { username: 'guest', password: HASH, permissions: 'read' },
];
const OTHER_PDL = '22222222222222';
const DAY = '2026-05-01';
const HALF_HOURS = Array.from({ length: 48 }, (_, i) => 500 + i);
/** Few lines make a large file: each takes its time. */
const LONG_LINE = `rubbish;${' '.repeat(9000)}`;
/** Each test has a PDL of its own, so that none finds the values of another. */
let made = 0;
const newPdl = (): string => String(30_000_000_000_000 + ++made);

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

for (const version of NODE_REDS) {
  describeOnBoth(`the import of a file in the meter's form, on ${basename(version)}`, function (engine) {
    this.timeout(180_000);
    let nodeRed: NodeRed;
    let userDir: string;
    let place: Place;
    let logAtStart: string;
    const bearers = {} as Record<'owner' | 'guest', string>;
    const answers: string[] = [];

    /** What the form sends beside the file. */
    const typed = (changes: Record<string, string>): Record<string, string> => ({
      id: 'new',
      z: '',
      provider: 'conso',
      usagePoint: PDL,
      name: 'export.csv',
      direction: '',
      ...changes,
    });
    const addressOf = (changes: Record<string, string>): string =>
      `${nodeRed.url}/linky/meter/import?${new URLSearchParams(typed(changes)).toString()}`;
    const headersOf = (bearer: string): Record<string, string> => ({
      'content-type': 'application/octet-stream',
      authorization: `Bearer ${bearer}`,
    });

    async function answerOf(answer: Response): Promise<Answer> {
      const text = await answer.text();
      answers.push(text);
      const isJson = answer.headers.get('content-type')?.includes('json') ?? false;
      return { status: answer.status, body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {} };
    }

    async function post(
      file: string,
      changes: Record<string, string> = {},
      headers: Record<string, string> = headersOf(bearers.owner),
    ): Promise<Answer> {
      return answerOf(await fetch(addressOf(changes), { method: 'POST', headers, body: Buffer.from(file) }));
    }

    /** A request whose body is written by hand. */
    function begin(changes: Record<string, string>, headers: Record<string, string> = {}): ClientRequest {
      const sent = { ...headersOf(bearers.owner), ...headers };
      return request(addressOf(changes), { method: 'POST', headers: sent });
    }

    async function ended(call: ClientRequest): Promise<{ answer: IncomingMessage; text: string }> {
      const [answer] = (await once(call, 'response')) as [IncomingMessage];
      let text = '';
      for await (const part of answer.setEncoding('utf8')) text += String(part);
      answers.push(text);
      return { answer, text };
    }

    /** What the store must have in the end, oldest first: while Node-RED runs, nobody else can open it. */
    const expected: [storedAs: string, series: string, values: readonly number[]][] = [];
    const isKept = (storedAs: string, series: string, values: readonly number[]): void => {
      expected.push([storedAs, series, values]);
    };

    before(async () => {
      userDir = await mkdtemp(join(tmpdir(), 'linky-import-'));
      place = await engine.place();
      nodeRed = await startNodeRed({
        database: place.address,
        nodeRed: version,
        userDir,
        flows: [],
        dashboard: false,
        settings: { adminAuth: { type: 'credentials', users: USERS } },
        env: { LINKY_PDL: PDL },
      });
      for (const username of ['owner', 'guest'] as const) {
        const form = { client_id: 'node-red-admin', grant_type: 'password', scope: '', username };
        const body = new URLSearchParams({ ...form, password: 'a-password' });
        const answer = await fetch(`${nodeRed.url}/auth/token`, { method: 'POST', body });
        bearers[username] = ((await answer.json()) as { access_token: string }).access_token;
      }
      const flows: FlowNode[] = [
        { id: 'tab', type: 'tab', label: 'Home', env: [{ name: 'TAB_PDL', value: OTHER_PDL, type: 'str' }] },
        { ...meterNode(''), provider: 'simulated', credentials: { token: TOKEN } },
        { ...meterNode(''), id: 'in-tab', z: 'tab', provider: 'simulated' },
      ];
      const deployed = await fetch(`${nodeRed.url}/flows`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${bearers.owner}` },
        body: JSON.stringify(flows),
      });
      assert.equal(deployed.status, 204);
      await nodeRed.logged(/Started flows[^]*Started flows/);
      logAtStart = nodeRed.log();
    });
    after(async () => {
      await nodeRed.stop();
      await rm(userDir, { recursive: true });
    });
    afterEach(() => {
      // What the user folder is called, and what is stored of the meter, is nobody's business.
      for (const secret of [TOKEN, userDir, bearers.owner]) {
        for (const text of answers) assert.ok(!text.includes(secret), text);
      }
      answers.length = 0;
      assert.equal(nodeRed.log(), logAtStart);
    });

    it('takes the values into the store, and says what it took', async () => {
      const usagePoint = newPdl();
      const { status, body } = await post(loadCurveCsv(usagePoint, DAY, HALF_HOURS), { usagePoint });
      assert.equal(status, 200);
      const counts = { taken: 48, replaced: 0, known: 0, contradicting: 0 };
      assert.partialDeepStrictEqual(body, {
        series: [{ series: 'consumption-load-curve', start: DAY, end: '2026-05-02', ...counts }],
        rejected: [],
        empty: 0,
      });
      // Details of contradictions would be as large as the file.
      assert.deepEqual(Object.keys(body).sort(), ['empty', 'rejected', 'series']);
      isKept(usagePoint, 'consumption-load-curve', HALF_HOURS);
      const again = await post(loadCurveCsv(usagePoint, DAY, HALF_HOURS), { usagePoint });
      assert.partialDeepStrictEqual(again.body, { series: [{ taken: 0, known: 48 }] });
    });

    it('tells the rows that were rejected, and takes the rest', async () => {
      const usagePoint = newPdl();
      const values = HALF_HOURS.map((value, i) => (i === 3 ? 'abc' : i === 5 ? '' : value));
      const { body } = await post(loadCurveCsv(usagePoint, DAY, values), { usagePoint });
      assert.partialDeepStrictEqual(body, {
        series: [{ taken: 46 }],
        rejected: [{ reason: 'not-a-number', row: 8, count: 1 }],
        empty: 1,
      });
    });

    it('is refused to strangers and to guests', async () => {
      const usagePoint = newPdl();
      const file = loadCurveCsv(usagePoint, DAY, HALF_HOURS);
      const stranger = { 'content-type': 'application/octet-stream' };
      for (const headers of [stranger, headersOf('no-such-bearer'), headersOf(bearers.guest)]) {
        assert.equal((await post(file, { usagePoint }, headers)).status, 401);
      }
      isKept(usagePoint, 'consumption-load-curve', []);
    });

    it('takes no other type of content: forms and text a foreign page may post', async () => {
      const usagePoint = newPdl();
      const file = loadCurveCsv(usagePoint, DAY, HALF_HOURS);
      for (const type of [
        'text/plain',
        'text/csv',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=a',
        'application/octet-streams',
        '',
      ]) {
        const headers = { ...headersOf(bearers.owner), 'content-type': type };
        const { status, body } = await post(file, { usagePoint }, headers);
        assert.deepEqual([status, body], [400, { error: { key: 'bad-form' } }], type);
      }
      isKept(usagePoint, 'consumption-load-curve', []);
    });

    it('refuses what no form sends', async () => {
      for (const query of [
        '',
        'id=',
        'id=../flows',
        `id=new&id=new&usagePoint=${PDL}`,
        `id=new&usagePoint[]=${PDL}`,
        `id=new&usagePoint=${PDL}&direction=both`,
        `id=new&usagePoint=${PDL}&direction[toString]=a`,
        `id=new&usagePoint=${PDL}&name=${'x'.repeat(2000)}`,
      ]) {
        const address = `${nodeRed.url}/linky/meter/import?${query}`;
        const { status, body } = await answerOf(
          await fetch(address, { method: 'POST', headers: headersOf(bearers.owner), body: 'x' }),
        );
        assert.deepEqual([status, body], [400, { error: { key: 'bad-form' } }], query);
      }
    });

    const refusals: [what: string, file: string, changes: Record<string, string>, error: object][] = [
      ['a file of another PDL', loadCurveCsv(OTHER_PDL, DAY, HALF_HOURS), {}, { key: 'import-foreign' }],
      ['rubbish', 'Dear Sir or Madam,\n', {}, { key: 'import-unknown' }],
      ['bytes', '\0'.repeat(1000), {}, { key: 'import-unknown' }],
      ['an empty file', '', {}, { key: 'import-unknown' }],
      ['a short PDL', '', { usagePoint: '1234' }, { key: 'usage-point-invalid' }],
      ['no PDL', '', { usagePoint: ' ' }, { key: 'usage-point-missing' }],
      [
        'a variable that is not set',
        '',
        { usagePoint: '${NO_SUCH}' },
        { key: 'variable-missing', reason: 'NO_SUCH' },
      ],
    ];
    for (const [what, file, changes, error] of refusals) {
      it(`says what to do about ${what}`, async () => {
        const { status, body } = await post(file, changes);
        assert.deepEqual([status, body], [400, { error }]);
      });
    }

    it('reads the whole of a large file that it refused, so that the answer arrives', async () => {
      const { body } = await post(`${LONG_LINE}\n`.repeat(4000));
      assert.deepEqual(body, { error: { key: 'import-unknown' } });
    });

    it('takes the direction that the form names where the file does not', async () => {
      const usagePoint = newPdl();
      const produced = await post(dailyCsv(DAY, [2.5, 3]), { usagePoint, direction: 'production' });
      assert.equal(produced.status, 200);
      // The home may have either.
      const unknown = await post(dailyCsv(DAY, [12.5, 13]), { usagePoint });
      assert.deepEqual([unknown.status, unknown.body], [400, { error: { key: 'import-direction' } }]);
      const consumed = await post(dailyCsv(DAY, [12.5, 13]), { usagePoint, direction: 'consumption' });
      assert.equal(consumed.status, 200);
      isKept(usagePoint, 'production-daily', [2500, 3000]);
      isKept(usagePoint, 'consumption-daily', [12_500, 13_000]);
    });

    it('keeps the values of a simulated meter apart', async () => {
      const usagePoint = newPdl();
      const file = loadCurveCsv(usagePoint, DAY, HALF_HOURS);
      assert.equal((await post(file, { usagePoint, provider: 'simulated' })).status, 200);
      isKept(usagePoint, 'consumption-load-curve', []);
      isKept(`simulated-${usagePoint}`, 'consumption-load-curve', HALF_HOURS);
    });

    it('reads a variable in the place of the PDL as the node will', async () => {
      for (const [changes, usagePoint] of [
        [{ usagePoint: '${LINKY_PDL}' }, PDL],
        [{ usagePoint: '${TAB_PDL}', id: 'in-tab', z: 'tab' }, OTHER_PDL],
        [{ usagePoint: '${TAB_PDL}', id: 'new', z: 'tab' }, OTHER_PDL],
      ] as const) {
        const { status } = await post(loadCurveCsv(usagePoint, DAY, HALF_HOURS), changes);
        assert.equal(status, 200, JSON.stringify(changes));
      }
      const { body } = await post(loadCurveCsv(OTHER_PDL, DAY, HALF_HOURS), { usagePoint: '${TAB_PDL}' });
      assert.deepEqual(body, { error: { key: 'variable-missing', reason: 'TAB_PDL' } });
    });

    it('refuses a file that says that it is too large before any of it is sent', async () => {
      const call = begin({}, { 'content-length': String(IMPORT_AT_MOST + 1) });
      call.flushHeaders();
      const { answer, text } = await ended(call);
      assert.deepEqual([answer.statusCode, text], [400, '{"error":{"key":"import-too-large"}}']);
      assert.equal(answer.headers.connection, 'close');
      call.destroy();
    });

    it('stops reading a file without end', async () => {
      const usagePoint = newPdl();
      const call = begin({ usagePoint });
      const end = new Promise<string>((done) => {
        // The connection ends while more is being written: the answer may get lost with it.
        call.on('error', () => {
          done('');
        });
        call.on('close', () => {
          done('');
        });
        call.on('response', (answer: IncomingMessage) => {
          answer.setEncoding('utf8').on('data', done);
        });
      });
      const piece = `${LONG_LINE}\r\n`.repeat(100);
      let sent = 0;
      call.write(loadCurveCsv(usagePoint, DAY, HALF_HOURS));
      while (!call.destroyed && sent < 4 * IMPORT_AT_MOST) {
        sent += piece.length;
        if (call.write(piece)) continue;
        await Promise.race([once(call, 'drain'), end]);
        if ((await Promise.race([end, Promise.resolve(undefined)])) !== undefined) break;
      }
      const text = await end;
      assert.ok(text === '' || text === '{"error":{"key":"import-too-large"}}', text);
      assert.ok(sent >= IMPORT_AT_MOST && sent < 2 * IMPORT_AT_MOST, String(sent));
      call.destroy();
    });

    it('survives a browser that goes away, and takes the file when it comes again', async () => {
      const usagePoint = newPdl();
      const file = loadCurveCsv(usagePoint, DAY, HALF_HOURS);
      const call = begin({ usagePoint }, { 'content-length': String(Buffer.byteLength(file)) });
      call.on('error', () => undefined);
      const closed = new Promise((done) => call.on('close', done));
      await new Promise((done) => call.write(file.slice(0, file.length / 2), done));
      call.destroy();
      await closed;
      const { body } = await post(file, { usagePoint });
      const [{ taken = 0, known = 0 } = {}] = body['series'] as { taken?: number; known?: number }[];
      assert.equal(taken + known, 48);
      isKept(usagePoint, 'consumption-load-curve', HALF_HOURS);
    });

    it('has kept in the end what it took, and nothing else', async () => {
      await nodeRed.stop();
      logAtStart = nodeRed.log();
      const database = place.open(userDir);
      const select = 'SELECT value FROM reading WHERE usage_point = ? AND series = ? ORDER BY start';
      for (const [storedAs, series, values] of expected) {
        const rows = await database.query<{ value: number }>(select, storedAs, series);
        assert.deepEqual(rows.map(({ value }) => value), values, `${storedAs} ${series}`); // prettier-ignore
      }
      database.close();
    });
  });
}
