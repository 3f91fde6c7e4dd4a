import { EventEmitter, once } from 'node:events';
import type { Page } from 'playwright-core';

interface Frame {
  topic: string;
  data: { id: string; msg: string };
}

/** What Node-RED's debug nodes send to the editor in a page. */
export class DebugMessages {
  private readonly last = new Map<string, string>();
  private readonly news = new EventEmitter();

  /** @param page before it opens the editor */
  constructor(page: Page) {
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => {
        const text = payload.toString();
        if (!text.startsWith('[')) return;
        for (const { topic, data } of JSON.parse(text) as Frame[]) {
          if (topic !== 'debug') continue;
          this.last.set(data.id, data.msg);
          this.news.emit(data.id);
        }
      });
    });
  }

  has(id: string): boolean {
    return this.last.has(id);
  }

  /** Resolves when a debug node has sent something: its newest, as text or the JSON of an object. */
  async of(id: string): Promise<string> {
    if (!this.last.has(id)) await once(this.news, id);
    return this.last.get(id) ?? '';
  }

  /** The next that a debug node sends from now on. */
  next(id: string): Promise<string> {
    this.last.delete(id);
    return this.of(id);
  }
}
