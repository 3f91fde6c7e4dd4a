import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { clock } from '../src/collection/clock';
import type { Consumer } from '../src/collection/collector';
import { METRICS, seriesOf, wantedSeries, type Direction, type Metric } from '../src/metering/metrics';
import { keptMessages, lastMessage, type Source, type SourceMessage } from '../src/messages/messages';
import { periodOf } from '../src/messages/period';
import { statusOf } from '../src/messages/status';
import { tellFresh } from '../src/messages/telling';
import { logError } from '../src/store/log-error';
import type { MeterNode } from './meter';

interface SourceConfig extends NodeDef {
  meter: string;
  loadCurve: boolean;
  replay: boolean;
}

interface SourceNode extends Node {
  collectNow(): Promise<void>;
}

/** The message on the output of its metric, nothing on the others. */
const onItsOutput = (metric: Metric, message: SourceMessage): (NodeMessage | null)[] =>
  METRICS.map((output) => (output === metric ? (message as object as NodeMessage) : null));

/** The two source nodes differ in their direction alone. */
export function registerSource(RED: NodeAPI, direction: Direction): void {
  const type = `linky-${direction}`;

  /** Before all nodes of the flows are there, a message or an error would fall beside them and be lost. */
  function onStart(node: Node, begin: () => void): void {
    RED.events.once('flows:started', begin);
    node.on('close', () => {
      RED.events.removeListener('flows:started', begin);
    });
  }

  function LinkySource(this: SourceNode, config: SourceConfig): void {
    RED.nodes.createNode(this, config);
    const meter = RED.nodes.getNode(config.meter) as MeterNode | null;
    this.collectNow = () => Promise.resolve();
    if (!meter) {
      this.status({ fill: 'red', shape: 'ring', text: RED._('linky-source.no-meter') });
      return;
    }
    if (!meter.open) {
      const { problem } = meter;
      if (problem) {
        this.status({ fill: 'red', shape: 'ring', text: meter.text(`error-short.${problem.key}`) });
        onStart(this, () => {
          this.error(meter.sentence(problem), {});
        });
      }
      return;
    }
    const { collector, log, logName } = meter.open;
    const { usagePoint, name } = meter;
    const source: Source = {
      consumer: this.id,
      direction,
      usagePoint,
      logName,
      meter: name ?? usagePoint,
    };
    const wants = wantedSeries(direction, config.loadCurve);
    const metrics = METRICS.filter((metric) => wants.includes(seriesOf(direction, metric)));

    const emit = (metric: Metric, message: SourceMessage): void => {
      this.send(onItsOutput(metric, message));
    };
    const tell = (metric: Metric): boolean =>
      tellFresh(log, source, metric, clock.now(), (message) => {
        emit(metric, message);
      });

    const consumer: Consumer = {
      wants,
      onReadings: () => {
        for (const metric of metrics) tell(metric);
      },
      onState: () => {
        this.status(statusOf(collector.stateFor(consumer), meter.text));
      },
      onError: (error) => {
        this.error(meter.sentence(error), { topic: `${direction}/error`, usagePoint, meter: source.meter });
      },
    };

    onStart(this, () => {
      try {
        for (const metric of metrics) {
          if (tell(metric) || !config.replay) continue;
          const last = lastMessage(log, source, metric, clock.now());
          if (last) emit(metric, last);
        }
      } catch (error) {
        consumer.onError(logError(error));
      }
      collector.register(consumer);
    });

    this.collectNow = () => collector.collect();

    this.on('input', (msg, send, done) => {
      if (msg.topic !== 'replay') {
        void collector.collect().then(() => {
          done();
        }, done);
        return;
      }
      const period = periodOf(msg as { start?: unknown; end?: unknown });
      if (!period) {
        done(new Error(meter.text('error.period-invalid')));
        return;
      }
      try {
        for (const metric of metrics) {
          for (const message of keptMessages(log, source, metric, clock.now(), period)) {
            send(onItsOutput(metric, message));
          }
        }
        done();
      } catch (error) {
        done(meter.sentence(logError(error)));
      }
    });

    this.on('close', () => {
      collector.deregister(consumer);
    });
  }

  RED.nodes.registerType(type, LinkySource);

  RED.httpAdmin.post(`/linky/${direction}/:id`, RED.auth.needsPermission(`${type}.write`), (req, res) => {
    const node = RED.nodes.getNode(String(req.params['id'])) as SourceNode | null;
    if (node?.type !== type) {
      res.sendStatus(404);
      return;
    }
    void node.collectNow();
    res.sendStatus(200);
  });
}
