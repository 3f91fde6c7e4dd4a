import {
  budgetOf,
  CONSO_BUDGET,
  DATA_CONNECT_BUDGET,
  MYELECTRICALDATA_BUDGET,
  type BudgetTime,
  type RequestLedger,
} from './budget';
import { addressOf } from './address';
import { CONSO_ADDRESS, consoProvider } from './conso';
import { DATA_CONNECT_ADDRESS, dataConnectProvider, type Application } from './dataconnect';
import { misconfigured } from './errors';
import { digest } from './identity';
import { MYELECTRICALDATA_ADDRESS, myElectricalDataProvider } from './myelectricaldata';
import type { Provider } from './provider';
import { simulatedMeter } from './simulated/simulated-meter';
import { given } from './variables';

/** A meter node's properties and credentials; an environment variable may have made a number of a text. */
export interface ProviderConfig {
  provider: unknown;
  /** Empty for the provider's own address. */
  url: unknown;
  token: unknown;
  clientId: unknown;
  clientSecret: unknown;
}

/** Shared by all providers of the process. */
export interface Surroundings {
  time: BudgetTime;
  ledger: RequestLedger;
}

/**
 * The provider of a meter node.
 * @throws LinkyError `unknown-provider`, `url-invalid`, `variable-missing`
 */
export function providerFor(config: ProviderConfig, { time, ledger }: Surroundings): Provider {
  const { provider, url, token, clientSecret } = config;
  const now = (): number => time.now();
  switch (provider) {
    case 'conso': {
      // Conso API counts per internet address: one budget for all tokens and meters of the process.
      const budget = budgetOf('conso', CONSO_BUDGET, time, ledger);
      return consoProvider(given(token), addressOf(given(url), CONSO_ADDRESS), budget, now);
    }
    case 'myelectricaldata': {
      const secret = given(clientSecret);
      const budget = budgetOf(`myelectricaldata ${digest(secret)}`, MYELECTRICALDATA_BUDGET, time, ledger);
      const base = addressOf(given(url), MYELECTRICALDATA_ADDRESS);
      return myElectricalDataProvider(secret, given(token), base, budget, now);
    }
    case 'dataconnect':
      return dataConnectProvider(applicationFor(config, { time, ledger }), now);
    case 'simulated':
      return simulatedMeter(now);
    default:
      throw misconfigured('unknown-provider');
  }
}

/**
 * The Data Connect application of a meter node.
 * @throws LinkyError `url-invalid`, `variable-missing`
 */
export function applicationFor(config: ProviderConfig, { time, ledger }: Surroundings): Application {
  const clientId = given(config.clientId);
  const base = addressOf(given(config.url), DATA_CONNECT_ADDRESS);
  const name = `dataconnect ${digest(`${base} ${clientId}`)}`;
  return {
    clientId,
    clientSecret: given(config.clientSecret),
    base,
    budgetOf: (api) => budgetOf(`${name} ${api}`, DATA_CONNECT_BUDGET, time, ledger),
  };
}
