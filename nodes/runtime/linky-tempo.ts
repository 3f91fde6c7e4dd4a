import type { NodeAPI, NodeDef } from 'node-red';
import { clock } from '../../src/calendar/clock';
import { scheduler } from '../../src/collector/scheduler';
import type { LinkyError } from '../../src/providers/errors';
import { fillOf } from '../../src/publisher/status';
import {
  isNews,
  nextTempoChange,
  tempoAt,
  type TempoMessage,
  type TempoNow,
} from '../../src/publisher/tempo-message';
import { storeError } from '../../src/store/store-error';
import { colourBookOf } from '../../src/tariff/colour-book';
import { colourSourceFor } from '../../src/tariff/colour-sources';
import { seasonAround, tempoDayOf } from '../../src/tariff/tempo';
import { liveTexts } from './language';
import { onceADay } from './once-a-day';
import type { SourceNode } from './source';
import { onOutput, sourceShell } from './source-node';
import type { TariffNode } from './tariff';
import { openStore } from './store';

interface TempoConfig extends NodeDef {
  tariff?: string;
}

const OUTPUTS = ['tempo/today', 'tempo/tomorrow'] as const;

/** The public source that needs no account: of a node without a tariff. */
const PUBLIC = { colours: 'api-couleur-tempo', coloursUrl: '', clientId: '', clientSecret: '' };

export = (RED: NodeAPI): void => {
  function LinkyTempo(this: SourceNode, config: TempoConfig): void {
    RED.nodes.createNode(this, config);
    const text = liveTexts(RED, 'linky-tempo');
    const errorText = liveTexts(RED, 'linky-meter');
    const { show, refuse, onStart } = sourceShell(RED, this);
    const sentenceOf = (error: LinkyError): Error =>
      Object.assign(new Error(errorText(`error.${error.key}`, { reason: error.about })), {
        code: error.code,
      });
    const tariff = RED.nodes.getNode(config.tariff ?? '') as TariffNode | null;
    let shared: ReturnType<typeof openStore>;
    try {
      shared = openStore(RED);
    } catch (error) {
      // The tariff, if there is one, has the same problem: nothing is to be corrected there.
      const problem = storeError(error);
      onStart(() => {
        this.error(sentenceOf(problem), {});
      });
      refuse(
        () => errorText(`error-short.${problem.key}`),
        () => sentenceOf(problem),
      );
      return;
    }
    const { store, release: releaseStore } = shared;
    if (tariff?.problem) {
      const { problem } = tariff;
      releaseStore();
      refuse(() => text('status.tariff-invalid'), problem);
      return;
    }
    // Who chose a source must not ask another one unknowingly, as while the tariff is disabled.
    if (config.tariff && !tariff) {
      releaseStore();
      refuse(
        () => text('status.no-tariff'),
        () => Object.assign(new Error(text('error.no-tariff')), { code: 'no-tariff' }),
      );
      return;
    }
    const book = tariff?.open?.colours ?? colourBookOf(store, colourSourceFor(PUBLIC));

    let sent: TempoNow = {};
    let failure: LinkyError | undefined;
    const send = (message: TempoMessage | undefined, replay: boolean): void => {
      if (message) this.send(onOutput(OUTPUTS, message.topic, replay ? { ...message, replay } : message));
    };
    const showColours = ({ today, tomorrow }: TempoNow): void => {
      show(() => {
        if (!today) {
          return failure
            ? { fill: fillOf(failure), shape: 'ring', text: errorText(`error-short.${failure.key}`) }
            : { fill: 'yellow', shape: 'ring', text: text('status.unknown') };
        }
        const params = {
          today: text(`colour.${today.payload}`),
          tomorrow: tomorrow ? text(`colour.${tomorrow.payload}`) : '',
        };
        return {
          fill: 'green',
          shape: 'dot',
          text: text(tomorrow ? 'status.today-tomorrow' : 'status.today', params),
        };
      });
    };
    /** Sends what is new since the last messages; the first ones after a start repeat what is known. */
    const update = (): void => {
      const now = clock.now();
      const current = tempoAt(book.known(), now);
      for (const output of ['today', 'tomorrow'] as const) {
        const message = current[output];
        if (message && isNews(message, sent[output])) send(message, isFirst);
      }
      isFirst = false;
      sent = { ...sent, ...current };
      showColours(current);
      scheduler.set(this, nextTempoChange(now), update);
    };
    let isFirst = true;
    const report = onceADay<LinkyError>((error) => {
      this.error(sentenceOf(error), { topic: 'tempo/error' });
    });
    let release = (): void => undefined;
    onStart(() => {
      release = book.use({
        since: seasonAround(tempoDayOf(clock.now())).start,
        onNews: update,
        onError: (error: LinkyError | undefined) => {
          failure = error;
          if (error) report(error.key, error);
          update();
        },
      });
    });

    this.on('input', (_msg, _send, done) => {
      const current = tempoAt(book.known(), clock.now());
      send(current.today, true);
      send(current.tomorrow, true);
      const reason = failure ? sentenceOf(failure) : new Error(text('error.unknown'));
      done(current.today ? undefined : reason);
    });
    this.on('close', () => {
      scheduler.delete(this);
      release();
      releaseStore();
    });
  }

  RED.nodes.registerType('linky-tempo', LinkyTempo);
};
