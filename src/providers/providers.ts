import { simulatedMeter } from './simulated/simulated-meter';
import type { Provider } from './provider';
import { addressOf } from './address';
import { CONSO_ADDRESS, consoProvider } from './conso';
import { DATA_CONNECT_ADDRESSES, dataConnectProvider } from './dataconnect';
import { LinkyError } from './errors';
import { MYELECTRICALDATA_ADDRESS, myElectricalDataProvider } from './myelectricaldata';
import { given } from './variables';

/** What a meter node was given to reach its data: texts, unless a variable made something else of them. */
export interface ProviderConfig {
  provider: unknown;
  environment: unknown;
  /** Empty for the provider's own address. */
  url: unknown;
  token: unknown;
  clientId: unknown;
  clientSecret: unknown;
}

/**
 * The way to Enedis that a meter node names.
 * @param now epoch ms
 * @throws LinkyError `unknown-provider`, `url-invalid`, `variable-missing`
 */
export function providerFor(config: ProviderConfig, now: () => number): Provider {
  const { provider, environment, url, token, clientId, clientSecret } = config;
  switch (provider) {
    case 'conso':
      return consoProvider(given(token), addressOf(given(url), CONSO_ADDRESS), now);
    case 'myelectricaldata':
      return myElectricalDataProvider(given(token), addressOf(given(url), MYELECTRICALDATA_ADDRESS), now);
    case 'dataconnect': {
      const own = DATA_CONNECT_ADDRESSES[environment === 'sandbox' ? 'sandbox' : 'production'];
      const base = addressOf(given(url), own);
      return dataConnectProvider({ clientId: given(clientId), clientSecret: given(clientSecret), base }, now);
    }
    case 'simulated':
      return simulatedMeter(now);
    default:
      throw new LinkyError('unknown-provider', {
        key: 'unknown-provider',
        remedy: 'configuration',
        wholeMeter: true,
      });
  }
}
