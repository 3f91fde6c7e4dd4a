import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { clock } from '../../src/calendar/clock';
import type { LinkyError } from '../../src/providers/errors';
import { neededDays, rangeOf, resultOf } from '../../src/query/result';
import { formatted } from '../../src/query/formats';
import { parseQuery, type Query, type QueryInput } from '../../src/query/query';
import { fillOf } from '../../src/publisher/status';
import { isoParis } from '../../src/calendar/paris';
import { unitOfStep } from '../../src/query/buckets';
import { storeError } from '../../src/store/store-error';
import { noMeter, type MeterNode, type OpenMeter } from './meter';
import { liveTexts } from './language';

/** A flow written by hand may lack anything. */
interface HistoryConfig extends NodeDef {
  meter?: string;
  direction?: string;
  metric?: string;
  start?: string;
  startType?: 'date' | 'relative' | 'msg';
  end?: string;
  endType?: 'date' | 'relative' | 'msg';
  step?: string;
  format?: string;
  compare?: boolean;
}

type HistoryMessage = NodeMessage & QueryInput;

/** More of a value than this is not shown in a status. */
const LONGEST_VALUE = 20;

export = (RED: NodeAPI): void => {
  function LinkyHistory(this: Node, config: HistoryConfig): void {
    RED.nodes.createNode(this, config);
    const meter = RED.nodes.getNode(config.meter ?? '') as MeterNode | null;
    const text = meter?.textsOf('linky-history') ?? liveTexts(RED, 'linky-history');
    let closed = false;
    this.on('close', () => {
      closed = true;
    });
    if (!meter) {
      const { short, error } = noMeter(RED);
      this.status({ fill: 'red', shape: 'ring', text: short() });
      this.on('input', (_msg, _send, done) => {
        done(error());
      });
      return;
    }
    const showError = (error: LinkyError): void => {
      this.status({ fill: fillOf(error), shape: 'ring', text: meter.text(`error-short.${error.key}`) });
    };
    if (meter.problem) showError(meter.problem);

    const edgeOf = (type: string | undefined, value: string | undefined, msg: HistoryMessage): unknown =>
      type === 'msg' ? RED.util.getMessageProperty(msg, value ?? '') : value;
    const inputOf = (msg: HistoryMessage): QueryInput => ({
      direction: msg.direction ?? config.direction ?? 'consumption',
      metric: msg.metric ?? config.metric ?? 'daily',
      start: msg.start ?? edgeOf(config.startType, config.start, msg),
      end: msg.end ?? edgeOf(config.endType, config.end, msg),
      step: msg.step ?? config.step ?? 'native',
      format: msg.format ?? config.format ?? 'readings',
      compare: msg.compare ?? config.compare,
    });

    /** Has the days that the store lacks requested. @returns what kept some from it */
    const complete = async (query: Query, { collector, store, storedAs }: OpenMeter) => {
      const needed = neededDays(query, await rangeOf(store, storedAs, query, clock.now()));
      this.status({ fill: 'blue', shape: 'dot', text: meter.text('status.collecting') });
      const errors = await Promise.all(needed.map(({ series, ...range }) => collector.fetch(series, range)));
      return errors.find((error) => error !== undefined);
    };

    const answer = async (
      msg: HistoryMessage,
      send: (msg: NodeMessage) => void,
    ): Promise<Error | undefined> => {
      if (!meter.open) return meter.problem && meter.sentence(meter.problem);
      const query = parseQuery(inputOf(msg), clock.now());
      if ('field' in query) {
        const { field, value } = query;
        const short = value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value;
        this.status({ fill: 'red', shape: 'ring', text: text(`status.invalid.${field}`, { value: short }) });
        return Object.assign(new Error(text(`error.${field}`, { value })), { code: `invalid-${field}` });
      }
      const open = meter.open(meter.usagePoint);
      const problem = await complete(query, open);
      if (closed) return undefined;
      const { direction, metric, step, format, compare } = query;
      const result = await resultOf(open.store, open.storedAs, query, clock.now());
      send({
        ...msg,
        topic: `${direction}/${metric}`,
        payload: formatted(result, query, meter.usagePoint),
        unit: unitOfStep(direction, metric, step),
        direction,
        metric,
        step,
        format,
        compare: compare ? 'previous-year' : '',
        usagePoint: meter.usagePoint,
        meter: meter.name ?? meter.usagePoint,
        start: isoParis(result.range.start),
        end: isoParis(result.range.end),
        missing: result.missing,
      });
      if (problem) showError(problem);
      else this.status({});
      return problem && meter.sentence(problem);
    };

    this.on('input', (msg, send, done) => {
      answer(msg as HistoryMessage, send).then(done, (error: unknown) => {
        const failure = storeError(error);
        if (!closed) showError(failure);
        done(closed ? undefined : meter.sentence(failure));
      });
    });
  }

  RED.nodes.registerType('linky-history', LinkyHistory);
};
