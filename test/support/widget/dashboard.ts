import type { Node, NodeAPI, NodeDef, NodeInitializer } from 'node-red';
import type { ToBrowsers } from '../../../src/widget/messages';

type Stored = Record<string, unknown>;
type Events = Record<'beforeSend' | 'onInput' | 'onSend', (message: object) => unknown>;

/** What of Dashboard 2 a widget's server needs: a group whose base has stores and browsers. Both outlive a deploy. */
export class FakeDashboard {
  /** What browsers got, oldest first. */
  readonly sent: ToBrowsers[] = [];
  readonly data = new Map<string, Stored>();
  readonly state = new Map<string, Stored>();
  readonly events = new Map<string, Events>();

  /** A node type `ui-group`. */
  readonly group: NodeInitializer = (RED: NodeAPI) => {
    const { sent, data, state, events } = this;
    const base = {
      stores: {
        data: {
          get: (id: string) => structuredClone(data.get(id)),
          save: (_base: object, { id }: Node, message: object) =>
            data.set(id, { ...data.get(id), ...message }),
          clear: (id: string) => data.delete(id),
        },
        state: {
          set: (_base: object, { id }: Node, _message: object, property: string, value: unknown) =>
            state.set(id, { ...state.get(id), [property]: value }),
        },
      },
      emit: (_event: string, message: ToBrowsers) => sent.push(message),
    };
    RED.nodes.registerType('ui-group', function (this: Node & object, config: NodeDef) {
      RED.nodes.createNode(this, config);
      Object.assign(this, {
        getBase: () => base,
        register: (node: Node, _config: object, widget: Events) => {
          events.set(node.id, widget);
          node.on('input', (message) => {
            const toBrowsers = widget.beforeSend(message) as ToBrowsers;
            widget.onInput(toBrowsers);
            sent.push(toBrowsers);
          });
        },
      });
    });
  };

  /** What is kept for a widget, as `usagePoint/direction`. */
  views(id: string): string[] {
    const keys = Object.keys(this.data.get(id) ?? {});
    return [...new Set(keys.map((key) => key.replace(/\/[^/]*$/, '')))].sort();
  }
}
