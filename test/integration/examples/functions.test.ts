import assert from 'node:assert/strict';
import { EXAMPLES, flowsOf, LANGUAGES, textOf, type Language } from '../../support/examples/files';

type Run = (msg: object) => unknown;

/** The code of a function node, to be called as Node-RED does. @param name what the node is called in English */
function functionOf(english: string, language: Language, name: string): Run {
  const example = EXAMPLES.find(({ en }) => en === english);
  const at = flowsOf(english).findIndex((node) => node['name'] === name);
  const func = textOf(flowsOf(example?.[language] ?? '')[at], 'func');
  const kept = new Map<string, unknown>();
  const context = {
    get: (key: string) => kept.get(key),
    set: (key: string, value: unknown) => kept.set(key, value),
  };
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const run = new Function('msg', 'context', func) as (msg: object, context: object) => unknown;
  return (msg) => run(msg, context);
}
const value = (start: string, kWh: number, more: object = {}): object => ({
  start: `${start}T00:00:00.000+01:00`,
  value: kWh,
  ...more,
});

for (const language of LANGUAGES) {
  const texts = {
    en: {
      above: {
        topic: 'House: consumption above the usual',
        payload: 'Monday 23 November: 13.1 kWh, 31 % above the usual 10.0 kWh of that weekday.',
      },
      low: 'Monday 23 November: 8.0 kWh, 20 % below the usual 10.0 kWh of that weekday.',
      week: 'Week of 16 November: 90.0 kWh; 10.5 kWh more than the week before (79.5 kWh).',
      year: 'Week of 16 November: 90.0 kWh; 10.5 kWh more than the week before (79.5 kWh); 5.0 kWh less than on these dates last year (95.0 kWh); days are missing.',
      none: 'There are not two whole weeks yet.',
      unknown: 'unknown without the inverter',
      odd: 'less produced than injected?',
      drawn: ['drawn', 'injected', 'self-consumed'],
      numbers: { drawn: '20.0 kWh', injected: '3.5 kWh', self: '6.5 kWh (65 %)', used: '26.5 kWh' },
    },
    fr: {
      above: {
        topic: 'House\u00a0: consommation inhabituelle',
        payload:
          'lundi 23 novembre\u00a0: 13,1\u00a0kWh, 31\u00a0% de plus que les 10,0\u00a0kWh habituels ce jour de la semaine.',
      },
      low: 'lundi 23 novembre\u00a0: 8,0\u00a0kWh, 20\u00a0% de moins que les 10,0\u00a0kWh habituels ce jour de la semaine.',
      week: 'Semaine du 16 novembre\u00a0: 90,0\u00a0kWh\u00a0; 10,5\u00a0kWh de plus que la semaine d’avant (79,5\u00a0kWh).',
      year: 'Semaine du 16 novembre\u00a0: 90,0\u00a0kWh\u00a0; 10,5\u00a0kWh de plus que la semaine d’avant (79,5\u00a0kWh)\u00a0; 5,0\u00a0kWh de moins qu’aux mêmes dates l’an dernier (95,0\u00a0kWh)\u00a0; des jours manquent.',
      none: 'Il n’y a pas encore deux semaines entières.',
      unknown: 'inconnu sans l’onduleur',
      odd: 'produit moins qu’injecté\u00a0?',
      drawn: ['soutiré', 'injecté', 'autoconsommé'],
      numbers: {
        drawn: '20,0\u00a0kWh',
        injected: '3,5\u00a0kWh',
        self: '6,5\u00a0kWh (65\u00a0%)',
        used: '26,5\u00a0kWh',
      },
    },
  }[language];

  describe(`the function "above the usual?" (${language})`, () => {
    const compare = functionOf('alert-above-usual', language, 'above the usual?') as (
      msg: object,
    ) => [{ payload: string } | null, { payload: string } | null] | null;
    /** Four Mondays with 10 kWh, a Sunday with 30 between them, and the Monday of `kWh`. */
    const message = (kWh: number): { readings: object[]; series: object[]; meter: string } => {
      const newest = value('2026-11-23', kWh);
      const days = ['2026-10-26', '2026-11-02', '2026-11-09', '2026-11-16'].map((day) => value(day, 10));
      return { meter: 'House', series: [...days, value('2026-11-22', 30), newest], readings: [newest] };
    };

    it('tells more than 30 % above the same weekday', () => {
      assert.deepEqual(compare(message(13.1)), [texts.above, null]);
    });
    it('calls 30 % as usual, and less', () => {
      assert.equal(compare(message(13))?.[0], null);
      assert.equal(compare(message(8))?.[1]?.payload, texts.low);
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

  describe(`the function "week against week" (${language})`, () => {
    const compare = functionOf('history-week-against-week', language, 'week against week') as (
      msg: object,
    ) => { payload: string };
    const [before, last] = [value('2026-11-09', 79.5), value('2026-11-16', 90)];

    it('compares the last week with the one before', () => {
      assert.equal(compare({ payload: [before, last] }).payload, texts.week);
    });
    it('compares it with the same dates of the year before, and says when days are missing', () => {
      const previous = value('2025-11-16', 95);
      const payload = [before, { ...last, previous, incomplete: true }];
      assert.equal(compare({ payload }).payload, texts.year);
    });
    it('says when there are not two weeks', () => {
      assert.equal(compare({ payload: [] }).payload, texts.none);
      assert.equal(compare({ payload: [last] }).payload, texts.none);
    });
  });

  describe(`the function "day by day" (${language})`, () => {
    interface Bar {
      series: string;
      label: string;
      y: number;
    }
    let send: (msg: object) => [{ payload: Bar[] }, { payload: Record<string, string> } | null];
    beforeEach(() => {
      send = functionOf('solar-surplus', language, 'day by day') as typeof send;
    });
    const drawn = { direction: 'consumption', series: [value('2026-11-21', 18), value('2026-11-22', 20)] };
    const injected = { direction: 'production', series: [value('2026-11-21', 2), value('2026-11-22', 3.5)] };
    const [first, second, third] = texts.drawn;

    it('shows both directions of the meter, and calls the rest unknown', () => {
      assert.equal(send(drawn)[1], null);
      const [chart, summary] = send(injected);
      assert.deepEqual(
        chart.payload.map(({ series, label, y }) => [series, label, y]),
        [
          [first, '21/11', 18],
          [first, '22/11', 20],
          [second, '21/11', 2],
          [second, '22/11', 3.5],
        ],
      );
      const { drawn: from, injected: to } = texts.numbers;
      assert.deepEqual(summary?.payload, {
        day: '22/11/2026',
        drawn: from,
        injected: to,
        self: texts.unknown,
        used: texts.unknown,
      });
    });

    it('computes what was used at once from the inverter’s production', () => {
      send(drawn);
      send(injected);
      const [chart, summary] = send({ topic: 'inverter', payload: 10 });
      assert.deepEqual(chart.payload.at(-1), { series: third, label: '22/11', y: 6.5 });
      assert.deepEqual(summary?.payload, { day: '22/11/2026', ...texts.numbers });
    });

    it('takes the day that the inverter names, and keeps what it said when the meter’s values come again', () => {
      send(drawn);
      send({ topic: 'inverter', payload: '5', day: '2026-11-21' });
      const [chart, summary] = send(injected);
      assert.deepEqual(chart.payload.at(-1), { series: third, label: '21/11', y: 3 });
      assert.equal(summary?.payload['self'], texts.unknown);
    });

    it('doubts an inverter that produced less than was injected', () => {
      send(drawn);
      send(injected);
      assert.equal(send({ topic: 'inverter', payload: 3 })[1]?.payload['self'], texts.odd);
    });

    it('leaves an inverter aside that comes before the meter', () => {
      assert.deepEqual(send({ topic: 'inverter', payload: 10 })[0].payload, []);
    });

    it('keeps 31 days', () => {
      const days = Array.from({ length: 40 }, (_, i) =>
        value(new Date(Date.UTC(2026, 9, 1 + i)).toISOString().slice(0, 10), i),
      );
      const [chart] = send({ direction: 'consumption', series: days });
      assert.deepEqual(
        [chart.payload.length, chart.payload[0]?.label, chart.payload.at(-1)?.label],
        [31, '10/10', '09/11'],
      );
    });
  });
}
