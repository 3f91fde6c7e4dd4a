import sinon from 'sinon';
import type { StandIn } from './stand-in/server';

/**
 * A server that falls silent is given up as soon as it does, not after 30 seconds of the real clock. Ends with
 * `Home.remove`.
 */
export function giveUpAtSilence({ news }: StandIn): void {
  const waiting = new Set<AbortController>();
  sinon.stub(AbortSignal, 'timeout').callsFake(() => {
    const late = new AbortController();
    waiting.add(late);
    return late.signal;
  });
  news.on('silent', () => {
    for (const late of waiting) late.abort(new DOMException('It fell silent', 'TimeoutError'));
    waiting.clear();
  });
}
