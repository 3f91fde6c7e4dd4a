import { EventEmitter, once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** What a client published. */
export interface Published {
  topic: string;
  payload: string;
  retain: boolean;
}

export interface Broker {
  port: number;
  /** Resolves when something has come on that topic that is wanted: the last that was. */
  said(topic: string, isWanted?: (payload: string) => boolean): Promise<Published>;
  /** What has come until now is not wanted any more. */
  forget(): void;
  close(): Promise<void>;
}

const [CONNECT, PUBLISH, PINGREQ] = [1, 3, 12] as const;
const CONNACK = Buffer.from([0x20, 2, 0, 0]);
const PINGRESP = Buffer.from([0xd0, 0]);

/** As much of an MQTT 3.1.1 broker as a client needs that only publishes, with QoS 0 or 1. */
export async function startBroker(): Promise<Broker> {
  /** In the order they came: several flows may publish on one topic. */
  const published: Published[] = [];
  const news = new EventEmitter();
  const sockets = new Set<Socket>();

  const receive = (socket: Socket, type: number, flags: number, body: Buffer): void => {
    if (type === CONNECT) socket.write(CONNACK);
    if (type === PINGREQ) socket.write(PINGRESP);
    if (type !== PUBLISH) return;
    const qos = (flags >> 1) & 3;
    const topicEnd = 2 + body.readUInt16BE(0);
    const topic = body.toString('utf8', 2, topicEnd);
    const payload = body.toString('utf8', topicEnd + (qos > 0 ? 2 : 0));
    published.push({ topic, payload, retain: (flags & 1) === 1 });
    news.emit(topic);
    if (qos > 0) socket.write(Buffer.from([0x40, 2, ...body.subarray(topicEnd, topicEnd + 2)]));
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    let rest = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let packet = firstPacket(rest); packet; packet = firstPacket(rest)) {
        const head = rest.readUInt8(0);
        const body = rest.subarray(packet.start, packet.end);
        receive(socket, head >> 4, head & 15, body);
        rest = rest.subarray(packet.end);
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    said: async (topic, isWanted = () => true) => {
      for (;;) {
        const message = published.findLast((each) => each.topic === topic && isWanted(each.payload));
        if (message) return message;
        await once(news, topic);
      }
    },
    forget: () => {
      published.length = 0;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Where the body of the first packet lies; undefined while it is not there in full. */
function firstPacket(bytes: Buffer): { start: number; end: number } | undefined {
  let length = 0;
  for (let i = 1; i < Math.min(5, bytes.length); i++) {
    const byte = bytes.readUInt8(i);
    length += (byte & 127) * 128 ** (i - 1);
    if (byte < 128) return i + 1 + length <= bytes.length ? { start: i + 1, end: i + 1 + length } : undefined;
  }
  return undefined;
}
