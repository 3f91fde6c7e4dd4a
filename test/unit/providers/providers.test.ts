import assert from 'node:assert/strict';
import { providerFor, type ProviderConfig } from '../../../src/providers/providers';
import { MemoryLedger } from '../../support/memory-ledger';

const SECRETS = { token: 'my-token', clientId: 'my-client', clientSecret: 'my-secret' };
const now = (): number => Date.UTC(2026, 10, 23);
const surroundings = { time: { now, wait: () => Promise.resolve() }, ledger: new MemoryLedger(now) };
const identity = (provider: string, changes: Partial<ProviderConfig> = {}): string =>
  providerFor({ provider, url: '', ...SECRETS, ...changes }, surroundings).identity;

describe('the identity of a provider', () => {
  const table: [provider: string, account: keyof typeof SECRETS, others: (keyof typeof SECRETS)[]][] = [
    ['conso', 'token', ['clientId', 'clientSecret']],
    ['myelectricaldata', 'clientSecret', ['clientId', 'token']],
    // A new secret of the same application does not change what it may read.
    ['dataconnect', 'clientId', ['token', 'clientSecret']],
  ];
  for (const [provider, account, others] of table) {
    it(`of ${provider} changes with its address and its ${account}, and with nothing else`, () => {
      const before = identity(provider);
      assert.equal(identity(provider), before);
      assert.notEqual(identity(provider, { [account]: 'another' }), before);
      assert.notEqual(identity(provider, { url: 'https://gateway.example' }), before);
      for (const other of others) assert.equal(identity(provider, { [other]: 'another' }), before);
    });

    it(`of ${provider} shows no secret`, () => {
      assert.match(identity(provider), /^[0-9a-f]{16}$/);
      for (const secret of Object.values(SECRETS)) assert.ok(!identity(provider).includes(secret));
    });
  }

  it('differs between providers with the same account', () => {
    const changes = { url: 'https://gateway.example', token: 'one', clientId: 'one', clientSecret: 'one' };
    const all = ['conso', 'myelectricaldata', 'dataconnect', 'simulated'].map((kind) =>
      identity(kind, changes),
    );
    assert.equal(new Set(all).size, 4);
  });

  it('of the simulated meter is a word', () => {
    assert.equal(identity('simulated'), 'simulated');
  });

  it('does not depend on how the provider’s own address is given', () => {
    assert.equal(identity('conso', { url: 'https://conso.boris.sh/' }), identity('conso'));
  });
});
