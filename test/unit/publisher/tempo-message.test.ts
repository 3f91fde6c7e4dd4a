import assert from 'node:assert/strict';
import { addDays, instantAt, type Day } from '../../../src/calendar/paris';
import { isNews, nextTempoChange, tempoAt, type TempoMessage } from '../../../src/publisher/tempo-message';
import { daysLeft, seasonAround, type Colour } from '../../../src/tariff/tempo';

/** `2026-01-12 06:00`, time of Paris. */
const at = (text: string): number => {
  const [day = '', clock = '00:00'] = text.split(' ');
  return instantAt(day, Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3)));
};

const NAMES: Record<string, Colour> = { B: 'blue', W: 'white', R: 'red' };

/** Blue from the start of the season on, then a letter a day up to a last day. */
function coloursUpTo(last: Day, letters: string): Map<Day, Colour> {
  const colours = new Map<Day, Colour>();
  const first = addDays(last, 1 - letters.length);
  for (let day = seasonAround(last).start; day < first; day = addDays(day, 1)) colours.set(day, 'blue');
  for (const [i, letter] of letters.split('').entries()) {
    const colour = NAMES[letter];
    if (colour) colours.set(addDays(first, i), colour);
  }
  return colours;
}

describe('what is known of Tempo', () => {
  /** `red until 22:00, tomorrow blue`. */
  const shown = ({ today, tomorrow }: ReturnType<typeof tempoAt>): string =>
    [
      today ? `${today.start.slice(5, 10)} ${today.period?.name ?? ''} until ${today.period?.end.slice(5, 16) ?? ''}` : 'unknown', // prettier-ignore
      tomorrow ? `then ${tomorrow.payload}` : 'then unknown',
    ].join(', ');

  // White on the 12th, red on the 13th, blue on the 14th.
  const colours = coloursUpTo('2026-01-14', 'WRB');
  const table: [now: string, expected: string][] = [
    ['2026-01-12 05:59', '01-11 blueOffPeak until 01-12T06:00, then white'],
    ['2026-01-12 06:00', '01-12 whitePeak until 01-12T22:00, then red'],
    ['2026-01-12 21:59', '01-12 whitePeak until 01-12T22:00, then red'],
    ['2026-01-12 22:00', '01-12 whiteOffPeak until 01-13T06:00, then red'],
    ['2026-01-13 00:00', '01-12 whiteOffPeak until 01-13T06:00, then red'],
    ['2026-01-13 06:00', '01-13 redPeak until 01-13T22:00, then blue'],
    ['2026-01-14 03:00', '01-13 redOffPeak until 01-14T06:00, then blue'],
    ['2026-01-14 12:00', '01-14 bluePeak until 01-14T22:00, then unknown'],
    ['2026-01-15 12:00', 'unknown, then unknown'],
  ];
  for (const [now, expected] of table) {
    it(`${now}: ${expected}`, () => {
      assert.equal(shown(tempoAt(colours, at(now))), expected);
    });
  }

  it('has every field', () => {
    const { today, tomorrow } = tempoAt(colours, at('2026-01-13 12:00'));
    // 136 days since 1 September up to the 14th: one white, one red, 134 blue of 300.
    const left = { blue: 300 - 134, white: 42, red: 21 };
    assert.deepEqual(today, {
      topic: 'tempo/today',
      payload: 'red',
      start: '2026-01-13T06:00:00.000+01:00',
      end: '2026-01-14T06:00:00.000+01:00',
      daysLeft: left,
      period: { name: 'redPeak', end: '2026-01-13T22:00:00.000+01:00' },
    });
    assert.deepEqual(tomorrow, {
      topic: 'tempo/tomorrow',
      payload: 'blue',
      start: '2026-01-14T06:00:00.000+01:00',
      end: '2026-01-15T06:00:00.000+01:00',
      daysLeft: left,
    });
  });

  it('counts no days left where a day of the season is not known', () => {
    const gap = new Map(colours);
    gap.delete('2025-12-24');
    assert.equal(tempoAt(gap, at('2026-01-13 12:00')).today?.daysLeft, undefined);
  });

  it('counts the days of a season and a leap year', () => {
    const table: [last: Day, letters: string, blue: number, white: number, red: number][] = [
      ['2025-09-01', 'B', 299, 43, 22],
      ['2026-08-31', 'B', 0, 43, 22],
      ['2023-09-01', 'W', 301, 42, 22],
      ['2024-02-29', 'RRR', 301 - 179, 43, 19],
    ];
    for (const [last, letters, blue, white, red] of table) {
      assert.deepEqual(daysLeft(coloursUpTo(last, letters), last), { blue, white, red }, last);
    }
  });
});

describe('a message about Tempo', () => {
  const message: TempoMessage = {
    topic: 'tempo/today',
    payload: 'blue',
    start: '2026-01-13T06:00:00.000+01:00',
    end: '2026-01-14T06:00:00.000+01:00',
    period: { name: 'bluePeak', end: '' },
  };
  const table: [what: string, before: TempoMessage | undefined, isNew: boolean][] = [
    ['the first', undefined, true],
    ['the same', message, false],
    ['with other days left', { ...message, daysLeft: { blue: 1, white: 1, red: 1 } }, false],
    ['of another day', { ...message, start: '2026-01-12T06:00:00.000+01:00' }, true],
    ['of another colour', { ...message, payload: 'red' }, true],
    ['of another period', { ...message, period: { name: 'blueOffPeak', end: '' } }, true],
  ];
  for (const [what, before, isNew] of table) {
    it(`${what}: ${isNew ? 'new' : 'not new'}`, () => {
      assert.equal(isNews(message, before), isNew);
    });
  }
});

describe('the next change', () => {
  const table: [now: string, next: string][] = [
    ['2026-01-13 00:00', '2026-01-13 06:00'],
    ['2026-01-13 06:00', '2026-01-13 22:00'],
    ['2026-01-13 21:59', '2026-01-13 22:00'],
    ['2026-01-13 22:00', '2026-01-14 06:00'],
    ['2026-03-28 23:00', '2026-03-29 06:00'],
    ['2026-10-25 02:30', '2026-10-25 06:00'],
  ];
  for (const [now, next] of table) {
    it(`${now}: ${next}`, () => {
      assert.equal(nextTempoChange(at(now)), at(next));
    });
  }
});
