import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import sinon from 'sinon';
import { addressOf, isInsecure } from '../../../src/providers/address';
import { request } from '../../../src/providers/http';

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

describe('a server that does not answer', () => {
  let server: Server;
  afterEach(() => {
    sinon.restore();
    server.closeAllConnections();
    server.close();
  });

  for (const [name, first] of [
    ['hangs', ''],
    ['drips', '{'],
  ] as const) {
    it(`and ${name} is given up after 30 seconds`, async () => {
      const timeout = sinon.stub(AbortSignal, 'timeout').callsFake((ms) => {
        assert.equal(ms, 30_000);
        return AbortSignal.abort();
      });
      server = createServer((_, response) => {
        if (first) response.write(first);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await assert.rejects(request({ url }, signal), { key: 'timeout', retry: 'soon' });
      assert.ok(timeout.calledOnce);
    });
  }
});
