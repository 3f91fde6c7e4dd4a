import assert from 'node:assert/strict';
import { contractIn, type Contract, type ContractAnswers } from '../../../src/providers/contract';

const power = (value: unknown, unit = 'kVA'): object => ({
  segment: 'C5',
  subscribed_power: { unit, value },
});
const hours = (text: unknown): object => ({ relais: { plageHeuresCreuses: text } });

describe('a contract', () => {
  const table: [what: string, answers: Partial<ContractAnswers>, contract: Contract][] = [
    [
      'all that Enedis tells',
      {
        situation: [power('12')],
        summary: { consumption_last_activation_date: '2018-08-31T00:00:00+0200' },
        metering: hours('HC (22H00-6H00)'),
      },
      { subscribedPower: 12, activated: '2018-08-31', offPeakHours: ['22:00–06:00'] },
    ],
    [
      'the consumption contract of a self-consumption PDL',
      { situation: [{ contract_type: 'Contrat GRD-A', segment: 'P4' }, power('9')] },
      { subscribedPower: 9 },
    ],
    [
      'two ranges, with minutes',
      { metering: hours('HC (1H28-6H58;13H58-16H28)') },
      { offPeakHours: ['01:28–06:58', '13:58–16:28'] },
    ],
    [
      'two ranges, in brackets of their own',
      { metering: hours('HC (22H00-6H00), (13H00-15H00)') },
      { offPeakHours: ['22:00–06:00', '13:00–15:00'] },
    ],
    ['a number', { situation: [power(6)] }, { subscribedPower: 6 }],
    ['half a kVA', { situation: [power('4,5')] }, { subscribedPower: 4.5 }],
    ['another unit', { situation: [power('12000', 'VA')] }, {}],
    ['a situation alone, without a list', { situation: power('6') }, { subscribedPower: 6 }],
    ['a date that does not exist', { summary: { consumption_last_activation_date: '2018-02-30' } }, {}],
    ['words that are none', { situation: [power('much')], metering: hours('<b>always</b>') }, {}],
    ['lists of nothing', { situation: [null, 5], summary: [], metering: { relais: null } }, {}],
    ['nothing', {}, {}],
  ];
  for (const [what, answers, contract] of table) {
    it(`is read: ${what}`, () => {
      const nothing = { situation: undefined, summary: undefined, metering: undefined };
      assert.deepEqual(contractIn({ ...nothing, ...answers }), contract);
    });
  }

  it('holds nothing of the person', () => {
    const person = { lastname: 'Martin', phone: '0600000000' };
    const contract = contractIn({
      situation: [{ ...power('6'), customer: person, ...person }],
      summary: person,
      metering: { ...hours('HC (22H00-6H00)'), ...person },
    });
    assert.deepEqual(Object.keys(contract), ['subscribedPower', 'offPeakHours']);
  });
});
