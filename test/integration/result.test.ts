import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ResultValue } from '../../src/query/formats';
import { describeOnBoth } from '../support/engines';
import { Asking, type AnswerMessage } from '../support/asking';
import { PDL, sourceNodes } from '../support/home';

const NOW = '2026-11-22T12:10';
const CURVE = { metric: 'load-curve', step: 'day' };

describeOnBoth('an answer that lacks days', () => {
  const asking = new Asking();
  afterEach(() => asking.end());

  /** `2026-11-19 2026-11-21 gap` */
  const missing = (answer: AnswerMessage): string[] =>
    answer.missing.map(({ start, end, reason }) => `${start.slice(0, 10)} ${end.slice(0, 10)} ${reason}`);
  const readings = ({ payload }: AnswerMessage): ResultValue[] => payload as ResultValue[];

  it('says which Enedis has not: too old, before the meter, and asks for none of them', async () => {
    await asking.begin(NOW, { activation: '2024-06-10' });
    assert.deepEqual(missing(await asking.ask({ start: '2020-01-01', end: '2023-11-07' })), [
      '2020-01-01 2023-11-07 too-old',
    ]);
    assert.deepEqual(asking.calls(), []);
    const answer = await asking.ask({ start: '2023-01-01', end: '2024-07-01', step: 'month' });
    assert.deepEqual(missing(answer), ['2023-01-01 2024-06-10 too-old']);
    assert.ok(asking.calls().length <= 12);
    // The month the meter came to life is whole: nothing else of it exists.
    assert.deepEqual(
      readings(answer).map(({ start, incomplete }) => [start.slice(0, 10), incomplete]),
      [['2024-06-01', undefined]],
    );
    assert.deepEqual(missing(await asking.ask({ start: '', end: '2024-07-01' })), []);
    assert.deepEqual(asking.calls(), []);
    assert.deepEqual(asking.home.errors, []);
  });

  it('tells what is awaited from what never came, and marks the values they touch', async () => {
    await asking.begin('2026-11-22T07:00', {
      gaps: {
        'consumption-daily': { '2026-10-05': 'never', '2026-11-18': 'never' },
        'consumption-load-curve': { '2026-11-01': { first: 20, until: 'never' } },
      },
    });
    const months = await asking.ask({ start: '2026-10-01', end: '0 days', step: 'month' });
    assert.deepEqual(missing(months), [
      '2026-10-05 2026-10-06 gap',
      '2026-11-18 2026-11-19 awaited',
      '2026-11-21 2026-11-22 awaited',
    ]);
    assert.deepEqual(
      readings(months).map(({ end, incomplete }) => [end.slice(0, 10), incomplete]),
      [
        ['2026-11-01', true],
        // It ends with the newest day that came.
        ['2026-11-21', true],
      ],
    );
    const hours = await asking.ask({
      ...CURVE,
      step: 'hour',
      start: '2026-11-01T08:00',
      end: '2026-11-01T12:00',
    });
    assert.deepEqual(
      readings(hours).map(({ start, incomplete }) => [start.slice(11, 16), incomplete]),
      [
        ['08:00', undefined],
        ['09:00', undefined],
      ],
    );
    const [day] = readings(await asking.ask({ ...CURVE, start: '2026-11-01', end: '2026-11-02' }));
    assert.equal(day?.incomplete, true);
    asking.calls();
    // The days that are awaited are asked again when an answer may have come.
    await asking.ask({ start: '2026-10-01', end: '0 days' });
    assert.deepEqual(asking.calls(), []);
    await asking.home.until('2026-11-22T12:00');
    assert.deepEqual(missing(await asking.ask({ start: '2026-11-19', end: '0 days' })), []);
    assert.deepEqual(asking.calls(), ['consumption-daily 2026-11-21 2026-11-22']);
  });

  it('comes all the same where Enedis cannot be asked, with the error after it', async () => {
    await asking.begin(NOW);
    await asking.ask({ start: '-5 days' });
    asking.standIn.settings.usagePoints = [];
    const answer = await asking.ask({ start: '-7 days' });
    assert.equal(readings(answer).length, 5);
    assert.deepEqual(missing(answer), ['2026-11-15 2026-11-17 not-requested']);
    const [caught] = asking.home.errors;
    assert.equal(caught?.error.code, 'ADAM-DC-0008');
    assert.match(caught.error.message, /^Error: Renew the consent at .* \(House\)$/);
    assert.equal(asking.home.status('h').fill, 'red');
    asking.standIn.settings.usagePoints = [PDL];
    // What the user has mended is noticed tomorrow at the latest.
    await asking.home.until('2026-11-23T12:00');
    assert.deepEqual(missing(await asking.ask({ start: '-7 days' })), []);
  });

  it('over a gateway with few requests left brings what it can, and goes on the next day', async () => {
    await asking.begin(NOW, { gateway: 'myelectricaldata' });
    const year = { ...CURVE, start: '-60 weeks', end: '0 weeks' };
    const answer = await asking.ask(year);
    assert.equal(asking.calls().length, 50);
    assert.deepEqual(missing(answer), ['2025-09-22 2025-12-01 not-requested']);
    assert.deepEqual(
      asking.home.errors.map(({ error }) => error.code),
      ['budget-used'],
    );
    await asking.home.until('2026-11-23T13:00');
    assert.deepEqual(missing(await asking.ask(year)), []);
  });

  it('of two years beside the two before them names each missing day once', async () => {
    await asking.begin(NOW, { activation: '2026-01-01' });
    const answer = await asking.ask({
      start: '2024-01-01',
      end: '2026-01-01',
      compare: 'previous-year',
      step: 'year',
    });
    assert.deepEqual(missing(answer), ['2023-01-01 2026-01-01 too-old']);
  });

  it('shares the calls of a source on the same meter', async () => {
    await asking.begin(NOW, { more: sourceNodes('consumption', 'c') });
    asking.calls();
    await asking.ask({ start: '0 years' });
    await asking.ask({ ...CURVE, start: '-7 days' });
    assert.deepEqual(asking.calls(), []);
    // What is asked for alone does not make the collection go deeper.
    await asking.ask({ start: '-2 years' });
    asking.calls();
    await asking.home.restart();
    assert.deepEqual(asking.calls(), []);
  });

  it('is not waited for when the flow is stopped', async () => {
    await asking.begin(NOW);
    asking.standIn.faults.always('hang');
    const silent = once(asking.standIn.news, 'silent');
    asking.home.node('h').receive({});
    await silent;
    await asking.home.stop();
    assert.deepEqual([asking.home.messages, asking.home.errors], [[], []]);
  });
});
