/** One week of load curve from wire to readings: over `JSON.parse` and a plain loop on epoch numbers. */
import assert from 'node:assert/strict';
import type { DataRequest } from '../src/providers/provider';
import { parseReadings } from '../src/providers/parser';
import { addDays } from '../src/calendar/paris';
import type { Reading } from '../src/metering/readings';
import { daysFrom } from '../test/support/stand-in/calendar';
import { createTruth } from '../test/support/stand-in/truth';
import { loadCurvePoint, measureAnswer, type MeasureAnswer } from '../test/support/stand-in/wire';
import { atMost, written, type Row } from './table';
import { compare } from './timing';

const WEEKS_PER_RUN = 500;
const HALF_HOUR = 1_800_000;

const usagePoint = '12345678901234';
const start = '2026-01-12';
const end = addDays(start, 7);

function textOf(minutes: number): string {
  const truth = createTruth(() => minutes);
  const entries = daysFrom(start, end).flatMap((day) =>
    truth.loadCurve(usagePoint, 'consumption', day).map(loadCurvePoint),
  );
  return JSON.stringify(measureAnswer('consumption-load-curve', usagePoint, start, end, entries));
}

/** What is left when nothing can go wrong, and nobody's clock ever changes. */
function plainly(text: string): Reading[] {
  const readings: Reading[] = [];
  let from = Date.UTC(2026, 0, 11, 23);
  for (const { v } of (JSON.parse(text) as MeasureAnswer).grandeur[0]?.points ?? []) {
    readings.push({ start: from, end: from + HALF_HOUR, value: Number(v) });
    from += HALF_HOUR;
  }
  return readings;
}

export default async function wire(): Promise<Row[]> {
  const request: DataRequest = { usagePoint, series: 'consumption-load-curve', start, end };
  const text = textOf(30);
  const ours = (): Reading[] => parseReadings(JSON.parse(text), request, 'end').readings;
  assert.deepEqual(ours(), plainly(text));
  const often = (work: () => unknown) => () => {
    for (let i = 0; i < WEEKS_PER_RUN; i++) work();
  };
  const took = await compare(
    often(ours),
    often(() => plainly(text)),
  );
  const each = (ms: number): string => written((ms * 1000) / WEEKS_PER_RUN, 'µs');
  return [
    {
      name: 'a week of load curve, wire to readings',
      ours: each(took.ours),
      reference: each(took.reference),
      ...atMost(3, took.ratio),
    },
  ];
}
