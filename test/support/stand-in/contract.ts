import { contractMidnight, type Day } from './calendar';

/** The contract of every usage point. */
export interface Contract {
  /** Subscribed power, kVA. */
  power: string;
  /** With panels on the roof: a second contract, for what it gives to the grid. */
  selfConsumption: boolean;
}

const LONG_AGO: Day = '2018-08-31';

/** A person's, which no client may keep, log or show. */
const PERSON = {
  person: { title: 'Mme', lastname: 'Dupont-Secret', firstname: 'Camille' },
  contact_data: { phone: '0612345678', email: 'camille@secret.example' },
};

/** What `situation_contrat_auto` answers. */
export function situationOf({ power, selfConsumption }: Contract, usagePoint: string): unknown[] {
  const common = { usage_point_id: usagePoint, contract_start: contractMidnight('2026-02-11') };
  const consumption = {
    ...common,
    contract_type: 'Contrat GRD-F',
    distribution_tariff:
      'Tarif BT<=36kVA Moyenne Utilisation heures pleines heures creuses associées à deux saisons',
    subscribed_power: { unit: 'kVA', value: power },
    segment: 'C5',
    ...PERSON,
  };
  const production = { ...common, contract_type: 'Contrat GRD-A', segment: 'P4', ...PERSON };
  return selfConsumption ? [production, consumption] : [consumption];
}

/**
 * What `synth_contrat_auto` answers.
 * @param activation the meter's last one
 */
export function synthesisOf({ selfConsumption }: Contract, activation: Day | undefined): unknown {
  const activated = contractMidnight(activation ?? LONG_AGO);
  return {
    segments: selfConsumption ? [{ segment: 'P4' }, { segment: 'C5' }] : [{ segment: 'C5' }],
    consumption_last_activation_date: activated,
    ...(selfConsumption ? { generation_last_activation_date: activated } : {}),
    last_subscribed_power_change_date: contractMidnight('2026-02-11'),
    services_level: 'Communicant (ouvert aux services)',
  };
}

/** What `comptage_auto` answers. */
export const meteringOf = (offPeakHours: string): unknown => ({
  relais: { plageHeuresCreuses: offPeakHours },
});
