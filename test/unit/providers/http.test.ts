import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import nock from 'nock';
import sinon from 'sinon';
import { addressOf, isInsecure } from '../../../src/providers/address';
import { request, type HttpRequest } from '../../../src/providers/http';

const signal = new AbortController().signal;

describe('addresses', () => {
  const table: [string, string][] = [
    ['', 'https://own.example'],
    ['  ', 'https://own.example'],
    ['gateway.example', 'https://gateway.example'],
    ['http://192.168.1.5:8080/base/', 'http://192.168.1.5:8080/base'],
    ['https://user:secret@gateway.example/x?y=1', 'https://gateway.example/x'],
  ];
  for (const [typed, expected] of table) {
    it(`${JSON.stringify(typed)} is ${expected}`, () => {
      assert.equal(addressOf(typed, 'https://own.example'), expected);
    });
  }

  for (const typed of ['ftp://gateway.example', 'http://', 'https://[', 'file:///etc/passwd']) {
    it(`${typed} is refused`, () => {
      assert.throws(() => addressOf(typed, ''), { key: 'url-invalid' });
    });
  }

  it('are called insecure where a token could be read on its way', () => {
    const insecure = ['http://192.168.1.5', 'http://gateway.example', 'HTTP://gateway.example'];
    const secure = [
      '',
      'https://gateway.example',
      'http://localhost:1880',
      'http://127.0.0.1',
      'http://[::1]:80',
    ];
    assert.deepEqual([insecure.filter(isInsecure), secure.filter(isInsecure)], [insecure, []]);
  });
});

describe('a proxy of the environment', () => {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];
  const before = Object.fromEntries(names.map((name) => [name, process.env[name]]));
  let proxy: Server;
  let asked: string[];
  let address: string;

  beforeEach(async () => {
    for (const name of names) Reflect.deleteProperty(process.env, name);
    asked = [];
    proxy = createServer((incoming, response) => {
      asked.push(`${incoming.method ?? ''} ${incoming.url ?? ''}`);
      response.end('{"through":"proxy"}');
    });
    proxy.on('connect', (incoming, socket) => {
      asked.push(`CONNECT ${incoming.url ?? ''}`);
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    for (const name of names) {
      if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before[name];
    }
    await new Promise((resolve) => proxy.close(resolve));
  });

  it('is used for http', async () => {
    process.env['HTTP_PROXY'] = address;
    const { body } = await request({ url: 'http://gateway.invalid/api', query: { a: '1' } }, signal);
    assert.deepEqual(body, { through: 'proxy' });
    assert.deepEqual(asked, ['GET http://gateway.invalid/api?a=1']);
  });

  it('is used for https through a tunnel: it never sees the token', async () => {
    process.env['HTTPS_PROXY'] = address;
    const headers = { Authorization: 'Bearer x' };
    const { status } = await request({ url: 'https://gateway.invalid/api', headers }, signal);
    assert.equal(status, 502);
    assert.deepEqual(asked, ['CONNECT gateway.invalid:443']);
  });

  it('is not used where NO_PROXY says so', async () => {
    process.env['HTTP_PROXY'] = 'http://127.0.0.1:1';
    process.env['NO_PROXY'] = '127.0.0.1';
    const { body } = await request({ url: address }, signal);
    assert.deepEqual(body, { through: 'proxy' });
  });
});

describe('a redirect', () => {
  let servers: Server[];
  let asked: string[];
  let from: string;
  let location: string;

  beforeEach(async () => {
    asked = [];
    servers = ['first', 'second'].map((name) =>
      createServer((incoming, response) => {
        asked.push(`${name} ${incoming.headers.authorization ?? ''}`.trim());
        if (name === 'first') response.writeHead(302, { location }).end();
        else response.end('a;b\n1;2');
      }),
    );
    const [first, second] = await Promise.all(
      servers.map(async (server) => {
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      }),
    );
    [from, location] = [`${first ?? ''}/x`, `${second ?? ''}/y`];
  });
  afterEach(async () => {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  });

  it('is followed where that is wanted', async () => {
    const { status, text, body } = await request({ url: from, followRedirects: true }, signal);
    assert.deepEqual([status, text, body, asked], [200, 'a;b\n1;2', undefined, ['first', 'second']]);
  });

  it('is followed by no other request', async () => {
    assert.equal((await request({ url: from }, signal)).status, 302);
    assert.deepEqual(asked, ['first']);
  });

  const secret: [string, Partial<HttpRequest>][] = [
    ['a token', { headers: { authorization: 'Bearer x' } }],
    ['a form', { form: { client_secret: 'x' } }],
    ['content', { json: { secret: 'x' } }],
  ];
  for (const [name, http] of secret) {
    it(`is never followed with ${name}`, async () => {
      assert.equal((await request({ url: from, followRedirects: true, ...http }, signal)).status, 302);
      assert.equal(asked.length, 1);
    });
  }

  it('is followed a few times only', async () => {
    location = from;
    await assert.rejects(request({ url: from, followRedirects: true }, signal), { key: 'redirected' });
    assert.equal(asked.length, 6);
  });

  it('does not lead from https to http', async () => {
    nock('https://prices.example').get('/x').reply(302, '', { location });
    await assert.rejects(request({ url: 'https://prices.example/x', followRedirects: true }, signal), {
      key: 'redirected',
    });
    assert.deepEqual(asked, []);
  });

  it('leads from https to https', async () => {
    nock('https://prices.example').get('/x').reply(302, '', { location: 'https://cre.example/y' });
    nock('https://cre.example').get('/y').reply(200, 'a;b');
    const { text } = await request({ url: 'https://prices.example/x', followRedirects: true }, signal);
    assert.equal(text, 'a;b');
  });
});

describe('a server that does not answer', () => {
  let server: Server;
  let url: string;
  /** Aborted where 30 seconds are to have passed. */
  let late: AbortController;
  let timeout: sinon.SinonStub<[number], AbortSignal>;

  beforeEach(async () => {
    late = new AbortController();
    timeout = sinon.stub(AbortSignal, 'timeout').returns(late.signal);
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    sinon.restore();
    server.closeAllConnections();
    server.close();
  });

  /** A request that has arrived; the answer that is awaited now, and what becomes of its connection. */
  async function asked(by = signal): Promise<{ answer: Promise<unknown>; response: ServerResponse }> {
    const answer = request({ url }, by);
    const [, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
    return { answer, response };
  }
  const isAwaited = (answer: Promise<unknown>): void => {
    assert.match(inspect(answer), /<pending>/);
  };
  const timeIsUp = (): void => {
    late.abort(new DOMException('30 seconds', 'TimeoutError'));
  };

  it('and hangs is given up after 30 seconds', async () => {
    const { answer, response } = await asked();
    isAwaited(answer);
    const closed = once(response, 'close');
    timeIsUp();
    await assert.rejects(answer, { key: 'timeout', retry: 'soon' });
    await closed;
    sinon.assert.calledOnceWithExactly(timeout, 30_000);
  });

  it('and drips is given up after 30 seconds', async () => {
    const { answer, response } = await asked();
    const begun = new EventEmitter();
    const hear = (): boolean => begun.emit('answer');
    subscribe('http.client.response.finish', hear);
    response.write('{');
    await once(begun, 'answer');
    unsubscribe('http.client.response.finish', hear);
    isAwaited(answer);
    const closed = once(response, 'close');
    timeIsUp();
    await assert.rejects(answer, { key: 'timeout', retry: 'soon' });
    await closed;
    sinon.assert.calledOnceWithExactly(timeout, 30_000);
  });

  it('is given up at once by a caller who leaves, with his own reason', async () => {
    const leaving = new AbortController();
    const { answer, response } = await asked(leaving.signal);
    isAwaited(answer);
    const closed = once(response, 'close');
    leaving.abort(new Error('closed'));
    await assert.rejects(answer, /^Error: closed$/);
    await closed;
  });
});
