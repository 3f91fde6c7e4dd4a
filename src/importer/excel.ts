import { Worker } from 'node:worker_threads';
import { cannotImport } from './cannot-import';
import type { Cell } from './cells';

/** A sheet as `read-excel-file` makes it. */
interface Sheet {
  sheet: string;
  data: Cell[][];
}

/** What the reader may take, MB: two years of half hours take some 100. */
const MEMORY = 400;
/** How long it may take, ms: two years of half hours take half a second, on a Raspberry Pi a few. */
const TIME = 60_000;

/** Posts the sheets, or nothing where the reader does not understand the file. */
const WORK = `
  const { parentPort, workerData } = require('node:worker_threads');
  require(workerData.reader)
    .default(Buffer.from(workerData.bytes))
    .then((sheets) => parentPort.postMessage(sheets), () => parentPort.postMessage(undefined));
`;

/**
 * The sheets of an Excel file. It is read in a thread of its own: some hundred bytes can unpack to more than the memory
 * holds, and would end Node-RED.
 * @throws LinkyError `import-damaged`, `import-too-large`; the signal's reason
 */
export async function readExcel(bytes: Uint8Array, signal?: AbortSignal): Promise<Sheet[]> {
  signal?.throwIfAborted();
  const worker = new Worker(WORK, {
    eval: true,
    execArgv: [],
    workerData: { reader: require.resolve('read-excel-file/node'), bytes },
    resourceLimits: { maxOldGenerationSizeMb: MEMORY },
  });
  const late = AbortSignal.timeout(TIME);
  const ends = signal ? AbortSignal.any([signal, late]) : late;
  try {
    return await new Promise<Sheet[]>((resolve, reject) => {
      worker.on('message', (sheets: Sheet[] | undefined) => {
        if (sheets) resolve(sheets);
        else reject(cannotImport('import-damaged'));
      });
      worker.on('error', ({ code }: NodeJS.ErrnoException) => {
        reject(cannotImport(code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'import-too-large' : 'import-damaged'));
      });
      ends.addEventListener('abort', () => {
        reject(signal?.aborted ? (signal.reason as Error) : cannotImport('import-too-large'));
      });
    });
  } finally {
    await worker.terminate();
  }
}
