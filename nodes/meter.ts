import type { Node } from 'node-red';
import type { Collector } from '../src/collection/collector';
import type { LinkyError } from '../src/enedis/errors';
import type { Text } from '../src/messages/status';
import type { ReadingLog } from '../src/store/log';

export interface MeterCredentials {
  token?: string;
  clientId?: string;
  clientSecret?: string;
}

/** What a working meter offers the nodes on it. */
interface OpenMeter {
  collector: Collector;
  log: ReadingLog;
  /** What the log calls the usage point. */
  logName: string;
}

/** The config node as other nodes see it. */
export interface MeterNode extends Node<MeterCredentials> {
  usagePoint: string;
  /** Absent while the configuration, or the log, does not allow to work: `problem` says why. */
  open?: OpenMeter;
  problem?: LinkyError;
  /** A sentence of this package's locales. */
  text: Text;
  /** An error as people read it, with its code, for the log and Catch nodes. */
  sentence(error: LinkyError): Error & { code: string };
}
