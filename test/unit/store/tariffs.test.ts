import assert from 'node:assert/strict';
import type { Store } from '../../../src/store/store';
import type { KeptColour, TariffTable } from '../../../src/store/tariffs';
import { describeOnBoth } from '../../support/engines';

const NOW = Date.UTC(2026, 10, 26, 10);

describeOnBoth('the tables of tariffs', (engine) => {
  let store: Store;
  let tariffs: TariffTable;
  beforeEach(async () => {
    store = await engine.store();
    ({ tariffs } = store);
  });
  afterEach(() => {
    store.close();
  });

  const keep = (source: string, ...days: [day: string, colour: string | undefined, at: number][]) =>
    tariffs.keepColours(
      source,
      new Map(days.map(([day, colour, at]): [string, KeptColour] => [day, { colour, confirmedAt: at }])),
    );
  const colours = async (source: string) =>
    [...(await tariffs.colours(source))].map(([day, { colour, confirmedAt }]) => [
      day,
      colour,
      confirmedAt - NOW,
    ]);

  it('keep colours by source and day, oldest first', async () => {
    await keep('a', ['2026-11-26', 'red', NOW], ['2026-11-25', 'white', NOW], ['2026-11-27', undefined, NOW]);
    await keep('b', ['2026-11-26', 'blue', NOW + 1]);
    assert.deepEqual(await colours('a'), [
      ['2026-11-25', 'white', 0],
      ['2026-11-26', 'red', 0],
      ['2026-11-27', undefined, 0],
    ]);
    assert.deepEqual(await colours('b'), [['2026-11-26', 'blue', 1]]);
    assert.deepEqual(await colours('c'), []);
  });

  it('take corrections, and forget no colour that is not known any more', async () => {
    await keep('a', ['2026-11-26', 'red', NOW], ['2026-11-27', undefined, NOW]);
    await keep('a', ['2026-11-26', 'white', NOW + 1.5], ['2026-11-27', 'blue', NOW + 1.5]);
    assert.deepEqual(await colours('a'), [
      ['2026-11-26', 'white', 1],
      ['2026-11-27', 'blue', 1],
    ]);
    await keep('a', ['2026-11-26', undefined, NOW + 2]);
    assert.deepEqual((await colours('a'))[0], ['2026-11-26', 'white', 2]);
  });

  it('keep the newest prices of each source and plan', async () => {
    const rows = [{ from: '2026-08-01', power: 6, prices: { base: 0.2001 } }];
    assert.equal(await tariffs.prices('a', 'base'), undefined);
    await tariffs.keepPrices('a', 'base', { rows: [], checkedAt: NOW });
    await tariffs.keepPrices('a', 'base', { rows, checkedAt: NOW + 1.5 });
    await tariffs.keepPrices('a', 'tempo', { rows: [], checkedAt: NOW + 2 });
    assert.deepEqual(await tariffs.prices('a', 'base'), { rows, checkedAt: NOW + 1 });
    assert.equal(await tariffs.prices('b', 'base'), undefined);
  });

  it('know the last request to each source', async () => {
    assert.equal(await tariffs.lastRequest('a'), undefined);
    await tariffs.noteRequest('a', { at: NOW, failures: 1, retryAt: NOW + 60_000 });
    await tariffs.noteRequest('b', { at: NOW, failures: 0, retryAt: NOW });
    await tariffs.noteRequest('a', { at: NOW + 1.5, failures: 2, retryAt: NOW + 2.5 });
    assert.deepEqual(await tariffs.lastRequest('a'), { at: NOW + 1, failures: 2, retryAt: NOW + 2 });
    assert.deepEqual(await tariffs.lastRequest('b'), { at: NOW, failures: 0, retryAt: NOW });
  });
});
