import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import linkyImport from '../../nodes/runtime/linky-import';
import { addDays, daysIn, startOfDay } from '../../src/calendar/paris';
import type { ImportPayload } from '../../src/publisher/import-message';
import { describeOnBoth } from '../support/engines';
import { loadCurveCsv } from '../support/export-files/small';
import { Home, meterNode, PDL, sourceNodes, type FlowNode } from '../support/home';
import { startStandIn, type Call, type StandIn } from '../support/stand-in/server';
import { dataCalls } from '../support/years';

const NOW = '2026-11-22T12:10';
const OTHER = '99999999999999';
const CURVE = 'consumption-load-curve';

const importNode: FlowNode = { id: 'i', type: 'linky-import', z: 'tab', name: '', meter: 'meter', x: 100, y: 100, wires: [['i-out']] }; // prettier-ignore
const out: FlowNode = { id: 'i-out', type: 'helper', z: 'tab', x: 100, y: 100, wires: [] };

/** A load curve of some days; the value is that of the number of the half hour. */
function curveFile(
  start: string,
  end: string,
  value: (i: number) => number | string,
  usagePoint = PDL,
): string {
  const length = (startOfDay(end) - startOfDay(start)) / 1_800_000;
  return loadCurveCsv(
    usagePoint,
    start,
    Array.from({ length }, (_, i) => value(i)),
  );
}

describeOnBoth('linky-import', () => {
  let home: Home;
  let standIn: StandIn;
  const folder = mkdtempSync(join(tmpdir(), 'linky-import-'));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const begin = async (meter: object, flow: FlowNode[] = sourceNodes('consumption', 'c')): Promise<void> => {
    standIn = await startStandIn({ now: () => home.time.now, gateway: 'conso', usagePoints: [PDL] });
    home = new Home(NOW, [meterNode(standIn.url, meter), importNode, out, ...flow]);
    home.nodes = [linkyImport, ...home.nodes];
    await home.start();
  };
  afterEach(async () => {
    await home.remove();
    await standIn.close();
  });

  /** Sends a message, and waits for what comes of it. */
  const send = async (msg: object): Promise<ImportPayload | undefined> => {
    home.messages.length = 0;
    const before = home.errors.length;
    home.node('i').receive(msg as { payload: unknown });
    const answered = () => home.messages.find(({ from }) => from === 'i') ?? home.errors[before];
    while (!answered()) await new Promise<void>((resolve) => setImmediate(resolve));
    await home.settled();
    return home.messages.find(({ from }) => from === 'i')?.message.payload as ImportPayload | undefined;
  };
  const requests = (): Call[] => dataCalls(standIn).filter(({ series }) => series === CURVE);
  const warnings = (): string[] =>
    home.said.filter((line) => /Rows of the file left out: \d|contradict what/.test(line));
  /** Values that were published, by their start. */
  const published = (): Map<string, number> =>
    new Map(
      home.messages
        .filter(({ from, message }) => from === 'c' && message.metric === 'load-curve')
        .flatMap(({ message }) => message.readings.map(({ start, value }) => [start, value])),
    );

  it('brings its values to the nodes on the meter, and they are not requested from Enedis', async () => {
    await begin({ loadCurveHistory: 60, history: 0 }, []);
    const payload = await send({
      payload: Buffer.from(curveFile('2026-09-20', '2026-11-22', (i) => 100 + (i % 7))),
    });
    assert.deepEqual(payload?.series, [
      {
        series: CURVE,
        start: '2026-09-20T00:00:00.000+02:00',
        end: '2026-11-22T00:00:00.000+01:00',
        taken: 63 * 48 + 2,
        replaced: 0,
        known: 0,
        contradicting: 0,
      },
    ]);
    assert.equal(home.status('i').fill, 'green');
    home.flow.push(...sourceNodes('consumption', 'c'));
    await home.restart();
    assert.equal(published().size, 63 * 48 + 2);
    assert.deepEqual(requests(), []);
    assert.deepEqual(home.errors, []);
  });

  it('in the middle of a backfill: what it brings is not requested any more', async () => {
    await begin({ loadCurveHistory: 400 });
    standIn.calls.length = 0;
    // Conso API's budget has left most of the history for tomorrow.
    await send({ payload: curveFile('2025-10-01', '2026-11-21', () => 250) });
    await home.until('2026-11-25T20:00');
    const asked = new Set(requests().flatMap(({ start = '', end = '' }) => daysIn(start, end)));
    assert.deepEqual([...asked].filter((day) => day < '2026-11-12').toSorted(), []);
    assert.equal(home.status('c').fill, 'green');
  });

  it('publishes in a running Node-RED, as older values', async () => {
    await begin({ loadCurveHistory: 7 });
    await send({ payload: curveFile('2026-01-01', '2026-03-01', () => 250) });
    assert.equal(published().size, 59 * 48);
    const message = home.messages.findLast(
      ({ from, message }) => from === 'c' && message.metric === 'load-curve',
    );
    assert.equal((message?.message as { backfill?: boolean }).backfill, true);
  });

  it('leaves what Enedis delivered, and says so', async () => {
    await begin({ loadCurveHistory: 7 });
    const payload = await send({ payload: curveFile('2026-11-18', '2026-11-19', () => 99_999) });
    assert.equal(payload?.contradicting, 48);
    assert.equal(payload.taken, 0);
    const [first] = payload.contradictions;
    assert.equal(first?.start, '2026-11-18T00:00:00.000+01:00');
    assert.equal(first.value, 99.999);
    assert.ok(first.kept < 36);
    assert.equal(home.status('i').fill, 'yellow');
    await home.stop();
    assert.equal(warnings().length, 1);
  });

  it('takes the rest of a file with rows that it does not understand', async () => {
    await begin({ loadCurveHistory: 1 });
    const file = curveFile('2026-06-01', '2026-06-02', (i) =>
      i === 3 ? -5 : i === 4 ? 'abc' : i === 5 ? '' : i,
    );
    const payload = await send({ payload: file, keep: 'me' });
    assert.deepEqual([payload?.taken, payload?.rejected, payload?.empty], [45, 2, 1]);
    assert.deepEqual(payload?.rejections, [
      { reason: 'negative', row: 8, day: '2026-06-01', count: 1 },
      { reason: 'not-a-number', row: 9, day: '2026-06-01', count: 1 },
    ]);
    await home.stop();
    assert.equal(warnings().length, 2);
  });

  it('on trial says what would happen, and keeps nothing', async () => {
    await begin({ loadCurveHistory: 1 });
    const file = curveFile('2026-06-01', '2026-07-01', () => 5);
    const trial = await send({ payload: file, dryRun: true });
    // What a flow has as text is meant, too.
    assert.deepEqual(await send({ payload: file, dryRun: 'true' }), trial);
    assert.equal(published().size, 0);
    assert.deepEqual(await send({ payload: file }), trial);
    assert.equal(published().size, 30 * 48);
  });

  it('reads a file by its path', async () => {
    await begin({ loadCurveHistory: 1 });
    const filename = join(folder, 'export.csv');
    writeFileSync(
      filename,
      curveFile('2026-06-01', '2026-07-01', () => 5),
    );
    // An inject node sends a number.
    assert.equal((await send({ payload: 1_700_000_000_000, filename }))?.taken, 30 * 48);
    assert.equal((await send({ payload: '', filename, direction: '', dryRun: null }))?.known, 30 * 48);
  });

  it('two files that come at once are read one after the other', async () => {
    await begin({ loadCurveHistory: 1 });
    home.node('i').receive({ payload: curveFile('2026-06-01', '2026-06-08', () => 5) });
    const second = await send({ payload: curveFile('2026-06-01', '2026-06-08', () => 6) });
    assert.equal(second?.taken, 7 * 48);
    while (home.messages.filter(({ from }) => from === 'i').length < 2)
      await new Promise<void>((resolve) => setImmediate(resolve));
    const last = home.messages.findLast(({ from }) => from === 'i')?.message
      .payload as unknown as ImportPayload;
    assert.equal(last.replaced, 7 * 48);
  });

  it('ends with a deploy: what it had so far stays, and the same file again does the rest', async () => {
    await begin({ loadCurveHistory: 1 }, []);
    const file = curveFile('2023-01-01', '2026-11-01', () => 5);
    home.node('i').receive({ payload: file });
    await home.restart();
    const payload = await send({ payload: file });
    const all = (startOfDay('2026-11-01') - startOfDay('2023-01-01')) / 1_800_000;
    assert.equal((payload?.taken ?? 0) + (payload?.known ?? 0), all);
    const { store, release } = home.openStore();
    const days = await store.days(
      { usagePoint: PDL, name: CURVE },
      { start: '2023-01-01', end: '2026-11-01' },
    );
    release();
    assert.equal(
      days.filter(({ state }) => state === 'complete').length,
      daysIn('2023-01-01', '2026-11-01').length,
    );
  });

  it('works without a token: a file needs no access', async () => {
    standIn = await startStandIn({ now: () => home.time.now, gateway: 'conso', usagePoints: [PDL] });
    home = new Home(NOW, [meterNode(standIn.url), importNode, out], { meter: {} });
    home.nodes = [linkyImport, ...home.nodes];
    await home.start();
    assert.equal((await send({ payload: curveFile('2026-06-01', '2026-06-02', () => 5) }))?.taken, 48);
    assert.deepEqual(standIn.calls, []);
  });

  it('a simulated meter keeps its file apart from the real one of that number', async () => {
    await begin({ provider: 'simulated' }, []);
    assert.equal((await send({ payload: curveFile('2020-06-01', '2020-06-02', () => 5) }))?.taken, 48);
    const { store, release } = home.openStore();
    assert.equal(await store.extent({ usagePoint: PDL, name: CURVE }), undefined);
    release();
  });

  describe('says what to do', () => {
    const cases: [string, object, string, RegExp][] = [
      ['where no file comes', { payload: 5 }, 'invalid-file', /^Error: Send the file in msg\.payload/],
      ['where the file is another meter’s', { payload: curveFile('2026-06-01', '2026-06-02', () => 5, OTHER) }, 'import-foreign', /^Error: Choose the file of the PDL 12345678901234/],
      ['where it is no export', { payload: 'hello' }, 'import-unknown', /^Error: Choose a file that Enedis made/],
      ['where it is a picture', { payload: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0]) }, 'import-unknown', /^Error: Choose a file/],
      ['where Excel’s file is broken', { payload: Buffer.from('PK\x03\x04 and no more') }, 'import-damaged', /^Error: Download the file again/],
      ['where the path leads nowhere', { filename: '/nowhere/export.csv' }, 'ENOENT', /^Error: Check the path in msg\.filename, .*\(ENOENT\)/],
      ['where the path is a folder', { filename: tmpdir() }, 'no file', /^Error: Check the path/],
      ['where the path is of what never ends', { filename: '/dev/zero' }, 'no file', /^Error: Check the path/],
      ['where the direction is none', { payload: 'x', direction: 'both' }, 'invalid-direction', /“both” is not a direction/],
    ]; // prettier-ignore
    for (const [name, msg, code, sentence] of cases) {
      it(name, async () => {
        await begin({ loadCurveHistory: 1 }, []);
        await send(msg);
        const [caught] = home.errors;
        assert.equal(caught?.error.code, code);
        assert.match(caught.error.message, sentence);
        assert.ok(!caught.error.message.includes(OTHER));
        assert.equal(home.status('i').fill, 'red');
      });
    }

    it('where nobody says whether it is consumption or production', async () => {
      await begin({ loadCurveHistory: 1 }, []);
      const daily = (direction: object) => ({
        payload: 'Date;Valeur (en kWh)\n01/06/2026;12,345\n',
        ...direction,
      });
      assert.equal((await send(daily({ direction: 'production' })))?.series[0]?.series, 'production-daily');
      await send(daily({}));
      assert.equal(home.errors[0]?.error.code, 'import-direction');
      assert.equal((await send(daily({ direction: 'consumption' })))?.series[0]?.series, 'consumption-daily');
    });

    it('where the meter has a node for production, which has brought nothing yet', async () => {
      await begin({ loadCurveHistory: 1, provider: 'conso' }, sourceNodes('production', 'p'));
      await send({ payload: 'Date;Valeur (en kWh)\n01/06/2026;12,345\n' });
      assert.equal(home.errors.at(-1)?.error.code, 'import-direction');
    });

    it('where there is no meter', async () => {
      await begin({}, []);
      home.flow.splice(0, home.flow.length, { ...importNode, meter: '' }, out);
      await home.restart();
      await send({ payload: 'x' });
      assert.equal(home.errors[0]?.error.code, 'no-meter');
    });
  });

  it('counts a day that it cuts as one to request', async () => {
    await begin({ loadCurveHistory: 30 }, []);
    // Through a day: as a download that broke off.
    const file = curveFile('2026-10-23', '2026-11-22', () => 5);
    const cut = file.slice(0, file.indexOf('2026-11-10T12:00'));
    await send({ payload: cut });
    home.flow.push(...sourceNodes('consumption', 'c'));
    await home.restart();
    const asked = new Set(requests().flatMap(({ start = '', end = '' }) => daysIn(start, end)));
    assert.deepEqual([...asked].toSorted(), daysIn('2026-11-10', addDays('2026-11-21', 1)));
  });
});
