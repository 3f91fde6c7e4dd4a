import type { NodeAPI, NodeDef } from 'node-red';
import { clock } from '../src/calendar/clock';
import { Collector } from '../src/collector/collector';
import { minutesOf } from '../src/collector/planner';
import { providerFor } from '../src/providers/providers';
import { isInsecure } from '../src/providers/address';
import type { Rejection } from '../src/providers/parser';
import type { Series } from '../src/metering/metrics';
import { logError } from '../src/store/log-error';
import { sharedLog } from '../src/store/shared';
import { usagePointOf, type MeterCredentials, type MeterNode, type OpenMeter } from './meter';
import { serveForm } from './meter-admin';

interface MeterConfig extends NodeDef {
  provider: string;
  /** A variable may make a number of it; a flow written by hand may have none. */
  usagePoint?: string | number;
  url: string;
  from: string;
  to: string;
  minute: number | string;
  history: number | string;
  loadCurveHistory: number | string;
}

const CONSENT: Record<string, string> = {
  conso: 'https://conso.boris.sh',
  myelectricaldata: 'https://www.v2.myelectricaldata.fr',
  dataconnect: 'https://mon-compte-particulier.enedis.fr',
};
/** More rejected days than this in one answer are told as a number. */
const REJECTIONS_TOLD = 5;

export = (RED: NodeAPI): void => {
  function LinkyMeter(this: MeterNode, config: MeterConfig): void {
    RED.nodes.createNode(this, config);
    this.usagePoint = String(config.usagePoint ?? '').trim();
    const name = config.name || this.usagePoint;
    this.text = (key, params) => RED._(`linky-meter.${key}`, params ?? {});
    const nameOf = (usagePoint: string): string =>
      usagePoint === this.usagePoint ? name : `${name} ${usagePoint}`;
    this.sentence = (error, usagePoint = this.usagePoint) => {
      const consent = CONSENT[config.provider] ?? '';
      const params = { meter: nameOf(usagePoint), usagePoint, consent, reason: error.about };
      return Object.assign(new Error(this.text(`error.${error.key}`, params)), { code: error.code });
    };

    const points = new Map<string, OpenMeter>();
    let release: (() => void) | undefined;
    try {
      usagePointOf(config.usagePoint);
      const { provider: kind, url } = config;
      const { token, clientId, clientSecret } = this.credentials;
      const shared = sharedLog(RED.settings.userDir ?? '.', clock.now());
      release = shared.release;
      if (shared.setAside) this.error(this.text('warn.log-set-aside', { file: shared.setAside }));
      const surroundings = { time: clock, ledger: shared.log.requests };
      const provider = providerFor({ provider: kind, url, token, clientId, clientSecret }, surroundings);
      if (isInsecure(url)) this.warn(this.text('warn.insecure-url', { meter: name }));
      const { log } = shared;

      this.open = (usagePoint) => {
        const before = points.get(usagePoint);
        if (before) return before;
        const meter = nameOf(usagePoint);
        // A simulated meter must never mix with the real one whose number it was given.
        const logName = kind === 'simulated' ? `simulated-${usagePoint}` : usagePoint;
        const collector = new Collector({
          usagePoint,
          logName,
          provider,
          log,
          schedule: {
            from: minutesOf(config.from),
            to: minutesOf(config.to),
            // An imported flow has none until its meter is opened in the editor; all of them must not share one.
            minute: config.minute === '' ? Number(this.usagePoint) % 60 : Number(config.minute),
            history: Number(config.history),
            loadCurveHistory: Number(config.loadCurveHistory),
            extraDays: provider.extraDays,
          },
          onRejected: (series, rejected) => {
            warnOf(this, meter, series, rejected);
          },
          onBackfill: (what, requests) => {
            this.log(this.text(`log.history-${what}`, { meter, count: String(requests) }));
          },
          onConsentEnding: (day) => {
            const params = { meter, day, consent: CONSENT[kind] ?? '' };
            this.warn(this.text('warn.consent-ends', params));
          },
        });
        const point = { usagePoint, collector, log, logName };
        points.set(usagePoint, point);
        return point;
      };
    } catch (error) {
      release?.();
      this.problem = logError(error);
    }

    this.on('close', (done: () => void) => {
      const stopped = [...points.values()].map(({ collector }) => collector.stop());
      void Promise.all(stopped).finally(() => {
        release?.();
        done();
      });
    });
  }

  function warnOf(node: MeterNode, meter: string, series: Series, rejected: readonly Rejection[]): void {
    for (const { day, reason, count } of rejected.slice(0, REJECTIONS_TOLD)) {
      const why = node.text(`warn.reason.${reason}`);
      node.warn(
        node.text('warn.rejected-value', {
          meter,
          series,
          day: day ?? '?',
          reason: why,
          count: String(count),
        }),
      );
    }
    const more = rejected.length - REJECTIONS_TOLD;
    if (more > 0) node.warn(node.text('warn.rejected-more', { meter, series, count: String(more) }));
  }

  RED.nodes.registerType<MeterNode, MeterConfig, object, MeterCredentials>('linky-meter', LinkyMeter, {
    credentials: {
      token: { type: 'password' },
      clientId: { type: 'text' },
      clientSecret: { type: 'password' },
    },
  });
  serveForm(RED);
};
