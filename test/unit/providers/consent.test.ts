import assert from 'node:assert/strict';
import { AwaitedConsents, consentPage } from '../../../src/providers/consent';

const HOUR = 3_600_000;

describe('a consent that is awaited', () => {
  let now = 0;
  const consents = new AwaitedConsents(() => now);

  it('ends once, with what it was begun with', () => {
    const [one, other] = [consents.begin('one'), consents.begin('other')];
    assert.equal(consents.end(other), 'other');
    assert.equal(consents.end(one), 'one');
    assert.equal(consents.end(one), undefined);
  });

  it('is not found by an unknown state', () => {
    consents.begin('one');
    for (const state of ['', 'one', '__proto__', 'x'.repeat(1000)])
      assert.equal(consents.end(state), undefined);
  });

  it('is awaited for an hour', () => {
    const [early, late] = [consents.begin('one'), consents.begin('one')];
    now += HOUR - 1;
    assert.equal(consents.end(early), 'one');
    now += 1;
    assert.equal(consents.end(late), undefined);
  });

  it('has a random, URL-safe state', () => {
    const states = new Set(Array.from({ length: 100 }, () => consents.begin('one')));
    assert.equal(states.size, 100);
    for (const state of states) assert.match(state, /^[\w-]{43}$/);
  });

  it('begins on Enedis’ page', () => {
    const page = new URL(consentPage('an id & more', 'a-state'));
    assert.equal(
      page.origin + page.pathname,
      'https://mon-compte-particulier.enedis.fr/dataconnect/v2/oauth2/authorize',
    );
    assert.deepEqual(Object.fromEntries(page.searchParams), {
      client_id: 'an id & more',
      response_type: 'code',
      state: 'a-state',
      duration: 'P3Y',
    });
  });
});
