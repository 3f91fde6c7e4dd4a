import assert from 'node:assert/strict';
import { LinkyError } from '../../../src/providers/errors';
import { given, variableOf } from '../../../src/providers/variables';

describe('a value of a configuration', () => {
  const values: [value: unknown, text: string][] = [
    [' 12345678901234 ', '12345678901234'],
    // A variable of a flow can be a number.
    [12345678901234, '12345678901234'],
    ['', ''],
    [undefined, ''],
    [null, ''],
    [{ a: 1 }, ''],
    ['https://${HOST}/', 'https://${HOST}/'],
    ['$', '$'],
    ['${}', '${}'],
  ];
  for (const [value, text] of values) {
    it(`is text: ${JSON.stringify(value)}`, () => {
      assert.equal(given(value), text);
    });
  }

  for (const value of ['${LINKY_PDL}', '$(LINKY_PDL)', ' ${LINKY_PDL} ']) {
    it(`names the variable that is not set: ${value}`, () => {
      assert.equal(variableOf(value.trim()), 'LINKY_PDL');
      assert.throws(
        () => given(value),
        (error) =>
          error instanceof LinkyError && error.key === 'variable-missing' && error.about === 'LINKY_PDL',
      );
    });
  }
});
