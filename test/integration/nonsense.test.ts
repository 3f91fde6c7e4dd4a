import assert from 'node:assert/strict';
import { describeOnBoth } from '../support/engines';
import { addDays } from '../support/stand-in/calendar';
import type { Fault } from '../support/stand-in/faults';
import { startStandIn, type MeasureAnswer, type StandIn } from '../support/stand-in/server';
import { Home, meterNode, PDL, sourceNodes, TOKEN } from '../support/home';
import { assertSays } from '../support/sentences';

const changed = (change: (content: MeasureAnswer) => unknown): Fault => ({ mutate: change });
/** The points of an answer changed. */
const points = (change: (points: unknown[]) => unknown[]): Fault =>
  changed((content) => ({
    ...content,
    grandeur: content.grandeur.map((quantity) => ({ ...quantity, points: change(quantity.points) })),
  }));
/** The first point spoilt, the others right. */
const firstPoint = (spoilt: Record<string, unknown>): Fault =>
  points(([first, ...rest]) => [{ ...(first as object), ...spoilt }, ...rest]);

describeOnBoth('nonsense from the server', () => {
  let home: Home;
  let standIn: StandIn;

  beforeEach(async () => {
    standIn = await startStandIn({ now: () => home.time.now, gateway: 'conso', usagePoints: [PDL] });
    home = new Home('2026-11-22T12:10', [meterNode(standIn.url), ...sourceNodes('consumption', 'c')]);
  });
  afterEach(async () => {
    await home.remove();
    await standIn.close();
  });

  const series = 'consumption-daily' as const;
  const dailyReadings = (): number =>
    home.messages
      .filter(({ message }) => message.metric === 'daily' && !message.replay)
      .reduce((sum, { message }) => sum + message.readings.length, 0);
  const warnings = (): string[] => {
    const { args } = (home.node('meter') as unknown as { warn: { args: [string][] } }).warn;
    return args.map(([text]) => text);
  };

  const kept: [string, Fault][] = [
    ['a value that is a word', firstPoint({ v: 'many' })],
    ['a value that is an object', firstPoint({ v: {} })],
    ['a day that does not exist', firstPoint({ d: '2026-02-30' })],
    ['a day nobody asked for', firstPoint({ d: '2019-05-06' })],
    ['a point that is null', points(([, ...rest]) => [null, ...rest])],
  ];
  for (const [name, fault] of kept) {
    it(`${name}: a warning, and the rest is kept`, async () => {
      standIn.faults.next(fault, { series });
      await home.start();
      assert.equal(dailyReadings(), 324);
      assert.equal(warnings().length, 1);
      assertSays(warnings()[0], 'linky-meter.warn.rejected-value');
      assert.deepEqual(home.errors, []);
    });
  }

  const refused: [string, Fault, string][] = [
    ['a page instead of data', 'html200', 'bad-answer'],
    ['a page of maintenance', 'html503', 'enedis-down'],
    ['nothing at all', 'empty', 'bad-answer'],
    ['half an answer', 'not-json', 'bad-answer'],
    ['another meter', changed((content) => ({ ...content, idPrm: '99999999999999' })), 'foreign-usage-point'],
    ['a list where an object should be', changed(() => []), 'bad-answer'],
    ['100 MB', 'huge', 'too-large'],
    ['8 MB of a compressed nothing', { huge: 20, gzip: true }, 'too-large'],
    ['a redirect', { redirect: 'http://127.0.0.1:9/elsewhere' }, 'redirected'],
    ['a reset', 'reset', 'unreachable'],
    ['a truncated body', 'truncated', 'unreachable'],
  ]; // prettier-ignore
  for (const [name, fault, key] of refused) {
    it(`${name}: an error for Catch, and the next attempt has it all`, async () => {
      standIn.faults.always(fault, { series });
      await home.start();
      await home.until('2026-11-22T12:20');
      assert.equal(dailyReadings(), 0);
      assert.equal(home.errors.length, 1);
      assertSays(home.errors[0]?.error.message, `linky-meter.error.${key}`);
      assert.ok(home.errors[0]?.error.code);
      assert.ok(home.messages.some(({ message }) => message.metric === 'load-curve') || key === 'redirected');
      standIn.faults.clear();
      await home.until('2026-11-22T13:00');
      assert.equal(dailyReadings(), 325);
      assert.equal(home.status('c').fill, 'green');
    });
  }

  it('a number of 13 digits: said to Catch and on the node', async () => {
    home.flow = [meterNode(standIn.url, { usagePoint: '1234567890123' }), ...sourceNodes('consumption', 'c')];
    await home.start();
    assert.equal(home.errors.length, 1);
    assertSays(home.errors[0]?.error.message, 'linky-meter.error.usage-point-invalid');
    assertSays(home.status('c').text, 'linky-meter.error-short.usage-point-invalid');
  });

  it('the token appears in no log, message, status or error, whatever goes wrong', async () => {
    standIn.settings.token = 'another';
    await home.start();
    assert.deepEqual(
      home.errors.map(({ error }) => error.code),
      ['401'],
    );
    assertSays(home.errors[0]?.error.message, 'linky-meter.error.token-refused');
    assert.deepEqual([home.status('c').fill, home.status('c').shape], ['red', 'ring']);
    standIn.settings.token = TOKEN;
    const faults: Fault[] = [...kept.map(([, fault]) => fault), ...refused.map(([, fault]) => fault)];
    for (const [index, fault] of faults.entries()) {
      standIn.faults.next(fault);
      home.node('c').receive({});
      await home.settled();
      await home.until(`${addDays('2026-11-23', index)}T12:00`);
      standIn.faults.clear();
    }
    assert.equal(standIn.calls.filter(({ fault }) => fault).length, faults.length);
    home.said.push(
      JSON.stringify(home.node('c'), (key, value: unknown) => (key.startsWith('_') ? '' : value)),
    );
    const { args } = (home.node('c') as unknown as { status: { args: unknown[][] } }).status;
    home.said.push(...args.map((each) => JSON.stringify(each)));
    await home.stop();
    assert.ok(home.said.length > 50);
    for (const text of home.said) assert.ok(!text.includes(TOKEN), text.slice(0, 300));
  });
});
