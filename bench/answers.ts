/**
 * A process that answers as Conso API does, and is never what one waits for. Argument: the time by its clock. Tells
 * its address to its parent; to any message it tells the addresses that it was asked since the last one.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answers } from './enedis';

const now = Number(process.argv[2]);
const answerTo = answers('conso', () => now);
let asked: string[] = [];

const server = createServer((request, response) => {
  const address = request.url ?? '';
  asked.push(address);
  const { status, text } = answerTo(address);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
});
server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.on('message', () => {
  process.send?.(asked);
  asked = [];
});
process.on('disconnect', () => {
  process.exit();
});
