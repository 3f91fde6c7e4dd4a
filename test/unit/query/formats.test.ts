import assert from 'node:assert/strict';
import { formatted, type InfluxPoint } from '../../../src/query/formats';
import { isOfValues, parseQuery, type ValuesQuery } from '../../../src/query/query';
import type { Pair, Result } from '../../../src/query/result';

const PDL = '12345678901234';
const NOW = Date.UTC(2026, 10, 25, 8);
const HALF_HOUR = 1_800_000;

const queryOf = (format: string): ValuesQuery => {
  const query = parseQuery({ direction: 'consumption', metric: 'load-curve', step: 'native', format }, NOW);
  assert.ok(!('field' in query) && isOfValues(query));
  return query;
};
/** Half hours, of which each has its number as its value. */
const resultOf = (count: number): Result => {
  const pairs = Array.from({ length: count }, (_, i): Pair => {
    const range = { start: i * HALF_HOUR, end: (i + 1) * HALF_HOUR };
    return { range, value: { ...range, value: i } };
  });
  return { range: { start: 0, end: count * HALF_HOUR }, pairs, missing: [] };
};

describe('points for InfluxDB', () => {
  const table: [points: number, messages: number[]][] = [
    [0, [0]],
    [1, [1]],
    [5000, [5000]],
    [5001, [5000, 1]],
    [52_608, [...Array.from({ length: 10 }, () => 5000), 2608]],
  ];
  for (const [points, messages] of table) {
    it(`are ${messages.length} message(s) where there are ${points}`, () => {
      const payloads = formatted(resultOf(points), queryOf('influxdb'), PDL) as InfluxPoint[][];
      assert.deepEqual(
        payloads.map(({ length }) => length),
        messages,
      );
      assert.deepEqual(
        payloads.flat().map(({ fields }) => 'value' in fields && fields.value),
        Array.from({ length: points }, (_, i) => i),
      );
    });
  }
});

describe('any other format', () => {
  for (const format of ['readings', 'chart', 'csv']) {
    it(`is one message: ${format}`, () => {
      for (const count of [0, 5001]) {
        const payloads = formatted(resultOf(count), queryOf(format), PDL);
        assert.equal(payloads.length, 1);
        // CSV has a header, and ends with a line break.
        const lines = typeof payloads[0] === 'string' ? payloads[0].split('\r\n').slice(1, -1) : payloads[0];
        assert.equal(lines?.length, count);
      }
    });
  }
});
