import { simulatedMeter } from '../demo/simulated-meter';
import type { Access } from './access';
import { addressOf } from './address';
import { CONSO_ADDRESS, consoAccess } from './conso';
import { DATA_CONNECT_ADDRESSES, dataConnectAccess } from './dataconnect';
import { LinkyError } from './errors';
import { MYELECTRICALDATA_ADDRESS, myElectricalDataAccess } from './myelectricaldata';

/** What a meter node was given to reach its data. */
export interface AccessConfig {
  access: string;
  environment: string;
  /** Empty for the access's own address. */
  url: string;
  token: string;
  clientId: string;
  clientSecret: string;
}

/**
 * The way to Enedis that a meter node names.
 * @param now epoch ms
 * @throws LinkyError `unknown-access`, `url-invalid`
 */
export function accessFor(config: AccessConfig, now: () => number): Access {
  const { access, environment, url, token, clientId, clientSecret } = config;
  switch (access) {
    case 'conso':
      return consoAccess(token, addressOf(url, CONSO_ADDRESS), now);
    case 'myelectricaldata':
      return myElectricalDataAccess(token, addressOf(url, MYELECTRICALDATA_ADDRESS), now);
    case 'dataconnect': {
      const own = DATA_CONNECT_ADDRESSES[environment === 'sandbox' ? 'sandbox' : 'production'];
      return dataConnectAccess({ clientId, clientSecret, base: addressOf(url, own) }, now);
    }
    case 'demo':
      return simulatedMeter(now);
    default:
      throw new LinkyError('unknown-access', {
        key: 'unknown-access',
        remedy: 'configuration',
        wholeMeter: true,
      });
  }
}
