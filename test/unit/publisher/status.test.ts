import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { instantAt } from '../../../src/calendar/paris';
import type { State } from '../../../src/collector/meter';
import { LinkyError, type ErrorKey } from '../../../src/providers/errors';
import { fillOf, fleetStatus, statusOf, type StateCounts, type Text } from '../../../src/publisher/status';

const catalogue = JSON.parse(
  readFileSync(join(__dirname, '../../../nodes/locales/en-US/linky-meter.json'), 'utf8'),
) as Record<'linky-meter', Record<string, Record<string, string>>>;

/** The sentences that users see. */
const text: Text = (key, params = {}) => {
  const [group = '', name = ''] = key.split('.');
  const sentence = catalogue['linky-meter'][group]?.[name];
  assert.ok(sentence, key);
  return sentence.replace(/__(\w+)__/g, (_, param: string) => params[param] ?? assert.fail(`${key}: ${param}`)); // prettier-ignore
};

const error = (key: ErrorKey): LinkyError => new LinkyError('code', { key, retry: 'next-slot' });
const DAY = '2026-11-22';
const TODAY = instantAt('2026-11-23', 13 * 60 + 5);
const TOMORROW = instantAt('2026-11-24', 5 * 60 + 37);
const SUMMER = instantAt('2026-07-15', 5 * 60 + 37);
const history = { done: 34, total: 104, moreDays: 2 };

describe('the status of a source node', () => {
  const table: [name: string, State, fill: string, shape: string, text: string][] = [
    ['collects', { kind: 'collecting' }, 'blue', 'dot', 'collecting'],
    ['collects the history', { kind: 'collecting', history }, 'blue', 'dot', 'history 34/104'],
    ['has it all', { kind: 'up-to-date', day: DAY, next: TOMORROW }, 'green', 'dot', '22/11 · next 24/11 05:37'], // prettier-ignore
    ['has it all in summer', { kind: 'up-to-date', day: '2026-07-14', next: SUMMER }, 'green', 'dot', '14/07 · next 15/07 05:37'], // prettier-ignore
    [
      'goes on with the history later today',
      { kind: 'up-to-date', day: DAY, next: TODAY, history },
      'green',
      'dot',
      'history 34/104, continues at 13:05',
    ],
    [
      'goes on with the history tomorrow',
      { kind: 'up-to-date', day: DAY, next: TOMORROW, history },
      'green',
      'dot',
      'history 34/104, continues tomorrow',
    ],
    [
      'waits for yesterday',
      { kind: 'waiting', day: DAY, next: TODAY },
      'yellow',
      'ring',
      'waiting for 22/11 · next 23/11 13:05',
    ],
    [
      'has it all, but the consent ends soon',
      { kind: 'up-to-date', day: DAY, next: TOMORROW, history, consentEnds: '2026-12-01' },
      'yellow',
      'dot',
      'consent ends on 01/12: renew it',
    ],
    [
      'waits, and the consent ends soon',
      { kind: 'waiting', day: DAY, next: TODAY, consentEnds: '2026-12-01' },
      'yellow',
      'ring',
      'consent ends on 01/12: renew it',
    ],
  ];
  for (const [name, state, fill, shape, words] of table) {
    it(`that ${name}`, () => {
      assert.deepEqual(statusOf(state, text), { fill, shape, text: words });
    });
  }

  describe('that cannot collect is red where the user can mend it, else yellow:', () => {
    const keys: [ErrorKey, 'red' | 'yellow'][] = [
      ['token-missing', 'red'],
      ['token-refused', 'red'],
      ['consent', 'red'],
      ['not-holder', 'red'],
      ['address-blocked', 'red'],
      ['hourly-not-activated', 'red'],
      ['wrong-address', 'red'],
      ['store-unusable', 'red'],
      ['store-in-use', 'red'],
      ['database-refused', 'red'],
      ['database-invalid', 'red'],
      ['database-newer', 'red'],
      ['database-failed', 'red'],
      ['database-unreachable', 'yellow'],
      ['account-quota', 'yellow'],
      ['too-many-calls', 'yellow'],
      ['enedis-down', 'yellow'],
      ['gateway-down', 'yellow'],
      ['unreachable', 'yellow'],
      ['timeout', 'yellow'],
      ['bad-answer', 'yellow'],
      ['budget-used', 'yellow'],
    ];
    for (const [key, fill] of keys) {
      it(`${key} is ${fill}`, () => {
        const status = statusOf({ kind: 'error', error: error(key) }, text);
        assert.deepEqual(status, { fill, shape: 'ring', text: text(`error-short.${key}`) });
        assert.equal(fillOf(error(key)), fill);
      });
    }
  });
});

describe('the status of a source node with many usage points', () => {
  const counts = (done: number, waiting: number, collecting: number, errors: number): StateCounts => ({
    'up-to-date': done,
    waiting,
    collecting,
    error: errors,
  });
  const table: [name: string, StateCounts, fill: string, shape: string, text: string][] = [
    ['all of which are up to date', counts(3, 0, 0, 0), 'green', 'dot', '3/3 up to date'],
    ['one of which waits', counts(2, 1, 0, 0), 'yellow', 'ring', '2/3 up to date'],
    ['one of which collects', counts(1, 1, 1, 0), 'blue', 'dot', '1/3 up to date'],
    ['one of which has an error', counts(2, 1, 0, 1), 'red', 'ring', '2/4 up to date, errors: 1'],
    ['one of which collects, one has an error', counts(1, 1, 1, 1), 'blue', 'dot', '1/4 up to date, errors: 1'], // prettier-ignore
    ['all of which have errors', counts(0, 0, 0, 1000), 'red', 'ring', '0/1000 up to date, errors: 1000'],
  ];
  for (const [name, each, fill, shape, words] of table) {
    it(name, () => {
      assert.deepEqual(fleetStatus(each, text), { fill, shape, text: words });
    });
  }
});
