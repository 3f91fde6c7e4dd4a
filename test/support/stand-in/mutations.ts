import type { MeasureAnswer, Point, Quantity } from './wire';

/** Answers with something wrong in them, as seen or as feared, for `{ mutate: … }`. */

type Mutation = (answer: MeasureAnswer) => unknown;

const quantities =
  (change: (quantity: Quantity) => unknown): Mutation =>
  (answer) => ({ ...answer, grandeur: answer.grandeur.map(change) });

const points = (change: (points: Point[]) => unknown): Mutation =>
  quantities((quantity) => ({ ...quantity, points: change(quantity.points) }));

const each = (change: (point: Point, index: number) => unknown): Mutation =>
  points((list) => list.map(change));

export const ofAnotherMeter: Mutation = (answer) => ({ ...answer, idPrm: '99999999999999' });

export const withNumbers = each((point) => ({ ...point, v: Number(point.v) }));

/** @param places of the points that are spoilt */
export const withValue = (v: unknown, ...places: number[]): Mutation =>
  each((point, index) => (places.includes(index) ? { ...point, v } : point));

/** No value, as Enedis writes it. */
export const withNull = (...places: number[]): Mutation => withValue(null, ...places);

export const withDate = (d: unknown, ...places: number[]): Mutation =>
  each((point, index) => (places.includes(index) ? { ...point, d } : point));

export const withoutLengths = each((point) => {
  const { p, ...rest } = point;
  return p === undefined ? point : rest;
});

/** All of it once more, after the last. */
export const repeated = points((list) => [...list, ...list]);

export const newestFirst = points((list) => list.toReversed());

/** The second half before the first. */
export const halvesSwapped = points((list) => [
  ...list.slice(list.length / 2),
  ...list.slice(0, list.length / 2),
]);

/** In October the second of two equal labels is gone, as Enedis has been seen to send. */
export const oneOfTwoHours = points((list) =>
  list.filter(({ d }, index) => list.findIndex((point) => point.d === d) === index),
);

export const notAList = points(() => null);

/** Before the quantity that was asked for comes another one, with values of its own. */
export const otherQuantityFirst: Mutation = (answer) => {
  const [asked] = answer.grandeur;
  if (!asked) return answer;
  const other =
    asked.grandeurMetier === 'CONS'
      ? { grandeurMetier: 'PROD', grandeurPhysique: 'EA', unite: 'Wh' }
      : { grandeurMetier: 'CONS', grandeurPhysique: 'PMA', unite: 'VA' };
  const spoilt = asked.points.map((point) => ({ ...point, v: '1' }));
  return { ...answer, grandeur: [{ ...other, calendrier: [], points: spoilt }, ...answer.grandeur] };
};

export const wrongUnit = quantities((quantity) => ({ ...quantity, unite: 'kW' }));
