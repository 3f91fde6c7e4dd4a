import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { addDays, dayOf } from '../../src/metering/paris';
import { NODE_REDS, startNodeRed, type NodeRed } from '../node-red';
import { CREDENTIALS, GATEWAYS, meterNode, PDL, type FlowNode } from '../run/home';
import { startStandIn, type GatewayName, type StandIn } from '../stand-in/server';

/** Of `a-password`. */
const HASH = '$2b$04$jFrMfj1gdjUrZDrR/c34mu6pMTzwU2NPgI5Z3dvPWAO/3wnsoEnSq';
const USERS = [
  { username: 'owner', password: HASH, permissions: '*' },
  { username: 'guest', password: HASH, permissions: 'read' },
];
const TEST = 'linky/meter/test';
const CONSENT = 'linky/meter/consent';
const SECRETS = [CREDENTIALS.token, CREDENTIALS.clientSecret, 'a-wrong-token', 'the-code-of-enedis'];
const ALL_DAY = { daily: '00:00', 'max-power': '00:00', 'load-curve': '00:00' } as const;
const yesterday = (): string => addDays(dayOf(Date.now()), -1);

interface Answer {
  status: number;
  text: string;
  body: Record<string, unknown>;
}

for (const version of NODE_REDS) {
  describe(`what the meter's form asks the runtime for, on ${basename(version)}`, function () {
    this.timeout(180_000);
    let nodeRed: NodeRed;
    let folder: string;
    const standIns = {} as Record<GatewayName, StandIn>;
    const bearers = {} as Record<'owner' | 'guest', string>;
    const answers: string[] = [];
    let logAtStart: string;

    async function post(
      path: string,
      body: unknown,
      bearer?: string,
      type = 'application/json',
    ): Promise<Answer> {
      const answer = await fetch(`${nodeRed.url}/${path}`, {
        method: 'POST',
        headers: { 'content-type': type, ...(bearer && { authorization: `Bearer ${bearer}` }) },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      const text = await answer.text();
      answers.push(text);
      const isJson = answer.headers.get('content-type')?.includes('json') ?? false;
      return {
        status: answer.status,
        text,
        body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
      };
    }
    const ask = (changes: object): Promise<Answer> => post(TEST, typed('conso', changes), bearers.owner);
    const typed = (provider: GatewayName, changes: object = {}): object => ({
      id: 'new',
      z: '',
      provider,
      environment: 'production',
      url: standIns[provider].url,
      usagePoint: PDL,
      ...CREDENTIALS,
      ...changes,
    });

    before(async () => {
      for (const gateway of GATEWAYS) {
        const published = ALL_DAY;
        standIns[gateway] = await startStandIn({ now: Date.now, gateway, usagePoints: [PDL], published });
      }
      folder = await mkdtemp(join(tmpdir(), 'linky-clock-'));
      // An hour later as soon as there is a file: the process lives by the machine's clock.
      const later = JSON.stringify(join(folder, 'later'));
      await writeFile(
        join(folder, 'clock.cjs'),
        `const now = Date.now; const { existsSync } = require('node:fs');
         Date.now = () => now() + (existsSync(${later}) ? 3_600_001 : 0);`,
      );
      nodeRed = await startNodeRed({
        nodeRed: version,
        flows: [],
        dashboard: false,
        settings: { adminAuth: { type: 'credentials', users: USERS } },
        env: {
          NODE_OPTIONS: `--require ${join(folder, 'clock.cjs')}`,
          LINKY_TOKEN: CREDENTIALS.token,
          LINKY_PDL: PDL,
          LINKY_CLIENT: 'of the environment',
        },
      });
      for (const username of ['owner', 'guest'] as const) {
        const form = {
          client_id: 'node-red-admin',
          grant_type: 'password',
          scope: '',
          username,
          password: 'a-password',
        };
        const { body } = await post(
          'auth/token',
          new URLSearchParams(form).toString(),
          undefined,
          'application/x-www-form-urlencoded',
        );
        bearers[username] = String(body['access_token']);
      }
      const flows: FlowNode[] = [
        { id: 'tab', type: 'tab', label: 'Home', env: [{ name: 'TAB_PDL', value: PDL, type: 'str' }] },
        { ...meterNode(''), provider: 'simulated', credentials: CREDENTIALS },
        { ...meterNode(''), id: 'in-tab', z: 'tab', provider: 'simulated' },
      ];
      const deployed = await post('flows', flows, bearers.owner);
      assert.equal(deployed.status, 204, deployed.text);
      await nodeRed.logged(/Started flows[^]*Started flows/);
      answers.length = 0;
      logAtStart = nodeRed.log();
    });
    after(async () => {
      await nodeRed.stop();
      await Promise.all(Object.values(standIns).map((standIn) => standIn.close()));
      await rm(folder, { recursive: true });
    });
    afterEach(() => {
      for (const secret of SECRETS) {
        for (const text of [...answers, nodeRed.log()]) assert.ok(!text.includes(secret), text);
      }
      answers.length = 0;
      for (const { settings, faults, calls } of Object.values(standIns)) {
        Object.assign(settings, { published: { ...settings.published, ...ALL_DAY }, usagePoints: [PDL] });
        Object.assign(settings, { noConsumption: false, noProduction: false, consentFrom: undefined });
        faults.clear();
        calls.length = 0;
      }
    });

    for (const path of [TEST, CONSENT]) {
      it(`${path} is refused to strangers and to guests`, async () => {
        for (const bearer of [undefined, 'no-such-bearer', bearers.guest]) {
          assert.equal((await post(path, typed('dataconnect'), bearer)).status, 401);
        }
        assert.equal((await post(path, typed('dataconnect'), bearers.owner)).status, 200);
      });

      it(`${path} refuses nonsense`, async () => {
        const bodies: [body: unknown, type?: string][] = [
          ['', 'application/json'],
          [[]],
          [{}],
          [typed('conso', { id: '' })],
          [typed('conso', { id: '../flows' })],
          [typed('conso', { id: 7 })],
          [typed('conso', { token: { $ne: '' } })],
          [typed('conso', { usagePoint: [PDL] })],
          [typed('conso', { url: 'x'.repeat(100_000) })],
          [typed('conso', { clientId: null, z: false })],
          [JSON.stringify(typed('conso')), 'text/plain'],
          // What a foreign page may send with a form.
          [
            new URLSearchParams(
              Object.entries(typed('conso', { id: 'meter', token: '__PWRD__' })),
            ).toString(),
            'application/x-www-form-urlencoded',
          ],
        ];
        for (const [body, type] of bodies) {
          const { status, text } = await post(path, body, bearers.owner, type);
          assert.equal(status, 400, `${JSON.stringify(body).slice(0, 80)} ${text}`);
        }
        assert.deepEqual((await post(path, [], bearers.owner)).body, { error: { key: 'bad-form' } });
        assert.deepEqual(standIns.conso.calls, []);
      });
    }

    for (const gateway of GATEWAYS) {
      it(`tests ${gateway}: yesterday's energy, and the contract where it is told`, async () => {
        const { url, calls, truth } = standIns[gateway];
        const { status, body } = await post(TEST, typed(gateway, { url: `${url}/` }), bearers.owner);
        assert.equal(status, 200);
        const contract = { subscribedPower: 9, offPeakHours: ['23:00–07:30'] };
        const { consentEnds, ...told } = body;
        assert.deepEqual(told, {
          day: yesterday(),
          direction: 'consumption',
          energy: truth.daily(PDL, 'consumption', yesterday()),
          contract: gateway === 'conso' ? {} : contract,
        });
        assert.equal(typeof consentEnds, gateway === 'myelectricaldata' ? 'number' : 'undefined');
        const [asked] = calls.filter(({ series }) => series === 'consumption-daily');
        assert.deepEqual([asked?.start, asked?.end], [yesterday(), dayOf(Date.now())]);
      });

      it(`says that ${gateway} refuses what it was given`, async () => {
        const wrong = { token: 'a-wrong-token', clientSecret: 'a-wrong-token' };
        const { status, body } = await post(TEST, typed(gateway, wrong), bearers.owner);
        const key = gateway === 'dataconnect' ? 'client-refused' : 'token-refused';
        assert.deepEqual([status, body], [200, { error: { key } }]);
      });

      it(`works with ${gateway} where the contract is not told`, async () => {
        const { settings, faults } = standIns[gateway];
        const { contract } = settings;
        for (const trouble of [
          () => (settings.contract = undefined),
          () => {
            faults.always('html503', { series: 'contracts' });
          },
          () => {
            faults.always('reset', { series: 'contracts' });
          },
        ]) {
          trouble();
          const { status, body } = await post(TEST, typed(gateway), bearers.owner);
          assert.deepEqual([status, body['contract'], typeof body['energy']], [200, {}, 'number']);
        }
        settings.contract = contract;
      });
    }

    it('uses what is stored for what the editor does not know, of that node alone', async () => {
      const stored = { token: '__PWRD__', clientSecret: '__PWRD__' };
      for (const gateway of GATEWAYS) {
        const own = await post(TEST, typed(gateway, { ...stored, id: 'meter' }), bearers.owner);
        assert.equal(typeof own.body['energy'], 'number', gateway);
        const other = await post(TEST, typed(gateway, { ...stored, id: 'other' }), bearers.owner);
        const key = gateway === 'dataconnect' ? 'client-missing' : 'token-missing';
        assert.deepEqual(other.body, { error: { key } });
      }
    });

    it('reads variables as the node will', async () => {
      const works = [
        { usagePoint: '${LINKY_PDL}', token: '${LINKY_TOKEN}' },
        { usagePoint: '$(LINKY_PDL)', token: ' ${LINKY_TOKEN} ' },
        { usagePoint: '${TAB_PDL}', id: 'in-tab', z: 'tab' },
        { usagePoint: '${TAB_PDL}', id: 'new', z: 'tab' },
      ];
      for (const changes of works) {
        const { body } = await ask(changes);
        assert.equal(typeof body['energy'], 'number', JSON.stringify([changes, body]));
      }
      for (const name of ['usagePoint', 'url', 'token']) {
        const { status, body } = await ask({ [name]: '${NO_SUCH}' });
        assert.deepEqual([status, body], [400, { error: { key: 'variable-missing', reason: 'NO_SUCH' } }]);
      }
      // Another tab's variable.
      assert.equal((await ask({ usagePoint: '${TAB_PDL}' })).status, 400);
    });

    const refusals: [what: string, changes: object, status: number, key: string][] = [
      ['a short PDL', { usagePoint: '1234' }, 400, 'usage-point-invalid'],
      ['no PDL', { usagePoint: '' }, 400, 'usage-point-invalid'],
      ['an address that is none', { url: 'http://' }, 400, 'url-invalid'],
      ['another scheme', { url: 'file:///etc/passwd' }, 400, 'url-invalid'],
      ['a provider that is none', { provider: 'constructor' }, 400, 'unknown-provider'],
      ['no token', { token: '' }, 200, 'token-missing'],
      ['a PDL without consent', { usagePoint: '99999999999999' }, 200, 'consent'],
    ];
    for (const [what, changes, status, key] of refusals) {
      it(`says what to do about ${what}`, async () => {
        const answer = await ask(changes);
        assert.deepEqual([answer.status, answer.body], [status, { error: { key } }]);
      });
    }

    it('says what went wrong on the way', async () => {
      const { faults, calls } = standIns.conso;
      const elsewhere = standIns.myelectricaldata;
      for (const [fault, error] of [
        ['html503', { key: 'enedis-down' }],
        ['not-json', { key: 'bad-answer' }],
        ['reset', { key: 'unreachable', reason: 'ECONNRESET' }],
        [{ redirect: elsewhere.url }, { key: 'redirected' }],
        [
          { status: 404, body: 'no such page' },
          { key: 'wrong-address', reason: '404' },
        ],
        // A server that hands back what it was given.
        [{ status: 400, body: { error: { error: CREDENTIALS.token } } }, { key: 'bad-request' }],
      ] as const) {
        faults.next(fault);
        assert.deepEqual((await ask({})).body, { error });
      }
      assert.equal(calls.length, 6);
      assert.deepEqual(elsewhere.calls, []);
    });

    it('takes production where nothing is consumed, and waits for what is not there yet', async () => {
      const { settings, truth } = standIns.conso;
      settings.noConsumption = true;
      assert.deepEqual((await ask({})).body, {
        day: yesterday(),
        direction: 'production',
        energy: truth.daily(PDL, 'production', yesterday()),
        contract: {},
      });
      settings.noProduction = true;
      assert.deepEqual((await ask({})).body, { error: { key: 'bad-request' } });
      Object.assign(settings, { noConsumption: false, noProduction: false });
      settings.consentFrom = dayOf(Date.now());
      assert.equal((await ask({})).body['absent'], 'too-recent');
      settings.consentFrom = undefined;
      standIns.conso.faults.next({ enedis: 'no_data_found' });
      assert.equal((await ask({})).body['absent'], 'not-published');
    });

    it('tests the simulated meter without any call', async () => {
      const { body } = await ask({ provider: 'simulated' });
      assert.equal(typeof body['energy'], 'number');
      assert.deepEqual(standIns.conso.calls, []);
    });

    describe('the consent', () => {
      const begin = async (id: string): Promise<string> => {
        const { status, body } = await post(CONSENT, typed('dataconnect', { id }), bearers.owner);
        assert.equal(status, 200);
        const address = new URL(String(body['address']));
        assert.equal(address.origin, 'https://mon-compte-particulier.enedis.fr');
        assert.equal(address.searchParams.get('client_id'), CREDENTIALS.clientId);
        return address.searchParams.get('state') ?? '';
      };
      const comeBack = async (
        query: Record<string, string> | string,
        lang = 'en',
      ): Promise<{ status: number; text: string; headers: Headers }> => {
        const search = new URLSearchParams(query).toString();
        const answer = await fetch(`${nodeRed.url}/linky/consent?${search}`, {
          headers: { 'accept-language': lang },
        });
        const text = await answer.text();
        answers.push(text);
        return { status: answer.status, text, headers: answer.headers };
      };
      const good = { code: 'the-code-of-enedis', usage_point_id: PDL };

      it('tells the open editors, once, of the node it was begun for', async () => {
        const socket = new WebSocket(`${nodeRed.url.replace('http', 'ws')}/comms`);
        const heard: { topic?: string; data?: unknown }[] = [];
        const news = new Promise<void>((done) => {
          socket.onmessage = ({ data }) => {
            heard.push(...[JSON.parse(String(data)) as object].flat());
            if (heard.some(({ topic }) => topic?.startsWith('linky/'))) done();
          };
        });
        await new Promise((done) => (socket.onopen = done));
        socket.send(JSON.stringify({ auth: bearers.owner }));
        const state = await begin('the-node');
        const { status, text, headers } = await comeBack({ ...good, state });
        assert.equal(status, 200);
        assert.match(text, new RegExp(`<p>Your consent for the PDL ${PDL} has arrived`));
        assert.equal(headers.get('cache-control'), 'no-store');
        assert.equal(headers.get('referrer-policy'), 'no-referrer');
        await news;
        socket.close();
        assert.deepEqual(
          heard.filter(({ topic }) => topic?.startsWith('linky/')),
          [{ topic: 'linky/consent/the-node', data: { usagePoint: PDL } }],
        );
        assert.equal((await comeBack({ ...good, state })).status, 400);
      });

      it('is answered in the browser’s language', async () => {
        const french = await comeBack({ ...good, state: await begin('one') }, 'fr-FR,fr;q=0.9,en;q=0.5');
        assert.match(french.text, /<html lang="fr">[^]*Votre consentement pour le PDL/);
        for (const lang of ['en-GB', 'de', '*']) {
          const { text } = await comeBack({ ...good, state: await begin('one') }, lang);
          assert.match(text, lang === '*' ? /<html lang="(fr|en)">/ : /<html lang="en">/, lang);
        }
      });

      it('refuses a state that is not its own', async () => {
        for (const query of [
          '',
          'state=',
          'state[]=a',
          'state[toString]=a',
          'state=foreign&usage_point_id=1',
        ]) {
          const { status, text } = await comeBack(query);
          assert.equal(status, 400);
          assert.match(text, /does not expect this consent/);
        }
        const { text } = await comeBack({ ...good, state: '<script>alert(1)</script>' });
        assert.ok(!text.includes('<script'));
      });

      it('refuses what is no PDL, and that state from then on', async () => {
        for (const usagePoint of ['', '1234', '<b>12345678901</b>', `${PDL}\n`]) {
          const state = await begin('one');
          const { status, text } = await comeBack({ state, usage_point_id: usagePoint });
          assert.equal(status, 400);
          assert.match(text, /Enedis did not name a PDL/);
          assert.ok(!text.includes('<b>'));
          assert.match((await comeBack({ ...good, state })).text, /does not expect/);
        }
      });

      it('needs a client ID, which may be a variable', async () => {
        const consent = (clientId: string): Promise<Answer> =>
          post(CONSENT, typed('dataconnect', { clientId }), bearers.owner);
        assert.deepEqual((await consent(' ')).body, { error: { key: 'client-missing' } });
        const missing = { error: { key: 'variable-missing', reason: 'NO_SUCH' } };
        assert.deepEqual((await consent('${NO_SUCH}')).body, missing);
        const { body } = await consent('${LINKY_CLIENT}');
        assert.equal(new URL(String(body['address'])).searchParams.get('client_id'), 'of the environment');
      });

      it('is awaited for an hour', async () => {
        const state = await begin('one');
        await writeFile(join(folder, 'later'), '');
        assert.equal((await comeBack({ ...good, state })).status, 400);
      });
    });

    describe('after all that, the runtime', () => {
      it('has written nothing into the log', () => {
        assert.equal(nodeRed.log(), logAtStart);
      });

      it('survives JSON that is none, which Node-RED itself refuses and logs', async () => {
        for (const body of ['{', 'null', '"text"', `{"token":"${CREDENTIALS.token}"`]) {
          assert.equal((await post(TEST, body, bearers.owner)).status, 400);
        }
        assert.equal((await ask({ provider: 'simulated' })).status, 200);
      });
    });
  });
}
