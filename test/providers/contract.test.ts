import assert from 'node:assert/strict';
import { contractOf, type Contract } from '../../src/providers/contract';

const PDL = '12345678901234';

const customer = (contracts: unknown, usagePoint = PDL): unknown => ({
  customer: {
    customer_id: '1358019319',
    usage_points: [{ usage_point: { usage_point_id: usagePoint }, contracts }],
  },
});

describe('a contract', () => {
  const table: [what: string, body: unknown, contract: Contract][] = [
    [
      'power and off-peak hours',
      customer({ subscribed_power: '9 kVA', offpeak_hours: 'HC (23h00-7h30)' }),
      { subscribedPower: 9, offPeakHours: ['23:00–07:30'] },
    ],
    [
      'two ranges',
      customer({ subscribed_power: '12', offpeak_hours: 'HC (02H00-07H00;12H30-15H30)' }),
      { subscribedPower: 12, offPeakHours: ['02:00–07:00', '12:30–15:30'] },
    ],
    ['a half kVA', customer({ subscribed_power: '4,5 kVA' }), { subscribedPower: 4.5 }],
    [
      'no off-peak hours',
      customer({ subscribed_power: '6 kVA', offpeak_hours: null }),
      { subscribedPower: 6 },
    ],
    ['words that are none', customer({ subscribed_power: 'much', offpeak_hours: '<b>always</b>' }), {}],
    ['another usage point', customer({ subscribed_power: '9 kVA' }, '22222222222222'), {}],
    ['no list', { customer: { usage_points: 'none' } }, {}],
    ['nothing', undefined, {}],
    ['a page', 'Service unavailable', {}],
  ];
  for (const [what, body, contract] of table) {
    it(`is read: ${what}`, () => {
      assert.deepEqual(contractOf(body, PDL), contract);
    });
  }
});
