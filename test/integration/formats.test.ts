import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import influx from 'node-red-contrib-influxdb';
import type { ChartPoint, InfluxPoint } from '../../src/query/formats';
import { describeOnBoth } from '../support/engines';
import { Asking } from '../support/asking';
import { paris, PDL, type FlowNode } from '../support/home';

const NOW = '2026-11-22T12:10';
const asking = new Asking();
const daily = (day: string): number => asking.standIn.truth.daily(PDL, 'consumption', day) / 1000;

describeOnBoth('the format csv', () => {
  before(() =>
    asking.begin(NOW, { gaps: { 'consumption-daily': { '2026-11-18': 'never', '2025-11-19': 'never' } } }),
  );
  after(() => asking.end());

  /** As another program reads it: strict about quotes and the number of columns. */
  const rowsOf = (payload: unknown): Record<string, string>[] =>
    parse(payload as string, { columns: true, record_delimiter: '\r\n' });

  it('has a header, CRLF, ISO times and the units', async () => {
    const { payload } = await asking.ask({ format: 'csv', start: '2026-11-20', end: '2026-11-22' });
    assert.equal(
      payload,
      'start,end,value,unit,incomplete\r\n' +
        `2026-11-20T00:00:00.000+01:00,2026-11-21T00:00:00.000+01:00,${daily('2026-11-20')},kWh,\r\n` +
        `2026-11-21T00:00:00.000+01:00,2026-11-22T00:00:00.000+01:00,${daily('2026-11-21')},kWh,\r\n`,
    );
  });

  it('is read back by another parser, value by value', async () => {
    const msg = { metric: 'load-curve', start: '2026-10-24', end: '2026-10-27' };
    const readings = (await asking.ask(msg)).payload as { start: string; end: string; value: number }[];
    const rows = rowsOf((await asking.ask({ ...msg, format: 'csv' })).payload);
    assert.equal(rows.length, 48 + 50 + 48);
    assert.deepEqual(
      rows.map(({ start, end, value }) => ({ start, end, value: Number(value) })),
      readings,
    );
  });

  it('has columns for peaks and for the year before, also where one of the two lacks', async () => {
    const peaks = await asking.ask({
      metric: 'max-power',
      format: 'csv',
      start: '2026-11-20',
      end: '2026-11-21',
    });
    const { at, value } = asking.standIn.truth.maxPower(PDL, '2026-11-20');
    const [peak] = rowsOf(peaks.payload);
    assert.deepEqual(
      [Date.parse(peak?.['at'] ?? ''), Number(peak?.['value']), peak?.['unit']],
      [at, value / 1000, 'kVA'],
    );
    const compared = await asking.ask({
      format: 'csv',
      start: '2026-11-17',
      end: '2026-11-20',
      compare: 'previous-year',
    });
    assert.deepEqual(
      rowsOf(compared.payload).map(
        ({ start = '', value: now, previous_start: before = '', previous_value: then }) => {
          return [start.slice(0, 10), now, before.slice(0, 10), then];
        },
      ),
      [
        ['2026-11-17', String(daily('2026-11-17')), '2025-11-17', String(daily('2025-11-17'))],
        ['2026-11-18', '', '2025-11-18', String(daily('2025-11-18'))],
        ['2026-11-19', String(daily('2026-11-19')), '', ''],
      ],
    );
    const month = await asking.ask({
      format: 'csv',
      start: '0 months',
      end: '0 days',
      step: 'month',
      compare: true,
    });
    const [row] = rowsOf(month.payload);
    assert.deepEqual([row?.['incomplete'], row?.['previous_incomplete']], ['true', 'true']);
  });

  it('without values is a header', async () => {
    const { payload } = await asking.ask({ format: 'csv', start: '2012-01-01', end: '2012-02-01' });
    assert.equal(payload, 'start,end,value,unit,incomplete\r\n');
  });
});

describeOnBoth('the format chart', () => {
  before(() => asking.begin(NOW));
  after(() => asking.end());

  it('is points of one series, for a time scale and for categories', async () => {
    const { payload } = await asking.ask({ format: 'chart', start: '2026-11-20', end: '2026-11-22' });
    assert.deepEqual(payload, [
      { series: 'consumption', x: paris('2026-11-20'), label: '2026-11-20', y: daily('2026-11-20') },
      { series: 'consumption', x: paris('2026-11-21'), label: '2026-11-21', y: daily('2026-11-21') },
    ]);
  });

  it('puts the year before at the dates it is compared with', async () => {
    const msg = { format: 'chart', start: '2026-11-20', end: '2026-11-21', compare: 'previous-year' };
    assert.deepEqual((await asking.ask(msg)).payload, [
      { series: '2026', x: paris('2026-11-20'), label: '2026-11-20', y: daily('2026-11-20') },
      { series: '2025', x: paris('2026-11-20'), label: '2026-11-20', y: daily('2025-11-20') },
    ]);
    const twelve = await asking.ask({ ...msg, start: '-12 months', end: '0 months', step: 'month' });
    const names = (twelve.payload as ChartPoint[]).map(({ series }) => series);
    assert.deepEqual([...new Set(names)], ['2025-2026', '2024-2025']);
  });

  for (const [step, label] of [
    ['hour', '2025-12-29 00:00'],
    ['day', '2025-12-29'],
    ['week', '2026-W01'],
    ['month', '2025-12'],
    ['year', '2025'],
  ]) {
    it(`labels a ${step ?? ''} ${label ?? ''}`, async () => {
      const msg = { format: 'chart', metric: 'load-curve', start: '2025-12-29', end: '2025-12-30', step };
      assert.equal(((await asking.ask(msg)).payload as ChartPoint[])[0]?.label, label);
    });
  }
});

/** What a write endpoint of InfluxDB was sent. */
interface Written {
  url: string;
  lines: string[];
}

for (const [version, path, config, batch] of [
  ['1.x', '/write', { influxdbVersion: '1.x', database: 'home' }, { precision: '' }],
  ['1.x in seconds', '/write', { influxdbVersion: '1.x', database: 'home' }, { precision: 's' }],
  [
    '2.0',
    '/api/v2/write',
    { influxdbVersion: '2.0' },
    { org: 'me', bucket: 'home', precisionV18FluxV20: 'ms' },
  ],
] as const) {
  describeOnBoth(`the format influxdb, written by node-red-contrib-influxdb to version ${version}`, () => {
    const written: Written[] = [];
    let server: Server;
    before(async () => {
      server = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const packed = Buffer.concat(chunks);
          // Version 2's client packs all but short ones.
          const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(packed) : packed;
          written.push({ url: request.url ?? '', lines: body.toString().split('\n') });
          response.writeHead(204).end();
        });
      });
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      const { port } = server.address() as AddressInfo;
      const more: FlowNode[] = [
        {
          id: 'influx',
          type: 'influxdb',
          hostname: '127.0.0.1',
          port,
          url: `http://127.0.0.1:${port}`,
          ...config,
        },
        {
          id: 'batch',
          type: 'influxdb batch',
          z: 'tab',
          influxdb: 'influx',
          x: 1,
          y: 1,
          wires: [],
          ...batch,
        },
      ];
      await asking.begin(NOW, {
        history: { wires: [['h-out', 'batch']], format: 'influxdb' },
        more,
        nodes: [influx],
      });
    });
    after(async () => {
      await asking.end();
      await new Promise((done) => server.close(done));
    });
    beforeEach(() => {
      written.length = 0;
      asking.home.errors.length = 0;
    });

    /** What arrives when a question is asked, with times in ms. */
    const ask = async (msg: object): Promise<string[]> => {
      const arrived = new Promise((done) =>
        server.once('request', (_, response) => response.on('finish', done)),
      );
      await asking.ask(msg);
      await arrived;
      assert.deepEqual(asking.home.errors, []);
      const [{ url, lines } = { url: '', lines: [] }] = written;
      assert.ok(url.startsWith(`${path}?`), url);
      const precision = new URL(url, 'http://stand-in').searchParams.get('precision') ?? 'n';
      const perMs = { s: 0.001, ms: 1, n: 1_000_000 }[precision] ?? NaN;
      return lines.map((line) =>
        line
          .replace('incomplete=false', 'incomplete=F')
          .replace(/\d+$/, (time) => String(Number(time) / perMs)),
      );
    };

    it('is the line protocol, tags and fields and the start', async () => {
      const lines = await ask({ start: '2026-11-20', end: '2026-11-22' });
      const line = (day: string): string =>
        `linky,direction=consumption,metric=daily,usage_point=${PDL} incomplete=F,value=${daily(day)} ${paris(day)}`;
      assert.deepEqual(lines.map(sorted), [line('2026-11-20'), line('2026-11-21')]);
    });

    it('has each interval of the day that has an hour twice, at its own instant', async () => {
      const lines = await ask({ metric: 'load-curve', start: '2026-10-25', end: '2026-10-26' });
      const times = lines.map((line) => Number(line.split(' ').at(-1)));
      assert.deepEqual(
        times,
        Array.from({ length: 50 }, (_, i) => paris('2026-10-25') + i * 1_800_000),
      );
    });

    it('tells sums of steps from the metric’s own values, and writes the year before at its own time', async () => {
      const lines = await ask({
        start: '2026-10-01',
        end: '2026-11-01',
        step: 'month',
        compare: 'previous-year',
      });
      assert.ok(lines.every((line) => line.includes(',step=month')));
      assert.deepEqual(
        lines.map((line) => Number(line.split(' ').at(-1))),
        [paris('2025-10-01'), paris('2026-10-01')],
      );
    });
  });
}

describeOnBoth('the format influxdb, of a long result,', () => {
  before(() => asking.begin(NOW, { history: { format: 'influxdb', metric: 'load-curve' } }));
  after(() => asking.end());

  it('is messages of at most 5,000 points, each with its place among them', async () => {
    const answers = await asking.askAll({ start: '2026-07-01', end: '2026-11-01' });
    const points = answers.map(({ payload }) => payload as InfluxPoint[]);
    // 123 days of 48 half hours, and one hour more in October.
    assert.deepEqual(
      points.map(({ length }) => length),
      [5000, 123 * 48 + 2 - 5000],
    );
    const times = points.flat().map(({ timestamp }) => timestamp.getTime());
    assert.deepEqual(
      times,
      times.map((_, i) => paris('2026-07-01') + i * 1_800_000),
    );
    const id = answers[0]?.parts?.id;
    assert.ok(id);
    assert.deepEqual(
      answers.map(({ parts }) => parts),
      [
        { id, index: 0, count: 2 },
        { id, index: 1, count: 2 },
      ],
    );
    for (const { start, end, unit } of answers) {
      assert.deepEqual([start.slice(0, 10), end.slice(0, 10), unit], ['2026-07-01', '2026-11-01', 'kW']);
    }
  });

  it('has its place also where it is one message, or has no point, and keeps that of the message that asked', async () => {
    const one = await asking.ask({ start: '2026-10-31', end: '2026-11-01', parts: { id: 'a', index: 1 } });
    const { id, ...place } = one.parts ?? {};
    assert.match(id ?? '', /^[\da-f]{16}$/);
    assert.deepEqual(place, { index: 0, count: 1, parts: { id: 'a', index: 1 } });
    const none = await asking.ask({ start: '2012-01-01', end: '2012-02-01' });
    assert.deepEqual([none.payload, none.parts?.index, none.parts?.count], [[], 0, 1]);
    assert.equal((await asking.ask({ format: 'readings' })).parts, undefined);
  });
});

/** A line with its tags and its fields in order: both clients may write them as they like. */
function sorted(line: string): string {
  const [tags = '', fields = '', time = ''] = line.split(' ');
  const [measurement = '', ...rest] = tags.split(',');
  return `${[measurement, ...rest.sort()].join(',')} ${fields.split(',').sort().join(',')} ${time}`;
}
