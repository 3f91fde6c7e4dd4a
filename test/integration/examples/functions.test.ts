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
      parts: ['subscription', 'off-peak', 'peak', 'red off-peak', 'Sunday'],
      tariffs: [
        { tariff: 'Tempo', cost: '1,217.58 €', more: 'the cheapest' },
        { tariff: 'Base', cost: '1,335.88 €', more: '+ 118.30 €' },
      ],
      wholeYear: '359 of 365 days compared, subscription included.',
      twoWeeks:
        '14 of 365 days compared, subscription included. Less than a year: heating weighs too much in it, or too little. Prices have changed, and the new ones are not known yet.',
      red: {
        title: 'Tomorrow is red',
        day: 'Red Tempo day on Monday 23 November: electricity is dearest from 6:00 to 22:00.',
        left: [
          ' It is the last one of the season.',
          ' One more red day is left after it.',
          ' 19 more red days are left after it.',
        ],
      },
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
      parts: ['abonnement', 'heures creuses', 'heures pleines', 'rouge HC', 'Sunday'],
      tariffs: [
        { tariff: 'Tempo', cost: '1\u202f217,58\u00a0€', more: 'le moins cher' },
        { tariff: 'Base', cost: '1\u202f335,88\u00a0€', more: '+\u00a0118,30\u00a0€' },
      ],
      wholeYear: '359\u00a0jours comparés sur 365, abonnement compris.',
      twoWeeks:
        '14\u00a0jours comparés sur 365, abonnement compris. Moins d’un an\u00a0: le chauffage y pèse trop, ou trop peu. Les prix ont changé, et les nouveaux ne sont pas encore connus.',
      red: {
        title: 'Demain est rouge',
        day: 'Jour Tempo rouge le lundi 23 novembre\u00a0: l’électricité est au plus cher de 6\u00a0h à 22\u00a0h.',
        left: [
          ' C’est le dernier de la saison.',
          ' Il reste ensuite un jour rouge.',
          ' Il reste ensuite 19\u00a0jours rouges.',
        ],
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

  describe(`the function "bars by period" (${language})`, () => {
    const bars = functionOf('cost-of-the-month', language, 'bars by period') as (msg: object) => {
      payload: { series: string; label: string; y: number }[];
    };
    const [subscription, offPeak, peak, redOffPeak, own] = texts.parts;
    const period = (name: string, cost: number): object => ({ name, energy: 1, cost });

    it('stacks the periods of each day on its subscription, in cents', () => {
      const series = [
        value('2026-11-20', 3.5, {
          subscription: 0.521424657,
          periods: [period('peak', 1.98), period('offPeak', 1.006)],
        }),
        value('2026-11-21', 0.5, { subscription: 0.521424657, periods: [] }),
      ];
      assert.deepEqual(bars({ series }).payload, [
        { series: subscription, label: '20/11', y: 0.52 },
        { series: offPeak, label: '20/11', y: 1.01 },
        { series: peak, label: '20/11', y: 1.98 },
        { series: subscription, label: '21/11', y: 0.52 },
      ]);
    });
    it('names the periods of other plans, those of one’s own as they are', () => {
      const periods = [period('Sunday', 1), period('redOffPeak', 2)];
      const { payload } = bars({ series: [value('2026-11-22', 3, { subscription: 0, periods })] });
      assert.deepEqual(
        payload.map(({ series }) => series),
        [subscription, redOffPeak, own],
      );
    });
  });

  describe(`the function "table and sentence" (${language})`, () => {
    const compare = functionOf('cheapest-tariff', language, 'table and sentence') as (
      msg: object,
    ) => [{ payload: object[] }, { payload: string }];
    const payload = [
      { tariff: 'Tempo', cost: 1217.575 },
      { tariff: 'Base', cost: 1335.8799 },
    ];

    it('tells what each tariff costs, and how much more than the cheapest', () => {
      const [table, sentence] = compare({ payload, days: 359, share: 0.983561644 });
      assert.deepEqual(table.payload, texts.tariffs);
      assert.equal(sentence.payload, texts.wholeYear);
    });
    it('warns where few days could be compared, and of old prices', () => {
      const [, sentence] = compare({ payload, days: 14, share: 0.038356164, pricesOutdated: true });
      assert.equal(sentence.payload, texts.twoWeeks);
    });
  });

  describe(`the function "text" of a red day (${language})`, () => {
    const tell = functionOf('tomorrow-is-red', language, 'text');
    const start = '2026-11-23T06:00:00.000+01:00';
    const { title, day, left } = texts.red;

    it('names the day', () => {
      assert.deepEqual(tell({ payload: 'red', start }), { topic: title, payload: day });
    });
    for (const [index, red] of [0, 1, 19].entries()) {
      it(`says that ${red} are left`, () => {
        const daysLeft = { blue: 200, white: 30, red };
        assert.deepEqual(tell({ payload: 'red', start, daysLeft }), {
          topic: title,
          payload: `${day}${left[index] ?? ''}`,
        });
      });
    }
  });

  describe(`the function "last one again" (${language})`, () => {
    const setpoint = { payload: 16, period: { name: 'redPeak' } };
    const connected = { status: { fill: 'green' } };

    it('passes a temperature on, and sends it again when the broker connects', () => {
      const keep = functionOf('heating-by-tempo', language, 'last one again');
      assert.equal(keep(connected), null);
      assert.deepEqual(keep({ ...setpoint, topic: 'tempo/today' }), setpoint);
      assert.deepEqual(keep(connected), setpoint);
    });
  });
}
