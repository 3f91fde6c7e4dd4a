import type { EventEmitter } from 'node:events';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { clock } from '../../src/calendar/clock';
import { isComparison, isOf, keptOf, keyOf, type Kept, type View } from '../../src/widget/kept';
import { lookOf, type Collecting, type Refreshed, type ToBrowsers } from '../../src/widget/messages';
import {
  isForgotten,
  over,
  reaches,
  renamed,
  streamOf,
  type Delivery,
  type Stream,
} from '../../src/widget/streams';
import { onFlowsStarted } from './flows-started';
import {
  COLLECTED,
  runningSources,
  SOURCE_TYPES,
  STATE,
  type Collected,
  type SourceNode,
  type SourceState,
} from './source';
import { liveTexts } from './language';
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

/** A refresh that did not bring yesterday is not repeated for so long, ms: Enedis publishes not by the minute. */
const PATIENCE = 5 * 60_000;

/** The streams that were on a widget's wires, by the widget's id: a deploy may make it anew. */
const streamsBefore = new Map<string, Stream[]>();

export = (RED: NodeAPI): void => {
  function LinkyWidget(this: Node, config: WidgetConfig): void {
    RED.nodes.createNode(this, config);
    const text = liveTexts(RED, 'ui-linky');
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
    /** The histories of which browsers are told, by view. */
    const collecting = new Map<string, Collecting>();
    const tellCollecting = (): void => {
      const all = [...collecting.values()];
      base.stores.state.set(base, this, {}, 'collecting', all);
      toBrowsers({ collecting: all });
    };
    /** The sources that a refresh asks. */
    let asked: readonly SourceNode[] = [];
    /** Those it waits for, how it has ended so far, and when the one before ended, epoch ms. */
    const awaited = new Set<SourceNode>();
    let refreshed: Refreshed = 'up-to-date';
    let refreshedAt = -Infinity;

    group.register(this, config, {
      beforeSend: (message) => {
        const standard = standardPartOf(message);
        for (const [property, value] of Object.entries(lookOf(standard.ui_update))) {
          base.stores.state.set(base, this, message, property, value);
        }
        const kept = keptOf(message);
        if (kept) return { ...standard, kept };
        if (Object.keys(standard).length > 0 || isComparison(message)) return standard;
        const { topic: named } = message as { topic?: unknown };
        const topic = typeof named === 'string' ? ` ${named}` : '';
        throw Object.assign(new Error(text('warn.not-a-reading', { topic })), { type: 'warn' });
      },
      // Saving adds to what the store has, so each metric stays until its next message.
      onInput: ({ kept }) => {
        if (!kept) return;
        shown.add(viewOf(kept));
        if (collecting.delete(viewOf(kept))) tellCollecting();
        base.stores.data.save(base, this, { [keyOf(kept)]: kept });
      },
      // Not Dashboard's `widget-action`: that one takes the topic away.
      onSend: () => {
        const sinceLast = clock.now() - refreshedAt;
        if (refreshed !== 'up-to-date' && sinceLast >= 0 && sinceLast < PATIENCE) {
          toBrowsers({ refreshed });
          return;
        }
        awaited.clear();
        for (const source of asked) awaited.add(source);
        refreshed = 'up-to-date';
        this.send({ topic: 'refresh' });
      },
    });

    /** In a subflow: the id of the node that this one was made from. */
    const ownId = (this as SourceNode)._alias ?? this.id;
    const sourcesAmong = (ids: readonly string[]): SourceNode[] =>
      [...runningSources].filter(({ id, _alias: alias }) => ids.includes(id) || ids.includes(alias ?? ''));

    /** Forgets what no source on the wires delivers any more. @returns the streams on the wires */
    const forget = (deliveries: readonly Delivery[]): Stream[] => {
      const before = streamsBefore.get(this.id) ?? [];
      const fleet = before.filter((stream) => stream.isOfFleet && deliveries.some(reaches(stream)));
      const streams = [...deliveries.map((each) => streamOf(each, each.usagePoint)), ...fleet];
      streamsBefore.set(this.id, streams);
      const stored = base.stores.data.get(this.id) ?? {};
      const left = Object.fromEntries(
        Object.entries(stored)
          .filter(([, kept]) => !isForgotten(kept, before, deliveries))
          .map(([key, kept]) => [key, renamed(kept, deliveries)]),
      );
      shown.clear();
      for (const kept of Object.values(left)) shown.add(viewOf(kept));
      if (Object.entries(stored).every(([key, kept]) => left[key] === kept)) return streams;
      base.stores.data.clear(this.id);
      base.stores.data.save(base, this, left);
      toBrowsers({ stored: left });
      return streams;
    };

    let unfollow = (): void => undefined;
    /** Looks after the sources on the wires, as they are after a deploy. */
    const follow = (): void => {
      unfollow();
      refreshedAt = -Infinity;
      const nodes: Wired[] = [];
      RED.nodes.eachNode((node) => nodes.push(node));
      const before = nodesBefore(nodes, ownId, SOURCE_TYPES).flatMap(({ id, outputs }) =>
        sourcesAmong([id]).map((source) => ({ source, outputs })),
      );
      const streams = forget(
        before.flatMap(({ source: { delivery }, outputs }) => (delivery ? [over(delivery, outputs)] : [])),
      );
      collecting.clear();
      tellCollecting();
      const onState = (source: SourceNode, { usagePoint, state }: SourceState): void => {
        const { delivery } = source;
        if (!delivery) return;
        const { direction } = delivery;
        const view = viewOf({ usagePoint, direction });
        // Consumption and its cost are two streams of one view.
        const isKnown = streams
          .filter(isOf({ usagePoint, direction }))
          .some((stream) => stream.metrics.some((metric) => delivery.metrics.includes(metric)));
        if (!isKnown) streams.push(streamOf(delivery, usagePoint));
        const history = 'history' in state ? state.history : undefined;
        if (shown.has(view) || (state.kind !== 'collecting' && !history)) {
          if (collecting.delete(view)) tellCollecting();
          return;
        }
        const { done = 0, total = 0, moreDays: days = 0 } = history ?? {};
        collecting.set(view, { usagePoint, direction, done, total, days });
        tellCollecting();
      };
      const onCollected = (source: SourceNode, { yesterday }: Collected): void => {
        if (!awaited.delete(source)) return;
        if (yesterday === 'error' || refreshed === 'up-to-date') refreshed = yesterday;
        if (awaited.size > 0) return;
        refreshedAt = clock.now();
        toBrowsers({ refreshed });
      };
      asked = sourcesAmong(nodesAfter(nodes, ownId, SOURCE_TYPES));
      const ends = [
        ...before.map(({ source }) =>
          listen(source, STATE, (what: SourceState) => {
            onState(source, what);
          }),
        ),
        ...asked.map((source) =>
          listen(source, COLLECTED, (what: Collected) => {
            onCollected(source, what);
          }),
        ),
      ];
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

/** @returns what ends it */
function listen(source: SourceNode, event: string, listener: (what: never) => void): () => void {
  // Node-RED's type of a node knows its own events alone.
  const events: EventEmitter = source;
  const on = listener as (what: unknown) => void;
  events.on(event, on);
  return () => {
    events.removeListener(event, on);
  };
}

const viewOf = ({ usagePoint, direction }: View): string => `${usagePoint}/${direction}`;

function standardPartOf(message: object): ToBrowsers {
  const known = Object.entries(message).filter(([name, value]) => {
    // Dashboard's own script takes any `ui_update` for an object.
    const fits = name !== 'ui_update' || (typeof value === 'object' && value !== null);
    return fits && STANDARD.some((one) => one === name);
  });
  return Object.fromEntries(known);
}
