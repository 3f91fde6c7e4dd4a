import assert from 'node:assert/strict';
import { once } from 'node:events';
import WebSocket from 'ws';
import { importError, startHomeAssistant, type HomeAssistant } from '../../support/stand-in/home-assistant';

const ID = 'linky:12345678901234_consumption';
const METADATA = {
  ...{ source: 'linky', statistic_id: ID, name: 'House', unit_of_measurement: 'kWh', unit_class: 'energy' },
  ...{ has_sum: true, mean_type: 0 },
};
const MONEY = { unit_of_measurement: 'EUR', unit_class: null };
const row = (start: string, sum = 1): object => ({ start, state: 0.5, sum });
const HOURS = [row('2026-11-22T23:00:00+01:00', 1), row('2026-11-23T00:00:00+01:00', 1.5)];

const TYPE = 'recorder/import_statistics';
const importOf = (metadata: object = {}, stats: readonly object[] = HOURS): Record<string, unknown> => ({
  type: TYPE,
  metadata: { ...METADATA, ...metadata },
  stats,
});
const without = (key: string): Record<string, unknown> => {
  const metadata = Object.fromEntries(Object.entries(METADATA).filter(([name]) => name !== key));
  return { type: TYPE, metadata, stats: HOURS };
};

describe('the stand-in of Home Assistant', () => {
  const accepted: [string, Record<string, unknown>][] = [
    ['kWh', importOf()],
    ['euros', importOf(MONEY)],
    ['the old field has_mean', importOf({ has_mean: false })],
    ['no name', importOf({ name: null })],
    ['a start in UTC', importOf({}, [row('2026-11-22T23:00:00Z')])],
    [
      'a thousand hours',
      importOf(
        {},
        Array.from({ length: 1000 }, () => HOURS[0] ?? {}),
      ),
    ],
  ];
  for (const [what, command] of accepted) {
    it(`takes ${what}`, () => {
      assert.equal(importError(command), undefined);
    });
  }

  const rejected: [string, Record<string, unknown>, string, RegExp][] = [
    ['metadata without mean_type', without('mean_type'), 'invalid_format', /required key.*mean_type/],
    ['metadata without unit_class', without('unit_class'), 'invalid_format', /required key.*unit_class/],
    ['metadata without name', without('name'), 'invalid_format', /required key.*name/],
    ['an unknown key', importOf({ currency: 'EUR' }), 'invalid_format', /extra keys.*currency/],
    ['an unknown key beside them', { ...importOf(), since: '' }, 'invalid_format', /extra keys.*since/],
    ['another source', importOf({ source: 'enedis' }), 'home_assistant_error', /Invalid source/],
    [
      'an id with capitals',
      importOf({ statistic_id: 'linky:offPeak' }),
      'home_assistant_error',
      /statistic_id/,
    ],
    [
      'an id with two underscores',
      importOf({ statistic_id: 'linky:a__b' }),
      'home_assistant_error',
      /statistic_id/,
    ],
    ['an id of a sensor', importOf({ statistic_id: 'sensor.linky' }), 'home_assistant_error', /statistic_id/],
    [
      'euros as energy',
      importOf({ unit_of_measurement: 'EUR' }),
      'home_assistant_error',
      /unit_class energy/,
    ],
    ['kWh without a class', importOf({ unit_class: null }), 'home_assistant_error', /unit_class null/],
    ['no rows', importOf({}, []), 'invalid_format', /expected rows/],
    [
      '1,001 rows',
      importOf(
        {},
        Array.from({ length: 1001 }, () => HOURS[0] ?? {}),
      ),
      'invalid_format',
      /1000 rows/,
    ],
    ['a start without offset', importOf({}, [row('2026-11-22T23:00:00')]), 'home_assistant_error', /Naive/],
    ['a half hour', importOf({}, [row('2026-11-22T23:30:00Z')]), 'home_assistant_error', /Invalid timestamp/],
    ['a date that does not exist', importOf({}, [row('2026-02-30T00:00:00Z')]), 'invalid_format', /datetime/],
    [
      'a sum that is no number',
      importOf({}, [{ ...row(''), start: '2026-11-22T23:00:00Z', sum: null }]),
      'invalid_format',
      /float.*sum/,
    ],
    [
      'a row without sum',
      importOf({}, [{ start: '2026-11-22T23:00:00Z', state: 1 }]),
      'invalid_format',
      /required key.*sum/,
    ],
  ];
  for (const [what, command, code, message] of rejected) {
    it(`refuses ${what}`, () => {
      const error = importError(command);
      assert.equal(error?.code, code);
      assert.match(error.message, message);
    });
  }

  describe('over its websocket', () => {
    let homeAssistant: HomeAssistant;
    let socket: WebSocket;

    interface Answer {
      type: string;
      id?: number;
      success?: boolean;
      error?: { code: string };
    }
    const next = async (): Promise<Answer> => {
      const [data] = (await once(socket, 'message')) as [Buffer];
      return JSON.parse(data.toString()) as Answer;
    };
    const ask = (message: object): Promise<Answer> => {
      const answer = next();
      socket.send(JSON.stringify(message));
      return answer;
    };
    const open = async (token = homeAssistant.token): Promise<Answer> => {
      socket = new WebSocket(`${homeAssistant.url.replace('http', 'ws')}/api/websocket`);
      assert.equal((await next()).type, 'auth_required');
      return ask({ type: 'auth', access_token: token });
    };

    beforeEach(async () => {
      homeAssistant = await startHomeAssistant();
    });
    afterEach(async () => {
      socket.terminate();
      await homeAssistant.close();
    });

    it('opens to its token alone', async () => {
      assert.equal((await open('another')).type, 'auth_invalid');
      await once(socket, 'close');
      assert.equal((await open()).type, 'auth_ok');
    });

    it('wants growing ids, and knows no other commands', async () => {
      await open();
      assert.equal((await ask({ id: 3, type: 'get_config' })).success, true);
      assert.equal((await ask({ id: 3, type: 'get_states' })).error?.code, 'id_reuse');
      assert.equal((await ask({ id: 4, type: 'recorder/clear_statistics' })).error?.code, 'unknown_command');
    });

    it('keeps one row for each hour, and shows what a day took', async () => {
      await open();
      assert.equal((await ask({ id: 1, ...importOf() })).success, true);
      const again = [row('2026-11-22T23:00:00Z', 2), row('2026-11-23T22:00:00Z', 2.5)];
      assert.equal((await ask({ id: 2, ...importOf({}, again) })).success, true);
      assert.deepEqual(
        homeAssistant.rows(ID).map(({ sum }) => sum),
        [1, 2, 2.5],
      );
      assert.deepEqual([...homeAssistant.perDay(ID)], [['2026-11-22', 1], ['2026-11-23', 1.5]]); // prettier-ignore
      assert.deepEqual(homeAssistant.calls, [
        { id: ID, start: '2026-11-22T23:00:00+01:00', count: 2 },
        { id: ID, start: '2026-11-22T23:00:00Z', count: 2 },
      ]);
      assert.deepEqual(homeAssistant.problems(), []);
    });

    it('finds sums that fall', async () => {
      await open();
      await ask({ id: 1, ...importOf({}, [row('2026-11-22T22:00:00Z', 2), row('2026-11-22T23:00:00Z', 1)]) });
      assert.deepEqual(homeAssistant.problems(), [
        `${ID}: the sum falls from 2 to 1 at 2026-11-22T23:00:00.000Z`,
      ]);
    });

    it('refuses, hangs up and goes away where a test wants it', async () => {
      await open();
      homeAssistant.refuseAfter(1);
      assert.equal((await ask({ id: 1, ...importOf() })).success, true);
      assert.equal((await ask({ id: 2, ...importOf() })).success, false);
      homeAssistant.accept();
      assert.equal((await ask({ id: 3, ...importOf() })).success, true);
      homeAssistant.hangUpAfter(0);
      socket.send(JSON.stringify({ id: 4, ...importOf() }));
      await once(socket, 'close');
      homeAssistant.accept();
      await open();
      await homeAssistant.leave();
      await assert.rejects(open());
      await homeAssistant.come();
      assert.equal((await open()).type, 'auth_ok');
      assert.equal(homeAssistant.calls.length, 2);
    });
  });
});
