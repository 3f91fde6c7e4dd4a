import assert from 'node:assert/strict';
import type { Meter } from '../../../src/collector/meter';
import { Others, type Turn } from '../../../src/collector/others';
import type { Series } from '../../../src/metering/metrics';
import { LinkyError } from '../../../src/providers/errors';
import type { Store } from '../../../src/store/store';

const PDL = '12345678901234';

/** What processes with one database have in common: a lock, and what they tell each other, as JSON. */
class Shared {
  private holder: object | undefined;
  private readonly listeners = new Map<object, (message: object) => void>();

  /** The store as one process has it. */
  store(): Store {
    const me = {};
    const store: Pick<Store, 'withLock' | 'tell' | 'hear'> = {
      withLock: async (_name, work) => {
        if (this.holder) return false;
        this.holder = me;
        try {
          await work(new AbortController().signal);
        } finally {
          this.holder = undefined;
        }
        return true;
      },
      tell: (_topic, message) => {
        for (const [who, listener] of this.listeners) {
          if (who !== me) listener(JSON.parse(JSON.stringify(message)) as object);
        }
        return Promise.resolve();
      },
      hear: (_topic, listener) => {
        this.listeners.set(me, listener);
        return () => this.listeners.delete(me);
      },
    };
    return store as Store;
  }
}

describe('the collectors of a usage point in other processes', () => {
  const WANTED: Series[] = ['consumption-daily', 'consumption-load-curve'];
  const TURN: Turn = {
    slot: { at: 1000, until: 2000, purpose: 'schedule' },
    idle: { day: '2026-11-22', missing: new Set(['consumption-daily']), next: 5000, history: undefined },
    errors: [
      ['consumption-daily', new LinkyError('403', { key: 'consent', retry: 'tomorrow', scope: 'series' })],
    ],
  };
  let shared: Shared;
  beforeEach(() => {
    shared = new Shared();
  });

  /** @param account of its provider */
  const process = (wanted = WANTED, account = 'account') => {
    const schedule = { from: 300, to: 1200, minute: 37, history: 3, loadCurveHistory: 7, extraDays: 15 };
    const meter = { storedAs: PDL, provider: { identity: account }, schedule, store: shared.store() };
    const others = new Others(meter as unknown as Meter);
    const followed: Turn[] = [];
    let looks = 0;
    others.hear(() => wanted, {
      follow: (turn) => followed.push(turn),
      look: () => {
        looks += 1;
      },
    });
    return { others, followed, looks: () => looks };
  };
  const working = (others: Others): { done: Promise<unknown>; end: () => void } => {
    let end = (): void => undefined;
    const work = new Promise<void>((resolve) => {
      end = resolve;
    });
    return { done: others.exclude(() => work), end };
  };

  it('have their turn one at a time', async () => {
    const [one, two] = [process(), process()];
    const { done, end } = working(one.others);
    assert.equal(await two.others.exclude(() => Promise.resolve('done')), undefined);
    assert.equal(two.others.areAtWork, true);
    end();
    await done;
    assert.equal(await two.others.exclude(() => Promise.resolve('done')), 'done');
    assert.equal(two.others.areAtWork, false);
  });

  it('are looked for less and less often while they are at work', async () => {
    const [one, two] = [process(), process()];
    const { end } = working(one.others);
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      await two.others.exclude(() => Promise.resolve());
      waits.push(two.others.patience);
    }
    assert.deepEqual(waits, [2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    end();
  });

  it('are looked for soon again after they told something while the lock was asked for', async () => {
    const [one, two] = [process(), process()];
    const { end } = working(one.others);
    for (let i = 0; i < 3; i++) await two.others.exclude(() => Promise.resolve());
    const refused = two.others.exclude(() => Promise.resolve());
    await one.others.tellPause();
    await refused;
    assert.equal(two.others.patience, 2000);
    end();
  });

  it('are not looked for while what they told is enough', async () => {
    const [one, two] = [process(), process()];
    const { end } = working(one.others);
    await two.others.exclude(() => Promise.resolve());
    two.others.rest();
    assert.equal(two.others.areAtWork, false);
    end();
  });

  it('leave the lock to others when the work fails', async () => {
    const [one, two] = [process(), process()];
    await assert.rejects(
      one.others.exclude(() => Promise.reject(new Error('broken'))),
      /broken/,
    );
    assert.equal(await two.others.exclude(() => Promise.resolve('done')), 'done');
  });

  it('follow a turn: slot, what is missing, errors', async () => {
    const [one, two] = [process(), process(['consumption-daily'])];
    await one.others.tellTurn(1, WANTED, TURN);
    const [followed] = two.followed;
    assert.ok(followed);
    assert.deepEqual(followed.slot, TURN.slot);
    const { day, missing, next } = TURN.idle;
    assert.deepEqual({ ...followed.idle }, { day, missing, next });
    const [[series, error] = []] = followed.errors;
    assert.ok(error instanceof LinkyError);
    const { key, code, retry, scope } = error;
    assert.deepEqual(
      { series, key, code, retry, scope },
      { series: 'consumption-daily', key: 'consent', code: '403', retry: 'tomorrow', scope: 'series' },
    );
    assert.equal(two.others.comeFirst, true);
    assert.equal(one.others.comeFirst, false);
    // Its own turn comes first the next time.
    await two.others.tellTurn(1, WANTED, TURN);
    assert.deepEqual([one.others.comeFirst, two.others.comeFirst], [true, false]);
  });

  it('tell a turn without requests where they come first, and not else', async () => {
    const [one, two] = [process(), process()];
    await one.others.tellTurn(0, WANTED, TURN);
    assert.equal(two.followed.length, 0);
    await one.others.tellTurn(2, WANTED, TURN);
    await one.others.tellTurn(0, WANTED, TURN);
    assert.equal(two.followed.length, 2);
    await two.others.tellTurn(0, WANTED, TURN);
    assert.equal(one.followed.length, 0);
  });

  it('look by themselves where they want more, or have another account', async () => {
    const one = process();
    const more = process([...WANTED, 'production-daily']);
    const other = process(WANTED, 'another');
    await one.others.tellTurn(1, WANTED, TURN);
    assert.deepEqual([more.followed, other.followed], [[], []]);
    assert.deepEqual([more.looks(), other.looks()], [1, 1]);
  });

  it('tell that they wait, until they had their turn; a pause is one for them', async () => {
    const [one, two] = [process(), process()];
    const { done, end } = working(one.others);
    await two.others.exclude(() => Promise.resolve());
    await two.others.tellWait();
    assert.equal(one.others.areWaiting, true);
    assert.equal(two.looks(), 0);
    end();
    await done;
    await one.others.tellPause();
    assert.deepEqual([two.looks(), two.others.areAtWork], [1, false]);
    await one.others.exclude(() => Promise.resolve());
    assert.equal(one.others.areWaiting, false);
  });

  it('are not heard any more after the end', async () => {
    const [one, two] = [process(), process()];
    two.others.stop();
    await one.others.tellTurn(1, WANTED, TURN);
    assert.deepEqual(two.followed, []);
  });
});
