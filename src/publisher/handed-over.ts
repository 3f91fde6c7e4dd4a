import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Resolves once Node-RED has handed to the next nodes what was sent: it does that in the next turn of the event loop. Only
 * then does it count as published, or a process that is killed meanwhile would lose it.
 */
export const handedOver = (): Promise<void> => nextTurn();
