import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describeOnBoth } from '../support/engines';
import { startStandIn, type StandIn } from '../support/stand-in/server';
import { Home, meterNode, PDL, sourceNodes } from '../support/home';

/** Two of the fleet, and one whose customer never agreed. */
const A = '01234567890123';
const B = '22222222222222';
const STRANGER = '99999999999999';

describeOnBoth('a source that serves a list of usage points', () => {
  let home: Home;
  let standIn: StandIn;

  beforeEach(async () => {
    standIn = await startStandIn({
      now: () => home.time.now,
      gateway: 'dataconnect',
      usagePoints: [PDL, A, B],
    });
    const meter = meterNode(standIn.url, { provider: 'dataconnect' });
    home = new Home('2026-11-22T12:10', [meter, ...sourceNodes('consumption', 'c', { loadCurve: false })]);
    home.fleet = [A, B, STRANGER];
    await home.start();
  });
  afterEach(async () => {
    await home.remove();
    await standIn.close();
  });

  const receive = async (msg: Record<string, unknown>): Promise<void> => {
    home.node('c').receive(msg);
    await home.settled();
  };
  /** The calls for data since the last look, `<usage point> <series>`. */
  const calls = (): string[] =>
    standIn.calls
      .splice(0)
      .filter(({ series }) => series !== 'token')
      .map(({ usagePoint, series }) => `${usagePoint ?? '?'} ${series ?? '?'}`)
      .sort();
  /** The messages since the last look, `<usage point> <topic>`. */
  const messages = (): string[] =>
    home.messages
      .splice(0)
      .map(({ message: { usagePoint, topic, replay } }) => `${usagePoint} ${topic}${replay ? ' replay' : ''}`)
      .sort();
  const daily = (point: string): string[] => [`${point} consumption-daily`, `${point} consumption-max-power`];
  const metrics = (point: string, replay = ''): string[] =>
    ['daily', 'max-power', 'monthly', 'yearly'].map((metric) => `${point} consumption/${metric}${replay}`);

  it('collects those a message names, and from then on every day as the meter’s own', async () => {
    calls();
    messages();
    // As the CSV node gives them: numbers, without the zeros they begin with.
    await receive({ usagePoint: [Number(A), B] });
    assert.deepEqual(calls(), [...daily(A), ...daily(B)]);
    assert.deepEqual(messages(), [...metrics(A), ...metrics(B)]);
    assert.deepEqual(home.status('c'), { fill: 'green', shape: 'dot', text: '3/3 up to date' });

    await home.until('2026-11-23T20:00');
    // The daily values come at 08:10, the peaks at 09:00; before, they are asked for in vain.
    const points = [PDL, A, B];
    assert.deepEqual([...new Set(calls())], points.toSorted().flatMap(daily));
    assert.deepEqual(
      messages(),
      points.toSorted().flatMap((point) => metrics(point)),
    );
    await receive({ usagePoint: B });
    assert.deepEqual(calls(), []);
  });

  it('asks and repeats nothing that it has, after a restart too', async () => {
    await receive({ usagePoint: [A] });
    await home.restart();
    calls();
    messages();
    await receive({ usagePoint: [A] });
    assert.deepEqual(calls(), []);
    assert.deepEqual(messages(), metrics(A, ' replay'));
  });

  it('repeats what is kept of those a message names', async () => {
    await receive({ usagePoint: [A, B] });
    messages();
    await receive({ topic: 'replay', usagePoint: A, start: '2026-11-20', end: '2026-11-22' });
    const replayed = home.messages.filter(({ message }) => message.metric === 'daily');
    assert.deepEqual(
      replayed.map(({ message }) => [message.usagePoint, message.readings.length]),
      [[A, 2]],
    );
    assert.ok(!messages().some((told) => told.startsWith(B) || told.startsWith(PDL)));
  });

  it('names the usage point of an error, and goes on with the others', async () => {
    await receive({ usagePoint: [STRANGER, A] });
    const [caught, ...more] = home.errors;
    assert.equal(more.length, 0);
    assert.equal(caught?.error.code, 'ADAM-DC-0008');
    assert.equal((caught as { usagePoint?: string } | undefined)?.usagePoint, STRANGER);
    const text = '2/3 up to date, errors: 1';
    assert.deepEqual(home.status('c'), { fill: 'red', shape: 'ring', text });
    assert.ok(messages().includes(`${A} consumption/daily`));
  });

  for (const usagePoint of ['', 'House', '1234567890123x', 12.5, null, {}, [B, 'nonsense'], -1, NaN, [[A]]]) {
    it(`refuses ${inspect(usagePoint)} with a sentence`, async () => {
      calls();
      await receive({ usagePoint });
      // Of a list, the others are collected; no usage point at all means those it serves.
      assert.deepEqual(calls(), Array.isArray(usagePoint) && usagePoint.includes(B) ? daily(B) : []);
      const codes = home.errors.map(({ error }) => error.code);
      assert.deepEqual(codes, usagePoint === null ? [] : ['usage-points-invalid']);
    });
  }
});
