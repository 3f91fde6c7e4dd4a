import { simulatedMeter } from '../demo/simulated-meter';
import type { Access } from './access';
import { addressOf } from './address';
import { CONSO_ADDRESS, consoAccess } from './conso';
import { DATA_CONNECT_ADDRESSES, dataConnectAccess } from './dataconnect';
import { LinkyError } from './errors';
import { MYELECTRICALDATA_ADDRESS, myElectricalDataAccess } from './myelectricaldata';
import { given } from './variables';

/** What a meter node was given to reach its data: texts, unless a variable made something else of them. */
export interface AccessConfig {
  access: unknown;
  environment: unknown;
  /** Empty for the access's own address. */
  url: unknown;
  token: unknown;
  clientId: unknown;
  clientSecret: unknown;
}

/**
 * The way to Enedis that a meter node names.
 * @param now epoch ms
 * @throws LinkyError `unknown-access`, `url-invalid`, `variable-missing`
 */
export function accessFor(config: AccessConfig, now: () => number): Access {
  const { access, environment, url, token, clientId, clientSecret } = config;
  switch (access) {
    case 'conso':
      return consoAccess(given(token), addressOf(given(url), CONSO_ADDRESS), now);
    case 'myelectricaldata':
      return myElectricalDataAccess(given(token), addressOf(given(url), MYELECTRICALDATA_ADDRESS), now);
    case 'dataconnect': {
      const own = DATA_CONNECT_ADDRESSES[environment === 'sandbox' ? 'sandbox' : 'production'];
      const base = addressOf(given(url), own);
      return dataConnectAccess({ clientId: given(clientId), clientSecret: given(clientSecret), base }, now);
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
