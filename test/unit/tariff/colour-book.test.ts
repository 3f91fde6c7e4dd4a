import assert from 'node:assert/strict';
import sinon from 'sinon';
import { addDays, daysIn, instantAt, isoParis, type Day } from '../../../src/calendar/paris';
import { LinkyError, type ErrorKey } from '../../../src/providers/errors';
import { postgresError } from '../../../src/store/postgres-error';
import { SqliteDatabase } from '../../../src/store/sqlite';
import { Store } from '../../../src/store/store';
import { ColourBook, colourBookOf, type ColourUser } from '../../../src/tariff/colour-book';
import { colourSourceFor, type ColourSource } from '../../../src/tariff/colour-sources';
import { FakeTime } from '../../support/fake-time';
import { RequestsUnderWay } from '../../support/requests-under-way';
import { startTariffStandIn, type TariffStandIn } from '../../support/stand-in/tariffs';
import { trueColour } from '../../support/stand-in/tempo-truth';

const TODAY = '2026-11-26';
const TOMORROW = addDays(TODAY, 1);
const KINDS = ['api-couleur-tempo', 'rte', 'myelectricaldata'] as const;

/** An instant: a time of today, or a date with a time. */
const at = (text: string): number => {
  const [time = '', day = TODAY] = text.split(' ').reverse();
  return instantAt(day, Number(time.slice(0, 2)) * 60 + Number(time.slice(3)));
};

describe('the book of Tempo colours', () => {
  let time: FakeTime;
  let standIn: TariffStandIn;
  let store: Store;
  let underWay: RequestsUnderWay;
  let releases: (() => void)[];
  let news: string[];

  beforeEach(async () => {
    time = new FakeTime(at('09:00'));
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

  const clockTime = (): string => {
    const [day = '', clock = ''] = isoParis(time.now).slice(0, 16).split('T');
    return day === TODAY ? clock : `${day} ${clock}`;
  };
  const sourceOf = (
    kind: (typeof KINDS)[number] = 'api-couleur-tempo',
    clientSecret = 'stand-in-secret',
  ): ColourSource => {
    const source = colourSourceFor({ colours: kind, coloursUrl: standIn.url, clientId: 'stand-in-client', clientSecret }); // prettier-ignore
    return { ...source, colours: (range, signal) => underWay.follow(source.colours(range, signal)) };
  };
  const bookOf = (source = sourceOf()): ColourBook => new ColourBook(store, source, 0);
  /** Notes what the book tells, with the time. */
  const userOf = (book: ColourBook, since: Day = TODAY): ColourUser => ({
    since,
    onNews: () => news.push(`${clockTime()} ${book.colourOf(TOMORROW) ?? '?'}`),
    onError: (error) => news.push(`${clockTime()} ${error?.key ?? 'well'}`),
  });
  const use = (book: ColourBook, since?: Day): (() => void) => {
    const release = book.use(userOf(book, since));
    releases.push(release);
    return release;
  };
  const pass = (until: string): Promise<void> => time.pass(at(until), underWay.settled);
  const times = (): string[] => standIn.calls.map((call) => isoParis(call.at).slice(11, 16));
  const colour = trueColour(TOMORROW);

  for (const kind of KINDS) {
    it(`of ${kind} brings the history, and each day tomorrow’s colour, in few requests`, async () => {
      const book = bookOf(sourceOf(kind));
      use(book, '2025-10-01');
      assert.equal(book.colourOf(TODAY), undefined);
      await pass('2026-11-29 09:00');
      const days = daysIn('2025-10-01', '2026-11-30');
      assert.deepEqual(
        [...book.known()].sort(),
        days.map((day) => [day, trueColour(day)]),
      );
      assert.deepEqual(news, [
        '09:00 ?',
        '09:00 ?',
        '09:00 ?',
        `10:40 ${colour}`,
        `2026-11-27 10:40 ${colour}`,
        `2026-11-28 10:40 ${colour}`,
      ]);
      const asked = standIn.calls.filter((call) => call.source !== 'rte-token').map((call) => call.at);
      assert.deepEqual(asked, ['09:00', '09:00', ...[TODAY, '2026-11-27', '2026-11-28'].flatMap((day) => [`${day} 10:40`, `${day} 12:01`])].map(at)); // prettier-ignore
    });
  }

  it('has what is kept before it asks, and asks nothing that is known', async () => {
    const before = bookOf();
    const release = use(before);
    await pass('13:00');
    release();
    standIn.calls.length = 0;
    news = [];
    const book = bookOf();
    use(book);
    await pass('2026-11-27 10:00');
    assert.deepEqual(news, [`13:00 ${colour}`]);
    assert.deepEqual(times(), []);
  });

  it('is patient where a colour is published late, and takes it', async () => {
    standIn.settings.publishedAt = () => 14 * 60 + 10;
    use(bookOf());
    await pass('20:00');
    assert.deepEqual(times(), [
      '09:00',
      '10:40',
      '11:00',
      '11:20',
      '11:40',
      '12:01',
      '13:00',
      '14:00',
      '15:00',
    ]);
    assert.deepEqual(news, ['09:00 ?', '09:00 ?', `15:00 ${colour}`]);
  });

  it('takes one that is published early', async () => {
    standIn.settings.publishedAt = () => 3 * 60;
    use(bookOf());
    await pass('2026-11-27 00:00');
    assert.deepEqual(times(), ['09:00', '10:40', '12:01']);
  });

  it('takes a colour that was changed before noon', async () => {
    const other = colour === 'red' ? 'blue' : 'red';
    standIn.settings.changed = new Map([[TOMORROW, { until: 11 * 60 + 50, before: other }]]);
    use(bookOf());
    await pass('2026-11-27 00:00');
    assert.deepEqual(news, ['09:00 ?', '09:00 ?', `10:40 ${other}`, `12:01 ${colour}`]);
  });

  it('catches up with a week without the source in one request', async () => {
    const book = bookOf();
    use(book);
    standIn.settings.isDown = (now) => now >= at('10:00') && now < at('2026-12-03 10:00');
    await pass('2026-12-03 10:00');
    assert.equal(news.at(-1), '2026-12-03 08:00 source-down');
    assert.ok(standIn.calls.length <= 1 + 8 * 9);
    standIn.calls.length = 0;
    news = [];
    await pass('2026-12-03 11:30');
    assert.equal(standIn.calls.length, 1);
    assert.deepEqual(news, [`2026-12-03 11:00 ${colour}`, '2026-12-03 11:00 well']);
    for (const day of daysIn(TODAY, '2026-12-05')) assert.equal(book.colourOf(day), trueColour(day));
  });

  it('asks a source once for seasons that it does not have, and is not delayed by those that fail', async () => {
    const source = sourceOf('rte');
    const failing = (code: string): ColourSource => ({
      ...source,
      colours: (range, signal) =>
        range.end > '2026-09-01'
          ? source.colours(range, signal)
          : Promise.reject(new LinkyError(code, { key: 'source-down', retry: 'next-slot' })),
    });
    for (const [code, told] of [
      ['400', []],
      ['503', ['source-down']],
    ] as const) {
      news = [];
      time.now = at('09:00');
      const own = new Store(new SqliteDatabase(':memory:'));
      const book = new ColourBook(own, failing(code), 0);
      const release = use(book, '2026-08-01');
      await pass('10:40');
      assert.deepEqual(
        news.filter((text) => text.startsWith('09:00') && !text.includes('?')).map((text) => text.slice(6)),
        told,
      );
      assert.equal(book.colourOf(TOMORROW), colour);
      release();
      own.close();
    }
  });

  it('guesses nothing from nonsense', async () => {
    for (const nonsense of ['html', 'truncated', 'garbage'] as const) {
      standIn.settings.nonsense = nonsense;
      const book = bookOf();
      const release = use(book);
      await pass('12:00');
      assert.equal(book.known().size, 0);
      release();
    }
  });

  it('does not ask each time it is started again', async () => {
    standIn.settings.isDown = () => true;
    for (let starts = 0; starts < 30; starts += 1) {
      const release = use(bookOf());
      await underWay.settled();
      time.now += 2 * 60_000;
      release();
    }
    assert.deepEqual(times(), ['09:00', '09:20']);
  });

  it('does not ask each time either where it never sees an answer', async () => {
    const source = sourceOf();
    let sent = 0;
    const silent = { ...source, colours: () => new Promise<never>(() => (sent += 1)) };
    for (let starts = 0; starts < 60; starts += 1) {
      const release = use(bookOf(silent));
      await underWay.settled();
      time.now += 60_000;
      release();
    }
    // After 1 and 20 minutes, then an hour.
    assert.equal(sent, 3);
  });

  it('asks at once with another account', async () => {
    const release = use(bookOf(sourceOf('rte', 'wrong')));
    await underWay.settled();
    release();
    assert.equal(news.at(-1), '09:00 tempo-account-refused');
    const book = bookOf(sourceOf('rte'));
    use(book);
    await underWay.settled();
    assert.equal(book.colourOf(TODAY), trueColour(TODAY));
  });

  it('keeps the colours of each source apart', async () => {
    use(bookOf());
    await pass('13:00');
    const book = bookOf(sourceOf('myelectricaldata'));
    standIn.settings.isDown = () => true;
    use(book);
    await underWay.settled();
    assert.equal(book.known().size, 0);
  });

  it('is one for all that share a store and a source, until the last of them leaves', async () => {
    const book = colourBookOf(store, sourceOf());
    assert.equal(colourBookOf(store, sourceOf()), book);
    assert.notEqual(colourBookOf(store, sourceOf('rte')), book);
    const one = use(book);
    const two = use(book, '2026-11-01');
    await underWay.settled();
    assert.deepEqual(news, Array(4).fill('09:00 ?'));
    assert.equal(standIn.calls.length, 1);
    const three = use(book);
    await underWay.settled();
    assert.equal(news.length, 5);
    one();
    one();
    three();
    await pass('11:00');
    assert.equal(news.length, 6);
    two();
    await pass('2026-11-27 13:00');
    assert.match(times().join(' '), /^09:00 10:4\d$/);
    assert.equal(news.length, 6);
  });

  it('begins anew after the last of them has left', async () => {
    const book = bookOf();
    use(book)();
    use(book);
    await pass('13:00');
    assert.equal(book.colourOf(TOMORROW), colour);
  });

  it('asks for older days when somebody wants them', async () => {
    const book = bookOf();
    use(book);
    await underWay.settled();
    use(book, '2026-10-01');
    await underWay.settled();
    assert.equal(standIn.calls.length, 2);
    assert.equal(book.colourOf('2026-10-01'), trueColour('2026-10-01'));
  });

  for (const ending of ['aborts', 'answers nevertheless'] as const) {
    it(`tells and writes nothing after it was left in the middle of a request that ${ending}`, async () => {
      const own = new Store(new SqliteDatabase(':memory:'));
      const write = sinon.spy(own.tariffs, 'keepColours');
      let answer = (): void => undefined;
      const colours: ColourSource['colours'] = (_range, signal) =>
        new Promise((resolve, reject) => {
          answer = () => {
            resolve(new Map([[TODAY, 'red']]));
          };
          if (ending === 'aborts') signal.addEventListener('abort', () => { reject(signal.reason as Error); }); // prettier-ignore
        });
      const book = new ColourBook(own, { ...sourceOf(), colours }, 0);
      const release = book.use(userOf(book));
      await underWay.settled();
      assert.deepEqual(news, ['09:00 ?']);
      release();
      own.close();
      answer();
      await underWay.settled();
      assert.deepEqual(news, ['09:00 ?']);
      assert.equal(book.known().size, 0);
      sinon.assert.notCalled(write);
    });
  }

  const away = postgresError({ code: 'ECONNREFUSED' });
  const errors: [string, () => void, ErrorKey, again: string][] = [
    ['cannot be read', () => sinon.stub(store.tariffs, 'colours').onFirstCall().rejects(new Error('disk')).callThrough(), 'store-unusable', '10:00'],
    ['cannot be written', () => sinon.stub(store.tariffs, 'noteRequest').onFirstCall().rejects(new Error('disk')).callThrough(), 'store-unusable', '10:00'],
    ['cannot be reached', () => sinon.stub(store.tariffs, 'colours').onFirstCall().rejects(away).callThrough(), 'database-unreachable', '09:01'],
  ]; // prettier-ignore
  for (const [name, breakStore, key, again] of errors) {
    it(`goes on after a store that ${name}`, async () => {
      breakStore();
      const book = bookOf();
      use(book);
      await underWay.settled();
      assert.deepEqual(times(), []);
      assert.equal(news.at(-1), `09:00 ${key}`);
      await pass('10:00');
      assert.deepEqual(times(), [again]);
      assert.equal(news.at(-1), `${again} well`);
      assert.equal(book.colourOf(TODAY), trueColour(TODAY));
    });
  }

  it('is not misled by a clock that was wrong', async () => {
    time.now = at('2027-11-26 11:00');
    const book = bookOf();
    standIn.settings.isDown = (now) => now > at('2027-01-01 00:00');
    use(book);
    await underWay.settled();
    time.jump(at('09:00'));
    await pass('11:00');
    assert.equal(book.colourOf(TOMORROW), colour);
  });
});
