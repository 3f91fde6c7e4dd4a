import type { NodeAPI } from 'node-red';
import { importFile, type ImportResult } from '../../src/importer/importer';
import { IMPORT_AT_MOST } from '../../src/importer/rows';
import { DIRECTIONS, type Direction } from '../../src/metering/metrics';
import { misconfigured } from '../../src/providers/errors';
import { storeError } from '../../src/store/store-error';
import { goneSignal, isNodeId, refuse, refuseForm } from './form-requests';
import { isProducing, storedName, usagePointOf } from './meter';
import { variablesAt } from './variables';
import { openStore } from './store';

/** What the meter's form says of the file that it posts: the meter as it is typed, and the file's name. */
interface Upload {
  id: string;
  z: string;
  provider: string;
  usagePoint: string;
  name: string;
  /** Empty: that of the file. */
  direction: Direction | '';
}

const FIELDS = ['id', 'z', 'provider', 'usagePoint', 'name', 'direction'] as const;
const LONGEST_FIELD = 1000;

/** Takes an export file of Enedis, dropped into a meter's form, into the store. */
export function serveImport(RED: NodeAPI): void {
  async function taken(
    { id, z, provider, usagePoint: typed, name, direction }: Upload,
    content: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<ImportResult> {
    const usagePoint = usagePointOf(variablesAt(RED, { id, z })(typed));
    const { store, release } = openStore(RED);
    try {
      const storedAs = storedName(provider, usagePoint);
      const hasProduction = isProducing(RED, id);
      const options = { usagePoint, storedAs, signal, hasProduction, ...(direction && { direction }) };
      return await importFile(store, { content, name }, options);
    } finally {
      release();
    }
  }

  RED.httpAdmin.post('/linky/meter/import', RED.auth.needsPermission('linky-meter.write'), (req, res) => {
    // Forms and plain text a foreign page may post too; this type it may not.
    const upload = req.is('application/octet-stream') ? uploadIn(req.query) : undefined;
    if (upload === undefined) {
      refuseForm(res);
      return;
    }
    // Absent where a proxy passes the file on in chunks.
    const length = req.headers['content-length'];
    if (Number(length) > IMPORT_AT_MOST) {
      // The connection ends with the answer: the file is not read.
      res.set('Connection', 'close');
      refuse(res, misconfigured('import-too-large'));
      return;
    }
    const gone = goneSignal(res);
    // A file that is refused half-way must not end the connection that carries the answer.
    const content = req.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
    taken(upload, content, gone).then(
      ({ series, rejected, empty }) => res.json({ series, rejected, empty }),
      (error: unknown) => {
        if (gone.aborted) return;
        const refusal = storeError(error);
        if (refusal.key === 'import-too-large' && length === undefined) res.set('Connection', 'close');
        // A browser reads the answer when it has sent all: the rest of the file is skipped.
        else req.resume();
        refuse(res, refusal);
      },
    );
  });
}

/** @returns undefined for what the form cannot have sent */
function uploadIn(query: Readonly<Record<string, unknown>>): Upload | undefined {
  const values = FIELDS.map((name) => [name, query[name] ?? ''] as const);
  const fit = values.every(([, value]) => typeof value === 'string' && value.length <= LONGEST_FIELD);
  const upload = Object.fromEntries(values) as unknown as Upload;
  const isDirection = ['', ...DIRECTIONS].includes(upload.direction);
  return fit && isNodeId(upload.id) && isDirection ? upload : undefined;
}
