import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = join(__dirname, '../../../examples/alert-above-usual.json');

describe('the function "above the usual?"', () => {
  interface Told {
    topic: string;
    payload: string;
  }
  const nodes = JSON.parse(readFileSync(FILE, 'utf8')) as { type: string; func?: string }[];
  const func = nodes.find(({ type }) => type === 'function')?.func ?? '';
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const compare = new Function('msg', func) as (msg: object) => [Told | null, Told | null] | null;
  const value = (start: string, kWh: number): object => ({
    start: `${start}T00:00:00.000+01:00`,
    value: kWh,
  });
  /** Four Mondays with 10 kWh, a Sunday with 30 between them, and the Monday of `kWh`. */
  const message = (kWh: number): { readings: object[]; series: object[]; meter: string } => {
    const newest = value('2026-11-23', kWh);
    const days = ['2026-10-26', '2026-11-02', '2026-11-09', '2026-11-16'].map((day) => value(day, 10));
    return { meter: 'House', series: [...days, value('2026-11-22', 30), newest], readings: [newest] };
  };

  it('tells more than 30 % above the same weekday', () => {
    assert.deepEqual(compare(message(13.1)), [
      {
        topic: 'House: consumption above the usual',
        payload: 'Monday 23 November: 13.1 kWh, 31 % above the usual 10.0 kWh of that weekday.',
      },
      null,
    ]);
  });
  it('calls 30 % as usual, and less', () => {
    assert.equal(compare(message(13))?.[0], null);
    const low = compare(message(8))?.[1]?.payload;
    assert.equal(low, 'Monday 23 November: 8.0 kWh, 20 % below the usual 10.0 kWh of that weekday.');
  });
  it('tells a day once: not when repeated, not when only older days came', () => {
    assert.equal(compare({ ...message(20), replay: true }), null);
    assert.equal(compare({ ...message(20), readings: [] }), null);
    assert.equal(compare({ ...message(20), readings: [value('2026-11-22', 30)] }), null);
  });
  it('says nothing where there is too little to compare with', () => {
    const { series, ...rest } = message(20);
    assert.equal(compare({ ...rest, series: series.slice(3) }), null);
  });
});
