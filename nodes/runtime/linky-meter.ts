import type { NodeAPI } from 'node-red';
import { clock } from '../../src/calendar/clock';
import { Collector } from '../../src/collector/collector';
import { providerFor } from '../../src/providers/providers';
import { isInsecure } from '../../src/providers/address';
import { misconfigured } from '../../src/providers/errors';
import { given } from '../../src/providers/variables';
import type { Rejection } from '../../src/providers/parser';
import type { Series } from '../../src/metering/metrics';
import { storeError } from '../../src/store/store-error';
import { storedName, usagePointOf, type MeterCredentials, type MeterNode, type OpenMeter } from './meter';
import { CREDENTIALS } from './credentials';
import { serveImport } from './import-admin';
import { serveMeterForm } from './meter-admin';
import { DEFAULTS, scheduleOf, type MeterConfig } from './meter-config';
import { liveTexts } from './language';
import { isWithPostgres, openStore } from './store';

const CONSENT: Record<string, string> = {
  conso: 'https://conso.boris.sh',
  myelectricaldata: 'https://www.v2.myelectricaldata.fr',
  dataconnect: 'https://mon-compte-particulier.enedis.fr',
};
/** What the editor gets of the settings, as `RED.settings`. */
interface Exported {
  linkyMeterWithPostgres: boolean;
}
/** More rejected days than this in one answer are told as a number. */
const REJECTIONS_TOLD = 5;

export = (RED: NodeAPI): void => {
  function LinkyMeter(this: MeterNode, config: MeterConfig): void {
    RED.nodes.createNode(this, config);
    this.usagePoint = String(config.usagePoint ?? '').trim();
    const kind = config.provider ?? DEFAULTS.provider;
    const url = config.url ?? DEFAULTS.url;
    const name = config.name || this.usagePoint;
    this.text = liveTexts(RED, 'linky-meter', config);
    this.textsOf = (node) => liveTexts(RED, node, config);
    this.storedAs = (usagePoint) => storedName(kind, usagePoint);
    const nameOf = (usagePoint: string): string =>
      usagePoint === this.usagePoint ? name : `${name} ${usagePoint}`;
    this.sentence = (error, { usagePoint = this.usagePoint, isRetried = false } = {}) => {
      const consent = CONSENT[kind] ?? '';
      const sentences = [this.text(`error.${error.key}`, { usagePoint, consent, reason: error.about })];
      if (isRetried && error.retry === 'tomorrow') sentences.push(this.text('retried.once-a-day'));
      else if (isRetried && error.retry !== 'after-change')
        sentences.push(this.text(error.isOfStore ? 'retried.store' : 'retried.by-itself'));
      const text = `${sentences.join(' ')} (${nameOf(usagePoint)})`;
      return Object.assign(new Error(text), { code: error.code });
    };

    const points = new Map<string, OpenMeter>();
    let release: (() => void) | undefined;
    try {
      const { token, clientId, clientSecret } = this.credentials;
      // What comes first when a meter is set up: the token names the PDL.
      if (kind === 'conso' && !given(token) && !given(config.usagePoint))
        throw misconfigured('token-missing');
      usagePointOf(config.usagePoint);
      const shared = openStore(RED);
      release = shared.release;
      if (shared.setAside) this.error(this.text('warn.store-set-aside', { file: shared.setAside }));
      const surroundings = { time: clock, ledger: shared.store.requests };
      const provider = providerFor({ provider: kind, url, token, clientId, clientSecret }, surroundings);
      if (isInsecure(url)) this.warn(this.text('warn.insecure-url', { meter: name }));
      if (provider.contract) this.contract = provider.contract.bind(provider, this.usagePoint);
      const { store } = shared;
      const schedule = scheduleOf(config, this.usagePoint, provider.extraDays);

      this.open = (usagePoint) => {
        const before = points.get(usagePoint);
        if (before) return before;
        const meter = nameOf(usagePoint);
        const storedAs = this.storedAs(usagePoint);
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

  const settings = {
    // The forms show what concerns several Node-REDs with one database.
    linkyMeterWithPostgres: { value: isWithPostgres(RED), exportable: true },
  };
  RED.nodes.registerType<MeterNode, MeterConfig, Exported, MeterCredentials>('linky-meter', LinkyMeter, {
    credentials: CREDENTIALS,
    settings,
  });
  serveMeterForm(RED);
  serveImport(RED);
};
