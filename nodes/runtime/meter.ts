import type { Node, NodeAPI, NodeDef } from 'node-red';
import type { Collector } from '../../src/collector/collector';
import type { Contract } from '../../src/providers/contract';
import { misconfigured, type LinkyError } from '../../src/providers/errors';
import { given } from '../../src/providers/variables';
import type { Text } from '../../src/publisher/status';
import { isUsagePoint } from '../../src/metering/usage-point';
import type { Store } from '../../src/store/store';
import { liveTexts } from './language';

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

/** Where an error came. */
export interface ErrorContext {
  /** Default: the meter's own. */
  usagePoint?: string;
  /** The collector requests again by itself what failed. */
  isRetried?: boolean;
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
  /**
   * The contract of its own usage point; absent where the provider does not deliver it, or `problem` is there.
   * @throws LinkyError
   */
  contract?: (signal: AbortSignal) => Promise<Contract>;
  /** What the store calls a usage point. */
  storedAs: (usagePoint: string) => string;
  /** A text of this node's locales, in the language that the meter has now. */
  text: Text;
  /** The texts of another node's locales, in the same language. */
  textsOf: (node: string) => Text;
  /**
   * An error as people read it, with its code, for the log and Catch nodes: what to do, what happened, what follows by
   * itself, and at which meter. What to do comes first: the debug sidebar cuts the rest off.
   */
  sentence(error: LinkyError, about?: ErrorContext): Error & { code: string };
}

/** What a node without a meter says, short and as an error. */
export function noMeter(RED: NodeAPI): { short: () => string; error: () => Error & { code: string } } {
  const text = liveTexts(RED, 'linky-meter');
  return {
    short: () => text('status.no-meter'),
    error: () => Object.assign(new Error(text('error-no-meter')), { code: 'no-meter' }),
  };
}

/**
 * What the store calls a usage point: a simulated meter must never mix with the real one whose number it was given.
 * @param provider of the meter's configuration
 */
export const storedName = (provider: string, usagePoint: string): string =>
  provider === 'simulated' ? `simulated-${usagePoint}` : usagePoint;

/** A node that lacks its meter says so, and does no more. */
export function refuseWithoutMeter(RED: NodeAPI, node: Node): void {
  const { short, error } = noMeter(RED);
  node.status({ fill: 'red', shape: 'ring', text: short() });
  node.on('input', (_msg, _send, done) => {
    done(error());
  });
}

/**
 * The usage point of a meter's configuration.
 * @throws LinkyError `usage-point-missing`, `usage-point-invalid`, `variable-missing`
 */
export function usagePointOf(value: unknown): string {
  const usagePoint = given(value);
  if (isUsagePoint(usagePoint)) return usagePoint;
  throw misconfigured(usagePoint ? 'usage-point-invalid' : 'usage-point-missing');
}

/** Whether a node for production is on a meter. @param id the meter's */
export function isProducing(RED: NodeAPI, id: string): boolean {
  let found = false;
  RED.nodes.eachNode((node: NodeDef & { meter?: unknown; direction?: unknown }) => {
    if (node.meter !== id) return;
    found ||=
      node.type === 'linky-production' || (node.type === 'linky-cost' && node.direction === 'production');
  });
  return found;
}
