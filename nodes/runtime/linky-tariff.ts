import type { NodeAPI, NodeDef } from 'node-red';
import { storeError } from '../../src/store/store-error';
import { tariffOf, TARIFF_DEFAULTS, type TariffInput } from '../../src/tariff/config';
import { keptPricesOf, OpenTariff } from '../../src/tariff/open-tariff';
import { TARIFF_CREDENTIALS } from './credentials';
import { liveTexts } from './language';
import type { TariffCredentials, TariffNode } from './tariff';
import { serveTariffForm } from './tariff-admin';
import { openStore } from './store';

interface TariffNodeConfig extends NodeDef, TariffInput {
  colours?: unknown;
  coloursUrl?: unknown;
  pricesUrl?: unknown;
}

export = (RED: NodeAPI): void => {
  function LinkyTariff(this: TariffNode, node: TariffNodeConfig): void {
    RED.nodes.createNode(this, node);
    const text = liveTexts(RED, 'linky-tariff');
    const plan = typeof node.plan === 'string' ? node.plan : TARIFF_DEFAULTS.plan;
    this.title = node.name || text(`short.${plan}`);
    this.key = node.name || plan;
    const parsed = tariffOf(node);
    if ('problems' in parsed) {
      const [first] = parsed.problems;
      this.problem = () =>
        Object.assign(new Error(text('error.invalid', { tariff: this.title })), { code: first?.key ?? '' });
      return;
    }
    let release: (() => void) | undefined;
    try {
      const shared = openStore(RED);
      release = shared.release;
      const { colours = 'api-couleur-tempo', coloursUrl, pricesUrl } = node;
      const { clientId, clientSecret } = this.credentials;
      const sources = { colours, coloursUrl, pricesUrl, clientId, clientSecret };
      this.open = new OpenTariff({ name: this.title, key: this.key }, parsed.config, sources, shared.store);
    } catch (error) {
      release?.();
      const failure = storeError(error);
      this.problem = () => {
        const sentence = liveTexts(RED, 'linky-meter')(`error.${failure.key}`, { reason: failure.about });
        return Object.assign(new Error(`${sentence} (${this.title})`), { code: failure.code });
      };
    }
    this.on('close', () => {
      release?.();
    });
  }

  RED.nodes.registerType<TariffNode, TariffNodeConfig, object, TariffCredentials>(
    'linky-tariff',
    LinkyTariff,
    { credentials: TARIFF_CREDENTIALS },
  );
  serveTariffForm(RED, async (config, pricesUrl) => {
    const { store, release } = openStore(RED);
    try {
      return await keptPricesOf(config, pricesUrl, store);
    } finally {
      release();
    }
  });
};
