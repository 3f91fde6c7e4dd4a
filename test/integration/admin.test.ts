import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { addDays, dayOf } from '../../src/calendar/paris';
import { describeOnBoth } from '../support/engines';
import { now } from '../support/host-clock';
import { NODE_REDS, startNodeRed, type NodeRed } from '../support/node-red';
import { CREDENTIALS, GATEWAYS, meterNode, PDL, type FlowNode } from '../support/home';
import { consoToken, startStandIn, type GatewayName, type StandIn } from '../support/stand-in/server';

/** Of `a-password`. */
const HASH = '$2b$04$jFrMfj1gdjUrZDrR/c34mu6pMTzwU2NPgI5Z3dvPWAO/3wnsoEnSq';
const USERS = [
  { username: 'owner', password: HASH, permissions: '*' },
  { username: 'guest', password: HASH, permissions: 'read' },
];
const TEST = 'linky/meter/test';
const USAGE_POINTS = 'linky/meter/usage-points';
const CONSENT = 'linky/meter/consent';
const COST = 'linky/meter/cost';
const SECRETS = [CREDENTIALS.token, CREDENTIALS.clientSecret, 'a-wrong-token', 'bearer-'];
/** What Enedis tells of the person whose contract it is. */
const PERSON = ['Dupont', 'Camille', '0612345678', 'secret.example'];
/** As MyElectricalData's first server made them. */
const FIRST_SERVER_TOKEN = 'c2Vjb25kLXNlcnZlcg+/ZmlXQ==';
const AUTHORISATIONS = {
  4711: [{ pointId: PDL, etatCode: 'ACTIF' }],
  4712: [{ pointId: PDL, etatCode: 'DEMANDE' }],
  4713: [{ pointId: PDL, etatCode: 'TERMINE' }],
  4714: [],
  4715: [
    { pointId: '22222222222222', etatCode: 'RESILIE' },
    { pointId: PDL, etatCode: 'ACTIF' },
  ],
};
const ALL_DAY = { daily: '00:00', 'max-power': '00:00', 'load-curve': '00:00' } as const;
const REFUSED = {
  conso: 'token-refused',
  myelectricaldata: 'secret-refused',
  dataconnect: 'client-refused',
} as const;
const yesterday = (): string => addDays(dayOf(now()), -1);

interface Answer {
  status: number;
  text: string;
  body: Record<string, unknown>;
}

for (const version of NODE_REDS) {
  describeOnBoth(`what the meter's form asks the runtime for, on ${basename(version)}`, function (engine) {
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
      url: standIns[provider].url,
      usagePoint: PDL,
      ...CREDENTIALS,
      ...changes,
    });

    before(async () => {
      for (const gateway of GATEWAYS) {
        const published = ALL_DAY;
        const opened = { usagePoints: [PDL], authorisations: AUTHORISATIONS };
        standIns[gateway] = await startStandIn({ now, gateway, published, ...opened });
      }
      folder = await mkdtemp(join(tmpdir(), 'linky-clock-'));
      // An hour later as soon as there is a file.
      const later = JSON.stringify(join(folder, 'later'));
      await writeFile(
        join(folder, 'clock.cjs'),
        `const now = Date.now; const { existsSync } = require('node:fs');
         Date.now = () => now() + (existsSync(${later}) ? 3_600_001 : 0);`,
      );
      nodeRed = await startNodeRed({
        nodeRed: version,
        database: (await engine.place()).address,
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
        { ...meterNode(standIns.conso.url), id: 'conso-api', credentials: CREDENTIALS },
        {
          ...meterNode(standIns.dataconnect.url),
          id: 'data-connect',
          provider: 'dataconnect',
          credentials: CREDENTIALS,
        },
        { ...meterNode(''), id: 'without-pdl', provider: 'simulated', usagePoint: '' },
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
      for (const secret of [...SECRETS, ...PERSON, FIRST_SERVER_TOKEN]) {
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

    for (const path of [TEST, USAGE_POINTS, CONSENT, COST]) {
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
        const contract = { subscribedPower: 9, activated: '2018-08-31', offPeakHours: ['22:00–06:00'] };
        assert.deepEqual(body, {
          day: yesterday(),
          direction: 'consumption',
          energy: truth.daily(PDL, 'consumption', yesterday()),
          contract: gateway === 'conso' ? {} : contract,
        });
        const [asked] = calls.filter(({ series }) => series === 'consumption-daily');
        assert.deepEqual([asked?.start, asked?.end], [yesterday(), dayOf(now())]);
      });

      it(`says that ${gateway} refuses what it was given`, async () => {
        const wrong = { token: 'a-wrong-token', clientSecret: 'a-wrong-token' };
        const { status, body } = await post(TEST, typed(gateway, wrong), bearers.owner);
        assert.deepEqual([status, body], [200, { error: { key: REFUSED[gateway] } }]);
      });

      // Conso API never tells it.
      if (gateway === 'conso') continue;
      it(`works with ${gateway} where the contract is not told`, async () => {
        const { settings, faults } = standIns[gateway];
        const { contract, offPeakHours } = settings;
        for (const trouble of [
          () => Object.assign(settings, { contract: undefined, offPeakHours: undefined }),
          () => {
            faults.always('html503', { series: 'contract' });
          },
          () => {
            faults.always('reset', { series: 'contract' });
          },
        ]) {
          trouble();
          // MyElectricalData keeps what it has answered of a PDL.
          const usagePoint = String(Number(settings.usagePoints[0]) + 1);
          settings.usagePoints = [usagePoint];
          const { status, body } = await post(TEST, typed(gateway, { usagePoint }), bearers.owner);
          assert.deepEqual([status, body['contract'], typeof body['energy']], [200, {}, 'number']);
          Object.assign(settings, { contract, offPeakHours });
        }
      });
    }

    it('tells what it knows of the contract where the application has not subscribed all of it', async () => {
      const { settings } = standIns.dataconnect;
      const { offPeakHours } = settings;
      settings.offPeakHours = undefined;
      const { body } = await post(TEST, typed('dataconnect'), bearers.owner);
      assert.deepEqual(body['contract'], { subscribedPower: 9, activated: '2018-08-31' });
      settings.offPeakHours = offPeakHours;
    });

    it('lists the PDLs of a MyElectricalData account, in one request', async () => {
      const { settings, calls, faults } = standIns.myelectricaldata;
      const list = (changes = {}): Promise<Answer> =>
        post(USAGE_POINTS, typed('myelectricaldata', { usagePoint: '', ...changes }), bearers.owner);
      settings.usagePoints = ['22222222222222', PDL];
      const { status, body } = await list();
      assert.deepEqual([status, body], [200, { usagePoints: ['22222222222222', PDL] }]);
      assert.deepEqual(
        calls.map(({ series }) => series),
        ['usage-points'],
      );
      settings.usagePoints = [];
      assert.deepEqual((await list()).body, { usagePoints: [] });
      assert.deepEqual((await list({ clientSecret: 'a-wrong-token' })).body, {
        error: { key: 'secret-refused' },
      });
      faults.next('html503');
      assert.deepEqual((await list()).body, { error: { key: 'enedis-down' } });
      calls.length = 0;
      for (const [clientSecret, key] of [
        ['', 'secret-missing'],
        [FIRST_SERVER_TOKEN, 'first-server-token'],
      ] as const) {
        const refused = await list({ clientSecret, token: '' });
        assert.deepEqual([refused.status, refused.body], [400, { error: { key } }]);
      }
      assert.deepEqual(calls, []);
    });

    it('asks no other provider for a list of PDLs', async () => {
      for (const provider of ['conso', 'dataconnect'] as const) {
        const { body } = await post(USAGE_POINTS, typed(provider), bearers.owner);
        assert.deepEqual([body, standIns[provider].calls], [{ usagePoints: [] }, []]);
      }
    });

    it('takes the PDL that the form lacks from the token or the account', async () => {
      const { conso, myelectricaldata } = standIns;
      const { token } = conso.settings;
      const named = (usagePoints: string[]): string => consoToken(usagePoints, now() + 86_400_000);
      conso.settings.token = named([PDL]);
      const one = await ask({ usagePoint: '', token: conso.settings.token });
      assert.deepEqual([one.body['usagePoint'], one.body['day']], [PDL, yesterday()]);
      conso.calls.length = 0;
      conso.settings.token = named([PDL, '22222222222222']);
      const several = await ask({ usagePoint: '', token: conso.settings.token });
      assert.deepEqual(several.body, { usagePoints: [PDL, '22222222222222'] });
      assert.deepEqual(conso.calls, []);
      conso.settings.token = token;
      const none = await ask({ usagePoint: '' });
      assert.deepEqual([none.status, none.body], [400, { error: { key: 'usage-point-missing' } }]);
      const without = await ask({ usagePoint: '', token: '' });
      assert.deepEqual([without.status, without.body], [400, { error: { key: 'token-missing' } }]);
      const expired = await ask({ usagePoint: '', token: consoToken([PDL], now() - 1000) });
      assert.deepEqual([expired.status, expired.body], [200, { error: { key: 'token-expired' } }]);
      const account = await post(TEST, typed('myelectricaldata', { usagePoint: '' }), bearers.owner);
      assert.equal(account.body['usagePoint'], PDL);
      assert.equal(myelectricaldata.calls[0]?.series, 'usage-points');
    });

    it('takes the language of an editor that deploys, and no nonsense', async () => {
      const tell = (body: unknown, bearer?: string, type?: string): Promise<Answer> =>
        post('linky/language', body, bearer, type);
      for (const bearer of [undefined, bearers.guest]) {
        assert.equal((await tell({ language: 'fr' }, bearer)).status, 401);
      }
      for (const body of [{}, { language: 5 }, { language: 'x'.repeat(50) }, { language: '../fr' }, []]) {
        assert.equal((await tell(body, bearers.owner)).status, 400, JSON.stringify(body));
      }
      const form = 'application/x-www-form-urlencoded';
      assert.equal((await tell('language=fr', bearers.owner, form)).status, 400);
      for (const language of ['fr', 'en-US', 'zh-Hant-TW'])
        assert.equal((await tell({ language }, bearers.owner)).status, 204);
    });

    it('says what hours and history cost in requests', async () => {
      const schedule = { from: '05:00', to: '20:00', minute: '17', history: '3', loadCurveHistory: '730' };
      const cost = async (provider: string, changes: object): Promise<unknown> =>
        (await post(COST, typed('conso', { ...schedule, provider, ...changes }), bearers.owner)).body['cost'];
      assert.deepEqual(await cost('conso', { sources: 'consumption' }), { perDay: 12, history: 113, historyDays: 2 }); // prettier-ignore
      assert.deepEqual(await cost('conso', { sources: 'consumption production', from: '08:00' }), { perDay: 5, history: 222, historyDays: 5 }); // prettier-ignore
      assert.deepEqual(await cost('conso', { sources: 'consumption/no-load-curve' }), { perDay: 8, history: 8, historyDays: 1 }); // prettier-ignore
      assert.equal(await cost('simulated', { sources: 'consumption' }), undefined);
      for (const { calls } of Object.values(standIns)) assert.deepEqual(calls, []);
    });

    it('recognises a token of MyElectricalData’s first server, pasted or kept from an old flow', async () => {
      for (const changes of [
        { clientSecret: FIRST_SERVER_TOKEN },
        { id: 'meter', token: '__PWRD__', clientSecret: '' },
      ]) {
        const { status, body } = await post(TEST, typed('myelectricaldata', changes), bearers.owner);
        assert.deepEqual([status, body], [400, { error: { key: 'first-server-token' } }]);
      }
      assert.deepEqual(standIns.myelectricaldata.calls, []);
    });

    it('uses what is stored for what the editor does not know, of that node alone', async () => {
      const stored = { token: '__PWRD__', clientSecret: '__PWRD__' };
      for (const gateway of GATEWAYS) {
        const own = await post(TEST, typed(gateway, { ...stored, id: 'meter' }), bearers.owner);
        assert.equal(typeof own.body['energy'], 'number', gateway);
        const other = await post(TEST, typed(gateway, { ...stored, id: 'other' }), bearers.owner);
        const key = {
          conso: 'token-missing',
          myelectricaldata: 'secret-missing',
          dataconnect: 'client-missing',
        }[gateway];
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
      ['no PDL', { usagePoint: '' }, 400, 'usage-point-missing'],
      ['an address that is none', { url: 'http://' }, 400, 'url-invalid'],
      ['another scheme', { url: 'file:///etc/passwd' }, 400, 'url-invalid'],
      ['a provider that is none', { provider: 'constructor' }, 400, 'unknown-provider'],
      ['no token', { token: '' }, 400, 'token-missing'],
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
      const elsewhere = standIns.dataconnect;
      for (const [fault, error] of [
        ['html503', { key: 'enedis-down' }],
        ['not-json', { key: 'bad-answer' }],
        ['reset', { key: 'unreachable', reason: 'ECONNRESET' }],
        [{ redirect: elsewhere.url }, { key: 'redirected' }],
        [
          { status: 404, body: 'no such page' },
          { key: 'wrong-address', reason: '404' },
        ],
        [{ enedis: 'Impossible de rafraîchir le token' }, { key: 'gateway-down' }],
        [{ enedis: '900804' }, { key: 'too-many-calls' }],
        [{ enedis: 'ADAM-DC-0007' }, { key: 'not-holder' }],
        // A server that hands back what it was given.
        [{ status: 400, body: { error: { error: CREDENTIALS.token } } }, { key: 'bad-request' }],
      ] as const) {
        faults.next(fault);
        assert.deepEqual((await ask({})).body, { error });
      }
      assert.equal(calls.length, 9);
      assert.deepEqual(elsewhere.calls, []);
    });

    it('says what the provider alone can say', async () => {
      const test = (gateway: GatewayName): Promise<Answer> => post(TEST, typed(gateway), bearers.owner);
      standIns.myelectricaldata.faults.next({ enedis: 'RATE_LIMIT_EXCEEDED' });
      assert.deepEqual((await test('myelectricaldata')).body, { error: { key: 'account-quota' } });
      standIns.dataconnect.faults.next({ enedis: '900908' }, { series: 'consumption-daily' });
      assert.deepEqual((await test('dataconnect')).body, {
        error: { key: 'api-not-subscribed', reason: 'mesure_synchrone_auto' },
      });
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
      settings.consentFrom = dayOf(now());
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
        assert.equal(address.pathname, '/dataconnect/v2/oauth2/authorize');
        const { state = '', ...query } = Object.fromEntries(address.searchParams);
        assert.deepEqual(query, {
          client_id: CREDENTIALS.clientId,
          response_type: 'code',
          duration: 'P3Y',
        });
        return state;
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
      const good = { autorisation_id: '4711' };

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
          'state=foreign&autorisation_id=4711',
        ]) {
          const { status, text } = await comeBack(query);
          assert.equal(status, 400);
          assert.match(text, /does not expect this consent/);
        }
        const { text } = await comeBack({ ...good, state: '<script>alert(1)</script>' });
        assert.ok(!text.includes('<script'));
      });

      it('takes the PDL whose service is active or asked for, and no other', async () => {
        for (const [id, taken] of [
          ['4711', true],
          ['4712', true],
          ['4713', false],
          ['4714', false],
          ['4715', true],
          // Enedis does not know this one.
          ['9999', false],
        ] as const) {
          const { status, text } = await comeBack({ state: await begin('one'), autorisation_id: id });
          assert.deepEqual([id, status], [id, taken ? 200 : 400]);
          assert.match(text, taken ? new RegExp(`PDL ${PDL} has arrived`) : /Enedis did not name a PDL/);
        }
        const consents = standIns.dataconnect.calls.filter(({ series }) => series === 'consent');
        assert.equal(consents.length, 6);
      });

      it('says that consent was not given, and takes that state no more', async () => {
        for (const back of [
          { error: 'access_denied', error_description: 'The resource owner denied the request' },
          {},
          { autorisation_id: '' },
          { autorisation_id: 'abc' },
          { autorisation_id: '<b>4711</b>' },
          { autorisation_id: '4711.5' },
          { autorisation_id: '9'.repeat(40) },
          // What Data Connect handed over until October 2026.
          { code: 'a-code', usage_point_id: PDL },
        ]) {
          const state = await begin('one');
          const { status, text } = await comeBack({ state, ...back });
          assert.equal(status, 400);
          assert.match(text, /Enedis did not name a PDL/);
          assert.ok(!/<b>|denied/.test(text));
          assert.match((await comeBack({ ...good, state })).text, /does not expect/);
        }
        assert.deepEqual(standIns.dataconnect.calls, []);
      });

      it('says why the PDL could not be read', async () => {
        const { faults } = standIns.dataconnect;
        const failed = async (sentence: RegExp, lang?: string, changes = {}): Promise<void> => {
          const began = await post(CONSENT, typed('dataconnect', changes), bearers.owner);
          const state = new URL(String(began.body['address'])).searchParams.get('state') ?? '';
          const { status, text } = await comeBack({ state, autorisation_id: '4711' }, lang);
          assert.equal(status, 502);
          assert.match(text, sentence);
        };
        await failed(/could not be read \(client ID or secret rejected/, 'en', {
          clientSecret: 'a-wrong-token',
        });
        faults.next('html503', { series: 'consent' });
        await failed(/could not be read \(Enedis is down for now\)/);
        faults.next({ enedis: '900908' }, { series: 'consent' });
        await failed(/n’a pas pu être lu \(API non souscrite sur le DataHub d’Enedis\)/, 'fr');
      });

      it('needs a client ID and its secret, which may be variables', async () => {
        const consent = (changes: object): Promise<Answer> =>
          post(CONSENT, typed('dataconnect', changes), bearers.owner);
        assert.deepEqual((await consent({ clientId: ' ' })).body, { error: { key: 'client-missing' } });
        assert.deepEqual((await consent({ clientSecret: '' })).body, { error: { key: 'client-missing' } });
        const missing = { error: { key: 'variable-missing', reason: 'NO_SUCH' } };
        for (const name of ['clientId', 'clientSecret']) {
          assert.deepEqual((await consent({ [name]: '${NO_SUCH}' })).body, missing);
        }
        const { body } = await consent({ clientId: '${LINKY_CLIENT}' });
        assert.equal(new URL(String(body['address'])).searchParams.get('client_id'), 'of the environment');
      });

      it('is awaited for an hour', async () => {
        const state = await begin('one');
        await writeFile(join(folder, 'later'), '');
        assert.equal((await comeBack({ ...good, state })).status, 400);
      });
    });

    describe('the tariff’s form', () => {
      const CONTRACT = 'linky/tariff/contract';
      const PRICE = 'linky/tariff/price';
      const OWN = {
        prices: 'own',
        ownPrices: [
          { from: '2025-08-01', subscription: 150, base: 0.25 },
          { from: '2026-08-01', subscription: 190.32, base: 0.2001 },
          { from: '2026-12-01', subscription: 200, base: 0.3 },
        ],
      };

      it('is refused to strangers and to guests', async () => {
        for (const [path, body] of [
          [CONTRACT, { meter: 'meter' }],
          [PRICE, OWN],
        ] as const) {
          for (const bearer of [undefined, 'no-such-bearer', bearers.guest]) {
            assert.equal((await post(path, body, bearer)).status, 401);
          }
          assert.equal((await post(path, body, bearers.owner)).status, 200);
        }
      });

      it('is told power and off-peak hours of a deployed meter, and nothing else', async () => {
        const contract = async (meter: unknown): Promise<object> =>
          (await post(CONTRACT, { meter }, bearers.owner)).body;
        assert.deepEqual(await contract('meter'), { subscribedPower: 9, offPeakHours: ['00:30–08:30'] });
        assert.deepEqual(await contract('data-connect'), {
          subscribedPower: 9,
          offPeakHours: ['22:00–06:00'],
        });
        assert.deepEqual(await contract('conso-api'), { error: { key: 'not-told' } });
        assert.deepEqual(await contract('tab'), { error: { key: 'not-deployed' } });
        assert.deepEqual(await contract('no-such-node'), { error: { key: 'not-deployed' } });
        assert.deepEqual(await contract('without-pdl'), { error: { key: 'usage-point-missing' } });
      });

      it('is told which of its own prices applies today', async () => {
        const price = async (values: object): Promise<Answer> => post(PRICE, values, bearers.owner);
        assert.deepEqual((await price(OWN)).body, {
          from: '2026-08-01',
          subscription: 190.32,
          prices: { base: 0.2001 },
        });
        const later = { prices: 'own', ownPrices: OWN.ownPrices.slice(2) };
        assert.deepEqual((await price(later)).body, { missing: true });
      });

      it('is refused nonsense', async () => {
        const bodies: [path: string, body: unknown, type?: string][] = [
          [CONTRACT, {}],
          [CONTRACT, { meter: '../flows' }],
          [CONTRACT, { meter: ['meter'] }],
          [CONTRACT, 'meter=meter', 'application/x-www-form-urlencoded'],
          [PRICE, { plan: 'ejp' }],
          [PRICE, { ...OWN, ownPrices: [] }],
          [PRICE, { ...OWN, pricesUrl: 7 }],
          [PRICE, { ...OWN, pricesUrl: 'x'.repeat(10_000) }],
          [PRICE, 'plan=base', 'application/x-www-form-urlencoded'],
        ];
        for (const [path, body, type] of bodies) {
          const { status, body: answer } = await post(path, body, bearers.owner, type);
          assert.deepEqual([status, answer], [400, { error: { key: 'bad-form' } }], JSON.stringify(body));
        }
        const variable = { ...OWN, pricesUrl: '${NO_SUCH}' };
        assert.deepEqual((await post(PRICE, variable, bearers.owner)).body, {
          error: { key: 'variable-missing', reason: 'NO_SUCH' },
        });
      });
    });

    describe('after all that, the runtime', () => {
      it('asks no more of a Conso API that has blocked its address', async () => {
        const { settings, calls } = standIns.conso;
        settings.blocked = true;
        assert.deepEqual((await ask({})).body, { error: { key: 'address-blocked' } });
        settings.blocked = false;
        assert.deepEqual((await ask({})).body, { error: { key: 'address-blocked' } });
        assert.equal(calls.length, 1);
      });

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
