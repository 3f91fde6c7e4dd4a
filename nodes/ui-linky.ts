import type { Node, NodeAPI, NodeDef } from 'node-red';
import { keptOf, keyOf, type Kept } from '../src/widget/kept';

interface WidgetConfig extends NodeDef {
  group: string;
}

/** What a widget uses of Dashboard 2; its own types are not published. */
interface UiBase extends Node {
  stores: { data: { save(base: UiBase, node: Node, message: object): void } };
}
interface UiGroup extends Node {
  getBase(): UiBase;
  register(node: Node, config: WidgetConfig, events: WidgetEvents): void;
}
interface WidgetEvents {
  /** Turns a message into what browsers get. An error whose `type` is `warn` stops it with a warning. */
  beforeSend(message: object): ToBrowsers;
  onInput(message: ToBrowsers): void;
  onSend(message: object): void;
}

/** What Dashboard itself understands in any widget's message. */
const STANDARD = ['enabled', 'visible', 'class', 'ui_update'] as const;

interface ToBrowsers extends Partial<Record<(typeof STANDARD)[number], unknown>> {
  kept?: Kept;
}

export = (RED: NodeAPI): void => {
  function LinkyWidget(this: Node, config: WidgetConfig): void {
    RED.nodes.createNode(this, config);
    const group = RED.nodes.getNode(config.group) as UiGroup | null;
    if (!group) {
      this.status({ fill: 'red', shape: 'ring', text: RED._('ui-linky.status.no-group') });
      return;
    }
    const base = group.getBase();

    group.register(this, config, {
      beforeSend: (message) => {
        const standard = standardPartOf(message);
        const kept = keptOf(message);
        if (kept) return { ...standard, kept };
        if (Object.keys(standard).length > 0) return standard;
        const topic = 'topic' in message ? String(message.topic) : '';
        throw Object.assign(new Error(RED._('ui-linky.warn.not-a-reading', { topic })), { type: 'warn' });
      },
      // Saving adds to what the store has, so each metric stays until its next message.
      onInput: ({ kept }) => {
        if (kept) base.stores.data.save(base, this, { [keyOf(kept)]: kept });
      },
      // Not Dashboard's `widget-action`: that one takes the topic away.
      onSend: () => {
        this.send({ topic: 'refresh' });
      },
    });
  }

  RED.nodes.registerType('ui-linky', LinkyWidget);
};

function standardPartOf(message: object): ToBrowsers {
  return Object.fromEntries(Object.entries(message).filter(([name]) => STANDARD.some((one) => one === name)));
}
