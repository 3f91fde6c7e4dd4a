import type { Node } from 'node-red';
import type { OpenTariff } from '../../src/tariff/open-tariff';

export interface TariffCredentials {
  clientId?: string;
  clientSecret?: string;
}

/** The config node as other nodes see it. */
export interface TariffNode extends Node<TariffCredentials> {
  /** What messages call it. */
  title: string;
  /** See `TariffName.key`. */
  key: string;
  /** Absent while the configuration, or the store, does not allow to work: `problem` says what to do. */
  open?: OpenTariff;
  problem?: () => Error & { code: string };
}
