import assert from 'node:assert/strict';
import { openOf, rememberedText } from '../../../src/widget/remembered';

const VIEW = { usagePoint: '12345678901234', direction: 'production' } as const;

describe('what is open in a widget', () => {
  it('is the same after a reload', () => {
    for (const open of [
      { view: VIEW, metric: 'daily' },
      { view: VIEW, metric: 'cost-monthly' },
      { view: VIEW, metric: undefined },
      { view: undefined, metric: undefined },
    ] as const)
      assert.deepEqual(openOf(rememberedText(open)), open);
  });

  const table: [text: string | null, view: object | undefined, metric: string | undefined][] = [
    [null, undefined, undefined],
    ['', undefined, undefined],
    ['{', undefined, undefined],
    ['null', undefined, undefined],
    ['7', undefined, undefined],
    ['[]', undefined, undefined],
    ['{"usagePoint":"1","direction":"sideways","metric":"weekly"}', undefined, undefined],
    ['{"usagePoint":1,"direction":"production","metric":"yearly"}', undefined, 'yearly'],
    // It has no line that opens it.
    ['{"metric":"cost-daily"}', undefined, undefined],
    [
      '{"usagePoint":"1","direction":"production","more":1}',
      { usagePoint: '1', direction: 'production' },
      undefined,
    ],
  ];
  for (const [text, view, metric] of table) {
    it(`is what is known of ${text ?? 'nothing'}`, () => {
      assert.deepEqual(openOf(text), { view, metric });
    });
  }
});
