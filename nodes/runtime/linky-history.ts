import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { clock } from '../../src/calendar/clock';
import type { LinkyError } from '../../src/providers/errors';
import { costRangeOf, costResultOf, neededForCost, neededLoadCurve } from '../../src/query/cost-result';
import {
  neededDays,
  rangeOf,
  resultOf,
  type Missing,
  type NeededDays,
  type Result,
} from '../../src/query/result';
import { formatted, isInParts } from '../../src/query/formats';
import {
  firstDayOf,
  neededForStatistics,
  statisticMessages,
  tariffSlug,
  type StatisticKind,
  type StatisticMessage,
} from '../../src/query/home-assistant';
import {
  isMeasured,
  isOfValues,
  parseQuery,
  type MeasuredQuery,
  type Query,
  type QueryInput,
} from '../../src/query/query';
import { fillOf } from '../../src/publisher/status';
import { addDays, dayOf, isoParis, type Day } from '../../src/calendar/paris';
import { rangeBefore, unitOfStep } from '../../src/query/buckets';
import { storeError } from '../../src/store/store-error';
import { refuseWithoutMeter, type MeterNode, type OpenMeter } from './meter';
import type { TariffNode } from './tariff';
import type { NamedTariff, OpenTariff, TariffUse } from '../../src/tariff/open-tariff';
import type { Direction } from '../../src/metering/metrics';
import { liveTexts } from './language';

/** A flow written by hand may lack anything. */
interface HistoryConfig extends NodeDef {
  meter?: string;
  /** Of `metric: "cost"`. */
  tariff?: string;
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

/** What a message of an answer has of its own; `until` of Home Assistant's statistics alone. */
type AnswerPart = Pick<StatisticMessage, 'range'> &
  Partial<Pick<StatisticMessage, 'statistic' | 'until'>> & { payload: unknown; unit: string };

/** An answer, message by message, and what kept days from being in it. */
interface Answer {
  parts: AnswerPart[];
  missing: Missing[];
  problem: LinkyError | undefined;
}

type HistoryMessage = NodeMessage & QueryInput & { parts?: unknown };

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
      refuseWithoutMeter(RED, this);
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
      since: msg.since,
    });

    /** Has days requested that the store lacks. @returns what kept some from it */
    const fetch = async ({ collector }: OpenMeter, needed: readonly NeededDays[]) => {
      this.status({ fill: 'blue', shape: 'dot', text: meter.text('status.collecting') });
      const errors = await Promise.all(needed.map(({ series, ...range }) => collector.fetch(series, range)));
      return errors.find((error) => error !== undefined);
    };
    /** What statistics are called in Home Assistant. */
    const nameOf = (kind: StatisticKind, period?: string): string => {
      const names = { meter: meter.name ?? meter.usagePoint, tariff: tariff?.title ?? '' };
      if (period === undefined) return text(`statistic.${kind}`, names);
      // One of a custom plan has the name that its user gave it.
      const key = `period.${period}`;
      const shown = text(key);
      return text(`statistic.${kind}-period`, { ...names, period: shown === key ? period : shown });
    };
    /** What a result is written as. @param priced by what a cost is */
    const partsOf = async (
      query: Query,
      { store, storedAs }: OpenMeter,
      result: Result,
      priced?: NamedTariff,
    ): Promise<AnswerPart[]> => {
      const { usagePoint } = meter;
      if (!isOfValues(query)) {
        const source = { consumer: this.id, usagePoint, storedAs, nameOf };
        return statisticMessages(store, query, source, clock.now(), priced);
      }
      const { direction, metric, step } = query;
      const { range } = result;
      const unit = unitOfStep(direction, metric, step);
      return formatted(result, query, usagePoint).map((payload) => ({ payload, unit, range }));
    };
    const measured = async (query: MeasuredQuery, open: OpenMeter): Promise<Answer> => {
      const { store, storedAs } = open;
      const range = await rangeOf(store, storedAs, query, clock.now());
      const needed = isOfValues(query) ? neededDays(query, range) : neededForStatistics(query, range);
      const problem = await fetch(open, needed);
      const result = await resultOf(store, storedAs, query, clock.now());
      return { parts: await partsOf(query, open, result), missing: result.missing, problem };
    };

    const tariff = RED.nodes.getNode(config.tariff ?? '') as TariffNode | null;
    const refused = (
      key: 'no-tariff' | 'no-feed-in' | 'same-ids',
      params: Record<string, string> = {},
    ): Error => {
      this.status({ fill: 'red', shape: 'ring', text: text(`status.${key}`) });
      return Object.assign(new Error(text(`error.${key}`, params)), { code: key });
    };
    /** Another tariff of this meter whose statistics would be written over those of this node's. */
    const tariffWithSameIds = (): TariffNode | undefined => {
      const others: TariffNode[] = [];
      RED.nodes.eachNode((each: HistoryConfig) => {
        if (each.type !== config.type || each.meter !== config.meter) return;
        if (each.format !== 'home-assistant' || each.tariff === config.tariff) return;
        const other = RED.nodes.getNode(each.tariff ?? '') as TariffNode | null;
        if (other) others.push(other);
      });
      return others.find(({ key }) => tariffSlug(key) === tariffSlug(tariff?.key ?? ''));
    };
    /** Of the queries under way. */
    const uses = new Set<TariffUse>();
    this.on('close', () => {
      for (const use of uses) use.release();
    });
    /** Does something while a tariff's prices and colours since a day are there, as far as they can be had. */
    const withPricesSince = async <T>(
      since: Day,
      tariff: OpenTariff,
      direction: Direction,
      work: () => Promise<T>,
    ): Promise<T> => {
      const ignore = (): void => undefined;
      const use = tariff.use(direction, { since, onNews: ignore, onError: ignore });
      uses.add(use);
      try {
        await use.settled();
        return await work();
      } finally {
        uses.delete(use);
        use.release();
      }
    };
    const costs = async (query: Query, open: OpenMeter): Promise<Answer | Error> => {
      const { store, storedAs } = open;
      if (tariff?.problem) {
        this.status({ fill: 'red', shape: 'ring', text: text('status.tariff-invalid') });
        return tariff.problem();
      }
      if (!tariff?.open) return refused('no-tariff');
      const alike = isOfValues(query) ? undefined : tariffWithSameIds();
      if (alike) return refused('same-ids', { tariff: tariff.title, other: alike.title });
      const range = await costRangeOf(store, storedAs, query, clock.now());
      const first = dayOf(query.compare ? rangeBefore(range).start : range.start);
      // Statistics begin with the first day there is, whatever the query is about.
      const oldest = isOfValues(query) ? undefined : await firstDayOf(store, storedAs, query.direction);
      // The night of the first day has the colour of the day before.
      const since = addDays(oldest !== undefined && oldest < first ? oldest : first, -1);
      const { open: opened } = tariff;
      return withPricesSince(since, opened, query.direction, async () => {
        const priced = opened.tariffFor(query.direction);
        // What is fed in has its energy, whether it earns anything or not.
        if (!priced && !isOfValues(query)) return measured({ ...query, metric: 'daily' }, open);
        if (!priced) return refused('no-feed-in');
        const problem = await fetch(open, neededForCost(query, range, priced));
        const rest = await fetch(open, await neededLoadCurve(store, storedAs, query, range, priced));
        const result = await costResultOf(store, storedAs, query, clock.now(), priced);
        const parts = await partsOf(query, open, result, priced);
        return { parts, missing: result.missing, problem: problem ?? rest };
      });
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
      const answered = await (isMeasured(query) ? measured(query, open) : costs(query, open));
      if (closed || answered instanceof Error) return closed ? undefined : (answered as Error);
      const { parts, missing, problem } = answered;
      const { direction, metric, step, format, compare } = query;
      // As a split node writes it, so that a join node puts them together again.
      const id = RED.util.generateId();
      const around = msg.parts;
      for (const [index, { payload, unit, range, statistic, until }] of parts.entries()) {
        send({
          ...(index === 0 ? msg : RED.util.cloneMessage(msg)),
          topic: `${direction}/${metric}`,
          payload,
          unit,
          direction,
          metric,
          step,
          format,
          compare: compare ? 'previous-year' : '',
          usagePoint: meter.usagePoint,
          meter: meter.name ?? meter.usagePoint,
          ...(metric === 'cost' && { tariff: tariff?.title }),
          start: isoParis(range.start),
          end: isoParis(range.end),
          missing: structuredClone(missing),
          ...(statistic !== undefined && { statistic }),
          ...(until !== undefined && { until: isoParis(until) }),
          ...(isInParts(format) && {
            parts: { ...(around ? { parts: structuredClone(around) } : {}), id, index, count: parts.length },
          }),
        });
      }
      if (problem) showError(problem);
      else if (parts.length > 0) this.status({});
      else this.status({ fill: 'green', shape: 'dot', text: text('status.nothing-new') });
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
