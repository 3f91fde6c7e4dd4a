import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A network between a client and a server on this machine, that a test can cut. */
export interface Proxy {
  port: number;
  /** All connections end at once, and no new one comes about. */
  cut(): Promise<void>;
  /** Nothing comes through any more, not even that a side has closed; connections still come about. */
  stall(): void;
  /** All is well again: what waited comes through. */
  mend(): Promise<void>;
  close(): Promise<void>;
}

/** @param target the server's port */
export async function startProxy(target: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let isStalled = false;
  /** What has happened while nothing came through. */
  let waiting: (() => void)[] = [];
  const whenMended = (call: () => void): void => {
    if (isStalled) waiting.push(call);
    else call();
  };

  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (bytes: Buffer) => {
        whenMended(() => to.write(bytes));
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        whenMended(() => to.destroy());
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const cut = async (): Promise<void> => {
    waiting = [];
    const closed = server.listening ? new Promise((done) => server.close(done)) : undefined;
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    port,
    cut,
    stall: () => {
      isStalled = true;
    },
    mend: async () => {
      isStalled = false;
      for (const call of waiting.splice(0)) call();
      if (server.listening) return;
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    close: cut,
  };
}
