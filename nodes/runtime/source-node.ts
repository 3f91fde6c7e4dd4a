import type { NodeAPI, NodeMessage } from 'node-red';
import { LinkyError } from '../../src/providers/errors';
import type { Status } from '../../src/publisher/status';
import { storeError } from '../../src/store/store-error';
import { onFlowsStarted } from './flows-started';
import { onLanguageChanged } from './language';
import type { MeterNode } from './meter';
import { COLLECTED, listSource, type Collected, type SourceNode } from './source';

/** What source nodes do alike, whatever they deliver. */
export interface SourceShell {
  /** Shows a status from now on, in the language that the meter has when it is shown. */
  show: (status: () => Status) => void;
  /** It cannot work, and says so to whatever comes in. */
  refuse: (short: () => string, error: () => Error) => void;
  /** Once, when all nodes of the flows are there. */
  onStart: (begin: () => void) => void;
}

export function sourceShell(RED: NodeAPI, node: SourceNode): SourceShell {
  listSource(node);
  let status: (() => Status) | undefined;
  node.on(
    'close',
    onLanguageChanged(() => {
      if (status) node.status(status());
    }),
  );
  const show = (next: () => Status): void => {
    status = next;
    node.status(next());
  };
  return {
    show,
    refuse(short, error) {
      show(() => ({ fill: 'red', shape: 'ring', text: short() }));
      node.on('input', (_msg, _send, done) => {
        node.emit(COLLECTED, { yesterday: 'error' } satisfies Collected);
        done(error());
      });
    },
    onStart(begin) {
      const end = onFlowsStarted(RED, () => {
        end();
        begin();
      });
      node.on('close', end);
    },
  };
}

/** Answers each message that comes in; what fails is told to Catch nodes, and to a widget that waits for it. */
export function onInput(
  node: SourceNode,
  meter: MeterNode,
  answer: (msg: NodeMessage, send: (msg: (NodeMessage | null)[]) => void) => Promise<void>,
): void {
  node.on('input', (msg, send, done) => {
    answer(msg, send).then(
      () => {
        done();
      },
      (error: unknown) => {
        node.emit(COLLECTED, { yesterday: 'error' } satisfies Collected);
        done(error instanceof LinkyError ? meter.sentence(error) : (error as Error));
      },
    );
  });
}

/** Of the button, which no message stands behind. @returns what never rejects */
export function saysWhatFails(
  node: SourceNode,
  meter: MeterNode,
  collect: () => Promise<void>,
): () => Promise<void> {
  return () =>
    collect().catch((error: unknown) => {
      node.emit(COLLECTED, { yesterday: 'error' } satisfies Collected);
      node.error(meter.sentence(storeError(error)), {});
    });
}

/**
 * A message on its output, nothing on the others.
 * @param outputs their names, in order
 */
export const onOutput = <Name>(
  outputs: readonly Name[],
  name: Name,
  message: object,
): (NodeMessage | null)[] => outputs.map((output) => (output === name ? (message as NodeMessage) : null));

/** Answers the button of a source node in the editor: it collects now. */
export function serveButton(RED: NodeAPI, type: string, path: string): void {
  RED.httpAdmin.post(`${path}/:id`, RED.auth.needsPermission(`${type}.write`), (req, res) => {
    const node = RED.nodes.getNode(String(req.params['id'])) as SourceNode | null;
    if (node?.type !== type) {
      res.sendStatus(404);
      return;
    }
    if (!node.collectNow) {
      res.sendStatus(409);
      return;
    }
    void node.collectNow();
    res.sendStatus(200);
  });
}
