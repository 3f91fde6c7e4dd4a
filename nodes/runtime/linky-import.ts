import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { importFile, type ExportFile } from '../../src/importer/importer';
import { DIRECTIONS } from '../../src/metering/metrics';
import { LinkyError } from '../../src/providers/errors';
import { importPayload, type ImportPayload } from '../../src/publisher/import-message';
import { storeError } from '../../src/store/store-error';
import { isProducing, refuseWithoutMeter, usagePointOf, type MeterNode } from './meter';
import { openStore } from './store';

/** A flow written by hand may lack anything. */
interface ImportConfig extends NodeDef {
  meter?: string;
}

interface ImportMessage extends NodeMessage {
  filename?: unknown;
  direction?: unknown;
  dryRun?: unknown;
}

export = (RED: NodeAPI): void => {
  function LinkyImport(this: Node, config: ImportConfig): void {
    RED.nodes.createNode(this, config);
    const meter = RED.nodes.getNode(config.meter ?? '') as MeterNode | null;
    if (!meter) {
      refuseWithoutMeter(RED, this);
      return;
    }
    const text = meter.textsOf('linky-import');
    const closing = new AbortController();
    const { signal } = closing;

    const showProgress = (percent?: number): void => {
      const key = percent === undefined ? 'status.importing' : 'status.importing-percent';
      this.status({ fill: 'blue', shape: 'dot', text: text(key, { percent: String(percent) }) });
    };
    const invalid = (key: 'direction' | 'file', value = ''): Error => {
      this.status({ fill: 'red', shape: 'ring', text: text(`status.invalid-${key}`) });
      return Object.assign(new Error(text(`error.${key}`, { value })), { code: `invalid-${key}` });
    };
    /** Says what was left out, and how it went. */
    const tell = (payload: ImportPayload, isDryRun: boolean): void => {
      const { taken, replaced, known, contradicting, rejected, rejections, series } = payload;
      for (const each of series.filter((one) => one.contradicting > 0)) {
        const params = { series: each.series, count: String(each.contradicting) };
        this.warn(text('warn.contradicting', params));
      }
      for (const { reason, row, sheet, count } of rejections) {
        const place = sheet === undefined ? 'warn.rejected' : 'warn.rejected-in-sheet';
        const why = meter.text(`import.reason.${reason}`);
        const params = { count: String(count), row: String(row), sheet: sheet ?? '', reason: why };
        this.warn(text(place, params));
      }
      const counts = { taken: String(taken + replaced), known: String(known) };
      const left = contradicting + rejected;
      const key = isDryRun ? 'status.dry-run' : 'status.done';
      const words = text(left > 0 ? `${key}-left` : key, { ...counts, left: String(left) });
      const isGood = left === 0 && taken + replaced + known > 0;
      this.status({ fill: isGood ? 'green' : 'yellow', shape: isDryRun ? 'ring' : 'dot', text: words });
    };

    const read = async (msg: ImportMessage): Promise<NodeMessage | Error> => {
      const direction = DIRECTIONS.find((each) => each === msg.direction);
      if (isGiven(msg.direction) && !direction) {
        return invalid('direction', typeof msg.direction === 'string' ? msg.direction : typeof msg.direction);
      }
      const file = fileOf(msg, signal, showProgress);
      if (!file) return invalid('file');
      showProgress();
      const usagePoint = usagePointOf(meter.usagePoint);
      const { store, release } = openStore(RED);
      try {
        // Of a flow's text too: a trial that is one too many does no harm.
        const isDryRun = isGiven(msg.dryRun) && msg.dryRun !== false && msg.dryRun !== 'false';
        const storedAs = meter.storedAs(usagePoint);
        const hasProduction = isProducing(RED, meter.id);
        const options = { usagePoint, storedAs, direction, hasProduction, isDryRun, signal };
        const payload = importPayload(await importFile(store, file, options));
        tell(payload, isDryRun);
        const about = { usagePoint, meter: meter.name ?? usagePoint, dryRun: isDryRun };
        return { ...msg, topic: 'import', payload, ...about };
      } finally {
        release();
      }
    };

    let last: Promise<unknown> = Promise.resolve();
    this.on('input', (msg, send, done) => {
      // One file after the other: of two with the same days, the later one replaces what the earlier one brought.
      const work = last.then(() => (signal.aborted ? undefined : read(msg as ImportMessage)));
      last = work.catch(() => undefined);
      work.then(
        (answer) => {
          if (answer instanceof Error || !answer) {
            done(answer);
            return;
          }
          send(answer);
          done();
        },
        (error: unknown) => {
          if (signal.aborted) {
            done();
            return;
          }
          const failure = storeError(error);
          this.status({ fill: 'red', shape: 'ring', text: meter.text(`error-short.${failure.key}`) });
          done(meter.sentence(failure));
        },
      );
    });
    this.on('close', (done: () => void) => {
      closing.abort();
      void last.finally(done);
    });
  }

  RED.nodes.registerType('linky-import', LinkyImport);
};

/**
 * The file of a message: its payload, or else the one that `filename` names.
 * @param onProgress told how many percent of a named file are read, in steps of ten
 */
function fileOf(
  { payload, filename }: ImportMessage,
  signal: AbortSignal,
  onProgress: (percent: number) => void,
): ExportFile | undefined {
  const path = typeof filename === 'string' && filename.trim() !== '' ? filename.trim() : undefined;
  const name = path === undefined ? {} : { name: basename(path) };
  const isContent = payload instanceof Uint8Array || (typeof payload === 'string' && payload.trim() !== '');
  if (isContent) return { content: payload, ...name };
  return path === undefined ? undefined : { content: bytesOf(path, signal, onProgress), ...name };
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

const STEP = 10;

async function* bytesOf(
  path: string,
  signal: AbortSignal,
  onProgress: (percent: number) => void,
): AsyncGenerator<Uint8Array> {
  try {
    const found = await stat(path);
    // A pipe, or what is no file at all, may never end.
    if (!found.isFile()) throw new LinkyError('no file', { key: 'import-unreadable', retry: 'after-change' });
    const { size } = found;
    let read = 0;
    let told = 0;
    for await (const piece of createReadStream(path, { signal }) as AsyncIterable<Buffer>) {
      yield piece;
      read += piece.length;
      const percent = Math.floor((read / size) * (100 / STEP)) * STEP;
      if (percent > told) onProgress((told = percent));
    }
  } catch (error) {
    const { code } = (error ?? {}) as { code?: unknown };
    if (typeof code !== 'string' || error instanceof LinkyError || signal.aborted) throw error;
    throw new LinkyError(code, { key: 'import-unreadable', retry: 'after-change' });
  }
}
