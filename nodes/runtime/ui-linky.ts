import type { EventEmitter } from 'node:events';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { keptOf, keyOf, type Kept, type View } from '../../src/widget/kept';
import { lookOf, type Refreshed, type ToBrowsers } from '../../src/widget/messages';
import { isForgotten, type Stream } from '../../src/widget/streams';
import { onFlowsStarted } from './flows-started';
import { COLLECTED, SOURCE_TYPES, STATE, type Collected, type SourceNode, type SourceState } from './source';
import { anyLanguage, textsOf } from './texts';
import { nodesAfter, nodesBefore, type Wired } from './wiring';

interface WidgetConfig extends NodeDef {
  group: string;
}

/** What a widget uses of Dashboard 2; its own types are not published. */
interface UiBase extends Node {
  stores: {
    data: {
      get(id: string): Record<string, Kept> | undefined;
      save(base: UiBase, node: Node, message: object): void;
      clear(id: string): void;
    };
    state: { set(base: UiBase, node: Node, message: object, property: string, value: unknown): void };
  };
  /** To all browsers. */
  emit(event: string, message: object, node?: Node): boolean;
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

/** What the sources on a widget's wires stood for at the last deploy, by the widget's id: it may have been made anew. */
const streamsBefore = new Map<string, readonly Stream[]>();

export = (RED: NodeAPI): void => {
  function LinkyWidget(this: Node, config: WidgetConfig): void {
    RED.nodes.createNode(this, config);
    const text = textsOf('ui-linky', anyLanguage(RED));
    const group = RED.nodes.getNode(config.group) as UiGroup | null;
    if (!group) {
      this.status({ fill: 'red', shape: 'ring', text: text('status.no-group') });
      return;
    }
    const base = group.getBase();
    const toBrowsers = (message: ToBrowsers): void => {
      base.emit(`msg-input:${this.id}`, message, this);
    };
    /** The views that have something to show, as `usagePoint/direction`. */
    const shown = new Set<string>();
    /** The views of which browsers were told that their history is collected. */
    const collecting = new Set<string>();
    /** The sources that a refresh waits for. */
    const awaited = new Set<string>();
    let refreshed: Refreshed = 'up-to-date';

    group.register(this, config, {
      beforeSend: (message) => {
        const standard = standardPartOf(message);
        for (const [property, value] of Object.entries(lookOf(standard.ui_update))) {
          base.stores.state.set(base, this, message, property, value);
        }
        const kept = keptOf(message);
        if (kept) return { ...standard, kept };
        if (Object.keys(standard).length > 0) return standard;
        const topic = 'topic' in message ? ` ${String(message.topic)}` : '';
        throw Object.assign(new Error(text('warn.not-a-reading', { topic })), { type: 'warn' });
      },
      // Saving adds to what the store has, so each metric stays until its next message.
      onInput: ({ kept }) => {
        if (!kept) return;
        shown.add(viewOf(kept));
        base.stores.data.save(base, this, { [keyOf(kept)]: kept });
      },
      // Not Dashboard's `widget-action`: that one takes the topic away.
      onSend: () => {
        awaited.clear();
        for (const { id } of runningOf(nodesAfter(allNodes(), this.id, SOURCE_TYPES))) awaited.add(id);
        refreshed = 'up-to-date';
        this.send({ topic: 'refresh' });
      },
    });

    const allNodes = (): Wired[] => {
      const nodes: Wired[] = [];
      RED.nodes.eachNode((node) => nodes.push(node));
      return nodes;
    };
    const runningOf = (ids: readonly string[]): SourceNode[] =>
      ids.map((id) => RED.nodes.getNode(id) as SourceNode | null).filter((node) => node !== null);

    const forget = (streams: readonly Stream[]): void => {
      const before = streamsBefore.get(this.id) ?? [];
      streamsBefore.set(this.id, streams);
      const stored = Object.entries(base.stores.data.get(this.id) ?? {});
      const left = stored.filter(([, kept]) => !isForgotten(kept, before, streams));
      shown.clear();
      for (const [, kept] of left) shown.add(viewOf(kept));
      if (left.length === stored.length) return;
      base.stores.data.clear(this.id);
      base.stores.data.save(base, this, Object.fromEntries(left));
      toBrowsers({ forget: true, stored: Object.fromEntries(left) });
    };

    let unfollow = (): void => undefined;
    /** Looks after the sources on the wires, as they are after a deploy. */
    const follow = (): void => {
      unfollow();
      const nodes = allNodes();
      const before = runningOf(nodesBefore(nodes, this.id, SOURCE_TYPES));
      forget(before.flatMap(({ stream, direction }) => (stream ? [{ ...stream, direction }] : [])));
      const sources = new Set([...before, ...runningOf(nodesAfter(nodes, this.id, SOURCE_TYPES))]);
      const ends = [...sources].map((source) => {
        const onState = ({ usagePoint, state }: SourceState): void => {
          const { direction } = source;
          const view = viewOf({ usagePoint, direction });
          if (state.kind !== 'collecting') {
            if (collecting.delete(view)) toBrowsers({ ended: { usagePoint, direction } });
            return;
          }
          if (shown.has(view)) return;
          collecting.add(view);
          const { done = 0, total = 0, moreDays: days = 0 } = state.history ?? {};
          toBrowsers({ collecting: { usagePoint, direction, done, total, days } });
        };
        const onCollected = ({ yesterday }: Collected): void => {
          if (!awaited.delete(source.id)) return;
          if (yesterday === 'error' || refreshed === 'up-to-date') refreshed = yesterday;
          if (awaited.size === 0) toBrowsers({ refreshed });
        };
        // Node-RED's type of a node knows its own events alone.
        const events: EventEmitter = source;
        events.on(STATE, onState);
        events.on(COLLECTED, onCollected);
        return () => {
          events.removeListener(STATE, onState);
          events.removeListener(COLLECTED, onCollected);
        };
      });
      unfollow = () => {
        for (const end of ends) end();
      };
    };
    const endFollowing = onFlowsStarted(RED, follow);
    this.on('close', (removed: boolean, done: () => void) => {
      endFollowing();
      unfollow();
      if (removed) streamsBefore.delete(this.id);
      done();
    });
  }

  RED.nodes.registerType('ui-linky', LinkyWidget);
};

const viewOf = ({ usagePoint, direction }: View): string => `${usagePoint}/${direction}`;

function standardPartOf(message: object): ToBrowsers {
  return Object.fromEntries(Object.entries(message).filter(([name]) => STANDARD.some((one) => one === name)));
}
