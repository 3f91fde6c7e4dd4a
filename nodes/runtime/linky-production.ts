import type { NodeAPI } from 'node-red';
import { registerSource } from './linky-source';

export = (RED: NodeAPI): void => {
  registerSource(RED, 'production');
};
