import assert from 'node:assert/strict';
import { instantAt, isoParis } from '../../../src/calendar/paris';
import { SqliteDatabase } from '../../../src/store/sqlite';
import { Store } from '../../../src/store/store';
import { PriceBook, priceBookOf } from '../../../src/tariff/price-book';
import type { RegulatedPlan } from '../../../src/tariff/price-snapshot';
import { priceSourceFor, type PriceSource } from '../../../src/tariff/price-source';
import { pricesIn } from '../../../src/tariff/prices';
import { regulatedRows } from '../../../src/tariff/regulated-prices';
import { FakeTime } from '../../support/fake-time';
import { RequestsUnderWay } from '../../support/requests-under-way';
import { PRICES_OF_2026, startTariffStandIn, type TariffStandIn } from '../../support/stand-in/tariffs';

/** An instant: `2026-11-26 09:00`. */
const at = (text: string): number =>
  instantAt(text.slice(0, 10), Number(text.slice(11, 13)) * 60 + Number(text.slice(14)));

describe('the book of regulated prices', () => {
  let time: FakeTime;
  let standIn: TariffStandIn;
  let store: Store;
  let underWay: RequestsUnderWay;
  let releases: (() => void)[];
  let news: string[];

  beforeEach(async () => {
    time = new FakeTime(at('2026-11-26 09:07'));
    standIn = await startTariffStandIn(() => time.now);
    store = new Store(new SqliteDatabase(':memory:'));
    underWay = new RequestsUnderWay();
    releases = [];
    news = [];
  });
  afterEach(async () => {
    for (const release of releases) release();
    await underWay.settled();
    store.close();
    await standIn.close();
    time.restore();
  });

  const clockTime = (instant = time.now): string => isoParis(instant).slice(0, 16).replace('T', ' ');
  const sourceOf = (): PriceSource => {
    const source = priceSourceFor(standIn.pricesUrl);
    return { ...source, rows: (plan, signal) => underWay.follow(source.rows(plan, signal)) };
  };
  const bookOf = (source = sourceOf()): PriceBook => new PriceBook(store, source, 0);
  /** Notes what the book tells of the base price at 6 kVA, with the time. */
  const use = (book: PriceBook, plan: RegulatedPlan = 'base'): (() => void) => {
    const release = book.use({
      plan,
      onNews: () => news.push(`${clockTime()} ${plan} ${book.rows(plan).length}`),
      onError: (error) => news.push(`${clockTime()} ${plan} ${error?.key ?? 'well'}`),
    });
    releases.push(release);
    return release;
  };
  const pass = (until: string): Promise<void> => time.pass(at(until), underWay.settled);
  const times = (): string[] =>
    standIn.calls.filter(({ source }) => source === 'data.gouv.fr').map((call) => clockTime(call.at));

  it('reads the files of the plans in use, and no other', async () => {
    const book = bookOf();
    assert.deepEqual([book.rows('base'), book.checkedAt('base')], [[], undefined]);
    use(book, 'base');
    use(book, 'tempo');
    await underWay.settled();
    assert.deepEqual(news.sort(), [
      '2026-11-26 09:07 base 0',
      '2026-11-26 09:07 base 2',
      '2026-11-26 09:07 tempo 0',
      '2026-11-26 09:07 tempo 1',
    ]);
    assert.equal(book.checkedAt('base'), time.now);
    assert.equal(times().length, 2);
    assert.deepEqual([book.rows('hphc'), book.checkedAt('hphc')], [[], undefined]);
  });

  it('reads a file weekly, and daily around the changes', async () => {
    use(bookOf());
    await pass('2027-01-28 00:00');
    assert.deepEqual(
      times(),
      ['11-26', '12-03', '12-10', '12-17', '12-24', '12-31', '01-07', '01-14', '01-21', '01-25', '01-26', '01-27']
        .map((date) => `${date < '02' ? 2027 : 2026}-${date} 09:07`),
    ); // prettier-ignore
  });

  it('uses prices that are published early from their day on', async () => {
    const book = bookOf();
    use(book);
    const row = { from: '2027-02-01', power: 6, subscription: 200, prices: [0.21] };
    standIn.settings.prices = { ...PRICES_OF_2026, base: [...PRICES_OF_2026.base, row] };
    await pass('2027-01-26 00:00');
    const prices = pricesIn(regulatedRows('base', 6, book.rows('base')));
    assert.deepEqual(
      ['2026-11-26', '2027-01-31', '2027-02-01'].map((day) => prices(day)?.prices['base']),
      [0.2001, 0.2001, 0.21],
    );
  });

  it('keeps what it has where a file makes no sense', async () => {
    const book = bookOf();
    use(book);
    await underWay.settled();
    const [rows, checkedAt] = [book.rows('base'), book.checkedAt('base')];
    const failing = { html: '09:07', truncated: '10:07', 'wrong-header': '13:07' } as const;
    for (const [nonsense, clock] of Object.entries(failing)) {
      standIn.settings.nonsense = nonsense as keyof typeof failing;
      await pass(`2026-12-03 ${clock}`);
      assert.equal(news.at(-1), `2026-12-03 ${clock} base bad-answer`);
    }
    assert.deepEqual([book.rows('base'), book.checkedAt('base')], [rows, checkedAt]);
  });

  it('tries again later and later while the site is down', async () => {
    const book = bookOf();
    standIn.settings.isDown = () => true;
    use(book);
    await pass('2026-11-30 00:00');
    const days = ['26 09:07', '26 10:07', '26 13:07', '27 01:07', '28 01:07', '29 01:07'];
    assert.deepEqual(
      times(),
      days.map((day) => `2026-11-${day}`),
    );
    standIn.settings.isDown = () => false;
    await pass('2026-12-08 00:00');
    assert.deepEqual(times().slice(days.length), ['2026-11-30 01:07', '2026-12-07 01:07']);
    assert.deepEqual(news.filter((text) => text.startsWith('2026-11-30')), [
      '2026-11-30 01:07 base 2',
      '2026-11-30 01:07 base well',
    ]); // prettier-ignore
  });

  it('does not ask each time it is started again', async () => {
    const startAgain = async (): Promise<void> => {
      for (let starts = 0; starts < 40; starts += 1) {
        const release = use(bookOf());
        await underWay.settled();
        time.now += 2 * 60_000;
        release();
      }
    };
    standIn.settings.isDown = () => true;
    await startAgain();
    standIn.settings.isDown = () => false;
    time.now = at('2026-11-26 13:07');
    await startAgain();
    assert.deepEqual(times(), ['2026-11-26 09:07', '2026-11-26 10:07', '2026-11-26 13:07']);
  });

  it('has what is kept at the next start', async () => {
    const release = use(bookOf());
    await underWay.settled();
    release();
    const book = bookOf();
    use(book);
    await pass('2026-11-27 00:00');
    assert.equal(book.rows('base').length, 2);
    assert.equal(book.checkedAt('base'), at('2026-11-26 09:07'));
    assert.equal(times().length, 1);
  });

  it('is one for all that share a store and a source, until the last of them leaves', async () => {
    const book = priceBookOf(store, sourceOf());
    assert.equal(priceBookOf(store, sourceOf()), book);
    const one = use(book);
    const two = use(book);
    await underWay.settled();
    assert.deepEqual([times().length, news.length], [1, 4]);
    use(book)();
    one();
    await pass('2026-12-04 00:00');
    assert.equal(times().length, 2);
    two();
    await pass('2026-12-24 00:00');
    assert.equal(times().length, 2);
  });

  it('writes nothing after it was left in the middle of a request', async () => {
    const own = new Store(new SqliteDatabase(':memory:'));
    const book = new PriceBook(own, sourceOf(), 0);
    const release = book.use({
      plan: 'base',
      onNews: () => news.push('news'),
      onError: () => news.push('error'),
    });
    release();
    own.close();
    await underWay.settled();
    assert.deepEqual(news, []);
  });
});
