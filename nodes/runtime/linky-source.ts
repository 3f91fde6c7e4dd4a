import { setImmediate as turn } from 'node:timers/promises';
import type { NodeAPI, NodeDef, NodeMessage } from 'node-red';
import type { State } from '../../src/collector/meter';
import { storeError } from '../../src/store/store-error';
import type { LinkyError } from '../../src/providers/errors';
import { METRICS, wantedMetrics, type Direction, type Metric } from '../../src/metering/metrics';
import type { SourceMessage } from '../../src/publisher/message';
import { timeRangeOf } from '../../src/calendar/instants';
import { Publisher, type Outlet } from '../../src/publisher/publisher';
import { fleetStatus, statusOf } from '../../src/publisher/status';
import { usagePointsOf } from '../../src/metering/usage-points';
import { noMeter, type MeterNode } from './meter';
import { onceADay } from './once-a-day';
import { consumerOf } from './publishing';
import { COLLECTED, STATE, type Collected, type SourceNode, type SourceState } from './source';
import { onInput, onOutput, saysWhatFails, serveButton, sourceShell } from './source-node';

/** A flow written by hand may lack anything. */
interface SourceConfig extends NodeDef {
  meter?: string;
  loadCurve?: boolean;
  replay?: boolean;
  publish?: string;
}

interface SourceInput extends NodeMessage {
  usagePoint?: unknown;
  start?: unknown;
  end?: unknown;
}

const onItsOutput = (metric: Metric, message: SourceMessage): (NodeMessage | null)[] =>
  onOutput(METRICS, metric, message);

/** The two source nodes differ in their direction alone. */
export function registerSource(RED: NodeAPI, direction: Direction): void {
  const type = `linky-${direction}`;

  function LinkySource(this: SourceNode, config: SourceConfig): void {
    RED.nodes.createNode(this, config);
    const meter = RED.nodes.getNode(config.meter ?? '') as MeterNode | null;
    const { show, refuse, onStart } = sourceShell(RED, this);
    if (!meter) {
      const { short, error } = noMeter(RED);
      refuse(short, error);
      return;
    }
    const loadCurve = config.loadCurve ?? true;
    /** Not the meter's own: a fleet whose meter has no name goes by its numbers. */
    const nameOf = (usagePoint: string): string => meter.name ?? usagePoint;
    this.delivery = {
      direction,
      usagePoint: meter.usagePoint,
      meter: nameOf(meter.usagePoint),
      metrics: wantedMetrics(direction, loadCurve),
      storedAs: meter.storedAs,
    };
    const { open, problem } = meter;
    if (problem) {
      onStart(() => {
        this.error(meter.sentence(problem), {});
      });
      refuse(
        () => meter.text(`error-short.${problem.key}`),
        () => meter.sentence(problem),
      );
    }
    if (!open) return;
    const points = new Map<string, Publisher>();
    const counts: Record<State['kind'], number> = { collecting: 0, 'up-to-date': 0, waiting: 0, error: 0 };
    const outlet: Outlet = {
      message: (metric, message) => {
        this.send(onItsOutput(metric, message));
      },
      state: (before, after, { usagePoint }) => {
        if (before) counts[before.kind] -= 1;
        counts[after.kind] += 1;
        show(() => (points.size > 1 ? fleetStatus(counts, meter.text) : statusOf(after, meter.text)));
        this.emit(STATE, { usagePoint, state: after } satisfies SourceState);
      },
      error: (error, { usagePoint, meter: name }) => {
        if (error.isOfStore) {
          // It concerns all usage points of a fleet: one sentence says it.
          reportStore(error.key, error);
          return;
        }
        const msg = { topic: `${direction}/error`, usagePoint, meter: name };
        this.error(meter.sentence(error, { usagePoint, isRetried: true }), msg);
      },
    };
    const reportStore = onceADay<LinkyError>((error) => {
      const msg = {
        topic: `${direction}/error`,
        usagePoint: meter.usagePoint,
        meter: nameOf(meter.usagePoint),
      };
      this.error(meter.sentence(error, { isRetried: true }), msg);
    });

    /** Looks after a usage point as after the meter's own, from now on. */
    const serve = (usagePoint: string): Publisher => {
      const served = points.get(usagePoint);
      if (served) return served;
      const { collector, store, storedAs } = open(usagePoint);
      const source = {
        consumer: consumerOf(RED, this, config),
        direction,
        usagePoint,
        storedAs,
        meter: nameOf(usagePoint),
      };
      const point = new Publisher(collector, store, source, loadCurve, outlet);
      points.set(usagePoint, point);
      point.begin(config.replay ?? true).catch((error: unknown) => {
        outlet.error(storeError(error), source);
      });
      return point;
    };
    onStart(() => {
      serve(meter.usagePoint);
    });

    const collect = async (asked: Iterable<Publisher>): Promise<void> => {
      const states = await Promise.all([...asked].map((point) => point.collect()));
      const yesterday =
        (['error', 'waiting'] as const).find((state) => states.includes(state)) ?? 'up-to-date';
      this.emit(COLLECTED, { yesterday } satisfies Collected);
    };
    this.collectNow = saysWhatFails(this, meter, () => collect(points.values()));

    const refused = (key: string, params?: Record<string, string>): Error =>
      Object.assign(new Error(meter.text(`error.${key}`, params)), { code: key });

    let closed = false;
    const answer = async (msg: SourceInput, send: (msg: (NodeMessage | null)[]) => void): Promise<void> => {
      const period = msg.topic === 'replay' ? timeRangeOf(msg) : undefined;
      if (msg.topic === 'replay' && !period) throw refused('period-invalid');
      const { usagePoints, invalid } = usagePointsOf(msg.usagePoint ?? [...points.keys()]);
      const asked: Publisher[] = [];
      for (const usagePoint of usagePoints) {
        const point = serve(usagePoint);
        if (period) {
          await point.replay(period, (metric, message) => {
            send(onItsOutput(metric, message));
          });
        }
        asked.push(point);
        // A message may name thousands.
        await turn();
        if (closed) return;
      }
      if (!period) await collect(asked);
      if (invalid.length > 0) {
        throw refused('usage-points-invalid', { values: invalid.join(', ') });
      }
    };

    onInput(this, meter, answer);

    this.on('close', (done: () => void) => {
      closed = true;
      void Promise.all([...points.values()].map((point) => point.end())).finally(done);
    });
  }

  RED.nodes.registerType(type, LinkySource);

  serveButton(RED, type, `/linky/${direction}`);
}
