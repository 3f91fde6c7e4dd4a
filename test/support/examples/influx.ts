import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Influx {
  url: string;
  /** Addresses that were written to, what opened them, and the lines of line protocol that came. */
  writes: { path: string; token: string; lines: string[] }[];
  /** Resolves when that many of all lines match. */
  wrote(pattern: RegExp, count: number): Promise<void>;
  close(): Promise<void>;
}

/** As much of InfluxDB 2 as a writer needs. */
export async function startInflux(): Promise<Influx> {
  const writes: Influx['writes'] = [];
  const heard = new Set<() => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      writes.push({
        path: request.url ?? '',
        token: request.headers.authorization ?? '',
        lines: Buffer.concat(chunks).toString().split('\n'),
      });
      response.writeHead(204).end();
      for (const listener of heard) listener();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    writes,
    wrote: (pattern, count) =>
      new Promise((done) => {
        const look = (): void => {
          const matching = writes.flatMap(({ lines }) => lines).filter((line) => pattern.test(line));
          if (matching.length < count) return;
          heard.delete(look);
          done();
        };
        heard.add(look);
        look();
      }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
