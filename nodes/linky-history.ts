import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { clock } from '../src/calendar/clock';
import type { LinkyError } from '../src/providers/errors';
import { answerTo, periodAsked, wantedDays } from '../src/query/result';
import { written } from '../src/query/formats';
import { questionOf, type Question, type Wording } from '../src/query/query';
import { fillOf } from '../src/publisher/status';
import { isoParis } from '../src/calendar/paris';
import { unitOfStep } from '../src/query/buckets';
import { logError } from '../src/store/log-error';
import type { MeterNode, OpenMeter } from './meter';

interface HistoryConfig extends NodeDef {
  meter: string;
  direction: string;
  metric: string;
  start: string;
  startType: 'date' | 'relative' | 'msg';
  end: string;
  endType: 'date' | 'relative' | 'msg';
  step: string;
  format: string;
  compare: boolean;
}

type HistoryMessage = NodeMessage & Wording;

export = (RED: NodeAPI): void => {
  function LinkyHistory(this: Node, config: HistoryConfig): void {
    RED.nodes.createNode(this, config);
    const meter = RED.nodes.getNode(config.meter) as MeterNode | null;
    let closed = false;
    this.on('close', () => {
      closed = true;
    });
    if (!meter) {
      this.status({ fill: 'red', shape: 'ring', text: RED._('linky-history.status.no-meter') });
      this.on('input', (_msg, _send, done) => {
        done(Object.assign(new Error(RED._('linky-history.error.no-meter')), { code: 'no-meter' }));
      });
      return;
    }
    const showError = (error: LinkyError): void => {
      this.status({ fill: fillOf(error), shape: 'ring', text: meter.text(`error-short.${error.key}`) });
    };
    if (meter.problem) showError(meter.problem);

    const edgeOf = (type: string, value: string, msg: HistoryMessage): unknown =>
      type === 'msg' ? RED.util.getMessageProperty(msg, value) : value;
    const wordingOf = (msg: HistoryMessage): Wording => ({
      direction: msg.direction ?? config.direction,
      metric: msg.metric ?? config.metric,
      start: msg.start ?? edgeOf(config.startType, config.start, msg),
      end: msg.end ?? edgeOf(config.endType, config.end, msg),
      step: msg.step ?? config.step,
      format: msg.format ?? config.format,
      compare: msg.compare ?? config.compare,
    });

    /** Has the log complete what it lacks. @returns what kept it from that */
    const complete = async (question: Question, { collector, log, logName }: OpenMeter) => {
      const wanted = wantedDays(question, periodAsked(log, logName, question, clock.now()));
      this.status({ fill: 'blue', shape: 'dot', text: meter.text('status.collecting') });
      const errors = await Promise.all(
        wanted.map(({ series, start, end }) => collector.fetch(series, start, end)),
      );
      return errors.find((error) => error !== undefined);
    };

    const answer = async (
      msg: HistoryMessage,
      send: (msg: NodeMessage) => void,
    ): Promise<Error | undefined> => {
      if (!meter.open) return meter.problem && meter.sentence(meter.problem);
      const question = questionOf(wordingOf(msg), clock.now());
      if ('field' in question) {
        const { field, value } = question;
        this.status({ fill: 'red', shape: 'ring', text: RED._('linky-history.status.misunderstood') });
        const sentence = RED._(`linky-history.error.${field}`, { value });
        return Object.assign(new Error(sentence), { code: `invalid-${field}` });
      }
      const open = meter.open(meter.usagePoint);
      const problem = await complete(question, open);
      if (closed) return undefined;
      const { log, logName } = open;
      const { direction, metric, step, format, compare } = question;
      const answered = answerTo(log, logName, question, clock.now());
      send({
        ...msg,
        topic: `${direction}/${metric}`,
        payload: written(answered, question, meter.usagePoint),
        unit: unitOfStep(direction, metric, step),
        direction,
        metric,
        step,
        format,
        compare: compare ? 'previous-year' : '',
        usagePoint: meter.usagePoint,
        meter: meter.name ?? meter.usagePoint,
        start: isoParis(answered.period.start),
        end: isoParis(answered.period.end),
        missing: answered.missing,
      });
      if (problem) showError(problem);
      else this.status({});
      return problem && meter.sentence(problem);
    };

    this.on('input', (msg, send, done) => {
      answer(msg as HistoryMessage, send).then(done, (error: unknown) => {
        const failure = logError(error);
        if (!closed) showError(failure);
        done(closed ? undefined : meter.sentence(failure));
      });
    });
  }

  RED.nodes.registerType('linky-history', LinkyHistory);
};
