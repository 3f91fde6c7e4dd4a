import type { NodeAPI, NodeDef } from 'node-red';
import { clock } from '../src/calendar/clock';
import { Collector } from '../src/collector/collector';
import { minutesOf, type Schedule } from '../src/collector/schedule';
import { providerFor } from '../src/providers/providers';
import { isInsecure } from '../src/providers/address';
import type { Rejection } from '../src/providers/parser';
import type { Series } from '../src/metering/metrics';
import { sharedStore } from '../src/store/shared';
import { storeError } from '../src/store/store-error';
import { usagePointOf, type MeterCredentials, type MeterNode, type OpenMeter } from './meter';
import { serveForm } from './meter-admin';

/** As Node-RED hands it over: a flow written by hand may lack anything, and a variable may make a number of a text. */
interface MeterConfig extends NodeDef {
  provider?: string;
  usagePoint?: string | number;
  url?: string;
  from?: string;
  to?: string;
  minute?: number | string;
  history?: number | string;
  loadCurveHistory?: number | string;
}

/** What a property is that a flow lacks. */
const DEFAULTS = {
  provider: 'conso',
  url: '',
  from: '05:00',
  to: '20:00',
  history: 3,
  loadCurveHistory: 7,
};

const CONSENT: Record<string, string> = {
  conso: 'https://conso.boris.sh',
  myelectricaldata: 'https://www.v2.myelectricaldata.fr',
  dataconnect: 'https://mon-compte-particulier.enedis.fr',
};
/** More rejected days than this in one answer are told as a number. */
const REJECTIONS_TOLD = 5;

/** @param usagePoint of the meter node itself */
function scheduleOf(config: MeterConfig, usagePoint: string, extraDays: number): Schedule {
  const hours = { from: timeOf(config.from, DEFAULTS.from), to: timeOf(config.to, DEFAULTS.to) };
  const isOrdered = hours.from <= hours.to;
  return {
    from: isOrdered ? hours.from : minutesOf(DEFAULTS.from),
    to: isOrdered ? hours.to : minutesOf(DEFAULTS.to),
    // An imported flow has none until its meter is opened in the editor; all of them must not share one.
    minute: wholeNumber(config.minute, 59, Number(usagePoint) % 60),
    history: wholeNumber(config.history, 3, DEFAULTS.history),
    loadCurveHistory: wholeNumber(config.loadCurveHistory, 730, DEFAULTS.loadCurveHistory),
    extraDays,
  };
}

/** Minutes since midnight of `05:00` or `5:00`; anything else counts as the default. */
function timeOf(value: unknown, byDefault: string): number {
  const [, hours = '', minutes = ''] =
    /^(\d{1,2}):(\d\d)$/.exec(typeof value === 'string' ? value.trim() : '') ?? [];
  const isTime = hours !== '' && Number(hours) < 24 && Number(minutes) < 60;
  return minutesOf(isTime ? `${hours.padStart(2, '0')}:${minutes}` : byDefault);
}

/** A number from 0 to `most`, as a text or a number; anything else counts as the default. */
function wholeNumber(value: unknown, most: number, byDefault: number): number {
  const isGiven = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '');
  const number = isGiven ? Number(value) : NaN;
  return Number.isInteger(number) && number >= 0 ? Math.min(number, most) : byDefault;
}

export = (RED: NodeAPI): void => {
  function LinkyMeter(this: MeterNode, config: MeterConfig): void {
    RED.nodes.createNode(this, config);
    this.usagePoint = String(config.usagePoint ?? '').trim();
    const kind = config.provider ?? DEFAULTS.provider;
    const url = config.url ?? DEFAULTS.url;
    const name = config.name || this.usagePoint;
    this.text = (key, params) => RED._(`linky-meter.${key}`, params ?? {});
    const nameOf = (usagePoint: string): string =>
      usagePoint === this.usagePoint ? name : `${name} ${usagePoint}`;
    this.sentence = (error, usagePoint = this.usagePoint) => {
      const consent = CONSENT[kind] ?? '';
      const params = { meter: nameOf(usagePoint), usagePoint, consent, reason: error.about };
      return Object.assign(new Error(this.text(`error.${error.key}`, params)), { code: error.code });
    };

    const points = new Map<string, OpenMeter>();
    let release: (() => void) | undefined;
    try {
      usagePointOf(config.usagePoint);
      const { token, clientId, clientSecret } = this.credentials;
      const shared = sharedStore(RED.settings.userDir ?? '.', clock.now());
      release = shared.release;
      if (shared.setAside) this.error(this.text('warn.store-set-aside', { file: shared.setAside }));
      const surroundings = { time: clock, ledger: shared.store.requests };
      const provider = providerFor({ provider: kind, url, token, clientId, clientSecret }, surroundings);
      if (isInsecure(url)) this.warn(this.text('warn.insecure-url', { meter: name }));
      const { store } = shared;
      const schedule = scheduleOf(config, this.usagePoint, provider.extraDays);

      this.open = (usagePoint) => {
        const before = points.get(usagePoint);
        if (before) return before;
        const meter = nameOf(usagePoint);
        // A simulated meter must never mix with the real one whose number it was given.
        const storedAs = kind === 'simulated' ? `simulated-${usagePoint}` : usagePoint;
        const collector = new Collector({
          usagePoint,
          storedAs,
          provider,
          store,
          schedule,
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
        const point = { usagePoint, collector, store, storedAs };
        points.set(usagePoint, point);
        return point;
      };
    } catch (error) {
      release?.();
      this.problem = storeError(error);
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
