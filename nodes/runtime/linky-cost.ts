import type { NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { clock } from '../../src/calendar/clock';
import { timeRangeOf } from '../../src/calendar/instants';
import { addDays, dayOf } from '../../src/calendar/paris';
import type { Direction } from '../../src/metering/metrics';
import type { LinkyError } from '../../src/providers/errors';
import { COST_METRICS, type ComparisonMessage, type CostMessage } from '../../src/publisher/cost-message';
import { CostPublisher } from '../../src/publisher/cost-publisher';
import { shortDay, statusOf, type Status } from '../../src/publisher/status';
import type { State } from '../../src/collector/meter';
import { COST_FACE_METRICS } from '../../src/widget/face-metrics';
import { onFlowsStarted } from './flows-started';
import { liveTexts } from './language';
import { noMeter, type MeterNode } from './meter';
import { onceADay } from './once-a-day';
import { consumerOf } from './publishing';
import { COLLECTED, STATE, type Collected, type SourceNode, type SourceState } from './source';
import { onInput, onOutput, saysWhatFails, serveButton, sourceShell } from './source-node';
import type { NamedTariff, OpenTariff, TariffUse } from '../../src/tariff/open-tariff';
import type { TariffNode } from './tariff';

/** A flow written by hand may lack anything. */
interface CostConfig extends NodeDef {
  meter?: string;
  tariff?: string;
  compareWith?: unknown;
  direction?: string;
  loadCurve?: boolean;
  replay?: boolean;
  publish?: string;
}

interface CostInput extends NodeMessage {
  start?: unknown;
  end?: unknown;
}

const TYPE = 'linky-cost';
const OUTPUTS = [...COST_METRICS, 'comparison'] as const;

/** The message on its output, nothing on the others. */
const onItsOutput = (message: CostMessage | ComparisonMessage): (NodeMessage | null)[] =>
  onOutput(OUTPUTS, message.metric, message);

export = (RED: NodeAPI): void => {
  function LinkyCost(this: SourceNode, config: CostConfig): void {
    RED.nodes.createNode(this, config);
    const meter = RED.nodes.getNode(config.meter ?? '') as MeterNode | null;
    const text = meter?.textsOf(TYPE) ?? liveTexts(RED, TYPE);
    const { show, refuse, onStart } = sourceShell(RED, this);
    const refusal = (key: string, params?: Record<string, string>): Error =>
      Object.assign(new Error(text(`error.${key}`, params)), { code: key });
    if (!meter) {
      const { short, error } = noMeter(RED);
      refuse(short, error);
      return;
    }
    /** It cannot work, and says why to Catch nodes too. */
    const fail = (short: () => string, error: () => Error): void => {
      onStart(() => {
        this.error(error(), {});
      });
      refuse(short, error);
    };
    const { open, problem } = meter;
    if (!open) {
      if (problem) {
        fail(
          () => meter.text(`error-short.${problem.key}`),
          () => meter.sentence(problem),
        );
      }
      return;
    }
    const tariff = RED.nodes.getNode(config.tariff ?? '') as TariffNode | null;
    if (tariff?.type !== 'linky-tariff') {
      refuse(
        () => text('status.no-tariff'),
        () => refusal('no-tariff'),
      );
      return;
    }
    const { open: ownTariff, problem: tariffProblem } = tariff;
    if (!ownTariff) {
      fail(
        () => text('status.tariff-invalid'),
        () => tariffProblem?.() ?? refusal('no-tariff'),
      );
      return;
    }
    const direction: Direction = config.direction === 'production' ? 'production' : 'consumption';
    if (!ownTariff.tariffFor(direction)) {
      fail(
        () => text('status.no-feed-in'),
        () => refusal('no-feed-in', { tariff: tariff.title }),
      );
      return;
    }
    const own = tariff.id;
    let tariffs: readonly OpenTariff[] = [ownTariff];
    /** A deploy may have made the tariffs anew, and leave this node as it is. @returns whether they are others */
    const findTariffs = (): boolean => {
      const before = tariffs;
      const others = othersOf(config, own).flatMap(({ open: found, problem: wrong, title: name }) => {
        if (wrong) this.warn(wrong().message);
        if (found?.tariffFor(direction)) return [found];
        if (found) this.warn(refusal('no-feed-in', { tariff: name }).message);
        return [];
      });
      const first = (RED.nodes.getNode(own) as TariffNode | null)?.open ?? ownTariff;
      tariffs = [first, ...others];
      return tariffs.length !== before.length || tariffs.some((each, i) => each !== before[i]);
    };

    const { usagePoint } = meter;
    const { collector, store, storedAs } = open(usagePoint);
    const name = meter.name ?? usagePoint;
    this.delivery = {
      direction,
      usagePoint,
      meter: name,
      metrics: COST_FACE_METRICS,
      storedAs: meter.storedAs,
    };
    const tell = (error: LinkyError): void => {
      const msg = { topic: 'cost/error', usagePoint, meter: name };
      this.error(meter.sentence(error, { isRetried: true }), msg);
    };
    /** Told once a day: prices and colours are asked for again by themselves. */
    const report = onceADay(tell);
    let uses: readonly TariffUse[] = [];
    const onNews = (): void => {
      publisher.update();
    };
    const onError = (error: LinkyError): void => {
      report(error.key, error);
    };
    const publisher = new CostPublisher(
      collector,
      store,
      { consumer: consumerOf(RED, this, config), direction, usagePoint, storedAs, meter: name },
      () => tariffs.map((each) => each.tariffFor(direction)) as [NamedTariff, ...NamedTariff[]],
      config.loadCurve ?? true,
      {
        message: (message) => {
          this.send(onItsOutput(message));
        },
        error: (error) => {
          // The collection and the costs both meet with it.
          if (error.isOfStore) report(error.key, error);
          else tell(error);
        },
        wantsSince: (day) => {
          const before = uses;
          uses = tariffs.map((each) => each.use(direction, { since: day, onNews, onError }));
          // Ended after the others have begun: what is loaded stays.
          for (const { release } of before) release();
          return Promise.all(uses.map(({ ready }) => ready));
        },
        state: (after) => {
          show(() => costStatus(after));
          this.emit(STATE, { usagePoint, state: after } satisfies SourceState);
        },
      },
    );
    /** What was collected may not be enough for a cost: then it says so, instead of being up to date. */
    const costStatus = (state: State): Status => {
      if (state.kind !== 'up-to-date' || publisher.isUpToDate) return statusOf(state, meter.text);
      const day = shortDay(addDays(dayOf(clock.now()), -1));
      return { fill: 'yellow', shape: 'ring', text: text('status.incomplete', { day }) };
    };

    onStart(() => {
      findTariffs();
      void publisher.begin(config.replay ?? true);
    });
    this.on(
      'close',
      onFlowsStarted(RED, () => {
        if (findTariffs()) publisher.updateTariffs();
      }),
    );

    const collect = async (): Promise<void> => {
      const yesterday = await publisher.collect();
      this.emit(COLLECTED, { yesterday } satisfies Collected);
    };
    this.collectNow = saysWhatFails(this, meter, collect);
    const answer = async (msg: CostInput, send: (msg: (NodeMessage | null)[]) => void): Promise<void> => {
      if (msg.topic !== 'replay') {
        await collect();
        return;
      }
      const period = timeRangeOf(msg);
      if (!period)
        throw Object.assign(new Error(meter.text('error.period-invalid')), { code: 'period-invalid' });
      await publisher.replay(period, (message) => {
        send(onItsOutput(message));
      });
    };
    onInput(this, meter, answer);
    this.on('close', (done: () => void) => {
      for (const { release } of uses) release();
      void publisher.end().finally(done);
    });
  }

  /**
   * The tariffs to compare with, each once. Where one was deleted, the editor leaves its id, or a text
   * instead of a list.
   */
  function othersOf({ compareWith }: CostConfig, own: string): TariffNode[] {
    const ids = new Set([compareWith ?? []].flat().map(String));
    return [...ids].flatMap((id) => {
      const other = RED.nodes.getNode(id) as TariffNode | null;
      return other?.type === 'linky-tariff' && id !== own ? [other] : [];
    });
  }

  RED.nodes.registerType(TYPE, LinkyCost);
  serveButton(RED, TYPE, '/linky/cost');
};
