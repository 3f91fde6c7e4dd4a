import type { Entry, MeterReading } from './wire';

/** Answers with something wrong in them, as seen or as feared, for `{ mutate: … }`. */

const entries =
  (change: (entries: Entry[]) => unknown[]) =>
  (reading: MeterReading): unknown => ({ ...reading, interval_reading: change(reading.interval_reading) });

const each = (change: (entry: Entry, index: number) => unknown): ((reading: MeterReading) => unknown) =>
  entries((list) => list.map(change));

export const ofAnotherMeter = (reading: MeterReading): unknown => ({
  ...reading,
  usage_point_id: '99999999999999',
});

export const withNumbers = each((entry) => ({ ...entry, value: Number(entry.value) }));

/** @param places of the entries that are spoilt */
export const withValue = (value: unknown, ...places: number[]): ((reading: MeterReading) => unknown) =>
  each((entry, index) => (places.includes(index) ? { ...entry, value } : entry));

export const withDate = (date: unknown, ...places: number[]): ((reading: MeterReading) => unknown) =>
  each((entry, index) => (places.includes(index) ? { ...entry, date } : entry));

export const withoutLengths = each((entry) => {
  const { interval_length, ...rest } = entry;
  return interval_length === undefined ? entry : rest;
});

/** All of it once more, after the last. */
export const repeated = entries((list) => [...list, ...list]);

export const newestFirst = entries((list) => list.toReversed());

/** The second half before the first. */
export const halvesSwapped = entries((list) => [
  ...list.slice(list.length / 2),
  ...list.slice(0, list.length / 2),
]);

/** In October the second of two equal labels is gone, as Enedis has been seen to send. */
export const oneOfTwoHours = entries((list) =>
  list.filter(({ date }, index) => list.findIndex((entry) => entry.date === date) === index),
);

export const notAList = (reading: MeterReading): unknown => ({ ...reading, interval_reading: null });
