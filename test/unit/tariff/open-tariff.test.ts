import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SqliteDatabase } from '../../../src/store/sqlite';
import { Store } from '../../../src/store/store';
import { tariffOf } from '../../../src/tariff/config';
import { OpenTariff } from '../../../src/tariff/open-tariff';

describe('a tariff whose prices come from a server that does not answer', () => {
  let server: Server;
  let store: Store;
  beforeEach(async () => {
    server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    store = new Store(new SqliteDatabase(':memory:'));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const open = (plan: string): OpenTariff => {
    const read = tariffOf({ plan, power: 6 });
    assert.ok('config' in read);
    const { port } = server.address() as AddressInfo;
    const sources = {
      ...{ colours: 'api-couleur-tempo', coloursUrl: `http://127.0.0.1:${port}` },
      ...{ pricesUrl: `http://127.0.0.1:${port}`, clientId: '', clientSecret: '' },
    };
    return new OpenTariff({ name: plan, key: plan }, read.config, sources, store);
  };
  const nobody = { since: '2026-11-01', onNews: () => undefined, onError: () => undefined };

  it('is ready with what is kept, of several plans too, and prices by the packaged prices', async () => {
    const tariffs = [open('base'), open('tempo')];
    const uses = tariffs.map((tariff) => tariff.use('consumption', nobody));
    await Promise.all(uses.map(({ ready }) => ready));
    assert.equal(tariffs[0]?.tariffFor('consumption')?.pricesOf('2026-11-01')?.prices['base'], 0.2001);
    for (const { release } of uses) release();
    store.close();
  });

  it('keeps nobody waiting who ends its use while it loads', async () => {
    const use = open('base').use('consumption', nobody);
    use.release();
    await use.ready;
    store.close();
  });

  it('has no price for what is fed in, unless it is told one', () => {
    assert.equal(open('base').tariffFor('production'), undefined);
    store.close();
  });
});
