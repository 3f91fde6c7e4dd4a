import { setImmediate as turn } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import { cannotImport } from './cannot-import';
import type { Cell } from './cells';
import { readExcel } from './excel';

export interface Row {
  /** Its number in the file, or in its sheet: the first is 1. */
  number: number;
  /** Of Excel: the name of the sheet. */
  sheet?: string;
  cells: readonly Cell[];
  /** The file ends with it, in the middle of a line: the last cell may be cut off. */
  isOpen?: true;
}

/** An export file: its bytes or its text, at once or as they come. */
export type Content = AsyncIterable<Uint8Array> | Uint8Array | string;

/** The largest file that is read, bytes: two centuries of half hours. */
export const IMPORT_AT_MOST = 128 * 1024 * 1024;
/** An Excel file is read as a whole: two years of half hours are 0.7 MB. */
const EXCEL_AT_MOST = 16 * 1024 * 1024;
/** What is handed on at once. */
const PIECE = 64 * 1024;
/** After so many rows others have a turn. */
const ROWS_BETWEEN_TURNS = 2000;
/** No line of an export is longer, in characters: what is longer is no export. */
const LONGEST_LINE = 10_000;
const SHOWN_OF_LINE = 100;

/**
 * The rows of a file, whichever of the two kinds it is: Excel is recognised by what it begins with, its name says
 * nothing.
 * @throws LinkyError `import-unknown`, `import-damaged`, `import-too-large`; and what the content throws
 */
export async function* rowsOf(content: Content, signal?: AbortSignal): AsyncGenerator<Row> {
  const pieces = piecesOf(content);
  try {
    const first = await beginningOf(pieces);
    const all = joined(first, pieces);
    if (isZip(first)) yield* excelRows(all, signal);
    else if (isText(first)) yield* csvRows(all);
    else throw cannotImport('import-unknown');
  } finally {
    // A file that is refused before its end must not stay open.
    await pieces.return(undefined);
  }
}

async function* piecesOf(content: Content): AsyncGenerator<Buffer> {
  if (typeof content === 'string' || content instanceof Uint8Array) {
    const bytes = Buffer.from(content as Uint8Array);
    if (bytes.length > IMPORT_AT_MOST) throw cannotImport('import-too-large');
    for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
    return;
  }
  let length = 0;
  for await (const piece of content) {
    length += piece.length;
    if (length > IMPORT_AT_MOST) throw cannotImport('import-too-large');
    yield Buffer.from(piece.buffer, piece.byteOffset, piece.length);
  }
}

/** Enough to tell what it is. */
const BEGINNING = 512;

async function beginningOf(pieces: AsyncGenerator<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  while (length < BEGINNING) {
    const next = await pieces.next();
    if (next.done) break;
    parts.push(next.value);
    length += next.value.length;
  }
  return Buffer.concat(parts);
}

async function* joined(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

const isZip = (bytes: Buffer): boolean => bytes.subarray(0, 4).toString('latin1') === 'PK\x03\x04';

/** UTF-16, as Excel saves "Unicode text", begins with a byte order mark; else text has no zero bytes. */
const isText = (bytes: Buffer): boolean => isUtf16(bytes) || !bytes.includes(0);

/** Of text, by its beginning: a CSV file that Excel has saved is neither UTF-8 nor marked. */
function encodingOf(bytes: Buffer): string {
  if (isUtf16(bytes)) return 'utf-16le';
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

const isUtf16 = (bytes: Buffer): boolean => bytes[0] === 0xff && bytes[1] === 0xfe;

/**
 * The reader is handed some thousand lines at a time: reading all as one, it makes an error of each line that has
 * another number of cells than the first one, and takes ten times as long.
 */
async function* csvRows(bytes: AsyncIterable<Buffer>): AsyncGenerator<Row> {
  let number = 0;
  for await (const { text, isOpen } of wholeLines(bytes)) {
    const rows = parse(text, CSV);
    for (const [i, cells] of rows.entries()) {
      number += 1;
      yield { number, cells, ...(isOpen && i === rows.length - 1 && { isOpen }) };
    }
    await turn();
  }
}

const CSV = {
  // Excel saves its "Unicode text" with tabs.
  delimiter: [';', '\t'],
  record_delimiter: ['\r\n', '\n', '\r'],
  // Enedis quotes nothing. A stray quotation mark must not swallow the lines after it.
  quote: null,
  relax_column_count: true,
};

/** Text in pieces that end with a line; `isOpen`: the last one does not, and is the last. */
async function* wholeLines(bytes: AsyncIterable<Buffer>): AsyncGenerator<{ text: string; isOpen?: true }> {
  let decoder: TextDecoder | undefined;
  let rest = '';
  let isTooLong = false;
  for await (const piece of bytes) {
    decoder ??= new TextDecoder(encodingOf(piece));
    let text = rest + decoder.decode(piece, { stream: true });
    if (isTooLong) {
      const end = /\r\n|[\r\n]/.exec(text);
      if (!end) continue;
      text = text.slice(end.index + end[0].length);
      isTooLong = false;
    }
    // A line may end with two characters, of which the second is still to come.
    const end = Math.max(text.lastIndexOf('\n'), text.slice(0, -1).lastIndexOf('\r')) + 1;
    if (end > 0) yield { text: text.slice(0, end) };
    rest = text.slice(end);
    if (rest.length <= LONGEST_LINE) continue;
    // Its beginning stands for all of it: it is left out by itself.
    yield { text: `${rest.slice(0, SHOWN_OF_LINE)}\n` };
    rest = '';
    isTooLong = true;
  }
  rest += decoder?.decode() ?? '';
  if (rest !== '') yield rest.endsWith('\r') ? { text: rest } : { text: rest, isOpen: true };
}

async function* excelRows(
  bytes: AsyncGenerator<Buffer>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Row> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of bytes) {
    length += part.length;
    if (length > EXCEL_AT_MOST) throw cannotImport('import-too-large');
    parts.push(part);
  }
  let count = 0;
  for (const { sheet, data } of await readExcel(Buffer.concat(parts), signal)) {
    for (const [i, cells] of data.entries()) {
      yield { number: i + 1, sheet, cells };
      count += 1;
      if (count % ROWS_BETWEEN_TURNS === 0) await turn();
    }
  }
}
