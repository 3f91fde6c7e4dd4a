import type { Node } from 'node-red';
import type { Collector } from '../src/collector/collector';
import { misconfigured, type LinkyError } from '../src/providers/errors';
import { given } from '../src/providers/variables';
import type { Text } from '../src/publisher/status';
import { isUsagePoint } from '../src/metering/usage-point';
import type { Store } from '../src/store/store';

export interface MeterCredentials {
  token?: string;
  clientId?: string;
  clientSecret?: string;
}

/** What a working meter offers the nodes on it, for one usage point. */
export interface OpenMeter {
  /** 14 digits. */
  usagePoint: string;
  collector: Collector;
  store: Store;
  /** What the store calls the usage point. */
  storedAs: string;
}

/** The config node as other nodes see it. */
export interface MeterNode extends Node<MeterCredentials> {
  /** The meter's own. */
  usagePoint: string;
  /**
   * Its own usage point, or another one that its provider reaches.
   * Absent while the configuration, or the store, does not allow to work: `problem` says why.
   */
  open?: (usagePoint: string) => OpenMeter;
  problem?: LinkyError;
  /** A sentence of this package's locales. */
  text: Text;
  /** An error as people read it, with its code, for the log and Catch nodes. */
  sentence(error: LinkyError, usagePoint?: string): Error & { code: string };
}

/**
 * The usage point of a meter's configuration.
 * @throws LinkyError `usage-point-invalid`, `variable-missing`
 */
export function usagePointOf(value: unknown): string {
  const usagePoint = given(value);
  if (isUsagePoint(usagePoint)) return usagePoint;
  throw misconfigured('usage-point-invalid');
}
