import assert from 'node:assert/strict';
import { DateTime } from 'luxon';
import { describeOnBoth } from '../support/engines';
import { startStandIn, type StandIn } from '../support/stand-in/server';
import { Home, meterNode, paris, PDL, sourceNodes } from '../support/home';

describeOnBoth('a clock that jumps, a machine that sleeps', () => {
  let home: Home;
  let standIn: StandIn;

  beforeEach(async () => {
    standIn = await startStandIn({ now: () => home.time.now, gateway: 'conso', usagePoints: [PDL] });
    home = new Home('2026-11-22T12:10', [meterNode(standIn.url), ...sourceNodes('production', 'p')]);
    await home.start();
    standIn.calls.length = 0;
    home.messages.length = 0;
  });
  afterEach(async () => {
    await home.remove();
    await standIn.close();
  });

  /** The clock shows another time at once; timers run on as if nothing had been. */
  const jumpTo = (time: string): void => {
    home.time.jump(paris(time));
  };
  const calls = (): string[] =>
    standIn.calls.splice(0).map(({ at, start, end, status }) => {
      const time = DateTime.fromMillis(at, { zone: 'Europe/Paris' }).toFormat('dd HH:mm');
      return `${time} ${start ?? ''} ${end ?? ''} ${status}`;
    });
  const days = (): string[] =>
    home.messages
      .splice(0)
      .filter(({ message }) => message.metric === 'daily' && !message.replay)
      .flatMap(({ message }) => message.readings.map(({ start }) => start.slice(0, 10)));

  it('asleep over an attempt: one within a minute of waking, the next at its hour', async () => {
    await home.until('2026-11-23T06:00');
    assert.deepEqual(calls().length, 2);
    jumpTo('2026-11-23T09:12');
    await home.until('2026-11-23T09:20');
    assert.deepEqual(calls(), ['23 09:13 2026-11-22 2026-11-23 404', '23 09:13 2026-11-22 2026-11-23 200']);
    await home.until('2026-11-23T12:00');
    assert.deepEqual(calls(), ['23 09:37 2026-11-22 2026-11-23 404', '23 10:37 2026-11-22 2026-11-23 200']);
    assert.deepEqual(days(), ['2026-11-22']);
  });

  it('asleep until after the hours: nothing until tomorrow, then both days', async () => {
    await home.until('2026-11-23T04:00');
    jumpTo('2026-11-23T22:00');
    await home.until('2026-11-24T00:00');
    assert.deepEqual(calls(), []);
    await home.until('2026-11-24T12:00');
    assert.deepEqual(days(), ['2026-11-22', '2026-11-23']);
  });

  it('asleep for ten days: no storm, no day lost', async () => {
    jumpTo('2026-12-02T14:00');
    await home.until('2026-12-02T20:00');
    assert.deepEqual(calls(), [
      '02 14:01 2026-11-25 2026-12-02 200',
      '02 14:01 2026-11-22 2026-12-02 200',
      '02 14:01 2026-11-22 2026-11-25 200',
    ]);
    assert.equal(days().length, 10);
  });

  it('stopped for ten days: the same', async () => {
    await home.stop();
    jumpTo('2026-12-02T14:00');
    await home.start();
    assert.equal(calls().length, 3);
    assert.equal(days().length, 10);
  });

  it('an hour back: no attempt twice', async () => {
    await home.until('2026-11-23T06:00');
    assert.equal(calls().length, 2);
    jumpTo('2026-11-23T05:00');
    await home.until('2026-11-23T06:30');
    assert.deepEqual(calls(), []);
    await home.until('2026-11-23T06:40');
    assert.equal(calls().length, 2);
  });

  it('a day ahead and back again: Enedis refuses the future, and nothing is lost', async () => {
    jumpTo('2026-11-24T03:00');
    await home.until('2026-11-24T05:40');
    jumpTo('2026-11-23T05:45');
    await home.until('2026-11-23T23:00');
    await home.until('2026-11-24T23:00');
    assert.deepEqual([...new Set(days())], ['2026-11-22', '2026-11-23']);
    assert.equal(home.status('p').fill, 'green');
  });

  it('summer time comes and goes: attempts at their hour, each day whole', async () => {
    for (const [before, day, after, count] of [
      ['2027-03-27T20:00', '2027-03-28', '2027-03-29', 46],
      ['2027-10-30T20:00', '2027-10-31', '2027-11-01', 50],
    ] as const) {
      jumpTo(before);
      await home.until(`${day}T00:00`);
      calls();
      home.messages.length = 0;
      await home.until(`${after}T12:00`);
      const times = new Set(calls().map((call) => call.slice(3, 8)));
      assert.deepEqual([...times].sort(), ['05:37', '06:37', '07:37', '08:37', '09:37', '10:37']);
      const curve = home.messages.find(({ message }) => {
        return message.metric === 'load-curve' && message.readings.some(({ start }) => start.startsWith(day));
      });
      assert.equal(curve?.message.readings.filter(({ start }) => start.startsWith(day)).length, count);
    }
  });
});
